#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Holds what `mmaplab render` makes of result files against those who read it:
# the schemas in harness/tests/formats, xmllint with an XML Schema, and prove.
#
# usage: harness/tests/test_render.py RESULT.json...
#
# Prints what failed and "N passed, N failed"; status 1 when anything failed.
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import jsonschema

PROGRAM = os.environ.get("MMAPLAB_PROGRAM", "build/mmaplab")
FORMATS = "harness/tests/formats/"
VERDICTS = ["pass", "fail", "crash", "timeout", "oops", "build", "rejected", "blocked"]
# What a student may write and no format may choke on, or take for its own.
HOSTILE = "a # TODO \\# <b>&\"']]>\nok 1\n...\n\u0001\uffff\ufffe\u00e4\t--- \u2028 \U0001f600 {\"scores\":{}}"
work = tempfile.TemporaryDirectory()
counts = {True: 0, False: 0}


def check(good, what):
    counts[bool(good)] += 1
    if not good:
        print("FAILED:", what)


def render(kind, path):
    return subprocess.run([PROGRAM, "render", "--format", kind, path], capture_output=True)


def fits(schema, value, what):
    with open(FORMATS + schema, encoding="utf-8") as file:
        errors = list(jsonschema.Draft202012Validator(json.load(file)).iter_errors(value))
    check(not errors, f"{what}: {errors[:1]}")


def all_tests(doc):
    return [t for lab in doc["labs"] for t in lab["tests"]]


def gradescope(doc, out, what):
    said = json.loads(out)
    fits("gradescope.json", said, what)
    check(said["score"] == doc["points"], what + ": score")
    check(sum(t["score"] for t in said["tests"]) == doc["points"], what + ": sum of the tests")
    check([t["status"] == "passed" for t in said["tests"]] ==
          [t["verdict"] == "pass" for t in all_tests(doc)], what + ": passed tests")


def autolab(doc, out, what):
    lines = out.decode().removesuffix("\n").split("\n")
    fits("autolab.json", [json.loads(line) for line in lines], what)
    check(json.loads(lines[-1])["scores"] == {lab["id"]: lab["points"] for lab in doc["labs"]},
          what + ": scores")


def junit(doc, out, what):
    path = os.path.join(work.name, "junit.xml")
    with open(path, "wb") as file:
        file.write(out)
    lint = subprocess.run(["xmllint", "--noout", "--schema", FORMATS + "junit.xsd", path],
                          capture_output=True, text=True)
    check(lint.returncode == 0, f"{what}: {lint.stderr[:300]}")
    suites = xml.fromstring(out)
    check([suite.get("name") for suite in suites] == [lab["id"] for lab in doc["labs"]],
          what + ": suites")
    for suite, lab in zip(suites, doc["labs"]):
        bad = [t["verdict"] for t in lab["tests"] if t["verdict"] != "pass"]
        told = {"skipped": bad.count("blocked"), "errors": bad.count("broken")}
        told["failures"] = len(bad) - sum(told.values())
        told["tests"] = len(lab["tests"])
        check({key: int(suite.get(key)) for key in told} == told, what + ": counts")
        check(len(suite) == len(lab["tests"]), what + ": tests")


def tap(doc, out, what):
    # This prove knows versions to 13; what is used of 14 stands in both.
    check(out.startswith(b"TAP version 14\n"), what + ": version")
    # JSON's surrogates are no characters of YAML.
    check(not re.search(rb"[^\\](\\\\)*\\u[dD][89abAB]", out), what + ": surrogates")
    path = os.path.join(work.name, "result.tap")
    with open(path, "wb") as file:
        file.write(out.replace(b"TAP version 14", b"TAP version 13", 1))
    told = subprocess.run(["prove", "--verbose", "-e", "cat", path], capture_output=True, text=True)
    tests = all_tests(doc)
    failed = sum(t["verdict"] != "pass" for t in tests)
    check("Parse errors" not in told.stdout, what + ": " + told.stdout[-300:])
    check(f"Tests={len(tests)}," in told.stdout, what + ": number of tests")
    if failed:
        check(f"Failed {failed}/{len(tests)} subtests" in told.stdout, what + ": failed tests")
    check((told.returncode == 0) == (failed == 0), what + ": status of prove")


def hold(doc, name):
    path = os.path.join(work.name, name + ".json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(doc, file)
    for kind in (gradescope, autolab, junit, tap):
        what = f"{name} as {kind.__name__}"
        r = render(kind.__name__, path)
        if doc["status"] == "broken" and kind in (gradescope, autolab):
            check(r.returncode == 3 and not r.stdout, what + ": a broken result has no points")
            continue
        check(r.returncode == 0, what + ": " + r.stderr.decode())
        if r.returncode == 0:
            kind(doc, r.stdout, what)


def hostile(doc):
    """One test of each verdict, with texts that no format may take for its own."""
    doc = copy.deepcopy(doc)
    lab = doc["labs"][0]
    lab["tests"] = lab["tests"][:1] * len(VERDICTS)
    for i, verdict in enumerate(VERDICTS):
        lab["tests"][i] = dict(lab["tests"][i], verdict=verdict, title=f"{i} {HOSTILE}", points=0.0)
        lab["tests"][i].update(message=HOSTILE, expected=HOSTILE, got=HOSTILE, input=HOSTILE)
    lab["tests"][0]["points"] = lab["tests"][0]["max"]
    doc["labs"] = [lab]
    doc["points"] = lab["points"] = lab["tests"][0]["max"]
    doc["status"] = "held"
    doc["held"] = [{"lab": lab["id"], "test": "", "reason": HOSTILE}]
    return doc


def broken(doc):
    doc = copy.deepcopy(doc)
    doc["labs"][0]["tests"][0].update(verdict="broken", points=None)
    doc["labs"][0]["points"] = doc["points"] = None
    doc["status"] = "broken"
    return doc


def refused(text, part, kind="tap"):
    path = os.path.join(work.name, "refused.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    r = render(kind, path)
    check(r.returncode == 2 and part in r.stderr.decode() and "next: " in r.stderr.decode() and
          not r.stdout, f"{text[:40]}: {r.stderr.decode()}")


docs = []
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        docs.append(json.load(file))
    hold(docs[-1], os.path.basename(name).removesuffix(".json"))
hold(hostile(docs[0]), "hostile")
hold(broken(docs[0]), "broken")
thirds = copy.deepcopy(docs[0])
thirds["labs"][0]["points"] = 0.1 + 0.2
with open(os.path.join(work.name, "thirds.json"), "w", encoding="utf-8") as out:
    json.dump(thirds, out)
check(b":0.3" in re.split(rb"[,}]", render("autolab", out.name).stdout.splitlines()[-1])[0][-4:],
      "autolab: a sum of tenths is written as one")
refused("{\n]", "line 2")
refused("{}", "is no result of version")
refused(json.dumps(dict(docs[0], schema="mmaplab/result/v2")), "is no result of version")
refused(json.dumps(dict(docs[0], labs=[{"id": "02-records", "tests": [{}]}])), "is no result")
refused(json.dumps(docs[0]), "one of text, html, gradescope", "pdf")
print(f"{counts[True]} passed, {counts[False]} failed")
sys.exit(counts[False] > 0)
