# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Bare systems, for tests that need a computer which has nothing yet: made by
# mmdebstrap, entered by unshare. Read in by those tests. In a bare system it
# is the program that runs their commands (bare_enter copies it there).
#
#   bare_make ROOT PACKAGE,..  Debian 12 with these packages and no others
#   bare_enter WAY ROOT NET USER FOLDER COMMAND...
#             WAY is "system": as on a computer of one's own; or "container": as
#             in an engine's container, without CAP_SYS_ADMIN and with no new
#             namespaces, as the kernel gives none to who is in a chroot
#             NET is "net" or "no-net"; USER is root, one that the system has, or else an ordinary user
#             with BARE_CGROUP=FOLDER all of it runs in that control group
#   say NAME STATUS, run NAME WAY ROOT...  count and tell
#
# Who reads it in sets top (the checkout), base (a folder for temporary files),
# passed=0 and failed=0.

bare_capabilities="-sys_admin,-sys_ptrace,-sys_module,-sys_rawio,-net_admin,-sys_resource"

bare_inside() {
	way=$1 user=$2 folder=$3
	shift 3
	export HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin
	# A make inside is nobody's child, and says nothing of entering folders.
	unset MAKEFLAGS MAKELEVEL MFLAGS
	cd "$folder" || exit 1
	id=$(id -u "$user" 2>/dev/null || echo 1000)
	for command in "$@"; do
		echo "bare: $way: $user: $command"
		set -- setpriv
		[ "$user" = root ] || set -- "$@" --reuid="$id" --regid="$id" --clear-groups
		[ "$way" = system ] || set -- "$@" --bounding-set="$bare_capabilities"
		"$@" sh -c "$command" || exit
	done
}

bare_make() {
	# The host's own mirrors where it is a bookworm, else Debian's.
	sources=$(grep -l bookworm /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
		/etc/apt/sources.list.d/*.sources 2>/dev/null || true)
	# shellcheck disable=SC2086 # the list is words
	mmdebstrap --quiet --variant=minbase --include="$2" bookworm "$1" $sources
	cp /etc/resolv.conf "$1/etc/resolv.conf"
}

bare_enter() {
	way=$1 root=$2 net=$3
	shift 3
	cp "$top/harness/tests/bare.sh" "$root/bare.sh"
	# shellcheck disable=SC2016 # for the shell inside
	mount_script='
		set -e
		[ -z "${BARE_CGROUP-}" ] || echo 0 >"$BARE_CGROUP/cgroup.procs"
		way=$1 root=$2; shift 2
		# No network is still a loopback, as on any machine.
		busybox ip link set lo up
		mount --make-rprivate /
		mount --bind "$root" "$root"
		cd "$root"
		mkdir -p .old
		mount -t proc proc proc
		mount -t sysfs -o ro sysfs sys || mount --rbind /sys sys
		mount --rbind /dev dev
		mount -t tmpfs -o mode=1777 tmpfs dev/shm
		[ -e dev/kvm ] && mount --bind /dev/null dev/kvm
		[ "$way" = system ] || exec chroot . sh /bare.sh inside "$way" "$@"
		pivot_root . .old
		umount -l .old
		exec sh /bare.sh inside "$way" "$@"'
	options="--mount --pid --fork --kill-child"
	[ "$net" = net ] || options="$options --net"
	# shellcheck disable=SC2086 # the options are words
	unshare $options sh -c "$mount_script" enter "$way" "$root" "$@"
}

say() {
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
		echo "bare: passed: $1"
	else
		failed=$((failed + 1))
		echo "bare: FAILED: $1"
	fi
}

run() {
	name=$1
	shift
	status=0
	begun=$(date +%s)
	bare_enter "$@" >"$base/log" 2>&1 </dev/null || status=$?
	if [ "$status" != 0 ]; then
		grep -E '^(FAIL|.*:[FE]:)' "$base/log" | head -n 20
		tail -n 200 "$base/log"
	else
		grep -E '^total|^[0-9]+ passed' "$base/log" || true
	fi
	say "$name ($(($(date +%s) - begun)) s)" "$status"
}

if [ "${1-}" = inside ]; then
	shift
	bare_inside "$@"
fi
