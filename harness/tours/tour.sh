# SPDX-License-Identifier: GPL-2.0-only
#
# What the tours share; they source it. A step is a command line as it stands in
# README.md, labs/README.md or GRADING.md of the clone: in a line that begins
# with four spaces, without the comment behind it, or between backquotes.
# shellcheck shell=sh
cd "$(dirname "$0")/../.." || exit 2
. harness/tests/tmux.sh
. harness/tests/clone.sh
trap 'tmux -L "$socket" kill-server 2>/dev/null; rm -rf "$work"' EXIT
kit=$work/kit

# texts: read them, whenever the clone has other ones
texts() {
	(cd "$kit" && {
		cat README.md labs/README.md GRADING.md | sed -n 's/^     *//p' | sed 's/  *# .*//'
		cat README.md labs/README.md GRADING.md | grep -o '`[^`]*`' | tr -d '`'
	}) | sort -u >"$work/documented"
}

named() {
	grep -qxF -e "$1" "$work/documented"
	check "no text names the command '$1'" $?
}

# step STATUS COMMAND [PATTERN...]: it ends so, and says each of these
step() {
	wanted=$1 command=$2
	shift 2
	named "$command"
	(cd "$kit" && sh -c "$command") >"$work/out" 2>&1 </dev/null
	got=$?
	[ "$got" = "$wanted" ]
	check "$command: status $got, not $wanted" $?
	for pattern; do
		grep -q -e "$pattern" "$work/out"
		check "$command: '$pattern' is not said" $?
	done
}

# expect WHAT PATTERN: wait until the terminal shows it; as in tmux.sh
expect() {
	wait_for shows "$2"
	got=$?
	screen >"$work/out"
	check "$1: the terminal never showed '$2'" $got
}
