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

#endif /* KLIPS_PFKEY_NOTIFY_H */
