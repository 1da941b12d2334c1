// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A replay window driven by bytes, against a list of every number it took.
 *
 * Two bytes of width, then operations of four bytes: a kind, and a number near the
 * edge of the window or the end of 32 bits.
 */
#include <stdlib.h>

#include "klips/replay.h"

enum { OP_BYTES = 4, MOST = 4096 };

enum kind { ADVANCE, CHECK, FAR, WRAP, INFER, KINDS };

static u64 taken[MOST];
static unsigned int count;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool was_taken(u64 seq)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (taken[i] == seq)
			return true;
	return false;
}

static enum klips_replay_verdict expected(u64 seq, u64 last, u32 width)
{
	if (!width)
		return KLIPS_REPLAY_OK;
	if (!seq)
		return KLIPS_REPLAY_ZERO;
	if (seq + width <= last)
		return KLIPS_REPLAY_LATE;
	return was_taken(seq) ? KLIPS_REPLAY_SEEN : KLIPS_REPLAY_OK;
}

static void advance(struct klips_replay *w, u64 seq, u64 *last, u32 width)
{
	enum klips_replay_verdict verdict = expected(seq, *last, width);

	require(klips_replay_check(w, seq) == verdict);
	require(klips_replay_advance(w, seq) == verdict);
	if (verdict != KLIPS_REPLAY_OK || !width)
		return;
	taken[count++] = seq;
	if (seq > *last)
		*last = seq;
	require(klips_replay_last(w) == *last);
	require(klips_replay_bits(w) & 1);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct klips_replay *w;
	u64 last = 0, near;
	u32 width, full;

	if (size < 2)
		return 0;
	width = (data[0] | data[1] << 8) % (KLIPS_REPLAY_MAX + 1);
	if (width && width < KLIPS_REPLAY_MIN)
		width = KLIPS_REPLAY_MIN;
	w = malloc(klips_replay_size(width));
	klips_replay_init(w, width);
	count = 0;
	for (data += 2, size -= 2; size >= OP_BYTES && count < MOST; size -= OP_BYTES, data += OP_BYTES) {
		near = last + (data[1] | data[2] << 8);
		near = near > width + 32u ? near - width - 32 : 0;
		switch (data[0] % KINDS) {
		case CHECK:
			require(klips_replay_check(w, near) == expected(near, last, width));
			break;
		case FAR:
			near += (u64)data[3] << 24;
			/* fall through */
		case ADVANCE:
			advance(w, near, &last, width);
			break;
		case WRAP:
			advance(w, (last | UINT32_MAX) + (int8_t)data[1], &last, width);
			break;
		case INFER:
			full = klips_replay_seq_hi(w, near);
			require(klips_replay_seq(w, near, true) == ((u64)full << 32 | (u32)near));
			require(klips_replay_seq(w, near, false) == (u32)near);
			break;
		}
	}
	free(w);
	return 0;
}
