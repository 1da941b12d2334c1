# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced after lib.sh and lib/fw.sh: what happens to SAs, eroutes and devices while packets
# are under way, and the rules that watch for one in clear. SUN, LEFT, RIGHT, IP (nft's word
# for their family) and AF (eroute's) are the inside, E is the peer.

guard() {
	fw_load west <<-END
		leak_out | filter OUTPUT  | -o eth1 -d $RIGHT -j DROP | oifname "eth1" $IP daddr $RIGHT % drop
		leak     | mangle POSTROUTING | -o eth1 -d $RIGHT -j DROP | oifname "eth1" $IP daddr $RIGHT % drop
		cipher   | filter OUTPUT  | -o eth1 -p esp | oifname "eth1" meta l4proto esp
		gone     | filter FORWARD | -o ipsec0 | oifname "ipsec0"
	END
}

# a stream of pings while something happens
under_traffic() { # COMMAND...
	# not sunset: what is to be stopped must be ping, not a shell around it
	nsenter --net=/run/netns/sunset -- ping -n -q -i 0.02 -w 60 "$SUN" > /dev/null 2>&1 &
	local ping=$!

	sleep 0.1
	"$@"
	sleep 0.1
	kill $ping
	wait $ping || :
}

more_drops() { # NAME THAN
	[ "$(drops "$1")" -gt "$2" ]
}

dropping() { # NAME COMMAND...: what is sent meanwhile is dropped under this name
	local before

	before=$(drops "$1")
	"${@:2}"
	wait_until 5 more_drops "$1" "$before" || fail "${*:2}: no packet was dropped as $1"
}

tunnel_back() {
	[ "$(pings sunset "$SUN" 1 -W 0.5)" = 1 ]
}

again() {
	klips_tunnel aes_gcm16
	xfrm_down
	xfrm_peer_up aes_gcm16
}

sas_deleted() {
	ipsec spi --del --said "$(said tun $SPI_TUN_OUT "$E")"
	sleep 0.1
}

sas_cleared() {
	ipsec spi --clear
}

sas_expired() {
	klips_clear
	dropping OUT_SA_EXPIRED klips_tunnel aes_gcm16 --life hard-bytes=300
}

table_swapped() {
	local i

	for i in 1 2 3; do
		ipsec eroute --clear
		ipsec eroute --add --eraf $AF --src "$LEFT" --dst "$RIGHT" --said "$(said tun $SPI_TUN_OUT "$E")"
		ipsec eroute --replace --eraf $AF --src "$LEFT" --dst "$RIGHT" --said %drop
		ipsec eroute --replace --eraf $AF --src "$LEFT" --dst "$RIGHT" --said "$(said tun $SPI_TUN_OUT "$E")"
	done
}

device_down() {
	west ip link set ipsec0 down
	sleep 0.1
}

detached() {
	ipsec tncfg --detach --virtual ipsec0
	sleep 0.1
	ipsec tncfg --attach --virtual ipsec0 --physical eth1
}

eth1_again() {
	ip -batch - <<-'END'
		link add eth1 netns west type veth peer name west netns net
	END
	nic ip -batch - <<-'END'
		link set west master br0 up
		neigh flush dev br0
	END
	west ip -batch - <<-END
		link set eth1 up
		addr add $WEST_4/24 dev eth1
		addr add $WEST_6/64 dev eth1 nodad
		route add default via $NIC_4
		route add default via $NIC_6
	END
	ipsec tncfg --attach --virtual ipsec0 --physical eth1
}
