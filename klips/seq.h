/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequence numbers of an SA, as ESP and AH both use them.
 */
#ifndef KLIPS_SEQ_H
#define KLIPS_SEQ_H

#include <linux/types.h>

#include "klips/drop.h"

struct klips_sa;

u64 klips_seq_next(struct klips_sa *sa);
enum klips_drop klips_seq_test(struct klips_sa *sa, u64 seq);
enum klips_drop klips_seq_advance(struct klips_sa *sa, u64 seq);

#endif /* KLIPS_SEQ_H */
