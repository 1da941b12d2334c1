#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# check: uml 6.1
#
# Cleartext on the wire from addresses behind a tunnel ends in west: forwarded or for
# west itself, IPv4 and IPv6, behind address translation; the firewall has seen it. What
# makes the tunnels comes in clear, and so does what no tunnel is for.
. "$(dirname "$0")/lib.sh"

CLEAR=0

# forged FROM TO CHAIN: nic says it is FROM, an address of its own now
forged() {
	local before

	before=$(fw_count west $3)
	assert_no_ping net "$2" 1 -I "$1"
	CLEAR=$((CLEAR + 1))
	assert_drops IN_CLEAR $CLEAR
	assert_eq "$(fw_count west $3)" $((before + 1)) "seen by the firewall"
}

# answers_icmp FROM TO: does a closed port 500 of TO let itself be heard? FROM's IKE asks
answers_icmp() {
	in_ns "$1" /usr/bin/python3 - "$2" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("", 500))
		s.settimeout(5)
		s.connect((sys.argv[1], 500))
		s.send(b"x")
		try:
		    s.recv(1)
		except ConnectionRefusedError:
		    sys.exit(0)
		sys.exit("no word of it")
	END
}

topo_up
for INNER in 4 6; do
	OUTER=$INNER
	step "IPv$INNER: between the subnets"
	klips_up aes_gcm16
	xfrm_peer_up aes_gcm16
	left=$(addr SUNSET "$INNER") far=$(addr SUNRISE "$INNER")
	case $INNER in
	4) fake=192.0.2.77 inside=192.0.1.254 all=32 af=inet IPTABLES=iptables
		ping=(-p icmp --icmp-type echo-request) ;;
	6) fake=2001:db8:2::77 inside=2001:db8:1::254 all=128 af=inet6 IPTABLES=ip6tables
		ping=(-p icmpv6 --icmpv6-type echo-request) ;;
	esac
	# not the neighbours' talk
	fw_watch west INPUT INPUT -i eth1 -s "$fake" "${ping[@]}"
	fw_watch west FORWARD FORWARD -i eth1 -s "$fake" "${ping[@]}"
	nic ip addr add $fake/$all dev br0
	sleep 2 # until IPv6 has made sure that nobody else has it
	nic ip route add "$(addr LEFT "$INNER")" via "$(addr WEST "$INNER")"
	assert_tunnel 2
	forged $fake "$left" FORWARD
	forged $fake "$inside" INPUT

	step "IPv$INNER: what no tunnel is for"
	assert_ping net "$left" 1 -I "$(addr NIC "$INNER")"
	assert_drops IN_CLEAR $CLEAR

	step "IPv$INNER: clear_check 0"
	west sysctl -q -w net.ipsec.clear_check=0
	fw_watch sunset INPUT arrived -s "$fake"
	assert_no_ping net "$left" 1 -I $fake
	assert_eq "$(fw_count sunset arrived)" 1 "forged packets at sunset"
	west sysctl -q -w net.ipsec.clear_check=1
	assert_drops IN_CLEAR $CLEAR

	step "IPv$INNER: between the gateways"
	w=$(addr WEST "$INNER") e=$(addr EAST "$INNER")
	ipsec eroute --add --eraf $af --src "$w/$all" --dst "$e/$all" --said "$(said tun "$SPI_TUN_OUT" "$e")"
	west ip route add "$e/$all" dev ipsec0 src "$w"
	west ip neigh flush dev eth1
	east ip neigh flush dev eth1
	assert_tunnel 2
	assert_no_ping east "$w" 1
	CLEAR=$((CLEAR + 1))
	assert_drops IN_CLEAR $CLEAR
	answers_icmp west "$e"
	listen_start ike west udp 500
	udp_send east "$w" 500 "from IKE"
	assert_eq "$(listen_text ike "from IKE")" "from IKE" "IKE in clear"
	assert_drops IN_CLEAR $CLEAR

	step "IPv$INNER: shunts ask for no tunnel"
	for shunt in %pass %trap %hold; do
		ipsec eroute --replace --eraf $af --src "$w/$all" --dst "$e/$all" --said $shunt
		east ping -q -c 1 -W 1 "$w" > "$TMP/ping" || :
	done
	assert_drops IN_CLEAR $CLEAR
	west ip route del "$e/$all" dev ipsec0
	xfrm_down east
	klips_clear
	west ip route del "$(addr RIGHT "$INNER")" dev ipsec0
	ipsec tncfg --clear
	west ip link set ipsec0 down
done

step "behind address translation"
INNER=4 OUTER=4 IPTABLES=iptables
klips_dev_up
klips_tunnel aes_gcm16
klips_route $RIGHT_4
ipsec eroute --clear
ipsec eroute --add --eraf inet --src 10.9.9.9/32 --dst $RIGHT_4 --said "$(said tun $SPI_TUN_OUT $EAST_4)"
west iptables -t nat -A POSTROUTING -o ipsec0 -j SNAT --to-source 10.9.9.9
# a connection of sunset's, of which nic forges the answer
fw_watch sunset INPUT answer -p udp --sport 7000 --dport 6000
nic ip addr add $SUNRISE_4/32 dev br0
nic ip route add 10.9.9.9 via $WEST_4
sunset socat -u OPEN:/etc/hostname UDP4-SENDTO:$SUNRISE_4:7000,sourceport=6000
nic socat -u OPEN:/etc/hostname UDP4-SENDTO:10.9.9.9:6000,bind=$SUNRISE_4:7000
sleep 0.5
assert_drops IN_CLEAR $((CLEAR + 1))
assert_eq "$(fw_count sunset answer)" 0 "forged answers at sunset"
west sysctl -q -w net.ipsec.clear_check=0
nic socat -u OPEN:/etc/hostname UDP4-SENDTO:10.9.9.9:6000,bind=$SUNRISE_4:7000
sleep 0.5
assert_eq "$(fw_count sunset answer)" 1 "answers at sunset, unchecked"
assert_drops IN_CLEAR $((CLEAR + 1))
