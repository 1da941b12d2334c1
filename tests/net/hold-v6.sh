#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets of IPv6 that wait for an IPv6 tunnel, and for one of the other family.
#
# limit: 120
# check: 6.1
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
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
