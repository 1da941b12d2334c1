// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing PF_KEY messages.  Pure: see klips/pure.h.
 *
 * Every extension starts as zeros in the caller's buffer, so that padding and
 * reserved fields never carry what was in memory before.  RFC 2367, section 2.
 */
#include "klips/pfkey_build.h"
#include "klips/radix.h"

#define ERRNO_OTHER	255	/* an errno that has no room in its 8 bits */

static void mistake(struct klips_build *b, int err)
{
	if (!b->err)
		b->err = err;
}

/* Room for an extension, zeroed, its header written; NULL after a mistake. */
static void *open_ext(struct klips_build *b, enum klips_ext_type type, size_t bytes)
{
	size_t words = DIV_ROUND_UP(bytes, KLIPS_PFKEY_WORD);
	struct klips_ext *ext;

	if (b->err)
		return NULL;
	if (type <= b->last || type > KLIPS_EXT_MAX) {
		mistake(b, -EINVAL);
		return NULL;
	}
	if (words > (b->size - b->len) / KLIPS_PFKEY_WORD) {
		mistake(b, -EMSGSIZE);
		return NULL;
	}
	ext = (void *)(b->buf + b->len);
	memset(ext, 0, words * KLIPS_PFKEY_WORD);
	ext->len = words;
	ext->type = type;
	b->last = type;
	b->len += words * KLIPS_PFKEY_WORD;
	return ext;
}

void klips_build_start(struct klips_build *b, void *buf, size_t size, u8 type, u8 satype, u32 seq,
		       u32 pid)
{
	struct klips_msg_hdr *hdr = buf;

	memset(b, 0, sizeof(*b));
	b->buf = buf;
	b->size = size < KLIPS_PFKEY_MAX_BYTES ? size : KLIPS_PFKEY_MAX_BYTES;
	if (size < sizeof(*hdr)) {
		mistake(b, -EMSGSIZE);
		return;
	}
	memset(hdr, 0, sizeof(*hdr));
	hdr->version = KLIPS_PF_KEY_V2;
	hdr->type = type;
	hdr->satype = satype;
	hdr->seq = seq;
	hdr->pid = pid;
	b->len = sizeof(*hdr);
}

void klips_build_errno(struct klips_build *b, int err)
{
	struct klips_msg_hdr *hdr = (void *)b->buf;

	if (b->err)
		return;
	if (err < 0)
		err = -err;
	hdr->err = err > ERRNO_OTHER ? ERRNO_OTHER : err;
}

void klips_build_sa(struct klips_build *b, enum klips_ext_type ext, const struct klips_ext_sa *sa)
{
	struct klips_ext_sa *e = open_ext(b, ext, sizeof(*e));

	if (!e)
		return;
	e->spi = sa->spi;
	e->replay = sa->replay;
	e->state = sa->state;
	e->auth = sa->auth;
	e->encrypt = sa->encrypt;
	e->flags = sa->flags;
	e->ref = sa->ref;
}

void klips_build_addr(struct klips_build *b, enum klips_ext_type ext,
		      const struct klips_addr *addr, __be16 port)
{
	klips_build_addr_proto(b, ext, addr, port, 0);
}

void klips_build_addr_proto(struct klips_build *b, enum klips_ext_type ext,
			    const struct klips_addr *addr, __be16 port, u8 proto)
{
	bool v6 = addr->family == AF_INET6;
	struct klips_ext_address *e;
	struct sockaddr_in6 *in6;
	struct sockaddr_in *in4;

	if (!v6 && addr->family != AF_INET) {
		mistake(b, -EPFNOSUPPORT);
		return;
	}
	e = open_ext(b, ext, sizeof(*e) + (v6 ? sizeof(*in6) : sizeof(*in4)));
	if (!e)
		return;
	e->proto = proto;
	if (v6) {
		in6 = (void *)(e + 1);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		in6->sin6_addr = addr->v6;
	} else {
		in4 = (void *)(e + 1);
		in4->sin_family = AF_INET;
		in4->sin_port = port;
		in4->sin_addr.s_addr = addr->v4;
	}
}

void klips_build_key(struct klips_build *b, enum klips_ext_type ext, const void *key,
		     unsigned int bits)
{
	size_t bytes = DIV_ROUND_UP(bits, 8);
	struct klips_ext_key *e;

	if (!bits || bits > 0xffff) {
		mistake(b, -EINVAL);
		return;
	}
	e = open_ext(b, ext, sizeof(*e) + bytes);
	if (!e)
		return;
	e->bits = bits;
	memcpy(e + 1, key, bytes);
}

void klips_build_lifetime(struct klips_build *b, enum klips_ext_type ext,
			  const struct klips_msg_life *life)
{
	struct klips_ext_lifetime *e;

	e = open_ext(b, ext, sizeof(*e) + (life->wide ? KLIPS_PFKEY_WORD : 0));
	if (!e)
		return;
	e->allocations = life->allocations;
	e->bytes = life->bytes;
	e->addtime = life->addtime;
	e->usetime = life->usetime;
}

void klips_build_ident(struct klips_build *b, enum klips_ext_type ext, u16 type, u64 id,
		       const char *text)
{
	size_t bytes = *text ? strlen(text) + 1 : 0;
	struct klips_ext_ident *e = open_ext(b, ext, sizeof(*e) + bytes);

	if (!e)
		return;
	e->ident_type = type;
	e->id = id;
	memcpy(e + 1, text, bytes);
}

void klips_build_proposal(struct klips_build *b, u8 replay, const struct klips_comb *combs,
			  unsigned int n)
{
	struct klips_ext_prop *e;

	e = open_ext(b, KLIPS_EXT_PROPOSAL, sizeof(*e) + (size_t)n * sizeof(*combs));
	if (!e)
		return;
	e->replay = replay;
	if (n)
		memcpy(e + 1, combs, n * sizeof(*combs));
}

void klips_build_supported(struct klips_build *b, enum klips_ext_type ext,
			   const struct klips_alg *algs, unsigned int n)
{
	struct klips_ext_supported *e;
	struct klips_alg *to;
	unsigned int i;

	if (!n)
		return;
	e = open_ext(b, ext, sizeof(*e) + (size_t)n * sizeof(*algs));
	if (!e)
		return;
	to = (void *)(e + 1);
	for (i = 0; i < n; i++) {
		to[i].id = algs[i].id;
		to[i].ivlen = algs[i].ivlen;
		to[i].minbits = algs[i].minbits;
		to[i].maxbits = algs[i].maxbits;
	}
}

void klips_build_spirange(struct klips_build *b, u32 lo, u32 hi)
{
	struct klips_ext_spirange *e = open_ext(b, KLIPS_EXT_SPIRANGE, sizeof(*e));

	if (!e)
		return;
	e->min = cpu_to_be32(lo);
	e->max = cpu_to_be32(hi);
}

void klips_build_satype2(struct klips_build *b, u8 satype)
{
	struct klips_ext_satype *e = open_ext(b, KLIPS_EXT_SATYPE2, sizeof(*e));

	if (e)
		e->satype = satype;
}

/* The mask of a prefix, as an address. */
static struct klips_addr prefix_mask(u16 family, unsigned int len)
{
	struct klips_addr mask = { .family = family };
	unsigned int i;

	for (i = 0; i < len; i++)
		mask.bytes[i / 8] |= 0x80 >> i % 8;
	return mask;
}

/* A port mask is all or nothing: a port of 0 matches any. */
static __be16 port_mask(__be16 port)
{
	return cpu_to_be16(port ? 0xffff : 0);
}

void klips_build_selector(struct klips_build *b, const struct klips_selector *sel)
{
	struct klips_addr smask = prefix_mask(sel->family, sel->src_len);
	struct klips_addr dmask = prefix_mask(sel->family, sel->dst_len);
	struct klips_addr src = { .family = sel->family };
	struct klips_addr dst = { .family = sel->family };

	memcpy(src.bytes, &sel->src, sizeof(src.bytes));
	memcpy(dst.bytes, &sel->dst, sizeof(dst.bytes));
	klips_build_addr(b, KLIPS_EXT_SRC_FLOW, &src, sel->sport);
	klips_build_addr(b, KLIPS_EXT_DST_FLOW, &dst, sel->dport);
	klips_build_addr(b, KLIPS_EXT_SRC_MASK, &smask, port_mask(sel->sport));
	klips_build_addr(b, KLIPS_EXT_DST_MASK, &dmask, port_mask(sel->dport));
	if (sel->proto)
		klips_build_protocol(b, sel->proto);
}

void klips_build_debug(struct klips_build *b, const struct klips_ext_debug *masks)
{
	struct klips_ext_debug *e = open_ext(b, KLIPS_EXT_DEBUG, sizeof(*e));
	struct klips_ext hdr;

	if (!e)
		return;
	memcpy(&hdr, e, sizeof(hdr));
	*e = *masks;
	memcpy(e, &hdr, sizeof(hdr));
	e->reserved = 0;
}

void klips_build_protocol(struct klips_build *b, u8 proto)
{
	struct klips_ext_protocol *e = open_ext(b, KLIPS_EXT_PROTOCOL, sizeof(*e));

	if (e)
		e->proto = proto;
}

void klips_build_natt_type(struct klips_build *b, u8 natt)
{
	struct klips_ext_natt_type *e = open_ext(b, KLIPS_EXT_NAT_T_TYPE, sizeof(*e));

	if (e)
		e->natt = natt;
}

void klips_build_natt_port(struct klips_build *b, enum klips_ext_type ext, u16 port)
{
	struct klips_ext_natt_port *e = open_ext(b, ext, sizeof(*e));

	if (e)
		e->port = port;
}

void klips_build_plumbif(struct klips_build *b, u16 ifnum)
{
	struct klips_ext_plumbif *e = open_ext(b, KLIPS_EXT_PLUMBIF, sizeof(*e));

	if (e)
		e->ifnum = ifnum;
}

void klips_build_saref(struct klips_build *b, u32 me, u32 him)
{
	struct klips_ext_saref *e = open_ext(b, KLIPS_EXT_SAREF, sizeof(*e));

	if (!e)
		return;
	e->me = me;
	e->him = him;
}

void klips_build_replay(struct klips_build *b, u32 window, u32 flags, u64 seq)
{
	struct klips_ext_replay *e = open_ext(b, KLIPS_EXT_REPLAY, sizeof(*e));

	if (!e)
		return;
	e->window = window;
	e->flags = flags;
	e->seq = seq;
}

int klips_build_end(struct klips_build *b)
{
	struct klips_msg_hdr *hdr = (void *)b->buf;

	if (b->err)
		return b->err;
	hdr->len = b->len / KLIPS_PFKEY_WORD;
	return b->len;
}
