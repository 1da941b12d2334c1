// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of PF_KEY: one row per message type, per extension, per SA type.
 * Pure: see klips/pure.h.
 *
 * An extension's check looks inside that one extension only; what a message
 * as a whole must satisfy is in pfkey_parse.c.  RFC 2367, sections 2.3 and 3.1.
 */
#include "klips/pfkey_msg.h"
#include "klips/replay.h"

#define E(ext)		KLIPS_EXT_BIT(ext)
#define MSG_WORDS	(KLIPS_PFKEY_MAX_BYTES / KLIPS_PFKEY_WORD)
#define SA_SHORT_WORDS	2	/* RFC 2367: ends before ref */
#define SA_WORDS	(sizeof(struct klips_ext_sa) / KLIPS_PFKEY_WORD)
#define LIFE_WORDS	(sizeof(struct klips_ext_lifetime) / KLIPS_PFKEY_WORD)
#define REPLAY_MAX	64	/* packets; all that a message can ask for */
#define IDENT_TYPE_MAX	4	/* CONNECTION */

static bool saref_valid(u32 ref)
{
	return ref < KLIPS_SAREF_LIMIT || ref == KLIPS_SAREF_NA;
}

static int check_sa(const struct klips_ext *ext)
{
	const struct klips_ext_sa *sa = (const void *)ext;

	if (sa->replay > REPLAY_MAX || sa->state >= KLIPS_SASTATE_DEAD)
		return -EINVAL;
	if (ext->len == SA_SHORT_WORDS || sa->ref == KLIPS_SAREF_UNSET || sa->ref < KLIPS_SAREF_LIMIT)
		return 0;
	return -EINVAL;
}

/* Bytes of the sockaddr of a family, 0 for families that have no place here. */
static size_t sockaddr_bytes(u16 family)
{
	switch (family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return 0;
	}
}

/* Every sockaddr begins with its family, 16 bits in host byte order. */
static u16 addr_family(const struct klips_ext *ext)
{
	return *(const u16 *)((const struct klips_ext_address *)(const void *)ext + 1);
}

static int check_address(const struct klips_ext *ext)
{
	const struct klips_ext_address *a = (const void *)ext;
	size_t bytes;

	if (a->reserved)
		return -EINVAL;
	bytes = sockaddr_bytes(addr_family(ext));
	if (!bytes)
		return -EPFNOSUPPORT;
	if (ext->len != DIV_ROUND_UP(sizeof(*a) + bytes, KLIPS_PFKEY_WORD))
		return -EINVAL;
	return a->prefixlen ? -EAFNOSUPPORT : 0;
}

static int check_key(const struct klips_ext *ext)
{
	const struct klips_ext_key *key = (const void *)ext;

	if (!key->bits || key->reserved)
		return -EINVAL;
	if (ext->len != 1 + DIV_ROUND_UP(key->bits, 8 * KLIPS_PFKEY_WORD))
		return -EINVAL;
	return 0;
}

static int check_ident(const struct klips_ext *ext)
{
	const struct klips_ext_ident *id = (const void *)ext;
	size_t bytes = ext->len * KLIPS_PFKEY_WORD;

	if (!id->ident_type || id->ident_type > IDENT_TYPE_MAX || id->reserved)
		return -EINVAL;
	if (bytes > sizeof(*id) && ((const u8 *)ext)[bytes - 1])
		return -EINVAL;
	return 0;
}

static bool bits_valid(u8 alg, u16 minbits, u16 maxbits)
{
	if (!alg)
		return !minbits && !maxbits;
	return minbits && minbits <= maxbits;
}

static bool hard_valid(u64 soft, u64 hard)
{
	return !hard || soft <= hard;
}

static bool comb_valid(const struct klips_comb *c)
{
	return bits_valid(c->auth, c->auth_minbits, c->auth_maxbits) &&
	       bits_valid(c->encrypt, c->encrypt_minbits, c->encrypt_maxbits) &&
	       hard_valid(c->soft_allocations, c->hard_allocations) &&
	       hard_valid(c->soft_bytes, c->hard_bytes) &&
	       hard_valid(c->soft_addtime, c->hard_addtime) &&
	       hard_valid(c->soft_usetime, c->hard_usetime);
}

static int check_proposal(const struct klips_ext *ext)
{
	const struct klips_ext_prop *prop = (const void *)ext;
	const struct klips_comb *comb = (const void *)(prop + 1);
	size_t bytes = ext->len * KLIPS_PFKEY_WORD - sizeof(*prop);
	size_t i;

	if (prop->replay > REPLAY_MAX ||
	    prop->reserved[0] || prop->reserved[1] || prop->reserved[2])
		return -EINVAL;
	if (bytes % sizeof(*comb))
		return -EINVAL;
	for (i = 0; i < bytes / sizeof(*comb); i++)
		if (!comb_valid(&comb[i]))
			return -EINVAL;
	return 0;
}

static int check_supported(const struct klips_ext *ext)
{
	const struct klips_ext_supported *sup = (const void *)ext;
	const struct klips_alg *alg = (const void *)(sup + 1);
	size_t i;

	if (sup->reserved)
		return -EINVAL;
	for (i = 0; i < ext->len - 1u; i++)
		if (alg[i].reserved)
			return -EINVAL;
	return 0;
}

static int check_spirange(const struct klips_ext *ext)
{
	const struct klips_ext_spirange *r = (const void *)ext;

	if (r->reserved || be32_to_cpu(r->max) < be32_to_cpu(r->min))
		return -EINVAL;
	return be32_to_cpu(r->min) < KLIPS_SPI_MIN ? -EEXIST : 0;
}

static int check_refused(const struct klips_ext *ext)
{
	(void)ext;
	return -EINVAL;
}

static int check_satype2(const struct klips_ext *ext)
{
	const struct klips_ext_satype *s = (const void *)ext;

	if (!klips_satype_to_proto(s->satype))
		return -EINVAL;
	return s->reserved[0] || s->reserved[1] || s->reserved[2] ? -EINVAL : 0;
}

static int check_debug(const struct klips_ext *ext)
{
	return ((const struct klips_ext_debug *)(const void *)ext)->reserved ? -EINVAL : 0;
}

/* The direction byte is not ours to check: old senders leave rubbish in it. */
static int check_protocol(const struct klips_ext *ext)
{
	return ((const struct klips_ext_protocol *)(const void *)ext)->reserved ? -EINVAL : 0;
}

static int check_saref(const struct klips_ext *ext)
{
	const struct klips_ext_saref *ref = (const void *)ext;

	return saref_valid(ref->me) && saref_valid(ref->him) ? 0 : -EINVAL;
}

static int check_replay(const struct klips_ext *ext)
{
	const struct klips_ext_replay *r = (const void *)ext;

	if (r->reserved || (r->flags & ~KLIPS_REPLAY_ESN))
		return -EINVAL;
	if (r->window && (r->window < KLIPS_REPLAY_MIN || r->window > KLIPS_REPLAY_MAX))
		return -EINVAL;
	return r->seq > (r->flags & KLIPS_REPLAY_ESN ? KLIPS_SEQ_LAST_ESN : KLIPS_SEQ_LAST) ?
	       -EINVAL : 0;
}

const struct klips_ext_row klips_ext_rows[KLIPS_EXT_MAX + 1] = {
	[KLIPS_EXT_SA] = { "SA", SA_SHORT_WORDS, SA_WORDS, check_sa },
	[KLIPS_EXT_LIFETIME_CURRENT] = { "LIFETIME_CURRENT", LIFE_WORDS, LIFE_WORDS + 1, NULL },
	[KLIPS_EXT_LIFETIME_HARD] = { "LIFETIME_HARD", LIFE_WORDS, LIFE_WORDS + 1, NULL },
	[KLIPS_EXT_LIFETIME_SOFT] = { "LIFETIME_SOFT", LIFE_WORDS, LIFE_WORDS + 1, NULL },
	[KLIPS_EXT_ADDRESS_SRC] = { "ADDRESS_SRC", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_ADDRESS_DST] = { "ADDRESS_DST", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_ADDRESS_PROXY] = { "ADDRESS_PROXY", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_KEY_AUTH] = { "KEY_AUTH", 2, MSG_WORDS, check_key },
	[KLIPS_EXT_KEY_ENCRYPT] = { "KEY_ENCRYPT", 2, MSG_WORDS, check_key },
	[KLIPS_EXT_IDENTITY_SRC] = { "IDENTITY_SRC", 2, KLIPS_IDENT_WORDS_MAX, check_ident },
	[KLIPS_EXT_IDENTITY_DST] = { "IDENTITY_DST", 2, KLIPS_IDENT_WORDS_MAX, check_ident },
	[KLIPS_EXT_SENSITIVITY] = { "SENSITIVITY", 2, MSG_WORDS, NULL },
	[KLIPS_EXT_PROPOSAL] = { "PROPOSAL", 1, MSG_WORDS, check_proposal },
	[KLIPS_EXT_SUPPORTED_AUTH] = { "SUPPORTED_AUTH", 1, MSG_WORDS, check_supported },
	[KLIPS_EXT_SUPPORTED_ENCRYPT] = { "SUPPORTED_ENCRYPT", 1, MSG_WORDS, check_supported },
	[KLIPS_EXT_SPIRANGE] = { "SPIRANGE", 2, 2, check_spirange },
	[KLIPS_EXT_KMPRIVATE] = { "KMPRIVATE", 1, MSG_WORDS, check_refused },
	[KLIPS_EXT_SATYPE2] = { "SATYPE2", 1, 1, check_satype2 },
	[KLIPS_EXT_SA2] = { "SA2", SA_SHORT_WORDS, SA_WORDS, check_sa },
	[KLIPS_EXT_ADDRESS_DST2] = { "ADDRESS_DST2", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_SRC_FLOW] = { "SRC_FLOW", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_DST_FLOW] = { "DST_FLOW", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_SRC_MASK] = { "SRC_MASK", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_DST_MASK] = { "DST_MASK", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_DEBUG] = { "DEBUG", 7, 7, check_debug },
	[KLIPS_EXT_PROTOCOL] = { "PROTOCOL", 1, 1, check_protocol },
	[KLIPS_EXT_NAT_T_TYPE] = { "NAT_T_TYPE", 1, 1, NULL },
	[KLIPS_EXT_NAT_T_SPORT] = { "NAT_T_SPORT", 1, 1, NULL },
	[KLIPS_EXT_NAT_T_DPORT] = { "NAT_T_DPORT", 1, 1, NULL },
	[KLIPS_EXT_NAT_T_OA] = { "NAT_T_OA", 3, MSG_WORDS, check_address },
	[KLIPS_EXT_PLUMBIF] = { "PLUMBIF", 1, 1, NULL },
	[KLIPS_EXT_SAREF] = { "SAREF", 2, 2, check_saref },
	[KLIPS_EXT_REPLAY] = { "REPLAY", 3, 3, check_replay },
};

#define ENDS	(E(ADDRESS_SRC) | E(ADDRESS_DST))
#define NAMED	(E(SA) | ENDS)
#define IDENTS	(E(IDENTITY_SRC) | E(IDENTITY_DST))
#define LIMITS	(E(LIFETIME_HARD) | E(LIFETIME_SOFT))
#define KEYS	(E(KEY_AUTH) | E(KEY_ENCRYPT))
#define NETS	KLIPS_EXT_BITS_NETS
#define PORTS	(E(NAT_T_SPORT) | E(NAT_T_DPORT))
#define SECOND	(E(SATYPE2) | E(SA2) | E(ADDRESS_DST2))
#define NATT	(E(NAT_T_TYPE) | PORTS | E(NAT_T_OA))
#define RFC_2367 (E(LIFETIME_CURRENT) | LIMITS | NAMED | E(ADDRESS_PROXY) | KEYS | IDENTS | \
		  E(SENSITIVITY) | E(PROPOSAL) | E(SUPPORTED_AUTH) | E(SUPPORTED_ENCRYPT) | \
		  E(SPIRANGE) | E(KMPRIVATE) | SECOND)

/* Columns: name, SA types; required and permitted to the kernel, and to user space. */
#define ROW(type, rule, in_req, in_more, out_req, out_more)			\
	[KLIPS_MSG_##type] = {							\
		#type, KLIPS_SATYPE_##rule,					\
		{ in_req, out_req },						\
		{ (in_req) | (in_more), (out_req) | (out_more) },		\
	}

const struct klips_msg_row klips_msg_rows[KLIPS_MSG_MAX + 1] = {
	ROW(GETSPI, PROTO, ENDS | E(SPIRANGE), E(ADDRESS_PROXY), NAMED, 0),
	ROW(UPDATE, PROTO,
	    NAMED, E(LIFETIME_CURRENT) | LIMITS | E(ADDRESS_PROXY) | KEYS | IDENTS |
		   E(SENSITIVITY) | PORTS | E(REPLAY),
	    NAMED, E(LIFETIME_CURRENT) | LIMITS | E(ADDRESS_PROXY) | IDENTS |
		   E(SENSITIVITY) | PORTS),
	ROW(ADD, PROTO,
	    NAMED, LIMITS | E(ADDRESS_PROXY) | KEYS | IDENTS | E(SENSITIVITY) | NATT |
		   E(PLUMBIF) | E(SAREF) | E(REPLAY),
	    NAMED, LIMITS | IDENTS | E(SENSITIVITY) | NATT | E(PLUMBIF) | E(SAREF)),
	ROW(DELETE, PROTO, NAMED, 0, NAMED, 0),
	ROW(GET, PROTO,
	    NAMED, E(LIFETIME_CURRENT),
	    NAMED, E(LIFETIME_CURRENT) | LIMITS | E(ADDRESS_PROXY) | KEYS | IDENTS |
		   E(SENSITIVITY) | NATT | E(REPLAY)),
	ROW(ACQUIRE, SET,
	    ENDS | E(PROPOSAL), E(ADDRESS_PROXY) | IDENTS | E(SENSITIVITY),
	    ENDS | E(PROPOSAL), E(ADDRESS_PROXY) | IDENTS | E(SENSITIVITY)),
	ROW(REGISTER, SET, 0, 0, 0, E(SUPPORTED_AUTH) | E(SUPPORTED_ENCRYPT)),
	ROW(EXPIRE, SET, 0, 0, NAMED | E(LIFETIME_CURRENT), LIMITS),
	ROW(FLUSH, PROTO_OR_NONE, 0, 0, 0, 0),
	ROW(DUMP, PROTO_OR_NONE, 0, 0,
	    0, NAMED | E(LIFETIME_CURRENT) | LIMITS | IDENTS | E(REPLAY)),
	ROW(PROMISC, ANY, RFC_2367, 0, 0, 0),
	ROW(PCHANGE, ANY, RFC_2367, 0, 0, 0),
	ROW(GRPSA, PROTO,
	    E(SA) | E(ADDRESS_DST), SECOND,
	    E(SA) | E(ADDRESS_DST), SECOND),
	ROW(ADDFLOW, PROTO,
	    E(SA) | E(ADDRESS_DST) | NETS, E(ADDRESS_SRC) | IDENTS | E(PROTOCOL),
	    E(SA) | E(ADDRESS_DST) | NETS, E(ADDRESS_SRC) | E(PROTOCOL)),
	/* What it needs besides depends on flags: check_delflow(). */
	ROW(DELFLOW, ANY,
	    0, E(SA) | IDENTS | NETS | E(PROTOCOL),
	    0, E(SA) | NETS | E(PROTOCOL)),
	ROW(DEBUG, ANY, E(DEBUG), 0, E(DEBUG), 0),
	ROW(NAT_T_NEW_MAPPING, ANY, NAMED | PORTS, 0, NAMED | PORTS, 0),
	ROW(PLUMBIF, ANY, E(PLUMBIF), 0, E(PLUMBIF), 0),
	ROW(UNPLUMBIF, ANY, E(PLUMBIF), 0, E(PLUMBIF), 0),
};

static const struct {
	const char *name;
	u8 proto;
} satypes[KLIPS_SATYPE_MAX + 1] = {
	[KLIPS_SATYPE_UNSPEC] = { "UNSPEC", KLIPS_PROTO_NONE },
	[KLIPS_SATYPE_AH] = { "AH", KLIPS_PROTO_AH },
	[KLIPS_SATYPE_ESP] = { "ESP", KLIPS_PROTO_ESP },
	[KLIPS_SATYPE_RSVP] = { "RSVP", KLIPS_PROTO_NONE },
	[KLIPS_SATYPE_OSPFV2] = { "OSPFV2", KLIPS_PROTO_NONE },
	[KLIPS_SATYPE_RIPV2] = { "RIPV2", KLIPS_PROTO_NONE },
	[KLIPS_SATYPE_MIP] = { "MIP", KLIPS_PROTO_NONE },
	[KLIPS_SATYPE_IPIP] = { "IPIP", KLIPS_PROTO_IPIP },
	[KLIPS_SATYPE_COMP] = { "COMP", KLIPS_PROTO_COMP },
	[KLIPS_SATYPE_INT] = { "INT", KLIPS_PROTO_INT },
};

u8 klips_satype_to_proto(u8 satype)
{
	return satype <= KLIPS_SATYPE_MAX ? satypes[satype].proto : KLIPS_PROTO_NONE;
}

u8 klips_proto_to_satype(u8 proto)
{
	u8 satype;

	for (satype = 0; proto && satype <= KLIPS_SATYPE_MAX; satype++)
		if (satypes[satype].proto == proto)
			return satype;
	return KLIPS_SATYPE_UNSPEC;
}

static const char *name_or_unknown(const char *name)
{
	return name ? name : "unknown";
}

const char *klips_msg_name(unsigned int type)
{
	return name_or_unknown(type <= KLIPS_MSG_MAX ? klips_msg_rows[type].name : NULL);
}

const char *klips_ext_name(unsigned int type)
{
	return name_or_unknown(type <= KLIPS_EXT_MAX ? klips_ext_rows[type].name : NULL);
}

const char *klips_satype_name(unsigned int satype)
{
	return name_or_unknown(satype <= KLIPS_SATYPE_MAX ? satypes[satype].name : NULL);
}
