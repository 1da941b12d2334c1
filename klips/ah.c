// SPDX-License-Identifier: GPL-2.0-only
/*
 * AH (RFC 4302): one SA's worth of authentication over an IP header and all
 * that it carries, both ways.
 *
 * The MAC runs over the packet as it lies, in however many pieces; only the IP
 * header is copied, for ah_mutable.c to take out what changes on the way.
 * Finding SAs, routes and policies is left to others, sequence windows to
 * replay.c.
 */
#include <crypto/hash.h>
#include <crypto/utils.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ah.h>
#include <net/ip.h>

#include "klips/ah_mutable.h"
#include "klips/algo.h"
#include "klips/klips.h"
#include "klips/seq.h"
#include "klips/xform.h"

/* Header copies up to this size need no memory of their own. */
#define HDR_ON_STACK	128

/* --- the SA ------------------------------------------------------------- */

/* The header ends on a multiple of 4 bytes, in IPv6 of 8 (RFC 4302, 2.2). */
static unsigned int ah_len(const struct klips_sa *sa, u16 family)
{
	return ALIGN(sizeof(struct ip_auth_hdr) + sa->icv_len, family == AF_INET6 ? 8 : 4);
}

/* Some senders align to 8 in IPv4 too: the packet says, within these two. */
static bool len_ok(const struct klips_sa *sa, unsigned int len)
{
	return len == ah_len(sa, AF_INET) || len == ah_len(sa, AF_INET6);
}

static int ah_init(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	const struct klips_algo_auth *auth = klips_algo_auth_find(spec->auth);
	struct crypto_shash *mac;

	/* A UDP header in front would change what is authenticated. */
	if (!auth || spec->auth_bits != auth->key_bits || spec->natt)
		return -EINVAL;
	mac = klips_algo_mac(auth, spec);
	if (IS_ERR(mac))
		return PTR_ERR(mac);
	if (auth->weak)
		pr_warn_ratelimited("ipsec: new SA uses the old MAC %s\n", auth->crypto);
	sa->priv = mac;
	sa->auth_algo = auth;
	sa->icv_len = auth->icv;
	sa->headroom = ah_len(sa, spec->said.dst.family);
	return 0;
}

static void ah_destroy(struct klips_sa *sa)
{
	if (sa->priv)
		crypto_free_shash(sa->priv);
}

/* --- the MAC ------------------------------------------------------------ */

/**
 * struct ah_view - the parts of a packet, as the MAC sees them
 * @hdr:	IP header and what lies before AH, mutable fields gone
 * @hdr_len:	its length
 * @ah:		AH header, in the packet
 * @ah_len:	its length
 * @seq_hi:	upper half of the sequence number, which does not travel
 */
struct ah_view {
	const u8 *hdr;
	unsigned int hdr_len;
	const u8 *ah;
	unsigned int ah_len;
	__be32 seq_hi;
};

/* The packet from @off on, piece by piece. */
static int mac_rest(struct shash_desc *desc, struct sk_buff *skb, unsigned int off)
{
	unsigned int done = 0, len = skb->len - off, n;
	struct skb_seq_state state;
	const u8 *piece;
	int err;

	skb_prepare_seq_read(skb, off, skb->len, &state);
	while (done < len) {
		n = skb_seq_read(done, &piece, &state);
		if (!n)
			return -EFAULT;
		err = crypto_shash_update(desc, piece, n);
		if (err) {
			skb_abort_seq_read(&state);
			return err;
		}
		done += n;
	}
	skb_abort_seq_read(&state);
	return 0;
}

/* IP header, AH with zero for the ICV, payload, upper half of the number. */
static int mac(const struct klips_sa *sa, struct sk_buff *skb, const struct ah_view *v,
	       unsigned int off, u8 *out)
{
	static const u8 no_icv[HASH_MAX_DIGESTSIZE];
	unsigned int fixed = sizeof(struct ip_auth_hdr), icv_end = fixed + sa->icv_len;
	SHASH_DESC_ON_STACK(desc, sa->priv);
	int err;

	desc->tfm = sa->priv;
	err = crypto_shash_init(desc);
	if (!err)
		err = crypto_shash_update(desc, v->hdr, v->hdr_len);
	if (!err)
		err = crypto_shash_update(desc, v->ah, fixed);
	if (!err)
		err = crypto_shash_update(desc, no_icv, sa->icv_len);
	if (!err)
		err = crypto_shash_update(desc, v->ah + icv_end, v->ah_len - icv_end);
	if (!err)
		err = mac_rest(desc, skb, off);
	if (!err)
		err = crypto_shash_finup(desc, (const u8 *)&v->seq_hi,
					 sa->esn ? sizeof(v->seq_hi) : 0, out);
	shash_desc_zero(desc);
	return err;
}

/*
 * The MAC of a packet whose IP header @hdr and AH @ah are in place, the payload
 * at @off from skb->data. 0, -EINVAL for a header that cannot be understood,
 * -ENOMEM, or what the crypto said.
 */
static int packet_mac(const struct klips_sa *sa, struct sk_buff *skb, const u8 *hdr,
		      unsigned int hdr_len, const u8 *ah, unsigned int len, unsigned int off,
		      u64 seq, bool out, u8 *icv)
{
	u8 stack[HDR_ON_STACK], *copy = stack;
	struct ah_view v = {
		.hdr_len = hdr_len, .ah = ah, .ah_len = len,
		.seq_hi = htonl(seq >> 32),
	};
	int err;

	if (hdr_len > sizeof(stack)) {
		copy = kmalloc(hdr_len, GFP_ATOMIC | __GFP_NOWARN);
		if (!copy)
			return -ENOMEM;
	}
	memcpy(copy, hdr, hdr_len);
	err = sa->said.dst.family == AF_INET ? klips_ah_mute_v4(copy, hdr_len, out) :
					       klips_ah_mute_v6(copy, hdr_len, out);
	v.hdr = copy;
	if (!err)
		err = mac(sa, skb, &v, off, icv);
	if (copy != stack)
		kfree(copy);
	return err;
}

/* --- outbound ----------------------------------------------------------- */

/* Lengths are authenticated, so they must be right by now. */
static void set_length(struct sk_buff *skb, u16 family)
{
	if (family == AF_INET)
		((struct iphdr *)skb->data)->tot_len = htons(skb->len);
	else
		((struct ipv6hdr *)skb->data)->payload_len =
			htons(skb->len - sizeof(struct ipv6hdr));
}

static struct ip_auth_hdr *push_ah(struct sk_buff *skb, const struct klips_sa *sa,
				   unsigned int len, u64 seq)
{
	struct klips_out *out = KLIPS_OUT(skb);
	u8 next = skb->data[out->nh_off];
	struct ip_auth_hdr *ah;

	klips_open_gap(skb, out->hdr_len, len);
	skb->data[out->nh_off] = IPPROTO_AH;
	set_length(skb, out->family);
	ah = (struct ip_auth_hdr *)(skb->data + out->hdr_len);
	memset(ah, 0, len);
	ah->nexthdr = next;
	ah->hdrlen = len / 4 - 2;
	ah->spi = sa->said.spi;
	ah->seq_no = htonl(seq);
	return ah;
}

static int ah_output(struct sk_buff **pskb, struct klips_sa *sa)
{
	struct sk_buff *skb = *pskb;
	struct klips_out *out = KLIPS_OUT(skb);
	unsigned int len = ah_len(sa, out->family);
	u8 icv[HASH_MAX_DIGESTSIZE];
	struct ip_auth_hdr *ah;
	u64 seq;
	int err;

	if (out->family != sa->said.dst.family)
		return KLIPS_DROP_OUT_FAMILY;
	/* Only whole packets are authenticated (RFC 4302, 3.3.4). */
	if (klips_out_is_fragment(skb))
		return KLIPS_DROP_OUT_FRAGMENT;
	if (skb->len + len > IP_MAX_MTU)
		return KLIPS_DROP_OUT_TOO_BIG;
	if (skb_cow_head(skb, len))
		return KLIPS_DROP_OUT_NO_MEMORY;
	seq = klips_seq_next(sa);
	if (!seq)
		return KLIPS_DROP_OUT_SEQ_EXHAUSTED;
	ah = push_ah(skb, sa, len, seq);
	err = packet_mac(sa, skb, skb->data, out->hdr_len, (u8 *)ah, len, out->hdr_len + len,
			 seq, true, icv);
	if (err)
		return err == -EINVAL ? KLIPS_DROP_OUT_HEADER :
		       err == -ENOMEM ? KLIPS_DROP_OUT_NO_MEMORY : KLIPS_DROP_OUT_CRYPTO;
	memcpy(ah->auth_data, icv, sa->icv_len);
	return 0;
}

/* --- inbound ------------------------------------------------------------ */

/* A copy that a capture holds must not see headers move. */
static bool ours_alone(struct sk_buff *skb)
{
	struct sk_buff *trailer;

	return !skb_cloned(skb) || skb_cow_data(skb, 0, &trailer) >= 0;
}

static int verify(struct sk_buff *skb, struct klips_sa *sa, unsigned int len, u64 seq)
{
	const u8 *hdr = skb_network_header(skb), *ah = skb->data;
	u8 icv[HASH_MAX_DIGESTSIZE];
	int err;

	err = packet_mac(sa, skb, hdr, KLIPS_IN(skb)->hdr_len, ah, len, len, seq, false, icv);
	if (err)
		return err == -EINVAL ? -KLIPS_DROP_IN_INNER :
		       err == -ENOMEM ? -KLIPS_DROP_IN_NO_MEMORY : -KLIPS_DROP_IN_CRYPTO;
	if (crypto_memneq(icv, ah + sizeof(struct ip_auth_hdr), sa->icv_len)) {
		this_cpu_inc(sa->stats->auth_errors);
		return -KLIPS_DROP_IN_ICV;
	}
	return 0;
}

static int ah_input(struct sk_buff *skb, struct klips_sa *sa)
{
	const struct ip_auth_hdr *ah;
	unsigned int len;
	u64 seq;
	u8 next;
	int err;

	if (!pskb_may_pull(skb, sizeof(*ah)))
		return -KLIPS_DROP_IN_RUNT;
	len = (((struct ip_auth_hdr *)skb->data)->hdrlen + 2) * 4;
	if (!len_ok(sa, len) || !pskb_may_pull(skb, len))
		return -KLIPS_DROP_IN_RUNT;
	if (!ours_alone(skb))
		return -KLIPS_DROP_IN_NO_MEMORY;
	ah = (struct ip_auth_hdr *)skb->data;
	next = ah->nexthdr;
	seq = klips_replay_seq(sa->replay, ntohl(ah->seq_no), sa->esn);
	err = -klips_seq_test(sa, seq);
	if (!err)
		err = verify(skb, sa, len, seq);
	if (!err)
		err = -klips_seq_advance(sa, seq);
	if (err)
		return err;
	skb->ip_summed = CHECKSUM_NONE;
	__skb_pull(skb, len);
	return next;
}

const struct klips_xform klips_xform_ah = {
	.proto = KLIPS_PROTO_AH,
	.name = "AH",
	.init = ah_init,
	.destroy = ah_destroy,
	.output = ah_output,
	.input = ah_input,
};
