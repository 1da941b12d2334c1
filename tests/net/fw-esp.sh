#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, encapsulated packets: rules for ESP on eth1 decide about the tunnel.
#
# F7 F8 F9 F10 F11 F12, in IPv4 and (F46) IPv6, each with iptables over both back ends
# and with nft; F7, F8 and F10 for IPv4 in IPv6 and IPv6 in IPv4 with nft.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"

need iptables-legacy-restore iptables-nft-restore nft tcpdump /usr/bin/python3

fw_words() { # what the family calls things
	if [ "$OUTER" = 4 ]; then
		FW_FAMILIES=4 IP=ip LEN=20
	else
		FW_FAMILIES="4 6" IP=ip6 LEN=40
	fi
	W=$(addr WEST "$OUTER") E=$(addr EAST "$OUTER") N=$(addr NIC "$OUTER")
	SUN=$(addr SUNRISE "$INNER")
}

verdicts() { # with one back end
	local before lost

	step "$FW F7: ESP dropped in INPUT stops the tunnel, nothing is on ipsec0"
	fw_load west <<-END
		esp    | filter INPUT   | -i eth1 -p esp -j DROP | iifname "eth1" meta l4proto esp % drop
		clear  | raw PREROUTING | -i ipsec+ | iifname "ipsec*"
	END
	before=$(xfrm_count east 0x$SPI_OUT)
	fw_stopped sunset "$SUN" 2
	fw_read
	fw_is esp 2 clear 0
	assert_eq "$(($(xfrm_count east 0x$SPI_OUT) - before))" 2 "packets that reached east"

	step "$FW F8: ESP dropped in OUTPUT stops the tunnel, the sender hears nothing"
	fw_load west <<-END
		esp    | filter OUTPUT  | -o eth1 -p esp -j DROP | oifname "eth1" meta l4proto esp % drop
		told   | filter OUTPUT  | -o eth0 -p icmp ! --icmp-type echo-reply | oifname "eth0" icmp type != echo-reply
		told   | filter OUTPUT  | -o eth0 -p icmpv6 --icmpv6-type destination-unreachable | oifname "eth0" icmpv6 type destination-unreachable
		asked  | filter FORWARD | -o ipsec+ | oifname "ipsec*"
	END
	fw_stopped sunset "$SUN" 2
	fw_read
	fw_is esp 2 told 0 asked 2

	step "$FW F10: ESP from others than the known gateway dropped: it still works"
	fw_load west <<-END
		other | filter INPUT | ! -s $E -p esp -j DROP | $IP saddr != $E meta l4proto esp % drop
		known | filter INPUT | -s $E -p esp | $IP saddr $E meta l4proto esp
	END
	lost="$(drops IN_SOURCE) $(drops IN_NO_SA)"
	ip_send net "$N" "$W" 50 "00000${SPI_IN}00000001$(hex 40 3)"
	assert_ping sunset "$SUN" 2
	fw_read
	fw_is other 1 known 2
	assert_eq "$(drops IN_SOURCE) $(drops IN_NO_SA)" "$lost" "drops IN_SOURCE and IN_NO_SA"
}

topo_up
klips_dev_up
for OUTER in 4 6; do
	INNER=$OUTER
	fw_words
	step "IPv$OUTER"
	klips_tunnel aes_gcm16
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up aes_gcm16
	assert_ping sunset "$SUN" 1
	for FW in legacy compat native; do
		verdicts
		fw_clear west
	done
	FW="legacy compat native"

	step "F9: MARK and DSCP in mangle POSTROUTING on eth1"
	fw_load west <<-END
		mark | mangle POSTROUTING | -o eth1 -p esp -j MARK --set-mark 9 | oifname "eth1" meta l4proto esp % meta mark set 9
		dscp | mangle POSTROUTING | -o eth1 -p esp -j DSCP --set-dscp 10 | oifname "eth1" meta l4proto esp % $IP dscp set 10
		seen | mangle POSTROUTING | -o eth1 -m mark --mark 9 -m dscp --dscp 10 | oifname "eth1" meta mark 9 $IP dscp 10
	END
	capture_start dscp east eth1 "$IP proto 50"
	assert_ping sunset "$SUN" 2
	capture_stop dscp
	fw_read
	fw_is mark 2 dscp 2 seen 2
	assert_eq "$(capture_text dscp -v src "$W" | grep -cE 'tos 0x28|class 0x28')" 2 \
		"F9: ESP with DSCP 10 on the wire"

	step "F11: unknown gateway, unknown SPI, wrong key: INPUT, then dropped and counted"
	fw_load west <<-END
		esp   | filter INPUT   | -i eth1 -p esp | iifname "eth1" meta l4proto esp
		clear | raw PREROUTING | -i ipsec+ | iifname "ipsec*"
		told  | filter OUTPUT  | -o eth1 -p icmp | oifname "eth1" ip protocol icmp
		told  | filter OUTPUT  | -o eth1 -p icmpv6 --icmpv6-type destination-unreachable | oifname "eth1" icmpv6 type destination-unreachable
	END
	a=$(drops IN_SOURCE) b=$(drops IN_NO_SA) c=$(drops IN_ICV)
	ip_send net "$N" "$W" 50 "00000${SPI_IN}00000001$(hex 40 3)"
	ip_send east "$E" "$W" 50 "0000099900000001$(hex 40 3)"
	ip_send east "$E" "$W" 50 "00000${SPI_IN}0000ff01$(hex 40 3)"
	sleep 0.3
	fw_read
	fw_is esp 3 clear 0 told 0
	assert_eq "$(drops IN_SOURCE) $(drops IN_NO_SA) $(drops IN_ICV)" "$((a + 1)) $((b + 1)) $((c + 1))" \
		"F11: drops IN_SOURCE, IN_NO_SA and IN_ICV"
	assert_ping sunset "$SUN" 1

	step "F12: ESP, AH and IKE of others pass through, untouched and unseen"
	fw_load west <<-END
		esp   | filter FORWARD | -p esp | meta l4proto esp
		ah    | filter FORWARD | -p ah -s 192.0.0.0/8 | ip protocol ah
		ah    | filter FORWARD | -m ah --ahspi 0x301 -s 2000::/3 | ip6 nexthdr ah
		ike   | filter FORWARD | -p udp --dport 500 | udp dport 500
		in    | filter INPUT   | -p esp | meta l4proto esp
		clear | raw PREROUTING | -i ipsec+ | iifname "ipsec*"
		out   | filter FORWARD | -o ipsec+ | oifname "ipsec*"
	END
	nic ip route replace "$(addr LEFT "$OUTER")" via "$W"
	fw_others $IP
	fw_clear west
	klips_clear
	xfrm_down
done

FW=native
for pair in "4 6" "6 4"; do
	OUTER=${pair% *} INNER=${pair#* }
	step "IPv$INNER in IPv$OUTER"
	fw_words
	klips_tunnel aes_gcm16
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up aes_gcm16
	assert_ping sunset "$SUN" 1
	verdicts
	fw_clear west
	klips_clear
	xfrm_down
done
