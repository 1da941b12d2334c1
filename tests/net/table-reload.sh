#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A table of 100,000 eroutes replaced, cleared and loaded again under traffic: each
# packet meets the old table or the new one, and the count of third verdicts is 0.
#
# EROUTES is how many, ROUNDS how often.
#
# limit: 240
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

EROUTES=${EROUTES:-100000}
ROUNDS=${ROUNDS:-2}
FLOWS=8

# reloads SAID-A SAID-B: from B to A and back, ROUNDS times in all
reloads() {
	west "$KLIPS_B/tests/net/swap" 1 "$FAR_FIRST" $FLOWS "$2" - 0 "$EROUTES" > /dev/null
	traffic_start $FLOWS 100000 1000
	west "$KLIPS_B/tests/net/swap" "$ROUNDS" "$FAR_FIRST" $FLOWS "$@" 100000 "$EROUTES"
	traffic_stop
}

holds_up
xfrm_sa east "$WEST_4" "$EAST_4" esp 0x211 tunnel "${XFRM[@]}"
capture_start clear net br0 ip and net "$FAR"
for spi in 20 21; do
	ipsec spi --said "tun.${spi}0@$EAST_4" --ip4 --src "$WEST_4" --dst "$EAST_4"
	klips_esp "esp.${spi}1@$EAST_4" "$WEST_4" "$HOLD_ALG"
	ipsec spigrp --said "tun.${spi}0@$EAST_4" "esp.${spi}1@$EAST_4"
done

step "one table for another: two tunnels"
reloads tun:200@$EAST_4 tun:210@$EAST_4
a=$(xfrm_count east 0x201) b=$(xfrm_count east 0x211)
echo "old $a, new $b, third verdict $((SENT - a - b))"
assert_eq "$((SENT - a - b))" 0 "packets with a third verdict"
assert_eq "$RECEIVED $AGAIN" "$SENT 0" "packets received, received again"
assert_ge "$a" $((SENT / 10)) "packets through the one"
assert_ge "$b" $((SENT / 10)) "packets through the other"
assert_eq "$(drops)" "" "drops"

step "one table for another: a tunnel and %drop"
reloads %drop tun:200@$EAST_4
dropped=$(drops OUT_SHUNT_DROP)
echo "received $RECEIVED, dropped $dropped, third verdict $((SENT - RECEIVED - dropped))"
assert_eq "$((SENT - RECEIVED - dropped))" 0 "packets with a third verdict"
assert_eq "$(drops)" "OUT_SHUNT_DROP $dropped" "drops"

step "cleared and loaded again"
reloads tun:200@$EAST_4 -
none=$(drops OUT_NO_EROUTE)
echo "received $RECEIVED, without eroute $none, third verdict $((SENT - RECEIVED - none))"
assert_eq "$((SENT - RECEIVED - none))" 0 "packets with a third verdict"
assert_ge "$none" 1 "packets without eroute"
assert_eq "$(drops | wc -l) $(drops OUT_SHUNT_DROP)" "2 $dropped" "other drops"

capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
