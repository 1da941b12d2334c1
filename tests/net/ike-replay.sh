#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A key daemon's whole life in PF_KEY messages, as two generations of daemons send
# them: each answer is there at once and laid out as they expect.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/conserve.sh"

topo_up
klips_dev_up
west ip addr add 10.1.1.1/24 dev lo
klips_route 10.2.1.0/24
capture_start clear net br0 ip and net 10.2.1.0/24
for generation in old new; do
	step "$generation"
	west "$KLIPS_B/tests/net/ike-replay" "$generation"
	assert_eq "$(west cat /proc/net/ipsec_eroute /proc/net/ipsec_spi)" "" "tables afterwards"
done
capture_stop clear
assert_eq "$(capture_count clear)" 0 "packets in clear"
