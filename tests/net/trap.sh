#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# %trap and %trapsubnet: the ACQUIRE's bytes, the narrow %hold, the counts, and
# nothing in clear when nobody listens.
#
# limit: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

holds_up
capture_start clear net br0 ip and net "$FAR"

step "no daemon"
trap_up %trap
assert_no_ping sunset 10.2.0.9 2
assert_drops OUT_SHUNT_TRAP 2
assert_eq "$(trap_counts)" "00000002 00000000" "trap_count, trap_sendcount"
assert_eq "$(eroutes)" "2 192.0.1.0/24 -> 10.2.0.0/16 => %trap" "eroutes"

step "%trap: one ACQUIRE; of eight packets the first counts on it"
ipsec eroute --clear
trap_up %trap
keyd_start none 0
assert_no_ping sunset 10.2.0.9 8
assert_eq "$(grep ^acquire "$TMP/keyd")" "acquire 192.0.1.1 0 10.2.0.9 0 proto 0" "ACQUIREs"
assert_eq "$(trap_counts)" "00000003 00000001" "trap_count, trap_sendcount"
assert_eq "$(eroutes)" "1 192.0.1.0/24 -> 10.2.0.0/16 => %trap
7 192.0.1.1/32 -> 10.2.0.9/32 => %hold" "eroutes"
assert_match "$(west cat /proc/net/ipsec/stats/holds | tr -s ' ')" \
	"192.0.1.1/32 -> 10.2.0.9/32 => %hold held=8 waiting=8 " "stats/holds"
keyd_stop

step "%trapsubnet: the eroute itself becomes %hold"
ipsec eroute --clear
assert_eq "$(hold_sum waiting) $(hold_sum bytes)" "0 0" "waiting after a clear"
assert_drops OUT_HOLD_DELETED 8
trap_up %trapsubnet
keyd_start none 0
assert_no_ping sunset 10.2.0.9 4
assert_no_ping sunset 10.2.0.10 4
assert_eq "$(keyd_acquires)" 1 "ACQUIREs"
assert_eq "$(eroutes)" "8 192.0.1.0/24 -> 10.2.0.0/16 => %hold" "eroutes"
keyd_stop

step "a trap for one protocol and port, the packet of the reference"
ipsec eroute --clear
sunset ip addr add 10.0.1.5/32 dev lo
klips_route 203.0.113.0/24
ipsec eroute --add --eraf inet --src 10.0.1.0/24 --dst 203.0.113.0/24 --said %trap \
	--transport-proto 6 --dst-port 25
keyd_start none 0 hex
sunset timeout 1 socat -u - TCP4:203.0.113.9:25,bind=10.0.1.5 < /dev/null 2>/dev/null || :
assert_eq "$(grep ^acquire "$TMP/keyd")" "acquire 10.0.1.5 0 203.0.113.9 25 proto 6" "ACQUIREs"
# both proposals have 3DES; they differ in the MAC
times=00e1000000000000805101000000000000e10000000000008051010000000000
zero=000000000000000000000000000000000000000000000000
is=$(sed -n '/^acquire/{n;p;q}' "$TMP/keyd")
want=020600031b000000SEQUENCE00000000
want+=0300050006000000020000000a0001050000000000000000
want+=030006000600000002000019cb0071090000000000000000
want+=13000d0040000000
for mac in 02030100800080 03030100a000a0; do
	want+=${mac}00a800a80000000000$zero$times
done
assert_eq "${is:0:16}SEQUENCE${is:24}" "$want" "the ACQUIRE"
assert_match "$(eroutes)" "10.0.1.5/32 -> 203.0.113.9/32:25 => %hold:6" "eroutes"
keyd_stop

step "IPv6"
ipsec eroute --clear
klips_route "$RIGHT_6"
ipsec eroute --add --eraf inet6 --src "$LEFT_6" --dst "$RIGHT_6" --said %trap
keyd_start none 0
assert_no_ping sunset "$SUNRISE_6" 3
assert_eq "$(grep ^acquire "$TMP/keyd")" "acquire 2001:db8:1::1 0 2001:db8:2::1 0 proto 0" "ACQUIREs"
assert_eq "$(eroutes)" "1 2001:db8:1::/64 -> 2001:db8:2::/64 => %trap
2 2001:db8:1::1/128 -> 2001:db8:2::1/128 => %hold" "eroutes"
keyd_stop

capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
# packets that wait when the namespace goes are freed with it
assert_ge "$(hold_sum waiting)" 3 "packets left waiting"
