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
 */#include "klips/radix_node.h"

enum {
	DEAD_BATCH = 32,	/* replaced nodes that wait for one grace period */
	FREE_BURST = 64,	/* steps of klips_radix_free() between rests */
};

/* Replaced nodes on their way out. */
struct batch {
	struct rcu_head rcu;
	struct node *first;
};

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

static bool is_canonical(const struct klips_selector *sel)
{
	struct klips_selector copy = *sel;

	return !klips_selector_canonical(&copy) && !memcmp(&copy, sel, sizeof(copy));
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
