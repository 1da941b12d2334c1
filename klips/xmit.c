// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outbound: a cleartext packet's way from ipsecN to OUTPUT on the physical
 * device, step by step.
 *
 * Nothing here sends what no eroute allows: every step that fails drops.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/xfrm.h>

#include "klips/crypt.h"
#include "klips/device.h"
#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/radix.h"
#include "klips/trace.h"
#include "klips/trap.h"
#include "klips/xmit.h"

static enum klips_drop through_bundle(struct klips_net *kn, struct sk_buff *skb,
				      const struct net_device *phys,
				      const struct klips_eroute *er);

/* --- after the transforms ------------------------------------------------ */

/* IPv6 receivers take no datagram without one; IPv4 may do without (RFC 3948, 2.1). */
static __sum16 udp_check(struct sk_buff *skb, unsigned int off)
{
	unsigned int len = skb->len - off;

	if (KLIPS_OUT(skb)->family == AF_INET)
		return 0;
	return csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len, IPPROTO_UDP,
			       skb_checksum(skb, off, len, 0)) ?: CSUM_MANGLED_0;
}

/* RFC 3948: ESP behind a UDP header. */
static enum klips_drop push_udp(struct sk_buff *skb)
{
	struct klips_out *out = KLIPS_OUT(skb);
	struct udphdr *uh;
	u8 *old;

	if (!out->natt_dport)
		return KLIPS_DROP_NONE;
	if (skb_cow_head(skb, sizeof(*uh)))
		return KLIPS_DROP_OUT_NO_MEMORY;
	old = skb->data;
	skb_push(skb, sizeof(*uh));
	memmove(skb->data, old, out->hdr_len);
	skb_reset_network_header(skb);
	skb->data[out->nh_off] = IPPROTO_UDP;
	uh = (struct udphdr *)(skb->data + out->hdr_len);
	uh->source = htons(out->natt_sport);
	uh->dest = htons(out->natt_dport);
	uh->len = htons(skb->len - out->hdr_len);
	uh->check = 0;
	uh->check = udp_check(skb, out->hdr_len);
	out->natt_dport = 0;
	return KLIPS_DROP_NONE;
}

static void fix_length(struct sk_buff *skb)
{
	if (KLIPS_OUT(skb)->family == AF_INET)
		ip_hdr(skb)->tot_len = htons(skb->len);
	else
		ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
}

/*
 * The eroute of the packet that came out, if it leads into another tunnel: one
 * that ends where the packet goes anyway is its own, and shunts do not count.
 */
static struct klips_eroute *another(struct klips_net *kn, const struct sk_buff *skb)
{
	struct klips_flow flow = { .family = KLIPS_OUT(skb)->family };
	struct klips_eroute *er;

	flow.proto = skb->data[KLIPS_OUT(skb)->nh_off];
	if (flow.family == AF_INET) {
		flow.src.v4 = ip_hdr(skb)->saddr;
		flow.dst.v4 = ip_hdr(skb)->daddr;
	} else {
		flow.src.v6 = ipv6_hdr(skb)->saddr;
		flow.dst.v6 = ipv6_hdr(skb)->daddr;
	}
	er = klips_eroute_lookup(kn, &flow);
	if (!er || er->said.proto == KLIPS_PROTO_INT ||
	    (er->said.dst.family == flow.family &&
	     !memcmp(er->said.dst.bytes, flow.dst.bytes, sizeof(flow.dst))))
		return NULL;
	return er;
}

static enum klips_drop encapsulate_again(struct klips_net *kn, struct sk_buff *skb,
					 const struct klips_eroute *er)
{
	const struct net_device *phys = klips_dev_phys(skb->dev);

	if (KLIPS_OUT(skb)->depth++ >= KLIPS_NESTING_MAX)
		return KLIPS_DROP_OUT_NESTING;
	return phys ? through_bundle(kn, skb, phys, er) : KLIPS_DROP_OUT_NOT_ATTACHED;
}

static void finish(struct klips_net *kn, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct klips_out *out = KLIPS_OUT(skb);
	struct klips_eroute *er;
	enum klips_drop why;

	why = skb->len > IP_MAX_MTU ? KLIPS_DROP_OUT_TOO_BIG : push_udp(skb);
	if (why) {
		klips_drop(kn, dev, skb, why);
		return;
	}
	fix_length(skb);
	er = another(kn, skb);
	if (!er) {
		skb_set_transport_header(skb, out->hdr_len);
		klips_send(kn, skb, dev, out->family);
		return;
	}
	klips_eroute_used(er);
	trace_klips_eroute(dev, skb, er, false);
	why = encapsulate_again(kn, skb, er);
	if (why)
		klips_drop(kn, dev, skb, why);
}

/* --- the bundle ----------------------------------------------------------- */

static enum klips_drop apply(struct sk_buff **pskb, struct klips_sa *sa)
{
	struct klips_out *out = KLIPS_OUT(*pskb);
	unsigned int bytes = (*pskb)->len;
	int err;

	if (sa->said.proto != KLIPS_PROTO_IPIP) {
		if (out->family != sa->said.dst.family)
			return KLIPS_DROP_OUT_FAMILY;
		bytes -= out->hdr_len;
	}
	if (sa->natt == KLIPS_NATT_NONESP && !out->natt_dport) {
		out->natt_sport = READ_ONCE(sa->natt_sport);
		out->natt_dport = READ_ONCE(sa->natt_dport);
	}
	klips_sa_count(sa, bytes);
	trace_klips_sa_out((*pskb)->dev, *pskb, &sa->said);
	err = sa->xform->output(pskb, sa);
	if (err == KLIPS_DROP_OUT_SEQ_EXHAUSTED)
		klips_sa_kill(sa);
	return err;
}

/*
 * The SA after @sa that the packet still has to go through. A group that was
 * taken apart meanwhile must not let it out half done.
 */
static enum klips_drop next_sa(const struct sk_buff *skb, struct klips_sa **sa)
{
	if (*sa == KLIPS_OUT(skb)->last) {
		*sa = NULL;
		return KLIPS_DROP_NONE;
	}
	*sa = rcu_dereference((*sa)->next);
	return *sa ? KLIPS_DROP_NONE : KLIPS_DROP_OUT_SA_STATE;
}

/* Apply @sa and those behind it; NULL if all are applied. Consumes the packet. */
static void run_bundle(struct klips_net *kn, struct sk_buff *skb, struct klips_sa *sa)
{
	int err = 0;

	while (sa && !err) {
		err = apply(&skb, sa);
		if (err == KLIPS_TAKEN)
			return;
		if (err)
			break;
		fix_length(skb);
		err = next_sa(skb, &sa);
	}
	if (err)
		klips_drop(kn, skb->dev, skb, err);
	else
		finish(kn, skb);
}

/**
 * klips_xmit_resume() - go on with a packet that a cipher had taken
 * @skb:	the packet; the SA in its KLIPS_OUT() and its device are
 *		referenced, and put here
 * @why:	0, or why it must be dropped
 *
 * Bottom halves are off.
 */
void klips_xmit_resume(struct sk_buff *skb, enum klips_drop why)
{
	struct klips_sa *sa = KLIPS_OUT(skb)->sa, *next = sa;
	struct net_device *dev = skb->dev;
	struct klips_net *kn = sa->kn;

	rcu_read_lock();
	/* A group dies as one: while this SA lives, so does what follows it. */
	if (!why && !klips_sa_usable(sa))
		why = KLIPS_DROP_OUT_SA_STATE;
	if (!why)
		why = next_sa(skb, &next);
	if (why) {
		klips_drop(kn, dev, skb, why);
	} else {
		fix_length(skb);
		run_bundle(kn, skb, next);
	}
	rcu_read_unlock();
	klips_crypt_put_refs(sa, dev);
}

/* --- the verdicts --------------------------------------------------------- */

static u8 outer_tos(const struct klips_net *kn, const struct sk_buff *skb)
{
	if (READ_ONCE(kn->sysctl.tos))
		return 0;
	return (skb->protocol == htons(ETH_P_IP) ? ipv4_get_dsfield(ip_hdr(skb)) :
		ipv6_get_dsfield(ipv6_hdr(skb))) & ~INET_ECN_MASK;
}

static void packet_addrs(const struct sk_buff *skb, struct klips_addr *src,
			 struct klips_addr *dst)
{
	memset(src, 0, sizeof(*src));
	memset(dst, 0, sizeof(*dst));
	if (skb->protocol == htons(ETH_P_IP)) {
		src->family = dst->family = AF_INET;
		src->v4 = ip_hdr(skb)->saddr;
		dst->v4 = ip_hdr(skb)->daddr;
	} else {
		src->family = dst->family = AF_INET6;
		src->v6 = ipv6_hdr(skb)->saddr;
		dst->v6 = ipv6_hdr(skb)->daddr;
	}
}

/*
 * Transport mode is for whole packets (RFC 4303, 3.3.4): is this a fragment, and
 * taken until the others arrive?
 */
static bool wait_for_rest(struct klips_net *kn, struct sk_buff *skb)
{
	struct klips_out out = *KLIPS_OUT(skb);

	if (klips_flow_whole(kn, skb))
		return true;
	*KLIPS_OUT(skb) = out;
	return false;
}

static void take_route(struct sk_buff *skb, struct dst_entry *route)
{
	skb_dst_drop(skb);
	skb_dst_set(skb, route);
}

static enum klips_drop through_bundle(struct klips_net *kn, struct sk_buff *skb,
				      const struct net_device *phys,
				      const struct klips_eroute *er)
{
	struct klips_sa *sa = klips_sa_find(kn, &er->said);
	struct net_device *dev = skb->dev;
	struct klips_bundle bundle;
	struct dst_entry *route;
	enum klips_drop why;
	bool tunnel;

	if (!sa)
		return KLIPS_DROP_OUT_NO_SA;
	why = klips_bundle_check(sa, &bundle);
	if (why)
		return why;
	tunnel = bundle.dst.family;
	if (!tunnel && wait_for_rest(kn, skb))
		return KLIPS_DROP_NONE;
	why = klips_flow_headers(skb);
	if (why)
		return why;
	if (!tunnel)
		packet_addrs(skb, &bundle.src, &bundle.dst);
	why = klips_route(kn, skb, phys, &bundle.src, &bundle.dst, bundle.last->said.proto,
			  outer_tos(kn, skb), tunnel ? bundle.last : NULL, &route);
	if (why)
		return why;
	why = klips_pmtu_check(kn, skb, &bundle, dst_mtu(route));
	if (why) {
		dst_release(route);
		return why;
	}
	take_route(skb, route);
	if (READ_ONCE(bundle.last->leaves_by) != phys->ifindex)
		WRITE_ONCE(bundle.last->leaves_by, phys->ifindex);
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return KLIPS_DROP_OUT_HEADER;
	if (skb_cow_head(skb, LL_RESERVED_SPACE(phys) + bundle.front))
		return KLIPS_DROP_OUT_NO_MEMORY;
	nf_reset_ct(skb);
	secpath_reset(skb);
	skb->dev = dev;
	KLIPS_OUT(skb)->last = bundle.last;
	run_bundle(kn, skb, sa);
	return KLIPS_DROP_NONE;
}

static enum klips_drop pass(struct klips_net *kn, struct sk_buff *skb,
			    const struct net_device *phys, const struct klips_flow *flow)
{
	struct klips_addr any = {}, dst;
	struct dst_entry *route;
	enum klips_drop why;

	packet_addrs(skb, &any, &dst);
	any.family = 0;
	why = klips_route(kn, skb, phys, &any, &dst, flow->proto, outer_tos(kn, skb), NULL,
			  &route);
	if (why)
		return why;
	take_route(skb, route);
	klips_send(kn, skb, skb->dev, flow->family);
	return KLIPS_DROP_NONE;
}

/* The shunts at which a packet does not wait; klips_wait() has seen to the others. */
static enum klips_drop shunt(struct klips_net *kn, struct sk_buff *skb,
			     const struct net_device *phys, const struct klips_flow *flow,
			     const struct klips_eroute *er)
{
	switch (klips_eroute_shunt(er)) {
	case KLIPS_SHUNT_PASS:
		return pass(kn, skb, phys, flow);
	case KLIPS_SHUNT_DROP:
		return KLIPS_DROP_OUT_SHUNT_DROP;
	case KLIPS_SHUNT_REJECT:
		klips_reject(kn, skb, flow);
		return KLIPS_DROP_OUT_SHUNT_REJECT;
	default:
		return KLIPS_DROP_OUT_SHUNT_UNKNOWN;
	}
}

/*
 * Returns 0 if the packet went its way, else why it must not. @leaving: the hold
 * that kept it until now, NULL if none did.
 */
static enum klips_drop decide(struct klips_net *kn, struct sk_buff *skb,
			      const struct net_device *phys, const struct klips_hold *leaving)
{
	struct klips_eroute *er, *found;
	struct klips_flow flow;
	enum klips_drop why;

	why = klips_flow_from_skb(kn, skb, &flow);
	if (why == KLIPS_DROP_COUNT)
		return KLIPS_DROP_NONE;
	if (why)
		return why;
	memset(KLIPS_OUT(skb), 0, sizeof(struct klips_out));
	er = found = klips_eroute_lookup(kn, &flow);
	if (klips_bypass(kn, skb, &flow, er)) {
		trace_klips_eroute(skb->dev, skb, er, true);
		return pass(kn, skb, phys, &flow);
	}
	trace_klips_eroute(skb->dev, skb, er, false);
	if (!er || klips_eroute_shunt(er)) {
		why = klips_wait(kn, skb, &flow, &er, leaving);
		if (why)
			return why == KLIPS_DROP_COUNT ? KLIPS_DROP_NONE : why;
		if (er != found)
			trace_klips_eroute(skb->dev, skb, er, false);
	}
	klips_eroute_used(er);
	if (er->said.proto == KLIPS_PROTO_INT)
		return shunt(kn, skb, phys, &flow, er);
	return through_bundle(kn, skb, phys, er);
}

/* --- the entry ------------------------------------------------------------ */

static void xmit_one(struct klips_net *kn, struct sk_buff *skb, struct net_device *dev,
		     const struct net_device *phys)
{
	enum klips_drop why;

	trace_klips_xmit(dev, skb);
	why = phys ? decide(kn, skb, phys, NULL) : KLIPS_DROP_OUT_NOT_ATTACHED;
	if (why)
		klips_drop(kn, dev, skb, why);
}

/**
 * klips_xmit_again() - decide anew about a packet that was kept
 * @kn:		namespace, its config mutex held
 * @skb:	the packet, as klips_xmit() was given it; consumed
 * @leaving:	the hold that kept it
 *
 * Process context; the caller has a reference on the packet's device.
 *
 * Return: true if it went on or is kept elsewhere, false if it was dropped.
 */
bool klips_xmit_again(struct klips_net *kn, struct sk_buff *skb, const struct klips_hold *leaving)
{
	struct net_device *dev = skb->dev;
	const struct net_device *phys;
	enum klips_drop why;

	local_bh_disable();
	rcu_read_lock();
	trace_klips_release(dev, skb);
	phys = klips_dev_phys(dev);
	if (!netif_running(dev))
		why = KLIPS_DROP_OUT_HOLD_DEVICE;
	else
		why = phys ? decide(kn, skb, phys, leaving) : KLIPS_DROP_OUT_NOT_ATTACHED;
	if (why == KLIPS_DROP_OUT_HOLD_DELETED)
		klips_hold_tell(kn, skb);
	if (why)
		klips_drop(kn, dev, skb, why);
	rcu_read_unlock();
	local_bh_enable();
	return !why;
}

/*
 * Devices above devices on one CPU, ipsecN again among them: rules that change marks,
 * and routes by mark, can send what left here back here. The kernel would end that
 * later, without a name, and shout.
 */
#define LEVELS_MAX	5

/**
 * klips_xmit() - ndo_start_xmit of ipsecN
 * @skb:	cleartext packet, a super-packet of TCP or UDP perhaps; consumed
 * @dev:	ipsecN
 *
 * Return: NETDEV_TX_OK always: what cannot be sent is dropped and counted.
 */
netdev_tx_t klips_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct klips_net *kn = klips_net(dev_net(dev));
	struct sk_buff *segs = skb, *next;
	const struct net_device *phys;

	rcu_read_lock();
	phys = klips_dev_phys(dev);
	if (unlikely(dev_recursion_level() > LEVELS_MAX)) {
		klips_drop(kn, dev, skb, KLIPS_DROP_OUT_RECURSION);
		goto out;
	}
	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, 0);
		if (IS_ERR_OR_NULL(segs)) {
			klips_drop(kn, dev, skb, KLIPS_DROP_OUT_GSO);
			goto out;
		}
		consume_skb(skb);
	}
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		xmit_one(kn, skb, dev, phys);
	}
out:
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
