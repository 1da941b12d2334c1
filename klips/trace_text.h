/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracepoints write down of a packet and of an eroute.
 */
#ifndef KLIPS_TRACE_TEXT_H
#define KLIPS_TRACE_TEXT_H

#include "klips/said_text.h"

struct klips_eroute;
struct sk_buff;

/* An IP header and what is behind it. */
struct klips_trace_ip {
	char src[KLIPS_ADDR_TEXT];
	char dst[KLIPS_ADDR_TEXT];
	u8 proto;
	u16 sport;		/* host byte order, 0 if there are none */
	u16 dport;
	unsigned int len;	/* from the IP header on */
};

/* An eroute: what it is for, and where it leads. */
struct klips_trace_eroute {
	char src[KLIPS_SUBNET_TEXT];
	char dst[KLIPS_SUBNET_TEXT];
	u8 proto;
	char said[KLIPS_SAID_TEXT];
};

void klips_trace_ip(const struct sk_buff *skb, struct klips_trace_ip *ip);
void klips_trace_eroute(const struct klips_eroute *er, struct klips_trace_eroute *text);

#endif /* KLIPS_TRACE_TEXT_H */
