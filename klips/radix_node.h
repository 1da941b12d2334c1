/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes of the eroute table's tree, and the steps that lookups, updates and listings
 * take on them.  What nodes are is said at the top of radix.c.
 */
#ifndef KLIPS_RADIX_NODE_H
#define KLIPS_RADIX_NODE_H

#include "klips/radix_key.h"

enum { STRIDE = 6, FANOUT = 1 << STRIDE };

enum {
	NO_LIMIT = 255,		/* longer than any prefix */
	MAX_TRIES = 64,		/* of a reader that updates keep overtaking */
};

/**
 * struct node - one branching of a level's tree
 * @map:	occupied places: [0] kids by value, [1] ends by heap number
 * @dead:	writer: the next replaced node; while a table is freed, the parent
 * @level:	whose key is looked at
 * @pos:	first bit looked at
 * @live:	writer: slots that are not NULL
 * @slot:	NULL, a node, or an entry with its lowest bit set; in order of place
 */
struct node {
	u64 map[2];
	struct node *dead;
	u8 level;
	u8 pos;
	u8 live;
	void __rcu *slot[];
};

/**
 * struct klips_radix - a table
 * @root:	the tree of IPv4, of IPv6: as a slot
 * @seq:	counts updates, so that a lookup notices them
 * @count:	entries
 * @bytes:	memory of the nodes in the tree, and of this
 * @dead:	replaced nodes for which no grace period has been asked yet
 * @dead_count:	their number
 */
struct klips_radix {
	void __rcu *root[2];
	unsigned long seq;
	unsigned long count;
	unsigned long bytes;
	struct node *dead;
	unsigned int dead_count;
};

static inline bool is_entry(const void *ref)
{
	return (unsigned long)ref & 1;
}

static inline void *from_entry(const struct klips_radix_entry *entry)
{
	return (void *)((unsigned long)entry | 1);
}

static inline struct klips_radix_entry *to_entry(const void *ref)
{
	return (struct klips_radix_entry *)((unsigned long)ref & ~1UL);
}

/* Is it a node of this level's tree? */
static inline bool is_inner(const void *ref, unsigned int level)
{
	return ref && !is_entry(ref) && ((const struct node *)ref)->level == level;
}

/* Slot of the tree for a family, or NULL for a family that has none. */
static inline void __rcu **root_of(const struct klips_radix *r, u8 family)
{
	struct klips_radix *table = (struct klips_radix *)r;

	if (family == AF_INET)
		return &table->root[0];
	return family == AF_INET6 ? &table->root[1] : NULL;
}

/*
 * Places in a node: a kid's value, or FANOUT plus the heap number of an end
 */

static inline u64 below(unsigned int bit)
{
	return BIT_ULL(bit) - 1;
}

/* The STRIDE bits of a level's key at @pos. */
static inline unsigned int chunk(const u64 *bits, unsigned int pos)
{
	if (pos + STRIDE <= 64)
		return bits[0] << pos >> (64 - STRIDE);
	if (pos >= 64)
		return bits[1] << (pos - 64) >> (64 - STRIDE);
	return (bits[0] << pos | bits[1] >> (64 - pos)) >> (64 - STRIDE);
}

/* Place of a prefix in a node at @pos; -1 if the prefix ends before. */
static inline int place_at(const struct key *key, unsigned int level, unsigned int pos)
{
	unsigned int value = chunk(key->bits[level], pos);
	int left = key->len[level] - pos;

	if (left < 0)
		return -1;
	if (left >= STRIDE)
		return value;
	return FANOUT + (1 << left) + (value >> (STRIDE - left));
}

static inline bool has_place(const struct node *n, int place)
{
	return place >= 0 && n->map[place / FANOUT] >> (place % FANOUT) & 1;
}

/* Where the slot of an occupied place is stored. */
static inline unsigned int index_of(const struct node *n, unsigned int place)
{
	unsigned int kids = place < FANOUT ? 0 : hweight64(n->map[0]);

	return kids + hweight64(n->map[place / FANOUT] & below(place % FANOUT));
}

static inline unsigned int slots_of(const struct node *n)
{
	return hweight64(n->map[0]) + hweight64(n->map[1]);
}

/* Heap numbers of the prefixes of @value shorter than @room. */
static inline u64 ends_over(unsigned int value, unsigned int room)
{
	u64 ends = BIT_ULL(1) | BIT_ULL(2 + (value >> 5)) | BIT_ULL(4 + (value >> 4)) |
		   BIT_ULL(8 + (value >> 3)) | BIT_ULL(16 + (value >> 2)) |
		   BIT_ULL(32 + (value >> 1));

	return room < STRIDE ? ends & below(1 << room) : ends;
}

/*
 * Longest prefix of @bits in the tree of one level, among those that are nominally
 * shorter than @limit.  The nominal length of an end is its own, that of a kid the
 * end of the bits its node looks at.  What is returned may turn out not to match in
 * bits that were left out.
 *
 * Return: what the prefix leads to, and in @nominal its length; -1 if there is none.
 * NULL with a length is a prefix that was just removed.
 */
static inline void *longest_prefix(const struct node *n, const u64 *bits, unsigned int limit,
				   int *nominal)
{
	const struct node *best = NULL;
	unsigned int level = n->level;
	u64 best_ends = 0;
	unsigned int end;

	while (n->pos < limit) {
		unsigned int value = chunk(bits, n->pos);
		u64 kids = n->map[0];
		void *ref;

		if (n->map[1]) {
			u64 ends = n->map[1] & ends_over(value, limit - n->pos);

			best = ends ? n : best;
			best_ends = ends ? ends : best_ends;
		}
		if (n->pos + STRIDE >= (int)limit || !(kids >> value & 1))
			break;
		ref = rcu_dereference_raw(n->slot[hweight64(kids & below(value))]);
		if (!is_inner(ref, level)) {
			*nominal = n->pos + STRIDE;
			return ref;
		}
		n = ref;
	}
	*nominal = -1;
	if (!best)
		return NULL;
	end = fls64(best_ends) - 1;
	*nominal = best->pos + fls64(end) - 1;
	return rcu_dereference_raw(best->slot[index_of(best, FANOUT + end)]);
}

/* Any entry below @ref; NULL only if there is none, or to a reader in a race. */
static inline struct klips_radix_entry *any_entry(void *ref)
{
	while (ref && !is_entry(ref)) {
		const struct node *n = ref;
		unsigned int i = 0;

		for (ref = NULL; !ref && i < slots_of(n); i++)
			ref = rcu_dereference_raw(n->slot[i]);
	}
	return ref ? to_entry(ref) : NULL;
}

#endif /* KLIPS_RADIX_NODE_H */
