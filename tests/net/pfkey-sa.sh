#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY messages about SAs and groups, their answers and errors.
. "$(dirname "$0")/lib.sh"

"$KLIPS_B/tests/net/pfkey-client" sa
