// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eroute table in listing order.
 *
 * The order looks at all addresses before any prefix length, so at each level the
 * prefixes with one and the same value, of whatever length, are taken together.
 */
#include "klips/radix_node.h"

/* Go to the next shorter prefix whose value is exactly @bits; start with NO_LIMIT. */
static void *same_value(const struct node *n, const u64 *bits, int *limit)
{
	for (;;) {
		void *ref = longest_prefix(n, bits, *limit, limit);
		struct klips_radix_entry *entry = any_entry(ref);
		unsigned int bit;
		u64 value[2];

		if (*limit < 0)
			return NULL;
		if (!entry)
			continue;
		set_bits(value, &entry->sel, n->level);
		bit = first_diff(value, bits);
		if (bit == KEY_BITS)
			return ref;
		*limit = min(*limit, (int)bit + 1);
	}
}

/* The part of a node's bits with which the prefix of a heap number begins. */
static unsigned int end_start(unsigned int end)
{
	return (end << (STRIDE + 1 - fls64(end))) & (FANOUT - 1);
}

/* The slot of the end with the smallest value of @from or more, and that in @start. */
static void *first_end(const struct node *n, unsigned int from, unsigned int *start)
{
	void *best = NULL;
	u64 ends;

	for (ends = n->map[1]; ends; ends &= ends - 1) {
		unsigned int end = __ffs64(ends);
		void *ref = rcu_dereference_raw(n->slot[index_of(n, FANOUT + end)]);

		if (!ref || end_start(end) < from || (best && end_start(end) >= *start))
			continue;
		best = ref;
		*start = end_start(end);
	}
	return best;
}

/* The slot of a node with the smallest value from @from on, as part of the node's bits. */
static void *first_slot(const struct node *n, unsigned int from)
{
	unsigned int start = FANOUT;
	void *end = first_end(n, from, &start);
	unsigned int value;

	/* Where a kid and an end begin at one value, the end has only zeros behind. */
	for (value = from; value < start; value++) {
		void *ref = NULL;

		if (n->map[0] >> value & 1)
			ref = rcu_dereference_raw(n->slot[index_of(n, value)]);
		if (ref)
			return ref;
	}
	return end;
}

/* The smallest value of a level below a node, leaving out the slots before @from. */
static bool least_value(const struct node *n, unsigned int from, u64 *bits)
{
	unsigned int level = n->level;
	void *ref = first_slot(n, from);
	struct klips_radix_entry *entry;

	while (is_inner(ref, level))
		ref = first_slot(ref, 0);
	entry = any_entry(ref);
	if (entry)
		set_bits(bits, &entry->sel, level);
	return entry;
}

/* Step @bits to the next larger value of a level. */
static bool next_value(const struct node *n, u64 *bits)
{
	unsigned int level = n->level;
	const struct node *turn = NULL;
	unsigned int turn_from = 0;
	void *ref = (void *)n;

	while (ref) {
		struct klips_radix_entry *entry = any_entry(ref);
		unsigned int part;
		u64 value[2];

		if (!entry)
			break;
		set_bits(value, &entry->sel, level);
		n = ref;
		if (!is_inner(ref, level) || first_diff(value, bits) < n->pos) {
			if (compare_bits(value, bits) <= 0)
				break;
			if (is_inner(ref, level))
				return least_value(n, 0, bits);
			memcpy(bits, value, sizeof(value));
			return true;
		}
		part = chunk(bits, n->pos);
		if (first_slot(n, part + 1)) {
			turn = n;
			turn_from = part + 1;
		}
		ref = NULL;
		if (n->map[0] >> part & 1)
			ref = rcu_dereference_raw(n->slot[index_of(n, part)]);
	}
	return turn && least_value(turn, turn_from, bits);
}

static struct klips_radix_entry *lesser(struct klips_radix_entry *a, struct klips_radix_entry *b)
{
	if (!a || !b)
		return a ? a : b;
	return klips_selector_compare(&a->sel, &b->sel) < 0 ? a : b;
}

/*
 * What is all of @ref, a tree whose heavier levels hold one value each, to @after?
 *
 * Return: less than 0 if it is not behind, more than 0 if it is, 0 if it depends.
 */
static int is_behind(void *ref, unsigned int level, const struct key *after)
{
	struct klips_radix_entry *entry = any_entry(ref);
	struct key key;
	int cmp;

	if (!entry)
		return -1;
	if (!after)
		return 1;
	set_key(&key, &entry->sel);
	if (level < LEVELS)
		return compare_values(&key, after, level);
	cmp = compare_keys(&key, after);
	return cmp ? cmp : -1;
}

/* The first entry below @ref that comes after a key.  Recursion: one step a level. */
static struct klips_radix_entry *least(void *ref, const struct key *after)
{
	const struct node *n = ref;
	unsigned int level = is_entry(ref) || !ref ? LEVELS : n->level;
	int cmp = is_behind(ref, level, after);
	struct klips_radix_entry *best = NULL;
	u64 bits[2] = { 0, 0 };

	if (cmp < 0)
		return NULL;
	if (level == LEVELS)
		return to_entry(ref);
	if (cmp > 0)
		after = NULL;
	else
		memcpy(bits, after->bits[level], sizeof(bits));
	do {
		int limit = NO_LIMIT;

		while ((ref = same_value(n, bits, &limit)))
			best = lesser(best, least(ref, after));
		after = NULL;
	} while (!best && next_value(n, bits));
	return best;
}

static struct klips_radix_entry *next_entry(const struct klips_radix *r,
					    const struct klips_selector *after)
{
	struct klips_radix_entry *entry = NULL;
	struct key key;

	if (after)
		set_key(&key, after);
	if (!after || after->family == AF_INET)
		entry = least(rcu_dereference_raw(r->root[0]), after ? &key : NULL);
	if (entry)
		return entry;
	return least(rcu_dereference_raw(r->root[1]),
		     after && after->family == AF_INET6 ? &key : NULL);
}

struct klips_radix_entry *klips_radix_next(const struct klips_radix *r,
					   const struct klips_selector *after)
{
	struct klips_radix_entry *entry = NULL;
	int tries;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		unsigned long seq = READ_ONCE(r->seq);

		smp_rmb();	/* pairs with begin_update() */
		entry = next_entry(r, after);
		smp_rmb();
		if (READ_ONCE(r->seq) == seq)
			break;
	}
	return entry;
}
