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

FW=${FW-legacy compat native}
FW_FAMILIES=${FW_FAMILIES-4}	# or "4 6"
declare -A FW_COUNT FW_TAGS FW_TABLES
FW_NS=west

declare -A FW_PRIORITY=([raw]=-300 [mangle]=-150 [nat]=-100 [filter]=0)
declare -A FW_HOOK=([PREROUTING]=prerouting [INPUT]=input [FORWARD]=forward
	[OUTPUT]=output [POSTROUTING]=postrouting)

fw_trim() { # VARIABLE
	local -n fw_text=$1

	fw_text=${fw_text#"${fw_text%%[! $'\t']*}"}
	fw_text=${fw_text%"${fw_text##*[! $'\t']}"}
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
			ipt_text[$table]+="-A $chain -m comment --comment $tag $ipt"$'\n'
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

fw_restore() { # BACKEND
	local four=iptables-legacy six=ip6tables-legacy

	[ "$1" = legacy ] || four=iptables-nft six=ip6tables-nft
	in_ns "$FW_NS" "$four-restore" -w < "$TMP/fw.4"
	[ "$FW_FAMILIES" = 4 ] || in_ns "$FW_NS" "$six-restore" -w < "$TMP/fw.6"
}

fw_load() { # NS
	local tag where ipt nft name backend
	local -A ipt_text=() ipt_chains=() nft_chains=()
	local nft_text=

	FW_NS=$1
	FW_TAGS=() FW_COUNT=()
	while IFS='|' read -r tag where ipt nft; do
		fw_trim tag; fw_trim where; fw_trim ipt; fw_trim nft
		[ -z "$tag" ] || fw_line "$tag" "$where" "$ipt" "$nft"
	done
	for name in "${!FW_TABLES[@]}"; do
		printf '*%s\n%s%sCOMMIT\n' "$name" "${ipt_chains[$name]-}" "${ipt_text[$name]-}"
	done > "$TMP/fw.all"
	grep -vE '[0-9a-f]:[0-9a-f:]*:|icmpv6' "$TMP/fw.all" > "$TMP/fw.4"
	grep -vE '[0-9]+\.[0-9]+\.[0-9]+\.|icmp ' "$TMP/fw.all" > "$TMP/fw.6"
	{
		echo "add table inet fw"
		echo "flush table inet fw"
		printf '%s\n' "${nft_chains[@]}"
		printf '%s' "$nft_text"
	} > "$TMP/fw.nft"
	for backend in $FW; do
		case $backend in
		legacy | compat) fw_restore "$backend" ;;
		native)
			in_ns "$FW_NS" nft destroy table inet fw 2>/dev/null ||
				in_ns "$FW_NS" nft delete table inet fw 2>/dev/null || :
			in_ns "$FW_NS" nft -f "$TMP/fw.nft"
			;;
		esac || fail "$backend refused: $(cat "$TMP"/fw.[4n]*)"
	done
}

# everything open again, in every back end
fw_clear() { # NS
	local FW="legacy compat native"

	fw_load "$1" <<-'END'
		policy | filter INPUT   | ACCEPT | -
		policy | filter FORWARD | ACCEPT | -
		policy | filter OUTPUT  | ACCEPT | -
	END
	in_ns "$1" nft delete table inet fw
}

# read the counters of all back ends into FW_COUNT[BACKEND TAG]
fw_read() {
	local backend line key four=iptables-legacy

	FW_COUNT=()
	for backend in $FW; do
		four=iptables-legacy
		[ "$backend" = legacy ] || four=iptables-nft
		while read -r line; do
			if [[ $line =~ ^\[([0-9]+):.*--comment\ \"?([^ \"]+) ]] ||
			   [[ $line =~ counter\ packets\ ([0-9]+).*comment\ \"([^\"]+) ]]; then
				key="$backend ${BASH_REMATCH[2]}"
				FW_COUNT[$key]=$((${FW_COUNT[$key]:-0} + BASH_REMATCH[1]))
			fi
		done < <(
			if [ "$backend" = native ]; then
				in_ns "$FW_NS" nft list table inet fw
			else
				in_ns "$FW_NS" $four-save -c
				[ "$FW_FAMILIES" = 4 ] ||
					in_ns "$FW_NS" ip6${four#ip}-save -c
			fi
		)
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
