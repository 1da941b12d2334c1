#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# check: uml
#
# Packets that are authentic and wrong all the same, in both directions: one for
# every reason in klips/drop.h that can be had from outside, each seen in its
# counter as often as it was sent.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

# esp NEXT HEX [STEPS]: sign and send an ESP packet with this inside
SEQ=0
esp() {
	SEQ=$((SEQ + 1))
	inject esp="$1:$2" seq=$SEQ "${@:3}" sign="$AUTHKEY"
}

# an inner IPv4 header, 20 bytes and no payload: inner4 TOS SOURCE DESTINATION
inner4() {
	printf '45%02x00140001000040010000%02x%02x%02x%02x%02x%02x%02x%02x' "$1" \
		${2//./ } ${3//./ }
}

topo_up
klips_up null-sha1-96
xfrm_peer_up null-sha1-96
steal 1
inbound_again null-sha1-96
klips_flows "tun.$SPI_TUN_OUT@$EAST_4" "tun.$SPI_TUN_IN@$WEST_4" 2>/dev/null || :
alg null-sha1-96
good=$(inner4 0 "$SUNRISE_4" "$SUNSET_4")
capture_start clear west ipsec0

step "in: the inner packet"
esp 4 "$(inner4 0 10.9.9.9 "$SUNSET_4")"
expect IN_POLICY 1
esp 4 "$(inner4 0 "$SUNRISE_4" 10.9.9.9)"
expect IN_POLICY 1
esp 41 "60000000000000ff$(hex 32 1)"
expect IN_POLICY 1
esp 4 "${good:0:20}"
expect IN_INNER 1
esp 4 "55${good:2}"
expect IN_INNER 1
esp 4 "44${good:2}"
expect IN_INNER 1
esp 41 "$good"
expect IN_INNER 1
esp 4 ""
expect IN_INNER 1
# the outer header says congested, the inner one cannot carry it (RFC 6040)
esp 4 "$good" set=1:03
expect IN_ECN 1

step "in: what ESP carries"
esp 59 "$good"
expect IN_NEXT_HEADER 1
esp 17 "$(hex 8 1)"
expect IN_BUNDLE 1
esp 50 "$(hex 40 1)"
expect IN_BUNDLE 1
inject esp=4:"$good":200 seq=900 sign="$AUTHKEY"
expect IN_PADDING 1

step "in: UDP encapsulation where none belongs"
encap_start west 4 4500
esp 4 "$good" udp=4500:4500
expect IN_NATT 1
encap_stop

step "in: states and devices"
assert_eq "$(received)" 0 "packets accepted so far"
west ip link set ipsec0 down
esp 4 "$good"
expect IN_DEVICE_DOWN 1
west ip link set ipsec0 up
klips_route "$RIGHT_4"
ipsec tncfg --detach --virtual ipsec0
esp 4 "$good"
expect IN_NO_DEVICE 1
ipsec tncfg --attach --virtual ipsec0 --physical eth1
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets on ipsec0"
esp 4 "$good"
expect
assert_eq "$(received)" 1 "packets accepted"

step "in: congestion marks of outer and inner header (RFC 6040)"
capture_start ecn west ipsec0
want=
for one in "0 0 0" "1 0 0" "2 0 0" "0 1 1" "2 1 1" "3 1 3" "0 2 2" "2 2 2" "3 2 3" "0 3 3" "3 3 3"; do
	read -r outer inner is <<< "$one"
	esp 4 "$(inner4 "$inner" "$SUNRISE_4" "$SUNSET_4")" set=1:0"$outer"
	want+="0x$is "
done
capture_stop ecn
expect
assert_eq "$(capture_text ecn -v | sed -n 's/.*(tos \(0x[0-9a-f]*\).*/\1/p' | tr '\n' ' ')" "$want" \
	"TOS of the inner packets"

step "in: inbound_policy_check, with a flow and without"
policy() {
	west sh -c "echo $1 > /proc/sys/net/ipsec/inbound_policy_check"
}
stray=$(inner4 0 10.9.9.9 "$SUNSET_4")
seen=$(received)
policy 0
esp 4 "$stray"
esp 4 "$stray" src="$NIC_4"
policy 2
esp 4 "$good"
expect
assert_eq "$(received)" $((seen + 3)) "packets accepted"
inbound_again null-sha1-96
alg null-sha1-96
esp 4 "$good"
expect IN_POLICY 1
policy 1
esp 4 "$good"
expect
assert_eq "$(received)" $((seen + 4)) "packets accepted"

step "in: ESP that carries IPIP, and no tunnel SA"
ipsec spi --said "tun.$SPI_TUN_IN@$WEST_4" --del
klips_esp "esp.$SPI_IN@$WEST_4" "$EAST_4" null-sha1-96
alg null-sha1-96
esp 4 "$good"
expect IN_BUNDLE 1

step "in: IPIP that nothing protects is not ours"
inject proto=4
expect
assert_eq "$(received)" $((seen + 4)) "packets accepted"

step "in: an SA that has expired"
ipsec spi --said "esp.$SPI_IN@$WEST_4" --del
klips_esp "esp.$SPI_IN@$WEST_4" "$EAST_4" null-sha1-96 --life hard-bytes=9
alg null-sha1-96
esp 17 "$(hex 8 1)"
esp 17 "$(hex 8 1)"
expect
esp 17 "$(hex 8 1)"
expect IN_SA_EXPIRED 1
wait_until 5 west sh -c "! grep -q 'esp0x$SPI_IN@$WEST_4' /proc/net/ipsec_spi" ||
	fail "the expired SA is still there"
esp 17 "$(hex 8 1)"
expect IN_NO_SA 1

step "out: what is no packet"
ipsec eroute --clear
probe <<-END
	1.1.1.1 2.2.2.2 1 raw=00
	1.1.1.1 2.2.2.2 1 raw=55
	1.1.1.1 2.2.2.2 1 type=0x1234
	1.1.1.1 2.2.2.2 1 cut=19
	1.1.1.1 2.2.2.2 17 1 2 cut=22
	::1 ::2 1 cut=39
	::1 ::2 17 1 2 cut=42
	1.1.1.1 2.2.2.2 1 type=0x86dd
END
expect OUT_HEADER 8
probe <<< "2001:db8::1 2001:db8::2 58 ttl=0"
expect OUT_HOP_LIMIT 1
probe <<< "10.0.0.1 10.0.0.2 1"
expect OUT_NO_EROUTE 1

step "out: shunts and SAs that are not there"
eroute_to() { # NET SAID
	ipsec eroute --add --eraf inet --src 10.1.0.0/16 --dst "$1" --said "$2"
}
# tunnel_to SPI ALG PEER [ARGS]: an outbound tunnel
tunnel_to() {
	klips_esp "esp.${1%0}1@$3" "$WEST_4" "$2" "${@:4}"
	ipsec spi --said "tun.$1@$3" --ip4 --src "$WEST_4" --dst "$3"
	ipsec spigrp --said "tun.$1@$3" "esp.${1%0}1@$3"
}
eroute_to 10.2.0.0/16 %drop
eroute_to 10.3.0.0/16 %reject
eroute_to 10.4.0.0/16 "tun.777@$EAST_4"
west "$KLIPS_B/tests/net/eroutes" add 1 0x300
ipsec spi --said "tun.500@$EAST_4" --ip4 --src "$WEST_4" --dst "$EAST_4"
eroute_to 10.6.0.0/16 "tun.500@$EAST_4"
probe <<-END
	10.1.0.1 10.2.0.1 1
	10.1.0.1 10.3.0.1 1
	10.1.0.1 10.3.0.1 1
	10.1.0.1 10.4.0.1 1
	10.0.0.0 10.200.0.1 1
	10.1.0.1 10.6.0.1 1
END
expect OUT_SHUNT_DROP 1 OUT_SHUNT_REJECT 2 OUT_NO_SA 1 OUT_SHUNT_UNKNOWN 1 OUT_PLAIN_IPIP 1

step "out: an SA that has expired, one for the other family"
tunnel_to 600 null-sha1-96 "$EAST_4" --life hard-bytes=50
eroute_to 10.7.0.0/16 "tun.600@$EAST_4"
probe <<-END
	10.1.0.1 10.7.0.1 1
	10.1.0.1 10.7.0.1 1
END
expect
probe <<< "10.1.0.1 10.7.0.1 1"
expect OUT_SA_EXPIRED 1
wait_until 5 west sh -c '! grep -q tun0x600@ /proc/net/ipsec_spi' || fail "the group did not go"
probe <<< "10.1.0.1 10.7.0.1 1"
expect OUT_NO_SA 1
klips_esp "esp.701@$EAST_4" "$WEST_4" null-sha1-96
ipsec eroute --add --eraf inet6 --src 2001:db8:1::/48 --dst 2001:db8:2::/48 \
	--said "esp.701@$EAST_4"
probe <<< "2001:db8:1::1 2001:db8:2::1 58"
expect OUT_FAMILY 1

step "out: too big, tunnels in tunnels"
tunnel_to 900 null-sha1-96 "$EAST_4"
eroute_to 10.9.0.0/16 "tun.900@$EAST_4"
west ip link set ipsec0 mtu 65535
probe <<< "10.1.0.1 10.9.0.1 1 size=65500"
expect OUT_TOO_BIG 1
# each tunnel's outer packet meets the eroute of the other one
for n in 1 2; do
	peer=192.1.2.10$((3 - n))
	ipsec spi --said "tun.a0$n@192.1.2.10$n" --ip4 --src "$peer" --dst "192.1.2.10$n"
	klips_esp "esp.b0$n@192.1.2.10$n" "$peer" null-sha1-96
	ipsec spigrp --said "tun.a0$n@192.1.2.10$n" "esp.b0$n@192.1.2.10$n"
	ipsec eroute --add --eraf inet --src "192.1.2.10$n/32" --dst "$peer/32" \
		--said "tun.a0$n@192.1.2.10$n"
done
probe <<< "192.1.2.101 192.1.2.102 1"
expect OUT_NESTING 1
ipsec tncfg --detach --virtual ipsec0
probe <<< "10.1.0.1 10.2.0.1 1"
expect OUT_NOT_ATTACHED 1

step "the device's sums, and ethtool, agree with the reasons"
sums=$(drops | awk '/^IN_(RUNT|COMPRESSED|CRYPTO)/ { re += $2; next } /^IN_NO_DEVICE/ { next }
	/^IN_/ { rd += $2 } /^OUT_(NOT|HEADER|HOP|NO_EROUTE|SHUNT|NO_SA)/ { td += $2; next }
	/^OUT_/ { te += $2 } END { print re + 0, rd + 0, te + 0, td + 0 }')
assert_eq "$(west awk '/ipsec0:/ { print $4, $5, $12, $13 }' /proc/net/dev)" "$sums" \
	"rx_errors, rx_dropped, tx_errors, tx_dropped"
assert_eq "$(west ethtool -S ipsec0 | sed -n 's/^ *\([A-Z_]*\): \([1-9]\)/\1 \2/p')" "$(drops)" \
	"ethtool -S"
echo "never seen here: $(west awk '$2 == 0 { printf "%s ", $1 }' /proc/net/ipsec/stats/drops)"
