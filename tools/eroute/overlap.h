/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the packets of eroutes overlap.
 */
#ifndef TOOLS_OVERLAP_H
#define TOOLS_OVERLAP_H

#include "tools/eroute/route.h"

bool selector_contains(const struct klips_selector *a, const struct klips_selector *b);
bool selector_meets(const struct klips_selector *a, const struct klips_selector *b);
bool selector_beats(const struct klips_selector *a, const struct klips_selector *b);
bool selector_covered(const struct klips_selector *sel, const struct klips_selector *const *by,
		      size_t n);

#endif /* TOOLS_OVERLAP_H */
