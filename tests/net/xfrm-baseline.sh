#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 60
# module: no
#
# The network without us: XFRM at both ends carries pings between the subnets,
# for IPv4 and IPv6, and nothing in the clear is seen between the gateways.  If
# this fails, the harness is at fault and not the module.
. "$(dirname "$0")/lib.sh"

step "topology"
topo_up
assert_ping west "$EAST_4" 1
assert_ping west "$EAST_6" 1
assert_no_ping sunset "$SUNRISE_4" 1

step "ESP tunnel, IPv4"
xfrm_end west aes_gcm16
xfrm_end east aes_gcm16
capture_start wire net br0 "not arp and not igmp and not ip6"
fw_watch east INPUT esp-in -p esp
assert_tunnel
capture_stop wire
assert_eq "$(capture_count wire esp)" 12 "ESP packets on the wire"
assert_eq "$(capture_count wire not esp)" 0 "other packets on the wire"
assert_eq "$(fw_count east esp-in)" 6 "ESP packets counted by east's firewall"
assert_eq "$(xfrm_count east 0x$SPI_OUT)" 6 "packets of east's inbound SA"

step "ESP tunnel, IPv6 in IPv6, CBC and HMAC"
xfrm_down west east
OUTER=6 INNER=6
xfrm_end west aes256-sha2_256-128
xfrm_end east aes256-sha2_256-128
assert_tunnel 2

step "TCP and UDP through it"
tcp_transfer sunset sunrise "$SUNRISE_6" 100000
listen_start talk sunrise udp 7777
udp_send sunset "$SUNRISE_6" 7777 "hello"
assert_eq "$(listen_text talk hello)" hello "datagram"

step "a replayed packet is refused"
capture_start again net east esp and src "$WEST_6"
assert_ping sunset "$SUNRISE_6" 1
capture_stop again
packets_send net east "$TMP/again.pcap" 0
assert_eq "$(xfrm_stat east XfrmInStateSeqError)" 1 "sequence errors at east"
topo_down
