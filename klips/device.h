/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ipsecN: the interface where cleartext lives, attached to a physical one.
 */
#ifndef KLIPS_DEVICE_H
#define KLIPS_DEVICE_H

#include <linux/netdevice.h>
#include <net/gro_cells.h>

struct klips_net;

/**
 * struct klips_dev - what an ipsecN has beside its net_device
 * @dev:	the net_device [I]
 * @number:	N, as the device was named when it was made; KLIPS_DEV_MAX if otherwise [I]
 * @list:	klips_net.devs, by number ascending [R, rcu]
 * @phys:	the device it is attached to, NULL if none [R, rcu]
 * @tracker:	of the reference on @phys
 * @mtu:	MTU of @phys when it was attached, followed since [R]
 * @cells:	received packets on their way into the stack
 */
struct klips_dev {
	struct net_device *dev;
	unsigned int number;
	struct list_head list;
	struct net_device __rcu *phys;
	netdevice_tracker tracker;
	unsigned int mtu;
	struct gro_cells cells;
};

extern const struct net_device_ops klips_dev_ops;

int klips_device_init(void);
void klips_device_exit(void);
int klips_device_net_init(struct klips_net *kn);

int klips_dev_create(struct net *net, unsigned int number);
int klips_dev_destroy(struct net *net, unsigned int number);

struct klips_dev *klips_dev_find(struct klips_net *kn, unsigned int number);
struct klips_dev *klips_dev_of_arrival(struct klips_net *kn, struct net_device *dev);
void klips_dev_receive(struct net_device *dev, struct sk_buff *skb);

/* Under rtnl. */
int klips_dev_attach(struct klips_dev *kd, struct net_device *phys);
int klips_dev_detach(struct klips_dev *kd);
int klips_dev_clear(struct klips_net *kn);

/**
 * klips_is_ipsec() - is this an ipsecN?
 * @dev:	any device
 */
static inline bool klips_is_ipsec(const struct net_device *dev)
{
	return dev->netdev_ops == &klips_dev_ops;
}

/**
 * klips_dev_phys() - the device an ipsecN is attached to
 * @dev:	ipsecN; under rcu_read_lock()
 *
 * Return: the device, NULL if it is not attached.
 */
static inline const struct net_device *klips_dev_phys(const struct net_device *dev)
{
	return rcu_dereference(((struct klips_dev *)netdev_priv(dev))->phys);
}

/* udp_encap.c: the ioctl by which a daemon's UDP socket learns to carry ESP */
int klips_udp_encap(struct net *net, int fd, int type);

#endif /* KLIPS_DEVICE_H */
