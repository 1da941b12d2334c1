# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packet conservation: what went into west's ipsecN is what came out and what was
# dropped by name.  A scenario that sources this after lib.sh has it checked, from
# topo_up to its end.
#
# Packets going in are counted where nothing of ours can lose them: outbound behind
# POSTROUTING, or by whoever made them; inbound ESP, AH, IPCOMP and ESP in UDP behind
# INPUT.  Coming out, outbound by OUTPUT, inbound by ipsecN's own count of received
# packets.  Segments, %pass and SAs of XFRM are beyond these sums.

# packets that went into an ipsecN without passing POSTROUTING, from a packet socket
# for instance: scenarios that make such packets add to it
CONSERVE_MORE=0

# on west, whose counters are all 0
conserve_start() {
	west nft -f - <<-'END'
		table inet klips_conserve {
			counter sent { }
			counter arrived { }
			counter went { }
			chain ipsec_in {
				type filter hook postrouting priority 400
				oifname "ipsec*" counter name sent
			}
			chain wire_in {
				type filter hook input priority 400
				iifname "ipsec*" accept
				meta l4proto { esp, comp } counter name arrived accept
				ip protocol ah counter name arrived accept
				ip6 nexthdr ah counter name arrived accept
				udp dport 4500 udp length > 12 @th,64,32 != 0 counter name arrived
			}
			chain wire_out {
				type filter hook output priority -400
				oifname "ipsec*" accept
				meta l4proto { esp, comp } counter name went accept
				ip protocol ah counter name went accept
				ip6 nexthdr ah counter name went accept
				udp sport 4500 udp length > 12 @th,64,32 != 0 counter name went
			}
		}
	END
	CONSERVE_ON=yes
}

# the six sums: sent went OUT_drops arrived came IN_drops
conserve_sums() {
	west bash -c 'nft list counters table inet klips_conserve
		sed -n "s/^ *ipsec[0-9]*: *[0-9]* *\([0-9]*\).*/came \1/p" /proc/net/dev
		cat /proc/net/ipsec/stats/drops' |
		awk '$1 == "counter" { name = $2 } $1 == "packets" { n[name] = $2 }
			$1 == "came" { n["came"] += $2 }
			/^OUT_/ { n["OUT"] += $2 } /^IN_/ && !/^IN_ICMP/ { n["IN"] += $2 }
			END { print n["sent"] + 0, n["went"] + 0, n["OUT"] + 0,
				n["arrived"] + 0, n["came"] + 0, n["IN"] + 0 }'
}

# the sums agree; lib.sh asks at the end of the scenario
assert_conserved() {
	local sent went out arrived came in

	read -r sent went out arrived came in <<< "$(conserve_sums)"
	sent=$((sent + CONSERVE_MORE))
	step "conserved: out $sent = $went + $out lost, in $arrived = $came + $in lost"
	assert_eq $((went + out)) "$sent" "outbound packets through and lost"
	assert_eq $((came + in)) "$arrived" "inbound packets through and lost"
}
