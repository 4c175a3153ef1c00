#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Holds the pages of `mmaplab render` and `mmaplab export` against those who read
# them: html5lib as a strict reader, and Chromium at the widths of a phone and of a
# desk, by day, by night and on paper. What it saw is in build/pages/.
#
# usage: harness/tests/test_html.py [--no-browser]
#
# Prints what failed and "N passed, N failed"; status 1 when anything failed.
import base64
import copy
import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import html5lib

# Leaves nothing in the checkout.
sys.dont_write_bytecode = True
from page_checks import check, check_browser, counts, read_page, text_of

PROGRAM = os.environ.get("MMAPLAB_PROGRAM", "build/mmaplab")
# What a submission may hold, and what must be seen of it.
HOSTILE = ("<script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"onmouseover=\""
           "window.pwned=1\" 'x' ]]> --> &lt; </style></pre></details> \u001b]0;title\u0007 \u202eabc"
           " \uffff \u2028 %s%n http://example.org/ \t end\nline 2")
VISIBLE = (HOSTILE.replace("\u001b", "\\x1b").replace("\u0007", "\\x07").replace("\u202e", "\\u202e")
           .replace("\uffff", "\\uffff").replace("\u2028", "\\u2028"))
VERDICTS = ["pass", "fail", "crash", "timeout", "oops", "build", "rejected", "blocked", "broken"]
TEXTS = ["title", "message", "expected", "got", "input", "calls", "stderr", "signal", "addr", "ip",
         "at", "waiting", "log"]
work = tempfile.TemporaryDirectory()


def run(*command, status=(0,)):
    r = subprocess.run(command, capture_output=True)
    check(r.returncode in status, f"{command}: {r.returncode} {r.stderr.decode()[:300]}")
    return r.stdout.decode()


# -------------------------------------------------------------------- one result

def render(doc, name):
    """A result's page: its path and its text."""
    source, page = (os.path.join(work.name, name + end) for end in (".json", ".html"))
    with open(source, "w", encoding="utf-8") as file:
        json.dump(doc, file)
    with open(page, "w", encoding="utf-8") as file:
        file.write(run(PROGRAM, "render", "--format", "html", source))
    return page, text_of(read_page(page))


def hold(doc, page):
    """All that a result says of tests that did not pass is on a page."""
    name, text = os.path.basename(page), text_of(read_page(page))
    for lab in doc["labs"]:
        for test in lab["tests"]:
            if test["verdict"] not in ("build", "rejected"):
                check(test["title"] in text, f"{name}: {test['id']} is not on the page")
            for key in ("message", "expected", "got", "input", "calls", "log", "hint"):
                if test["verdict"] not in ("pass", "blocked", "build", "rejected"):
                    check(test.get(key, "") in text, f"{name}: {test['id']}: no {key}")


def hostile(doc):
    """One test of each verdict, with hostile texts wherever a text may stand."""
    doc = copy.deepcopy(doc)
    lab = doc["labs"][0]
    lab.update(title="lab " + HOSTILE, bonus=True)
    lab["tests"] = [dict(lab["tests"][0], id=f"t{i}", verdict=v, points=0, evidence="host",
                         where="a.c:b<i>", hint="make hint " + HOSTILE, notes=[HOSTILE],
                         **{key: f"{key} {v} {HOSTILE}" for key in TEXTS})
                    for i, v in enumerate(VERDICTS)]
    lab["build"].update(verdict="build", text="build " + HOSTILE)
    lab["build"]["program"] = dict(lab["build"], verdict="pass", text="warnings " + HOSTILE)
    lab["machines"] = [{"profile": HOSTILE, "tests": ["t0"], "start": HOSTILE, "note": HOSTILE,
                        "end": "died", "why": HOSTILE, "ms": 1, "boot_ms": 1,
                        "console": "console " + HOSTILE}]
    doc.update(name="name " + HOSTILE, notes=[HOSTILE], status="held", points=None, labs=[lab, dict(
        lab, id="03-<x>", tests=lab["tests"][:2])],
        held=[{"lab": "02-records", "test": HOSTILE, "reason": "reason " + HOSTILE}])
    doc["submission"].update(folder_stripped=HOSTILE, notes=[HOSTILE])
    for key in ("seed", "qemu", "mmaplab", "accelerator", "started"):
        doc[key] = f"{key} {HOSTILE}"
    return doc


def check_hostile(doc):
    page, text = render(hostile(doc), "hostile")
    # Those of a failed build are explained by it.
    for verdict in ("fail", "crash", "timeout", "oops", "broken"):
        for key in TEXTS:
            check(f"{key} {verdict} {VISIBLE}" in text, f"hostile: {key} of {verdict} as it came")
    check("there is no score yet" in text, "hostile: a broken result's points")
    for what in ("name", "lab", "build", "warnings", "console", "reason", "seed", "qemu"):
        check(f"{what} {VISIBLE}" in text, f"hostile: {what} as it came")
    return page


def check_picture(doc):
    """As a file below build/results, as the text of the store, and what may be no picture."""
    folder = "build/results/html-picture"
    os.makedirs(folder, exist_ok=True)
    shutil.copy("labs/14-screen/picture.png", folder)
    with open(folder + "/no.png", "w", encoding="utf-8") as file:
        file.write("root:x:0:0\n" * 10)
    inside = "data:image/png;base64,iVBORw0KGgo="
    cases = [(folder + "/picture.png", 1), (inside, 1), (inside + '"onload="x', None),
             (folder + "/no.png", 0), (folder + "/gone.png", 0), ("/etc/passwd", 0), (folder, 0),
             ("build/results/../../labs/14-screen/picture.png", 0)]
    for picture, images in cases:
        doc = dict(doc, labs=copy.deepcopy(doc["labs"][:1]))
        doc["labs"][0]["tests"][0]["picture"] = picture
        path = os.path.join(work.name, "picture.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(doc, file)
        page = run(PROGRAM, "render", "--format", "html", path)
        found = [e for e in html5lib.parse(page, namespaceHTMLElements=False).iter("img")]
        if images is None:
            check(all(set(e.keys()) == {"src", "alt"} for e in found), "a picture gives attributes")
        else:
            check(len(found) == images and "root:x" not in page, f"{len(found)} pictures of {picture}")
    shutil.rmtree(folder)


# ------------------------------------------------------------------------ a class

SOURCE = "labs/02-records/records.c"
DISPLAY = ["labs/14-screen/draw.c", "driver/screen/screen.c"]
ROSTER = """id,name,section
anna,"Anna <script>window.pwned=1</script>",A
ben,"Ben ""onmouseover=""window.pwned=1",A
x y,Xeno,B
x_y,Yves,B
o'neil $(false),O'Neil,B
twice,Thea,B
gone,Gone,B
"""


def hand_in(folder, name, *patches, files=(SOURCE,), root="solutions"):
    for file in files:
        to = os.path.join(folder, name, file)
        os.makedirs(os.path.dirname(to))
        shutil.copy(os.path.join(root, file), to)
    for patch in patches:
        run("patch", "-s", "-p1", "-d", os.path.join(folder, name), "-i",
            os.path.abspath(f"solutions/wrong/{patch}.patch"))


def make_class():
    """Graded for real, as one batch."""
    at = os.path.join(work.name, "class")
    hand_in(at, "anna", "02-records/private-mapping", "14-screen/draw-stride-ignored",
            files=(SOURCE, *DISPLAY))
    hand_in(at, "ben", "02-records/returns-minus-one")
    hand_in(at, "x y")
    hand_in(at, "x_y", root=".")
    # The starter as it came would be nothing handed in.
    with open(os.path.join(at, "x_y", SOURCE), "a", encoding="utf-8") as file:
        file.write("/* not yet */\n")
    hand_in(at, "o'neil $(false)", "02-records/set-with-pwrite")
    for name, text in (("twice", ""), ("twice-again", "x\n")):
        hand_in(at, name)
        with open(os.path.join(at, name, SOURCE), "w", encoding="utf-8") as file:
            file.write(text)
    with open(os.path.join(at, "stranger<b>.tar.gz"), "w", encoding="utf-8") as file:
        file.write("no archive")
    with open(os.path.join(work.name, "roster.csv"), "w", encoding="utf-8") as file:
        file.write(ROSTER)
    with open(os.path.join(work.name, "course.yml"), "w", encoding="utf-8") as file:
        file.write("term: 'Autumn <b>2026</b> & more'\nroster: roster.csv\nlabs:\n  02-records:\n  14-screen:\n")
    run(PROGRAM, "batch", "--course", os.path.join(work.name, "course.yml"), "--out",
        os.path.join(work.name, "grades"), at, status=(4,))


def result_of(student):
    """All that the store has of a person, as one result."""
    db = sqlite3.connect(os.path.join(work.name, "grades/grades.db"))
    docs = [json.loads(row[0]) for row in db.execute(
        "SELECT result FROM current_gradings WHERE student = ? ORDER BY lab", (student,))]
    db.close()
    docs[0]["labs"] += docs[1]["labs"]
    return docs[0]


def check_gradings(student, page):
    """Each lab was graded for itself: from which files, with which seed."""
    db = sqlite3.connect(os.path.join(work.name, "grades/grades.db"))
    rows = db.execute("SELECT lab, sha256, seed FROM current_gradings WHERE student = ?",
                      (student,)).fetchall()
    db.close()
    check(len({r[1] for r in rows}) == 2, f"files of two labs: {rows}")
    told = [text_of(e) for e in next(read_page(page).iter("footer")).iter("tr")]
    for row in rows:
        check(any(all(cell in line for cell in row) for line in told), f"{row} is not in {told}")


def check_kept_picture(page):
    """A wrong picture of lab 14 stands in the store, and so on the page."""
    images = [e.get("src") for e in read_page(page).iter("img")]
    head = [base64.b64decode(src.split(",")[1])[:8] for src in images]
    check(head == [b"\x89PNG\r\n\x1a\n"], f"{page}: pictures that begin with {head}")


def summed(row, keys):
    """A row as store_grading.c adds it up."""
    for key in keys:
        v = row[key]
        yield f"{key}=\n" if v is None else f"{key}={len(v.encode())}:{v}\n" \
            if isinstance(v, str) else f"{key}={v:g}\n"


def hold_one(student):
    """A submission of user labs is held for no reason that could be made here, so a real
    grading is copied with one."""
    db = sqlite3.connect(os.path.join(work.name, "grades/grades.db"))
    db.row_factory = sqlite3.Row
    old = db.execute("SELECT g.* FROM gradings g JOIN submissions s ON s.id = g.submission"
                     " WHERE s.student = ?", (student,)).fetchone()
    tests = [dict(t) for t in db.execute("SELECT * FROM tests WHERE grading = ? ORDER BY test",
                                         (old["id"],))]
    doc = json.loads(old["result"])
    doc["held"] = [{"lab": "02-records", "test": "", "reason": "a forged record " + HOSTILE}]
    doc["labs"][0]["machines"][0].update(end="died", console="panic " + HOSTILE)
    tests[0]["message"] = HOSTILE
    row = dict(old, id=None, status="held", result=json.dumps(doc))
    text = "".join(summed(row, [k for k in row if k not in ("id", "sum")]))
    for t in tests:
        text += "".join(summed(t, ["test", "verdict", "points", "max", "message"]))
    row["sum"] = hashlib.sha256(text.encode()).hexdigest()
    put = db.execute(f"INSERT INTO gradings VALUES ({','.join('?' * len(row))})", tuple(row.values()))
    for t in tests:
        t["grading"] = put.lastrowid
        db.execute("INSERT INTO tests VALUES (?, ?, ?, ?, ?, ?)", tuple(t.values()))
    db.commit()
    db.close()


def section(root, name):
    return next(e for e in root.iter("section") if e.get("id") == name)


def export(results):
    said = run(PROGRAM, "export", "--format", "html", "--out", os.path.join(work.name, "grades"),
               status=(4,))
    check(f"{results} results" in said, "export says " + said)
    run(PROGRAM, "export", os.path.join(work.name, "grades"), status=(2,))
    return os.path.join(work.name, "grades/index.html")


def check_people(root):
    links = {text_of(e): e.get("href") for e in section(root, "people").iter("a")}
    check(len(links) == 5 and len(set(links.values())) == 5, f"pages of people: {links}")
    for who in ("Xeno", "Yves"):
        page = read_page(os.path.join(work.name, "grades", links[who]))
        check(text_of(next(page.iter("h1"))) == who, f"{who} has another's page")
        full = "6 / 6" in text_of(next(page.iter("header")))
        check(full == (who == "Xeno"), f"{who} has another's points")
    check("Anna <script>window.pwned=1</script>" in links, "Anna's name as it is")


def check_class(page):
    root = read_page(page)
    check(text_of(next(root.iter("h1"))) == "Autumn <b>2026</b> & more", "the term's name")
    check_people(root)
    items = [text_of(e) for e in section(root, "mistakes").iter("li")]
    for mistake, who in (("private-mapping", "Anna"), ("returns-minus-one", "Ben")):
        check(any(mistake in i and who in i for i in items), f"{who} is not seen to be {mistake}")
    check(not any("Xeno" in i or "Yves" in i for i in items), "full marks or hardly a beginning as a mistake")
    hardest = text_of(section(root, "hardest"))
    check("set_uses_mapping" in hardest and "1 of " in hardest, "hardest tests")
    review = text_of(section(root, "review"))
    for part in ("a forged record " + VISIBLE, "panic " + VISIBLE, "stranger", "ask for another"):
        check(part in review, f"to look at: no '{part[:30]}'")
    rows = [text_of(e) for e in section(root, "people").iter("tr")]
    check(any("Gone" in row and "missing" in row for row in rows), "who is missing")
    return root


def check_command(root):
    """What the page says to decide with does decide: one is held (two ways), one handed in twice."""
    commands = [text_of(e) for e in section(root, "review").iter("code") if "decide" in text_of(e)]
    check(len(commands) == 3, f"commands that decide: {commands}")
    for command in commands:
        run("sh", "-c", command.replace("build/mmaplab", PROGRAM).replace("--points N", "--points 3"))
    page = read_page(export(6))    # who has but decided points has a page, too
    links = {text_of(e): e.get("href") for e in section(page, "people").iter("a")}
    check("Thea" in links, f"pages of people: {links}")
    after = text_of(section(page, "review"))
    check("O'Neil" not in after and "Thea" not in after and "stranger" in after,
          "what was decided still waits")
    check("02 3/6" in text_of(section(page, "people")), "points that were given")


def check_tables():
    """What is written down of wrong solutions is about those there are, and their tests."""
    for lab in (row[0] for row in rows_of("labs/labs.tsv")):
        rows = rows_of(f"solutions/wrong/{lab}/failed.tsv")
        named = {row[0] for row in rows}
        there = {os.path.basename(p)[:-6] for p in glob.glob(f"solutions/wrong/{lab}/*.patch")}
        check(named == there, f"{lab}: failed.tsv is not about {named ^ there}; next: make wrong "
              f"LAB={lab[:2]}, make figures")
        tests = {row[1] for row in rows} - {row[0] for row in rows_of(f"labs/{lab}/tests.tsv")}
        check(not tests, f"{lab}: failed.tsv names tests that there are not: {tests}")


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if line[0] not in "#\n"]


def main():
    make_class()
    hold_one("o'neil $(false)")
    index = export(5)
    root = check_class(index)
    anna, doc = os.path.join(work.name, "grades/html/anna.html"), result_of("anna")
    hold(doc, anna)
    check_kept_picture(anna)
    check_gradings("anna", anna)
    check_picture(doc)
    check_tables()
    pages = [anna, check_hostile(doc), index]
    if "--no-browser" not in sys.argv:
        check_browser(pages, os.path.join(work.name, "profile"))
    check_command(root)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return counts[False] > 0


if __name__ == "__main__":
    sys.exit(main())
