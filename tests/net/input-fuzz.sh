#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# check: uml
#
# Mutated input: packets of ESP, AH, IPCOMP and ESP in UDP, changed in front of
# their authentication by one who has the key, and behind it; then rtnetlink, ioctls
# and files.  The module takes or drops each, by name, and works afterwards.
#
# FUZZ is how many packets, FUZZ_CONFIG how many of the others, SEED where they begin.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

FUZZ=${FUZZ:-$((20000 / KLIPS_SLOW))}
FUZZ_CONFIG=${FUZZ_CONFIG:-$((3000 / KLIPS_SLOW))}
SEED=${SEED:-1}
SRC=$KLIPS_TOP/tests/net/src

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
west ip tuntap add tun9 mode tun
west ip addr add 10.99.0.1/24 dev tun9
west ip link set tun9 up
west ip link add link tun9 name ipsec9 type ipsec
west ip link set ipsec9 up
encap_start west 4 4500
alg null-sha1-96
in_sa() { # SAID ARGS...
	ipsec spi --said "$1@10.99.0.1" --src 10.99.0.2 "${@:2}"
}
for n in 1 2 3 4; do
	in_sa tun.100$n --ip4 --dst 10.99.0.1
done
in_sa esp.1001 --esp null-sha1-96 --authkey "$AUTHKEY" --replay_window 64
in_sa esp.1002 --esp null-sha1-96 --authkey "$AUTHKEY" --replay_window 64
in_sa comp.1002 --comp deflate
in_sa ah.1003 --ah hmac-sha1-96 --authkey "$AUTHKEY" --replay_window 64
in_sa esp.1004 --esp null-sha1-96 --authkey "$AUTHKEY" --natt nonesp --sport 4500 --dport 4500
ipsec spigrp --said tun.1001@10.99.0.1 esp.1001@10.99.0.1
ipsec spigrp --said tun.1002@10.99.0.1 comp.1002@10.99.0.1 esp.1002@10.99.0.1
ipsec spigrp --said tun.1003@10.99.0.1 ah.1003@10.99.0.1
ipsec spigrp --said tun.1004@10.99.0.1 esp.1004@10.99.0.1

step "packets"
west /usr/bin/python3 "$SRC/input-fuzz.py" tun9 10.99.0.1 "${AUTHKEY#0x}" "$FUZZ" "$SEED"
accepted=$(west sed -n 's/^ *ipsec9: *[0-9]* *\([0-9]*\).*/\1/p' /proc/net/dev)
drops > "$TMP/drops"
dropped=$(awk '{ sum += $2 } END { print sum + 0 }' "$TMP/drops")
echo "accepted $accepted, dropped $dropped:"
cat "$TMP/drops"
assert_ge "$accepted" $((FUZZ / 20)) "packets accepted"
assert_ge "$dropped" $((FUZZ / 20)) "packets dropped"
assert_ge $((FUZZ + FUZZ / 10)) $((accepted + dropped)) "accepted and dropped"
for why in IN_RUNT IN_NO_SA IN_LATE IN_REPLAY IN_ICV IN_PADDING IN_NEXT_HEADER IN_INNER IN_BUNDLE \
	IN_COMPRESSED; do
	grep -q "^$why " "$TMP/drops" || fail "$why was not reached"
done
encap_stop
assert_tunnel 3

step "rtnetlink, ioctls, files"
ip netns add fuzz
in_ns fuzz ip link add phys type dummy
in_ns fuzz ip link set phys up
in_ns fuzz ip link add ipsec0 type ipsec
in_ns fuzz /usr/bin/python3 "$SRC/config-fuzz.py" "$FUZZ_CONFIG" "$SEED"
ip netns del fuzz
assert_tunnel 3
echo "COUNT packets $FUZZ reasons $(wc -l < "$TMP/drops") others $FUZZ_CONFIG"
