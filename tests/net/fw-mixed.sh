#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, mixtures of families: IPv6 in IPv4 and IPv4 in IPv6.
#
# F46 for F9 F12 F17 F20 F21 F22 F24 F28 F29 F30 F43 F44, on one tunnel of each pair, with
# nft: the other back ends have shown the same in fw-esp, fw-icmp, fw-leak, fw-rules and
# fw-shunts.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"
. "$(dirname "$0")/lib/leak.sh"
. "$(dirname "$0")/lib/pmtu.sh"

need nft tcpdump socat /usr/bin/python3

FW=native

# what the two families call things: the outside's names begin with O
words() {
	W=$(addr WEST "$OUTER") E=$(addr EAST "$OUTER")
	SUN=$(addr SUNRISE "$INNER") LEFT=$(addr LEFT "$INNER") RIGHT=$(addr RIGHT "$INNER")
	if [ "$INNER" = 4 ]; then
		IP=ip OIP=ip6 AF=inet HEAD=28
		LAN=192.0.1.254 FAR=192.0.2.254 FORGED=192.0.2.77
		ECHO="icmp type echo-request" OECHO="icmpv6 type echo-request"
		REJECT="icmp type 3 icmp code 13" ERRORS=InDestUnreachs
		BIG="icmp type destination-unreachable icmp code frag-needed"
	else
		IP=ip6 OIP=ip AF=inet6 HEAD=48
		LAN=2001:db8:1::254 FAR=2001:db8:2::254 FORGED=2001:db8:2::77
		ECHO="icmpv6 type echo-request" OECHO="icmp type echo-request"
		REJECT="icmpv6 type 1 icmpv6 code 1" ERRORS=Icmp6InDestUnreachs
		BIG="icmpv6 type packet-too-big"
	fi
}

# ---- instead of the tunnel -----------------------------------------------------

shunt() {
	ipsec eroute --replace --eraf $AF --src "$LEFT" --dst "$RIGHT" --said "$1"
}

watch_shunts() { # [VERDICT about the error]
	fw_load west <<-END
		asked | filter FORWARD     | - | oifname "ipsec*"
		out   | filter OUTPUT      | - | oifname "eth1" $IP saddr $LEFT
		post  | mangle POSTROUTING | - | oifname "eth1" $IP saddr $LEFT
		esp   | filter OUTPUT      | - | oifname "eth1" meta l4proto esp
		told  | filter OUTPUT      | - | oifname "eth0" $IP saddr $LAN $REJECT % ${1-}
		error | filter OUTPUT      | - | oifname { "eth0", "eth1" } icmp type destination-unreachable
		error | filter OUTPUT      | - | oifname { "eth0", "eth1" } icmpv6 type destination-unreachable
	END
}

stopping_shunts() {
	local lost shut heard

	step "F29: no eroute, and %drop: nothing on eth1, no error"
	watch_shunts
	lost=$(drops OUT_NO_EROUTE) shut=$(drops OUT_SHUNT_DROP)
	ipsec eroute --del --eraf $AF --src "$LEFT" --dst "$RIGHT"
	fw_stopped sunset "$SUN" 2
	shunt %drop
	fw_stopped sunset "$SUN" 2
	fw_read
	fw_is asked 4 out 0 post 0 esp 0 told 0 error 0
	assert_eq "$(($(drops OUT_NO_EROUTE) - lost)) $(($(drops OUT_SHUNT_DROP) - shut))" "2 2" "F29: drops"

	step "F28: %reject: the sender is told; a rule that drops the error makes it a %drop"
	shunt %reject
	heard=$(fw_netstat sunset $ERRORS)
	watch_shunts
	fw_stopped sunset "$SUN" 2
	fw_read
	fw_is asked 2 told 2 error 2 out 0 post 0 esp 0
	assert_eq "$(fw_netstat sunset $ERRORS)" $((heard + 2)) "F28: errors at the sender"
	watch_shunts drop
	fw_stopped sunset "$SUN" 1
	fw_read
	fw_is asked 1 told 1 out 0 post 0 esp 0
	assert_eq "$(fw_netstat sunset $ERRORS)" $((heard + 2)) "F28: errors at the sender"
}

passing_shunt() {
	step "F30: %pass: in clear, FORWARD -o ipsec0, then OUTPUT and POSTROUTING on eth1"
	shunt %pass
	west ip route replace "$RIGHT" via "$(addr EAST "$INNER")" dev eth1 metric 2000
	watch_shunts
	capture_start pass net br0 "src $(addr SUNSET "$INNER")"
	assert_ping sunset "$SUN" 2
	capture_stop pass
	fw_read
	fw_is asked 2 out 2 post 2 esp 0
	assert_eq "$(capture_count pass)" 2 "F30: packets in clear on the wire"
	west ip route del "$RIGHT" via "$(addr EAST "$INNER")" dev eth1 metric 2000
}

# ---- outside -------------------------------------------------------------------

esp_changed() {
	step "F9: MARK and DSCP in mangle POSTROUTING on eth1"
	fw_load west <<-END
		mark  | mangle POSTROUTING | - | oifname "eth1" meta l4proto esp % meta mark set 9
		dscp  | mangle POSTROUTING | - | oifname "eth1" meta l4proto esp % $OIP dscp set 10
		seen  | mangle POSTROUTING | - | oifname "eth1" meta mark 9 $OIP dscp 10
		inner | mangle POSTROUTING | - | oifname "ipsec*" $IP dscp 10
		inner | mangle POSTROUTING | - | oifname "ipsec*" meta mark 9
	END
	capture_start dscp net br0 "$OIP proto 50"
	assert_ping sunset "$SUN" 2
	capture_stop dscp
	fw_read
	fw_is mark 2 dscp 2 seen 2 inner 0
	assert_eq "$(capture_text dscp -v src "$W" | grep -cE 'tos 0x28|class 0x28')" 2 \
		"F9: ESP with DSCP 10 on the wire"
	fw_clear west
}

others_pass() {
	step "F12: ESP, AH and IKE of others pass through, untouched and unseen"
	fw_load west <<-END
		esp   | filter FORWARD | - | meta l4proto esp
		ah    | filter FORWARD | - | meta l4proto ah
		ike   | filter FORWARD | - | udp dport 500
		in    | filter INPUT   | - | meta l4proto esp
		clear | raw PREROUTING | - | iifname "ipsec*"
		out   | filter FORWARD | - | oifname "ipsec*"
	END
	fw_others $OIP
	fw_clear west
}

# ---- rule sets -------------------------------------------------------------------

into_only() {
	local tun='tun | filter BLOCK | - | iifname "ipsec*" ct state new % drop'

	step "F17: new connections into the tunnel, none out of it; then with NEW from ipsec+"
	for tun in "$tun" ""; do
		fw_load west <<-END
			est   | filter FORWARD | - | % jump BLOCK
			known | filter BLOCK   | - | ct state established,related % accept
			wire  | filter BLOCK   | - | iifname "eth1" ct state new % drop
			$tun
			else  | filter BLOCK   | - | % accept
		END
		if [ -n "$tun" ]; then
			assert_ping sunset "$SUN" 1
			connects sunset sunrise "$SUN" 8001 || fail "F17: TCP into the tunnel is stopped"
			fw_stopped sunrise "$(addr SUNSET "$INNER")" 1
			! connects sunrise sunset "$(addr SUNSET "$INNER")" 8002 0.3 || fail "F17: TCP out of the tunnel"
			fw_read
			fw_ge tun 2 known 3 else 2
		else
			assert_ping sunrise "$(addr SUNSET "$INNER")" 1
			connects sunrise sunset "$(addr SUNSET "$INNER")" 8002 || fail "F17: TCP out of the tunnel is stopped"
			fw_read
			fw_ge known 3 else 2
		fi
		fw_is wire 0
	done
}

spoofed() {
	local lost

	step "F20: cleartext spoofed on the wire with an address of the tunnel"
	fw_load west <<-END
		from  | filter FORWARD | - | iifname "ipsec*" $IP saddr $RIGHT % accept
		spoof | filter FORWARD | - | $IP saddr $RIGHT % drop
		wire  | raw PREROUTING | - | iifname "eth1" $IP saddr $RIGHT $ECHO
	END
	# neighbours: a question from a forged address would count
	assert_ping net "$(addr WEST "$INNER")" 1
	fw_stopped net "$(addr SUNSET "$INNER")" 1 -I $FORGED
	assert_ping sunrise "$(addr SUNSET "$INNER")" 1
	fw_read
	fw_is from 1 spoof 1 wire 1
	step "F20: and without these rules it is dropped by name"
	fw_clear west
	lost=$(drops IN_CLEAR)
	fw_stopped net "$(addr SUNSET "$INNER")" 1 -I $FORGED
	assert_eq "$(drops IN_CLEAR)" $((lost + 1)) "F20: drops IN_CLEAR"
}

# ---- ICMP ------------------------------------------------------------------------

echo_apart() {
	local verdict

	step "F21: echo from outside denied, from the tunnel allowed, and the reverse"
	for verdict in "drop accept" "accept drop"; do
		fw_load west <<-END
			out | filter INPUT | - | iifname "eth1" $OECHO % ${verdict% *}
			tun | filter INPUT | - | iifname "ipsec0" $ECHO % ${verdict#* }
			mix | filter INPUT | - | iifname "eth1" $ECHO
			mix | filter INPUT | - | iifname "ipsec*" $OECHO
		END
		if [ "$verdict" = "drop accept" ]; then
			assert_ping sunrise "$LAN" 1
			fw_stopped net "$W" 1
		else
			fw_stopped sunrise "$LAN" 1
			assert_ping net "$W" 1
		fi
		fw_read
		fw_is out 1 tun 1 mix 0
	done
	fw_clear west
}

# a ping of so many bytes that nobody may cut
whole() { # BYTES
	pings sunset "$SUN" 1 -M 'do' -s $(($1 - HEAD)) -W 0.5 || :
}

too_big() {
	step "F22: too big for the tunnel: the sender is told, in OUTPUT towards it"
	# the far gateway's own tunnel is as narrow: sunrise learns that first
	pings sunrise "$(addr SUNSET "$INNER")" 2 -s 1400 -W 0.3 > /dev/null || :
	switch icmp 1
	fw_load west <<-END
		told  | filter OUTPUT | - | oifname "eth0" $BIG
		else  | filter OUTPUT | - | oifname != "eth0" $BIG
		clear | filter OUTPUT | - | oifname "eth1" $IP daddr $RIGHT
	END
	whole 1500 > /dev/null
	fw_read
	fw_is told 1 else 0 clear 0
	assert_eq "$(mtu_of sunset "$SUN")" "$(fits 1500)" "F22: MTU that sunset was told of"
	assert_eq "$(whole "$(fits 1500)")" 1 "F22: answers to one that fits"
	fw_read
	fw_is told 1
	switch icmp 0

	step "F24: too big on the far side: told through the tunnel, RELATED"
	far_too_big <<-END
		rel | filter FORWARD | - | iifname "ipsec0" $BIG ct state related
		not | filter FORWARD | - | iifname "ipsec0" $BIG ct state != related
		own | filter OUTPUT  | - | oifname "eth0" $BIG
	END
}

# ---- leaks -----------------------------------------------------------------------

sas_and_eroutes() {
	table_swapped
	dropping OUT_NO_SA sas_deleted
	sas_expired
	dropping OUT_NO_SA sas_cleared
	dropping OUT_NO_EROUTE ipsec eroute --clear
}

leaks() {
	local before cipher

	guard
	capture_start wire net br0 "dst net $RIGHT or src net $LEFT"
	step "F43: eroutes swapped, SAs deleted, expired, all gone: dropped, and never sent in clear"
	under_traffic sas_and_eroutes
	klips_clear
	again
	wait_until 5 tunnel_back || fail "F43: no tunnel afterwards"

	step "F44: ipsec0 detached, down, without eth1: dropped or unreachable"
	west ip route add blackhole "$RIGHT" metric 4000
	under_traffic dropping OUT_NOT_ATTACHED detached
	under_traffic device_down
	west ip link set ipsec0 up
	klips_route "$RIGHT"
	wait_until 5 tunnel_back || fail "F44: no tunnel after ipsec0 was down"
	under_traffic dropping OUT_NOT_ATTACHED west ip link del eth1
	eth1_again
	fw_read
	fw_is leak 0 leak_out 0
	before=${FW_COUNT["native gone"]} cipher=${FW_COUNT["native cipher"]}
	wait_until 5 tunnel_back || fail "F44: no tunnel with a new eth1"
	capture_stop wire

	step "F43 F44: nothing in clear, and the rules that name devices count again"
	fw_read
	fw_is leak 0 leak_out 0
	fw_ge gone $((before + 1)) cipher $((cipher + 1))
	assert_eq "$(capture_count wire)" 0 "F43 F44: packets in clear on the wire"
	west ip route del blackhole "$RIGHT" metric 4000
	fw_clear west
}

topo_up
klips_dev_up
fw_stranger
for pair in "4 6" "6 4"; do
	OUTER=${pair% *} INNER=${pair#* }
	words
	step "IPv$INNER in IPv$OUTER"
	klips_tunnel aes_gcm16
	klips_route "$RIGHT"
	# the far gateway speaks to the left with its inside address
	east ip route replace "$LEFT" via "$(addr WEST "$INNER")" src "$FAR"
	stopping_shunts
	passing_shunt

	step "and the tunnel instead"
	shunt "$(said tun $SPI_TUN_OUT "$E")"
	xfrm_peer_up aes_gcm16
	watch_shunts
	assert_ping sunset "$SUN" 2
	fw_read
	fw_is asked 2 out 0 post 0 esp 2
	fw_clear west

	esp_changed
	others_pass
	into_only
	spoofed
	echo_apart
	too_big
	leaks
	klips_clear
	xfrm_down
done
