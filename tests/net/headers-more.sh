#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 300
# check: uml
#
# The same as headers for IPv6 in IPv6 and one family in the other.
PAIRS="6:6 6:4 4:6"
. "$(dirname "$0")/headers.sh"
