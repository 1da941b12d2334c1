/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/sys/net/ipsec: switches of one namespace. */
#ifndef KLIPS_SYSCTL_H
#define KLIPS_SYSCTL_H

struct ctl_table;
struct ctl_table_header;
struct klips_net;

/* The debug words: `klipsdebug`, PF_KEY X_DEBUG and debug_* set the same masks. */
struct klips_debug {
	unsigned int tunnel, netlink, xform, eroute, spi, radij, esp, ah, rcv, pfkey, ipcomp;
	unsigned int verbose;
};

/**
 * struct klips_sysctl - the switches; each read with READ_ONCE()
 * @icmp:			1: tell senders of packets too large for the tunnel
 * @inbound_policy_check:	0 none, 1 where a flow is stored, 2 strict
 * @tos:			0 copies DSCP to the outer header, 1 hides it
 * @unauthenticated_esp:	1 allows ESP without authentication
 * @plain_ipip:			1 allows a bundle of IPIP alone
 * @debug:			debug words
 * @header:			registration
 * @table:			this namespace's copy of the table
 */
struct klips_sysctl {
	int icmp;
	int inbound_policy_check;
	int tos;
	int unauthenticated_esp;
	int plain_ipip;
	struct klips_debug debug;
	struct ctl_table_header *header;
	struct ctl_table *table;
};

int klips_sysctl_net_init(struct klips_net *kn);
void klips_sysctl_net_exit(struct klips_net *kn);

#endif /* KLIPS_SYSCTL_H */
