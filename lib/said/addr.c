// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses: dotted decimal, IPv6 text, the two hexadecimal forms of IPv4, and
 * names.
 *
 * The forms are those of the old tools: missing parts of a dotted address are
 * zero (10.1 is 10.1.0.0), leading zeros are decimal, IPv6 has neither an
 * embedded dotted part nor a zone (RFC 4291, 2.2, without form 3).
 */
#include <ctype.h>

#include "said.h"

#define V4_PARTS	4
#define V6_GROUPS	8
#define V6_DIGITS	4		/* of one group */
#define V4_HEX_LEN	10		/* 0x and eight digits */
#define NAME_MAX_LEN	1024		/* longer than any name server's */

static const char no_such_name[] = "does not look numeric and name lookup failed";

/* What dotted() found. */
enum dotted {
	DOTTED_GOOD,
	DOTTED_BAD,			/* meant as an address, and wrong */
	DOTTED_NAME,			/* must be a name */
};

/**
 * said_addr_any() - the unspecified address
 * @family:	AF_INET or AF_INET6
 * @addr:	where to put it
 */
void said_addr_any(int family, struct klips_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = (u16)family;
}

/**
 * said_addr_is_any() - is this the unspecified address of its family?
 * @addr:	an address
 *
 * Return: true for 0.0.0.0, :: and for no address at all.
 */
bool said_addr_is_any(const struct klips_addr *addr)
{
	struct klips_addr any;

	said_addr_any(addr->family, &any);
	return !memcmp(addr, &any, sizeof(any));
}

/**
 * said_family() - read the name of an address family
 * @text:	the whole argument
 *
 * Return: AF_INET, AF_INET6, or 0 for anything but "inet" and "inet6".
 */
int said_family(const char *text)
{
	if (!strcmp(text, "inet"))
		return AF_INET;
	if (!strcmp(text, "inet6"))
		return AF_INET6;
	return 0;
}

/* 0x0a000001 in network byte order, 0h0a000001 in the machine's own. */
static bool hex_v4(const char *text, size_t len, struct klips_addr *addr)
{
	bool network, host;
	u64 value;
	u32 word;

	if (len != V4_HEX_LEN || text[0] != '0')
		return false;
	network = text[1] == 'x' || text[1] == 'X';
	host = text[1] == 'h' || text[1] == 'H';
	if (!network && !host)
		return false;
	if (said_digits(text + 2, len - 2, 16, &value))
		return false;
	word = (u32)value;
	said_addr_any(AF_INET, addr);
	addr->v4 = network ? cpu_to_be32(word) : (__be32)word;
	return true;
}

/* One number of a dotted address; false if there is none or it is too large. */
static bool dotted_part(const char **p, const char *end, unsigned int *value)
{
	const char *start = *p;

	*value = 0;
	while (*p < end && isdigit((unsigned char)**p) && *value <= 0xff)
		*value = *value * 10 + (unsigned int)(*(*p)++ - '0');
	return *p > start && *value <= 0xff;
}

static enum dotted dotted(const char *p, const char *end, struct klips_addr *addr,
			  const char **why)
{
	unsigned int i, value;

	said_addr_any(AF_INET, addr);
	for (i = 0; i < V4_PARTS && p < end; i++) {
		const char *start = p;

		if (!dotted_part(&p, end, &value)) {
			*why = p > start ? "byte overflow in dotted-decimal address" :
			       "non-numeric component in dotted-decimal address";
			return p > start || i > 1 ? DOTTED_BAD : DOTTED_NAME;
		}
		addr->bytes[i] = (u8)value;
		if (i + 1 == V4_PARTS || p == end)
			continue;
		if (*p++ != '.') {
			*why = "syntax error in dotted-decimal address";
			return i ? DOTTED_BAD : DOTTED_NAME;
		}
	}
	*why = "extra garbage on end of dotted-decimal address";
	return p == end ? DOTTED_GOOD : DOTTED_BAD;
}

/* One group of hex digits, up to a colon or the end. */
static const char *v6_group(const char **p, const char *end, unsigned int *value)
{
	const char *start = *p;
	u64 v = 0;

	while (*p < end && **p != ':')
		(*p)++;
	if (said_digits(start, min((size_t)(*p - start), (size_t)V6_DIGITS), 16, &v))
		return "non-hex field in IPv6 numeric address";
	if (*p - start > V6_DIGITS)
		return "field in IPv6 numeric address longer than 4 hex digits";
	*value = (unsigned int)v;
	return NULL;
}

/* The groups before "::", zeros, the groups behind it; @gap < 0 if there is none. */
static void v6_spread(const unsigned int *group, int n, int gap, struct klips_addr *addr)
{
	int i, to;

	said_addr_any(AF_INET6, addr);
	for (i = 0; i < n; i++) {
		to = gap >= 0 && i >= gap ? V6_GROUPS - n + i : i;
		addr->bytes[2 * to] = (u8)(group[i] >> 8);
		addr->bytes[2 * to + 1] = (u8)group[i];
	}
}

static const char *v6_text(const char *p, const char *end, struct klips_addr *addr)
{
	unsigned int group[V6_GROUPS];
	const char *why;
	int n = 0, gap = -1;

	if (*p == ':') {
		if (end - p < 2 || p[1] != ':')
			return "illegal leading `:' in IPv6 numeric address";
		gap = 0;
		p += 2;
	}
	while (p < end) {
		if (n == V6_GROUPS)
			return "extra garbage on end of IPv6 numeric address";
		why = v6_group(&p, end, &group[n]);
		if (why)
			return why;
		n++;
		if (p == end)
			break;
		if (++p == end)		/* over the colon */
			return "illegal trailing `:' in IPv6 numeric address";
		if (*p != ':')
			continue;
		if (gap >= 0)
			return "more than one :: in IPv6 numeric address";
		gap = n;
		p++;
	}
	if (gap < 0 && n < V6_GROUPS)
		return "IPv6 numeric address ends prematurely";
	if (gap >= 0 && n == V6_GROUPS)
		return "extra garbage on end of IPv6 numeric address";
	v6_spread(group, n, gap, addr);
	return NULL;
}

static bool name_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_' || c == '.' || c > 127;
}

static bool find_host(const struct said_names *names, const char *name, int family,
		      struct klips_addr *addr)
{
	if (names->host && names->host(names->ctx, name, family, addr))
		return true;
	return family == AF_INET && names->net && names->net(names->ctx, name, addr);
}

static const char *look_up(const char *text, size_t len, int family,
			   const struct said_names *names, struct klips_addr *addr)
{
	char name[NAME_MAX_LEN + 1];
	size_t i;

	for (i = 0; i < len; i++)
		if (!name_char((unsigned char)text[i]))
			return "illegal (non-DNS-name) character in name";
	if (!names || len > NAME_MAX_LEN)
		return no_such_name;
	memcpy(name, text, len);
	name[len] = '\0';
	if (family)
		return find_host(names, name, family, addr) ? NULL : no_such_name;
	if (find_host(names, name, AF_INET6, addr) || find_host(names, name, AF_INET, addr))
		return NULL;
	return no_such_name;
}

/* Everything but names; *@is_name is set if only a name could be meant. */
static const char *numeric(const char *text, size_t len, int family, struct klips_addr *addr,
			   bool *is_name)
{
	const char *why = NULL;

	*is_name = false;
	if (!len)
		return "empty string";
	if (family == AF_INET && hex_v4(text, len, addr))
		return NULL;
	if (memchr(text, ':', len)) {
		if (family == AF_INET)
			return "non-ipv6 address may not contain `:'";
		return v6_text(text, text + len, addr);
	}
	if (family == AF_INET6) {
		*is_name = true;
		return NULL;
	}
	switch (dotted(text, text + len, addr, &why)) {
	case DOTTED_GOOD:
		return NULL;
	case DOTTED_BAD:
		return why;
	case DOTTED_NAME:
		*is_name = true;
	}
	return NULL;
}

/**
 * said_addr() - read an address or a name
 * @text:	its text; need not be terminated
 * @len:	length of the text
 * @family:	AF_INET, AF_INET6, or 0 if it is not known: then a name is looked up
 *		in IPv6 first
 * @names:	where to look up names, NULL for nowhere
 * @addr:	where to put it; contents are undefined after a failure
 *
 * Return: NULL, or what is wrong.
 */
const char *said_addr(const char *text, size_t len, int family, const struct said_names *names,
		      struct klips_addr *addr)
{
	bool is_name;
	const char *why = numeric(text, len, family, addr, &is_name);

	return is_name ? look_up(text, len, family, names, addr) : why;
}

/**
 * said_addr_numeric() - read an address that must not be a name
 * @text:	its text; need not be terminated
 * @len:	length of the text
 * @family:	AF_INET, AF_INET6, or 0 if it is not known
 * @addr:	where to put it; contents are undefined after a failure
 *
 * Return: NULL, or what is wrong.
 */
const char *said_addr_numeric(const char *text, size_t len, int family, struct klips_addr *addr)
{
	bool is_name;
	const char *why = numeric(text, len, family, addr, &is_name);

	return is_name ? "not numeric" : why;
}
