#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY messages about eroutes and inbound flows.
. "$(dirname "$0")/lib.sh"

"$KLIPS_B/tests/net/pfkey-client" flow
