#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# check: uml
#
# Transport mode through a NAT: sunrise behind east, which masquerades it, and west
# understand each other, though the checksums of what sunrise sends are over its own
# address; without a NAT-T SA a wrong checksum is still one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

PORT=40000	# of sunrise as west sees it

topo_up
east iptables -w -t nat -A POSTROUTING -o eth1 -p udp -j MASQUERADE --to-ports $PORT
east iptables -w -A FORWARD -i eth0 -o eth1 ! -p udp -j DROP
klips_dev_up
klips_route "$EAST_4"
encap_start sunrise 4 4500
encap_start west 4 4500
alg null-sha1-96
sunrise ip -batch - <<-END
	xfrm state add src $SUNRISE_4 dst $WEST_4 proto esp spi 0x$SPI_IN mode transport reqid 1 replay-window 32 ${XFRM[@]@Q} encap espinudp 4500 4500 0.0.0.0
	xfrm state add src $WEST_4 dst $SUNRISE_4 proto esp spi 0x$SPI_OUT mode transport reqid 1 replay-window 32 ${XFRM[@]@Q} encap espinudp 4500 4500 0.0.0.0
	xfrm policy add src $SUNRISE_4 dst $WEST_4 proto tcp dir out tmpl proto esp reqid 1 mode transport
	xfrm policy add src $SUNRISE_4 dst $WEST_4 proto udp dport 7777 dir out tmpl proto esp reqid 1 mode transport
	xfrm policy add src $WEST_4 dst $SUNRISE_4 dir in tmpl proto esp reqid 1 mode transport level use
END
klips_esp "esp.$SPI_OUT@$EAST_4" "$WEST_4" null-sha1-96 --natt nonesp --sport 4500 --dport $PORT
klips_esp "esp.$SPI_IN@$WEST_4" "$EAST_4" null-sha1-96 --natt nonesp --sport $PORT --dport 4500
ipsec eroute --add --eraf inet --src "$WEST_4/32" --dst "$EAST_4/32" --said "esp.$SPI_OUT@$EAST_4"
expect_from_here

step "UDP and TCP from behind the NAT"
listen_start word west udp 7777
udp_send sunrise "$WEST_4" 7777 "through a NAT"
assert_eq "$(listen_text word "through a NAT")" "through a NAT" "what arrived"
tcp_transfer sunrise west "$WEST_4" 100000
expect

step "its own address, told by NAT_T_OA: shown, and no packet is changed"
ipsec spi --del --said "esp.$SPI_IN@$WEST_4"
west /usr/bin/python3 - "$SPI_IN" "$EAST_4" "$WEST_4" "$AUTHKEY" $PORT "$SUNRISE_4" <<-'END'
	import socket, struct, sys
	spi, src, dst, key, port, oa = sys.argv[1:]
	def address(ext, text):
	    return struct.pack("=HHIHH4s8x", 3, ext, 0, socket.AF_INET, 0, socket.inet_aton(text))
	exts = struct.pack("=HH4sBBBB12x", 3, 1, bytes.fromhex(spi.zfill(8)), 32, 1, 3, 11)
	exts += address(5, src) + address(6, dst)
	exts += struct.pack("=HHHH20s4x", 4, 8, 160, 0, bytes.fromhex(key[2:]))
	exts += struct.pack("=HHI", 1, 27, 2)
	exts += struct.pack("=HHIHHI", 1, 28, int(port), 1, 29, 4500) + address(30, oa)
	header = struct.pack("=BBBBHHII", 2, 3, 0, 3, 2 + len(exts) // 8, 0, 1, 0)
	socket.socket(15, socket.SOCK_RAW, 2).send(header + exts)
END
assert_match "$(west grep "said=esp0x$SPI_IN@$WEST_4" /proc/net/ipsec/spi/table)" \
	"natdport=4500.natoa=$SUNRISE_4.outif=" "the SA"
fw_watch west INPUT oa -i ipsec0 -s "$EAST_4" -p udp --dport 7777
listen_start word west udp 7777
udp_send sunrise "$WEST_4" 7777 "the same NAT"
assert_eq "$(listen_text word "the same NAT")" "the same NAT" "what arrived"
assert_eq "$(fw_count west oa)" 1 "packets with the NAT's address"
expect

step "no NAT, and a checksum that is wrong"
encap_stop
ipsec spi --clear
klips_esp "esp.$SPI_IN@$WEST_4" "$EAST_4" null-sha1-96
sunrise ip xfrm state flush
sunrise ip xfrm policy flush
capture_start base net west esp
MODE=transport xfrm_end east null-sha1-96
east ping -n -q -c 1 -W 1 "$WEST_4" > /dev/null || :
capture_stop base
assert_eq "$(capture_count base)" 1 "packets stolen"
# to port 7777, 4 bytes; the second one without a checksum
listen_start word west udp 7777
inject pick=0 esp=17:03e81e61000c123462616421 seq=100 sign="$AUTHKEY"
inject pick=0 esp=17:03e81e61000c0000676f6f64 seq=101 sign="$AUTHKEY"
assert_eq "$(listen_text word good)" good "what arrived"
# the answer to that ping
expect OUT_NO_SA 1
