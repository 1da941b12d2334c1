/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR GPL-2.0-or-later */
/*
 * PF_KEY v2 (RFC 2367) with the KLIPS extensions: numbers and layouts.
 *
 * Shared by the module, the tools and the tests.  The system's
 * <linux/pfkeyv2.h> describes af_key, whose extensions reuse our numbers with
 * other meanings; the two are never included together.  All integers are in
 * host byte order unless a member says otherwise; lengths count 64-bit words.
 * Numbers are part of an old binary interface: never reused, never changed.
 */
#ifndef KLIPS_PFKEYV2_H
#define KLIPS_PFKEYV2_H

#include <linux/types.h>

#define KLIPS_PF_KEY		15	/* address family of the socket */
#define KLIPS_PF_KEY_V2		2	/* its protocol, and the version byte */
#define KLIPS_PFKEY_MAX_BYTES	4096	/* longest message, both ways */
#define KLIPS_PFKEY_WORD	8	/* bytes in a unit of length */

/* Message types. */
enum klips_msg_type {
	KLIPS_MSG_RESERVED = 0,
	KLIPS_MSG_GETSPI = 1,
	KLIPS_MSG_UPDATE = 2,
	KLIPS_MSG_ADD = 3,
	KLIPS_MSG_DELETE = 4,
	KLIPS_MSG_GET = 5,
	KLIPS_MSG_ACQUIRE = 6,
	KLIPS_MSG_REGISTER = 7,
	KLIPS_MSG_EXPIRE = 8,
	KLIPS_MSG_FLUSH = 9,
	KLIPS_MSG_DUMP = 10,
	KLIPS_MSG_PROMISC = 11,
	KLIPS_MSG_PCHANGE = 12,
	KLIPS_MSG_GRPSA = 13,
	KLIPS_MSG_ADDFLOW = 14,
	KLIPS_MSG_DELFLOW = 15,
	KLIPS_MSG_DEBUG = 16,
	KLIPS_MSG_NAT_T_NEW_MAPPING = 17,
	KLIPS_MSG_PLUMBIF = 18,
	KLIPS_MSG_UNPLUMBIF = 19,
	KLIPS_MSG_MAX = 19,
};

/* SA types; 1 and 4 are unused. */
enum klips_satype {
	KLIPS_SATYPE_UNSPEC = 0,
	KLIPS_SATYPE_AH = 2,
	KLIPS_SATYPE_ESP = 3,
	KLIPS_SATYPE_RSVP = 5,
	KLIPS_SATYPE_OSPFV2 = 6,
	KLIPS_SATYPE_RIPV2 = 7,
	KLIPS_SATYPE_MIP = 8,
	KLIPS_SATYPE_IPIP = 9,
	KLIPS_SATYPE_COMP = 10,
	KLIPS_SATYPE_INT = 11,
	KLIPS_SATYPE_MAX = 11,
};

/* IP protocol numbers inside a SAID. */
enum klips_proto {
	KLIPS_PROTO_NONE = 0,
	KLIPS_PROTO_IPIP = 4,
	KLIPS_PROTO_ESP = 50,
	KLIPS_PROTO_AH = 51,
	KLIPS_PROTO_INT = 61,		/* shunts: no SA behind it */
	KLIPS_PROTO_COMP = 108,
};

/* SPIs of shunts, host byte order (SAID protocol KLIPS_PROTO_INT). */
enum klips_shunt {
	KLIPS_SHUNT_PASS = 256,
	KLIPS_SHUNT_DROP = 257,
	KLIPS_SHUNT_REJECT = 258,
	KLIPS_SHUNT_HOLD = 259,
	KLIPS_SHUNT_TRAP = 260,
	KLIPS_SHUNT_TRAPSUBNET = 261,
};

#define KLIPS_SPI_MIN		256	/* smaller SPIs are reserved (RFC 4303, 2.1) */

enum klips_sastate {
	KLIPS_SASTATE_LARVAL = 0,
	KLIPS_SASTATE_MATURE = 1,
	KLIPS_SASTATE_DYING = 2,
	KLIPS_SASTATE_DEAD = 3,
};

/* Bits of klips_ext_sa.flags. */
#define KLIPS_SAFLAG_INBOUND	1u	/* kernel to user: the destination is local */
#define KLIPS_SAFLAG_REPLACEFLOW 2u	/* ADDFLOW: take the place of the same eroute */
#define KLIPS_SAFLAG_CLEARFLOW	4u	/* DELFLOW: remove all eroutes */
#define KLIPS_SAFLAG_INFLOW	8u	/* ADDFLOW: inbound policy of an IPIP SA */
#define KLIPS_SAFLAG_POLICYONLY	16u	/* ADDFLOW, DELFLOW: policy without eroute */

/* Authentication algorithms. */
enum klips_auth {
	KLIPS_AUTH_NONE = 0,
	KLIPS_AUTH_MD5 = 2,
	KLIPS_AUTH_SHA1 = 3,
	KLIPS_AUTH_SHA2_256 = 5,
	KLIPS_AUTH_SHA2_384 = 6,
	KLIPS_AUTH_SHA2_512 = 7,
	KLIPS_AUTH_NULL = 251,		/* listed for combined modes; means none */
	KLIPS_AUTH_SHA2_256_96 = 252,	/* SHA2-256 with a 96-bit ICV */
};

/* Encryption algorithms. */
enum klips_encr {
	KLIPS_ENCR_NONE = 0,
	KLIPS_ENCR_3DES = 3,
	KLIPS_ENCR_NULL = 11,
	KLIPS_ENCR_AES_CBC = 12,
	KLIPS_ENCR_AES_CTR = 13,
	KLIPS_ENCR_AES_CCM_8 = 14,
	KLIPS_ENCR_AES_CCM_12 = 15,
	KLIPS_ENCR_AES_CCM_16 = 16,
	KLIPS_ENCR_AES_GCM_8 = 18,
	KLIPS_ENCR_AES_GCM_12 = 19,
	KLIPS_ENCR_AES_GCM_16 = 20,
	KLIPS_ENCR_CHACHA20_POLY1305 = 28,
};

/* Compression algorithms, in klips_ext_sa.encrypt of COMP. */
enum klips_calg {
	KLIPS_CALG_NONE = 0,
	KLIPS_CALG_DEFLATE = 2,
	KLIPS_CALG_LZS = 3,
};

/* Entries of the IPIP list in a REGISTER reply. */
enum klips_talg {
	KLIPS_TALG_V4_IN_V4 = 1,
	KLIPS_TALG_V6_IN_V4 = 2,
	KLIPS_TALG_V4_IN_V6 = 3,
	KLIPS_TALG_V6_IN_V6 = 4,
};

/* NAT-T kinds. */
enum klips_natt {
	KLIPS_NATT_NONE = 0,
	KLIPS_NATT_NONIKE = 1,		/* drafts 00/01: refused by kernels since 6.x */
	KLIPS_NATT_NONESP = 2,		/* RFC 3948 */
};

/* Extension numbers. */
enum klips_ext_type {
	KLIPS_EXT_RESERVED = 0,
	KLIPS_EXT_SA = 1,
	KLIPS_EXT_LIFETIME_CURRENT = 2,
	KLIPS_EXT_LIFETIME_HARD = 3,
	KLIPS_EXT_LIFETIME_SOFT = 4,
	KLIPS_EXT_ADDRESS_SRC = 5,
	KLIPS_EXT_ADDRESS_DST = 6,
	KLIPS_EXT_ADDRESS_PROXY = 7,
	KLIPS_EXT_KEY_AUTH = 8,
	KLIPS_EXT_KEY_ENCRYPT = 9,
	KLIPS_EXT_IDENTITY_SRC = 10,
	KLIPS_EXT_IDENTITY_DST = 11,
	KLIPS_EXT_SENSITIVITY = 12,
	KLIPS_EXT_PROPOSAL = 13,
	KLIPS_EXT_SUPPORTED_AUTH = 14,
	KLIPS_EXT_SUPPORTED_ENCRYPT = 15,
	KLIPS_EXT_SPIRANGE = 16,
	KLIPS_EXT_KMPRIVATE = 17,
	KLIPS_EXT_SATYPE2 = 18,
	KLIPS_EXT_SA2 = 19,
	KLIPS_EXT_ADDRESS_DST2 = 20,
	KLIPS_EXT_SRC_FLOW = 21,
	KLIPS_EXT_DST_FLOW = 22,
	KLIPS_EXT_SRC_MASK = 23,
	KLIPS_EXT_DST_MASK = 24,
	KLIPS_EXT_DEBUG = 25,
	KLIPS_EXT_PROTOCOL = 26,
	KLIPS_EXT_NAT_T_TYPE = 27,
	KLIPS_EXT_NAT_T_SPORT = 28,
	KLIPS_EXT_NAT_T_DPORT = 29,
	KLIPS_EXT_NAT_T_OA = 30,
	KLIPS_EXT_PLUMBIF = 31,
	KLIPS_EXT_SAREF = 32,
	KLIPS_EXT_REPLAY = 33,		/* new here: no old program makes an SA that has it */
	KLIPS_EXT_MAX = 33,
};

/* The header of every message. */
struct klips_msg_hdr {
	__u8	version;		/* KLIPS_PF_KEY_V2 */
	__u8	type;			/* enum klips_msg_type */
	__u8	err;			/* positive errno in replies */
	__u8	satype;			/* enum klips_satype */
	__u16	len;			/* words, this header included */
	__u16	reserved;
	__u32	seq;
	__u32	pid;
};

/* The header of every extension. */
struct klips_ext {
	__u16	len;			/* words, this header included */
	__u16	type;			/* enum klips_ext_type */
};

struct klips_ext_sa {
	__u16	len;			/* 3; 2 accepted inbound, ends before ref */
	__u16	type;			/* SA, SA2 */
	__be32	spi;
	__u8	replay;			/* window in packets */
	__u8	state;			/* enum klips_sastate */
	__u8	auth;			/* enum klips_auth */
	__u8	encrypt;		/* enum klips_encr or klips_calg */
	__u32	flags;			/* KLIPS_SAFLAG_… */
	__u32	ref;
	__u32	reserved;
};

struct klips_ext_lifetime {
	__u16	len;			/* 4; some senders use 5 */
	__u16	type;
	__u32	allocations;
	__u64	bytes;
	__u64	addtime;		/* seconds */
	__u64	usetime;		/* seconds */
} __attribute__((packed));

/* Followed by a struct sockaddr_in (16 bytes) or sockaddr_in6 (28, 4 of pad). */
struct klips_ext_address {
	__u16	len;			/* 3 or 5 */
	__u16	type;
	__u8	proto;
	__u8	prefixlen;
	__u16	reserved;
};

/* Followed by the key, padded to a word. */
struct klips_ext_key {
	__u16	len;
	__u16	type;
	__u16	bits;
	__u16	reserved;
};

/* Followed by a NUL-terminated string, padded to a word. */
struct klips_ext_ident {
	__u16	len;
	__u16	type;
	__u16	ident_type;
	__u16	reserved;
	__u64	id;
};

/* Followed by struct klips_comb. */
struct klips_ext_prop {
	__u16	len;
	__u16	type;
	__u8	replay;
	__u8	reserved[3];
};

struct klips_comb {
	__u8	auth;
	__u8	encrypt;
	__u16	flags;
	__u16	auth_minbits;
	__u16	auth_maxbits;
	__u16	encrypt_minbits;
	__u16	encrypt_maxbits;
	__u32	reserved;
	__u32	soft_allocations;
	__u32	hard_allocations;
	__u64	soft_bytes;
	__u64	hard_bytes;
	__u64	soft_addtime;
	__u64	hard_addtime;
	__u64	soft_usetime;
	__u64	hard_usetime;
};

/* Followed by struct klips_alg. */
struct klips_ext_supported {
	__u16	len;
	__u16	type;
	__u32	reserved;
};

struct klips_alg {
	__u8	id;
	__u8	ivlen;			/* bits */
	__u16	minbits;
	__u16	maxbits;
	__u16	reserved;
};

struct klips_ext_spirange {
	__u16	len;			/* 2 */
	__u16	type;
	__be32	min;
	__be32	max;
	__u32	reserved;
};

struct klips_ext_satype {
	__u16	len;			/* 1 */
	__u16	type;
	__u8	satype;
	__u8	reserved[3];
};

/* One mask per part of the stack; bit 31 of netlink means "set", else "clear". */
struct klips_ext_debug {
	__u16	len;			/* 7 */
	__u16	type;
	__u32	tunnel;
	__u32	netlink;
	__u32	xform;
	__u32	eroute;
	__u32	spi;
	__u32	radij;
	__u32	esp;
	__u32	ah;
	__u32	rcv;
	__u32	pfkey;
	__u32	ipcomp;
	__u32	verbose;
	__u32	reserved;
};

struct klips_ext_protocol {
	__u16	len;			/* 1 */
	__u16	type;
	__u8	proto;			/* transport protocol of the flow, 0 any */
	__u8	direction;		/* old senders leave rubbish here: ignored */
	__u8	flags;
	__u8	reserved;
};

struct klips_ext_natt_type {
	__u16	len;			/* 1 */
	__u16	type;
	__u8	natt;			/* enum klips_natt */
	__u8	reserved[3];
};

struct klips_ext_natt_port {
	__u16	len;			/* 1 */
	__u16	type;
	__u16	port;			/* host byte order, unlike af_key's */
	__u16	reserved;
};

#define KLIPS_PLUMBIF_IPSEC	49152	/* ipsecN is this plus N */

struct klips_ext_plumbif {
	__u16	len;			/* 1 */
	__u16	type;
	__u16	ifnum;
	__u16	reserved;		/* old senders leave rubbish here: ignored */
};

struct klips_ext_saref {
	__u16	len;			/* 2 */
	__u16	type;
	__u32	me;
	__u32	him;
	__u32	reserved;		/* old senders leave rubbish here: ignored */
};

#define KLIPS_REPLAY_ESN	1u	/* 64-bit sequence numbers (RFC 4303, 2.2.1) */

/*
 * The last number of an SA: with ESN a little before they are used up, so that
 * those who count on meanwhile never come round to 0.
 */
#define KLIPS_SEQ_LAST		0xffffffffull
#define KLIPS_SEQ_LAST_ESN	0xffffffff00000000ull

/* What the eight bits of klips_ext_sa.replay cannot say. */
struct klips_ext_replay {
	__u16	len;			/* 3 */
	__u16	type;
	__u32	window;			/* 32 to 4096 packets; 0: what SA says */
	__u32	flags;			/* KLIPS_REPLAY_… */
	__u32	reserved;
	__u64	seq;			/* last number used; 0 in a fresh SA; UPDATE goes on anyway */
};

#define KLIPS_ASSERT_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), "layout of " #type)
KLIPS_ASSERT_SIZE(struct klips_msg_hdr, 16);
KLIPS_ASSERT_SIZE(struct klips_ext, 4);
KLIPS_ASSERT_SIZE(struct klips_ext_sa, 24);
KLIPS_ASSERT_SIZE(struct klips_ext_lifetime, 32);
KLIPS_ASSERT_SIZE(struct klips_ext_address, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_key, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_ident, 16);
KLIPS_ASSERT_SIZE(struct klips_ext_prop, 8);
KLIPS_ASSERT_SIZE(struct klips_comb, 72);
KLIPS_ASSERT_SIZE(struct klips_ext_supported, 8);
KLIPS_ASSERT_SIZE(struct klips_alg, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_spirange, 16);
KLIPS_ASSERT_SIZE(struct klips_ext_satype, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_debug, 56);
KLIPS_ASSERT_SIZE(struct klips_ext_protocol, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_natt_type, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_natt_port, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_plumbif, 8);
KLIPS_ASSERT_SIZE(struct klips_ext_saref, 16);
KLIPS_ASSERT_SIZE(struct klips_ext_replay, 24);

#endif /* KLIPS_PFKEYV2_H */
