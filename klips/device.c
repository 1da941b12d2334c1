// SPDX-License-Identifier: GPL-2.0-only
/*
 * ipsecN as a network device: made, attached, followed, counted, removed.
 *
 * A fresh device is attached to nothing and cannot be brought up. Attaching,
 * by the tncfg ioctl or `ip link add … type ipsec dev …`, binds it to a
 * physical device whose MTU it then follows; when that device goes down or
 * away it is detached, as scripts expect, and packets are dropped. What
 * happens to packets is in xmit.c and rcv.c.
 */
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/gro_cells.h>
#include <net/ip.h>
#include <net/rtnetlink.h>

#include <klips/uapi.h>
#include "klips/compat/netdev.h"
#include "klips/clear.h"
#include "klips/device.h"
#include "klips/klips.h"
#include "klips/secpath.h"
#include "klips/trace.h"
#include "klips/xmit.h"

static unsigned int devices = 2;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "ipsecN devices made at load in the first namespace (default 2)");

static bool devices_everywhere;
module_param(devices_everywhere, bool, 0444);
MODULE_PARM_DESC(devices_everywhere, "make them in every new namespace too");

static struct rtnl_link_ops klips_link_ops;

/* --- attaching ------------------------------------------------------------ */

static struct net_device *phys_of(const struct klips_dev *kd)
{
	return rtnl_dereference(kd->phys);
}

static int may_attach(const struct klips_dev *kd, const struct net_device *phys)
{
	if (phys_of(kd))
		return -EBUSY;
	if (klips_is_ipsec(phys) || phys->flags & IFF_LOOPBACK)
		return -EINVAL;
	return 0;
}

/**
 * klips_dev_attach() - bind an ipsecN to a physical device
 * @kd:		the ipsecN
 * @phys:	device of the same namespace
 *
 * The MTU becomes KLIPS_DEV_MTU, whatever it was: what fits the wire is
 * decided packet by packet.
 *
 * Return: 0; -EBUSY if it is attached already; -EINVAL if @phys is loopback or
 * an ipsecN; -ENOMEM.
 */
int klips_dev_attach(struct klips_dev *kd, struct net_device *phys)
{
	int err;

	ASSERT_RTNL();
	err = may_attach(kd, phys);
	if (!err)
		err = klips_clear_watch(klips_net(dev_net(phys)));
	if (err)
		return err;
	netdev_hold(phys, &kd->tracker, GFP_KERNEL);
	WRITE_ONCE(kd->mtu, phys->mtu);
	kd->dev->needed_headroom = LL_RESERVED_SPACE(phys) + KLIPS_OUTER_USUAL;
	rcu_assign_pointer(kd->phys, phys);
	trace_klips_attach(kd->dev, phys);
	return dev_set_mtu(kd->dev, KLIPS_DEV_MTU);
}

/**
 * klips_dev_detach() - unbind an ipsecN
 * @kd:	the ipsecN
 *
 * It stays up, with its addresses and MTU; packets sent to it are dropped.
 *
 * Return: 0, or -ENODEV if it is not attached.
 */
int klips_dev_detach(struct klips_dev *kd)
{
	struct net_device *phys = phys_of(kd);

	ASSERT_RTNL();
	if (!phys)
		return -ENODEV;
	RCU_INIT_POINTER(kd->phys, NULL);
	klips_clear_unwatch(klips_net(dev_net(kd->dev)));
	WRITE_ONCE(kd->mtu, 0);
	trace_klips_attach(kd->dev, NULL);
	netdev_put(phys, &kd->tracker);
	return 0;
}

/**
 * klips_dev_clear() - detach every ipsecN
 * @kn:	namespace
 *
 * Return: 0.
 */
int klips_dev_clear(struct klips_net *kn)
{
	struct klips_dev *kd;

	ASSERT_RTNL();
	list_for_each_entry(kd, &kn->devs, list)
		klips_dev_detach(kd);
	return 0;
}

/* --- ioctls ---------------------------------------------------------------- */

/*
 * The name lies in the ifreq itself, the terminator perhaps missing. Old tools
 * fill 12 bytes; where ifreq is larger, a longer name may follow there.
 */
static int attach_by_name(struct klips_dev *kd, const struct ifreq *ifr)
{
	const unsigned int off = offsetof(struct klips_ifreq, phys);
	char name[IFNAMSIZ] = {};
	struct net_device *phys;

	memcpy(name, (const char *)&ifr->ifr_ifru + off,
	       min(sizeof(ifr->ifr_ifru) - off, sizeof(name) - 1));
	*strchrnul(name, ':') = '\0';
	phys = __dev_get_by_name(dev_net(kd->dev), name);
	return phys ? klips_dev_attach(kd, phys) : -ENXIO;
}

static int klips_siocdevprivate(struct net_device *dev, struct ifreq *ifr, void __user *data,
				int cmd)
{
	const struct klips_ifreq *req = (const void *)&ifr->ifr_ifru;
	struct klips_dev *kd = netdev_priv(dev);
	struct net *net = dev_net(dev);

	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	switch (cmd) {
	case KLIPS_SIOC_ATTACH:
		return attach_by_name(kd, ifr);
	case KLIPS_SIOC_DETACH:
		return klips_dev_detach(kd);
	case KLIPS_SIOC_CLEAR:
		return klips_dev_clear(klips_net(net));
	case KLIPS_SIOC_UDP_ENCAP:
		return klips_udp_encap(net, (int)req->cmd, req->encap_type);
	default:
		return -EOPNOTSUPP;
	}
}

/* --- the device ------------------------------------------------------------ */

/*
 * There is no link, nobody on it to find or to be told of shorter ways, and who sits at
 * the other end of a tunnel does not make this host's routes.
 */
static void no_link(struct net_device *dev)
{
	struct in_device *in4 = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6 = __in6_dev_get(dev);

	if (in4) {
		/* either one would do */
		IN_DEV_CONF_SET(in4, SEND_REDIRECTS, 0);
		IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS) = 0;
	}
	if (in6) {
		WRITE_ONCE(in6->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
		WRITE_ONCE(in6->cnf.accept_ra, 0);
	}
}

static int klips_open(struct net_device *dev)
{
	if (!phys_of(netdev_priv(dev)))
		return -ENODEV;
	no_link(dev);
	return 0;
}

static int klips_stop(struct net_device *dev)
{
	klips_hold_purge_dev(klips_net(dev_net(dev)), dev);
	pr_crit("IPSEC EVENT: KLIPS device %s shut down.\n", dev->name);
	return 0;
}

/* Numbers decide the order of listings: "ipsec10" comes after "ipsec9". */
static void enlist(struct klips_net *kn, struct klips_dev *kd)
{
	struct klips_dev *other;

	list_for_each_entry(other, &kn->devs, list) {
		size_t a = strlen(kd->dev->name), b = strlen(other->dev->name);

		if (a < b || (a == b && strcmp(kd->dev->name, other->dev->name) < 0))
			break;
	}
	list_add_tail_rcu(&kd->list, &other->list);
}

static unsigned int number_of(const char *name)
{
	unsigned int number;

	if (strncmp(name, KLIPS_DEV_PREFIX, strlen(KLIPS_DEV_PREFIX)) ||
	    kstrtouint(name + strlen(KLIPS_DEV_PREFIX), 10, &number))
		return KLIPS_DEV_MAX;
	return number;
}

static int klips_dev_init(struct net_device *dev)
{
	struct klips_dev *kd = netdev_priv(dev);
	int err;

	kd->dev = dev;
	kd->number = number_of(dev->name);
	INIT_LIST_HEAD(&kd->list);
	err = gro_cells_init(&kd->cells, dev);
	if (err)
		return err;
	enlist(klips_net(dev_net(dev)), kd);
	return 0;
}

static void klips_dev_uninit(struct net_device *dev)
{
	struct klips_dev *kd = netdev_priv(dev);

	klips_dev_detach(kd);
	/* again: packets on their way while it was shut down have been waited for by now */
	klips_hold_purge_dev(klips_net(dev_net(dev)), dev);
	list_del_rcu(&kd->list);
}

static void klips_dev_free(struct net_device *dev)
{
	struct klips_dev *kd = netdev_priv(dev);

	gro_cells_destroy(&kd->cells);
}

/* `ip link` shows ipsec0@eth0, and plain ipsec0 while it is attached to nothing. */
static int klips_get_iflink(const struct net_device *dev)
{
	const struct net_device *phys;
	int ifindex;

	rcu_read_lock();
	phys = klips_dev_phys(dev);
	ifindex = phys ? phys->ifindex : dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

const struct net_device_ops klips_dev_ops = {
	.ndo_init = klips_dev_init,
	.ndo_uninit = klips_dev_uninit,
	.ndo_open = klips_open,
	.ndo_stop = klips_stop,
	.ndo_start_xmit = klips_xmit,
	.ndo_siocdevprivate = klips_siocdevprivate,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_get_iflink = klips_get_iflink,
};

/* ethtool -S: the drops of the namespace, by reason. */
static int klips_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? KLIPS_DROP_COUNT - 1 : -EOPNOTSUPP;
}

static void klips_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	int i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 1; i < KLIPS_DROP_COUNT; i++)
		strscpy((char *)data + (i - 1) * ETH_GSTRING_LEN, klips_drop_name(i),
			ETH_GSTRING_LEN);
}

static void klips_get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	int i;

	for (i = 1; i < KLIPS_DROP_COUNT; i++)
		data[i - 1] = klips_drop_read(klips_net(dev_net(dev)), i);
}

static void klips_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "ipsec", sizeof(info->driver));
	strscpy(info->version, KLIPS_VERSION, sizeof(info->version));
}

static const struct ethtool_ops klips_ethtool_ops = {
	.get_drvinfo = klips_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = klips_sset_count,
	.get_strings = klips_get_strings,
	.get_ethtool_stats = klips_get_stats,
};

static void klips_dev_setup(struct net_device *dev)
{
	netdev_features_t features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_GSO_SOFTWARE |
				     NETIF_F_HIGHDMA;

	dev->netdev_ops = &klips_dev_ops;
	dev->ethtool_ops = &klips_ethtool_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP;
	dev->mtu = 0;
	dev->min_mtu = 68;
	dev->max_mtu = IP_MAX_MTU;
	dev->tx_queue_len = 10;
	dev->needed_headroom = LL_RESERVED_SPACE(dev) + KLIPS_OUTER_USUAL;
	dev->priv_flags |= IFF_NO_QUEUE;	/* the physical device has one */
	dev->needed_tailroom = 16 + 2 + 32;	/* padding, trailer, the longest ICV */
	dev->needs_free_netdev = true;
	dev->priv_destructor = klips_dev_free;
	dev->features |= features;
	dev->hw_features |= features;
	dev->hw_enc_features |= features;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	klips_netdev_lockless(dev);
	netif_keep_dst(dev);
}

/* --- made and removed ------------------------------------------------------ */

static struct net_device *find_number(struct net *net, unsigned int number)
{
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), KLIPS_DEV_PREFIX "%u", number);
	return __dev_get_by_name(net, name);
}

/**
 * klips_dev_create() - make ipsecN
 * @net:	namespace
 * @number:	N
 *
 * Process context; takes rtnl.
 *
 * Return: 0; -ENOENT beyond the highest number; -EEXIST; -ENOMEM or what the
 * registration says.
 */
int klips_dev_create(struct net *net, unsigned int number)
{
	struct net_device *dev;
	char name[IFNAMSIZ];
	int err;

	if (number >= KLIPS_DEV_MAX)
		return -ENOENT;
	snprintf(name, sizeof(name), KLIPS_DEV_PREFIX "%u", number);
	dev = alloc_netdev(sizeof(struct klips_dev), name, NET_NAME_ENUM, klips_dev_setup);
	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, net);
	dev->rtnl_link_ops = &klips_link_ops;
	rtnl_lock();
	err = register_netdevice(dev);
	rtnl_unlock();
	if (err)
		free_netdev(dev);
	return err;
}

/**
 * klips_dev_destroy() - remove ipsecN
 * @net:	namespace
 * @number:	N
 *
 * Process context; takes rtnl.
 *
 * Return: 0, or -ENOENT if there is no such device or it is not ours.
 */
int klips_dev_destroy(struct net *net, unsigned int number)
{
	struct net_device *dev;
	int err = -ENOENT;

	rtnl_lock();
	dev = number < KLIPS_DEV_MAX ? find_number(net, number) : NULL;
	if (dev && klips_is_ipsec(dev)) {
		unregister_netdevice(dev);
		err = 0;
	}
	rtnl_unlock();
	return err;
}

static int klips_newlink(KLIPS_NEWLINK_ARGS)
{
	struct nlattr **tb = KLIPS_NEWLINK_TB;
	struct net *link_net = KLIPS_NEWLINK_NET;
	struct net_device *phys = NULL;
	int err;

	if (tb[IFLA_LINK]) {
		phys = __dev_get_by_index(link_net, nla_get_u32(tb[IFLA_LINK]));
		if (!phys || !net_eq(dev_net(phys), dev_net(dev))) {
			NL_SET_ERR_MSG_MOD(extack, "physical device not in this namespace");
			return -ENODEV;
		}
		if (klips_is_ipsec(phys) || phys->flags & IFF_LOOPBACK) {
			NL_SET_ERR_MSG_MOD(extack, "cannot attach to loopback or to an ipsecN");
			return -EINVAL;
		}
	}
	err = register_netdevice(dev);
	if (err || !phys)
		return err;
	return klips_dev_attach(netdev_priv(dev), phys);
}

static struct rtnl_link_ops klips_link_ops = {
	.kind = "ipsec",
	.priv_size = sizeof(struct klips_dev),
	.setup = klips_dev_setup,
	.newlink = klips_newlink,
};

/* --- following the physical device ----------------------------------------- */

static void follow(struct klips_dev *kd, unsigned long event, struct net_device *phys)
{
	switch (event) {
	case NETDEV_DOWN:
	case NETDEV_UNREGISTER:
		klips_dev_detach(kd);
		break;
	case NETDEV_CHANGEMTU:
		WRITE_ONCE(kd->mtu, phys->mtu);
		break;
	}
}

static int klips_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *phys = netdev_notifier_info_to_dev(ptr);
	struct klips_dev *kd;

	if (klips_is_ipsec(phys)) {
		klips_secpath_device(klips_net(dev_net(phys)), phys);
		return NOTIFY_DONE;
	}
	list_for_each_entry(kd, &klips_net(dev_net(phys))->devs, list)
		if (phys_of(kd) == phys)
			follow(kd, event, phys);
	return NOTIFY_DONE;
}

static struct notifier_block klips_netdev_notifier = {
	.notifier_call = klips_netdev_event,
};

/* --- receiving ------------------------------------------------------------- */

/**
 * klips_dev_find() - ipsecN by its number
 * @kn:		namespace
 * @number:	N
 *
 * Under rcu_read_lock().
 *
 * Return: the ipsecN, or NULL.
 */
struct klips_dev *klips_dev_find(struct klips_net *kn, unsigned int number)
{
	struct klips_dev *kd;

	list_for_each_entry_rcu(kd, &kn->devs, list)
		if (kd->number == number && number < KLIPS_DEV_MAX)
			return kd;
	return NULL;
}

/**
 * klips_dev_of_arrival() - the ipsecN on which a packet's cleartext appears
 * @kn:		namespace
 * @dev:	device the encapsulated packet came in on
 *
 * Under rcu_read_lock(). A packet that already came out of an ipsecN keeps it.
 *
 * Return: the ipsecN, NULL if none is attached to @dev.
 */
struct klips_dev *klips_dev_of_arrival(struct klips_net *kn, struct net_device *dev)
{
	struct klips_dev *kd;

	if (klips_is_ipsec(dev))
		return netdev_priv(dev);
	list_for_each_entry_rcu(kd, &kn->devs, list)
		if (rcu_access_pointer(kd->phys) == dev)
			return kd;
	return NULL;
}

/**
 * klips_dev_receive() - hand cleartext to the stack as received on ipsecN
 * @dev:	ipsecN
 * @skb:	skb->data and the network header are the IP header; consumed
 *
 * Bottom halves are off. Packets that say through which SAs they came are not merged
 * with others, which may have come through different ones.
 */
void klips_dev_receive(struct net_device *dev, struct sk_buff *skb)
{
	struct klips_dev *kd = netdev_priv(dev);

	skb->dev = dev;
	dev_sw_netstats_rx_add(dev, skb->len);
	if (secpath_exists(skb))
		netif_rx(skb);
	else
		gro_cells_receive(&kd->cells, skb);
}

/* --- start and stop --------------------------------------------------------- */

/**
 * klips_device_net_init() - make the devices a namespace starts with
 * @kn:	namespace
 *
 * Return: 0 or what making them said; those made go with the namespace.
 */
int klips_device_net_init(struct klips_net *kn)
{
	unsigned int i;
	int err;

	if (!devices_everywhere && !net_eq(kn->net, &init_net))
		return 0;
	for (i = 0; i < min_t(unsigned int, devices, KLIPS_DEV_MAX); i++) {
		err = klips_dev_create(kn->net, i);
		if (err)
			return err;
	}
	return 0;
}

/**
 * klips_device_init() - let ipsecN be made
 *
 * Return: 0 or -errno.
 */
int klips_device_init(void)
{
	int err;

	err = register_netdevice_notifier(&klips_netdev_notifier);
	if (err)
		return err;
	err = rtnl_link_register(&klips_link_ops);
	if (err)
		unregister_netdevice_notifier(&klips_netdev_notifier);
	return err;
}

/**
 * klips_device_exit() - remove every ipsecN of every namespace
 */
void klips_device_exit(void)
{
	rtnl_link_unregister(&klips_link_ops);
	unregister_netdevice_notifier(&klips_netdev_notifier);
}

MODULE_ALIAS_RTNL_LINK("ipsec");
