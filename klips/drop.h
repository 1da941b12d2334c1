/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way a packet can be lost, by name.
 *
 * One enum for the whole module: each reason is a per-CPU counter of its
 * namespace (/proc/net/ipsec/stats/drops), a line of `ethtool -S`, a name in
 * the klips_drop tracepoint, and a share of the device's tx_dropped,
 * tx_errors, rx_dropped or rx_errors.
 */
#ifndef KLIPS_DROP_H
#define KLIPS_DROP_H

#include <linux/types.h>

struct net_device;
struct sk_buff;
struct klips_net;

/*
 * X(name, class): class says which sum of the device it belongs to, as the old
 * stack had it (TXD tx_dropped, TXE tx_errors, RXD rx_dropped, RXE rx_errors).
 */
#define KLIPS_DROPS(X)								\
	/* outbound: before an SA is chosen */					\
	X(OUT_NOT_ATTACHED, TXD)	/* ipsecN has no physical device */	\
	X(OUT_HEADER, TXD)		/* not IP, or cut short */		\
	X(OUT_HOP_LIMIT, TXD)		/* hop limit used up */			\
	X(OUT_NO_EROUTE, TXD)		/* no eroute covers it */		\
	X(OUT_SHUNT_DROP, TXD)		/* %drop */				\
	X(OUT_SHUNT_REJECT, TXD)	/* %reject */				\
	X(OUT_SHUNT_HOLD, TXD)		/* %hold, no room to keep it */		\
	X(OUT_SHUNT_TRAP, TXD)		/* %trap, nobody to ask */		\
	X(OUT_TRAP_RATE, TXD)		/* %trap, too many ACQUIREs at once */	\
	X(OUT_TRAP_HOLDS, TXD)		/* %trap, too many %holds already */	\
	X(OUT_HOLD_TOTAL, TXD)		/* %hold, the namespace keeps enough */	\
	X(OUT_HOLD_EXPIRED, TXD)	/* kept too long */			\
	X(OUT_HOLD_DELETED, TXD)	/* kept, then its eroute went, nothing behind it */ \
	X(OUT_HOLD_DEVICE, TXD)		/* kept, then ipsecN went down */	\
	X(OUT_SHUNT_UNKNOWN, TXD)	/* internal SPI without meaning */	\
	X(OUT_NO_SA, TXD)		/* the eroute's SA does not exist */	\
	/* outbound: in the bundle */						\
	X(OUT_SA_STATE, TXE)		/* larval or dead */			\
	X(OUT_SA_EXPIRED, TXE)		/* a hard lifetime has passed */	\
	X(OUT_SEQ_EXHAUSTED, TXE)	/* sequence numbers used up */		\
	X(OUT_PLAIN_IPIP, TXE)		/* bundle would send cleartext */	\
	X(OUT_FAMILY, TXE)		/* SA and packet differ in family */	\
	X(OUT_FRAGMENT, TXE)		/* AH takes whole packets only */	\
	X(OUT_TOO_BIG, TXE)		/* does not fit, or must not fragment */ \
	X(OUT_NO_MEMORY, TXE)							\
	X(OUT_CRYPTO, TXE)		/* the cipher failed */			\
	X(OUT_GSO, TXE)			/* segmentation failed */		\
	X(OUT_NESTING, TXE)		/* tunnels in tunnels beyond the limit */ \
	X(OUT_NO_ROUTE, TXE)		/* no route to the peer */		\
	X(OUT_RECURSION, TXE)		/* route or rules lead into ipsecN again */\
	/* inbound */								\
	X(IN_RUNT, RXE)			/* shorter than its header */		\
	X(IN_NO_DEVICE, RXD)		/* no ipsecN on the arrival device */	\
	X(IN_DEVICE_DOWN, RXD)							\
	X(IN_NO_SA, RXD)		/* unknown SPI */			\
	X(IN_SA_STATE, RXD)		/* larval or dead */			\
	X(IN_SA_EXPIRED, RXD)							\
	X(IN_SOURCE, RXD)		/* outer source is not the SA's */	\
	X(IN_BUNDLE, RXD)		/* SAs in the wrong order, or missing */ \
	X(IN_PLAIN, RXD)		/* compressed, but nothing authenticates it */ \
	X(IN_NATT, RXD)			/* UDP encapsulation where none belongs, or none */ \
	X(IN_SEQ_ZERO, RXD)							\
	X(IN_REPLAY, RXD)		/* sequence number seen before */	\
	X(IN_LATE, RXD)			/* left of the replay window */		\
	X(IN_ICV, RXD)			/* authentication failed */		\
	X(IN_PADDING, RXD)		/* padding longer than the packet, or wrong */ \
	X(IN_NEXT_HEADER, RXD)		/* next header that nothing handles */	\
	X(IN_INNER, RXD)		/* inner packet malformed */		\
	X(IN_POLICY, RXD)		/* inner addresses outside the SA's flow */ \
	X(IN_ECN, RXD)			/* congestion mark that must not be (RFC 6040) */ \
	X(IN_NESTING, RXD)		/* more transforms than the limit */	\
	X(IN_COMPRESSED, RXE)		/* broken compressed data */		\
	X(IN_NO_MEMORY, RXD)							\
	X(IN_CRYPTO, RXE)		/* the cipher failed otherwise */		\
	/* other packets of the outside */					\
	X(IN_CLEAR, RXD)		/* in clear, and the answer would go through a tunnel */ \
	X(IN_ICMP, RXD)			/* error about a packet that we did not send */

enum klips_drop_class { KLIPS_TXD, KLIPS_TXE, KLIPS_RXD, KLIPS_RXE };

enum klips_drop {
	KLIPS_DROP_NONE = 0,
#define X(name, class) KLIPS_DROP_##name,
	KLIPS_DROPS(X)
#undef X
	KLIPS_DROP_COUNT
};

/* One namespace's counters on one CPU. */
struct klips_drops {
	u64 count[KLIPS_DROP_COUNT];
};

/* Name of a reason as the enum has it, and as every listing prints it. */
const char *klips_drop_name(enum klips_drop why);
u64 klips_drop_read(const struct klips_net *kn, enum klips_drop why);

void klips_drop_note(struct klips_net *kn, struct net_device *dev, const struct sk_buff *skb,
		     enum klips_drop why);
void klips_drop(struct klips_net *kn, struct net_device *dev, struct sk_buff *skb,
		enum klips_drop why);

#endif /* KLIPS_DROP_H */
