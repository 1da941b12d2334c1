// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The eroute table, driven by bytes, against its naive twin.
 *
 * Each operation is a kind and a selector or packet of twelve bytes.  Addresses are
 * short patterns, so that prefixes nest and cross.  Sources are included, for the
 * table to be built with the tests' allocator and grace periods.
 */
#include "tests/unit/hooks.h"
#include "klips/radix.c"
#include "klips/radix_list.c"
#include "klips/radix_lookup.c"
#include "klips/selector.c"
#include "tests/unit/hooks.c"
#include "tests/unit/radix_naive.c"

enum { OP_BYTES = 12, MOST_ENTRIES = 200 };

enum kind { INSERT, REMOVE, REPLACE, LOOKUP, NEXT, STARVED_INSERT, STARVED_REMOVE, KINDS };

static struct naive list;
static struct naive gone;
static struct klips_radix *radix;

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Two bits of @pattern for each byte of the address, in turn. */
static void spread(union klips_radix_addr *addr, u16 pattern, unsigned int bytes)
{
	static const u8 values[] = { 0x00, 0x0a, 0x80, 0xff };
	unsigned int i;

	memset(addr, 0, sizeof(*addr));
	for (i = 0; i < bytes; i++)
		addr->bytes[i] = values[pattern >> i % 8 * 2 & 3];
}

static struct klips_selector selector_of(const u8 *op)
{
	struct klips_selector sel = { .family = op[1] & 1 ? AF_INET6 : AF_INET };
	unsigned int bits = klips_addr_bits(sel.family);

	spread(&sel.src, op[2] | op[3] << 8, bits / 8);
	spread(&sel.dst, op[4] | op[5] << 8, bits / 8);
	sel.src_len = op[6] % (bits + 1);
	sel.dst_len = op[7] % (bits + 1);
	sel.proto = op[8];
	sel.sport = htons(op[9]);
	sel.dport = htons(op[10] | (op[11] & 3) << 8);
	require(!klips_selector_canonical(&sel));
	return sel;
}

static struct klips_flow flow_of(const u8 *op)
{
	struct klips_flow flow = { .family = op[1] & 1 ? AF_INET6 : AF_INET, .proto = op[8] };
	unsigned int bits = klips_addr_bits(flow.family);

	spread(&flow.src, op[2] | op[3] << 8, bits / 8);
	spread(&flow.dst, op[4] | op[5] << 8, bits / 8);
	flow.src.bytes[op[6] % (bits / 8)] ^= op[7];
	flow.sport = htons(op[9]);
	flow.dport = htons(op[10] | (op[11] & 3) << 8);
	return flow;
}

static void insert(const struct klips_selector *sel)
{
	struct klips_radix_entry *entry = malloc(sizeof(*entry));
	int at = naive_find(&list, sel);
	int err;

	entry->sel = *sel;
	err = klips_radix_insert(radix, entry, GFP_ATOMIC);
	require(err == 0 || err == (at >= 0 ? -EEXIST : -ENOMEM));
	require(err != -ENOMEM || unit_allocs_left >= 0);
	if (err)
		free(entry);
	else
		list.entry[list.count++] = entry;
}

/* Remove the entry with this selector, or any if there is none. */
static void remove_one(const struct klips_selector *sel, unsigned int any)
{
	int at = naive_find(&list, sel);

	if (!list.count)
		return;
	if (at < 0)
		at = any % list.count;
	require(klips_radix_find(radix, &list.entry[at]->sel) == list.entry[at]);
	require(!klips_radix_remove(radix, list.entry[at]));
	gone.entry[gone.count++] = list.entry[at];
	naive_remove(&list, at);
}

static void replace_one(unsigned int any)
{
	struct klips_radix_entry *entry;

	if (!list.count)
		return;
	entry = malloc(sizeof(*entry));
	entry->sel = list.entry[any % list.count]->sel;
	require(!klips_radix_replace(radix, list.entry[any % list.count], entry));
	gone.entry[gone.count++] = list.entry[any % list.count];
	list.entry[any % list.count] = entry;
}

static struct klips_radix_entry *listed(int at)
{
	return at < 0 ? NULL : list.entry[at];
}

static void update_meanwhile(void *arg)
{
	const u8 *op = arg;
	struct klips_selector sel = selector_of(op);

	if (op[7] & 1 && list.count < MOST_ENTRIES)
		insert(&sel);
	else if (op[7] & 2)
		remove_one(&sel, op[6]);
	else
		replace_one(op[6]);
}

/* Look up, with an update somewhere in the middle. */
static void look_up(const u8 *op)
{
	struct klips_flow flow = flow_of(op);
	struct klips_radix_entry *first = listed(naive_lookup(&list, &flow, NULL));
	struct klips_radix_entry *found;

	require(klips_radix_lookup(radix, &flow) == first);
	if (first)
		require(klips_radix_second(radix, &flow, first) ==
			listed(naive_lookup(&list, &flow, first)));
	unit_interrupt(op[11] >> 4, update_meanwhile, (void *)op);
	found = klips_radix_lookup(radix, &flow);
	unit_interrupt(0, NULL, NULL);
	require(found == first || found == listed(naive_lookup(&list, &flow, NULL)));
}

static void next_one(const struct klips_selector *sel)
{
	struct klips_radix_entry *best = NULL;
	size_t i;

	for (i = 0; i < list.count; i++)
		if (naive_compare(&list.entry[i]->sel, sel) > 0 &&
		    (!best || naive_compare(&list.entry[i]->sel, &best->sel) < 0))
			best = list.entry[i];
	require(klips_radix_next(radix, sel) == best);
}

static void run_op(const u8 *op)
{
	struct klips_selector sel = selector_of(op);

	unit_allocs_left = -1;
	switch (op[0] % KINDS) {
	case STARVED_INSERT:
		unit_allocs_left = 0;
		/* fall through */
	case INSERT:
		if (list.count < MOST_ENTRIES)
			insert(&sel);
		break;
	case STARVED_REMOVE:
		unit_allocs_left = 0;
		/* fall through */
	case REMOVE:
		remove_one(&sel, op[11]);
		break;
	case REPLACE:
		replace_one(op[11]);
		break;
	case LOOKUP:
		look_up(op);
		break;
	case NEXT:
		next_one(&sel);
		break;
	}
	unit_allocs_left = -1;
	require(klips_radix_count(radix) == list.count);
}

static void grace_period(void)
{
	unit_grace_period();
	while (gone.count)
		free(gone.entry[--gone.count]);
}

static void free_entry(struct klips_radix_entry *entry)
{
	free(entry);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	radix = klips_radix_new();
	for (; size >= OP_BYTES; size -= OP_BYTES, data += OP_BYTES) {
		run_op(data);
		if (data[0] & 0x80)
			grace_period();
	}
	klips_radix_free(radix, free_entry);
	grace_period();
	list.count = 0;
	require(!unit_allocs_live);
	return 0;
}
