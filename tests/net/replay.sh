#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 150
# check: uml 6.12
#
# Packets sent again, late, or in reverse, with windows of 32 and 64 and with
# none: each is accepted once at most, and IN_REPLAY and IN_LATE say exactly why
# the others were not.  What is not authentic does not move the window.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"
. "$(dirname "$0")/lib/conserve.sh"

N=80	# packets stolen

# accepted COUNT: so many more came out of ipsec0 since the last time
accepted() {
	local now

	now=$(received)
	assert_eq $((now - seen)) "$1" "packets accepted"
	seen=$now
}

topo_up
klips_up aes_gcm16
xfrm_peer_up aes_gcm16
steal $N
seen=$(received)

for window in 32 64; do
	step "window $window: in order, then all again"
	inbound_again aes_gcm16 --replay_window $window
	inject
	accepted $N
	expect
	inject
	accepted 0
	expect IN_REPLAY $window IN_LATE $((N - window))
	west grep "^esp0x$SPI_IN@" /proc/net/ipsec_spi |
		grep -q " ooowin=$window ooo_errs=$N seq=$N bit=0xffffffff" ||
		fail "the SA tells another story: $(west cat /proc/net/ipsec_spi)"

	step "window $window: in reverse, then again in order"
	inbound_again aes_gcm16 --replay_window $window
	inject reverse
	accepted $window
	expect IN_LATE $((N - window))
	inject
	accepted 0
	expect IN_REPLAY $window IN_LATE $((N - window))

	step "window $window: every packet three times, the odd ones late"
	inbound_again aes_gcm16 --replay_window $window
	inject pick=::2 repeat=3
	accepted $((N / 2))
	# the last repeat's left half was left behind by the first one
	expect IN_REPLAY $window IN_LATE $((N - window))
	inject pick=1::2
	accepted $((window / 2 + 1))
	expect IN_LATE $(((N - window) / 2 - 1))

	step "window $window: forged packets move nothing"
	inbound_again aes_gcm16 --replay_window $window
	inject pick=0:10
	accepted 10
	inject pick=0 seq=5000
	expect IN_ICV 1
	inject pick=10:20
	accepted 10
	inject pick=0 flip=+4:+8
	expect IN_ICV 4
	inject pick=20:
	accepted $((N - 20))
	expect
done

step "no window: nothing is refused"
inbound_again aes_gcm16
inject repeat=2
accepted $((2 * N))
inject reverse
accepted $N
expect
