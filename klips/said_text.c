// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses, subnets and SAIDs as text, in the forms old scripts know.
 *
 * Pure: compiled into the module (/proc) and into the tools (messages).  Text
 * to values is user space's business: lib/said.  IPv6 addresses keep the old
 * form, in which the first run of two or more zero groups becomes "::"
 * whatever its length, so that old parsers and diffs agree; this is neither
 * RFC 5952 nor what %pI6c prints.
 */
#include "said_text.h"
#include <klips/pfkeyv2.h>

#define IPV6_GROUPS	8

/* Where the next character goes; what does not fit is left out. */
struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len++] = c;
}

static void put_text(struct out *o, const char *text)
{
	while (*text)
		put_char(o, *text++);
}

/* At least @digits digits, lower case. */
static void put_number(struct out *o, u32 value, unsigned int base, unsigned int digits)
{
	char text[10];			/* 4294967295 */
	unsigned int n = 0;

	do {
		text[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || n < digits);
	while (n)
		put_char(o, text[--n]);
}

static size_t finish(struct out *o)
{
	if (o->size)
		o->buf[o->len] = '\0';
	return o->len;
}

static void put_v4(struct out *o, const u8 *bytes)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (i)
			put_char(o, '.');
		put_number(o, bytes[i], 10, 1);
	}
}

/* Length of the run of zero groups at @from. */
static unsigned int zero_run(const u16 *group, unsigned int from)
{
	unsigned int n = from;

	while (n < IPV6_GROUPS && !group[n])
		n++;
	return n - from;
}

static void put_v6(struct out *o, const u8 *bytes)
{
	u16 group[IPV6_GROUPS];
	bool squeezed = false;
	unsigned int i, run;

	for (i = 0; i < IPV6_GROUPS; i++)
		group[i] = (u16)(bytes[2 * i] << 8 | bytes[2 * i + 1]);

	for (i = 0; i < IPV6_GROUPS; ) {
		run = squeezed ? 0 : zero_run(group, i);
		if (run >= 2) {
			put_text(o, "::");
			squeezed = true;
			i += run;
			continue;
		}
		put_number(o, group[i], 16, 1);
		i++;
		/* "::" brings its own colons */
		if (i < IPV6_GROUPS && (squeezed || zero_run(group, i) < 2))
			put_char(o, ':');
	}
}

static void put_addr(struct out *o, const struct klips_addr *addr)
{
	switch (addr->family) {
	case AF_INET:
		put_v4(o, addr->bytes);
		break;
	case AF_INET6:
		put_v6(o, addr->bytes);
		break;
	default:
		put_text(o, "<invalid>");
	}
}

/**
 * klips_addr_ntop() - an address as text
 * @addr:	address, network byte order; family 0 prints "<invalid>"
 * @buf:	where to write; always terminated unless @size is 0
 * @size:	its size in bytes; KLIPS_ADDR_TEXT always suffices
 *
 * Any context.
 * Return: characters written, without the NUL.
 */
size_t klips_addr_ntop(const struct klips_addr *addr, char *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size };

	put_addr(&o, addr);
	return finish(&o);
}

/**
 * klips_subnet_ntop() - a subnet, and perhaps a port, as text
 * @addr:	network address, printed as stored
 * @bits:	prefix length
 * @port:	port in host byte order; 0 (any) prints nothing
 * @buf:	where to write; always terminated unless @size is 0
 * @size:	its size in bytes; KLIPS_SUBNET_TEXT always suffices
 *
 * Any context.
 * Return: characters written, without the NUL.
 */
size_t klips_subnet_ntop(const struct klips_addr *addr, unsigned int bits, u16 port,
			 char *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size };

	put_addr(&o, addr);
	put_char(&o, '/');
	put_number(&o, bits, 10, 1);
	if (port) {
		put_char(&o, ':');
		put_number(&o, port, 10, 1);
	}
	return finish(&o);
}

/**
 * klips_proto_word() - the word for a protocol in a SAID
 * @proto:	enum klips_proto
 *
 * Return: "ah", "esp", "tun", "comp", "int", or NULL for any other.
 */
const char *klips_proto_word(u8 proto)
{
	switch (proto) {
	case KLIPS_PROTO_AH:
		return "ah";
	case KLIPS_PROTO_ESP:
		return "esp";
	case KLIPS_PROTO_IPIP:
		return "tun";
	case KLIPS_PROTO_COMP:
		return "comp";
	case KLIPS_PROTO_INT:
		return "int";
	default:
		return NULL;
	}
}

/**
 * klips_shunt_word() - the magic word for the SPI of a shunt
 * @spi:	host byte order
 *
 * Return: "%pass" and the like, or NULL if no shunt has this SPI.
 */
const char *klips_shunt_word(u32 spi)
{
	switch (spi) {
	case KLIPS_SHUNT_PASS:
		return "%pass";
	case KLIPS_SHUNT_DROP:
		return "%drop";
	case KLIPS_SHUNT_REJECT:
		return "%reject";
	case KLIPS_SHUNT_HOLD:
		return "%hold";
	case KLIPS_SHUNT_TRAP:
		return "%trap";
	case KLIPS_SHUNT_TRAPSUBNET:
		return "%trapsubnet";
	default:
		return NULL;
	}
}

/* An unknown shunt: a signed number, and never more than nine characters in all. */
static void put_shunt(struct out *o, u32 spi)
{
	const char *word = klips_shunt_word(spi);
	char text[sizeof("%unk-NNNN")];
	struct out cut = { .buf = text, .size = sizeof(text) };

	if (!word) {
		put_text(&cut, "%unk-");
		if (spi > 0x7fffffff) {
			put_char(&cut, '-');
			spi = -spi;
		}
		put_number(&cut, spi, 10, 1);
		finish(&cut);
		word = text;
	}
	put_text(o, word);
}

static bool is_unspecified(const struct klips_addr *addr)
{
	static const u8 zero[16];

	return addr->family && !memcmp(addr->bytes, zero, klips_addr_bits(addr->family) / 8);
}

static void put_proto(struct out *o, u8 proto)
{
	const char *word = klips_proto_word(proto);

	put_text(o, word ? word : "unk");
	if (!word)
		put_number(o, proto, 10, 1);
}

/* The SPI and what stands in front of it. */
static void put_spi(struct out *o, u32 spi, enum klips_said_style style, u16 family)
{
	switch (style) {
	case KLIPS_SAID_HEX:
		put_text(o, "0x");
		put_number(o, spi, 16, 1);
		break;
	case KLIPS_SAID_DECIMAL:
		put_number(o, spi, 10, 1);
		break;
	case KLIPS_SAID_SHORT:
	case KLIPS_SAID_FULL:
		put_char(o, family == AF_INET6 ? ':' : '.');
		put_number(o, spi, 16, style == KLIPS_SAID_FULL ? 8 : 1);
	}
}

/**
 * klips_said_ntop() - a SAID as text
 * @said:	the SAID; its SPI in network byte order
 * @style:	how to write the SPI; magic words are the same in every style
 * @buf:	where to write; always terminated unless @size is 0
 * @size:	its size in bytes; KLIPS_SAID_TEXT always suffices
 *
 * Any context.
 * Return: characters written, without the NUL.
 */
size_t klips_said_ntop(const struct klips_said *said, enum klips_said_style style,
		       char *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size };
	u32 spi = be32_to_cpu(said->spi);

	if (said->proto == KLIPS_PROTO_INT) {
		put_shunt(&o, spi);
	} else if (said->proto == KLIPS_PROTO_IPIP && !spi && is_unspecified(&said->dst)) {
		put_text(&o, said->dst.family == AF_INET6 ? "%passthrough6" : "%passthrough4");
	} else {
		put_proto(&o, said->proto);
		put_spi(&o, spi, style, said->dst.family);
		put_char(&o, '@');
		put_addr(&o, &said->dst);
	}
	return finish(&o);
}
