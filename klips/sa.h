/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security associations: find by SAID, states, groups, references, death.
 */
#ifndef KLIPS_SA_H
#define KLIPS_SA_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>

#include <klips/pfkeyv2.h>
#include "klips/pure.h"
#include "klips/radix.h"
#include "klips/replay.h"

struct crypto_aead;
struct klips_net;
struct klips_xform;
struct klips_algo_auth;
struct klips_algo_encr;
struct klips_crypt;
struct klips_sa_keys;
struct xfrm_state;

/**
 * struct klips_limits - lifetime limits of one severity, 0 is none
 *
 * A limit is passed when the count is greater.
 */
struct klips_limits {
	u64 allocations;	/* kept and shown, never reached */
	u64 bytes;
	u64 addtime;		/* seconds since the SA was added */
	u64 usetime;		/* seconds since its first packet */
	u64 packets;
};

/**
 * struct klips_crypt_order - an SA's packets in a cipher that finishes later
 * @lock:	guards the others; not held while a packet goes on
 * @queue:	the packets, struct klips_crypt, first come first [O]
 * @length:	how many there are, the one that goes on now included [O, read without]
 * @cpu:	which CPU carries them on, as long as there are any [O]
 * @going:	it is doing that [O]
 * @work:	lets it do that
 */
struct klips_crypt_order {
	spinlock_t lock;
	struct list_head queue;
	unsigned int length;
	int cpu;
	bool going;
	struct work_struct work;
};

/* What has happened to an SA that its owner must hear of. */
enum klips_sa_event {
	KLIPS_SA_SOFT,		/* a soft limit was passed */
	KLIPS_SA_HARD,		/* a hard limit was passed: no packet any more */
	KLIPS_SA_SOFT_TOLD,	/* and EXPIRE was sent */
};

/* What a packet adds to, per CPU. */
struct klips_sa_stats {
	u64 packets;
	u64 bytes;
	u64 replay_errors;
	u64 auth_errors;
	u64 pad_errors;
};

/* What may come out of an inbound tunnel, and how many packets it has refused. */
struct klips_inflow {
	struct klips_selector sel;
	atomic64_t refused;
	struct rcu_head rcu;
};

/**
 * struct klips_sa_spec - what a new SA is to be (from ADD, UPDATE, GETSPI)
 *
 * Plain values; keys point into the message, which the caller wipes.
 */
struct klips_sa_spec {
	struct klips_said said;
	struct klips_addr src;
	u8 state;			/* enum klips_sastate */
	u8 auth;
	u8 encrypt;
	u16 replay;			/* window in packets, 0 off */
	bool esn;			/* 64-bit sequence numbers */
	u64 seq;			/* last number used */
	const u8 *auth_key;
	unsigned int auth_bits;
	const u8 *encrypt_key;
	unsigned int encrypt_bits;
	struct klips_limits soft;
	struct klips_limits hard;
	u8 natt;			/* enum klips_natt */
	u16 natt_sport;			/* host byte order, as on the wire of PF_KEY */
	u16 natt_dport;
	struct klips_addr natt_oa;
	u32 refhim;
	u16 outif;			/* interface number of PLUMBIF, 0 none */
	struct klips_idents *idents;	/* NULL none; the SA takes a reference */
};

/**
 * struct klips_sa - one security association
 * @node:	in klips_net.sas [C, rcu]
 * @kn:		its namespace [I]
 * @said:	its name [I]
 * @src:	outer source [I, but UPDATE replaces the SA]
 * @refs:	1 for the table until a grace period after unlinking, 1 for each
 *		packet in asynchronous crypto
 * @unlink:	gives up the table's reference after the grace period
 * @free:	frees it, in process context
 * @expire:	tells of expiry and unlinks, from process context
 * @state:	enum klips_sastate [A]
 * @inbound:	the destination is an address of this host [I]
 * @xform:	its transform [I]
 * @next:	the SA applied after this one [C, rcu]
 * @prev:	the one before [C]
 * @inflow:	what may come out of an inbound IPIP SA, NULL if not said [C, rcu]
 * @aead:	ESP's cipher [I]
 * @priv:	what another transform needs [I]
 * @crypt:	a request for each CPU, taken while in use [P]
 * @order:	packets for which @aead takes its time
 * @events:	limits passed, bits of enum klips_sa_event [A]
 * @seq:	last outbound sequence number [A]
 * @lock:	guards @replay
 * @replay:	inbound window, of width 0 if replay is not tested [S]
 * @headroom:	bytes it adds in front, at most [I]
 * @tailroom:	bytes it adds behind, at most [I]
 * @limited:	soft or hard has a bytes or packets limit [I]
 * @id:		its number in klips_net.sa_ids [I]
 * @idents:	identities of its ends, NULL none [I]
 * @mapping_told: jiffies of the last NAT_T_NEW_MAPPING, 0 never [A]
 * @soft:	soft limits [C]
 * @hard:	hard limits [C]
 * @keys:	its keys, for a handover alone; NULL if it has none or they have left [C]
 * @was:	its state when it was frozen [C]
 * @total_bytes: with @limited, bytes so far [A]
 * @total_packets: with @limited, packets so far [A]
 * @added:	ktime_get_real_seconds() at ADD [I]
 * @first_used:	the same at the first packet, 0 never
 * @last_used:	the same at the last packet, 0 never
 * @stats:	counters [P]
 * @dst:	route to the peer, for unmarked packets [P]
 * @leaves_by:	index of the device its packets leave by, 0 before the first
 * @described:	what policy_match shows of it, NULL until a packet needs it [A, rcu]
 */
struct klips_sa {
	struct rhash_head node;
	struct klips_net *kn;
	struct klips_said said;
	struct klips_addr src;
	const struct klips_xform *xform;
	struct klips_sa __rcu *next;
	u8 state;
	bool inbound;
	bool limited;
	bool esn;
	unsigned long events;
	u8 auth;
	u8 encrypt;
	u8 natt;
	u8 icv_len;
	u8 iv_len;
	u8 block;
	u16 natt_sport;
	u16 natt_dport;
	u16 headroom;
	u16 tailroom;
	struct crypto_aead *aead;
	struct klips_crypt * __percpu *crypt;
	struct klips_inflow __rcu *inflow;
	struct klips_sa_stats __percpu *stats;
	struct dst_cache dst;
	int leaves_by;
	struct xfrm_state __rcu *described;
	time64_t first_used;
	time64_t last_used;

	atomic64_t seq ____cacheline_aligned_in_smp;

	spinlock_t lock ____cacheline_aligned_in_smp;
	struct klips_replay *replay;

	struct klips_crypt_order order ____cacheline_aligned_in_smp;

	refcount_t refs ____cacheline_aligned_in_smp;
	struct rcu_work unlink;
	struct work_struct free;
	struct delayed_work expire;
	struct klips_sa *prev;
	void *priv;			/* the transform's own state [I] */
	const struct klips_algo_auth *auth_algo;
	const struct klips_algo_encr *encr_algo;
	u16 auth_bits;
	u16 encrypt_bits;
	u16 replay_window;
	u16 outif;
	struct klips_addr natt_oa;
	struct klips_idents *idents;
	unsigned long mapping_told;
	u32 id;
	u32 ref;
	u32 refhim;
	struct klips_limits soft;
	struct klips_limits hard;
	struct klips_sa_keys *keys;
	u8 was;
	atomic64_t total_bytes;
	atomic64_t total_packets;
	time64_t added;
};

int klips_sa_net_init(struct klips_net *kn);
void klips_sa_net_exit(struct klips_net *kn);

/* Packet path and listings: under rcu_read_lock(), no reference taken. */
struct klips_sa *klips_sa_find(struct klips_net *kn, const struct klips_said *said);

/* Changes: under klips_net.config. */
struct klips_sa *klips_sa_alloc(struct klips_net *kn, const struct klips_sa_spec *spec);
int klips_sa_insert(struct klips_sa *sa, u32 want_ref);
int klips_sa_replace(struct klips_sa *old, struct klips_sa *sa);
void klips_sa_delete(struct klips_sa *sa);
void klips_sa_flush(struct klips_net *kn, u8 proto);
int klips_sa_group(struct klips_sa *first, struct klips_sa *second);
void klips_sa_ungroup(struct klips_sa *sa);
int klips_sa_set_inflow(struct klips_sa *sa, const struct klips_selector *flow);
void klips_sa_abandon(struct klips_sa *sa);
bool klips_sa_is_local(const struct net *net, const struct klips_addr *addr);

void klips_sa_put(struct klips_sa *sa);
struct klips_sa_stats klips_sa_stats_sum(const struct klips_sa *sa);

/**
 * klips_sa_get() - take a reference
 * @sa:	an SA found under the current rcu_read_lock(), or already referenced
 *
 * The table gives its own reference up only after a grace period, so this
 * cannot meet a count of zero.
 */
static inline void klips_sa_get(struct klips_sa *sa)
{
	refcount_inc(&sa->refs);
}

/**
 * klips_sa_usable() - may a packet go through this SA?
 * @sa:	the SA
 *
 * Dying SAs work until they are dead.
 */
static inline bool klips_sa_usable(const struct klips_sa *sa)
{
	u8 state = READ_ONCE(sa->state);

	return state == KLIPS_SASTATE_MATURE || state == KLIPS_SASTATE_DYING;
}

/**
 * klips_sa_seq() - last sequence number of an SA
 * @sa:	the SA
 *
 * Return: outbound the last one used, inbound the highest that has come.
 */
static inline u64 klips_sa_seq(const struct klips_sa *sa)
{
	return sa->inbound ? klips_replay_last(sa->replay) : atomic64_read(&sa->seq);
}

/* lifetime.c */
bool klips_sa_expired(struct klips_sa *sa);
void klips_sa_count(struct klips_sa *sa, unsigned int bytes);
void klips_sa_lifetime_init(struct klips_sa *sa);
void klips_sa_lifetime_start(struct klips_sa *sa);
void klips_sa_lifetime_stop(struct klips_sa *sa);
void klips_sa_kill(struct klips_sa *sa);

#endif /* KLIPS_SA_H */
