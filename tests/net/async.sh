#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 100
# check: uml
#
# Ciphers that finish later: cryptd and pcrypt around the kernel's own, which from
# then on are the first choice for ESP.  Both ways, in order, with packets that
# change inside the cipher, and with SAs, devices and groups that go while packets
# are in it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/src/flood.sh"

# bind NAME: let the kernel make an AEAD of that name, if it has none
bind() {
	/usr/bin/python3 -c 'import socket, sys
socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET).bind(("aead", sys.argv[1]))' "$1"
}

# first_choice NAME: who does that cipher now
first_choice() {
	awk -v n="$1" '$1 == "name" { name = $3 } $1 == "driver" { driver = $3 }
		$1 == "priority" && name == n && $3 > most { most = $3; best = driver }
		END { print best }' /proc/crypto
}

# wrap TEMPLATE NAME: from now on it is done in there.  The kernel keeps that until it
# is shut down, so these are algorithms that no other scenario is about.
wrap() {
	bind "$2" || skip "no AF_ALG in this kernel"
	case $(first_choice "$2") in "$1("*) return ;; esac
	# which makes it, and then fails: its name became another one
	bind "$1($(first_choice "$2"))" 2> /dev/null || :
	case $(first_choice "$2") in "$1("*) ;; *) skip "no $1 in this kernel" ;; esac
}

# sequence numbers of ESP from SOURCE, as they were on the wire
in_order() {
	local numbers

	numbers=$(capture_text wire src host "$1" | sed -n 's/.*seq=\(0x[0-9a-f]*\).*/\1/p')
	assert_ge "$(wc -l <<< "$numbers")" "$2" "packets from $1"
	assert_eq "$(while read -r n; do echo $((n)); done <<< "$numbers" | sort -n -c -u 2>&1)" "" \
		"order of the packets from $1"
}

topo_up
CCM='rfc4309(ccm(aes))' CBC='authenc(hmac(sha384),cbc(aes))' CTR='authenc(hmac(sha384),rfc3686(ctr(aes)))'
wrap cryptd "$CCM"
wrap cryptd "$CBC"
wrap pcrypt "$CTR"
klips_dev_up
klips_route $RIGHT_4
west ip route add blackhole $RIGHT_4 metric 4096	# for when ipsec0 has gone
suites="aes_ccm16 aes_ctr128-sha2_384-192 aes128-sha2_384-192"
[ -z "${KLIPS_CHECK-}" ] || suites=${suites% *}
for name in $suites; do
	step "$name: both ways, small and large, in order"
	klips_tunnel "$name" --replay_window 32
	REPLAY=0 xfrm_peer_up "$name"
	expect_from_here
	capture_start wire net west esp
	# ping waits for the last answer no longer than that, or twice the slowest
	assert_tunnel 30 -i 0.$((KLIPS_SLOW > 1 ? 2 : 0))1 -s 1
	assert_tunnel 30 -i 0.$((KLIPS_SLOW > 1 ? 2 : 0))1 -s 1300
	assert_tunnel 3 -s 9000
	tcp_transfer sunset sunrise $SUNRISE_4 300000
	tcp_transfer sunrise sunset $SUNSET_4 300000
	capture_stop wire
	in_order $WEST_4 140
	expect

	step "$name: what the cipher refuses"
	steal 1
	inject flip=-1: repeat=3
	expect IN_ICV 3

	step "$name: SAs go while packets are in the cipher"
	leak_guard
	flood_start sunset sunrise $SUNRISE_4 200 1000
	nsenter --net=/run/netns/sunrise -- ping -q -i 0.002 -c 100000 -s 1000 $SUNSET_4 > /dev/null 2>&1 &
	pinger=$!
	for _ in 1 2 3 4; do
		klips_clear
		klips_tunnel "$name" --replay_window 32
	done
	west ip link set ipsec0 down
	west ip link del ipsec0
	kill $pinger
	wait $pinger || :
	flood_stop
	capture_stop leak
	assert_no_leak
	klips_clear
	xfrm_down
	klips_dev_up
	klips_route $RIGHT_4
	klips_tunnel "$name"
	xfrm_peer_up "$name"
	assert_tunnel 2
	klips_clear
	xfrm_down
done
