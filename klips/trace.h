/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: events/klips/… in tracefs.  Addresses and lengths, never
 * contents, never keys.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM klips

#if !defined(KLIPS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KLIPS_TRACE_H

#include <linux/tracepoint.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "klips/drop.h"

TRACE_EVENT(klips_drop,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb, int why),
	TP_ARGS(dev, skb, why),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(unsigned int, len)
		__field(u16, protocol)
		__field(u32, mark)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->ifindex = dev ? dev->ifindex : 0;
		__entry->len = skb->len;
		__entry->protocol = ntohs(skb->protocol);
		__entry->mark = skb->mark;
		__entry->why = why;
	),
	TP_printk("ifindex=%d len=%u protocol=%04x mark=%#x reason=%s",
		  __entry->ifindex, __entry->len, __entry->protocol, __entry->mark,
		  klips_drop_name(__entry->why))
);

#endif /* KLIPS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH klips
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
