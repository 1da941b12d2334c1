// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eroutes: objects, counters and changes around the search structure of
 * radix.c.
 *
 * Readers never wait. A change under klips_net.config is one step for them:
 * an insertion, one pointer store, or a whole new table. Before a %hold leaves
 * the table its packets go where the table will lead when it has left; how they
 * are kept is left to hold.c, what makes them wait to trap.c.
 */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "klips/eroute.h"
#include "klips/hold.h"
#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/trap.h"

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
	klips_hold_put(er->hold);
	klips_idents_put(er->idents);
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
	klips_hold_net_init(kn);
	return 0;
}

/**
 * klips_eroute_net_exit() - free a table that no packet can reach any more
 * @kn:	namespace
 */
void klips_eroute_net_exit(struct klips_net *kn)
{
	klips_hold_net_exit(kn);
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

/**
 * klips_eroute_second() - the eroute that would win if the winner were not there
 * @kn:		namespace
 * @flow:	the packet's key
 * @winner:	what klips_eroute_lookup() found
 *
 * Under rcu_read_lock().
 *
 * Return: the eroute, or NULL.
 */
struct klips_eroute *klips_eroute_second(const struct klips_net *kn,
					 const struct klips_flow *flow,
					 const struct klips_eroute *winner)
{
	return to_eroute(klips_radix_second(table(kn), flow, &winner->entry));
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
	__this_cpu_inc(stats->count);
	__this_cpu_write(stats->last_used, jiffies);
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

static struct klips_eroute *make(const struct klips_eroute_spec *spec)
{
	struct klips_eroute *er = kzalloc(sizeof(*er), GFP_KERNEL_ACCOUNT);

	if (!er)
		return NULL;
	er->entry.sel = spec->sel;
	er->said = spec->said;
	er->pid = spec->pid;
	er->idents = klips_idents_get(spec->idents);
	return er;
}

static bool is_hold(const struct klips_eroute *er)
{
	return klips_eroute_shunt(er) == KLIPS_SHUNT_HOLD;
}

static bool is_trap(const struct klips_eroute *er)
{
	return klips_eroute_shunt(er) == KLIPS_SHUNT_TRAP ||
	       klips_eroute_shunt(er) == KLIPS_SHUNT_TRAPSUBNET;
}

/* The old eroute has left the table; @heir, if any, is there in its place. */
static void retire(struct klips_eroute *old, const struct klips_eroute *heir)
{
	if (old->hold && (!heir || heir->hold != old->hold))
		klips_hold_unlist(old->hold);
	call_rcu(&old->rcu, free_rcu);
}

/* When its time is over, the trap whose place the hold takes comes back. */
static void remember_trap(struct klips_hold *h, const struct klips_eroute *trap)
{
	h->restores = true;
	h->trap = trap->said;
	klips_idents_put(h->idents);
	h->idents = klips_idents_get(trap->idents);
}

static int new_hold(struct klips_net *kn, struct klips_eroute *er, const struct klips_eroute *old)
{
	struct klips_hold *h = klips_hold_new(kn, &er->entry.sel, false, GFP_KERNEL);

	if (!h)
		return -ENOMEM;
	if (old && is_trap(old))
		remember_trap(h, old);
	er->hold = h;
	spin_lock_bh(&kn->holds.lock);
	klips_hold_enlist(h);
	spin_unlock_bh(&kn->holds.lock);
	return 0;
}

/* A %hold goes on with the packets of the one it replaces; others show their counts. */
static int inherit(struct klips_net *kn, struct klips_eroute *er, const struct klips_eroute *old)
{
	if (is_hold(er) && !(old && klips_hold_is_open(old->hold)))
		return new_hold(kn, er, old);
	if (old && old->hold) {
		refcount_inc(&old->hold->refs);
		er->hold = old->hold;
	}
	return 0;
}

static int replace_entry(struct klips_radix *r, struct klips_eroute *old, struct klips_eroute *er)
{
	int err;

	if (is_hold(old) && !is_hold(er))
		klips_hold_release(old->hold, er, false);
	err = klips_radix_replace(r, &old->entry, &er->entry);
	if (WARN_ON_ONCE(err))	/* it was found there, under the same mutex */
		return err;
	if (er->hold)
		klips_hold_attach(er->hold, er);
	retire(old, er);
	return 0;
}

static bool has_room(struct klips_net *kn, const struct klips_radix *r)
{
	return klips_quota_allows(kn, KLIPS_QUOTA_EROUTES, klips_radix_count(r), 1);
}

static int insert_entry(struct klips_radix *r, struct klips_eroute *er)
{
	int err = klips_radix_insert(r, &er->entry, GFP_KERNEL_ACCOUNT);

	if (!err && er->hold)
		klips_hold_attach(er->hold, er);
	return err;
}

/**
 * klips_eroute_add() - add or replace an eroute
 * @kn:		namespace, its config mutex held
 * @spec:	what it is to be
 *
 * What a replaced %hold kept is sent the new way, in order, before anything
 * else is; a %hold in its place keeps it.
 *
 * Return: 0; -EEXIST if there is one and it is not to be replaced; -ENOSPC if there are as
 * many as there may be; -ENOMEM. Nothing
 * changes unless 0 is returned.
 */
int klips_eroute_add(struct klips_net *kn, const struct klips_eroute_spec *spec)
{
	struct klips_eroute *er, *old;
	struct klips_radix *r;
	int err;

	lockdep_assert_held(&kn->config);
	klips_trap_settle(kn);
	r = table(kn);
	old = to_eroute(klips_radix_find(r, &spec->sel));
	if (old && !spec->replace)
		return -EEXIST;
	if (!old && !has_room(kn, r))
		return -ENOSPC;
	er = make(spec);
	if (!er)
		return -ENOMEM;
	err = inherit(kn, er, old);
	if (!err)
		err = old ? replace_entry(r, old, er) : insert_entry(r, er);
	if (!err)
		return 0;
	if (is_hold(er) && er->hold) {
		klips_hold_expire(er->hold, NULL);
		klips_hold_unlist(er->hold);
	}
	free_now(er);
	return err;
}

/**
 * klips_eroute_del() - delete an eroute
 * @kn:		namespace, its config mutex held
 * @sel:	its exact selector
 *
 * What a %hold kept goes where the eroutes behind it lead.
 *
 * Return: 0, or -EFAULT if there is none (what old programs expect).
 */
int klips_eroute_del(struct klips_net *kn, const struct klips_selector *sel)
{
	struct klips_eroute *old;
	struct klips_radix *r;

	lockdep_assert_held(&kn->config);
	klips_trap_settle(kn);
	r = table(kn);
	old = to_eroute(klips_radix_find(r, sel));
	if (!old)
		return -EFAULT;
	if (is_hold(old))
		klips_hold_release(old->hold, NULL, true);
	klips_radix_remove(r, &old->entry);
	retire(old, NULL);
	return 0;
}

/**
 * klips_eroute_add_hold() - put the hold of a trap into the table
 * @h:	open hold; config mutex of its namespace held
 *
 * The eroute takes over the caller's reference. A trap with the very selector of
 * the hold is replaced, and comes back when the hold's time is over. What has
 * become of a wider trap meanwhile does not matter: a daemon was asked about this
 * selector and expects its %hold, as if the packet had come a little earlier.
 *
 * Return: 0; -ESTALE if the selector has an eroute by now that is no trap, or the
 * trap that the hold was to replace is gone; -ENOMEM.
 */
int klips_eroute_add_hold(struct klips_hold *h)
{
	struct klips_eroute_spec spec = {
		.sel = h->sel,
		.said.dst.family = h->sel.family,
		.said.proto = KLIPS_PROTO_INT,
		.said.spi = htonl(KLIPS_SHUNT_HOLD),
		.pid = h->pid,
	};
	struct klips_radix *r = table(h->kn);
	struct klips_eroute *er, *same;
	int err;

	lockdep_assert_held(&h->kn->config);
	same = to_eroute(klips_radix_find(r, &h->sel));
	if (same ? !is_trap(same) : h->restores)
		return -ESTALE;
	if (!same && !has_room(h->kn, r))
		return -ENOMEM;
	er = make(&spec);
	if (!er)
		return -ENOMEM;
	er->hold = h;
	if (same) {
		remember_trap(h, same);
		atomic64_set(&er->base, klips_eroute_count(same));
	}
	err = same ? replace_entry(r, same, er) : insert_entry(r, er);
	if (err)
		kfree(er);
	return err;
}

/**
 * klips_eroute_end_hold() - the time of a hold is over
 * @h:	open hold that is in the table; config mutex of its namespace held
 *
 * What it kept is dropped; the trap that it replaced comes back, or the eroute
 * goes.
 */
void klips_eroute_end_hold(struct klips_hold *h)
{
	struct klips_radix *r = table(h->kn);
	struct klips_eroute *old = to_eroute(klips_radix_find(r, &h->sel)), *er = NULL;
	struct klips_eroute_spec spec = { .sel = h->sel, .said = h->trap, .idents = h->idents };

	lockdep_assert_held(&h->kn->config);
	if (WARN_ON_ONCE(!old))
		return;
	if (h->restores) {
		spec.pid = old->pid;
		er = make(&spec);
		if (!er)
			return;	/* and tries again */
	}
	klips_hold_expire(h, er);
	if (er)
		klips_radix_replace(r, &old->entry, &er->entry);
	else
		klips_radix_remove(r, &old->entry);
	retire(old, NULL);
}

/**
 * klips_eroute_table_add() - add or replace an eroute in a table of the caller's
 * @r:		from klips_radix_new(), seen by nobody else
 * @spec:	what it is to be; not %hold, which keeps packets of the table in use
 *
 * May sleep.
 *
 * Return: 0; -EEXIST; -EINVAL (%hold); -ENOMEM.
 */
int klips_eroute_table_add(struct klips_radix *r, const struct klips_eroute_spec *spec)
{
	struct klips_eroute *old = to_eroute(klips_radix_find(r, &spec->sel));
	struct klips_eroute *er;
	int err;

	if (old && !spec->replace)
		return -EEXIST;
	er = make(spec);
	if (!er)
		return -ENOMEM;
	if (is_hold(er))
		err = -EINVAL;
	else if (old)
		err = klips_radix_replace(r, &old->entry, &er->entry);
	else
		err = klips_radix_insert(r, &er->entry, GFP_KERNEL_ACCOUNT);
	if (err)
		free_now(er);
	else if (old)
		free_now(old);
	return err;
}

/**
 * klips_eroute_table_del() - delete an eroute from a table of the caller's
 * @r:		from klips_radix_new(), seen by nobody else
 * @sel:	its exact selector
 *
 * Return: 0, or -EFAULT if there is none.
 */
int klips_eroute_table_del(struct klips_radix *r, const struct klips_selector *sel)
{
	struct klips_eroute *old = to_eroute(klips_radix_find(r, sel));

	if (!old)
		return -EFAULT;
	klips_radix_remove(r, &old->entry);
	free_now(old);
	return 0;
}

/**
 * klips_eroute_table_free() - free a table and its eroutes
 * @r:	nobody reads it any more
 *
 * Process context.
 */
void klips_eroute_table_free(struct klips_radix *r)
{
	klips_radix_free(r, free_entry);
}

/**
 * klips_eroute_table_swap() - put a table in the place of the one in use
 * @kn:	namespace, its config mutex held
 * @r:	the new table
 *
 * Every packet sees the one or the other; what holds kept goes where the new one
 * leads. Sleeps for a grace period.
 *
 * Return: the old table, which nobody reads any more.
 */
struct klips_radix *klips_eroute_table_swap(struct klips_net *kn, struct klips_radix *r)
{
	struct klips_radix *old;

	lockdep_assert_held(&kn->config);
	klips_trap_settle(kn);
	old = table(kn);
	rcu_assign_pointer(kn->eroutes, r);
	synchronize_rcu();
	klips_hold_release_all(kn);
	return old;
}

/**
 * klips_eroute_clear() - delete all eroutes
 * @kn:	namespace, its config mutex held
 *
 * Readers lose the whole table in one step; what holds kept has nowhere to go.
 * Sleeps for a grace period.
 *
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
int klips_eroute_clear(struct klips_net *kn)
{
	struct klips_radix *r, *old;

	lockdep_assert_held(&kn->config);
	klips_trap_settle(kn);
	old = table(kn);
	if (!klips_radix_count(old))
		return 0;
	r = klips_radix_new();
	if (!r)
		return -ENOMEM;
	klips_eroute_table_free(klips_eroute_table_swap(kn, r));
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
