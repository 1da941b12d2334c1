#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, leaks: nothing of the inner addresses ever leaves eth1 in clear.
#
# F43 and F44 in IPv4 and (F46) IPv6: SAs deleted, replaced, expired, the table cleared and
# refilled, ipsec0 down, detached, removed, eth1 down, removed, under traffic the whole
# time.  And bad input: cleartext spoofed on the wire, rules that would loop packets back
# into ipsec0.
# limit: 180
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"
. "$(dirname "$0")/lib/leak.sh"

need iptables-legacy-restore iptables-nft-restore nft tcpdump

phys_down() {
	west ip link set eth1 down
	sleep 0.1
	west ip link set eth1 up
}

topo_up
klips_dev_up
for V in 4 6; do
	OUTER=$V INNER=$V
	SUN=$(addr SUNRISE $V) LEFT=$(addr LEFT $V) RIGHT=$(addr RIGHT $V) E=$(addr EAST $V)
	if [ $V = 4 ]; then FW_FAMILIES=4 IP=ip AF=inet BITS=32; else FW_FAMILIES="4 6" IP=ip6 AF=inet6 BITS=128; fi
	step "IPv$V"
	klips_route "$RIGHT"
	guard
	again
	capture_start wire net br0 "dst net $RIGHT or src net $LEFT"
	assert_ping sunset "$SUN" 1

	for what in sas_deleted sas_cleared sas_expired table_swapped; do
		step "F43: $what: dropped, and never sent in clear"
		under_traffic $what
		klips_clear
		again
		wait_until 5 tunnel_back || fail "F43: no tunnel after $what"
		fw_read
		fw_is leak 0 leak_out 0
	done

	step "F44: ipsec0 detached and attached again: dropped, then it works as before"
	under_traffic detached
	assert_ping sunset "$SUN" 2
	fw_read
	fw_is leak 0 leak_out 0
	assert_ge "$(drops OUT_NOT_ATTACHED)" 1 "F44: drops while detached"

	step "F44: ipsec0 down: its routes go; a blackhole behind them takes the rest"
	west ip route add blackhole "$RIGHT" metric 4000
	under_traffic device_down
	west ip link set ipsec0 up
	klips_route "$RIGHT"
	assert_ping sunset "$SUN" 1
	fw_read
	fw_is leak 0 leak_out 0

	step "F44: eth1 down and up: detached; nothing leaves until it is attached again"
	under_traffic phys_down
	fw_stopped sunset "$SUN" 1
	ipsec tncfg --attach --virtual ipsec0 --physical eth1
	[ $V = 4 ] || west ip addr replace $WEST_6/64 dev eth1 nodad
	west ip route replace default via "$(addr NIC $V)"
	before=${FW_COUNT["legacy gone"]}
	wait_until 5 tunnel_back || fail "F44: no tunnel after eth1 came back"
	capture_stop wire
	fw_read
	fw_is leak 0 leak_out 0
	step "F44: the rules that name ipsec0 still count"
	assert_ge "${FW_COUNT["legacy gone"]}" $((before + 1)) "F44: packets in the rule for ipsec0"
	assert_eq "$(capture_count wire)" 0 "F43 F44: packets in clear on the wire"
	west ip route del blackhole "$RIGHT" metric 4000

	if [ $V = 4 ]; then
		step "bad input: cleartext on the wire from the far subnet, strict rp_filter on eth1"
		nic ip addr replace 192.0.2.77/32 dev lo
		nic ip route replace $LEFT_4 via $WEST_4
		assert_ping net $WEST_4 1	# neighbours: a question from a forged address has no answer
		west sysctl -q -w net.ipv4.conf.eth1.rp_filter=1
		lost=$(fw_netstat west IPReversePathFilter)
		fw_stopped net $SUNSET_4 2 -I 192.0.2.77
		assert_eq "$(fw_netstat west IPReversePathFilter)" "$((lost + 2))" "what rp_filter lost"
		assert_tunnel 1
		west sysctl -q -w net.ipv4.conf.eth1.rp_filter=0
	fi

	step "bad input: a route that would take ESP back into ipsec0 does not"
	west ip "-$V" rule add ipproto esp lookup 88 pref 10
	west ip "-$V" route add default dev ipsec0 table 88
	fw_read
	cipher=${FW_COUNT["native cipher"]}
	assert_ping sunset "$SUN" 2
	fw_read
	fw_is leak 0 leak_out 0 cipher $((cipher + 2))
	for FW in legacy compat native; do
		step "$FW bad input: a mark in OUTPUT takes ESP back into ipsec0, once: ESP it stays"
		fw_load west <<-END
			loop | mangle OUTPUT | -o eth1 -p esp -j MARK --set-mark 7 | oifname "eth1" meta l4proto esp % meta mark set 7
			esp  | mangle POSTROUTING | -o eth1 -p esp | oifname "eth1" meta l4proto esp
			all  | mangle POSTROUTING | -o eth1 -p esp | oifname "eth1" meta l4proto esp
			bare | mangle POSTROUTING | -o eth1 -d $RIGHT | oifname "eth1" $IP daddr $RIGHT
		END
		assert_ping sunset "$SUN" 2
		fw_read
		fw_is loop 4 esp 2 all 2
		step "$FW bad input: again and again: dropped, by name"
		fw_load west <<-END
			loop | mangle OUTPUT | -o eth1 -p esp -j MARK --xor-mark 7 | oifname "eth1" meta l4proto esp % meta mark set meta mark xor 7
			all  | mangle POSTROUTING | -o eth1 -p esp | oifname "eth1" meta l4proto esp
			bare | mangle POSTROUTING | -o eth1 -d $RIGHT | oifname "eth1" $IP daddr $RIGHT
		END
		lost=$(drops OUT_RECURSION)
		fw_stopped sunset "$SUN" 2
		fw_read
		fw_is all 0 bare 0
		assert_eq "$(drops OUT_RECURSION)" $((lost + 2)) "drops OUT_RECURSION"
		fw_clear west
	done
	FW="legacy compat native"
	west ip "-$V" rule del pref 10 ipproto esp lookup 88
	west ip "-$V" route del default dev ipsec0 table 88
	wait_until 5 tunnel_back || fail "no tunnel after the loop"

	step "F44: ipsec0 removed: unreachable, and nothing on the wire; made anew it works"
	guard
	west ip route add blackhole "$RIGHT" metric 4000
	capture_start wire net br0 "dst net $RIGHT or src net $LEFT"
	under_traffic west ip link del ipsec0
	fw_stopped sunset "$SUN" 1
	fw_read
	fw_is leak 0 leak_out 0
	before=${FW_COUNT["native gone"]}
	west ip link add ipsec0 type ipsec
	klips_dev_up
	klips_route "$RIGHT"
	wait_until 5 tunnel_back || fail "F44: no tunnel with a new ipsec0"
	fw_read
	fw_is leak 0 leak_out 0
	fw_ge gone $((before + 1))

	step "F44: eth1 removed: dropped; with a new one it works again"
	under_traffic west ip link del eth1
	lost=$(drops OUT_NOT_ATTACHED)
	fw_stopped sunset "$SUN" 1
	assert_eq "$(drops OUT_NOT_ATTACHED)" $((lost + 1)) "F44: drops without eth1"
	eth1_again
	wait_until 5 tunnel_back || fail "F44: no tunnel with a new eth1"
	capture_stop wire
	fw_read
	fw_is leak 0 leak_out 0
	assert_eq "$(capture_count wire)" 0 "F44: packets in clear on the wire"
	west ip route del blackhole "$RIGHT" metric 4000
	klips_clear
	xfrm_down
	fw_clear west
done
