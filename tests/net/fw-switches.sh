#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's switches around ipsecN: rp_filter, accept_local, forwarding, redirects,
# router advertisements; multicast and broadcast in tunnels and beside them; and that the
# kernel says nothing of its own on a device that has no link.
# limit: 180
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"
. "$(dirname "$0")/src/inject.sh"

need iptables-legacy-restore iptables-nft-restore nft tcpdump /usr/bin/python3

GROUP_4=239.1.2.3 GROUP_6=ff0e::123
ALL_4=224.0.0.0/4 ALL_6=ff00::/8

conf() { # NAME VALUE: of west, below net.ipvN.conf
	west sysctl -q -w "net.ipv$INNER.conf.$1=$2"
}

flows_checked() { # 0 or 1
	west sysctl -q -w net.ipsec.inbound_policy_check="$1"
}

heard() { # echo requests that sunset has got
	fw_netstat sunset "$([ "$INNER" = 4 ] && echo InEchos || echo Icmp6InEchos)"
}

# of one ping so many get to sunset, of all since the last time
gets() { # 0|1 WHAT [ADDRESS [ARGS of ping]]
	local now

	pings sunrise "${3:-$SUNSET}" 1 -W 0.2 "${@:4}" > /dev/null || :
	now=$(heard)
	assert_eq $((now - HEARD)) "$1" "packets at sunset: $2"
	HEARD=$now
}

# and rp_filter says that it was the one who lost the others
FILTERED=0
filtered() { # as gets
	gets "$@"
	FILTERED=$((FILTERED + 1 - $1))
	assert_eq "$(fw_netstat west IPReversePathFilter)" $FILTERED "lost by rp_filter: $2"
}

# what east may send into the tunnel, and take from it, beside the subnets
east_also() { # DIR SRC DST
	local src=$EAST dst=$WEST

	[ "$1" = out ] || src=$WEST dst=$EAST
	east ip xfrm policy add src "$2" dst "$3" dir "$1" tmpl src "$src" dst "$dst" proto esp reqid 1 mode tunnel
}

multicast() { # NS ARGS of multicast.py
	in_ns "$1" /usr/bin/python3 "$KLIPS_TOP/tests/net/src/multicast.py" "${@:2}"
}

mac() { # NS: of its eth1
	in_ns "$1" ip -o link show eth1 | sed 's/.*ether \([^ ]*\) .*/\1/'
}

hear() { # NS DEVICE GROUP: what comes to port 7000 is in $TMP/heard
	rm -f "$TMP/heard"
	multicast "$1" hear "$2" "$3" 7000 $((3 * KLIPS_SLOW)) > "$TMP/heard" &
	HEARER=$!
	wait_until 5 grep -qs listening "$TMP/heard"
}

settle() {
	sleep 0.$((KLIPS_SLOW > 1 ? 5 : 1))
}

heard_is() { # TEXT
	wait $HEARER
	assert_eq "$(sed 1d "$TMP/heard")" "$1" "what came"
}

eroute() { # add|replace DST SAID, from the left
	ipsec eroute "--$1" --eraf "$AF" --src "$LEFT" --dst "$2" --said "$3"
}

# ---- switches --------------------------------------------------------------

reverse_path() {
	local n

	step "rp_filter of ipsec0: the way back leads into ipsec0"
	for n in 0 1 2; do
		conf ipsec0.rp_filter $n
		filtered 1 "rp_filter $n"
	done
	step "rp_filter of ipsec0: the way back leads elsewhere; 2 needs an address on ipsec0"
	west ip route replace "$RIGHT" via "$EAST" dev eth1
	conf ipsec0.rp_filter 0
	filtered 1 "rp_filter 0"
	conf ipsec0.rp_filter 1
	filtered 0 "rp_filter 1"
	conf ipsec0.rp_filter 2
	filtered 0 "rp_filter 2 without an address"
	west ip addr add "$WEST/32" dev ipsec0
	filtered 1 "rp_filter 2 with an address"
	conf ipsec0.rp_filter 1
	filtered 0 "rp_filter 1 with an address"
	west ip addr del "$WEST/32" dev ipsec0
	klips_route "$RIGHT"
	west ip route del "$RIGHT" via "$EAST" dev eth1 2> /dev/null || :
	filtered 1 "rp_filter 1 and the way back"
	conf ipsec0.rp_filter 0

	step "rp_filter of eth1: the way to the peer leads into ipsec0"
	west ip route add "$EAST" dev ipsec0
	for n in 0 1 2; do
		conf eth1.rp_filter $n
		filtered $((n != 1)) "rp_filter $n"
	done
	conf eth1.rp_filter 0
	west ip route del "$EAST" dev ipsec0
}

# the same as rules, which IPv6 has nothing else for
reverse_rules() {
	local spoof=$1

	if [ "$INNER" = 4 ]; then
		fw_load west <<-'END'
			rev | raw PREROUTING | -m rpfilter --invert -j DROP | fib saddr . iif oif missing % drop
			fwd | filter FORWARD | -i ipsec+ -p icmp --icmp-type echo-request | iifname "ipsec*" icmp type echo-request
		END
	else
		fw_load west <<-'END'
			rev | raw PREROUTING | - | icmpv6 type echo-request fib saddr . iif oif missing % drop
			fwd | filter FORWARD | -i ipsec+ -p icmpv6 --icmpv6-type echo-request | iifname "ipsec*" icmpv6 type echo-request
		END
	fi
	gets 1 "by the tunnel"
	fw_stopped net "$SUNSET" 1 -I "$spoof"
	fw_read
	fw_is rev 1 fwd 1
	fw_clear west
}

own_source() { # OWN, an address of west
	local own=$1 all

	step "IPv$INNER accept_local: this host's address as a source in the tunnel"
	[ "$INNER" = 6 ] && all=128 || all=32
	sunrise ip addr add "$own/$all" dev lo nodad
	east_also out "$own" "$LEFT"
	expect_from_here
	gets 0 "the stored flow" "$SUNSET" -I "$own"
	expect IN_POLICY 1
	flows_checked 0
	if [ "$INNER" = 4 ]; then
		gets 0 "accept_local 0" "$SUNSET" -I "$own"
		conf ipsec0.accept_local 1
		gets 1 "accept_local 1" "$SUNSET" -I "$own"
		conf ipsec0.accept_local 0
	else
		gets 1 "IPv6 has no such switch" "$SUNSET" -I "$own"
	fi
	flows_checked 1
	sunrise ip addr del "$own/$all" dev lo
	expect
}

forwarding() { # OWN
	local sent

	step "IPv$INNER: forwarding of ipsec0 and of eth0"
	assert_eq "$(west cat "/proc/sys/net/ipv$INNER/conf/ipsec0/forwarding")" 1 "forwarding as it comes"
	conf ipsec0.forwarding 0
	if [ "$INNER" = 4 ]; then gets 0 "forwarding 0"; else gets 1 "IPv6 looks at all.forwarding"; fi
	assert_ping sunrise "$1" 1
	sent=$(xfrm_count east 0x$SPI_OUT)
	pings sunset "$SUNRISE" 1 -W 0.2 > /dev/null || :
	assert_eq $(($(xfrm_count east 0x$SPI_OUT) - sent)) 1 "packets from sunset at east"
	conf ipsec0.forwarding 1
	[ "$INNER" = 4 ] || return 0
	conf eth0.forwarding 0
	gets 1 "forwarding 0 of eth0"
	sent=$(xfrm_count east 0x$SPI_OUT)
	fw_stopped sunset "$SUNRISE" 1
	assert_eq $(($(xfrm_count east 0x$SPI_OUT) - sent)) 0 "packets from sunset at east"
	conf eth0.forwarding 1
}

# in at ipsec0, out at ipsec0: no shorter way to tell of
redirects() { # NET HOST
	step "IPv$INNER: a hub tells nobody of shorter ways"
	west ip route add "$1" dev ipsec0
	east_also out "$RIGHT" "$1"
	ipsec eroute --add --eraf "$AF" --src "$RIGHT" --dst "$1" --said %drop
	flows_checked 0
	fw_load west <<-'END'
		hub   | filter FORWARD | -i ipsec+ -o ipsec+ | iifname "ipsec*" oifname "ipsec*"
		redir | filter OUTPUT  | -p icmp --icmp-type redirect | icmp type redirect
		redir | filter OUTPUT  | -p icmpv6 --icmpv6-type redirect | icmpv6 type nd-redirect
	END
	assert_eq "$(west sysctl -n net.ipv4.conf.all.send_redirects net.ipv4.conf.ipsec0.send_redirects | xargs)" \
		"0 0" "send_redirects"
	fw_stopped sunrise "$2" 1
	fw_read
	fw_is hub 1 redir 0
	if [ "$INNER" = 4 ]; then
		conf ipsec0.send_redirects 1
		fw_stopped sunrise "$2" 1
		fw_read
		fw_is hub 2 redir 1
		conf ipsec0.send_redirects 0
	fi
	fw_clear west
	flows_checked 1
}

# ---- multicast and broadcast -----------------------------------------------

to_a_group() { # SOURCE GROUP ALL
	local from=$1 group=$2 all=$3

	step "IPv$INNER: to a group by ipsec0: no eroute, %drop, %reject: lost, and nobody is told"
	expect_from_here
	capture_start wire net br0 "dst host $group"
	fw_load west <<-'END'
		told | filter OUTPUT | -p icmp --icmp-type destination-unreachable | icmp type destination-unreachable
		told | filter OUTPUT | -p icmpv6 --icmpv6-type destination-unreachable | icmpv6 type destination-unreachable
		out  | filter OUTPUT | -o ipsec+ | oifname "ipsec*"
	END
	multicast west send ipsec0 "$from" "$group" 7000 "no eroute"
	expect OUT_NO_EROUTE 1
	eroute add "$all" %drop
	multicast west send ipsec0 "$from" "$group" 7000 "%drop"
	expect OUT_SHUNT_DROP 1
	eroute replace "$all" %reject
	multicast west send ipsec0 "$from" "$group" 7000 "%reject"
	expect OUT_SHUNT_REJECT 1
	fw_read
	fw_is out 3 told 0
	step "IPv$INNER: an eroute for groups into the tunnel"
	eroute replace "$all" "$(said tun $SPI_TUN_OUT "$EAST")"
	east_also in "$LEFT" "$all"
	hear east eth1 "$group"
	multicast west send ipsec0 "$from" "$group" 7000 "through the tunnel"
	heard_is "through the tunnel"
	capture_stop wire
	assert_eq "$(capture_count wire)" 0 "packets to the group on the wire"
	expect
	step "IPv$INNER: %pass: the group on the wire, in clear"
	eroute replace "$all" %pass
	capture_start wire net br0 "ether multicast and dst host $group"
	multicast west send ipsec0 "$from" "$group" 7000 "in clear"
	capture_stop wire
	assert_eq "$(capture_count wire)" 1 "packets to the group on the wire"
	expect
	fw_clear west
	ipsec eroute --del --eraf "$AF" --src "$LEFT" --dst "$all"
}

from_a_group() { # SOURCE GROUP ALL
	step "IPv$INNER: to a group, in decrypted packets: the stored flow, or who has joined"
	east_also out "$RIGHT" "$3"
	fw_load west <<-END
		pre | mangle PREROUTING | -i ipsec+ -d $3 | iifname "ipsec*" ip$([ $INNER = 4 ] || echo 6) daddr $3
		in  | filter INPUT      | -i ipsec+ -d $3 | iifname "ipsec*" ip$([ $INNER = 4 ] || echo 6) daddr $3
		fwd | filter FORWARD    | -i ipsec+ -d $3 | iifname "ipsec*" ip$([ $INNER = 4 ] || echo 6) daddr $3
	END
	expect_from_here
	multicast east send eth0 "$1" "$2" 7000 "not of the flow"
	settle
	expect IN_POLICY 1
	flows_checked 0
	multicast east send eth0 "$1" "$2" 7000 "nobody has joined"
	settle
	expect
	# who joins says so, on ipsec0, where no eroute is for it
	capture_start wire net br0 "ether src $(mac west) and (igmp or ip6[6] = 0)"
	hear west ipsec0 "$2"
	multicast east send eth0 "$1" "$2" 7000 "out of the tunnel"
	heard_is "out of the tunnel"
	capture_stop wire
	fw_read
	fw_is pre 2 in 1 fwd 0
	assert_eq "$(capture_count wire)" 0 "reports of membership on the wire"
	assert_eq "$(drops | sed '/^OUT_NO_EROUTE /d' | sort)" \
		"$(sed '/^OUT_NO_EROUTE /d' <<< "$LAST_DROPS" | sort)" "drops"
	fw_clear west
	flows_checked 1
}

broadcast() {
	step "broadcast by ipsec0: an eroute for it, or lost"
	expect_from_here
	multicast west send ipsec0 192.0.1.254 255.255.255.255 7000 "no eroute"
	expect OUT_NO_EROUTE 1
	eroute add 255.255.255.255/32 "tun.$SPI_TUN_OUT@$EAST"
	east_also in "$LEFT" 255.255.255.255/32
	hear east eth1 0.0.0.0
	multicast west send ipsec0 192.0.1.254 255.255.255.255 7000 "to all"
	heard_is "to all"
	ipsec eroute --del --eraf inet --src "$LEFT" --dst 255.255.255.255/32
	step "a subnet's broadcast, in decrypted packets: ends here, unless bc_forwarding says so"
	fw_load west <<-'END'
		in  | filter INPUT   | -i ipsec+ -d 192.0.1.255 | iifname "ipsec*" ip daddr 192.0.1.255
		fwd | filter FORWARD | -i ipsec+ -d 192.0.1.255 | iifname "ipsec*" ip daddr 192.0.1.255
	END
	gets 0 "bc_forwarding 0" 192.0.1.255
	conf all.bc_forwarding 1
	conf ipsec0.bc_forwarding 1
	gets 1 "bc_forwarding 1" 192.0.1.255
	conf all.bc_forwarding 0
	conf ipsec0.bc_forwarding 0
	fw_read
	fw_is in 1 fwd 1
	fw_clear west
	expect
}

# ---- what the kernel says by itself ----------------------------------------

noise() {
	step "a host that is no router: its kernel asks for routers, not on ipsec0"
	ip netns add host
	ip link add eth1 netns host type veth peer name host netns net
	nic ip link set host master br0 up
	in_ns host bash -c 'cd /proc/sys/net/ipv6/conf
		echo 1 > eth1/disable_ipv6
		echo 0 > default/router_solicitation_delay
		echo 1 > default/router_solicitation_interval'
	in_ns host ip -batch - <<-'END'
		link set lo up
		link set eth1 up
		addr add 192.1.2.99/24 dev eth1
		link add link eth1 name ipsec0 type ipsec
	END
	capture_start noise net host "ip6 and ether src $(mac host)"
	in_ns host ip link set ipsec0 up
	in_ns host ip -6 addr add 2001:db8:77::1/64 dev ipsec0
	sleep 1
	assert_eq "$(in_ns host ip -6 -o addr show dev ipsec0 scope link)" "" "link-local addresses"
	assert_eq "$(in_ns host sed '/ 0$/d' /proc/net/ipsec/stats/drops)" "" "drops"
	assert_match "$(in_ns host ip -s -o link show ipsec0)" 'TX:[^\\]*\\ *0 +0 +0 +0 ' "what was sent into ipsec0"
	step "and if one wants it to: lost for want of an eroute"
	in_ns host bash -c 'cd /proc/sys/net/ipv6/conf/ipsec0
		echo 1 > accept_ra
		echo 3 > addr_gen_mode'
	wait_until 5 in_ns host grep -q '^OUT_NO_EROUTE [1-9]' /proc/net/ipsec/stats/drops ||
		fail "no questions for routers"
	capture_stop noise
	assert_eq "$(capture_count noise)" 0 "packets of IPv6 on eth1"
	ip netns del host
	# the bridge may have had its address from that port
	west ip neigh flush dev eth1
	east ip neigh flush dev eth1
}

router() {
	step "a router's advertisement out of the tunnel makes no route here"
	conf all.forwarding 0
	flows_checked 0
	east_also out fe80::/10 ff02::1/128
	local link

	link=$(east ip -6 -o addr show dev eth1 scope link | sed 's/.*inet6 \([^/]*\).*/\1/')
	multicast east router eth1 "$link"
	settle
	assert_eq "$(west ip -6 route show default dev ipsec0)" "" "routes by ipsec0"
	conf ipsec0.accept_ra 1
	multicast east router eth1 "$link"
	settle
	assert_match "$(west ip -6 route show default dev ipsec0)" "via $link proto ra" "with accept_ra 1"
	west ip -6 route flush default dev ipsec0 proto ra
	conf all.forwarding 1
	flows_checked 1
}

# ---- all of it -------------------------------------------------------------

words() {
	OUTER=$1 INNER=$1
	WEST=$(addr WEST "$1") EAST=$(addr EAST "$1")
	SUNSET=$(addr SUNSET "$1") SUNRISE=$(addr SUNRISE "$1")
	LEFT=$(addr LEFT "$1") RIGHT=$(addr RIGHT "$1")
	AF=inet FW_FAMILIES=4
	[ "$1" = 4 ] || AF=inet6 FW_FAMILIES="4 6"
	HEARD=$(heard)
}

topo_up
fw_stranger
klips_dev_up
noise

words 4
step "IPv4"
klips_tunnel aes_gcm16
klips_route "$RIGHT"
xfrm_peer_up aes_gcm16
assert_ping sunset "$SUNRISE" 1
assert_ping net "$WEST" 1
reverse_path
for FW in legacy compat native; do
	step "$FW: a rule for the way back knows the tunnel's packets from forged ones"
	reverse_rules 192.0.2.77
done
FW="legacy compat native"
own_source 192.0.1.254
forwarding 192.0.1.254
redirects 10.3.0.0/24 10.3.0.1
to_a_group 192.0.1.254 $GROUP_4 $ALL_4
from_a_group 192.0.2.254 $GROUP_4 $ALL_4
broadcast
klips_clear
xfrm_down

words 6
step "IPv6"
klips_tunnel aes_gcm16
klips_route "$RIGHT"
xfrm_peer_up aes_gcm16
assert_ping sunset "$SUNRISE" 1
assert_ping net "$WEST" 1
step "IPv6: a rule for the way back knows the tunnel's packets from forged ones"
reverse_rules 2001:db8:2::77
own_source 2001:db8:1::254
forwarding 2001:db8:1::254
redirects 2001:db8:3::/64 2001:db8:3::1
to_a_group 2001:db8:1::254 $GROUP_6 $ALL_6
from_a_group 2001:db8:2::254 $GROUP_6 $ALL_6

step "%reject: no reset has a group as its source"
eroute add "$ALL_6" %reject
west sysctl -q -w net.ipsec.reject_tcp_reset=1
capture_start reset sunset eth0 ip6 proto 6
probe <<< "$SUNSET_6 $GROUP_6 6 1000 80"
capture_stop reset
assert_eq "$(capture_count reset)" 0 "resets at sunset"
ipsec eroute --del --eraf inet6 --src "$LEFT" --dst "$ALL_6"
router
