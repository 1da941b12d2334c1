#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Batches of eroutes: each as it comes, or a whole table swapped under traffic; a
# bad entry is named and leaves a whole table as it was. Prints the kernel's own
# time for 100,000 eroutes, for 1,000,000 with BIG=1.
#
# limit: 300
# check: uml
. "$(dirname "$0")/lib.sh"

COUNT=100000
[ "${BIG:-0}" = 0 ] || COUNT=1000000

batch() {
	west "$KLIPS_B/tests/net/batch" "$@"
}

eroutes() {
	west awk '$1 == "max_eroutes" { print $2 }' /proc/net/ipsec/stats/limits
}

topo_up
klips_dev_up
klips_route 10.2.0.0/16

step "options"
batch options

step "each as it comes, up to the bad one"
assert_match "$(batch each 1000 bad 700 || :)" "done=700 error=17 ns=[0-9]* File exists" "bad entry"
assert_eq "$(eroutes)" 700 "eroutes"

step "a whole table, or none of it"
assert_match "$(batch whole 900 bad 800 || :)" "done=800 error=17 ns=[0-9]* File exists" "bad entry"
assert_eq "$(eroutes)" 700 "eroutes after a bad entry"
batch whole 900 abort
assert_eq "$(eroutes)" 700 "eroutes after an abort"
assert_match "$(batch whole 10 shunt 259 || :)" "done=0 error=22 " "%hold in a table"
batch whole 900
assert_eq "$(eroutes)" 900 "eroutes after the commit"
west sh -c 'echo 899 > /proc/sys/net/ipsec/max_eroutes'
assert_match "$(batch whole 900 || :)" "done=899 error=28 " "one too many"
west sh -c 'echo 4194304 > /proc/sys/net/ipsec/max_eroutes'

step "one swap after another under traffic: no packet sees no table"
west ip addr add 10.0.0.1/32 dev lo
east ip addr add 10.2.0.1/32 dev lo
east ip route add 10.0.0.1/32 via "$WEST_4"
west ip route add 10.2.0.0/16 via "$EAST_4" dev eth1 metric 100	# for what %pass lets through
assert_ping west 10.2.0.1 1 -I 10.0.0.1
west ping -q -i 0.01 -c 300 -I 10.0.0.1 10.2.0.1 > "$TMP/ping" &
ping=$!
swaps=0
while kill -0 $ping 2>/dev/null; do
	batch whole 500 > /dev/null
	swaps=$((swaps + 1))
done
wait $ping || :
echo "$swaps swaps: $(grep loss "$TMP/ping")"
assert_match "$(cat "$TMP/ping")" "300 received" "pings under $swaps swaps"
assert_drops OUT_NO_EROUTE 0

step "$COUNT eroutes"
for mode in each whole; do
	ipsec eroute --clear
	line=$(batch $mode $COUNT)
	ns=${line##*ns=}
	echo "$mode: $line: $((ns / COUNT)) ns each, $((ns / 1000000)) ms in all"
	assert_eq "$(eroutes)" $COUNT "eroutes"
done
