#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check: uml
#
# Completion offers what is there: options, SAIDs, devices; in bash as bash would
# ask, and in a zsh on a terminal.
. "$(dirname "$0")/lib.sh"

topo_up
klips_dev_up
klips_tunnel aes_gcm16

# complete LINE: what bash would offer behind it, one a line, in west; with the
# /sys of that namespace, as a login there has it
complete_line() {
	ip netns exec west bash -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}
		read -ra COMP_WORDS <<< "$2"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_ipsec; printf "%s\n" "${COMPREPLY[@]}"' - "$KLIPS_B/completion/ipsec" "$1" | sort
}

offers() { # LINE, WORDS
	assert_eq "$(complete_line "$1" | xargs)" "$2" "completion of '$1'"
}

step "bash"
offers "ipsec er" "eroute"
offers "ipsec ba" "barf"
offers "ipsec tr" "trace"
offers "ipsec trace --proto i" "icmp ipv6-icmp"
offers "ipsec handover " "--help load save"
offers "ipsec eroute --sa" "--said --save"
offers "ipsec eroute --js" "--json"
offers "ipsec eroute --add --said %tr" "%trap %trapsubnet"
offers "ipsec eroute --add --said tun" "tun0x200@$EAST_4 tun0x300@$WEST_4"
# what stands before "@" is a word of its own for bash
offers "ipsec spi --del --said esp0x201@" "$EAST_4"
offers "ipsec spi --del --said %" ""
offers "ipsec spigrp --said tun0x200@$EAST_4 esp0x2" "esp0x201@$EAST_4"
offers "ipsec tncfg --attach --virtual " "ipsec0"
offers "ipsec tncfg --create " "ipsec1"
west ip link add ipsec7 type ipsec
offers "ipsec tncfg --delete ips" "ipsec0 ipsec7"
offers "ipsec tncfg --attach --physical eth" "eth0 eth1"
west bash -ic '. "$1"; complete -p ipsec' - "$KLIPS_B/completion/ipsec" 2> /dev/null |
	grep -q -- '-F _ipsec'

step "zsh"
lines=("ipsec er" "ipsec eroute --js" "ipsec eroute --add --said %tr"
	"ipsec eroute --add --said tun" "ipsec spigrp --said esp0x2" "ipsec trace --proto i"
	"ipsec tncfg --attach --physical eth" "ipsec tncfg --create " "ipsec tncfg --delete ips")
assert_eq "$(ip netns exec west zsh -f "$KLIPS_TOP/tests/net/src/ask.zsh" \
	"$KLIPS_B/completion" "${lines[@]}")" "\
eroute
--json
%trap %trapsubnet
tun0x200@$EAST_4 tun0x300@$WEST_4
esp0x201@$EAST_4
icmp ipv6-icmp
eth0 eth1
ipsec1
ipsec0 ipsec7" "what zsh offers"

step "barf"
barf=$(west "$KLIPS_B/tools/barf")
alg aes_gcm16
assert_fails grep -qi "${ENCKEY#0x}" <<< "$barf"
for s in "esp0x201@$EAST_4" "ipsec0 -> eth1" "KLIPS version" "OUT_NO_EROUTE" "inbound_policy_check" \
	"said=tun0x200@$EAST_4"; do
	grep -qF -- "$s" <<< "$barf" || fail "barf does not tell $s"
done
# even a key somebody wrote into the kernel's log
if [ -w /dev/kmsg ]; then
	echo "ipsec spi --said esp.5@1.2.3.4 --enckey $ENCKEY --authkey 0x$(hex 20 9)" > /dev/kmsg
	barf=$(west "$KLIPS_B/tools/barf")
	grep -q 'enckey <redacted>' <<< "$barf" || fail "barf does not redact"
	assert_fails grep -qi -e "${ENCKEY#0x}" -e "$(hex 20 9)" <<< "$barf"
fi
