/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Algorithm numbers of PF_KEY and the kernel's names for them.
 */
#ifndef KLIPS_ALGO_H
#define KLIPS_ALGO_H

#include <linux/types.h>

#include <klips/pfkeyv2.h>

struct crypto_aead;
struct crypto_shash;
struct klips_sa_spec;

/**
 * struct klips_algo_auth - a message authentication code
 * @id:		enum klips_auth
 * @icv:	bytes of it that travel
 * @hash:	bytes of the full hash
 * @key_bits:	the only key length it takes
 * @weak:	old scripts name it; one warning per SA
 * @crypto:	the kernel's name
 * @word:	as /proc/net/ipsec_spi prints it
 */
struct klips_algo_auth {
	u8 id;
	u8 icv;
	u8 hash;
	u16 key_bits;
	bool weak;
	const char *crypto;
	const char *word;
};

/* How a cipher's IV is made and what it authenticates. */
enum klips_cipher_mode {
	KLIPS_MODE_NULL,	/* no IV; needs a MAC */
	KLIPS_MODE_CBC,		/* unpredictable IV; needs a MAC */
	KLIPS_MODE_CTR,		/* IV from the sequence number; needs a MAC */
	KLIPS_MODE_AEAD,	/* IV from the sequence number; is its own MAC */
};

/**
 * struct klips_algo_encr - a cipher
 * @id:		enum klips_encr
 * @mode:	see above
 * @iv:		bytes of IV in the packet
 * @block:	bytes to which the payload is padded, before the minimum of 4
 * @icv:	bytes of its own ICV (KLIPS_MODE_AEAD)
 * @minbits:	shortest key, salt included
 * @maxbits:	longest
 * @stepbits:	lengths between come in these steps
 * @weak:	old scripts name it; one warning per SA
 * @crypto:	the kernel's name; for KLIPS_MODE_AEAD the whole transform's
 * @word:	as /proc/net/ipsec_spi prints it
 */
struct klips_algo_encr {
	u8 id;
	u8 mode;
	u8 iv;
	u8 block;
	u8 icv;
	u16 minbits;
	u16 maxbits;
	u16 stepbits;
	bool weak;
	const char *crypto;
	const char *word;
};

const struct klips_algo_auth *klips_algo_auth_find(u8 id);
const struct klips_algo_encr *klips_algo_encr_find(u8 id);

/* Rows in the order a REGISTER reply lists them. */
extern const struct klips_algo_auth klips_algo_auths[];
extern const unsigned int klips_algo_auth_count;
extern const struct klips_algo_encr klips_algo_encrs[];
extern const unsigned int klips_algo_encr_count;

bool klips_algo_auth_present(const struct klips_algo_auth *auth);
bool klips_algo_encr_present(const struct klips_algo_encr *encr);

struct crypto_aead *klips_algo_aead(const struct klips_algo_encr *encr,
				    const struct klips_algo_auth *auth,
				    const struct klips_sa_spec *spec, bool esn);
struct crypto_shash *klips_algo_mac(const struct klips_algo_auth *auth,
				    const struct klips_sa_spec *spec);

#endif /* KLIPS_ALGO_H */
