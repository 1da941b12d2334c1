/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing PF_KEY messages into a caller's buffer.  Pure: see klips/pure.h.
 *
 * Start, add extensions in rising order of number, end.  The first mistake
 * (no room, wrong order, a value that does not fit) is remembered; later calls
 * do nothing and klips_build_end() returns it.  No byte of a message is left
 * unwritten.
 */
#ifndef KLIPS_PFKEY_BUILD_H
#define KLIPS_PFKEY_BUILD_H

#include "klips/pfkey_msg.h"

struct klips_selector;

/**
 * struct klips_build - a message being written
 * @buf:	the caller's buffer, aligned to 8 bytes
 * @size:	bytes in it, or KLIPS_PFKEY_MAX_BYTES if it is larger
 * @len:	bytes written
 * @last:	number of the last extension
 * @err:	0, or the first mistake
 */
struct klips_build {
	u8 *buf;
	size_t size;
	size_t len;
	u16 last;
	int err;
};

/**
 * klips_build_start() - begin a message
 * @b:		builder, need not be initialised
 * @buf:	where to write, aligned to 8 bytes
 * @size:	bytes there
 * @type:	enum klips_msg_type
 * @satype:	enum klips_satype
 * @seq:	sequence number
 * @pid:	process id, 0 for messages the kernel begins
 */
void klips_build_start(struct klips_build *b, void *buf, size_t size, u8 type, u8 satype, u32 seq,
		       u32 pid);

/**
 * klips_build_errno() - put an errno into the header
 * @b:		builder
 * @err:	errno of either sign; what does not fit 8 bits becomes 255
 */
void klips_build_errno(struct klips_build *b, int err);

/**
 * klips_build_sa() - add SA or SA2
 * @b:		builder
 * @ext:	KLIPS_EXT_SA or KLIPS_EXT_SA2
 * @sa:		values; len, type and reserved are ignored
 */
void klips_build_sa(struct klips_build *b, enum klips_ext_type ext, const struct klips_ext_sa *sa);

/**
 * klips_build_addr() - add an address
 * @b:		builder
 * @ext:	number of an address extension
 * @addr:	AF_INET or AF_INET6, anything else is -EPFNOSUPPORT
 * @port:	network byte order
 */
void klips_build_addr(struct klips_build *b, enum klips_ext_type ext,
		      const struct klips_addr *addr, __be16 port);

/**
 * klips_build_addr_proto() - add an address with its transport protocol
 * @b:		builder
 * @ext:	number of an address extension
 * @addr:	AF_INET or AF_INET6
 * @port:	network byte order
 * @proto:	transport protocol; only ACQUIRE and NEW_MAPPING use it
 */
void klips_build_addr_proto(struct klips_build *b, enum klips_ext_type ext,
			    const struct klips_addr *addr, __be16 port, u8 proto);

/**
 * klips_build_key() - add a key
 * @b:		builder
 * @ext:	KLIPS_EXT_KEY_AUTH or KLIPS_EXT_KEY_ENCRYPT
 * @key:	its bytes
 * @bits:	its length in bits, not 0 (-EINVAL)
 *
 * The buffer holds a secret from here on: wipe it.
 */
void klips_build_key(struct klips_build *b, enum klips_ext_type ext, const void *key,
		     unsigned int bits);

/**
 * klips_build_lifetime() - add a lifetime
 * @b:		builder
 * @ext:	one of the KLIPS_EXT_LIFETIME_…
 * @life:	values and form
 */
void klips_build_lifetime(struct klips_build *b, enum klips_ext_type ext,
			  const struct klips_msg_life *life);

/**
 * klips_build_ident() - add an identity
 * @b:		builder
 * @ext:	KLIPS_EXT_IDENTITY_SRC or _DST
 * @type:	its type
 * @id:		its number
 * @text:	its string, "" if it has none
 */
void klips_build_ident(struct klips_build *b, enum klips_ext_type ext, u16 type, u64 id,
		       const char *text);

/**
 * klips_build_proposal() - add a proposal
 * @b:		builder
 * @replay:	window in packets
 * @combs:	combinations of algorithms, best first
 * @n:		how many
 */
void klips_build_proposal(struct klips_build *b, u8 replay, const struct klips_comb *combs,
			  unsigned int n);

/**
 * klips_build_supported() - add a list of algorithms
 * @b:		builder
 * @ext:	KLIPS_EXT_SUPPORTED_AUTH or _ENCRYPT
 * @algs:	algorithms; reserved is ignored
 * @n:		how many; 0 adds nothing
 */
void klips_build_supported(struct klips_build *b, enum klips_ext_type ext,
			   const struct klips_alg *algs, unsigned int n);

/**
 * klips_build_spirange() - add a range of SPIs
 * @b:		builder
 * @lo:		smallest, host byte order
 * @hi:		largest, host byte order
 */
void klips_build_spirange(struct klips_build *b, u32 lo, u32 hi);

/**
 * klips_build_satype2() - add the SA type of a second SAID
 * @b:		builder
 * @satype:	enum klips_satype
 */
void klips_build_satype2(struct klips_build *b, u8 satype);

/**
 * klips_build_selector() - add SRC_FLOW, DST_FLOW, SRC_MASK, DST_MASK
 * @b:		builder
 * @sel:	the flow; ports other than 0 are written with a full mask
 *
 * And PROTOCOL, if the selector has one.
 */
void klips_build_selector(struct klips_build *b, const struct klips_selector *sel);

/**
 * klips_build_debug() - add debug masks
 * @b:		builder
 * @masks:	values; len, type and reserved are ignored
 */
void klips_build_debug(struct klips_build *b, const struct klips_ext_debug *masks);

/**
 * klips_build_protocol() - add the transport protocol of a flow
 * @b:		builder
 * @proto:	transport protocol
 */
void klips_build_protocol(struct klips_build *b, u8 proto);

/**
 * klips_build_natt_type() - add the kind of UDP encapsulation
 * @b:		builder
 * @natt:	enum klips_natt
 */
void klips_build_natt_type(struct klips_build *b, u8 natt);

/**
 * klips_build_natt_port() - add a port of UDP encapsulation
 * @b:		builder
 * @ext:	KLIPS_EXT_NAT_T_SPORT or _DPORT
 * @port:	host byte order
 */
void klips_build_natt_port(struct klips_build *b, enum klips_ext_type ext, u16 port);

/**
 * klips_build_plumbif() - add a device
 * @b:		builder
 * @ifnum:	KLIPS_PLUMBIF_IPSEC + N for ipsecN
 */
void klips_build_plumbif(struct klips_build *b, u16 ifnum);

/**
 * klips_build_saref() - add SA references
 * @b:		builder
 * @me:		reference of this SA
 * @him:	reference of the paired SA, 0 if none
 */
void klips_build_saref(struct klips_build *b, u32 me, u32 him);

/**
 * klips_build_replay() - add what SA cannot say of sequence numbers
 * @b:		builder
 * @window:	packets, 0: as in SA
 * @flags:	KLIPS_REPLAY_ESN or 0
 * @seq:	last number used
 */
void klips_build_replay(struct klips_build *b, u32 window, u32 flags, u64 seq);

/**
 * klips_build_end() - finish a message
 * @b:		builder
 *
 * Return: its length in bytes, or the first mistake: -EMSGSIZE (no room),
 * -EINVAL (order of extensions, a value), -EPFNOSUPPORT (address family).
 */
int klips_build_end(struct klips_build *b);

#endif /* KLIPS_PFKEY_BUILD_H */
