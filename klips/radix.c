// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eroute table's search structure: a radix tree over five levels.
 *
 * Levels.  A selector is five prefixes in order of weight: source, destination,
 * protocol, source port, destination port; the last three are either complete or
 * empty.  Each level has its tree of prefixes; what a prefix leads to is the tree
 * of the next level in which its selectors differ at all, or, if only one selector
 * is left, the entry itself.  So a source with a single destination, or a pair
 * of prefixes with a single selector, costs nothing beyond its slot.
 *
 * Nodes.  A node looks at STRIDE bits of its level's key, starting at a multiple
 * of STRIDE.  It has a slot for each value of those bits that occurs (kids), and
 * one for each prefix that ends within them (ends), numbered as in a heap: the
 * empty one is 1, the one after n by a bit b is 2n + b.  Only occupied slots are
 * stored; two bitmaps say which.  Nodes with a single slot are left out, and bits
 * that are left out are not looked at on the way down: the entry at the bottom
 * shows whether they agree.  The shape depends on the set of entries alone.
 *
 * Updates.  Bitmaps never change.  A slot that exists is changed by one store;
 * to get another slot, a node is copied and the copy put in its place.  Removing
 * stores NULL, so it needs no memory: the node is copied without the empty slots
 * if that saves memory and succeeds.  A node in the tree has two or more slots
 * that are not NULL.
 */
#include "klips/radix.h"

enum { STRIDE = 6, FANOUT = 1 << STRIDE };

/* The parts of a selector, heaviest first. */
enum level { SRC, DST, PROTO, SPORT, DPORT, LEVELS };

enum {
	KEY_BITS = 128,
	PROTO_BITS = 8,
	PORT_BITS = 16,
	NO_LIMIT = 255,		/* longer than any prefix */
	DEAD_BATCH = 32,	/* replaced nodes that wait for one grace period */
	AHEAD = 16,		/* shorter prefixes whose trees are fetched together */
	AHEAD_STEPS = 3,	/* and how far down each */
	MAX_TRIES = 64,		/* of a lookup that updates keep overtaking */
	FREE_BURST = 64,	/* steps of klips_radix_free() between rests */
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

/* Replaced nodes on their way out. */
struct batch {
	struct rcu_head rcu;
	struct node *first;
};

/* A key of all levels, each flush left in 128 bits; lengths for selectors only. */
struct key {
	u64 bits[LEVELS][2];
	u8 len[LEVELS];
};

static bool is_entry(const void *ref)
{
	return (unsigned long)ref & 1;
}

static void *from_entry(const struct klips_radix_entry *entry)
{
	return (void *)((unsigned long)entry | 1);
}

static struct klips_radix_entry *to_entry(const void *ref)
{
	return (struct klips_radix_entry *)((unsigned long)ref & ~1UL);
}

/* Is it a node of this level's tree? */
static bool is_inner(const void *ref, unsigned int level)
{
	return ref && !is_entry(ref) && ((const struct node *)ref)->level == level;
}

/* Slot of the tree for a family, or NULL for a family that has none. */
static void __rcu **root_of(const struct klips_radix *r, u8 family)
{
	struct klips_radix *table = (struct klips_radix *)r;

	if (family == AF_INET)
		return &table->root[0];
	return family == AF_INET6 ? &table->root[1] : NULL;
}

/*
 * Selectors
 */

static void set_addr(u64 *bits, const union klips_radix_addr *addr)
{
	bits[0] = be64_to_cpu(addr->halves[0]);
	bits[1] = be64_to_cpu(addr->halves[1]);
}

static void set_word(u64 *bits, u32 value, unsigned int width)
{
	bits[0] = (u64)value << (64 - width);
	bits[1] = 0;
}

static void set_flow_key(struct key *key, const struct klips_flow *flow)
{
	set_addr(key->bits[SRC], &flow->src);
	set_addr(key->bits[DST], &flow->dst);
	set_word(key->bits[PROTO], flow->proto, PROTO_BITS);
	set_word(key->bits[SPORT], be16_to_cpu(flow->sport), PORT_BITS);
	set_word(key->bits[DPORT], be16_to_cpu(flow->dport), PORT_BITS);
}

/* One level's key of a selector. */
static void set_bits(u64 *bits, const struct klips_selector *sel, unsigned int level)
{
	switch (level) {
	case SRC:
		return set_addr(bits, &sel->src);
	case DST:
		return set_addr(bits, &sel->dst);
	case PROTO:
		return set_word(bits, sel->proto, PROTO_BITS);
	case SPORT:
		return set_word(bits, be16_to_cpu(sel->sport), PORT_BITS);
	default:
		return set_word(bits, be16_to_cpu(sel->dport), PORT_BITS);
	}
}

static void set_key(struct key *key, const struct klips_selector *sel)
{
	unsigned int level;

	for (level = 0; level < LEVELS; level++)
		set_bits(key->bits[level], sel, level);
	key->len[SRC] = sel->src_len;
	key->len[DST] = sel->dst_len;
	key->len[PROTO] = sel->proto ? PROTO_BITS : 0;
	key->len[SPORT] = sel->sport ? PORT_BITS : 0;
	key->len[DPORT] = sel->dport ? PORT_BITS : 0;
}

/* First bit in which two keys of a level differ, KEY_BITS if none. */
static unsigned int first_diff(const u64 *a, const u64 *b)
{
	if (a[0] != b[0])
		return 64 - fls64(a[0] ^ b[0]);
	return a[1] != b[1] ? KEY_BITS - fls64(a[1] ^ b[1]) : KEY_BITS;
}

static int compare_bits(const u64 *a, const u64 *b)
{
	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	if (a[1] != b[1])
		return a[1] < b[1] ? -1 : 1;
	return 0;
}

/* Do two selectors agree in the values of the levels before @upto, and who is less? */
static int compare_values(const struct key *a, const struct key *b, unsigned int upto)
{
	unsigned int level;
	int cmp = 0;

	for (level = 0; !cmp && level < upto; level++)
		cmp = compare_bits(a->bits[level], b->bits[level]);
	return cmp;
}

static int compare_keys(const struct key *a, const struct key *b)
{
	int cmp = compare_values(a, b, LEVELS);

	if (!cmp)
		cmp = b->len[SRC] - a->len[SRC];
	return cmp ? cmp : b->len[DST] - a->len[DST];
}

int klips_selector_compare(const struct klips_selector *a, const struct klips_selector *b)
{
	struct key ka, kb;

	if (a->family != b->family)
		return a->family == AF_INET ? -1 : 1;
	set_key(&ka, a);
	set_key(&kb, b);
	return compare_keys(&ka, &kb);
}

static u64 mask_half(u64 half, unsigned int len)
{
	return len ? half & ~0ULL << (64 - min(len, 64u)) : 0;
}

static void mask_addr(union klips_radix_addr *addr, unsigned int len)
{
	u64 bits[2];

	set_addr(bits, addr);
	addr->halves[0] = cpu_to_be64(mask_half(bits[0], len));
	addr->halves[1] = cpu_to_be64(mask_half(bits[1], len > 64 ? len - 64 : 0));
}

int klips_selector_canonical(struct klips_selector *sel)
{
	if (sel->family != AF_INET && sel->family != AF_INET6)
		return -EINVAL;
	if (max(sel->src_len, sel->dst_len) > klips_addr_bits(sel->family))
		return -EINVAL;
	mask_addr(&sel->src, sel->src_len);
	mask_addr(&sel->dst, sel->dst_len);
	return 0;
}

static bool is_canonical(const struct klips_selector *sel)
{
	struct klips_selector copy = *sel;

	return !klips_selector_canonical(&copy) && !memcmp(&copy, sel, sizeof(copy));
}

/* First bit in which an address leaves a prefix, KEY_BITS if it is inside. */
static inline unsigned int leaves_prefix(const union klips_radix_addr *prefix, unsigned int len,
					 const union klips_radix_addr *addr)
{
	__be64 x = prefix->halves[0] ^ addr->halves[0];
	unsigned int bit = 0;

	if (!x) {
		x = prefix->halves[1] ^ addr->halves[1];
		bit = 64;
	}
	if (!x)
		return KEY_BITS;
	bit += 64 - fls64(be64_to_cpu(x));
	return bit < len ? bit : KEY_BITS;
}

/* Heaviest level in which a packet is not what a selector wants, LEVELS if none. */
static inline enum level first_mismatch(const struct klips_selector *sel,
					const struct klips_flow *flow, unsigned int *bit)
{
	*bit = leaves_prefix(&sel->src, sel->src_len, &flow->src);
	if (*bit != KEY_BITS)
		return SRC;
	*bit = leaves_prefix(&sel->dst, sel->dst_len, &flow->dst);
	if (*bit != KEY_BITS)
		return DST;
	if (sel->proto && sel->proto != flow->proto)
		return PROTO;
	if (sel->sport && sel->sport != flow->sport)
		return SPORT;
	if (sel->dport && sel->dport != flow->dport)
		return DPORT;
	return LEVELS;
}

bool klips_selector_match(const struct klips_selector *sel, const struct klips_flow *flow)
{
	unsigned int bit;

	return sel->family == flow->family && first_mismatch(sel, flow, &bit) == LEVELS;
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
static int place_at(const struct key *key, unsigned int level, unsigned int pos)
{
	unsigned int value = chunk(key->bits[level], pos);
	int left = key->len[level] - pos;

	if (left < 0)
		return -1;
	if (left >= STRIDE)
		return value;
	return FANOUT + (1 << left) + (value >> (STRIDE - left));
}

static bool has_place(const struct node *n, int place)
{
	return place >= 0 && n->map[place / FANOUT] >> (place % FANOUT) & 1;
}

/* Where the slot of an occupied place is stored. */
static unsigned int index_of(const struct node *n, unsigned int place)
{
	unsigned int kids = place < FANOUT ? 0 : hweight64(n->map[0]);

	return kids + hweight64(n->map[place / FANOUT] & below(place % FANOUT));
}

static unsigned int slots_of(const struct node *n)
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
 * Lookup
 */

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

/*
 * Memory
 */

/* What the kernel's allocator makes of a node's size. */
static size_t alloc_size(unsigned int slots)
{
	size_t need = sizeof(struct node) + slots * sizeof(void *);
	size_t size = 64;

	while (size < need) {
		if (size + size / 2 >= need && size < 192)
			return size + size / 2;
		size *= 2;
	}
	return size;
}

static struct node *new_node(struct klips_radix *r, unsigned int level, unsigned int pos,
			     unsigned int slots, gfp_t gfp)
{
	struct node *n = kmalloc(alloc_size(slots), gfp);

	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->level = level;
	n->pos = pos;
	r->bytes += alloc_size(slots);
	return n;
}

static void free_dead(struct node *n)
{
	while (n) {
		struct node *next = n->dead;

		kfree(n);
		n = next;
	}
}

static void free_batch(struct rcu_head *rcu)
{
	struct batch *batch = container_of(rcu, struct batch, rcu);

	free_dead(batch->first);
	kfree(batch);
}

/* Send replaced nodes to a grace period; if memory is short they go with later ones. */
static void send_batch(struct klips_radix *r)
{
	struct batch *batch = kmalloc(sizeof(*batch), GFP_NOWAIT | __GFP_NOWARN);

	if (!batch)
		return;
	batch->first = r->dead;
	r->dead = NULL;
	r->dead_count = 0;
	call_rcu(&batch->rcu, free_batch);
}

/* A node is out of the tree; readers may still be inside. */
static void retire(struct klips_radix *r, struct node *n)
{
	r->bytes -= alloc_size(slots_of(n));
	n->dead = r->dead;
	r->dead = n;
	if (++r->dead_count >= DEAD_BATCH)
		send_batch(r);
}

struct klips_radix *klips_radix_new(void)
{
	struct klips_radix *r = kmalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->bytes = sizeof(*r);
	return r;
}

/* Free a tree without recursion: a node being emptied keeps its parent in ->dead. */
static void free_tree(void *ref, void (*free_entry)(struct klips_radix_entry *))
{
	struct node *n = NULL;
	unsigned int steps = 0;

	for (;;) {
		if (ref && !is_entry(ref)) {
			struct node *kid = ref;

			kid->dead = n;
			kid->live = 0;
			n = kid;
		} else if (ref && free_entry) {
			free_entry(to_entry(ref));
		}
		while (n && n->live == slots_of(n)) {
			struct node *parent = n->dead;

			kfree(n);
			n = parent;
		}
		if (!n)
			return;
		ref = rcu_dereference_raw(n->slot[n->live++]);
		if (++steps % FREE_BURST == 0)
			cond_resched();
	}
}

void klips_radix_free(struct klips_radix *r, void (*free_entry)(struct klips_radix_entry *))
{
	if (!r)
		return;
	free_tree(rcu_dereference_raw(r->root[0]), free_entry);
	free_tree(rcu_dereference_raw(r->root[1]), free_entry);
	free_dead(r->dead);
	kfree(r);
}

unsigned long klips_radix_count(const struct klips_radix *r)
{
	return READ_ONCE(r->count);
}

unsigned long klips_radix_bytes(const struct klips_radix *r)
{
	return READ_ONCE(r->bytes);
}

/*
 * Updates
 */

/* Tell lookups that the table is about to change; earlier changes are seen first. */
static void begin_update(struct klips_radix *r)
{
	smp_wmb();	/* pairs with steady_search() */
	WRITE_ONCE(r->seq, r->seq + 1);
	smp_wmb();
}

/**
 * struct spot - where something is in the tree
 * @ref:	what was found, NULL: nothing
 * @slot:	the slot it was found in; NULL if there is none for it
 * @node:	the node that @slot is part of, NULL if it is a root
 * @up:		the slot that @node hangs from
 */
struct spot {
	void *ref;
	void __rcu **slot;
	struct node *node;
	void __rcu **up;
};

/* Go down as @key says to the first thing that is at or below (@level, @pos). */
static struct spot walk(void __rcu **root, const struct key *key, unsigned int level,
			unsigned int pos)
{
	struct spot spot = { .slot = root };

	while (spot.slot) {
		struct node *n = spot.ref = rcu_dereference_raw(*spot.slot);
		int place;

		if (!n || is_entry(n) || n->level > level || (n->level == level && n->pos >= pos))
			break;
		place = place_at(key, n->level, n->pos);
		spot.up = spot.slot;
		spot.node = n;
		spot.slot = has_place(n, place) ? &n->slot[index_of(n, place)] : NULL;
		spot.ref = NULL;
	}
	return spot;
}

/* The spot of the entry with exactly this selector; .ref is NULL if there is none. */
static struct spot find_spot(const struct klips_radix *r, const struct klips_selector *sel)
{
	void __rcu **root = root_of(r, sel->family);
	struct spot spot = { .ref = NULL };
	struct key key;

	if (!root)
		return spot;
	set_key(&key, sel);
	spot = walk(root, &key, LEVELS, 0);
	if (spot.ref && memcmp(&to_entry(spot.ref)->sel, sel, sizeof(*sel)))
		spot.ref = NULL;
	return spot;
}

struct klips_radix_entry *klips_radix_find(const struct klips_radix *r,
					   const struct klips_selector *sel)
{
	void *ref = find_spot(r, sel).ref;

	return ref ? to_entry(ref) : NULL;
}

/* Any entry below @ref; NULL only if there is none, or to a reader in a race. */
static struct klips_radix_entry *any_entry(void *ref)
{
	while (ref && !is_entry(ref)) {
		const struct node *n = ref;
		unsigned int i = 0;

		for (ref = NULL; !ref && i < slots_of(n); i++)
			ref = rcu_dereference_raw(n->slot[i]);
	}
	return ref ? to_entry(ref) : NULL;
}

/* An entry of those that agree with @key the longest. */
static struct klips_radix_entry *closest_entry(void *ref, const struct key *key)
{
	while (ref && !is_entry(ref)) {
		const struct node *n = ref;
		int place = place_at(key, n->level, n->pos);

		ref = NULL;
		if (has_place(n, place))
			ref = rcu_dereference_raw(n->slot[index_of(n, place)]);
		if (!ref)
			return any_entry((void *)n);
	}
	return ref ? to_entry(ref) : NULL;
}

/* First level and bit in which two selectors part; LEVELS if they are equal. */
static unsigned int parting(const struct key *a, const struct key *b, unsigned int *bit)
{
	unsigned int level;

	for (level = 0; level < LEVELS; level++) {
		unsigned int shorter = min(a->len[level], b->len[level]);

		*bit = min(first_diff(a->bits[level], b->bits[level]), shorter);
		if (*bit < shorter || a->len[level] != b->len[level])
			break;
	}
	return level;
}

/* Store @ref at a place that a fresh node has not got yet; places come in order. */
static void append(struct node *n, unsigned int place, void *ref)
{
	n->map[place / FANOUT] |= BIT_ULL(place % FANOUT);
	RCU_INIT_POINTER(n->slot[n->live++], ref);
}

/*
 * A copy of @old without its empty slots and, unless @place is negative, with @ref at
 * that place, which must not be one of them.
 */
static struct node *copy_node(struct klips_radix *r, const struct node *old, int place,
			      void *ref, gfp_t gfp)
{
	struct node *n = new_node(r, old->level, old->pos, old->live + (place >= 0), gfp);
	unsigned int from = 0;
	unsigned int at;

	if (!n)
		return NULL;
	for (at = 0; at < 2 * FANOUT; at++) {
		u64 rest = old->map[at / FANOUT] >> (at % FANOUT);
		void *here = NULL;

		if (rest & 1)
			here = rcu_dereference_raw(old->slot[from++]);
		if ((int)at == place)
			here = ref;
		if (here)
			append(n, at, here);
	}
	return n;
}

/* Add a slot with @ref to the node that @slot holds: in place, or in a copy. */
static int add_slot(struct klips_radix *r, void __rcu **slot, int place, void *ref, gfp_t gfp)
{
	struct node *old = rcu_dereference_raw(*slot);
	struct node *n;

	if (has_place(old, place)) {
		begin_update(r);
		old->live++;
		rcu_assign_pointer(old->slot[index_of(old, place)], ref);
		return 0;
	}
	n = copy_node(r, old, place, ref, gfp);
	if (!n)
		return -ENOMEM;
	begin_update(r);
	rcu_assign_pointer(*slot, (void *)n);
	retire(r, old);
	return 0;
}

/* A branching at @slot: what it held stays at @old_place, @ref goes to @place. */
static int add_node(struct klips_radix *r, void __rcu **slot, struct node *n, int old_place,
		    int place, void *ref)
{
	void *old = rcu_dereference_raw(*slot);

	if (!n)
		return -ENOMEM;
	append(n, min(place, old_place), place < old_place ? ref : old);
	append(n, max(place, old_place), place < old_place ? old : ref);
	begin_update(r);
	rcu_assign_pointer(*slot, (void *)n);
	return 0;
}

/* Hang @ref into a tree that is not empty and has @near as its closest entry. */
static int hang(struct klips_radix *r, void __rcu **root, const struct key *key,
		const struct key *near, void *ref, gfp_t gfp)
{
	unsigned int bit, level, pos;
	struct spot spot;
	struct node *n;
	int place;

	level = parting(key, near, &bit);
	if (level == LEVELS)
		return -EEXIST;
	pos = bit - bit % STRIDE;
	place = place_at(key, level, pos);
	spot = walk(root, key, level, pos);
	n = spot.ref;
	if (!is_entry(n) && n->level == level && n->pos == pos)
		return add_slot(r, spot.slot, place, ref, gfp);
	return add_node(r, spot.slot, new_node(r, level, pos, 2, gfp),
			place_at(near, level, pos), place, ref);
}

int klips_radix_insert(struct klips_radix *r, struct klips_radix_entry *entry, gfp_t gfp)
{
	void __rcu **root = root_of(r, entry->sel.family);
	struct klips_radix_entry *near;
	struct key key, near_key;
	int err = 0;

	if (!root || !is_canonical(&entry->sel))
		return -EINVAL;
	set_key(&key, &entry->sel);
	near = closest_entry(rcu_dereference_raw(*root), &key);
	if (near) {
		set_key(&near_key, &near->sel);
		err = hang(r, root, &key, &near_key, from_entry(entry), gfp);
	} else {
		begin_update(r);
		rcu_assign_pointer(*root, from_entry(entry));
	}
	if (!err)
		WRITE_ONCE(r->count, r->count + 1);
	return err;
}

int klips_radix_replace(struct klips_radix *r, struct klips_radix_entry *old,
			struct klips_radix_entry *new)
{
	struct spot spot = find_spot(r, &old->sel);

	if (spot.ref != from_entry(old))
		return -ENOENT;
	if (memcmp(&old->sel, &new->sel, sizeof(old->sel)))
		return -EINVAL;
	begin_update(r);
	rcu_assign_pointer(*spot.slot, from_entry(new));
	return 0;
}

/* A slot of the node at @up became empty: leave the node out, or make it smaller. */
static void tidy(struct klips_radix *r, struct node *n, void __rcu **up)
{
	struct node *copy;
	unsigned int i;

	if (n->live == 1) {
		for (i = 0; !rcu_dereference_raw(n->slot[i]); i++)
			;
		rcu_assign_pointer(*up, rcu_dereference_raw(n->slot[i]));
		retire(r, n);
		return;
	}
	if (alloc_size(n->live) == alloc_size(slots_of(n)))
		return;
	copy = copy_node(r, n, -1, NULL, GFP_NOWAIT | __GFP_NOWARN);
	if (!copy)
		return;
	rcu_assign_pointer(*up, (void *)copy);
	retire(r, n);
}

int klips_radix_remove(struct klips_radix *r, struct klips_radix_entry *entry)
{
	struct spot spot = find_spot(r, &entry->sel);

	if (spot.ref != from_entry(entry))
		return -ENOENT;
	begin_update(r);
	RCU_INIT_POINTER(*spot.slot, NULL);
	WRITE_ONCE(r->count, r->count - 1);
	if (spot.node) {
		spot.node->live--;
		tidy(r, spot.node, spot.up);
	}
	return 0;
}

/*
 * Listing
 *
 * The order looks at all addresses before any prefix length, so at each level the
 * prefixes with one and the same value, of whatever length, are taken together.
 */

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
