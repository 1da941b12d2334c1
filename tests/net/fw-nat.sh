#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, address translation: on ipsecN, behind the gateway, and never of ESP by mistake.
#
# F38 F39 F40 F41, and DNAT on ipsecN, each with iptables over both back ends and with nft.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"

need iptables-legacy-restore iptables-nft-restore nft conntrack tcpdump

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
assert_tunnel 1
# what east and sunrise may send to beside the subnet behind west
east ip xfrm policy add src $RIGHT_4 dst 10.9.9.0/24 dir out tmpl src $EAST_4 dst $WEST_4 proto esp reqid 1 mode tunnel
for dir in in fwd; do
	east ip xfrm policy add src 10.9.9.0/24 dst $RIGHT_4 dir $dir tmpl src $WEST_4 dst $EAST_4 proto esp reqid 1 mode tunnel
done
# nothing is stored for the inbound SA that the translated addresses would fail
west sysctl -q -w net.ipsec.inbound_policy_check=0

for FW in legacy compat native; do
	step "$FW F38: MASQUERADE of what comes out of ipsec0: the LAN sees the gateway"
	fw_load west <<-'END'
		masq | nat POSTROUTING | -o eth0 -s 192.0.2.0/24 -j MASQUERADE | oifname "eth0" ip saddr 192.0.2.0/24 % masquerade
		back | filter FORWARD | -o ipsec+ -d 192.0.2.0/24 | oifname "ipsec*" ip daddr 192.0.2.0/24
	END
	west conntrack -F 2> /dev/null
	capture_start lan sunset eth0 icmp
	assert_ping sunrise $SUNSET_4 2
	capture_stop lan
	fw_read
	fw_is masq 1 back 2
	assert_eq "$(capture_count lan src 192.0.1.254)" 2 "requests from the gateway's address"
	assert_eq "$(capture_count lan net 192.0.2.0/24)" 0 "packets with the far address on the LAN"
	fw_clear west

	step "$FW F40: MASQUERADE for the internet on eth1 leaves the tunnel alone"
	fw_load west <<-'END'
		masq | nat POSTROUTING | -o eth1 -s 192.0.1.0/24 -j MASQUERADE | oifname "eth1" ip saddr 192.0.1.0/24 % masquerade
		esp  | mangle POSTROUTING | -o eth1 -p esp -s 192.1.2.45 | oifname "eth1" ip saddr 192.1.2.45 meta l4proto esp
	END
	west conntrack -F 2> /dev/null
	capture_start far sunrise eth0 icmp
	assert_ping sunset $SUNRISE_4 2
	assert_ping sunrise $SUNSET_4 2
	capture_stop far
	fw_read
	fw_is masq 0 esp 4
	assert_eq "$(capture_count far net 192.0.1.0/24)" 8 "packets with untranslated addresses at sunrise"
	step "$FW F40: and does translate what goes to the internet"
	assert_ping sunset $NIC_4 2
	fw_read
	fw_is masq 1
	fw_clear west

	step "$FW F40: a rule for everything on eth1 does not touch ESP between gateways"
	fw_load west <<-'END'
		masq | nat POSTROUTING | -o eth1 -j MASQUERADE | oifname "eth1" % masquerade
	END
	west conntrack -F 2> /dev/null
	assert_ping sunset $SUNRISE_4 2
	assert_ping sunrise $SUNSET_4 2
	fw_clear west

	step "$FW F41: SNAT on ipsec0 comes before the eroute"
	ipsec eroute --add --eraf inet --src 10.9.9.0/24 --dst $RIGHT_4 --said tun.$SPI_TUN_OUT@$EAST_4
	before=$(west awk '$2 ~ /^192.0.1/ { print $1 }' /proc/net/ipsec_eroute)
	used=$(west awk '$2 ~ /^10.9.9/ { print $1 }' /proc/net/ipsec_eroute)
	fw_load west <<-'END'
		snat | nat POSTROUTING | -o ipsec0 -s 192.0.1.1 -j SNAT --to-source 10.9.9.1 | oifname "ipsec0" ip saddr 192.0.1.1 % snat ip to 10.9.9.1
	END
	west conntrack -F 2> /dev/null
	capture_start far sunrise eth0 icmp
	assert_ping sunset $SUNRISE_4 2
	capture_stop far
	fw_read
	fw_is snat 1
	assert_eq "$(capture_count far src 10.9.9.1)" 2 "requests from the new address"
	assert_eq "$(west awk '$2 ~ /^192.0.1/ { print $1 }' /proc/net/ipsec_eroute)" "$before" \
		"uses of the old source's eroute"
	assert_eq "$(west awk '$2 ~ /^10.9.9/ { print $1 }' /proc/net/ipsec_eroute)" "$((used + 2))" \
		"uses of the new source's eroute"
	ipsec eroute --del --eraf inet --src 10.9.9.0/24 --dst $RIGHT_4
	west conntrack -F 2> /dev/null
	lost=$(drops OUT_NO_EROUTE)
	fw_stopped sunset $SUNRISE_4 1
	assert_eq "$(drops OUT_NO_EROUTE)" "$((lost + 1))" "drops without an eroute of the new source"
	fw_clear west
	west conntrack -F 2> /dev/null
	assert_ping sunset $SUNRISE_4 1

	step "$FW: DNAT on ipsec0: a service at the gateway's address, on a host behind it"
	fw_load west <<-'END'
		dnat | nat PREROUTING | -i ipsec0 -d 192.0.1.254 -p udp --dport 7777 -j DNAT --to-destination 192.0.1.1:7777 | iifname "ipsec0" ip daddr 192.0.1.254 udp dport 7777 % dnat ip to 192.0.1.1:7777
		fwd  | filter FORWARD | -i ipsec0 -d 192.0.1.1 -p udp --dport 7777 | iifname "ipsec0" ip daddr 192.0.1.1 udp dport 7777
	END
	west conntrack -F 2> /dev/null
	listen_start dnat sunset udp 7777
	udp_send sunrise 192.0.1.254 7777 "for a host behind, $FW"
	assert_eq "$(listen_text dnat behind)" "for a host behind, $FW" "what came to the host behind"
	fw_read
	fw_is dnat 1 fwd 1
	fw_clear west
done

step "F39: MASQUERADE on a box behind the gateway, a tunnel for that box alone"
ip netns add client
ip link add eth0 netns client type veth peer name eth5 netns sunset
in_ns client ip -batch - <<-'END'
	addr add 10.5.0.2/24 dev eth0
	link set eth0 up
	route add default via 10.5.0.1
END
sunset ip -batch - <<-'END'
	addr add 10.5.0.1/24 dev eth5
	link set eth5 up
END
sunset sysctl -q -w net.ipv4.ip_forward=1
ipsec eroute --del --eraf inet --src $LEFT_4 --dst $RIGHT_4
ipsec eroute --add --eraf inet --src $SUNSET_4/32 --dst $RIGHT_4 --said tun.$SPI_TUN_OUT@$EAST_4
lost=$(drops OUT_NO_EROUTE)
for FW in legacy compat native; do
	step "$FW F39: the box's one address"
	fw_load sunset <<-'END'
		masq | nat POSTROUTING | -o eth0 -j MASQUERADE | oifname "eth0" % masquerade
	END
	sunset conntrack -F 2> /dev/null
	assert_ping client $SUNRISE_4 2
	fw_read
	fw_is masq 1
	fw_clear sunset
done
assert_eq "$(drops OUT_NO_EROUTE)" "$lost" "drops OUT_NO_EROUTE"
# its own address has no way in
sunset conntrack -F 2> /dev/null
fw_stopped client $SUNRISE_4 1
assert_eq "$(drops OUT_NO_EROUTE)" "$((lost + 1))" "drops OUT_NO_EROUTE without it"
