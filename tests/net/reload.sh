#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 240
# module: no
#
# The module is loaded and unloaded over and over while packets pass in both
# directions, with everything live: tunnel, eroutes, devices, open files; and
# namespaces are destroyed like that.  Nothing leaks, nothing is in clear.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/flood.sh"

CYCLES=${CYCLES:-20}
# in make check the emulators have less to do
[ -z "${KLIPS_CHECK-}" ] || [ "$KLIPS_KERNEL" = uml ] || CYCLES=4

topo_up
# while ipsec0 is away, its route is too, and the default route would have them
west ip route add unreachable "$RIGHT_4" metric 1000
leak_guard
# west begins to count anew each time
REPLAY=0 xfrm_peer_up aes_gcm16
flood_start sunset sunrise "$SUNRISE_4" 2000
nsenter --net=/run/netns/sunrise -- "$FLOOD" send "$SUNSET_4" 7001 $((2000 * KLIPS_SLOW)) > "$TMP/back.send" &
BACK=$!

step "$CYCLES times under traffic"
for ((i = 0; i < CYCLES; i++)); do
	insmod "$KLIPS_KO"
	klips_up aes_gcm16
	exec 9< /run/netns/west
	west head -c 10 /proc/net/ipsec_eroute > /dev/null
	rmmod ipsec
done
kill $BACK
wait $BACK || :
flood_stop
assert_ge "$GOT" 1 "packets that arrived in between"
assert_no_leak
capture_stop leak

step "unloaded while an SA's clock runs and files are open"
insmod "$KLIPS_KO"
klips_up aes_gcm16 --life hard-addtime=3600,soft-addtime=1
exec 8< /proc/self/net/dev
west sleep 20 < /proc/net/ipsec_version &
assert_tunnel 2
sleep 1.2
rmmod ipsec
kill $! || :

step "namespaces destroyed with everything live"
insmod "$KLIPS_KO"
klips_up aes_gcm16
flood_start sunset sunrise "$SUNRISE_4" 1000
sleep 0.3
exec 9<&- 8<&-
ip netns del west
flood_stop
for ((i = 0; i < 50; i++)); do
	read -r refs < /sys/module/ipsec/refcnt
	[ "$refs" != 0 ] || break
	sleep 0.2
done
assert_eq "$refs" 0 "references to the module"
rmmod ipsec
