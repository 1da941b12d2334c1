// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inbound: an encapsulated packet's way from INPUT on the physical device to
 * ipsecN, step by step.
 *
 * We stand ahead of the kernel's own ESP, AH and IPCOMP in the list of protocol handlers and
 * leave it every packet whose SAID is not ours, untouched. What is ours is
 * undone transform by transform; each must belong to the group of the one
 * before, and only the first of a group is found by its SPI. RFC 4301, 5.2;
 * RFC 3173, 2.2; RFC 3948.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ah.h>
#include <net/gro_cells.h>
#include <net/ip.h>
#include <net/ipcomp.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "klips/crypt.h"
#include "klips/device.h"
#include "klips/ipcomp.h"
#include "klips/klips.h"
#include "klips/rcv.h"
#include "klips/secpath.h"
#include "klips/trace.h"
#include "klips/xform.h"
#include "klips/xmit.h"

/* xfrm4_protocol.priority: ip_vti has 100, the kernel's own ESP 0. */
#define KLIPS_RCV_PRIORITY	200

/* --- policy ----------------------------------------------------------------- */

static int policy_check(const struct klips_sa *sa)
{
	return READ_ONCE(sa->kn->sysctl.inbound_policy_check);
}

static bool from_anywhere(const struct klips_sa *sa)
{
	const struct klips_addr any = { .family = sa->src.family };

	return !memcmp(&sa->src, &any, sizeof(any));
}

static bool outer_source_ok(const struct sk_buff *skb, const struct klips_sa *sa)
{
	if (!policy_check(sa) || from_anywhere(sa))
		return true;
	if (sa->src.family != KLIPS_IN(skb)->family)
		return false;
	if (sa->src.family == AF_INET)
		return ip_hdr(skb)->saddr == sa->src.v4;
	return ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &sa->src.v6);
}

/**
 * klips_rcv_flow_allowed() - may this inner packet come out of this tunnel?
 * @skb:	network header at the inner IP header, which has been checked
 * @sa:		inbound IPIP SA
 * @family:	of the inner header
 *
 * Under rcu_read_lock(). What a tunnel without a stored flow lets through is
 * for inbound_policy_check to say. What a stored flow refuses it counts.
 */
bool klips_rcv_flow_allowed(const struct sk_buff *skb, const struct klips_sa *sa, u16 family)
{
	struct klips_inflow *inflow = rcu_dereference(sa->inflow);
	struct klips_flow flow;

	if (!policy_check(sa))
		return true;
	if (!inflow)
		return policy_check(sa) < 2;
	if (klips_flow_checked(skb, family, &flow) && klips_selector_match(&inflow->sel, &flow))
		return true;
	atomic64_inc(&inflow->refused);
	return false;
}

/* --- steps -------------------------------------------------------------------- */

/*
 * A transform is off: move the IP header up to what it carried and let it name
 * that.
 */
static void close_gap(struct sk_buff *skb, u8 next)
{
	const struct klips_in *in = KLIPS_IN(skb);
	u8 *hdr = skb->data - in->hdr_len;

	memmove(hdr, skb_network_header(skb), in->hdr_len);
	skb_set_network_header(skb, -(int)in->hdr_len);
	hdr[in->nh_off] = next;
	if (in->family == AF_INET) {
		ip_hdr(skb)->tot_len = htons(skb->len + in->hdr_len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len =
			htons(skb->len + in->hdr_len - sizeof(struct ipv6hdr));
	}
}

/* @summed: what is known of the checksums in it, CHECKSUM_NONE or CHECKSUM_UNNECESSARY. */
static void deliver(struct sk_buff *skb, u8 summed)
{
	struct net_device *dev = KLIPS_IN(skb)->dev;
	struct klips_net *kn = klips_net(dev_net(dev));
	enum klips_drop why = KLIPS_DROP_NONE;

	skb_scrub_packet(skb, false);
	if (!netif_running(dev))
		why = KLIPS_DROP_IN_DEVICE_DOWN;
	else if (READ_ONCE(kn->sysctl.policy_match))
		why = klips_secpath_add(kn, skb);
	if (why) {
		klips_drop(kn, dev, skb, why);
		return;
	}
	skb_reset_network_header(skb);
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb->ip_summed = summed;
	skb->csum_level = 0;
	skb->encapsulation = 0;
	skb_clear_hash(skb);
	trace_klips_deliver(dev, skb);
	klips_dev_receive(dev, skb);
}

/*
 * Transport mode: the packet as it was before ESP, its header in front again. A NAT on
 * the way has changed the addresses that the checksum of TCP or UDP covers, and could
 * not change that; the packet is authentic without it (RFC 3948, 3.1.2).
 */
static void deliver_transport(struct sk_buff *skb)
{
	skb_push(skb, KLIPS_IN(skb)->hdr_len);
	deliver(skb, KLIPS_IN(skb)->encap ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE);
}

static u8 proto_of_next(int next)
{
	switch (next) {
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		return KLIPS_PROTO_IPIP;
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_COMP:
		return next;
	default:
		return KLIPS_PROTO_NONE;
	}
}

/*
 * The SA of the group whose turn it is, NULL behind the last. A sender
 * compresses only what gets shorter: a COMP SA may be passed over.
 */
static struct klips_sa *next_sa(const struct sk_buff *skb, struct klips_sa *sa, u8 proto)
{
	struct klips_sa *next = rcu_dereference(sa->next);

	if (!next || next->said.proto != KLIPS_PROTO_COMP || proto == KLIPS_PROTO_COMP)
		return next;
	klips_comp_passed(next, skb->len + KLIPS_IN(skb)->hdr_len);
	return rcu_dereference(next->next);
}

static enum klips_drop enter(struct sk_buff *skb, struct klips_sa *sa)
{
	struct klips_in *in = KLIPS_IN(skb);

	if (in->depth >= KLIPS_BUNDLE_MAX)
		return KLIPS_DROP_IN_NESTING;
	in->path[in->depth++] = sa->id;
	if (!klips_sa_usable(sa) || !sa->xform)
		return KLIPS_DROP_IN_SA_STATE;
	if (klips_sa_expired(sa))
		return KLIPS_DROP_IN_SA_EXPIRED;
	if (!outer_source_ok(skb, sa))
		return KLIPS_DROP_IN_SOURCE;
	in->sa = sa;
	trace_klips_sa_in(in->dev, skb, &sa->said);
	return KLIPS_DROP_NONE;
}

/* The SPI at skb->data, a CPI in 32 bits; false if the packet ends before it. */
static bool read_spi(struct sk_buff *skb, u8 proto, __be32 *spi)
{
	switch (proto) {
	case KLIPS_PROTO_ESP:
		if (!pskb_may_pull(skb, sizeof(struct ip_esp_hdr)))
			return false;
		*spi = ((struct ip_esp_hdr *)skb->data)->spi;
		return true;
	case KLIPS_PROTO_AH:
		if (!pskb_may_pull(skb, sizeof(struct ip_auth_hdr)))
			return false;
		*spi = ((struct ip_auth_hdr *)skb->data)->spi;
		return true;
	case KLIPS_PROTO_COMP:
		if (!pskb_may_pull(skb, sizeof(struct ip_comp_hdr)))
			return false;
		*spi = htonl(ntohs(((struct ip_comp_hdr *)skb->data)->cpi));
		return true;
	default:
		return false;
	}
}

/* A transform directly in another names its own SPI; it must be that of the next SA. */
static bool same_spi(struct sk_buff *skb, const struct klips_sa *sa)
{
	__be32 spi;

	if (sa->said.proto == KLIPS_PROTO_IPIP)
		return true;
	if (!read_spi(skb, sa->said.proto, &spi))
		return false;
	if (sa->said.proto == KLIPS_PROTO_COMP)
		return spi == htonl(KLIPS_CPI_DEFLATE) ||
		       spi == (sa->said.spi & htonl(U16_MAX));
	return spi == sa->said.spi;
}

static void lose(struct sk_buff *skb, enum klips_drop why)
{
	struct net_device *dev = KLIPS_IN(skb)->dev;

	klips_drop(klips_net(dev_net(dev)), dev, skb, why);
}

/* Daemons are told of a change so often at most; an SA's packets may be many. */
#define MAPPING_INTERVAL	HZ

static void outer_src(const struct sk_buff *skb, u16 family, struct klips_addr *src)
{
	memset(src, 0, sizeof(*src));
	src->family = family;
	if (family == AF_INET)
		src->v4 = ip_hdr(skb)->saddr;
	else
		src->v6 = ipv6_hdr(skb)->saddr;
}

/*
 * The first transform of a packet that came in UDP is off, so the packet is authentic:
 * does it come from where the SA says? UDP still lies behind the outer header.
 */
static void watch_mapping(const struct sk_buff *skb, struct klips_sa *sa)
{
	const struct klips_in *in = KLIPS_IN(skb);
	unsigned long told = READ_ONCE(sa->mapping_told), now = jiffies ?: 1;
	const struct udphdr *uh;
	struct klips_addr src;

	if (!in->encap || in->depth != 1 || !sa->natt || !READ_ONCE(sa->natt_sport))
		return;
	uh = (const void *)(skb_network_header(skb) + in->hdr_len);
	outer_src(skb, in->family, &src);
	if (ntohs(uh->source) == READ_ONCE(sa->natt_sport) &&
	    (from_anywhere(sa) || !memcmp(&src, &sa->src, sizeof(src))))
		return;
	if (told && time_before(now, told + MAPPING_INTERVAL))
		return;
	if (cmpxchg(&sa->mapping_told, told, now) == told)
		klips_pfkey_new_mapping(sa, &src, ntohs(uh->source));
}

/*
 * @next is what the last transform left at skb->data: undo one more, or
 * deliver. Consumes the packet.
 */
static void run(struct sk_buff *skb, int next)
{
	struct klips_in *in = KLIPS_IN(skb);
	enum klips_drop why;
	struct klips_sa *sa;
	u8 proto;

	for (;;) {
		if (next == KLIPS_TAKEN)
			return;
		if (next < 0)
			return lose(skb, -next);
		klips_sa_count(in->sa, skb->len);
		watch_mapping(skb, in->sa);
		if (next == KLIPS_INNER) {
			if (rcu_access_pointer(in->sa->next))
				return lose(skb, KLIPS_DROP_IN_BUNDLE);
			return deliver(skb, CHECKSUM_NONE);
		}
		if (next == IPPROTO_NONE)	/* RFC 4303, 2.6: only there to hide the others */
			return lose(skb, KLIPS_DROP_IN_NEXT_HEADER);
		close_gap(skb, next);
		proto = proto_of_next(next);
		sa = next_sa(skb, in->sa, proto);
		if (!sa && proto == KLIPS_PROTO_NONE)
			return deliver_transport(skb);
		if (!sa || sa->said.proto != proto || !same_spi(skb, sa))
			return lose(skb, KLIPS_DROP_IN_BUNDLE);
		why = enter(skb, sa);
		if (why)
			return lose(skb, why);
		next = sa->xform->input(skb, sa);
	}
}

/**
 * klips_rcv_resume() - go on with a packet that a cipher had taken
 * @skb:	the packet; the SA and the device in its KLIPS_IN() are
 *		referenced, and put here
 * @next:	what the transform's input would have returned
 *
 * Bottom halves are off.
 */
void klips_rcv_resume(struct sk_buff *skb, int next)
{
	struct net_device *dev = KLIPS_IN(skb)->dev;
	struct klips_sa *sa = KLIPS_IN(skb)->sa;

	rcu_read_lock();
	/* A group dies as one: while this SA lives, so does what follows it. */
	if (next >= 0 && !klips_sa_usable(sa))
		next = -KLIPS_DROP_IN_SA_STATE;
	run(skb, next);
	rcu_read_unlock();
	klips_crypt_put_refs(sa, dev);
}

/* --- the entry ----------------------------------------------------------------- */

static void outer_dst(const struct sk_buff *skb, u16 family, struct klips_addr *dst)
{
	dst->family = family;
	if (family == AF_INET)
		dst->v4 = ip_hdr(skb)->daddr;
	else
		dst->v6 = ipv6_hdr(skb)->daddr;
}

/*
 * Unknown SPI: the kernel's own stack may know it. If it does not either, and
 * the packet came in on a device of ours, it is lost here and counted, and
 * nobody is told; else it is none of our business.
 */
static int not_ours(struct klips_net *kn, struct sk_buff *skb, const struct klips_said *said)
{
	struct klips_dev *kd = klips_dev_of_arrival(kn, skb->dev);
	xfrm_address_t dst;
	struct xfrm_state *x;

	if (!kd)
		return -EINVAL;
	memcpy(&dst, said->dst.bytes, sizeof(dst));
	x = xfrm_state_lookup(kn->net, skb->mark, &dst, said->spi, said->proto,
			      said->dst.family);
	if (x) {
		xfrm_state_put(x);
		return -EINVAL;
	}
	trace_klips_rcv(skb->dev, skb);
	klips_drop(kn, kd->dev, skb, KLIPS_DROP_IN_NO_SA);
	return 0;
}

static bool natt_ok(const struct klips_sa *sa, int encap)
{
	return !policy_check(sa) || (sa->natt == KLIPS_NATT_NONE) == !encap;
}

/*
 * The interface number of PLUMBIF names the ipsecN an SA's packets appear on; if that
 * has gone they appear on no other.
 */
static struct net_device *out_device(struct klips_net *kn, const struct klips_sa *sa,
				     struct net_device *arrival)
{
	struct klips_dev *kd = sa->outif ? klips_dev_find(kn, sa->outif - KLIPS_PLUMBIF_IPSEC) :
					   klips_dev_of_arrival(kn, arrival);

	return kd ? kd->dev : NULL;
}

/* IPCOMP authenticates nothing; something behind it has to, as outbound. */
static bool authentic(const struct klips_sa *sa)
{
	if (READ_ONCE(sa->kn->sysctl.plain_ipip))
		return true;
	for (; sa; sa = rcu_dereference(sa->next))
		if (sa->said.proto == KLIPS_PROTO_ESP || sa->said.proto == KLIPS_PROTO_AH)
			return true;
	return false;
}

/* May a packet begin its way at this SA? Inside a group that would leave some out. */
static enum klips_drop may_start(const struct klips_sa *sa, int encap)
{
	if (READ_ONCE(sa->prev))
		return KLIPS_DROP_IN_BUNDLE;
	if (!authentic(sa))
		return KLIPS_DROP_IN_PLAIN;
	return natt_ok(sa, encap) ? KLIPS_DROP_NONE : KLIPS_DROP_IN_NATT;
}

static void start(struct sk_buff *skb, struct klips_sa *sa, struct net_device *dev, u16 family,
		  int encap)
{
	unsigned int nh_off = family == AF_INET ? offsetof(struct iphdr, protocol) :
						  IP6CB(skb)->nhoff;
	unsigned int hdr_len = skb->data - skb_network_header(skb);
	struct klips_in *in = KLIPS_IN(skb);
	enum klips_drop why;

	memset(in, 0, sizeof(*in));
	in->dev = dev;
	in->family = family;
	in->encap = encap;
	in->nh_off = nh_off;
	in->hdr_len = hdr_len - (encap ? sizeof(struct udphdr) : 0);
	why = may_start(sa, encap);
	if (!why)
		why = enter(skb, sa);
	if (why)
		lose(skb, why);
	else
		run(skb, sa->xform->input(skb, sa));
}

/* Without an SPI it is nobody's: lost here too, where there is an ipsecN to tell. */
static int too_short(struct klips_net *kn, struct sk_buff *skb)
{
	struct klips_dev *kd = klips_dev_of_arrival(kn, skb->dev);

	if (!kd)
		return -EINVAL;
	klips_drop(kn, kd->dev, skb, KLIPS_DROP_IN_RUNT);
	return 0;
}

/* Returns 0 if the packet was taken, -EINVAL (and it is untouched) if not. */
static int receive(struct sk_buff *skb, u16 family, u8 proto, int encap)
{
	struct klips_net *kn = klips_net(dev_net(skb->dev));
	struct klips_said said = { .proto = proto };
	struct net_device *dev;
	struct klips_sa *sa;

	if (!read_spi(skb, proto, &said.spi))
		return too_short(kn, skb);
	outer_dst(skb, family, &said.dst);
	sa = klips_sa_find(kn, &said);
	if (!sa)
		return not_ours(kn, skb, &said);
	trace_klips_rcv(skb->dev, skb);
	dev = out_device(kn, sa, skb->dev);
	if (dev)
		start(skb, sa, dev, family, encap);
	else
		klips_drop(kn, NULL, skb, KLIPS_DROP_IN_NO_DEVICE);
	return 0;
}

static int receive4(struct sk_buff *skb)
{
	return receive(skb, AF_INET, ip_hdr(skb)->protocol, 0);
}

static int receive6(struct sk_buff *skb)
{
	return receive(skb, AF_INET6, skb_network_header(skb)[IP6CB(skb)->nhoff], 0);
}

/* Out of UDP; the IP header names that, @proto what was in it. */
static int receive4_encap(struct sk_buff *skb, int proto, __be32 spi, int encap_type)
{
	return receive(skb, AF_INET, proto, encap_type);
}

static int receive6_encap(struct sk_buff *skb, int proto, __be32 spi, int encap_type)
{
	return receive(skb, AF_INET6, proto, encap_type);
}

/* The rest of the handlers' interface: not mine, ask the next one. */
static int pass_cb(struct sk_buff *skb, int err)
{
	return 1;
}

static const u8 protos[] = { IPPROTO_ESP, IPPROTO_AH, IPPROTO_COMP };

/* One for each protocol, since the kernel links them into lists. */
static struct xfrm4_protocol handlers4[] = {
	[0 ... ARRAY_SIZE(protos) - 1] = {
		.handler = receive4,
		.input_handler = receive4_encap,
		.cb_handler = pass_cb,
		.err_handler = klips_pmtu_err4,
		.priority = KLIPS_RCV_PRIORITY,
	},
};

static struct xfrm6_protocol handlers6[] = {
	[0 ... ARRAY_SIZE(protos) - 1] = {
		.handler = receive6,
		.input_handler = receive6_encap,
		.cb_handler = pass_cb,
		.err_handler = klips_pmtu_err6,
		.priority = KLIPS_RCV_PRIORITY,
	},
};

static void deregister(unsigned int n4, unsigned int n6)
{
	while (n6--)
		xfrm6_protocol_deregister(&handlers6[n6], protos[n6]);
	while (n4--)
		xfrm4_protocol_deregister(&handlers4[n4], protos[n4]);
}

/**
 * klips_rcv_init() - begin to receive
 *
 * Return: 0, or -EEXIST if another module has our place in the list.
 */
int klips_rcv_init(void)
{
	unsigned int n4 = 0, n6 = 0;
	int err = 0;

	while (n4 < ARRAY_SIZE(protos) && !err) {
		err = xfrm4_protocol_register(&handlers4[n4], protos[n4]);
		n4 += !err;
	}
	while (n6 < ARRAY_SIZE(protos) && !err) {
		err = xfrm6_protocol_register(&handlers6[n6], protos[n6]);
		n6 += !err;
	}
	if (err)
		deregister(n4, n6);
	return err;
}

/**
 * klips_rcv_exit() - receive no more
 *
 * When it returns no packet is inside a handler any more.
 */
void klips_rcv_exit(void)
{
	deregister(ARRAY_SIZE(protos), ARRAY_SIZE(protos));
}
