#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds the lists of surviving mutants, solutions/mutants/*.tsv, against the
solutions: a line whose place was changed since speaks of no mutant any more.
That each does survive, only `make mutants` can say."""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
HEAD = "#file\tfunction\trule\twas\tbecomes\tverdict\treason"


def read(path):
    with open(os.path.join(ROOT, path)) as f:
        return f.read()


def solution_of(file):
    """Without the starter. Status 1 means that unifdef chose something."""
    run = subprocess.run(["unifdef", "-USTARTER", os.path.join(ROOT, "solutions", file)],
                         capture_output=True, text=True)
    if run.returncode > 1:
        sys.exit(f"unifdef cannot read solutions/{file}: {run.stderr}")
    return run.stdout


def squeezed(text):
    return " ".join(text.split())


def problem_of(cells, texts, rules):
    """What is wrong with a line, or None."""
    if len(cells) != 7 or not all(cells):
        return "has not 7 cells"
    file, function, rule, was, _, verdict, reason = cells
    if file not in texts:
        return f"{file} is no file of this lab"
    if f"@{rule}@" not in rules:
        return f"there is no rule {rule}"
    text = texts[file]
    if not re.search(rf"\b{re.escape(function)}\b", text):
        return f"{file} has no {function}"
    if squeezed(re.sub(r" \(\d+\)$", "", was)) not in squeezed(text):
        return f"{file} has no such line any more: {was}"
    if verdict not in ("equivalent", "accepted"):
        return f"{verdict} is no verdict"
    if len(reason.split()) < 3:
        return "gives no reason"
    return None


def main():
    labs = {}
    for line in read("labs/labs.tsv").splitlines()[1:]:
        cells = line.split("\t")
        labs[cells[0]] = {file: solution_of(file) for file in cells[2].split(",")}
    rules = "".join(read(p) for p in glob.glob(os.path.join(ROOT, "harness/mutants/*.cocci")))
    passed = failed = 0
    for path in sorted(glob.glob(os.path.join(ROOT, "solutions/mutants/*"))):
        name = os.path.basename(path)
        lines = read(path).splitlines()
        problems = {} if lines[0] == HEAD else {1: "is not the head of such a list"}
        seen = set()
        for number, line in enumerate(lines[1:], 2):
            cells = line.split("\t")
            problem = problem_of(cells, labs.get(name.removesuffix(".tsv"), {}), rules)
            if not problem and tuple(cells[:5]) in seen:
                problem = "is there twice"
            seen.add(tuple(cells[:5]))
            if problem:
                problems[number] = problem
        for number, problem in problems.items():
            print(f"solutions/mutants/{name}, line {number}: {problem}")
        failed += len(problems)
        passed += len(lines) - len(problems)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
