// SPDX-License-Identifier: GPL-2.0-only
/*
 * store_schema.c - the tables and views of a store, see store.h.
 */
#include "store.h"

const char store_schema[] =
	"CREATE TABLE meta (\n"
	"  key TEXT PRIMARY KEY,\n"
	"  value TEXT NOT NULL\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE runs (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  started TEXT NOT NULL,\n"
	"  ended TEXT,\n"
	"  mmaplab TEXT NOT NULL\n"
	");\n"
	"CREATE TABLE students (\n"
	"  id TEXT PRIMARY KEY,\n"
	"  name TEXT NOT NULL,\n"
	"  email TEXT NOT NULL,\n"
	"  section TEXT NOT NULL,\n"
	"  roster INTEGER\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE submissions (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  run INTEGER NOT NULL REFERENCES runs (id),\n"
	"  student TEXT NOT NULL REFERENCES students (id),\n"
	"  source TEXT NOT NULL,\n"
	"  layout TEXT NOT NULL,\n"
	"  sha256 TEXT NOT NULL,\n"
	"  submitted TEXT,\n"
	"  late INTEGER NOT NULL,\n"
	"  problem TEXT,\n"
	"  notes TEXT NOT NULL,\n"
	"  UNIQUE (source, sha256)\n"
	");\n"
	"CREATE INDEX submissions_of ON submissions (student, run);\n"
	"CREATE TABLE parts (\n"
	"  submission INTEGER NOT NULL REFERENCES submissions (id),\n"
	"  lab TEXT NOT NULL,\n"
	"  sha256 TEXT NOT NULL,\n"
	"  PRIMARY KEY (submission, lab)\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE gradings (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  submission INTEGER NOT NULL REFERENCES submissions (id),\n"
	"  lab TEXT NOT NULL,\n"
	"  sha256 TEXT NOT NULL,\n"
	"  seed TEXT NOT NULL,\n"
	"  judge TEXT NOT NULL,\n"
	"  mmaplab TEXT,\n"
	"  kernel TEXT,\n"
	"  qemu TEXT,\n"
	"  status TEXT NOT NULL CHECK (status IN ('full', 'partial', 'held', 'broken')),\n"
	"  points REAL,\n"
	"  max REAL,\n"
	"  started TEXT NOT NULL,\n"
	"  ms INTEGER NOT NULL,\n"
	"  result TEXT,\n"
	"  problem TEXT,\n"
	"  sum TEXT NOT NULL\n"
	");\n"
	"CREATE INDEX gradings_of ON gradings (submission, lab);\n"
	"CREATE TABLE tests (\n"
	"  grading INTEGER NOT NULL REFERENCES gradings (id),\n"
	"  test TEXT NOT NULL,\n"
	"  verdict TEXT NOT NULL,\n"
	"  points REAL,\n"
	"  max REAL NOT NULL,\n"
	"  message TEXT,\n"
	"  PRIMARY KEY (grading, test)\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE decisions (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  student TEXT NOT NULL REFERENCES students (id),\n"
	"  lab TEXT NOT NULL,\n"
	"  sha256 TEXT NOT NULL,\n"
	"  points REAL,\n"
	"  reason TEXT NOT NULL,\n"
	"  made TEXT NOT NULL\n"
	");\n"
	"CREATE INDEX decisions_of ON decisions (student, lab);\n";

const char store_schema_2[] = "CREATE TABLE files (\n"
			      "  sha256 TEXT PRIMARY KEY,\n"
			      "  data BLOB NOT NULL\n"
			      ") WITHOUT ROWID;\n"
			      "CREATE TABLE part_files (\n"
			      "  submission INTEGER NOT NULL REFERENCES submissions (id),\n"
			      "  lab TEXT NOT NULL,\n"
			      "  path TEXT NOT NULL,\n"
			      "  sha256 TEXT NOT NULL REFERENCES files (sha256),\n"
			      "  PRIMARY KEY (submission, lab, path)\n"
			      ") WITHOUT ROWID;\n";

/*
 * The last run that took the lab from the submission, 0 if none did: who hands in the next
 * lab in the same file has not handed in this one again. And of how many the points of a
 * decision are, which the course file can change.
 */
const char store_schema_3[] =
	"ALTER TABLE parts ADD COLUMN run INTEGER NOT NULL DEFAULT 0;\n"
	"UPDATE parts SET run = (SELECT s.run FROM submissions s WHERE s.id = parts.submission);\n"
	"ALTER TABLE decisions ADD COLUMN max REAL;\n";

/*
 * By which names other stores know a run: one of its own, and those of a round or of the
 * runs that it stands for since a merge. Before, a run was known by what it had seen last,
 * which the next one changed.
 */
const char store_schema_4[] =
	"CREATE TABLE rounds (\n"
	"  name TEXT PRIMARY KEY,\n"
	"  run INTEGER NOT NULL REFERENCES runs (id)\n"
	") WITHOUT ROWID;\n"
	"INSERT INTO rounds SELECT lower(hex(randomblob(16))), id FROM runs;\n"
	"DELETE FROM meta WHERE key LIKE 'merged %';\n";

/*
 * When the same came again last, later than it was submitted. It was handed in when it came
 * first; which of several is the later is told by when each came last.
 */
const char store_schema_5[] = "ALTER TABLE submissions ADD COLUMN again TEXT;\n";

const char store_views[] =
	"DROP VIEW IF EXISTS current_tests;\n"
	"DROP VIEW IF EXISTS current_decisions;\n"
	"DROP VIEW IF EXISTS current_gradings;\n"
	"DROP VIEW IF EXISTS current_submissions;\n"
	/* Of what a person handed in for a lab, and a run took, the latest counts;
	 * where nobody knows the time of all, the last run that took any of it, and in
	 * that the latest. Two at the same time count both, and so do all of that run
	 * when of one nobody knows the time: versions is then more than 1, and content
	 * has the sums of all. The time is that at which the same files came first: who
	 * hands in a lab once more, unchanged, beside the next one is not late. */
	"CREATE VIEW current_submissions AS\n"
	"  WITH taken AS (\n"
	"    SELECT s.student, p.lab, p.sha256, s.id AS submission, p.run,\n"
	"      coalesce(s.again, s.submitted) AS came\n"
	"    FROM submissions s JOIN parts p ON p.submission = s.id WHERE p.run > 0),\n"
	"  dated AS (\n"
	"    SELECT *, max(came IS NULL) OVER (PARTITION BY student, lab) AS undated,\n"
	"      max(came IS NULL) OVER (PARTITION BY student, lab, run) AS undated_run\n"
	"    FROM taken),\n"
	"  ranked AS (\n"
	"    SELECT student, lab, sha256, submission,\n"
	"      rank() OVER (PARTITION BY student, lab ORDER BY iif(undated, NULL, came) DESC,\n"
	"        run DESC, iif(undated_run, NULL, came) DESC) AS place\n"
	"    FROM dated),\n"
	"  counted AS (\n"
	"    SELECT student, lab, count(DISTINCT sha256) AS versions, min(submission) AS submission\n"
	"    FROM ranked WHERE place = 1 GROUP BY student, lab)\n"
	"  SELECT c.student, c.lab, c.versions, c.submission, p.sha256,\n"
	"    iif(c.versions = 1, p.sha256, (SELECT group_concat(x.sha256, '+') FROM\n"
	"      (SELECT DISTINCT r.sha256 FROM ranked r WHERE r.student = c.student\n"
	"         AND r.lab = c.lab AND r.place = 1 ORDER BY r.sha256) x)) AS content,\n"
	"    s.source, s.layout,\n"
	"    (SELECT min(x.submitted) FROM submissions x JOIN parts q ON q.submission = x.id\n"
	"      WHERE x.student = c.student AND q.lab = c.lab AND q.sha256 = p.sha256) AS submitted,\n"
	"    (SELECT min(x.late) FROM submissions x JOIN parts q ON q.submission = x.id\n"
	"      WHERE x.student = c.student AND q.lab = c.lab AND q.sha256 = p.sha256) AS late\n"
	"  FROM counted c JOIN submissions s ON s.id = c.submission\n"
	"    JOIN parts p ON p.submission = c.submission AND p.lab = c.lab;\n"
	/* Of these files by this person, the last grading that is not broken. */
	"CREATE VIEW current_gradings AS\n"
	"  SELECT c.student, c.lab, c.versions, c.source, c.submitted, c.late, c.sha256, c.content,\n"
	"    c.submission, g.id AS grading, g.status, g.points, g.max, g.seed, g.judge, g.mmaplab,\n"
	"    g.kernel, g.qemu, g.started, g.ms, g.problem, g.result\n"
	"  FROM current_submissions c LEFT JOIN gradings g ON g.id = (\n"
	"    SELECT h.id FROM gradings h JOIN submissions s ON s.id = h.submission\n"
	"    WHERE s.student = c.student AND h.lab = c.lab AND h.sha256 = c.sha256\n"
	"    ORDER BY h.status = 'broken', h.id DESC LIMIT 1);\n"
	/* A decision is about files, all that counted: with others it counts no more. Of
	 * several the last one that was made, in whichever store. */
	"CREATE VIEW current_decisions AS\n"
	"  SELECT d.* FROM decisions d WHERE d.id = (\n"
	"    SELECT x.id FROM decisions x WHERE x.student = d.student AND x.lab = d.lab\n"
	"    ORDER BY x.made DESC, x.id DESC LIMIT 1)\n"
	"  AND d.sha256 = coalesce((SELECT c.content FROM current_submissions c\n"
	"    WHERE c.student = d.student AND c.lab = d.lab), '');\n"
	"CREATE VIEW current_tests AS\n"
	"  SELECT c.student, c.lab, t.* FROM current_gradings c\n"
	"  JOIN tests t ON t.grading = c.grading;\n";
