#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
#
# The files of /proc/net/ipsec, byte for byte: names, modes, links, each field
# under its condition, line ends included; and listings of 10,000 eroutes, which
# stay complete and in order while other eroutes come and go.
. "$(dirname "$0")/lib.sh"

P=/proc/net

# lines of a file are these, in any order; those of standard input
assert_lines() { # FILE
	assert_eq "$(west cat "$1" | sort)" "$(sort)" "$1"
}

# each line of a file matches one of the patterns of standard input, and each
# pattern one line, in order
assert_pattern() { # FILE
	local line want n=0

	west cat "$1" > "$TMP/is"
	while IFS= read -r want; do
		n=$((n + 1))
		line=$(sed -n "${n}p" "$TMP/is")
		[[ $line =~ ^$want$ ]] || fail "$1, line $n: '$line', should match '$want'"
	done
	assert_eq "$(wc -l < "$TMP/is")" $n "lines of $1"
}

topo_up
klips_dev_up
west ip link add ipsec10 type ipsec
west ip link add ipsec2 type ipsec

step "names, modes, links"
modes="555 eroute
400 eroute/all
400 klipsdebug
444 natt
400 ocf
400 saref
555 spi
400 spi/all
555 spigrp
400 spigrp/all
555 stats
400 stats/drops
400 stats/trap_count
400 stats/trap_sendcount
400 tncfg
444 version
400 xforms"
# shellcheck disable=SC2046
assert_eq "$(west sh -c 'cd /proc/net/ipsec && stat -c "%a %n" "$@"' - \
	$(sed 's/.* //' <<< "$modes"))" "$modes" "modes"
assert_eq "$(west find $P/ipsec -type f -perm /066 ! -name version ! -name natt)" "" \
	"other files that everybody may read"
assert_eq "$(west stat -c %a $P/pf_key $P/pf_key_supported $P/pf_key_registered | tr '\n' ' ')" \
	"444 444 444 " "modes of pf_key*"
assert_eq "$(west find $P/ -maxdepth 1 -name 'ipsec_*' -printf '%f>%l ' | tr ' ' '\n' | sort | tr '\n' ' ')" \
	"ipsec_eroute>ipsec/eroute/all ipsec_klipsdebug>ipsec/klipsdebug \
ipsec_spi>ipsec/spi/all ipsec_spigrp>ipsec/spigrp/all ipsec_tncfg>ipsec/tncfg \
ipsec_version>ipsec/version " "links"

step "small files"
assert_pattern $P/ipsec_version <<< 'KLIPS version: [^ ]+'
assert_pattern $P/ipsec/natt <<< 2
assert_pattern $P/ipsec/ocf <<< 0
assert_pattern $P/ipsec/saref <<< 'saref disabled'
assert_pattern $P/ipsec/stats/trap_count <<< 00000000
assert_pattern $P/ipsec/stats/trap_sendcount <<< 00000000
assert_eq "$(west cat $P/ipsec_tncfg)" "ipsec0 -> eth1 mtu=16260(1500) -> 1500
ipsec2 -> NULL mtu=0(0) -> 0
ipsec10 -> NULL mtu=0(0) -> 0" "tncfg"
west grep -qxE 'VERSION=524544 TYPE=15 ID=12 NAME=cbc\(aes\) REFCNT=[0-9]+ STATE=0000000[0-9] BLOCKSIZE=16 IVLEN=128 KEYMINBITS=128 KEYMAXBITS=256 IVLEN=128 KEYMINBITS=128 KEYMAXBITS=256 KEYLEN=32 CTXSIZE=0 ' \
	$P/ipsec/xforms || fail "xforms: $(west cat $P/ipsec/xforms)"
west grep -qxE 'VERSION=524544 TYPE=14 ID=5 NAME=hmac\(sha256\) REFCNT=[0-9]+ STATE=0000000[0-9] BLOCKSIZE=64 IVLEN=0 KEYMINBITS=256 KEYMAXBITS=256 IVLEN=0 KEYMINBITS=256 KEYMAXBITS=256 KEYLEN=32 CTXSIZE=0 AUTHLEN=16 ' \
	$P/ipsec/xforms || fail "xforms: $(west cat $P/ipsec/xforms)"
ipsec klipsdebug --set eroute
assert_eq "$(west cat $P/ipsec_klipsdebug)" "debug_tunnel=00000000.
debug_xform=00000000.
debug_eroute=ffffffff.
debug_spi=00000000.
debug_radij=00000000.
debug_esp=00000000.
debug_ah=00000000.
debug_rcv=00000000.
debug_pfkey=00000000." klipsdebug
ipsec klipsdebug --none
# what old programs put into 20 bytes, and which lines they skip
assert_eq "$(west head -1 $P/pf_key_supported)" "satype exttype alg_id ivlen minbits maxbits name" heading
west sed 1d $P/pf_key_supported | grep -vxE ' {4}[ 0-9]{2} {6}1[45] {5}[ 0-9]{2,3} {3}[ 0-9]{3} {5}[ 0-9]{3} {5}[ 0-9]{3} +[^ ]{1,19}' &&
	fail "a line of pf_key_supported has another form"

step "eroutes"
for one in "inet 192.0.2.0/24 192.0.1.0/24 tun.12345678@192.1.2.45" \
	"inet 172.31.252.0/24 0.0.0.0/0 %trap" \
	"inet 192.168.2.110/32 192.168.2.120/32 esp.130@192.168.2.120 --transport-proto 6 --dst-port 25" \
	"inet 10.0.0.0/8 10.1.0.0/16 %pass --transport-proto 17 --src-port 1024 --dst-port 53" \
	"inet 0.0.0.0/0 0.0.0.0/0 %drop" \
	"inet6 3049:1::110/128 3049:1::120/128 %reject --transport-proto 6 --dst-port 80" \
	"inet6 2001:db8:0:1::/64 2001:db8:0:2::/64 %trapsubnet" \
	"inet6 1:0:0:2::/64 ::/0 %hold"; do
	set -- $one
	ipsec eroute --add --eraf "$1" --src "$2" --dst "$3" --said "$4" "${@:5}"
done
assert_eq "$(west cat $P/ipsec_eroute; echo x)" "0          0.0.0.0/0          -> 0.0.0.0/0          => %drop
0          10.0.0.0/8:1024    -> 10.1.0.0/16:53     => %pass:17
0          172.31.252.0/24    -> 0.0.0.0/0          => %trap
0          192.0.2.0/24       -> 192.0.1.0/24       => tun0x12345678@192.1.2.45
0          192.168.2.110/32   -> 192.168.2.120/32:25 => esp0x130@192.168.2.120:6
0          1::2:0:0:0:0/64    -> ::/0               => %hold
0          2001:db8:0:1::/64  -> 2001:db8:0:2::/64  => %trapsubnet
0          3049:1::110/128    -> 3049:1::120/128:80 => %reject:6
x" ipsec_eroute
klips_clear

step "SAs, before and after traffic"
klips_tunnel aes128-sha1-96 --replay_window 64
klips_route "$RIGHT_4"
life='life\(c,s,h\)='
rest='natencap=none natsport=0 natdport=0 refcount=[0-9]+ ref=[0-9]+ refhim=0'
esp='iv_bits=128bits iv=0x0{32} ooowin=64'
tun_out="tun0x200@$EAST_4 IPIP: dir=out src=$WEST_4"
esp_out="esp0x201@$EAST_4 ESP_AES_HMAC_SHA1: dir=out src=$WEST_4 $esp"
tun_in="tun0x300@$WEST_4 IPIP: dir=in  src=$EAST_4 policy=192.0.2.0/24->192.0.1.0/24 flags=0x8<>"
esp_in="esp0x301@$WEST_4 ESP_AES_HMAC_SHA1: dir=in  src=$EAST_4 $esp"
assert_pattern $P/ipsec_spi <<-END
	$tun_out ${life}addtime\([0-9]+,0,0\) $rest
	$esp_out alen=160 aklen=160 eklen=128 ${life}addtime\([0-9]+,0,0\) $rest
	$tun_in ${life}addtime\([0-9]+,0,0\) $rest
	$esp_in alen=160 aklen=160 eklen=128 ${life}addtime\([0-9]+,0,0\) $rest
END
assert_eq "$(west cat $P/ipsec_spigrp; echo x)" "tun0x200@$EAST_4 esp0x201@$EAST_4 
esp0x201@$EAST_4 
tun0x300@$WEST_4 
esp0x301@$WEST_4 tun0x300@$WEST_4 
x" ipsec_spigrp
xfrm_peer_up aes128-sha1-96
assert_ping sunset "$SUNRISE_4" 3
used='addtime\([0-9]+,0,0\)usetime\([0-9]+,0,0\)packets\(3,0,0\) idle=[0-9]+'
# 84 bytes each through the tunnel SAs; to ESP that is 84 of payload
assert_pattern $P/ipsec_spi <<-END
	$tun_out ${life}bytes\(252,0,0\)$used $rest
	$esp_out seq=3 alen=160 aklen=160 eklen=128 ${life}bytes\(252,0,0\)$used $rest
	$tun_in ${life}bytes\(252,0,0\)$used $rest
	$esp_in seq=3 bit=0x7 alen=160 aklen=160 eklen=128 ${life}bytes\(252,0,0\)$used $rest
END
assert_eq "$(west cat $P/ipsec_eroute)" \
	"3          192.0.1.0/24       -> 192.0.2.0/24       => tun0x200@$EAST_4" "eroute after 3 pings"
ipsec spi --said "esp.401@$EAST_4" --src "$WEST_4" --esp 3des-md5-96 --enckey "0x$(hex 24 3)" \
	--authkey "0x$(hex 16 9)" --natt nonesp --sport 4500 --dport 4501 \
	--life soft-bytes=384,hard-bytes=800,hard-addtime=100
west grep -qxE "esp0x401@$EAST_4 ESP_3DES_HMAC_MD5: dir=out src=$WEST_4 iv_bits=64bits iv=0x0{16} alen=128 aklen=128 eklen=192 ${life}bytes\(0,384,800\)addtime\([0-9],0,100\) natencap=nonesp natsport=4500 natdport=4501 refcount=[0-9]+ ref=[0-9]+ refhim=0" \
	$P/ipsec_spi || fail "$(west tail -1 $P/ipsec_spi)"
klips_clear
assert_eq "$(west cat $P/ipsec_spi $P/ipsec_spigrp $P/ipsec_eroute)" "" "listings after clearing"

step "10,000 eroutes, listed while others change"
west "$KLIPS_B/tests/net/eroutes" add 10000
assert_eq "$(west cat $P/ipsec_eroute | wc -l)" 10000 "lines"
west "$KLIPS_B/tests/net/eroutes" churn $((4000 * KLIPS_SLOW)) > "$TMP/changes" &
churn=$!
for reader in 1 2; do
	while kill -0 $churn 2> /dev/null; do
		# old readers and new ones have buffers of all sizes
		west dd bs=$((reader * 700)) status=none if=$P/ipsec_eroute > "$TMP/listing.$reader"
		awk '{ if (NF != 6 || $3 != "->" || $5 != "=>" || $6 != "%drop") { print "broken:", $0; exit 1 }
			split($2, a, "[./]"); n = ((a[1] * 256 + a[2]) * 256 + a[3]) * 256 + a[4]
			if (n <= last) { print "out of order:", $0; exit 1 }
			last = n; if (a[1] == 10) stable++ }
			END { if (stable != 10000) { print stable, "of 10000"; exit 1 } }' \
			"$TMP/listing.$reader" > "$TMP/verdict.$reader" || exit 1
	done &
	readers+=($!)
done
wait $churn
for reader in 1 2; do
	wait "${readers[reader - 1]}" || fail "reader $reader: $(cat "$TMP/verdict.$reader")"
	[ -s "$TMP/listing.$reader" ] || fail "reader $reader read nothing"
done
echo "$(cat "$TMP/changes") changes meanwhile"
assert_eq "$(west cat $P/ipsec_eroute | wc -l)" 10000 "lines at the end"
begin=$(date +%s%N)
ipsec eroute --clear
echo "cleared in $((($(date +%s%N) - begin) / 1000000)) ms"
assert_eq "$(west cat $P/ipsec_eroute)" "" "eroutes after clearing"
