#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# check: uml
#
# What comes out of a tunnel is what its flow says, protocol and ports included,
# in either family, whole or in pieces; what is refused is counted with the flow.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

SEQ=0
esp() { # NEXT HEX
	SEQ=$((SEQ + 1))
	inject esp="$1:$2" seq=$SEQ sign="$AUTHKEY"
}

# inner4 PROTO PAYLOAD [FRAGMENT]: sunrise to sunset, FRAGMENT is 16 bits of flags and offset
inner4() {
	printf '4500%04x0001%s40%02x0000c0000201c0000101%s' $((20 + ${#2} / 2)) "${3:-0000}" "$1" "$2"
}

# inner6 NEXT PAYLOAD
inner6() {
	printf '60000000%04x%02x4020010db800020000000000000000000120010db8000100000000000000000001%s' \
		$((${#2} / 2)) "$1" "$2"
}

# flow [ARGS]: what the tunnel may carry from now on
flow() {
	local af=inet left right

	[ "$INNER" = 4 ] || af=inet6
	left=$(addr LEFT "$INNER") right=$(addr RIGHT "$INNER")
	ipsec eroute --addin --eraf $af --src "$right" --dst "$left" "$@" \
		--said "$(said tun "$SPI_TUN_IN" "$WEST_4")"
}

good() { # NEXT HEX
	local seen

	seen=$(received)
	esp "$@"
	expect
	assert_eq "$(received)" $((seen + 1)) "packets received"
}

bad() {
	local seen

	seen=$(received)
	esp "$@"
	expect IN_POLICY 1
	assert_eq "$(received)" "$seen" "packets received"
	REFUSED=$((REFUSED + 1))
	west grep -q "policy_refused=$REFUSED\b" /proc/net/ipsec/spi/table ||
		fail "policy_refused is not $REFUSED"
}

# source port 53, destination port 1024; the other way round
SOME=0035040000080000 OTHER=0400003500080000

topo_up
klips_up null-sha1-96
xfrm_peer_up null-sha1-96
steal 1
inbound_again null-sha1-96
alg null-sha1-96
expect_from_here

step "IPv4: protocol"
flow --transport-proto udp
REFUSED=0
good 4 "$(inner4 17 $SOME)"
good 4 "$(inner4 17 $SOME 0002)"
bad 4 "$(inner4 6 $SOME)"
bad 4 "$(inner4 1 $SOME)"
bad 41 "$(inner6 17 $SOME)"

step "IPv4: ports, which a later fragment has not"
flow --transport-proto udp --src-port 53
REFUSED=0
good 4 "$(inner4 17 $SOME)"
bad 4 "$(inner4 17 $OTHER)"
bad 4 "$(inner4 17 0035)"
good 4 "$(inner4 17 $SOME 2000)"
bad 4 "$(inner4 17 $SOME 0002)"
flow --transport-proto udp --dst-port 53
REFUSED=0
good 4 "$(inner4 17 $OTHER)"
bad 4 "$(inner4 17 $SOME)"

step "IPv6: the same behind extension headers"
INNER=6
flow --transport-proto udp --src-port 53
REFUSED=0
good 41 "$(inner6 17 $SOME)"
good 41 "$(inner6 60 1100010400000000$SOME)"
bad 41 "$(inner6 60 1100010400000000$OTHER)"
bad 41 "$(inner6 60 11ff010400000000$SOME)"
bad 41 "$(inner6 6 $SOME)"
good 41 "$(inner6 44 1100000100000001$SOME)"
bad 41 "$(inner6 44 1100000900000001$SOME)"
bad 4 "$(inner4 17 $SOME)"
flow --transport-proto udp
REFUSED=0
good 41 "$(inner6 44 1100000900000001$SOME)"
bad 41 "$(inner6 44 0600000900000001$SOME)"

step "IPv6 on the way out: a later fragment has the protocol that its header names"
ipsec eroute --clear
ipsec eroute --add --eraf inet6 --src "$LEFT_6" --dst "$RIGHT_6" --transport-proto udp --said %drop
probe <<-END
	$SUNSET_6 $SUNRISE_6 17 1 2 frag=0+ size=56
	$SUNSET_6 $SUNRISE_6 17 frag=64
	$SUNSET_6 $SUNRISE_6 6 frag=64
END
expect OUT_SHUNT_DROP 2 OUT_NO_EROUTE 1

step "inbound_policy_check 0: none of this"
west sh -c 'echo 0 > /proc/sys/net/ipsec/inbound_policy_check'
good 4 "$(inner4 6 $SOME)"
