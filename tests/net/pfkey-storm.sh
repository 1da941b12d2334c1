#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY under a storm: four processes send messages right and broken, and open
# and close sockets; the kernel must not complain, and works afterwards.
. "$(dirname "$0")/lib.sh"

"$KLIPS_B/tests/net/pfkey-client" storm
