#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Limits of a namespace: eroutes, SAs, PF_KEY sockets and what is queued on them;
# what they refuse is said, counted, and changes nothing.
. "$(dirname "$0")/lib.sh"

limit() { # NAME VALUE
	west sh -c "echo $2 > /proc/sys/net/ipsec/$1"
}

# used, limit and refused of one name
limits() {
	west awk -v n="$1" '$1 == n { print $2, $3, $4 }' /proc/net/ipsec/stats/limits
}

shunt() { # --add|--replace THIRD-BYTE
	ipsec eroute "$1" --eraf inet --src "10.0.$2.0/24" --dst 10.1.0.0/16 --said %drop 2>&1
}

topo_up
klips_dev_up

step "eroutes"
limit max_eroutes 2
shunt --add 1
shunt --add 2
assert_fails shunt --add 3
shunt --replace 2
assert_eq "$(limits max_eroutes)" "2 2 1" "max_eroutes"
assert_eq "$(west sh -c 'grep -c . /proc/net/ipsec_eroute')" 2 "eroutes"
assert_fails limit max_eroutes -1
# a trap that may not make its %hold keeps nothing
klips_route 10.1.0.0/16
ipsec eroute --replace --eraf inet --src 10.0.1.0/24 --dst 10.1.0.0/16 --said %trap
west ip addr add 10.0.1.1/32 dev lo
assert_no_ping west 10.1.0.1 2 -I 10.0.1.1
assert_eq "$(west sh -c 'grep -c . /proc/net/ipsec_eroute')" 2 "eroutes"
limit max_eroutes 3
shunt --add 3

step "SAs"
limit max_sas 1
ipsec spi --said "$(said tun 200 "$EAST_4")" --ip4 --src "$WEST_4" --dst "$EAST_4"
assert_fails ipsec spi --said "$(said tun 201 "$EAST_4")" --ip4 --src "$WEST_4" --dst "$EAST_4"
assert_eq "$(limits max_sas)" "1 1 1" "max_sas"
assert_eq "$(west sh -c 'grep -c . /proc/net/ipsec_spi')" 1 "SAs"

step "sockets"
limit max_sockets 0
assert_fails ipsec eroute --clear
assert_eq "$(limits max_sockets)" "0 0 1" "max_sockets"
limit max_sockets 1
ipsec eroute --clear

step "queues"
limit max_queued 0
ipsec spi --clear
read -r _ _ refused <<< "$(limits max_queued)"
assert_ge "$refused" 1 "messages refused"
limit max_queued 1000000
ipsec spi --clear
assert_eq "$(limits max_queued)" "0 1000000 $refused" "max_queued"

step "another namespace has limits of its own"
IPSEC_NS=east ipsec eroute --add --eraf inet --src 10.0.1.0/24 --dst 10.1.0.0/16 --said %drop
assert_eq "$(in_ns east cat /proc/net/ipsec/stats/limits)" "max_eroutes 1 4194304 0
max_sas 0 262144 0
max_sockets 0 1024 0
max_queued 0 268435456 0" "east's limits"
