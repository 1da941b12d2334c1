/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that wait for a tunnel: what a %hold eroute keeps.
 *
 * A hold is born open, takes packets, is drained once, and is closed for good.
 * While it is drained the table still names its eroute: who finds a closed hold
 * there obeys what comes after it (klips_hold_next()), so no packet falls
 * between two states of the table, and none overtakes those that waited.
 */
#ifndef KLIPS_HOLD_H
#define KLIPS_HOLD_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "klips/drop.h"
#include "klips/pure.h"
#include "klips/radix.h"

struct klips_eroute;
struct klips_idents;
struct klips_net;
struct net_device;

#define KLIPS_ASKED_BUCKETS	256

enum klips_hold_state { KLIPS_HOLD_OPEN, KLIPS_HOLD_DRAINING, KLIPS_HOLD_CLOSED };

/**
 * struct klips_hold - packets of one selector, and what became of them
 * @kn:		namespace [I]
 * @sel:	the selector [I]
 * @made:	a trap made it, so it ends by itself [I]
 * @pid:	of the trap that made it [I]
 * @restores:	it takes the place of a trap, which comes back when its time is over [C]
 * @trap:	where that trap led [C]
 * @idents:	its identities, NULL none [C]
 * @refs:	one of whoever made it or of the eroute that has it, one more for
 *		an eroute that inherited it
 * @list:	klips_holds.list [W, rcu]
 * @asked:	klips_holds.asked, while the table does not name it yet [W]
 * @fresh:	klips_holds.fresh, likewise [W]
 * @lock:	letter Q: guards what follows
 * @state:	open, draining, closed; never back [Q]
 * @deleted:	closed because its eroute goes, without a successor [Q]
 * @er:		eroute that counts its packets, NULL if none yet [Q, rcu]
 * @successor:	eroute that replaces @er [Q, rcu]
 * @used:	packets kept before there was @er [Q]
 * @queue:	the packets, each with a reference on its device [Q]
 * @bytes:	memory they take [Q]
 * @since:	when it was made or last confirmed, jiffies [Q]
 * @held:	packets ever kept [Q]
 * @released:	of these, sent on [Q]
 * @expired:	of these, kept too long [Q]
 * @lost:	of these, dropped for any other reason [Q]
 * @rcu:	frees it after the last reference
 */
struct klips_hold {
	struct klips_net *kn;
	struct klips_selector sel;
	bool made;
	bool restores;
	u32 pid;
	struct klips_said trap;
	struct klips_idents *idents;
	refcount_t refs;
	struct list_head list;
	struct hlist_node asked;
	struct list_head fresh;
	spinlock_t lock;
	enum klips_hold_state state;
	bool deleted;
	struct klips_eroute __rcu *er;
	struct klips_eroute __rcu *successor;
	u64 used;
	struct sk_buff_head queue;
	size_t bytes;
	unsigned long since;
	u64 held, released, expired, lost;
	struct rcu_head rcu;
};

/**
 * struct klips_holds - the holds of one namespace
 * @lock:	letter W: guards what follows, as marked
 * @list:	every hold, oldest first [W, rcu]
 * @asked:	those the daemons were asked about and the table lacks, by selector [W]
 * @fresh:	the same, in order [W]
 * @seed:	of the hash [I]
 * @open:	holds that are not closed [W]
 * @made:	of these, made by traps [W]
 * @tokens:	ACQUIREs that may be sent at once, times HZ [W]
 * @refilled:	when @tokens was brought up to date, jiffies [W]
 * @bytes:	memory that kept packets take [A]
 * @waiting:	packets kept now [A]
 * @held:	packets ever kept [A]
 * @released:	of these, sent on [A]
 * @expired:	of these, kept too long [A]
 * @lost:	of these, dropped for any other reason [A]
 * @trap_count:	packets for which a daemon was to be asked [A]
 * @trap_sent:	of these, those for which one was [A]
 * @publish:	puts @fresh into the table
 * @tick:	looks for holds whose time is over
 */
struct klips_holds {
	spinlock_t lock;
	struct list_head list;
	struct hlist_head asked[KLIPS_ASKED_BUCKETS];
	struct list_head fresh;
	u32 seed;
	unsigned int open;
	unsigned int made;
	u64 tokens;
	unsigned long refilled;
	atomic_long_t bytes;
	atomic_long_t waiting;
	atomic64_t held, released, expired, lost;
	atomic64_t trap_count, trap_sent;
	struct work_struct publish;
	struct delayed_work tick;
};

void klips_hold_net_init(struct klips_net *kn);
void klips_hold_net_exit(struct klips_net *kn);

/* Life. */
struct klips_hold *klips_hold_new(struct klips_net *kn, const struct klips_selector *sel,
				  bool made, gfp_t gfp);
void klips_hold_enlist(struct klips_hold *h);
void klips_hold_put(struct klips_hold *h);

/* Packets: bottom halves off, under rcu_read_lock(). */
int klips_hold_keep(struct klips_hold *h, struct sk_buff *skb, bool counted);
void klips_hold_tell(const struct klips_net *kn, struct sk_buff *skb);
struct klips_eroute *klips_hold_next(const struct klips_flow *flow, struct klips_eroute *er);
bool klips_hold_leads_to(const struct klips_eroute *held, const struct klips_eroute *er);

/* Ends: under klips_net.config. */
bool klips_hold_is_open(struct klips_hold *h);
void klips_hold_attach(struct klips_hold *h, struct klips_eroute *er);
void klips_hold_release(struct klips_hold *h, struct klips_eroute *successor, bool deleted);
void klips_hold_expire(struct klips_hold *h, struct klips_eroute *successor);
void klips_hold_unlist(struct klips_hold *h);
void klips_hold_release_all(struct klips_net *kn);

/* A device goes down or away. */
void klips_hold_purge_dev(struct klips_net *kn, const struct net_device *dev);

#endif /* KLIPS_HOLD_H */
