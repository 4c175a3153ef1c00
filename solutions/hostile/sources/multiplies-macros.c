// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seven macros make 2^33 words.
 */
#define A x x x x x x x x
#define B A A A A A A A A A A A A A A A A A A A A A A A A A A A A A A A A
#define C B B B B B B B B B B B B B B B B B B B B B B B B B B B B B B B B
#define D C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C
#define E D D D D D D D D D D D D D D D D D D D D D D D D D D D D D D D D
#define F E E E E E E E E E E E E E E E E E E E E E E E E E E E E E E E E
#define G F F F F F F F F F F F F F F F F F F F F F F F F F F F F F F F F
int bomb(void);
int bomb(void) { int x; G; return x; }

