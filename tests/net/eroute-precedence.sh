#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml
#
# Which eroute wins where several match: the longest source, then the longest
# destination, then protocol, source port, destination port, whatever the order
# in which they were added.  Shown by whose count goes up in ipsec_eroute, whose
# text and order are compared byte for byte on the way; IPv4 and IPv6.
. "$(dirname "$0")/lib.sh"

# packets "SOURCE DESTINATION PROTOCOL [SPORT DPORT]", one a line on standard
# input, straight into ipsec0
probe() {
	west /usr/bin/python3 "$KLIPS_TOP/tests/net/src/probe.py" ipsec0
}

# the table is what standard input says, but for blanks at the ends of lines
table() {
	assert_eq "$(west cat /proc/net/ipsec_eroute)" "$(cat)" "eroutes"
}

# add SOURCE DESTINATION SHUNT [ARGS]
add() {
	local af=inet

	[ "${1#*:}" = "$1" ] || af=inet6
	ipsec eroute --add --eraf $af --src "$1" --dst "$2" --said "%$3" "${@:4}"
}

topo_up
klips_dev_up

step "nested prefixes"
add 0.0.0.0/0 0.0.0.0/0 drop
add 10.1.1.1/32 192.168.1.1/32 drop
add 10.0.0.0/8 0.0.0.0/0 drop
add 10.1.0.0/16 192.168.0.0/16 drop
probe <<-END2
	10.1.1.1 192.168.1.1 1
	10.1.1.1 192.168.1.2 1
	10.1.1.1 172.16.0.1 1
	11.0.0.1 172.16.0.1 1
END2
table <<-END2
	1          0.0.0.0/0          -> 0.0.0.0/0          => %drop
	1          10.0.0.0/8         -> 0.0.0.0/0          => %drop
	1          10.1.0.0/16        -> 192.168.0.0/16     => %drop
	1          10.1.1.1/32        -> 192.168.1.1/32     => %drop
END2
ipsec eroute --clear

step "protocol and ports"
add 10.1.0.0/16 10.2.0.0/16 drop
add 10.1.0.0/16 10.2.0.0/16 drop --transport-proto 6
add 10.1.0.0/16 10.2.0.0/16 drop --transport-proto 6 --dst-port 80
add 10.1.0.0/16 10.2.0.0/16 drop --transport-proto 6 --src-port 80
probe <<-END2
	10.1.0.1 10.2.0.1 6 999 80
	10.1.0.1 10.2.0.1 6 80 99
	10.1.0.1 10.2.0.1 6 80 80
	10.1.0.1 10.2.0.1 6 5 99
	10.1.0.1 10.2.0.1 17 5 80
	10.1.0.1 10.2.0.1 1
END2
table <<-END2
	2          10.1.0.0/16        -> 10.2.0.0/16        => %drop
	1          10.1.0.0/16        -> 10.2.0.0/16        => %drop:6
	1          10.1.0.0/16        -> 10.2.0.0/16:80     => %drop:6
	2          10.1.0.0/16:80     -> 10.2.0.0/16        => %drop:6
END2
ipsec eroute --clear

step "an address beats a port, a source beats a destination"
add 10.0.0.0/8 0.0.0.0/0 drop --transport-proto 6 --dst-port 80
add 10.1.1.1/32 192.168.1.1/32 drop
add 0.0.0.0/0 192.168.1.0/24 drop
add 10.1.2.0/24 1.1.1.1/32 drop
add 10.1.0.0/16 0.0.0.0/0 drop
add 192.168.0.0/24 0.0.0.0/0 drop
add 0.0.0.0/0 0.0.0.0/0 drop
probe <<-END2
	10.1.1.1 192.168.1.1 6 7 80
	10.2.1.2 192.168.1.1 6 7 80
	10.1.2.3 192.168.1.9 1
	192.168.0.5 1.2.3.4 1
	10.2.1.2 192.168.1.1 17 7 80
	10.2.1.2 1.2.3.4 1
END2
table <<-END2
	1          0.0.0.0/0          -> 0.0.0.0/0          => %drop
	1          0.0.0.0/0          -> 192.168.1.0/24     => %drop
	1          10.0.0.0/8         -> 0.0.0.0/0:80       => %drop:6
	1          10.1.0.0/16        -> 0.0.0.0/0          => %drop
	1          10.1.1.1/32        -> 192.168.1.1/32     => %drop
	0          10.1.2.0/24        -> 1.1.1.1/32         => %drop
	1          192.168.0.0/24     -> 0.0.0.0/0          => %drop
END2
ipsec eroute --clear

step "a longer source without a destination that matches steps back"
add 10.0.0.0/8 192.168.1.0/24 drop
add 10.0.0.0/16 0.0.0.0/0 drop
add 10.0.5.6/32 1.1.1.1/32 drop
probe <<-END2
	10.0.5.6 192.168.1.4 1
	10.9.5.6 192.168.1.4 1
	10.9.5.6 192.168.2.4 1
END2
table <<-END2
	1          10.0.0.0/16        -> 0.0.0.0/0          => %drop
	1          10.0.0.0/8         -> 192.168.1.0/24     => %drop
	0          10.0.5.6/32        -> 1.1.1.1/32         => %drop
END2
assert_drops OUT_NO_EROUTE 1

step "shunts of one host in a shunt of its net"
add 192.0.2.0/24 192.0.1.0/24 trap
add 192.0.2.1/32 192.0.1.1/32 reject
probe <<-END2
	192.0.2.1 192.0.1.1 1
	192.0.2.1 192.0.1.1 1
END2
west grep -q '^2          192.0.2.1/32       -> 192.0.1.1/32       => %reject$' /proc/net/ipsec_eroute
west grep -q '^0          192.0.2.0/24       -> 192.0.1.0/24       => %trap$' /proc/net/ipsec_eroute
ipsec eroute --clear

step "IPv6, beside the same in IPv4"
add ::/0 ::/0 drop
add 0.0.0.0/0 0.0.0.0/0 drop
add 2001:db8:1::/48 ::/0 drop
add 2001:db8:1:2::/64 2001:db8:9::/48 drop
add ::/0 2001:db8:9::1/128 drop --transport-proto 17 --dst-port 53
add 2001:db8:1:2::7/128 2001:db8:9::1/128 drop
probe <<-END2
	2001:db8:1:2::7 2001:db8:9::1 17 1 53
	2001:db8:1:2::8 2001:db8:9::1 17 1 53
	2001:db8:1:2::8 2001:db8:8::1 17 1 53
	2001:db8:2::8 2001:db8:9::1 17 1 53
	2001:db8:2::8 2001:db8:9::1 17 1 54
	10.1.2.3 10.4.5.6 58
END2
table <<-END2
	1          0.0.0.0/0          -> 0.0.0.0/0          => %drop
	1          ::/0               -> ::/0               => %drop
	1          ::/0               -> 2001:db8:9::1/128:53 => %drop:17
	1          2001:db8:1::/48    -> ::/0               => %drop
	1          2001:db8:1:2::/64  -> 2001:db8:9::/48    => %drop
	1          2001:db8:1:2::7/128 -> 2001:db8:9::1/128  => %drop
END2
