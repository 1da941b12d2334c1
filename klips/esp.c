// SPDX-License-Identifier: GPL-2.0-only
/*
 * ESP (RFC 4303): one SA's worth of encryption behind an IP header, and back.
 *
 * The packet is encrypted where it lies if it is ours alone, in one piece and
 * has room; else straight into a new buffer, which costs no copy beside the
 * cipher's own and leaves shared pages alone.  Finding SAs, routes and
 * policies is left to others, sequence windows to replay.c.
 */
#include <crypto/aead.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/random.h>
#include <net/esp.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "klips/algo.h"
#include "klips/crypt.h"
#include "klips/klips.h"
#include "klips/seq.h"
#include "klips/trace.h"
#include "klips/xform.h"
#include "klips/xmit.h"

#define ESP_HDR		8	/* SPI and sequence number */
#define ESP_TAIL	2	/* pad length and next header */

/* --- the SA ------------------------------------------------------------- */

static int check_keys(const struct klips_algo_encr *encr, const struct klips_algo_auth *auth,
		      const struct klips_sa_spec *spec)
{
	if (encr->maxbits && (spec->encrypt_bits < encr->minbits ||
			      spec->encrypt_bits > encr->maxbits ||
			      (spec->encrypt_bits - encr->minbits) % encr->stepbits))
		return -EINVAL;
	if (auth && spec->auth_bits != auth->key_bits)
		return -EINVAL;
	return 0;
}

static void warn_weak(const struct klips_algo_encr *encr, const struct klips_algo_auth *auth)
{
	if (encr->weak)
		pr_warn_ratelimited("ipsec: new SA uses the old cipher %s\n", encr->crypto);
	if (auth && auth->weak)
		pr_warn_ratelimited("ipsec: new SA uses the old MAC %s\n", auth->crypto);
}

/* Keys that the algorithm does not want are accepted and ignored (pfkey.md, 6.3). */
static struct klips_sa_spec wanted_keys(const struct klips_sa_spec *spec,
					const struct klips_algo_encr *encr,
					const struct klips_algo_auth *auth)
{
	struct klips_sa_spec w = *spec;

	if (!auth)
		w.auth_bits = 0;
	if (!encr->maxbits)
		w.encrypt_bits = 0;
	return w;
}

static int esp_init(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	const struct klips_algo_encr *encr = klips_algo_encr_find(spec->encrypt);
	const struct klips_algo_auth *auth = NULL;
	struct klips_sa_spec keys;
	int err;

	if (!encr)
		return -EPROTO;
	if (encr->mode != KLIPS_MODE_AEAD && spec->auth && spec->auth != KLIPS_AUTH_NULL) {
		auth = klips_algo_auth_find(spec->auth);
		if (!auth)
			return -EINVAL;
	}
	if (encr->mode == KLIPS_MODE_AEAD && spec->auth && spec->auth != KLIPS_AUTH_NULL)
		return -EINVAL;
	if (encr->mode != KLIPS_MODE_AEAD && !auth) {
		if (encr->mode == KLIPS_MODE_NULL ||
		    !READ_ONCE(sa->kn->sysctl.unauthenticated_esp)) {
			pr_warn_ratelimited("ipsec: ESP without authentication refused; sysctl net.ipsec.unauthenticated_esp allows it\n");
			return -EINVAL;
		}
	}
	err = check_keys(encr, auth, spec);
	if (err)
		return err;
	keys = wanted_keys(spec, encr, auth);
	sa->aead = klips_algo_aead(encr, auth, &keys, sa->esn);
	memzero_explicit(&keys, sizeof(keys));
	if (IS_ERR(sa->aead)) {
		err = PTR_ERR(sa->aead);
		sa->aead = NULL;
		return err;
	}
	warn_weak(encr, auth);
	sa->encr_algo = encr;
	sa->auth_algo = auth;
	sa->iv_len = encr->iv;
	sa->icv_len = auth ? auth->icv : encr->icv;
	sa->block = max_t(u8, encr->block, 4);
	sa->headroom = ESP_HDR + sa->iv_len + (sa->natt ? sizeof(struct udphdr) : 0);
	sa->tailroom = sa->block - 1 + ESP_TAIL + sa->icv_len;
	return klips_crypt_init(sa);
}

static void esp_destroy(struct klips_sa *sa)
{
	klips_crypt_destroy(sa);
	crypto_free_aead(sa->aead);
}

/* --- both ways ---------------------------------------------------------- */

/*
 * Associated data: SPI, the sequence number (both halves with ESN), and the
 * explicit IV, which combined modes want here and plain MACs cover here.
 */
static unsigned int fill_aad(struct klips_crypt *crypt, u64 seq, const u8 *iv)
{
	const struct klips_sa *sa = crypt->sa;
	unsigned int len = 0;

	*(__be32 *)crypt->aad = sa->said.spi;
	len += 4;
	if (sa->esn) {
		*(__be32 *)(crypt->aad + len) = htonl(seq >> 32);
		len += 4;
	}
	*(__be32 *)(crypt->aad + len) = htonl(seq);
	len += 4;
	memcpy(crypt->aad + len, iv, sa->iv_len);
	memcpy(crypt->iv, iv, sa->iv_len);
	return len + sa->iv_len;
}

/* --- outbound ----------------------------------------------------------- */

static void make_iv(const struct klips_sa *sa, u64 seq, u8 *iv)
{
	if (sa->encr_algo->mode == KLIPS_MODE_CBC)
		get_random_bytes(iv, sa->iv_len);
	else if (sa->iv_len)
		*(__be64 *)iv = cpu_to_be64(seq);
}

/* Padding 1, 2, 3 …, its length, the next header; total bytes incl. these. */
static void fill_tail(u8 *tail, unsigned int len, u8 next)
{
	unsigned int pad = len - ESP_TAIL;
	unsigned int i;

	for (i = 0; i < pad; i++)
		tail[i] = i + 1;
	tail[pad] = pad;
	tail[pad + 1] = next;
}

/* Let the new packet be charged to the socket in place of the old one. */
static void move_owner(struct sk_buff *to, struct sk_buff *from)
{
	struct sock *sk = from->sk;

	if (!sk || !sk_fullsock(sk) || (from->destructor != sock_wfree && !sk_is_tcp(sk)))
		return;
	swap(to->sk, from->sk);
	swap(to->destructor, from->destructor);
	if (to->truesize >= from->truesize)
		refcount_add(to->truesize - from->truesize, &sk->sk_wmem_alloc);
	else
		WARN_ON_ONCE(refcount_sub_and_test(from->truesize - to->truesize,
						   &sk->sk_wmem_alloc));
}

/* A packet with room for everything, holding so far only the IP header. */
static struct sk_buff *new_packet(const struct sk_buff *skb, unsigned int hdr_len,
				  unsigned int front, unsigned int back)
{
	unsigned int headroom = LL_MAX_HEADER + KLIPS_OUTER_MAX;
	struct sk_buff *to;

	to = alloc_skb(headroom + front + skb->len + back, GFP_ATOMIC | __GFP_NOWARN);
	if (!to)
		return NULL;
	skb_copy_header(to, skb);
	skb_reserve(to, headroom);
	skb_put_data(to, skb->data, hdr_len);
	skb_reset_mac_header(to);
	skb_reset_network_header(to);
	return to;
}

static bool in_place(const struct sk_buff *skb, unsigned int front, unsigned int back)
{
	return !skb_cloned(skb) && !skb_is_nonlinear(skb) && skb_headroom(skb) >= front &&
	       skb_tailroom(skb) >= back;
}

/* The cipher is through: what was read is no longer needed. */
static void output_finish(struct klips_crypt *crypt)
{
	consume_skb(crypt->from);
	klips_crypt_give(crypt);
}

static void output_done(struct klips_crypt *crypt)
{
	enum klips_drop why = crypt->err ? KLIPS_DROP_OUT_CRYPTO : KLIPS_DROP_NONE;
	struct sk_buff *skb = crypt->skb;

	output_finish(crypt);
	klips_xmit_resume(skb, why);
}

/* Point the request at what is read and written: @len bytes of payload and tail. */
static int map_output(struct klips_crypt *crypt, unsigned int aad, struct sk_buff *skb,
		      unsigned int off, unsigned int plen, unsigned int tail)
{
	struct scatterlist *dst = crypt->src;
	int n;

	sg_init_table(crypt->src, crypt->from ? skb_shinfo(crypt->from)->nr_frags + 3 : 2);
	sg_set_buf(&crypt->src[0], crypt->aad, aad);
	if (!crypt->from) {
		sg_set_buf(&crypt->src[1], skb->data + off, plen + tail + crypt->sa->icv_len);
	} else {
		n = skb_to_sgvec_nomark(crypt->from, &crypt->src[1], off, plen);
		if (n < 0)
			return n;
		sg_set_buf(&crypt->src[1 + n], crypt->tail, tail);
		sg_mark_end(&crypt->src[1 + n]);
		dst = crypt->dst;
		sg_init_table(dst, ARRAY_SIZE(crypt->dst));
		sg_set_buf(&dst[0], crypt->aad, aad);
		sg_set_buf(&dst[1], crypt->skb->data + off + ESP_HDR + crypt->sa->iv_len,
			   plen + tail + crypt->sa->icv_len);
	}
	aead_request_set_ad(&crypt->req, aad);
	aead_request_set_crypt(&crypt->req, crypt->src, dst, plen + tail, crypt->iv);
	return 0;
}

static int esp_output(struct sk_buff **pskb, struct klips_sa *sa)
{
	struct sk_buff *skb = *pskb, *to = skb;
	struct klips_out *out = KLIPS_OUT(skb);
	unsigned int hdr_len = out->hdr_len, front = ESP_HDR + sa->iv_len;
	unsigned int plen = skb->len - hdr_len;
	unsigned int tail = ALIGN(plen + ESP_TAIL, sa->block) - plen;
	struct klips_crypt *crypt;
	u8 next = skb->data[out->nh_off];
	unsigned int off, aad;
	u64 seq;
	u8 *esph;
	int err;

	crypt = klips_crypt_take(sa);
	if (!crypt)
		return KLIPS_DROP_OUT_NO_MEMORY;
	crypt->from = NULL;
	if (in_place(skb, front, tail + sa->icv_len)) {
		klips_open_gap(skb, hdr_len, front);
		fill_tail(skb_put(skb, tail + sa->icv_len), tail, next);
	} else {
		to = new_packet(skb, hdr_len, front, tail + sa->icv_len);
		if (!to || (skb_has_frag_list(skb) && skb_linearize(skb))) {
			kfree_skb(to);
			klips_crypt_give(crypt);
			return KLIPS_DROP_OUT_NO_MEMORY;
		}
		crypt->from = skb;
		fill_tail(crypt->tail, tail, next);
		skb_put(to, front + plen + tail + sa->icv_len);
	}
	crypt->skb = to;
	out->sa = KLIPS_OUT(to)->sa = sa;

	seq = klips_seq_next(sa);
	if (!seq) {
		err = KLIPS_DROP_OUT_SEQ_EXHAUSTED;
		goto drop;
	}
	esph = to->data + hdr_len;
	*(__be32 *)esph = sa->said.spi;
	*(__be32 *)(esph + 4) = htonl(seq);
	make_iv(sa, seq, esph + ESP_HDR);
	aad = fill_aad(crypt, seq, esph + ESP_HDR);
	off = crypt->from ? hdr_len : hdr_len + front;
	if (map_output(crypt, aad, to, off, plen, tail)) {
		err = KLIPS_DROP_OUT_CRYPTO;
		goto drop;
	}
	to->data[out->nh_off] = IPPROTO_ESP;
	if (crypt->from) {
		move_owner(to, skb);
		trace_klips_moved(skb->dev, to, skb);
	}
	*pskb = to;
	crypt->dev = to->dev;
	crypt->done = output_done;
	err = klips_crypt_run(crypt, crypto_aead_encrypt);
	if (err == KLIPS_TAKEN)
		return err;
	output_finish(crypt);
	return err ? KLIPS_DROP_OUT_CRYPTO : 0;
drop:
	if (to != skb)
		kfree_skb(to);
	klips_crypt_give(crypt);
	return err;
}

/* --- inbound ------------------------------------------------------------ */

static void check_padding(struct klips_sa *sa, const struct sk_buff *skb, unsigned int at,
			  u8 pad)
{
	u8 bytes[255];
	unsigned int i;

	if (skb_copy_bits(skb, at, bytes, pad))
		return;
	for (i = 0; i < pad; i++)
		if (bytes[i] != i + 1) {
			this_cpu_inc(sa->stats->pad_errors);
			return;
		}
}

/* Authenticated and decrypted: take header and trailer off. */
static int strip(struct sk_buff *skb, struct klips_sa *sa)
{
	unsigned int front = ESP_HDR + sa->iv_len;
	unsigned int back = ESP_TAIL + sa->icv_len;
	u8 tail[ESP_TAIL];

	if (skb_copy_bits(skb, skb->len - back, tail, sizeof(tail)))
		return -KLIPS_DROP_IN_PADDING;
	if (front + tail[0] + back > skb->len)
		return -KLIPS_DROP_IN_PADDING;
	if (tail[0])
		check_padding(sa, skb, skb->len - back - tail[0], tail[0]);
	skb->ip_summed = CHECKSUM_NONE;
	if (pskb_trim(skb, skb->len - back - tail[0]))
		return -KLIPS_DROP_IN_NO_MEMORY;
	if (!pskb_may_pull(skb, front))
		return -KLIPS_DROP_IN_RUNT;
	__skb_pull(skb, front);
	return tail[1];
}

/* What the cipher said, and all that may follow only after it. */
static int input_finish(struct klips_crypt *crypt)
{
	struct klips_sa *sa = crypt->sa;
	struct sk_buff *skb = crypt->skb;
	u64 seq = crypt->seq;
	int err = crypt->err;
	enum klips_drop why;

	klips_crypt_give(crypt);
	if (err == -EBADMSG) {
		this_cpu_inc(sa->stats->auth_errors);
		return -KLIPS_DROP_IN_ICV;
	}
	if (err)
		return -KLIPS_DROP_IN_CRYPTO;
	why = klips_seq_advance(sa, seq);	/* only what is authentic may */
	return why ? -why : strip(skb, sa);
}

static void input_done(struct klips_crypt *crypt)
{
	struct sk_buff *skb = crypt->skb;

	klips_rcv_resume(skb, input_finish(crypt));
}

/* Make the packet ours to write to, in as few pieces as it came. */
static int writable(struct sk_buff *skb)
{
	struct sk_buff *trailer;

	if (!skb_cloned(skb) && !skb_has_frag_list(skb) && !skb_has_shared_frag(skb))
		return 0;
	return skb_cow_data(skb, 0, &trailer) < 0 || (skb_has_frag_list(skb) && skb_linearize(skb));
}

static int esp_input(struct sk_buff *skb, struct klips_sa *sa)
{
	unsigned int front = ESP_HDR + sa->iv_len;
	unsigned int body, aad;
	struct klips_crypt *crypt;
	enum klips_drop why;
	int n, err;

	if (skb->len < front + ESP_TAIL + sa->icv_len || !pskb_may_pull(skb, front))
		return -KLIPS_DROP_IN_RUNT;
	body = skb->len - front;
	if ((body - sa->icv_len) % sa->block)
		return -KLIPS_DROP_IN_RUNT;
	if (writable(skb))
		return -KLIPS_DROP_IN_NO_MEMORY;
	crypt = klips_crypt_take(sa);
	if (!crypt)
		return -KLIPS_DROP_IN_NO_MEMORY;
	crypt->skb = skb;
	crypt->from = NULL;
	crypt->seq = klips_replay_seq(sa->replay, ntohl(*(__be32 *)(skb->data + 4)), sa->esn);
	why = klips_seq_test(sa, crypt->seq);
	if (why) {
		klips_crypt_give(crypt);
		return -why;
	}
	aad = fill_aad(crypt, crypt->seq, skb->data + ESP_HDR);
	sg_init_table(crypt->src, skb_shinfo(skb)->nr_frags + 2);
	sg_set_buf(&crypt->src[0], crypt->aad, aad);
	n = skb_to_sgvec(skb, &crypt->src[1], front, body);
	if (n < 0) {
		klips_crypt_give(crypt);
		return -KLIPS_DROP_IN_CRYPTO;
	}
	aead_request_set_ad(&crypt->req, aad);
	aead_request_set_crypt(&crypt->req, crypt->src, crypt->src, body, crypt->iv);
	crypt->dev = KLIPS_IN(skb)->dev;
	crypt->done = input_done;
	err = klips_crypt_run(crypt, crypto_aead_decrypt);
	if (err == KLIPS_TAKEN)
		return err;
	crypt->err = err;
	return input_finish(crypt);
}

const struct klips_xform klips_xform_esp = {
	.proto = KLIPS_PROTO_ESP,
	.name = "ESP",
	.init = esp_init,
	.destroy = esp_destroy,
	.output = esp_output,
	.input = esp_input,
};
