# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced after lib.sh and inject.sh: a hop of 1400 bytes between the gateways,
# and what must become of packets that do not fit, for any pair of families.

# east behind two routers, the link between them has an MTU of 1400:
#	west --1500-- net --1400-- hop --1500-- east
hop_up() {
	ip netns add hop
	ip -n net link set east netns hop nomaster
	ip -n net link add mid mtu 1400 type veth peer name mid mtu 1400 netns hop
	ip -batch - -n net <<-'END'
		link set mid up
		addr add 192.1.4.1/24 dev mid
		addr add 2001:db8:94::1/64 dev mid nodad
		route add 192.1.3.0/24 via 192.1.4.2
		route add 2001:db8:93::/64 via 2001:db8:94::2
	END
	nic sh -c 'echo 1 | tee /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding' > /dev/null
	host_up hop 1 <<-'END'
		link set mid up
		link set east up
		addr add 192.1.4.2/24 dev mid
		addr add 2001:db8:94::2/64 dev mid nodad
		addr add 192.1.3.254/24 dev east
		addr add 2001:db8:93::254/64 dev east nodad
		route add 192.1.2.0/24 via 192.1.4.1
		route add 2001:db8:99::/64 via 2001:db8:94::1
	END
	EAST_4=192.1.3.23 EAST_6=2001:db8:93::23
	east ip -batch - <<-END
		addr flush dev eth1
		addr add $EAST_4/24 dev eth1
		addr add $EAST_6/64 dev eth1 nodad
		route replace default via 192.1.3.254
		route replace default via 2001:db8:93::254
	END
	# the bridge may have had its address from the port that is gone
	west ip neigh flush dev eth1
}

switch() { # NAME VALUE, on west
	west sh -c "echo $2 > /proc/sys/net/ipsec/$1"
}

# what this side has learnt of paths
forget() {
	local ns

	for ns in sunset west; do
		in_ns $ns sh -c 'ip route flush cache; ip -6 route flush cache'
	done
}

# MTU that a place knows towards an address; 0 if nothing special: mtu_of NS ADDR [WORDS]
mtu_of() {
	in_ns "$1" ip route get "$2" "${@:3}" | sed -n 's/.* mtu \(lock \)*\([0-9]*\).*/\2/p' | grep . || echo 0
}

# one ping of so many bytes, IP header included, that must not be fragmented:
# big FROM TO BYTES answered|lost|either.  An error makes ping give up, unless it sees
# the answer first: where both are sent only the wire says what was.
big() {
	local got

	got=$(pings "$1" "$(addr "${2^^}" "$INNER")" 1 -M "do" \
		-s $(($3 - (INNER == 4 ? 28 : 48))) -W 1 || :)
	case $4 in
	answered) assert_eq "$got" 1 "answers to $3 bytes from $1 to $2" ;;
	lost) assert_eq "$got" 0 "answers to $3 bytes from $1 to $2" ;;
	esac
}

# largest inner packet that becomes one of $1 bytes outside, with AES-GCM
fits() {
	local room=$(($1 - (OUTER == 4 ? 20 : 40) - 8 - 8 - 16))

	echo $((room / 4 * 4 - 2))
}

# told COUNT ANSWERS [MTU]: so many "too big" from the inside of west arrived at
# sunset, and so many answers
told() {
	local from=192.0.1.254 error='icmp[0:2] = 0x0304' answer='icmp[0] = 0'

	[ "$INNER" = 4 ] || from=2001:db8:1::254 error='ip6[6] = 58 and ip6[40] = 2' \
		answer='(ip6[6] = 58 and ip6[40] = 129 or ip6[6] = 44 and ip6[42:2] & 0xfff8 = 0 and ip6[48] = 129)'
	assert_eq "$(capture_count told "$error" and src host $from)" "$1" "errors from $from"
	assert_eq "$(capture_count told "$answer" and src host "$(addr SUNRISE "$INNER")")" "$2" "answers"
	[ -z "${3-}" ] || assert_match "$(capture_text told "$error")" "mtu $3([^0-9]|\$)" "its MTU"
}

# ESP packets of west on its wire, and pieces of some: wire NAME COUNT PIECES
wire() {
	local pieces='ip[6:2] & 0x3fff != 0'

	[ "$OUTER" = 4 ] || pieces='ip6[6] = 44'
	assert_eq "$(capture_count "$1" src host "$(addr WEST "$OUTER")" and not "($pieces)" and \
		not icmp and not icmp6)" "$2" "whole packets of west"
	assert_eq "$(capture_count "$1" src host "$(addr WEST "$OUTER")" and "($pieces)")" "$3" "pieces"
}

# one_pair OUTER INNER: hosts of this family, gateways of that one
one_pair() {
	local all small carried=0 outcome=lost

	OUTER=$1 INNER=$2
	[ "$INNER" = 6 ] || carried=1 outcome=either	# carried all the same
	step "$INNER in $OUTER"
	klips_tunnel aes_gcm16
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up aes_gcm16
	# east and sunrise know their way back, so that answers come
	pings sunrise "$(addr SUNSET "$INNER")" 4 -s 1400 -W 1 > /dev/null || :
	forget
	expect_from_here
	all=$(fits 1500) small=$(fits 1400)

	if [ "$OUTER" = 4 ]; then
		echo "-- icmp 0: nobody is told, all is carried"
		capture_start told sunset eth0
		capture_start wire net br0 esp
		big sunset sunrise 1500 answered
		capture_stop told wire
		told 0 1
		wire wire 0 2

		echo "-- icmp 1: told what fits the device"
		switch icmp 1
		capture_start told sunset eth0
		big sunset sunrise 1500 $outcome
		capture_stop told
		told 1 $carried "$all"
		assert_eq "$(mtu_of sunset "$(addr SUNRISE "$INNER")")" "$all" "what sunset learnt"
		big sunset sunrise "$all" answered
		[ "$INNER" = 4 ] && expect || expect OUT_TOO_BIG 1
	fi

	echo "-- icmp 2: and dropped"
	forget
	switch icmp 2
	capture_start told sunset eth0
	big sunset sunrise $((all + 1)) lost
	capture_stop told
	expect OUT_TOO_BIG 1
	told 1 0 "$all"

	echo "-- the hop says what fits it: the one it told of is lost, the next one is answered for"
	forget
	switch icmp 1
	switch df 1
	capture_start told sunset eth0
	big sunset sunrise "$all" lost
	assert_eq "$(mtu_of west "$(addr EAST "$OUTER")" oif eth1)" 1400 "what west learnt"
	big sunset sunrise "$all" $outcome
	capture_stop told
	told 1 $carried "$small"
	assert_eq "$(mtu_of sunset "$(addr SUNRISE "$INNER")")" "$small" "what sunset learnt"
	[ "$INNER" = 4 ] && expect || expect OUT_TOO_BIG 1
	capture_start wire net br0 ip or ip6
	big sunset sunrise "$small" answered
	capture_stop wire
	wire wire 1 0

	echo "-- a sender that may not be told loses nothing but that first one"
	forget
	switch icmp 0
	big sunset sunrise "$all" lost
	big sunset sunrise "$all" answered
	big sunset sunrise 1500 answered
	switch icmp 1
	forget

	echo "-- TCP and fragments, both ways, from hosts and from west itself"
	tcp_transfer sunset sunrise "$(addr SUNRISE "$INNER")" 60000
	tcp_transfer sunrise sunset "$(addr SUNSET "$INNER")" 60000
	tcp_transfer west sunrise "$(addr SUNRISE "$INNER")" 60000
	learn_size sunset sunrise
	assert_tunnel 1 -s 3000
	assert_eq "$(drops | sed '/^OUT_TOO_BIG /d; /^IN_ICMP /d')" "" "drops"

	lies
	forget
	switch icmp 0
	switch df 0
	klips_clear
	xfrm_down
}

# ICMP errors about ESP that cannot be true, and one that says too much
lies() {
	local router least=100 learnt=552 peer

	step "errors that lie"
	peer=$(addr EAST "$OUTER") router=$(addr NIC "$OUTER")
	[ "$OUTER" = 4 ] || least=1279 learnt=1280
	forget
	capture_start base net west esp and src host "$(addr WEST "$OUTER")"
	assert_ping sunset "$(addr SUNRISE "$INNER")" 1 -s 1230 -M dont
	capture_stop base
	assert_eq "$(capture_count base)" 1 "ESP packets of west"
	expect_from_here
	inject seq=0x700000 toobig="$router/1270"
	expect IN_ICMP 1
	inject seq=0xffffff00 toobig="$router/1270"
	expect IN_ICMP 1
	inject toobig="$router/1300/$(addr NIC "$OUTER")"
	expect IN_ICMP 1
	inject toobig="$router/1499"
	expect IN_ICMP 1
	inject spi=0x999 toobig="$router/1270"
	expect
	assert_eq "$(mtu_of west "$peer" oif eth1)" 0 "what west learnt"
	inject toobig="$router/$least"
	expect
	[ "$OUTER" = 4 ] || assert_eq "$(mtu_of west "$peer" oif eth1)" 0 "what west learnt"
	[ "$OUTER" = 6 ] || assert_eq "$(mtu_of west "$peer" oif eth1)" 552 "what west learnt"
	inject toobig="$router/1290"
	inject toobig="$router/1280"
	inject toobig="$router/68"
	expect
	assert_eq "$(mtu_of west "$peer" oif eth1)" "$learnt" "what west learnt"
	assert_ping sunset "$(addr SUNRISE "$INNER")" 1 -s 1200 -M dont
}

# F24: a packet fits the tunnel and not the far side; standard input has rules that count
# its error as rel, or not, or as west's own. The scenario has whole(), and $SUN.
far_too_big() {
	east ip link set eth0 mtu 1300
	forget
	fw_load west
	assert_eq "$(whole 1350)" 0 "F24: answers to a packet that is too big there"
	fw_read
	fw_is rel 1 not 0 own 0
	assert_eq "$(mtu_of sunset "$SUN")" 1300 "F24: MTU that sunset knows"
	east ip link set eth0 mtu 1500
	forget
	fw_clear west
}
