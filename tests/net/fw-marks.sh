#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, marks: ESP's mark is on the cleartext, the cleartext's mark is on the ESP.
#
# F34 F35 F36 F37, in IPv4 and (F46) IPv6, each with iptables over both back ends and with
# nft; IPv4 in IPv6 and IPv6 in IPv4 with nft. All 32 bits, and policy routing by mark.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"

need iptables-legacy-restore iptables-nft-restore nft conntrack tcpdump

MARK=0xfedc0001

# where the mark is set on ESP: "PREROUTING" or "INPUT"
marked_in() {
	fw_load west <<-END
		set     | mangle $1         | -i eth1 -p esp -j MARK --set-mark $MARK | iifname "eth1" meta l4proto esp % meta mark set $MARK
		no_pre  | mangle PREROUTING | -i ipsec+ -m mark ! --mark $MARK | iifname "ipsec*" meta mark != $MARK
		pre     | mangle PREROUTING | -i ipsec+ -m mark --mark $MARK | iifname "ipsec*" meta mark $MARK
		in      | filter INPUT      | -i ipsec+ -m mark --mark $MARK | iifname "ipsec*" meta mark $MARK
		fwd     | filter FORWARD    | -i ipsec+ -m mark --mark $MARK | iifname "ipsec*" meta mark $MARK
		out     | mangle POSTROUTING | -o eth0 -m mark --mark $MARK | oifname "eth0" meta mark $MARK
	END
	assert_ping sunset "$SUN" 3
	assert_ping west "$SUN" 2 -I "$LAN"
	fw_read
	fw_is set 5 no_pre 0 pre 5 in 2 fwd 3 out 3
}

unmarked() {
	fw_load west <<-'END'
		none | filter FORWARD | -i ipsec+ -m mark --mark 0 | iifname "ipsec*" meta mark 0
		some | filter FORWARD | -i ipsec+ -m mark ! --mark 0 | iifname "ipsec*" meta mark != 0
	END
	assert_ping sunset "$SUN" 2
	fw_read
	fw_is none 2 some 0
}

marked_out() {
	fw_load west <<-END
		set_fwd | mangle FORWARD | -o ipsec+ -j MARK --set-mark $MARK | oifname "ipsec*" % meta mark set $MARK
		set_out | mangle OUTPUT  | -o ipsec+ -j MARK --set-mark $MARK | oifname "ipsec*" % meta mark set $MARK
		out     | filter OUTPUT  | -o eth1 -p esp -m mark --mark $MARK | oifname "eth1" meta l4proto esp meta mark $MARK
		post    | mangle POSTROUTING | -o eth1 -p esp -m mark --mark $MARK | oifname "eth1" meta l4proto esp meta mark $MARK
		other   | filter OUTPUT  | -o eth1 -p esp -m mark ! --mark $MARK | oifname "eth1" meta l4proto esp meta mark != $MARK
	END
	assert_ping sunset "$SUN" 3
	assert_ping west "$SUN" 2 -I "$LAN"
	fw_read
	fw_is set_fwd 3 set_out 2 out 5 post 5 other 0
}

tracked() {
	local proto=icmp

	[ "$INNER" = 4 ] || proto=icmpv6
	fw_load west <<-'END'
		restore | mangle PREROUTING | -i ipsec+ -j CONNMARK --restore-mark | iifname "ipsec*" % meta mark set ct mark
		inherit | filter FORWARD | -i ipsec+ -m mark ! --mark 0 | iifname "ipsec*" meta mark != 0
		save    | mangle PREROUTING | -i eth1 -p esp -j CONNMARK --set-mark 5 | iifname "eth1" meta l4proto esp % ct mark set 5
		esp     | filter INPUT   | -i eth1 -p esp -m connmark --mark 5 | iifname "eth1" meta l4proto esp ct mark 5
		new     | filter FORWARD | -o ipsec+ -m conntrack --ctstate NEW | oifname "ipsec*" ct state new
		reply   | filter FORWARD | -i ipsec+ -m conntrack --ctstate ESTABLISHED | iifname "ipsec*" ct state established
		invalid | filter FORWARD | -m conntrack --ctstate INVALID | ct state invalid
	END
	west conntrack -F 2> /dev/null
	assert_ping sunset "$SUN" 3
	fw_read
	fw_is restore 3 inherit 0 esp 3 new 1 reply 3 invalid 0
	assert_eq "$(west conntrack -L -f "ipv$INNER" -p $proto 2> /dev/null |
		grep -c "src=$(addr SUNSET "$INNER") .*dst=$(addr SUNSET "$INNER") ")" 1 "F37: tracked pings"
	assert_eq "$(west conntrack -L -f "ipv$OUTER" 2> /dev/null | grep -c '^unknown *50 ')" 1 \
		"F37: tracked ESP connections"
}

topo_up
klips_dev_up
# a second way to the peer, for marked packets: by way of 192.1.2.200, which is nic
nic ip -batch - <<-'END'
	addr add 192.1.2.200/24 dev br0
	addr add 2001:db8:99::200/64 dev br0 nodad
END
in_ns net sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.conf.br0.send_redirects=0
for pair in "4 4" "6 6" "6 4" "4 6"; do
	OUTER=${pair% *} INNER=${pair#* }
	FW_FAMILIES="4 6" FW="legacy compat native" LAN=192.0.1.254 HOP=192.1.2.200
	[ "$INNER" = 4 ] || LAN=2001:db8:1::254
	[ "$OUTER" = 4 ] || HOP=2001:db8:99::200
	case $pair in
	"4 4") FW_FAMILIES=4 ;;
	"6 6") ;;
	*) FW=native ;;
	esac
	SUN=$(addr SUNRISE "$INNER") E=$(addr EAST "$OUTER")
	step "IPv$INNER in IPv$OUTER"
	klips_tunnel aes_gcm16
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up aes_gcm16
	assert_ping sunset "$SUN" 1

	for FW in $FW; do
		for hook in PREROUTING INPUT; do
			step "$FW F34: ESP marked in $hook, all bits are on the cleartext"
			marked_in $hook
		done
		step "$FW F35: right after, ESP without a mark gives cleartext without one"
		unmarked
		step "$FW F37: connection tracking sees ESP and cleartext as connections of their own"
		tracked
		step "$FW F36: a mark set in FORWARD or OUTPUT is on the ESP"
		marked_out
		[ $FW = native ] || fw_clear west
	done

	step "F36: and chooses its route"
	west ip "-$OUTER" rule add fwmark $MARK lookup 77
	west ip "-$OUTER" route add "$E" via "$HOP" dev eth1 table 77
	mac=$(nic ip -o link show br0 | sed "s/.*ether \([^ ]*\) .*/\1/")
	capture_start marked west eth1 "ether dst $mac and ip$([ "$OUTER" = 4 ] || echo 6) proto 50"
	assert_ping sunset "$SUN" 2
	fw_load west <<-'END'
		none | filter OUTPUT | -o eth1 -p esp -m mark --mark 0 | oifname "eth1" meta l4proto esp meta mark 0
	END
	assert_ping sunset "$SUN" 3
	capture_stop marked
	fw_read
	fw_is none 3
	assert_eq "$(capture_count marked)" 2 "marked ESP sent by way of $HOP"
	west ip "-$OUTER" rule del fwmark $MARK lookup 77
	west ip "-$OUTER" route flush table 77
	fw_clear west
	klips_clear
	xfrm_down
done
assert_eq "$(drops)" "" "drops"
