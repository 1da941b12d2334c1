// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sequence numbers of an SA: the next one out, and the test of those that come
 * in, with its counters.
 *
 * The window itself is replay.c's; authenticating between test and advance is
 * the transform's. RFC 4302 and 4303, sections 3.3 and 3.4.
 */
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "klips/replay.h"
#include "klips/sa.h"
#include "klips/seq.h"

/**
 * klips_seq_next() - sequence number for an outbound packet
 * @sa:	the SA
 *
 * Any context.
 *
 * Return: the number, the first being 1; 0 when they are used up, and the
 * packet must not be sent.
 */
u64 klips_seq_next(struct klips_sa *sa)
{
	u64 seq = atomic64_inc_return(&sa->seq);

	return seq <= (sa->esn ? KLIPS_SEQ_LAST_ESN : KLIPS_SEQ_LAST) ? seq : 0;
}

static enum klips_drop reason(struct klips_sa *sa, enum klips_replay_verdict verdict)
{
	if (verdict == KLIPS_REPLAY_OK)
		return KLIPS_DROP_NONE;
	this_cpu_inc(sa->stats->replay_errors);
	switch (verdict) {
	case KLIPS_REPLAY_ZERO:
		return KLIPS_DROP_IN_SEQ_ZERO;
	case KLIPS_REPLAY_LATE:
		return KLIPS_DROP_IN_LATE;
	default:
		return KLIPS_DROP_IN_REPLAY;
	}
}

/**
 * klips_seq_test() - may a packet with this number be new?
 * @sa:		inbound SA
 * @seq:	full number, host byte order, not yet authenticated
 *
 * Takes no lock: klips_seq_advance() tests again.
 *
 * Return: 0 or the reason to drop it, which has been counted for the SA.
 */
enum klips_drop klips_seq_test(struct klips_sa *sa, u64 seq)
{
	return reason(sa, klips_replay_check(sa->replay, seq));
}

/**
 * klips_seq_advance() - test again, and move the window
 * @sa:		inbound SA
 * @seq:	full number of a packet found authentic
 *
 * Bottom halves are off.
 *
 * Return: 0 or the reason to drop it, which has been counted for the SA.
 */
enum klips_drop klips_seq_advance(struct klips_sa *sa, u64 seq)
{
	enum klips_replay_verdict verdict;

	spin_lock(&sa->lock);
	verdict = klips_replay_advance(sa->replay, seq);
	spin_unlock(&sa->lock);
	return reason(sa, verdict);
}
