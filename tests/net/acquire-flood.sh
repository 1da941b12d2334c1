#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many packets of one flow make one ACQUIRE, many flows at once each get their
# tunnel, and a flood of flows that nobody wants stops at its limits.
#
# limit: 600
# check: uml
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/keyd.sh"

MANY=10000
case ${KLIPS_KERNEL-} in *debug | kcsan) MANY=1000 ;; esac

holds_up

step "$MANY packets of one flow"
trap_up %trap
keyd_start none 0
send_flows 1 "$MANY"
assert_eq "$(keyd_acquires)" 1 "ACQUIREs"
assert_eq "$(trap_counts)" "00000001 00000001" "trap_count, trap_sendcount"
assert_eq "$(hold_sum held)" "$MANY" "packets held"
assert_eq "$(hold_sum waiting)" 64 "packets waiting"
assert_drops OUT_SHUNT_HOLD $((MANY - 64))
keyd_stop

step "$MANY flows at once"
holds_again
trap_up %trap
keyd_start tunnel 1000
receive_start "$MANY" 1 20000
send_flows "$MANY" 1
assert_received "$MANY"
keyd_stop
assert_eq "$KEYD_SAID" "acquires $MANY answered $MANY errors 0" "keyd"
assert_eq "$(eroutes | grep -c tun0x200)" "$MANY" "eroutes to the tunnel"
nothing_waits || fail "packets wait for ever"

# from here on, every packet has a source of its own
sunset ip route add local 10.9.0.0/16 dev lo
trap_all() {
	holds_again
	ipsec eroute --add --eraf inet --src 0.0.0.0/0 --dst "$FAR" --said %trap
}

step "ACQUIREs beyond the rate"
west_sysctl acquire_rate 10 acquire_burst 50
trap_all
keyd_start none 0
begin=$SECONDS
send_flows 1000 1 0 64 0 10.9.0.1
assert_match "$(eroutes)" "10.9.0.[0-9]+/32 -> 10.2.0.[0-9]+/32 => %hold" "holds of spoofed sources"
most=$((50 + 10 * (SECONDS - begin + 2)))
assert_ge "$most" "$(keyd_acquires)" "most ACQUIREs"
assert_ge "$(keyd_acquires)" 50 "ACQUIREs"
assert_eq "$(($(drops OUT_TRAP_RATE) + $(keyd_acquires)))" 1000 "asked for and dropped"

step "holds beyond their number"
west_sysctl acquire_rate 0 trap_holds 100
trap_all
gone=$(drops OUT_TRAP_HOLDS)
send_flows 500 1 0 64 0 10.9.0.1
assert_eq "$(hold_sum made_by_traps)" 100 "holds"
assert_eq "$(($(drops OUT_TRAP_HOLDS) - gone))" 400 "drops for their number"

step "memory beyond the namespace's"
west_sysctl trap_holds 1000 hold_total 100000
trap_all
send_flows 500 1 0 600 0 10.9.0.1
assert_ge 100000 "$(hold_sum bytes)" "limit"
assert_ge "$(hold_sum bytes)" 50000 "bytes"
assert_ge "$(drops OUT_HOLD_TOTAL)" 100 "drops for the namespace's memory"
echo "waiting $(hold_sum waiting) bytes $(hold_sum bytes) holds $(hold_sum holds)"

step "memory beyond the eroute's"
holds_again
west_sysctl hold_total 16777216 hold_bytes 10000
trap_up %trap
send_flows 1 50 0 600
assert_ge 10000 "$(hold_sum bytes)" "limit"
assert_ge "$(hold_sum waiting)" 2 "packets waiting"
keyd_stop
ipsec eroute --clear
assert_eq "$(hold_sum waiting) $(hold_sum bytes) $(hold_sum holds) $(hold_sum made_by_traps)" \
	"0 0 0 0" "waiting, bytes, holds, holds of traps"

step "a daemon that does not read: no hold without an ACQUIRE"
west_sysctl hold_bytes 262144 trap_holds 16384
trap_up %trap
keyd_start none 0 queue 5000
kill -STOP "$KEYD"
send_flows 200 1
holds=$(hold_sum made_by_traps)
kill -CONT "$KEYD"
sleep 1
assert_eq "$(keyd_acquires)" "$holds" "ACQUIREs, holds"
assert_ge 199 "$holds" "holds"
keyd_stop
