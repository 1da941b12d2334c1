#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml
#
# The files for programs and what the tools make of them: eroute/table,
# spi/table, eroute/get; --json, --list, --save, --load, --get, --check.
. "$(dirname "$0")/lib.sh"
need jq

ETABLE=/proc/net/ipsec/eroute/table

# field KEY: of the lines on standard input
field() {
	tr '\t' '\n' | sed -n "s/^$1=//p"
}

# value of a jq expression: jqv EXPR < document
jqv() {
	jq -cr "$1"
}

topo_up
klips_dev_up

step "empty tables have a version line"
assert_eq "$(west cat $ETABLE)" "version 1" "eroute/table"
assert_eq "$(west cat /proc/net/ipsec/spi/table)" "version 1" "spi/table"
assert_eq "$(ipsec eroute --json | jqv '.version,(.eroutes|length)')" $'1\n0' "eroute --json"
assert_eq "$(ipsec spi --json | jqv '.version,(.sas|length)')" $'1\n0' "spi --json"
assert_eq "$(ipsec spigrp --json | jqv '.groups|length')" 0 "spigrp --json"
assert_eq "$(ipsec tncfg --json | jqv '.devices[0]|.device,.physical')" $'ipsec0\neth1' "tncfg --json"
assert_eq "$(ipsec klipsdebug --json | jqv '.debug.tunnel')" 0 "klipsdebug --json"
assert_eq "$(ipsec eroute --check)" "" "nothing to find"
ipsec eroute --save > "$TMP/empty"
assert_eq "$(cat "$TMP/empty")" "" "empty save"

step "a tunnel, shunts, ports, IPv6"
klips_tunnel aes_gcm16 --life soft-bytes=1000000,hard-addtime=3600
klips_route "$RIGHT_4"
ipsec eroute --add --eraf inet --src 0/0 --dst 0/0 --said %drop
ipsec eroute --add --eraf inet --src $LEFT_4 --dst $RIGHT_4 --transport-proto tcp --dst-port 80 --said %reject
ipsec eroute --add --eraf inet6 --src $LEFT_6 --dst $RIGHT_6 --transport-proto udp --src-port 53 \
	--said tun:500@2001:db8::1
assert_eq "$(west sed 1d $ETABLE | wc -l)" 4 "rows"
assert_eq "$(west grep inet6 $ETABLE)" \
	$'family=inet6\tsrc=2001:db8:1::/64\tsport=53\tdst=2001:db8:2::/64\tdport=0\tproto=17\tsaid=tun0x500@2001:db8::1\tcount=0' \
	"IPv6 row"
# the old text of the same is ambiguous
west grep -q 'tun0x500@2001:db8::1:17$' /proc/net/ipsec_eroute
assert_eq "$(west stat -c %a $ETABLE /proc/net/ipsec/spi/table /proc/net/ipsec/eroute/get | xargs)" \
	"400 400 600" "modes"

step "SAs: state, limits, group, and no key"
out=$(west grep '^said=esp' /proc/net/ipsec/spi/table | grep dir=out)
assert_eq "$(field state <<< "$out")" mature "state"
assert_eq "$(field soft_bytes <<< "$out")" 1000000 "soft_bytes"
assert_eq "$(field hard_addtime <<< "$out")" 3600 "hard_addtime"
assert_eq "$(ipsec spi --json | jqv '.sas[]|select(.name=="IPIP" and .dir=="out").group')" \
	"[\"tun0x200@$EAST_4\",\"esp0x201@$EAST_4\"]" "group"
alg aes_gcm16
key=${ENCKEY#0x}
for f in $(west find /proc/net/ipsec -type f ! -name get); do
	assert_fails west grep -qi "$key" "$f"
done

step "traffic counts"
ping_through() { sunset ping -c 2 -i 0.2 -W 5 $SUNRISE_4 > "$TMP/ping"; }
xfrm_peer_up aes_gcm16
ping_through || fail "no ping: $(cat "$TMP/ping")"
row=$(west grep "dst=$RIGHT_4"$'\tdport=0' $ETABLE)
assert_eq "$(field count <<< "$row")" 2 "count"
assert_match "$(field idle <<< "$row")" '^[0-9]+$' "idle"

step "filters"
assert_eq "$(ipsec eroute --list --said %drop)" \
	"0          0.0.0.0/0          -> 0.0.0.0/0          => %drop" "--said"
assert_eq "$(ipsec eroute --list --src 192.0.0.0/16 | wc -l)" 2 "--src"
assert_eq "$(ipsec eroute --list --src 192.0.0.0/16 --transport-proto 6 --dst-port 80 | wc -l)" 1 "port"
assert_eq "$(ipsec eroute --list --eraf inet6 | wc -l)" 1 "--eraf"
assert_eq "$(ipsec eroute --list)" "$(west cat /proc/net/ipsec_eroute)" "--list alone"
assert_eq "$(ipsec eroute --list --proto tun --json | jqv '[.eroutes[].said]')" \
	"[\"tun0x200@$EAST_4\",\"tun0x500@2001:db8::1\"]" "--proto"
assert_eq "$(ipsec spi --list --proto esp | wc -l)" 2 "spi --proto"
assert_eq "$(ipsec spi --list --edst $WEST_4 --json | jqv '[.sas[].dir]|unique')" '["in"]' "spi --edst"
assert_fails ipsec spi --list --replay_window 32

step "--get: what the kernel would do"
get=$(ipsec eroute --get $SUNSET_4 $SUNRISE_4)
echo "$get"
assert_match "$get" "eroute +$LEFT_4 -> $RIGHT_4 => tun0x200@$EAST_4" "winner"
assert_match "$get" "second +0.0.0.0/0 -> 0.0.0.0/0 => %drop, but its source prefix is shorter" "second"
assert_match "$get" "sa +tun0x200@$EAST_4 IPIP mature" "first SA"
assert_match "$get" "sa +esp0x201@$EAST_4 ESP_AES_GCM mature" "second SA"
assert_match "$get" "path +ipsec0 over eth1, path MTU 1500, overhead [0-9]+, MTU 14" "path"
get=$(ipsec eroute --get $SUNSET_4 $SUNRISE_4 tcp 1024 80 --json)
assert_eq "$(jqv '.get.eroute.said,.get.second.lost' <<< "$get")" $'%reject\nprotocol' "ports"
assert_eq "$(ipsec eroute --get 2001:db8:1::1 2001:db8:2::1 17 53 9 --json | jqv '.get.path.drop')" \
	OUT_NO_SA "no SA"
assert_fails ipsec eroute --get 2001:db8:1::1 2001:db8:7::1
assert_fails ipsec eroute --get 10.0.0.1 2001:db8::1
assert_fails ipsec eroute --get 10.0.0.1 10.0.0.2 icmp 1 2
mtu=$(ipsec eroute --get $SUNSET_4 $SUNRISE_4 icmp --json | jqv .get.path.mtu)
# the largest packet said to fit arrives in one piece, the next one does not
pieces() { east awk '$1 == "Ip:" && !n++ { for (i = 1; i <= NF; i++) if ($i == "ReasmReqds") c = i }
	$1 == "Ip:" { v = $c } END { print v }' /proc/net/snmp; }
sunset ping -M do -c 1 -W 5 -s $((mtu - 28)) $SUNRISE_4 > "$TMP/ping" || fail "MTU $mtu does not fit"
assert_eq "$(pieces)" 0 "pieces of a packet of $mtu bytes"
sunset ping -M dont -c 1 -W 5 -s $((mtu - 27)) $SUNRISE_4 > "$TMP/ping" || fail "no reply"
assert_eq "$(pieces)" 2 "pieces of a packet of $((mtu + 1)) bytes"

step "what is written to eroute/get is checked"
for q in '' 'inet' 'inet 1.2.3.4 1.2.3 0 0 0' 'inet 1.2.3.4 1.2.3.4 256 0 0' 'inet 1.2.3.4 1.2.3.4 6 70000 0' \
	'inet 1.2.3.4 1.2.3.4 1 5 5' 'inet9 1.2.3.4 1.2.3.4 6 1 1' 'inet 1.2.3.4 1.2.3.4 6 1 1 1' \
	'inet6 1.2.3.4 1.2.3.4 6 1 1'; do
	# shellcheck disable=SC2016
	assert_fails west bash -c 'printf "%s\n" "$1" 1<> /proc/net/ipsec/eroute/get' - "$q" 2> /dev/null
done
assert_fails west cat /proc/net/ipsec/eroute/get 2> /dev/null

step "round trip"
ipsec eroute --save > "$TMP/1"
cat "$TMP/1"
ipsec eroute --load "$TMP/1"
ipsec eroute --save > "$TMP/2"
cmp "$TMP/1" "$TMP/2"
row=$(west grep "dst=$RIGHT_4"$'\tdport=0' $ETABLE)
assert_ge "$(field count <<< "$row")" 2 "what did not change keeps its count"
ipsec eroute --clear
ipsec eroute --load - < "$TMP/1"
ipsec eroute --save | cmp - "$TMP/1"

step "a file adds, replaces, deletes"
{
	echo '# two'
	echo
	echo "--add --eraf inet --src 0/0 --dst 0/0 --said %pass"
	echo "--add --src 10/8 --dst 10.9/16 --transport-proto udp --dst-port 500 --said %trap"
} > "$TMP/two"
ipsec eroute --load "$TMP/two"
assert_eq "$(west cat /proc/net/ipsec_eroute)" "\
0          0.0.0.0/0          -> 0.0.0.0/0          => %pass
0          10.0.0.0/8         -> 10.9.0.0/16:500    => %trap:17" "after the load"

step "a bad line, and nothing is sent"
before=$(west cat $ETABLE)
bad() { # LINE, what is said
	local err

	{ cat "$TMP/1"; echo "$1"; } > "$TMP/bad"
	err=$(ipsec eroute --load "$TMP/bad" 2>&1) && fail "accepted: $1"
	assert_match "$err" "^$TMP/bad:5: .*$2" "message"
	assert_eq "$(west cat $ETABLE)" "$before" "the table after a bad line"
}
bad '--del --src 1/8 --dst 2/8' "del"
bad '--add --src 1/8 --said %drop' "dst"
bad '--add --src 1/33 --dst 2/8 --said %drop' "1/33"
bad 'nonsense' "not an option: nonsense"
bad "$(head -n 1 "$TMP/1")" "same flow as in line 1"
bad '--add --src 1/8 --dst 2/8 --transport-proto tcp --dst-port 65536 --said %drop' "65536"
assert_fails ipsec eroute --load "$TMP/none" 2> /dev/null
ipsec eroute --load "$TMP/empty"
assert_eq "$(west cat /proc/net/ipsec_eroute)" "" "an empty file empties"

step "--check"
ipsec eroute --load "$TMP/1"
finds() { # LINE
	local all

	all=$(ipsec eroute --check) && fail "--check found nothing, should: $1"
	grep -qxF -- "$1" <<< "$all" || fail "--check does not say '$1' but: $all"
}
finds "no SA: $LEFT_6:53 -> $RIGHT_6 => tun0x500@2001:db8::1:17: packets are dropped"
ipsec eroute --del --eraf inet6 --src $LEFT_6 --dst $RIGHT_6 --transport-proto udp --src-port 53
ipsec eroute --check || fail "finds something in a good set"
ipsec eroute --add --eraf inet --src 192.0.0.0/16 --dst 192.0.2.0/28 --said %trap
finds "crossing: $LEFT_4 -> $RIGHT_4 => tun0x200@$EAST_4 takes packets of 192.0.0.0/16 -> 192.0.2.0/28 => %trap"
ipsec eroute --del --eraf inet --src 192.0.0.0/16 --dst 192.0.2.0/28
ipsec eroute --add --eraf inet --src 172.16.0.0/16 --dst 10.0.0.0/8 --said %drop
finds "duplicate: 172.16.0.0/16 -> 10.0.0.0/8 => %drop changes nothing beside 0.0.0.0/0 -> 0.0.0.0/0 => %drop"
ipsec eroute --replace --eraf inet --src 172.16.0.0/16 --dst 10.0.0.0/8 --said %pass
ipsec eroute --add --eraf inet --src 172.16.0.0/17 --dst 0/0 --said %reject
ipsec eroute --add --eraf inet --src 172.16.128.0/17 --dst 10.0.0.0/8 --said %reject
finds "shadowed: 172.16.0.0/16 -> 10.0.0.0/8 => %pass: more specific eroutes take every packet"
ipsec eroute --del --eraf inet --src $LEFT_4 --dst $RIGHT_4
finds "no eroute: tun0x200@$EAST_4 is outbound and unused"
ipsec spi --said tun.900@$WEST_4 --ip4 --src $EAST_4 --dst $WEST_4
finds "no inbound flow: tun0x900@$WEST_4 lets anything through; see --addin"
ipsec eroute --check --json > "$TMP/json" && fail "--check --json found nothing"
assert_eq "$(jqv '[.findings[].finding]|unique' < "$TMP/json")" \
	'["crossing","no eroute","no inbound flow","shadowed"]' "--check --json"

step "many"
for ((i = 0; i < 600; i++)); do
	echo "--add --src 10.$((i / 250)).$((i % 250)).0/24 --dst 192.0.2.$((i % 7))/32 --said %drop"
done > "$TMP/many"
ipsec eroute --load "$TMP/many"
ipsec eroute --save > "$TMP/many1"
assert_eq "$(wc -l < "$TMP/many1")" 600 "lines"
assert_eq "$(west sed 1d $ETABLE | cut -f 2-6 | sort -u | wc -l)" 600 "rows"
ipsec eroute --load "$TMP/many1"
ipsec eroute --save | cmp - "$TMP/many1"

step "in one step, or not at all"
{ sed -n 1,100p "$TMP/many1"; echo "--add --src 10.9/16 --dst 10.8/16 --said %hold"; } > "$TMP/bad"
err=$(ipsec eroute --load "$TMP/bad" --atomic 2>&1) && fail "%hold accepted"
assert_match "$err" "refused: $TMP/bad:101.*the table is as it was" "message"
ipsec eroute --save | cmp - "$TMP/many1"
sed -n 1,300p "$TMP/many1" > "$TMP/half"
ipsec eroute --load "$TMP/half" --atomic
ipsec eroute --save | cmp - "$TMP/half"
ipsec eroute --load "$TMP/empty" --atomic
assert_eq "$(west cat /proc/net/ipsec_eroute)" "" "an empty file empties"
err=$(ipsec eroute --save --atomic 2>&1) && fail "--save --atomic"
assert_match "$err" "--atomic goes with --load only" "message"

step "a limit in the middle: which line, and how many before it"
west sysctl -q -w net.ipsec.max_eroutes=500
err=$(ipsec eroute --load "$TMP/many1" 2>&1) && fail "600 of 500 accepted"
assert_match "$err" "refused: $TMP/many1:[0-9]+.*500 of 600 changes were made" "message"
assert_eq "$(ipsec eroute --save | wc -l)" 500 "eroutes"
err=$(ipsec eroute --load "$TMP/many1" --atomic 2>&1) && fail "600 of 500 accepted"
assert_match "$err" "the table is as it was" "message"
assert_eq "$(ipsec eroute --save | wc -l)" 500 "eroutes"
west sysctl -q -w net.ipsec.max_eroutes=4194304

step "a bar on a terminal, and only there"
assert_eq "$(ipsec eroute --load "$TMP/many1" 2>&1)" "" "words without a terminal"
ipsec eroute --clear
west script -qefc "$KLIPS_B/tools/eroute --load $TMP/many1" "$TMP/typescript" < /dev/null > /dev/null
assert_match "$(tr '\r' '\n' < "$TMP/typescript" | grep 600 | tail -1)" "^\[#{40}\] 600/600" "bar"
ipsec eroute --clear
