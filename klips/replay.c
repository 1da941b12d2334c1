// SPDX-License-Identifier: GPL-2.0-only
/*
 * The anti-replay window: a ring of 64-bit blocks, one bit for each number.
 *
 * Block n / 64 of the number line lives at n / 64 modulo the ring's size.  Moving
 * the window forward clears the blocks it enters and shifts nothing.  The ring
 * has at least one block more than the window fills, because the newest block is
 * entered long before its numbers are used up.
 *
 * RFC 4303 sections 3.4.3 and A2, RFC 6479.
 */
#include "klips/replay.h"

enum { BLOCK_BITS = 64 };

static u32 ring_blocks(u32 window)
{
	u32 blocks = 1;

	if (!window)
		return 0;
	while (blocks * BLOCK_BITS < window + BLOCK_BITS)
		blocks *= 2;
	return blocks;
}

static u64 *block_of(struct klips_replay *w, u64 seq)
{
	return &w->ring[(seq / BLOCK_BITS) & (w->blocks - 1)];
}

static bool has_been(const struct klips_replay *w, u64 seq)
{
	u64 block = READ_ONCE(w->ring[(seq / BLOCK_BITS) & (w->blocks - 1)]);

	return block >> (seq % BLOCK_BITS) & 1;
}

size_t klips_replay_size(u32 window)
{
	if (window && (window < KLIPS_REPLAY_MIN || window > KLIPS_REPLAY_MAX))
		return 0;
	return sizeof(struct klips_replay) + ring_blocks(window) * sizeof(u64);
}

void klips_replay_init(struct klips_replay *w, u32 window)
{
	memset(w, 0, klips_replay_size(window));
	w->window = window;
	w->blocks = ring_blocks(window);
}

u32 klips_replay_resize(struct klips_replay *w, u32 window)
{
	u32 widest = w->blocks ? (w->blocks - 1) * BLOCK_BITS : 0;

	WRITE_ONCE(w->window, min(window, widest));
	return w->window;
}

void klips_replay_restore(struct klips_replay *w, u64 last)
{
	u32 i;

	w->last = last;
	if (!w->blocks || !last)
		return;
	for (i = 0; i < w->blocks; i++)
		w->ring[i] = ~0ULL;
	/* of the newest block only what is not to come */
	*block_of(w, last) >>= BLOCK_BITS - 1 - last % BLOCK_BITS;
}

enum klips_replay_verdict klips_replay_check(const struct klips_replay *w, u64 seq)
{
	u32 window = READ_ONCE(w->window);
	u64 last = READ_ONCE(w->last);

	if (!window)
		return KLIPS_REPLAY_OK;
	if (!seq)
		return KLIPS_REPLAY_ZERO;
	if (seq > last)
		return KLIPS_REPLAY_OK;
	if (last - seq >= window)
		return KLIPS_REPLAY_LATE;
	return has_been(w, seq) ? KLIPS_REPLAY_SEEN : KLIPS_REPLAY_OK;
}

/* Clear the blocks between the old newest one and the one @seq falls into. */
static void enter_blocks(struct klips_replay *w, u64 seq)
{
	u64 from = w->last / BLOCK_BITS;
	u64 to = seq / BLOCK_BITS;

	if (to - from > w->blocks)
		from = to - w->blocks;
	while (from < to)
		WRITE_ONCE(w->ring[++from & (w->blocks - 1)], 0);
}

static void move_forward(struct klips_replay *w, u64 seq)
{
	u64 skipped = seq - w->last - 1;

	if (w->blocks)
		enter_blocks(w, seq);
	if (w->window && skipped > w->max_diff)
		WRITE_ONCE(w->max_diff, skipped);
	WRITE_ONCE(w->last, seq);
}

/* Writes are for klips_replay_check(), which looks on without the lock. */
static void mark(struct klips_replay *w, u64 seq)
{
	u64 *block = block_of(w, seq);

	WRITE_ONCE(*block, *block | BIT_ULL(seq % BLOCK_BITS));
}

enum klips_replay_verdict klips_replay_advance(struct klips_replay *w, u64 seq)
{
	enum klips_replay_verdict verdict = klips_replay_check(w, seq);

	if (verdict != KLIPS_REPLAY_OK)
		return verdict;
	if (seq > w->last)
		move_forward(w, seq);
	/* With the test switched off a number may be older than the ring remembers. */
	if (w->blocks && w->last / BLOCK_BITS - seq / BLOCK_BITS < w->blocks)
		mark(w, seq);
	return KLIPS_REPLAY_OK;
}

u32 klips_replay_seq_hi(const struct klips_replay *w, u32 lo)
{
	u64 last = READ_ONCE(w->last);
	u32 last_hi = last >> 32;
	u32 last_lo = last;
	u32 window = READ_ONCE(w->window);
	u32 bottom;

	if (!window)
		window = KLIPS_REPLAY_MIN;
	bottom = last_lo - window + 1;
	if (last_lo >= window - 1)	/* the window lies within one run of the lower half */
		return lo >= bottom ? last_hi : last_hi + 1;
	if (lo >= bottom && last_hi)	/* it straddles the wrap, and lo is on the far side */
		return last_hi - 1;
	return last_hi;
}

u64 klips_replay_seq(const struct klips_replay *w, u32 lo, bool esn)
{
	return esn ? (u64)klips_replay_seq_hi(w, lo) << 32 | lo : lo;
}

u64 klips_replay_last(const struct klips_replay *w)
{
	return READ_ONCE(w->window) ? READ_ONCE(w->last) : 0;
}

u64 klips_replay_bits(const struct klips_replay *w)
{
	u32 window = READ_ONCE(w->window);
	u64 last = klips_replay_last(w);
	u64 bits = 0;
	u32 back;

	for (back = 0; back < min(window, (u32)BLOCK_BITS) && back < last; back++)
		bits |= (u64)has_been(w, last - back) << back;
	return bits;
}

u64 klips_replay_max_diff(const struct klips_replay *w)
{
	return READ_ONCE(w->max_diff);
}
