// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line as tracefs prints it, taken apart.  Lines of other events and broken ones
 * are no events; nothing in a line is believed to fit.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace.h"

static const struct {
	const char *name;
	enum station at;
} stations[] = {
	{ "netif_receive_skb", AT_ARRIVE },
	{ "net_dev_queue", AT_LEAVE },
	{ "kfree_skb", AT_FREE },
	{ "consume_skb", AT_CONSUME },
	{ "klips_xmit", AT_XMIT },
	{ "klips_eroute", AT_EROUTE },
	{ "klips_sa_out", AT_SA_OUT },
	{ "klips_send", AT_SEND },
	{ "klips_rcv", AT_RCV },
	{ "klips_sa_in", AT_SA_IN },
	{ "klips_deliver", AT_DELIVER },
	{ "klips_hold", AT_HOLD },
	{ "klips_release", AT_RELEASE },
	{ "klips_moved", AT_MOVED },
	{ "klips_drop", AT_DROP },
};

/* The next word of a text, its length in *len, 0 at the end. */
static const char *word(const char *at, size_t *len)
{
	at += strspn(at, " ");
	*len = strcspn(at, " \n");
	return at;
}

static bool is(const char *at, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(at, name, len);
}

/* "1234.567890:" */
static bool timestamp(const char *at, size_t len, u64 *us)
{
	char *end;
	u64 s, fraction;

	if (!len || !isdigit((unsigned char)*at) || at[len - 1] != ':')
		return false;
	s = strtoull(at, &end, 10);
	if (*end != '.' || !isdigit((unsigned char)end[1]))
		return false;
	at = end + 1;
	fraction = strtoull(at, &end, 10);
	if (end - at != 6 || *end != ':')
		return false;
	*us = s * 1000000 + fraction;
	return true;
}

/* What is behind "task-pid [cpu] flags": a task may be called anything. */
static const char *find_time(const char *line, u64 *us)
{
	const char *at = line;
	bool cpu = false;
	size_t len;

	for (;;) {
		at = word(at, &len);
		if (!len)
			return NULL;
		if (cpu && timestamp(at, len, us))
			return at + len;
		if (len > 2 && at[0] == '[' && at[len - 1] == ']' &&
		    strspn(at + 1, "0123456789") == len - 2)
			cpu = true;
		at += len;
	}
}

static enum station find_station(const char *at, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(stations); i++)
		if (len && is(at, len - 1, stations[i].name) && at[len - 1] == ':')
			return stations[i].at;
	return AT_NOTHING;
}

/* Goes to a terminal in the end: nothing in it may be a command to that. */
static void text_field(const char *value, size_t len, char *to, size_t size)
{
	size_t i;

	if (len >= size)
		len = size - 1;
	for (i = 0; i < len; i++)
		to[i] = isgraph((unsigned char)value[i]) ? value[i] : '?';
	to[len] = '\0';
}

static void field(struct event *e, const char *key, size_t klen, const char *value, size_t len)
{
	struct {
		const char *name;
		unsigned int *to;
	} numbers[] = {
		{ "netns", &e->netns }, { "proto", &e->proto }, { "sport", &e->sport },
		{ "dport", &e->dport }, { "len", &e->len }, { "mark", &e->mark },
	};
	struct {
		const char *name;
		char *to;
		size_t size;
	} texts[] = {
		{ "dev", e->dev, sizeof(e->dev) }, { "src", e->src, sizeof(e->src) },
		{ "dst", e->dst, sizeof(e->dst) }, { "said", e->said, sizeof(e->said) },
		{ "verdict", e->word, sizeof(e->word) }, { "reason", e->word, sizeof(e->word) },
	};
	size_t i;

	if (is(key, klen, "skbaddr"))
		e->skb = strtoull(value, NULL, 16);
	if (is(key, klen, "was"))
		e->was = strtoull(value, NULL, 16);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (is(key, klen, numbers[i].name))
			*numbers[i].to = (unsigned int)strtoul(value, NULL, 0);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (is(key, klen, texts[i].name))
			text_field(value, len, texts[i].to, texts[i].size);
}

static void fields(const char *at, struct event *e)
{
	const char *eq;
	size_t len;

	for (;; at += len) {
		at = word(at, &len);
		if (!len)
			return;
		eq = memchr(at, '=', len);
		if (eq) {
			field(e, at, (size_t)(eq - at), eq + 1, len - (size_t)(eq + 1 - at));
		} else if (is(at, len, "reason:")) {	/* of kfree_skb */
			at = word(at + len, &len);
			text_field(at, len, e->word, sizeof(e->word));
		}
	}
}

/**
 * parse_line() - understand one line
 * @line:	with or without its line end
 * @e:		filled in
 *
 * Return: false if it is not an event of ours.
 */
bool parse_line(const char *line, struct event *e)
{
	const char *at;
	size_t len;

	memset(e, 0, sizeof(*e));
	if (*line == '#')
		return false;
	at = find_time(line, &e->us);
	if (!at)
		return false;
	at = word(at, &len);
	e->at = find_station(at, len);
	if (!e->at)
		return false;
	fields(at + len, e);
	return e->skb;
}

/**
 * parse_lost() - does the line say that the kernel had no room?
 * @line:	the line
 *
 * Return: how many events were lost.
 */
unsigned int parse_lost(const char *line)
{
	const char *at = strstr(line, "[LOST ");

	return at && !strncmp(line, "CPU:", 4) ? (unsigned int)strtoul(at + 6, NULL, 10) : 0;
}
