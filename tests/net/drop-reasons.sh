#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# check: uml
#
# The rarer reasons to drop a packet: frozen SAs, sequence numbers that are used up,
# fragments for AH, a way to the peer that leads back.  And no reason of klips/drop.h is
# without a scenario that counts it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

handover() { # save|load
	in_ns west "$KLIPS_B/tools/_handover" "$1"
}

step "each reason has a scenario"
for name in $(sed -n 's/^\tX(\([A-Z_]*\), .*/\1/p' "$KLIPS_TOP/klips/drop.h"); do
	grep -qE "(expect|drops) .*\b$name\b" "$KLIPS_TOP"/tests/net/{,lib/}*.sh ||
		fail "no scenario counts drops for $name"
done

topo_up
klips_up null-sha1-96
xfrm_peer_up null-sha1-96
steal 2
inbound_again null-sha1-96
expect_from_here

step "SAs that are being handed over"
handover save > "$TMP/sas"
probe <<< "$SUNSET_4 $SUNRISE_4 1"
expect OUT_SA_STATE 1
inject pick=0
expect IN_SA_STATE 1

step "sequence numbers used up: the SA goes before they begin anew"
# esp 201 comes back with 2^32-3 as the last one used, when its gap is added
sed -i -E "s/^(sa .{56}00000$SPI_OUT.{176}).{16}/\1fdfffeff00000000/" "$TMP/sas"
ipsec spi --clear
handover load < "$TMP/sas"
assert_eq "$(pings sunset "$SUNRISE_4" 2)" 2 "answers to pings with the last two numbers"
expect
probe <<< "$SUNSET_4 $SUNRISE_4 1"
expect OUT_SEQ_EXHAUSTED 1
gone() {
	! west grep -q "^esp0x$SPI_OUT@" /proc/net/ipsec_spi
}
wait_until 5 gone || fail "the SA is still there"
probe <<< "$SUNSET_4 $SUNRISE_4 1"
expect OUT_NO_SA 1

# IPv4's would be put together
step "AH takes no fragments"
mac_alg sha1
ipsec spi --said "ah:700@$EAST_6" --src "$WEST_6" --ah hmac-sha1-96 --authkey "$AUTHKEY"
ipsec eroute --add --eraf inet6 --src "$WEST_6/128" --dst "$EAST_6/128" --said "ah:700@$EAST_6"
probe <<-END
	$WEST_6 $EAST_6 58 frag=0+ size=64
	$WEST_6 $EAST_6 58 frag=64
	$WEST_6 $EAST_6 58
END
expect OUT_FRAGMENT 2

step "the way to the peer leads into an ipsecN"
west ip -batch - <<-END
	link add vrf0 type vrf table 77
	link set vrf0 up
	link add ipsec1 type ipsec
	link add ipsec2 type ipsec
END
ipsec tncfg --attach --virtual ipsec1 --physical vrf0
ipsec tncfg --attach --virtual ipsec2 --physical eth1
west ip -batch - <<-END
	link set ipsec1 up
	link set ipsec2 up
	link set ipsec2 master vrf0
	route add 10.98.0.0/16 dev ipsec2 table 77
END
ipsec spi --said tun.800@10.98.0.1 --ip4 --src "$WEST_4" --dst 10.98.0.1
klips_esp esp.801@10.98.0.1 "$WEST_4" null-sha1-96
ipsec spigrp --said tun.800@10.98.0.1 esp.801@10.98.0.1
ipsec eroute --add --eraf inet --src 10.1.0.0/16 --dst 10.2.0.0/16 --said tun.800@10.98.0.1
probe ipsec1 <<< "10.1.0.1 10.2.0.1 1"
expect OUT_RECURSION 1
