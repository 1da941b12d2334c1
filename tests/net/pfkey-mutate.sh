#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Messages of every type with every extension, most of them with bytes changed,
# to the running module; counts of each, and not one complaint of the kernel.
#
# limit: 300
# check: uml
. "$(dirname "$0")/lib.sh"
. "$KLIPS_TOP/tests/vm/complaints.sh"

# so many in a guest of `make check`
COUNT=${KLIPS_MUTATE:-20000}

topo_up
# grace periods are most of its time else
west sh -c 'echo 1 > /sys/kernel/rcu_expedited'
klips_dev_up
# what klipsdebug says here drives everything else out of the kernel's log
stdbuf -oL dmesg --follow-new --level emerg,alert,crit,err,warn > "$TMP/kernel" &
west "$KLIPS_B/tests/net/pfkey-mutate" "$COUNT" "${KLIPS_SEED:-1}" > "$TMP/counts" ||
	fail "an answer was not clean, or nothing was sent or accepted of one of: $(cat "$TMP/counts")"
cat "$TMP/counts"
sleep 1
kill $!
! complaints "$TMP/kernel" || fail "the kernel complained"

step "it still works"
west sh -c "cd /proc/sys/net/ipsec && echo 0 | tee debug_* > /dev/null"
ipsec eroute --clear
ipsec spi --clear
ipsec eroute --add --eraf inet --src "$LEFT_4" --dst "$RIGHT_4" --said %drop
assert_match "$(west cat /proc/net/ipsec_eroute)" "=> %drop" "an eroute"
