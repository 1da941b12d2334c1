#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml 6.12
#
# NAT traversal: sunrise, behind a gateway that masquerades it and moves its
# port, speaks ESP in UDP with west's daemon socket; the daemon still gets its
# own datagrams, keepalives get nobody's attention, and what comes encapsulated
# for an SA without NAT-T, or bare for one with it, is dropped.  Both ways to
# convert a socket.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

PORT=40000	# of sunrise as west sees it

natt_tunnel() { # ALG
	klips_clear
	klips_tunnel "$1" --replay_window 32 --natt nonesp --sport 4500 --dport $PORT
	alg "$1"
}

topo_up
# east is the NAT box: nobody's gateway, nothing of IPsec
east iptables -w -t nat -A POSTROUTING -o eth1 -p udp -j MASQUERADE --to-ports $PORT
east iptables -w -A FORWARD -i eth0 -o eth1 ! -p udp -j DROP
klips_dev_up
klips_route "$RIGHT_4"
# first packets cross the table of east's connections in both directions
for how in setsockopt ioctl; do
	step "a socket converted by $how"
	encap_start sunrise 4 4500
	if [ $how = ioctl ]; then encap_start west 4 4500 ioctl; else encap_start west 4 4500; fi
	natt_tunnel aes_gcm16
	sunrise ip xfrm state add src "$SUNRISE_4" dst "$WEST_4" proto esp spi 0x$SPI_IN mode tunnel \
		reqid 1 replay-window 32 "${XFRM[@]}" encap espinudp 4500 4500 0.0.0.0
	sunrise ip xfrm state add src "$WEST_4" dst "$SUNRISE_4" proto esp spi 0x$SPI_OUT mode tunnel \
		reqid 1 replay-window 32 "${XFRM[@]}" encap espinudp 4500 4500 0.0.0.0
	sunrise ip -batch - <<-END
		xfrm policy add src $SUNRISE_4 dst $LEFT_4 dir out tmpl src $SUNRISE_4 dst $WEST_4 proto esp reqid 1 mode tunnel
		xfrm policy add src $LEFT_4 dst $SUNRISE_4 dir in tmpl src $WEST_4 dst $SUNRISE_4 proto esp reqid 1 mode tunnel
	END
	capture_start wire net br0 not arp and not igmp and not ip6
	assert_ping sunrise "$SUNSET_4" 3
	assert_ping sunset "$SUNRISE_4" 3
	assert_ping sunset "$SUNRISE_4" 1 -s 3000
	tcp_transfer sunset sunrise "$SUNRISE_4" 100000
	tcp_transfer sunrise sunset "$SUNSET_4" 100000
	capture_stop wire
	assert_eq "$(capture_count wire "not (udp port 4500 and udp port $PORT) and not ip[6:2] & 0x1fff != 0")" 0 \
		"packets on the wire other than UDP 4500 to the mapped port"
	assert_eq "$(capture_count wire "udp src port 4500 and udp[6:2] != 0")" 0 "UDP checksums of ours"

	step "IKE on that port reaches the daemon, a keepalive does not"
	sunrise /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
def send(data): s.sendto(bytes.fromhex('11941194%04x0000' % (len(data) + 8)) + data, ('$WEST_4', 0))
send(bytes(4) + b'I am IKE')
send(b'\xff')
"
	wait_until 5 grep -q "^got 12 00000000" "$TMP/encap.west" || fail "the daemon heard nothing"
	assert_eq "$(grep -c ^got "$TMP/encap.west")" 1 "datagrams that reached the daemon"
	encap_stop
	sunrise ip -batch - <<-END
		xfrm policy flush
		xfrm state flush
	END
done
assert_eq "$(drops)" "" "drops"

step "forged: encapsulated where it must not be, bare where it must be"
encap_start west 4 4500
ip netns del sunrise
west ip link del ipsec0
east iptables -w -t nat -F
east iptables -w -F
klips_clear
klips_up null-sha1-96
capture_start base net west esp or udp port 4500
nic /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
s.sendto(bytes.fromhex('0000030100000001') + bytes(108), ('$WEST_4', 0))
"
capture_stop base
alg null-sha1-96
good=45000014000100004001b8f8c0000201c0000101
expect_from_here
inject src="$EAST_4" esp=4:$good seq=1 sign="$AUTHKEY"
expect
inject src="$EAST_4" esp=4:$good seq=2 udp=4500:4500 sign="$AUTHKEY"
expect IN_NATT 1
klips_clear
klips_tunnel null-sha1-96 --natt nonesp --sport 4500 --dport 4500
alg null-sha1-96
inject src="$EAST_4" esp=4:$good seq=1 sign="$AUTHKEY"
expect IN_NATT 1
inject src="$EAST_4" esp=4:$good seq=1 udp=4500:4500 sign="$AUTHKEY"
expect
assert_eq "$(received)" 2 "packets accepted"
inject src="$EAST_4" esp=4:$good seq=2 sign="$AUTHKEY" udp=4500:4500 cut=8:30
# the kernel takes up to 8 bytes for IKE and loses what has less than 20; ESP of
# this cipher has 22 at least
expect IN_RUNT 2
encap_stop
