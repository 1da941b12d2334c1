// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups in the eroute table: which entry wins for a packet.
 *
 * At each level the longest prefix is tried first; where it leads nowhere, the next
 * shorter one, and so on, back up through the levels.
 */
#include "klips/radix_node.h"

enum {
	AHEAD = 16,		/* shorter prefixes whose trees are fetched together */
	AHEAD_STEPS = 3,	/* and how far down each */
};

/**
 * struct trail - the choices that led to where a lookup is
 * @top:	the deepest level at which there was a choice, -1: none yet
 * @up:		for each level, the one before at which there was
 * @node:	for each level, its tree
 * @nominal:	for each level, nominal length of the prefix chosen
 */
struct trail {
	int top;
	int up[LEVELS];
	int nominal[LEVELS];
	const struct node *node[LEVELS];
};

/* Go down from @ref, taking the longest prefix everywhere, to an entry or a dead end. */
static inline void *go_down(struct trail *t, const struct key *key, void *ref)
{
	while (ref && !is_entry(ref)) {
		const struct node *n = ref;
		unsigned int level = n->level;

		t->up[level] = t->top;
		t->top = level;
		t->node[level] = n;
		ref = longest_prefix(n, key->bits[level], NO_LIMIT, &t->nominal[level]);
	}
	return ref;
}

/* Take the next shorter prefix, below @limit at the top, or else any further up. */
static void *next_choice(struct trail *t, const struct key *key, int limit)
{
	while (t->top >= 0) {
		int top = t->top;
		void *ref = longest_prefix(t->node[top], key->bits[top], max(limit, 0),
					   &t->nominal[top]);

		if (ref)
			return ref;
		if (t->nominal[top] < 0)
			t->top = t->up[top];
		if (t->top >= 0)
			limit = t->nominal[t->top];
	}
	return NULL;
}

/*
 * An entry did not match in a bit of a level: which choices led there in vain?
 * All entries below a choice agree in the levels between it and the next; and
 * prefixes on one way down contain each other, so those longer than the bit in
 * which one of them is left are left as well.
 *
 * Return: the nominal length below which to go on at the top of the trail.
 */
static int blame(struct trail *t, int level, unsigned int bit)
{
	while (t->top > level)
		t->top = t->up[t->top];
	if (t->top < 0)
		return 0;
	return t->top == level ? min(t->nominal[level], (int)bit + 1) : t->nominal[t->top];
}

/* What a node leads to, if only its first look at the key counts: for prefetching. */
static const void *peek(const void *ref, const struct key *key)
{
	const struct node *n = ref;
	unsigned int value;

	if (!ref || is_entry(ref))
		return NULL;
	value = chunk(key->bits[n->level], n->pos);
	if (!(n->map[0] >> value & 1))
		return NULL;
	ref = rcu_dereference_raw(n->slot[hweight64(n->map[0] & below(value))]);
	__builtin_prefetch(to_entry(ref));
	return ref;
}

/*
 * Many prefixes cover the packet and are tried in vain, one after the other.  Walk
 * the next ones in step, so that their cache misses overlap instead of adding up.
 */
static noinline void look_ahead(const struct trail *t, const struct key *key, int limit)
{
	const void *ref[AHEAD];
	unsigned int count = 0;
	unsigned int step, i;

	while (count < AHEAD) {
		ref[count] = longest_prefix(t->node[t->top], key->bits[t->top], limit, &limit);
		if (limit < 0)
			break;
		__builtin_prefetch(to_entry(ref[count++]));
	}
	for (step = 0; step < AHEAD_STEPS; step++)
		for (i = 0; i < count; i++)
			ref[i] = peek(ref[i], key);
}

static struct klips_radix_entry *search(const struct klips_radix *r,
					const struct klips_flow *flow,
					const struct klips_radix_entry *skip)
{
	void __rcu **root = root_of(r, flow->family);
	struct trail t = { .top = -1 };
	unsigned int vain = 0;
	struct key key;
	void *ref;

	if (!root)
		return NULL;
	set_flow_key(&key, flow);
	ref = rcu_dereference_raw(*root);
	while (ref) {
		struct klips_radix_entry *entry = NULL;
		enum level level = LEVELS;
		unsigned int bit = KEY_BITS;
		int limit;

		ref = go_down(&t, &key, ref);
		if (ref) {
			entry = to_entry(ref);
			level = first_mismatch(&entry->sel, flow, &bit);
			if (likely(level == LEVELS && entry != skip))
				return entry;
		}
		limit = blame(&t, level, bit);
		if (unlikely(++vain % AHEAD == 2 && limit > 0))
			look_ahead(&t, &key, limit);
		ref = next_choice(&t, &key, limit);
	}
	return NULL;
}

/*
 * A search that overlaps two updates might see the second and not the first: a
 * state that never was, in which a packet could slip past both entries.
 */
static struct klips_radix_entry *steady_search(const struct klips_radix *r,
					       const struct klips_flow *flow,
					       const struct klips_radix_entry *skip)
{
	int tries;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		unsigned long seq = READ_ONCE(r->seq);
		struct klips_radix_entry *entry;

		smp_rmb();	/* pairs with begin_update() */
		entry = search(r, flow, skip);
		smp_rmb();
		if (likely(READ_ONCE(r->seq) == seq))
			return entry;
	}
	return NULL;
}

struct klips_radix_entry *klips_radix_lookup(const struct klips_radix *r,
					     const struct klips_flow *flow)
{
	return steady_search(r, flow, NULL);
}

struct klips_radix_entry *klips_radix_second(const struct klips_radix *r,
					     const struct klips_flow *flow,
					     const struct klips_radix_entry *winner)
{
	return steady_search(r, flow, winner);
}
