// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPCOMP (RFC 3173) with DEFLATE (RFC 2394): payloads become shorter, or stay
 * as they are.
 *
 * A packet that does not gain travels without an IPCOMP header, so the receiver
 * passes over the SA. Data that has lately not gained is not tried for a while.
 * Each CPU has one workspace for all SAs, there while at least one SA is.
 */
#include <linux/ip.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/vmalloc.h>
#include <linux/zlib.h>
#include <net/ip.h>
#include <net/ipcomp.h>
#include <net/sock.h>

#include "klips/ipcomp.h"
#include "klips/klips.h"
#include "klips/xform.h"

#define COMP_HDR	sizeof(struct ip_comp_hdr)

/* Raw DEFLATE: other stacks read no larger window than this, and may write any. */
#define DEFLATE_WINDOW	11
#define INFLATE_WINDOW	MAX_WBITS
/* A hash as large as the window has positions twice over: cleared for each packet. */
#define DEFLATE_MEMORY	5

/* Payloads below are not tried. */
#define COMP_MIN	90
/* What a received packet may become, if the device's MTU is not larger. */
#define COMP_RESULT	16260

/* Fruitless attempts before some packets are spared, and how many. */
enum {
	TRIES_FIRST = 8,
	SPARE_FIRST = 4,
	TRIES_MORE = 2,
	SPARE_MORE = 8,
};

/* --- workspaces --------------------------------------------------------- */

/**
 * struct comp_work - what one CPU needs
 * @deflate:	stream outbound, initialised once, reset for each packet
 * @inflate:	stream inbound
 * @out:	where results go first, IP_MAX_MTU bytes
 */
struct comp_work {
	struct z_stream_s deflate;
	struct z_stream_s inflate;
	u8 *out;
};

static DEFINE_MUTEX(works_lock);		/* guards these two */
static struct comp_work __percpu *works;	/* stays while an SA holds a share */
static unsigned int works_users;

static void free_works(struct comp_work __percpu *all)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct comp_work *work = per_cpu_ptr(all, cpu);

		vfree(work->deflate.workspace);
		vfree(work->inflate.workspace);
		vfree(work->out);
	}
	free_percpu(all);
}

static int init_work(struct comp_work *work, int node)
{
	work->deflate.workspace =
		vzalloc_node(zlib_deflate_workspacesize(DEFLATE_WINDOW, DEFLATE_MEMORY), node);
	work->inflate.workspace = vzalloc_node(zlib_inflate_workspacesize(), node);
	work->out = vmalloc_node(IP_MAX_MTU, node);
	if (!work->deflate.workspace || !work->inflate.workspace || !work->out)
		return -ENOMEM;
	if (zlib_deflateInit2(&work->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			      -DEFLATE_WINDOW, DEFLATE_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK ||
	    zlib_inflateInit2(&work->inflate, -INFLATE_WINDOW) != Z_OK)
		return -EINVAL;
	return 0;
}

static struct comp_work __percpu *alloc_works(void)
{
	struct comp_work __percpu *all = alloc_percpu(struct comp_work);
	int cpu, err;

	if (!all)
		return NULL;
	for_each_possible_cpu(cpu) {
		err = init_work(per_cpu_ptr(all, cpu), cpu_to_node(cpu));
		if (err) {
			free_works(all);
			return NULL;
		}
	}
	return all;
}

static int get_works(void)
{
	int err = 0;

	mutex_lock(&works_lock);
	if (!works)
		works = alloc_works();
	if (works)
		works_users++;
	else
		err = -ENOMEM;
	mutex_unlock(&works_lock);
	return err;
}

static void put_works(void)
{
	mutex_lock(&works_lock);
	if (!--works_users) {
		free_works(works);
		works = NULL;
	}
	mutex_unlock(&works_lock);
}

/* --- the SA ------------------------------------------------------------- */

/**
 * struct comp_state - one SA on one CPU
 * @ratio:	bytes before and after
 * @failures:	attempts in a row that did not gain
 * @spare:	packets that will not be tried
 */
struct comp_state {
	struct klips_comp_ratio ratio;
	u8 failures;
	u8 spare;
};

/* What sa->priv points to. */
struct comp_sa {
	struct comp_state __percpu *state;
};

static int comp_init(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	struct comp_sa *comp;
	int err;

	if (spec->encrypt != KLIPS_CALG_DEFLATE)
		return -EINVAL;
	comp = kzalloc(sizeof(*comp), GFP_KERNEL);
	if (!comp)
		return -ENOMEM;
	comp->state = alloc_percpu(struct comp_state);
	err = comp->state ? get_works() : -ENOMEM;
	if (err) {
		free_percpu(comp->state);
		kfree(comp);
		return err;
	}
	sa->priv = comp;
	return 0;
}

static void comp_destroy(struct klips_sa *sa)
{
	struct comp_sa *comp = sa->priv;

	if (!comp)
		return;
	put_works();
	free_percpu(comp->state);
	kfree(comp);
}

/* Bottom halves are off. */
static struct comp_state *state_of(const struct klips_sa *sa)
{
	const struct comp_sa *comp = sa->priv;

	return this_cpu_ptr(comp->state);
}

static void count(const struct klips_sa *sa, unsigned int plain, unsigned int packed)
{
	struct comp_state *state = state_of(sa);

	WRITE_ONCE(state->ratio.plain, state->ratio.plain + plain);
	WRITE_ONCE(state->ratio.packed, state->ratio.packed + packed);
}

/**
 * klips_comp_passed() - a packet came for this SA that was not compressed
 * @sa:		COMP SA, mature or dying
 * @bytes:	whole length of the packet
 *
 * Bottom halves are off.
 */
void klips_comp_passed(struct klips_sa *sa, unsigned int bytes)
{
	if (sa->priv)
		count(sa, bytes, bytes);
}

/**
 * klips_comp_ratio() - what compression has brought
 * @sa:	COMP SA, in any state
 *
 * Return: sums over all CPUs; zeros for a larval SA.
 */
struct klips_comp_ratio klips_comp_ratio(const struct klips_sa *sa)
{
	const struct comp_sa *comp = sa->priv;
	struct klips_comp_ratio sum = {};
	int cpu;

	if (!comp)
		return sum;
	for_each_possible_cpu(cpu) {
		const struct comp_state *state = per_cpu_ptr(comp->state, cpu);

		sum.plain += READ_ONCE(state->ratio.plain);
		sum.packed += READ_ONCE(state->ratio.packed);
	}
	return sum;
}

/* --- both ways ---------------------------------------------------------- */

/* Cut the packet to @keep bytes, ours alone to write to, with room for @room more. */
static int make_room(struct sk_buff *skb, unsigned int keep, unsigned int room)
{
	int err;

	err = pskb_trim(skb, keep);
	if (err)
		return err;
	if (!skb_cloned(skb) && skb_tailroom(skb) >= room)
		return 0;
	return pskb_expand_head(skb, 0, room, GFP_ATOMIC | __GFP_NOWARN);
}

/* --- outbound ----------------------------------------------------------- */

/* Bytes that a payload has to lose for its new header to be worth it. */
static unsigned int least_gain(unsigned int len)
{
	return COMP_HDR + (len <= 512 ? 32 : len / 16);
}

static bool worth_trying(const struct sk_buff *skb, const struct klips_out *out,
			 struct comp_state *state)
{
	if (skb->len - out->hdr_len < COMP_MIN || klips_out_is_fragment(skb))
		return false;
	switch (skb->data[out->nh_off]) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_COMP:
		return false;
	}
	if (!state->spare)
		return true;
	state->spare--;
	return false;
}

static void learn(struct comp_state *state, bool gained)
{
	if (gained) {
		state->failures = 0;
		return;
	}
	state->failures++;
	if (state->failures == TRIES_FIRST) {
		state->spare = SPARE_FIRST;
	} else if (state->failures == TRIES_FIRST + TRIES_MORE) {
		state->spare = SPARE_MORE;
		state->failures = TRIES_FIRST;
	}
}

/* Deflate what lies behind @off into the workspace; 0 if that takes more than @room. */
static unsigned int pack(struct comp_work *work, struct sk_buff *skb, unsigned int off,
			 unsigned int room)
{
	unsigned int done = 0, len = skb->len - off, n;
	struct z_stream_s *z = &work->deflate;
	struct skb_seq_state seq;
	const u8 *piece;
	int err = zlib_deflateReset(z);

	z->next_out = work->out;
	z->avail_out = room;
	skb_prepare_seq_read(skb, off, skb->len, &seq);
	while (err == Z_OK && done < len) {
		n = skb_seq_read(done, &piece, &seq);
		if (!n)
			return 0;
		z->next_in = piece;
		z->avail_in = n;
		err = zlib_deflate(z, Z_NO_FLUSH);
		if (z->avail_in)
			err = Z_BUF_ERROR;
		done += n;
	}
	skb_abort_seq_read(&seq);
	if (err != Z_OK || zlib_deflate(z, Z_FINISH) != Z_STREAM_END)
		return 0;
	return z->total_out;
}

/*
 * The packet, in one piece now, may be larger than its socket was charged for:
 * whoever receives it without a wire between would count too little.
 */
static void charge(struct sk_buff *skb)
{
	int more = (int)SKB_TRUESIZE(skb_end_offset(skb)) - (int)skb->truesize;
	struct sock *sk = skb->sk;

	if (more <= 0 || !sk || !sk_fullsock(sk) ||
	    (skb->destructor != sock_wfree && !sk_is_tcp(sk)))
		return;
	skb->truesize += more;
	refcount_add(more, &sk->sk_wmem_alloc);
}

/* Put IPCOMP and @len bytes of the workspace in the payload's place. */
static int wrap(struct sk_buff *skb, const struct klips_sa *sa, const struct comp_work *work,
		unsigned int len)
{
	struct klips_out *out = KLIPS_OUT(skb);
	struct ip_comp_hdr *hdr;

	if (make_room(skb, out->hdr_len, COMP_HDR + len))
		return KLIPS_DROP_OUT_NO_MEMORY;
	charge(skb);
	hdr = skb_put(skb, COMP_HDR);
	hdr->nexthdr = skb->data[out->nh_off];
	hdr->flags = 0;
	hdr->cpi = htons((u16)ntohl(sa->said.spi));
	skb_put_data(skb, work->out, len);
	skb->data[out->nh_off] = IPPROTO_COMP;
	return 0;
}

static int comp_output(struct sk_buff **pskb, struct klips_sa *sa)
{
	struct sk_buff *skb = *pskb;
	struct klips_out *out = KLIPS_OUT(skb);
	struct comp_state *state = state_of(sa);
	struct comp_work *work = this_cpu_ptr(works);
	unsigned int before = skb->len, plen = before - out->hdr_len, len;
	int err = 0;

	if (worth_trying(skb, out, state)) {
		len = pack(work, skb, out->hdr_len, plen - least_gain(plen));
		learn(state, len);
		if (len)
			err = wrap(skb, sa, work, len);
	}
	if (!err)
		count(sa, before, skb->len);
	return err;
}

/* --- inbound ------------------------------------------------------------ */

/*
 * Inflate what lies behind @off into the workspace, no more than @room bytes.
 * What follows the end of the stream is padding. The length, or -EINVAL.
 */
static int unpack(struct comp_work *work, struct sk_buff *skb, unsigned int off,
		  unsigned int room)
{
	unsigned int done = 0, len = skb->len - off, n;
	struct z_stream_s *z = &work->inflate;
	struct skb_seq_state seq;
	const u8 *piece;
	int err = zlib_inflateReset(z);

	z->next_out = work->out;
	z->avail_out = room;
	skb_prepare_seq_read(skb, off, skb->len, &seq);
	while (err == Z_OK && done < len) {
		n = skb_seq_read(done, &piece, &seq);
		if (!n)
			return -EINVAL;
		z->next_in = piece;
		z->avail_in = n;
		err = zlib_inflate(z, Z_SYNC_FLUSH);
		if (err == Z_OK && z->avail_in)
			err = Z_BUF_ERROR;
		done += n;
	}
	skb_abort_seq_read(&seq);
	return err == Z_STREAM_END ? z->total_out : -EINVAL;
}

/* Largest payload that a received packet may turn out to have. */
static unsigned int result_limit(const struct klips_in *in)
{
	unsigned int packet = max_t(unsigned int, COMP_RESULT, READ_ONCE(in->dev->mtu));

	return min_t(unsigned int, packet, IP_MAX_MTU) - in->hdr_len;
}

static bool in_fragment(const struct sk_buff *skb)
{
	return KLIPS_IN(skb)->family == AF_INET && ip_is_fragment(ip_hdr(skb));
}

static int comp_input(struct sk_buff *skb, struct klips_sa *sa)
{
	struct klips_in *in = KLIPS_IN(skb);
	struct comp_work *work = this_cpu_ptr(works);
	unsigned int before = skb->len + in->hdr_len;
	struct ip_comp_hdr *hdr;
	int len;
	u8 next;

	if (!pskb_may_pull(skb, COMP_HDR))
		return -KLIPS_DROP_IN_RUNT;
	hdr = (struct ip_comp_hdr *)skb->data;
	next = hdr->nexthdr;
	if (hdr->flags || next == IPPROTO_COMP || in_fragment(skb) ||
	    in->hdr_len >= COMP_RESULT)
		return -KLIPS_DROP_IN_COMPRESSED;
	len = unpack(work, skb, COMP_HDR, result_limit(in));
	if (len < 0)
		return -KLIPS_DROP_IN_COMPRESSED;
	skb->ip_summed = CHECKSUM_NONE;
	if (make_room(skb, 0, len))
		return -KLIPS_DROP_IN_NO_MEMORY;
	skb_put_data(skb, work->out, len);
	count(sa, len + in->hdr_len, before);
	return next;
}

const struct klips_xform klips_xform_ipcomp = {
	.proto = KLIPS_PROTO_COMP,
	.name = "COMP",
	.init = comp_init,
	.destroy = comp_destroy,
	.output = comp_output,
	.input = comp_input,
};
