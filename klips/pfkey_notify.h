/* SPDX-License-Identifier: GPL-2.0-only */
/* What a message says about an SA of the table. */
#ifndef KLIPS_PFKEY_NOTIFY_H
#define KLIPS_PFKEY_NOTIFY_H

#include "klips/pfkey_build.h"

struct klips_limits;
struct klips_sa;

/**
 * klips_pfkey_put_sa() - add the SA extension of an SA
 * @b:		builder
 * @sa:		the SA; its reference is not told
 */
void klips_pfkey_put_sa(struct klips_build *b, const struct klips_sa *sa);

/**
 * klips_pfkey_put_current() - add what an SA has carried and since when
 * @b:		builder
 * @sa:		the SA
 *
 * Times are seconds since the epoch, 0 for never.
 */
void klips_pfkey_put_current(struct klips_build *b, const struct klips_sa *sa);

/**
 * klips_pfkey_put_limits() - add limits of an SA
 * @b:		builder
 * @ext:	KLIPS_EXT_LIFETIME_HARD or _SOFT
 * @limits:	the limits
 * @wide:	in the 40-byte form
 */
void klips_pfkey_put_limits(struct klips_build *b, enum klips_ext_type ext,
			    const struct klips_limits *limits, bool wide);

/**
 * klips_pfkey_put_replay() - add what the SA extension cannot say of an SA
 * @b:		builder
 * @sa:		the SA
 *
 * Nothing is added unless it has a window of more than 64 packets or 64-bit sequence
 * numbers: old programs know no such SA, nor the extension.
 */
void klips_pfkey_put_replay(struct klips_build *b, const struct klips_sa *sa);

#endif /* KLIPS_PFKEY_NOTIFY_H */
