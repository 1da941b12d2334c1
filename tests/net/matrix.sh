#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 600
# check: uml
#
# The matrix: every cipher and MAC that the module registers, AH, IPCOMP, bundles
# and ESP in UDP, in tunnel and transport mode, in every pair of IP families, both
# ways against the kernel's own; ICMP, UDP and TCP, packets of 1 byte to 64 KB,
# super-packets cut by ipsec0 or before it.
#
# In `make check` half of the suites, in one column each; by itself, all in all.
# ONLY and COLUMNS_ONLY in the guest narrow it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/matrix.sh"

COLUMNS_ALL="4in4 6in4 4in6 6in6 4 6"	# families; the last two are transport mode
SIZES=1,2,15,16,17,100,1200,1473,9000,65000
STREAM=300000
[ -z "${KLIPS_CHECK-}" ] || SIZES=1,1473,65000 STREAM=30000

# In the short form half of the suites, every cipher among them, in a column each.
chosen() { # INDEX COLUMN
	local -a all

	[ -n "${KLIPS_CHECK-}" ] || return 0
	read -ra all <<< "$COLUMNS_ALL"
	[ $((($1 + $1 / 7) % 2)) = 0 ] && [ "${all[$1 / 2 % 6]}" = "$2" ]
}

# gso on|off: super-packets reach ipsec0, or are cut before
gso() {
	local ns

	for ns in sunset sunrise west east; do
		in_ns $ns bash -c 'for d in eth0 eth1 ipsec0; do
			! grep -q " *$d:" /proc/net/dev || ethtool -K $d tso $1 gso $1 gro $1; done' - "$1" \
			> "$TMP/ethtool" 2>&1 || fail "ethtool in $ns: $(cat "$TMP/ethtool")"
	done
}

# traffic WITH KINDS [-c]: the cells of the column
traffic() {
	local ends="sunset sunrise" kinds=$2

	# the kernel gives XFRM no super-packets of UDP made on its own host
	case $column in *in*) ;; *) ends="west east" kinds=${2/g/G} ;; esac
	# shellcheck disable=SC2086
	"$KLIPS_B/tests/net/cells" ${3-} -s $SIZES -t $STREAM -k "$kinds" -w $((3000 * KLIPS_SLOW)) \
		$ends < "$TMP/list" > "$TMP/cells" || :
	sed -n "s/^\(.*\): /BAD \1, $1: /p" "$TMP/cells"
	read -r n _ b _ <<< "$(tail -1 "$TMP/cells")"
	cells=$((cells + n)) bad=$((bad + b))
	[ "$b" = 0 ] || fail "$b of $n cells"
}

topo_up
west sysctl -q -w net.ipsec.inbound_policy_check=2
klips_dev_up
# IPv6 is not fragmented under way: hosts know from the start what fits
sunset ip -6 route change default via 2001:db8:1::254 mtu 1280
sunrise ip -6 route change default via 2001:db8:2::254 mtu 1280
mac_of() { # NS
	in_ns "$1" ip -o link show eth1 | sed 's/.*ether \([^ ]*\).*/\1/'
}
EAST_MAC=$(mac_of east)
east ip neigh add "$WEST_6" lladdr "$(mac_of west)" dev eth1
suites_from_table
assert_ge ${#SUITES[@]} 40 "suites"

cells=0 bad=0 configs=0 holes=0
for column in ${COLUMNS_ONLY:-$COLUMNS_ALL}; do
	column_up "$column"
	[ -s "$TMP/list" ] || continue
	step "$column: $(wc -l < "$TMP/list") suites"
	configs=$((configs + $(wc -l < "$TMP/list")))
	# pieces of IPv6 in ESP that comes in pieces itself are refused by the far end
	[ "$column" = 6 ] || west ip link set ipsec0 mtu 16260
	[ "$column" != 6 ] || west ip link set ipsec0 mtu 65535
	gso on
	traffic "GSO" uitg
	gso off
	traffic "no GSO" tg
	if grep comp "$TMP/list" > "$TMP/comp"; then
		mv "$TMP/comp" "$TMP/list"
		# how large a packet may become again is for the device's MTU to say
		west ip link set ipsec0 mtu 65535
		traffic "compressible" uit -c
	fi
	column_down
done
assert_eq "$(drops)" "" "drops in west"
[ $bad = 0 ] || fail "$bad of $cells cells"
echo "COUNT matrix: $cells cells of $configs suites in ${#SUITES[@]} kinds, $holes holes of XFRM"
