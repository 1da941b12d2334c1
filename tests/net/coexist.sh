#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml 6.1
# module: no
#
# KLIPS and XFRM tunnels side by side in one namespace: each gets its own SPIs,
# whichever of ipsec, esp4 and esp4_offload was loaded first; an SPI of neither
# is dropped and counted where an ipsecN is attached, and left alone where none
# is; where both know an SPI, KLIPS has it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

# XFRM between west and nic, transport mode, over the same eth1
xfrm_beside() {
	local ns

	alg aes128-sha1-96
	for ns in west net; do
		xfrm_sa $ns "$WEST_4" "$NIC_4" esp 0x501 transport "${XFRM[@]}"
		xfrm_sa $ns "$NIC_4" "$WEST_4" esp 0x502 transport "${XFRM[@]}"
	done
	west ip -batch - <<-END
		xfrm policy add src $WEST_4 dst $NIC_4 dir out tmpl proto esp reqid 1 mode transport
		xfrm policy add src $NIC_4 dst $WEST_4 dir in tmpl proto esp reqid 1 mode transport
	END
	nic ip -batch - <<-END
		xfrm policy add src $NIC_4 dst $WEST_4 dir out tmpl proto esp reqid 1 mode transport
		xfrm policy add src $WEST_4 dst $NIC_4 dir in tmpl proto esp reqid 1 mode transport
	END
}

# an XFRM SA of another reqid than those of lib.sh
xfrm_other() { # NS SRC DST SPI
	in_ns "$1" ip xfrm state add src "$2" dst "$3" proto esp spi "$4" mode tunnel reqid 2 \
		replay-window 32 "${XFRM[@]}"
}

# and a tunnel between the gateways that KLIPS joins too, for other nets
xfrm_tunnel_beside() {
	local ns

	for ns in west east; do
		xfrm_other $ns "$WEST_4" "$EAST_4" 0x601
		xfrm_other $ns "$EAST_4" "$WEST_4" 0x602
		in_ns $ns ip link add other type dummy
		in_ns $ns ip link set other up
	done
	west ip addr add 10.1.0.1/24 dev other
	east ip addr add 10.2.0.1/24 dev other
	west ip -batch - <<-END
		xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir out tmpl src $WEST_4 dst $EAST_4 proto esp reqid 2 mode tunnel
		xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir in tmpl src $EAST_4 dst $WEST_4 proto esp reqid 2 mode tunnel
	END
	east ip -batch - <<-END
		xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src $EAST_4 dst $WEST_4 proto esp reqid 2 mode tunnel
		xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir in tmpl src $WEST_4 dst $EAST_4 proto esp reqid 2 mode tunnel
	END
}

both_work() { # $1 = when
	step "$1"
	assert_tunnel 2
	assert_ping west "$NIC_4" 2
	assert_ping net "$WEST_4" 2
	assert_ping west 10.2.0.1 2 -I 10.1.0.1
	assert_ping east 10.1.0.1 2 -I 10.2.0.1
	expect
}

unload() {
	local m

	for m in "$@"; do
		! grep -q "^$m " /proc/modules || rmmod "$m"
	done
}

topo_up
unload esp4_offload esp6_offload esp4 esp6
insmod "$KLIPS_KO"
klips_up aes_gcm16 --replay_window 32
# west begins to count anew when the module is loaded again
REPLAY=0 xfrm_peer_up aes_gcm16
xfrm_beside
xfrm_tunnel_beside
both_work "ipsec first, esp4 after it"
grep -q '^esp4 ' /proc/modules || echo "(esp4 is not a module here)"
assert_ge "$(xfrm_count west 0x502)" 2 "packets of the transport SA"
assert_ge "$(xfrm_count west 0x602)" 2 "packets of the XFRM tunnel"

step "an SPI of nobody"
steal 1
before=$(xfrm_stat west XfrmInNoStates)
inject spi=0x999 repeat=4
expect IN_NO_SA 4
assert_eq "$(xfrm_stat west XfrmInNoStates)" "$before" "XFRM was asked too"

step "an SPI of XFRM, damaged, is XFRM's loss"
inject spi=0x602 repeat=3
expect
assert_ge "$(xfrm_stat west XfrmInStateProtoError)" 3 "XFRM's errors"

step "an SPI of both is KLIPS'"
alg aes_gcm16
xfrm_sa west "$EAST_4" "$WEST_4" esp 0x$SPI_IN tunnel "${XFRM[@]}"
assert_ping sunrise "$SUNSET_4" 1
assert_eq "$(xfrm_count west 0x$SPI_IN)" 0 "packets that XFRM had"
west ip xfrm state delete src "$EAST_4" dst "$WEST_4" proto esp spi 0x$SPI_IN

if modprobe -q esp4_offload; then
	both_work "with esp4_offload" 2>&1 || fail "with esp4_offload"
fi

step "ipsec goes: XFRM stays, and answers for all"
rmmod ipsec
assert_ping west "$NIC_4" 2
assert_ping west 10.2.0.1 2 -I 10.1.0.1
before=$(xfrm_stat west XfrmInNoStates)
inject spi=0x999 repeat=2
assert_eq "$(xfrm_stat west XfrmInNoStates)" $((before + 2)) "XFRM's unknown SPIs"

insmod "$KLIPS_KO"
klips_up aes_gcm16
LAST_DROPS=
both_work "esp4 first, ipsec after it"

step "no ipsecN on the device: an unknown SPI is left to XFRM"
ipsec tncfg --detach --virtual ipsec0
before=$(xfrm_stat west XfrmInNoStates)
inject spi=0x999 repeat=2
expect
assert_eq "$(xfrm_stat west XfrmInNoStates)" $((before + 2)) "XFRM's unknown SPIs"
ipsec tncfg --attach --virtual ipsec0 --physical eth1

step "XFRM goes, KLIPS stays"
xfrm_down west
west ip link del other
nic ip xfrm policy flush
assert_tunnel 2
klips_clear
topo_down
rmmod ipsec
