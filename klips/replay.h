/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The anti-replay window of an inbound SA: which sequence numbers have been.
 *
 * Arithmetic only.  The caller holds the SA's lock around klips_replay_advance(),
 * checks the packet's authentication between the test and the advance, and counts.
 * Numbers are 64 bits inside; without ESN the upper half is simply 0.
 *
 * RFC 4302 and 4303, sections 3.4.3 and appendix A2 (inferring the upper half);
 * RFC 6479 (a ring of blocks instead of shifting).
 */
#ifndef KLIPS_REPLAY_H
#define KLIPS_REPLAY_H

#include "klips/pure.h"

/* Limits of a window, in packets; 0 means no window. */
enum {
	KLIPS_REPLAY_MIN = 32,
	KLIPS_REPLAY_MAX = 4096,
};

/**
 * enum klips_replay_verdict - what the window says of a sequence number
 * @KLIPS_REPLAY_OK:	new; always 0
 * @KLIPS_REPLAY_ZERO:	the number 0, which no sender uses
 * @KLIPS_REPLAY_LATE:	left of the window: may have been, nobody remembers
 * @KLIPS_REPLAY_SEEN:	inside the window and received before
 */
enum klips_replay_verdict {
	KLIPS_REPLAY_OK = 0,
	KLIPS_REPLAY_ZERO,
	KLIPS_REPLAY_LATE,
	KLIPS_REPLAY_SEEN,
};

/**
 * struct klips_replay - a window
 * @last:	highest number accepted
 * @max_diff:	largest distance by which @last ever moved, less one: the numbers
 *		skipped
 * @window:	width in packets, 0: off
 * @blocks:	blocks in the ring, a power of two
 * @ring:	bit n % 64 of block n / 64 % @blocks is set if n has been
 */
struct klips_replay {
	u64 last;
	u64 max_diff;
	u32 window;
	u32 blocks;
	u64 ring[];
};

/**
 * klips_replay_size() - memory for a window
 * @window:	width in packets, up to KLIPS_REPLAY_MAX
 *
 * Return: bytes to allocate for a struct klips_replay; 0 if @window is neither 0
 * nor between the limits.
 */
size_t klips_replay_size(u32 window);

/**
 * klips_replay_init() - start with nothing received
 * @w:		klips_replay_size(@window) bytes
 * @window:	width in packets
 */
void klips_replay_init(struct klips_replay *w, u32 window);

/**
 * klips_replay_resize() - change the width, keeping what has been received
 * @w:		window
 * @window:	new width; 0 switches the test off
 *
 * Context: the SA's lock held.
 * Return: the width now in force: no more than the memory of @w remembers.
 */
u32 klips_replay_resize(struct klips_replay *w, u32 window);

/**
 * klips_replay_restore() - go on where another window stopped
 * @w:		window that has received nothing
 * @last:	highest number the other one accepted
 *
 * Every number up to @last counts as received.
 */
void klips_replay_restore(struct klips_replay *w, u64 last);

/**
 * klips_replay_check() - would this number be accepted?
 * @w:		window
 * @seq:	full sequence number, host byte order
 *
 * The cheap test before authentication.  Context: the SA's lock, or without:
 * a stale answer is corrected by klips_replay_advance().
 *
 * Return: KLIPS_REPLAY_OK or the reason why not.
 */
enum klips_replay_verdict klips_replay_check(const struct klips_replay *w, u64 seq);

/**
 * klips_replay_advance() - test again, and if new, remember
 * @w:		window
 * @seq:	full sequence number of an authenticated packet
 *
 * Context: the SA's lock held.
 * Return: as klips_replay_check(); only after KLIPS_REPLAY_OK was @w changed.
 */
enum klips_replay_verdict klips_replay_advance(struct klips_replay *w, u64 seq);

/**
 * klips_replay_seq_hi() - infer the upper half of an extended sequence number
 * @w:		window
 * @lo:		lower half as received, host byte order
 *
 * RFC 4303 appendix A2.2.  Before the first wrap nothing lies below: there the
 * upper half is 0 also for a number far ahead.
 *
 * Return: the upper half to authenticate with, host byte order.
 */
u32 klips_replay_seq_hi(const struct klips_replay *w, u32 lo);

/**
 * klips_replay_seq() - full sequence number of a received packet
 * @w:		window
 * @lo:		lower half as received, host byte order
 * @esn:	the SA uses extended sequence numbers
 *
 * Return: @lo, with its inferred upper half if @esn.
 */
u64 klips_replay_seq(const struct klips_replay *w, u32 lo, bool esn);

/**
 * klips_replay_last() - for showing: highest number accepted
 * @w:		window
 *
 * Return: the number; 0 while nothing has come or no window is kept.
 */
u64 klips_replay_last(const struct klips_replay *w);

/**
 * klips_replay_bits() - for showing: the newest 64 numbers
 * @w:		window
 *
 * Return: bit n is set if klips_replay_last() - n has been, for n below the
 * width and 64.
 */
u64 klips_replay_bits(const struct klips_replay *w);

/**
 * klips_replay_max_diff() - for showing: the largest gap so far
 * @w:		window
 *
 * Return: how many numbers the widest jump forward skipped.
 */
u64 klips_replay_max_diff(const struct klips_replay *w);

#endif /* KLIPS_REPLAY_H */
