#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two tables that differ for every flow, swapped under traffic: each numbered
# packet meets the one or the other, and the count of third verdicts is 0. And
# packets that are held again and again come once each and in order.
#
# SWAPS is how often (1000), PACKETS how many each of the FLOWS flows sends.
#
# limit: 600
# check: none
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

# an even number, so that the first table is back at the end
SWAPS=${SWAPS:-$((500 / (KLIPS_SLOW * KLIPS_SLOW) * 2))}
FLOWS=${FLOWS:-8}
PACKETS=${PACKETS:-$((2000 / KLIPS_SLOW))}
# microseconds between two swaps, so that on one processor packets get their share
PAUSE=${PAUSE:-8000}

# tunnel_out SPI-TUN SPI-ESP: one direction is all that is needed
tunnel_out() {
	ipsec spi --said "$(said tun "$1" "$EAST_4")" --ip4 --src "$WEST_4" --dst "$EAST_4"
	klips_esp "$(said esp "$2" "$EAST_4")" "$WEST_4" "$HOLD_ALG"
	ipsec spigrp --said "$(said tun "$1" "$EAST_4")" "$(said esp "$2" "$EAST_4")"
}

swap() { # ROUNDS SAID-A SAID-B [PAUSE-US]
	west "$KLIPS_B/tests/net/swap" "$1" "$FAR_FIRST" "$FLOWS" "${@:2}"
}

# traffic_and_swaps SAID-A SAID-B: both until both are done
traffic_and_swaps() {
	local sent=$((FLOWS * PACKETS))

	swap 2 "$@" > /dev/null
	receive_start "$FLOWS" "$PACKETS" 5000
	send_flows "$FLOWS" "$PACKETS" 500 > "$TMP/sent" &
	SENDER=$!
	swap "$SWAPS" "$@" $PAUSE
	wait "$SENDER"
	wait "$RECEIVER"
	assert_eq "$(cat "$TMP/sent")" "sent $sent" "sender"
	grep received "$TMP/received"
	read -r _ RECEIVED _ AGAIN _ <<< "$(grep ^received "$TMP/received")"
}

holds_up
west_sysctl hold_packets 1000
xfrm_sa east "$WEST_4" "$EAST_4" esp 0x211 tunnel "${XFRM[@]}"
capture_start clear net br0 ip and net "$FAR"
tunnel_out 200 201
tunnel_out 210 211
sent=$((FLOWS * PACKETS))

step "two tunnels, $SWAPS swaps of $FLOWS flows, $sent packets"
traffic_and_swaps tun:200@$EAST_4 tun:210@$EAST_4
a=$(xfrm_count east 0x201) b=$(xfrm_count east 0x211)
echo "through A $a, through B $b, third verdict $((sent - a - b))"
assert_eq "$((sent - a - b))" 0 "packets with a third verdict"
assert_eq "$RECEIVED $AGAIN" "$sent 0" "packets received, received again"
assert_ge "$a" 1 "packets through A"
assert_ge "$b" 1 "packets through B"

step "a tunnel and %drop"
traffic_and_swaps tun:200@$EAST_4 %drop
dropped=$(drops OUT_SHUNT_DROP)
echo "received $RECEIVED, dropped $dropped, third verdict $((sent - RECEIVED - dropped))"
assert_eq "$((sent - RECEIVED - dropped))" 0 "packets with a third verdict"
assert_eq "$AGAIN" 0 "received again"

for end in tun:200@$EAST_4 -; do
	step "held, then let go by $end"
	ipsec eroute --clear
	[ "$end" != - ] || ipsec eroute --add --eraf inet --src 0.0.0.0/0 --dst "$FAR" \
		--said tun.200@$EAST_4
	traffic_and_swaps %hold "$end"
	assert_eq "$(grep ^received "$TMP/received")" \
		"received $sent again 0 disordered 0 missing 0 strange 0" "what came"
	west cat /proc/net/ipsec/stats/hold_sum | xargs
	assert_eq "$(hold_sum waiting) $(hold_sum holds)" "0 0" "packets waiting, holds"
done

capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
assert_eq "$(drops)" "OUT_SHUNT_DROP $dropped" "drops"
