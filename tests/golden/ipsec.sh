#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ipsec.sh IPSEC SUMMARY: the ipsec command finds tools, passes on what they say,
# and reads nothing into its arguments.  No root, no kernel.
set -u

ipsec=$1
summary=$2
work=$(mktemp -d "$(realpath "$(dirname "$summary")")/ipsec.XXXXXX")
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# is NAME GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL ipsec/%s\n    got  %s\n    want %s\n' "$1" "$2" "$3"
	fi
}

# run NAME... : standard output in $out, standard error in $err, status in $status
run()
{
	status=0
	out=$("$@" 2>"$work/err") || status=$?
	err=$(cat "$work/err")
}

mkdir "$work/exec" "$work/lib"
for name in tool _hidden old.old back~ ipsec; do
	printf '#!/bin/sh\nprintf "%%s|" "$0" "$@"\nexit 7\n' >"$work/exec/$name"
	chmod +x "$work/exec/$name"
done
echo 'not a program' >"$work/exec/text"
printf '#!/bin/sh\necho "$IPSEC_DIR $IPSEC_CONFS"\n' >"$work/lib/second"
chmod +x "$work/lib/second"

run "$ipsec"
is no-argument-status "$status" 0
is no-argument "$(echo "$out" | head -n 1)" 'Usage: ipsec command argument ...'
run "$ipsec" --versioncode
is versioncode "${out%%/*}" "U$(cat VERSION)"
run "$ipsec" --version
is version "$(echo "$out" | tail -n 1)" "See \`ipsec --copyright' for copyright information."
run "$ipsec" --bogus
is unknown-option "$status $err" \
	"1 $ipsec: unknown option \`--bogus' (perhaps command name was omitted?)"
run "$ipsec" bogus
is unknown-command "$status $err" \
	"1 $ipsec: unknown IPsec command \`bogus' (\`ipsec --help' for list)"
run "$ipsec" ../tools/eroute
is path-is-no-command "$status" 1
run "$ipsec" klipsdebug --version
is tool-beside-script "$status" 0

export IPSEC_EXECDIR="$work/exec" IPSEC_LIBDIR="$work/lib" IPSEC_CONFS="$work/confs"
run "$ipsec" tool 'two words' '' '$(touch x)' '*'
is arguments "$status $out" "7 $work/exec/tool|two words||\$(touch x)|*|"
run "$ipsec" second
is libdir "$out" "$work/lib $work/confs"
run "$ipsec" text
is not-executable "$status" 1
run "$ipsec" --directory
is directory "$out" "$work/lib"
run "$ipsec" --confdir
is confdir "$out" "$work/confs"
run "$ipsec" --help
is help-lists "$(echo "$out" | grep "^	" | tr '\n\t' '  ')" ' second  tool '

unset IPSEC_EXECDIR IPSEC_LIBDIR IPSEC_CONFS
mkdir "$work/proc"
export LOOK_PROC="$work/proc"
run "$ipsec" look
is look-without-module "$status" 1
cat >"$work/proc/ipsec_eroute" <<'END'
12         10.0.0.0/8         -> 11.0.0.0/8         => tun0x1002@192.0.2.2:6
END
cat >"$work/proc/ipsec_spigrp" <<'END'
tun0x1002@192.0.2.2 esp0x1003@192.0.2.2 
esp0x1003@192.0.2.2 
END
cat >"$work/proc/ipsec_tncfg" <<'END'
ipsec0 -> eth1 mtu=16260(1500) -> 1500
ipsec1 -> NULL mtu=0(0) -> 0
END
cat >"$work/proc/ipsec_spi" <<'END'
tun0x1003@192.0.2.1 IPIP: dir=in  src=192.0.2.2 policy=11.0.0.0/8->10.0.0.0/8 life(c,s,h)=
tun0x1004@192.0.2.1 IPIP: dir=in  src=192.0.2.2 life(c,s,h)=
tun0x1002@192.0.2.2 IPIP: dir=out src=192.0.2.1 life(c,s,h)=
END
run "$ipsec" look
is look-status "$status $err" '0 '
is look-eroute "$(echo "$out" | grep -e '=>')" \
	'10.0.0.0/8         -> 11.0.0.0/8         => tun0x1002@192.0.2.2 esp0x1003@192.0.2.2 (12)'
is look-device "$(echo "$out" | grep '^ipsec')" 'ipsec0->eth1 mtu=16260(1500)->1500'
is look-warns "$(echo "$out" | grep '^no inbound' | tr '\n' '|')" \
	'no inbound flow: tun0x1004@192.0.2.1 (see ipsec_eroute(8), --addin)|'

export BARF_PROC="$work/proc"
mkdir "$work/proc/ipsec"
key=0x000102030405060708090a0b0c0d0e0f
echo "spi --enckey $key --authkey=0sAAECAwQFBgcICQoLDA0ODw== enc cbc(aes) $key end" \
	>"$work/proc/ipsec/odd"
run "$ipsec" barf
is barf-status "$status $err" '0 '
is barf-redacts "$(echo "$out" | grep '^spi')" \
	'spi --enckey <redacted> --authkey=<redacted> enc cbc(aes) <redacted> end'
is barf-tells "$(echo "$out" | grep -c '^==> .*/proc/ipsec/odd$')" 1
run "$ipsec" barf word
is barf-argument "$status" 1

echo "golden-ipsec: $passed passed, $failed failed, 0 skipped" | tee "$summary"
[ "$failed" -eq 0 ]
