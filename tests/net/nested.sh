#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# check: uml
#
# Bundles of all four transforms against the kernel's own, both ways, in IPv4
# and IPv6; and bundles taken apart by a sender: whoever leaves a layer out, or
# begins in the middle, gets nothing through.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/bundle.sh"

topo_up
klips_dev_up

for OUTER in 4 6; do
	INNER=$OUTER
	for bundle in "tun esp ah" "tun comp esp ah" "tun comp ah" "esp ah" "comp esp ah"; do
		step "IPv$OUTER: $bundle"
		# shellcheck disable=SC2086
		set -- $bundle
		bundle_up "$@"
		capture_start wire net west "esp or ah or ip proto 108 or ip6 proto 108"
		if [ "$1" = tun ]; then
			assert_tunnel 2
			assert_ping sunset "$(addr SUNRISE $INNER)" 2 -s 1100 -p 41
			tcp_transfer sunrise sunset "$(addr SUNSET $INNER)" 50000
		else
			assert_ping west "$(addr EAST $OUTER)" 2
			assert_ping east "$(addr WEST $OUTER)" 2 -s 1100 -p 41
			tcp_transfer west east "$(addr EAST $OUTER)" 50000
		fi
		capture_stop wire
		assert_ge "$(capture_count wire ah)" 20 "AH packets"
		assert_eq "$(capture_count wire not ah)" 0 "packets without AH outside"
		bundle_down "$@"
	done
done
assert_eq "$(drops | sed '/^OUT_TOO_BIG/d')" "" "drops in west but for what tells of the MTU"

# the peer sends with other transforms than west's group has; REASON is counted
refuse() { # REASON GROUP... -- WHAT-THE-PEER-SENDS...
	local reason=$1 before group=()

	shift
	before=$(drops "$reason")
	while [ "$1" != -- ]; do
		group+=("$1")
		shift
	done
	shift
	step "IPv$OUTER: west has ${group[*]}, the peer sends $*"
	klips_bundle "${group[@]}"
	xfrm_bundle "$@"
	capture_start clear west ipsec0 src net "$(inner_of right "$@")"
	if [ "$1" = tun ]; then
		assert_no_ping sunrise "$(addr SUNSET $INNER)" 2 -s 300 -p 41
	else
		assert_no_ping east "$(addr WEST $OUTER)" 2 -s 300 -p 41
	fi
	capture_stop clear
	assert_eq "$(capture_count clear)" 0 "packets that came out"
	assert_drops "$reason" $((before + 2))
	bundle_down "${group[@]}"
}

for OUTER in 4 6; do
	INNER=$OUTER
	refuse IN_BUNDLE tun esp ah -- tun esp		# begins in the middle
	refuse IN_BUNDLE tun esp ah -- tun ah		# leaves one out
	refuse IN_BUNDLE esp ah -- ah
	refuse IN_BUNDLE tun esp -- tun comp esp	# compresses, and should not
	refuse IN_BUNDLE tun comp esp -- esp		# no tunnel
	refuse IN_NO_SA tun ah -- tun esp		# nothing that is known
done

step "an SA behind a tunnel is not left out"
OUTER=4 INNER=4
klips_bundle ah tun esp
ESP_ALG=aes_gcm16 xfrm_bundle tun esp
before=$(drops IN_BUNDLE)
west ip route replace "$RIGHT_4" dev ipsec0
assert_no_ping sunrise "$SUNSET_4" 2
assert_drops IN_BUNDLE $((before + 2))
topo_down
