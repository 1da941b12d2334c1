# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Another build of ours, OTHER=its ipsec.ko: what a change costs or gains, in one run.
. "$HERE/stacks/klips.sh"
eval "ours_$(declare -f stack_up)"

stack_up() { # $1 = algorithm
	local KLIPS_KO=$OTHER_KO

	[ -n "$OTHER_KO" ] || { echo "OTHER= names no module"; return 1; }
	ours_stack_up "$1"
}
