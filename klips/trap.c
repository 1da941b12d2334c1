// SPDX-License-Identifier: GPL-2.0-only
/*
 * %trap: the first packet of a flow makes an ACQUIRE and a narrow %hold.
 *
 * The packet path may not change the table, so the hold is first found by its
 * selector in a small hash that packets on a trap look into; a work item, or
 * the next change anybody makes, puts it into the table.  RFC 2367, 3.1.6;
 * datapath.md, section 4.  How packets are kept is left to hold.c.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "klips/eroute.h"
#include "klips/hold.h"
#include "klips/klips.h"
#include "klips/trap.h"

/* Changes of the table that one packet may meet before it is given up. */
#define WAIT_TRIES	8

/* --- what was asked ------------------------------------------------------------- */

static struct hlist_head *bucket(struct klips_holds *hs, const struct klips_selector *sel)
{
	u32 hash = jhash2((const u32 *)sel, sizeof(*sel) / sizeof(u32), hs->seed);

	static_assert(sizeof(*sel) % sizeof(u32) == 0);
	return &hs->asked[hash % KLIPS_ASKED_BUCKETS];
}

static struct klips_hold *find_asked(struct klips_holds *hs, const struct klips_selector *sel)
{
	struct klips_hold *h;

	hlist_for_each_entry(h, bucket(hs, sel), asked)
		if (!memcmp(&h->sel, sel, sizeof(*sel)))
			return h;
	return NULL;
}

/* As much of the packet as the trap names, but both addresses whole. */
static void narrow(const struct klips_eroute *trap, const struct klips_flow *flow,
		   struct klips_selector *sel)
{
	const struct klips_selector *wide = &trap->entry.sel;

	*sel = *wide;
	if (klips_eroute_shunt(trap) == KLIPS_SHUNT_TRAPSUBNET)
		return;
	sel->src = flow->src;
	sel->dst = flow->dst;
	sel->src_len = klips_addr_bits(flow->family);
	sel->dst_len = klips_addr_bits(flow->family);
}

static int acquire(struct klips_net *kn, const struct klips_eroute *trap,
		   const struct klips_flow *flow)
{
	const struct klips_selector *sel = &trap->entry.sel;
	struct klips_addr src = { .family = flow->family }, dst = src;

	memcpy(src.bytes, flow->src.bytes, sizeof(src.bytes));
	memcpy(dst.bytes, flow->dst.bytes, sizeof(dst.bytes));
	return klips_pfkey_acquire(kn, &src, sel->sport, &dst, sel->dport, sel->proto,
				   trap->idents);
}

/* --- limits --------------------------------------------------------------------- */

/* So many ACQUIREs a second, so many at once; rate 0: any number. */
static bool may_ask(struct klips_net *kn)
{
	u64 rate = READ_ONCE(kn->sysctl.acquire_rate);
	u64 burst = READ_ONCE(kn->sysctl.acquire_burst);
	struct klips_holds *hs = &kn->holds;
	unsigned long now = jiffies;

	if (!rate)
		return true;
	hs->tokens = min(burst * HZ, hs->tokens + (now - hs->refilled) * rate);
	hs->refilled = now;
	return hs->tokens >= HZ;
}

/* --- a packet on a trap ----------------------------------------------------------- */

/*
 * Ask, and open a hold.  Under klips_holds.lock, so that nobody who answers can
 * find the hold missing, and no other packet asks again.
 */
static int ask(struct klips_net *kn, const struct klips_flow *flow, struct klips_eroute *trap,
	       const struct klips_selector *sel, struct klips_hold **made)
{
	struct klips_holds *hs = &kn->holds;
	struct klips_hold *h;

	/* it may have got into the table since this packet's lookup */
	if (!klips_hold_leads_to(klips_eroute_lookup(kn, flow), trap))
		return -ESTALE;
	klips_eroute_used(trap);
	atomic64_inc(&hs->trap_count);
	if (hs->made >= READ_ONCE(kn->sysctl.trap_holds))
		return KLIPS_DROP_OUT_TRAP_HOLDS;
	if (!may_ask(kn))
		return KLIPS_DROP_OUT_TRAP_RATE;
	h = klips_hold_new(kn, sel, true, GFP_ATOMIC);
	if (!h)
		return KLIPS_DROP_OUT_NO_MEMORY;
	h->pid = trap->pid;
	h->restores = !memcmp(sel, &trap->entry.sel, sizeof(*sel));
	if (acquire(kn, trap, flow)) {
		klips_hold_put(h);
		return KLIPS_DROP_OUT_SHUNT_TRAP;
	}
	hs->tokens -= min_t(u64, hs->tokens, HZ);
	atomic64_inc(&hs->trap_sent);
	hlist_add_head(&h->asked, bucket(hs, sel));
	list_add_tail(&h->fresh, &hs->fresh);
	klips_hold_enlist(h);
	queue_work(klips_wq, &hs->publish);
	*made = h;
	return 0;
}

/* As klips_hold_keep(). */
static int trapped(struct klips_net *kn, struct sk_buff *skb, const struct klips_flow *flow,
		   struct klips_eroute *trap)
{
	struct klips_holds *hs = &kn->holds;
	struct klips_selector sel;
	struct klips_hold *h;
	bool first = false;
	int err = 0;

	narrow(trap, flow, &sel);
	spin_lock_bh(&hs->lock);
	h = find_asked(hs, &sel);
	if (!h) {
		first = true;
		err = ask(kn, flow, trap, &sel, &h);
	}
	spin_unlock_bh(&hs->lock);
	return err ? err : klips_hold_keep(h, skb, first);
}

static enum klips_drop in_vain(const struct klips_hold *leaving, const struct klips_eroute *er)
{
	if (leaving && (!er || READ_ONCE(leaving->deleted)))
		return KLIPS_DROP_OUT_HOLD_DELETED;
	return er ? KLIPS_DROP_OUT_SHUNT_HOLD : KLIPS_DROP_OUT_NO_EROUTE;
}

/**
 * klips_wait() - let a packet wait if its eroute says so
 * @kn:		namespace
 * @skb:	the packet
 * @flow:	its key
 * @er:		in: the eroute that a lookup found, or NULL; out: the one to obey,
 *		neither NULL nor %trap nor %hold
 * @leaving:	hold that the packet is leaving, NULL if it comes from outside; a
 *		packet of a deleted hold asks nobody again
 *
 * Under rcu_read_lock(), bottom halves off.
 *
 * Return: 0: obey @er; KLIPS_DROP_COUNT: the packet was taken; else a reason to
 * drop it.
 */
enum klips_drop klips_wait(struct klips_net *kn, struct sk_buff *skb,
			   const struct klips_flow *flow, struct klips_eroute **er,
			   const struct klips_hold *leaving)
{
	int tries, err;

	for (tries = 0; tries < WAIT_TRIES && *er; tries++) {
		switch (klips_eroute_shunt(*er)) {
		case KLIPS_SHUNT_HOLD:
			err = (*er)->hold == leaving ? -ESTALE :
						       klips_hold_keep((*er)->hold, skb, false);
			if (err == -ESTALE)
				*er = klips_hold_next(flow, *er);
			break;
		case KLIPS_SHUNT_TRAP:
		case KLIPS_SHUNT_TRAPSUBNET:
			if (leaving && READ_ONCE(leaving->deleted))
				return KLIPS_DROP_OUT_HOLD_DELETED;
			err = trapped(kn, skb, flow, *er);
			if (err == -ESTALE)
				*er = klips_eroute_lookup(kn, flow);
			break;
		default:
			return KLIPS_DROP_NONE;
		}
		if (err != -ESTALE)
			return err ? err : KLIPS_DROP_COUNT;
	}
	return in_vain(leaving, *er);
}

/* --- into the table ---------------------------------------------------------------- */

/**
 * klips_trap_forget() - packets on the trap find this hold no more
 * @h:	any hold; config mutex held
 *
 * The reference of the hash passes to the caller, if it was there.
 *
 * Return: was it there?
 */
bool klips_trap_forget(struct klips_hold *h)
{
	struct klips_holds *hs = &h->kn->holds;
	bool was;

	spin_lock_bh(&hs->lock);
	was = !hlist_unhashed(&h->asked);
	hlist_del_init(&h->asked);
	list_del_init(&h->fresh);
	spin_unlock_bh(&hs->lock);
	return was;
}

static struct klips_hold *next_fresh(struct klips_holds *hs)
{
	struct klips_hold *h;

	spin_lock_bh(&hs->lock);
	h = list_first_entry_or_null(&hs->fresh, struct klips_hold, fresh);
	if (h)
		list_del_init(&h->fresh);
	spin_unlock_bh(&hs->lock);
	return h;
}

/* It does not get in: what waited looks again, and without memory asks nobody. */
static void give_up(struct klips_hold *h, bool no_memory)
{
	klips_trap_forget(h);
	klips_hold_release(h, NULL, no_memory);
	klips_hold_unlist(h);
	klips_hold_put(h);
}

/**
 * klips_trap_settle() - put into the table what packets on traps have made
 * @kn:	namespace, its config mutex held
 *
 * Before every change of the table: whoever heard an ACQUIRE finds its %hold.
 */
void klips_trap_settle(struct klips_net *kn)
{
	struct klips_hold *h;
	int err;

	lockdep_assert_held(&kn->config);
	while ((h = next_fresh(&kn->holds))) {
		err = klips_eroute_add_hold(h);
		if (err)
			give_up(h, err == -ENOMEM);
		else
			klips_trap_forget(h);
	}
}

/**
 * klips_trap_publish() - the work that does so soon after the first packet
 * @work:	klips_holds.publish
 */
void klips_trap_publish(struct work_struct *work)
{
	struct klips_holds *hs = container_of(work, struct klips_holds, publish);
	struct klips_net *kn = container_of(hs, struct klips_net, holds);

	mutex_lock(&kn->config);
	klips_trap_settle(kn);
	mutex_unlock(&kn->config);
}
