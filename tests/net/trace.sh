#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 60
# check: uml
#
# `ipsec trace` tells the way of live packets: through a tunnel and back, past KLIPS,
# into a trap, to a firewall rule that drops them and to each end KLIPS has; with
# filters, as text and as JSON; and nothing is left switched on, no key is shown.
. "$(dirname "$0")/lib.sh"
[ -d /sys/kernel/tracing/instances ] || skip "no tracefs with instances in this kernel"

# watch NAME ARGS...: trace on west, in the background
watch() {
	local name=$1

	shift
	nsenter --net=/run/netns/west -- "$KLIPS_B/tools/trace" "$@" \
		> "$TMP/$name.trace" 2> "$TMP/$name.err" &
	echo $! > "$TMP/$name.tracer"
	wait_until 10 grep -q listening "$TMP/$name.err" ||
		fail "trace does not begin: $(cat "$TMP/$name.err")"
}

# seen NAME: what it has shown, after it has ended by its --count
seen() {
	if ! wait_until 10 test ! -e "/proc/$(cat "$TMP/$1.tracer")"; then
		kill "$(cat "$TMP/$1.tracer")"
		cat "$TMP/$1.trace"
		fail "trace $1 waits for more packets"
	fi
	wait "$(cat "$TMP/$1.tracer")" || fail "trace: status $?: $(cat "$TMP/$1.err")"
	TEXT=$(cat "$TMP/$1.trace")
	echo "$TEXT"
}

# in_order REGEX...: these lines are there, one after the other
in_order() {
	local line re=$1
	local IFS=

	shift
	while read -r line; do
		[[ $line =~ $re ]] || continue
		[ $# -gt 0 ] || return 0
		re=$1
		shift
	done <<< "$TEXT"
	fail "no line, or none in that place, matches '$re'"
}

topo_up
klips_up aes_gcm16 --replay_window 32
xfrm_peer_up aes_gcm16

step "there and back"
watch way --count 2 --proto icmp
assert_ping sunset "$SUNRISE_4" 1
seen way
in_order "^$SUNSET_4 > $SUNRISE_4, icmp, 84 bytes: sent$" \
	' us  arrives by eth0$' \
	'passed PREROUTING -i eth0, FORWARD -i eth0 -o ipsec0, POSTROUTING -o ipsec0$' \
	" us  into ipsec0: $SUNSET_4 > $SUNRISE_4, icmp, 84 bytes$" \
	" us  eroute $LEFT_4 -> $RIGHT_4 => tun.$SPI_TUN_OUT@$EAST_4$" \
	" us  tun.$SPI_TUN_OUT@$EAST_4: another IP header in front$" \
	" us  esp.$SPI_OUT@$EAST_4: encrypted, authenticated$" \
	" us  for eth1: $WEST_4 > $EAST_4, esp, [0-9]* bytes$" \
	'passed OUTPUT -o eth1, POSTROUTING -o eth1$' \
	' us  leaves by eth1$' \
	"^$SUNRISE_4 > $SUNSET_4, icmp, 84 bytes: sent$" \
	' us  arrives by eth1$' \
	'passed PREROUTING -i eth1, INPUT -i eth1$' \
	" us  to KLIPS: $EAST_4 > $WEST_4, esp, [0-9]* bytes$" \
	" us  esp.$SPI_IN@$WEST_4: tested for replay, verified, decrypted$" \
	" us  tun.$SPI_TUN_IN@$WEST_4: the outer IP header comes off$" \
	" us  out of ipsec0: $SUNRISE_4 > $SUNSET_4, icmp, 84 bytes$" \
	'passed PREROUTING -i ipsec0, FORWARD -i ipsec0 -o eth0, POSTROUTING -o eth0$' \
	' us  leaves by eth0$'

step "to and from this host; a mark; another port is not shown"
west iptables -w -t mangle -A PREROUTING -i eth1 -p esp -j MARK --set-mark 0x7
watch local --count 2 --host 192.0.1.254
assert_ping sunset "$SUNRISE_4" 1
assert_ping west "$SUNRISE_4" 1 -I 192.0.1.254
seen local
in_order '^192.0.1.254 > .*: sent$' 'passed OUTPUT -o ipsec0, POSTROUTING -o ipsec0$' \
	' us  into ipsec0:' ': taken$' ' us  out of ipsec0: .*, mark 0x7$' \
	'passed PREROUTING -i ipsec0, INPUT -i ipsec0$' ' us  taken by this host'
west iptables -w -t mangle -F

step "a large packet, TCP, JSON"
watch large --json --count 1 --proto icmp --src "$SUNSET_4"
assert_ping sunset "$SUNRISE_4" 1 -s 3000
seen large
/usr/bin/python3 -c '
import json, sys
for line in open(sys.argv[1]):
    way = json.loads(line)
    at = [s["at"] for s in way["way"]]
    assert "xmit" in at and "send" in at and way["end"] == "sent", way
' "$TMP/large.trace"

step "a firewall's rule"
west iptables -w -A OUTPUT -o eth1 -p esp -j DROP
watch fire --drops --count 1
assert_no_ping sunset "$SUNRISE_4" 1
seen fire
in_order ': dropped$' 'for eth1' \
	'dropped by a firewall rule in OUTPUT -o eth1 or POSTROUTING -o eth1$'
west iptables -w -F OUTPUT
west iptables -w -A FORWARD -i ipsec0 -j DROP
watch fire2 --drops --count 1
assert_no_ping sunrise "$SUNSET_4" 1
seen fire2
in_order 'out of ipsec0' \
	'dropped by a firewall rule in PREROUTING -i ipsec0, INPUT -i ipsec0 or FORWARD -i ipsec0$'
west iptables -w -F FORWARD

step "KLIPS' own ends"
watch drop --drops --count 3
ipsec eroute --add --eraf inet --src "$LEFT_4" --dst "$SUNRISE_4/32" --said %drop
assert_no_ping sunset "$SUNRISE_4" 1
capture_start base net west esp and src host "$EAST_4"
pings sunrise "$SUNSET_4" 1 -W 1 || :
capture_stop base
packets_send net west "$TMP/base.pcap" 0
seen drop
in_order "eroute $LEFT_4 -> $SUNRISE_4/32 => %drop$" 'dropped by KLIPS: OUT_SHUNT_DROP$' \
	"esp.$SPI_IN@$WEST_4 is its SA$" 'dropped by KLIPS: IN_REPLAY$'

step "a trap, and the tunnel that comes"
ipsec eroute --replace --eraf inet --src "$LEFT_4" --dst "$SUNRISE_4/32" --said %hold
watch hold --count 1 --dst "$SUNRISE_4"
in_ns sunset ping -n -q -c 1 -W 5 "$SUNRISE_4" > /dev/null &
sleep 0.$((KLIPS_SLOW > 1 ? 9 : 3))
ipsec eroute --replace --eraf inet --src "$LEFT_4" --dst "$SUNRISE_4/32" --said "tun.$SPI_TUN_OUT@$EAST_4"
seen hold
in_order '=> %hold$' 'waits for a tunnel' 'has waited' '=> tun' 'leaves by eth1$'

step "%pass, in clear on eth1; and what others sent in clear that a tunnel should have carried"
ipsec eroute --replace --eraf inet --src "$LEFT_4" --dst "$SUNRISE_4/32" --said %pass
watch pass --count 1 --dst "$SUNRISE_4"
pings sunset "$SUNRISE_4" 1 -W 1 > /dev/null || :
seen pass
in_order 'FORWARD -i eth0 -o ipsec0, POSTROUTING -o ipsec0$' '=> %pass$' \
	"for eth1: $SUNSET_4 > $SUNRISE_4, icmp" 'passed OUTPUT -o eth1, POSTROUTING -o eth1$' 'leaves by eth1$'
nic ip addr add 192.0.2.77/32 dev lo
nic ip route add "$LEFT_4" via "$WEST_4"
watch forged --drops --count 1
assert_no_ping net "$SUNSET_4" 1 -I 192.0.2.77
seen forged
in_order ': dropped$' 'arrives by eth1$' 'dropped by KLIPS: IN_CLEAR$'
ipsec eroute --del --eraf inet --src "$LEFT_4" --dst "$SUNRISE_4/32"

step "another namespace hears nothing"
nsenter --net=/run/netns/east -- "$KLIPS_B/tools/trace" > "$TMP/east.trace" 2> "$TMP/east.err" &
EAST=$!
wait_until 5 grep -q listening "$TMP/east.err"
assert_ping sunset "$SUNRISE_4" 1
sleep 0.5
assert_eq "$(cat "$TMP/east.trace")" "" "what east's trace says of west's KLIPS"
kill "$EAST"
wait "$EAST" || fail "status $? after SIGTERM"

step "nothing is left, nothing is secret"
assert_eq "$(find /sys/kernel/tracing/instances -mindepth 1 -maxdepth 1 -name 'ipsec-trace-*' | wc -l)" \
	0 "instances left"
alg aes_gcm16
! grep -rqi "${ENCKEY#0x}" "$TMP"/*.trace || fail "a key in a trace"
assert_eq "$(cat /sys/kernel/tracing/events/klips/enable)" 0 "the events of everybody else"
