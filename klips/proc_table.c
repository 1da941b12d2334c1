// SPDX-License-Identifier: GPL-2.0-only
/*
 * eroute/table and spi/table: what eroute/all and spi/all say and what they
 * leave out, for programs.
 *
 * A version line, then a line for each object: fields as key=value, a tab
 * between them.  No value holds a blank, and none can be read in two ways.  A key that does
 * not apply is left out; new keys may come, old ones keep their meaning while
 * the version is the same.  Keys of SAs are never shown.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "klips/algo.h"
#include "klips/eroute.h"
#include "klips/ipcomp.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/sa.h"
#include "klips/said_text.h"
#include "klips/xform.h"

static int put_version(struct seq_file *m)
{
	seq_printf(m, "version %u\n", KLIPS_PROC_TABLE_VERSION);
	return 0;
}

static const char *family_word(u16 family)
{
	return family == AF_INET6 ? "inet6" : "inet";
}

static void put_subnet(struct seq_file *m, const char *key, u8 family,
		       const union klips_radix_addr *prefix, u8 bits)
{
	struct klips_addr addr = { .family = family };
	char text[KLIPS_SUBNET_TEXT];

	memcpy(addr.bytes, prefix->bytes, sizeof(addr.bytes));
	klips_subnet_ntop(&addr, bits, 0, text, sizeof(text));
	seq_printf(m, "\t%s=%s", key, text);
}

static void put_addr(struct seq_file *m, const char *key, const struct klips_addr *addr)
{
	char text[KLIPS_ADDR_TEXT];

	if (!addr->family)
		return;
	klips_addr_ntop(addr, text, sizeof(text));
	seq_printf(m, "\t%s=%s", key, text);
}

/* --- eroute/table ------------------------------------------------------------------- */

/* Seconds since a packet obeyed it; false if none has. */
static bool idle_seconds(const struct klips_eroute *er, unsigned long *seconds)
{
	struct klips_eroute_stats __percpu *stats = READ_ONCE(er->stats);
	unsigned long idle = ULONG_MAX;
	int cpu;

	if (!stats)
		return false;
	for_each_possible_cpu(cpu) {
		const struct klips_eroute_stats *one = per_cpu_ptr(stats, cpu);

		if (READ_ONCE(one->count))
			idle = min(idle, jiffies - READ_ONCE(one->last_used));
	}
	*seconds = idle / HZ;
	return idle != ULONG_MAX;
}

/* What became of the packets that a %hold here keeps, or kept until it was replaced. */
static void put_hold(struct seq_file *m, struct klips_hold *h)
{
	spin_lock_bh(&h->lock);
	seq_printf(m, "\theld=%llu\twaiting=%u\treleased=%llu\texpired=%llu\tlost=%llu", h->held,
		   h->queue.qlen, h->released, h->expired, h->lost);
	spin_unlock_bh(&h->lock);
}

/**
 * klips_proc_put_eroute() - the fields of an eroute, from family= to lost=
 * @m:	file
 * @er:	the eroute; under rcu_read_lock()
 */
void klips_proc_put_eroute(struct seq_file *m, const struct klips_eroute *er)
{
	const struct klips_selector *sel = &er->entry.sel;
	unsigned long idle;

	seq_printf(m, "family=%s", family_word(sel->family));
	put_subnet(m, "src", sel->family, &sel->src, sel->src_len);
	seq_printf(m, "\tsport=%u", ntohs(sel->sport));
	put_subnet(m, "dst", sel->family, &sel->dst, sel->dst_len);
	seq_printf(m, "\tdport=%u\tproto=%u\tsaid=", ntohs(sel->dport), sel->proto);
	klips_proc_put_said(m, &er->said);
	seq_printf(m, "\tcount=%llu", klips_eroute_count(er));
	if (idle_seconds(er, &idle))
		seq_printf(m, "\tidle=%lu", idle);
	if (er->hold)
		put_hold(m, er->hold);
}

static int eroute_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		return put_version(m);
	klips_proc_put_eroute(m, v);
	seq_putc(m, '\n');
	return 0;
}

const struct seq_operations klips_proc_eroute_table_ops = {
	.start = klips_proc_eroute_start,
	.next = klips_proc_eroute_next,
	.stop = klips_proc_stop,
	.show = eroute_show,
};

/* --- spi/table ----------------------------------------------------------------------- */

static void put_inflow(struct seq_file *m, const struct klips_sa *sa)
{
	const struct klips_inflow *inflow = rcu_dereference(sa->inflow);

	if (!inflow)
		return;
	put_subnet(m, "policy_src", inflow->sel.family, &inflow->sel.src, inflow->sel.src_len);
	put_subnet(m, "policy_dst", inflow->sel.family, &inflow->sel.dst, inflow->sel.dst_len);
	seq_printf(m, "\tpolicy_proto=%u\tpolicy_sport=%u\tpolicy_dport=%u", inflow->sel.proto,
		   ntohs(inflow->sel.sport), ntohs(inflow->sel.dport));
	seq_printf(m, "\tpolicy_refused=%lld", atomic64_read(&inflow->refused));
}

static void put_crypto(struct seq_file *m, const struct klips_sa *sa)
{
	if (!sa->auth && !sa->encrypt)
		return;
	seq_printf(m, "\tauth=%u\tencrypt=%u\tiv_bits=%u\ticv_bits=%u", sa->auth, sa->encrypt,
		   sa->iv_len * 8, sa->icv_len * 8);
	seq_printf(m, "\tauth_key_bits=%u\tencrypt_key_bits=%u\thash_bits=%u", sa->auth_bits,
		   sa->encrypt_bits, sa->auth_algo ? sa->auth_algo->hash * 8 : 0);
}

static void put_sequence(struct seq_file *m, const struct klips_sa *sa,
			 const struct klips_sa_stats *sum)
{
	if (!sa->auth && !sa->encrypt)
		return;
	seq_printf(m, "\tesn=%u\treplay_window=%u\tseq=%llu", sa->esn, sa->replay_window,
		   klips_sa_seq(sa));
	seq_printf(m, "\treplay_bits=0x%llx\tmax_seq_diff=%llu", klips_replay_bits(sa->replay),
		   klips_replay_max_diff(sa->replay));
	seq_printf(m, "\treplay_errors=%llu\tauth_errors=%llu\tpad_errors=%llu",
		   sum->replay_errors, sum->auth_errors, sum->pad_errors);
}

static void put_limits(struct seq_file *m, const char *severity, const struct klips_limits *limit)
{
	seq_printf(m, "\t%s_allocations=%llu\t%s_bytes=%llu\t%s_addtime=%llu", severity,
		   limit->allocations, severity, limit->bytes, severity, limit->addtime);
	seq_printf(m, "\t%s_usetime=%llu\t%s_packets=%llu", severity, limit->usetime, severity,
		   limit->packets);
}

static void put_since(struct seq_file *m, const char *key, time64_t then, time64_t now)
{
	if (then)
		seq_printf(m, "\t%s=%lld", key, max_t(s64, now - then, 0));
}

static void put_lives(struct seq_file *m, const struct klips_sa *sa,
		      const struct klips_sa_stats *sum)
{
	time64_t now = ktime_get_real_seconds();

	seq_printf(m, "\tbytes=%llu\tpackets=%llu", sum->bytes, sum->packets);
	put_since(m, "addtime", sa->added, now);
	put_since(m, "usetime", READ_ONCE(sa->first_used), now);
	put_since(m, "idle", READ_ONCE(sa->last_used), now);
	put_limits(m, "soft", &sa->soft);
	put_limits(m, "hard", &sa->hard);
}

static void put_natt(struct seq_file *m, const struct klips_sa *sa)
{
	seq_printf(m, "\tnatencap=%s\tnatsport=%u\tnatdport=%u", klips_proc_natencap(sa->natt),
		   READ_ONCE(sa->natt_sport), READ_ONCE(sa->natt_dport));
	put_addr(m, "natoa", &sa->natt_oa);
}

/* The SA and those applied behind it, if there are any. */
static void put_group(struct seq_file *m, const struct klips_sa *sa)
{
	int n = 0;

	if (!rcu_access_pointer(sa->next))
		return;
	seq_puts(m, "\tgroup=");
	for (; sa && n < KLIPS_BUNDLE_MAX; sa = rcu_dereference(sa->next)) {
		if (n++)
			seq_putc(m, ',');
		klips_proc_put_said(m, &sa->said);
	}
}

static int spi_show(struct seq_file *m, void *v)
{
	const struct klips_sa *sa = v;
	struct klips_comp_ratio ratio;
	struct klips_sa_stats sum;

	if (v == SEQ_START_TOKEN)
		return put_version(m);
	sum = klips_sa_stats_sum(sa);
	seq_puts(m, "said=");
	klips_proc_put_said(m, &sa->said);
	seq_printf(m, "\tfamily=%s\tname=", family_word(sa->said.dst.family));
	klips_proc_put_sa_name(m, sa);
	seq_printf(m, "\tdir=%s\tstate=%s", sa->inbound ? "in" : "out",
		   klips_proc_state(READ_ONCE(sa->state)));
	put_addr(m, "src", &sa->src);
	put_inflow(m, sa);
	put_crypto(m, sa);
	put_sequence(m, sa, &sum);
	put_lives(m, sa, &sum);
	if (sa->said.proto == KLIPS_PROTO_COMP) {
		ratio = klips_comp_ratio(sa);
		seq_printf(m, "\tplain_bytes=%llu\tpacked_bytes=%llu", ratio.plain, ratio.packed);
	}
	put_natt(m, sa);
	seq_printf(m, "\toutif=%u\trefcount=%u\tref=%u\trefhim=%u", sa->outif,
		   refcount_read(&sa->refs), sa->ref, sa->refhim);
	put_group(m, sa);
	seq_putc(m, '\n');
	return 0;
}

const struct seq_operations klips_proc_spi_table_ops = {
	.start = klips_proc_sa_start,
	.next = klips_proc_sa_next,
	.stop = klips_proc_stop,
	.show = spi_show,
};
