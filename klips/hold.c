// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that wait for a tunnel: kept in a bounded queue, sent on in order and
 * exactly once, or dropped and counted.
 *
 * When a packet has to wait is trap.c's business, where holds hang in the table
 * eroute.c's.  A kept packet has a reference on its ipsecN; klips_hold_purge_dev()
 * gives it back when the device goes down, so nothing is pinned.
 */
#include <linux/icmpv6.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/icmp.h>

#include "klips/eroute.h"
#include "klips/hold.h"
#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/trace.h"
#include "klips/trap.h"
#include "klips/xmit.h"

/*
 * A drain takes what waited and what came meanwhile, but ends: beyond so many
 * late packets, the rest is let go at once.
 */
#define DRAIN_LATE_MAX	256

/* A kept packet's cb: nothing of the decision made for it stays valid. */
struct kept {
	unsigned long since;	/* jiffies */
};

#define KEPT(skb)	((struct kept *)(skb)->cb)

/* --- life -------------------------------------------------------------------- */

/**
 * klips_hold_new() - an empty hold
 * @kn:		namespace
 * @sel:	canonical selector
 * @made:	a trap makes it
 * @gfp:	GFP_KERNEL or GFP_ATOMIC
 *
 * Return: the hold with one reference, on no list; NULL without memory.
 */
struct klips_hold *klips_hold_new(struct klips_net *kn, const struct klips_selector *sel,
				  bool made, gfp_t gfp)
{
	struct klips_hold *h = kzalloc(sizeof(*h), gfp);

	if (!h)
		return NULL;
	h->kn = kn;
	h->sel = *sel;
	h->made = made;
	h->since = jiffies;
	refcount_set(&h->refs, 1);
	INIT_LIST_HEAD(&h->list);
	INIT_LIST_HEAD(&h->fresh);
	spin_lock_init(&h->lock);
	__skb_queue_head_init(&h->queue);
	return h;
}

/**
 * klips_hold_enlist() - let others find a new hold; its clock runs
 * @h:	the hold, before any packet can get into it; klips_holds.lock held
 */
void klips_hold_enlist(struct klips_hold *h)
{
	struct klips_holds *hs = &h->kn->holds;

	lockdep_assert_held(&hs->lock);
	list_add_tail_rcu(&h->list, &hs->list);
	WRITE_ONCE(hs->open, hs->open + 1);
	WRITE_ONCE(hs->made, hs->made + h->made);
	queue_delayed_work(klips_wq, &hs->tick, HZ);
}

/**
 * klips_hold_put() - drop a reference
 * @h:	the hold or NULL; closed and unlisted if this is the last one
 */
void klips_hold_put(struct klips_hold *h)
{
	if (!h || !refcount_dec_and_test(&h->refs))
		return;
	klips_idents_put(h->idents);
	kfree_rcu(h, rcu);
}

/**
 * klips_hold_unlist() - take a hold that no eroute has any more off the list
 * @h:	closed hold; config mutex held
 */
void klips_hold_unlist(struct klips_hold *h)
{
	struct klips_holds *hs = &h->kn->holds;

	spin_lock_bh(&hs->lock);
	list_del_rcu(&h->list);
	spin_unlock_bh(&hs->lock);
}

static void count_closed(struct klips_hold *h)
{
	struct klips_holds *hs = &h->kn->holds;

	spin_lock_bh(&hs->lock);
	WRITE_ONCE(hs->open, hs->open - 1);
	WRITE_ONCE(hs->made, hs->made - h->made);
	spin_unlock_bh(&hs->lock);
}

/* --- the queue ------------------------------------------------------------------ */

static void charge(struct klips_hold *h, struct sk_buff *skb)
{
	trace_klips_hold(skb->dev, skb);
	KEPT(skb)->since = jiffies;
	dev_hold(skb->dev);
	skb_dst_force(skb);
	__skb_queue_tail(&h->queue, skb);
	h->bytes += skb->truesize;
	atomic_long_inc(&h->kn->holds.waiting);
	h->held++;
	atomic64_inc(&h->kn->holds.held);
}

/* The packet stays the caller's, with its reference on the device. */
static void uncharge(struct klips_hold *h, struct sk_buff *skb)
{
	__skb_unlink(skb, &h->queue);
	h->bytes -= skb->truesize;
	atomic_long_sub(skb->truesize, &h->kn->holds.bytes);
	atomic_long_dec(&h->kn->holds.waiting);
}

static struct sk_buff *take_first(struct klips_hold *h)
{
	struct sk_buff *skb = skb_peek(&h->queue);

	if (skb)
		uncharge(h, skb);
	return skb;
}

static void drop_kept(struct klips_net *kn, struct sk_buff *skb, enum klips_drop why)
{
	struct net_device *dev = skb->dev;

	klips_drop(kn, dev, skb, why);
	dev_put(dev);
}

static void drop_list(struct klips_net *kn, struct sk_buff_head *list, enum klips_drop why)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		drop_kept(kn, skb, why);
}

static bool is_full(const struct klips_hold *h, unsigned int more)
{
	const struct klips_sysctl *sys = &h->kn->sysctl;

	return h->queue.qlen + 1 > READ_ONCE(sys->hold_packets) ||
	       h->bytes + more > READ_ONCE(sys->hold_bytes);
}

/* Would it fit if only the first packet were here? */
static bool fits_at_all(const struct klips_hold *h, unsigned int more)
{
	const struct klips_sysctl *sys = &h->kn->sysctl;
	const struct sk_buff *first = skb_peek(&h->queue);

	return READ_ONCE(sys->hold_packets) > (first ? 1 : 0) &&
	       (first ? first->truesize : 0) + more <= READ_ONCE(sys->hold_bytes);
}

/* The oldest goes, except the first: it may be what opens a connection. */
static void evict(struct klips_hold *h, unsigned int more, struct sk_buff_head *gone)
{
	struct sk_buff *skb;

	while (h->queue.qlen > 1 && is_full(h, more)) {
		skb = skb_peek_next(skb_peek(&h->queue), &h->queue);
		uncharge(h, skb);
		__skb_queue_tail(gone, skb);
		h->lost++;
		atomic64_inc(&h->kn->holds.lost);
	}
}

static bool charge_namespace(struct klips_net *kn, unsigned int more)
{
	if (atomic_long_add_return(more, &kn->holds.bytes) <= READ_ONCE(kn->sysctl.hold_total))
		return true;
	atomic_long_sub(more, &kn->holds.bytes);
	return false;
}

static void count_use(struct klips_hold *h)
{
	struct klips_eroute *er = rcu_dereference(h->er);

	if (er)
		klips_eroute_used(er);
	else
		h->used++;
}

static int keep_locked(struct klips_hold *h, struct sk_buff *skb, struct sk_buff_head *gone)
{
	unsigned int more = skb->truesize;

	if (h->state == KLIPS_HOLD_CLOSED)
		return -ESTALE;
	/* the drain makes room soon enough; out of order is better than lost */
	if (h->state == KLIPS_HOLD_DRAINING && is_full(h, more))
		return -ESTALE;
	if (!netif_running(skb->dev))
		return KLIPS_DROP_OUT_HOLD_DEVICE;
	if (!fits_at_all(h, more))
		return KLIPS_DROP_OUT_SHUNT_HOLD;
	evict(h, more, gone);
	if (!charge_namespace(h->kn, more))
		return KLIPS_DROP_OUT_HOLD_TOTAL;
	charge(h, skb);
	return 0;
}

/**
 * klips_hold_keep() - keep a packet
 * @h:		the hold
 * @skb:	packet for ipsecN
 * @counted:	it has been counted on the trap that made the hold
 *
 * Under rcu_read_lock(), bottom halves off. Makes room by dropping the oldest
 * packets but the first.
 *
 * Return: 0 if the packet was taken; -ESTALE if the hold is closed: look again;
 * or a reason to drop the packet.
 */
int klips_hold_keep(struct klips_hold *h, struct sk_buff *skb, bool counted)
{
	struct sk_buff_head gone;
	int ret;

	__skb_queue_head_init(&gone);
	spin_lock_bh(&h->lock);
	ret = keep_locked(h, skb, &gone);
	if (ret != -ESTALE && !counted)
		count_use(h);
	spin_unlock_bh(&h->lock);
	drop_list(h->kn, &gone, KLIPS_DROP_OUT_SHUNT_HOLD);
	return ret;
}

/**
 * klips_hold_next() - the eroute to obey instead of a closed hold's
 * @flow:	the packet's key
 * @er:		%hold eroute that a lookup found, its hold draining or closed
 *
 * Under rcu_read_lock().
 *
 * Return: what the table says by now, or will say when the change that closed
 * the hold is done; NULL for a miss.
 */
struct klips_eroute *klips_hold_next(const struct klips_flow *flow, struct klips_eroute *er)
{
	struct klips_hold *h = er->hold;
	struct klips_eroute *now = klips_eroute_lookup(h->kn, flow), *next;
	bool deleted;

	if (now != er)
		return now;
	spin_lock_bh(&h->lock);
	next = rcu_dereference(h->successor);
	deleted = h->deleted;
	spin_unlock_bh(&h->lock);
	if (next)
		return next;
	return deleted ? klips_eroute_second(h->kn, flow, er) : er;
}

/**
 * klips_hold_leads_to() - does a lookup's result stand for this eroute?
 * @found:	what the table says, NULL for a miss
 * @er:		the eroute a packet obeys
 *
 * Under rcu_read_lock().
 *
 * Return: true if they are the same, or @found is about to be replaced by @er.
 */
bool klips_hold_leads_to(const struct klips_eroute *found, const struct klips_eroute *er)
{
	if (found == er)
		return true;
	return found && found->hold && klips_eroute_shunt(found) == KLIPS_SHUNT_HOLD &&
	       rcu_access_pointer(found->hold->successor) == er;
}

/* --- ends ------------------------------------------------------------------------ */

/**
 * klips_hold_is_open() - does it take packets?
 * @h:	the hold or NULL; config mutex held
 */
bool klips_hold_is_open(struct klips_hold *h)
{
	return h && READ_ONCE(h->state) == KLIPS_HOLD_OPEN;
}

/**
 * klips_hold_attach() - name the eroute that has a hold
 * @h:	the hold
 * @er:	its eroute, which the table names by now; config mutex held
 *
 * The clock of the hold starts again; packets count on the eroute from now on.
 */
void klips_hold_attach(struct klips_hold *h, struct klips_eroute *er)
{
	spin_lock_bh(&h->lock);
	atomic64_add(h->used, &er->base);
	h->used = 0;
	h->since = jiffies;
	rcu_assign_pointer(h->er, er);
	if (h->state == KLIPS_HOLD_CLOSED)
		RCU_INIT_POINTER(h->successor, NULL);
	spin_unlock_bh(&h->lock);
}

static void count_released(struct klips_hold *h, bool went)
{
	spin_lock_bh(&h->lock);
	if (went)
		h->released++;
	else
		h->lost++;
	spin_unlock_bh(&h->lock);
	atomic64_inc(went ? &h->kn->holds.released : &h->kn->holds.lost);
}

static void send_on(struct klips_hold *h, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	count_released(h, klips_xmit_again(h->kn, skb, h));
	dev_put(dev);
}

/* The next packet to send on; NULL: the hold is closed, what is left is in @rest. */
static struct sk_buff *drain_one(struct klips_hold *h, unsigned int *budget,
				 struct sk_buff_head *rest)
{
	struct sk_buff *skb, *late;

	spin_lock_bh(&h->lock);
	skb = *budget ? take_first(h) : NULL;
	if (skb) {
		--*budget;
	} else {
		h->state = KLIPS_HOLD_CLOSED;
		while ((late = take_first(h)))
			__skb_queue_tail(rest, late);
	}
	spin_unlock_bh(&h->lock);
	return skb;
}

/**
 * klips_hold_release() - send on what waits, then close
 * @h:		open hold
 * @successor:	eroute that takes the place of the hold's, NULL if none
 * @deleted:	the hold's eroute goes: what is behind it decides, and where that
 *		is a trap or nothing the packets are dropped
 *
 * Before the table is changed; config mutex held. With neither, the table as it
 * stands decides, and the hold must not be in it.
 */
void klips_hold_release(struct klips_hold *h, struct klips_eroute *successor, bool deleted)
{
	struct sk_buff_head rest;
	unsigned int budget;
	struct sk_buff *skb;

	lockdep_assert_held(&h->kn->config);
	__skb_queue_head_init(&rest);
	spin_lock_bh(&h->lock);
	h->state = KLIPS_HOLD_DRAINING;
	WRITE_ONCE(h->deleted, deleted);
	rcu_assign_pointer(h->successor, successor);
	budget = h->queue.qlen + DRAIN_LATE_MAX;
	spin_unlock_bh(&h->lock);
	while ((skb = drain_one(h, &budget, &rest)))
		send_on(h, skb);
	while ((skb = __skb_dequeue(&rest)))
		send_on(h, skb);
	count_closed(h);
}

static void tell_unreachable(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

static void drop_expired(struct klips_net *kn, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		klips_hold_tell(kn, skb);
		drop_kept(kn, skb, KLIPS_DROP_OUT_HOLD_EXPIRED);
	}
}

/**
 * klips_hold_tell() - tell the sender of a packet that waited in vain, if asked to
 * @kn:		namespace
 * @skb:	the packet, still the caller's
 */
void klips_hold_tell(const struct klips_net *kn, struct sk_buff *skb)
{
	if (!READ_ONCE(kn->sysctl.hold_expired_icmp))
		return;
	local_bh_disable();
	tell_unreachable(skb);
	local_bh_enable();
}

/* Take out packets kept since before @oldest. */
static void take_old(struct klips_hold *h, unsigned long oldest, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&h->queue)) && time_before_eq(KEPT(skb)->since, oldest)) {
		uncharge(h, skb);
		__skb_queue_tail(list, skb);
		h->expired++;
		atomic64_inc(&h->kn->holds.expired);
	}
}

/**
 * klips_hold_expire() - drop what waits and close
 * @h:		open hold
 * @successor:	eroute that takes the place of the hold's, NULL if the hold's goes
 *
 * Before the table is changed; config mutex held.
 */
void klips_hold_expire(struct klips_hold *h, struct klips_eroute *successor)
{
	struct sk_buff_head old;

	lockdep_assert_held(&h->kn->config);
	__skb_queue_head_init(&old);
	spin_lock_bh(&h->lock);
	h->state = KLIPS_HOLD_CLOSED;
	WRITE_ONCE(h->deleted, !successor);
	rcu_assign_pointer(h->successor, successor);
	take_old(h, jiffies, &old);
	spin_unlock_bh(&h->lock);
	drop_expired(h->kn, &old);
	count_closed(h);
}

/* The table that named it is gone, and its eroute with it. */
static void orphan(struct klips_hold *h)
{
	bool asked = klips_trap_forget(h);

	if (klips_hold_is_open(h))
		klips_hold_release(h, NULL, false);
	spin_lock_bh(&h->lock);
	RCU_INIT_POINTER(h->er, NULL);
	RCU_INIT_POINTER(h->successor, NULL);
	spin_unlock_bh(&h->lock);
	klips_hold_unlist(h);
	if (asked)
		klips_hold_put(h);
}

/*
 * The hold behind this place in the list.  Packets add to its end meanwhile; only who has
 * the config mutex takes away.
 */
static struct klips_hold *behind(struct klips_holds *hs, const struct list_head *at)
{
	struct list_head *next = READ_ONCE(at->next);

	return next == &hs->list ? NULL : list_entry(next, struct klips_hold, list);
}

static struct klips_hold *newest(struct klips_holds *hs)
{
	struct klips_hold *h = NULL;

	spin_lock_bh(&hs->lock);
	if (!list_empty(&hs->list))
		h = list_last_entry(&hs->list, struct klips_hold, list);
	spin_unlock_bh(&hs->lock);
	return h;
}

/**
 * klips_hold_release_all() - send on all that waits, close and unlist every hold
 * @kn:	namespace, its config mutex held
 *
 * The table that named them is out of every packet's reach; the one in use
 * decides. What meets a trap there waits again, in a hold of its own, which is
 * left alone.
 */
void klips_hold_release_all(struct klips_net *kn)
{
	struct klips_hold *h, *next, *last = newest(&kn->holds);

	if (!last)
		return;
	for (h = behind(&kn->holds, &kn->holds.list); h; h = next) {
		next = h == last ? NULL : behind(&kn->holds, &h->list);
		orphan(h);
		cond_resched();
	}
}

/* --- devices and time --------------------------------------------------------------- */

static void purge(struct klips_hold *h, const struct net_device *dev)
{
	struct sk_buff *skb, *next;
	struct sk_buff_head gone;

	__skb_queue_head_init(&gone);
	spin_lock_bh(&h->lock);
	skb_queue_walk_safe(&h->queue, skb, next) {
		if (skb->dev != dev)
			continue;
		uncharge(h, skb);
		__skb_queue_tail(&gone, skb);
		h->lost++;
		atomic64_inc(&h->kn->holds.lost);
	}
	spin_unlock_bh(&h->lock);
	drop_list(h->kn, &gone, KLIPS_DROP_OUT_HOLD_DEVICE);
}

/**
 * klips_hold_purge_dev() - drop what waits for a device
 * @kn:		namespace
 * @dev:	ipsecN, which takes no packets any more
 */
void klips_hold_purge_dev(struct klips_net *kn, const struct net_device *dev)
{
	struct klips_hold *h;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &kn->holds.list, list)
		if (READ_ONCE(h->queue.qlen))
			purge(h, dev);
	rcu_read_unlock();
}

/*
 * A hold that a trap made, or that stands in a trap's place, ends when its time
 * is over; one that somebody asked for stays, and only its packets go.
 */
static void check_time(struct klips_hold *h, unsigned long life)
{
	struct sk_buff_head old;

	if (!klips_hold_is_open(h))
		return;
	if (h->made || h->restores) {
		if (time_after_eq(jiffies, READ_ONCE(h->since) + life))
			klips_eroute_end_hold(h);
		return;
	}
	__skb_queue_head_init(&old);
	spin_lock_bh(&h->lock);
	take_old(h, jiffies - life, &old);
	spin_unlock_bh(&h->lock);
	drop_expired(h->kn, &old);
}

static void tick(struct work_struct *work)
{
	struct klips_holds *hs = container_of(work, struct klips_holds, tick.work);
	struct klips_net *kn = container_of(hs, struct klips_net, holds);
	unsigned long life = READ_ONCE(kn->sysctl.hold_seconds) * HZ;
	struct klips_hold *h, *next;

	mutex_lock(&kn->config);
	klips_trap_settle(kn);
	for (h = behind(hs, &hs->list); h; h = next) {
		next = behind(hs, &h->list);
		check_time(h, life);
		cond_resched();
	}
	mutex_unlock(&kn->config);
	if (READ_ONCE(hs->open))
		queue_delayed_work(klips_wq, &hs->tick, HZ);
}

/**
 * klips_hold_net_init() - nothing waits yet
 * @kn:	namespace
 */
void klips_hold_net_init(struct klips_net *kn)
{
	struct klips_holds *hs = &kn->holds;

	spin_lock_init(&hs->lock);
	INIT_LIST_HEAD(&hs->list);
	INIT_LIST_HEAD(&hs->fresh);
	hs->seed = get_random_u32();
	hs->tokens = U64_MAX / 2;	/* full: cut to acquire_burst when first used */
	hs->refilled = jiffies;
	INIT_WORK(&hs->publish, klips_trap_publish);
	INIT_DELAYED_WORK(&hs->tick, tick);
}

/**
 * klips_hold_net_exit() - free every hold
 * @kn:	namespace; its devices are gone, and with them all that waited
 */
void klips_hold_net_exit(struct klips_net *kn)
{
	cancel_work_sync(&kn->holds.publish);
	cancel_delayed_work_sync(&kn->holds.tick);
	mutex_lock(&kn->config);
	klips_hold_release_all(kn);
	mutex_unlock(&kn->config);
}
