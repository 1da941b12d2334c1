#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 90
# module: no
#
# The module comes and goes: devices and files appear in the first namespace,
# files in every other; a device, a tunnel and traffic do not keep it; an open
# PF_KEY socket does, and where af_key is loaded it refuses in words.
. "$(dirname "$0")/lib.sh"

links() {
	init_net sh -c 'for f in eroute spi spigrp tncfg version klipsdebug; do
		readlink /proc/net/ipsec_$f; done' | tr '\n' ' '
}

step "load: devices and files"
insmod "$KLIPS_KO"
assert_eq "$(init_net cat /proc/net/ipsec_tncfg)" "ipsec0 -> NULL mtu=0(0) -> 0
ipsec1 -> NULL mtu=0(0) -> 0" "ipsec_tncfg"
assert_eq "$(links)" "ipsec/eroute/all ipsec/spi/all ipsec/spigrp/all ipsec/tncfg \
ipsec/version ipsec/klipsdebug " "links in /proc/net"
assert_match "$(cat /proc/net/ipsec_version)" '^KLIPS version: [^ ]+$' "version"
assert_eq "$(cat /proc/net/ipsec/natt)" 2 "natt"
[ ! -e /proc/net/pfkey ] || fail "/proc/net/pfkey belongs to af_key"

step "files in a namespace of its own, no devices"
topo_up
west test -e /proc/net/ipsec_eroute
assert_eq "$(west cat /proc/net/ipsec_tncfg)" "" "tncfg of a new namespace"
west ip link add link eth1 name ipsec7 type ipsec
assert_eq "$(west cat /proc/net/ipsec_tncfg)" "ipsec7 -> eth1 mtu=16260(1500) -> 1500" "tncfg"

step "unload with a device up and attached"
west ip link set ipsec7 up
rmmod ipsec
[ ! -e /proc/net/ipsec_version ] || fail "files left behind"
assert_fails west ip link show ipsec7

step "parameters"
insmod "$KLIPS_KO" devices=3 devices_everywhere=1
ip netns add other
assert_eq "$(in_ns other sh -c 'cat /proc/net/ipsec_tncfg | wc -l')" 3 "devices everywhere"
ip netns del other
rmmod ipsec

step "beside af_key"
modprobe af_key || skip "no af_key in this kernel"
err=$(insmod "$KLIPS_KO" 2>&1) && fail "loaded beside af_key"
assert_match "$err" 'busy' "insmod's answer"
dmesg | tail -3 | grep -q af_key || fail "the kernel log does not name af_key"
rmmod af_key
