// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The eroute table against its naive twin, over random tables of several shapes.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include "klips/radix.h"
#include "tests/unit/radix_naive.h"
#include "tests/unit/rand.h"
#include "tests/unit/suites.h"

/**
 * struct shape - how random selectors of a table look
 * @name:	for messages
 * @v6:		per cent of selectors that are IPv6
 * @spread:	lowest address bytes that vary; the others come from a handful of values
 * @values:	different values of a varying byte
 * @full:	per cent of prefixes that are hosts
 * @protos:	per cent of selectors with a protocol, likewise of each port
 * @ports:	different ports
 * @most:	entries, at most
 */
struct shape {
	const char *name;
	u8 v6, spread;
	u16 values;
	u8 full, protos;
	u16 ports;
	u16 most;
};

static const struct shape shapes[] = {
	{ "nested",	 0,   4,  2,   5,  0,     1, 300 },
	{ "crossing",	 0,   2,  4,   0, 10,     3, 300 },
	{ "hosts",	 0,   2, 16, 100,  0,     1, 600 },
	{ "wide",	 0,   4, 256, 50,  0,     1, 600 },
	{ "ports",	 0,   1,  1,  90, 70, 65535, 600 },
	{ "few ports",	 0,   1,  2,  60, 50,     4, 300 },
	{ "ipv6",	 100, 16, 2,  20, 10,     3, 300 },
	{ "ipv6 low",	 100, 4,  3,  50, 10,     3, 300 },
	{ "both",	 50,  3,  3,  30, 30,     9, 300 },
	{ "degenerate",	 50,  16, 1,  10, 50,     2, 120 },
};

enum {
	LOOKUPS = 1200000 / ARRAY_SIZE(shapes),	/* of each shape */
	LOOKUPS_A_STEP = 8,
};

static void random_addr(struct unit_rand *rand, const struct shape *shape, u16 family,
			union klips_radix_addr *addr)
{
	unsigned int bytes = klips_addr_bits(family) / 8;
	unsigned int i;

	memset(addr, 0, sizeof(*addr));
	for (i = 0; i < bytes; i++) {
		if (i + shape->spread >= bytes)
			addr->bytes[i] = unit_below(rand, shape->values) * (255 / shape->values);
		else
			addr->bytes[i] = 10 + (unit_below(rand, 50) == 0);
	}
	if (shape->values == 1 && unit_below(rand, 2))
		memset(addr, 0xff, bytes);
}

static __be16 random_port(struct unit_rand *rand, const struct shape *shape)
{
	return unit_below(rand, 100) < shape->protos ? htons(1 + unit_below(rand, shape->ports)) : 0;
}

static struct klips_selector random_selector(struct unit_rand *rand, const struct shape *shape)
{
	struct klips_selector sel = { 0 };
	unsigned int bits;

	sel.family = unit_below(rand, 100) < shape->v6 ? AF_INET6 : AF_INET;
	bits = klips_addr_bits(sel.family);
	random_addr(rand, shape, sel.family, &sel.src);
	random_addr(rand, shape, sel.family, &sel.dst);
	sel.src_len = unit_below(rand, 100) < shape->full ? bits : unit_below(rand, bits + 1);
	sel.dst_len = unit_below(rand, 100) < shape->full ? bits : unit_below(rand, bits + 1);
	if (unit_below(rand, 100) < shape->protos)
		sel.proto = unit_below(rand, 2) ? 6 : 1 + unit_below(rand, 255);
	sel.sport = random_port(rand, shape);
	sel.dport = random_port(rand, shape);
	HOLDS(klips_selector_canonical(&sel) == 0);
	return sel;
}

/* Fill the bits that a prefix leaves open, and sometimes spoil one bit inside it. */
static void random_host(struct unit_rand *rand, union klips_radix_addr *addr, unsigned int len,
			unsigned int bits)
{
	unsigned int i;

	for (i = len; i < bits; i++)
		addr->bytes[i / 8] |= (unit_below(rand, 4) ? 0 : 0x80) >> i % 8;
	if (unit_below(rand, 8) == 0) {
		i = unit_below(rand, bits);
		addr->bytes[i / 8] ^= 0x80 >> i % 8;
	}
}

/* A packet near an entry of the list, or anywhere. */
static struct klips_flow random_flow(struct unit_rand *rand, const struct shape *shape,
				     const struct naive *list)
{
	struct klips_selector sel = random_selector(rand, shape);
	struct klips_flow flow = { 0 };
	unsigned int bits;

	if (list->count && unit_below(rand, 4))
		sel = list->entry[unit_below(rand, list->count)]->sel;
	bits = klips_addr_bits(sel.family);
	random_host(rand, &sel.src, sel.src_len, bits);
	random_host(rand, &sel.dst, sel.dst_len, bits);
	flow.family = sel.family;
	flow.src = sel.src;
	flow.dst = sel.dst;
	flow.proto = sel.proto && unit_below(rand, 10) ? sel.proto : 6;
	flow.sport = sel.sport && unit_below(rand, 10) ? sel.sport : random_port(rand, shape);
	flow.dport = sel.dport && unit_below(rand, 10) ? sel.dport : random_port(rand, shape);
	return flow;
}

static struct klips_radix_entry *new_entry(const struct klips_selector *sel)
{
	struct klips_radix_entry *entry = malloc(sizeof(*entry));

	entry->sel = *sel;
	return entry;
}

static void free_entry(struct klips_radix_entry *entry)
{
	free(entry);
}

/* A table, its twin, and what shapes them. */
struct pair {
	const struct shape *shape;
	struct unit_rand rand;
	struct klips_radix *radix;
	struct naive list;
	struct naive gone;	/* removed, but readers may still look */
};

static struct pair *pair_new(int shape, u64 seed)
{
	struct pair *p = calloc(1, sizeof(*p));

	p->shape = &shapes[shape];
	p->rand = unit_rand(seed);
	p->radix = klips_radix_new();
	printf("shape %s\n", p->shape->name);
	return p;
}

static void pair_grace_period(struct pair *p)
{
	unit_grace_period();
	while (p->gone.count)
		free(p->gone.entry[--p->gone.count]);
}

static void pair_free(struct pair *p)
{
	klips_radix_free(p->radix, free_entry);
	pair_grace_period(p);
	HOLDS(unit_allocs_live == 0);
	free(p);
}

static void pair_insert(struct pair *p, const struct klips_selector *sel)
{
	bool present = naive_find(&p->list, sel) >= 0;
	struct klips_radix_entry *entry = new_entry(sel);

	if (present) {
		HOLDS(klips_radix_insert(p->radix, entry, GFP_KERNEL) == -EEXIST);
		free(entry);
		return;
	}
	HOLDS(klips_radix_insert(p->radix, entry, GFP_KERNEL) == 0);
	p->list.entry[p->list.count++] = entry;
}

static void pair_remove(struct pair *p, int at)
{
	struct klips_radix_entry *entry = p->list.entry[at];

	HOLDS(klips_radix_remove(p->radix, entry) == 0);
	HOLDS(klips_radix_remove(p->radix, entry) == -ENOENT);
	naive_remove(&p->list, at);
	p->gone.entry[p->gone.count++] = entry;
}

static void pair_replace(struct pair *p, int at)
{
	struct klips_radix_entry *old = p->list.entry[at];
	struct klips_radix_entry *new = new_entry(&old->sel);

	HOLDS(klips_radix_replace(p->radix, old, new) == 0);
	HOLDS(klips_radix_replace(p->radix, old, new) == -ENOENT);
	p->list.entry[at] = new;
	p->gone.entry[p->gone.count++] = old;
}

static void pair_step(struct pair *p, bool growing)
{
	struct klips_selector sel = random_selector(&p->rand, p->shape);
	u32 kind = unit_below(&p->rand, 10);

	if (p->list.count && kind == 0)
		pair_replace(p, unit_below(&p->rand, p->list.count));
	else if (p->list.count && kind < (growing ? 3 : 7))
		pair_remove(p, unit_below(&p->rand, p->list.count));
	else
		pair_insert(p, &sel);
	HOLDS(klips_radix_count(p->radix) == p->list.count);
}

static struct klips_radix_entry *listed(const struct naive *list, int at)
{
	return at < 0 ? NULL : list->entry[at];
}

static void pair_lookup(struct pair *p)
{
	struct klips_flow flow = random_flow(&p->rand, p->shape, &p->list);
	struct klips_radix_entry *first = listed(&p->list, naive_lookup(&p->list, &flow, NULL));
	struct klips_radix_entry *second;

	HOLDS(klips_radix_lookup(p->radix, &flow) == first);
	if (!first)
		return;
	HOLDS(klips_selector_match(&first->sel, &flow));
	second = listed(&p->list, naive_lookup(&p->list, &flow, first));
	HOLDS(klips_radix_second(p->radix, &flow, first) == second);
}

START_TEST(lookups_agree_with_the_twin)
{
	struct pair *p = pair_new(_i, _i);
	bool growing = true;
	int done;

	for (done = 0; done < LOOKUPS; done += LOOKUPS_A_STEP) {
		int i;

		pair_step(p, growing);
		if (unit_below(&p->rand, 16) == 0)
			pair_grace_period(p);
		if (p->list.count >= p->shape->most)
			growing = false;
		if (!p->list.count)
			growing = true;
		for (i = 0; i < LOOKUPS_A_STEP; i++)
			pair_lookup(p);
	}
	pair_free(p);
}
END_TEST

/* A lookup, updates in its midst, and what would be right at each moment of it. */
struct overlap {
	struct pair *pair;
	struct klips_flow flow;
	struct klips_radix_entry *right[4];
	int count;
};

static void overlap_note(struct overlap *o)
{
	const struct naive *list = &o->pair->list;

	o->right[o->count++] = listed(list, naive_lookup(list, &o->flow, NULL));
}

static void overlap_update(void *arg)
{
	struct overlap *o = arg;
	int updates = 1 + unit_below(&o->pair->rand, ARRAY_SIZE(o->right) - 1);

	while (updates--) {
		pair_step(o->pair, o->pair->list.count < o->pair->shape->most / 2);
		overlap_note(o);
	}
}

/* No node is freed under a reader, and no answer is one that never was right. */
START_TEST(updates_in_the_midst_of_lookups)
{
	struct pair *p = pair_new(_i, 700 + _i);
	int i;

	for (i = 0; i < 20000; i++) {
		struct overlap o = { .pair = p, .flow = random_flow(&p->rand, p->shape, &p->list) };
		struct klips_radix_entry *entry;
		bool right = false;

		overlap_note(&o);
		unit_interrupt(unit_below(&p->rand, 12), overlap_update, &o);
		entry = klips_radix_lookup(p->radix, &o.flow);
		unit_interrupt(0, NULL, NULL);
		while (o.count)
			right |= entry == o.right[--o.count];
		HOLDS(right);
		pair_grace_period(p);
	}
	pair_free(p);
}
END_TEST

static void fill(struct pair *p, size_t count)
{
	int i;

	for (i = 0; i < 20 * (int)count && p->list.count < count; i++)
		pair_step(p, true);
	pair_grace_period(p);
}

static void check_walk(struct pair *p)
{
	const struct klips_selector *after = NULL;
	size_t i;

	for (i = 0; i < p->list.count; i++) {
		struct klips_radix_entry *entry = klips_radix_next(p->radix, after);

		HOLDS(entry == p->list.entry[i]);
		after = &entry->sel;
	}
	HOLDS(!klips_radix_next(p->radix, after));
}

static void check_cursor(struct pair *p)
{
	struct klips_selector sel = random_selector(&p->rand, p->shape);
	size_t i = 0;

	while (i < p->list.count && naive_compare(&p->list.entry[i]->sel, &sel) <= 0)
		i++;
	HOLDS(klips_radix_next(p->radix, &sel) == listed(&p->list, i < p->list.count ? (int)i : -1));
}

START_TEST(listing_is_the_sorted_twin)
{
	struct pair *p = pair_new(_i, 100 + _i);
	int round, i;

	check_walk(p);
	for (round = 0; round < 12; round++) {
		fill(p, 1 + round * p->shape->most / 12);
		for (i = 0; i < 10; i++)
			pair_step(p, false);
		naive_sort(&p->list);
		check_walk(p);
		for (i = 0; i < 300; i++)
			check_cursor(p);
	}
	pair_free(p);
}
END_TEST

START_TEST(comparison_is_the_twins)
{
	struct pair *p = pair_new(_i, 200 + _i);
	int i;

	for (i = 0; i < 5000; i++) {
		struct klips_selector a = random_selector(&p->rand, p->shape);
		struct klips_selector b = random_selector(&p->rand, p->shape);
		int want = naive_compare(&a, &b);
		int have = klips_selector_compare(&a, &b);

		HOLDS((have > 0) == (want > 0) && (have < 0) == (want < 0));
		HOLDS(klips_selector_compare(&a, &a) == 0);
	}
	pair_free(p);
}
END_TEST

/* With memory running out anywhere: an insertion fails cleanly, a removal never. */
START_TEST(memory_may_run_out)
{
	struct pair *p = pair_new(_i, 300 + _i);
	int i, j;

	for (i = 0; i < 4000; i++) {
		struct klips_selector sel = random_selector(&p->rand, p->shape);
		struct klips_radix_entry *entry = new_entry(&sel);
		unsigned long bytes = klips_radix_bytes(p->radix);
		int err;

		unit_allocs_left = unit_below(&p->rand, 3) ? 0 : 1;
		if (p->list.count && unit_below(&p->rand, 3) == 0)
			pair_remove(p, unit_below(&p->rand, p->list.count));
		bytes = klips_radix_bytes(p->radix);
		err = klips_radix_insert(p->radix, entry, GFP_ATOMIC);
		unit_allocs_left = -1;
		if (!err)
			p->list.entry[p->list.count++] = entry;
		else
			free(entry);
		if (err)
			HOLDS(klips_radix_bytes(p->radix) == bytes);
		HOLDS(!err || err == -ENOMEM || naive_find(&p->list, &sel) >= 0);
		if (i % 2 && p->list.count < p->shape->most)
			pair_step(p, true);
		for (j = 0; j < 3; j++)
			pair_lookup(p);
		if (i % 16 == 0)
			pair_grace_period(p);
	}
	naive_sort(&p->list);
	check_walk(p);
	pair_free(p);
}
END_TEST

START_TEST(an_emptied_table_keeps_nothing)
{
	struct pair *p = pair_new(_i, 400 + _i);
	unsigned long bytes = klips_radix_bytes(p->radix);
	int round;

	for (round = 0; round < 3; round++) {
		fill(p, p->shape->most);
		ck_assert_uint_gt(klips_radix_bytes(p->radix), bytes);
		while (p->list.count) {
			pair_remove(p, unit_below(&p->rand, p->list.count));
			pair_lookup(p);
		}
		pair_grace_period(p);
		HOLDS(klips_radix_bytes(p->radix) == bytes);
		HOLDS(klips_radix_count(p->radix) == 0);
		HOLDS(!klips_radix_next(p->radix, NULL));
	}
	pair_free(p);
}
END_TEST

/* The shape depends on the set of entries alone: so does the memory. */
START_TEST(order_of_insertion_does_not_matter)
{
	struct pair *p = pair_new(_i, 500 + _i);
	struct klips_radix *other = klips_radix_new();
	size_t i;

	fill(p, p->shape->most);
	naive_sort(&p->list);
	for (i = p->list.count; i-- > 0; )
		HOLDS(klips_radix_insert(other, p->list.entry[i], GFP_KERNEL) == 0);
	HOLDS(klips_radix_count(other) == p->list.count);
	for (i = 0; i < 2000; i++) {
		struct klips_flow flow = random_flow(&p->rand, p->shape, &p->list);

		HOLDS(klips_radix_lookup(p->radix, &flow) == klips_radix_lookup(other, &flow));
	}
	klips_radix_free(other, NULL);
	pair_free(p);
}
END_TEST

/*
 * Selectors in words: "src dst proto sport dport", the last three optional.
 */

static void parse_prefix(const char *text, u8 family, union klips_radix_addr *addr, u8 *len)
{
	char host[64];
	unsigned int bits = klips_addr_bits(family);

	ck_assert_int_ge(sscanf(text, "%63[^/]/%u", host, &bits), 1);
	ck_assert_int_eq(inet_pton(family, host, addr->bytes), 1);
	*len = bits;
}

static struct klips_selector selector(const char *text)
{
	char src[64], dst[64];
	unsigned int proto = 0, sport = 0, dport = 0;
	struct klips_selector sel = { 0 };

	ck_assert_int_ge(sscanf(text, "%63s %63s %u %u %u", src, dst, &proto, &sport, &dport), 2);
	sel.family = strchr(src, ':') ? AF_INET6 : AF_INET;
	parse_prefix(src, sel.family, &sel.src, &sel.src_len);
	parse_prefix(dst, sel.family, &sel.dst, &sel.dst_len);
	sel.proto = proto;
	sel.sport = htons(sport);
	sel.dport = htons(dport);
	return sel;
}

static struct klips_flow packet(const char *text)
{
	struct klips_selector sel = selector(text);
	struct klips_flow flow = { 0 };

	flow.family = sel.family;
	flow.proto = sel.proto;
	flow.sport = sel.sport;
	flow.dport = sel.dport;
	flow.src = sel.src;
	flow.dst = sel.dst;
	return flow;
}

/* Tables, a packet, and the number of the entry that wins; -1: none. */
static const struct {
	const char *table[5];
	const char *packet;
	int winner;
} examples[] = {
#define NESTED { "10.0.0.0/8 0.0.0.0/0", "10.1.0.0/16 192.168.0.0/16", \
		 "10.1.1.1 192.168.1.1", "0.0.0.0/0 0.0.0.0/0" }
	{ NESTED, "10.1.1.1 192.168.1.1", 2 },
	{ NESTED, "10.1.1.1 192.168.1.2", 1 },
	{ NESTED, "10.1.1.1 172.16.0.1", 0 },
	{ NESTED, "11.0.0.1 172.16.0.1", 3 },
#define TRAP { "192.0.2.0/24 192.0.1.0/24", "192.0.2.1 192.0.1.1" }
	{ TRAP, "192.0.2.1 192.0.1.1", 1 },
	{ TRAP, "192.0.2.2 192.0.1.1", 0 },
#define PORTS { "10.1.0.0/16 10.2.0.0/16", "10.1.0.0/16 10.2.0.0/16 6", \
		"10.1.0.0/16 10.2.0.0/16 6 0 80", "10.1.0.0/16 10.2.0.0/16 6 80 0" }
	{ PORTS, "10.1.0.1 10.2.0.1 6 999 80", 2 },
	{ PORTS, "10.1.0.1 10.2.0.1 6 80 99", 3 },
	{ PORTS, "10.1.0.1 10.2.0.1 6 80 80", 3 },
	{ PORTS, "10.1.0.1 10.2.0.1 6 5 99", 1 },
	{ PORTS, "10.1.0.1 10.2.0.1 17 5 80", 0 },
	{ PORTS, "10.1.0.1 10.2.0.1 1", 0 },
#define HOST { "10.0.0.0/8 0.0.0.0/0 6 0 80", "10.1.1.1 192.168.1.1" }
	{ HOST, "10.1.1.1 192.168.1.1 6 0 80", 1 },
	{ HOST, "10.1.1.2 192.168.1.1 6 0 80", 0 },
	{ HOST, "10.1.1.2 192.168.1.1 6 0 81", -1 },
#define CROSS { "10.1.0.0/16 0.0.0.0/0", "0.0.0.0/0 192.168.1.0/24", "10.1.2.0/24 1.1.1.1" }
	{ CROSS, "10.1.2.3 192.168.1.9", 0 },
	{ { "10.0.0.0/16 0.0.0.0/0", "10.0.0.0/8 192.168.1.0/24" }, "10.0.5.6 192.168.1.4", 0 },
	{ { "0.0.0.0/0 0.0.0.0/0", "192.168.0.0/24 0.0.0.0/0" }, "192.168.0.5 1.2.3.4", 1 },
	{ { "::/0 ::/0", "2001:db8::/32 ::/0", "2001:db8::1 2001:db8::2 58" },
	  "2001:db8::1 2001:db8::2 6 1 1", 1 },
	{ { "::/0 ::/0", "2001:db8::/32 ::/0", "2001:db8::1 2001:db8::2 58" },
	  "2001:db8::1 2001:db8::2 58", 2 },
	{ { "0.0.0.0/0 0.0.0.0/0" }, "::1 ::1", -1 },
	{ { "0.0.0.0/0 0.0.0.0/0 0 7 0", "0.0.0.0/0 0.0.0.0/0 0 0 7" }, "1.1.1.1 2.2.2.2 6 7 7", 0 },
	{ { NULL }, "1.1.1.1 2.2.2.2", -1 },
};

START_TEST(worked_examples)
{
	struct klips_flow flow = packet(examples[_i].packet);
	struct klips_radix *r = klips_radix_new();
	struct klips_radix_entry *entry[5];
	struct klips_radix_entry *winner;
	int i;

	for (i = 0; examples[_i].table[i]; i++) {
		struct klips_selector sel = selector(examples[_i].table[i]);

		entry[i] = new_entry(&sel);
		ck_assert_int_eq(klips_radix_insert(r, entry[i], GFP_KERNEL), 0);
	}
	winner = examples[_i].winner < 0 ? NULL : entry[examples[_i].winner];
	ck_assert_ptr_eq(klips_radix_lookup(r, &flow), winner);
	klips_radix_free(r, free_entry);
}
END_TEST

START_TEST(bad_selectors_are_refused)
{
	static const char *const texts[] = {
		"10.0.0.1/8 0.0.0.0/0", "0.0.0.0/0 10.0.0.1/31", "0.0.0.0/33 0.0.0.0/0",
		"::1/127 ::/0", "::/0 ::/129", "::/0 8000::/0",
	};
	struct klips_radix *r = klips_radix_new();
	struct klips_radix_entry entry;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		entry.sel = selector(texts[i]);
		ck_assert_int_eq(klips_radix_insert(r, &entry, GFP_KERNEL), -EINVAL);
		ck_assert_ptr_null(klips_radix_find(r, &entry.sel));
	}
	entry.sel = selector("10.0.0.0/8 0.0.0.0/0");
	entry.sel.src.bytes[15] = 1;
	ck_assert_int_eq(klips_radix_insert(r, &entry, GFP_KERNEL), -EINVAL);
	entry.sel = selector("10.0.0.0/8 0.0.0.0/0");
	entry.sel.family = AF_UNIX;
	ck_assert_int_eq(klips_radix_insert(r, &entry, GFP_KERNEL), -EINVAL);
	ck_assert_int_eq(klips_radix_remove(r, &entry), -ENOENT);
	klips_radix_free(r, NULL);
}
END_TEST

START_TEST(canonical_form)
{
	struct klips_selector sel = selector("10.1.2.3/9 192.168.255.255/0 6 1 2");
	struct klips_selector want = selector("10.0.0.0/9 0.0.0.0/0 6 1 2");

	sel.src.bytes[9] = 1;
	ck_assert_int_eq(klips_selector_canonical(&sel), 0);
	ck_assert_mem_eq(&sel, &want, sizeof(sel));
	sel = selector("2001:db8::1:2:3:4/65 ff::1/128");
	want = selector("2001:db8::/65 ff::1");
	ck_assert_int_eq(klips_selector_canonical(&sel), 0);
	ck_assert_mem_eq(&sel, &want, sizeof(sel));
}
END_TEST

/*
 * Readers beside a writer.  Two hosts and a net around them are shuffled so that at
 * any moment one of the two entries that want the packet is there; a reader must
 * never be given the third, which covers everything.
 */

enum { READERS = 2, SHUFFLES = 2000 };

static struct {
	struct klips_radix *radix;
	struct klips_radix_entry *wide;
	struct klips_flow flow;
	unsigned long quiet[READERS];	/* grows whenever a reader holds nothing */
	unsigned long seen[READERS];
	bool stop;
} shared;

static void *reader(void *arg)
{
	unsigned int me = (unsigned long)arg;

	while (!__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE)) {
		struct klips_radix_entry *entry = klips_radix_lookup(shared.radix, &shared.flow);

		if (!entry || entry == shared.wide ||
		    !klips_selector_match(&entry->sel, &shared.flow))
			return "a packet slipped between two entries";
		if (!klips_radix_next(shared.radix, &entry->sel))
			return "the listing ended early";
		shared.seen[me]++;
		__atomic_add_fetch(&shared.quiet[me], 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&shared.quiet[me], ~0UL, __ATOMIC_RELEASE);
	return NULL;
}

/* Wait until every reader has been quiet once, then let the dead go. */
static void grace_period(void)
{
	unsigned int i;

	for (i = 0; i < READERS; i++) {
		unsigned long before = __atomic_load_n(&shared.quiet[i], __ATOMIC_ACQUIRE);

		while (before == __atomic_load_n(&shared.quiet[i], __ATOMIC_ACQUIRE) &&
		       before != ~0UL && !__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE))
			sched_yield();
	}
	unit_grace_period();
}

static struct klips_radix_entry *put(const char *text)
{
	struct klips_selector sel = selector(text);
	struct klips_radix_entry *entry = new_entry(&sel);

	HOLDS(klips_radix_insert(shared.radix, entry, GFP_KERNEL) == 0);
	return entry;
}

static void shuffle(struct unit_rand *rand, struct klips_radix_entry *net)
{
	struct klips_radix_entry *old[64];
	struct klips_radix_entry *near;
	unsigned int count = 0;
	int i;

	for (i = 0; i < SHUFFLES; i++) {
		char other[64];

		snprintf(other, sizeof(other), "10.1.2.%u 10.2.%u.0/24",
			 (unsigned int)unit_below(rand, 256), (unsigned int)unit_below(rand, 256));
		near = put("10.1.2.3 10.2.0.0/16 6");
		klips_radix_remove(shared.radix, net);
		old[count++] = net;
		old[count] = put(other);
		klips_radix_remove(shared.radix, old[count++]);
		net = put("10.1.0.0/16 10.2.0.0/16");
		klips_radix_remove(shared.radix, near);
		old[count++] = near;
		if (count + 3 <= ARRAY_SIZE(old))
			continue;
		grace_period();
		while (count)
			free(old[--count]);
	}
	grace_period();
	while (count)
		free(old[--count]);
}

START_TEST(readers_never_see_a_mixture)
{
	struct unit_rand rand = unit_rand(600);
	struct klips_radix_entry *net;
	pthread_t thread[READERS];
	unsigned long i;

	shared.radix = klips_radix_new();
	shared.flow = packet("10.1.2.3 10.2.3.4 6 1 1");
	shared.wide = put("0.0.0.0/0 0.0.0.0/0");
	put("255.0.0.0/8 255.0.0.0/8");
	put("10.1.0.0/16 10.2.0.0/16 6 0 9");
	put("10.1.0.0/16 10.2.0.0/16 17");
	put("10.1.2.3 10.2.0.0/17 17");
	net = put("10.1.0.0/16 10.2.0.0/16");
	for (i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, reader, (void *)i), 0);
	shuffle(&rand, net);
	__atomic_store_n(&shared.stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < READERS; i++) {
		void *complaint;

		ck_assert_int_eq(pthread_join(thread[i], &complaint), 0);
		ck_assert_msg(!complaint, "%s", (const char *)complaint);
		ck_assert_uint_gt(shared.seen[i], 0);
	}
	klips_radix_free(shared.radix, free_entry);
	unit_grace_period();
	ck_assert_int_eq(unit_allocs_live, 0);
}
END_TEST

/*
 * The same at every single point of a lookup.  The reader looks in vain under the
 * host's own source; then the host gets an entry, and the net, where the reader
 * would turn to next, loses its own.
 */

static void move_to_host(void *arg)
{
	struct klips_radix_entry **net = arg;

	put("10.1.2.3 10.2.0.0/16 6");
	HOLDS(klips_radix_remove(shared.radix, *net) == 0);
}

START_TEST(a_lookup_is_never_a_mixture)
{
	struct klips_flow flow = packet("10.1.2.3 10.2.3.4 6 1 1");
	struct klips_radix_entry *wide, *net, *entry;

	shared.radix = klips_radix_new();
	wide = put("0.0.0.0/0 0.0.0.0/0");
	put("10.1.2.3 10.2.0.0/16 17");
	put("10.1.2.3 10.2.3.4 17");
	put("10.1.200.1 10.2.3.4");	/* keeps the node from which the net is taken */
	net = put("10.1.0.0/16 10.2.0.0/16");
	unit_interrupt(_i, move_to_host, &net);
	entry = klips_radix_lookup(shared.radix, &flow);
	unit_interrupt(0, NULL, NULL);
	HOLDS(entry && entry != wide);
	if (!klips_radix_find(shared.radix, &net->sel))	/* the lookup was interrupted */
		free(net);
	klips_radix_free(shared.radix, free_entry);
	unit_grace_period();
}
END_TEST

Suite *radix_suite(void)
{
	Suite *suite = suite_create("radix");
	TCase *twin = tcase_create("twin");
	TCase *rules = tcase_create("rules");
	TCase *threads = tcase_create("threads");

	tcase_add_loop_test(twin, lookups_agree_with_the_twin, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(twin, updates_in_the_midst_of_lookups, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(twin, listing_is_the_sorted_twin, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(twin, comparison_is_the_twins, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(twin, memory_may_run_out, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(twin, an_emptied_table_keeps_nothing, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(twin, order_of_insertion_does_not_matter, 0, ARRAY_SIZE(shapes));
	suite_add_tcase(suite, twin);
	tcase_add_loop_test(rules, worked_examples, 0, ARRAY_SIZE(examples));
	tcase_add_loop_test(rules, a_lookup_is_never_a_mixture, 0, 20);
	tcase_add_test(rules, bad_selectors_are_refused);
	tcase_add_test(rules, canonical_form);
	suite_add_tcase(suite, rules);
	tcase_add_test(threads, readers_never_see_a_mixture);
	suite_add_tcase(suite, threads);
	return suite;
}
