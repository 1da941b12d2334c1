#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make demo` shows, in a guest: FreeS/WAN's own picture, West with our
# module and East with the kernel's own XFRM, every command as an administrator
# would type it, and what it really printed.  After each step stand the checks:
# "ok", or "WRONG" and then the demonstration as a whole has failed.
. "$KLIPS_TOP/tests/net/lib.sh"
. "$KLIPS_TOP/tests/demo/stage.sh"

the_picture() {
	cat <<-'EOF'

		  sunset ------- west ================ east ------- sunrise
		  192.0.1.1   .1.254  192.1.2.45  192.1.2.23  .2.254   192.0.2.1
		              eth0    eth1   |    eth1    eth0
		                     ipsec0  |
		                            nic  listens on the wire: 192.1.2.254, br0

		  West protects with KLIPS: ipsec.ko and its device ipsec0.  East is the
		  kernel's own IPsec, XFRM, configured with the same keys.
	EOF
	echo "  This is Linux $(uname -r) in a virtual machine."
}

stage_set() {
	# what guest-run does for tests
	mkdir -p /run/netns
	touch /run/init_net
	mount --bind /proc/self/ns/net /run/init_net
	set +eE
	trap - ERR
	topo_up
	mkdir "$TMP/desk"
	# tcpdump gives up root before it writes
	chmod 777 "$TMP" "$TMP/desk"
	cd "$TMP/desk" || exit
	export PATH="$KLIPS_B/tools:$PATH" KO=$KLIPS_KO
	stage_open
}

act_module() {
	heading "1. The module"
	for name in $KLIPS_DEPENDS; do
		modprobe -q "$name"
	done
	run west "insmod ${KLIPS_KO}"
	run west "cat /proc/net/ipsec_version"
	check "its version" "${OUT##* }" "$(cat "$KLIPS_TOP/VERSION")"$'\n'
	run west "ip link add ipsec0 type ipsec"
	run west "ipsec tncfg --attach --virtual ipsec0 --physical eth1"
	run west "ip link set ipsec0 up"
	run west "sysctl -w net.ipsec.icmp=1"
	tell "(so that senders hear how much fits through the tunnel)"
	run west "ipsec tncfg"
	check "ipsec0 sits on" "$(cut -d' ' -f3 <<< "$OUT")" eth1
}

act_keys() {
	local dir

	heading "2. Keys: AES-GCM, one key for each direction"
	for dir in west east; do
		run $dir "WE=0x8c5a17d0b2934ef6610d7a2c48e59b3f00c0ffee"
		run $dir "EW=0x3e917bd4a05f26c81b7740e2d96cfa5317ca11ed"
	done
	tell "" "East, in the words of ip xfrm:"
	run east "ip xfrm state add src 192.1.2.45 dst 192.1.2.23 proto esp spi 0x201 reqid 1 mode tunnel \
replay-window 32 aead 'rfc4106(gcm(aes))' \$WE 128"
	run east "ip xfrm state add src 192.1.2.23 dst 192.1.2.45 proto esp spi 0x301 reqid 1 mode tunnel \
replay-window 32 aead 'rfc4106(gcm(aes))' \$EW 128"
	run east "ip xfrm policy add src 192.0.2.0/24 dst 192.0.1.0/24 dir out \
tmpl src 192.1.2.23 dst 192.1.2.45 proto esp reqid 1 mode tunnel"
	for dir in in fwd; do
		run east "ip xfrm policy add src 192.0.1.0/24 dst 192.0.2.0/24 dir $dir \
tmpl src 192.1.2.45 dst 192.1.2.23 proto esp reqid 1 mode tunnel"
	done
	tell "" "West, in the words of KLIPS: a tunnel SA, an ESP SA, and both grouped, each way:"
	run west "ipsec spi --said tun.200@192.1.2.23 --ip4 --src 192.1.2.45 --dst 192.1.2.23"
	run west "ipsec spi --said esp.201@192.1.2.23 --src 192.1.2.45 --esp aes_gcm16 --enckey \$WE"
	run west "ipsec spigrp --said tun.200@192.1.2.23 esp.201@192.1.2.23"
	run west "ipsec spi --said tun.300@192.1.2.45 --ip4 --src 192.1.2.23 --dst 192.1.2.45"
	run west "ipsec spi --said esp.301@192.1.2.45 --src 192.1.2.23 --esp aes_gcm16 --enckey \$EW --replay_window 32"
	run west "ipsec spigrp --said tun.300@192.1.2.45 esp.301@192.1.2.45"
	run west "ipsec spi"
	check "SAs West knows" "$(grep -c @ <<< "$OUT")" 4
	check "keys shown in the listing" "$(grep -ciE '8c5a17d0|3e917bd4' <<< "$OUT")" 0
}

act_eroute() {
	heading "3. The eroutes, and a route into ipsec0"
	run west "ipsec eroute --add --eraf inet --src 192.0.1.0/24 --dst 192.0.2.0/24 --said tun.200@192.1.2.23"
	run west "ipsec eroute --addin --eraf inet --src 192.0.2.0/24 --dst 192.0.1.0/24 --said tun.300@192.1.2.45"
	run west "ip route add 192.0.2.0/24 dev ipsec0"
	run west "ipsec eroute"
	check "packets it has counted" "$(eroute_count 192.0.1.0/24 192.0.2.0/24)" 0
}

# packets the eroute from $1 to $2 has counted
eroute_count() {
	ask west "cat /proc/net/ipsec_eroute"
	awk -v s="$1" -v d="$2" '$2 == s && $4 == d { print $1 }' <<< "$OUT"
}

# packets of a capture that match: packets FILE FILTER
packets() {
	ask nic "tcpdump -n -r $1 '$2' 2> /dev/null | wc -l"
	echo "$OUT"
}

act_ping() {
	heading "4. Pings both ways, watched on the wire and on ipsec0"
	capture nic br0 wire.pcap "'not arp'"
	capture west ipsec0 ipsec0.pcap ""
	run sunset "ping -n -c 3 -i 0.2 -p 6b6c697073 192.0.2.1"
	check "answers to sunset" "$(sed -n 's/.* \([0-9]*\) received.*/\1/p' <<< "$OUT")" 3
	run sunrise "ping -n -c 3 -i 0.2 -p 6b6c697073 192.0.1.1"
	check "answers to sunrise" "$(sed -n 's/.* \([0-9]*\) received.*/\1/p' <<< "$OUT")" 3
	capture_end nic
	capture_end west
	tell "" "The wire:"
	run nic "tcpdump -n -t -r wire.pcap"
	check "ESP packets on the wire, 6 pings and 6 answers" "$(packets wire.pcap esp)" 12
	check "anything else there" "$(packets wire.pcap 'not esp')" 0
	run nic "grep -c klips wire.pcap || :"
	check "packets with the pings' pattern, readable" "${OUT%$'\n'}" 0
	tell "" "ipsec0:"
	run west "tcpdump -n -t -r ipsec0.pcap"
	check "cleartext packets on ipsec0" "$(packets ipsec0.pcap icmp)" 12
	check "anything else there" "$(packets ipsec0.pcap 'not icmp')" 0
	run west "tcpdump -n -t -r ipsec0.pcap 2> /dev/null | sort | uniq -d | wc -l"
	check "packets seen there more than once" "${OUT%$'\n'}" 0
	tell "" "The eroute has counted what went out:"
	run west "cat /proc/net/ipsec_eroute"
	check "packets by that eroute" "$(eroute_count 192.0.1.0/24 192.0.2.0/24)" 6
}

# ten megabytes from one host to the other: transfer FROM TO ADDRESS
transfer() {
	local from=$1 to=$2 address=$3 sent

	run "$to" "socat -u TCP-LISTEN:9999,reuseaddr CREATE:got-from-$from &"
	wait_at "$to" "ss -Hltn sport = 9999 | grep -q LISTEN"
	run "$from" "head -c 10M /dev/urandom > $from-sends"
	run "$from" "time socat -u FILE:$from-sends TCP:$address:9999"
	run "$from" "sha256sum $from-sends"
	sent=${OUT%% *}
	run "$to" "wait %socat; sha256sum got-from-$from"
	check "the sum at $to" "${OUT%% *}" "$sent"
	ask "$to" "stat -c %s got-from-$from"
	check "bytes" "$OUT" 10485760
}

act_transfer() {
	local sent

	heading "5. Ten megabytes each way, by TCP"
	capture nic br0 strays.pcap "'not esp and not arp'"
	transfer sunset sunrise 192.0.2.1
	transfer sunrise sunset 192.0.1.1
	capture_end nic
	run nic "tcpdump -n -r strays.pcap | wc -l"
	check "packets on the wire that were not ESP" "$(tail -1 <<< "${OUT%$'\n'}")" 0
	tell "" "What West counted, and what East took in:"
	run west "cat /proc/net/ipsec_eroute"
	run west "ip -s link show ipsec0"
	sent=$(eroute_count 192.0.1.0/24 192.0.2.0/24)
	check_least "packets by the eroute, as many as ten megabytes take" "$sent" 7000
	check "ipsec0's own count of them" "$(link_column TX 2)" "$sent"
	check "errors and drops of ipsec0" "$(link_column RX 3) $(link_column RX 4) $(link_column TX 3) $(link_column TX 4)" "0 0 0 0"
	run east "ip -s xfrm state show spi 0x201 | grep -A 1 'lifetime current'"
	check "what East counted" "$(sed -n 's/.* \([0-9]*\)(packets).*/\1/p' <<< "$OUT")" "$sent"
	run west "grep -v ' 0$' /proc/net/ipsec/stats/drops || :"
	check "reasons for which West dropped anything" "$(grep -c . <<< "$OUT")" 0
}

# from `ip -s link` in OUT: column $2 of the line under RX or TX
link_column() {
	awk -v d="$1:" -v c="$2" '$1 == d { getline; print $c }' <<< "$OUT"
}

# packets the rule that $1 describes, as iptables-save has it, has counted
rule_count() {
	ask west "iptables-save -c -t filter"
	grep -F -- "$1" <<< "$OUT" | sed -n 's/^\[\([0-9]*\):.*/\1/p'
}

act_firewall() {
	heading "6. A firewall that drops by default, and trusts ipsec+"
	run west "iptables -P INPUT DROP"
	run west "iptables -P FORWARD DROP"
	run west "iptables -A INPUT -i eth1 -p esp -s 192.1.2.23 -j ACCEPT"
	run west "iptables -A INPUT -i ipsec+ -j ACCEPT"
	run west "iptables -A FORWARD -i ipsec+ -j ACCEPT"
	run west "iptables -A FORWARD -o ipsec+ -j ACCEPT"
	tell "" "Two rules that only count: what else came by the wire, before the policy drops it."
	run west "iptables -A INPUT -i eth1 -s 192.0.2.0/24"
	run west "iptables -A FORWARD -i eth1 -s 192.0.2.0/24"
	tell "" "Through the tunnel, to a host behind West and to West itself:"
	run sunrise "ping -n -q -c 3 -i 0.2 192.0.1.1"
	run sunrise "ping -n -q -c 3 -i 0.2 192.0.1.254"
	tell "" "The same packets in the clear: nic takes sunrise's address."
	capture sunset eth0 heard.pcap "icmp"
	run nic "ip addr add 192.0.2.1/32 dev br0"
	run nic "ip route add 192.0.1.0/24 via 192.1.2.45 src 192.0.2.1"
	run_refused nic "ping -n -q -c 3 -i 0.2 -W 1 192.0.1.1"
	run_refused nic "ping -n -q -c 3 -i 0.2 -W 1 192.0.1.254"
	capture_end sunset
	run west "iptables -L INPUT -n -v"
	run west "iptables -L FORWARD -n -v"
	check "ESP accepted from the wire" "$(rule_count '-A INPUT -s 192.1.2.23/32 -i eth1 -p esp')" 6
	check "cleartext accepted for West, from ipsec+" "$(rule_count '-A INPUT -i ipsec+')" 3
	check "cleartext forwarded from ipsec+" "$(rule_count '-A FORWARD -i ipsec+')" 3
	check "answers forwarded to ipsec+" "$(rule_count '-A FORWARD -o ipsec+')" 3
	check "cleartext for West by the wire, dropped" "$(rule_count '-A INPUT -s 192.0.2.0/24 -i eth1')" 3
	check "cleartext for sunset by the wire, dropped" "$(rule_count '-A FORWARD -s 192.0.2.0/24 -i eth1')" 3
	check "of these, what sunset heard" "$(packets heard.pcap icmp)" 0
	run west "iptables -F; iptables -P INPUT ACCEPT; iptables -P FORWARD ACCEPT"
	run nic "ip route del 192.0.1.0/24; ip addr del 192.0.2.1/32 dev br0"
}

# check_eroute SOURCE DESTINATION SAID: what the table has for them
check_eroute() {
	ask west "cat /proc/net/ipsec_eroute"
	check "$1 -> $2 leads to" \
		"$(awk -v s="$1" -v d="$2" '$2 == s && $4 == d { print $6; f = 1 }
			END { if (!f) print "nothing" }' <<< "$OUT")" "$3"
}

names() {
	run west "echo 192.0.1.1 company.com >> /etc/hosts"
	run west "echo 192.1.2.23 gw.ngo.org >> /etc/hosts"
	run west "echo 192.0.2.21 ftp.ngo.org >> /etc/hosts"
	run west "echo 192.1.2.25 mail.ngo.org >> /etc/hosts"
	run west "echo 192.1.2.80 www.ietf.org >> /etc/hosts"
}

act_manual() {
	heading "7. The examples of the eroute manual page, in turn"
	tell "The names in them, for this machine:"
	names
	tell "" "A host and a subnet, the SA in its parts:"
	run west "ipsec eroute --add --eraf inet --src 192.168.0.1/32 --dst 192.168.2.0/24 --af inet --edst 192.168.0.2 --spi 0x135 --proto tun"
	check_eroute 192.168.0.1/32 192.168.2.0/24 tun0x135@192.168.0.2
	tell "" "The same in IPv6:"
	run west "ipsec eroute --add --eraf inet6 --src 3049:1::1/128 --dst 3049:2::/64 --af inet6 --edst 3049:1::2 --spi 0x145 --proto tun"
	check_eroute 3049:1::1/128 3049:2::/64 tun0x145@3049:1::2
	tell "" "By name, in place of whatever was there:"
	run west "ipsec eroute --replace --eraf inet --src company.com/24 --dst ftp.ngo.org/32 --said tun.135@gw.ngo.org"
	check_eroute 192.0.1.0/24 192.0.2.21/32 tun0x135@192.1.2.23
	manual_passthrough
	manual_pop3
	tell "" "The table, after all this:"
	run west "ipsec eroute"
	check "lines" "$(grep -c '=>' <<< "$OUT")" 6
}

manual_passthrough() {
	tell "" "An eroute that lets a web server be reached unprotected, and its deletion:"
	run nic "ip addr add 192.1.2.80/24 dev br0; ip route add 192.0.1.0/24 via 192.1.2.45"
	run west "ip route add 192.1.2.80 dev ipsec0"
	run west "ipsec eroute --add --eraf inet --src company.com/24 --dst www.ietf.org/32 --said %passthrough4"
	run sunset "ping -n -q -c 2 -i 0.2 www.ietf.org"
	run west "ipsec eroute --del --eraf inet --src company.com/24 --dst www.ietf.org/32 --said %passthrough4"
	check_eroute 192.0.1.0/24 192.1.2.80/32 nothing
	run_refused sunset "ping -n -q -c 2 -i 0.2 -W 1 www.ietf.org"
	tell "(without an eroute it is dropped, never sent in the clear)"
}

# mail.ngo.org is East, which protects POP3 with West and nothing else
mail_up() {
	run east "ip addr add 192.1.2.25/24 dev eth1; ip route add 192.0.1.0/24 via 192.1.2.45"
	run east "OUT=0x5b0c6de1f4a82937c1d05e7b9f3a264870ba11ad IN=0xa9d2417f3cb86e05925f1e8cd7406b3312ca5cad"
	run east "ip xfrm state add src 192.1.2.45 dst 192.1.2.25 proto esp spi 0x136 reqid 2 mode tunnel replay-window 32 aead 'rfc4106(gcm(aes))' \$IN 128"
	run east "ip xfrm state add src 192.1.2.25 dst 192.1.2.45 proto esp spi 0x137 reqid 2 mode tunnel replay-window 32 aead 'rfc4106(gcm(aes))' \$OUT 128"
	run east "ip xfrm policy add src 192.0.1.0/24 dst 192.1.2.25 proto tcp dport 110 dir in tmpl src 192.1.2.45 dst 192.1.2.25 proto esp reqid 2 mode tunnel"
	run east "ip xfrm policy add src 192.1.2.25 dst 192.0.1.0/24 proto tcp sport 110 dir out tmpl src 192.1.2.25 dst 192.1.2.45 proto esp reqid 2 mode tunnel"
	run east "socat TCP-LISTEN:110,reuseaddr,fork SYSTEM:'echo +OK POP3 here' &"
	run east "socat TCP-LISTEN:25,reuseaddr,fork SYSTEM:'echo 220 SMTP here' &"
	wait_at east "ss -Hltn sport = 110 | grep -q LISTEN && ss -Hltn sport = 25 | grep -q LISTEN"
	run west "IN=0x5b0c6de1f4a82937c1d05e7b9f3a264870ba11ad OUT=0xa9d2417f3cb86e05925f1e8cd7406b3312ca5cad"
	run west "ipsec spi --said tun.135@mail.ngo.org --ip4 --src 192.1.2.45 --dst mail.ngo.org"
	run west "ipsec spi --said esp.136@mail.ngo.org --src 192.1.2.45 --esp aes_gcm16 --enckey \$OUT"
	run west "ipsec spigrp --said tun.135@mail.ngo.org esp.136@mail.ngo.org"
	run west "ipsec spi --said tun.135@192.1.2.45 --ip4 --src mail.ngo.org --dst 192.1.2.45"
	run west "ipsec spi --said esp.137@192.1.2.45 --src mail.ngo.org --esp aes_gcm16 --enckey \$IN --replay_window 32"
	run west "ipsec spigrp --said tun.135@192.1.2.45 esp.137@192.1.2.45"
	run west "ipsec eroute --addin --eraf inet --src mail.ngo.org/32 --dst company.com/24 --transport-proto 6 --src-port 110 --said tun.135@192.1.2.45"
	run west "ip route add 192.1.2.25 dev ipsec0"
}

manual_pop3() {
	tell "" "Only POP3 is protected.  First a mail server that agrees:"
	mail_up
	tell "" "The eroute, for TCP to port 110 alone:"
	run west "ipsec eroute --add --eraf inet --src company.com/24 --dst mail.ngo.org/32 --transport-proto 6 --dst-port 110 --said tun.135@mail.ngo.org"
	capture nic br0 mail.pcap "'host 192.1.2.25 and not arp'"
	run sunset "socat -u TCP:mail.ngo.org:110,connect-timeout=5 -"
	check "POP3 says" "${OUT%$'\n'}" "+OK POP3 here"
	run_refused sunset "socat -u TCP:mail.ngo.org:25,connect-timeout=2 -"
	run west "grep -v ' 0$' /proc/net/ipsec/stats/drops"
	check_least "packets dropped for want of an eroute, the two pings among them" \
		"$(sed -n 's/^OUT_NO_EROUTE *//p' <<< "$OUT")" 3
	tell "" "And the one that lets everything else pass in the clear:"
	run west "ipsec eroute --add --eraf inet --src company.com/24 --dst mail.ngo.org/32 --said %pass"
	run sunset "socat -u TCP:mail.ngo.org:25,connect-timeout=5 -"
	check "SMTP says" "${OUT%$'\n'}" "220 SMTP here"
	run sunset "socat -u TCP:mail.ngo.org:110,connect-timeout=5 -"
	check "POP3 says" "${OUT%$'\n'}" "+OK POP3 here"
	capture_end nic
	run nic "tcpdump -n -t -q -r mail.pcap 2> /dev/null"
	check_least "POP3 packets on the wire, as ESP" "$(packets mail.pcap esp)" 12
	check_least "SMTP packets on the wire, in the clear" "$(packets mail.pcap 'tcp port 25')" 6
	check "anything else" "$(packets mail.pcap 'not esp and not tcp port 25')" 0
	check "of the SMTP packets, those before %pass was there" \
		"$(packets mail.pcap 'tcp port 25 and tcp[tcpflags] = tcp-syn')" 1
}

act_end() {
	heading "8. Everything goes as it came"
	run west "ipsec eroute --clear"
	run west "ipsec spi --clear"
	run west "ip link del ipsec0"
	run west "rmmod ipsec"
	run_refused west "cat /proc/net/ipsec_version"
	tell "" "To try more by hand, at a prompt with this network and a tunnel up:" "" "    make vm-shell"
}

stage_set
the_picture
act_module
act_keys
act_eroute
act_ping
act_transfer
act_firewall
act_manual
act_end
stage_verdict
