#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, ESP in UDP: port 4500 on eth1, cleartext on ipsec0, IKE to the daemon.
#
# F13, and F34 for UDP 4500, with iptables over both back ends and with nft.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"
. "$(dirname "$0")/src/inject.sh"

need iptables-legacy-restore iptables-nft-restore nft /usr/bin/python3

topo_up
klips_dev_up
klips_route $RIGHT_4
encap_start west 4 4500
encap_start east 4 4500
klips_tunnel aes_gcm16 --natt nonesp --sport 4500 --dport 4500
XFRM_FLAGS="encap espinudp 4500 4500 0.0.0.0" xfrm_end east aes_gcm16
assert_ping sunset $SUNRISE_4 1

step "F13: ESP in UDP is UDP port 4500 on eth1, its cleartext is on ipsec0"
fw_load west <<-END
	in     | filter INPUT   | -i eth1 -s $EAST_4 -p udp --dport 4500 | iifname "eth1" ip saddr $EAST_4 udp dport 4500
	out    | filter OUTPUT  | -o eth1 -d $EAST_4 -p udp --sport 4500 | oifname "eth1" ip daddr $EAST_4 udp sport 4500
	post   | mangle POSTROUTING | -o eth1 -p udp --sport 4500 | oifname "eth1" udp sport 4500
	esp    | filter INPUT   | -p esp | meta l4proto esp
	espout | filter OUTPUT  | -p esp | meta l4proto esp
	clear  | filter FORWARD | -i ipsec+ -s $SUNRISE_4 | iifname "ipsec*" ip saddr $SUNRISE_4
	sent   | filter FORWARD | -o ipsec+ -d $SUNRISE_4 | oifname "ipsec*" ip daddr $SUNRISE_4
	udp    | raw PREROUTING | -i ipsec+ -p udp --dport 4500 | iifname "ipsec*" udp dport 4500
	spoof  | raw PREROUTING | -i eth1 -s $RIGHT_4 | iifname "eth1" ip saddr $RIGHT_4
END
assert_ping sunset $SUNRISE_4 3
fw_read
fw_is in 3 out 3 post 3 esp 0 espout 0 clear 3 sent 3 udp 0 spoof 0

step "F13: IKE on port 4500 reaches the daemon, a keepalive nobody; neither is on ipsec0"
before=$(drops)
east /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
def send(data): s.sendto(bytes.fromhex('11941194%04x0000' % (len(data) + 8)) + data, ('$WEST_4', 0))
send(bytes(4) + b'I am IKE')
send(b'\xff')
"
wait_until 5 grep -q "^got 12 00000000" "$TMP/encap.west" || fail "the daemon heard nothing"
fw_read
fw_is in 5 clear 3 udp 0
assert_eq "$(grep -c ^got "$TMP/encap.west")" 1 "F13: datagrams that reached the daemon"
assert_eq "$(drops)" "$before" "F13: drops"

for FW in legacy compat native; do
	step "$FW F13: dropped there, the tunnel stops"
	fw_load west <<-'END'
		in    | filter INPUT | -i eth1 -p udp --dport 4500 -j DROP | iifname "eth1" udp dport 4500 % drop
		clear | raw PREROUTING | -i ipsec+ | iifname "ipsec*"
	END
	fw_stopped sunset $SUNRISE_4 1
	fw_read
	fw_is in 1 clear 0
	fw_clear west
done

for FW in legacy compat native; do
	for hook in PREROUTING INPUT; do
		step "$FW F34: a mark set on UDP 4500 in $hook is on the cleartext"
		fw_load west <<-END
			set | mangle $hook   | -i eth1 -p udp --dport 4500 -j MARK --set-mark 0x80000001 | iifname "eth1" udp dport 4500 % meta mark set 0x80000001
			yes | filter FORWARD | -i ipsec+ -m mark --mark 0x80000001 | iifname "ipsec*" meta mark 0x80000001
			no  | filter FORWARD | -i ipsec+ -m mark ! --mark 0x80000001 | iifname "ipsec*" meta mark != 0x80000001
		END
		assert_ping sunset $SUNRISE_4 2
		fw_read
		fw_is set 2 yes 2 no 0
	done
	fw_clear west
done
assert_eq "$(drops)" "" "drops"
