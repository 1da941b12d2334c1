// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the packets of eroutes overlap: inside each other, partly, or wholly
 * covered by several others.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/eroute/overlap.h"

static bool prefix_contains(const union klips_radix_addr *a, u8 a_len,
			    const union klips_radix_addr *b, u8 b_len)
{
	unsigned int whole = a_len / 8, rest = a_len % 8;

	if (a_len > b_len || memcmp(a->bytes, b->bytes, whole))
		return false;
	return !rest || !((a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest));
}

static bool prefix_meets(const union klips_radix_addr *a, u8 a_len,
			 const union klips_radix_addr *b, u8 b_len)
{
	return prefix_contains(a, a_len, b, b_len) || prefix_contains(b, b_len, a, a_len);
}

/* For protocol and ports: 0 is any. */
static bool part_contains(unsigned int a, unsigned int b)
{
	return !a || a == b;
}

static bool part_meets(unsigned int a, unsigned int b)
{
	return !a || !b || a == b;
}

/**
 * selector_contains() - is every packet of @b one of @a?
 * @a:	one selector
 * @b:	another
 */
bool selector_contains(const struct klips_selector *a, const struct klips_selector *b)
{
	return a->family == b->family && prefix_contains(&a->src, a->src_len, &b->src, b->src_len) &&
	       prefix_contains(&a->dst, a->dst_len, &b->dst, b->dst_len) &&
	       part_contains(a->proto, b->proto) && part_contains(a->sport, b->sport) &&
	       part_contains(a->dport, b->dport);
}

/**
 * selector_meets() - is there a packet of both?
 * @a:	one selector
 * @b:	another
 */
bool selector_meets(const struct klips_selector *a, const struct klips_selector *b)
{
	return a->family == b->family && prefix_meets(&a->src, a->src_len, &b->src, b->src_len) &&
	       prefix_meets(&a->dst, a->dst_len, &b->dst, b->dst_len) &&
	       part_meets(a->proto, b->proto) && part_meets(a->sport, b->sport) &&
	       part_meets(a->dport, b->dport);
}

/**
 * selector_beats() - of two that meet, does @a win?
 * @a:	one selector
 * @b:	another
 */
bool selector_beats(const struct klips_selector *a, const struct klips_selector *b)
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

/* Halve one of the prefixes; @upper gets the other half. */
static void halve(struct klips_selector *lower, struct klips_selector *upper, bool src)
{
	union klips_radix_addr *addr = src ? &upper->src : &upper->dst;
	u8 bit = src ? lower->src_len++ : lower->dst_len++;

	*upper = *lower;
	addr->bytes[bit / 8] |= (u8)(0x80 >> bit % 8);
}

/* Those that meet @sel; sets what there is to halve along. */
static const struct klips_selector **meeting(const struct klips_selector *sel,
					     const struct klips_selector *const *by, size_t n,
					     size_t *kept, bool *whole, int *along)
{
	const struct klips_selector **near = malloc((n + 1) * sizeof(*near));
	size_t i;

	*kept = 0;
	*whole = false;
	*along = 0;
	for (i = 0; near && i < n && !*whole; i++) {
		if (!selector_meets(sel, by[i]))
			continue;
		near[(*kept)++] = by[i];
		*whole = selector_contains(by[i], sel);
		if (by[i]->src_len > sel->src_len)
			*along = 1;
		else if (by[i]->dst_len > sel->dst_len && !*along)
			*along = 2;
	}
	return near;
}

/**
 * selector_covered() - do others together hold every packet of @sel?
 * @sel:	selector
 * @by:		the others
 * @n:		how many
 *
 * Looks at halves of addresses; protocols and ports that add up to all are not
 * noticed.
 */
bool selector_covered(const struct klips_selector *sel, const struct klips_selector *const *by,
		      size_t n)
{
	struct klips_selector lower = *sel, upper;
	const struct klips_selector **near;
	bool covered;
	size_t kept;
	int along;

	near = meeting(sel, by, n, &kept, &covered, &along);
	if (near && !covered && kept && along) {
		halve(&lower, &upper, along == 1);
		covered = selector_covered(&lower, near, kept) &&
			  selector_covered(&upper, near, kept);
	}
	free(near);
	return near && covered;
}
