#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
#
# ipsecN as a device: every answer of its ioctls, who may make them; what happens
# when the physical device goes down, is renamed, gets another MTU, moves or
# vanishes; devices made, renamed and removed; and what they count.
. "$(dirname "$0")/lib.sh"

# ioctls "REQUEST: ANSWER", one a line on standard input
ioctls() { # [COMMAND in front]
	local line

	cat > "$TMP/both"
	sed 's/:[^:]*$//' "$TMP/both" > "$TMP/requests"
	sed 's/.*: *//' "$TMP/both" > "$TMP/want"
	in_ns west "$@" /usr/bin/python3 "$KLIPS_TOP/tests/net/src/ioctl.py" \
		< "$TMP/requests" > "$TMP/is"
	line=$(paste "$TMP/requests" "$TMP/want" "$TMP/is" | awk -F '\t' '$2 != $3')
	[ -z "$line" ] || fail "request, should be, is: $line"
}

tncfg() {
	assert_eq "$(west cat /proc/net/ipsec_tncfg)" "$1" "tncfg ${2-}"
}

topo_up
west ip link add ipsec0 type ipsec
west ip link add ipsec1 type ipsec
west ip link add a-name-of-fifte type dummy

step "a fresh device"
west ip -d -o link show ipsec0 > "$TMP/show"
assert_match "$(cat "$TMP/show")" 'ipsec0: <NOARP> mtu 0 qdisc noop state DOWN .*qlen 10' "ip link"
assert_fails west ip link set ipsec0 up

step "ioctls and their errors"
ioctls <<-END
	attach ipsec0 nosuchdev: ENXIO
	attach ipsec0 lo: EINVAL
	attach ipsec0 ipsec0: EINVAL
	attach ipsec0 ipsec1: EINVAL
	attach ipsec9 eth1: ENODEV
	detach ipsec0: ENODEV
	detach ipsec9: ENODEV
	clear ipsec0: 0
	attach ipsec0 eth1: 0
	attach ipsec0 eth1: EBUSY
	attach ipsec0 eth0: EBUSY
	detach ipsec0: 0
	detach ipsec0: ENODEV
	attach ipsec0 eth1:7: 0
	attach ipsec1 a-name-of-fifte: 0
	clear ipsec1: 0
	detach ipsec0: ENODEV
	detach ipsec1: ENODEV
	0x89f4 ipsec0: EOPNOTSUPP
	0x89ff ipsec0: EOPNOTSUPP
	encap ipsec0 udp4 1: EINVAL
	encap ipsec0 udp4 3: EINVAL
	encap ipsec0 none: EBADF
	encap ipsec0 file: ENOTSOCK
	encap ipsec0 unix: EAFNOSUPPORT
	encap ipsec0 tcp4: EPROTONOSUPPORT
	encap ipsec0 udp4: 0
	encap ipsec0 same: EBUSY
	encap ipsec0 udp6: 0
	encap eth0 udp4: EOPNOTSUPP
END

step "who may"
ioctls setpriv --bounding-set=-net_admin <<-END
	attach ipsec0 eth1: EPERM
	clear ipsec0: EPERM
	encap ipsec0 udp4: EPERM
END
if unshare --user true 2> /dev/null; then
	unshare --user --map-root-user --net bash -ec '
		ip link add phys type dummy
		ip link add link phys name ipsec0 type ipsec
		ip link set phys up
		ip link set ipsec0 up' || fail "root of a namespace of its own may not"
else
	echo "(no user namespaces here)"
fi

step "the physical device goes down and comes back"
west ip link set eth1 down
ipsec tncfg --attach --virtual ipsec0 --physical eth1
west ip link set eth1 up
west ip link set ipsec0 up
up="ipsec0 -> eth1 mtu=16260(1500) -> 1500"
alone="ipsec1 -> NULL mtu=16260(0) -> 0"
tncfg "$up
$alone" "attached"
ipsec tncfg --attach --virtual ipsec1 --physical eth1
tncfg "$up
ipsec1 -> eth1 mtu=16260(1500) -> 1500" "both attached to one"
west ip link set eth1 down
tncfg "ipsec0 -> NULL mtu=16260(0) -> 0
$alone" "after down"
west ip link set eth1 up
tncfg "ipsec0 -> NULL mtu=16260(0) -> 0
$alone" "after up again"
west ip -o link show ipsec0 | grep -q ',UP' || fail "ipsec0 went down with it"

step "MTU and name are followed"
ipsec tncfg --attach --virtual ipsec0 --physical eth1
west ip link set eth1 mtu 1400
tncfg "ipsec0 -> eth1 mtu=16260(1400) -> 1400
$alone" "after a change of MTU"
west ip link set eth1 down
west ip link set eth1 name outside
west ip link set outside up
ipsec tncfg --attach --virtual ipsec0 --physical outside
tncfg "ipsec0 -> outside mtu=16260(1400) -> 1400
$alone" "after a change of name"
west ip link set outside name renamed 2> /dev/null && west ip link set renamed name outside
west ip link set ipsec0 mtu 68
assert_fails west ip link set ipsec0 mtu 67
west ip link set ipsec0 mtu 65535
assert_fails west ip link set ipsec0 mtu 65536

step "the physical device moves to another namespace, or is deleted"
ip netns add elsewhere
west ip link add gone type dummy
west ip link set gone up
west ip link add link gone name ipsec2 type ipsec
west ip link set ipsec2 up
west ip link set gone netns elsewhere
west grep -qx 'ipsec2 -> NULL mtu=16260(0) -> 0' /proc/net/ipsec_tncfg || fail "still attached"
west ip link add gone type dummy
west ip link set gone up
ipsec tncfg --attach --virtual ipsec2 --physical gone
west ip link del gone
west grep -qx 'ipsec2 -> NULL mtu=16260(0) -> 0' /proc/net/ipsec_tncfg || fail "still attached"
ip netns del elsewhere

step "devices made and removed: rtnetlink, tncfg, refusals"
assert_fails west ip link add link lo name ipsec5 type ipsec
assert_fails west ip link add link ipsec0 name ipsec5 type ipsec
assert_fails west ip link show ipsec5
ipsec tncfg --create ipsec5
west ip link show ipsec5 > /dev/null
ipsec tncfg --delete ipsec5
assert_fails west ip link show ipsec5
# the tool, as ever, does not read what the kernel says to this
ipsec tncfg --create ipsec64 || :
assert_fails west ip link show ipsec64
west ip link set ipsec2 up 2> /dev/null || :
west ip link del ipsec2
dmesg | grep 'IPSEC EVENT: KLIPS device ipsec2 shut down.' > /dev/null || fail "no word of ipsec2 in the log"
west ip link add ipsec3 type ipsec
west ip link set ipsec1 name tunnel
tncfg "ipsec0 -> outside mtu=65535(1400) -> 1400
tunnel -> NULL mtu=16260(0) -> 0
ipsec3 -> NULL mtu=0(0) -> 0" "after renaming"
west ip link del tunnel
west ip link del ipsec3
west ip link del ipsec0

step "counts"
west ip link set outside down
west ip link set outside name eth1
west ip link set eth1 mtu 1500 up
west ip route replace default via "$NIC_4"
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
assert_ping sunset "$SUNRISE_4" 5
# out: 84 inside, 20 + 8 + 8 + 4 + 16 around; in: the inner packet as it comes out
assert_eq "$(west awk '/ipsec0:/ { print $2, $3, $4, $5, $10, $11, $12, $13 }' /proc/net/dev)" \
	"420 5 0 0 700 5 0 0" "rx bytes, packets, errors, dropped, and tx"
assert_eq "$(west ethtool -i ipsec0 | head -1)" "driver: ipsec" "ethtool -i"
