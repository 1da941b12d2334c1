// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of algorithms as PF_KEY reports them.
 *
 * AH and ESP name the same MACs, because one key daemon merges the two lists.
 * ESP also names the null MAC: daemons offer combined modes only where they see
 * it.  What the numbers stand for is in algo.c.  RFC 2367, 2.3.8.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "klips/algo.h"
#include "klips/pfkey_supported.h"

struct fixed {
	u8 satype;
	struct klips_alg alg;
	const char *name;
};

/* Address bits inside and outside of a tunnel; compression has no lengths. */
static const struct fixed fixed_encrypt[] = {
	{ KLIPS_SATYPE_IPIP, { KLIPS_TALG_V4_IN_V4, 0, 32, 32, 0 }, "ipv4-in-ipv4" },
	{ KLIPS_SATYPE_IPIP, { KLIPS_TALG_V6_IN_V4, 0, 128, 32, 0 }, "ipv6-in-ipv4" },
	{ KLIPS_SATYPE_IPIP, { KLIPS_TALG_V4_IN_V6, 0, 32, 128, 0 }, "ipv4-in-ipv6" },
	{ KLIPS_SATYPE_IPIP, { KLIPS_TALG_V6_IN_V6, 0, 128, 128, 0 }, "ipv6-in-ipv6" },
	{ KLIPS_SATYPE_COMP, { KLIPS_CALG_DEFLATE, 0, 1, 1, 0 }, "deflate" },
};

static void add(struct klips_supported *list, const struct klips_alg *alg, const char *name)
{
	if (WARN_ON_ONCE(list->count == KLIPS_SUPPORTED_MAX))
		return;
	list->alg[list->count] = *alg;
	list->name[list->count] = name;
	list->count++;
}

/* The crypto API's name where old programs have room for it, else our short one. */
static const char *short_name(const char *crypto, const char *word)
{
	if (strlen(crypto) <= KLIPS_SUPPORTED_NAME)
		return crypto;
	return word + (*word == '_');
}

static void add_auths(struct klips_supported *list, u8 satype)
{
	struct klips_alg null = { .id = KLIPS_AUTH_NULL };
	unsigned int i;

	for (i = 0; i < klips_algo_auth_count; i++) {
		const struct klips_algo_auth *a = &klips_algo_auths[i];
		struct klips_alg alg = {
			.id = a->id, .minbits = a->key_bits, .maxbits = a->key_bits,
		};

		if (klips_algo_auth_present(a))
			add(list, &alg, short_name(a->crypto, a->word));
	}
	if (satype == KLIPS_SATYPE_ESP)
		add(list, &null, "null");
}

static void add_ciphers(struct klips_supported *list)
{
	unsigned int i;

	for (i = 0; i < klips_algo_encr_count; i++) {
		const struct klips_algo_encr *e = &klips_algo_encrs[i];
		struct klips_alg alg = {
			.id = e->id, .ivlen = 8 * e->iv, .minbits = e->minbits,
			.maxbits = e->maxbits,
		};

		if (klips_algo_encr_present(e))
			add(list, &alg, short_name(e->crypto, e->word));
	}
}

static void add_fixed(struct klips_supported *list, u8 satype)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fixed_encrypt); i++)
		if (fixed_encrypt[i].satype == satype)
			add(list, &fixed_encrypt[i].alg, fixed_encrypt[i].name);
}

void klips_pfkey_supported(struct klips_supported *list, u8 satype, enum klips_ext_type ext)
{
	bool has_macs = satype == KLIPS_SATYPE_AH || satype == KLIPS_SATYPE_ESP;

	list->count = 0;
	if (ext == KLIPS_EXT_SUPPORTED_AUTH && has_macs)
		add_auths(list, satype);
	else if (ext == KLIPS_EXT_SUPPORTED_ENCRYPT && satype == KLIPS_SATYPE_ESP)
		add_ciphers(list);
	else if (ext == KLIPS_EXT_SUPPORTED_ENCRYPT)
		add_fixed(list, satype);
}
