/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of each thing a namespace may have: limits, and what they refused. */
#ifndef KLIPS_QUOTA_H
#define KLIPS_QUOTA_H

#include <linux/atomic.h>

struct klips_net;
struct seq_file;

enum klips_quota {
	KLIPS_QUOTA_EROUTES,
	KLIPS_QUOTA_SAS,
	KLIPS_QUOTA_SOCKETS,
	KLIPS_QUOTA_QUEUED,	/* bytes in the queues of all PF_KEY sockets */
	KLIPS_QUOTAS,
};

/**
 * struct klips_quotas - limits of one namespace
 * @max:	most there may be, from /proc/sys/net/ipsec; read with READ_ONCE()
 * @refused:	requests or messages that did not fit [A]
 */
struct klips_quotas {
	int max[KLIPS_QUOTAS];
	atomic64_t refused[KLIPS_QUOTAS];
};

void klips_quota_init(struct klips_quotas *q, bool tenant);
bool klips_quota_allows(struct klips_net *kn, enum klips_quota what, unsigned long used,
			unsigned long more);
int klips_quota_show(struct seq_file *m, void *v);

#endif /* KLIPS_QUOTA_H */
