// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet's way as one line of JSON; ipsec_trace(8) describes it.
 */
#include <json-c/json.h>

#include "tools/trace/trace.h"

static const char *const names[] = {
	[AT_ARRIVE] = "arrive", [AT_XMIT] = "xmit", [AT_EROUTE] = "eroute",
	[AT_SA_OUT] = "sa-out", [AT_SEND] = "send", [AT_LEAVE] = "leave", [AT_RCV] = "rcv",
	[AT_SA_IN] = "sa-in", [AT_DELIVER] = "deliver", [AT_HOLD] = "hold",
	[AT_RELEASE] = "release", [AT_DROP] = "drop", [AT_FREE] = "free",
	[AT_CONSUME] = "consume",
};

static void text(struct json_object *o, const char *key, const char *value)
{
	if (*value)
		json_object_object_add(o, key, json_object_new_string(value));
}

static void number(struct json_object *o, const char *key, u64 value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static void packet(struct json_object *o, const struct event *e)
{
	text(o, "src", e->src);
	text(o, "dst", e->dst);
	if (e->proto)
		number(o, "proto", e->proto);
	if (e->sport || e->dport) {
		number(o, "sport", e->sport);
		number(o, "dport", e->dport);
	}
	if (e->len)
		number(o, "len", e->len);
	if (e->mark)
		number(o, "mark", e->mark);
}

static struct json_object *hooks_of(const struct way *way, unsigned int i)
{
	struct json_object *list;
	struct hooks hooks;
	unsigned int k;

	hooks_before(way, i, &hooks);
	if (!hooks.n)
		return NULL;
	list = json_object_new_array();
	for (k = 0; k < hooks.n; k++)
		json_object_array_add(list, json_object_new_string(hooks.text[k]));
	return list;
}

static struct json_object *station(const struct way *way, unsigned int i)
{
	const struct event *e = &way->event[i];
	struct json_object *o = json_object_new_object(), *hooks = hooks_of(way, i);

	number(o, "us", e->us - way->event[0].us);
	text(o, "at", names[e->at]);
	if (hooks)
		json_object_object_add(o, "passed", hooks);
	text(o, "dev", e->dev);
	packet(o, e);
	text(o, "said", e->said);
	text(o, e->at == AT_EROUTE ? "verdict" : "reason", e->word);
	return o;
}

/**
 * way_print_json() - print a way
 * @way:	the way
 * @to:		stream
 */
void way_print_json(const struct way *way, FILE *to)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	const struct event *subject = way_subject(way);
	unsigned int i;

	if (subject)
		packet(o, subject);
	text(o, "end", way_ending(way->end));
	for (i = 0; i < way->n; i++)
		json_object_array_add(list, station(way, i));
	json_object_object_add(o, "way", list);
	fprintf(to, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
