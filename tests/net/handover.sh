#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# module: no
# check: uml
#
# The module is replaced under traffic and `ipsec handover` carries over what it
# knew: tunnels of both families go on, with no packet in clear, no sequence number
# used twice, no old packet taken again; the keys can be had once, by the
# machine's administrator, and are nowhere else.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/flood.sh"
. "$(dirname "$0")/src/inject.sh"

CYCLES=${CYCLES:-$((KLIPS_SLOW > 1 ? 1 : 2))}
FILE=$TMP/handover

# what there is, without what counts: tables, addresses, routes, switches
inventory() {
	ipsec eroute --save
	west sed -E '1d; s/\t(seq|replay_bits|max_seq_diff|replay_errors|auth_errors|pad_errors|bytes|packets|addtime|usetime|idle|refcount)=[^\t]*//g' \
		/proc/net/ipsec/spi/table | sort
	west cat /proc/net/ipsec_tncfg
	west ip -o -d link show type ipsec | sed -E 's/^[0-9]+: //; s/ qlen [0-9]+//; s/link\/[^ ]+ .* promiscuity/promiscuity/'
	west ip -o addr show dev ipsec0 scope global | sed -E 's/^[0-9]+: //'
	west ip -4 route show table all | sort
	west ip -6 route show table all | grep -v 'fe80\|^ff00\|^multicast' | sort
	west bash -c 'grep . /proc/sys/net/ipsec/*'
}

# a field of an SA in spi/table
field() { # SAID FIELD
	west sed -nE "s/^said=$1\t.*\t$2=([^\t]*).*/\1/p" /proc/net/ipsec/spi/table
}

no_key_in() { # WHAT TEXT
	local key

	for key in "${KEYS[@]}"; do
		[[ $2 != *"$key"* ]] || fail "a key is in $1"
	done
}

# every file that can be read, and the log, and barf
no_key_anywhere() {
	no_key_in /proc/net "$(west bash -c 'cat /proc/net/ipsec_* /proc/net/pf_key*
		find /proc/net/ipsec -type f ! -name get | xargs cat' 2>/dev/null)"
	no_key_in barf "$(ipsec barf)"
	no_key_in "the log" "$(dmesg)"
}

topo_up
insmod "$KLIPS_KO"
xfrm_peer_up aes_gcm16
klips_up aes_gcm16 --replay_window 64 --life soft-addtime=7200,hard-usetime=7200
KEYS=("${ENCKEY#0x}")
(
	INNER=6 OUTER=6 SPI_OUT=401 SPI_IN=501 SPI_TUN_OUT=400 SPI_TUN_IN=500
	klips_tunnel aes128-sha1-96 --replay_window 32
	klips_route "$RIGHT_6"
	xfrm_peer_up aes128-sha1-96
)
alg aes128-sha1-96
KEYS+=("${ENCKEY#0x}" "${AUTHKEY#0x}")
# of every kind one more: shunts, protocol and port, a lone SA, a second device
ipsec eroute --add --eraf inet --src 10.0.0.0/8 --dst 10.9.0.0/16 --said %drop
ipsec eroute --add --eraf inet --src 10.1.0.0/16 --dst 10.8.0.1/32 --transport-proto 17 \
	--src-port 53 --dst-port 5300 --said %trap
klips_esp "esp.900@192.1.2.77" "$WEST_4" null-sha2_256-128 --natt nonesp --sport 4500 --dport 4501
west ip link add ipsec3 type ipsec
west sysctl -q -w net.ipsec.inbound_policy_check=2 net.ipsec.hold_seconds=77
west ip addr add 10.77.0.1/24 dev ipsec0
west ip link set ipsec0 mtu 1400
west ip route add 10.66.0.0/16 dev ipsec0 src 10.77.0.1 metric 5
west ip route add 10.66.0.0/16 via "$NIC_4" metric 50
west ip route add 10.55.0.0/16 dev ipsec0 table 77
leak_guard
TABLE=mangle fw_watch west POSTROUTING stray -o eth1 -d 10.66.0.0/16 -j DROP
learn_size sunset sunrise
assert_tunnel 2
steal 40
inventory > "$TMP/before"
no_key_anywhere
flood_start sunset sunrise "$SUNRISE_4" 2000
nsenter --net=/run/netns/sunrise -- "$FLOOD" send "$SUNSET_4" 7001 $((2000 * KLIPS_SLOW)) > "$TMP/back" &
BACK=$!
nsenter --net=/run/netns/west -- "$FLOOD" send 10.66.0.1 7002 $((5000 * KLIPS_SLOW)) > "$TMP/stray" 2>&1 &
STRAY=$!

for ((i = 0; i < CYCLES; i++)); do
	step "handover $i"
	seq=$(field "esp0x$SPI_OUT@$EAST_4" seq)
	ipsec handover save "$FILE"
	assert_eq "$(stat -c %a "$FILE")" 600 "mode of the file"
	for key in "${KEYS[@]}"; do
		grep -q "^sa .*$key" "$FILE" || fail "the file lacks a key"
	done
	assert_eq "$(ipsec _handover save)" "" "SAs that can be taken a second time"
	assert_fails ipsec handover save "$FILE"
	assert_eq "$(west sed -n 's/.*\tstate=\([a-z]*\).*/\1/p' /proc/net/ipsec/spi/table | sort -u)" dead \
		"state of what was saved"
	no_key_anywhere
	exec {fd}< "$FILE"
	rmmod ipsec
	assert_eq "$(west ip route get "$SUNRISE_4" 2>&1 | grep -c ipsec || :)" 0 "ways to the far net"
	insmod "$KLIPS_KO"
	ipsec handover load "$FILE"
	[ ! -e "$FILE" ] || fail "the file is still there"
	inventory > "$TMP/after"
	diff "$TMP/before" "$TMP/after" || fail "something is not as it was"
	assert_ge "$(field "esp0x$SPI_OUT@$EAST_4" seq)" $((seq + 65536)) "the sequence number"

	step "the file is refused a second time"
	cat <&$fd > "$TMP/again"
	assert_fails ipsec handover load "$TMP/again"
	rm "$TMP/again"
	exec {fd}<&-
	(INNER=6 OUTER=6 assert_tunnel 2)
done

step "old packets are not taken again"
kill $BACK $STRAY
wait $BACK $STRAY || :
sleep 0.3
expect_from_here
old=$(received)
inject
expect IN_LATE 40
flood_stop
assert_ge "$GOT" 1 "packets that arrived"
assert_tunnel 2
assert_eq "$(xfrm_stat east XfrmInStateSeqError)" 0 "sequence numbers that east saw twice"
assert_eq "$(TABLE=mangle fw_count west stray)" 0 "packets that went another way"
capture_stop leak
assert_no_leak

step "nor right after a handover, when nothing newer has come"
capture_start base net west esp and src host "$EAST_4"
assert_tunnel 4
capture_stop base
ipsec handover save "$FILE"
rmmod ipsec
insmod "$KLIPS_KO"
ipsec handover load "$FILE"
old=$(received)
inject
assert_eq $(($(drops IN_LATE) + $(drops IN_REPLAY))) "$SENT" "packets refused"
assert_eq "$(received)" "$old" "packets received"
assert_tunnel 2

step "others do not get at keys"
west unshare --user --map-root-user --net /usr/bin/python3 - <<-'END'
	import errno, socket
	s = socket.socket(15, socket.SOCK_RAW, 2)
	for call in (lambda: s.setsockopt(0x4b4c, 4, 1), lambda: s.getsockopt(0x4b4c, 5, 432),
	             lambda: s.setsockopt(0x4b4c, 6, bytes(432))):
	    try:
	        call()
	    except OSError as e:
	        assert e.errno == errno.EACCES, e
	    else:
	        raise SystemExit("a namespace's own root gets at keys")
END
west /usr/bin/python3 - <<-'END'
	import errno, random, socket, struct
	s = socket.socket(15, socket.SOCK_RAW, 2)
	def refused(value, option=6):
	    try:
	        s.setsockopt(0x4b4c, option, value)
	    except OSError as e:
	        return e.errno
	for size in (0, 1, 4, 431, 433):
	    assert refused(bytes(size)) == errno.EINVAL, size
	assert refused(2, 4) == errno.EINVAL
	assert refused(bytes(8), 4) == errno.EINVAL
	random.seed(1)
	head = struct.pack("=II", 1, 432)
	tried = 0
	for i in range(2000):
	    r = bytearray(head + bytes(random.choice((0, 0, 0, 1, 2, 4, 50, 255)) for _ in range(424)))
	    if i % 2:      # an IPIP or ESP SA, mostly right
	        r[8:12] = struct.pack("=HH", 2, 0); r[12:28] = bytes((9, 9, 9, 9)) + bytes(12)
	        r[28:32] = struct.pack("!I", 0x1000 + i)
	        r[32:36] = struct.pack("=HH", 2, 0); r[36:52] = bytes((8, 8, 8, 8)) + bytes(12)
	        r[52:72] = bytes(20)
	        r[96] = random.choice((4, 50, 51, 108)); r[98] = 1; r[103] = 0; r[102] = 0
	        r[120:176] = struct.pack("=7Q", 1, 1, 1, 1, 1, 1, 1)
	        for _ in range(random.randrange(3)):
	            r[random.randrange(432)] ^= 1 << random.randrange(8)
	    refused(bytes(r)); tried += 1
	print("records tried:", tried)
END
klips_clear
rmmod ipsec
