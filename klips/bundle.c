// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bundle: an SA and those grouped behind it, judged as one before a packet
 * is touched.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "klips/klips.h"
#include "klips/sa.h"
#include "klips/xmit.h"

static enum klips_drop check_sa(struct klips_sa *sa)
{
	if (!klips_sa_usable(sa))
		return KLIPS_DROP_OUT_SA_STATE;
	if (klips_sa_expired(sa))
		return KLIPS_DROP_OUT_SA_EXPIRED;
	return KLIPS_DROP_NONE;
}

/**
 * klips_bundle_check() - may a packet go through these SAs, and what do they add?
 * @first:	the SA that the eroute names
 * @bundle:	filled in
 *
 * Under rcu_read_lock(). A bundle that hides nothing is refused: an eroute to
 * a lone IPIP SA must not send cleartext by mistake.
 *
 * Return: 0 or a reason to drop the packet.
 */
enum klips_drop klips_bundle_check(struct klips_sa *first, struct klips_bundle *bundle)
{
	bool hides = READ_ONCE(first->kn->sysctl.plain_ipip);
	enum klips_drop why;
	struct klips_sa *sa;
	int n = 0;

	memset(bundle, 0, sizeof(*bundle));
	bundle->first = first;
	for (sa = first; sa; sa = rcu_dereference(sa->next)) {
		why = n++ < KLIPS_BUNDLE_MAX ? check_sa(sa) : KLIPS_DROP_OUT_NESTING;
		if (why)
			return why;
		bundle->front += sa->headroom;
		bundle->last = sa;
		if (sa->said.proto == KLIPS_PROTO_IPIP) {
			bundle->src = sa->src;
			bundle->dst = sa->said.dst;
		} else if (sa->said.proto != KLIPS_PROTO_COMP) {
			hides = true;
		}
	}
	return hides ? KLIPS_DROP_NONE : KLIPS_DROP_OUT_PLAIN_IPIP;
}

static unsigned int outer_hdr(const struct klips_sa *sa)
{
	return sa->said.dst.family == AF_INET6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

/* Largest packet that one SA turns into one of at most @mtu bytes. */
static unsigned int sa_mtu(const struct klips_sa *sa, unsigned int mtu, unsigned int hdr_len)
{
	unsigned int room;

	if (sa->said.proto == KLIPS_PROTO_IPIP)
		return mtu > outer_hdr(sa) ? mtu - outer_hdr(sa) : 0;
	room = hdr_len + sa->headroom;
	if (sa->said.proto == KLIPS_PROTO_ESP)	/* AH's is part of its header */
		room += sa->icv_len;
	if (mtu <= room + 2)
		return 0;
	if (sa->block)	/* padded to a block, two bytes of it the trailer's */
		return hdr_len + round_down(mtu - room, sa->block) - 2;
	return hdr_len + mtu - room;
}

/**
 * klips_bundle_mtu() - largest packet that fits the path after the bundle
 * @bundle:	from klips_bundle_check()
 * @mtu:	of the path to the peer
 * @hdr_len:	IP header of the packet itself, which counts without a tunnel
 *
 * Under rcu_read_lock().
 *
 * Return: bytes, 0 if nothing fits.
 */
unsigned int klips_bundle_mtu(const struct klips_bundle *bundle, unsigned int mtu,
			      unsigned int hdr_len)
{
	const struct klips_sa *sa, *chain[KLIPS_BUNDLE_MAX];
	unsigned int hdr[KLIPS_BUNDLE_MAX];
	int n = 0;

	for (sa = bundle->first; sa && n < KLIPS_BUNDLE_MAX; sa = rcu_dereference(sa->next)) {
		hdr[n] = hdr_len;
		if (sa->said.proto == KLIPS_PROTO_IPIP)
			hdr_len = outer_hdr(sa);
		chain[n++] = sa;
	}
	while (n--)
		mtu = sa_mtu(chain[n], mtu, hdr[n]);
	return mtu;
}
