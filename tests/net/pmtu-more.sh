#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 400
# check: uml
#
# Path MTU, the rest of it: IPv6, one family in the other, ESP in UDP, TCP that is told
# its segment size at the start.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/pmtu.sh"

topo_up
hop_up
klips_dev_up
one_pair 6 6
one_pair 6 4
one_pair 4 6

step "ESP in UDP: the kernel's own handler of UDP errors learns"
for OUTER in 4 6; do
	INNER=$OUTER
	encap_start west $OUTER 4500
	encap_start east $OUTER 4500
	klips_tunnel aes_gcm16 --natt nonesp --sport 4500 --dport 4500
	XFRM_FLAGS="encap espinudp 4500 4500 0.0.0.0" xfrm_peer_up aes_gcm16
	klips_route "$(addr RIGHT "$INNER")"
	forget
	switch icmp 0
	switch df 1
	pings sunrise "$(addr SUNSET "$INNER")" 4 -s 1400 -W 1 > /dev/null || :
	pings sunset "$(addr SUNRISE "$INNER")" 4 -s 1400 -W 1 > /dev/null || :
	assert_eq "$(mtu_of west "$(addr EAST "$OUTER")" oif eth1)" 1400 "what west learnt"
	assert_tunnel 1 -s 1400
	tcp_transfer sunset sunrise "$(addr SUNRISE "$INNER")" 60000
	encap_stop
	klips_clear
	xfrm_down
done

step "TCP is told by a firewall rule, and needs no ICMP"
OUTER=4 INNER=4
klips_tunnel aes_gcm16
klips_route "$RIGHT_4"
xfrm_peer_up aes_gcm16
fits=$(fits 1400)
west ip link set ipsec0 mtu "$fits"
west iptables -w -t mangle -A FORWARD -o ipsec+ -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
west iptables -w -t mangle -A FORWARD -i ipsec+ -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
forget
expect_from_here
for one in "sunset sunrise $SUNRISE_4" "sunrise sunset $SUNSET_4"; do
	read -r from to address <<< "$one"
	capture_start here "$from" eth0 tcp
	capture_start there "$to" eth0 tcp
	capture_start middle hop mid ip
	# shellcheck disable=SC2086
	tcp_transfer $one 100000
	capture_stop here there middle
	for place in here there; do
		assert_eq "$(capture_text $place 'tcp[13] & 2 != 0' | sed -n 's/.*mss \([0-9]*\).*/\1/p' |
			sort -u | tr '\n' ' ')" "$((fits - 40)) 1460 " "segment sizes offered, there and here"
	done
	assert_eq "$(capture_count middle 'icmp or ip[6:2] & 0x3fff != 0')" 0 "errors and pieces"
done
expect
