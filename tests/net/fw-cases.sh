#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/firewall-cases.md is true: each number has a row, and each scenario in its row says
# that number in a heading or in its first lines; no scenario claims one that it is not
# listed for.
# limit: 60
# module: no
# check: uml
. "$(dirname "$0")/lib.sh"

TABLE=$KLIPS_TOP/docs/firewall-cases.md
cd "$KLIPS_TOP/tests/net"

# NUMBER SCENARIO, a line each: what the table says, what the scenarios say
sed -n 's/^| F\([0-9]*\) |.*| \(.*\) |$/\1 \2/p' "$TABLE" | tr -d '`,' |
	awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | sort > "$TMP/table"
for f in fw-*.sh; do
	{ grep -E '^#|^[[:space:]]*step ' "$f" | grep -oE '\<F[0-9]+\>' || :; } | sort -u |
		sed "s/^F//; s/\$/ ${f%.sh}/"
done | sort > "$TMP/scenarios"
assert_eq "$(cut -d' ' -f1 "$TMP/table" | sort -nu | xargs)" "$(seq -s' ' 46)" "numbers in the table"
diff "$TMP/table" "$TMP/scenarios" || fail "< only in the table, > only in a scenario"
