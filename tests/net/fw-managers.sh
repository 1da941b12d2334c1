#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml
#
# The files of examples/firewall for shorewall and firewalld, each started as it is on
# a gateway: both subnets see each other through the tunnel, nothing passes beside it,
# forged addresses neither.  The packages are unpacked in the guest only.
. "$(dirname "$0")/lib.sh"

EXAMPLES=$KLIPS_TOP/examples/firewall
PACKAGES=$KLIPS_TOP/debs	# see tests/vm/debs

unpack() { # NAME...
	local name deb

	for name; do
		deb=$(echo "$PACKAGES/${name}_"*.deb)
		[ -s "$deb" ] || return
		# plain dpkg -x would put a directory in the place of the link /lib
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C / --keep-directory-symlink
	done
}

# what both have to do
gateway_works() {
	# the far end first, so that its ESP is new to connection tracking
	assert_ping sunrise "$SUNSET_4" 2
	assert_ping sunset "$SUNRISE_4" 2
	assert_no_ping net "$SUNSET_4" 1
	assert_no_ping net "$WEST_4" 1
	assert_no_ping net "$SUNSET_4" 1 -I 192.0.2.77
}

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
nic ip route add "$LEFT_4" via "$WEST_4"
nic ip addr add 192.0.2.77/32 dev br0
# so that it is the rules that stop these
assert_ping net "$WEST_4" 1

if ! unpack shorewall-core shorewall; then
	skip "no package of shorewall in the cache, and none to be had"
fi
step "shorewall"
mkdir -p /etc/shorewall
# what its user has to switch on, and less to want of a small kernel
sed 's/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/; s/^\(STARTUP_LOG\|LOGLIMIT\)=.*/\1=/' \
	/usr/share/shorewall/configfiles/shorewall.conf > /etc/shorewall/shorewall.conf
cp "$EXAMPLES"/shorewall/* /etc/shorewall/
west shorewall -q check
west shorewall -q start
west conntrack -F 2> /dev/null
gateway_works
saved=$(west iptables-save -c)
for rule in "-A net-fw -s $EAST_4/32 -p esp -j ACCEPT" "-A FORWARD -i ipsec+ -j vpn_frwd" \
	"-A loc_frwd -o ipsec+ -j ACCEPT"; do
	assert_match "$saved" "\[[1-9][0-9]*:[0-9]*\] ${rule//+/\\+}" "counter of shorewall's rule"
done
west shorewall -q clear
west nft flush ruleset
assert_ping net "$WEST_4" 1

step "firewalld"
/usr/bin/python3 -c 'import dbus, gi' 2> /dev/null && command -v dbus-daemon > /dev/null &&
	unpack firewalld python3-firewall python3-nftables || {
	echo "firewalld: not run, for want of its packages or of dbus"
	exit 0
}
mkdir -p /run/dbus
cp -r "$EXAMPLES"/firewalld/* /etc/firewalld/
firewall-offline-cmd --check-config
nsenter --net=/run/netns/west -- dbus-daemon --system --nofork --nopidfile 2> /dev/null &
wait_until 5 test -S /run/dbus/system_bus_socket
nsenter --net=/run/netns/west -- firewalld --nofork --nopid > "$TMP/firewalld" 2>&1 &
wait_until 30 west bash -c 'nft list chain inet firewalld filter_FWD_policy_ipsec-to-internal_allow &&
	nft list table inet firewalld | grep -q "iifname \"ipsec"' ||
	fail "firewalld does not start: $(cat "$TMP/firewalld" /var/log/firewalld)"
west conntrack -F 2> /dev/null
gateway_works
