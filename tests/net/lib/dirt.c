// SPDX-License-Identifier: GPL-2.0-or-later
/* Which bytes of PF_KEY messages mean nothing and must be zero. RFC 2367, section 2. */
#include "tests/net/lib/dirt.h"

static bool clean(const void *ext, size_t from, size_t upto)
{
	const u8 *bytes = ext;

	for (; from < upto; from++)
		if (bytes[from])
			return false;
	return true;
}

static bool address_clean(const struct klips_ext *ext)
{
	const struct sockaddr_in *in4 = (const void *)((const struct klips_ext_address *)(const void *)ext + 1);

	if (in4->sin_family == AF_INET)		/* prefix length and reserved; sin_zero */
		return clean(ext, 5, 8) && clean(ext, 16, 24);
	/* flow information, scope and pad */
	return clean(ext, 5, 8) && clean(ext, 12, 16) && clean(ext, 32, 40);
}

static bool ident_clean(const struct klips_ext *ext, size_t bytes)
{
	const char *text = (const char *)ext + sizeof(struct klips_ext_ident);
	size_t room = bytes - sizeof(struct klips_ext_ident);

	return clean(ext, 6, 8) &&
	       clean(ext, sizeof(struct klips_ext_ident) + strnlen(text, room), bytes);
}

static bool key_clean(const struct klips_ext *ext, size_t bytes)
{
	const struct klips_ext_key *key = (const void *)ext;

	return clean(ext, 6, 8) && clean(ext, sizeof(*key) + DIV_ROUND_UP(key->bits, 8), bytes);
}

static bool list_clean(const struct klips_ext *ext, size_t bytes)
{
	size_t at;

	for (at = sizeof(struct klips_ext_supported); at < bytes; at += sizeof(struct klips_alg))
		if (!clean(ext, at + 6, at + 8))
			return false;
	return clean(ext, 4, 8);
}

static bool proposal_clean(const struct klips_ext *ext, size_t bytes)
{
	size_t at;

	for (at = sizeof(struct klips_ext_prop); at < bytes; at += sizeof(struct klips_comb))
		if (!clean(ext, at + 12, at + 16))
			return false;
	return clean(ext, 5, 8);
}

static bool ext_clean(const struct klips_ext *ext)
{
	size_t bytes = ext->len * KLIPS_PFKEY_WORD;

	switch (ext->type) {
	case KLIPS_EXT_SA:
	case KLIPS_EXT_SA2:
		return clean(ext, 20, 24);
	case KLIPS_EXT_LIFETIME_CURRENT ... KLIPS_EXT_LIFETIME_SOFT:
		return clean(ext, sizeof(struct klips_ext_lifetime), bytes);
	case KLIPS_EXT_ADDRESS_SRC ... KLIPS_EXT_ADDRESS_PROXY:
	case KLIPS_EXT_ADDRESS_DST2 ... KLIPS_EXT_DST_MASK:
	case KLIPS_EXT_NAT_T_OA:
		return address_clean(ext);
	case KLIPS_EXT_KEY_AUTH:
	case KLIPS_EXT_KEY_ENCRYPT:
		return key_clean(ext, bytes);
	case KLIPS_EXT_IDENTITY_SRC:
	case KLIPS_EXT_IDENTITY_DST:
		return ident_clean(ext, bytes);
	case KLIPS_EXT_PROPOSAL:
		return proposal_clean(ext, bytes);
	case KLIPS_EXT_SUPPORTED_AUTH:
	case KLIPS_EXT_SUPPORTED_ENCRYPT:
		return list_clean(ext, bytes);
	case KLIPS_EXT_SPIRANGE:
		return clean(ext, 12, 16);
	case KLIPS_EXT_SATYPE2:
	case KLIPS_EXT_NAT_T_TYPE:
	case KLIPS_EXT_PROTOCOL:
		return clean(ext, 5, 8);
	case KLIPS_EXT_DEBUG:
		return clean(ext, 52, 56);
	case KLIPS_EXT_NAT_T_SPORT:
	case KLIPS_EXT_NAT_T_DPORT:
	case KLIPS_EXT_PLUMBIF:
		return clean(ext, 6, 8);
	case KLIPS_EXT_SAREF:
	case KLIPS_EXT_REPLAY:
		return clean(ext, 12, 16);
	default:	/* nothing else comes from the kernel */
		return false;
	}
}

const char *message_dirt(const struct klips_msg *msg)
{
	int i;

	if (!clean(msg->hdr, 6, 8))
		return "header";
	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		if (msg->ext[i] && !ext_clean(msg->ext[i]))
			return klips_ext_name(i);
	return NULL;
}
