# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No tunnel: what forwarding itself costs here.
stack_algs="none"

stack_up() { # $1 = algorithm
	ip -n a route add "$NET_B" via "$WIRE_B"
	ip -n b route add "$NET_A" via "$WIRE_A"
}
