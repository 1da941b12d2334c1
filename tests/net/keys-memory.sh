#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# module: no
# check: uml
#
# Keys in the memory of the machine: while an SA lives they are found there, so the
# search can be trusted; when it is gone, by whichever way, no byte of RAM has them.
# Nor are they in the log, in traces, in /proc, in barf, with everything that can be
# switched on saying all it can.
. "$(dirname "$0")/lib.sh"

[ -r /proc/kcore ] || [ -r /dev/mem ] || skip "this kernel does not show its memory"

[ "${KLIPS_KERNEL-}" != uml-debug ] || skip "KASAN reports whoever reads all of the memory here"

PREFIX=$(printf '%04x%04x%04x%04x' $RANDOM $RANDOM $RANDOM $RANDOM)
KEYS=()
# keys are made of text, and not by a program that would have them in its memory
key() { # N BYTES: $KEY, remembered
	KEY=$PREFIX$(hex $(($2 - 8)) $(($1 * 29 + 3)))
	KEYS[$1]=$KEY
	KEY=0x$KEY
}

# how often each key was found in memory
search() {
	/usr/bin/python3 "$KLIPS_TOP/tests/net/src/memory.py" "${KEYS[@]}"
}

sa() { # N SPI ARGS...
	ipsec spi --said "esp.$2@$EAST_4" --src "$WEST_4" "${@:3}"
}

gcm() { # N SPI [ARGS]
	key "$1" 20
	sa "$1" "$2" --esp aes_gcm16 --enckey "$KEY" "${@:3}"
}

no_key_in() { # WHAT: standard input
	local text key

	text=$(tr 'A-F' 'a-f' | tr -dc '0-9a-f')
	for key in "${KEYS[@]}"; do
		[[ $text != *"${key:16}"* ]] || fail "a key is in $1"
	done
}

topo_up
insmod "$KLIPS_KO"
klips_dev_up
west sh -c 'cd /proc/sys/net/ipsec && for f in debug_*; do echo -1 > $f 2> /dev/null || echo 1 > $f; done'
T=/sys/kernel/tracing
[ ! -d $T/events/klips ] || echo 1 > $T/events/klips/enable

step "alive"
gcm 0 301
key 1 16
cipher=$KEY
key 2 20
sa 1 302 --esp aes128-sha1-96 --enckey "$cipher" --authkey "$KEY"
key 3 32
ipsec spi --said "ah.303@$EAST_4" --src "$WEST_4" --ah hmac-sha2_256-128 --authkey "$KEY"
gcm 4 304 --life hard-usetime=1
key 5 36
sa 5 305 --esp chacha20poly1305 --enckey "$KEY"
ip netns add other
IPSEC_NS=other gcm 6 306
ipsec eroute --add --eraf inet --src "$LEFT_4" --dst "$RIGHT_4" --said %drop
found=$(search)
echo "places: $found"
i=0
for n in $found; do
	assert_ge "$n" 1 "places with the key $i of an SA that lives"
	i=$((i + 1))
done
west bash -c 'cat /proc/net/ipsec_* /proc/net/pf_key* /proc/net/ipsec/spi/table' | no_key_in /proc
ipsec barf < /dev/null | no_key_in barf
ipsec look | no_key_in look

step "refused"
key 7 20
assert_fails sa 7 301 --esp aes_gcm16 --enckey "$KEY"
key 8 20
assert_fails sa 8 309 --esp aes256-sha1-96 --enckey "$KEY" --authkey "$KEY" 2> /dev/null

step "dead: deleted, expired, flushed, its namespace destroyed"
ipsec spi --del --said "esp.301@$EAST_4"
ipsec spi --del --said "ah.303@$EAST_4"
klips_route 10.77.0.0/16
ipsec eroute --add --eraf inet --src "$WEST_4/32" --dst 10.77.0.0/16 --said "esp.304@$EAST_4"
west ping -q -c 1 -W 1 -I "$WEST_4" 10.77.0.1 > /dev/null || :
wait_until 10 west sh -c '! grep -q esp0x304@ /proc/net/ipsec_spi' || fail "304 does not expire"
ipsec spi --clear
ip netns del other
# freed after a grace period, and by a worker
sleep $KLIPS_SLOW
for try in 1 2 3; do
	found=$(search)
	echo "places: $found"
	[[ $found == *[1-9]* ]] || break
	# the kernel's buffer for reading memory can be what was found
	sleep 1
done
[[ $found != *[1-9]* ]] || fail "keys of dead SAs are in memory: $found"

step "unloaded with an SA in place"
KEYS=()
gcm 0 311
assert_ge "$(search)" 1 "places with the key of an SA that lives"
rmmod ipsec
for try in 1 2 3; do
	found=$(search)
	[ "$found" != 0 ] || break
	sleep 1
done
assert_eq "$found" 0 "places with a key after the module went"

step "what was written meanwhile"
dmesg | no_key_in "the log"
[ ! -d $T ] || no_key_in "the trace" < $T/trace
