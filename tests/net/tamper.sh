#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: uml 6.1
#
# What arrives damaged, forged or misdirected is dropped for the right reason,
# exactly as often as it was sent, and leaves nothing on ipsec0: every byte
# changed, every length, wrong keys, SPIs and sources; in IPv4 and IPv6.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

topo_up
klips_dev_up
for OUTER in 4 6; do
	INNER=$OUTER
	klips_route "$(addr RIGHT "$INNER")"
	klips_tunnel aes_gcm16 --replay_window 32
	xfrm_peer_up aes_gcm16
	steal 1
	len=$(payload_length)
	capture_start clear west ipsec0

	step "IPv$OUTER: each byte of ESP changed"
	inject flip=+0:
	assert_eq "$SENT" "$len" "packets sent"
	expect IN_NO_SA 4 IN_ICV $((SENT - 4))

	step "IPv$OUTER: each length"
	inject cut=0:"$len"
	# 16 in front, two of trailer and 16 of ICV must be there; then whole words
	runts=34 fits=0
	for ((n = 34; n < len; n++)); do
		if ((n % 4)); then runts=$((runts + 1)); else fits=$((fits + 1)); fi
	done
	expect IN_RUNT $runts IN_ICV $fits

	step "IPv$OUTER: SPIs of nobody, a source that is not the peer's"
	inject spi=0x12345678 repeat=5
	expect IN_NO_SA 5
	inject spi=0 repeat=3
	expect IN_NO_SA 3
	inject spi=255
	expect IN_NO_SA 1
	inject src="$(addr NIC "$OUTER")" repeat=7
	expect IN_SOURCE 7

	step "IPv$OUTER: sequence numbers forged"
	inject seq=0 repeat=2
	expect IN_SEQ_ZERO 2
	inject seq=0xffffffff repeat=2
	expect IN_ICV 2

	step "IPv$OUTER: the wrong key"
	inbound_again aes_gcm16
	alg aes_gcm16
	ipsec spi --said "$(said esp $SPI_IN "$(addr WEST "$OUTER")")" --del
	ipsec spi --said "$(said esp $SPI_IN "$(addr WEST "$OUTER")")" \
		--src "$(addr EAST "$OUTER")" --esp aes_gcm16 --enckey "${ENCKEY%?}0"
	inject repeat=4
	expect IN_ICV 4
	west grep "^esp0x$SPI_IN@" /proc/net/ipsec_spi | grep -q ' auth_errs=4 ' ||
		fail "the SA did not count them"

	capture_stop clear
	assert_eq "$(capture_count clear)" 0 "packets on ipsec0"
	klips_clear
	xfrm_down
done
assert_eq "$(received)" 0 "packets that ipsec0 counts"
