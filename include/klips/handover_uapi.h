/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR GPL-2.0-or-later */
/*
 * One SA with its keys, on its way from one load of the module to the next:
 * options of PF_KEY sockets at level KLIPS_SOL_PFKEY (see klips/uapi.h).
 *
 * Integers are in host byte order unless a member says otherwise.
 */
#ifndef KLIPS_HANDOVER_UAPI_H
#define KLIPS_HANDOVER_UAPI_H

#include <linux/types.h>

#define KLIPS_HANDOVER_FREEZE	4	/* set: __u32, 1: no SA passes packets any more */
#define KLIPS_HANDOVER_TAKE	5	/* get: struct klips_handover_sa, each frozen SA once */
#define KLIPS_HANDOVER_GIVE	6	/* set: struct klips_handover_sa */

#define KLIPS_HANDOVER_VERSION	1
#define KLIPS_HANDOVER_KEY	64	/* bytes of a key, at most */
#define KLIPS_HANDOVER_GAP	65536	/* outbound sequence numbers left out */

/* Unused bytes are zero; family 0: no address. */
struct klips_handover_addr {
	__u16	family;
	__u16	zero;
	__u8	bytes[16];
};

struct klips_handover_said {
	struct klips_handover_addr dst;
	__be32	spi;
};

struct klips_handover_limits {
	__u64	allocations;
	__u64	bytes;
	__u64	addtime;
	__u64	usetime;
	__u64	packets;
};

/* What may come out of an inbound tunnel; family 0: not said. */
struct klips_handover_flow {
	__u8	family;
	__u8	proto;
	__u8	src_len;
	__u8	dst_len;
	__be16	sport;
	__be16	dport;
	__u8	src[16];
	__u8	dst[16];
};

struct klips_handover_sa {
	__u32	version;		/* KLIPS_HANDOVER_VERSION */
	__u32	size;			/* of this structure */
	struct klips_handover_said said;
	struct klips_handover_addr src;
	struct klips_handover_addr natt_oa;
	struct klips_handover_said next;	/* the SA grouped behind it, family 0: none */
	__u8	proto;			/* enum klips_proto */
	__u8	next_proto;
	__u8	state;			/* mature or dying */
	__u8	inbound;		/* what it was; GIVE decides anew */
	__u8	auth;			/* enum klips_auth */
	__u8	encrypt;		/* enum klips_encr or klips_calg */
	__u8	natt;			/* enum klips_natt */
	__u8	esn;			/* 1: sequence numbers of 64 bits */
	__u16	replay_window;
	__u16	natt_sport;
	__u16	natt_dport;
	__u16	outif;
	__u32	ref;
	__u32	refhim;
	__u64	seq;			/* last number sent */
	__u64	replay_last;		/* highest number received */
	__u64	added;			/* seconds of the real-time clock, 0 never */
	__u64	first_used;
	__u64	last_used;
	__u64	bytes;
	__u64	packets;
	struct klips_handover_limits soft;
	struct klips_handover_limits hard;
	struct klips_handover_flow inflow;
	__u16	auth_bits;
	__u16	encrypt_bits;
	__u32	reserved2;
	__u8	auth_key[KLIPS_HANDOVER_KEY];
	__u8	encrypt_key[KLIPS_HANDOVER_KEY];
};

_Static_assert(sizeof(struct klips_handover_sa) == 432, "layout of struct klips_handover_sa");

#endif /* KLIPS_HANDOVER_UAPI_H */
