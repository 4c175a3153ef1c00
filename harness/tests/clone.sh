# SPDX-License-Identifier: GPL-2.0-only
#
# What tests share that need a clone of this checkout; they source it in its
# root. A clone has the last commit, and what is built here: kernel, templates,
# programs. Its sources are given an old date, so that nothing is built again.
# shellcheck shell=sh
root=$PWD
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
# Whoever runs this may have settings of their own.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset MMAPLAB_ROOT MMAPLAB_KERNEL

# An archive of the sources has none; a git that refuses one, as another user's, is no reason.
[ -e "$root/.git" ] || {
	echo "$0: skipped: this is no git checkout"
	exit 0
}
git -C "$root" rev-parse -q --verify HEAD >/dev/null || exit 2

# check WHAT STATUS: one check; the work file "out" is shown when it failed
check() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1"
		[ ! -s "$work/out" ] || grep -v "^ *$" "$work/out" | tail -n 30 | sed 's/^/  /'
	fi
}

summary() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}

# clone TO [BRANCH FROM]: a clone of this checkout whose branch is called main,
# or of a branch of another repository
clone() {
	git clone -q --shared ${2:+-b "$2"} "${3:-$root}" "$1"
	[ -n "${2-}" ] || git -C "$1" checkout -q -B main
	(cd "$1" && git ls-files -z | xargs -0 touch -d 2020-01-01)
	mkdir "$1/build"
	# The kernel is large, and only read.
	cp -al build/kernel "$1/build" 2>/dev/null ||
		{ rm -rf "$1/build/kernel" && cp -a build/kernel "$1/build"; }
	# Templates that a clone is the first to need stay for the next.
	ln -s "$root/build/vm" "$1/build"
	for part in grade judge labs mmaplab hugepages.so deps-run; do
		cp -a --reflink=auto "build/$part" "$1/build"
	done
}
