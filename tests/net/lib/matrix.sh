# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The matrix's suites, made from the module's table of algorithms, and both ends
# of a column of them; sourced after lib.sh.
#
# A suite is "TRANSFORMS ESP-ALG/BITS AH-ALG WORDS": transforms joined by "+",
# inner first, without the tunnel; "-" for what it has not.  All suites of a
# column stand at the same time: suite I is SPI 1000+I out and 2000+I in,
# hexadecimal, reqid I, and has an address of its own at the far end.  With CONTROL
# set XFRM is at both ends: what fails then is not ours.

# names of the table's algorithm numbers, for `ipsec spi`; key bits behind "/"
declare -A CIPHER_NAME=([3]=3des/0 [11]=null/0 [12]=aes [13]=aes_ctr [14]=aes_ccm8
	[15]=aes_ccm12 [16]=aes_ccm16 [18]=aes_gcm8 [19]=aes_gcm12 [20]=aes_gcm16
	[28]=chacha20poly1305/256)
declare -A MAC_NAME=([2]=md5-96 [3]=sha1-96 [5]=sha2_256-128 [6]=sha2_384-192
	[7]=sha2_512-256 [252]=sha2_256-96)

# rows of a table: supported SATYPE EXTENSION, the algorithm numbers
supported() {
	west awk -v s="$1" -v e="$2" '$1 == s && $2 == e { print $3 }' /proc/net/pf_key_supported
}

# SUITES: each cipher with each MAC, combined ones with each key length; each MAC
# in AH; then what is made of several
suites_from_table() {
	local id name mac macs=() bits

	SUITES=()
	for id in $(supported 3 14); do
		[ "$id" = 251 ] || macs+=("${MAC_NAME[$id]?no name for MAC $id}")
	done
	for id in $(supported 3 15); do
		name=${CIPHER_NAME[$id]?no name for cipher $id}
		case $name in
		aes_[gc]cm*) for bits in 128 192 256; do SUITES+=("esp $name/$bits -"); done ;;
		chacha*) SUITES+=("esp $name -") ;;
		*)
			for mac in "${macs[@]}"; do
				SUITES+=("esp ${name%/*}-$mac/128 -")
			done
			case $name in */0) continue ;; esac
			for bits in 192 256; do SUITES+=("esp $name-sha1-96/$bits -"); done
			;;
		esac
	done
	for id in $(supported 2 14); do
		SUITES+=("ah - ${MAC_NAME[$id]}")
	done
	SUITES+=(
		"comp+esp aes_gcm16/128 -"
		"comp+esp aes-sha2_256-128/128 -"
		"comp+ah - sha2_256-128"
		"esp+ah aes_gcm16/128 sha1-96"
		"esp+ah aes-sha1-96/128 sha2_512-256"
		"comp+esp+ah chacha20poly1305/256 sha2_256-128"
		"esp aes_gcm16/256 - natt"
		"esp aes-sha2_512-256/256 - natt"
		"esp chacha20poly1305/256 - natt"
		"comp+esp aes_ccm16/128 - natt"
	)
}

# What XFRM does not do with itself either, see CONTROL: several transforms in a
# tunnel between families; the packets vanish without a count.
hole() { # SUITE COLUMN
	case "$1,$2" in *+*,?in?) [ "$INNER" != "$OUTER" ] ;; *) false ;; esac
}

# keys and XFRM's words of each algorithm, made once: algorithm ALG/BITS
declare -A KEYS=() WORDS=()
algorithm() {
	[ -z "${WORDS[$1]-}" ] || return 0
	if [ "$2" = ah ]; then
		mac_alg "$1"
		KEYS[$1]="--authkey $AUTHKEY"
		WORDS[$1]="${MAC_XFRM[*]}"
		return
	fi
	KEYBITS=${1#*/} alg "${1%/*}"
	KEYS[$1]="${ENCKEY:+--enckey $ENCKEY} ${AUTHKEY:+--authkey $AUTHKEY}"
	WORDS[$1]="${XFRM[*]@Q}"
}

# one direction of a suite at our end: west_half out|in SPI SRC DST
west_half() {
	local dir=$1 spi=$2 src=$3 dst=$4 t group=() words

	if [ $tunnel = 1 ]; then
		group+=("$(said tun "$spi" "$dst")")
		echo "\$spi --said ${group[0]} --ip$OUTER --src $src --dst $dst"
	fi
	for t in ${transforms//+/ }; do
		group+=("$(said "$t" "$spi" "$dst")")
		words="\$spi --said ${group[-1]} --src $src"
		case $t in
		esp)
			words+=" --esp ${esp%/*} ${KEYS[$esp]} --replay_window 64"
			[ -z "$natt" ] || words+=" --natt nonesp --sport 4500 --dport 4500"
			;;
		ah) words+=" --ah hmac-$ah ${KEYS[$ah]} --replay_window 32" ;;
		comp) words+=" --comp deflate" ;;
		esac
		echo "$words"
	done
	[ ${#group[@]} = 1 ] || echo "\$spigrp --said ${group[*]}"
	if [ "$dir" = out ]; then
		echo "\$eroute --add $flow --said ${group[0]}"
	elif [ $tunnel = 1 ]; then
		echo "\$eroute --addin $back --said ${group[0]}"
	fi
}

# XFRM's: SAs and policies of a gateway between its own net and the other one
xfrm_gateway() { # NAME OWN OTHER SPI-OUT SPI-IN SRC DST
	local policy="xfrm policy add src"

	{
		xfrm_half out "$4" "$6" "$7"
		echo "$policy $2 dst $3 dir out $templates"
		xfrm_half in "$5" "$7" "$6"
		echo "$policy $3 dst $2 dir in priority 2 $templates"
		# what ESP came in is not to have come in ESP
		[ $tunnel = 1 ] || [ -z "$natt" ] ||
			echo "$policy $3 dst $2 proto udp sport 4500 dport 4500 dir in priority 1"
		[ $tunnel = 0 ] || echo "$policy $3 dst $2 dir fwd $templates"
	} >> "$TMP/$1"
}

# the same in XFRM; what goes into a policy's templates is left in $templates
xfrm_half() { # out|in SPI SRC DST
	local dir=$1 spi=$2 src=$3 dst=$4 t mode=transport words level

	templates=
	[ $tunnel = 0 ] || mode=tunnel
	for t in ${transforms//+/ }; do
		words="xfrm state add src $src dst $dst proto $t spi 0x$spi mode $mode reqid $reqid"
		level=required
		case $t in
		esp)
			words+=" replay-window 32 ${WORDS[$esp]}"
			[ -z "$natt" ] || words+=" encap espinudp 4500 4500 0.0.0.0"
			;;
		ah)
			words+=" replay-window 32 ${WORDS[$ah]}"
			[ "$OUTER" = 6 ] || words+=" flag align4"
			;;
		comp) words+=" comp deflate" level=use ;;
		esac
		[ "$mode" = transport ] || [ "$OUTER" = "$INNER" ] || words+=" flag af-unspec"
		echo "$words"
		templates+=" tmpl src $src dst $dst proto $t reqid $reqid mode $mode"
		[ "$dir" = out ] || templates+=" level $level"
		mode=transport
	done
}

# one suite: its words for both ends into files, its line into the list
suite_up() { # INDEX SUITE...
	local i=$1 transforms=$2 esp=$3 ah=$4 natt=${5-} reqid=$(($1 + 1)) templates
	local w e near far flow back out in nodad= bits=$((INNER == 4 ? 32 : 128))

	printf -v out '%x' $((0x1000 + i))
	printf -v in '%x' $((0x2000 + i))
	[ "$esp" = - ] || algorithm "$esp" esp
	[ "$ah" = - ] || algorithm "$ah" ah
	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	if [ $tunnel = 1 ]; then
		near=$(addr SUNSET "$INNER") far=192.0.2.$((i + 10))
		[ "$INNER" = 4 ] || far=2001:db8:2::1:$i nodad=nodad
		echo "addr add $far/$bits dev eth0 $nodad" >> "$TMP/sunrise"
	else
		near=$w far=192.1.2.$((i + 100))
		[ "$INNER" = 4 ] || far=2001:db8:99::1:$i nodad=nodad
		e=$far
		echo "addr add $far/$bits dev eth1 $nodad" >> "$TMP/east"
	fi
	flow="--eraf inet --src $near/$bits --dst $far/$bits"
	back="--eraf inet --src $far/$bits --dst $near/$bits"
	[ "$INNER" = 4 ] || flow=${flow/inet/inet6} back=${back/inet/inet6}
	if [ -n "${CONTROL-}" ]; then
		xfrm_gateway west "$near" "$far" "$out" "$in" "$w" "$e"
	else
		west_half out "$out" "$w" "$e" >> "$TMP/west"
		west_half in "$in" "$e" "$w" >> "$TMP/west"
		[ $tunnel = 1 ] || {
			echo "ip route add $far dev ipsec0 src $near"
			# else the answer to who has it would come in ESP
			[ "$INNER" = 4 ] || echo "ip neigh add $far lladdr $EAST_MAC dev eth1"
		} >> "$TMP/west"
	fi
	xfrm_gateway east "$far" "$near" "$in" "$out" "$e" "$w"
	echo "$transforms:$esp:$ah${natt:+:$natt},$column $near $far" >> "$TMP/list"
}

# column_up 4in6: all chosen suites; 4: in transport mode
column_up() {
	local i tool

	tunnel=1
	case $1 in *in*) INNER=${1%in*} OUTER=${1#*in} ;; *) INNER=$1 OUTER=$1 tunnel=0 ;; esac
	: > "$TMP/east"
	: > "$TMP/sunrise"
	: > "$TMP/list"
	for tool in spi spigrp eroute; do
		echo "$tool=$KLIPS_B/tools/$tool"
	done > "$TMP/west"
	[ -z "${CONTROL-}" ] || : > "$TMP/west"
	for i in "${!SUITES[@]}"; do
		chosen "$i" "$1" || continue
		case ${SUITES[$i]} in ${ONLY:-}*) ;; *) continue ;; esac
		if [ -z "${CONTROL-}" ] && hole "${SUITES[$i]}" "$1"; then
			holes=$((holes + 1))
			echo "hole of XFRM, which cannot with itself either: $1, ${SUITES[$i]}"
			continue
		fi
		# shellcheck disable=SC2086
		suite_up "$i" ${SUITES[$i]}
	done
	if [ -n "${CONTROL-}" ]; then
		west ip -batch "$TMP/west"
	else
		[ $tunnel = 0 ] || echo "ip -$INNER route replace $(addr RIGHT "$INNER") dev ipsec0" >> "$TMP/west"
		west bash -e "$TMP/west"
	fi
	east ip -batch "$TMP/east"
	sunrise ip -batch "$TMP/sunrise"
	if grep -q natt "$TMP/list"; then
		encap_start west "$OUTER" 4500
		encap_start east "$OUTER" 4500
	fi
}

column_down() {
	klips_clear
	xfrm_down east west
	[ -z "${ENCAP_PIDS-}" ] || encap_stop
	sed -i 's/^addr add/addr del/; /^addr/!d' "$TMP/east" "$TMP/sunrise"
	east ip -batch "$TMP/east"
	sunrise ip -batch "$TMP/sunrise"
	west ip route flush dev ipsec0
	west ip -6 route flush dev ipsec0
}
