/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network devices: lockless transmission and a bond to the namespace were
 * feature bits until 6.11; newlink's arguments moved into a struct in 6.15.
 */
#ifndef KLIPS_COMPAT_NETDEV_H
#define KLIPS_COMPAT_NETDEV_H

#include <linux/netdevice.h>
#include <linux/version.h>
#include <net/rtnetlink.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define KLIPS_NEWLINK_ARGS	struct net_device *dev, struct rtnl_newlink_params *params, \
				struct netlink_ext_ack *extack
#define KLIPS_NEWLINK_TB	(params->tb)
#define KLIPS_NEWLINK_NET	rtnl_newlink_link_net(params)
#else
#define KLIPS_NEWLINK_ARGS	struct net *src_net, struct net_device *dev, \
				struct nlattr *tb_arg[], struct nlattr *data[], \
				struct netlink_ext_ack *extack
#define KLIPS_NEWLINK_TB	(tb_arg)
#define KLIPS_NEWLINK_NET	(src_net)
#endif

/* A device that takes no lock in its transmit function and stays in its namespace. */
static inline void klips_netdev_lockless(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	dev->lltx = true;
	dev->netns_immutable = true;
#else
	dev->features |= NETIF_F_LLTX | NETIF_F_NETNS_LOCAL;
#endif
}

#endif /* KLIPS_COMPAT_NETDEV_H */
