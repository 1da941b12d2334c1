#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 60
# check: uml 6.12
#
# Each flag of klipsdebug brings the lines it is for into the kernel's log, and no
# others; in another namespace they change nothing; keys are in none of them.
. "$(dirname "$0")/lib.sh"

# lines WORD: how many of these are in the log since `clean`
clean() { dmesg -C; }
lines() { dmesg | grep -c "klips_debug:$1: " || :; }
words() { dmesg | sed -n 's/.*klips_debug:\([^:]*\):.*/\1/p' | sort -u | xargs; }

# flag FLAG WORD...: a ping through the tunnel, an eroute and an attachment make these
flag() {
	local name=$1

	shift
	ipsec klipsdebug --set "$name"
	clean
	assert_ping sunset "$SUNRISE_4" 1
	assert_fails ipsec spi --del --said esp.fff@1.2.3.4 2> "$TMP/err"
	ipsec eroute --add --eraf inet --src 10.1.0.0/16 --dst 10.2.0.0/16 --said %drop
	ipsec eroute --del --eraf inet --src 10.1.0.0/16 --dst 10.2.0.0/16
	ipsec tncfg --attach --virtual ipsec1 --physical eth0
	ipsec tncfg --detach --virtual ipsec1
	assert_eq "$(words)" "$(printf '%s\n' "$@" | sort -u | xargs)" "what --set $name brings"
	ipsec klipsdebug --none

}

topo_up
klips_up aes128-sha1-96
xfrm_peer_up aes128-sha1-96
west ip link show ipsec1 > /dev/null 2>&1 || west ip link add ipsec1 type ipsec
assert_tunnel 2

step "each flag"
clean
assert_ping sunset "$SUNRISE_4" 1
assert_eq "$(words)" "" "what comes unasked"
flag tunnel xmit send tncfg
flag xmit xmit send
flag tncfg tncfg
flag rcv rcv deliver
flag eroute lookup eroute pfkey
flag radij lookup eroute pfkey
flag esp apply undo
flag xform apply undo
flag ah
flag ipcomp
flag spi pfkey
flag pfkey pfkey
flag netlink pfkey
flag verbose

step "what is dropped"
ipsec klipsdebug --set tunnel
ipsec eroute --replace --eraf inet --src $LEFT_4 --dst $RIGHT_4 --said %drop
clean
assert_no_ping sunset "$SUNRISE_4" 1
assert_match "$(dmesg)" "klips_debug:drop: ipsec0 OUT_SHUNT_DROP len 84" "the log"
ipsec klipsdebug --none

step "verbose; by sysctl; keys"
ipsec klipsdebug --set all
west sysctl -q -w net.ipsec.debug_tunnel=16
ipsec klipsdebug --set verbose
clean
ipsec eroute --replace --eraf inet --src $LEFT_4 --dst $RIGHT_4 \
	--said "$(said tun $SPI_TUN_OUT $EAST_4)"
klips_esp "$(said esp 999 $EAST_4)" $WEST_4 aes128-sha1-96
assert_ping sunset "$SUNRISE_4" 1
assert_ge "$(dmesg | grep -c 'klips_debug:xmit: skb .* mark')" 1 "lines of verbose"
for key in "$ENCKEY" "$AUTHKEY"; do
	key=${key#0x}
	[ -n "$key" ] || fail "no key to look for"
	! dmesg | grep -i "${key:0:16}" > /dev/null || fail "a key is in the log"
done

step "another namespace"
ipsec klipsdebug --none
east sysctl -q -w net.ipsec.debug_tunnel=16
clean
assert_ping sunset "$SUNRISE_4" 1
assert_eq "$(words)" "" "what east's word brings in west"
