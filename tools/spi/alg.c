// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of algorithms: cipher, perhaps with the bits of its key, "-", MAC,
 * perhaps with the bits of its ICV: 3des-md5-96, aes-sha1-96, aes256-sha2_256,
 * aes_gcm16.  Whether the kernel has an algorithm is for the kernel to say.
 */
#include <string.h>

#include "tools/spi/spi.h"

#define MAC_PREFIX	"hmac-"

/* A cipher; key lengths in bits, ended by 0. */
struct cipher {
	const char *name;
	u8 id;
	bool aead;
	u8 salt_bytes;
	u16 key_bits[4];
};

#define AES_BITS	{ 128, 192, 256 }

static const struct cipher ciphers[] = {
	{ "3des", KLIPS_ENCR_3DES, false, 0, { 0 } },
	{ "aes", KLIPS_ENCR_AES_CBC, false, 0, AES_BITS },
	{ "aes_ctr", KLIPS_ENCR_AES_CTR, false, 4, AES_BITS },
	{ "aes_ccm8", KLIPS_ENCR_AES_CCM_8, true, 3, AES_BITS },
	{ "aes_ccm12", KLIPS_ENCR_AES_CCM_12, true, 3, AES_BITS },
	{ "aes_ccm16", KLIPS_ENCR_AES_CCM_16, true, 3, AES_BITS },
	{ "aes_gcm8", KLIPS_ENCR_AES_GCM_8, true, 4, AES_BITS },
	{ "aes_gcm12", KLIPS_ENCR_AES_GCM_12, true, 4, AES_BITS },
	{ "aes_gcm16", KLIPS_ENCR_AES_GCM_16, true, 4, AES_BITS },
	{ "aes_gcm", KLIPS_ENCR_AES_GCM_16, true, 4, AES_BITS },
	{ "chacha20poly1305", KLIPS_ENCR_CHACHA20_POLY1305, true, 4, { 0 } },
	{ "null", KLIPS_ENCR_NULL, false, 0, { 0 } },
};

/* A MAC with one length of its ICV. */
struct mac {
	const char *name;
	unsigned int bits;
	u8 id;
};

/* The first row of a name is what it means without a length. */
static const struct mac macs[] = {
	{ "md5", 96, KLIPS_AUTH_MD5 },
	{ "sha1", 96, KLIPS_AUTH_SHA1 },
	{ "sha2_256", 128, KLIPS_AUTH_SHA2_256 },
	{ "sha2_256", 96, KLIPS_AUTH_SHA2_256_96 },
	{ "sha256", 128, KLIPS_AUTH_SHA2_256 },
	{ "sha256", 96, KLIPS_AUTH_SHA2_256_96 },
	{ "sha2_384", 192, KLIPS_AUTH_SHA2_384 },
	{ "sha2_512", 256, KLIPS_AUTH_SHA2_512 },
};

/* The number a text ends with: no sign, no leading zero. */
static bool all_number(const char *text, unsigned int *number)
{
	u64 value;

	if (*text == '0' || said_digits(text, strlen(text), 10, &value) || value > 0xffff)
		return false;
	*number = (unsigned int)value;
	return true;
}

static const struct mac *find_mac(const char *name)
{
	size_t i, len;
	unsigned int bits;

	if (!strncmp(name, MAC_PREFIX, strlen(MAC_PREFIX)))
		name += strlen(MAC_PREFIX);
	for (i = 0; i < ARRAY_SIZE(macs); i++) {
		len = strlen(macs[i].name);
		if (strncmp(name, macs[i].name, len))
			continue;
		if (!name[len])
			return &macs[i];
		if (name[len] == '-' && all_number(name + len + 1, &bits) && bits == macs[i].bits)
			return &macs[i];
	}
	return NULL;
}

/* Bits of a key, up to "-" or the end; 0 if the name says nothing. */
static bool key_bits(const struct cipher *cipher, const char *text, size_t len,
		     unsigned int *bits)
{
	const u16 *allowed;
	u64 value;

	*bits = 0;
	if (!len)
		return true;
	if (said_digits(text, len, 10, &value))
		return false;
	for (allowed = cipher->key_bits; *allowed; allowed++)
		if (*allowed == value) {
			*bits = *allowed;
			return *text != '0';
		}
	return false;
}

static const struct cipher *find_cipher(const char *name, size_t len, unsigned int *bits)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ciphers); i++) {
		size_t own = strlen(ciphers[i].name);

		if (own <= len && !strncmp(name, ciphers[i].name, own) &&
		    key_bits(&ciphers[i], name + own, len - own, bits))
			return &ciphers[i];
	}
	return NULL;
}

/**
 * spi_alg_esp() - what the argument of --esp means
 * @name:	the argument
 * @alg:	filled in
 *
 * Return: false if it is not known, or is neither encryption nor authentication.
 */
bool spi_alg_esp(const char *name, struct spi_alg *alg)
{
	const char *dash = strchr(name, '-');
	const struct cipher *cipher;
	const struct mac *mac = NULL;
	unsigned int bits;

	cipher = find_cipher(name, dash ? (size_t)(dash - name) : strlen(name), &bits);
	if (dash)
		mac = find_mac(dash + 1);
	if (!cipher || (dash && !mac) || (cipher->aead && mac))
		return false;
	if (cipher->id == KLIPS_ENCR_NULL && !mac)
		return false;
	*alg = (struct spi_alg) {
		.encrypt = cipher->id,
		.auth = mac ? mac->id : KLIPS_AUTH_NONE,
		.enc_key = cipher->id != KLIPS_ENCR_NULL,
		.auth_key = mac,
		.key_bits = bits,
		.salt_bytes = cipher->salt_bytes,
	};
	return true;
}

/**
 * spi_alg_ah() - what the argument of --ah means
 * @name:	the argument
 * @alg:	filled in
 *
 * Return: false if it is not known.
 */
bool spi_alg_ah(const char *name, struct spi_alg *alg)
{
	const struct mac *mac = find_mac(name);

	if (!mac)
		return false;
	*alg = (struct spi_alg) { .auth = mac->id, .auth_key = true };
	return true;
}

/**
 * spi_alg_comp() - what the argument of --comp means
 * @name:	the argument
 * @alg:	filled in
 *
 * Return: false if it is not known.
 */
bool spi_alg_comp(const char *name, struct spi_alg *alg)
{
	*alg = (struct spi_alg) { 0 };
	if (!strcmp(name, "deflate"))
		alg->encrypt = KLIPS_CALG_DEFLATE;
	else if (!strcmp(name, "lzs"))
		alg->encrypt = KLIPS_CALG_LZS;
	return alg->encrypt;
}
