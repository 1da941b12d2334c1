# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced after lib.sh by scenarios that want a cipher which misbehaves: late.ko
# (tests/net/kmod/late.c) around the kernel's own.

# late_up AEAD...: from now on they are done in there, well-behaved at first
late_up() {
	local ko=${KLIPS_KO%/*}/late.ko name driver

	[ -s "$ko" ] || skip "late.ko is not built: make test-module"
	insmod "$ko"
	trap 'late_calm $?; on_exit' EXIT
	for name in "$@"; do
		driver=$(synchronous "$name")
		[ -n "$driver" ] || skip "no $name in this kernel that finishes at once"
		# this makes it, and then fails: its name became another one
		aead_bind "late($driver)" 2> /dev/null || :
		grep -q "late($driver)" /proc/crypto || fail "no late($driver)"
	done
}

# bind a socket to an AEAD, so that the kernel makes it
aead_bind() {
	/usr/bin/python3 -c 'import socket, sys
socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET).bind(("aead", sys.argv[1]))' "$1"
}

# the driver of an AEAD that the kernel would take, of those that finish at once
synchronous() {
	aead_bind "$1" || skip "no AF_ALG in this kernel"
	awk -v n="$1" '$1 == "name" { name = $3; late = 0 } $1 == "driver" { driver = $3 }
		$1 == "priority" { priority = $3 } $1 == "internal" && $3 == "yes" { late = 1 }
		$1 == "async" && $3 == "no" && !late && name == n && priority > most {
			most = priority; best = driver }
		END { print best }' /proc/crypto
}

late_set() { # NAME=VALUE...
	local one

	for one in "$@"; do
		echo "${one#*=}" > "/sys/module/late/parameters/${one%%=*}"
	done
}

# whatever comes of the scenario, others find it well-behaved
late_calm() { # STATUS
	set +e
	trap - ERR
	[ ! -d /sys/module/late ] || late_set batch=0 direct=0 fail=0 finish=1
	return "$1"
}

# no SA may have it any more
late_down() {
	wait_until 10 rmmod late || fail "late.ko is still in use"
}
