#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two tables that differ for every flow, swapped under traffic: each numbered
# packet meets the one or the other, and the count of third verdicts is 0. And
# packets that are held again and again come once each and in order.
#
# SWAPS is how often in all, PAUSE how many microseconds lie between two, FLOWS how
# many flows there are.
#
# limit: 240
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

SWAPS=${SWAPS:-1000}
FLOWS=${FLOWS:-8}
# long enough that on one processor packets get their share
PAUSE=${PAUSE:-6000}
# a number that no flow gets to
PACKETS=$((SWAPS * 100))

# tunnel_out SPI-TUN SPI-ESP: one direction is all that is needed
tunnel_out() {
	ipsec spi --said "$(said tun "$1" "$EAST_4")" --ip4 --src "$WEST_4" --dst "$EAST_4"
	klips_esp "$(said esp "$2" "$EAST_4")" "$WEST_4" "$HOLD_ALG"
	ipsec spigrp --said "$(said tun "$1" "$EAST_4")" "$(said esp "$2" "$EAST_4")"
}

swap() { # ROUNDS SAID-A SAID-B [PAUSE-US]
	west "$KLIPS_B/tests/net/swap" "$1" "$FAR_FIRST" "$FLOWS" "${@:2}"
}

# traffic_and_swaps SHARE SAID-A SAID-B: so many per cent of the swaps, with packets
# from before the first until after the last. The first table is there at the end.
traffic_and_swaps() {
	swap 2 "${@:2}" > /dev/null
	traffic_start "$FLOWS" "$PACKETS" 500
	swap $((SWAPS * $1 / 200 * 2)) "${@:2}" "$PAUSE"
	traffic_stop
}

holds_up
# nothing is to be dropped for want of room
west_sysctl hold_packets 10000 hold_bytes 16777216
xfrm_sa east "$WEST_4" "$EAST_4" esp 0x211 tunnel "${XFRM[@]}"
capture_start clear net br0 ip and net "$FAR"
tunnel_out 200 201
tunnel_out 210 211

step "two tunnels"
traffic_and_swaps 40 tun:200@$EAST_4 tun:210@$EAST_4
a=$(xfrm_count east 0x201) b=$(xfrm_count east 0x211)
echo "through A $a, through B $b, third verdict $((SENT - a - b))"
assert_eq "$((SENT - a - b))" 0 "packets with a third verdict"
assert_eq "$RECEIVED $AGAIN" "$SENT 0" "packets received, received again"
assert_ge "$a" $((SENT / 4)) "packets through A"
assert_ge "$b" $((SENT / 4)) "packets through B"

step "a tunnel and %drop"
traffic_and_swaps 30 tun:200@$EAST_4 %drop
dropped=$(drops OUT_SHUNT_DROP)
echo "received $RECEIVED, dropped $dropped, third verdict $((SENT - RECEIVED - dropped))"
assert_eq "$((SENT - RECEIVED - dropped))" 0 "packets with a third verdict"
assert_eq "$AGAIN" 0 "received again"
# a dropped packet takes less time than a sent one: more are sent while %drop is there
assert_ge "$RECEIVED" $((SENT / 20)) "received"
assert_ge "$dropped" $((SENT / 20)) "dropped"

for end in tun:200@$EAST_4 -; do
	step "held, then let go by $end"
	ipsec eroute --clear
	[ "$end" != - ] || ipsec eroute --add --eraf inet --src 0.0.0.0/0 --dst "$FAR" \
		--said tun.200@$EAST_4
	before=$(hold_sum held)
	traffic_and_swaps 15 %hold "$end"
	assert_eq "$RECEIVED $AGAIN $DISORDERED $MISSING" "$SENT 0 0 0" \
		"received, again, disordered, missing"
	echo "held $(($(hold_sum held) - before)), third verdict 0"
	assert_ge "$(($(hold_sum held) - before))" $((SENT / 4)) "packets held"
	assert_eq "$(hold_sum waiting) $(hold_sum holds)" "0 0" "packets waiting, holds"
done
assert_eq "$(hold_sum released) $(hold_sum lost)" "$(hold_sum held) 0" "sent on, lost"

capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
assert_eq "$(drops)" "OUT_SHUNT_DROP $dropped" "drops"
