#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, complete rule sets of the old documents, as written there.
#
# F14 F15 F16 F17 F18 F19 F20 F26 F27; F17 and F20 in IPv6 too (F46).  Each set in
# iptables over both back ends and in nft; rules taken out one by one stop what they allow.
# limit: 240
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"

need iptables-legacy-restore iptables-nft-restore nft socat

# what the sets have for IKE and ESP on the outside
IKE_ESP="
	ike_in  | filter INPUT  | -i eth1 -p udp --sport 500 --dport 500 -j ACCEPT | iifname eth1 udp sport 500 udp dport 500 % accept
	ike_out | filter OUTPUT | -o eth1 -p udp --sport 500 --dport 500 -j ACCEPT | oifname eth1 udp sport 500 udp dport 500 % accept
	esp_in  | filter INPUT  | -i eth1 -p esp -j ACCEPT | iifname eth1 meta l4proto esp % accept
	esp_out | filter OUTPUT | -o eth1 -p esp -j ACCEPT | oifname eth1 meta l4proto esp % accept"
CLOSED="
	shut_in  | filter INPUT   | -i eth1 -j DROP | iifname eth1 % drop
	shut_out | filter OUTPUT  | -o eth1 -j DROP | oifname eth1 % drop
	shut_fwi | filter FORWARD | -i eth1 -j DROP | iifname eth1 % drop
	shut_fwo | filter FORWARD | -o eth1 -j DROP | oifname eth1 % drop"

# a rule set without the rules of these tags
without() { # TAG...
	grep -vE "^[[:space:]]*($(IFS='|'; echo "$*"))[[:space:]]*\|"
}

# IKE from west's port 500 to east's, and back
ike_works() {
	local rc=0

	listen_start ike east udp 500 4
	west socat -u - "UDP4-SENDTO:$EAST_4:500,sourceport=500,bind=$WEST_4" <<< "IKE to east" || :
	[ "$(listen_text ike "IKE to")" = "IKE to east" ] || rc=1
	listen_start ike west udp 500 4
	east socat -u - "UDP4-SENDTO:$WEST_4:500,sourceport=500,bind=$EAST_4" <<< "IKE to west" || :
	[ "$(listen_text ike "IKE to")" = "IKE to west" ] || rc=1
	return $rc
}

simple_sets() {
	step "$FW F14: only UDP 500 and ESP on eth1, ipsec+ accepted: a whole tunnel"
	fw_load west <<-END
		$IKE_ESP
		ipsec_in  | filter INPUT   | -i ipsec+ -j ACCEPT | iifname "ipsec*" % accept
		ipsec_out | filter OUTPUT  | -o ipsec+ -j ACCEPT | oifname "ipsec*" % accept
		fwd_in    | filter FORWARD | -i ipsec+ -j ACCEPT | iifname "ipsec*" % accept
		fwd_out   | filter FORWARD | -o ipsec+ -j ACCEPT | oifname "ipsec*" % accept
		$CLOSED
	END
	assert_tunnel 1
	assert_ping west $SUNRISE_4 1 -I 192.0.1.254
	tcp_transfer sunset sunrise $SUNRISE_4 20000
	ike_works || fail "F14: IKE is stopped"
	fw_read
	fw_is ike_in 1 ike_out 1 shut_fwi 0 shut_fwo 0

	step "$FW F15 F19: plain packets from nic to the inside, and pings of the outside, are dropped"
	fw_stopped net $SUNSET_4 1
	fw_stopped net $WEST_4 1
	fw_stopped east $WEST_4 1
	fw_read
	fw_is shut_fwi 1
	fw_ge shut_in 2
	assert_ping sunset $SUNRISE_4 1

	step "$FW F20: cleartext spoofed on the wire with an address of the tunnel"
	fw_load west <<-END
		from  | filter FORWARD | -i ipsec+ -s $RIGHT_4 -j ACCEPT | iifname "ipsec*" ip saddr $RIGHT_4 % accept
		spoof | filter FORWARD | -s $RIGHT_4 -j DROP | ip saddr $RIGHT_4 % drop
		wire  | raw PREROUTING | -i eth1 -s $RIGHT_4 | iifname "eth1" ip saddr $RIGHT_4
	END
	fw_stopped net $SUNSET_4 1 -I 192.0.2.77
	assert_ping sunrise $SUNSET_4 1
	fw_read
	fw_is from 1 spoof 1 wire 1
}

default_drop() {
	local rule stops set="
		policy   | filter INPUT   | DROP | DROP
		policy   | filter FORWARD | DROP | DROP
		policy   | filter OUTPUT  | DROP | DROP
		ike_in   | filter INPUT   | -i eth1 -s $EAST_4 -d $WEST_4 -p udp --sport 500 --dport 500 -j ACCEPT | iifname "eth1" ip saddr $EAST_4 ip daddr $WEST_4 udp sport 500 udp dport 500 % accept
		ike_out  | filter OUTPUT  | -o eth1 -s $WEST_4 -d $EAST_4 -p udp --sport 500 --dport 500 -j ACCEPT | oifname "eth1" ip saddr $WEST_4 ip daddr $EAST_4 udp sport 500 udp dport 500 % accept
		esp_in   | filter INPUT   | -i eth1 -s $EAST_4 -p esp -j ACCEPT | iifname "eth1" ip saddr $EAST_4 meta l4proto esp % accept
		esp_out  | filter OUTPUT  | -o eth1 -d $EAST_4 -p esp -j ACCEPT | oifname "eth1" ip daddr $EAST_4 meta l4proto esp % accept
		fwd_in   | filter FORWARD | -i ipsec0 -s $RIGHT_4 -d $LEFT_4 -j ACCEPT | iifname "ipsec0" ip saddr $RIGHT_4 ip daddr $LEFT_4 % accept
		fwd_out  | filter FORWARD | -o ipsec0 -s $LEFT_4 -d $RIGHT_4 -j ACCEPT | oifname "ipsec0" ip saddr $LEFT_4 ip daddr $RIGHT_4 % accept
		dns_in   | filter INPUT   | -i ipsec0 -s $RIGHT_4 -p udp --dport 53 -j ACCEPT | iifname "ipsec0" ip saddr $RIGHT_4 udp dport 53 % accept
		dns_out  | filter OUTPUT  | -o ipsec0 -d $RIGHT_4 -p udp --sport 53 -j ACCEPT | oifname "ipsec0" ip daddr $RIGHT_4 udp sport 53 % accept"

	step "$FW F16: everything dropped but IKE, ESP and the tunnel's subnets"
	fw_load west <<< "$set"
	assert_tunnel 1
	ike_works || fail "F16: IKE is stopped"
	fw_stopped net $WEST_4 1

	step "$FW F27: DNS of the gateway, through the tunnel"
	west socat "UDP4-LISTEN:53,fork,bind=192.0.1.254" EXEC:cat &
	dns=$!
	sleep 0.3
	assert_eq "$(sunrise timeout 3 socat -t 1 - UDP4:192.0.1.254:53 <<< "a query")" "a query" "F27: reply"
	kill $dns 2> /dev/null || :
	wait $dns || :
	fw_read
	fw_is dns_in 1 dns_out 1

	for rule in "esp_in in" "esp_out out" "fwd_in in" "fwd_out out"; do
		stops=${rule#* } rule=${rule% *}
		step "$FW F16: without $rule nothing goes $stops"
		fw_load west <<< "$(without "$rule" <<< "$set")"
		west ip -s -o link show ipsec0 > "$TMP/before"
		capture_start in sunset eth0 icmp and src $SUNRISE_4
		capture_start out sunrise eth0 icmp and src $SUNSET_4
		fw_stopped sunset $SUNRISE_4 1
		capture_stop in out
		assert_eq "$(capture_count in)" 0 "F16: answers at sunset"
		assert_eq "$(capture_count out)" "$([ $stops = in ] && echo 1 || echo 0)" \
			"F16: requests at sunrise"
	done
}

block_chain() { # INNER
	local sun=$(addr SUNRISE "$1") set="
		est   | filter FORWARD | -j BLOCK | % jump BLOCK
		known | filter BLOCK | -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT | ct state established,related % accept
		wire  | filter BLOCK | -i eth1 -m conntrack --ctstate NEW -j DROP | iifname "eth1" ct state new % drop
		tun   | filter BLOCK | -i ipsec+ -m conntrack --ctstate NEW -j DROP | iifname "ipsec*" ct state new % drop
		else  | filter BLOCK | -j ACCEPT | % accept"

	step "$FW F17: IPv$1: new connections into the tunnel, none out of it"
	fw_load west <<< "$set"
	assert_ping sunset "$sun" 2
	INNER=$1 connects sunset sunrise "$sun" 8001 || fail "F17: TCP into the tunnel is stopped"
	fw_stopped sunrise "$(addr SUNSET "$1")" 1
	! INNER=$1 connects sunrise sunset "$(addr SUNSET "$1")" 8002 || fail "F17: TCP out of the tunnel"
	fw_read
	fw_ge tun 2 known 3 else 2
	step "$FW F17: IPv$1: and with NEW from ipsec+ allowed"
	fw_load west <<< "$(without tun <<< "$set")"
	assert_ping sunrise "$(addr SUNSET "$1")" 1
	INNER=$1 connects sunrise sunset "$(addr SUNSET "$1")" 8002 || fail "F17: TCP out of the tunnel is stopped"
}

topo_up
fw_stranger
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
assert_ping sunset $SUNRISE_4 1
for FW in legacy compat native; do
	FW_FAMILIES=4
	simple_sets
	fw_clear west
	default_drop
	fw_clear west
	block_chain 4
	fw_clear west
done
assert_eq "$(drops)" "" "drops"

step "F17 F20 in IPv6"
klips_clear
xfrm_down
OUTER=6 INNER=6
klips_tunnel aes_gcm16
klips_route $RIGHT_6
xfrm_peer_up aes_gcm16
FW_FAMILIES="4 6"
assert_ping sunset $SUNRISE_6 1
for FW in legacy compat native; do
	block_chain 6
	fw_clear west
done
for FW in legacy compat native; do
	step "$FW F20: IPv6: spoofed"
	fw_load west <<-END
		from  | filter FORWARD | -i ipsec+ -s $RIGHT_6 -j ACCEPT | iifname "ipsec*" ip6 saddr $RIGHT_6 % accept
		spoof | filter FORWARD | -s $RIGHT_6 -j DROP | ip6 saddr $RIGHT_6 % drop
	END
	fw_stopped net $SUNSET_6 1 -I 2001:db8:2::77
	assert_ping sunrise $SUNSET_6 1
	fw_read
	fw_is from 1 spoof 1
	fw_clear west
done
klips_clear
xfrm_down

step "F18: the telecommuter: the default route is ipsec0, all goes to the peer"
OUTER=4 INNER=4
FW_FAMILIES=4	# IPv6 asks for its neighbours whatever the rules are
klips_tunnel aes_gcm16
ipsec eroute --add --eraf inet --src $LEFT_4 --dst 0.0.0.0/0 --said tun.$SPI_TUN_OUT@$EAST_4
ipsec eroute --add --eraf inet --src $WEST_4/32 --dst 0.0.0.0/0 --said tun.$SPI_TUN_OUT@$EAST_4
west sysctl -q -w net.ipsec.inbound_policy_check=0
west ip -batch - <<-END
	route replace default dev ipsec0
	route replace $EAST_4 dev ipsec0
END
xfrm_peer_up aes_gcm16
for left in $LEFT_4 $WEST_4/32; do
	east ip xfrm policy add src 203.0.113.0/24 dst $left dir out tmpl src $EAST_4 dst $WEST_4 proto esp reqid 1 mode tunnel
	east ip xfrm policy add src $left dst 203.0.113.0/24 dir in tmpl src $WEST_4 dst $EAST_4 proto esp reqid 1 mode tunnel
done
east ip addr add 203.0.113.1/32 dev lo
for FW in legacy compat native; do
	fw_load west <<-END
		ike   | filter OUTPUT | -o eth1 -d $EAST_4 -p udp --dport 500 -j ACCEPT | oifname "eth1" ip daddr $EAST_4 udp dport 500 % accept
		esp   | filter OUTPUT | -o eth1 -d $EAST_4 -p esp -j ACCEPT | oifname "eth1" ip daddr $EAST_4 meta l4proto esp % accept
		shut  | filter OUTPUT | -o eth1 -j DROP | oifname "eth1" meta nfproto ipv4 % drop
	END
	assert_ping sunset 203.0.113.1 1
	assert_ping west 203.0.113.1 1 -I $WEST_4
	listen_start ike east udp 500 4
	west socat -u - "UDP4-SENDTO:$EAST_4:500,sourceport=500,bind=$WEST_4" <<< "IKE to east"
	assert_eq "$(listen_text ike "IKE to")" "IKE to east" "F18: IKE"
	fw_read
	fw_is esp 2 ike 1 shut 0
	fw_clear west
done
klips_clear
xfrm_down
west ip route del default dev ipsec0
west ip route del $EAST_4 dev ipsec0

step "F26: L2TP, UDP 1701, from ipsec+ only: transport mode between the gateways"
w=$WEST_4 e=$EAST_4
klips_esp "$(said esp $SPI_OUT "$e")" "$w" aes_gcm16
klips_esp "$(said esp $SPI_IN "$w")" "$e" aes_gcm16
MODE=transport xfrm_end east aes_gcm16
for FW in legacy compat native; do
	fw_load west <<-'END'
		l2tp  | filter INPUT | -i ipsec+ -p udp --dport 1701 -j ACCEPT | iifname "ipsec*" udp dport 1701 % accept
		plain | filter INPUT | -p udp --dport 1701 -j DROP | udp dport 1701 % drop
	END
	listen_start l2tp west udp 1701 4
	udp_send net $WEST_4 1701 "plain L2TP "
	udp_send east $WEST_4 1701 "protected L2TP"
	assert_eq "$(listen_text l2tp "protected")" "protected L2TP" "F26: what came"
	fw_read
	fw_is l2tp 1 plain 1
	fw_clear west
done
assert_eq "$(drops)" "" "drops"
