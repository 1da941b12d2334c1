// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys: 0x and hexadecimal, 0s and base64 (RFC 4648, section 4), 0t and the
 * characters themselves.
 *
 * How long a key has to be is the kernel's business.  Nothing of a key is kept
 * here; the caller wipes what it was given.
 */
#include "said.h"

#define QUAD	4			/* characters of base64 that stand together */

/* Bytes written so far. */
struct sink {
	u8 *bytes;
	size_t size;
	size_t len;
};

static const char *put(struct sink *s, unsigned int byte)
{
	if (s->len == s->size)
		return "key too long";
	s->bytes[s->len++] = (u8)byte;
	return NULL;
}

static const char *hex(const char *p, struct sink *s)
{
	const char *why;
	u64 byte;

	for (;;) {
		if (!p[0] || !p[1])
			return "odd number of hex digits";
		why = said_digits(p, 2, 16, &byte);
		if (!why)
			why = put(s, (unsigned int)byte);
		if (why)
			return why;
		p += 2;
		if (!*p)
			return NULL;
		if (*p == '_')		/* only between two bytes */
			p++;
	}
}

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Four characters, one to three bytes; *@last is set by padding. */
static const char *quad(const char *p, struct sink *s, bool *last)
{
	unsigned int n, i, bits = 0;
	const char *why = NULL;

	for (n = 0; n < QUAD && base64_digit(p[n]) >= 0; n++)
		bits |= (unsigned int)base64_digit(p[n]) << (6 * (QUAD - 1 - n));
	for (i = n; i < QUAD; i++)
		if (p[i] != '=')
			return "illegal character or wrong number of them";
	if (n < 2)
		return "no byte in a group";
	if (bits & (0xffffffu >> (8 * (n - 1))) & 0xffffff)
		return "unused bits are not zero";
	*last = n < QUAD;
	for (i = 0; !why && i < n - 1; i++)
		why = put(s, bits >> (16 - 8 * i) & 0xff);
	return why;
}

static const char *base64(const char *p, struct sink *s)
{
	const char *why = NULL;
	bool last = false;

	while (!why && *p && !last) {
		if (strlen(p) < QUAD)
			return "input ends inside a group";
		why = quad(p, s, &last);
		p += QUAD;
	}
	if (!why && *p)
		why = "characters behind the padding";
	return why;
}

static const char *characters(const char *p, struct sink *s)
{
	const char *why = NULL;

	while (!why && *p)
		why = put(s, (unsigned char)*p++);
	return why;
}

/**
 * said_key_form_unknown() - does a key announce a form that there is not?
 * @text:	the whole argument
 *
 * Return: true if it begins with 0, but with neither 0x nor 0s nor 0t.
 */
bool said_key_form_unknown(const char *text)
{
	return text[0] == '0' && (!text[1] || !strchr("xst", text[1]));
}

/**
 * said_key() - read a key
 * @text:	the whole argument, prefix included
 * @key:	where to put the bytes
 * @size:	room there; SAID_KEY_MAX is as much as a message can carry
 * @len:	how many bytes it has, at least one
 *
 * Return: NULL, or what is wrong; in any case @key may hold secret bytes.
 */
const char *said_key(const char *text, u8 *key, size_t size, size_t *len)
{
	struct sink s = { .bytes = key, .size = size };
	const char *why;

	if (text[0] != '0' || said_key_form_unknown(text))
		return "no prefix that tells the format";
	switch (text[1]) {
	case 'x':
		why = hex(text + 2, &s);
		break;
	case 's':
		why = base64(text + 2, &s);
		break;
	default:
		why = characters(text + 2, &s);
	}
	if (!why && !s.len)
		why = "no bytes";
	*len = s.len;
	return why;
}
