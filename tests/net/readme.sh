#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The README's commands, taken from it and run: west as written, east as XFRM,
# then traffic both ways and through the firewall.
#
# module: devices_everywhere=1
# limit: 90
# check: uml
. "$(dirname "$0")/lib.sh"
need iptables

# commands PLACE: the blocks marked for it, continued lines joined
commands() {
	awk -v mark="<!-- run: $1 -->" '
		$0 == mark { wanted = 1; next }
		wanted && /^```sh$/ { inside = 1; next }
		/^```$/ { inside = wanted = 0 }
		inside { if (sub(/\\$/, "")) printf "%s", $0; else print }' "$KLIPS_TOP/README.md"
}

# run them as if pasted; the first that fails ends it
paste_at() { # PLACE
	commands "$1" > "$TMP/$1.sh"
	PATH=$KLIPS_B/tools:$PATH in_ns "$1" bash -ex "$TMP/$1.sh" ||
		fail "a command of README.md for $1"
}

topo_up
step "the commands of README.md"
paste_at east
paste_at west
assert_eq "$(grep -c . "$TMP/west.sh")" 19 "commands for west"

step "traffic through what they built"
assert_tunnel 3
capture_start wire net br0
capture_start clear west ipsec0
assert_tunnel 2
capture_stop wire clear
assert_eq "$(capture_count wire esp)" 8 "ESP on the wire"
assert_eq "$(capture_count wire icmp)" 0 "pings on the wire"
assert_eq "$(capture_count clear icmp)" 8 "cleartext on ipsec0"
assert_eq "$(drops)" "" "drops in west"

step "its firewall"
nic ip addr add "$SUNRISE_4/32" dev br0
nic ip route add "$LEFT_4" via "$WEST_4" src "$SUNRISE_4"
assert_no_ping net "$SUNSET_4" 2
assert_match "$(west iptables -L FORWARD -n -v)" 'policy DROP 2 packets' "the firewall's own count"
