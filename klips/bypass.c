// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key daemon's own packets, which leave in clear whatever the eroutes say.
 *
 * IKE and the ESP between the gateways may be routed into ipsecN; they must
 * not be asked to use the tunnel that they make.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/xfrm.h>

#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/radix.h"
#include "klips/sa.h"
#include "klips/xmit.h"

#define PORT_IKE	500
#define PORT_NATT	4500

/*
 * Port 4500 is open to anybody, and so is UDP_ENCAP: the daemon's socket shows by
 * the rights of who opened it.
 */
static bool daemon_socket(const struct klips_net *kn, const struct sk_buff *skb)
{
	struct sock *sk = skb->sk;
	bool may = false;

	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_UDP)
		return false;
	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_socket && sk->sk_socket->file)
		may = file_ns_capable(sk->sk_socket->file, kn->net->user_ns, CAP_NET_ADMIN);
	read_unlock_bh(&sk->sk_callback_lock);
	return may;
}

static bool daemon_protocol(const struct klips_net *kn, const struct sk_buff *skb,
			    const struct klips_flow *flow)
{
	switch (flow->proto) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return true;
	case IPPROTO_UDP:
		return flow->sport == htons(PORT_IKE) ||
		       (flow->sport == htons(PORT_NATT) && daemon_socket(kn, skb));
	default:
		return false;
	}
}

static bool to_the_peer(const struct klips_flow *flow, const struct klips_eroute *er)
{
	const struct klips_addr *dst = &er->said.dst;
	struct klips_addr none = { .family = dst->family };

	if (!memcmp(dst, &none, sizeof(none)))
		return true;
	return dst->family == flow->family &&
	       !memcmp(dst->bytes, flow->dst.bytes, sizeof(dst->bytes));
}

/* A policy of the socket's own that lets everything through; setting one takes CAP_NET_ADMIN. */
static bool asked_for(const struct sk_buff *skb)
{
	const struct xfrm_policy *policy;

	if (!skb->sk || !sk_fullsock(skb->sk))
		return false;
	policy = rcu_dereference(skb->sk->sk_policy[XFRM_POLICY_OUT]);
	return policy && policy->action == XFRM_POLICY_ALLOW && !policy->xfrm_nr;
}

static bool from_here(const struct klips_net *kn, const struct klips_flow *flow)
{
	if (flow->family == AF_INET)
		return inet_addr_type(kn->net, flow->src.v4) == RTN_LOCAL;
	return ipv6_chk_addr(kn->net, &flow->src.v6, NULL, 0);
}

/**
 * klips_bypass() - may this packet pass in clear, eroute or not?
 * @kn:		namespace
 * @skb:	the packet
 * @flow:	its key
 * @er:		the eroute it met, NULL if none
 *
 * It may if it is this host's own IKE, ESP or AH, and there is no eroute, or
 * the eroute is a shunt, or its tunnel ends where the packet is going; or if its
 * socket asked for it, as key daemons do with IP_XFRM_POLICY. Under
 * rcu_read_lock().
 *
 * Return: true if it may.
 */
bool klips_bypass(const struct klips_net *kn, const struct sk_buff *skb,
		  const struct klips_flow *flow, const struct klips_eroute *er)
{
	bool may = daemon_protocol(kn, skb, flow) && (!er || to_the_peer(flow, er));

	return (may || asked_for(skb)) && from_here(kn, flow);
}
