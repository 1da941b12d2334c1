// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Eroutes and SAs from test programs.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/net/lib/eroutes.h"

static void bad(const char *what, const char *word)
{
	fprintf(stderr, "'%s' is not %s\n", word, what);
	exit(2);
}

struct klips_addr word_addr(const char *word)
{
	struct klips_addr a = { .family = strchr(word, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(a.family, word, a.bytes) != 1)
		bad("an address", word);
	return a;
}

void word_net(const char *word, union klips_radix_addr *addr, u8 *bits, u8 *family)
{
	const char *slash = strchr(word, '/');
	char text[INET6_ADDRSTRLEN];
	struct klips_addr a;

	if (!slash || (size_t)(slash - word) >= sizeof(text))
		bad("a subnet", word);
	memcpy(text, word, slash - word);
	text[slash - word] = '\0';
	a = word_addr(text);
	*family = a.family;
	*bits = word_number(slash + 1, 10);
	memcpy(addr->bytes, a.bytes, sizeof(addr->bytes));
}

unsigned int word_key(const char *word, u8 *key, unsigned int size)
{
	unsigned int n, byte;

	if (!strncmp(word, "0x", 2))
		word += 2;
	for (n = 0; n < size && sscanf(word + 2 * n, "%2x", &byte) == 1; n++)
		key[n] = byte;
	if (!n || word[2 * n])
		bad("a key", word);
	return n;
}

unsigned long word_number(const char *word, int base)
{
	char *end;
	unsigned long n = strtoul(word, &end, base);

	if (end == word || *end)
		bad("a number", word);
	return n;
}

struct klips_said tunnel_said(const struct tunnel *t)
{
	struct klips_said said = {
		.dst = t->dst, .proto = KLIPS_PROTO_IPIP, .spi = htonl(t->tun),
	};

	return said;
}

struct klips_said shunt_said(enum klips_shunt shunt, u16 family)
{
	struct klips_said said = {
		.dst.family = family, .proto = KLIPS_PROTO_INT, .spi = htonl(shunt),
	};

	return said;
}

void eroute_build(struct pfkey *pk, const struct klips_selector *sel,
		  const struct klips_said *said, bool replace)
{
	bool shunt = said->proto == KLIPS_PROTO_INT;
	struct klips_ext_sa sa = {
		.spi = said->spi, .flags = replace ? KLIPS_SAFLAG_REPLACEFLOW : 0,
	};
	struct klips_addr any = { .family = said->dst.family };
	struct klips_build *b = pfkey_start(pk, KLIPS_MSG_ADDFLOW,
					    shunt ? KLIPS_SATYPE_INT : KLIPS_SATYPE_IPIP);

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &any, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &said->dst, 0);
	klips_build_selector(b, sel);
}

int eroute_add(struct pfkey *pk, const struct klips_selector *sel, const struct klips_said *said,
	       bool replace)
{
	eroute_build(pk, sel, said, replace);
	return pfkey_send(pk);
}

int eroute_del(struct pfkey *pk, const struct klips_selector *sel)
{
	klips_build_selector(pfkey_start(pk, KLIPS_MSG_DELFLOW, KLIPS_SATYPE_INT), sel);
	return pfkey_send(pk);
}

int eroute_clear(struct pfkey *pk)
{
	struct klips_ext_sa sa = { .flags = KLIPS_SAFLAG_CLEARFLOW };

	klips_build_sa(pfkey_start(pk, KLIPS_MSG_DELFLOW, KLIPS_SATYPE_INT), KLIPS_EXT_SA, &sa);
	return pfkey_send(pk);
}

static int add_tun(struct pfkey *pk, const struct tunnel *t)
{
	struct klips_ext_sa sa = { .spi = htonl(t->tun), .state = KLIPS_SASTATE_MATURE };
	struct klips_build *b = pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP);

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &t->src, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &t->dst, 0);
	return pfkey_send(pk);
}

static int add_esp(struct pfkey *pk, const struct tunnel *t)
{
	struct klips_ext_sa sa = {
		.spi = htonl(t->esp), .replay = 64, .state = KLIPS_SASTATE_MATURE,
		.auth = KLIPS_AUTH_SHA1, .encrypt = KLIPS_ENCR_AES_CBC,
	};
	struct klips_build *b = pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP);

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &t->src, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &t->dst, 0);
	klips_build_key(b, KLIPS_EXT_KEY_AUTH, t->auth, 8 * t->auth_len);
	klips_build_key(b, KLIPS_EXT_KEY_ENCRYPT, t->enc, 8 * t->enc_len);
	return pfkey_send(pk);
}

static int group(struct pfkey *pk, const struct tunnel *t)
{
	struct klips_ext_sa tun = { .spi = htonl(t->tun) }, esp = { .spi = htonl(t->esp) };
	struct klips_build *b = pfkey_start(pk, KLIPS_MSG_GRPSA, KLIPS_SATYPE_IPIP);

	klips_build_sa(b, KLIPS_EXT_SA, &tun);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &t->dst, 0);
	klips_build_satype2(b, KLIPS_SATYPE_ESP);
	klips_build_sa(b, KLIPS_EXT_SA2, &esp);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST2, &t->dst, 0);
	return pfkey_send(pk);
}

int tunnel_add(struct pfkey *pk, const struct tunnel *t)
{
	int err = add_tun(pk, t);

	if (!err)
		err = add_esp(pk, t);
	return err ? err : group(pk, t);
}
