#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: uml
#
# Limits of bytes, packets and time, soft and hard, out and in: the packet that passes a
# limit is the last, EXPIRE is heard once for each, a soft limit leaves the SA at
# work, a hard one takes it and its group away, an idle SA goes too.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

# EXPIREs heard so far are exactly these, with the bytes where it was hard: a
# soft one may count the packet that made it
heard() { # TEXT
	sleep 0.$((KLIPS_SLOW > 1 ? 9 : 3))
	assert_eq "$(sed 's/^\(soft [^ ]*\).*/\1/' "$TMP/heard")" "$1" "EXPIREs"
}

listen() {
	: > "$TMP/heard"
	nsenter --net=/run/netns/west -- "$KLIPS_B/tests/net/expiries" > "$TMP/heard" 2> "$TMP/ready" &
	LISTENER=$!
	wait_until 5 grep -q listening "$TMP/ready"
}

deaf() {
	kill $LISTENER
	wait $LISTENER 2> /dev/null || :
}

has_sa() { # SAID text as in /proc
	west grep -q "^$1@" /proc/net/ipsec_spi
}

# send COUNT: pings that need no answer
send() {
	in_ns sunset ping -n -q -c "$1" -i 0.05 -W 1 "$SUNRISE_4" > /dev/null || :
}

# begin ARGS: the tunnel anew, with these limits of the outbound ESP SA
begin() {
	klips_clear
	klips_tunnel null-sha1-96
	ipsec spi --said "esp.$SPI_OUT@$EAST_4" --del
	klips_esp "esp.$SPI_OUT@$EAST_4" "$WEST_4" null-sha1-96 "$@"
	ipsec spi --said "tun.$SPI_TUN_OUT@$EAST_4" --ip4 --src "$WEST_4" --dst "$EAST_4"
	ipsec spigrp --said "tun.$SPI_TUN_OUT@$EAST_4" "esp.$SPI_OUT@$EAST_4"
	listen
	expect_from_here
}

topo_up
klips_up null-sha1-96

step "bytes: soft and hard, counted as payload"
# 84 each: the count is 84, 168, 252 ... before the next one
begin --life soft-bytes=200,hard-bytes=400
send 3
heard ""
send 1
heard "soft $SPI_OUT"
has_sa esp0x$SPI_OUT || fail "a soft limit took the SA"
west grep "said=esp0x$SPI_OUT@.*state=dying" /proc/net/ipsec/spi/table > /dev/null ||
	fail "not dying: $(west cat /proc/net/ipsec/spi/table)"
send 1
heard "soft $SPI_OUT"
expect
send 1
expect OUT_SA_EXPIRED 1
heard "soft $SPI_OUT
hard $SPI_OUT 420"
has_sa esp0x$SPI_OUT && fail "the SA is still there"
has_sa tun0x$SPI_TUN_OUT && fail "its group is still there"
send 2
expect OUT_NO_SA 2
deaf

# PF_KEY has no such limit; a handover keeps them
step "packets: the same"
begin
in_ns west "$KLIPS_B/tools/_handover" save > "$TMP/sas"
ipsec spi --clear
sed -E "s/^(sa .{56}00000$SPI_OUT.{352}).{16}(.{64}).{16}/\10200000000000000\20400000000000000/" "$TMP/sas" |
	in_ns west "$KLIPS_B/tools/_handover" load
send 3
heard ""
send 1
heard "soft $SPI_OUT"
send 1
expect
send 1
expect OUT_SA_EXPIRED 1
heard "soft $SPI_OUT
hard $SPI_OUT 420"
has_sa esp0x$SPI_OUT && fail "the SA is still there"
deaf

step "allocations are kept, shown, and never reached"
begin --life soft-allocations=1,hard-allocations=2
send 4
heard ""
expect
west grep -q "^esp0x$SPI_OUT.*life(c,s,h)=alloc(1,1,2)" /proc/net/ipsec_spi ||
	fail "$(west cat /proc/net/ipsec_spi)"
deaf

step "time since it was added, unused; and time since the first packet"
begin --life soft-addtime=$KLIPS_SLOW,hard-addtime=$((4 * KLIPS_SLOW))
heard ""
wait_until 4 grep -q soft "$TMP/heard" || fail "no soft EXPIRE"
has_sa esp0x$SPI_OUT || fail "a soft limit took the SA"
wait_until 8 grep -q hard "$TMP/heard" || fail "no hard EXPIRE"
heard "soft $SPI_OUT
hard $SPI_OUT 0"
has_sa esp0x$SPI_OUT && fail "the SA is still there"
deaf
begin --life soft-usetime=$KLIPS_SLOW,hard-usetime=$((3 * KLIPS_SLOW))
sleep $((2 * KLIPS_SLOW))
heard ""
send 1
wait_until 8 grep -q hard "$TMP/heard" || fail "no hard EXPIRE"
heard "soft $SPI_OUT
hard $SPI_OUT 84"
deaf
expect

step "inbound"
klips_clear
klips_tunnel null-sha1-96
xfrm_peer_up null-sha1-96
inbound_again null-sha1-96 --life soft-bytes=100,hard-bytes=300
listen
expect_from_here
in_ns sunrise ping -n -q -c 6 -i 0.05 -W 1 "$SUNSET_4" > /dev/null || :
wait_until 5 grep -q hard "$TMP/heard" || fail "no hard EXPIRE"
heard "soft $SPI_IN
hard $SPI_IN 336"
lost=$(drops | awk '/^IN_(SA_EXPIRED|NO_SA|SA_STATE)/ { n += $2 } END { print n }')
assert_eq "$lost" 2 "packets after the last one"
deaf

step "limits that come with a whole message of them are all kept"
begin --life soft-bytes=1000,hard-bytes=2000 --life soft-addtime=100,hard-addtime=200
west grep -q "^esp0x$SPI_OUT.*life(c,s,h)=bytes(0,1000,2000)addtime([0-9]*,100,200) " \
	/proc/net/ipsec_spi || fail "$(west cat /proc/net/ipsec_spi)"
deaf
