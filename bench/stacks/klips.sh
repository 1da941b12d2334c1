# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ours: a tunnel and its inbound flow, as a key daemon sets it up.
stack_algs="gcm cbc-sha256 chacha null"

ipsec() { # PLACE TOOL ARGS...
	at "$1" "$KLIPS_B/tools/$2" "${@:3}"
}

# the SAs that protect what goes from one end to the other, at one of them
klips_sas() { # PLACE FROM TO TUN-SPI ESP-SPI
	ipsec "$1" spi --said "tun.$4@$3" --ip4 --src "$2" --dst "$3"
	ipsec "$1" spi --said "esp.$5@$3" --src "$2" --esp "$klips_name" --replay_window 32 \
		${klips_enc:+--enckey "$klips_enc"} ${klips_auth:+--authkey "$klips_auth"}
	ipsec "$1" spigrp --said "tun.$4@$3" "esp.$5@$3"
}

klips_end() { # PLACE DEVICE WIRE PEER NET PEERS-NET OUT-SPIS IN-SPIS
	ip -n "$1" link add ipsec0 type ipsec
	ipsec "$1" tncfg --attach --virtual ipsec0 --physical "$2"
	ip -n "$1" link set ipsec0 up
	klips_sas "$1" "$3" "$4" $7
	klips_sas "$1" "$4" "$3" $8
	ipsec "$1" eroute --add --eraf inet --src "$5" --dst "$6" --said "tun.${7% *}@$4"
	ipsec "$1" eroute --addin --eraf inet --src "$6" --dst "$5" --said "tun.${8% *}@$3"
	ip -n "$1" route add "$6" dev ipsec0
}

stack_up() { # $1 = algorithm
	klips_auth=
	case $1 in
	gcm) klips_name=aes_gcm16 klips_enc=$KEY_160 ;;
	chacha) klips_name=chacha20poly1305 klips_enc=$KEY_288 ;;
	cbc-sha256) klips_name=aes128-sha2_256-128 klips_enc=$KEY_128 klips_auth=$KEY_256 ;;
	null) klips_name=null-sha2_256-128 klips_enc='' klips_auth=$KEY_256 ;;
	esac
	insmod "$KLIPS_KO" || return
	klips_end a wirea "$WIRE_A" "$WIRE_B" "$NET_A" "$NET_B" "200 201" "300 301"
	klips_end b wireb "$WIRE_B" "$WIRE_A" "$NET_B" "$NET_A" "300 301" "200 201"
}

# XFRM is to be measured without our handlers in front of its own
stack_down() {
	local i

	ip -all netns del
	for ((i = 0; i < 50; i++)); do
		rmmod ipsec 2> /dev/null && return
		sleep 0.1
	done
	echo "ipsec.ko cannot be unloaded"
	return 1
}

stack_trouble() {
	at a cat /proc/net/ipsec/stats/drops | grep -v ' 0$'
	at b cat /proc/net/ipsec/stats/drops | grep -v ' 0$'
}
