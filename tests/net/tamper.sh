#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
#
# What arrives damaged, forged or misdirected is dropped for the right reason,
# exactly as often as it was sent, and leaves nothing on ipsec0: every byte
# changed, every length, wrong keys, SPIs, sources, order of SAs and inner
# addresses; in IPv4 and IPv6.
. "$(dirname "$0")/lib.sh"

# inject STEP...: forged packets from the wire to west; sets SENT
inject() {
	SENT=$(nic /usr/bin/python3 "$KLIPS_TOP/tests/net/src/inject.py" west "$TMP/base.pcap" "$@")
}

# expect NAME COUNT ...: so much more of these and of nothing else since last time
LAST=
expect() {
	local now line want=

	now=$(drops)
	while [ $# -gt 0 ]; do
		line=$(sed -n "s/^$1 //p" <<< "$LAST")
		assert_drops "$1" $((${line:-0} + $2))
		want+=$1$'\n'
		shift 2
	done
	while read -r line; do
		[ -z "$line" ] || grep -qxF "$line" <<< "$LAST" || grep -qxF "${line% *}" <<< "$want" ||
			fail "unexpected drops: $line (before: $LAST)"
	done <<< "$now"
	LAST=$now
}

# one packet on its way from east to west that west never got: base.pcap
steal() { # [ARGS of ping]
	local fam=ip

	[ "$OUTER" = 4 ] || fam=ip6
	west "${fam}tables" -w -t raw -I PREROUTING -i eth1 -p esp -j DROP
	capture_start base net west esp and src host "$(addr EAST "$OUTER")"
	assert_no_ping sunrise "$(addr SUNSET "$INNER")" 1 "$@"
	capture_stop base
	west "${fam}tables" -w -t raw -D PREROUTING -i eth1 -p esp -j DROP
	assert_eq "$(capture_count base)" 1 "packets stolen"
}

topo_up
klips_dev_up
for OUTER in 4 6; do
	INNER=$OUTER
	klips_route "$(addr RIGHT "$INNER")"
	klips_tunnel aes_gcm16 --replay_window 32
	xfrm_peer_up aes_gcm16
	steal
	capture_start clear west ipsec0

	step "IPv$OUTER: each byte of ESP changed"
	# all but the headers of the file, of the record, of Ethernet and IP
	esp_len=$(($(stat -c %s "$TMP/base.pcap") - 24 - 16 - 14 - (OUTER == 4 ? 20 : 40)))
	inject flip=+0:
	assert_eq "$SENT" $esp_len "packets sent"
	expect IN_NO_SA 4 IN_ICV $((SENT - 4))

	step "IPv$OUTER: each length"
	inject cut=0:$esp_len
	# 16 in front, two of trailer and 16 of ICV must be there; then whole words
	runts=34 fits=0
	for ((n = 34; n < esp_len; n++)); do
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
	ipsec spi --said "$(said tun $SPI_TUN_IN "$(addr WEST "$OUTER")")" --del
	ipsec spi --said "$(said tun $SPI_TUN_IN "$(addr WEST "$OUTER")")" --ip"$OUTER" \
		--src "$(addr EAST "$OUTER")" --dst "$(addr WEST "$OUTER")"
	alg aes_gcm16
	ipsec spi --said "$(said esp $SPI_IN "$(addr WEST "$OUTER")")" --src "$(addr EAST "$OUTER")" \
		--esp aes_gcm16 --enckey "${ENCKEY%?}0"
	ipsec spigrp --said "$(said tun $SPI_TUN_IN "$(addr WEST "$OUTER")")" \
		"$(said esp $SPI_IN "$(addr WEST "$OUTER")")"
	inject repeat=4
	expect IN_ICV 4
	west grep "esp0x$SPI_IN@" /proc/net/ipsec_spi | grep -q ' auth_errs=4 ' ||
		fail "the SA did not count them"

	capture_stop clear
	assert_eq "$(capture_count clear)" 0 "packets on ipsec0"
	klips_clear
	xfrm_down
	LAST=$(drops)
done
