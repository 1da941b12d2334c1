// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages about single SAs and groups: GETSPI, UPDATE, ADD, DELETE, GET,
 * X_GRPSA.
 *
 * They turn a message into a klips_sa_spec, let sa.c do the work and say what
 * came of it.  RFC 2367, 3.1.1 to 3.1.5.
 */
#include <linux/random.h>
#include <linux/rcupdate.h>

#include <klips/uapi.h>

#include "klips/device.h"
#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/pfkey_call.h"
#include "klips/pfkey_notify.h"
#include "klips/sa.h"

#define SPI_TRIES	64	/* random ones, before the range is searched */
#define SPI_SEARCH	65536	/* at most so many of it */
#define CPI_MAX		0xffff

/* --- from messages --------------------------------------------------------- */

static struct klips_limits limits_of(const struct klips_msg *msg, enum klips_ext_type ext)
{
	struct klips_msg_life life;

	klips_msg_lifetime(msg, ext, &life);
	return (struct klips_limits){
		.allocations = life.allocations, .bytes = life.bytes,
		.addtime = life.addtime, .usetime = life.usetime,
	};
}

static bool is_wide(const struct klips_msg *msg, enum klips_ext_type ext)
{
	struct klips_msg_life life;

	return klips_msg_lifetime(msg, ext, &life) && life.wide;
}

/* A warning that would come after the end comes at the end. */
static u64 soft_limit(u64 soft, u64 hard)
{
	return hard && soft > hard ? hard : soft;
}

static void fill_limits(struct klips_sa_spec *spec, const struct klips_msg *msg)
{
	struct klips_limits *soft = &spec->soft, *hard = &spec->hard;

	*hard = limits_of(msg, KLIPS_EXT_LIFETIME_HARD);
	*soft = limits_of(msg, KLIPS_EXT_LIFETIME_SOFT);
	soft->allocations = soft_limit(soft->allocations, hard->allocations);
	soft->bytes = soft_limit(soft->bytes, hard->bytes);
	soft->addtime = soft_limit(soft->addtime, hard->addtime);
	soft->usetime = soft_limit(soft->usetime, hard->usetime);
}

/* UDP encapsulation means something for ESP only. */
static void fill_natt(struct klips_sa_spec *spec, const struct klips_msg *msg)
{
	if (spec->said.proto != KLIPS_PROTO_ESP)
		return;
	spec->natt = klips_msg_natt_type(msg);
	spec->natt_sport = klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_SPORT);
	spec->natt_dport = klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_DPORT);
	klips_msg_addr(msg, KLIPS_EXT_NAT_T_OA, &spec->natt_oa, NULL);
}

/* A device that is not there is no device: such is the old interface. */
static u16 outif_of(struct klips_net *kn, const struct klips_msg *msg)
{
	u16 ifnum;

	if (!klips_msg_plumbif(msg, &ifnum) || ifnum < KLIPS_PLUMBIF_IPSEC)
		return 0;
	rcu_read_lock();
	if (!klips_dev_find(kn, ifnum - KLIPS_PLUMBIF_IPSEC))
		ifnum = 0;
	rcu_read_unlock();
	return ifnum;
}

/* An algorithm of another SA type is none of ours (pfkey.md, 4.1). */
static void fill_algorithms(struct klips_sa_spec *spec, const struct klips_msg *msg,
			    const struct klips_ext_sa *sa)
{
	u8 proto = spec->said.proto;

	if (proto == KLIPS_PROTO_AH || proto == KLIPS_PROTO_ESP)
		spec->auth = sa->auth;
	if (proto == KLIPS_PROTO_ESP || proto == KLIPS_PROTO_COMP)
		spec->encrypt = sa->encrypt;
	spec->auth_bits = klips_msg_key(msg, KLIPS_EXT_KEY_AUTH, &spec->auth_key);
	spec->encrypt_bits = klips_msg_key(msg, KLIPS_EXT_KEY_ENCRYPT, &spec->encrypt_key);
}

/* Sequence numbers are ESP's and AH's. */
static int fill_replay(struct klips_sa_spec *spec, const struct klips_msg *msg)
{
	struct klips_ext_replay replay;

	if (!klips_msg_replay(msg, &replay))
		return 0;
	if (spec->said.proto != KLIPS_PROTO_ESP && spec->said.proto != KLIPS_PROTO_AH)
		return -EINVAL;
	if (replay.window)
		spec->replay = replay.window;
	spec->esn = replay.flags & KLIPS_REPLAY_ESN;
	if (spec->esn && !spec->replay)	/* it tells the upper half */
		spec->replay = KLIPS_REPLAY_MIN;
	spec->seq = replay.seq;
	return 0;
}

/*
 * What ADD and UPDATE ask for, and the SAref, 0 for any; keys stay in the message.
 * The kernel below cannot speak the NAT-T of the first drafts, and both ends of an
 * outer header have one family.
 */
static int fill_spec(struct klips_net *kn, struct klips_sa_spec *spec, const struct klips_msg *msg,
		     u32 *want_ref)
{
	struct klips_ext_sa sa;
	u32 me;
	int err;

	memset(spec, 0, sizeof(*spec));
	err = klips_msg_said(msg, KLIPS_SAID_FIRST, &spec->said);
	if (err)
		return err;
	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	klips_msg_addr(msg, KLIPS_EXT_ADDRESS_SRC, &spec->src, NULL);
	if (spec->src.family != spec->said.dst.family)
		return -EINVAL;
	if (spec->said.proto == KLIPS_PROTO_COMP && be32_to_cpu(sa.spi) > CPI_MAX)
		return -EINVAL;
	spec->state = sa.state;
	spec->replay = sa.replay;
	err = fill_replay(spec, msg);
	if (err)
		return err;
	fill_algorithms(spec, msg, &sa);
	fill_limits(spec, msg);
	fill_natt(spec, msg);
	if (spec->natt == KLIPS_NATT_NONIKE)
		return -EINVAL;
	klips_msg_saref(msg, &me, &spec->refhim);
	*want_ref = sa.ref ?: me;
	spec->outif = outif_of(kn, msg);
	spec->idents = klips_idents_of(msg);
	return PTR_ERR_OR_ZERO(spec->idents);
}

/*
 * What a message says an SA shall be, not yet in any table; @ref: the SAref, 0 for
 * any; @old: the one it takes the place of, or NULL.
 */
static struct klips_sa *make(struct klips_call *c, const struct klips_sa *old, u32 *ref)
{
	struct klips_sa_spec spec;
	struct klips_sa *sa;
	int err = fill_spec(c->kn, &spec, c->msg, ref);

	if (err)
		return ERR_PTR(err);
	if (old && !klips_msg_has(c->msg, KLIPS_EXT_REPLAY))
		spec.esn = old->esn;
	sa = klips_sa_alloc(c->kn, &spec);
	klips_idents_put(spec.idents);
	return sa;
}

/* The SA that a message names. */
static struct klips_sa *find(struct klips_call *c, enum klips_msg_which which)
{
	struct klips_said said;

	if (klips_msg_said(c->msg, which, &said))
		return NULL;
	return klips_sa_find(c->kn, &said);
}

/* --- into answers ---------------------------------------------------------- */

static void echo_peers(struct klips_call *c)
{
	klips_call_echo_addr(c, KLIPS_EXT_ADDRESS_SRC);
	klips_call_echo_addr(c, KLIPS_EXT_ADDRESS_DST);
}

/* Limits in force, in the form they were sent in, if they were. */
static void tell_limits(struct klips_call *c, const struct klips_sa *sa)
{
	const struct klips_msg *msg = c->msg;

	if (klips_msg_has(msg, KLIPS_EXT_LIFETIME_HARD))
		klips_pfkey_put_limits(&c->answer, KLIPS_EXT_LIFETIME_HARD, &sa->hard,
				       is_wide(msg, KLIPS_EXT_LIFETIME_HARD));
	if (klips_msg_has(msg, KLIPS_EXT_LIFETIME_SOFT))
		klips_pfkey_put_limits(&c->answer, KLIPS_EXT_LIFETIME_SOFT, &sa->soft,
				       is_wide(msg, KLIPS_EXT_LIFETIME_SOFT));
}

static bool any_limit(const struct klips_limits *l)
{
	return l->allocations || l->bytes || l->addtime || l->usetime;
}

/* --- GETSPI ---------------------------------------------------------------- */

static bool spi_free(struct klips_net *kn, struct klips_said *said, u32 spi)
{
	said->spi = cpu_to_be32(spi);
	return !klips_sa_find(kn, said);
}

/* A free SPI between lo and hi goes into said. */
static int choose_spi(struct klips_net *kn, struct klips_said *said, u32 lo, u32 hi)
{
	u64 n = (u64)hi - lo + 1;
	unsigned int i;
	u32 start;

	if (lo == hi)
		return spi_free(kn, said, lo) ? 0 : -EEXIST;
	for (i = 0; i < SPI_TRIES; i++)
		if (spi_free(kn, said, lo + (u32)((n * get_random_u32()) >> 32)))
			return 0;
	start = (u32)((n * get_random_u32()) >> 32);
	for (i = 0; i < min_t(u64, n, SPI_SEARCH); i++)
		if (spi_free(kn, said, lo + (u32)((start + (u64)i) % n)))
			return 0;
	return -EEXIST;
}

/**
 * klips_call_getspi() - reserve an SPI with a larval SA
 * @c:	call
 *
 * Return: 0, -EEXIST (none free), -EINVAL (SA type), -ENOMEM.
 */
int klips_call_getspi(struct klips_call *c)
{
	struct klips_sa_spec spec = { .state = KLIPS_SASTATE_LARVAL };
	struct klips_ext_sa reserved = {};
	u32 lo = 0, hi = 0;
	struct klips_sa *sa;
	int err;

	spec.said.proto = klips_satype_to_proto(c->msg->hdr->satype);
	klips_msg_addr(c->msg, KLIPS_EXT_ADDRESS_SRC, &spec.src, NULL);
	klips_msg_addr(c->msg, KLIPS_EXT_ADDRESS_DST, &spec.said.dst, NULL);
	klips_msg_spirange(c->msg, &lo, &hi);
	if (spec.said.proto == KLIPS_PROTO_COMP)
		hi = min_t(u32, hi, CPI_MAX);
	err = lo > hi ? -EINVAL : choose_spi(c->kn, &spec.said, lo, hi);
	if (err)
		return err;
	sa = klips_sa_alloc(c->kn, &spec);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	err = klips_sa_insert(sa, 0);
	if (err) {
		klips_sa_abandon(sa);
		return err;
	}
	reserved.spi = spec.said.spi;
	klips_build_sa(klips_call_answer(c), KLIPS_EXT_SA, &reserved);
	echo_peers(c);
	klips_call_tell_all(c);
	return 0;
}

/* --- ADD ------------------------------------------------------------------- */

/**
 * klips_call_add() - make an SA
 * @c:	call
 *
 * Return: 0, -EEXIST before any fault of algorithms, else what klips_sa_alloc()
 * and klips_sa_insert() say.
 */
int klips_call_add(struct klips_call *c)
{
	struct klips_sa *sa;
	u32 ref;
	int err;

	if (find(c, KLIPS_SAID_FIRST))
		return -EEXIST;
	sa = make(c, NULL, &ref);
	if (IS_ERR(sa))
		return PTR_ERR(sa);
	err = klips_sa_insert(sa, ref);
	if (err) {
		klips_sa_abandon(sa);
		return err;
	}
	klips_pfkey_put_sa(klips_call_answer(c), sa);
	tell_limits(c, sa);
	echo_peers(c);
	klips_call_echo_idents(c);
	klips_build_saref(&c->answer, sa->ref, sa->refhim);
	klips_call_tell_all(c);
	return 0;
}

/* --- UPDATE ---------------------------------------------------------------- */

/* The peer's NAT gave it another port: that and nothing else changes. */
static bool update_ports(struct klips_sa *sa, const struct klips_msg *msg)
{
	u16 sport = klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_SPORT);
	u16 dport = klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_DPORT);

	if (sport)
		WRITE_ONCE(sa->natt_sport, sport);
	if (dport)
		WRITE_ONCE(sa->natt_dport, dport);
	return sport || dport;
}

/*
 * The new SA goes on where the old one stopped: with the same key, a sequence
 * number used twice would repeat an IV, and an empty window would accept old
 * packets.  So the old one stops first.
 */
static void take_over(struct klips_sa *old, struct klips_sa *sa)
{
	u16 window = sa->replay->window;

	WRITE_ONCE(old->state, KLIPS_SASTATE_DEAD);
	synchronize_rcu();
	atomic64_set(&sa->seq, atomic64_read(&old->seq));
	swap(sa->replay, old->replay);
	klips_replay_resize(sa->replay, window);
}

static void give_back(struct klips_sa *old, struct klips_sa *sa, u8 state, u16 window)
{
	swap(sa->replay, old->replay);
	klips_replay_resize(old->replay, window);
	WRITE_ONCE(old->state, state);
}

/* Return: the SA now in the table, or an error, and the old one still is. */
static struct klips_sa *replace(struct klips_call *c, struct klips_sa *old)
{
	u16 window = old->replay->window;
	u8 state = old->state;
	struct klips_sa *sa;
	u32 ref;
	int err;

	sa = make(c, old, &ref);
	if (IS_ERR(sa))
		return sa;
	if (state != KLIPS_SASTATE_LARVAL)
		take_over(old, sa);
	err = klips_sa_replace(old, sa);
	if (!err)
		return sa;
	if (state != KLIPS_SASTATE_LARVAL)
		give_back(old, sa, state, window);
	klips_sa_abandon(sa);
	return ERR_PTR(err);
}

/**
 * klips_call_update() - complete a larval SA, or change one
 * @c:	call
 *
 * Return: 0, -ENOENT, else what klips_sa_alloc() and klips_sa_replace() say.
 */
int klips_call_update(struct klips_call *c)
{
	struct klips_sa *sa = find(c, KLIPS_SAID_FIRST);

	if (!sa)
		return -ENOENT;
	if (!update_ports(sa, c->msg)) {
		sa = replace(c, sa);
		if (IS_ERR(sa))
			return PTR_ERR(sa);
	}
	klips_pfkey_put_sa(klips_call_answer(c), sa);
	klips_pfkey_put_current(&c->answer, sa);
	tell_limits(c, sa);
	echo_peers(c);
	klips_call_echo_idents(c);
	klips_call_tell_all(c);
	return 0;
}

/* --- DELETE, GET, GRPSA ---------------------------------------------------- */

/**
 * klips_call_delete() - remove an SA and its group
 * @c:	call
 *
 * Return: 0 or -ESRCH.
 */
int klips_call_delete(struct klips_call *c)
{
	struct klips_sa *sa = find(c, KLIPS_SAID_FIRST);
	struct klips_ext_sa gone = {};

	if (!sa)
		return -ESRCH;
	gone.spi = sa->said.spi;
	gone.ref = sa->ref;
	klips_sa_delete(sa);
	klips_build_sa(klips_call_answer(c), KLIPS_EXT_SA, &gone);
	echo_peers(c);
	klips_call_tell_all(c);
	return 0;
}

/**
 * klips_call_get() - tell the sender about an SA
 * @c:	call
 *
 * The counts come before the limits: old key daemons stop reading there.
 *
 * Return: 0 or -ESRCH.
 */
int klips_call_get(struct klips_call *c)
{
	const struct klips_sa *sa = find(c, KLIPS_SAID_FIRST);
	struct klips_build *b;

	if (!sa)
		return -ESRCH;
	b = klips_call_answer(c);
	klips_pfkey_put_sa(b, sa);
	klips_pfkey_put_current(b, sa);
	if (any_limit(&sa->hard))
		klips_pfkey_put_limits(b, KLIPS_EXT_LIFETIME_HARD, &sa->hard, false);
	if (any_limit(&sa->soft))
		klips_pfkey_put_limits(b, KLIPS_EXT_LIFETIME_SOFT, &sa->soft, false);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &sa->src, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &sa->said.dst, 0);
	klips_idents_tell(b, sa->idents);
	klips_pfkey_put_replay(b, sa);
	klips_call_tell_sender(c);
	return 0;
}

static bool names_second(const struct klips_msg *msg)
{
	return klips_msg_has(msg, KLIPS_EXT_SATYPE2) || klips_msg_has(msg, KLIPS_EXT_SA2) ||
	       klips_msg_has(msg, KLIPS_EXT_ADDRESS_DST2);
}

/* Return: 0, -EINVAL (a SAID in parts), -ENOENT, -EEXIST (linked already). */
static int group(struct klips_call *c, struct klips_sa *first)
{
	struct klips_said said;
	struct klips_sa *second;
	int err = klips_msg_said(c->msg, KLIPS_SAID_SECOND, &said);

	if (err)
		return err;
	second = klips_sa_find(c->kn, &said);
	return first && second ? klips_sa_group(first, second) : -ENOENT;
}

/**
 * klips_call_grpsa() - link two SAs, or take a group apart
 * @c:	call
 *
 * Return: 0, -EINVAL, -ENOENT or -EEXIST.
 */
int klips_call_grpsa(struct klips_call *c)
{
	struct klips_sa *first = find(c, KLIPS_SAID_FIRST);
	const struct klips_ext_satype *satype2 = (const void *)c->msg->ext[KLIPS_EXT_SATYPE2];
	int err = 0;

	if (names_second(c->msg))
		err = group(c, first);
	else if (first)
		klips_sa_ungroup(first);
	else
		err = -ENOENT;
	if (err)
		return err;
	klips_call_answer(c);
	klips_call_echo_sa(c, KLIPS_EXT_SA);
	klips_call_echo_addr(c, KLIPS_EXT_ADDRESS_DST);
	if (satype2) {
		klips_build_satype2(&c->answer, satype2->satype);
		klips_call_echo_sa(c, KLIPS_EXT_SA2);
		klips_call_echo_addr(c, KLIPS_EXT_ADDRESS_DST2);
	}
	klips_call_tell_all(c);
	return 0;
}
