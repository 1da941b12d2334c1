#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 900
# module: no
# check: uml
#
# Memory that is not there: every allocation made while the module is loaded, while SAs
# and eroutes are made and changed, and while packets leave and arrive, fails once, one
# at a time; then those of traffic fail at random in both directions.  Nothing is left
# half done, nothing leaks, nothing passes in clear.  Prints the places in the module that failed, as far as the
# kernel tells them: of allocations that ask for no warning it does not.
#
# Loading is the slow part: only each INSMOD_STEPth of its thousand allocations is made
# to fail, INSMOD_STEP=1 for all. Leaks and what is used after it was freed show on uml-debug.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/flood.sh"
. "$(dirname "$0")/src/inject.sh"
. "$KLIPS_TOP/tests/vm/complaints.sh"

F=/sys/kernel/debug
[ -w /proc/self/fail-nth ] && [ -d $F/failslab ] || skip "this kernel cannot make allocations fail"
FAULTS=$KLIPS_TOP/tests/net/src/faults.py
INSMOD_STEP=${INSMOD_STEP:-$([ -n "${KLIPS_CHECK-}" ] && echo 29 || echo 7)}

faults() { # MODE ARGS...
	/usr/bin/python3 "$FAULTS" "$@" | tee -a "$TMP/faults"
}

west_faults() {
	west /usr/bin/python3 "$FAULTS" "$@" | tee -a "$TMP/faults"
}

knob() { # VALUE NAME...: of both kinds of allocations
	local f

	for f in "${@:2}"; do
		for f in $F/failslab/"$f" $F/fail_page_alloc/"$f"; do
			[ ! -e "$f" ] || echo "$1" > "$f"
		done
	done
}

# the request that a command would send, as hexadecimal
request() { # TOOL ARGS...
	ipsec "$@" --dry-run | sed -nE 's/^([0-9a-f ]{32,}).*/\1/p' | tr -d ' \n'
}

# NAME | what it sends | what undoes it
line() { # NAME SAID-TO-DELETE TOOL ARGS...
	echo "$1|$(request "${@:3}")|$(request spi --del --said "$2")"
}

new() { # NAME ARGS...: an SA esp.777
	line "$1" esp.777@192.1.2.99 spi --said esp.777@192.1.2.99 --src "$WEST_4" "${@:2}"
}

inventory() {
	west cut -f1 /proc/net/ipsec/spi/table
	west cut -c11- /proc/net/ipsec_eroute
}

knob N ignore-gfp-wait ignore-gfp-highmem task-filter
knob 0 min-order verbose_ratelimit_interval_ms
knob 2 verbose
dmesg -n 1
topo_up
COMPLAINTS=$COMPLAINTS /usr/bin/python3 "$FAULTS" watch > "$TMP/watch" 2>&1 &
WATCH=$!
wait_until 10 grep -q watching "$TMP/watch"

step "loading the module"
faults module "$KLIPS_KO" "$INSMOD_STEP"
insmod "$KLIPS_KO"
# the kernel's tracing warns of itself meanwhile; what else there was, the watch has seen
dmesg -C
echo "guest-run: faults" > /dev/kmsg

step "SAs and eroutes"
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
before=$(inventory)
{
	line tun tun.776@192.1.2.99 spi --said tun.776@192.1.2.99 --ip4 --src "$WEST_4" --dst 192.1.2.99
	for a in aes_gcm16 aes128-sha1-96 null-sha2_256-128 chacha20poly1305; do
		alg $a
		new $a --esp $a ${ENCKEY:+--enckey $ENCKEY} ${AUTHKEY:+--authkey $AUTHKEY} --replay_window 64
	done
	mac_alg hmac-sha1-96
	line ah ah.777@192.1.2.99 spi --said ah.777@192.1.2.99 --src "$WEST_4" --ah hmac-sha1-96 --authkey "$AUTHKEY"
	line comp comp.777@192.1.2.99 spi --said comp.777@192.1.2.99 --src "$WEST_4" --comp deflate
	flow="--eraf inet --src 10.0.0.0/8 --dst 10.9.0.0/16"
	for shunt in %drop %hold; do
		# shellcheck disable=SC2086
		echo "$shunt|$(request eroute --add $flow --said $shunt)|$(request eroute --del $flow)"
	done
	echo "inflow|$(request eroute --addin --eraf inet --src "$RIGHT_4" --dst "$LEFT_4" --said "tun.$SPI_TUN_IN@$WEST_4")|"
} > "$TMP/requests"
assert_eq "$(grep -c '|0' "$TMP/requests")" "$(wc -l < "$TMP/requests")" "requests"
west_faults requests "$TMP/requests"
assert_eq "$(inventory)" "$before" "SAs and eroutes"

step "packets out"
leak_guard
west ip addr add 192.0.1.77/32 dev lo
west ip route replace "$RIGHT_4" dev ipsec0 src 192.0.1.77
west_faults out "$SUNRISE_4"
assert_ge "$(drops OUT_GSO)" 1 "drops for OUT_GSO"

step "packets in"
west ip tuntap add tun9 mode tun
west ip addr add 10.99.0.1/24 dev tun9
west ip link set tun9 up
west ip link add link tun9 name ipsec9 type ipsec
west ip link set ipsec9 up
alg null-sha1-96
in_sa() { # SAID ARGS...
	ipsec spi --said "$1@10.99.0.1" --src 10.99.0.2 "${@:2}"
}
for n in 1 2 3; do
	in_sa tun.100$n --ip4 --dst 10.99.0.1
done
in_sa esp.1001 --esp null-sha1-96 --authkey "$AUTHKEY"
in_sa esp.1002 --esp null-sha1-96 --authkey "$AUTHKEY"
in_sa comp.1002 --comp deflate
in_sa ah.1003 --ah hmac-sha1-96 --authkey "$AUTHKEY"
ipsec spigrp --said tun.1001@10.99.0.1 esp.1001@10.99.0.1
ipsec spigrp --said tun.1002@10.99.0.1 comp.1002@10.99.0.1 esp.1002@10.99.0.1
ipsec spigrp --said tun.1003@10.99.0.1 ah.1003@10.99.0.1
west_faults in tun9 10.99.0.1 "${AUTHKEY#0x}" esp comp ah

step "packets without any memory, of what cannot wait for it"
knob Y ignore-gfp-wait task-filter
knob -1 times
knob 100 probability
expect_from_here
west_faults starved-out "$SUNRISE_4" 3
expect OUT_NO_MEMORY 3
west_faults starved-in tun9 10.99.0.1 "${AUTHKEY#0x}" 3
expect IN_NO_MEMORY 3
knob 0 probability
knob N ignore-gfp-wait task-filter

step "traffic with one allocation of ten failing"
assert_tunnel 3
flood_start sunset sunrise "$SUNRISE_4" 2000 1200
nsenter --net=/run/netns/sunrise -- "$FLOOD" send "$SUNSET_4" 7001 $((2000 * KLIPS_SLOW)) 4000000 3000 > "$TMP/back" &
BACK=$!
knob Y ignore-gfp-wait
knob -1 times
mkfifo "$TMP/fifo"
knob 10 probability
# a sleep would have to fork
read -t 4 -r <> "$TMP/fifo" || :
knob 0 probability
kill $BACK
wait $BACK || :
flood_stop
knob 0 verbose
assert_tunnel 3
capture_stop leak
assert_no_leak
topo_down
rmmod ipsec

kill $WATCH
wait $WATCH
cat "$TMP/watch"
echo "COUNT cases $(awk '/allocations failed/ { sub(/.*: /, ""); n += $1 } END { print n }' "$TMP/faults")"
assert_ge "$(sed -n 's/^COUNT sites //p' "$TMP/watch")" 25 "places"
assert_eq "$(sed -n 's/^COUNT complaints //p' "$TMP/watch")" 0 "complaints"
