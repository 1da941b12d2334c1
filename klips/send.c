// SPDX-License-Identifier: GPL-2.0-only
/*
 * Out by the physical device: the outer route and the way through OUTPUT.
 *
 * The route is looked up with the output device given, as the old stack did:
 * a packet leaves by the device that its ipsecN is attached to or not at all.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <net/dst_cache.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "klips/compat/flow.h"
#include "klips/device.h"
#include "klips/klips.h"
#include "klips/trace.h"
#include "klips/xmit.h"

static struct dst_entry *route_v4(struct klips_net *kn, const struct sk_buff *skb, int oif,
				  const struct klips_addr *src, const struct klips_addr *dst,
				  u8 proto, u8 tos)
{
	struct flowi4 fl4 = {
		.flowi4_oif = oif,
		.flowi4_mark = skb->mark,
		.flowi4_proto = proto,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
		.daddr = dst->v4,
		.saddr = src->family == AF_INET ? src->v4 : 0,
	};
	struct rtable *rt;

	klips_flowi4_set_tos(&fl4, tos);
	rt = ip_route_output_flow(kn->net, &fl4, NULL);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

/*
 * With a source given, IPv6 takes the output device for a wish only, and the
 * route that led into ipsecN would win: so it is put in after the lookup.
 */
static struct dst_entry *route_v6(struct klips_net *kn, const struct sk_buff *skb, int oif,
				  const struct klips_addr *src, const struct klips_addr *dst,
				  u8 proto, u8 tos)
{
	struct flowi6 fl6 = {
		.flowi6_oif = oif,
		.flowi6_mark = skb->mark,
		.flowi6_proto = proto,
		.flowi6_flags = FLOWI_FLAG_ANYSRC,
		.flowlabel = ip6_make_flowinfo(tos, 0),
		.daddr = dst->v6,
	};

	struct dst_entry *entry = ip6_route_output(kn->net, NULL, &fl6);

	if (entry->error)
		return entry;
	if (src->family == AF_INET6)
		fl6.saddr = src->v6;
	return xfrm_lookup_route(kn->net, entry, flowi6_to_flowi(&fl6), NULL, 0);
}

/* The cache serves packets that differ in nothing the route depends on. */
static bool cacheable(const struct sk_buff *skb, u8 tos)
{
	return !skb->mark && !tos;
}

static struct dst_entry *lookup(struct klips_net *kn, struct sk_buff *skb, int oif,
				const struct klips_addr *src, const struct klips_addr *dst,
				u8 proto, u8 tos, struct dst_cache *cache)
{
	struct dst_entry *entry;
	struct in6_addr any6 = {};

	if (cache) {
		entry = dst_cache_get(cache);
		if (entry && entry->dev->ifindex == oif)
			return entry;
		dst_release(entry);
	}
	entry = dst->family == AF_INET ? route_v4(kn, skb, oif, src, dst, proto, tos) :
					 route_v6(kn, skb, oif, src, dst, proto, tos);
	if (cache && !IS_ERR(entry)) {
		if (dst->family == AF_INET)
			dst_cache_set_ip4(cache, entry, 0);
		else
			dst_cache_set_ip6(cache, entry, &any6);
	}
	return entry;
}

static enum klips_drop no_route(long err)
{
	return err == -ENOBUFS || err == -ENOMEM ? KLIPS_DROP_OUT_NO_MEMORY :
						   KLIPS_DROP_OUT_NO_ROUTE;
}

/**
 * klips_route() - find the outer route
 * @kn:		namespace
 * @skb:	the packet; its mark takes part
 * @phys:	the device it must leave by
 * @src:	outer source, family 0 for any
 * @dst:	outer destination
 * @proto:	outer protocol
 * @tos:	outer DSCP, shifted as in the header
 * @cache:	SA to remember the route for unmarked packets, or NULL
 * @route:	filled in if 0 is returned, a reference
 *
 * Bottom halves are off. The packet keeps the route that led into ipsecN: by
 * it its sender is found, if there is something to tell.
 *
 * Return: 0 or a reason to drop the packet.
 */
enum klips_drop klips_route(struct klips_net *kn, struct sk_buff *skb,
			    const struct net_device *phys, const struct klips_addr *src,
			    const struct klips_addr *dst, u8 proto, u8 tos,
			    struct klips_sa *cache, struct dst_entry **route)
{
	struct dst_entry *entry;

	entry = lookup(kn, skb, phys->ifindex, src, dst, proto, tos,
		       cache && cacheable(skb, tos) ? &cache->dst : NULL);
	if (IS_ERR(entry))
		return no_route(PTR_ERR(entry));
	if (entry->error || klips_is_ipsec(entry->dev)) {
		enum klips_drop why = entry->error ? no_route(entry->error) :
						     KLIPS_DROP_OUT_RECURSION;

		dst_release(entry);
		return why;
	}
	*route = entry;
	return KLIPS_DROP_NONE;
}

/**
 * klips_send() - hand a finished packet to OUTPUT and the physical device
 * @kn:		namespace
 * @skb:	the packet with its route; consumed
 * @dev:	ipsecN it came through, for the counters
 * @family:	of its outer header
 *
 * Bottom halves are off.
 */
void klips_send(struct klips_net *kn, struct sk_buff *skb, struct net_device *dev, u16 family)
{
	unsigned int len = skb->len;
	int err;

	trace_klips_send(skb_dst(skb)->dev, skb);
	skb->ignore_df = 1;
	if (family == AF_INET) {
		skb->protocol = htons(ETH_P_IP);
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		err = ip_local_out(kn->net, skb->sk, skb);
	} else {
		skb->protocol = htons(ETH_P_IPV6);
		memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
		err = ip6_local_out(kn->net, skb->sk, skb);
	}
	if (unlikely(net_xmit_eval(err))) {
		DEV_STATS_INC(dev, tx_errors);
		DEV_STATS_INC(dev, tx_aborted_errors);
		return;
	}
	dev_sw_netstats_tx_add(dev, 1, len);
}
