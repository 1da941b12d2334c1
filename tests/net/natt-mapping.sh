#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The peer's NAT gives it another port: key daemons hear of it, once a second at
# most, from authentic packets only; an UPDATE of the port ends it.
#
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/conserve.sh"

ALG=aes128-sha1-96

listen() { # what the daemon does besides
	rm -f "$TMP/mapping"
	nsenter --net=/run/netns/west -- "$KLIPS_B/tests/net/mapping" $((60 * KLIPS_SLOW)) "$@" \
		> "$TMP/mapping" &
	daemon=$!
	wait_until 30 grep -qs ready "$TMP/mapping" || fail "no listener"
}

heard() { # port
	grep -c ":$1 " "$TMP/mapping" || :
}

peer() { # port, algorithm: what east sends from
	east ip xfrm state flush
	east ip xfrm policy flush
	XFRM_FLAGS="encap espinudp $1 4500 0.0.0.0" xfrm_peer_up "$2"
}

send() { # nothing comes back: west answers to the port it knows
	east ping -q -c 20 -i 0.1 -W 1 -I 192.0.2.254 192.0.1.1 > /dev/null || :
}

topo_up
klips_up "$ALG" --natt nonesp --sport 4500 --dport 4500

step "packets from port 4600 where the SA says 4500"
listen
peer 4600 "$ALG"
began=$SECONDS
send
wait_until 5 grep -q 4600 "$TMP/mapping" || fail "nothing heard: $(cat "$TMP/mapping")"
assert_eq "$(sed -n 2p "$TMP/mapping")" "$SPI_IN $EAST_4:4500 $EAST_4:4600 4500 4600" "NEW_MAPPING"
assert_ge $((SECONDS - began + 2)) "$(heard 4600)" "seconds, for so many messages"

step "packets with a false key from yet another port"
peer 4700 aes128-md5-96
send
assert_ge "$(drops IN_ICV)" 10 "packets that are not authentic"
assert_eq "$(heard 4700)" 0 "messages about them"

step "the daemon follows"
kill "$daemon"
klips_clear
klips_tunnel "$ALG" --natt nonesp --sport 4500 --dport 4500
listen "$WEST_4"
peer 4600 "$ALG"
send
send
assert_eq "$(sed 1d "$TMP/mapping")" "$SPI_IN $EAST_4:4500 $EAST_4:4600 4500 4600" "NEW_MAPPING, once"
assert_match "$(west cat /proc/net/ipsec_spi)" "natsport=4600 natdport=4500" "the SA"
