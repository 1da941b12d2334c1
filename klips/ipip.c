// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP in IP (RFC 2003, 2473, 4213): the tunnel header of a bundle, any family
 * in any family, and the inner policy of an inbound tunnel.
 *
 * ECN crosses the tunnel both ways by RFC 6040.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "klips/klips.h"
#include "klips/rcv.h"
#include "klips/xform.h"
#include "klips/xmit.h"

#define DSCP_MASK	((u8)~INET_ECN_MASK)

static bool same_or_none(const struct klips_addr *src, u16 family)
{
	return !src->family || src->family == family;
}

static int ipip_init(struct klips_sa *sa, const struct klips_sa_spec *spec)
{
	if (!same_or_none(&spec->src, spec->said.dst.family))
		return -EINVAL;
	sa->headroom = spec->said.dst.family == AF_INET6 ? sizeof(struct ipv6hdr) :
							   sizeof(struct iphdr);
	return 0;
}

static void ipip_destroy(struct klips_sa *sa)
{
}

static u8 inner_tos(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ? ipv4_get_dsfield(ip_hdr(skb)) :
						  ipv6_get_dsfield(ipv6_hdr(skb));
}

/* DF is for the path: on a packet that does not fit it, send.c has it ignored. */
static __be16 outer_df(const struct sk_buff *skb, int df)
{
	if (df == 1 && skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->frag_off & htons(IP_DF);
	return df ? htons(IP_DF) : 0;
}

static void push_v4(struct sk_buff *skb, const struct klips_sa *sa, u8 proto, u8 tos)
{
	__be16 df = outer_df(skb, READ_ONCE(sa->kn->sysctl.df));
	struct net *net = sa->kn->net;
	struct iphdr *iph;

	iph = skb_push(skb, sizeof(*iph));
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->tot_len = htons(skb->len);
	iph->frag_off = df;
	iph->ttl = READ_ONCE(net->ipv4.sysctl_ip_default_ttl);
	iph->protocol = proto;
	iph->saddr = sa->src.v4;
	iph->daddr = sa->said.dst.v4;
	__ip_select_ident(net, iph, 1);
	skb->protocol = htons(ETH_P_IP);
}

static void push_v6(struct sk_buff *skb, const struct klips_sa *sa, u8 proto, u8 tos)
{
	struct net *net = sa->kn->net;
	unsigned int len = skb->len;
	struct ipv6hdr *ip6h;

	ip6h = skb_push(skb, sizeof(*ip6h));
	ip6_flow_hdr(ip6h, tos, 0);
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = proto;
	ip6h->hop_limit = READ_ONCE(net->ipv6.devconf_all->hop_limit);
	ip6h->saddr = sa->src.v6;
	ip6h->daddr = sa->said.dst.v6;
	skb->protocol = htons(ETH_P_IPV6);
}

static int ipip_output(struct sk_buff **pskb, struct klips_sa *sa)
{
	struct klips_out *out = KLIPS_OUT(*pskb);
	struct sk_buff *skb = *pskb;
	u8 proto = skb->protocol == htons(ETH_P_IP) ? IPPROTO_IPIP : IPPROTO_IPV6;
	u8 tos = inner_tos(skb);

	if (skb->len + sa->headroom > IP_MAX_MTU)
		return KLIPS_DROP_OUT_TOO_BIG;
	if (READ_ONCE(sa->kn->sysctl.tos))
		tos &= ~DSCP_MASK;
	skb_set_inner_network_header(skb, 0);
	if (sa->said.dst.family == AF_INET) {
		push_v4(skb, sa, proto, tos);
		out->nh_off = offsetof(struct iphdr, protocol);
	} else {
		push_v6(skb, sa, proto, tos);
		out->nh_off = offsetof(struct ipv6hdr, nexthdr);
	}
	skb_reset_network_header(skb);
	out->family = sa->said.dst.family;
	out->hdr_len = sa->headroom;
	return 0;
}

static u8 outer_tos(const struct sk_buff *skb)
{
	return KLIPS_IN(skb)->family == AF_INET ? ipv4_get_dsfield(ip_hdr(skb)) :
						  ipv6_get_dsfield(ipv6_hdr(skb));
}

/*
 * Check the inner header and its lengths as ip_rcv() would, so that policy sees sane
 * addresses and what is too short is counted here.
 */
static bool inner_sane(struct sk_buff *skb, u16 family)
{
	const struct iphdr *iph;

	if (family == AF_INET) {
		if (!pskb_may_pull(skb, sizeof(struct iphdr)))
			return false;
		skb_reset_network_header(skb);
		iph = ip_hdr(skb);
		return iph->version == 4 && iph->ihl >= 5 &&
		       ntohs(iph->tot_len) >= iph->ihl * 4 && ntohs(iph->tot_len) <= skb->len;
	}
	if (!pskb_may_pull(skb, sizeof(struct ipv6hdr)))
		return false;
	skb_reset_network_header(skb);
	return ipv6_hdr(skb)->version == 6 &&
	       ntohs(ipv6_hdr(skb)->payload_len) <= skb->len - sizeof(struct ipv6hdr);
}

static int ipip_input(struct sk_buff *skb, struct klips_sa *sa)
{
	u8 next = skb_network_header(skb)[KLIPS_IN(skb)->nh_off];
	u16 family = next == IPPROTO_IPIP ? AF_INET : AF_INET6;
	u8 outer = outer_tos(skb);

	if (!inner_sane(skb, family))
		return -KLIPS_DROP_IN_INNER;
	skb->protocol = family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	if (INET_ECN_decapsulate(skb, outer, inner_tos(skb)) > 1)
		return -KLIPS_DROP_IN_ECN;
	if (!klips_rcv_flow_allowed(skb, sa, family))
		return -KLIPS_DROP_IN_POLICY;
	return KLIPS_INNER;
}

const struct klips_xform klips_xform_ipip = {
	.proto = KLIPS_PROTO_IPIP,
	.name = "IPIP",
	.init = ipip_init,
	.destroy = ipip_destroy,
	.output = ipip_output,
	.input = ipip_input,
};
