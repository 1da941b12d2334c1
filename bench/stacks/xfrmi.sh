# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own ESP behind an xfrm interface: like ours, a device and a route.
stack_algs="gcm cbc-sha256 chacha null"

stack_up() { # $1 = algorithm
	xfrm_words "$1"
	xfrm_sas if_id 7
	xfrm_policies a "if_id 7" "if_id 7" "$WIRE_A" "$WIRE_B"
	xfrm_policies b "if_id 7" "if_id 7" "$WIRE_B" "$WIRE_A"
	ip -n a link add xf0 up mtu 9000 type xfrm dev wirea if_id 7
	ip -n b link add xf0 up mtu 9000 type xfrm dev wireb if_id 7
	ip -n a route add "$NET_B" dev xf0
	ip -n b route add "$NET_A" dev xf0
}
