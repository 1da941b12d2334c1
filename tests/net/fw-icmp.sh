#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Firewall, ICMP: echo, "too big" from here, from outside and from the far side, traceroute.
#
# F21 F22 F23 F24 F25; F21, F22 and F24 in IPv6 too (F46), with iptables over both back
# ends and with nft.
# limit: 180
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/fw.sh"
. "$(dirname "$0")/lib/pmtu.sh"

need iptables-legacy-restore iptables-nft-restore nft tcpdump socat

words() { # what the family calls things
	SUN=$(addr SUNRISE "$V") W=$(addr WEST "$V")
	if [ "$V" = 4 ]; then
		FW_FAMILIES=4 LAN=192.0.1.254 FAR=192.0.2.254 HEAD=28
		ECHO_IPT="-p icmp --icmp-type echo-request" ECHO_NFT="icmp type echo-request"
		BIG_IPT="-p icmp --icmp-type fragmentation-needed"
		BIG_NFT="icmp type destination-unreachable icmp code frag-needed"
	else
		FW_FAMILIES="4 6" LAN=2001:db8:1::254 FAR=2001:db8:2::254 HEAD=48
		ECHO_IPT="-p icmpv6 --icmpv6-type echo-request" ECHO_NFT="icmpv6 type echo-request"
		BIG_IPT="-p icmpv6 --icmpv6-type packet-too-big" BIG_NFT="icmpv6 type packet-too-big"
	fi
}

# a ping of so many bytes that nobody may cut
whole() { # BYTES [COUNT]
	pings sunset "$SUN" "${2:-1}" -M 'do' -s $(($1 - HEAD)) -W 0.5 || :
}

topo_up
klips_dev_up
for V in 4 6; do
	OUTER=$V INNER=$V
	words
	step "IPv$V"
	klips_tunnel aes_gcm16
	klips_route "$(addr RIGHT $V)"
	xfrm_peer_up aes_gcm16
	# the far gateway speaks to the left with its inside address
	east ip route replace "$(addr LEFT $V)" via "$W" src "$FAR"
	assert_ping sunset "$SUN" 1
	assert_ping net "$W" 1

	for FW in legacy compat native; do
		step "$FW F21: echo from outside denied, from the tunnel allowed, and the reverse"
		fw_load west <<-END
			out | filter INPUT | -i eth1 $ECHO_IPT -j DROP | iifname "eth1" $ECHO_NFT % drop
			tun | filter INPUT | -i ipsec0 $ECHO_IPT -j ACCEPT | iifname "ipsec0" $ECHO_NFT % accept
		END
		assert_ping sunrise "$LAN" 1
		fw_stopped net "$W" 1
		fw_read
		fw_is out 1 tun 1
		fw_load west <<-END
			out | filter INPUT | -i eth1 $ECHO_IPT -j ACCEPT | iifname "eth1" $ECHO_NFT % accept
			tun | filter INPUT | -i ipsec0 $ECHO_IPT -j DROP | iifname "ipsec0" $ECHO_NFT % drop
		END
		fw_stopped sunrise "$LAN" 1
		assert_ping net "$W" 1
		fw_read
		fw_is out 1 tun 1
		fw_clear west
	done
	FW="legacy compat native"

	step "F22: too big for the tunnel: the sender is told, in OUTPUT towards it"
	west sysctl -q -w net.ipsec.icmp=1
	fw_load west <<-END
		told  | filter OUTPUT | -o eth0 $BIG_IPT | oifname "eth0" $BIG_NFT
		else  | filter OUTPUT | -o ipsec+ $BIG_IPT | oifname "ipsec*" $BIG_NFT
		clear | filter OUTPUT | -o eth1 -d $(addr RIGHT $V) | oifname "eth1" ip$([ $V = 4 ] || echo 6) daddr $(addr RIGHT $V)
	END
	assert_eq "$(whole 1500)" 0 "F22: answers to a packet that is too big"
	fw_read
	fw_is told 1 else 0 clear 0
	mtu=$(mtu_of sunset "$SUN")
	[ "$mtu" -gt 1280 ] && [ "$mtu" -lt 1500 ] || fail "F22: sunset was told of $mtu bytes"
	assert_eq "$(whole "$mtu")" 1 "F22: answers to one of $mtu bytes"

	step "F24: too big on the far side: told through the tunnel, RELATED"
	far_too_big <<-END
		rel | filter FORWARD | -i ipsec0 $BIG_IPT -m conntrack --ctstate RELATED | iifname "ipsec0" $BIG_NFT ct state related
		not | filter FORWARD | -i ipsec0 $BIG_IPT -m conntrack ! --ctstate RELATED | iifname "ipsec0" $BIG_NFT ct state != related
		own | filter OUTPUT  | -o eth0 $BIG_IPT | oifname "eth0" $BIG_NFT
	END
	[ $V = 4 ] || continue

	step "F25: the inner TTL drops by one at each gateway"
	capture_start ttl sunrise eth0 icmp and src $SUNSET_4
	assert_ping sunset $SUNRISE_4 1
	capture_stop ttl
	assert_match "$(capture_text ttl -v)" "ttl 62" "F25: at sunrise"
	for FW in legacy compat native; do
		step "$FW F25: traceroute shows west, east, sunrise if its ports and answers may pass"
		set="
			policy | filter FORWARD | DROP | DROP
			probe  | filter FORWARD | -i eth0 -o ipsec0 -p udp --dport 33434:33633 -j ACCEPT | iifname "eth0" oifname "ipsec0" udp dport 33434-33633 % accept
			late   | filter FORWARD | -i ipsec0 -p icmp --icmp-type time-exceeded -j ACCEPT | iifname "ipsec0" icmp type time-exceeded % accept
			there  | filter FORWARD | -i ipsec0 -p icmp --icmp-type port-unreachable -j ACCEPT | iifname "ipsec0" icmp type destination-unreachable icmp code port-unreachable % accept"
		for without in none late probe; do
			fw_load west <<< "$(grep -v "^[[:space:]]*$without " <<< "$set")"
			capture_start trace sunset eth0 icmp and dst $SUNSET_4
			for ttl in 1 2 3; do
				sunset socat -u - "UDP4-SENDTO:$SUNRISE_4:$((33433 + ttl)),ttl=$ttl" <<< probe
			done
			capture_stop trace
			fw_read
			case $without in
			none) want="192.0.1.254 192.0.2.254 192.0.2.1"; fw_is probe 2 late 1 there 1 ;;
			late) want="192.0.1.254 192.0.2.1"; fw_is probe 2 there 1 ;;
			probe) want="192.0.1.254"; fw_is late 0 there 0 ;;
			esac
			assert_eq "$(capture_text trace | sed -E 's/^IP ([0-9.]+) >.*/\1/' | xargs)" "$want" \
				"F25: who answered, without $without"
			fw_clear west
		done
	done
	FW="legacy compat native"
	klips_clear
	xfrm_down
done
klips_clear
xfrm_down

step "F23: told on the outside about ESP: INPUT on eth1; then this peer's packets are smaller"
OUTER=4 INNER=4 V=4
words
hop_up
west ip route replace 192.1.3.0/24 via $NIC_4
klips_tunnel aes_gcm16
xfrm_peer_up aes_gcm16
assert_ping sunset "$SUN" 1
for FW in legacy compat native; do
	for verdict in DROP ACCEPT; do
		fw_load west <<-END
			hear | filter INPUT | -i eth1 -s $NIC_4 $BIG_IPT -j $verdict | iifname "eth1" ip saddr $NIC_4 $BIG_NFT % ${verdict,,}
			told | filter OUTPUT | -o eth0 $BIG_IPT | oifname "eth0" $BIG_NFT
		END
		forget
		switch df 1
		whole 1400 > /dev/null
		whole 1400 > /dev/null
		fw_read
		fw_ge hear 1
		if [ $verdict = DROP ]; then
			fw_is told 0
		else
			fw_ge told 1
			[ "$(mtu_of sunset "$SUN")" -lt 1400 ] || fail "F23: sunset knows nothing"
		fi
		switch df 0
		step "$FW F23: $verdict: and packets that may be cut arrive"
		assert_ping sunset "$SUN" 1 -M dont -s 1372
		fw_clear west
	done
done
