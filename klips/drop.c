// SPDX-License-Identifier: GPL-2.0-only
/*
 * Losing a packet: the one place where packets end that do not go on.
 */
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "klips/drop.h"
#include "klips/klips.h"
#include "klips/trace.h"

static const struct {
	const char *name;
	u8 class;
} rows[KLIPS_DROP_COUNT] = {
	[KLIPS_DROP_NONE] = { "none", KLIPS_TXD },
#define X(id, sum) [KLIPS_DROP_##id] = { #id, KLIPS_##sum },
	KLIPS_DROPS(X)
#undef X
};

/**
 * klips_drop_name() - name of a drop reason
 * @why:	the reason
 *
 * Return: its name in capitals, as the enum has it; NULL out of range.
 */
const char *klips_drop_name(enum klips_drop why)
{
	return why < KLIPS_DROP_COUNT ? rows[why].name : NULL;
}

/**
 * klips_drop_read() - how many packets were lost for a reason
 * @kn:		namespace
 * @why:	the reason
 *
 * Return: the sum over CPUs.
 */
u64 klips_drop_read(const struct klips_net *kn, enum klips_drop why)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(kn->drops, cpu)->count[why]);
	return sum;
}

static void count_on_device(struct net_device *dev, u8 class)
{
	switch (class) {
	case KLIPS_TXD:
		dev_core_stats_tx_dropped_inc(dev);
		break;
	case KLIPS_RXD:
		dev_core_stats_rx_dropped_inc(dev);
		break;
	case KLIPS_TXE:
		DEV_STATS_INC(dev, tx_errors);
		break;
	case KLIPS_RXE:
		DEV_STATS_INC(dev, rx_errors);
		break;
	}
}

/**
 * klips_drop_note() - count a packet that somebody else frees
 * @kn:		its namespace
 * @dev:	ipsecN to charge, NULL if none is known
 * @skb:	the packet
 * @why:	the reason, not KLIPS_DROP_NONE
 *
 * Any context.
 */
void klips_drop_note(struct klips_net *kn, struct net_device *dev, const struct sk_buff *skb,
		     enum klips_drop why)
{
	this_cpu_inc(kn->drops->count[why]);
	if (dev)
		count_on_device(dev, rows[why].class);
	trace_klips_drop(kn->net, dev, skb, why);
}

/**
 * klips_drop() - count and free a packet that goes no further
 * @kn:		its namespace
 * @dev:	ipsecN to charge, NULL if none is known
 * @skb:	the packet; freed
 * @why:	the reason, not KLIPS_DROP_NONE
 *
 * Any context.
 */
void klips_drop(struct klips_net *kn, struct net_device *dev, struct sk_buff *skb,
		enum klips_drop why)
{
	klips_drop_note(kn, dev, skb, why);
	kfree_skb(skb);
}
