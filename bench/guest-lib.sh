# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced in the guest: two gateways and a wire, keys, the words of XFRM.
#
#	left 10.1.0.1 [a] wirea 192.168.9.1 ~~~~ 192.168.9.2 wireb [b] right 10.2.0.1

NET_A=10.1.0.0/16 NET_B=10.2.0.0/16
WIRE_A=192.168.9.1 WIRE_B=192.168.9.2

KEY_128=0x0f1e2d3c4b5a69788796a5b4c3d2e1f0
KEY_160=${KEY_128}11223344
KEY_256=${KEY_128}13579bdf02468ace97531fdb86420eca
KEY_288=${KEY_256}55667788

at() { # PLACE COMMAND...
	ip netns exec "$@"
}

# one gateway; what it had before goes with its namespace
gateway() { # NAME DEV=ADDR...
	local name=$1 d

	shift
	ip netns add "$name"
	at "$name" sh -c 'cd /proc/sys/net; echo 1 > ipv4/ip_forward
		echo 0 > ipv4/conf/all/rp_filter; echo 0 > ipv4/conf/default/rp_filter
		echo 1 > ipv6/conf/all/disable_ipv6; echo 1 > ipv6/conf/default/disable_ipv6'
	ip -n "$name" link set lo up
	for d; do
		ip link set "${d%=*}" netns "$name"
		ip -n "$name" addr add "${d#*=}" dev "${d%=*}"
		ip -n "$name" link set "${d%=*}" up
	done
}

# devices of a namespace that goes come back, some time later
here() {
	local d

	for d in left wirea wireb right; do
		[ -d "/sys/class/net/$d" ] || return
	done
}

gateways() {
	local i

	ip -all netns del
	for ((i = 0; i < 100; i++)); do
		here && break
		sleep 0.1
	done
	gateway a left=10.1.0.1/16 wirea=$WIRE_A/24
	gateway b right=10.2.0.1/16 wireb=$WIRE_B/24
}

# bench PATH SIZE COUNT: the generator's answer
bench() {
	echo "$*" > /proc/bench && cat /proc/bench
}

# the words of `ip xfrm state` for an algorithm, in XFRM
xfrm_words() {
	case $1 in
	gcm) XFRM=(aead 'rfc4106(gcm(aes))' "$KEY_160" 128) ;;
	chacha) XFRM=(aead 'rfc7539esp(chacha20,poly1305)' "$KEY_288" 128) ;;
	cbc-sha256) XFRM=(enc 'cbc(aes)' "$KEY_128" auth-trunc 'hmac(sha256)' "$KEY_256" 128) ;;
	null) XFRM=(enc 'ecb(cipher_null)' '' auth-trunc 'hmac(sha256)' "$KEY_256" 128) ;;
	esac
}

xfrm_sas() { # more words
	local ns

	for ns in a b; do
		ip -n $ns xfrm state add src $WIRE_A dst $WIRE_B proto esp spi 0x201 reqid 1 \
			mode tunnel replay-window 32 "${XFRM[@]}" "$@"
		ip -n $ns xfrm state add src $WIRE_B dst $WIRE_A proto esp spi 0x301 reqid 1 \
			mode tunnel replay-window 32 "${XFRM[@]}" "$@"
	done
}

xfrm_policies() { # PLACE OUT-WORDS IN-WORDS WIRE PEER
	local template="proto esp reqid 1 mode tunnel"

	# shellcheck disable=SC2086
	{
		ip -n "$1" xfrm policy add dir out $2 tmpl src "$4" dst "$5" $template
		ip -n "$1" xfrm policy add dir fwd $3 tmpl src "$5" dst "$4" $template
		ip -n "$1" xfrm policy add dir in $3 tmpl src "$5" dst "$4" $template
	}
}

# use STACK: take over its functions
use() {
	stack_down() { :; }
	stack_trouble() { :; }
	# shellcheck disable=SC1090
	. "$HERE/stacks/$1.sh"
}

# the stack in use and an algorithm, up from nothing; false if 1024 packets do not all arrive
ready() { # STACK ALG
	local answer

	gateways
	stack_up "$2" > /out/up.log 2>&1 || { tail -3 /out/up.log; return 1; }
	bench both 100 256 > /dev/null	# handshakes
	answer=$(bench both 100 1024)
	[[ $answer = *" lost=0 "*" len=100 proto=17" ]] && return
	echo "$1 $2 does not deliver: $answer"
	stack_trouble
	return 1
}
