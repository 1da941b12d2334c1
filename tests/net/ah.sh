#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 300
# check: 6.12
#
# AH against the kernel's own, both ways: each MAC, tunnel and transport mode,
# IPv4 with options and IPv6 with extension headers, both alignments of the
# header; what is changed under way is dropped and counted if AH covers it, and
# accepted if routers may change it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/bundle.sh"

# forge PCAP HOW...: frames of a capture to west, one for each HOW: "OFF" with the
# byte at that offset in the IP packet turned round, "=" as it is; checksums right
forge() {
	nic /usr/bin/python3 - west "$TMP/$1.pcap" "${@:2}" <<-'END'
		import socket, struct, sys
		dev, path, *how = sys.argv[1:]
		data = open(path, "rb").read()
		size = struct.unpack_from("<I", data, 32)[0]
		frame = data[40:40 + size]
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((dev, 0))
		for h in how:
		    f = bytearray(frame)
		    if h != "=":
		        f[14 + int(h)] ^= 0x20
		    if f[14] >> 4 == 4:
		        f[24:26] = b"\0\0"
		        t = sum(struct.unpack(">10H", f[14:34]))
		        t = (t & 0xffff) + (t >> 16)
		        struct.pack_into(">H", f, 24, ~(t + (t >> 16)) & 0xffff)
		    s.send(f)
	END
}

# one AH packet on its way to west that west never got: base.pcap
steal() {
	local tables=iptables

	[ "$OUTER" = 4 ] || tables=ip6tables
	west $tables -w -t raw -I PREROUTING -i eth1 -p ah -j DROP
	capture_start base net west ah and src host "$(addr EAST "$OUTER")"
	assert_no_ping sunrise "$(addr SUNSET "$INNER")" 1
	capture_stop base
	west $tables -w -t raw -D PREROUTING -i eth1 -p ah -j DROP
	assert_eq "$(capture_count base)" 1 "packets stolen"
}

topo_up
klips_dev_up

for OUTER in 4 6; do
	INNER=$OUTER
	for AH_ALG in md5-96 sha1-96 sha2_256-96 sha2_256-128 sha2_384-192 sha2_512-256; do
		step "IPv$OUTER tunnel, $AH_ALG"
		bundle_up tun ah
		assert_tunnel 2
		bundle_down tun ah
	done
	bundle_up tun ah
	# the first tells the sender of the path's MTU
	pings sunset "$(addr SUNRISE $INNER)" 1 -s 5000 > /dev/null || :
	assert_ping sunset "$(addr SUNRISE $INNER)" 2 -s 5000
	bundle_down tun ah
done
AH_ALG=sha1-96
for OUTER in 4 6; do
	INNER=$((10 - OUTER))
	step "IPv$INNER in IPv$OUTER"
	bundle_up tun ah
	assert_tunnel 2
	bundle_down tun ah
done

AH_ALG=sha2_256-128
for OUTER in 4 6; do
	INNER=$OUTER
	step "IPv$OUTER transport"
	bundle_up ah
	capture_start wire net west ah
	assert_ping west "$(addr EAST $OUTER)" 2
	assert_ping east "$(addr WEST $OUTER)" 2 -s 1200
	tcp_transfer west east "$(addr EAST $OUTER)" 200000
	tcp_transfer east west "$(addr WEST $OUTER)" 200000
	assert_ping west "$(addr EAST $OUTER)" 2 -Q 0xb8
	capture_stop wire
	assert_ge "$(capture_count wire)" 40 "AH packets on the wire"
	if [ $OUTER = 4 ]; then
		step "IPv4 with options: record route, timestamps, router alert"
		assert_ping west $EAST_4 2 -R
		assert_ping east $WEST_4 2 -R
		assert_ping west $EAST_4 2 -T tsandaddr
		for to in $EAST_4 $WEST_4; do
			[ $to = $EAST_4 ] && from=west at=east || from=east at=west
			listen_start alert $at udp 7777
			in_ns $from /usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x94\x04\0\0\x07\x07\x04\0\0\0\0\0")
s.sendto(b"alert", (sys.argv[1], 7777))' $to
			assert_eq "$(listen_text alert alert)" alert "datagram with options"
		done
	else
		step "IPv6 with hop-by-hop options that may change, and destination options"
		for to in $EAST_6 $WEST_6; do
			[ $to = $EAST_6 ] && from=west at=east || from=east at=west
			listen_start opts $at udp 7777
			in_ns $from /usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
v6 = socket.IPPROTO_IPV6
s.setsockopt(v6, socket.IPV6_HOPOPTS, bytes([0, 0, 0x3e, 2, 1, 2, 1, 0]))
s.setsockopt(v6, socket.IPV6_DSTOPTS, bytes([0, 0, 0x1e, 2, 3, 4, 1, 0]))
s.sendto(b"options", (sys.argv[1], 7777))' $to
			assert_eq "$(listen_text opts options)" options "datagram with options"
		done
	fi
	bundle_down ah
done
assert_eq "$(drops | sed '/^OUT_TOO_BIG/d')" "" "drops in west but for what tells of the MTU"

step "a peer that aligns to 8 in IPv4 is understood"
OUTER=4 INNER=4
klips_bundle ah
MAC_XFRM=()
mac_alg $AH_ALG
xfrm_sa east $EAST_4 $WEST_4 ah "0x$(spi_of ah in)" transport "${MAC_XFRM[@]}"
east ip xfrm policy add src $EAST_4 dst $WEST_4 dir out tmpl proto ah reqid 1 mode transport
capture_start clear west ipsec0 icmp and src host $EAST_4
assert_no_ping east $WEST_4 2
capture_stop clear
assert_eq "$(capture_count clear)" 2 "requests that came out of AH"
bundle_down ah

for OUTER in 4 6; do
	INNER=$OUTER AH_ALG=sha1-96
	step "IPv$OUTER: changed packets"
	klips_clear
	bundle_up tun ah
	steal
	assert_eq "$(drops IN_ICV)" $((OUTER == 4 ? 0 : 12)) "forged packets before"
	# AH begins at: next header 0, reserved 2, ICV 12; payload after 24
	at=$((OUTER == 4 ? 20 : 40))
	if [ $OUTER = 4 ]; then
		same='1 8'		# TOS, TTL
		diff='4 5'		# identification
	else
		same='1 7'		# part of class, hop limit
		diff='8 21'		# source: refused for what it is
	fi
	for n in 0 2 3 12 23 24 40 60 80 83; do diff+=" $((at + n))"; done
	# shellcheck disable=SC2086
	forge base $diff
	if [ $OUTER = 4 ]; then
		assert_drops IN_ICV 12
	else
		assert_drops IN_ICV 22
		assert_drops IN_SOURCE 2
	fi
	forge base $((at + 1)) $((at + 4))
	assert_drops IN_RUNT $((OUTER == 4 ? 1 : 2))	# a wrong length
	assert_drops IN_NO_SA $((OUTER == 4 ? 1 : 2))	# SPI
	capture_start clear west ipsec0 src net "$(addr RIGHT $INNER)"
	# shellcheck disable=SC2086
	forge base ${same% *} ${same#* } =
	capture_stop clear
	assert_eq "$(capture_count clear)" 1 "packets that came out: routers changed it only"
	assert_drops IN_REPLAY $((OUTER == 4 ? 2 : 4))
	assert_ping sunrise "$(addr SUNSET $INNER)" 40
	forge base =
	assert_drops IN_LATE $((OUTER == 4 ? 1 : 2))
	assert_match "$(west grep "$(spi_of ah in)@" /proc/net/ipsec_spi)" \
		"AH_HMAC_SHA1: dir=in .* auth_errs=(12|10)" "the SA's line"
	bundle_down tun ah
done
topo_down
