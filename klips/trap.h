/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Eroutes that make packets wait: %trap asks the key daemon, %hold keeps.
 */
#ifndef KLIPS_TRAP_H
#define KLIPS_TRAP_H

#include "klips/drop.h"

struct klips_eroute;
struct klips_flow;
struct klips_hold;
struct klips_net;
struct sk_buff;
struct work_struct;

enum klips_drop klips_wait(struct klips_net *kn, struct sk_buff *skb,
			   const struct klips_flow *flow, struct klips_eroute **er,
			   const struct klips_hold *leaving);

void klips_trap_settle(struct klips_net *kn);
void klips_trap_publish(struct work_struct *work);
bool klips_trap_forget(struct klips_hold *h);

#endif /* KLIPS_TRAP_H */
