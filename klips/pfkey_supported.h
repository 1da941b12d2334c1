/* SPDX-License-Identifier: GPL-2.0-only */
/* Which algorithms an SA type offers, for REGISTER and pf_key_supported. */
#ifndef KLIPS_PFKEY_SUPPORTED_H
#define KLIPS_PFKEY_SUPPORTED_H

#include <klips/pfkeyv2.h>

/* Room for the longest list, and for the longest name old programs can read. */
#define KLIPS_SUPPORTED_MAX	24
#define KLIPS_SUPPORTED_NAME	19

/**
 * struct klips_supported - one list
 * @alg:	its entries, as they travel
 * @name:	their names, without blanks, at most KLIPS_SUPPORTED_NAME characters
 * @count:	how many there are
 */
struct klips_supported {
	struct klips_alg alg[KLIPS_SUPPORTED_MAX];
	const char *name[KLIPS_SUPPORTED_MAX];
	unsigned int count;
};

/**
 * klips_pfkey_supported() - list what this kernel can do for an SA type
 * @list:	filled in, empty if there is nothing
 * @satype:	enum klips_satype
 * @ext:	KLIPS_EXT_SUPPORTED_AUTH or KLIPS_EXT_SUPPORTED_ENCRYPT
 *
 * Context: process; asking for an algorithm may load its module.
 */
void klips_pfkey_supported(struct klips_supported *list, u8 satype, enum klips_ext_type ext);

#endif /* KLIPS_PFKEY_SUPPORTED_H */
