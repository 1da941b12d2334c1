// SPDX-License-Identifier: GPL-2.0-only
/*
 * eroute/get: what would become of a packet.
 *
 * A program writes the packet's key, "inet SRC DST PROTO SPORT DPORT", and reads
 * the answer from the same open file: the eroute that the kernel's own lookup
 * finds, the one that came second, the SAs, the way out and the sizes.  Nothing
 * is counted and nothing is sent.
 */
#include <linux/capability.h>
#include <linux/inet.h>
#include <linux/proc_fs.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "klips/device.h"
#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/sa.h"
#include "klips/xmit.h"

#define WORDS	6

/**
 * struct get - one open file
 * @net:	proc_net's own, which has to be first
 * @asked:	@flow has been written
 * @flow:	the question
 */
struct get {
	struct seq_net_private net;
	bool asked;
	struct klips_flow flow;
};

/* --- the question -------------------------------------------------------------------- */

static bool read_addr(u8 family, const char *text, union klips_radix_addr *addr)
{
	const char *end = NULL;
	int ok;

	if (family == AF_INET)
		ok = in4_pton(text, -1, addr->bytes, -1, &end);
	else
		ok = in6_pton(text, -1, addr->bytes, -1, &end);
	return ok && end && !*end;
}

static int read_port(const char *text, const struct klips_flow *flow, __be16 *port)
{
	u16 value;
	int err = kstrtou16(text, 10, &value);

	if (err)
		return err;
	if (value && flow->proto != IPPROTO_TCP && flow->proto != IPPROTO_UDP)
		return -EINVAL;
	*port = htons(value);
	return 0;
}

static int read_words(char *const *word, struct klips_flow *flow)
{
	int err;

	if (!strcmp(word[0], "inet"))
		flow->family = AF_INET;
	else if (!strcmp(word[0], "inet6"))
		flow->family = AF_INET6;
	else
		return -EAFNOSUPPORT;
	if (!read_addr(flow->family, word[1], &flow->src) ||
	    !read_addr(flow->family, word[2], &flow->dst))
		return -EINVAL;
	err = kstrtou8(word[3], 10, &flow->proto);
	if (!err)
		err = read_port(word[4], flow, &flow->sport);
	if (!err)
		err = read_port(word[5], flow, &flow->dport);
	return err;
}

/* @buf ends with NUL, which is not counted in @size. */
static int get_write(struct file *file, char *buf, size_t size)
{
	struct seq_file *m = file->private_data;
	struct get *get = m->private;
	struct klips_flow flow = {};
	char *word[WORDS], *rest;
	int n = 0, err;

	if (!file_ns_capable(file, seq_file_net(m)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (strlen(buf) != size)
		return -EINVAL;
	rest = strim(buf);
	while (n < WORDS && rest)
		word[n++] = strsep(&rest, " ");
	if (n < WORDS || rest)
		return -EINVAL;
	err = read_words(word, &flow);
	if (err)
		return err;
	mutex_lock(&m->lock);
	get->flow = flow;
	get->asked = true;
	mutex_unlock(&m->lock);
	return 0;
}

/* --- the answer ---------------------------------------------------------------------- */

/*
 * Why the second lost: both match, so the first part of the selector in which
 * they differ decided.
 */
static const char *why_lost(const struct klips_selector *won, const struct klips_selector *lost)
{
	if (won->src_len != lost->src_len)
		return "source";
	if (won->dst_len != lost->dst_len)
		return "destination";
	if (won->proto != lost->proto)
		return "protocol";
	return won->sport != lost->sport ? "sport" : "dport";
}

static void put_eroutes(struct seq_file *m, const struct klips_eroute *won,
			const struct klips_eroute *second)
{
	seq_puts(m, "eroute\t");
	klips_proc_put_eroute(m, won);
	seq_putc(m, '\n');
	if (!second)
		return;
	seq_puts(m, "second\t");
	klips_proc_put_eroute(m, second);
	seq_printf(m, "\tlost=%s\n", why_lost(&won->entry.sel, &second->entry.sel));
}

static void put_sas(struct seq_file *m, const struct klips_sa *sa)
{
	int n;

	for (n = 0; sa && n < KLIPS_BUNDLE_MAX; n++) {
		seq_puts(m, "sa\tsaid=");
		klips_proc_put_said(m, &sa->said);
		seq_puts(m, "\tname=");
		klips_proc_put_sa_name(m, sa);
		seq_printf(m, "\tstate=%s\n", klips_proc_state(READ_ONCE(sa->state)));
		sa = rcu_dereference(sa->next);
	}
}

/* The caller releases what is returned. */
static struct dst_entry *route(struct klips_net *kn, int oif, const struct klips_addr *src,
			       const struct klips_addr *dst, u8 proto)
{
	struct flowi4 fl4 = {
		.flowi4_oif = oif, .flowi4_proto = proto, .flowi4_flags = FLOWI_FLAG_ANYSRC,
		.daddr = dst->v4, .saddr = src->v4,
	};
	struct flowi6 fl6 = {
		.flowi6_oif = oif, .flowi6_proto = proto, .flowi6_flags = FLOWI_FLAG_ANYSRC,
		.daddr = dst->v6, .saddr = src->v6,
	};
	struct rtable *rt;

	if (dst->family == AF_INET6)
		return ip6_dst_lookup_flow(kn->net, NULL, &fl6, NULL);
	rt = ip_route_output_flow(kn->net, &fl4, NULL);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

/* The ipsecN a route leads into, else the first that is attached, or NULL. */
static const struct net_device *find_device(struct klips_net *kn, const struct net_device *routed)
{
	struct klips_dev *kd;

	if (routed && klips_is_ipsec(routed))
		return routed;
	list_for_each_entry_rcu(kd, &kn->devs, list)
		if (rcu_access_pointer(kd->phys))
			return kd->dev;
	return NULL;
}

static void put_sizes(struct seq_file *m, struct klips_net *kn, const struct net_device *phys,
		      const struct klips_bundle *bundle, const struct klips_flow *flow)
{
	unsigned int hdr = flow->family == AF_INET6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct klips_addr src = { .family = flow->family }, dst = src;
	unsigned int path, mtu;
	struct dst_entry *entry;

	memcpy(src.bytes, flow->src.bytes, sizeof(src.bytes));
	memcpy(dst.bytes, flow->dst.bytes, sizeof(dst.bytes));
	if (bundle && bundle->dst.family) {
		src = bundle->src;
		dst = bundle->dst;
	}
	entry = route(kn, phys->ifindex, &src, &dst,
		      bundle ? bundle->last->said.proto : flow->proto);
	if (IS_ERR(entry) || entry->error) {
		seq_printf(m, "\tdrop=%s", klips_drop_name(KLIPS_DROP_OUT_NO_ROUTE));
	} else {
		path = dst_mtu(entry);
		mtu = bundle ? klips_bundle_mtu(bundle, path, hdr) : path;
		seq_printf(m, "\tpath_mtu=%u\tmtu=%u\toverhead=%u", path, mtu, path - mtu);
	}
	if (!IS_ERR(entry))
		dst_release(entry);
}

/* @why is a reason found before, or 0; @bundle is NULL for a packet without SAs. */
static void put_path(struct seq_file *m, struct klips_net *kn, const struct klips_flow *flow,
		     const struct klips_bundle *bundle, bool leaves, enum klips_drop why)
{
	struct klips_addr src = { .family = flow->family }, dst = src;
	const struct net_device *dev, *phys;
	struct dst_entry *entry;

	memcpy(src.bytes, flow->src.bytes, sizeof(src.bytes));
	memcpy(dst.bytes, flow->dst.bytes, sizeof(dst.bytes));
	entry = route(kn, 0, &src, &dst, flow->proto);
	dev = find_device(kn, IS_ERR(entry) || entry->error ? NULL : entry->dev);
	seq_printf(m, "path\trouted=%s", IS_ERR(entry) || entry->error ? "-" : entry->dev->name);
	phys = dev ? klips_dev_phys(dev) : NULL;
	if (dev)
		seq_printf(m, "\tdevice=%s", dev->name);
	if (phys)
		seq_printf(m, "\tphysical=%s", phys->name);
	if (!why && leaves && !phys)
		why = KLIPS_DROP_OUT_NOT_ATTACHED;
	if (why)
		seq_printf(m, "\tdrop=%s", klips_drop_name(why));
	else if (leaves)
		put_sizes(m, kn, phys, bundle, flow);
	seq_putc(m, '\n');
	if (!IS_ERR(entry))
		dst_release(entry);
}

static void put_answer(struct seq_file *m, struct klips_net *kn, const struct klips_flow *flow)
{
	struct klips_eroute *er = klips_eroute_lookup(kn, flow);
	struct klips_bundle bundle;
	enum klips_drop why;
	struct klips_sa *sa;
	u32 shunt;

	if (!er) {
		put_path(m, kn, flow, NULL, false, KLIPS_DROP_OUT_NO_EROUTE);
		return;
	}
	put_eroutes(m, er, klips_eroute_second(kn, flow, er));
	shunt = klips_eroute_shunt(er);
	if (shunt) {
		put_path(m, kn, flow, NULL, shunt == KLIPS_SHUNT_PASS, KLIPS_DROP_NONE);
		return;
	}
	sa = klips_sa_find(kn, &er->said);
	why = sa ? klips_bundle_check(sa, &bundle) : KLIPS_DROP_OUT_NO_SA;
	put_sas(m, sa);
	put_path(m, kn, flow, why ? NULL : &bundle, true, why);
}

static void *get_start(struct seq_file *m, loff_t *pos)
{
	struct get *get = m->private;

	if (!get->asked)
		return ERR_PTR(-ENODATA);
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *get_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void get_stop(struct seq_file *m, void *v)
{
}

static int get_show(struct seq_file *m, void *v)
{
	struct get *get = m->private;

	seq_printf(m, "version %u\n", KLIPS_PROC_TABLE_VERSION);
	rcu_read_lock();
	local_bh_disable();
	put_answer(m, klips_net(seq_file_net(m)), &get->flow);
	local_bh_enable();
	rcu_read_unlock();
	return 0;
}

static const struct seq_operations get_ops = {
	.start = get_start,
	.next = get_next,
	.stop = get_stop,
	.show = get_show,
};

/**
 * klips_proc_get_create() - make eroute/get
 * @dir:	the directory of its namespace
 *
 * Return: the file, or NULL without memory.
 */
struct proc_dir_entry *klips_proc_get_create(struct proc_dir_entry *dir)
{
	return proc_create_net_data_write("get", 0600, dir, &get_ops, get_write,
					  sizeof(struct get), NULL);
}
