// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long a lookup in the eroute table takes, and what the table weighs.
 *
 * Times mean little by themselves: next to each stands its ratio to a dependent
 * random read in a memory of 256 MiB, measured in the same run.  A lookup of ratio 3
 * waits for memory three times.  Each lookup here depends on the one before, so
 * the processor cannot overlap them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "klips/radix.h"
#include "bench/arena.h"

enum {
	CHASE_BYTES = 256 << 20,
	LINE = 64,
	LOOKUPS = 200000,	/* in a round */
	ROUNDS = 5,
	HOT = 1000,
	PORTS = 65535,
	MOST = 1000000,		/* entries */
	NESTED_SOURCE = 0x0a010203,
};

static u64 rand_state = 88172645463325252ULL;

static u64 rand_next(void)
{
	rand_state ^= rand_state << 13;
	rand_state ^= rand_state >> 7;
	rand_state ^= rand_state << 17;
	return rand_state * 0x2545f4914f6cdd1dULL >> 8;
}

/* Nanoseconds of this thread's own time, so that other work counts for less. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The least of several rounds: what the machine can do when it is left alone. */
static double best_of(double (*round)(void *arg), void *arg)
{
	double best = round(arg);
	int i;

	for (i = 1; i < ROUNDS; i++) {
		double time = round(arg);

		best = min(best, time);
	}
	return best;
}

static double chase_round(void *arg)
{
	void *volatile *where = arg;
	void **p = *where;
	double start = now();
	size_t i;

	for (i = 0; i < LOOKUPS; i++)
		p = *p;
	*where = p;
	return (now() - start) / LOOKUPS;
}

/* One cycle through all lines in random order; the average step in nanoseconds. */
static double chase(void)
{
	size_t lines = CHASE_BYTES / LINE;
	char *memory = arena_map(CHASE_BYTES);
	void *volatile at = memory;
	size_t i;

	for (i = 0; i < lines; i++)
		*(size_t *)(memory + i * LINE) = i;
	for (i = lines - 1; i > 0; i--) {	/* Sattolo: a single cycle */
		size_t *a = (size_t *)(memory + i * LINE);
		size_t *b = (size_t *)(memory + rand_next() % i * LINE);
		size_t t = *a;

		*a = *b;
		*b = t;
	}
	for (i = 0; i < lines; i++)
		*(void **)(memory + i * LINE) = memory + *(size_t *)(memory + i * LINE) * LINE;
	return best_of(chase_round, (void *)&at);
}

/*
 * Tables.  A maker fills in selector @i of @count and a packet that it wants.
 */

static void set_v4(union klips_radix_addr *addr, u32 value)
{
	addr->v4 = cpu_to_be32(value);
}

static void set_v6(union klips_radix_addr *addr, u64 high, u64 low)
{
	addr->halves[0] = cpu_to_be64(high);
	addr->halves[1] = cpu_to_be64(low);
}

static void make_hosts(struct klips_selector *sel, size_t i, size_t count)
{
	(void)i, (void)count;
	set_v4(&sel->src, rand_next());
	set_v4(&sel->dst, rand_next());
}

static void make_nets(struct klips_selector *sel, size_t i, size_t count)
{
	make_hosts(sel, i, count);
	sel->src_len = 24;
	sel->dst_len = 24;
}

static void make_mixed(struct klips_selector *sel, size_t i, size_t count)
{
	make_hosts(sel, i, count);
	sel->src_len = 12 + rand_next() % 21;
	sel->dst_len = 12 + rand_next() % 21;
}

static void make_one_source(struct klips_selector *sel, size_t i, size_t count)
{
	make_hosts(sel, i, count);
	sel->src_len = 8;
	set_v4(&sel->src, 10 << 24);
}

static void make_grid(struct klips_selector *sel, size_t i, size_t count)
{
	size_t side = 1;

	while (side * side < count)
		side++;
	set_v4(&sel->src, 10u << 24 | i / side << 8);
	set_v4(&sel->dst, 172u << 24 | i % side << 8);
	sel->src_len = 24;
	sel->dst_len = 24;
}

static void make_v6(struct klips_selector *sel, size_t i, size_t count)
{
	(void)i, (void)count;
	sel->family = AF_INET6;
	sel->src_len = 128;
	sel->dst_len = 128;
	set_v6(&sel->src, 0x20010db800000000ULL | (rand_next() & 0xffffffff), rand_next());
	set_v6(&sel->dst, 0x20010db900000000ULL | (rand_next() & 0xffffffff), rand_next());
}

static void make_ports(struct klips_selector *sel, size_t i, size_t count)
{
	(void)count;
	set_v4(&sel->src, 10 << 24);
	set_v4(&sel->dst, 172u << 24);
	sel->src_len = 8;
	sel->dst_len = 8;
	sel->proto = 6;
	sel->dport = cpu_to_be16(i % PORTS + 1);
	sel->sport = cpu_to_be16(i / PORTS);
}

/* All prefixes of one source, each with its share of destinations: much in vain. */
static void make_nested(struct klips_selector *sel, size_t i, size_t count)
{
	(void)count;
	set_v4(&sel->src, NESTED_SOURCE);
	set_v4(&sel->dst, rand_next());
	sel->src_len = i % 33;
}

static const struct table {
	const char *name;
	void (*make)(struct klips_selector *sel, size_t i, size_t count);
	u32 source;		/* of all packets, if not 0 */
} tables[] = {
	{ "v4 host to host", make_hosts, 0 },
	{ "v4 /24 to /24", make_nets, 0 },
	{ "v4 /12../32", make_mixed, 0 },
	{ "v4 one source", make_one_source, 0 },
	{ "v4 grid of /24", make_grid, 0 },
	{ "v6 host to host", make_v6, 0 },
	{ "one pair, ports", make_ports, 0 },
	{ "v4 33 nested", make_nested, NESTED_SOURCE },
};

/* As an eroute: the selector in one cache line with what a packet needs next. */
struct eroute {
	struct klips_radix_entry entry;
	char rest[LINE - sizeof(struct klips_radix_entry)];
};

static struct eroute *new_eroute(const struct table *table, size_t i, size_t count)
{
	struct eroute *eroute = arena_alloc(sizeof(*eroute));
	struct klips_selector *sel = &eroute->entry.sel;

	memset(eroute, 0, sizeof(*eroute));
	sel->family = AF_INET;
	sel->src_len = 32;
	sel->dst_len = 32;
	table->make(sel, i, count);
	klips_selector_canonical(sel);
	return eroute;
}

static void free_eroute(struct klips_radix_entry *entry)
{
	arena_free(container_of(entry, struct eroute, entry));
}

static void fill_open_bits(union klips_radix_addr *addr, unsigned int len, u8 family)
{
	u64 fill = rand_next();

	if (family == AF_INET)
		addr->v4 |= cpu_to_be32(len < 32 ? (u32)fill >> len : 0);
}

static struct klips_flow packet_for(const struct klips_selector *sel)
{
	struct klips_flow flow = {
		.family = sel->family,
		.proto = sel->proto ? sel->proto : 6,
		.sport = sel->sport ? sel->sport : cpu_to_be16(40000),
		.dport = sel->dport ? sel->dport : cpu_to_be16(443),
		.src = sel->src,
		.dst = sel->dst,
	};

	fill_open_bits(&flow.src, sel->src_len, sel->family);
	fill_open_bits(&flow.dst, sel->dst_len, sel->family);
	return flow;
}

static void shuffle(struct klips_flow *flows, size_t count)
{
	size_t i;

	for (i = count - 1; i > 0; i--) {
		size_t j = rand_next() % (i + 1);
		struct klips_flow t = flows[i];

		flows[i] = flows[j];
		flows[j] = t;
	}
}

struct load {
	const struct klips_radix *radix;
	const struct klips_flow *flows;
	size_t count, at, found;
};

/* Nanoseconds for one lookup; the next one waits for the answer. */
static double lookup_round(void *arg)
{
	struct load *load = arg;
	double start = now();
	size_t i;

	load->found = 0;
	for (i = 0; i < LOOKUPS; i++) {
		uintptr_t entry = (uintptr_t)klips_radix_lookup(load->radix, &load->flows[load->at]);

		load->found += !!entry;
		load->at += 1 + (entry & 1);
		if (load->at >= load->count)
			load->at = 0;
	}
	return (now() - start) / LOOKUPS;
}

struct result {
	double random, hot, insert, clear, walk;
	double bytes;
	size_t entries, found;
};

static struct klips_radix *load(const struct table *table, struct eroute **eroutes, size_t count,
				struct klips_flow *flows, struct result *result)
{
	struct klips_radix *r = klips_radix_new();
	double start;
	size_t i;

	for (i = 0; i < count; i++) {
		eroutes[i] = new_eroute(table, i, count);
		flows[i] = packet_for(&eroutes[i]->entry.sel);
		if (table->source)
			set_v4(&flows[i].src, table->source);
	}
	start = now();
	for (i = 0; i < count; i++)
		if (klips_radix_insert(r, &eroutes[i]->entry, GFP_KERNEL))
			arena_free(eroutes[i]);		/* a selector drawn twice */
	result->insert = now() - start;
	result->entries = klips_radix_count(r);
	result->bytes = (double)klips_radix_bytes(r) / result->entries;
	return r;
}

static double time_walk(const struct klips_radix *r)
{
	const struct klips_radix_entry *entry = NULL;
	double start = now();

	while ((entry = klips_radix_next(r, entry ? &entry->sel : NULL)))
		;
	return now() - start;
}

static struct result run(const struct table *table, size_t count)
{
	struct klips_flow *flows = arena_map(count * sizeof(*flows));
	struct eroute **eroutes = malloc(count * sizeof(*eroutes));
	struct result result = { 0 };
	struct klips_radix *r = load(table, eroutes, count, flows, &result);
	struct load all = { .radix = r, .flows = flows, .count = count };
	struct load hot = { .radix = r, .flows = flows, .count = min(count, (size_t)HOT) };
	double start;

	shuffle(flows, count);
	result.random = best_of(lookup_round, &all);
	result.found = all.found;
	result.hot = best_of(lookup_round, &hot);
	result.walk = time_walk(r);
	start = now();
	klips_radix_free(r, free_eroute);
	result.clear = now() - start;
	free(eroutes);
	return result;
}

int main(int argc, char **argv)
{
	double miss = chase();
	unsigned int i;
	size_t count;

	printf("random read in %d MiB: %.0f ns\n\n", CHASE_BYTES >> 20, miss);
	printf("%-16s %8s %18s %8s %9s %9s %8s %8s\n", "table", "entries", "random flows",
	       "hot", "bytes per", "insert", "walk", "clear");
	printf("%-16s %8s %9s %8s %8s %9s %9s %8s %8s\n", "", "", "ns", "reads", "ns",
	       "entry", "ns each", "ns each", "ns each");
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		if (argc > 1 && !strstr(tables[i].name, argv[1]))
			continue;
		for (count = 1000; count <= MOST; count *= 10) {
			struct result r = run(&tables[i], count);

			printf("%-16s %8zu %9.1f %8.2f %8.1f %9.1f %9.1f %8.1f %8.1f%s\n",
			       tables[i].name, r.entries, r.random, r.random / miss, r.hot,
			       r.bytes, r.insert / count, r.walk / count, r.clear / count,
			       r.found == LOOKUPS ? "" : "  (with misses)");
			fflush(stdout);
		}
	}
	return 0;
}
