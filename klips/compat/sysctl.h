/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registering sysctls: with the number of entries from 6.6 on; before that,
 * up to an empty one.  Handlers: their table is const from 6.11 on.
 */
#ifndef KLIPS_COMPAT_SYSCTL_H
#define KLIPS_COMPAT_SYSCTL_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define KLIPS_CTL_TABLE	const struct ctl_table
#else
#define KLIPS_CTL_TABLE	struct ctl_table
#endif

static inline struct ctl_table_header *
klips_register_sysctl(struct net *net, const char *path, struct ctl_table *table, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return register_net_sysctl_sz(net, path, table, size);
#else
	return register_net_sysctl(net, path, table);
#endif
}

#endif /* KLIPS_COMPAT_SYSCTL_H */
