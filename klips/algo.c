// SPDX-License-Identifier: GPL-2.0-only
/*
 * Algorithms: PF_KEY numbers to the kernel's crypto, and keys into transforms.
 *
 * Two tables say all there is; adding an algorithm is adding a row.  Nothing
 * here touches packets.  RFC 2404, 2451, 3602, 3686, 4106, 4309, 4868, 7634.
 */
#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <crypto/hash.h>
#include <crypto/hash.h>
#include <linux/crypto.h>
#include <linux/kernel.h>
#include <linux/rtnetlink.h>

#include "klips/algo.h"
#include "klips/sa.h"

const struct klips_algo_auth klips_algo_auths[] = {
	{ KLIPS_AUTH_SHA2_512, 32, 64, 512, false, "hmac(sha512)", "_HMAC_SHA2_512" },
	{ KLIPS_AUTH_SHA2_384, 24, 48, 384, false, "hmac(sha384)", "_HMAC_SHA2_384" },
	{ KLIPS_AUTH_SHA2_256, 16, 32, 256, false, "hmac(sha256)", "_HMAC_SHA2_256" },
	{ KLIPS_AUTH_SHA1, 12, 20, 160, false, "hmac(sha1)", "_HMAC_SHA1" },
	{ KLIPS_AUTH_MD5, 12, 16, 128, true, "hmac(md5)", "_HMAC_MD5" },
	{ KLIPS_AUTH_SHA2_256_96, 12, 32, 256, false, "hmac(sha256)", "_ID252" },
};
const unsigned int klips_algo_auth_count = ARRAY_SIZE(klips_algo_auths);

/* The bits of combined and counter modes include the salt or nonce at the key's end. */
const struct klips_algo_encr klips_algo_encrs[] = {
	{ KLIPS_ENCR_AES_GCM_16, KLIPS_MODE_AEAD, 8, 1, 16, 160, 288, 64, false,
	  "rfc4106(gcm(aes))", "_AES_GCM" },
	{ KLIPS_ENCR_AES_GCM_12, KLIPS_MODE_AEAD, 8, 1, 12, 160, 288, 64, false,
	  "rfc4106(gcm(aes))", "_AES_GCM_12" },
	{ KLIPS_ENCR_AES_GCM_8, KLIPS_MODE_AEAD, 8, 1, 8, 160, 288, 64, false,
	  "rfc4106(gcm(aes))", "_AES_GCM_8" },
	{ KLIPS_ENCR_CHACHA20_POLY1305, KLIPS_MODE_AEAD, 8, 1, 16, 288, 288, 64, false,
	  "rfc7539esp(chacha20,poly1305)", "_CHACHA20_POLY1305" },
	{ KLIPS_ENCR_AES_CCM_16, KLIPS_MODE_AEAD, 8, 1, 16, 152, 280, 64, false,
	  "rfc4309(ccm(aes))", "_AES_CCM" },
	{ KLIPS_ENCR_AES_CCM_12, KLIPS_MODE_AEAD, 8, 1, 12, 152, 280, 64, false,
	  "rfc4309(ccm(aes))", "_AES_CCM_12" },
	{ KLIPS_ENCR_AES_CCM_8, KLIPS_MODE_AEAD, 8, 1, 8, 152, 280, 64, false,
	  "rfc4309(ccm(aes))", "_AES_CCM_8" },
	{ KLIPS_ENCR_AES_CBC, KLIPS_MODE_CBC, 16, 16, 0, 128, 256, 64, false,
	  "cbc(aes)", "_AES" },
	{ KLIPS_ENCR_AES_CTR, KLIPS_MODE_CTR, 8, 1, 0, 160, 288, 64, false,
	  "rfc3686(ctr(aes))", "_AES_CTR" },
	{ KLIPS_ENCR_3DES, KLIPS_MODE_CBC, 8, 8, 0, 192, 192, 64, true,
	  "cbc(des3_ede)", "_3DES" },
	{ KLIPS_ENCR_NULL, KLIPS_MODE_NULL, 0, 1, 0, 0, 0, 64, false,
	  "ecb(cipher_null)", "_NULL" },
};
const unsigned int klips_algo_encr_count = ARRAY_SIZE(klips_algo_encrs);

/**
 * klips_algo_auth_find() - row of a MAC
 * @id:	enum klips_auth
 *
 * Return: the row, NULL if there is none.
 */
const struct klips_algo_auth *klips_algo_auth_find(u8 id)
{
	unsigned int i;

	for (i = 0; i < klips_algo_auth_count; i++)
		if (klips_algo_auths[i].id == id)
			return &klips_algo_auths[i];
	return NULL;
}

/**
 * klips_algo_encr_find() - row of a cipher
 * @id:	enum klips_encr
 *
 * Return: the row, NULL if there is none.
 */
const struct klips_algo_encr *klips_algo_encr_find(u8 id)
{
	unsigned int i;

	for (i = 0; i < klips_algo_encr_count; i++)
		if (klips_algo_encrs[i].id == id)
			return &klips_algo_encrs[i];
	return NULL;
}

/**
 * klips_algo_auth_present() - does this kernel have a MAC, now?
 * @auth:	its row
 *
 * May load a module; process context.
 */
bool klips_algo_auth_present(const struct klips_algo_auth *auth)
{
	return crypto_has_ahash(auth->crypto, 0, 0);
}

/**
 * klips_algo_encr_present() - does this kernel have a cipher, now?
 * @encr:	its row
 *
 * May load a module; process context.
 */
bool klips_algo_encr_present(const struct klips_algo_encr *encr)
{
	return crypto_has_alg(encr->crypto, 0, 0);
}

/* Key blob of authenc: a header saying where the MAC's key ends, then both keys. */
static int set_authenc_key(struct crypto_aead *aead, const struct klips_sa_spec *spec)
{
	unsigned int alen = DIV_ROUND_UP(spec->auth_bits, 8);
	unsigned int elen = DIV_ROUND_UP(spec->encrypt_bits, 8);
	unsigned int len = RTA_SPACE(sizeof(struct crypto_authenc_key_param)) + alen + elen;
	struct crypto_authenc_key_param *param;
	struct rtattr *rta;
	u8 *blob, *p;
	int err;

	blob = kzalloc(len, GFP_KERNEL);
	if (!blob)
		return -ENOMEM;
	rta = (struct rtattr *)blob;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(elen);
	p = blob + RTA_SPACE(sizeof(*param));
	if (alen)
		memcpy(p, spec->auth_key, alen);
	if (elen)
		memcpy(p + alen, spec->encrypt_key, elen);
	err = crypto_aead_setkey(aead, blob, len);
	kfree_sensitive(blob);
	return err;
}

static int set_keys(struct crypto_aead *aead, const struct klips_algo_encr *encr,
		    const struct klips_algo_auth *auth, const struct klips_sa_spec *spec)
{
	int err;

	if (encr->mode != KLIPS_MODE_AEAD) {
		err = crypto_aead_setauthsize(aead, auth ? auth->icv : 0);
		return err ?: set_authenc_key(aead, spec);
	}
	err = crypto_aead_setauthsize(aead, encr->icv);
	return err ?: crypto_aead_setkey(aead, spec->encrypt_key, spec->encrypt_bits / 8);
}

/**
 * klips_algo_aead() - a keyed transform for ESP
 * @encr:	cipher
 * @auth:	MAC; NULL with KLIPS_MODE_AEAD, or for a cipher without authentication
 * @spec:	keys, their lengths already checked against the rows
 * @esn:	64-bit sequence numbers
 *
 * Process context; may load modules.
 *
 * Return: the transform, or an error: -EPROTO if the kernel has no such
 * algorithm, -EINVAL if it refuses the key, -ENOMEM.
 */
struct crypto_aead *klips_algo_aead(const struct klips_algo_encr *encr,
				    const struct klips_algo_auth *auth,
				    const struct klips_sa_spec *spec, bool esn)
{
	char name[CRYPTO_MAX_ALG_NAME];
	struct crypto_aead *aead;
	int err;

	if (encr->mode == KLIPS_MODE_AEAD)
		strscpy(name, encr->crypto, sizeof(name));
	else if (snprintf(name, sizeof(name), "%s(%s,%s)", esn ? "authencesn" : "authenc",
			  auth ? auth->crypto : "digest_null", encr->crypto) >= sizeof(name))
		return ERR_PTR(-ENAMETOOLONG);

	aead = crypto_alloc_aead(name, 0, 0);
	if (IS_ERR(aead))
		return PTR_ERR(aead) == -ENOENT ? ERR_PTR(-EPROTO) : aead;
	err = set_keys(aead, encr, auth, spec);
	if (err) {
		crypto_free_aead(aead);
		return ERR_PTR(err);
	}
	return aead;
}

/**
 * klips_algo_mac() - a keyed MAC for AH
 * @auth:	its row
 * @spec:	key, its length already checked against the row
 *
 * Process context; may load modules. The result computes without sleeping.
 *
 * Return: the MAC, or an error: -EPROTO if the kernel has no such algorithm,
 * -EINVAL if it refuses the key, -ENOMEM.
 */
struct crypto_shash *klips_algo_mac(const struct klips_algo_auth *auth,
				    const struct klips_sa_spec *spec)
{
	struct crypto_shash *mac = crypto_alloc_shash(auth->crypto, 0, 0);
	int err;

	if (IS_ERR(mac))
		return PTR_ERR(mac) == -ENOENT ? ERR_PTR(-EPROTO) : mac;
	err = crypto_shash_setkey(mac, spec->auth_key, spec->auth_bits / 8);
	if (err) {
		crypto_free_shash(mac);
		return ERR_PTR(err);
	}
	return mac;
}
