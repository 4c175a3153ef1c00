// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hundred thousand mistakes, each with control bytes.
 */
#define M(n) int f##n(void) { return \
	missing##n; } _Pragma("GCC warning \"\\033[2J <script> \xff\"")
#define M10(n) M(n##0) M(n##1) M(n##2) M(n##3) M(n##4) M(n##5) M(n##6) M(n##7) M(n##8) M(n##9)
#define M100(n) M10(n##0) M10(n##1) M10(n##2) M10(n##3) M10(n##4) M10(n##5) M10(n##6) M10(n##7)
#define M1000(n) M100(n##0) M100(n##1) M100(n##2) M100(n##3) M100(n##4) M100(n##5) M100(n##6)
M1000(1) M1000(2) M1000(3) M1000(4)

