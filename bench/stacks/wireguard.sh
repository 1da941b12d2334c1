# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# WireGuard: ChaCha20-Poly1305 by library calls, in worker threads of its own.
stack_algs="chacha"

wg_end() { # PLACE KEY PEER'S-KEY PEER'S-ADDRESS NET
	ip -n "$1" link add wg0 type wireguard
	(umask 077; echo "$2" > /run/wg.key)
	at "$1" wg set wg0 listen-port 51820 private-key /run/wg.key \
		peer "$(wg pubkey <<< "$3")" allowed-ips "$5" endpoint "$4:51820"
	ip -n "$1" link set wg0 up mtu 9000
	ip -n "$1" route add "$5" dev wg0
}

stack_up() { # $1 = algorithm
	local ka kb

	command -v wg > /dev/null || return
	ka=$(wg genkey) kb=$(wg genkey)
	wg_end a "$ka" "$kb" "$WIRE_B" "$NET_B"
	wg_end b "$kb" "$ka" "$WIRE_A" "$NET_A"
}
