// SPDX-License-Identifier: GPL-2.0-only
/*
 * Security associations: the table, groups, references, death.
 *
 * RFC 4301, 4.4.2. A dead SA is unlinked under klips_net.config with all of
 * its group, waits a grace period, and is freed with its keys wiped when the
 * last packet in a cipher has let go of it. Lifetimes are in lifetime.c.
 */
#include <linux/idr.h>
#include <linux/inetdevice.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <net/addrconf.h>
#include <net/route.h>

#include "klips/handover.h"
#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/sa.h"
#include "klips/secpath.h"
#include "klips/xform.h"

#define SAREF_MAX	(1u << 15)	/* they travelled in half a mark */

static const struct rhashtable_params sa_params = {
	.key_len = sizeof(struct klips_said),
	.key_offset = offsetof(struct klips_sa, said),
	.head_offset = offsetof(struct klips_sa, node),
	.automatic_shrinking = true,
};

static struct klips_sa *next_of(const struct klips_sa *sa)
{
	return rcu_dereference_protected(sa->next, lockdep_is_held(&sa->kn->config));
}

/* --- finding --------------------------------------------------------------- */

/**
 * klips_sa_find() - the SA of a name
 * @kn:		namespace
 * @said:	its name, unused bytes zero
 *
 * Under rcu_read_lock(), which also keeps the result; or under config.
 *
 * Return: the SA, in whatever state, or NULL.
 */
struct klips_sa *klips_sa_find(struct klips_net *kn, const struct klips_said *said)
{
	return rhashtable_lookup_fast(&kn->sas, said, sa_params);
}

/**
 * klips_sa_is_local() - is an address one of this host's?
 * @net:	namespace
 * @addr:	the address
 *
 * Decides the direction of an SA.
 */
bool klips_sa_is_local(const struct net *net, const struct klips_addr *addr)
{
	if (addr->family == AF_INET)
		return inet_addr_type((struct net *)net, addr->v4) == RTN_LOCAL;
	return ipv6_chk_addr((struct net *)net, &addr->v6, NULL, 0);
}

/**
 * klips_sa_stats_sum() - an SA's counters
 * @sa:	the SA
 *
 * Return: the sums over CPUs.
 */
struct klips_sa_stats klips_sa_stats_sum(const struct klips_sa *sa)
{
	struct klips_sa_stats sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct klips_sa_stats *one = per_cpu_ptr(sa->stats, cpu);

		sum.packets += READ_ONCE(one->packets);
		sum.bytes += READ_ONCE(one->bytes);
		sum.replay_errors += READ_ONCE(one->replay_errors);
		sum.auth_errors += READ_ONCE(one->auth_errors);
		sum.pad_errors += READ_ONCE(one->pad_errors);
	}
	return sum;
}

/* --- birth ------------------------------------------------------------------ */

static void free_now(struct klips_sa *sa)
{
	struct klips_net *kn = sa->kn;

	if (sa->xform)
		sa->xform->destroy(sa);
	klips_secpath_forget(sa);
	dst_cache_destroy(&sa->dst);
	kfree(rcu_dereference_protected(sa->inflow, true));
	free_percpu(sa->stats);
	kfree(sa->replay);
	klips_idents_put(sa->idents);
	kfree_sensitive(sa->keys);
	kfree_sensitive(sa);
	if (atomic_dec_and_test(&kn->sas_alive))
		wake_up_var(&kn->sas_alive);
}

static void free_work(struct work_struct *work)
{
	free_now(container_of(work, struct klips_sa, free));
}

static void unlink_work(struct work_struct *work)
{
	klips_sa_put(container_of(to_rcu_work(work), struct klips_sa, unlink));
}

static int alloc_parts(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	u16 window = spec->replay;

	sa->stats = alloc_percpu_gfp(struct klips_sa_stats, GFP_KERNEL_ACCOUNT);
	if (window)
		window = clamp_t(u16, window, KLIPS_REPLAY_MIN, KLIPS_REPLAY_MAX);
	sa->replay = kzalloc(klips_replay_size(window), GFP_KERNEL_ACCOUNT);
	if (!sa->stats || !sa->replay)
		return -ENOMEM;
	klips_replay_init(sa->replay, window);
	klips_replay_restore(sa->replay, spec->seq);
	atomic64_set(&sa->seq, spec->seq);
	return dst_cache_init(&sa->dst, GFP_KERNEL);
}

static void fill(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	sa->said = spec->said;
	sa->src = spec->src;
	sa->state = spec->state;
	sa->inbound = klips_sa_is_local(sa->kn->net, &spec->said.dst);
	sa->auth = spec->auth;
	sa->encrypt = spec->encrypt;
	sa->auth_bits = spec->auth_bits;
	sa->encrypt_bits = spec->encrypt_bits;
	sa->replay_window = spec->replay;
	sa->esn = spec->esn;
	sa->natt = spec->natt;
	sa->natt_sport = spec->natt_sport;
	sa->natt_dport = spec->natt_dport;
	sa->natt_oa = spec->natt_oa;
	sa->outif = spec->outif;
	sa->refhim = spec->refhim;
	sa->idents = klips_idents_get(spec->idents);
	sa->soft = spec->soft;
	sa->hard = spec->hard;
	sa->limited = spec->soft.bytes || spec->hard.bytes || spec->soft.packets ||
		      spec->hard.packets;
	sa->added = ktime_get_real_seconds();
}

/* A larval SA reserves an SPI; only a mature one has a transform. */
static int init_xform(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	const struct klips_xform *xform = klips_xform_find(spec->said.proto);
	int err;

	if (!xform)
		return -EINVAL;
	if (spec->state == KLIPS_SASTATE_LARVAL)
		return 0;
	err = xform->init(sa, spec);
	if (!err)
		sa->xform = xform;
	else
		xform->destroy(sa);
	return err;
}

/**
 * klips_sa_alloc() - make an SA that is in no table yet
 * @kn:		namespace, its config mutex held
 * @spec:	what it is to be; keys are copied into the transform, and kept for a handover
 *
 * May sleep and load modules.
 *
 * Return: the SA, to be given to klips_sa_insert(), klips_sa_replace() or
 * klips_sa_abandon(); or an error: -EINVAL, -EPROTO (no such cipher), -ENOMEM.
 */
struct klips_sa *klips_sa_alloc(struct klips_net *kn, const struct klips_sa_spec *spec)
{
	struct klips_sa *sa;
	int err;

	lockdep_assert_held(&kn->config);
	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		return ERR_PTR(-ENOMEM);
	sa->kn = kn;
	atomic_inc(&kn->sas_alive);
	spin_lock_init(&sa->lock);
	refcount_set(&sa->refs, 1);
	INIT_RCU_WORK(&sa->unlink, unlink_work);
	INIT_WORK(&sa->free, free_work);
	klips_sa_lifetime_init(sa);
	fill(sa, spec);
	err = alloc_parts(sa, spec);
	if (!err)
		err = init_xform(sa, spec);
	if (!err)
		err = klips_handover_keep_keys(sa, spec);
	if (err) {
		free_now(sa);
		return ERR_PTR(err);
	}
	return sa;
}

/**
 * klips_sa_abandon() - free an SA that never was in the table
 * @sa:	from klips_sa_alloc()
 */
void klips_sa_abandon(struct klips_sa *sa)
{
	free_now(sa);
}

/* Give an SA the number asked for, from another SA perhaps, or a free one. */
static int take_ref(struct klips_sa *sa, u32 want)
{
	struct klips_net *kn = sa->kn;
	struct klips_sa *other;
	int ref;

	other = want ? idr_replace(&kn->sarefs, sa, want) : ERR_PTR(-ENOENT);
	if (!IS_ERR(other)) {
		if (other)
			other->ref = 0;
		sa->ref = want;
		return 0;
	}
	ref = idr_alloc(&kn->sarefs, sa, want ?: 1, want ? want + 1 : SAREF_MAX, GFP_KERNEL);
	if (ref == -ENOSPC)
		return 0;
	if (ref < 0)
		return ref;
	sa->ref = ref;
	return 0;
}

static void drop_ref(struct klips_sa *sa)
{
	if (sa->ref)
		idr_remove(&sa->kn->sarefs, sa->ref);
	sa->ref = 0;
}

static void drop_numbers(struct klips_sa *sa)
{
	drop_ref(sa);
	xa_erase(&sa->kn->sa_ids, sa->id);
}

/* Larval SAs have no SAref. */
static int take_numbers(struct klips_sa *sa, u32 want_ref)
{
	struct klips_net *kn = sa->kn;
	int err;

	err = xa_alloc_cyclic(&kn->sa_ids, &sa->id, sa, xa_limit_31b, &kn->sa_id_next, GFP_KERNEL);
	if (err < 0)
		return err;
	err = sa->state == KLIPS_SASTATE_LARVAL ? 0 : take_ref(sa, want_ref);
	if (err)
		xa_erase(&kn->sa_ids, sa->id);
	return err;
}

/**
 * klips_sa_insert() - let packets find an SA
 * @sa:		from klips_sa_alloc(); config mutex held
 * @want_ref:	SAref asked for, 0 any; one in use changes its owner
 *
 * Return: 0, and the table owns it; -EEXIST, -ENOSPC (as many SAs as there may
 * be), -ENOMEM: then it is still the caller's.
 */
int klips_sa_insert(struct klips_sa *sa, u32 want_ref)
{
	struct klips_net *kn = sa->kn;
	int err;

	lockdep_assert_held(&kn->config);
	if (klips_sa_find(kn, &sa->said))
		return -EEXIST;
	if (!klips_quota_allows(kn, KLIPS_QUOTA_SAS, kn->sa_count, 1))
		return -ENOSPC;
	err = take_numbers(sa, want_ref);
	if (err)
		return err;
	err = rhashtable_insert_fast(&kn->sas, &sa->node, sa_params);
	if (err) {
		drop_numbers(sa);
		/* a listing may have seen it: a grace period before it is the caller's again */
		synchronize_rcu();
		return -ENOMEM;
	}
	WRITE_ONCE(kn->sa_count, kn->sa_count + 1);
	klips_sa_lifetime_start(sa);
	return 0;
}

/* --- death ------------------------------------------------------------------- */

/**
 * klips_sa_put() - give a reference back
 * @sa:	the SA
 *
 * Any context; freed in process context.
 */
void klips_sa_put(struct klips_sa *sa)
{
	if (refcount_dec_and_test(&sa->refs))
		queue_work(klips_wq, &sa->free);
}

static void bury(struct klips_sa *sa)
{
	struct klips_net *kn = sa->kn;

	WRITE_ONCE(sa->state, KLIPS_SASTATE_DEAD);
	klips_sa_lifetime_stop(sa);
	drop_numbers(sa);
	WRITE_ONCE(kn->sa_count, kn->sa_count - 1);
	queue_rcu_work(klips_wq, &sa->unlink);
}

static struct klips_sa *head_of(struct klips_sa *sa)
{
	while (sa->prev)
		sa = sa->prev;
	return sa;
}

/**
 * klips_sa_delete() - remove an SA and all it is grouped with
 * @sa:	any member; config mutex held
 *
 * All are marked dead before the first one goes, so that a packet that still
 * finds one alive may follow its links.
 */
void klips_sa_delete(struct klips_sa *sa)
{
	struct klips_net *kn = sa->kn;
	struct klips_sa *one, *next;

	lockdep_assert_held(&kn->config);
	for (one = head_of(sa); one; one = next_of(one))
		WRITE_ONCE(one->state, KLIPS_SASTATE_DEAD);
	for (one = head_of(sa); one; one = next) {
		next = next_of(one);
		rhashtable_remove_fast(&kn->sas, &one->node, sa_params);
		bury(one);
	}
}

/**
 * klips_sa_flush() - remove all SAs, or those of a protocol with their groups
 * @kn:		namespace, its config mutex held
 * @proto:	enum klips_proto, 0 for all
 */
void klips_sa_flush(struct klips_net *kn, u8 proto)
{
	struct klips_sa *sa;
	unsigned long id;

	lockdep_assert_held(&kn->config);
	xa_for_each(&kn->sa_ids, id, sa) {
		if (!proto || sa->said.proto == proto)
			klips_sa_delete(sa);
		cond_resched();
	}
}

/* A copy of its own: packets still inside the old SA must find its flow there. */
static int copy_inflow(struct klips_sa *sa, const struct klips_sa *old)
{
	const struct klips_inflow *from;
	struct klips_inflow *to;

	from = rcu_dereference_protected(old->inflow, lockdep_is_held(&old->kn->config));
	if (!from)
		return 0;
	to = kmemdup(from, sizeof(*from), GFP_KERNEL);
	RCU_INIT_POINTER(sa->inflow, to);
	return to ? 0 : -ENOMEM;
}

/**
 * klips_sa_replace() - put a new SA in the place of one with the same name
 * @old:	SA in the table; config mutex held
 * @sa:		from klips_sa_alloc(), same SAID
 *
 * One step for packets. The new SA takes over age, group, SAref and inbound
 * flow; @old dies.
 *
 * Return: 0, or -ENOSPC or -ENOMEM; then nothing has changed.
 */
int klips_sa_replace(struct klips_sa *old, struct klips_sa *sa)
{
	struct klips_sa *next = next_of(old);
	struct klips_net *kn = sa->kn;
	u32 ref = old->ref;
	int err;

	lockdep_assert_held(&kn->config);
	err = copy_inflow(sa, old);
	if (!err)
		err = take_numbers(sa, ref);
	if (err)
		return err;
	sa->added = old->added;
	sa->prev = old->prev;
	rcu_assign_pointer(sa->next, next);
	err = rhashtable_replace_fast(&kn->sas, &old->node, &sa->node, sa_params);
	if (WARN_ON_ONCE(err)) {
		drop_numbers(sa);
		/* a listing may have seen it: a grace period before it is the caller's again */
		synchronize_rcu();
		return err;
	}
	if (sa->prev)
		rcu_assign_pointer(sa->prev->next, sa);
	if (next)
		WRITE_ONCE(next->prev, sa);
	WRITE_ONCE(kn->sa_count, kn->sa_count + 1);
	klips_sa_lifetime_start(sa);
	bury(old);
	return 0;
}

/* --- groups ------------------------------------------------------------------- */

static bool follows(const struct klips_sa *sa, const struct klips_sa *first)
{
	for (; first; first = next_of(first))
		if (first == sa)
			return true;
	return false;
}

static unsigned int group_size(struct klips_sa *sa)
{
	unsigned int n = 0;

	for (sa = head_of(sa); sa; sa = next_of(sa))
		n++;
	return n;
}

/**
 * klips_sa_group() - link two SAs, or two groups, into one
 * @first:	the inner one; config mutex held
 * @second:	the outer one
 *
 * Users name the inner one first for both directions; inbound, the chain runs
 * from the outer one inwards.
 *
 * Return: 0; -EEXIST if either end is linked already, the two would form a
 * ring, or the bundle would exceed KLIPS_BUNDLE_MAX.
 */
int klips_sa_group(struct klips_sa *first, struct klips_sa *second)
{
	lockdep_assert_held(&first->kn->config);
	if (second->inbound)
		swap(first, second);
	if (next_of(first) || second->prev || follows(first, second) ||
	    group_size(first) + group_size(second) > KLIPS_BUNDLE_MAX)
		return -EEXIST;
	WRITE_ONCE(second->prev, first);
	rcu_assign_pointer(first->next, second);
	return 0;
}

/**
 * klips_sa_ungroup() - take a group apart from an SA onwards
 * @sa:	the SA; config mutex held
 */
void klips_sa_ungroup(struct klips_sa *sa)
{
	struct klips_sa *next;

	lockdep_assert_held(&sa->kn->config);
	if (sa->prev)
		RCU_INIT_POINTER(sa->prev->next, NULL);
	for (; sa; sa = next) {
		next = next_of(sa);
		WRITE_ONCE(sa->prev, NULL);
		RCU_INIT_POINTER(sa->next, NULL);
	}
}

/**
 * klips_sa_set_inflow() - say what may come out of an inbound tunnel
 * @sa:		any SA of the group; config mutex held
 * @flow:	canonical selector
 *
 * Return: 0; -ENOENT if neither @sa nor an SA behind it is a tunnel; -ENOMEM.
 */
int klips_sa_set_inflow(struct klips_sa *sa, const struct klips_selector *flow)
{
	struct klips_inflow *new, *old;

	lockdep_assert_held(&sa->kn->config);
	while (sa && sa->said.proto != KLIPS_PROTO_IPIP)
		sa = next_of(sa);
	if (!sa)
		return -ENOENT;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->sel = *flow;
	old = rcu_replace_pointer(sa->inflow, new, lockdep_is_held(&sa->kn->config));
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/* --- namespaces --------------------------------------------------------------- */

/**
 * klips_sa_net_init() - an empty table
 * @kn:	namespace
 *
 * Return: 0 or -ENOMEM.
 */
int klips_sa_net_init(struct klips_net *kn)
{
	idr_init(&kn->sarefs);
	xa_init_flags(&kn->sa_ids, XA_FLAGS_ALLOC);
	return rhashtable_init(&kn->sas, &sa_params);
}

/**
 * klips_sa_net_exit() - free all SAs
 * @kn:	namespace whose devices and sockets are gone
 *
 * Waits until the last is freed.
 */
void klips_sa_net_exit(struct klips_net *kn)
{
	mutex_lock(&kn->config);
	klips_sa_flush(kn, 0);
	mutex_unlock(&kn->config);
	wait_var_event(&kn->sas_alive, !atomic_read(&kn->sas_alive));
	rhashtable_destroy(&kn->sas);
	idr_destroy(&kn->sarefs);
	xa_destroy(&kn->sa_ids);
}
