// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start and stop: the parts of the module in order, for the module and for
 * each namespace.
 */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "klips/crypt.h"
#include "klips/debug.h"
#include "klips/device.h"
#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/rcv.h"
#include "klips/sa.h"

unsigned int klips_net_id;
struct workqueue_struct *klips_wq;

static int __net_init klips_net_init(struct net *net)
{
	struct klips_net *kn = klips_net(net);
	int err;

	kn->net = net;
	mutex_init(&kn->config);
	INIT_LIST_HEAD(&kn->devs);
	kn->drops = alloc_percpu(struct klips_drops);
	if (!kn->drops)
		return -ENOMEM;
	err = klips_sa_net_init(kn);
	if (err)
		goto err_drops;
	err = klips_eroute_net_init(kn);
	if (err)
		goto err_sa;
	err = klips_sysctl_net_init(kn);
	if (err)
		goto err_eroute;
	err = klips_proc_net_init(kn);
	if (err)
		goto err_sysctl;
	err = klips_pfkey_net_init(kn);
	if (err)
		goto err_proc;
	return 0;

err_proc:
	klips_proc_net_exit(kn);
err_sysctl:
	klips_sysctl_net_exit(kn);
err_eroute:
	klips_eroute_net_exit(kn);
err_sa:
	klips_sa_net_exit(kn);
err_drops:
	free_percpu(kn->drops);
	return err;
}

static void __net_exit klips_net_exit(struct net *net)
{
	struct klips_net *kn = klips_net(net);

	klips_pfkey_net_exit(kn);
	klips_proc_net_exit(kn);
	klips_sysctl_net_exit(kn);
	klips_debug_net_exit(kn);
	klips_eroute_net_exit(kn);
	klips_sa_net_exit(kn);
	free_percpu(kn->drops);
}

static struct pernet_operations klips_net_ops = {
	.init = klips_net_init,
	.exit = klips_net_exit,
	.id = &klips_net_id,
	.size = sizeof(struct klips_net),
};

/* Devices come last and go first: nothing may send once the rest is going. */
static int __net_init klips_net_devices(struct net *net)
{
	return klips_device_net_init(klips_net(net));
}

static struct pernet_operations klips_device_ops = {
	.init = klips_net_devices,
};

static int __init klips_init(void)
{
	int err = -ENOMEM;

	klips_wq = alloc_workqueue("klips", WQ_UNBOUND, 0);
	if (!klips_wq)
		return err;
	err = klips_crypt_start();
	if (err)
		goto err_wq;
	err = register_pernet_subsys(&klips_net_ops);
	if (err)
		goto err_crypt;
	err = klips_device_init();
	if (err)
		goto err_net;
	err = klips_rcv_init();
	if (err)
		goto err_device;
	err = klips_pfkey_init();
	if (err)
		goto err_rcv;
	err = register_pernet_device(&klips_device_ops);
	if (err)
		goto err_pfkey;
	pr_info("klips_info:ipsec_init: KLIPS startup, KLIPS IPsec stack version: %s\n",
		KLIPS_VERSION);
	return 0;

err_pfkey:
	klips_pfkey_exit();
err_rcv:
	klips_rcv_exit();
err_device:
	klips_device_exit();
err_net:
	unregister_pernet_subsys(&klips_net_ops);
	rcu_barrier();
err_crypt:
	klips_crypt_stop();
err_wq:
	destroy_workqueue(klips_wq);
	return err;
}

static void __exit klips_exit(void)
{
	unregister_pernet_device(&klips_device_ops);
	klips_pfkey_exit();
	klips_rcv_exit();
	klips_device_exit();
	unregister_pernet_subsys(&klips_net_ops);
	klips_debug_exit();
	rcu_barrier();
	klips_crypt_stop();
	destroy_workqueue(klips_wq);
}

module_init(klips_init);
module_exit(klips_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(KLIPS_VERSION);
MODULE_DESCRIPTION("KLIPS: IPsec with interfaces of its own");
