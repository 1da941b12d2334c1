/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inbound way: ESP, AH, IPCOMP and UDP-encapsulated ESP, both families.
 */
#ifndef KLIPS_RCV_H
#define KLIPS_RCV_H

#include <linux/skbuff.h>

struct klips_sa;

/* Returned by an input beside next headers: skb->data is an IP packet of its own. */
#define KLIPS_INNER	0x100

/* pmtu.c: ICMP errors about packets that we sent */
struct inet6_skb_parm;
int klips_pmtu_err4(struct sk_buff *skb, u32 info);
int klips_pmtu_err6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
		    int offset, __be32 info);

int klips_rcv_init(void);
void klips_rcv_exit(void);

bool klips_rcv_flow_allowed(const struct sk_buff *skb, const struct klips_sa *sa, u16 family);

#endif /* KLIPS_RCV_H */
