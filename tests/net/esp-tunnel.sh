# SPDX-License-Identifier: GPL-2.0-or-later
#
# One ESP tunnel between sunset's and sunrise's nets, west KLIPS, east the
# kernel's XFRM, for each cipher: both directions, ICMP, UDP and TCP.
#
# limit: 240
. "$(dirname "$0")/lib.sh"

topo_up
klips_dev_up
klips_route "$RIGHT_4"

for alg in ${ALGS:-aes128-sha1-96 aes256-sha2_256-128 aes_gcm16 null-sha1-96}; do
	step "$alg"
	klips_tunnel "$alg"
	xfrm_peer_up "$alg"
	assert_tunnel 3
	assert_ping sunset "$SUNRISE_4" 2 -s 3000
	tcp_transfer sunset sunrise "$SUNRISE_4" 300000
	tcp_transfer sunrise sunset "$SUNSET_4" 300000
	assert_ge "$(xfrm_count east 0x$SPI_OUT)" 5 "packets that east's inbound SA counted"
	klips_clear
	xfrm_down
done
assert_eq "$(drops)" "" "drops in west"
