#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml
#
# Sequence numbers: 64 bits of them against the kernel's own, both ways across
# 2^32; windows of 32 to 4096 packets, to the packet; and SAs that end before they
# would begin again, with 32 bits and with 64.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/bundle.sh"

NEAR_WRAP=4294967290		# six before 2^32
NEAR_END=0xfffffffefffffffe	# two before the last number with ESN
AFTER=10

# the last sequence number of an SA: seq_of esp out
seq_of() {
	west sed -n "s|^${1}0x$(spi_of "$1" "$2")@.* seq=\([0-9]*\).*|\1|p" /proc/net/ipsec_spi
}

# SAs both ways and their far ends, all with the last number: esn_up esp|ah NUMBER
esn_up() {
	local dir w e lo=$(($2 & 0xffffffff)) hi=$(($2 >> 32 & 0xffffffff)) flags
	flags="flag esn replay-window 128 replay-seq $lo replay-oseq $lo"
	flags+=" replay-seq-hi $hi replay-oseq-hi $hi"

	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	for dir in out in; do
		klips_sa_add tun $dir
		klips_sa_add "$1" $dir --esn --window 128 --last_seq "$2"
		ipsec spigrp --said "$(sa_of tun $dir)" "$(sa_of "$1" $dir)"
	done
	klips_flows "$(sa_of tun out)" "$(sa_of tun in)"
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_words "$1"
	# shellcheck disable=SC2086
	for dir in "$w $e $(spi_of "$1" out)" "$e $w $(spi_of "$1" in)"; do
		set -- "$1" $dir
		east ip xfrm state add src "$2" dst "$3" proto "$1" spi "0x$4" mode tunnel reqid 1 \
			$flags "${XFRM[@]}"
	done
	in_ns east ip -batch - <<-END2
		xfrm policy add src $(addr RIGHT "$INNER") dst $(addr LEFT "$INNER") dir out tmpl src $e dst $w proto $1 reqid 1 mode tunnel
		xfrm policy add src $(addr LEFT "$INNER") dst $(addr RIGHT "$INNER") dir in tmpl src $w dst $e proto $1 reqid 1 mode tunnel
		xfrm policy add src $(addr LEFT "$INNER") dst $(addr RIGHT "$INNER") dir fwd tmpl src $w dst $e proto $1 reqid 1 mode tunnel
	END2
}

topo_up
klips_dev_up
for OUTER in 4 6; do
	INNER=$OUTER
	for what in "esp aes_gcm16" "esp aes128-sha1-96" "ah sha2_256-128"; do
		# make check: each transform once
		case ${KLIPS_CHECK:+$OUTER}$what in 4*sha1* | 6*gcm* | 6ah*) continue ;; esac
		step "IPv$OUTER: across 2^32 with ${what#* }"
		kind=${what% *} ESP_ALG=${what#* } AH_ALG=${what#* }
		esn_up "$kind" $NEAR_WRAP
		capture_start wire net west "$kind" and src host "$(addr WEST $OUTER)"
		assert_ping sunset "$(addr SUNRISE $INNER)" $AFTER -i 0.01
		assert_ping sunrise "$(addr SUNSET $INNER)" $AFTER -i 0.01
		capture_stop wire
		for dir in out in; do
			assert_eq "$(seq_of "$kind" $dir)" $((NEAR_WRAP + 2 * AFTER)) \
				"sequence number of the SA $dir"
		done
		text=$(capture_text wire)
		assert_match "$text" 'seq=0xffffffff[,)]' "lower halves on the wire"
		assert_match "$text" 'seq=0x0[,)]' "lower halves on the wire"
		klips_clear
		xfrm_down
	done
done
assert_eq "$(drops)" "" "drops"

OUTER=4 INNER=4
step "windows, to the packet"
klips_tunnel null-sha1-96
xfrm_peer_up null-sha1-96
steal 1
xfrm_down
good=45000014000100004001b8f8c0000201c0000101
for window in 32 64 1000 4096; do
	inbound_again null-sha1-96 --window $window
	alg null-sha1-96
	expect_from_here
	before=$(received)
	oldest=$((9001 - window))
	inject esp=4:$good seqs=9000,$oldest,$((oldest - 1)),$oldest,9001,$oldest sign="$AUTHKEY"
	# 9000, the oldest in the window, not the one before it, not again, the next,
	# which leaves the oldest behind
	expect IN_LATE 2 IN_REPLAY 1
	assert_eq $(($(received) - before)) 3 "accepted with a window of $window"
done

step "an SA that goes on where another host stopped"
inbound_again null-sha1-96 --window 128 --last_seq 5000
alg null-sha1-96
inject esp=4:$good seqs=5000,4999,4872,5001 sign="$AUTHKEY"
expect IN_REPLAY 2 IN_LATE 1

step "what is not asked for rightly"
for bad in "--window 31" "--window 4097" "--last_seq 4294967296" \
	"--esn --last_seq 0xffffffff00000001" "--esn --last_seq 0xffffffffffffffff"; do
	# shellcheck disable=SC2086
	assert_fails klips_esp esp.999@$WEST_4 $EAST_4 aes_gcm16 $bad 2> /dev/null
done
assert_fails ipsec spi --said tun.999@$EAST_4 --ip4 --src $WEST_4 --dst $EAST_4 --esn 2> /dev/null

# used_up LAST-TWO...: two packets fit, the next ends the SA, and none follows
used_up() {
	expect_from_here
	capture_start wire net west esp and src host $WEST_4
	assert_eq "$(pings sunset $SUNRISE_4 4 -W 1 || :)" 2 "answers"
	capture_stop wire
	assert_eq "$(capture_text wire | sed 's/.*seq=\([^),]*\).*/\1/' | paste -sd' ')" "$*" \
		"sequence numbers on the wire"
	assert_ge "$(drops OUT_SEQ_EXHAUSTED)" 1 "packets that had no number"
	wait_until 5 gone || fail "the SA still stands: $(west cat /proc/net/ipsec_spi)"
}
gone() {
	! west grep -q "^esp0x$SPI_OUT@" /proc/net/ipsec_spi
}

step "32 bits are used up"
klips_clear
klips_tunnel aes_gcm16 --last_seq 4294967293
xfrm_peer_up aes_gcm16
used_up 0xfffffffe 0xffffffff

step "64 bits are used up"
klips_clear
xfrm_down
ESP_ALG=aes_gcm16
esn_up esp $NEAR_END
used_up 0xffffffff 0x0
