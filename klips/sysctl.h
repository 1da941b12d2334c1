/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/sys/net/ipsec: switches of one namespace. */
#ifndef KLIPS_SYSCTL_H
#define KLIPS_SYSCTL_H

#include <linux/types.h>

struct ctl_table;
struct ctl_table_header;
struct klips_net;

/*
 * The debug words: `klipsdebug`, PF_KEY X_DEBUG and debug_* set the same masks. @watched,
 * debug.c's own, says that one of them is not 0.
 */
struct klips_debug {
	unsigned int tunnel, netlink, xform, eroute, spi, radij, esp, ah, rcv, pfkey, ipcomp;
	unsigned int verbose;
	bool watched;
};

/**
 * struct klips_sysctl - the switches; each read with READ_ONCE()
 * @df:				of the outer header: 0 clear, 1 the inner one's, 2 set
 * @icmp:			1: tell senders of packets too large for the tunnel,
 *				2: and drop IPv4 that must not be fragmented
 * @inbound_policy_check:	0 none, 1 where a flow is stored, 2 strict
 * @clear_check:		1 drops cleartext that should have come through a tunnel
 * @tos:			0 copies DSCP to the outer header, 1 hides it
 * @unauthenticated_esp:	1 allows ESP without authentication
 * @plain_ipip:			1 allows a bundle of IPIP alone
 * @hold_packets:		packets that one %hold keeps
 * @hold_bytes:			memory they may take
 * @hold_total:			memory that all kept packets may take
 * @hold_seconds:		how long a packet is kept, and the %hold of a trap lives
 * @hold_expired_icmp:		1: tell senders of packets that waited in vain
 * @trap_holds:			%holds that traps may have made
 * @acquire_rate:		ACQUIREs a second, 0: any number
 * @acquire_burst:		ACQUIREs at once
 * @reject_tcp_reset:		1: %reject answers TCP with a reset
 * @policy_match:		1: decrypted packets carry a security path [R]
 * @debug:			debug words
 * @header:			registration
 * @table:			this namespace's copy of the table
 */
struct klips_sysctl {
	int df;
	int icmp;
	int inbound_policy_check;
	int clear_check;
	int tos;
	int unauthenticated_esp;
	int plain_ipip;
	int hold_packets;
	int hold_bytes;
	int hold_total;
	int hold_seconds;
	int hold_expired_icmp;
	int trap_holds;
	int acquire_rate;
	int acquire_burst;
	int reject_tcp_reset;
	int policy_match;
	struct klips_debug debug;
	struct ctl_table_header *header;
	struct ctl_table *table;
};

int klips_sysctl_net_init(struct klips_net *kn);
void klips_sysctl_net_exit(struct klips_net *kn);

#endif /* KLIPS_SYSCTL_H */
