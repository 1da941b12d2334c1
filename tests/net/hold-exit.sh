#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module unloaded, and a namespace destroyed, while packets wait and more
# come: nothing is left, and nothing was in clear. (What leaks, a device that
# cannot go or kmemleak tells.)
#
# limit: 120
# module: no
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

wait_at() { # SAID PACKETS
	insmod "$KLIPS_KO"
	klips_dev_up
	klips_route "$FAR"
	alg "$HOLD_ALG"
	trap_up "$1"
	keyd_start none 0
	send_flows 64 8
	assert_eq "$(hold_sum waiting)" "$2" "packets waiting at $1"
	# an open socket has a reference on the module
	keyd_stop
}

topo_up
sunrise ip route add local "$FAR" dev lo
east ip route add "$FAR" via "$SUNRISE_4" dev eth0
# where ipsec0 is away, its route is too, and the default route would have them
west ip route add unreachable "$FAR" metric 1000
capture_start clear net br0 ip and net "$FAR"

for case in "%trap 512" "%hold 64"; do
	step "unloaded while packets wait at ${case% *} and more come"
	# shellcheck disable=SC2086
	wait_at $case
	traffic_start 64 100000 1000
	sleep 0.3
	timeout $((20 * KLIPS_SLOW)) rmmod ipsec
	kill "$SENDER" "$RECEIVER"
	wait "$SENDER" "$RECEIVER"
	assert_match "$(cat "$TMP/received")" "received 0 " "what came"
done

step "a namespace destroyed while packets wait"
wait_at %trap 512
ip netns del west
for ((i = 0; i < 50; i++)); do
	read -r refs < /sys/module/ipsec/refcnt
	[ "$refs" != 0 ] || break
	sleep 0.2
done
assert_eq "$refs" 0 "references to the module"
timeout $((20 * KLIPS_SLOW)) rmmod ipsec
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
