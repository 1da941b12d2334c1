#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY messages of every type with one thing wrong: the errno, who hears of it, and
# that nothing has changed; and the same messages right.
#
# check: uml
. "$(dirname "$0")/lib.sh"

"$KLIPS_B/tests/net/refusals"
