#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY sockets: rights, checks of the header, receiving, who hears what; a
# closed socket lets go of the module at once, so that it can be unloaded.
. "$(dirname "$0")/lib.sh"

read -r before < /sys/module/ipsec/refcnt
"$KLIPS_B/tests/net/pfkey-client" socket
read -r after < /sys/module/ipsec/refcnt
assert_ge "$before" "$after" "references to the module before, compared with after"
