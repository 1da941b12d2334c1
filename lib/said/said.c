// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SAIDs: protocol, SPI and destination in one word, or a magic word.
 */
#include "said.h"

#define SAID_SHORTEST	5		/* ah0@0 */
#define SPI_MAX		0xffffffff

/* A protocol of a SAID, by number, with its SA type. */
struct proto {
	u8 proto;
	u8 satype;
};

static const struct proto protos[] = {
	{ KLIPS_PROTO_AH, KLIPS_SATYPE_AH },
	{ KLIPS_PROTO_ESP, KLIPS_SATYPE_ESP },
	{ KLIPS_PROTO_IPIP, KLIPS_SATYPE_IPIP },
	{ KLIPS_PROTO_COMP, KLIPS_SATYPE_COMP },
	{ KLIPS_PROTO_INT, KLIPS_SATYPE_INT },
};

/**
 * said_proto() - read the protocol of an SA
 * @text:	the whole argument
 *
 * Return: its number for "ah", "esp", "tun" and "comp"; 0 for anything else,
 * "int" included, which only a SAID may name.
 */
u8 said_proto(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (protos[i].proto != KLIPS_PROTO_INT &&
		    !strcmp(text, klips_proto_word(protos[i].proto)))
			return protos[i].proto;
	return KLIPS_PROTO_NONE;
}

/**
 * said_satype() - the SA type of a protocol
 * @proto:	enum klips_proto
 *
 * Return: enum klips_satype, KLIPS_SATYPE_UNSPEC for a protocol that has none.
 */
u8 said_satype(u8 proto)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (protos[i].proto == proto)
			return protos[i].satype;
	return KLIPS_SATYPE_UNSPEC;
}

/* The protocol a SAID begins with; *@text moves behind it. */
static u8 proto_prefix(const char **text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		const char *word = klips_proto_word(protos[i].proto);
		size_t len = strlen(word);

		if (!strncmp(*text, word, len)) {
			*text += len;
			return protos[i].proto;
		}
	}
	return KLIPS_PROTO_NONE;
}

static bool passthrough(const char *text, struct klips_said *said)
{
	int family = AF_INET;

	if (!strcmp(text, "%passthrough6"))
		family = AF_INET6;
	else if (strcmp(text, "%passthrough") && strcmp(text, "%passthrough4"))
		return false;
	said->proto = KLIPS_PROTO_IPIP;
	said_addr_any(family, &said->dst);
	return true;
}

static const char *magic(const char *text, struct klips_said *said)
{
	const char *word;
	u32 spi;

	if (passthrough(text, said))
		return NULL;
	for (spi = KLIPS_SHUNT_PASS; (word = klips_shunt_word(spi)); spi++) {
		if (strcmp(text, word))
			continue;
		said->proto = KLIPS_PROTO_INT;
		said->spi = cpu_to_be32(spi);
		said_addr_any(AF_INET, &said->dst);
		return NULL;
	}
	return "unknown % keyword";
}

/* From behind the protocol to the at sign: sets SPI and, if it tells, *@family. */
static const char *spi_text(const char *text, const char *at, __be32 *spi, int *family)
{
	unsigned int base = 0;
	const char *why;
	u64 value;

	if (text >= at)
		return "no SPI in SA specifier";
	if (*text == '.' || *text == ':') {
		*family = *text == ':' ? AF_INET6 : AF_INET;
		base = 16;
		text++;
		if (text == at)
			return "no SPI found in SA specifier";
	}
	why = said_digits(text, (size_t)(at - text), base, &value);
	if (!why && value > SPI_MAX)
		why = "SPI too large";
	if (!why)
		*spi = cpu_to_be32((u32)value);
	return why;
}

/**
 * said_said() - read a SAID
 * @text:	the whole argument
 * @names:	where to look up the destination if it is a name
 * @said:	where to put it; undefined after a failure
 *
 * Return: NULL, or what is wrong.
 */
const char *said_said(const char *text, const struct said_names *names, struct klips_said *said)
{
	const char *at, *why;
	int family = 0;

	memset(said, 0, sizeof(*said));
	if (!*text)
		return "empty string";
	if (strlen(text) < SAID_SHORTEST)
		return "string too short to be SA identifier";
	if (*text == '%')
		return magic(text, said);
	at = strchr(text, '@');
	if (!at)
		return "no @ in SA specifier";
	said->proto = proto_prefix(&text);
	if (!said->proto)
		return "SA specifier lacks valid protocol prefix";
	why = spi_text(text, at, &said->spi, &family);
	if (why)
		return why;
	at++;
	if (!family)
		family = strchr(at, ':') ? AF_INET6 : AF_INET;
	return said_addr(at, strlen(at), family, names, &said->dst);
}
