#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: uml
#
# An attacker on the wire with time: every bit of a packet turned round, packets
# replayed in every order, sequence numbers that jump, fragments that overlap,
# forged SPIs as fast as they go, and SPIs chosen to share a place in a table.  And a
# host behind the gateway whose packets look at each eroute of a table made for that.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

N=${N:-20000}	# forged packets

accepted() { # COUNT: so many more came out of ipsec0 since the last time
	local now

	now=$(received)
	assert_eq $((now - seen)) "$1" "packets accepted"
	seen=$now
}

orders() { # WINDOW FIRST NUMBER...: sets TAKEN, REPLAYS, LATE, LAST
	read -r TAKEN REPLAYS LATE LAST < <(nic /usr/bin/python3 \
		"$KLIPS_TOP/tests/net/src/orders.py" west "$TMP/base.pcap" "$AUTHKEY" "$@")
}

# microseconds that each of COUNT packets with SPIs of nobody costs, to two places, in
# the quickest tenth of them; SPIs are FROM, FROM + STEP, and so on
reject_cost() { # COUNT FROM STEP
	nic /usr/bin/python3 - west "$TMP/base.pcap" "$KLIPS_TOP/tests/net/src" "$@" <<-'END'
		import socket, struct, sys, time
		sys.path.insert(0, sys.argv[3])
		import inject
		dev, path = sys.argv[1:3]
		count, spi, step = (int(x, 0) for x in sys.argv[4:])
		f = bytearray(inject.read_pcap(path)[0])
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((dev, 0))
		at = inject.split_esp(f)
		best = 1e9
		for tenth in range(10):
		    begin = time.monotonic()
		    for i in range(tenth * count // 10, (tenth + 1) * count // 10):
		        struct.pack_into("!I", f, at, spi + i * step & 0xffffffff)
		        s.send(f)
		    best = min(best, time.monotonic() - begin)
		print("%.2f" % (best * 1e7 / count))
	END
}

# microseconds that each of COUNT packets costs that no eroute wants, in the quickest tenth
lookup_cost() { # COUNT SOURCE DESTINATION
	west /usr/bin/python3 - "$@" <<-'END'
		import ipaddress, socket, struct, sys, time
		count = int(sys.argv[1])
		src, dst = (ipaddress.ip_address(a) for a in sys.argv[2:4])
		data = bytes(20)
		if src.version == 4:
		    packet = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + src.packed + dst.packed + data
		    words = sum(struct.unpack("!10H", packet[:20]))
		    sum16 = ~(words + (words >> 16)) & 0xffff
		    packet = packet[:10] + struct.pack("!H", sum16) + packet[12:]
		else:
		    packet = struct.pack("!IHBB", 6 << 28, 20, 6, 64) + src.packed + dst.packed + data
		s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
		to = ("ipsec0", 0x0800 if src.version == 4 else 0x86dd)
		best = 1e9
		for tenth in range(10):
		    begin = time.monotonic()
		    for i in range(count // 10):
		        s.sendto(packet, to)
		    best = min(best, time.monotonic() - begin)
		print("%.2f" % (best * 1e7 / count))
	END
}

# every prefix of both addresses with every other, for a protocol that is not the packet's
nested() { # FAMILY BITS SOURCE DESTINATION
	/usr/bin/python3 - "$@" > "$TMP/nested" <<-'END'
		import ipaddress, sys
		family, bits = sys.argv[1], int(sys.argv[2])
		def prefixes(addr):
		    return [ipaddress.ip_network((addr, n), strict=False) for n in range(bits + 1)]
		for s in prefixes(sys.argv[3]):
		    for d in prefixes(sys.argv[4]):
		        print("--add --eraf %s --src %s --dst %s --transport-proto 17 --dst-port 9 --said %%drop"
		              % (family, s, d))
	END
	ipsec eroute --load "$TMP/nested" --atomic
}

topo_up
klips_up null-sha1-96 --replay_window 64
xfrm_peer_up null-sha1-96
alg null-sha1-96
steal 1
len=$(payload_length)
seen=$(received)
capture_start clear west ipsec0
expect_from_here

step "every bit of the packet behind the IP header"
inject bits=+0:
assert_eq "$SENT" $((len * 8)) "packets sent"
# the SPI; the number, which once is 0; all the rest the MAC covers
expect IN_NO_SA 32 IN_SEQ_ZERO 1 IN_ICV $((SENT - 33))
accepted 0

step "every bit of the source address"
inject bits=12:16
# one of them makes it a multicast address, which is not for us
expect IN_SOURCE 31
accepted 0
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets on ipsec0"

for window in 32 64; do
	step "window $window: five packets in each of their 120 orders, and all of them again"
	inbound_again null-sha1-96 --replay_window $window
	alg null-sha1-96
	orders $window 0 1 $((window - 1)) $window $((window + 1)) $((2 * window + 1))
	expect IN_REPLAY "$REPLAYS" IN_LATE "$LATE"
	accepted "$TAKEN"
	echo "1200 packets: $TAKEN accepted, $REPLAYS replays, $LATE late"
	orders $window "$LAST" 1 2 3 $((window + 3))
	expect IN_REPLAY "$REPLAYS" IN_LATE "$LATE"
	accepted "$TAKEN"
done

step "sequence numbers that jump"
inbound_again null-sha1-96 --replay_window 64
for n in 1 2 0x7fffffff 0x80000000 0xfffffffe 0xffffffff; do
	inject seq=$n sign="$AUTHKEY"
	accepted 1
done
expect
# nothing follows the last number; what the window has left behind stays behind
inject seq=0 sign="$AUTHKEY"
inject seq=1 sign="$AUTHKEY"
inject seq=0x80000000 sign="$AUTHKEY"
inject seq=0xffffffff sign="$AUTHKEY"
inject seq=0xfffffffe sign="$AUTHKEY"
expect IN_SEQ_ZERO 1 IN_LATE 2 IN_REPLAY 2
accepted 0

step "fragments, in order, in reverse, overlapping, and with holes"
inbound_again null-sha1-96 --replay_window 64
inject seq=1 sign="$AUTHKEY" frag=0:40,40:80,80:999
accepted 1
inject seq=2 sign="$AUTHKEY" frag=80:999,40:80,0:40
accepted 1
for cut in 0:40,32:80,80:999 0:48,40:999,40:80 80:999,72:88,0:80 0:80,0:40,40:999 40:80,80:999 0:40,40:80; do
	inject seq=3 sign="$AUTHKEY" frag=$cut
done
# the same piece twice is no harm; a packet that its pieces do not prove is
accepted_then=$(received)
assert_ge 1 $((accepted_then - seen)) "packets made of pieces that overlap"
seen=$accepted_then
expect_from_here

step "forged SPIs as fast as they go, and the tunnel meanwhile"
inbound_again null-sha1-96
log=$(dmesg | wc -l)
one=$((N / KLIPS_SLOW))
reject_cost $one 0x10000 7919 > "$TMP/cost" &
flood=$!
assert_tunnel 3
wait $flood
assert_ge 5 $(($(dmesg | wc -l) - log)) "lines in the log"
expect IN_NO_SA $one
echo "$one packets, $(cat "$TMP/cost") us each, sending included"

step "SPIs that a plain table would keep in one place"
few=$((2000 / KLIPS_SLOW))
empty=$(reject_cost $few 0x900000 65536)
for step in 1 4096 65536; do
	west "$KLIPS_B/tests/net/spis" "$WEST_4" $few $step
	full=$(reject_cost $few $((0x1000 + step / 2)) $step)
	same=$(reject_cost $few 0x1000 $step)
	echo "$few SAs, SPIs $step apart: us a packet $empty with few SAs, $full beside them, $same for them"
	assert_ge "$(awk -v a="$empty" -v b="$full" 'BEGIN { print int(4 * a + 20) - int(b) }')" 0 \
		"what the crafted SPIs leave of four times the cost"
	ipsec spi --clear
done

step "selectors nested as deep as they go, and packets that try them all"
expect_from_here
few=$((200 / KLIPS_SLOW))
for one in "inet 32 10.1.2.3 10.9.8.7" "inet6 128 2001:db8:1::99 2001:db8:2::99"; do
	# shellcheck disable=SC2086
	set -- $one
	ipsec eroute --clear
	empty=$(lookup_cost $few "$3" "$4")
	nested "$@"
	full=$(lookup_cost $few "$3" "$4")
	eroutes=$((($2 + 1) * ($2 + 1)))
	assert_eq "$(west sh -c "wc -l < /proc/net/ipsec_eroute")" $eroutes "eroutes"
	expect OUT_NO_EROUTE $((few / 10 * 20))
	echo "$eroutes eroutes around one packet: us a packet $empty with none, $full with all of them"
	# no more than to look at each of them once
	assert_ge $((eroutes * KLIPS_SLOW)) "$(awk -v a="$empty" -v b="$full" 'BEGIN { print int(b - a) }')" \
		"what all of them cost, and more"
done
