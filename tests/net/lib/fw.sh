# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by the firewall scenarios: one list of rules, loaded as users have them.
#
# A line of the list is
#
#	TAG | TABLE CHAIN | iptables' words | nft's words
#
# and becomes a rule with a counter in every back end of FW: `legacy` (iptables and
# ip6tables over xtables), `compat` (the same commands over nftables) and `native` (nft,
# inet).  A column that is `-` leaves that kind out.  In nft's words % is where the
# counter stands; without it the counter comes last.  A TAG that is `policy` sets the
# chain's policy instead.  Chains that iptables does not have are made, and reached by
# `-j NAME` and `jump NAME`.  iptables' words that name an IPv4 address or icmp are left out
# for IPv6, those that name an IPv6 address or icmpv6 for IPv4.
#
# fw_load NS	loads the list on standard input, in place of what was there
# fw_is TAG N	every back end that has the rule counted N packets since then
# fw_clear NS	removes everything
# fw_stopped	as assert_no_ping, without waiting a whole second: there are many of them
# fw_netstat NS NAME	a counter of the kernel's
# fw_others IP	ESP, AH and IKE of others pass through west, for which IP is nft's and tcpdump's
#		word; rules are loaded that count them as esp, ah, ike, and in, clear, out as ours
# fw_stranger	nic has a way to the left, and an address of the far subnet to speak with

FW=${FW-legacy compat native}
FW_FAMILIES=${FW_FAMILIES-4}	# or "4 6"
declare -A FW_COUNT FW_TAGS FW_TABLES FW_USED
FW_NS=west
# shellcheck disable=SC2034
PING_EVERY=0.02

declare -A FW_PRIORITY=([raw]=-300 [mangle]=-150 [nat]=-100 [filter]=0)
declare -A FW_HOOK=([PREROUTING]=prerouting [INPUT]=input [FORWARD]=forward
	[OUTPUT]=output [POSTROUTING]=postrouting)

fw_trim() { # VARIABLE
	local -n fw_text=$1

	fw_text=${fw_text#"${fw_text%%[! $'\t']*}"}
	fw_text=${fw_text%"${fw_text##*[! $'\t']}"}
}

# iptables' words for a family, unless they name what only the other one has
fw_ipt() { # FAMILY TABLE WORDS
	local other='[0-9a-f]:[0-9a-f:]*:|icmpv6'

	[ "$1" = 4 ] || other='[0-9]+\.[0-9]+\.[0-9]+\.|icmp '
	[[ $3 =~ $other ]] || ipt_text[$1$2]+=$3$'\n'
}

# one line of the list into the texts of fw_load
fw_line() { # TAG "TABLE CHAIN" IPTABLES NFT
	local tag=$1 table=${2% *} chain=${2#* } ipt=$3 nft=$4 hook prio name

	hook=${FW_HOOK[$chain]-} name="${table}_$chain"
	if [ "$ipt" != - ]; then
		FW_TABLES[$table]=1
		if [ "$tag" = policy ]; then
			ipt_chains[$table]+=":$chain $ipt"$'\n'
		else
			[ -n "$hook" ] || [[ ${ipt_chains[$table]-} == *":$chain "* ]] ||
				ipt_chains[$table]+=":$chain - [0:0]"$'\n'
			fw_ipt 4 "$table" "-A $chain -m comment --comment $tag $ipt"
			fw_ipt 6 "$table" "-A $chain -m comment --comment $tag $ipt"
		fi
	fi
	if [ "$nft" != - ]; then
		prio=${FW_PRIORITY[$table]}
		[ "$table$chain" != natPOSTROUTING ] || prio=100
		if [ -z "$hook" ]; then
			nft_chains[$name]="add chain inet fw $chain"
			name=$chain
		elif [ "$tag" = policy ] || [ -z "${nft_chains[$name]-}" ]; then
			local type=filter
			[ "$table" != nat ] || type=nat
			[ "$table$chain" != mangleOUTPUT ] || type=route
			nft_chains[$name]="add chain inet fw $name { type $type hook $hook priority $prio; "
			if [ "$tag" = policy ]; then
				nft_chains[$name]+="policy ${nft,,}; }"
			else
				nft_chains[$name]+="}"
			fi
		fi
		if [ "$tag" != policy ]; then
			[[ $nft == *%* ]] || nft+=" %"
			nft_text+="add rule inet fw $name ${nft/\%/counter} comment \"$tag\""$'\n'
		fi
	fi
	[ "$tag" = policy ] || FW_TAGS[$tag]="$3|$4"
}

# the files that the commands of FW read
fw_files() {
	local family name

	for family in $FW_FAMILIES; do
		for name in "${!FW_TABLES[@]}"; do
			printf '*%s\n%s%sCOMMIT\n' "$name" "${ipt_chains[$name]-}" \
				"${ipt_text[$family$name]-}"
		done > "$TMP/fw.$family"
	done
	{
		printf '%s table inet fw\n' add delete add
		printf '%s\n' "${nft_chains[@]}"
		printf '%s' "$nft_text"
	} > "$TMP/fw.nft"
}

fw_restore() { # BACKEND
	local four=iptables-legacy six=ip6tables-legacy

	[ "$1" = legacy ] || four=iptables-nft six=ip6tables-nft
	in_ns "$FW_NS" "$four-restore" -w < "$TMP/fw.4"
	[ "$FW_FAMILIES" = 4 ] || in_ns "$FW_NS" "$six-restore" -w < "$TMP/fw.6"
}

# bash reads a pipe byte by byte, a whole text at once: so no loops of `read`
fw_load() { # NS
	local list line tag where ipt nft backend
	local -A ipt_text=() ipt_chains=() nft_chains=()
	local nft_text=

	FW_NS=$1
	FW_TAGS=() FW_COUNT=()
	list=$(cat)$'\n'
	while [ -n "$list" ]; do
		line=${list%%$'\n'*} list=${list#*$'\n'}
		tag=${line%%|*} line=${line#*|}
		where=${line%%|*} line=${line#*|}
		ipt=${line%%|*} nft=${line#*|}
		fw_trim tag; fw_trim where; fw_trim ipt; fw_trim nft
		[ -z "$tag" ] || fw_line "$tag" "$where" "$ipt" "$nft"
	done
	fw_files
	for backend in $FW; do
		FW_USED[$backend]=1
		case $backend in
		legacy | compat) fw_restore "$backend" ;;
		native) in_ns "$FW_NS" nft -f "$TMP/fw.nft" ;;
		esac || fail "$backend refused: $(cat "$TMP"/fw.[4n]*)"
	done
}

# everything open again, in every back end that had something
fw_clear() { # NS
	local FW=${!FW_USED[*]}

	fw_load "$1" <<-'END'
		policy | filter INPUT   | ACCEPT | -
		policy | filter FORWARD | ACCEPT | -
		policy | filter OUTPUT  | ACCEPT | -
	END
	[ -z "${FW_USED[native]-}" ] || in_ns "$1" nft delete table inet fw
	FW_USED=() FW_TABLES=()
}

# read the counters of all back ends into FW_COUNT[BACKEND TAG]
fw_read() {
	local backend four script=

	for backend in $FW; do
		four=iptables-legacy
		[ "$backend" = legacy ] || four=iptables-nft
		script+="echo = $backend;"
		if [ "$backend" = native ]; then
			script+="nft list table inet fw;"
		else
			script+="$four-save -c;"
			[ "$FW_FAMILIES" = 4 ] || script+="ip6${four#ip}-save -c;"
		fi
	done
	# shellcheck disable=SC2046
	set -- $(in_ns "$FW_NS" sh -c "$script" | awk '$1 == "=" { backend = $2 }
		/^\[/ { n = substr($1, 2) + 0 }
		{ for (i = 1; i < NF; i++) {
			if ($i == "packets") n = $(i + 1)
			if ($i == "--comment" || $i == "comment") {
				gsub(/"/, "", $(i + 1))
				print backend, $(i + 1), n
			}
		} }')
	FW_COUNT=()
	while [ $# -gt 0 ]; do
		FW_COUNT["$1 $2"]=$((${FW_COUNT["$1 $2"]:-0} + $3))
		shift 3
	done
}

# every back end counted as many: fw_is TAG N [TAG N]...; reads no counters itself
fw_is() {
	local backend column

	while [ $# -gt 1 ]; do
		[ -n "${FW_TAGS[$1]-}" ] || fail "no rule has the tag $1"
		for backend in $FW; do
			column=${FW_TAGS[$1]%%|*}
			[ "$backend" != native ] || column=${FW_TAGS[$1]#*|}
			[ "$column" != - ] || continue
			assert_eq "${FW_COUNT["$backend $1"]:-none}" "$2" "$backend: packets in rule $1"
		done
		shift 2
	done
}

# at least N, where the kernel adds packets of its own
fw_ge() {
	local backend column

	while [ $# -gt 1 ]; do
		for backend in $FW; do
			column=${FW_TAGS[$1]%%|*}
			[ "$backend" != native ] || column=${FW_TAGS[$1]#*|}
			[ "$column" != - ] || continue
			assert_ge "${FW_COUNT["$backend $1"]:-0}" "$2" "$backend: packets in rule $1"
		done
		shift 2
	done
}

fw_stopped() { # FROM TO [COUNT [ARGS...]]
	assert_eq "$(pings "$1" "$2" "${3:-1}" "${@:4}" -W 0.3 || :)" 0 "answers to pings from $1 to $2"
}

fw_stranger() {
	nic ip -batch - <<-END
		addr add 192.0.2.77/32 dev lo
		addr add 2001:db8:2::77/128 dev lo
		route add $LEFT_4 via $WEST_4
		route add $LEFT_6 via $WEST_6
	END
}

fw_netstat() { # NS NAME, as IPReversePathFilter, InEchos, Icmp6InEchos
	in_ns "$1" awk -v name="$2" '$1 == name { print $2; exit } n { print $n; exit }
		{ for (i = 2; i <= NF; i++) if ($i == name) n = i }' \
		/proc/net/netstat /proc/net/snmp /proc/net/snmp6
}

# ip_send NS SRC DST PROTO HEX [PROTO HEX]...: IP packets of any protocol, by raw sockets
ip_send() {
	in_ns "$1" /usr/bin/python3 - "${@:2}" <<-'END'
		import socket, sys
		src, dst, *packets = sys.argv[1:]
		fam = socket.AF_INET6 if ":" in dst else socket.AF_INET
		for proto, data in zip(packets[::2], packets[1::2]):
		    s = socket.socket(fam, socket.SOCK_RAW, int(proto))
		    if fam == socket.AF_INET:
		        s.setsockopt(socket.IPPROTO_IP, 15, 1)	# IP_FREEBIND
		    else:
		        s.setsockopt(socket.IPPROTO_IPV6, 78, 1)	# IPV6_FREEBIND
		    s.bind((src, 0))
		    s.sendto(bytes.fromhex(data), (dst, 0))
	END
}

# connects FROM TO ADDRESS PORT [SECONDS]: does TCP get through?
connects() {
	local rc=0

	listen_start tcp "$2" tcp "$4"
	in_ns "$1" timeout "${5:-1}" bash -c "echo hello > '/dev/tcp/$3/$4'" 2> /dev/null || rc=1
	kill "$(cat "$TMP/tcp.pid")" 2> /dev/null || :
	return $rc
}

fw_others() { # IP
	local sun nic x

	sun=$(addr SUNSET "$OUTER") nic=$(addr NIC "$OUTER") x=$(hex 44 5)
	drops > "$TMP/before"
	capture_start through net br0 "(src $sun and dst $nic) or (src $nic and dst $sun)"
	ip_send sunset "$sun" "$nic" 50 "00000${SPI_IN}00000007$x" 51 "3b04000000000${SPI_IN}00000007$x"
	ip_send net "$nic" "$sun" 50 "00000${SPI_OUT}00000007$x" 51 "3b04000000000${SPI_IN}00000007$x"
	udp_send sunset "$nic" 500 "IKE of others"
	udp_send net "$sun" 500 "IKE of others"
	capture_stop through
	fw_read
	fw_is esp 2 ah 2 ike 2 in 0 clear 0 out 0
	assert_eq "$(drops | diff - "$TMP/before")" "" "F12: drops"
	assert_eq "$(capture_count through "$1 proto 50")" 2 "F12: ESP on the outside"
	assert_eq "$(capture_text through -x "$1 proto 50" | grep -c "$(hex 4 5 | sed 's/..../& /g;s/ $//')")" 2 \
		"F12: ESP with its bytes"
}
