# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests in a real terminal share; they source it. A terminal of tmux is
# looked at until it shows what is expected; the limit ends a hang only. It is
# given in seconds by $limit, which a test scales with what it has measured.
# shellcheck shell=sh disable=SC2034
socket=mmaplab-test-$$
passed=0
failed=0
limit=${limit:-120}
trap 'tmux -L "$socket" kill-server 2>/dev/null' EXIT
trap 'exit 2' HUP INT TERM

screen() {
	tmux -L "$socket" capture-pane -p -S - -t pane
}

# press KEY...: as tmux's send-keys names them
press() {
	tmux -L "$socket" send-keys -t pane "$@"
}

# open_terminal COMMAND: a terminal of 100 by 40, in the place of the last one
open_terminal() {
	if tmux -L "$socket" has-session -t pane 2>/dev/null; then
		tmux -L "$socket" respawn-pane -k -t pane "$1"
		tmux -L "$socket" clear-history -t pane
	else
		tmux -L "$socket" new-session -d -s pane -x 100 -y 40 "$1"
	fi
}

# check WHAT STATUS: one check; the screen is shown when it failed, without empty lines,
# which would push the first failure out of a log's end
check() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1"
		screen | grep .
	fi
}

# wait_for COMMAND...: until it succeeds, or the limit. After one that never did the
# others are not waited for: a screen that stands still would take all of their limits.
wait_for() {
	until_s=$(($(date +%s) + limit))
	while [ "$(date +%s)" -lt "$until_s" ]; do
		"$@" && return
		sleep 0.1
	done
	limit=1
	return 1
}

shows() {
	screen | grep -q -e "$1"
}

# expect WHAT PATTERN: wait until the screen shows it
expect() {
	wait_for shows "$2"
	check "$1: the screen never showed '$2':" $?
}

# The terminal's settings before and after, in two files
expect_same_terminal() {
	cmp -s "$1" "$2"
	check "the terminal is not as it was: $(diff "$1" "$2")" $?
}

summary() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
