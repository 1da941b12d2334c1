#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check: uml
#
# An SA bound to an ipsecN: its packets appear there, whichever device is first in
# line; and nowhere when that device has gone.
. "$(dirname "$0")/lib.sh"

ALG=aes128-sha1-96

again() { # ARGS of spi: new SAs at both ends, so that sequence numbers begin anew
	klips_clear
	klips_tunnel "$ALG" "$@"
	east ip xfrm state flush
	east ip xfrm policy flush
	xfrm_peer_up "$ALG"
}

rx() { # DEVICE
	west ip -s link show "$1" | awk '/RX:/ { getline; print $2 }'
}

topo_up
klips_up "$ALG"
klips_dev_up ipsec1
xfrm_peer_up "$ALG"

step "not bound: the first device"
assert_tunnel 2
assert_eq "$(rx ipsec0) $(rx ipsec1)" "4 0" "packets of ipsec0 and ipsec1"

step "bound to ipsec1"
again --outif 49153
assert_tunnel 3
assert_eq "$(rx ipsec0) $(rx ipsec1)" "4 6" "packets of ipsec0 and ipsec1"

step "ipsec1 goes: the packets appear nowhere"
west ip link del ipsec1
assert_no_ping sunset "$SUNRISE_4" 2
assert_drops IN_NO_DEVICE 2

step "a device that is not there when the SA is made is no device"
again --outif 49160
assert_tunnel 2
assert_eq "$(rx ipsec0)" 8 "packets of ipsec0"
