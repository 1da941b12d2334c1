# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced after lib.sh by scenarios with continuous traffic: a numbered stream of
# datagrams from one place to another while something changes.

FLOOD=$KLIPS_B/tests/net/flood

# flood_start FROM TO ADDRESS [INTERVAL_US [SIZE]]
flood_start() {
	local size=${5:-64}

	rm -f "$TMP/flood.err"
	nsenter --net="/run/netns/$2" -- "$FLOOD" recv 7000 > "$TMP/flood.recv" 2> "$TMP/flood.err" &
	FLOOD_RECV=$!
	wait_until 5 grep -q listening "$TMP/flood.err"
	nsenter --net="/run/netns/$1" -- "$FLOOD" send "$3" 7000 $((${4:-4000} * KLIPS_SLOW)) \
		4000000 "$size" > "$TMP/flood.send" &
	FLOOD_SEND=$!
}

# flood_stop: sets SENT, FAILED, GOT, TWICE
flood_stop() {
	kill $FLOOD_SEND
	wait $FLOOD_SEND || :
	kill $FLOOD_RECV
	wait $FLOOD_RECV || :
	read -r SENT FAILED < "$TMP/flood.send"
	read -r GOT TWICE < "$TMP/flood.recv"
	echo "sent $SENT (and failed to $FAILED times), received $GOT"
	assert_eq "$TWICE" 0 "packets that arrived twice"
	assert_ge "$SENT" 10 "packets sent"
}

# the guard: cleartext for the far net must never leave by eth1
leak_guard() {
	TABLE=mangle fw_watch west POSTROUTING leak -o eth1 -d "$RIGHT_4" -j DROP
	TABLE=mangle IPTABLES=ip6tables fw_watch west POSTROUTING leak -o eth1 -d "$RIGHT_6" -j DROP
	capture_start leak net br0 "not esp and (net $RIGHT_4 or net $RIGHT_6)"
}

assert_no_leak() {
	assert_eq "$(TABLE=mangle fw_count west leak)" 0 "cleartext stopped by the guard"
	assert_eq "$(TABLE=mangle IPTABLES=ip6tables fw_count west leak)" 0 "IPv6 cleartext stopped"
	assert_eq "$(capture_count leak)" 0 "packets in clear on the wire"
}
