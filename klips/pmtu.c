// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fits the path to the peer: its MTU is learnt from ICMP errors about our
 * packets, and told, less what the SAs add, to senders of larger ones.
 *
 * The kernel's routes keep what is learnt, and its lower bounds hold: 552
 * bytes (net.ipv4.route.min_pmtu), and 1280 in IPv6.  An error quotes eight
 * bytes behind the outer header and nothing that leads to the inner sender, so
 * it is the next packet that is answered.  RFC 4301, 8.2; RFC 5927.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipcomp.h>
#include <net/route.h>

#include "klips/klips.h"
#include "klips/rcv.h"
#include "klips/sa.h"
#include "klips/xmit.h"

/* An error is about one of the last packets; by how many others it may be overtaken. */
#define RECENT		(1U << 20)

/* --- telling ---------------------------------------------------------------- */

static void tell_too_big(struct sk_buff *skb, unsigned int mtu)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
}

/**
 * klips_pmtu_check() - does a packet fit the path after its bundle?
 * @kn:		namespace
 * @skb:	packet that is about to enter the bundle, its route still the one into
 *		ipsecN
 * @bundle:	from klips_bundle_check()
 * @mtu:	of the path to the peer
 *
 * If it must not be fragmented, and sysctl icmp is set, its sender is told.
 * IPv4 goes on all the same, fragmented outside, unless icmp is 2; IPv6 ends
 * here. Bottom halves are off.
 *
 * Return: 0 or a reason to drop it.
 */
enum klips_drop klips_pmtu_check(struct klips_net *kn, struct sk_buff *skb,
				 const struct klips_bundle *bundle, unsigned int mtu)
{
	bool v4 = skb->protocol == htons(ETH_P_IP);
	int icmp = READ_ONCE(kn->sysctl.icmp);

	if (!icmp)
		return KLIPS_DROP_NONE;
	mtu = klips_bundle_mtu(bundle, mtu, KLIPS_OUT(skb)->hdr_len);
	mtu = max_t(unsigned int, mtu, v4 ? IPV4_MIN_MTU : IPV6_MIN_MTU);
	if (skb->len <= mtu)
		return KLIPS_DROP_NONE;
	if (v4 && (skb->ignore_df || !(ip_hdr(skb)->frag_off & htons(IP_DF))))
		return KLIPS_DROP_NONE;
	tell_too_big(skb, mtu);
	return v4 && icmp < 2 ? KLIPS_DROP_NONE : KLIPS_DROP_OUT_TOO_BIG;
}

/* --- learning ---------------------------------------------------------------- */

/* The SPI of the packet quoted, of whose transform header eight bytes are there. */
static __be32 quoted_spi(const u8 *hdr, u8 proto)
{
	switch (proto) {
	case IPPROTO_ESP:
		return ((const struct ip_esp_hdr *)hdr)->spi;
	case IPPROTO_AH:
		return ((const struct ip_auth_hdr *)hdr)->spi;
	default:
		return htonl(ntohs(((const struct ip_comp_hdr *)hdr)->cpi));
	}
}

/* Did this SA send a packet with this sequence number just now? */
static bool sent_lately(const struct klips_sa *sa, const u8 *hdr)
{
	u64 sent = atomic64_read(&sa->seq);

	if (sa->said.proto != KLIPS_PROTO_ESP)
		return true;
	return (u32)sent - ntohl(((const struct ip_esp_hdr *)hdr)->seq_no) <
	       min_t(u64, sent, RECENT);
}

static bool believable(const struct klips_sa *sa, const struct klips_addr *src, const u8 *hdr,
		       unsigned int mtu, unsigned int len)
{
	const struct klips_addr any = { .family = sa->src.family };

	if (sa->inbound || !READ_ONCE(sa->leaves_by) || mtu >= len || !sent_lately(sa, hdr))
		return false;
	return !sa->src.family || !memcmp(&sa->src, &any, sizeof(any)) ||
	       !memcmp(&sa->src, src, sizeof(*src));
}

/*
 * The device that the packet left by, if an SA of ours sent it; 0 if none did,
 * negative if it is a lie.
 */
static int sent_by(struct sk_buff *skb, const struct klips_said *said,
		   const struct klips_addr *src, const u8 *hdr, unsigned int mtu,
		   unsigned int len)
{
	struct klips_net *kn = klips_net(dev_net(skb->dev));
	const struct klips_sa *sa = klips_sa_find(kn, said);

	if (!sa)
		return 0;
	if (believable(sa, src, hdr, mtu, len))
		return READ_ONCE(sa->leaves_by);
	klips_drop_note(kn, NULL, skb, KLIPS_DROP_IN_ICMP);
	return -EINVAL;
}

/**
 * klips_pmtu_err4() - an ICMP error about an ESP, AH or IPCOMP packet
 * @skb:	skb->data is the IP header quoted, eight bytes behind it are there
 * @info:	MTU
 *
 * Under rcu_read_lock(), bottom halves off.
 *
 * Return: 0, or -ENOENT if the packet was not ours.
 */
int klips_pmtu_err4(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	struct klips_addr src = { .family = AF_INET, .v4 = iph->saddr };
	const u8 *hdr = skb->data + iph->ihl * 4;
	struct klips_said said = { .proto = iph->protocol };
	int oif;

	if (icmp_hdr(skb)->type != ICMP_DEST_UNREACH || icmp_hdr(skb)->code != ICMP_FRAG_NEEDED ||
	    iph->frag_off & htons(IP_OFFSET))
		return -ENOENT;
	said.spi = quoted_spi(hdr, iph->protocol);
	said.dst.family = AF_INET;
	said.dst.v4 = iph->daddr;
	oif = sent_by(skb, &said, &src, hdr, info, ntohs(iph->tot_len));
	if (oif > 0)
		ipv4_update_pmtu(skb, dev_net(skb->dev), info, oif, iph->protocol);
	return oif ? 0 : -ENOENT;
}

/*
 * As in send.c the source is left out of the lookup, so that the device is
 * not a wish only.
 */
static void update_v6(struct sk_buff *skb, int oif, u32 mtu)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	struct flowi6 fl6 = {
		.flowi6_oif = oif,
		.flowi6_mark = skb->mark,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
		.daddr = ip6h->daddr,
	};
	int outer = skb_network_offset(skb);
	struct dst_entry *entry;

	entry = ip6_route_output(dev_net(skb->dev), NULL, &fl6);
	if (!entry->error) {
		skb_reset_network_header(skb);
		entry->ops->update_pmtu(entry, NULL, skb, mtu, false);
		skb_set_network_header(skb, outer);
	}
	dst_release(entry);
}

/**
 * klips_pmtu_err6() - an ICMPv6 error about an ESP, AH or IPCOMP packet
 * @skb:	skb->data is the IPv6 header quoted
 * @opt:	not used
 * @type:	of the error
 * @code:	not used
 * @offset:	where the transform's header is, eight bytes of it are there
 * @info:	MTU
 *
 * Under rcu_read_lock(), bottom halves off.
 *
 * Return: 0, or -ENOENT if the packet was not ours.
 */
int klips_pmtu_err6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
		    int offset, __be32 info)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	struct klips_addr src = { .family = AF_INET6, .v6 = ip6h->saddr };
	struct klips_said said = {};
	u8 next = ip6h->nexthdr;
	__be16 frag_off = 0;
	int oif;

	if (type != ICMPV6_PKT_TOOBIG ||
	    ipv6_skip_exthdr(skb, sizeof(*ip6h), &next, &frag_off) != offset ||
	    frag_off & htons(IP6_OFFSET))
		return -ENOENT;
	said.proto = next;
	said.spi = quoted_spi(skb->data + offset, next);
	said.dst.family = AF_INET6;
	said.dst.v6 = ip6h->daddr;
	oif = sent_by(skb, &said, &src, skb->data + offset, ntohl(info),
		      ntohs(ip6h->payload_len) + sizeof(*ip6h));
	if (oif > 0)
		update_v6(skb, oif, ntohl(info));
	return oif ? 0 : -ENOENT;
}
