/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The eroute table of a namespace: which selector leads to which SA or shunt.
 */
#ifndef KLIPS_EROUTE_H
#define KLIPS_EROUTE_H

#include <linux/percpu.h>
#include <linux/rcupdate.h>

#include "klips/pfkeyv2.h"
#include "klips/pure.h"
#include "klips/radix.h"

struct klips_hold;
struct klips_idents;
struct klips_net;

/* What lookups leave behind, on one CPU. */
struct klips_eroute_stats {
	u64 count;
	unsigned long last_used;	/* jiffies */
};

/**
 * struct klips_eroute - one eroute
 * @entry:	selector; its place in the table [I]
 * @said:	where it leads [I: replacing makes a new eroute]
 * @pid:	of the message that made it [I]
 * @stats:	counters, made at the first use [A, P]
 * @base:	count carried over from the eroute it replaced, and counts taken
 *		when there was no memory for @stats [A]
 * @hold:	%hold: the packets it keeps; else those that one of its predecessors
 *		kept, for their counters, or NULL [I; an eroute has one reference]
 * @idents:	what an ACQUIRE says of its ends, NULL nothing [I]
 * @rcu:	frees it a grace period after removal
 */
struct klips_eroute {
	struct klips_radix_entry entry;
	struct klips_said said;
	u32 pid;
	struct klips_eroute_stats __percpu *stats;
	atomic64_t base;
	struct klips_hold *hold;
	struct klips_idents *idents;
	struct rcu_head rcu;
};

/**
 * struct klips_eroute_spec - what a new eroute is to be
 * @sel:	canonical selector
 * @said:	where it is to lead; the SA need not exist
 * @pid:	of the message
 * @replace:	take the place of an eroute with this selector, if there is one
 * @idents:	identities, NULL none; the eroute takes a reference
 */
struct klips_eroute_spec {
	struct klips_selector sel;
	struct klips_said said;
	u32 pid;
	bool replace;
	struct klips_idents *idents;
};

/**
 * klips_eroute_shunt() - what an eroute does instead of leading to an SA
 * @er:	the eroute
 *
 * Return: enum klips_shunt, or another SPI without meaning; 0 if it leads to an SA.
 */
static inline u32 klips_eroute_shunt(const struct klips_eroute *er)
{
	return er->said.proto == KLIPS_PROTO_INT ? ntohl(er->said.spi) : 0;
}

int klips_eroute_net_init(struct klips_net *kn);
void klips_eroute_net_exit(struct klips_net *kn);

struct klips_eroute *klips_eroute_lookup(const struct klips_net *kn,
					 const struct klips_flow *flow);
struct klips_eroute *klips_eroute_second(const struct klips_net *kn,
					 const struct klips_flow *flow,
					 const struct klips_eroute *winner);
void klips_eroute_used(struct klips_eroute *er);

/* Changes: under klips_net.config. */
int klips_eroute_add(struct klips_net *kn, const struct klips_eroute_spec *spec);
int klips_eroute_del(struct klips_net *kn, const struct klips_selector *sel);
int klips_eroute_clear(struct klips_net *kn);

/* What traps make, and its end: under klips_net.config. */
int klips_eroute_add_hold(struct klips_hold *h);
void klips_eroute_end_hold(struct klips_hold *h);

/* A table built aside, and its place taken: the last one under klips_net.config. */
int klips_eroute_table_add(struct klips_radix *r, const struct klips_eroute_spec *spec);
int klips_eroute_table_del(struct klips_radix *r, const struct klips_selector *sel);
void klips_eroute_table_free(struct klips_radix *r);
struct klips_radix *klips_eroute_table_swap(struct klips_net *kn, struct klips_radix *r);

/* Listings: under rcu_read_lock(). */
struct klips_eroute *klips_eroute_next(const struct klips_net *kn,
				       const struct klips_selector *after);
u64 klips_eroute_count(const struct klips_eroute *er);

#endif /* KLIPS_EROUTE_H */
