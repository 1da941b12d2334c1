// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy_match: decrypted packets carry a security path, so that rules written
 * for the kernel's own IPsec, `-m policy --dir in --pol ipsec`, nft's `meta
 * secpath` and `ipsec in`, find the SAs that a packet came through.
 *
 * A path consists of struct xfrm_state.  Ours describe an SA and no more: they are
 * in no table of XFRM, are dead from birth, and belong to the SA and to the packets
 * that carry them.  XFRM wants a policy of its own for whatever has a path with a
 * tunnel in it; we have made that check already, by the SA's flow.  So the path goes
 * no further than the rules that may ask for it: it ends behind INPUT, and for what is
 * forwarded, where XFRM asks before FORWARD, ipsecN has disable_policy set.
 *
 * While policy_match is 0 nothing of this exists.
 */
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/xfrm.h>

#include "klips/device.h"
#include "klips/klips.h"
#include "klips/sa.h"
#include "klips/secpath.h"
#include "klips/xform.h"

/* --- one SA as XFRM would show it ------------------------------------------- */

static void nothing_to_destroy(struct xfrm_state *x)
{
}

/* XFRM asks a state's type what to do about a packet that it rejects: nothing. */
static const struct xfrm_type described_sa = {
	.owner = THIS_MODULE,
	.destructor = nothing_to_destroy,
};

static void copy_addr(xfrm_address_t *to, const struct klips_addr *from)
{
	memcpy(to, from->bytes, sizeof(*to));
}

/* A transform's source may be left open, and the tunnel behind it say it. */
static const struct klips_addr *source(const struct klips_sa *sa)
{
	const struct klips_sa *next = rcu_dereference(sa->next);

	return !sa->src.family && next ? &next->src : &sa->src;
}

/* Referenced by the module until XFRM has freed it; NULL if there is no memory. */
static struct xfrm_state *describe(const struct klips_sa *sa, u8 mode)
{
	struct xfrm_state *x;

	if (!try_module_get(THIS_MODULE))
		return NULL;
	x = xfrm_state_alloc(sa->kn->net);
	if (!x) {
		module_put(THIS_MODULE);
		return NULL;
	}
	x->type = &described_sa;
	x->km.state = XFRM_STATE_DEAD;
	x->id.proto = sa->said.proto;
	x->id.spi = sa->said.spi;
	copy_addr(&x->id.daddr, &sa->said.dst);
	copy_addr(&x->props.saddr, source(sa));
	x->props.family = sa->said.dst.family;
	x->props.mode = mode;
	x->props.reqid = sa->ref;
	return x;
}

static void replace_described(struct klips_sa *sa, struct xfrm_state *x)
{
	x = unrcu_pointer(xchg(&sa->described, RCU_INITIALIZER(x)));
	if (x)
		xfrm_state_put(x);
}

/* With a reference for the packet. Two packets may make it at once: one stays. */
static struct xfrm_state *described(struct klips_sa *sa, u8 mode)
{
	struct xfrm_state *x = rcu_dereference(sa->described);

	if (x && x->props.mode == mode && refcount_inc_not_zero(&x->refcnt))
		return x;
	x = describe(sa, mode);
	if (!x)
		return NULL;
	xfrm_state_hold(x);
	replace_described(sa, x);
	return x;
}

/**
 * klips_secpath_forget() - an SA needs its description no more
 * @sa:	the SA
 *
 * Packets that carry it keep it.
 */
void klips_secpath_forget(struct klips_sa *sa)
{
	replace_described(sa, NULL);
}

/* --- on the packet ------------------------------------------------------------ */

static bool is_tunnel(const struct klips_sa *sa)
{
	return sa->said.proto == KLIPS_PROTO_IPIP;
}

/**
 * klips_secpath_add() - say on a decrypted packet which SAs it came through
 * @kn:		namespace
 * @skb:	the packet, without a path; its KLIPS_IN() is still there
 *
 * Under rcu_read_lock(). The tunnel's header has no entry of its own: it is the mode
 * of the SA in front of it, as in XFRM.
 *
 * Return: 0 or a reason to drop the packet.
 */
enum klips_drop klips_secpath_add(struct klips_net *kn, struct sk_buff *skb)
{
	const struct klips_in *in = KLIPS_IN(skb);
	struct klips_sa *sa, *next;
	struct sec_path *sp;
	struct xfrm_state *x;
	unsigned int i;

	sp = secpath_set(skb);
	if (!sp)
		return KLIPS_DROP_IN_NO_MEMORY;
	sa = xa_load(&kn->sa_ids, in->path[0]);
	for (i = 1; i <= in->depth; i++, sa = next) {
		next = i < in->depth ? xa_load(&kn->sa_ids, in->path[i]) : NULL;
		if (!sa || (i < in->depth && !next))	/* deleted meanwhile */
			return KLIPS_DROP_IN_SA_STATE;
		if (is_tunnel(sa))
			continue;
		x = described(sa, next && is_tunnel(next) ? XFRM_MODE_TUNNEL :
							    XFRM_MODE_TRANSPORT);
		if (!x)
			return KLIPS_DROP_IN_NO_MEMORY;
		sp->xvec[sp->len++] = x;
	}
	return KLIPS_DROP_NONE;
}

/* Last in INPUT: every rule that may ask has asked. */
static unsigned int end_of_path(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	if (state->in && klips_is_ipsec(state->in))
		secpath_reset(skb);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = end_of_path,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	}, {
		.hook = end_of_path,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
};

/* --- on and off ---------------------------------------------------------------- */

static void disable_policy(struct net_device *dev, int on)
{
	struct in_device *in4 = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6 = __in6_dev_get(dev);

	if (in4)
		IN_DEV_CONF_SET(in4, NOPOLICY, on);
	if (in6)
		WRITE_ONCE(in6->cnf.disable_policy, on);
}

static void all_devices(struct klips_net *kn, int on)
{
	struct klips_dev *kd;

	list_for_each_entry(kd, &kn->devs, list)
		disable_policy(kd->dev, on);
}

/**
 * klips_secpath_device() - an ipsecN is there, or has got IPv4 or IPv6
 * @kn:		its namespace
 * @dev:	ipsecN
 */
void klips_secpath_device(struct klips_net *kn, struct net_device *dev)
{
	ASSERT_RTNL();
	if (READ_ONCE(kn->sysctl.policy_match))
		disable_policy(dev, 1);
}

static void forget_all(struct klips_net *kn)
{
	struct klips_sa *sa;
	unsigned long id;

	mutex_lock(&kn->config);
	xa_for_each(&kn->sa_ids, id, sa)
		klips_secpath_forget(sa);
	mutex_unlock(&kn->config);
}

/**
 * klips_secpath_switch() - set policy_match
 * @kn:	namespace
 * @on:	0 or 1
 *
 * Process context; takes rtnl, then config.
 *
 * Return: 0, or -ENOMEM and it is off as before.
 */
int klips_secpath_switch(struct klips_net *kn, int on)
{
	int err = 0;

	rtnl_lock();
	if (on == kn->sysctl.policy_match)
		goto out;
	if (on) {
		err = nf_register_net_hooks(kn->net, hooks, ARRAY_SIZE(hooks));
		if (err)
			goto out;
		all_devices(kn, 1);
		WRITE_ONCE(kn->sysctl.policy_match, 1);
	} else {
		WRITE_ONCE(kn->sysctl.policy_match, 0);
		synchronize_net();
		nf_unregister_net_hooks(kn->net, hooks, ARRAY_SIZE(hooks));
		all_devices(kn, 0);
		forget_all(kn);
	}
out:
	rtnl_unlock();
	return err;
}

/**
 * klips_secpath_net_exit() - a namespace goes, its devices are gone
 * @kn:	namespace
 */
void klips_secpath_net_exit(struct klips_net *kn)
{
	if (kn->sysctl.policy_match)
		nf_unregister_net_hooks(kn->net, hooks, ARRAY_SIZE(hooks));
}
