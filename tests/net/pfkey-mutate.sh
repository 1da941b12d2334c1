#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Messages of every type with every extension, most of them with bytes changed,
# to the running module, under listeners that do not read; counts of each.
#
# limit: 300
# check: uml
. "$(dirname "$0")/lib.sh"

# so many in a guest of `make check`
COUNT=${KLIPS_MUTATE:-20000}

topo_up
# grace periods are most of its time else
west sh -c 'echo 1 > /sys/kernel/rcu_expedited'
klips_dev_up
west "$KLIPS_B/tests/net/pfkey-mutate" "$COUNT" "${KLIPS_SEED:-1}" > "$TMP/counts" ||
	fail "an answer was not clean, or nothing was sent or accepted of one of: $(cat "$TMP/counts")"
cat "$TMP/counts"

step "it still works"
west sh -c "cd /proc/sys/net/ipsec && echo 0 | tee debug_* > /dev/null"
ipsec eroute --clear
ipsec spi --clear
ipsec eroute --add --eraf inet --src "$LEFT_4" --dst "$RIGHT_4" --said %drop
assert_match "$(west cat /proc/net/ipsec_eroute)" "=> %drop" "an eroute"
