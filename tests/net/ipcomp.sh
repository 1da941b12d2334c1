#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# check: 6.12
#
# IPCOMP under ESP against the kernel's own, both ways, tunnel and transport
# mode: what gets shorter travels compressed, what does not goes on as it is, and
# is spared the attempt; broken, bomb-like and unprotected data is dropped.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/bundle.sh"

# D and C of ratio=D:C: ratio out
ratio() {
	west sed -n "s/^comp0x$(spi_of comp "$1")@.* ratio=\([0-9]*\):\([0-9]*\) .*/\1 \2/p" \
		/proc/net/ipsec_spi
}

# frames of a capture of this length or more: longer NAME BYTES
longer() {
	capture_count "$1" "greater $2"
}

topo_up
klips_dev_up
ESP_ALG=null-sha1-96	# the next header shows on the wire

for OUTER in 4 6; do
	INNER=$OUTER
	step "IPv$OUTER tunnel: what gets shorter"
	bundle_up tun comp esp
	pings sunset "$(addr SUNRISE $INNER)" 1 > /dev/null || :
	read -r d c <<< "$(ratio out)"
	capture_start wire net west esp
	assert_ping sunset "$(addr SUNRISE $INNER)" 3 -s 1000 -p 41
	capture_stop wire
	assert_eq "$(longer wire 400)" 0 "long packets with compressible data"
	assert_eq "$(capture_count wire)" 6 "packets on the wire"
	for dir in out in; do
		read -r d c <<< "$(ratio $dir)"
		assert_ge "$d" $((c * 2)) "ratio=$d:$c of the SA $dir"
	done

	step "IPv$OUTER tunnel: what does not"
	capture_start wire net west esp
	assert_ping sunset "$(addr SUNRISE $INNER)" 2 -s 40
	capture_stop wire
	assert_eq "$(capture_count wire)" 4 "packets on the wire"
	tcp_transfer sunset sunrise "$(addr SUNRISE $INNER)" 200000
	tcp_transfer sunrise sunset "$(addr SUNSET $INNER)" 200000
	yes 'a line of text that is easily made shorter' | head -c 300000 > "$TMP/text" || :
	listen_start stream sunrise tcp 9999
	sunset timeout $((20 * KLIPS_SLOW)) bash -c 'cat "$2" > "/dev/tcp/$1/9999"' - \
		"$(addr SUNRISE $INNER)" "$TMP/text"
	wait "$(cat "$TMP/stream.pid")" || :
	cmp "$TMP/text" "$TMP/stream.in" || fail "text arrived changed"
	# 16000 is above what XFRM sends in one piece, below our limit
	pings sunrise "$(addr SUNSET $INNER)" 1 -s 8000 > /dev/null || :
	assert_ping sunrise "$(addr SUNSET $INNER)" 2 -s 8000
	assert_match "$(west cat /proc/net/ipsec_spi)" "COMP_DEFLATE: dir=out" "the SA's name"
	bundle_down tun comp esp

	step "IPv$OUTER transport"
	bundle_up comp esp
	assert_ping west "$(addr EAST $OUTER)" 2 -s 1200 -p 41
	assert_ping west "$(addr EAST $OUTER)" 2 -s 10
	assert_ping east "$(addr WEST $OUTER)" 2 -s 1200 -p 41
	read -r d c <<< "$(ratio in)"
	assert_ge "$d" $((c * 2)) "ratio=$d:$c of the SA in"
	bundle_down comp esp
done
# one family in the other is not for XFRM when the tunnel's SA is not the outermost
assert_eq "$(drops | sed '/^OUT_TOO_BIG/d')" "" "drops in west but for what tells of the MTU"

# comp_send CPI FLAGS NEXT DATA...: an IPCOMP packet from east to west; DATA is a
# Python expression of the payload before (raw) or after compression
comp_send() {
	east /usr/bin/python3 - "$WEST_4" "$@" <<-'END'
		import socket, struct, sys, zlib
		to, cpi, flags, nxt, data = sys.argv[1:]
		def deflate(b):
		    z = zlib.compressobj(9, zlib.DEFLATED, -15)
		    return z.compress(b) + z.flush()
		icmp = lambda n: b"\x08\0" + struct.pack(">HHH", sum16(n), 7, 7) + bytes(n)
		def sum16(n):
		    t = 0x0800 + 7 + 7
		    return ~t & 0xffff
		data = eval(data)
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 108)
		s.sendto(struct.pack(">BBH", int(nxt), int(flags, 0), int(cpi, 0)) + data, (to, 0))
	END
}

step "a lone COMP SA takes nothing that is not authentic"
OUTER=4 INNER=4
klips_sa_add comp in
cpi=0x$(spi_of comp in)
comp_send $cpi 0 1 'deflate(icmp(200))'
assert_drops IN_PLAIN 1
west sysctl -qw net.ipsec.plain_ipip=1
capture_start clear west ipsec0 icmp
comp_send $cpi 0 1 'deflate(icmp(200))'
comp_send $cpi 0 1 'deflate(icmp(16200))'
capture_stop clear
assert_eq "$(capture_count clear icmp)" 2 "packets that came out"

step "what cannot be is dropped"
comp_send $cpi 0 1 'deflate(icmp(16300))'
assert_drops IN_COMPRESSED 1
comp_send $cpi 0 1 'deflate(bytes(10000000))[:1200]'
comp_send $cpi 0 1 'deflate(bytes(60000))'
comp_send $cpi 1 1 'deflate(icmp(200))'
comp_send $cpi 0 108 'deflate(icmp(200))'
comp_send $cpi 0 1 'deflate(icmp(200))[:-4]'
comp_send $cpi 0 1 'b"\xff" * 100'
comp_send $cpi 0 1 'b""'
assert_drops IN_COMPRESSED 8
comp_send 2 0 1 'deflate(icmp(200))'
comp_send 0x1111 0 1 'deflate(icmp(200))'
assert_drops IN_NO_SA 2
ipsec spi --clear

step "inside a group a COMP SA is not found by its CPI"
klips_bundle tun comp esp
comp_send $cpi 0 4 'deflate(icmp(200))'
assert_drops IN_BUNDLE 1
topo_down
