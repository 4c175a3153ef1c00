# SPDX-License-Identifier: GPL-2.0-only
"""Chooses one match of one rule: spatch asks this about each place that a rule
of this folder could change. In a copy of a file that is named RULE-LINE-COLUMN.c
this one place is changed; of a file with another name, all are printed."""
import os
import re

SEEN = set()


def chosen(rule, positions):
    """Is this the place? It is asked more than once about some."""
    at = positions[0]
    copy = re.fullmatch(r"(\w+)-(\d+)-(\d+)\.c", os.path.basename(at.file))
    place = (rule, str(at.line), str(at.column))
    if copy:
        return copy.groups() == place
    if place not in SEEN:
        SEEN.add(place)
        print(*place, at.current_element, sep="\t")
    return False
