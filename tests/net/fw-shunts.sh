#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, shunts: what rules see of %reject, %drop, %pass, %trap and of the host's own IKE.
#
# F28 F29 F30 F31 F32 F33, in IPv4 and (F46) IPv6.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"
. "$(dirname "$0")/lib/keyd.sh"

need iptables-legacy-restore iptables-nft-restore nft tcpdump /usr/bin/python3

shunt() { # WORD [PROTO PORT]
	ipsec eroute --replace --eraf $AF --src "$LEFT" --dst "$RIGHT" \
		${2:+--transport-proto $2 --dst-port $3} --said "$1"
}

# SAs without an eroute that leads to them
klips_flows() {
	TUN=$1
	ipsec eroute --addin --eraf $AF --src "$RIGHT" --dst "$LEFT" --said "$2"
}

# the beginning of a connection with the peer's subnet, which nobody answers
connect() { # PORT
	sunset timeout $((KLIPS_SLOW > 1 ? 2 : 0)).3 bash -c "echo > '/dev/tcp/$SUN/$1'" 2> /dev/null || :
}

# IKE to the peer's subnet, from ports of one's own: ike NS ADDRESS PORT...
ike() {
	in_ns "$1" /usr/bin/python3 - "$SUN" "${@:2}" <<-'END'
		import socket, sys
		to, source, *ports = sys.argv[1:]
		for port in map(int, ports):
		    s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind((source, port))
		    s.sendto(b"IKE", (to, port))
	END
}

rules_watch() {
	fw_load west <<-END
		asked   | filter FORWARD | -o ipsec+ | oifname "ipsec*"
		out     | filter OUTPUT  | -o eth1 -s $LEFT | oifname "eth1" $IP saddr $LEFT
		post    | mangle POSTROUTING | -o eth1 -s $LEFT | oifname "eth1" $IP saddr $LEFT
		esp     | filter OUTPUT  | -o eth1 -p esp | oifname "eth1" meta l4proto esp
		own     | filter OUTPUT  | -o ipsec+ -p udp -m multiport --sports 500,4500 | oifname "ipsec*" udp sport { 500, 4500 }
		ike     | filter OUTPUT  | -o eth1 -p udp -m multiport --sports 500,4500 | oifname "eth1" udp sport { 500, 4500 }
		told    | filter OUTPUT  | -o eth0 $REJECT_IPT ${1-} | oifname "eth0" $REJECT_NFT % ${2-}
	END
}

topo_up
klips_dev_up
for V in 4 6; do
	OUTER=$V INNER=$V
	SUN=$(addr SUNRISE $V) LEFT=$(addr LEFT $V) RIGHT=$(addr RIGHT $V)
	if [ $V = 4 ]; then
		FW_FAMILIES=4 BITS=32 AF=inet IP=ip LAN=192.0.1.254
		REJECT_IPT="-p icmp --icmp-type 3/13" REJECT_NFT="icmp type 3 icmp code 13"
	else
		FW_FAMILIES="4 6" BITS=128 AF=inet6 IP=ip6 LAN=2001:db8:1::254
		REJECT_IPT="-p icmpv6 --icmpv6-type 1/1" REJECT_NFT="icmpv6 type 1 icmpv6 code 1"
	fi
	step "IPv$V"
	klips_route "$RIGHT"

	step "F29: no eroute, and %drop: nothing on eth1, no error"
	rules_watch
	lost=$(drops OUT_NO_EROUTE) shut=$(drops OUT_SHUNT_DROP)
	fw_stopped sunset "$SUN" 2
	shunt %drop
	fw_stopped sunset "$SUN" 2
	fw_read
	fw_is asked 4 out 0 post 0 esp 0 told 0
	assert_eq "$(($(drops OUT_NO_EROUTE) - lost)) $(($(drops OUT_SHUNT_DROP) - shut))" "2 2" "F29: drops"

	step "F28: %reject: the sender is told from the inside address"
	shunt %reject
	rules_watch
	capture_start reject sunset eth0 "icmp or icmp6 and src $LAN"
	fw_stopped sunset "$SUN" 2
	capture_stop reject
	fw_read
	fw_is asked 2 told 2 out 0 post 0
	assert_eq "$(capture_text reject src "$LAN" | grep -cE 'prohibited')" 2 "F28: errors at the sender"
	step "F28: a rule that drops the error makes it a %drop"
	for FW in legacy compat native; do
		rules_watch "-j DROP" drop
		capture_start reject sunset eth0 "src $LAN"
		fw_stopped sunset "$SUN" 1
		capture_stop reject
		fw_read
		fw_is told 1
		assert_eq "$(capture_text reject | grep -cE 'prohibited' || :)" 0 "F28: $FW: errors at the sender"
		fw_clear west
	done
	FW="legacy compat native"

	step "F30: %pass: in clear, FORWARD -o ipsec0, then OUTPUT and POSTROUTING on eth1"
	shunt %pass
	nic ip route replace "$LEFT" via "$(addr WEST $V)"
	nic ip route replace "$RIGHT" via "$(addr EAST $V)"
	east ip route replace "$LEFT" via "$(addr WEST $V)"
	west ip route replace "$RIGHT" via "$(addr EAST $V)" dev eth1 metric 2000
	rules_watch
	capture_start pass west eth1 "src $(addr SUNSET $V)"
	assert_ping sunset "$SUN" 2
	capture_stop pass
	fw_read
	fw_is asked 2 out 2 post 2 esp 0
	assert_eq "$(capture_count pass)" 2 "F30: packets in clear on the wire"

	step "F32: the host's own IKE leaves whatever the eroute says, a client's does not"
	lost=$(drops OUT_SHUNT_DROP)
	for word in %drop %reject %trap %hold; do
		shunt $word
		rules_watch
		ike west "$LAN" 500 4500
		ike sunset "$(addr SUNSET $V)" 500 4500
		fw_read
		fw_is own 2 ike 2 out 2 asked 2
	done
	ipsec eroute --clear
	rules_watch
	ike west "$LAN" 500 4500
	ike sunset "$(addr SUNSET $V)" 500
	fw_read
	fw_is own 2 ike 2 out 2 asked 1

	step "F31: an eroute for one port, %pass for the rest"
	klips_tunnel aes_gcm16
	ipsec eroute --add --eraf $AF --src "$LEFT" --dst "$RIGHT" --transport-proto tcp \
		--dst-port 110 --said "$TUN"
	shunt %pass
	rules_watch
	for port in 110 25; do
		connect $port
	done
	fw_read
	fw_ge esp 1 out 1
	assert_eq "$(west awk '$4 ~ /:110$/ { print $1 }' /proc/net/ipsec_eroute)" \
		"${FW_COUNT[native esp]}" "F31: uses of the eroute for port 110"
	ipsec eroute --del --eraf $AF --src "$LEFT" --dst "$RIGHT"
	rules_watch
	lost=$(drops OUT_NO_EROUTE)
	connect 25
	fw_read
	fw_is out 0 esp 0
	assert_ge "$(drops OUT_NO_EROUTE)" $((lost + 1)) "F31: drops without the %pass"
	klips_clear

	step "F33: %trap: the first packet waits, then is ESP; FORWARD has seen it once"
	xfrm_peer_up aes_gcm16
	alg "$HOLD_ALG"
	shunt %trap
	keyd_start none 0
	rules_watch
	pings sunset "$SUN" 1 -W 10 > "$TMP/pings" &
	ping=$!
	wait_until 5 grep -q ^acquire "$TMP/keyd"
	fw_read
	fw_is asked 1 out 0 esp 0
	klips_tunnel aes_gcm16
	ipsec eroute --replace --eraf $AF --src "$(addr SUNSET $V)/$BITS" --dst "$SUN/$BITS" --said "$TUN"
	wait $ping
	fw_read
	fw_is asked 1 out 0 esp 1
	assert_eq "$(cat "$TMP/pings")" 1 "F33: answers to the ping that waited"
	keyd_stop
	fw_clear west
	klips_clear
	xfrm_down
	west ip route del "$RIGHT" via "$(addr EAST $V)" dev eth1 metric 2000
	east ip route del "$LEFT" via "$(addr WEST $V)"
done
