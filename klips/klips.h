/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map: a packet's way through the module, its locks, its one piece of
 * per-namespace state.
 *
 * Out: device.c -> xmit.c -> flow.c -> eroute.c (radix_lookup.c) -> sa.c
 *	-> for each SA of the bundle, xform.c -> { ipip.c ipcomp.c esp.c ah.c }
 *	-> xmit.c routes the result on the physical device -> LOCAL_OUT
 *
 *	stack -> ipsecN -> eroute -> %shunt
 *	                     |
 *	                     +-> bundle: [comp] [ipip] [esp] [ah] [udp] -> route -> OUTPUT -o eth1
 *
 * In:	INPUT -i eth1 -> rcv.c -> sa.c -> replay.c (test) -> xform.c
 *	-> { ah.c esp.c ipcomp.c ipip.c } -> replay.c (advance, after authentication)
 *	-> rcv.c checks policy -> device.c -> PREROUTING -i ipsecN
 *
 * Locks.  A letter behind a member says what guards it:
 *
 *	I	immutable once other CPUs can see the object
 *	C	klips_net.config (mutex): every change that PF_KEY, an ioctl or an
 *		expiry makes to SAs, eroutes, groups; process context
 *	R	rtnl: devices, what they are attached to
 *	S	klips_sa.lock (spinlock, BH): one SA's replay window
 *	O	klips_crypt_order.lock (spinlock, BH): one SA's packets in a cipher that
 *		finishes later
 *	W	klips_holds.lock (spinlock, BH): which packets wait for a tunnel
 *	Q	klips_hold.lock (spinlock, BH): one queue of them
 *	A	atomic operations on the member itself
 *	P	per CPU, folded when read
 *	rcu	readers under rcu_read_lock(), besides the writer's letter
 *
 * Taking order: rtnl, config, then one of W, Q, S, O.  The packet path takes S or O, and
 * for a packet that has to wait W and Q, one after the other; it sends nothing under them.
 *
 * An object dies in three steps: unlinked under C (or R), one grace period in
 * which readers that saw it finish, then freed when its last reference is put.
 */
#ifndef KLIPS_H
#define KLIPS_H

#include <linux/idr.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "klips/drop.h"
#include "klips/hold.h"
#include "klips/pfkey.h"
#include "klips/quota.h"
#include "klips/sysctl.h"

struct klips_radix;
struct proc_dir_entry;

/**
 * struct klips_net - everything the module keeps for one network namespace
 * @net:	the namespace [I]
 * @config:	serialises changes of SAs, eroutes and groups
 * @eroutes:	the eroute table [C, rcu]
 * @holds:	packets that wait for a tunnel
 * @sas:	the SAs by SAID [C, rcu]
 * @sa_ids:	the SAs by a number of their own, for listings [C, rcu]
 * @sa_id_next:	where the next number is looked for [C]
 * @sa_count:	how many there are [C]
 * @sas_alive:	SAs not yet freed, in the table or not [A]
 * @sarefs:	SAref numbers to SAs [C]
 * @devs:	struct klips_dev of every ipsecN here [R, rcu]
 * @attached:	how many of them are attached to a physical device [R]
 * @drops:	packets lost, by reason [P]
 * @pfkey:	sockets and registrations
 * @sysctl:	/proc/sys/net/ipsec
 * @quotas:	limits there, and what they refused
 * @proc:	/proc/net/ipsec [I]
 */
struct klips_net {
	struct net *net;
	struct mutex config;
	struct klips_radix __rcu *eroutes;
	struct klips_holds holds;
	struct rhashtable sas;
	struct xarray sa_ids;
	u32 sa_id_next;
	unsigned int sa_count;
	atomic_t sas_alive;
	struct idr sarefs;
	struct list_head devs;
	unsigned int attached;
	struct klips_drops __percpu *drops;
	struct klips_pfkey_net pfkey;
	struct klips_sysctl sysctl;
	struct klips_quotas quotas;
	struct proc_dir_entry *proc;
};

extern unsigned int klips_net_id;

/**
 * klips_net() - the module's state of a namespace
 * @net:	the namespace
 */
static inline struct klips_net *klips_net(const struct net *net)
{
	return net_generic(net, klips_net_id);
}

/* Work that may sleep and must be over before the module goes. */
extern struct workqueue_struct *klips_wq;

/* Most SAs in one bundle, and most tunnels within tunnels (datapath.md, 3.6). */
#define KLIPS_BUNDLE_MAX	4
#define KLIPS_NESTING_MAX	4

#endif /* KLIPS_H */
