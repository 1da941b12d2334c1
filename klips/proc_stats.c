// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/ipsec/stats: what is counted per namespace, and packets that wait.
 */
#include <linux/rculist.h>

#include "klips/eroute.h"
#include "klips/hold.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/said_text.h"

/* --- holds ------------------------------------------------------------------------- */

static void *hold_start(struct seq_file *m, loff_t *pos) __acquires(RCU)
{
	struct klips_hold *h;
	loff_t n = *pos;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &klips_net(seq_file_net(m))->holds.list, list)
		if (!n--)
			return h;
	return NULL;
}

static void *hold_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct list_head *next = rcu_dereference(list_next_rcu(&((struct klips_hold *)v)->list));

	++*pos;
	if (next == &klips_net(seq_file_net(m))->holds.list)
		return NULL;
	return list_entry(next, struct klips_hold, list);
}

/* As in eroute/all; a hold not yet in the table leads nowhere yet. */
static int hold_show(struct seq_file *m, void *v)
{
	struct klips_hold *h = v;
	const struct klips_eroute *er;

	klips_proc_put_flow(m, &h->sel);
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

const struct seq_operations klips_proc_hold_ops = {
	.start = hold_start,
	.next = hold_next,
	.stop = klips_proc_stop,
	.show = hold_show,
};

/* --- of one page ------------------------------------------------------------------- */

static struct klips_net *single_net(struct seq_file *m)
{
	return klips_net(seq_file_single_net(m));
}

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

static int drops_show(struct seq_file *m, void *v)
{
	int i;

	for (i = 1; i < KLIPS_DROP_COUNT; i++)
		seq_printf(m, "%s %llu\n", klips_drop_name(i), klips_drop_read(single_net(m), i));
	return 0;
}

const struct klips_proc_single klips_proc_stats_singles[] = {
	{ "stats", "drops", 0400, drops_show },
	{ "stats", "hold_sum", 0400, hold_sum_show },
	{ "stats", "limits", 0400, klips_quota_show },
	{ "stats", "trap_count", 0400, trap_count_show },
	{ "stats", "trap_sendcount", 0400, trap_sendcount_show },
	{ }
};
