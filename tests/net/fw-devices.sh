#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, names of devices: cleartext is on ipsecN, once in each hook, ESP on eth1.
#
# F1 F2 F3 F4 F5 F6 F8 F9 F45, and F46 for IPv6 in IPv6, IPv6 in IPv4 and IPv4 in IPv6.
# The same rules in iptables over both back ends and in nft, side by side; each packet is
# counted where it should be and nowhere else.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"

need iptables-legacy-restore iptables-nft-restore nft tcpdump


# in_clear and out_clear are F2 and its like: nothing of the inner addresses on eth1
rules() {
	fw_load west <<-END
		in_ipsec_raw   | raw PREROUTING     | -i ipsec+            | iifname "ipsec*"
		in_ipsec_pre   | mangle PREROUTING  | -i ipsec+            | iifname "ipsec*"
		in_ipsec_in    | filter INPUT       | -i ipsec+            | iifname "ipsec*"
		in_ipsec_fwd   | filter FORWARD     | -i ipsec+            | iifname "ipsec*"
		in_esp_raw     | raw PREROUTING     | -i eth1 -p esp       | iifname "eth1" meta l4proto esp
		in_esp         | filter INPUT       | -i eth1 -p esp       | iifname "eth1" meta l4proto esp
		in_esp_from    | filter INPUT       | -s $EAST_4 -d $WEST_4 -p esp | ip saddr $EAST_4 ip daddr $WEST_4 meta l4proto esp
		in_esp_from    | filter INPUT       | -s $EAST_6 -d $WEST_6 -p esp | ip6 saddr $EAST_6 ip6 daddr $WEST_6 meta l4proto esp
		in_esp_ipsec   | raw PREROUTING     | -i ipsec+ -p esp     | iifname "ipsec*" meta l4proto esp
		in_esp_port    | filter INPUT       | -i eth1 -p udp --dport 0:65535 | iifname "eth1" udp dport 0-65535
		esp_fwd        | filter FORWARD     | -p esp               | meta l4proto esp
		in_clear_raw   | raw PREROUTING     | -i eth1 -s $RIGHT_4  | iifname "eth1" ip saddr $RIGHT_4
		in_clear_raw   | raw PREROUTING     | -i eth1 -s $RIGHT_6  | iifname "eth1" ip6 saddr $RIGHT_6
		in_clear_in    | filter INPUT       | -i eth1 -s $RIGHT_4  | iifname "eth1" ip saddr $RIGHT_4
		in_clear_in    | filter INPUT       | -i eth1 -s $RIGHT_6  | iifname "eth1" ip6 saddr $RIGHT_6
		in_clear_fwd   | filter FORWARD     | -i eth1 -s $RIGHT_4  | iifname "eth1" ip saddr $RIGHT_4
		in_clear_fwd   | filter FORWARD     | -i eth1 -s $RIGHT_6  | iifname "eth1" ip6 saddr $RIGHT_6
		out_ipsec_fwd  | filter FORWARD     | -o ipsec+            | oifname "ipsec*"
		out_ipsec_out  | filter OUTPUT      | -o ipsec+            | oifname "ipsec*"
		out_ipsec_post | mangle POSTROUTING | -o ipsec+            | oifname "ipsec*"
		out_esp        | filter OUTPUT      | -o eth1 -p esp       | oifname "eth1" meta l4proto esp
		out_esp_post   | mangle POSTROUTING | -o eth1 -p esp       | oifname "eth1" meta l4proto esp
		out_esp_ipsec  | mangle POSTROUTING | -o ipsec+ -p esp     | oifname "ipsec*" meta l4proto esp
		out_clear      | filter OUTPUT      | -o eth1 -d $RIGHT_4  | oifname "eth1" ip daddr $RIGHT_4
		out_clear      | filter OUTPUT      | -o eth1 -d $RIGHT_6  | oifname "eth1" ip6 daddr $RIGHT_6
		out_clear_post | mangle POSTROUTING | -o eth1 -d $RIGHT_4  | oifname "eth1" ip daddr $RIGHT_4
		out_clear_post | mangle POSTROUTING | -o eth1 -d $RIGHT_6  | oifname "eth1" ip6 daddr $RIGHT_6
		lan            | filter INPUT       | -i eth0 -s $SUNSET_4 | iifname "eth0" ip saddr $SUNSET_4
		ike            | filter INPUT       | -i eth1 -p udp --dport 500 | iifname "eth1" udp dport 500
	END
	[ -z "$INGRESS" ] || west nft -f - <<-END
		add table netdev fw
		delete table netdev fw
		table netdev fw {
			chain eth1 {
				type filter hook ingress device eth1 priority 0;
				ip saddr $RIGHT_4 counter comment "clear"
				ip6 saddr $RIGHT_6 counter comment "clear"
			}
		}
	END
}

# packets ipsec0 counted: rx tx
device_counts() {
	west ip -s -o link show ipsec0 |
		sed -E 's/.*RX:[^\\]*\\ +[0-9]+ +([0-9]+).*TX:[^\\]*\\ +[0-9]+ +([0-9]+).*/\1 \2/'
}

# three pings from a host behind, two from the gateway itself
traffic() {
	local inner=192.0.1.254

	[ "$INNER" = 4 ] || inner=2001:db8:1::254
	assert_ping sunset "$(addr SUNRISE "$INNER")" 3
	assert_ping west "$(addr SUNRISE "$INNER")" 2 -I "$inner"
}

check() {
	local rx tx rx2 tx2

	rules
	read -r rx tx < <(device_counts)
	traffic
	read -r rx2 tx2 < <(device_counts)
	fw_read
	step "F1: -i ipsec+ counts what was decrypted, each packet once"
	fw_is in_ipsec_raw 5 in_ipsec_pre 5 in_ipsec_in 2 in_ipsec_fwd 3 in_esp_ipsec 0
	step "F2: nothing decrypted is seen on eth1"
	fw_is in_clear_raw 0 in_clear_in 0 in_clear_fwd 0
	[ -z "$INGRESS" ] || assert_match "$(west nft list table netdev fw)" \
		'counter packets 0 .*counter packets 0 ' "F2: nft ingress of eth1"
	step "F3: -o ipsec+ counts what is to be encrypted, each packet once"
	fw_is out_ipsec_fwd 3 out_ipsec_out 2 out_ipsec_post 5 out_esp_ipsec 0
	step "F6: incoming ESP in INPUT on eth1, from gateway to gateway, without ports"
	fw_is in_esp_raw 5 in_esp 5 in_esp_from 5 in_esp_port 0 esp_fwd 0
	step "F8 F9: outgoing ESP in OUTPUT and POSTROUTING on eth1"
	fw_is out_esp 5 out_esp_post 5 out_clear 0 out_clear_post 0
	step "F45: the counters agree with those of ipsec0"
	assert_eq "$((rx2 - rx)) $((tx2 - tx))" "5 5" "packets on ipsec0"
}

captures() {
	step "F5: a capture on ipsec0 has cleartext both ways, one on eth1 ESP"
	capture_start clear west ipsec0
	capture_start cipher west eth1
	traffic
	capture_stop clear cipher
	assert_eq "$(capture_count clear icmp or icmp6)" 10 "F5: cleartext on ipsec0"
	assert_eq "$(capture_count clear)" 10 "F5: packets on ipsec0"
	assert_eq "$(capture_count cipher esp)" 10 "F5: ESP on eth1"
	# of ICMPv6 there are neighbours', 133 to 137, and groups', behind a hop-by-hop header
	assert_eq "$(capture_count cipher "not esp and not arp and
		not (ip6 and ip6[6] = 0) and not (icmp6 and ip6[40] >= 133)")" 0 \
		"F5: anything else on eth1"
}

topo_up
FW_FAMILIES="4 6"
# not every kernel has nft's netdev family
INGRESS=
! west nft add table netdev fw 2> /dev/null || INGRESS=1

klips_dev_up
for pair in "4 4" "6 6" "4 6" "6 4"; do
	OUTER=${pair% *} INNER=${pair#* }
	step "IPv$INNER in IPv$OUTER"
	klips_tunnel aes_gcm16
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up aes_gcm16
	pings sunset "$(addr SUNRISE "$INNER")" 1 > /dev/null	# neighbours are known then
	check
	captures
	[ "$pair" = "4 4" ] || { klips_clear; xfrm_down; }
	if [ "$pair" = "4 4" ]; then
		step "F1: neither LAN traffic nor IKE is on ipsec+"
		rules
		assert_ping sunset 192.0.1.254 2
		udp_send net $WEST_4 500 "not IKE"
		sleep 0.2
		fw_read
		fw_is lan 2 ike 1 in_ipsec_raw 0 out_ipsec_post 0 in_ipsec_in 0

		step "F45: what LOG says"
		init_net sysctl -q -w net.netfilter.nf_log_all_netns=1
		for FW in legacy compat native; do
			mark="fw-devices-$FW"
			fw_load west <<-END
				log_in  | filter FORWARD | -i ipsec+ -j LOG --log-prefix $mark- | iifname "ipsec*" % log prefix "$mark-"
				log_esp | filter INPUT   | -i eth1 -p esp -j LOG --log-prefix $mark- | iifname "eth1" meta l4proto esp % log prefix "$mark-"
			END
			assert_ping sunset $SUNRISE_4 1
			text=$(dmesg | grep "$mark")
			assert_match "$text" "IN=ipsec0 OUT=eth0 .*SRC=$SUNRISE_4 DST=$SUNSET_4 " "F45: cleartext"
			assert_match "$text" "IN=eth1 OUT= .*SRC=$EAST_4 DST=$WEST_4 .*PROTO=ESP " "F45: ESP"
			fw_read
			fw_is log_in 1 log_esp 1
			fw_clear west
		done
		FW="legacy compat native"
		init_net sysctl -q -w net.netfilter.nf_log_all_netns=0
		klips_clear
		xfrm_down
	fi
done

step "F4: ESP that came in on eth2 appears on ipsec1"
OUTER=4 INNER=4
fw_clear west
klips_tunnel aes_gcm16
xfrm_peer_up aes_gcm16
ip -batch - <<-'END'
	link add eth2 netns west type veth peer name eth2 netns east
END
west ip -batch - <<-'END'
	link set eth2 up
	addr add 192.1.3.45/24 dev eth2
END
east ip -batch - <<-'END'
	link set eth2 up
	addr add 192.1.3.23/24 dev eth2
END
sunrise ip addr add 192.0.3.1/32 dev lo
east ip route add 192.0.3.1/32 via 192.0.2.1
west ip link add ipsec1 type ipsec
klips_dev_up ipsec1 eth2
WEST_4=192.1.3.45 EAST_4=192.1.3.23 RIGHT_4=192.0.3.0/24
SPI_OUT=211 SPI_IN=311 SPI_TUN_OUT=210 SPI_TUN_IN=310
klips_tunnel aes_gcm16
klips_route 192.0.3.0/24 ipsec1
xfrm_peer_up aes_gcm16
fw_load west <<-'END'
	in_0  | filter FORWARD | -i ipsec0 | iifname "ipsec0"
	in_1  | filter FORWARD | -i ipsec1 | iifname "ipsec1"
	in_n  | filter FORWARD | -i ipsec+ | iifname "ipsec*"
	out_0 | filter FORWARD | -o ipsec0 | oifname "ipsec0"
	out_1 | filter FORWARD | -o ipsec1 | oifname "ipsec1"
	esp_1 | filter OUTPUT  | -o eth1 -p esp | oifname "eth1" meta l4proto esp
	esp_2 | filter OUTPUT  | -o eth2 -p esp | oifname "eth2" meta l4proto esp
END
assert_ping sunset $SUNRISE_4 2
assert_ping sunset 192.0.3.1 3
fw_read
fw_is in_0 2 in_1 3 in_n 5 out_0 2 out_1 3 esp_1 2 esp_2 3
assert_eq "$(drops)" "" "drops"
