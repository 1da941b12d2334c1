// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits of a namespace: eroutes, SAs, PF_KEY sockets, bytes queued on them.
 *
 * Whoever may configure a namespace need not be trusted with all of the
 * machine's memory. What is counted is counted where it is kept; here are the
 * limits, the counts of what they refused, and one line in the log.
 */
#define pr_fmt(fmt) "ipsec: " fmt

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "klips/klips.h"
#include "klips/quota.h"
#include "klips/radix.h"

#define TENANT_SHARE	16	/* a tenant's namespace may have this part of the default */

static const struct {
	const char *name;	/* as in /proc/sys/net/ipsec */
	int by_default;
} quotas[KLIPS_QUOTAS] = {
	[KLIPS_QUOTA_EROUTES] = { "max_eroutes", 4 * 1024 * 1024 },
	[KLIPS_QUOTA_SAS] = { "max_sas", 256 * 1024 },
	[KLIPS_QUOTA_SOCKETS] = { "max_sockets", 1024 },
	[KLIPS_QUOTA_QUEUED] = { "max_queued", 256 * 1024 * 1024 },
};

/**
 * klips_quota_init() - set the defaults
 * @q:		limits of a new namespace, zeroed
 * @tenant:	it belongs to a user namespace that anybody could make, as many as he likes
 */
void klips_quota_init(struct klips_quotas *q, bool tenant)
{
	unsigned int i;

	for (i = 0; i < KLIPS_QUOTAS; i++)
		q->max[i] = quotas[i].by_default / (tenant ? TENANT_SHARE : 1);
}

/**
 * klips_quota_allows() - is there room for more?
 * @kn:		namespace
 * @what:	of what
 * @used:	how much there is
 * @more:	how much is to be added
 *
 * A refusal is counted, and logged at a limited rate. Any context.
 */
bool klips_quota_allows(struct klips_net *kn, enum klips_quota what, unsigned long used,
			unsigned long more)
{
	unsigned long max = READ_ONCE(kn->quotas.max[what]);

	if (likely(used <= max && more <= max - used))
		return true;
	atomic64_inc(&kn->quotas.refused[what]);
	pr_warn_ratelimited("refused: %s is %lu, see /proc/sys/net/ipsec/%s\n",
			    quotas[what].name, max, quotas[what].name);
	return false;
}

static unsigned long used_now(struct klips_net *kn, enum klips_quota what)
{
	unsigned long n = 0;

	switch (what) {
	case KLIPS_QUOTA_EROUTES:
		rcu_read_lock();
		n = klips_radix_count(rcu_dereference(kn->eroutes));
		rcu_read_unlock();
		break;
	case KLIPS_QUOTA_SAS:
		n = READ_ONCE(kn->sa_count);
		break;
	case KLIPS_QUOTA_SOCKETS:
		n = READ_ONCE(kn->pfkey.count);
		break;
	default:
		n = klips_pfkey_queued(kn);
	}
	return n;
}

/**
 * klips_quota_show() - /proc/net/ipsec/stats/limits
 * @m:	file of a namespace
 * @v:	unused
 *
 * A line for each: name, used, limit, refused.
 */
int klips_quota_show(struct seq_file *m, void *v)
{
	struct klips_net *kn = klips_net(seq_file_single_net(m));
	unsigned int i;

	for (i = 0; i < KLIPS_QUOTAS; i++)
		seq_printf(m, "%s %lu %d %lld\n", quotas[i].name, used_now(kn, i),
			   READ_ONCE(kn->quotas.max[i]),
			   (long long)atomic64_read(&kn->quotas.refused[i]));
	return 0;
}
