#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# check: uml
#
# Headers cut at every length, next headers that lead nowhere or round and round,
# SPIs that nobody may have, transforms in transforms: each lost for a reason that
# has a name, and in the end packets in are packets out and packets lost.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

SEQ=100
esp() { # NEXT HEX [STEPS]
	SEQ=$((SEQ + 1))
	inject esp="$1:$2" seq=$SEQ "${@:3}" sign="$AUTHKEY"
}

topo_up
klips_up null-sha1-96
xfrm_peer_up null-sha1-96
steal 1
inbound_again null-sha1-96
klips_flows "tun.$SPI_TUN_OUT@$EAST_4" "tun.$SPI_TUN_IN@$WEST_4" 2> /dev/null || :
alg null-sha1-96
expect_from_here
good=45000014000100004001f7e5c0000201c0000101

step "in: ESP cut at every length"
length=$(payload_length)
inject cut=0:8
expect IN_RUNT 8
inject cut=8:"$length"
drops
assert_eq "$(($(drops IN_RUNT) + $(drops IN_ICV)))" "$length" "packets cut short"
assert_eq "$(received)" 0 "packets received"

step "in: SPIs 0 and 1 to 255, and others that nobody has"
expect_from_here
inject spi=0
expect IN_NO_SA 1
inject spi=1
inject spi=255
inject spi=0xffffffff
expect IN_NO_SA 3

step "in: what ESP carries, cut at every length"
expect_from_here
for n in 0 1 4 19; do
	esp 4 "${good:0:$((n * 2))}"
done
expect IN_INNER 4
six=$(hex 40 96)
for n in 0 1 39; do
	esp 41 "${six:0:$((n * 2))}"
done
expect IN_INNER 3
# the length there more than there is, less than the header; a header longer than it
esp 4 "${good/#45000014/45000015}"
esp 4 "${good/#45000014/45000013}"
esp 4 "${good/#45000014/4f000014}"
esp 4 "${good/#45/55}"
esp 41 "${six/#*/6000000000013b40${six:16}}"
expect IN_INNER 5

step "in: pad lengths that lie"
for n in 3 4 21 22 23 100 255; do
	SEQ=$((SEQ + 1))
	inject esp=4:"$good:$n" seq=$SEQ sign="$AUTHKEY"
done
expect IN_INNER 4 IN_PADDING 3
assert_eq "$(received)" 0 "packets received"

step "in: ESP in ESP in ESP, next headers that lead back to itself"
expect_from_here
self=$(hex 40 1)
for next in 50 51 108; do
	esp $next "$self"
done
expect IN_BUNDLE 3
esp 59 "$good"
expect IN_NEXT_HEADER 1
for next in 0 43 44 60 1 6 17 255; do
	esp $next "$self"
done
expect IN_BUNDLE 8

step "in: a packet from this host to itself"
before=$(received)
esp 4 4500001400010000400100000a000001c0010245
expect IN_POLICY 1
esp 4 "$good" src="$WEST_4"
inject esp=4:"$good" src="$WEST_4" seq=$SEQ sign="$AUTHKEY"
assert_eq "$(received)" "$before" "packets received"

step "out: IPv4 and IPv6 headers cut at every length, lengths and next headers that lie"
expect_from_here
probe < <(printf "$SUNSET_4 $SUNRISE_4 17 1 2 cut=%u\n" 1 4 8 19)
expect OUT_HEADER 4
probe < <(printf "$SUNSET_6 $SUNRISE_6 17 1 2 cut=%u\n" 1 8 39)
expect OUT_HEADER 3
# a header longer than the packet; an extension header that is; one without an end
probe <<-END
	$SUNSET_4 $SUNRISE_4 1 raw=4f00001400010000400100000a0000010a000002
	$SUNSET_4 $SUNRISE_4 1 raw=4300001400010000400100000a0000010a000002
	::1 ::2 17 opt=ff010400000000 size=0
	::1 ::2 0 opt=00010400000000 size=0
END
expect OUT_HEADER 4

# IPv4 takes an address without a route to be on the link; XFRM can forbid it
step "out: no route to the peer on the physical device"
# tunnel_to SPI PEER LOCAL FAMILY
tunnel_to() {
	ipsec spi --said "$(said tun "$1" "$2")" --ip"$4" --src "$3" --dst "$2"
	klips_esp "$(said esp "$1" "$2")" "$3" null-sha1-96
	ipsec spigrp --said "$(said tun "$1" "$2")" "$(said esp "$1" "$2")"
	ipsec eroute --add --eraf inet --src 10.1.0.0/16 --dst "10.$4.0.0/16" --said "$(said tun "$1" "$2")"
}
tunnel_to 500 2001:db8:77::1 "$WEST_6" 6
tunnel_to 600 10.99.0.1 "$WEST_4" 4
west ip -6 route del default
west ip xfrm policy add dst 10.99.0.1 dir out action block
probe <<-END
	10.1.0.1 10.6.0.1 1
	10.1.0.1 10.4.0.1 1
END
expect OUT_NO_ROUTE 2
west ip xfrm policy flush
west ip -6 route add default via "$NIC_6"
probe <<-END
	10.1.0.1 10.6.0.1 1
	10.1.0.1 10.4.0.1 1
END
expect

step "and still it works"
assert_tunnel 3
