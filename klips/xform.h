/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transforms: one const row each, and the state of a packet on its way
 * through a bundle.
 *
 * Outbound, skb->data is the IP header that the transform works behind.
 * Inbound, skb->data is the transform's own header and skb_network_header()
 * the IP header in front of it.
 */
#ifndef KLIPS_XFORM_H
#define KLIPS_XFORM_H

#include <linux/ip.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "klips/drop.h"
#include "klips/klips.h"
#include "klips/sa.h"

/* Returned by output and input: the packet was taken and will come back through
 * klips_xmit_resume() or klips_rcv_resume(). */
#define KLIPS_TAKEN	INT_MIN

/**
 * struct klips_xform - one transform
 * @proto:	its protocol number
 * @name:	as /proc prints it
 * @init:	check the spec, set up @aead, sizes and the rest of the SA; may sleep
 * @destroy:	undo it, wipe keys; may sleep
 * @output:	apply to a packet; may replace it through the pointer.
 *		0, a drop reason (the packet stays the caller's), or KLIPS_TAKEN
 * @input:	undo; the number of the next header, a negative drop reason (the
 *		packet stays the caller's), or KLIPS_TAKEN
 */
struct klips_xform {
	u8 proto;
	const char *name;
	int (*init)(struct klips_sa *sa, const struct klips_sa_spec *spec);
	void (*destroy)(struct klips_sa *sa);
	int (*output)(struct sk_buff **skb, struct klips_sa *sa);
	int (*input)(struct sk_buff *skb, struct klips_sa *sa);
};

extern const struct klips_xform klips_xform_ah;
extern const struct klips_xform klips_xform_esp;
extern const struct klips_xform klips_xform_ipcomp;
extern const struct klips_xform klips_xform_ipip;

const struct klips_xform *klips_xform_find(u8 proto);

/**
 * struct klips_out - an outbound packet between two steps, in skb->cb
 * @sa:		the SA being applied, set by transforms that may be KLIPS_TAKEN;
 *		referenced only then
 * @last:	the SA after which the packet may leave, compared and no more
 * @hdr_len:	IP header in front, extension headers in front of the payload included
 * @nh_off:	where in it the next-header byte is
 * @family:	of that IP header
 * @depth:	bundles applied so far
 * @natt_sport: UDP ports to put in front at the end, host byte order, 0 none
 * @natt_dport: likewise
 */
struct klips_out {
	struct klips_sa *sa;
	const struct klips_sa *last;
	u16 hdr_len;
	u16 nh_off;
	u16 family;
	u8 depth;
	u16 natt_sport;
	u16 natt_dport;
};

/**
 * struct klips_in - an inbound packet between two steps, in skb->cb
 * @sa:		the SA being undone; referenced only while KLIPS_TAKEN
 * @dev:	ipsecN it will appear on; referenced only while KLIPS_TAKEN
 * @hdr_len:	IP header in front, extension headers included
 * @nh_off:	where in it the next-header byte is
 * @family:	of that header
 * @depth:	transforms undone so far
 * @encap:	enum klips_natt it arrived with
 * @path:	the numbers of the SAs it came through, @depth of them; an SA that is
 *		gone has none
 */
struct klips_in {
	struct klips_sa *sa;
	struct net_device *dev;
	u16 hdr_len;
	u16 nh_off;
	u16 family;
	u8 depth;
	u8 encap;
	u32 path[KLIPS_BUNDLE_MAX];
};

#define KLIPS_OUT(skb)	((struct klips_out *)(skb)->cb)
#define KLIPS_IN(skb)	((struct klips_in *)(skb)->cb)
static_assert(sizeof(struct klips_out) <= sizeof_field(struct sk_buff, cb));
static_assert(sizeof(struct klips_in) <= sizeof_field(struct sk_buff, cb));

/**
 * klips_out_is_fragment() - is the packet in a bundle a piece of a larger one?
 * @skb:	outbound packet, its KLIPS_OUT() filled in
 */
static inline bool klips_out_is_fragment(const struct sk_buff *skb)
{
	const struct klips_out *out = KLIPS_OUT(skb);

	return out->family == AF_INET ? ip_is_fragment((const struct iphdr *)skb->data) :
					skb->data[out->nh_off] == NEXTHDR_FRAGMENT;
}

/**
 * klips_open_gap() - make room behind the IP header for a transform's own
 * @skb:	outbound packet with a writable head and room in front
 * @hdr_len:	what moves forward
 * @front:	bytes of the gap
 */
static inline void klips_open_gap(struct sk_buff *skb, unsigned int hdr_len, unsigned int front)
{
	u8 *old = skb->data;

	skb_push(skb, front);
	memmove(skb->data, old, hdr_len);
	skb_reset_network_header(skb);
}

/* Called back when a packet that was KLIPS_TAKEN is ready; softirq or process context. */
void klips_xmit_resume(struct sk_buff *skb, enum klips_drop why);
void klips_rcv_resume(struct sk_buff *skb, int next);

#endif /* KLIPS_XFORM_H */
