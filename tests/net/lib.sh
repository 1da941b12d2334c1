# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by every scenario in this directory: the network, the two ends of a
# tunnel, traffic, captures and assertions.  It assumes what tests/vm/guest-run
# gives: root, and namespaces of its own that vanish afterwards.
#
# The network is FreeS/WAN's.  West is the host under test, with ipsec0; east
# speaks the kernel's own XFRM; nic is on the wire between them and can listen.
#
#	sunset           west                net               east             sunrise
#	192.0.1.1 --- .1.254 192.1.2.45 --- bridge --- 192.1.2.23 192.0.2.254 --- 192.0.2.1
#	   eth0        eth0  eth1        192.1.2.254         eth1 eth0             eth0
#
#	2001:db8:1::1  1::254 99::45         99::254          99::23 2::254       2::1
#
# A word in front says where a command runs: `west ip route`, `sunset ping ...`;
# `init_net` is the namespace the guest booted with.
#
# A fork costs 30 ms in an emulated guest: use few processes, `ip -batch`, and
# shell builtins.

set -Eeuo pipefail

: "${KLIPS_TOP:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${KLIPS_B:=$KLIPS_TOP/build}"
: "${KLIPS_SLOW:=1}"
TMP=$(mktemp -d)

# addresses, by family of the outside and of the inside
OUTER=${OUTER:-4} INNER=${INNER:-4}
WEST_4=192.1.2.45 WEST_6=2001:db8:99::45
EAST_4=192.1.2.23 EAST_6=2001:db8:99::23
NIC_4=192.1.2.254 NIC_6=2001:db8:99::254
SUNSET_4=192.0.1.1 SUNSET_6=2001:db8:1::1
SUNRISE_4=192.0.2.1 SUNRISE_6=2001:db8:2::1
LEFT_4=192.0.1.0/24 LEFT_6=2001:db8:1::/64
RIGHT_4=192.0.2.0/24 RIGHT_6=2001:db8:2::/64

# SPIs, hexadecimal: out is west to east
SPI_OUT=201 SPI_IN=301 SPI_TUN_OUT=200 SPI_TUN_IN=300

# ---- results ---------------------------------------------------------------

fail() {
	echo "FAIL: $*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# a heading in the log
step() {
	echo "== $*"
}

assert_eq() { # $1 = is, $2 = should be, rest = what
	[ "$1" = "$2" ] || fail "${*:3}: is '$1', should be '$2'"
}

assert_ne() {
	[ "$1" != "$2" ] || fail "${*:3}: is '$1', should be anything else"
}

assert_ge() {
	[ "$1" -ge "$2" ] || fail "${*:3}: is $1, should be $2 or more"
}

assert_match() { # $1 = text, $2 = extended regular expression, rest = what
	[[ $1 =~ $2 ]] || fail "${*:3}: '$1' does not match '$2'"
}

assert_fails() { # a command that must not succeed
	! "$@" || fail "succeeded, and should not: $*"
}

need() { # commands without which the test makes no sense
	local c

	for c in "$@"; do
		command -v "$c" > /dev/null || skip "no $c on this machine"
	done
}

# wait until a command succeeds; $1 = seconds (more on a slow kernel)
wait_until() {
	local end=$((SECONDS + $1 * KLIPS_SLOW))

	shift
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# on failure: where, and what the two ends knew
show_state() {
	local f

	[ -e /run/netns/west ] || return 0
	west bash -c 'cd /proc/net; for f in ipsec_eroute ipsec_spi ipsec_spigrp ipsec_tncfg; do
		[ -e $f ] && sed "s/^/west $f: /" $f; done
		[ -e ipsec/stats/drops ] && sed -n "/ 0\$/!s/^/west drops: /p" ipsec/stats/drops'
	for f in west east; do
		in_ns "$f" bash -c 'ip -s xfrm state; ip xfrm policy; ip -s -br link; ip route
			sed "/[^0-9]0$/d" /proc/net/xfrm_stat' | sed "s|^|$f: |"
	done
}

on_exit() {
	local rc=$?

	trap - ERR EXIT
	set +e
	# lib/conserve.sh, if the scenario wants it
	if [ "$rc" = 0 ] && [ -n "${CONSERVE_ON-}" ]; then
		(assert_conserved) || rc=1
	fi
	if [ "$rc" != 0 ] && [ "$rc" != 77 ]; then
		show_state
	fi
	rm -rf "$TMP"
	exit "$rc"
}
trap on_exit EXIT
trap 'echo "FAIL: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND (status $?)"' ERR

# ---- places ----------------------------------------------------------------

in_ns() {
	nsenter --net="/run/netns/$1" -- "${@:2}"
}

sunset() { in_ns sunset "$@"; }
west() { in_ns west "$@"; }
nic() { in_ns net "$@"; }
east() { in_ns east "$@"; }
sunrise() { in_ns sunrise "$@"; }
init_net() { nsenter --net=/run/init_net -- "$@"; }

# ---- the network -----------------------------------------------------------

# one namespace from the inside: switches, then addresses and routes
host_up() { # $1 = name, $2 = forwards?; ip commands on standard input
	{
		echo "cd /proc/sys/net"
		echo "echo 0 | tee ipv6/conf/all/accept_dad ipv6/conf/default/accept_dad \
ipv6/conf/default/router_solicitations ipv6/conf/all/router_solicitations \
ipv4/conf/all/rp_filter ipv4/conf/default/rp_filter > /dev/null"
		[ "$2" = 0 ] || echo "echo 1 | tee ipv4/ip_forward ipv6/conf/all/forwarding > /dev/null"
		echo "ip -batch - <<'.'"
		echo "link set lo up"
		cat
		echo "."
	} | in_ns "$1" bash -e -s
}

topo_up() {
	mkdir -p /run/netns
	ip -batch - <<-'END'
		netns add sunset
		netns add west
		netns add net
		netns add east
		netns add sunrise
		link add eth0 netns sunset type veth peer name eth0 netns west
		link add eth1 netns west type veth peer name west netns net
		link add eth1 netns east type veth peer name east netns net
		link add eth0 netns east type veth peer name eth0 netns sunrise
	END
	host_up net 0 <<-END
		link add br0 type bridge mcast_snooping 0
		link set west master br0 up
		link set east master br0 up
		link set br0 up
		addr add $NIC_4/24 dev br0
		addr add $NIC_6/64 dev br0 nodad
	END
	host_up sunset 0 <<-END
		link set eth0 up
		addr add $SUNSET_4/24 dev eth0
		addr add $SUNSET_6/64 dev eth0 nodad
		route add default via 192.0.1.254
		route add default via 2001:db8:1::254
	END
	host_up west 1 <<-END
		link set eth0 up
		link set eth1 up
		addr add 192.0.1.254/24 dev eth0
		addr add 2001:db8:1::254/64 dev eth0 nodad
		addr add $WEST_4/24 dev eth1
		addr add $WEST_6/64 dev eth1 nodad
		route add default via $NIC_4
		route add default via $NIC_6
	END
	host_up east 1 <<-END
		link set eth0 up
		link set eth1 up
		addr add 192.0.2.254/24 dev eth0
		addr add 2001:db8:2::254/64 dev eth0 nodad
		addr add $EAST_4/24 dev eth1
		addr add $EAST_6/64 dev eth1 nodad
		route add default via $NIC_4
		route add default via $NIC_6
	END
	host_up sunrise 0 <<-END
		link set eth0 up
		addr add $SUNRISE_4/24 dev eth0
		addr add $SUNRISE_6/64 dev eth0 nodad
		route add default via 192.0.2.254
		route add default via 2001:db8:2::254
	END
	[ "$(type -t conserve_start)" != function ] || conserve_start
}

topo_down() {
	ip -batch - <<-'END'
		netns del sunset
		netns del west
		netns del net
		netns del east
		netns del sunrise
	END
}

# ---- algorithms ------------------------------------------------------------

# bytes $1 times two hex digits, starting at byte value $2
hex() {
	local i s=

	for ((i = 0; i < $1; i++)); do
		printf -v s '%s%02x' "$s" $((($2 + i * 7) & 255))
	done
	echo "$s"
}

# alg ALG: take an ESP algorithm's name apart, as `spi --esp` knows it
# (aes128-sha1-96, aes_gcm16, null-sha2_256-128, ...).  Where the name has no key
# bits, KEYBITS says (default 128).  Sets ENCKEY and AUTHKEY (hexadecimal, with
# 0x; empty if there is none) and XFRM, the words for `ip xfrm state add`.
alg() {
	local name=$1 cipher mac= bits= enc=0 icv= salt=0 xcipher

	cipher=${name%%-*}
	[ "$cipher" = "$name" ] || mac=${name#*-}
	case $cipher in *128 | *192 | *256) bits=${cipher: -3} cipher=${cipher%???} ;; esac
	enc=$((${bits:-${KEYBITS:-128}} / 8))
	case $cipher in
	aes) xcipher='cbc(aes)' ;;
	aes_ctr) xcipher='rfc3686(ctr(aes))' salt=4 ;;
	3des) xcipher='cbc(des3_ede)' enc=24 ;;
	null) xcipher='ecb(cipher_null)' enc=0 ;;
	aes_gcm*) xcipher='rfc4106(gcm(aes))' salt=4 icv=${cipher#aes_gcm} ;;
	aes_ccm*) xcipher='rfc4309(ccm(aes))' salt=3 icv=${cipher#aes_ccm} ;;
	chacha20poly1305) xcipher='rfc7539esp(chacha20,poly1305)' enc=32 salt=4 icv=16 ;;
	*) fail "alg: no cipher '$cipher' in $name" ;;
	esac
	ENCKEY=$(hex $((enc + salt)) 17)
	ENCKEY=${ENCKEY:+0x$ENCKEY}
	AUTHKEY=
	if [ "${cipher#aes_[gc]cm}" != "$cipher" ] || [ "$cipher" = chacha20poly1305 ]; then
		XFRM=(aead "$xcipher" "$ENCKEY" $((${icv:-16} * 8)))
		return
	fi
	mac_alg "$mac"
	XFRM=(enc "$xcipher" "$ENCKEY" "${MAC_XFRM[@]}")
}

# mac_alg NAME: the authentication half, also what `spi --ah` takes: sets
# AUTHKEY and MAC_XFRM
mac_alg() {
	local name=${1#hmac-} bits=

	case $name in *-*) bits=${name##*-} name=${name%-*} ;; esac
	case $name in
	md5) set -- 'hmac(md5)' 16 96 ;;
	sha1) set -- 'hmac(sha1)' 20 96 ;;
	sha2_256 | sha256) set -- 'hmac(sha256)' 32 128 ;;
	sha2_384 | sha384) set -- 'hmac(sha384)' 48 192 ;;
	sha2_512 | sha512) set -- 'hmac(sha512)' 64 256 ;;
	*) fail "alg: no authentication '$name'" ;;
	esac
	AUTHKEY=0x$(hex "$2" 101)
	MAC_XFRM=(auth-trunc "$1" "$AUTHKEY" "${bits:-$3}")
}

# the address or net of a name in family $2: addr WEST 6
addr() {
	local v=$1_$2

	echo "${!v}"
}

# ---- the far end: the kernel's own ------------------------------------------

# xfrm_end NS ALG: the SAs and policies of one end of the tunnel between the two
# subnets, NS being east or west.  MODE=transport: between the two gateways
# themselves.  XFRM_FLAGS: more words for both SAs (encap espinudp ..., flag esn).
xfrm_end() {
	local ns=$1 mode=${MODE:-tunnel} w e left right in out

	alg "$2"
	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	if [ "$mode" = tunnel ]; then
		left=$(addr LEFT "$INNER") right=$(addr RIGHT "$INNER")
	else
		left=$w right=$e
	fi
	if [ "$ns" = west ]; then
		out="src $left dst $right dir out tmpl src $w dst $e"
		in="src $right dst $left dir DIR tmpl src $e dst $w"
	else
		out="src $right dst $left dir out tmpl src $e dst $w"
		in="src $left dst $right dir DIR tmpl src $w dst $e"
	fi
	xfrm_sa "$ns" "$w" "$e" esp "0x$SPI_OUT" "$mode" "${XFRM[@]}" ${XFRM_FLAGS-}
	xfrm_sa "$ns" "$e" "$w" esp "0x$SPI_IN" "$mode" "${XFRM[@]}" ${XFRM_FLAGS-}
	in_ns "$ns" ip -batch - <<-END
		xfrm policy add $out proto esp reqid 1 mode $mode
		xfrm policy add ${in/DIR/in} proto esp reqid 1 mode $mode
		xfrm policy add ${in/DIR/fwd} proto esp reqid 1 mode $mode
	END
}

# xfrm_sa NS SRC DST PROTO SPI MODE WORDS...: one SA
xfrm_sa() {
	local ns=$1 src=$2 dst=$3 proto=$4 spi=$5 mode=$6

	shift 6
	in_ns "$ns" ip xfrm state add src "$src" dst "$dst" proto "$proto" spi "$spi" \
		mode "$mode" reqid 1 replay-window "${REPLAY:-32}" "$@"
}

# tunnel mode takes packets of either inner family only when told so
xfrm_peer_up() { # $1 = ALG
	if [ "$OUTER" != "$INNER" ]; then
		XFRM_FLAGS="${XFRM_FLAGS-} flag af-unspec" xfrm_end east "$1"
	else
		xfrm_end east "$1"
	fi
}

xfrm_down() { # NS...
	local ns

	for ns in "${@:-east}"; do
		in_ns "$ns" ip -batch - <<-'END'
			xfrm policy flush
			xfrm state flush
		END
	done
}

# packets and bytes an XFRM SA has carried: xfrm_count NS SPI
xfrm_count() {
	in_ns "$1" ip -s xfrm state show spi "$2" |
		sed -n '/lifetime current/{n;s/.* \([0-9]*\)(packets).*/\1/p;q}'
}

# a counter of /proc/net/xfrm_stat: xfrm_stat NS XfrmInNoStates
xfrm_stat() {
	in_ns "$1" awk -v n="$2" '$1 == n { print $2 }' /proc/net/xfrm_stat
}

# ---- our end ---------------------------------------------------------------

# ipsec TOOL ARGS...: one of our tools, on west; IPSEC_NS names another place
ipsec() {
	local tool=$1 t

	shift
	for t in "$KLIPS_B/tools/$tool/$tool" "$KLIPS_B/tools/$tool" "$KLIPS_B/libexec/ipsec/$tool"; do
		if [ -f "$t" ] && [ -x "$t" ]; then
			in_ns "${IPSEC_NS:-west}" "$t" "$@"
			return
		fi
	done
	fail "the tool $tool is not built"
}

# make ipsec0 in west and put it over eth1
klips_dev_up() { # $1 = device (ipsec0), $2 = physical (eth1)
	local dev=${1:-ipsec0} phys=${2:-eth1}

	west ip link show "$dev" > /dev/null 2>&1 || west ip link add "$dev" type ipsec
	ipsec tncfg --attach --virtual "$dev" --physical "$phys"
	west ip link set "$dev" up
}

klips_route() { # NET [DEV]
	west ip route replace "$1" dev "${2:-ipsec0}"
}

# klips_esp SAID SRC ALG [ARGS...]: one ESP SA
klips_esp() {
	local said=$1 src=$2 name=$3

	alg "$name"
	shift 3
	ipsec spi --said "$said" --src "$src" --esp "$name" ${ENCKEY:+--enckey "$ENCKEY"} \
		${AUTHKEY:+--authkey "$AUTHKEY"} "$@"
}

# SAID text in the outer family: said esp 201 ADDRESS
said() {
	case $3 in
	*:*) echo "$1:$2@$3" ;;
	*) echo "$1.$2@$3" ;;
	esac
}

# klips_tunnel ALG [ARGS...]: SAs both ways, grouped, and the two flows.  ARGS go
# to `spi` of both ESP SAs (--replay_window, --natt, --life, ...).
klips_tunnel() {
	local name=$1 w e ip="--ip$OUTER" out in tun_out tun_in

	shift
	w=$(addr WEST "$OUTER") e=$(addr EAST "$OUTER")
	out=$(said esp $SPI_OUT "$e") tun_out=$(said tun $SPI_TUN_OUT "$e")
	in=$(said esp $SPI_IN "$w") tun_in=$(said tun $SPI_TUN_IN "$w")
	ipsec spi --said "$tun_out" "$ip" --src "$w" --dst "$e"
	klips_esp "$out" "$w" "$name" "$@"
	ipsec spigrp --said "$tun_out" "$out"
	ipsec spi --said "$tun_in" "$ip" --src "$e" --dst "$w"
	klips_esp "$in" "$e" "$name" "$@"
	ipsec spigrp --said "$tun_in" "$in"
	klips_flows "$tun_out" "$tun_in"
}

# the flows between the two subnets: klips_flows SAID-OUT SAID-IN
klips_flows() {
	local af=inet left right

	[ "$INNER" = 4 ] || af=inet6
	left=$(addr LEFT "$INNER") right=$(addr RIGHT "$INNER")
	ipsec eroute --add --eraf $af --src "$left" --dst "$right" --said "$1"
	ipsec eroute --addin --eraf $af --src "$right" --dst "$left" --said "$2"
}

# all of it
klips_up() { # ALG [ARGS of spi]
	klips_dev_up
	klips_tunnel "$@"
	klips_route "$(addr RIGHT "$INNER")"
}

klips_clear() {
	ipsec eroute --clear
	ipsec spi --clear
}

# ---- counters --------------------------------------------------------------

# one drop counter of west: drops NAME; without a name all that are not 0
drops() {
	west awk -v n="${1-}" 'n == "" && $2 != 0 { print $1, $2 } $1 == n { print $2; f = 1 }
		END { if (n != "" && !f) print 0 }' /proc/net/ipsec/stats/drops
}

assert_drops() { # NAME COUNT
	assert_eq "$(drops "$1")" "$2" "drops for $1"
}

# fw_watch NS CHAIN TAG MATCH...: count packets that match, with iptables, or
# what IPTABLES names (iptables-legacy, ip6tables, ...); TABLE is the table
fw_watch() {
	local ns=$1 chain=$2 tag=$3

	shift 3
	in_ns "$ns" "${IPTABLES:-iptables}" -w -t "${TABLE:-filter}" -I "$chain" "$@" \
		-m comment --comment "$tag"
}

# packets counted so far: fw_count NS TAG
fw_count() {
	in_ns "$1" "${IPTABLES:-iptables}-save" -c -t "${TABLE:-filter}" |
		sed -n "s/^\[\([0-9]*\):.*--comment \"*$2\"*\( .*\)*\$/\1/p" | head -1
}

# ---- traffic ---------------------------------------------------------------

# pings FROM TO [COUNT [ARGS...]]: how many came back; PING_EVERY so many seconds
pings() {
	local from=$1 to=$2 n=${3:-3} said rc=0

	shift $(($# > 3 ? 3 : $#))
	said=$(in_ns "$from" ping -n -q -c "$n" -i "${PING_EVERY:-0.1}" -W $((2 * KLIPS_SLOW)) \
		"$@" "$to" 2> /dev/null) || rc=$?
	[[ ! $said =~ ([0-9]+)\ received ]] || echo "${BASH_REMATCH[1]}"
	return $rc
}

assert_ping() { # FROM TO [COUNT [ARGS...]]
	assert_eq "$(pings "$@" || :)" "${3:-3}" "answers to pings from $1 to $2"
}

# must not get through; waits less, since nothing is expected
assert_no_ping() { # FROM TO [COUNT [ARGS...]]
	assert_eq "$(pings "$1" "$2" "${3:-2}" "${@:4}" -W 1 || :)" 0 "answers to pings from $1 to $2"
}

# the far end drops the first IPv6 packets that are too large for its tunnel, and
# tells their sender: let both places learn that
learn_size() { # PLACE PLACE
	[ "$INNER" = 4 ] || pings "$1" "$(addr "${2^^}" 6)" 2 -s 3000 -W 0.5 > /dev/null || :
	[ "$INNER" = 4 ] || pings "$2" "$(addr "${1^^}" 6)" 2 -s 3000 -W 0.5 > /dev/null || :
}

# both gateways' subnets see each other
assert_tunnel() { # [COUNT [ARGS of ping]]
	assert_ping sunset "$(addr SUNRISE "$INNER")" "${1:-3}" "${@:2}"
	assert_ping sunrise "$(addr SUNSET "$INNER")" "${1:-3}" "${@:2}"
}

# listen_start NAME NS udp|tcp PORT [4|6]: collect what arrives there
listen_start() {
	local name=$1 ns=$2 kind=${3^^} port=$4 fam=${5:-$INNER}

	# what a listener of the same name said before is not this one's word
	rm -f "$TMP/$name.listen"
	nsenter --net="/run/netns/$ns" -- socat -d -d -u \
		"${kind}${fam}-LISTEN:$port,reuseaddr" "CREATE:$TMP/$name.in" 2> "$TMP/$name.listen" &
	echo $! > "$TMP/$name.pid"
	wait_until 5 grep -q listening "$TMP/$name.listen"
}

# listen_text NAME [TEXT]: what has arrived; waits for TEXT if given
listen_text() {
	[ -z "${2-}" ] || wait_until 5 grep -aqF -- "$2" "$TMP/$1.in" || :
	kill "$(cat "$TMP/$1.pid")" 2>/dev/null || :
	cat "$TMP/$1.in" 2>/dev/null || :
}

udp_send() { # NS ADDRESS PORT TEXT
	in_ns "$1" bash -c 'printf "%s" "$3" > "/dev/udp/$1/$2"' - "$2" "$3" "$4"
}

# a TCP stream must arrive as it was sent: tcp_transfer FROM TO ADDRESS BYTES
tcp_transfer() {
	local from=$1 to=$2 addr=$3 bytes=$4

	head -c "$bytes" /dev/urandom > "$TMP/stream"
	listen_start stream "$to" tcp 9999
	in_ns "$from" timeout $((20 * KLIPS_SLOW)) bash -c 'cat "$2" > "/dev/tcp/$1/9999"' - \
		"$addr" "$TMP/stream" || fail "TCP from $from to $addr stalled"
	wait "$(cat "$TMP/stream.pid")" || :
	cmp "$TMP/stream" "$TMP/stream.in" || fail "TCP from $from to $addr arrived changed"
}

# ---- captures --------------------------------------------------------------

# capture_start NAME NS INTERFACE [FILTER...]; NAME.pcap is kept in $TMP
capture_start() {
	local name=$1 ns=$2 dev=$3

	shift 3
	: > "$TMP/$name.tcpdump"
	# not in_ns: what is to be stopped must be tcpdump, not a shell around it
	nsenter --net="/run/netns/$ns" -- tcpdump -Z root --immediate-mode -U -n -s 0 \
		-i "$dev" -w "$TMP/$name.pcap" "$@" 2> "$TMP/$name.tcpdump" &
	echo $! > "$TMP/$name.capture"
	wait_until 10 grep -q 'listening on' "$TMP/$name.tcpdump" ||
		fail "tcpdump: $(cat "$TMP/$name.tcpdump")"
}

# a process that sleeps has done all it was given
is_asleep() { # PID
	local state

	read -r _ _ state _ < "/proc/$1/stat"
	[ "$state" = S ]
}

capture_stop() { # NAME...
	local name pid

	sleep 0.$((KLIPS_SLOW > 1 ? 3 : 1))
	for name in "$@"; do
		pid=$(cat "$TMP/$name.capture")
		wait_until 5 is_asleep "$pid" || fail "tcpdump does not come to an end"
		kill "$pid"
		wait "$pid" || :
	done
}

# packets of a capture that match: capture_count NAME [FILTER...]
capture_count() {
	tcpdump -n -r "$TMP/$1.pcap" "${@:2}" 2>/dev/null | wc -l
}

# as text, one line a packet: capture_text NAME [ARGS of tcpdump...]
capture_text() {
	tcpdump -n -t -r "$TMP/$1.pcap" "${@:2}" 2>/dev/null
}

# packets_send NS INTERFACE PCAP [WHICH]: put captured frames on the wire as they
# are; WHICH is a slice as in Python ("0", "1:3"), default all
packets_send() {
	in_ns "$1" /usr/bin/python3 - "$2" "$3" "${4:-:}" <<-'END'
		import socket, struct, sys
		dev, path, which = sys.argv[1:]
		data = open(path, "rb").read()
		order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
		frames, at = [], 24
		while at < len(data):
		    size = struct.unpack_from(order + "I", data, at + 8)[0]
		    frames.append(data[at + 16:at + 16 + size])
		    at += 16 + size
		if ":" in which:
		    a, b = (int(x) if x else None for x in which.split(":"))
		    frames = frames[a:b]
		else:
		    frames = [frames[int(which)]]
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((dev, 0))
		for f in frames:
		    s.send(f)
	END
}
