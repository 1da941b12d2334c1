// SPDX-License-Identifier: GPL-2.0-only
/*
 * klipsdebug: lines in the kernel's log about what the tracepoints see, for those parts
 * whose debug word of the namespace asks for it. While no word of any namespace does,
 * nothing of this is called. Lines are rate limited, and there are no keys in them.
 *
 * For more than a look there are the tracepoints themselves, and `ipsec trace`.
 */
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include "klips/debug.h"
#include "klips/klips.h"
#include "klips/pfkey_msg.h"
#include "klips/trace.h"

/* Bits of the word "tunnel" that klipsdebug has names for. */
#define TUNNEL_XMIT	0x10
#define TUNNEL_ATTACH	0x100

/* Guards the number of namespaces with a word that is not 0; taken after config. */
static DEFINE_MUTEX(lock);
static unsigned int watching;

/* A thousand lines a second. */
static DEFINE_RATELIMIT_STATE(limit, HZ, 1000);

#define say(...)								\
	do {									\
		if (__ratelimit(&limit))					\
			pr_info(__VA_ARGS__);					\
	} while (0)

static const struct klips_debug *words_of(const struct net *net)
{
	return &klips_net(net)->sysctl.debug;
}

/* --- lines --------------------------------------------------------------------- */

static void say_packet(const char *where, const struct net_device *dev, const struct sk_buff *skb)
{
	struct klips_trace_ip ip;

	klips_trace_ip(skb, &ip);
	say("klips_debug:%s: %s %s:%u -> %s:%u proto %u len %u\n", where, dev->name, ip.src,
	    ip.sport, ip.dst, ip.dport, ip.proto, ip.len);
	if (READ_ONCE(words_of(dev_net(dev))->verbose))
		say("klips_debug:%s: skb %p mark %#x truesize %u\n", where, skb, skb->mark,
		    skb->truesize);
}

static void packet_out(const char *where, const struct net_device *dev, const struct sk_buff *skb)
{
	if (READ_ONCE(words_of(dev_net(dev))->tunnel) & TUNNEL_XMIT)
		say_packet(where, dev, skb);
}

static void packet_in(const char *where, const struct net_device *dev, const struct sk_buff *skb)
{
	if (READ_ONCE(words_of(dev_net(dev))->rcv))
		say_packet(where, dev, skb);
}

static bool asked_for_sa(const struct klips_debug *words, u8 proto)
{
	if (READ_ONCE(words->xform))
		return true;
	switch (proto) {
	case KLIPS_PROTO_ESP:
		return READ_ONCE(words->esp);
	case KLIPS_PROTO_AH:
		return READ_ONCE(words->ah);
	case KLIPS_PROTO_COMP:
		return READ_ONCE(words->ipcomp);
	default:
		return false;
	}
}

static void say_sa(const char *what, const struct net_device *dev, const struct sk_buff *skb,
		   const struct klips_said *said)
{
	char text[KLIPS_SAID_TEXT];

	if (!asked_for_sa(words_of(dev_net(dev)), said->proto))
		return;
	klips_said_ntop(said, KLIPS_SAID_SHORT, text, sizeof(text));
	say("klips_debug:%s: %s %s len %u\n", what, dev->name, text, skb->len);
}

/* --- probes ---------------------------------------------------------------------- */

static void on_xmit(void *data, const struct net_device *dev, const struct sk_buff *skb)
{
	packet_out("xmit", dev, skb);
}

static void on_send(void *data, const struct net_device *dev, const struct sk_buff *skb)
{
	packet_out("send", dev, skb);
}

static void on_hold(void *data, const struct net_device *dev, const struct sk_buff *skb)
{
	packet_out("hold", dev, skb);
}

static void on_release(void *data, const struct net_device *dev, const struct sk_buff *skb)
{
	packet_out("release", dev, skb);
}

static void on_rcv(void *data, const struct net_device *dev, const struct sk_buff *skb)
{
	packet_in("rcv", dev, skb);
}

static void on_deliver(void *data, const struct net_device *dev, const struct sk_buff *skb)
{
	packet_in("deliver", dev, skb);
}

static void on_eroute(void *data, const struct net_device *dev, const struct sk_buff *skb,
		      const struct klips_eroute *er, bool bypass)
{
	const struct klips_debug *words = words_of(dev_net(dev));
	struct klips_trace_eroute text;

	if (!READ_ONCE(words->eroute) && !READ_ONCE(words->radij))
		return;
	say_packet("lookup", dev, skb);
	klips_trace_eroute(er, &text);
	say("klips_debug:eroute: %s %s -> %s proto %u => %s\n",
	    bypass ? "bypass" : er ? "found" : "miss", text.src, text.dst, text.proto, text.said);
}

static void on_sa_out(void *data, const struct net_device *dev, const struct sk_buff *skb,
		      const struct klips_said *said)
{
	say_sa("apply", dev, skb, said);
}

static void on_sa_in(void *data, const struct net_device *dev, const struct sk_buff *skb,
		     const struct klips_said *said)
{
	say_sa("undo", dev, skb, said);
}

static void on_drop(void *data, const struct net *net, const struct net_device *dev,
		    const struct sk_buff *skb, int why)
{
	const struct klips_debug *words = words_of(net);

	if (why < KLIPS_DROP_IN_RUNT ? READ_ONCE(words->tunnel) & TUNNEL_XMIT :
				       READ_ONCE(words->rcv))
		say("klips_debug:drop: %s %s len %u\n", dev ? dev->name : "-",
		    klips_drop_name(why), skb->len);
}

static bool asked_for_message(const struct klips_debug *words, u8 type)
{
	if (READ_ONCE(words->pfkey) || READ_ONCE(words->netlink))
		return true;
	switch (type) {
	case KLIPS_MSG_ADDFLOW:
	case KLIPS_MSG_DELFLOW:
		return READ_ONCE(words->eroute) || READ_ONCE(words->radij);
	case KLIPS_MSG_GETSPI:
	case KLIPS_MSG_UPDATE:
	case KLIPS_MSG_ADD:
	case KLIPS_MSG_DELETE:
	case KLIPS_MSG_GET:
	case KLIPS_MSG_FLUSH:
	case KLIPS_MSG_GRPSA:
		return READ_ONCE(words->spi);
	default:
		return false;
	}
}

static void on_pfkey(void *data, const struct net *net, const struct klips_msg_hdr *hdr, int err)
{
	if (asked_for_message(words_of(net), hdr->type))
		say("klips_debug:pfkey: %s satype %u seq %u pid %u: %d\n",
		    klips_msg_name(hdr->type), hdr->satype, hdr->seq, hdr->pid, err);
}

static void on_attach(void *data, const struct net_device *dev, const struct net_device *phys)
{
	if (READ_ONCE(words_of(dev_net(dev))->tunnel) & TUNNEL_ATTACH)
		say("klips_debug:tncfg: %s -> %s\n", dev->name, phys ? phys->name : "NULL");
}

#define PROBES(X)								\
	X(xmit) X(send) X(hold) X(release) X(rcv) X(deliver) X(eroute) X(sa_out) X(sa_in) \
	X(drop) X(pfkey) X(attach)

static void stop(void)
{
#define X(event) unregister_trace_klips_##event(on_##event, NULL);
	PROBES(X)
#undef X
}

static int start(void)
{
	int err = 0;

#define X(event) err = err ?: register_trace_klips_##event(on_##event, NULL);
	PROBES(X)
#undef X
	if (err)
		stop();
	return err;
}

/* --- on and off -------------------------------------------------------------------- */

/**
 * klips_debug_changed() - debug words of a namespace have been set
 * @kn:	namespace
 *
 * Process context.
 *
 * Return: 0, or -ENOMEM and nothing is reported.
 */
int klips_debug_changed(struct klips_net *kn)
{
	struct klips_debug *words = &kn->sysctl.debug;
	int err = 0;
	bool on;

	mutex_lock(&lock);
	on = memchr_inv(words, 0, offsetof(struct klips_debug, watched));
	if (on && !words->watched && !watching++)
		err = start();
	if (!on && words->watched && !--watching)
		stop();
	watching -= !!err;
	words->watched = on && !err;
	mutex_unlock(&lock);
	return err;
}

/**
 * klips_debug_net_exit() - a namespace goes
 * @kn:	namespace
 */
void klips_debug_net_exit(struct klips_net *kn)
{
	memset(&kn->sysctl.debug, 0, offsetof(struct klips_debug, watched));
	klips_debug_changed(kn);
}

/**
 * klips_debug_exit() - no probe runs any more when it returns
 */
void klips_debug_exit(void)
{
	tracepoint_synchronize_unregister();
}
