// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading PF_KEY messages.  Pure: see klips/pure.h.
 *
 * A message is believed in steps, and each step may look only at what the ones
 * before it have proved: its header, that its extensions tile it exactly, the
 * inside of each extension, which ones are there, how they fit together.  The
 * order is the old kernel's, so that the first fault gives the errno old
 * programs know.  What the values mean for SAs and eroutes is left to
 * pfkey_ops.c, the tables are in pfkey_msg.c.  RFC 2367, section 3.
 */
#include "klips/pfkey_parse.h"
#include "klips/radix.h"

static int fail(const char **what, const char *name, int err)
{
	*what = name;
	return err;
}

static int check_header(const void *buf, size_t len, const char **what)
{
	const struct klips_msg_hdr *hdr = buf;

	if (len < sizeof(*hdr) || len > KLIPS_PFKEY_MAX_BYTES)
		return fail(what, "length", -EMSGSIZE);
	if (hdr->version != KLIPS_PF_KEY_V2)
		return fail(what, "version", -EINVAL);
	if (len != (size_t)hdr->len * KLIPS_PFKEY_WORD)
		return fail(what, "length in header", -EMSGSIZE);
	if (hdr->reserved)
		return fail(what, "reserved field", -EINVAL);
	if (!hdr->type || hdr->type > KLIPS_MSG_MAX)
		return fail(what, "message type", -EINVAL);
	return 0;
}

int klips_msg_check_header(const void *buf, size_t len)
{
	const char *what;

	return check_header(buf, len, &what);
}

static bool satype_allowed(u8 satype, enum klips_satype_rule rule)
{
	if (satype > KLIPS_SATYPE_MAX)
		return false;
	switch (rule) {
	case KLIPS_SATYPE_ANY:
		return true;
	case KLIPS_SATYPE_SET:
		return satype;
	case KLIPS_SATYPE_PROTO:
		return klips_satype_to_proto(satype);
	case KLIPS_SATYPE_PROTO_OR_NONE:
		return !satype || klips_satype_to_proto(satype);
	}
	return false;
}

static int check_ext(const struct klips_ext *ext, u64 permitted, const struct klips_msg *msg,
		     const char **what)
{
	const struct klips_ext_row *row;

	if (ext->type == KLIPS_EXT_RESERVED || ext->type > KLIPS_EXT_MAX)
		return fail(what, "extension number", -EINVAL);
	row = &klips_ext_rows[ext->type];
	*what = row->name;
	if (msg->ext[ext->type] || !(permitted & BIT_ULL(ext->type)))
		return -EINVAL;
	if (ext->len < row->min_words || ext->len > row->max_words)
		return -EINVAL;
	return row->check ? row->check(ext) : 0;
}

/* Extensions tile the rest of the message: nothing left over, nothing beyond. */
static int walk(const u8 *at, size_t left, u64 permitted, struct klips_msg *msg,
		const char **what)
{
	while (left) {
		const struct klips_ext *ext = (const void *)at;
		size_t bytes;
		int err;

		if (left < sizeof(*ext))
			return fail(what, "rest of message", -EINVAL);
		bytes = (size_t)ext->len * KLIPS_PFKEY_WORD;
		if (!bytes || bytes > left)
			return fail(what, "extension length", -EINVAL);
		err = check_ext(ext, permitted, msg, what);
		if (err)
			return err;
		msg->ext[ext->type] = ext;
		at += bytes;
		left -= bytes;
	}
	return 0;
}

static u64 present(const struct klips_msg *msg)
{
	u64 found = 0;
	int i;

	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		if (msg->ext[i])
			found |= BIT_ULL(i);
	return found;
}

static int check_required(const struct klips_msg *msg, const char **what)
{
	u64 missing = klips_msg_rows[msg->hdr->type].required[msg->dir] & ~present(msg);
	int i;

	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		if (missing & BIT_ULL(i))
			return fail(what, klips_ext_rows[i].name, -EINVAL);
	return 0;
}

/* One eroute, or all of them; a reply about all of them is an SA alone. */
static int check_delflow(const struct klips_msg *msg, const char **what)
{
	struct klips_ext_sa sa;

	if (msg->hdr->type != KLIPS_MSG_DELFLOW || (present(msg) & KLIPS_EXT_BITS_NETS) == KLIPS_EXT_BITS_NETS)
		return 0;
	if (klips_msg_sa(msg, KLIPS_EXT_SA, &sa) &&
	    (sa.flags & KLIPS_SAFLAG_CLEARFLOW || msg->dir == KLIPS_TO_USER))
		return 0;
	return fail(what, "flow", -EINVAL);
}

/* Algorithms that the SA type needs, and those that have no place in it. */
static bool algs_valid(u8 satype, u8 auth, u8 encrypt)
{
	switch (satype) {
	case KLIPS_SATYPE_AH:
		return auth && !encrypt;
	case KLIPS_SATYPE_ESP:
		return encrypt && (auth || encrypt != KLIPS_ENCR_NULL);
	case KLIPS_SATYPE_COMP:
		return encrypt && !auth;
	default:
		return true;
	}
}

static int check_new_sa(const struct klips_msg *msg, const char **what)
{
	struct klips_ext_sa sa;

	if (msg->hdr->type != KLIPS_MSG_ADD && msg->hdr->type != KLIPS_MSG_UPDATE)
		return 0;
	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	if (sa.state != KLIPS_SASTATE_MATURE)
		return fail(what, "SA state", -EINVAL);
	if (!algs_valid(msg->hdr->satype, sa.auth, sa.encrypt))
		return fail(what, "SA algorithms", -EINVAL);
	if (be32_to_cpu(sa.spi) < KLIPS_SPI_MIN)
		return fail(what, "SPI", -EINVAL);
	return 0;
}

/* What some message may carry but no kernel has ever acted on. */
static int check_usable(const struct klips_msg *msg, const char **what)
{
	static const u8 unusable[] = {
		KLIPS_EXT_LIFETIME_CURRENT, KLIPS_EXT_SENSITIVITY, KLIPS_EXT_PROPOSAL,
		KLIPS_EXT_SUPPORTED_AUTH, KLIPS_EXT_SUPPORTED_ENCRYPT, KLIPS_EXT_KMPRIVATE,
	};
	u8 natt = klips_msg_natt_type(msg);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unusable); i++)
		if (msg->ext[unusable[i]])
			return fail(what, klips_ext_rows[unusable[i]].name, -EINVAL);
	if (msg->ext[KLIPS_EXT_PROTOCOL] && (present(msg) & KLIPS_EXT_BITS_NETS) != KLIPS_EXT_BITS_NETS)
		return fail(what, "PROTOCOL", -EINVAL);
	if (msg->ext[KLIPS_EXT_NAT_T_TYPE] &&
	    natt != KLIPS_NATT_NONIKE && natt != KLIPS_NATT_NONESP)
		return fail(what, "NAT_T_TYPE", -EINVAL);
	return 0;
}

/* How the extensions of a message that is no error report fit together. */
static int check_whole(const struct klips_msg *msg, const char **what)
{
	int err = check_required(msg, what);

	if (!err)
		err = check_delflow(msg, what);
	if (!err && msg->dir == KLIPS_TO_KERNEL)
		err = check_new_sa(msg, what);
	if (!err && msg->dir == KLIPS_TO_KERNEL)
		err = check_usable(msg, what);
	return err;
}

int klips_msg_parse(const void *buf, size_t len, enum klips_dir dir, struct klips_msg *out,
		    const char **what)
{
	const struct klips_msg_hdr *hdr = buf;
	const struct klips_msg_row *row;
	const char *ignored;
	int err;

	if (!what)
		what = &ignored;
	err = check_header(buf, len, what);
	if (err)
		return err;
	memset(out, 0, sizeof(*out));
	out->hdr = hdr;
	out->dir = dir;
	row = &klips_msg_rows[hdr->type];
	/* A report of a bad SA type carries that SA type. */
	if ((dir == KLIPS_TO_KERNEL || !hdr->err) && !satype_allowed(hdr->satype, row->rule))
		return fail(what, "SA type", -EINVAL);
	if (dir == KLIPS_TO_KERNEL && hdr->err && hdr->type != KLIPS_MSG_ACQUIRE)
		return fail(what, "errno in header", -EINVAL);
	err = walk((const u8 *)(hdr + 1), len - sizeof(*hdr), row->permitted[dir], out, what);
	if (err || hdr->err)
		return err;
	return check_whole(out, what);
}

bool klips_msg_sa(const struct klips_msg *msg, enum klips_ext_type ext, struct klips_ext_sa *sa)
{
	memset(sa, 0, sizeof(*sa));
	if (!msg->ext[ext])
		return false;
	memcpy(sa, msg->ext[ext], msg->ext[ext]->len * KLIPS_PFKEY_WORD);
	if (sa->ref == KLIPS_SAREF_UNSET)
		sa->ref = 0;
	return true;
}

int klips_msg_said(const struct klips_msg *msg, enum klips_msg_which which,
		   struct klips_said *said)
{
	bool first = which == KLIPS_SAID_FIRST;
	const struct klips_ext_satype *second = (const void *)msg->ext[KLIPS_EXT_SATYPE2];
	struct klips_ext_sa sa;

	memset(said, 0, sizeof(*said));
	if (!first && !second)
		return -EINVAL;
	said->proto = klips_satype_to_proto(first ? msg->hdr->satype : second->satype);
	if (!said->proto)
		return -EINVAL;
	if (!klips_msg_sa(msg, first ? KLIPS_EXT_SA : KLIPS_EXT_SA2, &sa))
		return -EINVAL;
	said->spi = sa.spi;
	if (!klips_msg_addr(msg, first ? KLIPS_EXT_ADDRESS_DST : KLIPS_EXT_ADDRESS_DST2,
			    &said->dst, NULL))
		return -EINVAL;
	return 0;
}

bool klips_msg_addr(const struct klips_msg *msg, enum klips_ext_type ext, struct klips_addr *addr,
		    __be16 *port)
{
	const struct klips_ext_address *a = (const void *)msg->ext[ext];
	const struct sockaddr_in6 *in6;
	const struct sockaddr_in *in4;

	memset(addr, 0, sizeof(*addr));
	if (port)
		*port = 0;
	if (!a)
		return false;
	in4 = (const void *)(a + 1);
	in6 = (const void *)(a + 1);
	addr->family = in4->sin_family;
	if (addr->family == AF_INET6)
		addr->v6 = in6->sin6_addr;
	else
		addr->v4 = in4->sin_addr.s_addr;
	if (port)
		*port = addr->family == AF_INET6 ? in6->sin6_port : in4->sin_port;
	return true;
}

u8 klips_msg_addr_proto(const struct klips_msg *msg, enum klips_ext_type ext)
{
	const struct klips_ext_address *a = (const void *)msg->ext[ext];

	return a ? a->proto : 0;
}

unsigned int klips_msg_key(const struct klips_msg *msg, enum klips_ext_type ext, const u8 **key)
{
	const struct klips_ext_key *k = (const void *)msg->ext[ext];

	*key = k ? (const u8 *)(k + 1) : NULL;
	return k ? k->bits : 0;
}

bool klips_msg_lifetime(const struct klips_msg *msg, enum klips_ext_type ext,
			struct klips_msg_life *life)
{
	const struct klips_ext_lifetime *l = (const void *)msg->ext[ext];

	memset(life, 0, sizeof(*life));
	if (!l)
		return false;
	life->allocations = l->allocations;
	life->bytes = l->bytes;
	life->addtime = l->addtime;
	life->usetime = l->usetime;
	life->wide = l->len * KLIPS_PFKEY_WORD > sizeof(*l);
	return true;
}

bool klips_msg_ident(const struct klips_msg *msg, enum klips_ext_type ext, u16 *type, u64 *id,
		     const char **text)
{
	const struct klips_ext_ident *ident = (const void *)msg->ext[ext];

	if (!ident)
		return false;
	*type = ident->ident_type;
	*id = ident->id;
	*text = ident->len * KLIPS_PFKEY_WORD > sizeof(*ident) ? (const char *)(ident + 1) : "";
	return true;
}

bool klips_msg_spirange(const struct klips_msg *msg, u32 *lo, u32 *hi)
{
	const struct klips_ext_spirange *r = (const void *)msg->ext[KLIPS_EXT_SPIRANGE];

	if (!r)
		return false;
	*lo = be32_to_cpu(r->min);
	*hi = be32_to_cpu(r->max);
	return true;
}

u8 klips_msg_natt_type(const struct klips_msg *msg)
{
	const struct klips_ext_natt_type *n = (const void *)msg->ext[KLIPS_EXT_NAT_T_TYPE];

	return n ? n->natt : KLIPS_NATT_NONE;
}

u16 klips_msg_natt_port(const struct klips_msg *msg, enum klips_ext_type ext)
{
	const struct klips_ext_natt_port *n = (const void *)msg->ext[ext];

	return n ? n->port : 0;
}

bool klips_msg_plumbif(const struct klips_msg *msg, u16 *ifnum)
{
	const struct klips_ext_plumbif *p = (const void *)msg->ext[KLIPS_EXT_PLUMBIF];

	if (!p)
		return false;
	*ifnum = p->ifnum;
	return true;
}

bool klips_msg_saref(const struct klips_msg *msg, u32 *me, u32 *him)
{
	const struct klips_ext_saref *ref = (const void *)msg->ext[KLIPS_EXT_SAREF];

	*me = ref && ref->me != KLIPS_SAREF_NA ? ref->me : 0;
	*him = ref && ref->him != KLIPS_SAREF_NA ? ref->him : 0;
	return ref;
}

bool klips_msg_replay(const struct klips_msg *msg, struct klips_ext_replay *replay)
{
	const struct klips_ext *ext = msg->ext[KLIPS_EXT_REPLAY];

	memset(replay, 0, sizeof(*replay));
	if (ext)
		memcpy(replay, ext, sizeof(*replay));
	return ext;
}

/* Length of the prefix a mask leaves, -EINVAL if the mask has holes. */
static int mask_len(const struct klips_addr *mask)
{
	unsigned int bits = klips_addr_bits(mask->family);
	unsigned int len = 0;
	unsigned int i;

	while (len < bits && mask->bytes[len / 8] & 0x80 >> len % 8)
		len++;
	for (i = len; i < bits; i++)
		if (mask->bytes[i / 8] & 0x80 >> i % 8)
			return -EINVAL;
	return len;
}

static void mask_addr(struct klips_addr *addr, const struct klips_addr *mask)
{
	unsigned int i;

	for (i = 0; i < klips_addr_bits(addr->family) / 8; i++)
		addr->bytes[i] &= mask->bytes[i];
}

/* One end of a flow: prefix and port, each under its mask. */
static int flow_end(const struct klips_msg *msg, enum klips_ext_type net, enum klips_ext_type mask,
		    struct klips_addr *addr, __be16 *port)
{
	struct klips_addr m;
	__be16 port_mask;
	int len;

	if (!klips_msg_addr(msg, net, addr, port) || !klips_msg_addr(msg, mask, &m, &port_mask))
		return -EINVAL;
	if (addr->family != m.family)
		return -EINVAL;
	len = mask_len(&m);
	if (len < 0)
		return len;
	mask_addr(addr, &m);
	if (!port_mask)
		*port = 0;
	else if (port_mask != cpu_to_be16(0xffff) || !*port)
		return -EINVAL;
	return len;
}

int klips_msg_selector(const struct klips_msg *msg, struct klips_selector *sel)
{
	const struct klips_ext_protocol *p = (const void *)msg->ext[KLIPS_EXT_PROTOCOL];
	struct klips_addr src, dst;
	__be16 sport, dport;
	int src_len, dst_len;

	src_len = flow_end(msg, KLIPS_EXT_SRC_FLOW, KLIPS_EXT_SRC_MASK, &src, &sport);
	if (src_len < 0)
		return src_len;
	dst_len = flow_end(msg, KLIPS_EXT_DST_FLOW, KLIPS_EXT_DST_MASK, &dst, &dport);
	if (dst_len < 0)
		return dst_len;
	if (src.family != dst.family)
		return -EINVAL;
	memset(sel, 0, sizeof(*sel));
	sel->family = src.family;
	sel->proto = p ? p->proto : 0;
	sel->src_len = src_len;
	sel->dst_len = dst_len;
	sel->sport = sport;
	sel->dport = dport;
	memcpy(&sel->src, src.bytes, sizeof(sel->src));
	memcpy(&sel->dst, dst.bytes, sizeof(sel->dst));
	return 0;
}
