// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers, and the names that stand for some of them.
 *
 * Digits only: no sign, no blanks, nothing after the last digit, and nothing
 * that has to be cut to fit.
 */
#include "said.h"

#define HEX_DIGITS_MAX	16		/* of a 64-bit number */

/* The value of a digit, or a large number. */
static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return ~0u;
}

/* Find the base from the prefix and step over it. */
static unsigned int detect_base(const char **text, size_t *len)
{
	const char *p = *text;
	size_t prefix = 0;
	unsigned int base = 10;

	if (*len > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		prefix = 2;
		base = 16;
	} else if (*len > 1 && p[0] == '0') {
		prefix = 1;
		base = 8;
	}
	*text += prefix;
	*len -= prefix;
	return base;
}

/**
 * said_digits() - read a number
 * @text:	first digit; need not be terminated
 * @len:	how many characters belong to it
 * @base:	8, 10, 16, or 0 to go by the prefix "0x" or "0"
 * @value:	where to put it
 *
 * Return: NULL, or what is wrong.
 */
const char *said_digits(const char *text, size_t len, unsigned int base, u64 *value)
{
	u64 sum = 0;
	size_t i;

	if (!len)
		return "empty string";
	if (!base)
		base = detect_base(&text, &len);
	if (base == 16 && len > HEX_DIGITS_MAX)
		return "hex number too long";
	for (i = 0; i < len; i++) {
		unsigned int digit = digit_of(text[i]);

		if (digit >= base)
			return base == 16 ? "non-hex digit in hex number" : "non-digit in number";
		if (__builtin_mul_overflow(sum, (u64)base, &sum) ||
		    __builtin_add_overflow(sum, (u64)digit, &sum))
			return "unsigned-long overflow";
	}
	*value = sum;
	return NULL;
}

/* All digits of the base its prefix announces, whatever their worth? */
static bool is_number(const char *text)
{
	size_t len = strlen(text);
	unsigned int base = detect_base(&text, &len);

	if (!len)
		return false;
	while (len && digit_of(*text) < base) {
		text++;
		len--;
	}
	return !len;
}

/**
 * said_number() - read a number with automatic base and an upper bound
 * @text:	the whole argument
 * @max:	largest value that is good
 * @value:	where to put it
 *
 * Return: 0, -EINVAL if it is not a number, -ERANGE if it is too large.
 */
int said_number(const char *text, u64 max, u64 *value)
{
	u64 v;

	if (said_digits(text, strlen(text), 0, &v))
		return is_number(text) ? -ERANGE : -EINVAL;
	if (v > max)
		return -ERANGE;
	*value = v;
	return 0;
}

/**
 * said_service() - read a port, by name or number
 * @text:	the whole argument
 * @names:	where to look up a service
 * @max:	largest value that is good
 * @port:	where to put it, host byte order
 *
 * Return: 0, -EINVAL if it is neither, -ERANGE if it is too large.
 */
int said_service(const char *text, const struct said_names *names, u64 max, u64 *port)
{
	int found = names && names->service ? names->service(names->ctx, text) : -1;

	if (found < 0)
		return said_number(text, max, port);
	*port = (u64)found;
	return 0;
}

/**
 * said_protocol() - read a transport protocol, by name or number
 * @text:	the whole argument
 * @names:	where to look up a protocol
 * @max:	largest value that is good
 * @proto:	where to put it
 *
 * Return: 0, -EINVAL if it is neither, -ERANGE if it is too large.
 */
int said_protocol(const char *text, const struct said_names *names, u64 max, u64 *proto)
{
	int found = names && names->protocol ? names->protocol(names->ctx, text) : -1;

	if (found < 0)
		return said_number(text, max, proto);
	*proto = (u64)found;
	return 0;
}
