/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_match: decrypted packets tell netfilter which SAs they came through.
 */
#ifndef KLIPS_SECPATH_H
#define KLIPS_SECPATH_H

#include <linux/skbuff.h>

#include "klips/drop.h"

struct klips_net;
struct klips_sa;
struct net_device;

int klips_secpath_switch(struct klips_net *kn, int on);
void klips_secpath_net_exit(struct klips_net *kn);
void klips_secpath_device(struct klips_net *kn, struct net_device *dev);

enum klips_drop klips_secpath_add(struct klips_net *kn, struct sk_buff *skb);
void klips_secpath_forget(struct klips_sa *sa);

#endif /* KLIPS_SECPATH_H */
