#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 120
# check: uml
#
# A gateway's life, as long as one likes: streams of several sizes in both directions,
# TCP and IPv6 beside them, while keys change, tables are swapped, MTUs change and
# everything is listed.  Each round has to account for each packet, and to leave as
# many objects and as much memory in use as the first.
#
# SOAK_SECONDS is how long, ROUND how many of them make a round.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/flood.sh"

SOAK_SECONDS=${SOAK_SECONDS:-12}
ROUND=${ROUND:-4}
# so much more kernel memory is no leak; KASAN keeps what was freed for a while
case ${KLIPS_KERNEL-} in *debug) keeps=8192 ;; *) keeps=2048 ;; esac
GROWTH_KB=${GROWTH_KB:-$keeps}
STREAMS="sunset:sunrise:7000:64 sunset:sunrise:7001:1200 sunset:sunrise:7002:3000 sunrise:sunset:7003:1200 sunrise:sunset:7004:3000"
GENERATION=0

# ---- packets, each of them accounted for -------------------------------------

streams_start() {
	local one from to port size

	for one in $STREAMS; do
		IFS=: read -r from to port size <<< "$one"
		rm -f "$TMP/err.$port"	# the last round's word
		nsenter --net="/run/netns/$to" -- "$FLOOD" recv "$port" > "$TMP/recv.$port" 2> "$TMP/err.$port" &
		echo $! > "$TMP/recv.$port.pid"
		wait_until 5 grep -q listening "$TMP/err.$port"
		nsenter --net="/run/netns/$from" -- "$FLOOD" send "$(addr "${to^^}" 4)" "$port" \
			$((4000 * KLIPS_SLOW)) 4000000 "$size" > "$TMP/send.$port" &
		echo $! > "$TMP/send.$port.pid"
	done
}

streams_stop() {
	local kind port sent failed got twice

	for kind in send recv; do
		# shellcheck disable=SC2046
		kill $(cat "$TMP"/$kind.*.pid)
		# shellcheck disable=SC2046
		wait $(cat "$TMP"/$kind.*.pid) || :
	done
	for port in 7000 7001 7002 7003 7004; do
		read -r sent failed < "$TMP/send.$port"
		read -r got twice < "$TMP/recv.$port"
		assert_eq "$got $twice" "$sent 0" "packets of stream $port, and received twice (failed to send: $failed)"
		PACKETS=$((PACKETS + sent))
	done
	assert_eq "$(drops)" "" "drops"
}

# ---- what changes ------------------------------------------------------------

# the generation's four SPIs and its key
generation() {
	SPI_OUT=$(printf %x $((0x1000 + $1 * 4))) SPI_IN=$(printf %x $((0x1001 + $1 * 4)))
	SPI_TUN_OUT=$(printf %x $((0x1002 + $1 * 4))) SPI_TUN_IN=$(printf %x $((0x1003 + $1 * 4)))
	ENCKEY=0x$(hex 20 $(($1 & 255)))
}

tunnel_sas() { # TUN ESP SRC DST
	ipsec spi --said "tun.$1@$4" --ip4 --src "$3" --dst "$4"
	ipsec spi --said "esp.$2@$4" --src "$3" --esp aes_gcm16 --enckey "$ENCKEY" --replay_window 64
	ipsec spigrp --said "tun.$1@$4" "esp.$2@$4"
}

east_sa() { # SRC DST SPI
	xfrm_sa east "$1" "$2" esp "0x$3" tunnel aead 'rfc4106(gcm(aes))' "$ENCKEY" 128
}

# new keys both ways: first who receives knows them, then who sends, then the old go
rekey() {
	local old=$GENERATION

	GENERATION=$((GENERATION + 1))
	generation $GENERATION
	east_sa "$WEST_4" "$EAST_4" "$SPI_OUT"
	tunnel_sas "$SPI_TUN_IN" "$SPI_IN" "$EAST_4" "$WEST_4"
	ipsec eroute --addin --eraf inet --src "$RIGHT_4" --dst "$LEFT_4" --said "tun.$SPI_TUN_IN@$WEST_4"
	east_sa "$EAST_4" "$WEST_4" "$SPI_IN"
	tunnel_sas "$SPI_TUN_OUT" "$SPI_OUT" "$WEST_4" "$EAST_4"
	ipsec eroute --replace --eraf inet --src "$LEFT_4" --dst "$RIGHT_4" --said "tun.$SPI_TUN_OUT@$EAST_4"
	generation $old
	east ip xfrm state delete src "$EAST_4" dst "$WEST_4" proto esp spi "0x$SPI_IN"
	sleep 0.1
	ipsec spi --del --said "tun.$SPI_TUN_OUT@$EAST_4"
	ipsec spi --del --said "tun.$SPI_TUN_IN@$WEST_4"
	east ip xfrm state delete src "$WEST_4" dst "$EAST_4" proto esp spi "0x$SPI_OUT"
	REKEYS=$((REKEYS + 1))
}

# the table for itself and a thousand eroutes more, in one step, and back
swap_tables() {
	ipsec eroute --save > "$TMP/table"
	{
		cat "$TMP/table"
		awk 'BEGIN { for (i = 0; i < 1000; i++)
			printf "--add --eraf inet --src 10.%d.%d.0/24 --dst 10.9.0.0/16 --said %%drop\n", i / 250, i % 250 }'
	} > "$TMP/larger"
	ipsec eroute --load "$TMP/larger" --atomic
	ipsec eroute --load "$TMP/table" --atomic
	SWAPS=$((SWAPS + 2))
}

# what does not fit west's device is lost on its cable, so east hears of it in time
east_path() { # MTU
	east ip route replace "$WEST_4/32" dev eth1 mtu "$1"
}

change_mtus() {
	local mtu

	for mtu in 1400 1340 1500; do
		[ $mtu = 1500 ] || east_path $mtu
		west ip link set eth1 mtu $mtu
		west ip link set ipsec0 mtu $((mtu + 4000))
		[ $mtu != 1500 ] || east_path $mtu
		MTUS=$((MTUS + 1))
	done
}

list_all() {
	west bash -c 'cat /proc/net/ipsec_* /proc/net/ipsec/spi/table /proc/net/pf_key > /dev/null'
	ipsec look > /dev/null
	ipsec eroute --save > /dev/null
	DUMPS=$((DUMPS + 1))
}

# ---- what must not grow ------------------------------------------------------

kernel_kb() {
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^(SUnreclaim|Percpu|KernelStack|PageTables):/ { sum += $2 } END { print sum }' /proc/meminfo
}

objects() {
	west sh -c 'tail -n +2 /proc/net/ipsec/spi/table | wc -l
		wc -l < /proc/net/ipsec_eroute; wc -l < /proc/net/ipsec_tncfg
		cat /sys/module/ipsec/refcnt' | xargs
}

topo_up
klips_dev_up
generation 0
tunnel_sas "$SPI_TUN_OUT" "$SPI_OUT" "$WEST_4" "$EAST_4"
tunnel_sas "$SPI_TUN_IN" "$SPI_IN" "$EAST_4" "$WEST_4"
klips_flows "tun.$SPI_TUN_OUT@$EAST_4" "tun.$SPI_TUN_IN@$WEST_4"
klips_route "$RIGHT_4"
xfrm_peer_up aes_gcm16
east ip xfrm state flush
generation 0
east_sa "$WEST_4" "$EAST_4" "$SPI_OUT"
east_sa "$EAST_4" "$WEST_4" "$SPI_IN"
(
	INNER=6 OUTER=6 SPI_OUT=401 SPI_IN=501 SPI_TUN_OUT=400 SPI_TUN_IN=500
	klips_tunnel aes128-sha1-96 --replay_window 32
	klips_route "$RIGHT_6"
	xfrm_peer_up aes128-sha1-96
	assert_tunnel 1
)
assert_tunnel 1
leak_guard

PACKETS=0 REKEYS=0 SWAPS=0 MTUS=0 DUMPS=0 rounds=0
end=$((SECONDS + SOAK_SECONDS))
while [ "$SECONDS" -lt "$end" ] || [ $rounds -lt 2 ]; do
	round_end=$((SECONDS + ROUND))
	streams_start
	while [ "$SECONDS" -lt "$round_end" ]; do
		rekey
		swap_tables
		change_mtus
		list_all
		INNER=6 assert_ping sunset "$SUNRISE_6" 1
	done
	tcp_transfer sunset sunrise "$SUNRISE_4" 100000
	streams_stop
	rounds=$((rounds + 1))
	kb=$(kernel_kb) now=$(objects)
	# the first round fills caches
	if [ $rounds = 1 ]; then
		first=$kb things=$now
	fi
	assert_eq "$now" "$things" "SAs, eroutes, devices, references after round $rounds"
	echo "round $rounds: $PACKETS packets, $REKEYS rekeys, $kb KB of kernel memory"
	assert_ge $((first + GROWTH_KB)) "$kb" "memory after round $rounds"
done
capture_stop leak
assert_no_leak
echo "COUNT rounds $rounds packets $PACKETS lost 0 rekeys $REKEYS swaps $SWAPS MTU changes $MTUS" \
	"dumps $DUMPS memory $first to $kb KB"
