#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, -m policy: nothing by default; with policy_match, rules for XFRM match our SAs.
#
# F42, in IPv4, IPv6 and both mixtures (F46), tunnel and transport mode: iptables' policy match
# by tunnel ends, SPI, mode, protocol and reqid, nft's meta secpath and ipsec in; XFRM's
# own policy check loses nothing, whether it has policies or none.
# limit: 120
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"

need iptables-legacy-restore iptables-nft-restore nft /usr/bin/python3

# iptables keeps the SPI in the host's byte order, the kernel compares it with the
# network's: what matches SPI 0x301 has to be written so (as for XFRM's own, see below)
LITTLE=$(printf '\x01\x00' | od -An -tu2)
spi_of() { # VARIABLE SPI
	printf -v "$1" '0x%s' "$2"
	[ "$((LITTLE))" != 1 ] || printf -v "$1" '0x%02x%02x0000' $((0x$2 & 255)) $((0x$2 >> 8))
}

# the SA, in words: tunnel ends are compared in the family of the packet
rules() { # MODE
	local ends= nft_ends= spi other

	spi_of spi $SPI_IN
	spi_of other 999
	if [ "$1" = tunnel ] && [ "$OUTER" = "$INNER" ]; then
		ends="--tunnel-src $E --tunnel-dst $W"
		nft_ends="ipsec in $IP saddr $E ipsec in $IP daddr $W"
	fi
	fw_load west <<-END
		none_pre | mangle PREROUTING | -i ipsec0 -m policy --dir in --pol none  | iifname "ipsec0" meta ipsec missing
		sec_pre  | mangle PREROUTING | -i ipsec0 -m policy --dir in --pol ipsec | iifname "ipsec0" meta ipsec exists
		none_in  | filter INPUT      | -i ipsec0 -m policy --dir in --pol none  | iifname "ipsec0" meta ipsec missing
		sec_in   | filter INPUT      | -i ipsec0 -m policy --dir in --pol ipsec | iifname "ipsec0" meta ipsec exists
		none_fwd | filter FORWARD    | -i ipsec0 -m policy --dir in --pol none  | iifname "ipsec0" meta ipsec missing
		sec_fwd  | filter FORWARD    | -i ipsec0 -m policy --dir in --pol ipsec | iifname "ipsec0" meta ipsec exists
		esp      | filter INPUT      | -i eth1 -p esp -m policy --dir in --pol ipsec | iifname "eth1" meta l4proto esp meta ipsec exists
		as       | filter FORWARD    | -i ipsec0 -m policy --dir in --pol ipsec --strict --proto esp --mode $1 --spi $spi --reqid 77 $ends | iifname "ipsec0" ipsec in spi 0x$SPI_IN ipsec in reqid 77 $nft_ends
		not_spi  | filter FORWARD    | -i ipsec0 -m policy --dir in --pol ipsec --spi $other | iifname "ipsec0" ipsec in spi 0x999
		not_id   | filter FORWARD    | -i ipsec0 -m policy --dir in --pol ipsec --reqid 78 | iifname "ipsec0" ipsec in reqid 78
		not_ah   | filter FORWARD    | -i ipsec0 -m policy --dir in --pol ipsec --proto ah | -
		not_mode | filter FORWARD    | -i ipsec0 -m policy --dir in --pol ipsec --mode $([ "$1" = tunnel ] && echo transport || echo tunnel) | -
	END
}

xfrm_losses() {
	west awk '$1 ~ /^XfrmIn/ && $2 { print $1, $2 }' /proc/net/xfrm_stat
}

# packets of every kind, forwarded and local, whole and in pieces
traffic() {
	assert_ping sunset "$SUN" 2
	assert_ping sunrise "$(addr SUNSET "$INNER")" 1
	assert_ping west "$SUN" 2 -I "$LAN"
	assert_ping sunrise "$LAN" 1
}

pieces() {
	# the first ones learn how much goes through
	learn_size sunset sunrise
	assert_ping sunset "$SUN" 1 -s 3000
	[ "$INNER" = 6 ] || assert_ping sunrise "$LAN" 1 -s 3000
	tcp_transfer sunrise sunset "$(addr SUNSET "$INNER")" 20000
	tcp_transfer sunrise west "$LAN" 20000
}

expect() { # in fwd secpath?
	if [ "$3" = 0 ]; then
		fw_is none_pre $(($1 + $2)) sec_pre 0 none_in "$1" sec_in 0 none_fwd "$2" sec_fwd 0 as 0
	else
		fw_is none_pre 0 sec_pre $(($1 + $2)) none_in 0 sec_in "$1" none_fwd 0 sec_fwd "$2" as "$2"
	fi
	fw_is esp 0 not_spi 0 not_id 0 not_ah 0 not_mode 0
}

# SAs as klips_tunnel makes them, but numbered: what --reqid sees
numbered() {
	local w=$W e=$E

	ipsec spi --said "$(said tun $SPI_TUN_OUT "$e")" "--ip$OUTER" --src "$w" --dst "$e"
	klips_esp "$(said esp $SPI_OUT "$e")" "$w" aes_gcm16
	ipsec spigrp --said "$(said tun $SPI_TUN_OUT "$e")" "$(said esp $SPI_OUT "$e")"
	ipsec spi --said "$(said tun $SPI_TUN_IN "$w")" "--ip$OUTER" --src "$e" --dst "$w"
	klips_esp "$(said esp $SPI_IN "$w")" "$e" aes_gcm16 --sarefme 77
	ipsec spigrp --said "$(said tun $SPI_TUN_IN "$w")" "$(said esp $SPI_IN "$w")"
	klips_flows "$(said tun $SPI_TUN_OUT "$e")" "$(said tun $SPI_TUN_IN "$w")"
}

switch() {
	west sysctl -q -w net.ipsec.policy_match="$1"
	assert_eq "$(west cat /proc/sys/net/ipsec/policy_match /proc/sys/net/ipv4/conf/ipsec0/disable_policy \
		/proc/sys/net/ipv6/conf/ipsec0/disable_policy | xargs)" "$1 $1 $1" "switches"
}

topo_up
klips_dev_up
assert_eq "$(west cat /proc/sys/net/ipsec/policy_match)" 0 "policy_match as it comes"
assert_fails west bash -c 'echo 2 > /proc/sys/net/ipsec/policy_match' 2> /dev/null
for pair in "4 4" "6 6" "4 6" "6 4"; do
	OUTER=${pair% *} INNER=${pair#* }
	step "IPv$INNER in IPv$OUTER"
	W=$(addr WEST "$OUTER") E=$(addr EAST "$OUTER") SUN=$(addr SUNRISE "$INNER")
	FW_FAMILIES=4 LAN=192.0.1.254 IP=ip
	[ "$INNER" = 4 ] || FW_FAMILIES="4 6" LAN=2001:db8:1::254
	[ "$OUTER" = 4 ] || IP=ip6
	numbered
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up aes_gcm16
	traffic

	step "F42: 0, the default: --pol none matches, --pol ipsec does not"
	rules tunnel
	spi_of spi $SPI_OUT
	in_ns east iptables-legacy -w -I FORWARD -m policy --dir in --pol ipsec --spi "$spi"
	traffic
	fw_read
	expect 3 3 0
	pieces
	[ "$INNER" = 6 ] || assert_match "$(east iptables-legacy -nvxL FORWARD)" \
		$'\n +[1-9][0-9]* .* policy match' "XFRM's own, by SPI"
	in_ns east iptables-legacy -w -F FORWARD

	step "F42: 1: --pol ipsec matches, with tunnel ends, SPI, mode and reqid"
	switch 1
	rules tunnel
	traffic
	fw_read
	expect 3 3 1
	assert_eq "$(xfrm_losses)" "" "what XFRM's policy check lost"

	step "F42: pieces, TCP, and policies of XFRM for others"
	west ip xfrm policy add src 10.77.0.0/16 dst 10.78.0.0/16 dir in tmpl proto esp mode tunnel
	west ip xfrm policy add src 10.77.0.0/16 dst 10.78.0.0/16 dir fwd tmpl proto esp mode tunnel
	pieces
	west ip xfrm policy flush
	assert_eq "$(xfrm_losses)" "" "what XFRM's policy check lost"

	step "F42: and off again"
	switch 0
	rules tunnel
	traffic
	fw_read
	expect 3 3 0
	fw_clear west
	klips_clear
	xfrm_down
done
assert_eq "$(drops)" "" "drops"

step "F42: a seed's rules as written: default drop, and -m policy --dir in"
OUTER=4 INNER=4 W=$WEST_4 E=$EAST_4
numbered
xfrm_peer_up aes_gcm16
switch 1
fw_load west <<-END
	policy | filter INPUT   | DROP | DROP
	policy | filter FORWARD | DROP | DROP
	esp | filter INPUT   | -i eth1 -s $E -p esp -j ACCEPT | iifname "eth1" ip saddr $E meta l4proto esp % accept
	out | filter FORWARD | -i eth0 -s $LEFT_4 -d $RIGHT_4 -j ACCEPT | iifname "eth0" ip saddr $LEFT_4 ip daddr $RIGHT_4 % accept
	in  | filter FORWARD | -s $RIGHT_4 -d $LEFT_4 -m policy --dir in --pol ipsec --mode tunnel --tunnel-src $E --tunnel-dst $W -j ACCEPT | ip saddr $RIGHT_4 ip daddr $LEFT_4 meta ipsec exists ipsec in ip saddr $E % accept
END
assert_ping sunset $SUNRISE_4 2
fw_read
fw_is esp 2 out 2 in 2
switch 0
fw_stopped sunset $SUNRISE_4 1
fw_clear west
assert_ping sunset $SUNRISE_4 1

step "F42: XFRM turned against us by disable_policy 0: lost, counted by XFRM, no harm"
switch 1
west sysctl -q -w net.ipv4.conf.ipsec0.disable_policy=0
fw_stopped sunset $SUNRISE_4 1
assert_match "$(xfrm_losses)" "XfrmInNoPols 1" "what XFRM's policy check lost"
west ip xfrm policy add src $RIGHT_4 dst $LEFT_4 dir fwd tmpl src 10.9.9.9 dst 10.9.9.8 proto esp mode tunnel
fw_stopped sunset $SUNRISE_4 1
assert_match "$(xfrm_losses)" "XfrmInTmplMismatch 1" "what XFRM's policy check lost"
west ip xfrm policy flush
west sysctl -q -w net.ipv4.conf.ipsec0.disable_policy=1
assert_ping sunset $SUNRISE_4 1

step "a device made while it is on has it too, and nothing holds the module after all"
west ip link add link eth1 name ipsec5 type ipsec
west ip link set ipsec5 up
assert_eq "$(west cat /proc/sys/net/ipv4/conf/ipsec5/disable_policy \
	/proc/sys/net/ipv6/conf/ipsec5/disable_policy | xargs)" "1 1" "disable_policy of ipsec5"
west ip link del ipsec5
