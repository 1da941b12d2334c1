// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The eroute table's naive twin: a list, and the written rule applied literally.
 *
 * Slow and simple on purpose; shares no code with the table it is compared with.
 */
#include "tests/unit/radix_naive.h"

static bool bit_of(const u8 *bytes, unsigned int n)
{
	return bytes[n / 8] & 0x80 >> n % 8;
}

static bool prefix_covers(const u8 *prefix, unsigned int len, const u8 *addr)
{
	unsigned int n;

	for (n = 0; n + 8 <= len; n += 8)
		if (prefix[n / 8] != addr[n / 8])
			return false;
	for (; n < len; n++)
		if (bit_of(prefix, n) != bit_of(addr, n))
			return false;
	return true;
}

static bool covers(const struct klips_selector *sel, const struct klips_flow *flow)
{
	return sel->family == flow->family &&
	       prefix_covers(sel->src.bytes, sel->src_len, flow->src.bytes) &&
	       prefix_covers(sel->dst.bytes, sel->dst_len, flow->dst.bytes) &&
	       (sel->proto == 0 || sel->proto == flow->proto) &&
	       (sel->sport == 0 || sel->sport == flow->sport) &&
	       (sel->dport == 0 || sel->dport == flow->dport);
}

/* Does a win over b, both matching one packet? */
static bool wins(const struct klips_selector *a, const struct klips_selector *b)
{
	if (a->src_len != b->src_len)
		return a->src_len > b->src_len;
	if (a->dst_len != b->dst_len)
		return a->dst_len > b->dst_len;
	if (!a->proto != !b->proto)
		return a->proto;
	if (!a->sport != !b->sport)
		return a->sport;
	return a->dport && !b->dport;
}

int naive_find(const struct naive *list, const struct klips_selector *sel)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!memcmp(&list->entry[i]->sel, sel, sizeof(*sel)))
			return i;
	return -1;
}

int naive_lookup(const struct naive *list, const struct klips_flow *flow,
		 const struct klips_radix_entry *but_not)
{
	int best = -1;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct klips_radix_entry *entry = list->entry[i];

		if (entry == but_not || !covers(&entry->sel, flow))
			continue;
		if (best < 0 || wins(&entry->sel, &list->entry[best]->sel))
			best = i;
	}
	return best;
}

void naive_remove(struct naive *list, int index)
{
	list->entry[index] = list->entry[--list->count];
}

int naive_compare(const struct klips_selector *a, const struct klips_selector *b)
{
	int diff = a->family - b->family;	/* AF_INET is less than AF_INET6 */

	diff = diff ? diff : memcmp(a->src.bytes, b->src.bytes, sizeof(a->src.bytes));
	diff = diff ? diff : memcmp(a->dst.bytes, b->dst.bytes, sizeof(a->dst.bytes));
	diff = diff ? diff : a->proto - b->proto;
	diff = diff ? diff : ntohs(a->sport) - ntohs(b->sport);
	diff = diff ? diff : ntohs(a->dport) - ntohs(b->dport);
	diff = diff ? diff : b->src_len - a->src_len;
	return diff ? diff : b->dst_len - a->dst_len;
}

static int compare_entries(const void *a, const void *b)
{
	const struct klips_radix_entry *const *x = a;
	const struct klips_radix_entry *const *y = b;

	return naive_compare(&(*x)->sel, &(*y)->sel);
}

void naive_sort(struct naive *list)
{
	qsort(list->entry, list->count, sizeof(list->entry[0]), compare_entries);
}
