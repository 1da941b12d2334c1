/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outbound steps, in the order a packet meets them.
 */
#ifndef KLIPS_XMIT_H
#define KLIPS_XMIT_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "klips/drop.h"
#include "klips/xform.h"

struct klips_dev;
struct klips_eroute;
struct klips_flow;
struct klips_hold;
struct klips_net;
struct klips_sa;

/* Most that headers around an inner packet take: IPv6, AH with a long ICV, UDP. */
#define KLIPS_OUTER_MAX	128

/*
 * What the stack is asked to leave in front of packets for ipsecN: room for an IPv4
 * header and ESP.  If it were more than drivers leave in front of what they receive
 * (NET_SKB_PAD and the Ethernet header), every forwarded packet would be copied; who
 * needs more gets it in xmit.c.
 */
#define KLIPS_OUTER_USUAL	(20 + 8 + 16)

/* xmit.c */
netdev_tx_t klips_xmit(struct sk_buff *skb, struct net_device *dev);
bool klips_xmit_again(struct klips_net *kn, struct sk_buff *skb, const struct klips_hold *leaving);

/* flow.c: what the packet is */
enum klips_drop klips_flow_from_skb(struct klips_net *kn, struct sk_buff *skb,
				    struct klips_flow *flow);
enum klips_drop klips_flow_whole(struct klips_net *kn, struct sk_buff *skb);
bool klips_flow_checked(const struct sk_buff *skb, u16 family, struct klips_flow *flow);
enum klips_drop klips_flow_headers(struct sk_buff *skb);
int klips_flow_transport_v6(const struct sk_buff *skb, unsigned int off, u8 *proto);

/* bypass.c: is it the key daemon's own? */
bool klips_bypass(const struct klips_net *kn, const struct sk_buff *skb,
		  const struct klips_flow *flow, const struct klips_eroute *er);

/* reject.c: telling the sender of %reject */
void klips_reject(struct klips_net *kn, struct sk_buff *skb, const struct klips_flow *flow);

/* bundle.c: the SAs it goes through, as one */
struct klips_bundle {
	struct klips_sa *first;
	struct klips_sa *last;
	struct klips_addr src;		/* of the outermost header; family 0: the packet's own */
	struct klips_addr dst;
	unsigned int front;		/* bytes added in front, at most */
};

enum klips_drop klips_bundle_check(struct klips_sa *first, struct klips_bundle *bundle);
unsigned int klips_bundle_mtu(const struct klips_bundle *bundle, unsigned int mtu,
			      unsigned int hdr_len);

/* pmtu.c: what fits the path to the peer */
enum klips_drop klips_pmtu_check(struct klips_net *kn, struct sk_buff *skb,
				 const struct klips_bundle *bundle, unsigned int mtu);

/* send.c: out by the physical device */
enum klips_drop klips_route(struct klips_net *kn, struct sk_buff *skb,
			    const struct net_device *phys, const struct klips_addr *src,
			    const struct klips_addr *dst, u8 proto, u8 tos,
			    struct klips_sa *cache, struct dst_entry **route);
void klips_send(struct klips_net *kn, struct sk_buff *skb, struct net_device *dev,
		u16 family);

#endif /* KLIPS_XMIT_H */
