# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by scenarios about traps and holds, after lib.sh: a key daemon on west
# (tests/net/src/keyd.c), numbered packets (tests/net/src/flows.c), and what the
# kernel says about packets that wait. Behind sunrise there is a net of 65,536
# addresses, all its own.

FAR=10.2.0.0/16 FAR_FIRST=10.2.0.1
HOLD_ALG=aes128-sha1-96
# what east's window would refuse here are packets that two processors of the
# guest overtook each other with; nothing is sent twice by others
REPLAY=0

# the far net, east's half of the tunnel to it, and our ipsec0 towards it
holds_up() {
	topo_up
	klips_dev_up
	sunrise ip route add local "$FAR" dev lo
	east ip route add "$FAR" via "$SUNRISE_4" dev eth0
	klips_route "$FAR"
	klips_route "$RIGHT_4"
	RIGHT_4=$FAR xfrm_peer_up "$HOLD_ALG"
	alg "$HOLD_ALG"
}

# the inbound SAs, for what is answered
inbound_up() {
	local w e

	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	ipsec spi --said "$(said tun $SPI_TUN_IN "$w")" --ip"$OUTER" --src "$e" --dst "$w"
	klips_esp "$(said esp $SPI_IN "$w")" "$e" "$HOLD_ALG"
	ipsec spigrp --said "$(said tun $SPI_TUN_IN "$w")" "$(said esp $SPI_IN "$w")"
}

# trap_up SAID [MORE WORDS of eroute]: over the two nets
trap_up() {
	local said=$1

	shift
	ipsec eroute --add --eraf inet --src "$LEFT_4" --dst "$FAR" --said "$said" "$@"
}

# keyd_start MODE DELAY-MS [WORDS]: its words in $TMP/keyd
keyd_start() {
	rm -f "$TMP/keyd"	# what the last one said is no sign of this one
	# without a shell in between, so that it is keyd that gets the signal
	nsenter --net=/run/netns/west -- "$KLIPS_B/tests/net/keyd" "$1" "$2" tunnel \
		"$(addr WEST "$OUTER")" "$(addr EAST "$OUTER")" $SPI_TUN_OUT $SPI_OUT \
		"$ENCKEY" "$AUTHKEY" nets "$LEFT_4" "$FAR" "${@:3}" > "$TMP/keyd" 2>&1 &
	KEYD=$!
	# the first REGISTER loads every cipher there is
	wait_until 60 grep -q ready "$TMP/keyd" || fail "keyd: $(cat "$TMP/keyd")"
}

# keyd_stop [STATUS]: KEYD_SAID is its last line, the counts
keyd_stop() {
	local rc=0

	kill "$KEYD"
	wait "$KEYD" || rc=$?
	[ "$rc" = "${1:-0}" ] || fail "keyd ended with $rc: $(cat "$TMP/keyd")"
	KEYD_SAID=$(tail -1 "$TMP/keyd")
}

keyd_acquires() {
	grep -c '^acquire' "$TMP/keyd" || :
}

# a fresh start: no eroutes, no SAs, no daemon; east expects sequence numbers anew
holds_again() {
	klips_clear
	xfrm_down
	RIGHT_4=$FAR xfrm_peer_up "$HOLD_ALG"
}

# receive_start FLOWS COUNT [IDLE-MS]: UDP port 7000 of every far address
receive_start() {
	rm -f "$TMP/received"
	nsenter --net=/run/netns/sunrise -- "$KLIPS_B/tests/net/flows" receive 7000 "$1" "$2" \
		$((${3:-4000} * KLIPS_SLOW)) > "$TMP/received" &
	RECEIVER=$!
	wait_until 5 grep -q ready "$TMP/received"
}

# send_flows FLOWS COUNT [PAUSE-US [BYTES [SPORT [FROM]]]]
send_flows() {
	sunset "$KLIPS_B/tests/net/flows" send "$FAR_FIRST" 7000 "$1" "$2" "${@:3}"
}

# traffic_start FLOWS COUNT PAUSE-US: what send_flows sends, until traffic_stop
traffic_start() {
	receive_start "$1" "$2" 60000
	nsenter --net=/run/netns/sunset -- "$KLIPS_B/tests/net/flows" send "$FAR_FIRST" 7000 \
		"$1" "$2" "$3" > "$TMP/sent" &
	SENDER=$!
}

# traffic_stop: SENT, RECEIVED, AGAIN, DISORDERED, MISSING are the counts
traffic_stop() {
	kill "$SENDER"
	wait "$SENDER"
	wait_until 5 nothing_waits || fail "packets wait for ever"
	sleep 0.$((KLIPS_SLOW > 1 ? 9 : 3))
	kill "$RECEIVER"
	wait "$RECEIVER"
	read -r _ SENT < "$TMP/sent"
	read -r _ RECEIVED _ AGAIN _ DISORDERED _ MISSING _ <<< "$(grep ^received "$TMP/received")"
	echo "sent $SENT, $(grep -v ready "$TMP/received")"
}

assert_received() { # FLOWS*COUNT: each once, in order
	wait "$RECEIVER"
	assert_eq "$(grep ^received "$TMP/received")" \
		"received $1 again 0 disordered 0 missing 0 strange 0" \
		"what came ($(grep ^first "$TMP/received" || :))"
}

# a line of /proc/net/ipsec/stats/hold_sum
hold_sum() {
	west awk -v n="$1" '$1 == n { print $2 }' /proc/net/ipsec/stats/hold_sum
}

trap_counts() { # hexadecimal: wanted and sent
	west cat /proc/net/ipsec/stats/trap_count /proc/net/ipsec/stats/trap_sendcount | xargs
}

# the eroutes, one blank between fields
eroutes() {
	west cat /proc/net/ipsec_eroute | tr -s ' '
}

west_sysctl() { # NAME VALUE...
	while [ $# -gt 0 ]; do
		west sysctl -q -w "net.ipsec.$1=$2"
		shift 2
	done
}

nothing_waits() {
	[ "$(hold_sum waiting) $(hold_sum bytes)" = "0 0" ]
}
