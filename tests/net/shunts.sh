#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# %pass, %drop, %reject, the %passthrough forms, family by family, what senders
# are told, and which packets of the key daemon no shunt stops.
#
# limit: 240
# check: uml
. "$(dirname "$0")/lib.sh"

topo_up
klips_dev_up
for fam in 4 6; do
	west ip route add "$(addr RIGHT $fam)" via "$(addr EAST $fam)" dev eth1 metric 2000
	east ip route add "$(addr LEFT $fam)" via "$(addr WEST $fam)" dev eth1
	klips_route "$(addr RIGHT $fam)"
done

shunt() { # FAMILY SAID
	local af=inet

	[ "$1" = 4 ] || af=inet6
	ipsec eroute --replace --eraf $af --src "$(addr LEFT "$1")" --dst "$(addr RIGHT "$1")" \
		--said "$2"
}

for fam in 4 6; do
	far=$(addr SUNRISE $fam)

	step "IPv$fam: nothing, %drop"
	assert_no_ping sunset "$far" 1
	assert_drops OUT_NO_EROUTE $((fam == 4 ? 1 : 2))
	shunt $fam %drop
	assert_no_ping sunset "$far" 1
	assert_drops OUT_SHUNT_DROP $((fam == 4 ? 1 : 2))

	step "IPv$fam: %pass and its other names"
	for said in %pass %passthrough %passthrough$fam; do
		shunt $fam "$said"
		assert_match "$(west cat /proc/net/ipsec_eroute)" "=> %pass" "$said"
		capture_start clear east eth1 "$([ $fam = 4 ] && echo icmp || echo 'icmp6[0] = 128')"
		assert_ping sunset "$far" 2
		capture_stop clear
		assert_ge "$(capture_count clear)" 2 "packets in clear with $said"
	done

	step "IPv$fam: %reject"
	shunt $fam %reject
	capture_start told sunset eth0 "$([ $fam = 4 ] && echo 'icmp[0] = 3 and icmp[1] = 13' ||
		echo 'icmp6[0] = 1 and icmp6[1] = 1')"
	assert_eq "$(pings sunset "$far" 40 -i 0.02 || :)" 0 "answers to pings"
	capture_stop told
	assert_ge "$(capture_count told)" 1 "notices to the sender"
	assert_ge 30 "$(capture_count told)" "notices to the sender, which are limited"
	sleep 2
	err=$(sunset bash -c ": < /dev/tcp/$far/80" 2>&1 || :)
	assert_match "$err" "No route to host|Permission denied" "error of a TCP connection"
	west sysctl -q -w net.ipsec.reject_tcp_reset=1
	err=$(sunset bash -c ": < /dev/tcp/$far/80" 2>&1 || :)
	assert_match "$err" "Connection refused" "error of a TCP connection that is forwarded"
	near=192.0.1.254
	[ $fam = 4 ] || near=[2001:db8:1::254] far=[$far]
	err=$(west socat -u - "TCP$fam:$far:80,bind=$near" 2>&1 < /dev/null || :)
	assert_match "$err" "Connection refused" "error of a TCP connection from here"
	west sysctl -q -w net.ipsec.reject_tcp_reset=0
done

# from_port HOST PORT OPTION,... [COMMAND...]: a datagram; options of socat
from_port() {
	echo x | in_ns "$1" "${@:4}" socat -u - "UDP$fam-SENDTO:$far:4999,sourceport=$2$3" || :
}
seen() {
	sleep 0.$((KLIPS_SLOW > 1 ? 9 : 3))
	assert_eq "$(fw_count sunrise ike)" "$1" "packets that passed, after $2"
}
ipsec eroute --clear
for fam in 4 6; do
	step "the key daemon's own packets, IPv$fam"
	if [ $fam = 4 ]; then
		any=0.0.0.0/0 far=$SUNRISE_4 IPTABLES=iptables
		ipsec eroute --add --eraf inet --src $any --dst $any --said %drop
	else
		any=::/0 far=[$SUNRISE_6] IPTABLES=ip6tables
		ipsec eroute --add --eraf inet6 --src $any --dst $any --said %drop
	fi
	fw_watch sunrise INPUT ike -p udp --dport 4999
	nobody="setpriv --reuid 65534 --clear-groups"
	from_port west 501 ""
	seen 0 "port 501"
	from_port west 500 ""
	seen 1 "port 500"
	from_port sunset 500 ""
	seen 1 "port 500 of another host"
	from_port west 4500 ""
	seen 2 "port 4500, privileged"
	from_port west 4500 ,setsockopt-int=17:100:2
	seen 3 "port 4500 of a socket that carries ESP"
	from_port west 4500 "" $nobody
	seen 3 "port 4500, unprivileged"
	from_port west 4500 ,setsockopt-int=17:100:2 $nobody
	seen 3 "port 4500, unprivileged, of a socket that carries ESP"
	assert_fails west $nobody socat -u - "UDP$fam-SENDTO:$far:4999,sourceport=500" < /dev/null
done
IPTABLES=iptables

step "a socket with a policy of its own"
west ip xfrm state > /dev/null	# loads what such policies need
with_policy() { # ACTION: 0 lets pass, 1 blocks
	west /usr/bin/python3 - "$1" "$SUNRISE_4" <<-'END'
		import socket, struct, sys
		IP_XFRM_POLICY, OUT = 17, 1
		selector = struct.pack("=40xH14x", socket.AF_INET)
		policy = struct.pack("=56s64x32xIIBBBB4x", selector, 0, 0, OUT, int(sys.argv[1]), 0, 0)
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.IPPROTO_IP, IP_XFRM_POLICY, policy)
		try:
		    s.sendto(b"x", (sys.argv[2], 4999))
		except OSError:
		    pass
	END
}
with_policy 0
seen 4 "a socket that asked to bypass"
with_policy 1
seen 4 "a socket that asked for the contrary"
