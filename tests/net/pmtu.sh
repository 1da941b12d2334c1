#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 300
# check: 6.1
#
# Path MTU through a hop of 1400 bytes, hosts behind both gateways: who is told
# which number by whom, what is carried all the same, what ICMP for ESP teaches,
# and what it cannot be made to believe.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/pmtu.sh"

topo_up
hop_up
klips_dev_up
one_pair 4 4
