#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: uml 6.12
#
# Eroutes and SAs come and go under continuous traffic: nothing is ever in clear
# on the wire, a replaced eroute loses no packet, a missing one drops and counts,
# and every packet sent has either arrived or is in a drop counter.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/flood.sh"

FLOW="--eraf inet --src $LEFT_4 --dst $RIGHT_4"
TUN=tun.$SPI_TUN_OUT@$EAST_4

eroute() {
	# shellcheck disable=SC2086
	ipsec eroute "--$1" $FLOW "${@:2}"
}

# account REASON...: what did not arrive was dropped for these reasons only
account() {
	local lost=0 why now n

	for why in "$@"; do
		n=$(drops "$why")
		assert_ge "$n" 1 "drops for $why"
		lost=$((lost + n))
	done
	now=$(drops | awk '{ n += $2 } END { print n + 0 }')
	assert_eq "$now" "$lost" "all drops, against those for $* ($(drops | tr '\n' ' '))"
	now=$((lost - before))
	before=$lost
	assert_eq $((GOT + now)) "$SENT" "packets that arrived or were dropped"
}

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
# a second tunnel to the same peer
klips_esp "esp.402@$EAST_4" "$WEST_4" aes_gcm16
ipsec spi --said "tun.400@$EAST_4" --ip4 --src "$WEST_4" --dst "$EAST_4"
ipsec spigrp --said "tun.400@$EAST_4" "esp.402@$EAST_4"
alg aes_gcm16
xfrm_sa east "$WEST_4" "$EAST_4" esp 0x402 tunnel "${XFRM[@]}"
assert_tunnel 1
leak_guard
before=0

step "replaced over and over: none is lost"
flood_start sunset sunrise "$SUNRISE_4"
for i in 1 2 3 4 5; do
	eroute replace --said "tun.400@$EAST_4"
	eroute replace --said "$TUN"
done
flood_stop
assert_eq "$GOT" "$SENT" "packets that arrived"
assert_eq "$(drops)" "" "drops"
assert_ge "$(xfrm_count east 0x402)" 1 "packets in the second tunnel"

step "deleted and added"
flood_start sunset sunrise "$SUNRISE_4"
for i in 1 2 3; do
	eroute del
	eroute add --said "$TUN"
done
flood_stop
assert_ge "$GOT" 1 "packets that arrived"
account OUT_NO_EROUTE

step "the table cleared and filled again"
flood_start sunset sunrise "$SUNRISE_4"
for i in 1 2 3; do
	ipsec eroute --clear
	eroute add --said "$TUN"
done
flood_stop
account OUT_NO_EROUTE

step "%drop, %reject and back"
flood_start sunset sunrise "$SUNRISE_4"
for i in 1 2 3; do
	eroute replace --said %drop
	eroute replace --said %reject
	eroute replace --said "$TUN"
done
flood_stop
account OUT_NO_EROUTE OUT_SHUNT_DROP OUT_SHUNT_REJECT

step "the SAs deleted and made again"
flood_start sunset sunrise "$SUNRISE_4"
for i in 1 2; do
	ipsec spi --said "$TUN" --del
	ipsec spi --said "$TUN" --ip4 --src "$WEST_4" --dst "$EAST_4"
	# a tunnel without ESP behind it sends nothing
	sleep 0.2
	eroute replace --said "tun.400@$EAST_4"
	klips_esp "esp.$SPI_OUT@$EAST_4" "$WEST_4" aes_gcm16
	ipsec spigrp --said "$TUN" "esp.$SPI_OUT@$EAST_4"
	sleep 0.2
done
flood_stop
account OUT_NO_EROUTE OUT_SHUNT_DROP OUT_SHUNT_REJECT OUT_NO_SA OUT_PLAIN_IPIP

step "ipsec0 detached and attached"
eroute replace --said "tun.400@$EAST_4"
flood_start sunset sunrise "$SUNRISE_4"
ipsec tncfg --detach --virtual ipsec0
sleep 0.3
ipsec tncfg --attach --virtual ipsec0 --physical eth1
sleep 0.3
flood_stop
assert_ge "$GOT" 1 "packets that arrived"
account OUT_NO_EROUTE OUT_SHUNT_DROP OUT_SHUNT_REJECT OUT_NO_SA OUT_PLAIN_IPIP OUT_NOT_ATTACHED

step "narrower eroutes in a wide one"
flood_start sunset sunrise "$SUNRISE_4"
for i in 1 2 3; do
	ipsec eroute --add --eraf inet --src "$SUNSET_4/32" --dst "$SUNRISE_4/32" --said "tun.400@$EAST_4"
	ipsec eroute --add --eraf inet --src "$SUNSET_4/32" --dst "$SUNRISE_4/32" --said "tun.400@$EAST_4" \
		--transport-proto 17 --dst-port 7000
	ipsec eroute --del --eraf inet --src "$SUNSET_4/32" --dst "$SUNRISE_4/32"
	ipsec eroute --del --eraf inet --src "$SUNSET_4/32" --dst "$SUNRISE_4/32" \
		--transport-proto 17 --dst-port 7000
done
flood_stop
assert_eq "$GOT" "$SENT" "packets that arrived"

capture_stop leak
assert_no_leak

step "%pass, asked for, is in clear, and only that"
west iptables -w -t mangle -F
capture_start wire net br0 net "$RIGHT_4" or esp
flood_start sunset sunrise "$SUNRISE_4"
eroute replace --said %pass
sleep 0.5
eroute replace --said "tun.400@$EAST_4"
flood_stop
capture_stop wire
clear=$(capture_count wire udp port 7000)
assert_ge "$clear" 1 "packets in clear"
# east's XFRM policy drops what is not encapsulated
assert_eq $((GOT + clear)) "$SENT" "packets that arrived or went in clear"
