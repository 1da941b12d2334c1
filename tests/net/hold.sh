#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that wait for a tunnel: none lost, none twice, in order, whatever way
# the daemon takes and however long; and what becomes of them when it fails.
#
# limit: 420
# check: none
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

holds_up
capture_start clear net br0 ip and net "$FAR"

for delay in 0 500 10000; do
	step "64 packets, tunnel after $delay ms"
	trap_up %trap
	keyd_start tunnel $delay
	receive_start 1 64 $((delay + 4000))
	send_flows 1 64
	assert_received 64
	keyd_stop
	assert_eq "$KEYD_SAID" "acquires 1 answered 1 errors 0" "keyd"
	assert_match "$(west cat /proc/net/ipsec/stats/holds | tr -s ' ')" \
		"192.0.1.1/32 -> 10.2.0.1/32 => tun0x200@192.1.2.23 held=([0-9]+) waiting=0 bytes=0 released=([0-9]+) expired=0 lost=0" \
		"stats/holds"
	assert_eq "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "released of held"
	echo "held ${BASH_REMATCH[1]}"
	holds_again
done

for mode in beside broad; do
	step "64 packets of 4 flows, $mode"
	trap_up %trap
	keyd_start $mode 700
	receive_start 4 16
	send_flows 4 16
	assert_received 64
	keyd_stop
	holds_again
done

step "64 flows, 4 packets each"
trap_up %trap
keyd_start tunnel 1000
receive_start 64 4
send_flows 64 4
assert_received 256
keyd_stop
assert_eq "$KEYD_SAID" "acquires 64 answered 64 errors 0" "keyd"
holds_again

step "%trapsubnet, 8 flows"
trap_up %trapsubnet
keyd_start broad 500
receive_start 8 8
send_flows 8 8
assert_received 64
keyd_stop 1	# it deletes a narrow hold that is not there
holds_again

step "TCP connects on its first SYN"
trap_up %trap
for host in sunset west; do
	inbound_up
	keyd_start tunnel 400
	ip=10.2.0.$([ $host = west ] && echo 2 || echo 1)
	capture_start syn west ipsec0 "tcp[tcpflags] & tcp-syn != 0 and src net $LEFT_4"
	listen_start tcp sunrise tcp 80
	from=$([ $host = west ] && echo 192.0.1.254 || echo "$SUNSET_4")
	echo hello | in_ns $host timeout 20 socat -u - "TCP4:$ip:80,bind=$from"
	assert_eq "$(listen_text tcp hello)" hello "text over TCP"
	capture_stop syn
	assert_eq "$(capture_count syn)" 1 "SYNs from $host"
	keyd_stop
	holds_again
	trap_up %trap
done

step "other verdicts: pass, drop, reject, delete"
west ip route add "$FAR" via "$EAST_4" dev eth1 metric 2000
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
for mode in pass drop reject delete; do
	ipsec eroute --clear
	trap_up %trap
	before=$(drops OUT_SHUNT_${mode^^}) gone=$(drops OUT_HOLD_DELETED)
	keyd_start $mode 800
	capture_start $mode net br0 ip and udp dst port 7000 and dst net "$FAR"
	send_flows 1 10
	wait_until 10 nothing_waits || fail "packets wait for ever after $mode"
	capture_stop $mode
	n=$(capture_count $mode)
	case $mode in
	pass) assert_eq "$n" 10 "packets in clear" ;;
	delete) assert_eq "$(($(drops OUT_HOLD_DELETED) - gone))" 10 "dropped" ;;
	*) assert_eq "$(($(drops OUT_SHUNT_${mode^^}) - before))" 10 "dropped" ;;
	esac
	[ $mode = pass ] || assert_eq "$n" 0 "packets in clear after $mode"
	keyd_stop
done
assert_eq "$(west cat /proc/net/ipsec/stats/holds)" "" "holds left after their eroute"

step "room for the first packet and the newest three"
holds_again
west_sysctl hold_packets 4
trap_up %trap
keyd_start tunnel 1500
receive_start 1 10 3000
send_flows 1 10
wait "$RECEIVER"
assert_eq "$(grep -v ready "$TMP/received")" "received 4 again 0 disordered 0 missing 6 strange 0
first missing: flow 0 number 1" "what came"
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
replace by a hold: done
second hold: File exists" "what the daemon was told"
assert_eq "$(hold_sum waiting)" 5 "packets waiting"
keyd_stop

step "time over: dropped, the trap works again"
holds_again
west_sysctl hold_seconds $((2 * KLIPS_SLOW)) hold_expired_icmp 1
trap_up %trap
keyd_start none 0
capture_start icmp sunset eth0 'icmp[0] = 3 and icmp[1] = 1'
send_flows 1 5
assert_eq "$(hold_sum waiting)" 5 "packets waiting"
wait_until 10 nothing_waits || fail "never expired"
assert_drops OUT_HOLD_EXPIRED 5
assert_eq "$(eroutes)" "1 192.0.1.0/24 -> 10.2.0.0/16 => %trap" "eroutes"
send_flows 1 1
assert_eq "$(keyd_acquires)" 2 "ACQUIREs"
capture_stop icmp
assert_ge "$(capture_count icmp)" 1 "notices"
ipsec eroute --clear
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
west_sysctl hold_seconds 30 hold_expired_icmp 0

step "the device goes down, goes away"
send_flows 1 6
assert_eq "$(hold_sum waiting)" 6 "packets waiting"
west ip link set ipsec0 down
assert_eq "$(hold_sum waiting) $(hold_sum bytes)" "0 0" "packets and bytes waiting"
assert_drops OUT_HOLD_DEVICE 6
west ip link set ipsec0 up
klips_route "$FAR"
send_flows 1 6
assert_eq "$(hold_sum waiting)" 6 "packets waiting"
west timeout 20 ip link del ipsec0
assert_drops OUT_HOLD_DEVICE 12
keyd_stop
