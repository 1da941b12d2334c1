/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Eroutes and SAs from test programs: one function for each request, over
 * lib/pfkey. Words of the command line to addresses and keys.
 */
#ifndef TEST_EROUTES_H
#define TEST_EROUTES_H

#include "klips/radix.h"
#include "pfkey.h"

/**
 * struct tunnel - one direction of a tunnel: an IPIP SA and an ESP SA behind it
 * @src:	outer source
 * @dst:	outer destination
 * @tun:	SPI of the IPIP SA, host byte order
 * @esp:	SPI of the ESP SA, host byte order
 * @enc:	key for AES-CBC
 * @enc_len:	bytes of it
 * @auth:	key for HMAC-SHA1
 * @auth_len:	bytes of it
 */
struct tunnel {
	struct klips_addr src, dst;
	u32 tun, esp;
	u8 enc[32];
	unsigned int enc_len;
	u8 auth[32];
	unsigned int auth_len;
};

/* All end the program with a message if the word is not what it should be. */
struct klips_addr word_addr(const char *word);
void word_net(const char *word, union klips_radix_addr *addr, u8 *bits, u8 *family);
unsigned int word_key(const char *word, u8 *key, unsigned int size);
unsigned long word_number(const char *word, int base);

/* An eroute's request, without sending it: for batches. */
void eroute_build(struct pfkey *pk, const struct klips_selector *sel,
		  const struct klips_said *said, bool replace);

/* 0 or a negative errno of the kernel; the answer is left unread. */
int eroute_add(struct pfkey *pk, const struct klips_selector *sel, const struct klips_said *said,
	       bool replace);
int eroute_del(struct pfkey *pk, const struct klips_selector *sel);
int eroute_clear(struct pfkey *pk);
int tunnel_add(struct pfkey *pk, const struct tunnel *t);

struct klips_said tunnel_said(const struct tunnel *t);
struct klips_said shunt_said(enum klips_shunt shunt, u16 family);

#endif /* TEST_EROUTES_H */
