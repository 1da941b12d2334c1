// SPDX-License-Identifier: GPL-2.0-only
/*
 * A wire between two gateways, a sender, a sink and a clock, in one module.
 *
 *	left --[ gateway a ]-- wirea ~~~~ wireb --[ gateway b ]-- right
 *
 * The script moves left and wirea into one namespace, wireb and right into another,
 * and writes a line to /proc/bench:
 *
 *	PATH SIZE COUNT		PATH is enc, dec or both
 *
 * Packets of UDP over IPv4, SIZE bytes with their IP header, enter in batches, as a
 * driver's poll would hand them up.  On the clock is one batch at a time, from its
 * first packet in until its last one out; making packets is not:
 *
 *	enc	in by left, out by wirea, and gone there
 *	dec	in by wireb, as wirea sent them a moment ago; out by right
 *	both	in by left, out by right
 *
 * Reading the file gives what came of it, as NAME=VALUE.  Times are tenths of a
 * nanosecond per packet; "low" is the lower quartile of the batches: a batch is
 * shorter than a time slice of a busy machine, and so most see nothing of the others.
 */
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/udp.h>
#include <net/ip.h>

enum {
	BATCH = 256,
	POLL = 64,		/* handed up with bottom halves off, as NAPI does */
	LEAST_SIZE = sizeof(struct iphdr) + sizeof(struct udphdr),
	MOST_SIZE = 8192,
	MOST_COUNT = 1 << 24,
	PORT = 4000,
	SOURCE = 0x0a010002,	/* 10.1.0.2 behind a */
	TARGET = 0x0a020002,	/* 10.2.0.2 behind b */
};

enum port { LEFT, WIREA, WIREB, RIGHT, PORTS };

/* What becomes of a packet that a gateway sends by a device. */
enum fate { SINK, CROSS, KEEP };

/**
 * struct port_state - a device's private part
 * @fate:	of what is sent by it
 * @kept:	packets under KEEP
 */
struct port_state {
	enum fate fate;
	struct sk_buff_head kept;
};

/**
 * struct finish - the device at which packets are counted
 * @dev:	it, NULL between two runs
 * @left:	packets of this batch not yet there
 * @all:	completed by the last one
 * @len:	length and
 * @proto:	protocol of the last one's IP header, to show that it was encrypted
 */
static struct finish {
	struct net_device *dev;
	atomic_t left;
	struct completion all;
	unsigned int len;
	u8 proto;
} finish;

static const char *const names[PORTS] = { "left", "wirea", "wireb", "right" };
static struct net_device *ports[PORTS];
static struct proc_dir_entry *file;
static DEFINE_MUTEX(one_run);		/* guards all here */
static struct sk_buff *batch[BATCH];
static char answer[256];

static struct port_state *state_of(enum port port)
{
	return netdev_priv(ports[port]);
}

/* --- the devices ------------------------------------------------------------ */

static void arrived(const struct sk_buff *skb)
{
	if (atomic_dec_return(&finish.left))
		return;
	finish.len = skb->len - ETH_HLEN;
	finish.proto = ip_hdr(skb)->protocol;
	complete(&finish.all);
}

static void cross(struct sk_buff *skb, const struct net_device *from)
{
	struct net_device *to = ports[from == ports[WIREA] ? WIREB : WIREA];

	skb_orphan(skb);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	ether_addr_copy(eth_hdr(skb)->h_dest, to->dev_addr);
	if (!__dev_forward_skb(to, skb))
		netif_rx(skb);
}

static netdev_tx_t port_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct port_state *state = netdev_priv(dev);

	if (dev == READ_ONCE(finish.dev))
		arrived(skb);
	switch (READ_ONCE(state->fate)) {
	case CROSS:
		cross(skb, dev);
		break;
	case KEEP:
		skb_orphan(skb);
		skb_queue_tail(&state->kept, skb);
		break;
	case SINK:
		dev_consume_skb_any(skb);
		break;
	}
	return NETDEV_TX_OK;
}

static const struct net_device_ops port_ops = {
	.ndo_start_xmit = port_xmit,
	.ndo_validate_addr = eth_validate_addr,
};

static void port_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &port_ops;
	dev->needs_free_netdev = true;
	dev->flags |= IFF_NOARP;
	dev->flags &= ~IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->max_mtu = MOST_SIZE;
	dev->lltx = true;
	dev->features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA;
	skb_queue_head_init(&((struct port_state *)netdev_priv(dev))->kept);
}

/* --- packets ----------------------------------------------------------------- */

static void fill_packet(u8 *to, unsigned int size, u16 id)
{
	struct iphdr *iph = (struct iphdr *)to;
	struct udphdr *uh = (struct udphdr *)(iph + 1);

	memset(to, 0, size);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tot_len = htons(size);
	iph->id = htons(id);
	iph->ttl = 64;
	iph->protocol = IPPROTO_UDP;
	iph->saddr = htonl(SOURCE);
	iph->daddr = htonl(TARGET);
	ip_send_check(iph);
	uh->source = htons(PORT);
	uh->dest = htons(PORT);
	uh->len = htons(size - sizeof(*iph));
}

/* A buffer as a driver has just received it: Ethernet header, @size bytes behind. */
static struct sk_buff *received(enum port port, unsigned int size, u8 **ip)
{
	struct net_device *dev = ports[port];
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, ETH_HLEN + size);
	struct ethhdr *eth;

	if (!skb)
		return NULL;
	eth = skb_put(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	eth_zero_addr(eth->h_source);
	eth->h_proto = htons(ETH_P_IP);
	*ip = skb_put(skb, size);
	skb->protocol = eth_type_trans(skb, dev);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

static void drop_batch(void)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		kfree_skb(batch[i]);
		batch[i] = NULL;
	}
}

static int make_batch(unsigned int size, u16 id)
{
	u8 *ip;
	int i;

	for (i = 0; i < BATCH; i++) {
		batch[i] = received(LEFT, size, &ip);
		if (!batch[i])
			return -ENOMEM;
		fill_packet(ip, size, id + i);
	}
	return 0;
}

/* The packets that wirea kept, in new buffers, at wireb. */
static int carry_batch(void)
{
	struct sk_buff_head *kept = &state_of(WIREA)->kept;
	struct sk_buff *skb;
	int i, err = 0;
	u8 *ip;

	for (i = 0; i < BATCH && !err; i++) {
		skb = skb_dequeue(kept);
		if (!skb)
			return -ENODATA;
		batch[i] = received(WIREB, skb->len - ETH_HLEN, &ip);
		err = batch[i] ? skb_copy_bits(skb, ETH_HLEN, ip, skb->len - ETH_HLEN) : -ENOMEM;
		consume_skb(skb);
	}
	return err;
}

/* --- the clock ---------------------------------------------------------------- */

/* Let the batch in, wait for it at @out.  Return: nanoseconds; 0 if some were lost. */
static u64 pass_batch(enum port out, unsigned int *lost)
{
	u64 start;
	int i;

	atomic_set(&finish.left, BATCH);
	reinit_completion(&finish.all);
	WRITE_ONCE(finish.dev, ports[out]);
	start = ktime_get_ns();
	for (i = 0; i < BATCH; i++) {
		if (i % POLL == 0)
			local_bh_disable();
		netif_receive_skb(batch[i]);
		batch[i] = NULL;
		if (i % POLL == POLL - 1)
			local_bh_enable();
	}
	if (atomic_read(&finish.left))
		wait_for_completion_timeout(&finish.all, HZ / 4);
	start = ktime_get_ns() - start;
	WRITE_ONCE(finish.dev, NULL);
	*lost += atomic_read(&finish.left);
	return atomic_read(&finish.left) ? 0 : start;
}

static int one_batch(const char *path, unsigned int size, u16 id, u64 *ns, unsigned int *lost)
{
	int err = make_batch(size, id);

	if (!err && !strcmp(path, "dec")) {
		if (!pass_batch(WIREA, lost))
			return -ENODATA;
		err = carry_batch();
	}
	if (!err)
		*ns = pass_batch(strcmp(path, "enc") ? RIGHT : WIREA, lost);
	return err;
}

static int by_size(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void report(u32 *times, unsigned int n, unsigned int sent, unsigned int lost)
{
	sort(times, n, sizeof(*times), by_size, NULL);
	snprintf(answer, sizeof(answer),
		 "sent=%u lost=%u low=%u median=%u len=%u proto=%u\n", sent, lost,
		 n ? times[n / 4] : 0, n ? times[n / 2] : 0, finish.len, finish.proto);
}

static int run(const char *path, unsigned int size, unsigned int count)
{
	unsigned int batches = count / BATCH, i, n = 0, lost = 0;
	u32 *times = kvcalloc(batches, sizeof(*times), GFP_KERNEL);
	int err = times ? 0 : -ENOMEM;

	finish.len = 0;
	finish.proto = 0;
	state_of(WIREA)->fate = !strcmp(path, "enc") ? SINK :
				!strcmp(path, "dec") ? KEEP : CROSS;
	for (i = 0; i < batches && !err; i++) {
		u64 ns = 0;

		err = one_batch(path, size, i * BATCH, &ns, &lost);
		if (ns)
			times[n++] = div_u64(ns * 10, BATCH);
		cond_resched();
		if (signal_pending(current))
			err = -EINTR;
	}
	drop_batch();
	skb_queue_purge(&state_of(WIREA)->kept);
	if (!err || err == -ENODATA)
		report(times, n, i * BATCH, lost);
	kvfree(times);
	return err == -ENODATA ? 0 : err;
}

/* --- /proc/bench ---------------------------------------------------------------- */

static bool is_path(const char *word)
{
	return !strcmp(word, "enc") || !strcmp(word, "dec") || !strcmp(word, "both");
}

static ssize_t bench_write(struct file *f, const char __user *from, size_t len, loff_t *off)
{
	unsigned int size, count;
	char line[64] = {}, path[8];
	int err;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, len))
		return -EFAULT;
	if (sscanf(line, "%7s %u %u", path, &size, &count) != 3 || !is_path(path) ||
	    size < LEAST_SIZE || size > MOST_SIZE || count < BATCH || count > MOST_COUNT)
		return -EINVAL;
	mutex_lock(&one_run);
	err = run(path, size, count);
	mutex_unlock(&one_run);
	return err ? err : len;
}

static int bench_show(struct seq_file *m, void *v)
{
	mutex_lock(&one_run);
	seq_puts(m, answer);
	mutex_unlock(&one_run);
	return 0;
}

static int bench_open(struct inode *inode, struct file *f)
{
	return single_open(f, bench_show, NULL);
}

static const struct proc_ops bench_proc_ops = {
	.proc_open = bench_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = bench_write,
};

/* --- start and stop --------------------------------------------------------------- */

static void remove_ports(void)
{
	int i;

	for (i = 0; i < PORTS; i++)
		if (ports[i])
			unregister_netdev(ports[i]);
}

static int add_port(enum port port)
{
	struct net_device *dev = alloc_netdev(sizeof(struct port_state), names[port],
					      NET_NAME_PREDICTABLE, port_setup);
	int err;

	if (!dev)
		return -ENOMEM;
	err = register_netdev(dev);
	if (err)
		free_netdev(dev);
	else
		ports[port] = dev;
	return err;
}

static int __init bench_init(void)
{
	int i, err = 0;

	init_completion(&finish.all);
	for (i = 0; i < PORTS && !err; i++)
		err = add_port(i);
	if (!err) {
		state_of(WIREB)->fate = CROSS;	/* handshakes */
		file = proc_create("bench", 0600, NULL, &bench_proc_ops);
		err = file ? 0 : -ENOMEM;
	}
	if (err)
		remove_ports();
	return err;
}

static void __exit bench_exit(void)
{
	proc_remove(file);
	remove_ports();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a sender, a wire and a clock for KLIPS benchmarks");
