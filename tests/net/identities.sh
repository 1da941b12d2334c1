#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Identities that came with a trap are in its ACQUIREs, also when it has been a
# %hold meanwhile; a trap that replaces it without any has none.
#
# check: uml
. "$(dirname "$0")/lib.sh"

WEST_ID=@west.example EAST_ID=$(printf '%0470d' 7)	# the longer, as long as may be
BOTH="acquire 2 123456789abcdef '$WEST_ID' 3 123456789abcdf0 '$EAST_ID'"

daemon() { # SPI [TEXTS]
	[ -z "${DAEMON-}" ] || kill "$DAEMON"
	rm -f "$TMP/heard"
	nsenter --net=/run/netns/west -- "$KLIPS_B/tests/net/idents" "$1" $((60 * KLIPS_SLOW)) \
		"${@:2}" > "$TMP/heard" 2>&1 &
	DAEMON=$!
	wait_until 30 grep -qs ready "$TMP/heard" || fail "no daemon: $(cat "$TMP/heard")"
}

heard() {
	[ "$(grep -c ^acquire "$TMP/heard")" = "$1" ]
}

packet() { # to, so many ACQUIREs then
	sunset ping -q -c 1 -W 1 "$1" > /dev/null || :
	wait_until 5 heard "$2" || fail "heard: $(cat "$TMP/heard")"
}

trap_is_back() {
	west grep -q '%trapsubnet' /proc/net/ipsec_eroute
}

topo_up
klips_dev_up
klips_route 10.2.0.0/16

step "%trap"
daemon 260 "$WEST_ID" "$EAST_ID"
packet 10.2.0.1 1
packet 10.2.0.2 2
assert_eq "$(sed 1d "$TMP/heard")" "$BOTH
$BOTH" "ACQUIREs"

step "%trapsubnet, which was a %hold for a second"
west sysctl -q -w net.ipsec.hold_seconds=1
daemon 261 "$WEST_ID" "$EAST_ID"
packet 10.2.0.3 1
wait_until 10 trap_is_back || fail "the trap is not back"
packet 10.2.0.4 2
assert_eq "$(sed 1d "$TMP/heard")" "$BOTH
$BOTH" "ACQUIREs"

step "none any more"
wait_until 10 trap_is_back || fail "the trap is not back"
daemon 260
packet 10.2.0.5 1
assert_eq "$(sed 1d "$TMP/heard")" "acquire none none" "ACQUIRE"
