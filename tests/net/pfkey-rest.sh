#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY: REGISTER, echoes, devices, debug masks, and the files in /proc/net.
. "$(dirname "$0")/lib.sh"

"$KLIPS_B/tests/net/pfkey-client" rest
