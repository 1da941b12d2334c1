// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cleartext on the wire that should have come through a tunnel.
 *
 * A packet that arrives in clear on a physical device is a forgery, or its sender's
 * mistake, if the answer to it would be routed into ipsecN and an eroute would put it
 * into a tunnel. It ends here, last in INPUT and FORWARD: the firewall's rules have seen
 * it, on the device it came in on, as they always did. RFC 4301, 5.2.
 *
 * What makes and runs the tunnels (ESP, IKE, ICMP errors, neighbour discovery), and what
 * XFRM has decrypted, is let through.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip6_route.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "klips/clear.h"
#include "klips/device.h"
#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/radix.h"
#include "klips/xmit.h"

#define PORT_IKE	500
#define PORT_NATT	4500

/* --- the answer ------------------------------------------------------------------ */

/*
 * The packet as it was on the wire, before address translation: the eroute of the answer
 * is looked up behind it. What is merely related to a connection has no entry of its own.
 */
static const struct nf_conntrack_tuple *on_the_wire(const struct sk_buff *skb)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct || info % IP_CT_IS_REPLY == IP_CT_RELATED)
		return NULL;
	return &ct->tuplehash[CTINFO2DIR(info)].tuple;
}

static void take_tuple(const struct nf_conntrack_tuple *tuple, struct klips_flow *flow)
{
	if (flow->family == AF_INET) {
		flow->src.v4 = tuple->src.u3.ip;
		flow->dst.v4 = tuple->dst.u3.ip;
	} else {
		flow->src.v6 = tuple->src.u3.in6;
		flow->dst.v6 = tuple->dst.u3.in6;
	}
	if (flow->sport || flow->dport) {
		flow->sport = tuple->src.u.all;
		flow->dport = tuple->dst.u.all;
	}
}

/* If the headers behind IP are broken, addresses have to do. */
static void answer_to(const struct sk_buff *skb, u16 family, struct klips_flow *answer)
{
	const struct nf_conntrack_tuple *tuple = on_the_wire(skb);

	klips_flow_checked(skb, family, answer);
	if (tuple)
		take_tuple(tuple, answer);
	swap(answer->src, answer->dst);
	swap(answer->sport, answer->dport);
}

static bool wants_tunnel(const struct klips_net *kn, const struct klips_flow *answer)
{
	const struct klips_eroute *er = klips_eroute_lookup(kn, answer);

	return er && er->said.proto != KLIPS_PROTO_INT;
}

static bool routed_into_ipsec(const struct klips_net *kn, const struct klips_flow *answer)
{
	struct dst_entry *dst;
	bool into;

	if (answer->family == AF_INET) {
		struct flowi4 fl4 = {
			.daddr = answer->dst.v4,
			.saddr = answer->src.v4,
			.flowi4_proto = answer->proto,
			.flowi4_flags = FLOWI_FLAG_ANYSRC,
		};
		struct rtable *rt = ip_route_output_key(kn->net, &fl4);

		if (IS_ERR(rt))
			return false;
		dst = &rt->dst;
	} else {
		struct flowi6 fl6 = {
			.daddr = answer->dst.v6,
			.saddr = answer->src.v6,
			.flowi6_proto = answer->proto,
			.flowi6_flags = FLOWI_FLAG_ANYSRC,
		};

		dst = ip6_route_output(kn->net, NULL, &fl6);
	}
	into = !dst->error && klips_is_ipsec(dst->dev);
	dst_release(dst);
	return into;
}

/* --- what comes in clear by right -------------------------------------------------- */

static bool icmp_may(const struct sk_buff *skb, u8 proto)
{
	u8 buf, *type;
	int off = skb_network_offset(skb);
	__be16 frag_off;
	u8 next;

	if (proto == IPPROTO_ICMP) {
		type = skb_header_pointer(skb, off + ip_hdrlen(skb), sizeof(buf), &buf);
		return type && icmp_is_err(*type);
	}
	next = ipv6_hdr(skb)->nexthdr;
	off = ipv6_skip_exthdr(skb, off + sizeof(struct ipv6hdr), &next, &frag_off);
	type = off < 0 ? NULL : skb_header_pointer(skb, off, sizeof(buf), &buf);
	return type && *type != ICMPV6_ECHO_REQUEST && *type != ICMPV6_ECHO_REPLY;
}

/* To this host itself: what carries the tunnels. @answer is the other way round. */
static bool of_the_tunnels(const struct sk_buff *skb, const struct klips_flow *answer)
{
	switch (answer->proto) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_COMP:
		return true;
	case IPPROTO_UDP:
		return answer->sport == htons(PORT_IKE) || answer->sport == htons(PORT_NATT);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return icmp_may(skb, answer->proto);
	default:
		return false;
	}
}

/* --- the hooks ----------------------------------------------------------------------- */

static unsigned int check(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct klips_net *kn = klips_net(state->net);
	struct klips_flow answer;
	struct klips_dev *kd;

	if (!READ_ONCE(kn->sysctl.clear_check) || klips_is_ipsec(state->in))
		return NF_ACCEPT;
	kd = klips_dev_of_arrival(kn, state->in);
	if (!kd || secpath_exists(skb))
		return NF_ACCEPT;
	answer_to(skb, state->pf, &answer);
	if (!wants_tunnel(kn, &answer))
		return NF_ACCEPT;
	if (state->hook == NF_INET_LOCAL_IN && of_the_tunnels(skb, &answer))
		return NF_ACCEPT;
	if (!routed_into_ipsec(kn, &answer))
		return NF_ACCEPT;
	klips_drop(kn, kd->dev, skb, KLIPS_DROP_IN_CLEAR);
	return NF_STOLEN;
}

#define HOOK(family, where, order)	\
	{ .hook = check, .pf = (family), .hooknum = (where), .priority = (order) }

static const struct nf_hook_ops hooks[] = {
	HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_LAST),
	HOOK(NFPROTO_IPV4, NF_INET_FORWARD, NF_IP_PRI_LAST),
	HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_LAST),
	HOOK(NFPROTO_IPV6, NF_INET_FORWARD, NF_IP6_PRI_LAST),
};

/**
 * klips_clear_watch() - an ipsecN is being attached
 * @kn:	namespace
 *
 * Under rtnl. Packets of a namespace are looked at while it has one.
 *
 * Return: 0 or -ENOMEM.
 */
int klips_clear_watch(struct klips_net *kn)
{
	int err = 0;

	if (!kn->attached)
		err = nf_register_net_hooks(kn->net, hooks, ARRAY_SIZE(hooks));
	kn->attached += !err;
	return err;
}

/**
 * klips_clear_unwatch() - an ipsecN is attached no more
 * @kn:	namespace
 *
 * Under rtnl.
 */
void klips_clear_unwatch(struct klips_net *kn)
{
	if (!--kn->attached)
		nf_unregister_net_hooks(kn->net, hooks, ARRAY_SIZE(hooks));
}
