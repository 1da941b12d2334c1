#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 180
# check: uml
#
# What a tunnel stands on is taken away in the middle of traffic in both directions:
# ipsec0 and the physical device go down, get another MTU and name, move to another
# namespace and back, are deleted; namespaces end with everything live; the key daemon
# is killed at each step of a negotiation.  Nothing is in clear, and afterwards the
# tunnel works.  ROUNDS says how often.  (The module itself goes in `reload`.)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"
. "$(dirname "$0")/src/flood.sh"

ROUNDS=${ROUNDS:-2}
CHANGES=0

# change PLACE COMMAND...: under traffic, then a moment of it
change() {
	"$@" || return
	CHANGES=$((CHANGES + 1))
	sleep 0.0$((2 + CHANGES % 5))
}

# all that west's end may have lost by a change
restore() {
	west ip link set eth1 up
	west ip addr replace "$WEST_4/24" dev eth1
	west ip route replace default via "$NIC_4"
	# an eth1 that was elsewhere came back without
	west sysctl -q -w net.ipv4.conf.eth1.rp_filter=0
	west ip link set ipsec0 down 2> /dev/null || west ip link add ipsec0 type ipsec
	ipsec tncfg --attach --virtual ipsec0 --physical eth1 2> /dev/null || :
	west ip link set ipsec0 mtu 1400 up
	klips_route "$RIGHT_4"
}

# through all that a device may become
each_change() { # DEVICE
	change west ip link set "$1" down
	change west ip link set "$1" up
	for mtu in 68 600 1500 1280; do
		change west ip link set "$1" mtu $mtu
	done
	change west ip link set "$1" down
	change west ip link set "$1" name other0
	change west ip link set other0 up
	change west ip link set other0 down
	change west ip link set other0 name "$1"
	change west ip link set "$1" mtu 1500 up
	restore
}

# a device leaves for another namespace and comes back, if it may leave at all
there_and_back() { # DEVICE
	if change west ip link set "$1" netns elsewhere 2> "$TMP/refused"; then
		change in_ns elsewhere ip link set "$1" netns west
	else
		echo "$1 stays: $(cat "$TMP/refused")"
	fi
	restore
}

topo_up
ip netns add elsewhere
west ip route add unreachable "$RIGHT_4" metric 1000
leak_guard
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
flood_start sunset sunrise "$SUNRISE_4" 1000 1000
nsenter --net=/run/netns/sunrise -- "$FLOOD" send "$SUNSET_4" 7001 1000 4000000 1000 > "$TMP/back" &
BACK=$!

for ((round = 0; round < ROUNDS; round++)); do
	step "round $round: ipsec0"
	each_change ipsec0
	there_and_back ipsec0
	change west ip link del ipsec0
	restore
	step "round $round: eth1"
	each_change eth1
	there_and_back eth1
	assert_tunnel 1
done
kill $BACK
wait $BACK || :
flood_stop
assert_ge "$GOT" 1 "packets that arrived"
assert_tunnel 3
assert_no_leak

step "the key daemon killed at each step of a negotiation"
request() { # TOOL ARGS...
	ipsec "$1" --dry-run "${@:2}" | sed -nE 's/^([0-9a-f ]{32,}).*/\1/p' | tr -d ' \n'
	echo
}
klips_clear
alg aes_gcm16
{
	# REGISTER; GETSPI for an SPI between 0x301 and 0x301
	echo 02070003020000000100000000000000
	echo 020100030a0000000200000000000000 0300050000000000 02000000c0010217 0000000000000000 \
		0300060000000000 02000000c001022d 0000000000000000 0200100001030000 0103000000000000
	request spi --said "esp.$SPI_OUT@$EAST_4" --src "$WEST_4" --esp aes_gcm16 --enckey "$ENCKEY"
	request spi --said "tun.$SPI_TUN_OUT@$EAST_4" --ip4 --src "$WEST_4" --dst "$EAST_4"
	request spigrp --said "tun.$SPI_TUN_OUT@$EAST_4" "esp.$SPI_OUT@$EAST_4"
	request eroute --replace --eraf inet --src "$LEFT_4" --dst "$RIGHT_4" --said "tun.$SPI_TUN_OUT@$EAST_4"
} | tr -d ' ' > "$TMP/negotiation"
# dies K: after the first K messages; with what it had not read
dies() {
	west /usr/bin/python3 - "$TMP/negotiation" "$1" <<-'END'
		import os, signal, socket, sys
		s = socket.socket(15, socket.SOCK_RAW, 2)
		for line in open(sys.argv[1]).read().split()[:int(sys.argv[2])]:
		    s.send(bytes.fromhex(line))
		os.kill(os.getpid(), signal.SIGKILL)
	END
}
steps=$(wc -l < "$TMP/negotiation")
assert_eq "$steps" 6 "messages"
for ((k = 0; k <= steps; k++)); do
	klips_clear
	ipsec eroute --add --eraf inet --src "$LEFT_4" --dst "$RIGHT_4" --said %trap
	pings sunset "$SUNRISE_4" 1 -W 1 > /dev/null || :
	dies "$k" 2> /dev/null || :
	assert_eq "$(west sh -c 'tail -n +2 /proc/net/pf_key | wc -l')" 0 "sockets left after step $k"
	assert_eq "$(west sh -c 'tail -n +2 /proc/net/pf_key_registered | grep -c " [1-9][0-9]*$"' || :)" 0 \
		"registrations left after step $k"
	sas=$(west sh -c "tail -n +2 /proc/net/ipsec/spi/table | wc -l")
	assert_eq "$sas" $((k < 2 ? 0 : k < 4 ? k - 1 : 3)) "SAs after step $k"
done
klips_clear
klips_tunnel aes_gcm16
xfrm_down
xfrm_peer_up aes_gcm16
assert_tunnel 3

step "namespaces that end with everything live"
for ((round = 0; round < ROUNDS; round++)); do
	flood_start sunset sunrise "$SUNRISE_4" 1000
	sleep 0.1
	ip netns del west
	flood_stop
	nic ip link show west > /dev/null 2>&1 && fail "eth1's other end outlived it"
	CHANGES=$((CHANGES + 1))
	ip netns del sunset
	ip netns del net
	ip netns del east
	ip netns del sunrise
	topo_up
	klips_up aes_gcm16
	xfrm_peer_up aes_gcm16
	assert_tunnel 1
done
capture_stop leak
assert_eq "$(capture_count leak)" 0 "packets in clear on the wire"
echo "COUNT changes under traffic $CHANGES"
