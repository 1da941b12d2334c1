// SPDX-License-Identifier: GPL-2.0-only
/*
 * %reject: telling the sender that its packet may not go.
 *
 * ICMP "administratively prohibited" (datapath.md, 3.2) under the kernel's own
 * rate limit; for TCP a reset instead (RFC 9293, 3.10.7.1), where the sysctl
 * reject_tcp_reset asks for it. The packet itself is dropped by the caller.
 */
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>

#include "klips/klips.h"
#include "klips/radix.h"
#include "klips/xmit.h"

/* The segment that gets the answer, as far as the answer depends on it. */
struct segment {
	struct tcphdr tcp;
	u32 len;		/* of its data */
};

/* A segment whose header is all here and which is not a reset itself. */
static bool get_segment(const struct sk_buff *skb, struct segment *seg)
{
	unsigned int off, end;
	const struct tcphdr *tcp;
	__be16 frag_off = 0;
	int skipped;
	u8 next;

	if (skb->protocol == htons(ETH_P_IP)) {
		off = ip_hdrlen(skb);
		end = ntohs(ip_hdr(skb)->tot_len);
		if (ip_is_fragment(ip_hdr(skb)))
			return false;
	} else {
		next = ipv6_hdr(skb)->nexthdr;
		skipped = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &next, &frag_off);
		if (skipped < 0 || frag_off)
			return false;
		off = skipped;
		end = sizeof(struct ipv6hdr) + ntohs(ipv6_hdr(skb)->payload_len);
	}
	tcp = skb_header_pointer(skb, off, sizeof(seg->tcp), &seg->tcp);
	if (!tcp || tcp->rst || tcp->doff * 4 < sizeof(*tcp) || end < off + tcp->doff * 4)
		return false;
	seg->tcp = *tcp;
	seg->len = end - off - tcp->doff * 4;
	return true;
}

static void put_reset(struct sk_buff *skb, const struct segment *seg)
{
	struct tcphdr *tcp = skb_put_zero(skb, sizeof(*tcp));

	tcp->source = seg->tcp.dest;
	tcp->dest = seg->tcp.source;
	tcp->doff = sizeof(*tcp) / 4;
	tcp->rst = 1;
	if (seg->tcp.ack) {
		tcp->seq = seg->tcp.ack_seq;
		return;
	}
	tcp->ack = 1;
	tcp->ack_seq = htonl(ntohl(seg->tcp.seq) + seg->tcp.syn + seg->tcp.fin + seg->len);
}

static void reset_v4(struct klips_net *kn, const struct klips_flow *flow,
		     const struct segment *seg, struct sk_buff *skb)
{
	struct flowi4 fl4 = {
		.flowi4_proto = IPPROTO_TCP,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
		.flowi4_mark = skb->mark,
		.saddr = flow->dst.v4,
		.daddr = flow->src.v4,
	};
	struct rtable *rt = ip_route_output_key(kn->net, &fl4);
	struct iphdr *iph;

	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return;
	}
	skb_dst_set(skb, &rt->dst);
	iph = skb_put_zero(skb, sizeof(*iph));
	put_reset(skb, seg);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->frag_off = htons(IP_DF);
	iph->ttl = ip4_dst_hoplimit(&rt->dst);
	iph->protocol = IPPROTO_TCP;
	iph->saddr = flow->dst.v4;
	iph->daddr = flow->src.v4;
	tcp_hdr(skb)->check = tcp_v4_check(sizeof(struct tcphdr), iph->saddr, iph->daddr,
					   csum_partial(tcp_hdr(skb), sizeof(struct tcphdr), 0));
	skb->protocol = htons(ETH_P_IP);
	ip_local_out(kn->net, NULL, skb);
}

static void reset_v6(struct klips_net *kn, const struct klips_flow *flow,
		     const struct segment *seg, struct sk_buff *skb)
{
	struct flowi6 fl6 = {
		.flowi6_proto = IPPROTO_TCP,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
		.flowi6_mark = skb->mark,
		.saddr = flow->dst.v6,
		.daddr = flow->src.v6,
	};
	struct dst_entry *dst = ip6_dst_lookup_flow(kn->net, NULL, &fl6, NULL);
	struct ipv6hdr *ip6h;

	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return;
	}
	skb_dst_set(skb, dst);
	ip6h = skb_put_zero(skb, sizeof(*ip6h));
	put_reset(skb, seg);
	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(sizeof(struct tcphdr));
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = ip6_dst_hoplimit(dst);
	ip6h->saddr = flow->dst.v6;
	ip6h->daddr = flow->src.v6;
	tcp_hdr(skb)->check = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, sizeof(struct tcphdr),
					      IPPROTO_TCP,
					      csum_partial(tcp_hdr(skb), sizeof(struct tcphdr), 0));
	skb->protocol = htons(ETH_P_IPV6);
	ip6_local_out(kn->net, NULL, skb);
}

static void send_reset(struct klips_net *kn, const struct sk_buff *to,
		       const struct klips_flow *flow, const struct segment *seg)
{
	unsigned int ip = flow->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + ip + sizeof(struct tcphdr), GFP_ATOMIC);

	if (!skb)
		return;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip);
	skb->mark = to->mark;
	if (flow->family == AF_INET)
		reset_v4(kn, flow, seg, skb);
	else
		reset_v6(kn, flow, seg, skb);
}

/* What was meant for many is answered by none, least of all with their address. */
static bool to_many(const struct klips_flow *flow)
{
	if (flow->family == AF_INET)
		return ipv4_is_multicast(flow->dst.v4) || ipv4_is_lbcast(flow->dst.v4);
	return ipv6_addr_is_multicast(&flow->dst.v6);
}

/**
 * klips_reject() - tell the sender of a packet that it was rejected
 * @kn:		namespace
 * @skb:	the packet, still the caller's
 * @flow:	its key
 *
 * Bottom halves are off.
 */
void klips_reject(struct klips_net *kn, struct sk_buff *skb, const struct klips_flow *flow)
{
	struct segment seg;

	if (to_many(flow))
		return;
	if (flow->proto == IPPROTO_TCP && READ_ONCE(kn->sysctl.reject_tcp_reset)) {
		if (get_segment(skb, &seg))
			send_reset(kn, skb, flow, &seg);
		return;
	}
	if (flow->family == AF_INET)
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED, 0);
}
