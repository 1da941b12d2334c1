// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eroutes: objects, counters and changes around the search structure of
 * radix.c.
 *
 * Readers never wait. A change under klips_net.config is one step for them:
 * an insertion, one pointer store, or a whole new table. What packets held by
 * an eroute and traps mean is left to others.
 */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "klips/eroute.h"
#include "klips/klips.h"

static struct klips_eroute *to_eroute(struct klips_radix_entry *entry)
{
	return entry ? container_of(entry, struct klips_eroute, entry) : NULL;
}

static struct klips_radix *table(const struct klips_net *kn)
{
	return rcu_dereference_check(kn->eroutes, lockdep_is_held(&kn->config));
}

static void free_now(struct klips_eroute *er)
{
	free_percpu(er->stats);
	kfree(er);
}

static void free_entry(struct klips_radix_entry *entry)
{
	free_now(to_eroute(entry));
}

static void free_rcu(struct rcu_head *rcu)
{
	free_now(container_of(rcu, struct klips_eroute, rcu));
}

/**
 * klips_eroute_net_init() - an empty table
 * @kn:	namespace
 *
 * Return: 0 or -ENOMEM.
 */
int klips_eroute_net_init(struct klips_net *kn)
{
	struct klips_radix *r = klips_radix_new();

	if (!r)
		return -ENOMEM;
	RCU_INIT_POINTER(kn->eroutes, r);
	return 0;
}

/**
 * klips_eroute_net_exit() - free a table that no packet can reach any more
 * @kn:	namespace
 */
void klips_eroute_net_exit(struct klips_net *kn)
{
	klips_radix_free(rcu_dereference_protected(kn->eroutes, true), free_entry);
	RCU_INIT_POINTER(kn->eroutes, NULL);
}

/**
 * klips_eroute_lookup() - the eroute of a packet
 * @kn:		namespace
 * @flow:	the packet's key
 *
 * Under rcu_read_lock(), which also keeps the result.
 *
 * Return: the eroute that wins, or NULL.
 */
struct klips_eroute *klips_eroute_lookup(const struct klips_net *kn,
					 const struct klips_flow *flow)
{
	return to_eroute(klips_radix_lookup(table(kn), flow));
}

/* Most eroutes of a big table are never used: counters come with the first packet. */
static struct klips_eroute_stats __percpu *make_stats(struct klips_eroute *er)
{
	struct klips_eroute_stats __percpu *stats, *old;

	stats = alloc_percpu_gfp(struct klips_eroute_stats, GFP_NOWAIT | __GFP_NOWARN);
	if (!stats)
		return NULL;
	old = cmpxchg(&er->stats, NULL, stats);
	if (!old)
		return stats;
	free_percpu(stats);
	return old;
}

/**
 * klips_eroute_used() - count a packet that obeys an eroute
 * @er:	from klips_eroute_lookup(), same rcu_read_lock()
 *
 * Bottom halves are off.
 */
void klips_eroute_used(struct klips_eroute *er)
{
	struct klips_eroute_stats __percpu *stats = READ_ONCE(er->stats);

	if (unlikely(!stats))
		stats = make_stats(er);
	if (unlikely(!stats)) {
		atomic64_inc(&er->base);
		return;
	}
	this_cpu_inc(stats->count);
	this_cpu_write(stats->last_used, jiffies);
}

/**
 * klips_eroute_count() - packets that obeyed an eroute
 * @er:	the eroute
 *
 * Return: the sum over CPUs.
 */
u64 klips_eroute_count(const struct klips_eroute *er)
{
	struct klips_eroute_stats __percpu *stats = READ_ONCE(er->stats);
	u64 sum = atomic64_read(&er->base);
	int cpu;

	if (stats)
		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu_ptr(stats, cpu)->count);
	return sum;
}

/**
 * klips_eroute_add() - add or replace an eroute
 * @kn:		namespace, its config mutex held
 * @sel:	canonical selector
 * @said:	where it is to lead; the SA need not exist
 * @pid:	of the message
 * @replace:	take the place of an eroute with this selector, if there is one
 *
 * Return: 0; -EEXIST if there is one and @replace is false; -ENOMEM. Nothing
 * changes unless 0 is returned.
 */
int klips_eroute_add(struct klips_net *kn, const struct klips_selector *sel,
		     const struct klips_said *said, u32 pid, bool replace)
{
	struct klips_radix_entry *old;
	struct klips_radix *r;
	struct klips_eroute *er;
	int err;

	lockdep_assert_held(&kn->config);
	r = table(kn);
	er = kzalloc(sizeof(*er), GFP_KERNEL);
	if (!er)
		return -ENOMEM;
	er->entry.sel = *sel;
	er->said = *said;
	er->pid = pid;
	old = replace ? klips_radix_find(r, sel) : NULL;
	err = old ? klips_radix_replace(r, old, &er->entry) :
		    klips_radix_insert(r, &er->entry, GFP_KERNEL);
	if (err)
		kfree(er);
	else if (old)
		call_rcu(&to_eroute(old)->rcu, free_rcu);
	return err;
}

/**
 * klips_eroute_del() - delete an eroute
 * @kn:		namespace, its config mutex held
 * @sel:	its exact selector
 *
 * Return: 0, or -EFAULT if there is none (what old programs expect).
 */
int klips_eroute_del(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_radix_entry *old;
	struct klips_radix *r;

	lockdep_assert_held(&kn->config);
	r = table(kn);
	old = klips_radix_find(r, sel);
	if (!old)
		return -EFAULT;
	klips_radix_remove(r, old);
	call_rcu(&to_eroute(old)->rcu, free_rcu);
	return 0;
}

/**
 * klips_eroute_clear() - delete all eroutes
 * @kn:	namespace, its config mutex held
 *
 * Readers lose the whole table in one step. Sleeps for a grace period.
 *
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
int klips_eroute_clear(struct klips_net *kn)
{
	struct klips_radix *r, *old;

	lockdep_assert_held(&kn->config);
	old = table(kn);
	if (!klips_radix_count(old))
		return 0;
	r = klips_radix_new();
	if (!r)
		return -ENOMEM;
	rcu_assign_pointer(kn->eroutes, r);
	synchronize_rcu();
	klips_radix_free(old, free_entry);
	return 0;
}

/**
 * klips_eroute_next() - walk the table in listing order
 * @kn:		namespace
 * @after:	selector of the last one seen, NULL to begin
 *
 * Under rcu_read_lock().
 *
 * Return: the next eroute, NULL at the end.
 */
struct klips_eroute *klips_eroute_next(const struct klips_net *kn,
				       const struct klips_selector *after)
{
	return to_eroute(klips_radix_next(table(kn), after));
}
