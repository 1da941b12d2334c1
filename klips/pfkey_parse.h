/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading PF_KEY messages: from bytes that nobody vouches for to checked
 * extensions, and from extensions to values.  Pure: see klips/pure.h.
 */
#ifndef KLIPS_PFKEY_PARSE_H
#define KLIPS_PFKEY_PARSE_H

#include "klips/pfkey_msg.h"

struct klips_selector;

/**
 * enum klips_msg_which - the two SAIDs a message can name
 * @KLIPS_SAID_FIRST:	header's SA type, SA, ADDRESS_DST
 * @KLIPS_SAID_SECOND:	SATYPE2, SA2, ADDRESS_DST2 (X_GRPSA)
 */
enum klips_msg_which {
	KLIPS_SAID_FIRST,
	KLIPS_SAID_SECOND,
};

/**
 * klips_msg_check_header() - check a message's header against its length
 * @buf:	the message, aligned to 8 bytes
 * @len:	bytes in it
 *
 * What must hold before anybody else is told about a message.
 *
 * Return: 0, -EMSGSIZE (too short, too long, or not what the header says), or
 * -EINVAL (version, reserved field, type).
 */
int klips_msg_check_header(const void *buf, size_t len);

/**
 * klips_msg_parse() - check a whole message and find its extensions
 * @buf:	the message, aligned to 8 bytes; not changed
 * @len:	bytes in it
 * @dir:	whose rules apply
 * @out:	filled in; meaningless on failure
 * @what:	if not NULL, on failure set to a constant string naming what is
 *		wrong or the extension that is
 *
 * klips_msg_check_header() included.  With KLIPS_TO_USER an error report,
 * that is a header with an errno and perhaps no more, is accepted.
 *
 * Return: 0, or the negative errno old programs expect of this fault.
 */
int klips_msg_parse(const void *buf, size_t len, enum klips_dir dir, struct klips_msg *out,
		    const char **what);

/**
 * klips_msg_has() - is an extension there?
 * @msg:	parsed message
 * @ext:	number
 *
 * Return: true if it is.
 */
static inline bool klips_msg_has(const struct klips_msg *msg, enum klips_ext_type ext)
{
	return msg->ext[ext];
}

/**
 * klips_msg_sa() - read SA or SA2
 * @msg:	parsed message
 * @ext:	KLIPS_EXT_SA or KLIPS_EXT_SA2
 * @sa:		filled in; ref is 0 where the sender gave none (short form, all
 *		ones), all zero if the extension is absent
 *
 * Return: true if the extension is there.
 */
bool klips_msg_sa(const struct klips_msg *msg, enum klips_ext_type ext, struct klips_ext_sa *sa);

/**
 * klips_msg_said() - read a SAID
 * @msg:	parsed message
 * @which:	first or second
 * @said:	filled in; the port of the destination is no part of it
 *
 * Return: 0, or -EINVAL if a part is absent or the SA type has no protocol.
 */
int klips_msg_said(const struct klips_msg *msg, enum klips_msg_which which,
		   struct klips_said *said);

/**
 * klips_msg_addr() - read an address extension
 * @msg:	parsed message
 * @ext:	number of an address extension
 * @addr:	filled in; family 0 if the extension is absent
 * @port:	if not NULL, the port, network byte order
 *
 * Return: true if the extension is there.
 */
bool klips_msg_addr(const struct klips_msg *msg, enum klips_ext_type ext, struct klips_addr *addr,
		    __be16 *port);

/**
 * klips_msg_addr_proto() - transport protocol beside an address
 * @msg:	parsed message
 * @ext:	number of an address extension
 *
 * Return: the protocol, 0 if none or absent.  Only ACQUIRE and NEW_MAPPING set it.
 */
u8 klips_msg_addr_proto(const struct klips_msg *msg, enum klips_ext_type ext);

/**
 * klips_msg_key() - find a key
 * @msg:	parsed message
 * @ext:	KLIPS_EXT_KEY_AUTH or KLIPS_EXT_KEY_ENCRYPT
 * @key:	set to its first byte, inside the message; NULL if absent
 *
 * Return: its length in bits, 0 if absent.
 */
unsigned int klips_msg_key(const struct klips_msg *msg, enum klips_ext_type ext, const u8 **key);

/**
 * klips_msg_lifetime() - read a lifetime
 * @msg:	parsed message
 * @ext:	one of the KLIPS_EXT_LIFETIME_…
 * @life:	filled in; all zero if absent
 *
 * Return: true if the extension is there.
 */
bool klips_msg_lifetime(const struct klips_msg *msg, enum klips_ext_type ext,
			struct klips_msg_life *life);

/**
 * klips_msg_ident() - read an identity
 * @msg:	parsed message
 * @ext:	KLIPS_EXT_IDENTITY_SRC or _DST
 * @type:	set to its type
 * @id:		set to its number
 * @text:	set to its zero-terminated string inside the message, "" if none
 *
 * Return: true if the extension is there; else nothing is set.
 */
bool klips_msg_ident(const struct klips_msg *msg, enum klips_ext_type ext, u16 *type, u64 *id,
		     const char **text);

/**
 * klips_msg_selector() - read the flow a message names
 * @msg:	parsed message with SRC_FLOW, DST_FLOW, SRC_MASK and DST_MASK
 * @sel:	filled in; addresses and ports masked
 *
 * Return: 0, or -EINVAL: an extension absent, families mixed, a mask with
 * holes, a port mask other than none or all, or all with port 0.
 */
int klips_msg_selector(const struct klips_msg *msg, struct klips_selector *sel);

/**
 * klips_msg_spirange() - read the range of SPIs asked for
 * @msg:	parsed message
 * @lo:		smallest, host byte order
 * @hi:		largest, host byte order
 *
 * Return: true if the extension is there; else nothing is set.
 */
bool klips_msg_spirange(const struct klips_msg *msg, u32 *lo, u32 *hi);

/**
 * klips_msg_natt_type() - kind of UDP encapsulation
 * @msg:	parsed message
 *
 * Return: enum klips_natt, KLIPS_NATT_NONE if absent.
 */
u8 klips_msg_natt_type(const struct klips_msg *msg);

/**
 * klips_msg_natt_port() - a port of UDP encapsulation
 * @msg:	parsed message
 * @ext:	KLIPS_EXT_NAT_T_SPORT or _DPORT
 *
 * Return: the port in host byte order, 0 if absent.
 */
u16 klips_msg_natt_port(const struct klips_msg *msg, enum klips_ext_type ext);

/**
 * klips_msg_plumbif() - the device a message names
 * @msg:	parsed message
 * @ifnum:	set to the number as sent: KLIPS_PLUMBIF_IPSEC + N is ipsecN
 *
 * Return: true if the extension is there; else nothing is set.
 */
bool klips_msg_plumbif(const struct klips_msg *msg, u16 *ifnum);

/**
 * klips_msg_saref() - the SA references of SAREF
 * @msg:	parsed message
 * @me:		reference for this SA, 0 if none
 * @him:	reference of the paired SA, 0 if none
 *
 * "Not applicable" is read as none.
 *
 * Return: true if the extension is there; else both are 0.
 */
bool klips_msg_saref(const struct klips_msg *msg, u32 *me, u32 *him);

/**
 * klips_msg_replay() - what REPLAY says of sequence numbers
 * @msg:	parsed message
 * @replay:	set to it, in host byte order; all 0 if absent
 *
 * Return: true if the extension is there.
 */
bool klips_msg_replay(const struct klips_msg *msg, struct klips_ext_replay *replay);

#endif /* KLIPS_PFKEY_PARSE_H */
