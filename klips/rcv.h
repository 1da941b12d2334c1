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

int klips_rcv_init(void);
void klips_rcv_exit(void);

bool klips_rcv_flow_allowed(const struct sk_buff *skb, const struct klips_sa *sa, u16 family);

#endif /* KLIPS_RCV_H */
