#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PF_KEY with many SAs: each is told once by DUMP, a queue's worth at a time. 100,000
# on uml, which is more than there are SArefs.
#
# limit: 300
# check: uml
. "$(dirname "$0")/lib.sh"

case ${KLIPS_KERNEL-} in
uml) export PFKEY_SAS=100000 ;;
*) export PFKEY_SAS=3000 ;;
esac
"$KLIPS_B/tests/net/pfkey-client" many
