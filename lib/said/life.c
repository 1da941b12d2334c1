// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lifetimes as text: soft-bytes=1000000,hard-addtime=3600.
 *
 * Items are separated by one comma or one blank.  What a limit means is the
 * kernel's business; here it only has to fit its field in the message.
 */
#include <ctype.h>

#include "said.h"

static const char *const severities[SAID_SEVERITIES] = {
	[SAID_SOFT] = "soft",
	[SAID_HARD] = "hard",
};

static const char *const limits[SAID_LIMITS] = {
	[SAID_ALLOCATIONS] = "allocations",
	[SAID_BYTES] = "bytes",
	[SAID_ADDTIME] = "addtime",
	[SAID_USETIME] = "usetime",
	[SAID_PACKETS] = "packets",
};

/* The word the text begins with, or -1. */
static int word_at(const char *text, const char *const *words, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strncmp(text, words[i], strlen(words[i])))
			return i;
	return -1;
}

static bool separator(char c)
{
	return c == ',' || isspace((unsigned char)c);
}

static size_t value_length(const char *text)
{
	size_t len = 0;

	while (text[len] && !separator(text[len]))
		len++;
	return len;
}

/* How many characters at the beginning make a number. */
static size_t good_digits(const char *text, size_t len)
{
	u64 value;

	while (len && said_digits(text, len, 0, &value))
		len--;
	return len;
}

static enum said_life_fault read_value(const char *text, size_t len, enum said_limit limit,
				       u64 *value, struct said_life_error *err)
{
	const char *why;

	if (!len)
		return SAID_LIFE_NO_VALUE;
	why = said_digits(text, len, 0, value);
	if (why) {
		err->digits = good_digits(text, len);
		err->at = text + err->digits;
		return SAID_LIFE_BAD_VALUE;
	}
	/* the field in the message has 32 bits; the others have 64 */
	if (limit == SAID_ALLOCATIONS && *value > 0xffffffff)
		return SAID_LIFE_TOO_LARGE;
	return SAID_LIFE_OK;
}

/* One item; err->at ends behind it, or where it is wrong. */
static enum said_life_fault read_item(struct said_life *life, struct said_life_error *err)
{
	int severity = word_at(err->at, severities, SAID_SEVERITIES);
	enum said_life_fault fault;
	size_t len;
	u64 value;
	int limit;

	if (severity < 0)
		return SAID_LIFE_NO_SEVERITY;
	err->at += strlen(severities[severity]);
	if (*err->at != '-')
		return SAID_LIFE_NO_DASH;
	err->at++;
	limit = word_at(err->at, limits, SAID_LIMITS);
	if (limit < 0)
		return SAID_LIFE_NO_LIMIT;
	err->at += strlen(limits[limit]);
	if (*err->at != '=')
		return SAID_LIFE_NO_EQUALS;
	err->at++;
	if (life->given[severity] & 1u << limit) {
		err->before = life->value[severity][limit];
		return SAID_LIFE_TWICE;
	}
	len = value_length(err->at);
	fault = read_value(err->at, len, (enum said_limit)limit, &value, err);
	if (fault)
		return fault;
	life->value[severity][limit] = value;
	life->given[severity] |= 1u << limit;
	err->at += len;
	return SAID_LIFE_OK;
}

/**
 * said_life() - read limits and add them to those already there
 * @text:	the whole argument
 * @life:	limits so far; begin with zeros.  Undefined after a failure
 * @err:	where to describe a failure; points into @text
 *
 * Return: SAID_LIFE_OK, or what is wrong.
 */
enum said_life_fault said_life(const char *text, struct said_life *life,
			       struct said_life_error *err)
{
	memset(err, 0, sizeof(*err));
	err->at = text;
	for (;;) {
		err->item = err->at;
		err->fault = read_item(life, err);
		if (err->fault || !*err->at)
			return err->fault;
		err->at++;		/* over the separator: another item has to follow */
	}
}
