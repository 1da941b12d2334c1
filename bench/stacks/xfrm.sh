# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own ESP with a policy per direction: what the others are divided by.
stack_algs="gcm cbc-sha256 chacha null"

stack_up() { # $1 = algorithm
	xfrm_words "$1"
	xfrm_sas
	xfrm_policies a "src $NET_A dst $NET_B" "src $NET_B dst $NET_A" "$WIRE_A" "$WIRE_B"
	xfrm_policies b "src $NET_B dst $NET_A" "src $NET_A dst $NET_B" "$WIRE_B" "$WIRE_A"
	ip -n a route add "$NET_B" via "$WIRE_B"
	ip -n b route add "$NET_A" via "$WIRE_A"
}
