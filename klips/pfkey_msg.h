/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PF_KEY messages: the types and tables that parser, builder, printers and
 * fuzzers share.
 *
 * One row per message type says which extensions it must and may carry in
 * each direction; one row per extension says its name, its length and what
 * else must hold inside it.  Layouts and numbers are in klips/pfkeyv2.h.
 * RFC 2367, sections 2.3 and 3.1, and the KLIPS extensions.
 */
#ifndef KLIPS_PFKEY_MSG_H
#define KLIPS_PFKEY_MSG_H

#include <klips/pfkeyv2.h>
#include "klips/pure.h"

/**
 * enum klips_dir - who a message is for; the rules differ
 * @KLIPS_TO_KERNEL:	a request, or whatever else a program sends
 * @KLIPS_TO_USER:	a reply, a report or a message the kernel begins
 */
enum klips_dir {
	KLIPS_TO_KERNEL,
	KLIPS_TO_USER,
	KLIPS_DIRS,
};

/**
 * struct klips_msg - a checked message: where each extension lies
 * @hdr:	its header, the start of the buffer that was parsed
 * @ext:	extension by number, NULL where absent; points into the buffer
 * @dir:	direction it was checked for
 *
 * Valid as long as the buffer is.
 */
struct klips_msg {
	const struct klips_msg_hdr *hdr;
	const struct klips_ext *ext[KLIPS_EXT_MAX + 1];
	enum klips_dir dir;
};

/**
 * struct klips_ext_row - what is known about one extension number
 * @name:	its name, without prefix
 * @min_words:	shortest length
 * @max_words:	longest length
 * @check:	looks inside, once the length is within bounds: 0 or -errno;
 *		NULL if there is nothing more to check
 */
struct klips_ext_row {
	const char *name;
	u16 min_words;
	u16 max_words;
	int (*check)(const struct klips_ext *ext);
};

/**
 * enum klips_satype_rule - which SA types a message may name
 * @KLIPS_SATYPE_ANY:		any up to KLIPS_SATYPE_MAX, none included
 * @KLIPS_SATYPE_SET:		any but none
 * @KLIPS_SATYPE_PROTO:		one that has an IP protocol
 * @KLIPS_SATYPE_PROTO_OR_NONE:	one that has an IP protocol, or none
 */
enum klips_satype_rule {
	KLIPS_SATYPE_ANY,
	KLIPS_SATYPE_SET,
	KLIPS_SATYPE_PROTO,
	KLIPS_SATYPE_PROTO_OR_NONE,
};

/**
 * struct klips_msg_row - what is known about one message type
 * @name:	its name, without prefix
 * @rule:	SA types it takes
 * @required:	extensions it must carry, bit n for number n, by direction
 * @permitted:	extensions it may carry, the required ones included
 */
struct klips_msg_row {
	const char *name;
	enum klips_satype_rule rule;
	u64 required[KLIPS_DIRS];
	u64 permitted[KLIPS_DIRS];
};

/* Bit of an extension in such a mask, by name; and those that make a flow. */
#define KLIPS_EXT_BIT(name)	BIT_ULL(KLIPS_EXT_##name)
#define KLIPS_EXT_BITS_NETS	(KLIPS_EXT_BIT(SRC_FLOW) | KLIPS_EXT_BIT(DST_FLOW) | \
				 KLIPS_EXT_BIT(SRC_MASK) | KLIPS_EXT_BIT(DST_MASK))

#define KLIPS_IDENT_WORDS_MAX	64		/* of one identity */
#define KLIPS_SAREF_LIMIT	32768		/* SA references are smaller */
#define KLIPS_SAREF_UNSET	0xffffffffu	/* in SA: none */
#define KLIPS_SAREF_NA		0xffff0001u	/* in SAREF, from old key daemons: none */

extern const struct klips_ext_row klips_ext_rows[KLIPS_EXT_MAX + 1];
extern const struct klips_msg_row klips_msg_rows[KLIPS_MSG_MAX + 1];

/**
 * struct klips_msg_life - the four limits or counts of a lifetime extension
 * @allocations:	connections or the like
 * @bytes:		bytes carried
 * @addtime:		seconds since it was added
 * @usetime:		seconds since it was first used
 * @wide:		the 40-byte form of some old programs, its tail zero
 */
struct klips_msg_life {
	u32 allocations;
	u64 bytes;
	u64 addtime;
	u64 usetime;
	bool wide;
};

/**
 * klips_satype_to_proto() - IP protocol of an SA type
 * @satype:	enum klips_satype
 *
 * Return: enum klips_proto, KLIPS_PROTO_NONE if it has none.
 */
u8 klips_satype_to_proto(u8 satype);

/**
 * klips_proto_to_satype() - SA type of an IP protocol
 * @proto:	enum klips_proto
 *
 * Return: enum klips_satype, KLIPS_SATYPE_UNSPEC if there is none.
 */
u8 klips_proto_to_satype(u8 proto);

/**
 * klips_msg_name() - name of a message type
 * @type:	enum klips_msg_type or any other number
 *
 * Return: constant string, "unknown" outside the range.
 */
const char *klips_msg_name(unsigned int type);

/**
 * klips_ext_name() - name of an extension
 * @type:	enum klips_ext_type or any other number
 *
 * Return: constant string, "unknown" outside the range.
 */
const char *klips_ext_name(unsigned int type);

/**
 * klips_satype_name() - name of an SA type
 * @satype:	enum klips_satype or any other number
 *
 * Return: constant string, "unknown" outside the range.
 */
const char *klips_satype_name(unsigned int satype);

#endif /* KLIPS_PFKEY_MSG_H */
