/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPCOMP: what others ask of it beside the transform itself.
 */
#ifndef KLIPS_IPCOMP_H
#define KLIPS_IPCOMP_H

#include <linux/types.h>

struct klips_sa;

/* Bytes of packets before and after compression, whole packets, both kinds. */
struct klips_comp_ratio {
	u64 plain;
	u64 packed;
};

/* The CPI of a peer that knows no SA, only the algorithm (RFC 3173, 3.3). */
#define KLIPS_CPI_DEFLATE	2

void klips_comp_passed(struct klips_sa *sa, unsigned int bytes);
struct klips_comp_ratio klips_comp_ratio(const struct klips_sa *sa);

#endif /* KLIPS_IPCOMP_H */
