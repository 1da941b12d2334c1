// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handover: SAs leave with their keys, and come back into the next load of the
 * module with sequence numbers that were never used.
 *
 * This is the only way by which a key leaves the kernel, and it is one way: the
 * SAs are frozen first, each is told once, and its keys are wiped as it is told.
 * So no number can be used on both sides of the handover. It takes
 * CAP_NET_ADMIN of the machine, not only of a namespace, and a kernel that is
 * not locked down. Eroutes, devices and routes hold no secrets: a program
 * carries them by other means.
 */
#define pr_fmt(fmt) "ipsec: " fmt

#include <linux/capability.h>
#include <linux/overflow.h>
#include <linux/security.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include <net/sock.h>

#include "klips/handover.h"
#include "klips/klips.h"
#include "klips/sa.h"

/* Frozen, and not yet taken: a mark in klips_net.sa_ids. */
#define FROZEN		XA_MARK_1

#define CPI_MAX		0xffff
#define TIME_MAX	(S64_MAX / 4)	/* no clock shows that; sums cannot overflow */

static int may_handle_keys(struct sock *sk)
{
	/* Opener and caller both, as for messages. */
	if (!sk_ns_capable(sk, &init_user_ns, CAP_NET_ADMIN))
		return -EACCES;
	return security_locked_down(LOCKDOWN_XFRM_SECRET);
}

static unsigned int key_bytes(unsigned int bits)
{
	return min_t(unsigned int, DIV_ROUND_UP(bits, BITS_PER_BYTE), KLIPS_HANDOVER_KEY);
}

/**
 * klips_handover_keep_keys() - remember an SA's keys
 * @sa:		SA in no table yet
 * @spec:	what it was made of
 *
 * Return: 0 or -ENOMEM.
 */
int klips_handover_keep_keys(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	unsigned int auth = key_bytes(spec->auth_bits), encrypt = key_bytes(spec->encrypt_bits);

	if (!auth && !encrypt)
		return 0;
	sa->keys = kmalloc(struct_size(sa->keys, bytes, auth + encrypt), GFP_KERNEL_ACCOUNT);
	if (!sa->keys)
		return -ENOMEM;
	sa->keys->auth_bytes = auth;
	sa->keys->encrypt_bytes = encrypt;
	memcpy(sa->keys->bytes, spec->auth_key, auth);
	memcpy(sa->keys->bytes + auth, spec->encrypt_key, encrypt);
	return 0;
}

/* --- leaving ------------------------------------------------------------------ */

/*
 * A packet that saw an SA alive has its number, or has been let in, when the
 * grace period is over; one that a cipher still has is dropped as it comes back.
 */
static void freeze(struct klips_net *kn)
{
	struct klips_sa *sa;
	unsigned long id, n = 0;

	mutex_lock(&kn->config);
	xa_for_each(&kn->sa_ids, id, sa) {
		if (!klips_sa_usable(sa))
			continue;
		sa->was = xchg(&sa->state, KLIPS_SASTATE_DEAD);
		klips_sa_lifetime_stop(sa);
		xa_set_mark(&kn->sa_ids, id, FROZEN);
		n++;
		cond_resched();
	}
	mutex_unlock(&kn->config);
	synchronize_rcu();
	pr_notice("handover: %lu SAs will carry no more packets\n", n);
}

static void tell_addr(struct klips_handover_addr *to, const struct klips_addr *from)
{
	to->family = from->family;
	memcpy(to->bytes, from->bytes, sizeof(to->bytes));
}

static void tell_said(struct klips_handover_said *to, const struct klips_said *from)
{
	tell_addr(&to->dst, &from->dst);
	to->spi = from->spi;
}

static void tell_limits(struct klips_handover_limits *to, const struct klips_limits *from)
{
	to->allocations = from->allocations;
	to->bytes = from->bytes;
	to->addtime = from->addtime;
	to->usetime = from->usetime;
	to->packets = from->packets;
}

static void tell_inflow(struct klips_handover_flow *to, const struct klips_sa *sa)
{
	const struct klips_inflow *from;

	from = rcu_dereference_protected(sa->inflow, lockdep_is_held(&sa->kn->config));
	if (!from)
		return;
	to->family = from->sel.family;
	to->proto = from->sel.proto;
	to->src_len = from->sel.src_len;
	to->dst_len = from->sel.dst_len;
	to->sport = from->sel.sport;
	to->dport = from->sel.dport;
	memcpy(to->src, &from->sel.src, sizeof(to->src));
	memcpy(to->dst, &from->sel.dst, sizeof(to->dst));
}

static void tell_group(struct klips_handover_sa *r, const struct klips_sa *sa)
{
	const struct klips_sa *next;

	next = rcu_dereference_protected(sa->next, lockdep_is_held(&sa->kn->config));
	if (!next)
		return;
	tell_said(&r->next, &next->said);
	r->next_proto = next->said.proto;
}

static void tell_counts(struct klips_handover_sa *r, const struct klips_sa *sa)
{
	struct klips_sa_stats sum = klips_sa_stats_sum(sa);

	r->seq = atomic64_read(&sa->seq);
	r->replay_last = klips_replay_last(sa->replay);
	r->added = sa->added;
	r->first_used = READ_ONCE(sa->first_used);
	r->last_used = READ_ONCE(sa->last_used);
	r->bytes = sum.bytes;
	r->packets = sum.packets;
	tell_limits(&r->soft, &sa->soft);
	tell_limits(&r->hard, &sa->hard);
}

/* The keys leave: here they are no longer. */
static void tell_keys(struct klips_handover_sa *r, struct klips_sa *sa)
{
	struct klips_sa_keys *keys = sa->keys;

	if (!keys)
		return;
	r->auth_bits = min_t(u16, sa->auth_bits, keys->auth_bytes * BITS_PER_BYTE);
	r->encrypt_bits = min_t(u16, sa->encrypt_bits, keys->encrypt_bytes * BITS_PER_BYTE);
	memcpy(r->auth_key, keys->bytes, keys->auth_bytes);
	memcpy(r->encrypt_key, keys->bytes + keys->auth_bytes, keys->encrypt_bytes);
	sa->keys = NULL;
	kfree_sensitive(keys);
}

static void tell(struct klips_handover_sa *r, struct klips_sa *sa)
{
	memset(r, 0, sizeof(*r));
	r->version = KLIPS_HANDOVER_VERSION;
	r->size = sizeof(*r);
	tell_said(&r->said, &sa->said);
	tell_addr(&r->src, &sa->src);
	tell_addr(&r->natt_oa, &sa->natt_oa);
	r->proto = sa->said.proto;
	r->state = sa->was;
	r->inbound = sa->inbound;
	r->auth = sa->auth;
	r->encrypt = sa->encrypt;
	r->natt = sa->natt;
	r->replay_window = sa->replay_window;
	r->esn = sa->esn;
	r->natt_sport = sa->natt_sport;
	r->natt_dport = sa->natt_dport;
	r->outif = sa->outif;
	r->ref = sa->ref;
	r->refhim = sa->refhim;
	tell_group(r, sa);
	tell_counts(r, sa);
	tell_inflow(&r->inflow, sa);
	tell_keys(r, sa);
}

static int take(struct klips_net *kn, struct klips_handover_sa *r)
{
	unsigned long id = 0;
	struct klips_sa *sa;

	mutex_lock(&kn->config);
	sa = xa_find(&kn->sa_ids, &id, ULONG_MAX, FROZEN);
	if (sa) {
		xa_clear_mark(&kn->sa_ids, id, FROZEN);
		tell(r, sa);
	}
	mutex_unlock(&kn->config);
	return sa ? 0 : -ENODATA;
}

/**
 * klips_handover_get() - KLIPS_HANDOVER_TAKE
 * @sk:		PF_KEY socket
 * @value:	where the SA goes
 * @len:	room there
 *
 * Process context; takes config.
 *
 * Return: 0; -ENODATA after the last one; -EACCES, -EPERM (locked down), -EINVAL,
 * -EFAULT, and then this SA is lost.
 */
int klips_handover_get(struct sock *sk, char __user *value, int __user *len)
{
	int err = may_handle_keys(sk), n;
	struct klips_handover_sa r;

	if (err)
		return err;
	if (get_user(n, len))
		return -EFAULT;
	if (n != sizeof(r))
		return -EINVAL;
	err = take(klips_net(sock_net(sk)), &r);
	if (!err && copy_to_user(value, &r, sizeof(r)))
		err = -EFAULT;
	memzero_explicit(&r, sizeof(r));
	return err;
}

/* --- coming back --------------------------------------------------------------- */

static bool read_addr(struct klips_addr *to, const struct klips_handover_addr *from, bool wanted)
{
	memset(to, 0, sizeof(*to));
	if (!from->family)
		return !wanted && !memchr_inv(from, 0, sizeof(*from));
	if (from->zero || (from->family != AF_INET && from->family != AF_INET6))
		return false;
	to->family = from->family;
	memcpy(to->bytes, from->bytes, klips_addr_bits(from->family) / BITS_PER_BYTE);
	return !memcmp(to->bytes, from->bytes, sizeof(to->bytes));
}

/* Limits in the form that ADD would have left them in. */
static struct klips_limits read_limits(const struct klips_handover_limits *from)
{
	return (struct klips_limits){
		.allocations = from->allocations, .bytes = from->bytes,
		.addtime = from->addtime, .usetime = from->usetime, .packets = from->packets,
	};
}

static bool spi_ok(u8 proto, u32 spi)
{
	return spi >= KLIPS_SPI_MIN && (proto != KLIPS_PROTO_COMP || spi <= CPI_MAX);
}

static bool plain_values_ok(const struct klips_handover_sa *r)
{
	return r->version == KLIPS_HANDOVER_VERSION && r->size == sizeof(*r) && r->esn <= 1 &&
	       !r->reserved2 && spi_ok(r->proto, be32_to_cpu(r->said.spi)) &&
	       (r->state == KLIPS_SASTATE_MATURE || r->state == KLIPS_SASTATE_DYING) &&
	       (!r->natt || (r->natt == KLIPS_NATT_NONESP && r->proto == KLIPS_PROTO_ESP)) &&
	       r->auth_bits <= KLIPS_HANDOVER_KEY * BITS_PER_BYTE &&
	       r->encrypt_bits <= KLIPS_HANDOVER_KEY * BITS_PER_BYTE &&
	       r->added && r->added <= TIME_MAX && r->first_used <= TIME_MAX &&
	       r->last_used <= TIME_MAX && r->seq <= U64_MAX - U32_MAX / 2;
}

/* What it is to be; the keys stay in @r. */
static int read_spec(struct klips_sa_spec *spec, const struct klips_handover_sa *r)
{
	memset(spec, 0, sizeof(*spec));
	if (!plain_values_ok(r) || !read_addr(&spec->said.dst, &r->said.dst, true) ||
	    !read_addr(&spec->src, &r->src, true) ||
	    !read_addr(&spec->natt_oa, &r->natt_oa, false) ||
	    spec->src.family != spec->said.dst.family)
		return -EINVAL;
	spec->said.spi = r->said.spi;
	spec->said.proto = r->proto;
	spec->state = r->state;
	spec->auth = r->auth;
	spec->encrypt = r->encrypt;
	spec->replay = r->replay_window;
	spec->esn = r->esn;
	spec->auth_key = r->auth_key;
	spec->auth_bits = r->auth_bits;
	spec->encrypt_key = r->encrypt_key;
	spec->encrypt_bits = r->encrypt_bits;
	spec->soft = read_limits(&r->soft);
	spec->hard = read_limits(&r->hard);
	spec->natt = r->natt;
	spec->natt_sport = r->natt_sport;
	spec->natt_dport = r->natt_dport;
	spec->refhim = r->refhim;
	spec->outif = r->outif;
	return 0;
}

/*
 * Numbers go on behind a gap. Whatever was received before counts as received: a
 * packet that was late is lost, none is taken twice.
 */
static void restore_counts(struct klips_sa *sa, const struct klips_handover_sa *r)
{
	struct klips_sa_stats *stats = per_cpu_ptr(sa->stats, cpumask_first(cpu_possible_mask));

	atomic64_set(&sa->seq, r->seq ? r->seq + KLIPS_HANDOVER_GAP : 0);
	klips_replay_restore(sa->replay, r->replay_last);
	sa->added = r->added;
	sa->first_used = r->first_used;
	sa->last_used = r->last_used;
	stats->bytes = r->bytes;
	stats->packets = r->packets;
	atomic64_set(&sa->total_bytes, r->bytes);
	atomic64_set(&sa->total_packets, r->packets);
	if (r->state == KLIPS_SASTATE_DYING)
		set_bit(KLIPS_SA_SOFT_TOLD, &sa->events);
}

static int restore_inflow(struct klips_sa *sa, const struct klips_handover_flow *from)
{
	struct klips_selector sel = {
		.family = from->family, .proto = from->proto, .src_len = from->src_len,
		.dst_len = from->dst_len, .sport = from->sport, .dport = from->dport,
	};
	int err;

	if (!from->family)
		return 0;
	memcpy(&sel.src, from->src, sizeof(sel.src));
	memcpy(&sel.dst, from->dst, sizeof(sel.dst));
	err = klips_selector_canonical(&sel);
	return err ?: klips_sa_set_inflow(sa, &sel);
}

static int give(struct klips_net *kn, const struct klips_handover_sa *r)
{
	struct klips_sa_spec spec;
	struct klips_sa *sa;
	int err = read_spec(&spec, r);

	if (err)
		return err;
	mutex_lock(&kn->config);
	sa = klips_sa_alloc(kn, &spec);
	err = PTR_ERR_OR_ZERO(sa);
	if (err)
		goto unlock;
	restore_counts(sa, r);
	err = restore_inflow(sa, &r->inflow);
	if (!err)
		err = klips_sa_insert(sa, r->ref);
	if (err)
		klips_sa_abandon(sa);
unlock:
	mutex_unlock(&kn->config);
	return err;
}

/**
 * klips_handover_set() - KLIPS_HANDOVER_FREEZE and KLIPS_HANDOVER_GIVE
 * @sk:		PF_KEY socket
 * @option:	which of them
 * @value:	its value
 * @len:	bytes of it
 *
 * Process context; takes config. Groups are put together afterwards, with
 * X_GRPSA.
 *
 * Return: 0; -EACCES, -EPERM (locked down), -EINVAL, -EFAULT, -EEXIST; what
 * klips_sa_alloc() and klips_sa_insert() say.
 */
int klips_handover_set(struct sock *sk, int option, sockptr_t value, unsigned int len)
{
	struct klips_net *kn = klips_net(sock_net(sk));
	struct klips_handover_sa r;
	int err = may_handle_keys(sk);
	u32 one;

	if (err)
		return err;
	if (len != (option == KLIPS_HANDOVER_FREEZE ? sizeof(one) : sizeof(r)))
		return -EINVAL;
	if (option == KLIPS_HANDOVER_FREEZE) {
		if (copy_from_sockptr(&one, value, sizeof(one)))
			return -EFAULT;
		if (one != 1)
			return -EINVAL;
		freeze(kn);
		return 0;
	}
	err = copy_from_sockptr(&r, value, sizeof(r)) ? -EFAULT : give(kn, &r);
	memzero_explicit(&r, sizeof(r));
	return err;
}
