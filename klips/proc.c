// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ipsec: what old scripts, parsers and daemons read, byte for byte,
 * and under stats/ what they did not know.
 *
 * Each listing walks under RCU with a cursor that survives changes, so a
 * reader, even one that sleeps with the file open, holds up nobody.
 */
#include <crypto/sha2.h>
#include <linux/ktime.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/xarray.h>

#include "klips/algo.h"
#include "klips/device.h"
#include "klips/eroute.h"
#include "klips/ipcomp.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/sa.h"
#include "klips/said_text.h"
#include "klips/xform.h"

static struct klips_net *net_of(struct seq_file *m)
{
	return klips_net(seq_file_net(m));
}

/* Files of one page keep the namespace in another place. */
static struct klips_net *single_net(struct seq_file *m)
{
	return klips_net(seq_file_single_net(m));
}

/**
 * klips_proc_put_said() - a SAID, as every listing writes it
 * @m:		file
 * @said:	the SAID
 */
void klips_proc_put_said(struct seq_file *m, const struct klips_said *said)
{
	char text[KLIPS_SAID_TEXT];

	klips_said_ntop(said, KLIPS_SAID_HEX, text, sizeof(text));
	seq_puts(m, text);
}

/* --- eroute/all ----------------------------------------------------------------- */

/*
 * The cursor is the selector before the entry at @pos: seq_file comes back for an
 * entry that it has stepped on to but not shown, for lack of room.
 */
struct eroute_iter {
	struct seq_net_private net;	/* first: proc_net's own */
	struct klips_selector before;
	loff_t pos;			/* 0: nothing is before it */
};

static void *eroute_at(struct seq_file *m)
{
	struct eroute_iter *iter = m->private;

	return klips_eroute_next(net_of(m), iter->pos ? &iter->before : NULL);
}

static void *eroute_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct eroute_iter *iter = m->private;

	iter->before = ((struct klips_eroute *)v)->entry.sel;
	iter->pos = ++*pos;
	return eroute_at(m);
}

/* seq_file comes back at the position it left, or at 0; it never seeks elsewhere. */
static void *eroute_start(struct seq_file *m, loff_t *pos) __acquires(RCU)
{
	struct eroute_iter *iter = m->private;
	loff_t want = *pos, at = 0;
	void *v;

	rcu_read_lock();
	if (want == iter->pos)
		return eroute_at(m);
	iter->pos = 0;
	v = eroute_at(m);
	while (v && at < want)
		v = eroute_next(m, v, &at);
	return v;
}

static void eroute_stop(struct seq_file *m, void *v) __releases(RCU)
{
	rcu_read_unlock();
}

static void put_subnet(struct seq_file *m, u8 family, const union klips_radix_addr *prefix,
		       u8 bits, __be16 port)
{
	struct klips_addr addr = { .family = family };
	char text[KLIPS_SUBNET_TEXT];

	memcpy(addr.bytes, prefix->bytes, sizeof(addr.bytes));
	klips_subnet_ntop(&addr, bits, ntohs(port), text, sizeof(text));
	seq_printf(m, "%-18s", text);
}

static int eroute_show(struct seq_file *m, void *v)
{
	const struct klips_eroute *er = v;
	const struct klips_selector *sel = &er->entry.sel;

	seq_printf(m, "%-10u ", (u32)klips_eroute_count(er));
	put_subnet(m, sel->family, &sel->src, sel->src_len, sel->sport);
	seq_puts(m, " -> ");
	put_subnet(m, sel->family, &sel->dst, sel->dst_len, sel->dport);
	seq_puts(m, " => ");
	klips_proc_put_said(m, &er->said);
	if (sel->proto)
		seq_printf(m, ":%u", sel->proto);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations eroute_ops = {
	.start = eroute_start,
	.next = eroute_next,
	.stop = eroute_stop,
	.show = eroute_show,
};

/* --- SAs -------------------------------------------------------------------------- */

/* The position in the file is the SA's number in the table. */
static void *sa_from(struct seq_file *m, loff_t *pos)
{
	unsigned long id = *pos;
	struct klips_sa *sa = xa_find(&net_of(m)->sa_ids, &id, ULONG_MAX, XA_PRESENT);

	*pos = id;
	return sa;
}

static void *sa_start(struct seq_file *m, loff_t *pos) __acquires(RCU)
{
	rcu_read_lock();
	return sa_from(m, pos);
}

static void *sa_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return sa_from(m, pos);
}

static void sa_stop(struct seq_file *m, void *v) __releases(RCU)
{
	rcu_read_unlock();
}

/**
 * klips_proc_put_sa_name() - what an SA does, as ESP_AES_HMAC_SHA1
 * @m:	file
 * @sa:	the SA
 */
void klips_proc_put_sa_name(struct seq_file *m, const struct klips_sa *sa)
{
	const struct klips_algo_encr *encr = klips_algo_encr_find(sa->encrypt);
	const struct klips_algo_auth *auth = klips_algo_auth_find(sa->auth);

	if (!sa->xform) {
		seq_puts(m, klips_proto_word(sa->said.proto) ?: "UNKNOWN_proto");
		return;
	}
	seq_puts(m, sa->xform->name);
	if (sa->said.proto == KLIPS_PROTO_COMP)
		seq_puts(m, "_DEFLATE");	/* there is no other */
	if (encr && sa->said.proto == KLIPS_PROTO_ESP)
		seq_puts(m, encr->word);
	if (auth)
		seq_puts(m, auth->word);
}

static void put_inflow(struct seq_file *m, const struct klips_selector *sel)
{
	struct klips_addr src = { .family = sel->family }, dst = src;
	char text[KLIPS_SUBNET_TEXT];

	memcpy(src.bytes, sel->src.bytes, sizeof(src.bytes));
	memcpy(dst.bytes, sel->dst.bytes, sizeof(dst.bytes));
	klips_subnet_ntop(&src, sel->src_len, 0, text, sizeof(text));
	seq_printf(m, " policy=%s", text);
	klips_subnet_ntop(&dst, sel->dst_len, 0, text, sizeof(text));
	seq_printf(m, "->%s", text);
}

static void put_sequence(struct seq_file *m, const struct klips_sa *sa,
			 const struct klips_sa_stats *sum)
{
	u64 seq = sa->inbound ? klips_replay_last(sa->replay) : atomic64_read(&sa->seq);

	if (sa->replay_window)
		seq_printf(m, " ooowin=%u", sa->replay_window);
	if (sum->replay_errors)
		seq_printf(m, " ooo_errs=%llu", sum->replay_errors);
	if (seq)
		seq_printf(m, " seq=%llu", seq);
	if (klips_replay_bits(sa->replay))
		seq_printf(m, " bit=0x%llx", klips_replay_bits(sa->replay));
	if (klips_replay_max_diff(sa->replay))
		seq_printf(m, " max_seq_diff=%llu", klips_replay_max_diff(sa->replay));
}

static void put_life(struct seq_file *m, const char *name, u64 count, u64 shown, u64 soft,
		     u64 hard)
{
	if (count > 1 || soft || hard)
		seq_printf(m, "%s(%llu,%llu,%llu)", name, shown, soft, hard);
}

static void put_lives(struct seq_file *m, const struct klips_sa *sa,
		      const struct klips_sa_stats *sum, time64_t now)
{
	time64_t first = READ_ONCE(sa->first_used);

	seq_puts(m, " life(c,s,h)=");
	put_life(m, "alloc", 1, 1, sa->soft.allocations, sa->hard.allocations);
	put_life(m, "bytes", sum->bytes, sum->bytes, sa->soft.bytes, sa->hard.bytes);
	put_life(m, "addtime", sa->added, now - sa->added, sa->soft.addtime, sa->hard.addtime);
	put_life(m, "usetime", first, first ? now - first : 0, sa->soft.usetime,
		 sa->hard.usetime);
	put_life(m, "packets", sum->packets, sum->packets, sa->soft.packets, sa->hard.packets);
}

/**
 * klips_proc_natencap() - word for a kind of NAT traversal
 * @natt:	enum klips_natt
 */
const char *klips_proc_natencap(u8 natt)
{
	switch (natt) {
	case KLIPS_NATT_NONE:
		return "none";
	case KLIPS_NATT_NONIKE:
		return "nonike";
	case KLIPS_NATT_NONESP:
		return "nonesp";
	default:
		return "unknown";
	}
}

static void put_crypto(struct seq_file *m, const struct klips_sa *sa,
		       const struct klips_sa_stats *sum)
{
	unsigned int alen = sa->auth_algo ? sa->auth_algo->hash * 8 : sa->icv_len * 8;

	if (alen)
		seq_printf(m, " alen=%u", alen);
	if (sa->auth_bits)
		seq_printf(m, " aklen=%u", sa->auth_bits);
	if (sum->auth_errors)
		seq_printf(m, " auth_errs=%llu", sum->auth_errors);
	if (sa->encrypt_bits)
		seq_printf(m, " eklen=%u", sa->encrypt_bits);
	if (sum->pad_errors)
		seq_printf(m, " encr_pad_errs=%llu", sum->pad_errors);
}

static void put_ratio(struct seq_file *m, const struct klips_sa *sa)
{
	struct klips_comp_ratio ratio = klips_comp_ratio(sa);

	if (ratio.plain || ratio.packed)
		seq_printf(m, " ratio=%llu:%llu", ratio.plain, ratio.packed);
}

static int spi_show(struct seq_file *m, void *v)
{
	const struct klips_sa *sa = v;
	const struct klips_inflow *inflow = rcu_dereference(sa->inflow);
	struct klips_sa_stats sum = klips_sa_stats_sum(sa);
	time64_t now = ktime_get_real_seconds();
	char text[KLIPS_ADDR_TEXT];

	klips_proc_put_said(m, &sa->said);
	seq_putc(m, ' ');
	klips_proc_put_sa_name(m, sa);
	seq_printf(m, ": dir=%s", sa->inbound ? "in " : "out");
	if (sa->src.family) {
		klips_addr_ntop(&sa->src, text, sizeof(text));
		seq_printf(m, " src=%s", text);
	}
	if (inflow)
		put_inflow(m, &inflow->sel);
	if (sa->iv_len)	/* the length is the old file's, the value nobody's business */
		seq_printf(m, " iv_bits=%ubits iv=0x%0*u", sa->iv_len * 8, sa->iv_len * 2, 0);
	if (sa->auth || sa->encrypt)
		put_sequence(m, sa, &sum);
	if (inflow)
		seq_printf(m, " flags=0x%x<>", KLIPS_SAFLAG_INFLOW);
	put_crypto(m, sa, &sum);
	put_lives(m, sa, &sum, now);
	if (READ_ONCE(sa->last_used))
		seq_printf(m, " idle=%lld", max_t(s64, now - READ_ONCE(sa->last_used), 0));
	if (sa->said.proto == KLIPS_PROTO_COMP)
		put_ratio(m, sa);
	seq_printf(m, " natencap=%s natsport=%u natdport=%u", klips_proc_natencap(sa->natt),
		   sa->natt_sport, sa->natt_dport);
	seq_printf(m, " refcount=%u ref=%u refhim=%u\n", refcount_read(&sa->refs), sa->ref,
		   sa->refhim);
	return 0;
}

static const struct seq_operations spi_ops = {
	.start = sa_start,
	.next = sa_next,
	.stop = sa_stop,
	.show = spi_show,
};

static int spigrp_show(struct seq_file *m, void *v)
{
	const struct klips_sa *sa;
	int n = 0;

	for (sa = v; sa && n++ < KLIPS_BUNDLE_MAX; sa = rcu_dereference(sa->next)) {
		klips_proc_put_said(m, &sa->said);
		seq_putc(m, ' ');
	}
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations spigrp_ops = {
	.start = sa_start,
	.next = sa_next,
	.stop = sa_stop,
	.show = spigrp_show,
};

/* --- stats/holds ------------------------------------------------------------------- */

static void *hold_start(struct seq_file *m, loff_t *pos) __acquires(RCU)
{
	struct klips_hold *h;
	loff_t n = *pos;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &net_of(m)->holds.list, list)
		if (!n--)
			return h;
	return NULL;
}

static void *hold_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct list_head *next = rcu_dereference(list_next_rcu(&((struct klips_hold *)v)->list));

	++*pos;
	if (next == &net_of(m)->holds.list)
		return NULL;
	return list_entry(next, struct klips_hold, list);
}

static void hold_stop(struct seq_file *m, void *v) __releases(RCU)
{
	rcu_read_unlock();
}

/* As in eroute/all; a hold not yet in the table leads nowhere yet. */
static int hold_show(struct seq_file *m, void *v)
{
	struct klips_hold *h = v;
	const struct klips_eroute *er;

	put_subnet(m, h->sel.family, &h->sel.src, h->sel.src_len, h->sel.sport);
	seq_puts(m, " -> ");
	put_subnet(m, h->sel.family, &h->sel.dst, h->sel.dst_len, h->sel.dport);
	seq_puts(m, " => ");
	/* the lock keeps the eroute: a table that is swapped out goes at once */
	spin_lock_bh(&h->lock);
	er = rcu_dereference(h->er);
	if (er)
		klips_proc_put_said(m, &er->said);
	else
		seq_puts(m, klips_shunt_word(KLIPS_SHUNT_HOLD));
	if (h->sel.proto)
		seq_printf(m, ":%u", h->sel.proto);
	seq_printf(m, " held=%llu waiting=%u bytes=%zu released=%llu expired=%llu lost=%llu\n",
		   h->held, h->queue.qlen, h->bytes, h->released, h->expired, h->lost);
	spin_unlock_bh(&h->lock);
	return 0;
}

static const struct seq_operations hold_ops = {
	.start = hold_start,
	.next = hold_next,
	.stop = hold_stop,
	.show = hold_show,
};

static int hold_sum_show(struct seq_file *m, void *v)
{
	struct klips_holds *hs = &single_net(m)->holds;

	seq_printf(m, "holds %u\n", READ_ONCE(hs->open));
	seq_printf(m, "made_by_traps %u\n", READ_ONCE(hs->made));
	seq_printf(m, "waiting %ld\n", atomic_long_read(&hs->waiting));
	seq_printf(m, "bytes %ld\n", atomic_long_read(&hs->bytes));
	seq_printf(m, "held %lld\n", atomic64_read(&hs->held));
	seq_printf(m, "released %lld\n", atomic64_read(&hs->released));
	seq_printf(m, "expired %lld\n", atomic64_read(&hs->expired));
	seq_printf(m, "lost %lld\n", atomic64_read(&hs->lost));
	return 0;
}

static int trap_count_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%08llx\n", atomic64_read(&single_net(m)->holds.trap_count));
	return 0;
}

static int trap_sendcount_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%08llx\n", atomic64_read(&single_net(m)->holds.trap_sent));
	return 0;
}

/* --- small files ------------------------------------------------------------------- */

static int tncfg_show(struct seq_file *m, void *v)
{
	const struct net_device *phys;
	struct klips_dev *kd;

	rcu_read_lock();
	list_for_each_entry_rcu(kd, &single_net(m)->devs, list) {
		phys = rcu_dereference(kd->phys);
		seq_printf(m, "%s -> %s mtu=%u(%u) -> %u\n", kd->dev->name,
			   phys ? phys->name : "NULL", kd->dev->mtu, READ_ONCE(kd->mtu),
			   phys ? phys->mtu : 0);
	}
	rcu_read_unlock();
	return 0;
}

static int version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "KLIPS version: %s\n", KLIPS_VERSION);
	return 0;
}

static int klipsdebug_show(struct seq_file *m, void *v)
{
	const struct klips_debug *debug = &single_net(m)->sysctl.debug;

	seq_printf(m, "debug_tunnel=%08x.\n", READ_ONCE(debug->tunnel));
	seq_printf(m, "debug_xform=%08x.\n", READ_ONCE(debug->xform));
	seq_printf(m, "debug_eroute=%08x.\n", READ_ONCE(debug->eroute));
	seq_printf(m, "debug_spi=%08x.\n", READ_ONCE(debug->spi));
	seq_printf(m, "debug_radij=%08x.\n", READ_ONCE(debug->radij));
	seq_printf(m, "debug_esp=%08x.\n", READ_ONCE(debug->esp));
	seq_printf(m, "debug_ah=%08x.\n", READ_ONCE(debug->ah));
	seq_printf(m, "debug_rcv=%08x.\n", READ_ONCE(debug->rcv));
	seq_printf(m, "debug_pfkey=%08x.\n", READ_ONCE(debug->pfkey));
	return 0;
}

static int natt_show(struct seq_file *m, void *v)
{
	seq_puts(m, "2\n");	/* sockets become carriers of ESP by ioctl or option */
	return 0;
}

/* Hardware crypto is the kernel's own business now. */
static int ocf_show(struct seq_file *m, void *v)
{
	seq_puts(m, "0\n");
	return 0;
}

static int saref_show(struct seq_file *m, void *v)
{
	seq_puts(m, "saref disabled\n");
	return 0;
}

/* Version of the algorithm interface, type and state words as the old file had them. */
#define XFORM_HEAD	"VERSION=524544 TYPE=%u ID=%u NAME=%s REFCNT=1 STATE=00000003 "
/* These three were there twice, and old readers may count words. */
#define XFORM_SIZES	"IVLEN=%u KEYMINBITS=%u KEYMAXBITS=%u "

static void xform_encr(struct seq_file *m, const struct klips_algo_encr *encr)
{
	seq_printf(m, XFORM_HEAD "BLOCKSIZE=%u " XFORM_SIZES XFORM_SIZES "KEYLEN=%u CTXSIZE=0 \n",
		   KLIPS_EXT_SUPPORTED_ENCRYPT, encr->id, encr->crypto, encr->block, encr->iv * 8,
		   encr->minbits, encr->maxbits, encr->iv * 8, encr->minbits, encr->maxbits,
		   encr->maxbits / 8);
}

static void xform_auth(struct seq_file *m, const struct klips_algo_auth *auth)
{
	seq_printf(m,
		   XFORM_HEAD "BLOCKSIZE=%u " XFORM_SIZES XFORM_SIZES
		   "KEYLEN=%u CTXSIZE=0 AUTHLEN=%u \n",
		   KLIPS_EXT_SUPPORTED_AUTH, auth->id, auth->crypto,
		   auth->hash > SHA256_DIGEST_SIZE ? SHA512_BLOCK_SIZE : SHA256_BLOCK_SIZE, 0,
		   auth->key_bits, auth->key_bits, 0, auth->key_bits, auth->key_bits,
		   auth->key_bits / 8, auth->icv);
}

static int xforms_show(struct seq_file *m, void *v)
{
	unsigned int i;

	for (i = 0; i < klips_algo_encr_count; i++)
		if (klips_algo_encr_present(&klips_algo_encrs[i]))
			xform_encr(m, &klips_algo_encrs[i]);
	for (i = 0; i < klips_algo_auth_count; i++)
		if (klips_algo_auth_present(&klips_algo_auths[i]))
			xform_auth(m, &klips_algo_auths[i]);
	return 0;
}

static int drops_show(struct seq_file *m, void *v)
{
	int i;

	for (i = 1; i < KLIPS_DROP_COUNT; i++)
		seq_printf(m, "%s %llu\n", klips_drop_name(i), klips_drop_read(single_net(m), i));
	return 0;
}

/* --- the tree ----------------------------------------------------------------------- */

static const struct {
	const char *dir;	/* NULL: the top */
	const char *name;
	umode_t mode;
	int (*show)(struct seq_file *m, void *v);
} singles[] = {
	{ NULL, "version", 0444, version_show },
	{ NULL, "klipsdebug", 0400, klipsdebug_show },
	{ NULL, "tncfg", 0400, tncfg_show },
	{ NULL, "natt", 0444, natt_show },
	{ NULL, "ocf", 0400, ocf_show },
	{ NULL, "saref", 0400, saref_show },
	{ NULL, "xforms", 0400, xforms_show },
	{ "stats", "drops", 0400, drops_show },
	{ "stats", "hold_sum", 0400, hold_sum_show },
	{ "stats", "limits", 0400, klips_quota_show },
	{ "stats", "trap_count", 0400, trap_count_show },
	{ "stats", "trap_sendcount", 0400, trap_sendcount_show },
};

static const char *const dirs[] = { "eroute", "spi", "spigrp", "stats" };

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "ipsec_eroute", "ipsec/eroute/all" },
	{ "ipsec_spi", "ipsec/spi/all" },
	{ "ipsec_spigrp", "ipsec/spigrp/all" },
	{ "ipsec_tncfg", "ipsec/tncfg" },
	{ "ipsec_version", "ipsec/version" },
	{ "ipsec_klipsdebug", "ipsec/klipsdebug" },
};

static const struct {
	const char *dir;
	const char *name;
	const struct seq_operations *ops;
	unsigned int state_size;
} listings[] = {
	{ "eroute", "all", &eroute_ops, sizeof(struct eroute_iter) },
	{ "spi", "all", &spi_ops, sizeof(struct seq_net_private) },
	{ "spigrp", "all", &spigrp_ops, sizeof(struct seq_net_private) },
	{ "eroute", "table", &klips_proc_eroute_table_ops, sizeof(struct klips_table_iter) },
	{ "spi", "table", &klips_proc_spi_table_ops, sizeof(struct seq_net_private) },
	{ "stats", "holds", &hold_ops, sizeof(struct seq_net_private) },
};

static int make_dirs(struct klips_net *kn, struct proc_dir_entry **made)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		made[i] = proc_net_mkdir(kn->net, dirs[i], kn->proc);
		if (!made[i])
			return -ENOMEM;
	}
	return 0;
}

static struct proc_dir_entry *dir_of(struct klips_net *kn, struct proc_dir_entry **made,
				     const char *name)
{
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(dirs); i++)
		if (!strcmp(dirs[i], name))
			return made[i];
	return kn->proc;
}

static int make_files(struct klips_net *kn, struct proc_dir_entry **made)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(listings); i++)
		if (!proc_create_net_data(listings[i].name, 0400,
					  dir_of(kn, made, listings[i].dir),
					  listings[i].ops, listings[i].state_size, NULL))
			return -ENOMEM;
	if (!klips_proc_get_create(dir_of(kn, made, "eroute")))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(singles); i++)
		if (!proc_create_net_single(singles[i].name, singles[i].mode,
					    dir_of(kn, made, singles[i].dir), singles[i].show,
					    NULL))
			return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (!proc_symlink(links[i].name, kn->net->proc_net, links[i].target))
			return -ENOMEM;
	return 0;
}

/**
 * klips_proc_net_init() - make the files of a namespace
 * @kn:	namespace
 *
 * Return: 0 or -ENOMEM.
 */
int klips_proc_net_init(struct klips_net *kn)
{
	struct proc_dir_entry *made[ARRAY_SIZE(dirs)];
	int err = -ENOMEM;

	kn->proc = proc_net_mkdir(kn->net, "ipsec", kn->net->proc_net);
	if (!kn->proc)
		return err;
	err = make_dirs(kn, made);
	if (!err)
		err = make_files(kn, made);
	if (err)
		klips_proc_net_exit(kn);
	return err;
}

/**
 * klips_proc_net_exit() - remove them
 * @kn:	namespace
 */
void klips_proc_net_exit(struct klips_net *kn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		remove_proc_subtree(links[i].name, kn->net->proc_net);
	proc_remove(kn->proc);
}
