// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints themselves, and the text they carry.  Nothing here runs while
 * nobody listens.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "klips/eroute.h"
#include "klips/klips.h"

#define CREATE_TRACE_POINTS
#include "klips/trace.h"

/* Most extension headers looked at. */
#define EXTENSIONS_MAX	8

static void addr_text(int family, const void *bytes, size_t len, char *text)
{
	struct klips_addr addr = { .family = family };

	memcpy(addr.bytes, bytes, len);
	klips_addr_ntop(&addr, text, KLIPS_ADDR_TEXT);
}

/* Where the transport header begins, NULL in later fragments, which have none. */
static const u8 *transport_v4(const struct iphdr *iph)
{
	return iph->frag_off & htons(IP_OFFSET) ? NULL : (const u8 *)iph + iph->ihl * 4;
}

static const u8 *transport_v6(const struct ipv6hdr *ip6h, const u8 *end, u8 *proto)
{
	const u8 *at = (const u8 *)(ip6h + 1);
	unsigned int size;
	int i;

	*proto = ip6h->nexthdr;
	for (i = 0; i < EXTENSIONS_MAX && ipv6_ext_hdr(*proto); i++) {
		if (at + 8 > end || *proto == NEXTHDR_AUTH || *proto == NEXTHDR_NONE)
			return NULL;
		size = (at[1] + 1) * 8;
		if (*proto == NEXTHDR_FRAGMENT) {
			if (((const struct frag_hdr *)at)->frag_off & htons(IP6_OFFSET))
				return NULL;
			size = sizeof(struct frag_hdr);
		}
		*proto = at[0];
		at += size;
	}
	return at;
}

static void read_ports(const u8 *at, const u8 *end, struct klips_trace_ip *ip)
{
	__be16 ports[2];

	if (!at || at + sizeof(ports) > end ||
	    (ip->proto != IPPROTO_TCP && ip->proto != IPPROTO_UDP))
		return;
	memcpy(ports, at, sizeof(ports));
	ip->sport = ntohs(ports[0]);
	ip->dport = ntohs(ports[1]);
}

/**
 * klips_trace_ip() - read a packet's headers for a tracepoint
 * @skb:	packet whose network header is an IP header in the linear part
 * @ip:		filled in
 */
void klips_trace_ip(const struct sk_buff *skb, struct klips_trace_ip *ip)
{
	const u8 *head = skb_network_header(skb), *end = skb_tail_pointer(skb), *at;

	memset(ip, 0, sizeof(*ip));
	ip->len = skb->len + (skb->data - head);
	if (head + sizeof(struct iphdr) > end)
		return;
	if (head[0] >> 4 == 4) {
		const struct iphdr *iph = (const struct iphdr *)head;

		addr_text(AF_INET, &iph->saddr, sizeof(iph->saddr), ip->src);
		addr_text(AF_INET, &iph->daddr, sizeof(iph->daddr), ip->dst);
		ip->proto = iph->protocol;
		at = transport_v4(iph);
	} else if (head[0] >> 4 == 6 && head + sizeof(struct ipv6hdr) <= end) {
		const struct ipv6hdr *ip6h = (const struct ipv6hdr *)head;

		addr_text(AF_INET6, &ip6h->saddr, sizeof(ip6h->saddr), ip->src);
		addr_text(AF_INET6, &ip6h->daddr, sizeof(ip6h->daddr), ip->dst);
		at = transport_v6(ip6h, end, &ip->proto);
	} else {
		return;
	}
	read_ports(at, end, ip);
}

static void subnet_text(int family, const u8 *bytes, unsigned int bits, __be16 port, char *text)
{
	struct klips_addr addr = { .family = family };

	memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	klips_subnet_ntop(&addr, bits, ntohs(port), text, KLIPS_SUBNET_TEXT);
}

/**
 * klips_trace_eroute() - put an eroute into words for a tracepoint
 * @er:		the eroute, NULL for a miss
 * @text:	filled in
 *
 * Under rcu_read_lock().
 */
void klips_trace_eroute(const struct klips_eroute *er, struct klips_trace_eroute *text)
{
	const struct klips_selector *sel;

	memset(text, 0, sizeof(*text));
	if (!er)
		return;
	sel = &er->entry.sel;
	subnet_text(sel->family, sel->src.bytes, sel->src_len, sel->sport, text->src);
	subnet_text(sel->family, sel->dst.bytes, sel->dst_len, sel->dport, text->dst);
	text->proto = sel->proto;
	klips_said_ntop(&er->said, KLIPS_SAID_SHORT, text->said, sizeof(text->said));
}
