#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that wait for a tunnel: none lost, none twice, in order, whatever way
# the daemon takes and however long; and what becomes of them when it decides
# otherwise.
#
# limit: 240
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

# json FILTER: of `ipsec eroute --json`, which python reads for jq
json() {
	ipsec eroute --json | /usr/bin/python3 -c "import json, sys; print(*[$1 for e in json.load(sys.stdin)['eroutes']])"
}

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
	held=${BASH_REMATCH[1]}
	assert_eq "${BASH_REMATCH[2]}" "$held" "released of held"
	assert_ge "$held" $((delay ? 64 : 1)) "held"
	echo "held $held"
	assert_match "$(west grep tun0x200 /proc/net/ipsec/eroute/table)" \
		$'\t'"held=$held"$'\t'"waiting=0"$'\t'"released=$held"$'\t'"expired=0"$'\t'"lost=0\$" "eroute/table"
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

step "64 flows at once, 64 packets each"
trap_up %trap
keyd_start tunnel $((3000 + 1000 * KLIPS_SLOW))
receive_start 64 64 $((16000 + 4000 * KLIPS_SLOW))
send_flows 64 64
assert_eq "$(json "e.get('waiting', 0)" | tr ' ' '\n' | sort -n | uniq -c | xargs)" "1 0 64 64" \
	"eroutes by packets that wait"
assert_received 4096
keyd_stop
assert_eq "$KEYD_SAID" "acquires 64 answered 64 errors 0" "keyd"
assert_eq "$(json "e.get('released', 0)" | tr ' ' '\n' | sort -n | uniq -c | xargs)" "1 0 64 64" \
	"eroutes by packets sent on"
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
for host in sunset west; do
	trap_up %trap
	inbound_up
	keyd_start tunnel 400
	ip=10.2.0.$([ $host = west ] && echo 2 || echo 1)
	capture_start syn west ipsec0 "tcp[tcpflags] & tcp-syn != 0 and src net $LEFT_4"
	listen_start "tcp-$host" sunrise tcp 80
	from=$([ $host = west ] && echo 192.0.1.254 || echo "$SUNSET_4")
	echo hello | in_ns $host timeout 20 socat -u - "TCP4:$ip:80,bind=$from"
	assert_eq "$(listen_text "tcp-$host" hello)" hello "text over TCP"
	capture_stop syn
	assert_eq "$(capture_count syn)" 1 "SYNs from $host"
	keyd_stop
	holds_again
done

capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
assert_eq "$(drops | grep -v ^IN_ || :)" "" "packets lost until now"

step "other verdicts: pass, drop, reject, delete"
west ip route add "$FAR" via "$EAST_4" dev eth1 metric 2000
for mode in pass drop reject delete; do
	ipsec eroute --clear
	trap_up %trap
	before=$(drops OUT_SHUNT_${mode^^}) gone=$(drops OUT_HOLD_DELETED)
	keyd_start $mode 800
	capture_start $mode net br0 ip and udp dst port 7000 and dst net "$FAR"
	[ $mode != reject ] || capture_start told sunset eth0 'icmp[0] = 3 and icmp[1] = 13'
	send_flows 1 10
	wait_until 10 nothing_waits || fail "packets wait for ever after $mode"
	capture_stop $mode
	n=$(capture_count $mode)
	case $mode in
	pass) assert_eq "$n" 10 "packets in clear" ;;
	delete) assert_eq "$(($(drops OUT_HOLD_DELETED) - gone))" 10 "dropped" ;;
	*) assert_eq "$(($(drops OUT_SHUNT_${mode^^}) - before))" 10 "dropped" ;;
	esac
	if [ $mode = reject ]; then
		capture_stop told
		assert_ge "$(capture_count told)" 1 "notices to the sender"
	fi
	[ $mode = pass ] || assert_eq "$n" 0 "packets in clear after $mode"
	keyd_stop
done
assert_eq "$(west cat /proc/net/ipsec/stats/holds)" "" "holds left after their eroute"
