#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual pages are true: their examples run, in order, each page's in a
# network of its own; what they say is printed is printed; and the names of
# switches, parameters and drop reasons are those of the module.
#
# An example is any literal display below EXAMPLES that begins with one of these
# COMMANDS.  Others show what something looks like; one with a comment before it,
#	.\" prints: N
# shows the last N lines that the example before it printed.
#
# module: devices_everywhere=1
# limit: 180
# check: uml
. "$(dirname "$0")/lib.sh"
need iptables ethtool

COMMANDS='ipsec|ip|timeout|iptables|nft|sysctl|ethtool|modprobe|cat|awk|sed|grep|test'
MAN=$KLIPS_TOP/man

# the lines of every display, "=== run", "=== prints N" or "=== shown" before each
examples() {
	awk -v commands="^($COMMANDS) " '
		/^\.Sh/ { there = $2 == "EXAMPLES" }
		!there { next }
		/^\.\\" prints: / { what = "prints " $3; next }
		/^\.Bd -literal/ { inside = first = 1; next }
		/^\.Ed/ { inside = 0; what = ""; next }
		!inside { next }
		first { print "=== " (what ? what : $0 ~ commands ? "run" : "shown"); first = 0 }
		{ gsub(/\\e/, "\\"); gsub(/\\&/, ""); print }' "$1"
}

# Machines differ: what a page takes for granted on its reader's.
setting() { # page
	case $1 in
	ipsec.8)
		echo "--enckey 0x$(hex 20 1)" > /etc/ipsec.out
		echo "--enckey 0x$(hex 20 2)" > /etc/ipsec.in
		ip addr add 192.0.2.1/24 dev eth0
		;;
	ipsec_eroute.8)
		ipsec eroute --add --eraf inet --src company.com/24 --dst www.ietf.org/32 --said %pass
		;;
	ipsec_spi.8)
		echo "--enckey 0x$(hex 20 1)" > /etc/ipsec.key
		{ echo "--enckey 0x$(hex 32 1)"; echo "--authkey 0x$(hex 32 2)"; } > /etc/ipsec.keys
		ipsec spi --said tun.987@192.168.100.100 --ip4 --src 192.0.2.23 --dst 192.168.100.100
		ipsec spi --said tun:500@3049:9::1000:1 --ip6 --src 3049:9::1 --dst 3049:9::1000:1
		;;
	ipsec_spigrp.8)
		ipsec spi --said tun.113@gw2 --ip4 --src gw1 --dst gw2
		ipsec spi --said esp.115@gw2 --src gw1 --esp aes_gcm16 --enckey "0x$(hex 20 1)"
		ipsec spi --said ah.116@gw2 --src gw1 --ah hmac-sha1-96 --authkey "0x$(hex 20 1)"
		;;
	ipsec_handover.8)
		ipsec spi --said esp.115@192.1.2.23 --src 192.1.2.45 --esp aes_gcm16 \
			--enckey "0x$(hex 20 1)"
		;;
	ipsec_tncfg.8)
		ip link del ipsec1
		ip link add ppp0 type veth peer name far2
		ip link set ppp0 up
		;;
	ipsec.4)
		ip link set ipsec1 name ipsec9
		ipsec tncfg --attach --virtual ipsec0 --physical eth1
		;;
	ipsec_drops.5) ;;
	esac
}

# in place of what would never end, or is there already
stand_ins() {
	cat <<-'END'
		modprobe() { test -e "/sys/module/$1"; }
		dmesg() { command dmesg > /dev/null; }
		rmmod() { ipsec spi --clear; }
	END
}

# keys that a page leaves to its reader
with_keys() {
	sed -e "s/--enckey 0x\.\.\./--enckey 0x$(hex 24 1)/" -e "s/--authkey 0x\.\.\./--authkey 0x$(hex 16 2)/"
}

network() {
	ip -batch - <<-'END'
		link set lo up
		link add eth0 type veth peer name far0
		link add eth1 type veth peer name far1
		link set eth0 up
		link set eth1 up
		addr add 192.1.2.45/24 dev eth1
		addr add 192.0.1.254/24 dev eth0
	END
}

# run_block FILE: as pasted; output to FILE.out
run_block() {
	{ stand_ins; with_keys < "$1"; } > "$1.sh"
	bash -e "$1.sh" > "$1.out" 2> "$1.err" ||
		fail "an example failed: $(cat "$1" "$1.err" "$1.out")"
}

# compare the last lines printed with those in FILE, trailing blanks aside
must_print() { # FILE COUNT BLOCK
	assert_eq "$(tail -n "$2" "$3.out" | sed 's/ *$//')" "$(sed 's/ *$//' "$1")" "what $3 prints"
}

page() { # $1 = name; in a network of its own
	local line i kind count n=0 ran=0 dir="$TMP/$1"

	mkdir -p "$dir"
	network
	setting "$1"
	examples "$MAN/$1" > "$dir/all"
	while IFS= read -r line; do
		case $line in
		"=== "*) n=$((n + 1)); echo "${line#=== }" > "$dir/$n.kind" ;;
		*) printf '%s\n' "$line" >> "$dir/$n" ;;
		esac
	done < "$dir/all"
	for ((i = 1; i <= n; i++)); do
		read -r kind count < "$dir/$i.kind"
		# its examples are one thing said in two ways
		[ "$1 $i" != "ipsec_spigrp.8 2" ] || { ipsec spi --clear; setting "$1"; }
		case $kind in
		run) run_block "$dir/$i"; ran=$((ran + 1)) ;;
		prints) must_print "$dir/$i" "$count" "$dir/$((i - 1))" ;;
		esac
	done
	echo "$1: $n displays, $ran run"
	[ "$ran" -gt 0 ] || [ "$1" = ipsec_look.8 ] || fail "$1: no example that can be run"
}

if [ "${1-}" = page ]; then
	# ipsec of lib.sh runs the tools in west; here there is no such place
	unset -f ipsec
	PATH=$KLIPS_B/tools:$PATH
	page "$2"
	exit
fi

step "examples"
cat >> /etc/hosts <<-'END'
	192.0.1.1 company.com
	192.0.2.21 ftp.ngo.org
	192.1.2.23 gw.ngo.org
	192.1.2.25 mail.ngo.org
	192.1.2.80 www.ietf.org
	192.1.2.45 gw1
	192.1.2.23 gw2
END
for f in "$MAN"/*.[1-9]; do
	unshare --net bash "$0" page "$(basename "$f")" || fail "$(basename "$f")"
done
echo 0 > /sys/kernel/tracing/events/klips/klips_drop/enable

step "names"
# what a page lists: names FILE MACRO
names() {
	sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$MAN/$1" |
		sed -n "s/^\.It $2 //p" | sed 's/ , /\n/g'
}
# same WHAT PAGE'S MODULE'S
same() {
	echo "$2" > "$TMP/page"
	echo "$3" > "$TMP/module"
	diff "$TMP/page" "$TMP/module" || fail "$1: < is the page's, > the module's"
}
same "drop reasons in ipsec_drops.5" "$(names ipsec_drops.5 Li)" \
	"$(cut -d' ' -f1 /proc/net/ipsec/stats/drops)"
# shellcheck disable=SC2012
same "switches and parameters in ipsec.4" "$(names ipsec.4 Va | sort)" \
	"$( (ls /proc/sys/net/ipsec; ls /sys/module/ipsec/parameters) | sort)"
same "files in ipsec.4" "$(names ipsec.4 Pa | sort)" \
	"$( (find /proc/net/ipsec/ -type f; ls /proc/net/pf_key*) | sort)"
# the letter in front of each explanation is the sum the packet is counted in
same "sums in ipsec_drops.5" \
	"$(sed -n '/^\.It Li \(OUT\|IN\)_/{s/^\.It Li //;N;s/\n\(.\):.*/ \1/;p}' "$MAN/ipsec_drops.5")" \
	"$(sed -n 's/^\tX(\([A-Z_]*\), [TR]X\([DE]\)).*/\1 \2/p' "$KLIPS_TOP/klips/drop.h")"
