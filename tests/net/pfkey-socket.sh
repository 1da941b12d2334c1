#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY sockets: rights, checks of the header, receiving, who hears what.
. "$(dirname "$0")/lib.sh"

"$KLIPS_B/tests/net/pfkey-client" socket
