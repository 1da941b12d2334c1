#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# cpus: 2
# check: uml
#
# Several processors at one SA at once, out and in: each sequence number is on the wire
# once, no packet is lost or taken for a replay, and packets and bytes of the SAs are
# exact.
#
# ROUNDS and EACH in the guest make it longer. A round sends fewer packets than the
# replay windows have room for: a virtual processor may stand still while it holds one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/src/flood.sh"
. "$(dirname "$0")/lib/bundle.sh"
. "$(dirname "$0")/lib/conserve.sh"

CPUS=$(nproc)
[ "$CPUS" -gt 1 ] || skip "one processor: CPUS=2 make vm-check"
[ -z "${KLIPS_CHECK-}" ] || ROUNDS=${ROUNDS:-2}
ROUNDS=${ROUNDS:-4}
EACH=${EACH:-$((3600 / CPUS))}	# packets of each sender in a round
SIZE=200
WINDOW=4096

# packets or bytes of an SA: sa_field esp out packets
sa_field() {
	west sed -nE "s/^said=${1}0x$(spi_of "$1" "$2")@.*\t$3=([0-9]*).*/\1/p" /proc/net/ipsec/spi/table
}

# one on each processor: receivers START|STOP NS
receivers() {
	local ns=$2 cpu

	for ((cpu = 0; cpu < CPUS; cpu++)); do
		if [ "$1" = start ]; then
			nsenter --net="/run/netns/$ns" -- taskset -c $cpu "$FLOOD" recv $((7000 + cpu)) \
				> "$TMP/got.$ns.$cpu" 2> "$TMP/err.$ns.$cpu" &
			echo $! > "$TMP/pid.$ns.$cpu"
			wait_until 5 grep -q listening "$TMP/err.$ns.$cpu"
		else
			kill "$(cat "$TMP/pid.$ns.$cpu")"
			wait "$(cat "$TMP/pid.$ns.$cpu")" || :
			assert_eq "$(cat "$TMP/got.$ns.$cpu")" "$((ROUNDS * EACH)) 0" \
				"different and double packets on processor $cpu of $ns"
		fi
	done
}

senders() { # NS ADDRESS FIRST
	local cpu

	for ((cpu = 0; cpu < CPUS; cpu++)); do
		nsenter --net="/run/netns/$1" -- taskset -c $cpu "$FLOOD" send "$2" $((7000 + cpu)) 0 \
			"$EACH" $SIZE "$3" > "$TMP/sent.$1.$cpu" &
		SENDERS+=($!)
	done
}

all_through() { # PACKETS, in each direction
	[ "$(sa_field "$FIRST_SA" in packets)" -ge "$1" ] &&
		[ "$(xfrm_count east "0x$(spi_of "$OUTERMOST" out)")" -ge "$1" ]
}

# the sequence numbers of ESP or AH from an address: 1 to COUNT, each once
numbers_once() { # ESP|AH ADDRESS COUNT
	capture_text wire src host "$2" | grep -o "$1(spi=0x[0-9a-f]*,seq=0x[0-9a-f]*" | sed 's/.*=//' |
		while read -r n; do echo $((n)); done | sort -n |
		awk -v n="$3" '$1 != NR { exit bad = 1 } END { if (bad) print $1, "at", NR
			exit bad || NR != n }' > "$TMP/bad" ||
		fail "numbers of $1 from $2: $(cat "$TMP/bad")"
}

# with_bundle TRANSFORMS...: rounds of traffic both ways
with_bundle() {
	local n=$((ROUNDS * EACH * CPUS)) round dir kind

	FIRST_SA=$1 OUTERMOST=${*: -1}
	step "$CPUS processors, $n packets each way through $*"
	bundle_up "$@"
	expect_from_here
	capture_start wire net west -s 200 -B 32768 esp or ah
	receivers start sunrise
	receivers start sunset
	for ((round = 0; round < ROUNDS; round++)); do
		SENDERS=()
		senders sunset $SUNRISE_4 $((round * EACH))
		senders sunrise $SUNSET_4 $((round * EACH))
		wait "${SENDERS[@]}"
		wait_until 20 all_through $(((round + 1) * EACH * CPUS)) ||
			fail "round $round: not all came through"
	done
	receivers stop sunrise
	receivers stop sunset
	capture_stop wire
	assert_match "$(cat "$TMP/wire.tcpdump")" "(^|[^0-9])0 packets dropped by kernel" "tcpdump"
	expect
	assert_eq "$(cat "$TMP"/sent.* | sort -u)" "$EACH 0" "sent, and failed"
	for kind in "$@"; do
		for dir in out in; do
			assert_eq "$(sa_field "$kind" $dir packets)" $n "packets of $kind $dir"
		done
		case $kind in
		esp | ah)
			numbers_once "${kind^^}" $WEST_4 $n
			numbers_once "${kind^^}" $EAST_4 $n
			assert_eq "$(sa_field "$kind" out seq)" $n "last number of $kind"
			;;
		tun)
			for dir in out in; do
				assert_eq "$(sa_field tun $dir bytes)" $((n * (28 + SIZE))) "bytes of tun $dir"
			done
			;;
		esac
	done
	bundle_down "$@"
}

topo_up
klips_dev_up
# neighbours know each other
assert_ping west $EAST_4 1
assert_ping sunset 192.0.1.254 1
assert_ping sunrise 192.0.2.254 1
ESP_ALG=aes_gcm16
with_bundle tun esp
with_bundle tun comp esp ah
[ -n "${KLIPS_CHECK-}" ] || {
	ESP_ALG=aes128-sha1-96
	with_bundle tun esp
	ESP_ALG=chacha20poly1305
	with_bundle tun esp ah
}
assert_eq "$(xfrm_stat east XfrmInStateSeqError)" 0 "packets that the far end took for replays"
