# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced after lib.sh by scenarios that forge packets: steal one that east sent,
# put it on the wire again changed, and account for every drop.

# inject STEP...: what inject.py makes of base.pcap, from the wire to west, or,
# with TO=east, to east; sets SENT
inject() {
	SENT=$(nic /usr/bin/python3 "$KLIPS_TOP/tests/net/src/inject.py" "${TO:-west}" \
		"$TMP/base.pcap" "$@")
}

# lines for probe.py, straight into a device; no pipe in front, since they are counted
# for lib/conserve.sh
probe() { # [DEVICE]
	local lines

	lines=$(cat)
	CONSERVE_MORE=$((${CONSERVE_MORE-0} + $(wc -l <<< "$lines")))
	west /usr/bin/python3 "$KLIPS_TOP/tests/net/src/probe.py" "${1:-ipsec0}" <<< "$lines"
}

# bytes of what base.pcap's only packet carries behind its IP header
payload_length() {
	# all but the headers of the file, of the record, of Ethernet and of IP
	echo $(($(stat -c %s "$TMP/base.pcap") - 24 - 16 - 14 - (OUTER == 4 ? 20 : 40)))
}

# steal COUNT [ARGS of ping]: base.pcap gets packets with which east answers or
# asks, and which west never saw; STEAL is their protocol, if it is not esp
steal() {
	local count=$1 tables=iptables

	shift
	[ "$OUTER" = 4 ] || tables=ip6tables
	west $tables -w -t raw -I PREROUTING -i eth1 -p "${STEAL:-esp}" -j DROP
	capture_start base net west "${STEAL:-esp}" and src host "$(addr EAST "$OUTER")"
	in_ns "${STEAL_FROM:-sunrise}" ping -n -q -c "$count" -i 0.002 -W 1 "$@" \
		"${STEAL_TO:-$(addr SUNSET "$INNER")}" > /dev/null || :
	capture_stop base
	west $tables -w -t raw -D PREROUTING -i eth1 -p "${STEAL:-esp}" -j DROP
	assert_eq "$(capture_count base)" "$count" "packets stolen"
}

# expect [NAME COUNT]...: so many more of these drops, and none of any other,
# since the last time
LAST_DROPS=
expect() {
	local now=$LAST_DROPS line

	while [ $# -gt 0 ]; do
		line=$(grep "^$1 " <<< "$now") || line="$1 0"
		now=$(grep -v "^$1 " <<< "$now" || :)
		[ "$2" = 0 ] || now+=$'\n'"$1 $((${line#* } + $2))"
		shift 2
	done
	assert_eq "$(drops | sort)" "$(sort <<< "$now" | grep . || :)" "drops (before: $LAST_DROPS)"
	LAST_DROPS=$(drops)
}

# begin to account here
expect_from_here() {
	LAST_DROPS=$(drops)
}

# the inbound half of klips_tunnel anew: fresh counters and windows.
# inbound_again ALG [ARGS of spi]
inbound_again() {
	local w e alg=$1

	shift
	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	ipsec spi --said "$(said tun $SPI_TUN_IN "$w")" --del
	ipsec spi --said "$(said tun $SPI_TUN_IN "$w")" --ip"$OUTER" --src "$e" --dst "$w"
	klips_esp "$(said esp $SPI_IN "$w")" "$e" "$alg" "$@"
	ipsec spigrp --said "$(said tun $SPI_TUN_IN "$w")" "$(said esp $SPI_IN "$w")"
}

# packets that ipsec0 has received
received() {
	west sed -n 's/^ *ipsec0: *[0-9]* *\([0-9]*\).*/\1/p' /proc/net/dev
}

# a key daemon's UDP socket that carries ESP: encap_start NS ARGS of encap.py;
# what reaches the daemon is in $TMP/encap.NS
encap_start() {
	nsenter --net="/run/netns/$1" -- /usr/bin/python3 "$KLIPS_TOP/tests/net/src/encap.py" \
		"${@:2}" > "$TMP/encap.$1" &
	ENCAP_PIDS="${ENCAP_PIDS-} $!"
	wait_until 10 grep -q listening "$TMP/encap.$1"
}

encap_stop() {
	# shellcheck disable=SC2086
	kill $ENCAP_PIDS
	ENCAP_PIDS=
	sleep 0.1
}
