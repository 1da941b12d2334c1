#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Holds at their limits: no room, a daemon that answers wrongly or dies, time over,
# the whole table replaced, the device gone. What is lost is counted.
#
# limit: 240
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

holds_up
capture_start clear net br0 ip and net "$FAR"

step "room for the first packet and the newest three"
west_sysctl hold_packets 4
trap_up %trap
keyd_start tunnel 500
receive_start 1 10
send_flows 1 10
wait_until 5 nothing_waits
sleep 0.3
kill "$RECEIVER"
wait "$RECEIVER"
assert_eq "$(grep -v ready "$TMP/received")" "received 4 again 0 disordered 0 missing 6 strange 0
first missing: flow 0 number 1" "what came"
assert_drops OUT_SHUNT_HOLD 6
keyd_stop
west_sysctl hold_packets 64

step "wrong answers leave the hold alone"
holds_again
trap_up %trap
keyd_start wrong 200
send_flows 1 5
wait_until 5 grep -q 'second hold' "$TMP/keyd"
assert_eq "$(grep -v '^acquire\|ready' "$TMP/keyd")" "delete of another selector: Bad address
add over the hold: File exists
replace of another selector: done
replace by a hold: done
second hold: File exists" "what the daemon was told"
assert_eq "$(hold_sum waiting)" 5 "packets waiting"
keyd_stop

step "an answer that comes twice"
holds_again
trap_up %trap
keyd_start twice 300
receive_start 1 5
send_flows 1 5
assert_received 5
wait_until 5 grep -q 'second eroute' "$TMP/keyd"
assert_eq "$(grep second "$TMP/keyd")" "second tunnel: File exists
second eroute: File exists
second delete: Bad address" "what the daemon was told"
keyd_stop
nothing_waits || fail "packets wait for ever"

step "a daemon that dies: its holds end, and the next one is asked"
holds_again
west_sysctl hold_seconds $((3 * KLIPS_SLOW)) hold_expired_icmp 1
trap_up %trap
keyd_start tunnel 60000
capture_start icmp sunset eth0 'icmp[0] = 3 and icmp[1] = 1'
send_flows 1 5
kill -KILL "$KEYD"
wait "$KEYD" || :
assert_eq "$(hold_sum waiting) $(hold_sum made_by_traps)" "5 1" "packets waiting, holds"
wait_until 10 nothing_waits || fail "never expired"
assert_drops OUT_HOLD_EXPIRED 5
assert_eq "$(eroutes)" "1 192.0.1.0/24 -> 10.2.0.0/16 => %trap" "eroutes"
assert_eq "$(hold_sum holds)" 0 "holds"
capture_stop icmp
assert_ge "$(capture_count icmp)" 1 "notices"
receive_start 1 5
keyd_start tunnel 100
send_flows 1 5
assert_received 5
keyd_stop
assert_eq "$KEYD_SAID" "acquires 1 answered 1 errors 0" "the next keyd"

step "time over for a %trapsubnet: it comes back"
holds_again
west_sysctl hold_seconds $((1 * KLIPS_SLOW))
keyd_start none 0
trap_up %trapsubnet
send_flows 2 2
assert_match "$(eroutes)" "^[0-9]+ 192.0.1.0/24 -> 10.2.0.0/16 => %hold$" "eroutes"
wait_until 10 nothing_waits || fail "never expired"
assert_match "$(eroutes)" "^[0-9]+ 192.0.1.0/24 -> 10.2.0.0/16 => %trapsubnet$" "eroutes"

step "a %hold that somebody asked for stays, its packets do not"
ipsec eroute --clear
trap_up %hold
send_flows 2 2
assert_eq "$(hold_sum waiting)" 4 "packets waiting"
wait_until 10 nothing_waits || fail "never expired"
assert_match "$(eroutes)" "^4 192.0.1.0/24 -> 10.2.0.0/16 => %hold$" "eroutes"
assert_match "$(west grep %hold /proc/net/ipsec/eroute/table)" \
	$'\t'"held=4"$'\t'"waiting=0"$'\t'"released=0"$'\t'"expired=4"$'\t'"lost=0\$" "eroute/table"
west_sysctl hold_seconds 30 hold_expired_icmp 0
keyd_stop

step "the whole table replaced: a tunnel, a trap, nothing"
holds_again
keyd_start tunnel 100 tunnel-now
trap_up %hold
receive_start 1 20
send_flows 1 20
assert_eq "$(hold_sum waiting)" 20 "packets waiting"
west "$KLIPS_B/tests/net/swap" 1 "$FAR_FIRST" 1 tun:200@$EAST_4 - 0 10
assert_received 20
nothing_waits || fail "packets wait for ever"
ipsec eroute --clear
trap_up %hold
receive_start 1 20
send_flows 1 20
west "$KLIPS_B/tests/net/swap" 1 "$FAR_FIRST" 1 %trap - 0 10
assert_received 20
assert_eq "$(keyd_acquires)" 1 "ACQUIREs after a trap came into the table"
ipsec eroute --clear
trap_up %hold
send_flows 1 20
before=$(drops OUT_HOLD_DELETED)
ipsec eroute --clear
nothing_waits || fail "packets wait for ever"
assert_eq "$(($(drops OUT_HOLD_DELETED) - before))" 20 "dropped"
assert_eq "$(hold_sum holds)" 0 "holds"
keyd_stop

step "the device goes down, goes away"
trap_up %hold
for n in 6 12; do
	send_flows 1 6
	assert_eq "$(hold_sum waiting)" 6 "packets waiting"
	if [ $n = 6 ]; then
		west ip link set ipsec0 down
		assert_eq "$(hold_sum waiting) $(hold_sum bytes)" "0 0" "packets and bytes waiting"
		west ip link set ipsec0 up
		klips_route "$FAR"
	else
		west timeout 20 ip link del ipsec0
	fi
	assert_drops OUT_HOLD_DEVICE $n
done
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
