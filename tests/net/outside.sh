#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 100
# check: uml
#
# The opinion of others: packets that documents print come in, and out comes the
# cleartext that stands there; the samples for MACs are found authentic; and
# tcpdump, given the keys, reads what we send.
#
# RFC 3602 and RFC 7634; draft-mcgrew-gcm-test-01, as RFC 4106 prints none;
# RFC 2202 and RFC 4868 for the MACs of RFC 2403, 2404 and 4868.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

# the addresses on both ends of the packets to come: between FAR NEAR
between() {
	FAR=$1 NEAR=$2
	# shellcheck disable=SC2086
	ENDS=$(printf '%02x' ${FAR//./ } ${NEAR//./ })
}

# an inbound SA: sa_in SPI WORDS...
sa_in() {
	ipsec spi --said "esp.$1@$NEAR" --src "$FAR" "${@:2}"
}

# arrive ESP: these bytes in an IP packet
arrive() {
	inject raw="4500$(printf %04x $((20 + ${#1} / 2)))000000004032""0000$ENDS$1" "${@:2}"
}

# yields CLEARTEXT ESP: what ipsec0 shows of it, from the source address on
yields() {
	local got

	capture_start clear west ipsec0
	arrive "$2"
	capture_stop clear
	got=$(capture_text clear -x | sed -n 's/^\t0x[0-9a-f]*: *//p' | tr -d ' \n')
	assert_eq "${got:24}" "$1" "cleartext of $got"
}

# bytes FIRST LAST: all from one value to the other
bytes() {
	local i

	for ((i = $1; i <= $2; i++)); do
		printf %02x "$i"
	done
}

topo_up
klips_dev_up
west sysctl -q -w net.ipsec.unauthenticated_esp=1
west ip -batch - <<-END2
	addr add 192.168.123.100/32 dev eth1
	addr add 203.0.113.5/32 dev eth1
	route add blackhole 192.0.2.0/24
	route add blackhole 192.168.123.0/24
END2
capture_start base net west icmp and src host $EAST_4
assert_ping east $WEST_4 1
capture_stop base

step "RFC 3602, case 5: AES-CBC in transport mode"
between 192.168.123.3 192.168.123.100
sa_in 4321 --esp aes --enckey 0x90d382b410eeba7ad938c46cec1a82bf
yields "${ENDS}08000ebda70a00008e9c083db95b0700$(bytes 8 55)" \
	0000432100000001\
e96e8c08ab465763fd098d45dd3ff893\
f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856\
a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a\
a269add047ad2d5913ac19b7cfbad4a6

step "RFC 7634, appendix A: ChaCha20-Poly1305 in tunnel mode"
between 203.0.113.153 203.0.113.5
ipsec spi --said tun.1000@$NEAR --ip4 --src $FAR --dst $NEAR
sa_in 1020304 --esp chacha20poly1305 --enckey "0x$(bytes 128 159)a0a1a2a3"
ipsec spigrp --said tun.1000@$NEAR esp.1020304@$NEAR
yields "c6336405c000020508005b7a3a080000553bec1000073627$(bytes 8 55)" \
	0102030400000005\
1011121314151617\
24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6\
14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3\
cbec163fac469b502773f6fb94e664da9165b82829f641e0\
76aaa8266b7fb0f7b11b369907e1ad43

step "draft-mcgrew-gcm-test: AES-GCM, the sequence number 0x8765432100000000"
sa_in 4321 --esp aes_gcm16 --enckey 0x4c80cdefbb5d10da906ac73c3613a6342e443b68 \
	--esn --last_seq 0x87654320ffffffff
yields "$ENDS"\
45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000\
00000000045f736970045f756470037369700963796265726369747902646b00\
00210001 \
	0000432100000000\
4956ed7e3b244cfe\
fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34\
cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce\
61bc17d768fd9732459018148f6cbe722fd04796562dfdb4
assert_eq "$(drops)" "" "drops"

# "what do ya want for nothing?": an SPI, a sequence number and 20 bytes, the last
# two of which lie about the padding.  Only who finds it authentic gets that far.
step "RFC 2202 and 4868, samples 2: the MACs"
JEFE=4a656665
TEXT=7768617420646f2079612077616e7420666f72206e6f7468696e673f
expect_from_here
while read -r mac times zeros icv; do
	key=
	for ((i = 0; i < times; i++)); do key+=$JEFE; done
	for ((i = 0; i < zeros; i++)); do key+=00; done	# which HMAC would add itself
	ipsec spi --said esp.77686174@$NEAR --src $FAR --esp "null-$mac" --authkey "0x$key"
	arrive $TEXT"$icv"
	expect IN_PADDING 1
	arrive $TEXT"$icv" flip=-1:
	expect IN_ICV 1
	ipsec spi --said esp.77686174@$NEAR --del
done <<-END2
	md5-96 1 12 750c783e6ab0b503eaa86e31
	sha1-96 1 16 effcdf6ae5eb2fa2d27416d5
	sha2_256-128 8 0 167f928588c5cc2eef8e3093caa0e87c
	sha2_384-192 12 0 2c7353974f1842fd66d53c452ca42122b28c0b594cfb184d
	sha2_512-256 16 0 cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454
END2

step "tcpdump reads what we send"
klips_clear
west ip route del blackhole 192.0.2.0/24
klips_route $RIGHT_4
while read -r name cipher; do
	klips_tunnel "$name"
	xfrm_peer_up "$name"
	capture_start clear west ipsec0
	capture_start wire net west esp
	assert_ping sunset $SUNRISE_4 2 -s 300
	capture_stop clear wire
	{
		echo "0x$SPI_OUT@$EAST_4 $cipher-hmac96:$ENCKEY"
		echo "0x$SPI_IN@$WEST_4 $cipher-hmac96:$ENCKEY"
	} > "$TMP/secrets"
	assert_eq "$(capture_text clear | grep -c 'ICMP echo')" 4 "packets on ipsec0"
	assert_eq "$(capture_text wire -Z root -E "file $TMP/secrets" | sed 's/.* length [0-9]*: //')" \
		"$(capture_text clear)" "decrypted with $cipher"
	klips_clear
	xfrm_down
done <<-END2
	aes128-sha1-96 aes128
	aes256-sha1-96 aes256
	3des-sha1-96 des3
END2
