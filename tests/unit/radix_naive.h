/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The eroute table's naive twin: a list, and the written rule applied literally.
 */
#ifndef KLIPS_UNIT_RADIX_NAIVE_H
#define KLIPS_UNIT_RADIX_NAIVE_H

#include "klips/radix.h"

enum { NAIVE_MAX = 4096 };

/* Entries in no particular order. */
struct naive {
	size_t count;
	struct klips_radix_entry *entry[NAIVE_MAX];
};

/* Both return the index of an entry in the list, or -1. */
int naive_find(const struct naive *list, const struct klips_selector *sel);
int naive_lookup(const struct naive *list, const struct klips_flow *flow,
		 const struct klips_radix_entry *but_not);

void naive_remove(struct naive *list, int index);

/* Sort the list into listing order. */
void naive_sort(struct naive *list);

/* Order of two selectors, written out independently of the real one. */
int naive_compare(const struct klips_selector *a, const struct klips_selector *b);

#endif /* KLIPS_UNIT_RADIX_NAIVE_H */
