// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages the kernel begins: ACQUIRE when a packet needs an SA, EXPIRE when an
 * SA has passed a limit, NAT_T_NEW_MAPPING when its peer has another port; and what
 * messages say about an SA.
 *
 * Built on the stack and queued without sleeping: the packet path calls this.
 * RFC 2367, 3.1.6 and 3.1.8.
 */
#include <linux/slab.h>

#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/pfkey.h"
#include "klips/pfkey_notify.h"
#include "klips/pfkey_parse.h"
#include "klips/sa.h"

#define REPLAY_TOLD_MAX	64	/* larger windows have no number in a message */
#define WORDS_MAX	40	/* of any message here */

/* What old key daemons expect to be offered; they look at the addresses only. */
#define COMB_SOFT	(16 * 60 * 60)
#define COMB_HARD	(24 * 60 * 60)
#define COMB_PFS	1
#define COMB(mac, bits)								\
	{									\
		.auth = (mac), .encrypt = KLIPS_ENCR_3DES, .flags = COMB_PFS,	\
		.auth_minbits = (bits), .auth_maxbits = (bits),			\
		.encrypt_minbits = 168, .encrypt_maxbits = 168,			\
		.soft_addtime = COMB_SOFT, .hard_addtime = COMB_HARD,		\
		.soft_usetime = COMB_SOFT, .hard_usetime = COMB_HARD,		\
	}

static const struct klips_comb combs[] = {
	COMB(KLIPS_AUTH_MD5, 128),
	COMB(KLIPS_AUTH_SHA1, 160),
};

void klips_pfkey_put_sa(struct klips_build *b, const struct klips_sa *sa)
{
	struct klips_ext_sa ext = {
		.spi = sa->said.spi,
		.replay = min_t(u16, sa->replay_window, REPLAY_TOLD_MAX),
		.state = READ_ONCE(sa->state),
		.auth = sa->auth,
		.encrypt = sa->encrypt,
		.flags = sa->inbound ? KLIPS_SAFLAG_INBOUND : 0,
	};

	klips_build_sa(b, KLIPS_EXT_SA, &ext);
}

void klips_pfkey_put_current(struct klips_build *b, const struct klips_sa *sa)
{
	struct klips_msg_life now = {
		.allocations = 1,
		.bytes = klips_sa_stats_sum(sa).bytes,
		.addtime = sa->added,
		.usetime = READ_ONCE(sa->first_used),
	};

	klips_build_lifetime(b, KLIPS_EXT_LIFETIME_CURRENT, &now);
}

void klips_pfkey_put_limits(struct klips_build *b, enum klips_ext_type ext,
			    const struct klips_limits *limits, bool wide)
{
	struct klips_msg_life life = {
		.allocations = limits->allocations,
		.bytes = limits->bytes,
		.addtime = limits->addtime,
		.usetime = limits->usetime,
		.wide = wide,
	};

	klips_build_lifetime(b, ext, &life);
}

void klips_pfkey_put_replay(struct klips_build *b, const struct klips_sa *sa)
{
	if (sa->esn || sa->replay_window > REPLAY_TOLD_MAX)
		klips_build_replay(b, sa->replay_window, sa->esn ? KLIPS_REPLAY_ESN : 0,
				   klips_sa_seq(sa));
}

int klips_pfkey_acquire(struct klips_net *kn, const struct klips_addr *src, __be16 sport,
			const struct klips_addr *dst, __be16 dport, u8 proto,
			const struct klips_idents *idents)
{
	size_t size = sizeof(u64) * (WORDS_MAX + (idents ? KLIPS_IDENTS_WORDS : 0));
	u64 few[WORDS_MAX], *buf = idents ? kmalloc(size, GFP_ATOMIC) : few;
	struct klips_build b;
	int len;

	if (!buf)
		return -ENOMEM;
	klips_build_start(&b, buf, size, KLIPS_MSG_ACQUIRE, KLIPS_SATYPE_ESP,
			  klips_pfkey_next_seq(kn), 0);
	klips_build_addr_proto(&b, KLIPS_EXT_ADDRESS_SRC, src, sport, proto);
	klips_build_addr_proto(&b, KLIPS_EXT_ADDRESS_DST, dst, dport, proto);
	klips_idents_tell(&b, idents);
	klips_build_proposal(&b, REPLAY_TOLD_MAX, combs, ARRAY_SIZE(combs));
	len = klips_build_end(&b);
	if (len > 0)
		len = klips_pfkey_send_registered(kn, KLIPS_SATYPE_ESP, buf, len);
	if (buf != few)
		kfree(buf);
	return len;
}

void klips_pfkey_expire(const struct klips_sa *sa, bool hard)
{
	u64 buf[WORDS_MAX];
	struct klips_build b;
	int len;

	klips_build_start(&b, buf, sizeof(buf), KLIPS_MSG_EXPIRE,
			  klips_proto_to_satype(sa->said.proto), klips_pfkey_next_seq(sa->kn), 0);
	klips_pfkey_put_sa(&b, sa);
	klips_pfkey_put_current(&b, sa);
	if (hard)
		klips_pfkey_put_limits(&b, KLIPS_EXT_LIFETIME_HARD, &sa->hard, false);
	else
		klips_pfkey_put_limits(&b, KLIPS_EXT_LIFETIME_SOFT, &sa->soft, false);
	klips_build_addr(&b, KLIPS_EXT_ADDRESS_SRC, &sa->src, 0);
	klips_build_addr(&b, KLIPS_EXT_ADDRESS_DST, &sa->said.dst, 0);
	len = klips_build_end(&b);
	if (!WARN_ON_ONCE(len < 0))
		klips_pfkey_send_all(sa->kn, buf, len);
}

void klips_pfkey_new_mapping(const struct klips_sa *sa, const struct klips_addr *src, u16 sport)
{
	struct klips_ext_sa ext = { .spi = sa->said.spi };
	u16 old = READ_ONCE(sa->natt_sport);
	u64 buf[WORDS_MAX];
	struct klips_build b;
	int len;

	klips_build_start(&b, buf, sizeof(buf), KLIPS_MSG_NAT_T_NEW_MAPPING, KLIPS_SATYPE_ESP,
			  klips_pfkey_next_seq(sa->kn), 0);
	klips_build_sa(&b, KLIPS_EXT_SA, &ext);
	klips_build_addr_proto(&b, KLIPS_EXT_ADDRESS_SRC, &sa->src, htons(old), KLIPS_PROTO_ESP);
	klips_build_addr_proto(&b, KLIPS_EXT_ADDRESS_DST, src, htons(sport), KLIPS_PROTO_ESP);
	klips_build_natt_port(&b, KLIPS_EXT_NAT_T_SPORT, old);
	klips_build_natt_port(&b, KLIPS_EXT_NAT_T_DPORT, sport);
	len = klips_build_end(&b);
	if (!WARN_ON_ONCE(len < 0))
		klips_pfkey_send_registered(sa->kn, KLIPS_SATYPE_ESP, buf, len);
}
