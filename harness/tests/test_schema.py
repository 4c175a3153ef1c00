#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds result files against the schema in GRADING.md.

usage: harness/tests/test_schema.py [RESULT.json]...

The schema is the one ```json block of GRADING.md with a "$schema", the
example the one with "schema". Checked are: the schema itself (valid, strict,
every member described), the example, mutations of the example, which must
all fail, and each file named: its form, its sums, its status.

Prints what failed and "N passed, N failed". Exit status: 0 when nothing
failed, 1 otherwise, 2 when GRADING.md has no schema or no example.
"""
import copy
import json
import pathlib
import re
import sys

import jsonschema

TOP = pathlib.Path(__file__).resolve().parents[2]
count = {True: 0, False: 0}


def check(good, what):
    """Count one check; print it when it failed."""
    count[bool(good)] += 1
    if not good:
        print("FAILED: " + what)


def read_blocks():
    """The schema and the example of GRADING.md."""
    text = (TOP / "GRADING.md").read_text(encoding="utf-8")
    schema = example = None
    for block in re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S):
        doc = json.loads(block)
        if "$schema" in doc:
            check(schema is None, "GRADING.md: two schemas")
            schema = doc
        elif "schema" in doc:
            check(example is None, "GRADING.md: two examples")
            example = doc
    if schema is None or example is None:
        print("GRADING.md has no ```json block with a schema, or none with an example")
        sys.exit(2)
    return schema, example


def check_strict(node, where="schema"):
    """Each object closed and each member described."""
    if isinstance(node, list):
        for i, item in enumerate(node):
            check_strict(item, f"{where}[{i}]")
    if not isinstance(node, dict):
        return
    if node.get("type") == "object":
        check(node.get("additionalProperties") is False, f"{where} admits unknown members")
        check(set(node.get("required", [])) <= set(node["properties"]),
              f"{where} requires a member that it does not describe")
        for name, member in node["properties"].items():
            check(member.get("description"), f"{where}: {name} has no description")
    for name, item in node.items():
        check_strict(item, f"{where}.{name}")


def places(node, path=()):
    """The path of every object, array and value in a document."""
    yield path
    if isinstance(node, (dict, list)):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], path + (key,))


def at(doc, path):
    """What stands at a path."""
    for key in path:
        doc = doc[key]
    return doc


def mutations(example):
    """Documents that differ from the example in one place, each a wrong one."""
    for path in places(example):
        value = at(example, path)
        name = ".".join(map(str, path)) or "the document"
        if isinstance(value, dict):
            for key in value:
                if (key, value.get("verdict")) in OPTIONAL:
                    continue
                doc = copy.deepcopy(example)
                del at(doc, path)[key]
                yield f"{name} without {key}", doc
            doc = copy.deepcopy(example)
            at(doc, path)["surprise"] = 1
            yield f"{name} with an unknown member", doc
        if path:
            for other in (True, -1, "\0", [1], {"a": 1}):
                if other == "\0" and not constrained(path):
                    continue
                doc = copy.deepcopy(example)
                at(doc, path[:-1])[path[-1]] = other
                yield f"{name} is {other!r}", doc
    yield from wrong_values(example)


# Members of the example's tests that may be missing.
OPTIONAL = {(key, "fail") for key in ("message", "expected", "got", "input")} | \
           {("message", "blocked")}
# Members whose text is free: another text is no mistake.
FREE = {"title", "mmaplab", "qemu", "release", "version", "text", "profile", "note", "why",
        "message", "expected", "got", "input", "hint", "folder_stripped"}


def constrained(path):
    """Does the schema say which texts may stand here?"""
    return path[-1] not in FREE


def wrong_values(example):
    """Right types with wrong values, and members that contradict each other."""
    def changed(**members):
        doc = copy.deepcopy(example)
        test = doc["labs"][0]["tests"][0]
        for key, value in members.items():
            if value is None and key != "points":
                test.pop(key, None)
            else:
                test[key] = value
        return doc

    yield "an unknown verdict", changed(verdict="passed")
    yield "a pass without points", changed(verdict="pass", points=0, hint=None)
    yield "a pass with a hint", changed(verdict="pass", points=0.5, hint="make hint")
    yield "a failure with points", changed(verdict="fail", points=0.5, hint="make hint")
    yield "a failure without a hint", changed(verdict="fail", points=0, hint=None)
    yield "a broken test with points", changed(verdict="broken", points=0, hint="make hint")
    yield "a failure without a score", changed(verdict="fail", points=None, hint="make hint")
    yield "a third of a point", changed(verdict="pass", points=1 / 3)
    for key, value in (("schema", "mmaplab/result/v0"), ("seed", "4B28"), ("status", "passed"),
                       ("accelerator", "hvf"), ("started", "yesterday"), ("name", "../x"),
                       ("points", -0.5), ("max", 0)):
        doc = copy.deepcopy(example)
        doc[key] = value
        yield f"{key} is {value!r}", doc
    doc = copy.deepcopy(example)
    doc["labs"][0]["bonus"] = False
    yield "a lab that says it is no bonus lab", doc


def check_sums(doc, name):
    """Points add up, and the status is what they say."""
    def total(items, key):
        values = [item[key] for item in items]
        return None if None in values else sum(values)

    for lab in doc["labs"]:
        for key in ("points", "max"):
            check(lab[key] == total(lab["tests"], key), f"{name}: {lab['id']}: sum of {key}")
    counted = [lab for lab in doc["labs"] if "bonus" not in lab] or doc["labs"]
    check(doc["points"] == total(doc["labs"], "points"), f"{name}: sum of points")
    check(doc["max"] == total(counted, "max"), f"{name}: sum of max")
    status = "broken" if doc["points"] is None else "held" if doc["held"] else \
        "full" if all(lab["points"] == lab["max"] for lab in counted) else "partial"
    check(doc["status"] == status, f"{name}: status {doc['status']}, expected {status}")


def main(files):
    """All checks; the exit status."""
    schema, example = read_blocks()
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        check(True, "the schema is valid")
    except jsonschema.SchemaError as error:
        check(False, f"the schema is not valid: {error.message}")
    check_strict(schema)
    validator = jsonschema.Draft202012Validator(schema)

    documents = [("GRADING.md's example", example)]
    for path in files:
        if "*" in path and not pathlib.Path(path).exists():
            print(f"no file matches {path}")    # the shell left it as it is
            continue
        try:
            documents.append((path, json.loads(pathlib.Path(path).read_text(encoding="utf-8"))))
        except (OSError, ValueError) as error:
            check(False, f"{path}: {error}")
    for name, doc in documents:
        errors = list(validator.iter_errors(doc))
        check(not errors, name + "".join(
            f"\n  {'.'.join(map(str, e.absolute_path)) or 'the document'}: {e.message[:300]}"
            for e in errors[:10]))
        if not errors:
            check_sums(doc, name)
    for name, doc in mutations(example):
        check(not validator.is_valid(doc), f"a wrong document is accepted: {name}")
    print(f"{count[True]} passed, {count[False]} failed")
    return 1 if count[False] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
