/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DSCP of a route lookup: a plain byte until 6.17, a dscp_t from 6.18 on.
 */
#ifndef KLIPS_COMPAT_FLOW_H
#define KLIPS_COMPAT_FLOW_H

#include <linux/version.h>
#include <net/flow.h>
#include <net/inet_dscp.h>

static inline void klips_flowi4_set_tos(struct flowi4 *fl4, u8 tos)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & 0x1c;	/* what routing rules may look at */
#endif
}

#endif /* KLIPS_COMPAT_FLOW_H */
