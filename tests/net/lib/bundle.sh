# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bundles of any transforms between west and the kernel's XFRM, sourced after
# lib.sh: the words tun, comp, esp and ah, inner first.  Without tun it is
# transport mode between the two gateways.
#
# What is made of what: ESP_ALG, AH_ALG; SPI_of names the SPIs.  XFRM_AH: more
# words for XFRM's AH SAs. WINDOW: the replay windows of both ends.
ESP_ALG=${ESP_ALG:-aes_gcm16}
AH_ALG=${AH_ALG:-sha1-96}
WINDOW=${WINDOW:-32}

# hexadecimal SPI of a transform: spi_of ah out
spi_of() {
	case $1$2 in
	tunout) echo "$SPI_TUN_OUT" ;;
	tunin) echo "$SPI_TUN_IN" ;;
	espout) echo "$SPI_OUT" ;;
	espin) echo "$SPI_IN" ;;
	ahout) echo 20a ;;
	ahin) echo 30a ;;
	compout) echo 20c ;;
	compin) echo 30c ;;
	esac
}

# the name of an SA: sa_of ah out
sa_of() {
	local end=EAST

	[ "$2" = out ] || end=WEST
	said "$1" "$(spi_of "$1" "$2")" "$(addr $end "$OUTER")"
}

# the two nets, or in transport mode the two gateways: inner_of left TRANSFORMS...
inner_of() {
	local side=$1

	shift
	case " $* " in
	*' tun '*) [ "$side" = left ] && addr LEFT "$INNER" || addr RIGHT "$INNER" ;;
	*)
		[ "$side" = left ] && side=WEST || side=EAST
		echo "$(addr $side "$OUTER")/$((OUTER == 4 ? 32 : 128))"
		;;
	esac
}

# ---- our end ---------------------------------------------------------------

# klips_sa_add TRANSFORM out|in [ARGS of spi...]: one SA
klips_sa_add() {
	local kind=$1 dir=$2 src dst name

	shift 2
	src=$(addr WEST "$OUTER") dst=$(addr EAST "$OUTER")
	[ "$dir" = out ] || { name=$src src=$dst dst=$name; }
	name=$(sa_of "$kind" "$dir")
	case $kind in
	tun) ipsec spi --said "$name" --ip"$OUTER" --src "$src" --dst "$dst" "$@" ;;
	comp) ipsec spi --said "$name" --src "$src" --comp deflate "$@" ;;
	esp) klips_esp "$name" "$src" "$ESP_ALG" "$@" ;;
	ah)
		mac_alg "$AH_ALG"
		ipsec spi --said "$name" --src "$src" --ah "hmac-$AH_ALG" \
			--authkey "$AUTHKEY" "$@"
		;;
	esac
}

# klips_bundle TRANSFORMS...: the SAs both ways, grouped, and the flows
klips_bundle() {
	local dir one group af=inet left right route

	for dir in out in; do
		group=()
		for one in "$@"; do
			case $one in
			esp | ah) klips_sa_add "$one" $dir --window "$WINDOW" ;;
			*) klips_sa_add "$one" $dir ;;
			esac
			group+=("$(sa_of "$one" $dir)")
		done
		[ $# = 1 ] || ipsec spigrp --said "${group[@]}"
	done
	left=$(inner_of left "$@") right=$(inner_of right "$@")
	case $left in *:*) af=inet6 ;; esac
	ipsec eroute --add --eraf $af --src "$left" --dst "$right" --said "$(sa_of "$1" out)"
	route=(west ip route replace "$right" dev ipsec0)
	case " $* " in
	*' tun '*)
		ipsec eroute --addin --eraf $af --src "$right" --dst "$left" \
			--said "$(sa_of tun in)"
		;;
	*) route+=(src "$(addr WEST "$OUTER")") ;;	# ipsec0 has none of its own
	esac
	"${route[@]}"
}

# ---- the far end -----------------------------------------------------------

# words of `ip xfrm state add` for a transform, in XFRM
xfrm_words() {
	case $1 in
	comp) XFRM=(comp deflate) ;;
	esp) alg "$ESP_ALG" ;;
	ah)
		mac_alg "$AH_ALG"
		XFRM=("${MAC_XFRM[@]}")
		# what RFC 4302 asks for in IPv4, and XFRM does only if told
		[ "$OUTER" = 6 ] || XFRM+=(flag align4)
		XFRM+=(${XFRM_AH-})
		;;
	esac
}

# xfrm_bundle TRANSFORMS...: east's states and policies
xfrm_bundle() {
	local w e left right one mode level out=() in=() af=() REPLAY

	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	left=$(inner_of left "$@") right=$(inner_of right "$@")
	mode=transport
	for one in "$@"; do
		if [ "$one" = tun ]; then
			mode=tunnel
			continue
		fi
		xfrm_words "$one"
		level=required af=() REPLAY=$WINDOW
		[ "$one" != comp ] || level=use REPLAY=0
		if [ $mode = tunnel ] && [ "$OUTER" != "$INNER" ]; then
			af=(flag af-unspec)
		fi
		xfrm_sa east "$w" "$e" "$one" "0x$(spi_of "$one" out)" $mode "${XFRM[@]}" "${af[@]}"
		xfrm_sa east "$e" "$w" "$one" "0x$(spi_of "$one" in)" $mode "${XFRM[@]}" "${af[@]}"
		out+=(tmpl src "$e" dst "$w" proto "$one" reqid 1 mode $mode)
		in+=(tmpl src "$w" dst "$e" proto "$one" reqid 1 mode $mode level $level)
		mode=transport
	done
	in_ns east ip -batch - <<-END
		xfrm policy add src $right dst $left dir out ${out[*]}
		xfrm policy add src $left dst $right dir in ${in[*]}
		xfrm policy add src $left dst $right dir fwd ${in[*]}
	END
}

# ---- both ------------------------------------------------------------------

bundle_up() { # TRANSFORMS...
	klips_bundle "$@"
	xfrm_bundle "$@"
}

bundle_down() { # TRANSFORMS..., as they went up
	klips_clear
	xfrm_down
	west ip route del "$(inner_of right "$@")" dev ipsec0
}
