// SPDX-License-Identifier: GPL-2.0-only
/*
 * What old scripts, parsers and daemons read in /proc, byte for byte: eroute/all,
 * spi/all, spigrp/all and the small files beside them.
 */
#include <crypto/sha2.h>
#include <linux/ktime.h>

#include "klips/algo.h"
#include "klips/device.h"
#include "klips/eroute.h"
#include "klips/ipcomp.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/sa.h"
#include "klips/said_text.h"
#include "klips/xform.h"

static int eroute_show(struct seq_file *m, void *v)
{
	const struct klips_eroute *er = v;

	if (v == SEQ_START_TOKEN)
		return 0;
	seq_printf(m, "%-10u ", (u32)klips_eroute_count(er));
	klips_proc_put_flow(m, &er->entry.sel);
	klips_proc_put_said(m, &er->said);
	if (er->entry.sel.proto)
		seq_printf(m, ":%u", er->entry.sel.proto);
	seq_putc(m, '\n');
	return 0;
}

const struct seq_operations klips_proc_eroute_ops = {
	.start = klips_proc_eroute_start,
	.next = klips_proc_eroute_next,
	.stop = klips_proc_stop,
	.show = eroute_show,
};

/* --- spi/all, spigrp/all --------------------------------------------------------- */

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
	u64 seq = klips_sa_seq(sa);

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
	const struct klips_inflow *inflow;
	struct klips_sa_stats sum;
	time64_t now = ktime_get_real_seconds();
	char text[KLIPS_ADDR_TEXT];

	if (v == SEQ_START_TOKEN)
		return 0;
	inflow = rcu_dereference(sa->inflow);
	sum = klips_sa_stats_sum(sa);
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
		   READ_ONCE(sa->natt_sport), READ_ONCE(sa->natt_dport));
	seq_printf(m, " refcount=%u ref=%u refhim=%u\n", refcount_read(&sa->refs), sa->ref,
		   sa->refhim);
	return 0;
}

const struct seq_operations klips_proc_spi_ops = {
	.start = klips_proc_sa_start,
	.next = klips_proc_sa_next,
	.stop = klips_proc_stop,
	.show = spi_show,
};

static int spigrp_show(struct seq_file *m, void *v)
{
	const struct klips_sa *sa;
	int n = 0;

	if (v == SEQ_START_TOKEN)
		return 0;
	for (sa = v; sa && n++ < KLIPS_BUNDLE_MAX; sa = rcu_dereference(sa->next)) {
		klips_proc_put_said(m, &sa->said);
		seq_putc(m, ' ');
	}
	seq_putc(m, '\n');
	return 0;
}

const struct seq_operations klips_proc_spigrp_ops = {
	.start = klips_proc_sa_start,
	.next = klips_proc_sa_next,
	.stop = klips_proc_stop,
	.show = spigrp_show,
};

/* --- small files ------------------------------------------------------------------- */

static struct klips_net *single_net(struct seq_file *m)
{
	return klips_net(seq_file_single_net(m));
}

static int tncfg_show(struct seq_file *m, void *v)
{
	const struct net_device *phys;
	struct klips_dev *kd;

	rcu_read_lock();
	list_for_each_entry_rcu(kd, &single_net(m)->devs, list) {
		phys = rcu_dereference(kd->phys);
		seq_printf(m, "%s -> %s mtu=%u(%u) -> %u\n", kd->dev->name,
			   phys ? phys->name : "NULL", READ_ONCE(kd->dev->mtu), READ_ONCE(kd->mtu),
			   phys ? READ_ONCE(phys->mtu) : 0);
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

const struct klips_proc_single klips_proc_old_singles[] = {
	{ NULL, "version", 0444, version_show },
	{ NULL, "klipsdebug", 0400, klipsdebug_show },
	{ NULL, "tncfg", 0400, tncfg_show },
	{ NULL, "natt", 0444, natt_show },
	{ NULL, "ocf", 0400, ocf_show },
	{ NULL, "saref", 0400, saref_show },
	{ NULL, "xforms", 0400, xforms_show },
	{ }
};
