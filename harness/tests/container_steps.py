#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# The steps of a Containerfile, one a line, for a shell that has no engine:
#
#   run USER FOLDER COMMAND      copy USER FOLDER FROM... TO
#   end USER FOLDER              where a container of the image begins
#
# An instruction that is not known, or whose base is not bookworm, is an error.
#
# usage: container_steps.py FILE
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    lines = [line for line in file.read().split("\n") if not line.startswith("#")]
user, folder = "root", "/"
for line in "\n".join(lines).replace("\\\n", " ").split("\n"):
    if not line.strip():
        continue
    word, rest = line.split(None, 1)
    if word == "FROM":
        if not re.fullmatch(r"(docker\.io/library/)?debian:bookworm", rest):
            sys.exit(f"{sys.argv[1]}: FROM {rest}: not Debian 12")
    elif word == "RUN":
        print("run", user, folder, rest, sep="\t")
    elif word in ("COPY", "ADD"):
        print("copy", user, folder, rest, sep="\t")
    elif word == "USER":
        user = rest
    elif word == "WORKDIR":
        folder = rest
    elif word != "CMD":
        sys.exit(f"{sys.argv[1]}: no test knows the instruction {word}")
print("end", user, folder, sep="\t")
