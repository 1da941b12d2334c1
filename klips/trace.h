/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: events/klips/… in tracefs, one for each station of a packet's way.
 * Addresses, names and lengths, never contents, never keys.  `ipsec trace` puts
 * them into words; skbaddr joins them to each other and to net:* and skb:*.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM klips

#if !defined(KLIPS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KLIPS_TRACE_H

#include <linux/if.h>
#include <linux/tracepoint.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "klips/drop.h"
#include "klips/pfkey_msg.h"
#include "klips/said_text.h"
#include "klips/trace_text.h"

/* A packet with its IP header in view. */
DECLARE_EVENT_CLASS(klips_packet,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb),
	TP_ARGS(dev, skb),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(unsigned int, netns)
		__array(char, dev, IFNAMSIZ)
		__array(char, src, KLIPS_ADDR_TEXT)
		__array(char, dst, KLIPS_ADDR_TEXT)
		__field(u8, proto)
		__field(u16, sport)
		__field(u16, dport)
		__field(unsigned int, len)
		__field(u32, mark)
	),
	TP_fast_assign(
		struct klips_trace_ip ip;

		klips_trace_ip(skb, &ip);
		__entry->skbaddr = skb;
		__entry->netns = dev_net(dev)->ns.inum;
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		memcpy(__entry->src, ip.src, KLIPS_ADDR_TEXT);
		memcpy(__entry->dst, ip.dst, KLIPS_ADDR_TEXT);
		__entry->proto = ip.proto;
		__entry->sport = ip.sport;
		__entry->dport = ip.dport;
		__entry->len = ip.len;
		__entry->mark = skb->mark;
	),
	TP_printk("netns=%u skbaddr=%p dev=%s src=%s dst=%s proto=%u sport=%u dport=%u len=%u mark=%#x",
		  __entry->netns, __entry->skbaddr, __entry->dev, __entry->src, __entry->dst,
		  __entry->proto, __entry->sport, __entry->dport, __entry->len, __entry->mark)
);

/* cleartext handed to ipsecN */
DEFINE_EVENT(klips_packet, klips_xmit,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb), TP_ARGS(dev, skb));

/* what it became, on its way to OUTPUT on the physical device */
DEFINE_EVENT(klips_packet, klips_send,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb), TP_ARGS(dev, skb));

/* ESP, AH, IPCOMP or UDP with ESP in it, after INPUT */
DEFINE_EVENT(klips_packet, klips_rcv,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb), TP_ARGS(dev, skb));

/* what came out, received on ipsecN */
DEFINE_EVENT(klips_packet, klips_deliver,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb), TP_ARGS(dev, skb));

/* What the eroute table said: miss; found; bypass, the key daemon's own packet. */
TRACE_EVENT(klips_eroute,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const struct klips_eroute *er, bool bypass),
	TP_ARGS(dev, skb, er, bypass),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(unsigned int, netns)
		__field(bool, hit)
		__field(bool, bypass)
		__array(char, src, KLIPS_SUBNET_TEXT)
		__array(char, dst, KLIPS_SUBNET_TEXT)
		__field(u8, proto)
		__array(char, said, KLIPS_SAID_TEXT)
	),
	TP_fast_assign(
		struct klips_trace_eroute text;

		klips_trace_eroute(er, &text);
		__entry->skbaddr = skb;
		__entry->netns = dev_net(dev)->ns.inum;
		__entry->hit = er != NULL;
		__entry->bypass = bypass;
		memcpy(__entry->src, text.src, KLIPS_SUBNET_TEXT);
		memcpy(__entry->dst, text.dst, KLIPS_SUBNET_TEXT);
		__entry->proto = text.proto;
		memcpy(__entry->said, text.said, KLIPS_SAID_TEXT);
	),
	TP_printk("netns=%u skbaddr=%p verdict=%s src=%s dst=%s proto=%u said=%s",
		  __entry->netns, __entry->skbaddr,
		  __entry->bypass ? "bypass" : __entry->hit ? "found" : "miss",
		  __entry->src, __entry->dst, __entry->proto, __entry->said)
);

/* A packet and the SA whose turn it is. */
DECLARE_EVENT_CLASS(klips_sa,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const struct klips_said *said),
	TP_ARGS(dev, skb, said),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(unsigned int, netns)
		__field(unsigned int, len)
		__array(char, said, KLIPS_SAID_TEXT)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->netns = dev_net(dev)->ns.inum;
		__entry->len = skb->len;
		klips_said_ntop(said, KLIPS_SAID_SHORT, __entry->said, KLIPS_SAID_TEXT);
	),
	TP_printk("netns=%u skbaddr=%p said=%s len=%u", __entry->netns, __entry->skbaddr,
		  __entry->said, __entry->len)
);

/* about to be applied */
DEFINE_EVENT(klips_sa, klips_sa_out,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const struct klips_said *said), TP_ARGS(dev, skb, said));

/* about to be undone */
DEFINE_EVENT(klips_sa, klips_sa_in,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const struct klips_said *said), TP_ARGS(dev, skb, said));

/* A packet goes on in another buffer. */
TRACE_EVENT(klips_moved,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const struct sk_buff *was),
	TP_ARGS(dev, skb, was),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(const void *, was)
		__field(unsigned int, netns)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->was = was;
		__entry->netns = dev_net(dev)->ns.inum;
	),
	TP_printk("netns=%u skbaddr=%p was=%p", __entry->netns, __entry->skbaddr, __entry->was)
);

/* It waits for a tunnel, or has waited and is looked at again. */
DECLARE_EVENT_CLASS(klips_wait,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb),
	TP_ARGS(dev, skb),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(unsigned int, netns)
		__field(unsigned int, len)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->netns = dev_net(dev)->ns.inum;
		__entry->len = skb->len;
	),
	TP_printk("netns=%u skbaddr=%p len=%u", __entry->netns, __entry->skbaddr, __entry->len)
);

DEFINE_EVENT(klips_wait, klips_hold,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb), TP_ARGS(dev, skb));

DEFINE_EVENT(klips_wait, klips_release,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb), TP_ARGS(dev, skb));

/* A message of PF_KEY was carried out, or refused with a negative errno. */
TRACE_EVENT(klips_pfkey,
	TP_PROTO(const struct net *net, const struct klips_msg_hdr *hdr, int err),
	TP_ARGS(net, hdr, err),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(u8, type)
		__field(u8, satype)
		__field(u32, seq)
		__field(u32, pid)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->type = hdr->type;
		__entry->satype = hdr->satype;
		__entry->seq = hdr->seq;
		__entry->pid = hdr->pid;
		__entry->err = err;
	),
	TP_printk("netns=%u type=%s satype=%u seq=%u pid=%u error=%d", __entry->netns,
		  klips_msg_name(__entry->type), __entry->satype, __entry->seq, __entry->pid,
		  __entry->err)
);

/* An ipsecN was attached to a physical device, or, that being NULL, detached. */
TRACE_EVENT(klips_attach,
	TP_PROTO(const struct net_device *dev, const struct net_device *phys),
	TP_ARGS(dev, phys),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__array(char, dev, IFNAMSIZ)
		__array(char, phys, IFNAMSIZ)
	),
	TP_fast_assign(
		__entry->netns = dev_net(dev)->ns.inum;
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		strscpy(__entry->phys, phys ? phys->name : "NULL", IFNAMSIZ);
	),
	TP_printk("netns=%u dev=%s phys=%s", __entry->netns, __entry->dev, __entry->phys)
);

TRACE_EVENT(klips_drop,
	TP_PROTO(const struct net *net, const struct net_device *dev, const struct sk_buff *skb,
		 int why),
	TP_ARGS(net, dev, skb, why),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(unsigned int, netns)
		__field(int, ifindex)
		__field(unsigned int, len)
		__field(u16, protocol)
		__field(u32, mark)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->netns = net->ns.inum;
		__entry->ifindex = dev ? dev->ifindex : 0;
		__entry->len = skb->len;
		__entry->protocol = ntohs(skb->protocol);
		__entry->mark = skb->mark;
		__entry->why = why;
	),
	TP_printk("netns=%u skbaddr=%p ifindex=%d len=%u protocol=%04x mark=%#x reason=%s",
		  __entry->netns, __entry->skbaddr, __entry->ifindex, __entry->len,
		  __entry->protocol, __entry->mark, klips_drop_name(__entry->why))
);

#endif /* KLIPS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH klips
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
