#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: uml
#
# The same as bad-input for AH and IPCOMP: headers cut at every length, lengths that
# lie, AH in AH, bombs; and packets that go round: to this host itself, out of one
# tunnel into the next. Each is lost by name, after so much work and no more, and the
# log stays quiet.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/bundle.sh"
. "$(dirname "$0")/lib/conserve.sh"

log_lines() {
	dmesg | grep -vc promiscuous || :
}

# milliseconds that a command takes
took() {
	local from=${EPOCHREALTIME/./}

	"$@"
	echo $(((${EPOCHREALTIME/./} - from) / 1000))
}

topo_up
klips_dev_up
LOG=$(log_lines)
AH_ALG=sha1-96
for OUTER in 4 6; do
	INNER=$OUTER
	step "IPv$OUTER: AH cut at every length"
	bundle_up tun ah
	STEAL=ah steal 1
	expect_from_here
	length=$(payload_length)
	inject cut=0:24
	expect IN_RUNT 24
	inject cut=24:"$length"
	expect IN_ICV $((length - 24))
	step "IPv$OUTER: every length that AH may claim but the right one"
	inject values=+1
	expect IN_RUNT 255
	step "IPv$OUTER: AH with the number 0, with SPIs of nobody"
	inject set=+8:00000000
	inject set=+4:00000000
	inject set=+4:000000ff
	expect IN_SEQ_ZERO 1 IN_NO_SA 2
	if [ $OUTER = 4 ]; then
		step "AH in AH, next headers that lead back to itself"
		SEQ=100
		for next in 51 50 108 0 43 60 6 255; do
			SEQ=$((SEQ + 1))
			inject ah="$AUTHKEY:0x$(spi_of ah in):$SEQ:$next:$(hex 44 1)"
		done
		expect IN_BUNDLE 8
		inject ah="$AUTHKEY:0x$(spi_of ah in):200:59:$(hex 44 1)"
		expect IN_NEXT_HEADER 1
	fi
	bundle_down tun ah

	step "IPv$OUTER: IPCOMP cut at every length"
	west sysctl -qw net.ipsec.plain_ipip=1
	klips_sa_add comp in
	cpi=0x$(spi_of comp in)
	inject comp="$cpi:59:1000" cut=0:4
	expect IN_RUNT 4
	inject comp="$cpi:59:1000" cut=4:15
	expect IN_COMPRESSED 11
	inject comp="$cpi:59:1000"
	expect IN_NEXT_HEADER 1

	step "IPv$OUTER: bombs"
	inject comp="$cpi:59:16200"
	expect IN_NEXT_HEADER 1
	inject comp="$cpi:59:16300" repeat=3
	expect IN_COMPRESSED 3
	west ip link set ipsec0 mtu 65535
	head=$((OUTER == 4 ? 20 : 40))
	inject comp="$cpi:59:$((65535 - head))"
	expect IN_NEXT_HEADER 1
	inject comp="$cpi:59:$((65536 - head))"
	expect IN_COMPRESSED 1
	if [ $OUTER = 4 ]; then
		# 10 MB each, which to inflate would take seconds; the same for nobody, to compare
		nobody=$(took inject comp="0x777:59:10000000" fragments=1200 repeat=300)
		bombs=$(took inject comp="$cpi:59:10000000" fragments=1200 repeat=300)
		expect IN_NO_SA 300 IN_COMPRESSED 300
		echo "300 bombs: $bombs ms, and for nobody: $nobody ms"
		assert_ge $((nobody + 4000 * KLIPS_SLOW)) "$bombs" "milliseconds for nobody, and some"
	fi
	west ip link set ipsec0 mtu 16260
	west sysctl -qw net.ipsec.plain_ipip=0
	klips_clear
done

OUTER=4 INNER=4
step "to itself: SAs that end at this host send nothing"
expect_from_here
ipsec spi --said tun.500@$WEST_4 --ip4 --src $WEST_4 --dst $WEST_4
klips_esp esp.501@$WEST_4 $WEST_4 null-sha1-96
ipsec spigrp --said tun.500@$WEST_4 esp.501@$WEST_4
ipsec eroute --add --eraf inet --src 10.1.0.0/16 --dst 10.5.0.0/16 --said tun.500@$WEST_4
probe <<< "10.1.0.1 10.5.0.1 1"
expect OUT_PLAIN_IPIP 1
klips_clear

step "out of one tunnel into the next, which leads back: what the flow does not allow"
klips_tunnel null-sha1-96
xfrm_peer_up null-sha1-96
ipsec eroute --add --eraf inet --src "$LEFT_4" --dst 10.66.0.0/16 --said tun.$SPI_TUN_OUT@$EAST_4
west ip route add 10.66.0.0/16 dev ipsec0
for dir in out in fwd; do
	case $dir in
	out) ends="src $EAST_4 dst $WEST_4" ;;
	*) ends="src $WEST_4 dst $EAST_4" ;;
	esac
	# shellcheck disable=SC2086
	east ip xfrm policy add src "$LEFT_4" dst 10.66.0.0/16 dir $dir tmpl $ends proto esp reqid 1 mode tunnel
done
expect_from_here
assert_no_ping sunset 10.66.0.1 1
expect IN_POLICY 1

step "and without a check, until the hop limit"
west sysctl -qw net.ipsec.inbound_policy_check=0
capture_start wire net west esp
assert_no_ping sunset 10.66.0.1 1
capture_stop wire
expect
echo "$(capture_count wire) packets on the wire"
assert_ge 64 "$(capture_count wire)" "packets on the wire"
assert_ge "$(capture_count wire)" 30 "packets on the wire"
west sysctl -qw net.ipsec.inbound_policy_check=1

step "and still it works, and the log has stayed quiet"
klips_route "$RIGHT_4"
assert_tunnel 2
assert_ge 5 $(($(log_lines) - LOG)) "lines in the log"
