#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets of IPv6 that wait for an IPv6 tunnel, for one of the other family, and in
# vain.
#
# limit: 120
# check: uml
INNER=6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

topo_up
klips_dev_up
klips_route "$RIGHT_6"
capture_start clear net br0 ip6 and net "$LEFT_6"
for OUTER in 6 4; do
	step "a tunnel over IPv$OUTER"
	xfrm_peer_up "$HOLD_ALG"
	alg "$HOLD_ALG"
	inbound_up
	ipsec eroute --add --eraf inet6 --src "$LEFT_6" --dst "$RIGHT_6" --said %trap
	keyd_start tunnel 800
	assert_ping sunset "$SUNRISE_6" 6
	keyd_stop
	assert_eq "$KEYD_SAID" "acquires 1 answered 1 errors 0" "keyd"
	assert_match "$(west cat /proc/net/ipsec/stats/holds | tr -s ' ')" \
		"2001:db8:1::1/128 -> 2001:db8:2::1/128 => tun.*0x200@.* held=([1-9]) .* lost=0" \
		"stats/holds"
	klips_clear
	xfrm_down
done

step "time over: the sender is told"
west_sysctl hold_seconds 4 hold_expired_icmp 1
ipsec eroute --add --eraf inet6 --src "$LEFT_6" --dst "$RIGHT_6" --said %trap \
	--transport-proto 17 --dst-port 7000
keyd_start none 0
capture_start told sunset eth0 'icmp6[0] = 1 and icmp6[1] = 3'
udp_send sunset "$SUNRISE_6" 7000 waits
assert_match "$(eroutes)" "2001:db8:1::1/128 -> 2001:db8:2::1/128:7000 => %hold:17" "eroutes"
wait_until 20 nothing_waits || fail "never expired"
assert_drops OUT_HOLD_EXPIRED 1
assert_eq "$(eroutes)" "1 2001:db8:1::/64 -> 2001:db8:2::/64:7000 => %trap:17" "eroutes"
keyd_stop
capture_stop told
assert_eq "$(capture_count told)" 1 "notices"

capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
