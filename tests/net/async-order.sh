#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# cpus: 2
# check: uml
#
# A cipher that answers as a bad accelerator might: later, the last packet first, some
# at once, some with an error, at times not at all. Packets leave and arrive in the order
# in which they came; what fails is counted; what waits is bounded.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/src/flood.sh"
. "$(dirname "$0")/lib/conserve.sh"
. "$(dirname "$0")/lib/late.sh"

MOST=1024		# packets that klips/crypt.c keeps
COUNT=${COUNT:-200}	# in a burst

# numbers COUNT FIRST WHAT: standard input is that many numbers, each one more than the
# last
numbers() {
	awk -v n="$1" -v at="$2" '$1 != at { bad++; if (bad == 1) print "line " NR ": " $1 ", not " at }
		{ at = $1 + 1 } END { if (NR != n) print NR " lines"; exit bad || NR != n }' > "$TMP/bad" ||
		fail "$3: $(paste -sd';' "$TMP/bad")"
}

# lower halves of the ESP numbers from ADDRESS, as they were on the wire
esp_numbers() {
	capture_text wire esp and src host "$1" | sed -n 's/.*seq=\(0x[0-9a-f]*\).*/\1/p' |
		while read -r n; do echo $((n)); done
}

# echo requests, or replies, of sunrise as they came out of ipsec0
echo_numbers() { # request|reply
	capture_text clear icmp and src host $SUNRISE_4 | sed -n "s/.*echo $1,.* seq \([0-9]*\).*/\1/p"
}

# pings that do not wait for answers: burst FROM TO.  On one processor: those of a sender
# that moves to another may change places before they come here.
burst() {
	in_ns "$1" taskset -c 0 ping -n -q -c "$COUNT" -i 0.002 -l 30 -s 400 -W $KLIPS_SLOW "$2" \
		> /dev/null || :
}

# until the cipher has answered
settle() {
	sleep 0.$((KLIPS_SLOW > 1 ? 9 : 3))
}

topo_up
REPLAY=0 xfrm_peer_up aes_gcm16		# with a cipher of its own
late_up 'rfc4106(gcm(aes))'
klips_up aes_gcm16 --replay_window 64
assert_tunnel 2				# neighbours know each other

# finished together, and every so many at once
hows=("7 0" "16 5" "3 2")
[ -z "${KLIPS_CHECK-}" ] || unset "hows[0]"
for how in "${hows[@]}"; do
	step "last packet first: batch and direct are $how"
	read -r batch direct <<< "$how"
	late_set batch="$batch" direct="$direct" wait=3
	klips_clear
	klips_tunnel aes_gcm16 --replay_window 64
	expect_from_here
	capture_start wire net west -s 200 -B 8192 esp
	capture_start clear west ipsec0 -s 200 -B 8192 icmp
	burst sunset $SUNRISE_4
	burst sunrise $SUNSET_4
	settle
	capture_stop wire clear
	# each side asks and answers
	esp_numbers $WEST_4 | numbers $((2 * COUNT)) 1 "packets of west on the wire"
	echo_numbers request | numbers "$COUNT" 1 "requests out of ipsec0"
	echo_numbers reply | numbers "$COUNT" 1 "replies out of ipsec0"
	expect
done

step "requests that fail, at once and later"
late_set batch=0 direct=0 fail=1
steal 3
expect_from_here
probe < <(printf "$SUNSET_4 $SUNRISE_4 1 size=%u\n" 9 100 1400)
expect OUT_CRYPTO 3
inject pick=0:3
expect IN_CRYPTO 3
late_set batch=8
probe < <(printf "$SUNSET_4 $SUNRISE_4 1 size=%u\n" 9 100 1400)
settle
expect OUT_CRYPTO 3
inject pick=0:3
settle
expect IN_CRYPTO 3
late_set fail=0
# the window has not moved by those
inject pick=0:3
settle
expect

step "one of nine fails, the others keep their order"
late_set batch=5 direct=4 fail=9
before=$(($(drops OUT_CRYPTO) + $(drops IN_CRYPTO)))
capture_start wire net west -s 200 -B 8192 esp
capture_start clear west ipsec0 -s 200 -B 8192 icmp
burst sunset $SUNRISE_4
settle
capture_stop wire clear
lost=$(($(drops OUT_CRYPTO) + $(drops IN_CRYPTO) - before))
assert_eq $(($(echo_numbers reply | wc -l) + lost)) "$COUNT" "answers and failures"
assert_eq "$(echo_numbers reply | sort -n -c -u 2>&1)" "" "order of the answers"
assert_ge "$lost" $((COUNT / 9)) "failures"
assert_eq "$(esp_numbers $WEST_4 | sort -n -c -u 2>&1)" "" "order on the wire"
late_set fail=0
expect_from_here

step "a cipher that does not answer for a while: so many packets wait, no more"
late_set batch=1000000 direct=0 wait=0
capture_start wire net west -s 200 -B 8192 esp and src host $WEST_4
probe < <(yes "$SUNSET_4 $SUNRISE_4 1" | head -$((MOST + 50)) || :)
expect OUT_CRYPTO 50
assert_eq "$(capture_count wire)" 0 "packets on the wire meanwhile"
late_set finish=1
all_out() {
	[ "$(capture_count wire)" -ge $MOST ]
}
wait_until 10 all_out || fail "$(capture_count wire) packets came in the end"
capture_stop wire
first=$(esp_numbers $WEST_4 | sed -n 1p)
esp_numbers $WEST_4 | numbers $MOST "$first" "packets on the wire"
expect

step "a group that grows while a packet is in the last of its four SAs"
late_set batch=0
klips_clear
klips_tunnel aes_gcm16 --replay_window 64
in_tun=$(said tun $SPI_TUN_IN $WEST_4) in_esp=$(said esp $SPI_IN $WEST_4)
ipsec spigrp --said "$in_esp"
group=("$in_esp") tmpl=()
alg null-sha1-96
for spi in 3a1 3a2 3a3; do
	group+=("$(said esp $spi $WEST_4)")
	klips_esp "${group[-1]}" $EAST_4 null-sha1-96
	xfrm_sa east $EAST_4 $WEST_4 esp 0x$spi transport "${XFRM[@]}"
	tmpl+=(tmpl src $EAST_4 dst $WEST_4 proto esp spi 0x$spi reqid 1 mode transport)
done
ipsec spigrp --said "${group[@]}"
east ip xfrm policy update src $RIGHT_4 dst $LEFT_4 dir out \
	tmpl src $EAST_4 dst $WEST_4 proto esp spi 0x$SPI_IN reqid 1 mode tunnel "${tmpl[@]}"
assert_no_ping sunrise $SUNSET_4 1
expect IN_BUNDLE 1
late_set batch=1000 wait=0
assert_no_ping sunrise $SUNSET_4 1
ipsec spigrp --said "${group[-1]}"
ipsec spigrp --said "$in_tun" "$in_esp"
late_set finish=1
settle
expect IN_NESTING 1

step "SAs go while packets are in it"
late_set batch=6 direct=5 wait=2
flood_start sunset sunrise $SUNRISE_4 200 1000
nsenter --net=/run/netns/sunrise -- ping -q -i 0.002 -c 100000 -s 1000 $SUNSET_4 > /dev/null 2>&1 &
pinger=$!
for _ in 1 2 3; do
	sleep 0.2
	klips_clear
	klips_tunnel aes_gcm16 --replay_window 64
done
kill $pinger
wait $pinger || :
flood_stop
late_set batch=0
settle
klips_clear
late_down
