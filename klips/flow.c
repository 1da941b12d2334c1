// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet is: the key that the eroute table is searched with, and where
 * its headers end.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "klips/klips.h"
#include "klips/radix.h"
#include "klips/xmit.h"

/* Our own queue of fragments, apart from those of the kernel's other users. */
#define KLIPS_DEFRAG_USER	0x4b4c4950

static bool has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

static enum klips_drop ports(struct sk_buff *skb, unsigned int off, struct klips_flow *flow)
{
	__be16 buf[2], *p;

	if (!has_ports(flow->proto))
		return KLIPS_DROP_NONE;
	p = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!p)
		return KLIPS_DROP_OUT_HEADER;
	flow->sport = p[0];
	flow->dport = p[1];
	return KLIPS_DROP_NONE;
}

/**
 * klips_flow_whole() - put a fragmented IPv4 packet together again
 * @kn:		namespace
 * @skb:	packet, whole perhaps; its network header is set, skb->cb is overwritten
 *		if it is a fragment
 *
 * Return: KLIPS_DROP_NONE if it is whole now, KLIPS_DROP_COUNT if it has been
 * taken until the rest arrives.
 */
enum klips_drop klips_flow_whole(struct klips_net *kn, struct sk_buff *skb)
{
	if (skb->protocol != htons(ETH_P_IP) || !ip_is_fragment(ip_hdr(skb)))
		return KLIPS_DROP_NONE;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	if (ip_defrag(kn->net, skb, KLIPS_DEFRAG_USER))
		return KLIPS_DROP_COUNT;
	ip_send_check(ip_hdr(skb));
	skb->ignore_df = 1;
	return KLIPS_DROP_NONE;
}

/*
 * A fragment of something with ports has to be whole before its eroute is
 * known; one without is matched as it is.
 */
static enum klips_drop whole_v4(struct klips_net *kn, struct sk_buff *skb)
{
	return has_ports(ip_hdr(skb)->protocol) ? klips_flow_whole(kn, skb) : KLIPS_DROP_NONE;
}

static enum klips_drop flow_v4(struct klips_net *kn, struct sk_buff *skb,
			       struct klips_flow *flow)
{
	const struct iphdr *iph;
	enum klips_drop why;
	unsigned int hdr_len;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return KLIPS_DROP_OUT_HEADER;
	why = whole_v4(kn, skb);
	if (why)
		return why;
	iph = ip_hdr(skb);
	hdr_len = iph->ihl * 4;
	if (iph->version != 4 || hdr_len < sizeof(*iph) || !pskb_may_pull(skb, hdr_len))
		return KLIPS_DROP_OUT_HEADER;
	iph = ip_hdr(skb);
	flow->family = AF_INET;
	flow->proto = iph->protocol;
	flow->src.v4 = iph->saddr;
	flow->dst.v4 = iph->daddr;
	return ip_is_fragment(iph) ? KLIPS_DROP_NONE : ports(skb, hdr_len, flow);
}

/**
 * klips_flow_transport_v6() - what an IPv6 packet carries behind its headers
 * @skb:	packet; its fixed header can be read at @off
 * @off:	where that is, from skb->data
 * @proto:	set to the protocol, in a later fragment to the one it names
 *
 * AH, unlike for the kernel's ipv6_skip_exthdr(), is a protocol and no header to be
 * skipped: what it carries is for who takes it off to see.
 *
 * Return: where its header is, 0 if this is a fragment without it, or negative
 * if the headers are broken.
 */
int klips_flow_transport_v6(const struct sk_buff *skb, unsigned int off, u8 *proto)
{
	const struct ipv6_opt_hdr *hdr;
	struct frag_hdr buf;

	*proto = ((const struct ipv6hdr *)(skb->data + off))->nexthdr;
	off += sizeof(struct ipv6hdr);
	while (ipv6_ext_hdr(*proto) && *proto != NEXTHDR_AUTH) {
		if (*proto == NEXTHDR_NONE)
			return -EINVAL;
		hdr = skb_header_pointer(skb, off, sizeof(buf), &buf);
		if (!hdr)
			return -EINVAL;
		if (*proto != NEXTHDR_FRAGMENT) {
			off += ipv6_optlen(hdr);
		} else if (((const struct frag_hdr *)hdr)->frag_off & htons(IP6_OFFSET)) {
			*proto = hdr->nexthdr;
			return 0;
		} else {
			off += sizeof(struct frag_hdr);
		}
		*proto = hdr->nexthdr;
	}
	return off;
}

static enum klips_drop flow_v6(struct sk_buff *skb, struct klips_flow *flow)
{
	const struct ipv6hdr *ip6h;
	int off;

	if (!pskb_may_pull(skb, sizeof(*ip6h)))
		return KLIPS_DROP_OUT_HEADER;
	ip6h = ipv6_hdr(skb);
	if (ip6h->version != 6)
		return KLIPS_DROP_OUT_HEADER;
	if (!ip6h->hop_limit)
		return KLIPS_DROP_OUT_HOP_LIMIT;
	off = klips_flow_transport_v6(skb, 0, &flow->proto);
	if (off < 0)
		return KLIPS_DROP_OUT_HEADER;
	ip6h = ipv6_hdr(skb);
	flow->family = AF_INET6;
	flow->src.v6 = ip6h->saddr;
	flow->dst.v6 = ip6h->daddr;
	return off ? ports(skb, off, flow) : KLIPS_DROP_NONE;
}

/**
 * klips_flow_from_skb() - the key of a packet handed to ipsecN
 * @kn:		namespace
 * @skb:	skb->data is its IP header
 * @flow:	filled in
 *
 * Return: 0; a reason to drop it; or KLIPS_DROP_COUNT if the packet was a
 * fragment and has been taken until the rest arrives.
 */
enum klips_drop klips_flow_from_skb(struct klips_net *kn, struct sk_buff *skb,
				    struct klips_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	skb_reset_network_header(skb);
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return flow_v4(kn, skb, flow);
	case htons(ETH_P_IPV6):
		return flow_v6(skb, flow);
	default:
		return KLIPS_DROP_OUT_HEADER;
	}
}

/* Ports stay 0 in a fragment that has none: it matches no selector that names one. */
static void ports_if_there(const struct sk_buff *skb, unsigned int off, struct klips_flow *flow)
{
	__be16 buf[2], *p;

	if (!has_ports(flow->proto))
		return;
	p = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!p)
		return;
	flow->sport = p[0];
	flow->dport = p[1];
}

/**
 * klips_flow_checked() - the key of a packet whose IP header has been checked
 * @skb:	packet; only its network header counts
 * @family:	of that
 * @flow:	filled in
 *
 * Return: false if the headers behind it are broken.
 */
bool klips_flow_checked(const struct sk_buff *skb, u16 family, struct klips_flow *flow)
{
	int off = skb_network_offset(skb);

	memset(flow, 0, sizeof(*flow));
	flow->family = family;
	if (family == AF_INET) {
		flow->src.v4 = ip_hdr(skb)->saddr;
		flow->dst.v4 = ip_hdr(skb)->daddr;
		flow->proto = ip_hdr(skb)->protocol;
		off = ip_hdr(skb)->frag_off & htons(IP_OFFSET) ? 0 : off + ip_hdrlen(skb);
	} else {
		flow->src.v6 = ipv6_hdr(skb)->saddr;
		flow->dst.v6 = ipv6_hdr(skb)->daddr;
		off = klips_flow_transport_v6(skb, off, &flow->proto);
	}
	if (off > 0)
		ports_if_there(skb, off, flow);
	return off >= 0;
}

/**
 * klips_flow_headers() - where the first transform goes
 * @skb:	packet checked by klips_flow_from_skb()
 *
 * Sets family, header length and next-header offset in KLIPS_OUT(). With IPv6
 * a transform goes behind the hop-by-hop, routing and first destination
 * options headers (RFC 4303, 3.1.1).
 *
 * Return: 0 or a reason to drop it.
 */
enum klips_drop klips_flow_headers(struct sk_buff *skb)
{
	struct klips_out *out = KLIPS_OUT(skb);
	u8 *prev;
	int len;

	if (skb->protocol == htons(ETH_P_IP)) {
		out->family = AF_INET;
		out->hdr_len = ip_hdrlen(skb);
		out->nh_off = offsetof(struct iphdr, protocol);
		return KLIPS_DROP_NONE;
	}
	len = ip6_find_1stfragopt(skb, &prev);
	if (len < 0 || !pskb_may_pull(skb, len))
		return KLIPS_DROP_OUT_HEADER;
	ip6_find_1stfragopt(skb, &prev);
	out->family = AF_INET6;
	out->hdr_len = len;
	out->nh_off = prev - skb_network_header(skb);
	return KLIPS_DROP_NONE;
}
