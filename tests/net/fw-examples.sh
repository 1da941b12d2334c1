#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: 6.12
#
# The rule sets of examples/firewall, loaded as they are by nft, by iptables over nft
# and by the older iptables: what a set is for passes and its rules count, what
# it is against is dropped by the rule that says so, and no other rule counts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
need perl nft iptables-nft-restore iptables-legacy-restore

SETS=$KLIPS_TOP/examples/firewall
BACKEND=iptables-legacy OTHER_BACKEND=iptables-nft

load() { # SET, with $loader
	case $loader in
	nft) west nft -f "$SETS/$1.nft" ;;
	*) west "$loader-restore" "$SETS/$1.iptables" ;;
	esac
}

unload() {
	case $loader in
	nft) west nft flush ruleset ;;
	*) printf '%s\n' '*filter' ':INPUT ACCEPT' ':FORWARD ACCEPT' ':OUTPUT ACCEPT' COMMIT |
		west "$loader-restore" ;;
	esac
}

# C[comment of a rule] = packets it has counted
declare -A C
read_counters() {
	local n tag

	case $loader in
	nft) west nft list ruleset |
		sed -n 's/.* packets \([0-9]*\) .* comment "\(.*\)".*/\1|\2/p' ;;
	*) west "$loader-save" -c |
		sed -n 's/^\[\([0-9]*\):.*--comment "*\([^"]*[^" ]\)"* -j.*/\1|\2/p' ;;
	esac > "$TMP/counters"
	C=()
	while IFS='|' read -r n tag; do
		C[$tag]=$n
	done < "$TMP/counters"
}

all_count() {
	local tag

	read_counters
	for tag; do
		[ "${C[$tag]-0}" -gt 0 ] || return 1
	done
}

# counts TAG... - TAG...: those before the dash have counted, those after it not
counts() {
	local tag
	local -a yes=()

	while [ $# -gt 0 ] && [ "$1" != - ]; do
		yes+=("$1")
		shift
	done
	for tag in "${yes[@]}" "${@:2}"; do
		[ -n "${C[$tag]+there}" ] || read_counters
		[ -n "${C[$tag]+there}" ] || fail "$loader: no rule with the comment '$tag'"
	done
	wait_until 5 all_count "${yes[@]}" || :
	for tag in "${yes[@]}"; do
		assert_ge "${C[$tag]}" 1 "$loader: packets of the rule '$tag'"
	done
	for tag in "${@:2}"; do
		assert_eq "${C[$tag]}" 0 "$loader: packets of the rule '$tag'"
	done
}

passes() { # FROM ADDRESS [ARGS of ping]
	assert_ping "$1" "$2" 1 "${@:3}"
}

stopped() { # FROM ADDRESS [ARGS of ping]
	! in_ns "$1" ping -n -q -c 1 -W 0.1 "${@:3}" "$2" > /dev/null 2>&1 ||
		fail "$loader: an answer to the ping from $1 to $2"
}

# packet FROM ADDRESS PROTOCOL HEX: one packet, its IP header the kernel's
packet() {
	in_ns "$1" perl -MSocket -e '
		my ($to, $proto, $hex) = @ARGV;
		socket(my $s, AF_INET, SOCK_RAW, $proto) or die;
		send($s, pack("H*", $hex), 0, sockaddr_in(0, inet_aton($to)));' "${@:2}"
}

# udp FROM ADDRESS SOURCE-PORT PORT: one datagram "text"
udp() {
	local hex

	printf -v hex %04x%04x000c000074657874 "$3" "$4"
	packet "$1" "$2" 17 "$hex"
}

ike() { # FROM ADDRESS
	udp "$1" "$2" 500 500
}

# each SET FUNCTION: load it in each way and see; the two kinds of iptables, which
# read one file, take turns in more than loading it
each() {
	for loader in nft "$BACKEND" "$OTHER_BACKEND"; do
		step "$1, $loader"
		C=()
		load "$1"
		[ "$loader" = "$OTHER_BACKEND" ] || "$2"
		unload
	done
	set -- "$BACKEND"
	BACKEND=$OTHER_BACKEND OTHER_BACKEND=$1
}

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
# packets past IPsec would find their way
nic ip route add "$LEFT_4" via "$WEST_4"
# an IKE daemon each, so that nobody is told that there is none
for place in west net east sunset; do
	nsenter --net=/run/netns/$place -- socat -u UDP4-RECV:500,reuseaddr /dev/null &
done

simple() {
	passes sunset "$SUNRISE_4"
	passes sunrise "$SUNSET_4"
	counts "ESP in" "ESP out" "from a tunnel" "to a tunnel" - \
		"IKE in" "IKE out" "other in" "other out" "past IPsec"
	ike net "$WEST_4"
	ike west "$NIC_4"
	counts "IKE in" "IKE out" - "other in" "other out"
	stopped net "$WEST_4"
	stopped west "$NIC_4"
	stopped net "$SUNSET_4"
	counts "other in" "other out" "past IPsec" -
}
each simple simple

default_drop() {
	passes sunset "$SUNRISE_4"
	passes sunrise "$SUNSET_4"
	ike east "$WEST_4"
	ike west "$EAST_4"
	in_ns sunrise bash -c 'exec socat -T 0.1 - UDP4:192.0.1.254:53 <<< query' > "$TMP/answer"
	assert_eq "$(cat "$TMP/answer")" query "the name server's answer"
	counts "ESP in" "ESP out" "from the tunnel" "to the tunnel" "IKE in" "IKE out" \
		"DNS query" "DNS reply" - "other forwarded"
	# the far net's address, but not from the tunnel
	nic ip addr add 192.0.2.77/32 dev br0
	stopped net "$SUNSET_4" -I 192.0.2.77
	nic ip addr del 192.0.2.77/32 dev br0
	ike net "$WEST_4"
	stopped west "$EAST_4"
	counts "other in" "other out" "other forwarded" -
	assert_eq "${C["from the tunnel"]}" 2 "packets from the tunnel, none of them spoofed"
}
nsenter --net=/run/netns/west -- socat UDP4-LISTEN:53,bind=192.0.1.254,fork EXEC:/bin/cat &
each default-drop default_drop

block_forward() {
	passes sunset "$SUNRISE_4"
	counts "new from inside" answers "ESP in" - "new from a tunnel" "new from outside" \
		"new from ppp"
	stopped sunrise "$SUNSET_4"
	counts "new from a tunnel" - "new from outside"
	stopped net "$SUNSET_4"
	counts "new from outside" - "new from ppp"
	# without that line the far net may begin
	if [ "$loader" = nft ]; then
		sed '/"new from a tunnel"/d' "$SETS/block-forward.nft" | west nft -f -
	else
		sed '/"new from a tunnel"/d' "$SETS/block-forward.iptables" | west "$loader-restore"
	fi
	passes sunrise "$SUNSET_4"
	C=()
	counts "new from inside" -
}
each block-forward block_forward

l2tp() {
	listen_start l2tp west udp 1701 4
	udp net "$WEST_4" 1024 1701
	counts "L2TP plain" - "L2TP in IPsec" "L2TP answer" "L2TP plain answer"
	udp_send east "$WEST_4" 1701 protected
	assert_eq "$(listen_text l2tp protected)" protected "what the server heard"
	counts "L2TP in IPsec" - "L2TP answer" "L2TP plain answer"
	for to in "$EAST_4" "$NIC_4"; do
		udp west "$to" 1701 1702
	done
	counts "L2TP answer" "L2TP plain answer" -
	assert_eq "${C["L2TP plain"]}" 1 "$loader: plain L2TP packets"
}
# transport mode between the gateways, for this port
alg aes_gcm16
ipsec spi --said "esp.401@$EAST_4" --src "$WEST_4" --esp aes_gcm16 --enckey "$ENCKEY"
ipsec spi --said "esp.402@$WEST_4" --src "$EAST_4" --esp aes_gcm16 --enckey "$ENCKEY"
ipsec eroute --add --eraf inet --src "$WEST_4/32" --dst "$EAST_4/32" --transport-proto udp \
	--said "esp.401@$EAST_4"
klips_route "$EAST_4/32"
xfrm_sa east "$WEST_4" "$EAST_4" esp 0x401 transport "${XFRM[@]}"
xfrm_sa east "$EAST_4" "$WEST_4" esp 0x402 transport "${XFRM[@]}"
east ip -batch - <<-END
	xfrm policy add src $EAST_4 dst $WEST_4 proto udp dport 1701 dir out tmpl src $EAST_4 dst $WEST_4 proto esp reqid 1 mode transport
	xfrm policy add src $WEST_4 dst $EAST_4 proto udp sport 1701 dir in tmpl src $WEST_4 dst $EAST_4 proto esp reqid 1 mode transport
END
each l2tp l2tp
west ip route del "$EAST_4/32" dev ipsec0

through() {
	passes sunset "$SUNRISE_4"
	counts "to a tunnel" "from a tunnel" - "ESP through" "AH through" "IKE through" other
	# sunset's own tunnel to nic
	passes sunset "$NIC_4"
	counts "ESP through" - "AH through" "IKE through" other
	packet sunset "$NIC_4" 51 00
	ike sunset "$NIC_4"
	udp sunset "$NIC_4" 1024 4500
	counts "AH through" "IKE through" "NAT-T through" - other
	udp sunset "$NIC_4" 1024 4501
	counts other -
}
for place in sunset net; do
	xfrm_sa $place "$SUNSET_4" "$NIC_4" esp 0x501 transport "${XFRM[@]}"
	xfrm_sa $place "$NIC_4" "$SUNSET_4" esp 0x502 transport "${XFRM[@]}"
done
sunset ip xfrm policy add src "$SUNSET_4" dst "$NIC_4" proto icmp dir out \
	tmpl src "$SUNSET_4" dst "$NIC_4" proto esp reqid 1 mode transport
nic ip xfrm policy add src "$NIC_4" dst "$SUNSET_4" proto icmp dir out \
	tmpl src "$NIC_4" dst "$SUNSET_4" proto esp reqid 1 mode transport
each through through
sunset ip xfrm policy flush
nic ip xfrm policy flush

icmp() {
	passes sunrise "$SUNSET_4"
	counts "echo from a tunnel" "echo reply" - "echo from inside" "echo from outside" "other ICMP"
	passes sunset "$SUNRISE_4"
	passes sunset "$NIC_4"
	counts "echo from inside" - "echo from outside" "other ICMP"
	stopped net "$WEST_4"
	counts "echo from outside" - "other ICMP" "unreachable, too big" "traceroute"
	# a timestamp request
	packet net "$WEST_4" 1 0d00f2ff000000000000000000000000000000000000
	udp sunrise "$SUNSET_4" 1024 33434
	udp sunrise 192.0.1.254 1024 33435
	udp net "$WEST_4" 1024 33436
	counts "other ICMP" traceroute "traceroute here" "traceroute from outside" \
		"unreachable, too big" -
}
each icmp icmp

telecommuter() {
	passes sunset "$SUNRISE_4"
	passes sunset 203.0.113.1
	counts "ESP in" "ESP out" - "other in" "other out" "forwarded past IPsec" \
		"forwarded from outside" "IKE out"
	ike west "$EAST_4"
	ike east "$WEST_4"
	counts "IKE out" "IKE in" - "other out" "other in"
	stopped sunset "$NIC_4"
	stopped net "$WEST_4"
	stopped west "$NIC_4"
	stopped net "$SUNSET_4"
	counts "other in" "other out" "forwarded past IPsec" "forwarded from outside" -
	ike west "$NIC_4"
	read_counters
	assert_eq "${C["IKE out"]}" 1 "$loader: IKE to others than the peer"
}
ipsec eroute --clear
klips_flows "tun.$SPI_TUN_OUT@$EAST_4" "tun.$SPI_TUN_IN@$WEST_4"
ipsec eroute --add --eraf inet --src "$LEFT_4" --dst 0.0.0.0/0 --said "tun.$SPI_TUN_OUT@$EAST_4"
ipsec eroute --addin --eraf inet --src 0.0.0.0/0 --dst "$LEFT_4" --said "tun.$SPI_TUN_IN@$WEST_4"
west ip route replace default dev ipsec0
east ip addr add 203.0.113.1/32 dev lo
east ip xfrm policy flush
east ip -batch - <<-END
	xfrm policy add src 0.0.0.0/0 dst $LEFT_4 dir out tmpl src $EAST_4 dst $WEST_4 proto esp reqid 1 mode tunnel
	xfrm policy add src $LEFT_4 dst 0.0.0.0/0 dir in tmpl src $WEST_4 dst $EAST_4 proto esp reqid 1 mode tunnel
	xfrm policy add src $LEFT_4 dst 0.0.0.0/0 dir fwd tmpl src $WEST_4 dst $EAST_4 proto esp reqid 1 mode tunnel
END
each telecommuter telecommuter

natt() {
	passes sunset "$SUNRISE_4"
	passes sunrise "$SUNSET_4"
	counts "NAT-T in" "NAT-T out" "from a tunnel" "to a tunnel" - "bare ESP" "other in" \
		"other out" "past IPsec" "IKE in"
	ike east "$WEST_4"
	ike west "$EAST_4"
	packet net "$WEST_4" 50 0000030100000001000000000000000000000000
	counts "bare ESP" "IKE in" "IKE out" - "other in" "other out" "past IPsec"
	stopped net "$WEST_4"
	stopped west "$NIC_4"
	stopped net "$SUNSET_4"
	counts "other in" "other out" "past IPsec" -
}
klips_clear
xfrm_down
klips_tunnel aes_gcm16 --natt nonesp --sport 4500 --dport 4500
west ip route replace default via "$NIC_4"
encap_start west 4 4500
encap_start east 4 4500
XFRM_FLAGS="encap espinudp 4500 4500 0.0.0.0" xfrm_end east aes_gcm16
each natt natt
encap_stop
