#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 100
#
# Users without privilege, and users that are root of namespaces they made: what
# they may not, what they may, how much of it, and that nothing of it is seen or
# felt elsewhere.
. "$(dirname "$0")/lib.sh"

NOBODY="setpriv --reuid=65534 --regid=65534 --clear-groups"

# attempts [COMMAND in front]: every entry point; prints a line for each
attempts() {
	west "$@" /usr/bin/python3 - <<-'END'
		import errno, fcntl, os, socket, struct
		def attempt(what, how):
		    try:
		        how()
		        print(what, "0")
		    except OSError as e:
		        print(what, errno.errorcode[e.errno])
		def pfkey(option=0, value=0):
		    s = socket.socket(15, socket.SOCK_RAW, 2)
		    if option:
		        s.setsockopt(0x4b4c, option, value)
		def ioctl(n):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    fcntl.ioctl(s, 0x89f0 + n, struct.pack("16sI12s8x", b"ipsec0", 0, b"eth1"))
		def write(name, value):
		    with open("/proc/sys/net/ipsec/" + name, "w") as f:
		        f.write(value)
		attempt("PF_KEY", pfkey)
		attempt("batch", lambda: pfkey(1, 1))
		attempt("freeze", lambda: pfkey(4, 1))
		attempt("give", lambda: pfkey(6, bytes(432)))
		attempt("attach", lambda: ioctl(0))
		attempt("clear", lambda: ioctl(2))
		attempt("icmp", lambda: write("icmp", "1"))
		for cap in "max_eroutes", "max_sas", "max_sockets", "max_queued", "hold_total", "trap_holds":
		    attempt(cap, lambda: write(cap, "1000000"))
		for name in sorted(os.listdir("/proc/net/ipsec")):
		    path = "/proc/net/ipsec/" + name
		    if not os.path.isdir(path):
		        attempt(name, lambda: open(path).close())
	END
}

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
assert_tunnel 2
before=$(west cat /proc/net/ipsec_eroute /proc/net/ipsec_spigrp /proc/net/ipsec_tncfg | sed 's/^[0-9]* *//')

step "nobody, in west's own namespace"
attempts $NOBODY --bounding-set=-all > "$TMP/nobody"
cat "$TMP/nobody"
assert_eq "$(grep -c ' 0$' "$TMP/nobody")" 2 "things nobody may do"
assert_eq "$(grep ' 0$' "$TMP/nobody" | xargs)" "natt 0 version 0" "what nobody may do"

step "root of a user namespace, in west's own network"
attempts $NOBODY unshare --user --map-root-user > "$TMP/mapped"
assert_eq "$(grep ' 0$' "$TMP/mapped" | xargs)" "natt 0 version 0" "what he may do"

step "root of namespaces of his own"
attempts $NOBODY unshare --user --map-root-user unshare --net > "$TMP/tenant"
assert_eq "$(grep -E '^(PF_KEY|batch|icmp) ' "$TMP/tenant" | xargs)" "PF_KEY 0 batch 0 icmp 0" \
	"what he may do"
assert_eq "$(grep -E '^(freeze|give|max_.*|hold_total|trap_holds) ' "$TMP/tenant" | xargs)" \
	"freeze EACCES give EACCES max_eroutes EPERM max_sas EPERM max_sockets EPERM max_queued EPERM hold_total EPERM trap_holds EPERM" \
	"what he may not"

step "his limits, and the end of his namespace with all of it live"
west $NOBODY unshare --user --map-root-user unshare --net bash -Eeuo pipefail -s -- "$KLIPS_B/tools" <<-'END'
	tools=$1
	ip link add phys type dummy
	ip link set phys up
	ip addr add 10.1.1.1/24 dev phys
	ip link add link phys name ipsec0 type ipsec
	ip link set ipsec0 up
	cat /proc/net/ipsec/stats/limits
	"$tools/spi" --said tun.200@10.1.1.2 --ip4 --src 10.1.1.1 --dst 10.1.1.2
	"$tools/spi" --said esp.201@10.1.1.2 --src 10.1.1.1 --esp aes_gcm16 \
		--enckey 0x000102030405060708090a0b0c0d0e0f10111213
	"$tools/spigrp" --said tun.200@10.1.1.2 esp.201@10.1.1.2
	"$tools/eroute" --add --eraf inet --src 10.0.0.0/8 --dst 10.9.0.0/16 --said tun.200@10.1.1.2
	ip route add 10.9.0.0/16 dev ipsec0
	ping -n -q -c 2 -i 0.1 -W 1 10.9.0.1 > /dev/null || :
	grep -q 'packets(2,' /proc/net/ipsec_spi
END
west $NOBODY unshare --user --map-root-user unshare --net /usr/bin/python3 - <<-'END'
	import socket
	held = []
	try:
	    while True:
	        held.append(socket.socket(15, socket.SOCK_RAW, 2))
	except OSError:
	    assert len(held) == 64, len(held)
END

step "west has felt nothing"
after=$(west cat /proc/net/ipsec_eroute /proc/net/ipsec_spigrp /proc/net/ipsec_tncfg | sed 's/^[0-9]* *//')
assert_eq "$after" "$before" "eroutes, groups, devices"
assert_tunnel 2
