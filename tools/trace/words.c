// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet's way in words: a line that says who sent what to whom and what became
 * of it, then one line for each station.
 */
#include <inttypes.h>
#include <netdb.h>
#include <string.h>

#include "tools/trace/trace.h"

#define MARGIN	16	/* "%10u us  " and two */

/**
 * proto_name() - what an IP protocol is called
 * @proto:	its number
 * @buf:	for those without a name
 * @size:	of @buf
 *
 * Return: the name; not the system's list, so that output is the same everywhere.
 */
const char *proto_name(unsigned int proto, char *buf, size_t size)
{
	static const struct {
		unsigned int number;
		const char *name;
	} names[] = {
		{ IPPROTO_ICMP, "icmp" }, { IPPROTO_IPIP, "ipip" }, { IPPROTO_TCP, "tcp" },
		{ IPPROTO_UDP, "udp" }, { IPPROTO_IPV6, "ipv6" }, { IPPROTO_ESP, "esp" },
		{ IPPROTO_AH, "ah" }, { IPPROTO_ICMPV6, "icmpv6" }, { IPPROTO_COMP, "ipcomp" },
		{ IPPROTO_SCTP, "sctp" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == proto)
			return names[i].name;
	snprintf(buf, size, "protocol %u", proto);
	return buf;
}

/**
 * way_ending() - a word for how a way ended
 * @end:	how
 *
 * Return: the word.
 */
const char *way_ending(enum ending end)
{
	switch (end) {
	case END_SENT:
		return "sent";
	case END_TAKEN:
		return "taken";
	case END_DROPPED:
	case END_KERNEL:
		return "dropped";
	case END_HELD:
		return "held";
	case END_LOST_SIGHT:
		break;
	}
	return "unknown";
}

/**
 * way_subject() - the event that says best which packet it is
 * @way:	the way
 *
 * Return: its cleartext, else what there is; NULL if no event has addresses.
 */
const struct event *way_subject(const struct way *way)
{
	static const enum station order[] = { AT_XMIT, AT_DELIVER, AT_RCV, AT_SEND };
	unsigned int i, k;

	for (k = 0; k < ARRAY_SIZE(order); k++)
		for (i = 0; i < way->n; i++)
			if (way->event[i].at == order[k])
				return &way->event[i];
	return NULL;
}

static void print_packet(const struct event *e, FILE *to)
{
	char buf[24];

	fputs(e->src, to);
	if (e->sport)
		fprintf(to, " port %u", e->sport);
	fprintf(to, " > %s", e->dst);
	if (e->dport)
		fprintf(to, " port %u", e->dport);
	fprintf(to, ", %s, %u bytes", proto_name(e->proto, buf, sizeof(buf)), e->len);
	if (e->mark)
		fprintf(to, ", mark %#x", e->mark);
}

static void print_hooks(const struct hooks *hooks, FILE *to)
{
	unsigned int i;

	if (!hooks->n)
		return;
	fprintf(to, "%*spassed ", MARGIN, "");
	for (i = 0; i < hooks->n; i++)
		fprintf(to, "%s%s", i ? ", " : "", hooks->text[i]);
	putc('\n', to);
}

static void print_eroute(const struct event *e, FILE *to)
{
	char buf[24];

	if (!strcmp(e->word, "bypass")) {
		fputs("is the key daemon's own and goes past the eroutes", to);
	} else if (!strcmp(e->word, "miss")) {
		fputs("no eroute matches", to);
	} else {
		fprintf(to, "eroute %s -> %s", e->src, e->dst);
		if (e->proto)
			fprintf(to, " %s", proto_name(e->proto, buf, sizeof(buf)));
		fprintf(to, " => %s", e->said);
	}
}

/* What an SA does, by the first letters of its name. */
static const char *deed(const char *said, bool out)
{
	if (!strncmp(said, "tun", 3))
		return out ? "another IP header in front" : "the outer IP header comes off";
	if (!strncmp(said, "comp", 4))
		return out ? "compressed, if that makes it shorter" : "decompressed";
	if (!strncmp(said, "ah", 2))
		return out ? "authenticated" : "tested for replay, verified";
	return out ? "encrypted, authenticated" : "tested for replay, verified, decrypted";
}

static void print_suspects(const struct way *way, FILE *to)
{
	struct hooks hooks;
	unsigned int i;

	hooks_suspect(way, &hooks);
	for (i = 0; i < hooks.n; i++)
		fprintf(to, "%s%s", i ? (i + 1 < hooks.n ? ", " : " or ") : "", hooks.text[i]);
}

static void print_freed(const struct way *way, const struct event *e, FILE *to)
{
	if (way->end == END_TAKEN) {
		fputs("taken by this host, for raw sockets at most", to);
	} else if (!strcmp(e->word, "NETFILTER_DROP")) {
		fputs("dropped by a firewall rule in ", to);
		print_suspects(way, to);
	} else {
		fprintf(to, "dropped by the kernel: %s", *e->word ? e->word : "no reason given");
	}
}

/* The SA whose turn it is; refused before it has done anything, perhaps. */
static void print_sa(const struct way *way, unsigned int i, FILE *to)
{
	const struct event *e = &way->event[i];

	if (i + 1 < way->n && way->event[i + 1].at == AT_DROP)
		fprintf(to, "%s is its SA", e->said);
	else
		fprintf(to, "%s: %s", e->said, deed(e->said, e->at == AT_SA_OUT));
}

static void print_station(const struct way *way, unsigned int i, FILE *to)
{
	const struct event *e = &way->event[i];

	switch (e->at) {
	case AT_ARRIVE:
		fprintf(to, "arrives by %s", e->dev);
		break;
	case AT_XMIT:
		fprintf(to, "into %s: ", e->dev);
		print_packet(e, to);
		break;
	case AT_EROUTE:
		print_eroute(e, to);
		break;
	case AT_SA_OUT:
	case AT_SA_IN:
		print_sa(way, i, to);
		break;
	case AT_SEND:
		fprintf(to, "for %s: ", e->dev);
		print_packet(e, to);
		break;
	case AT_LEAVE:
		fprintf(to, "leaves by %s", e->dev);
		break;
	case AT_RCV:
		fputs("to KLIPS: ", to);
		print_packet(e, to);
		break;
	case AT_DELIVER:
		fprintf(to, "out of %s: ", e->dev);
		print_packet(e, to);
		break;
	case AT_HOLD:
		fputs("waits for a tunnel", to);
		break;
	case AT_RELEASE:
		fputs("has waited, and looks for its eroute again", to);
		break;
	case AT_DROP:
		fprintf(to, "dropped by KLIPS: %s", e->word);
		break;
	case AT_FREE:
		print_freed(way, e, to);
		break;
	case AT_CONSUME:
		fputs(way->end == END_SENT ? "leaves in fragments" : "taken by this host", to);
		break;
	case AT_NOTHING:
	case AT_MOVED:
		break;
	}
	putc('\n', to);
}

/* Said already: received on the ipsecN it came out of; handed to the one it goes into. */
static bool needless(const struct way *way, unsigned int i)
{
	if (way->event[i].at == AT_ARRIVE)
		return i > 0;
	return way->event[i].at == AT_LEAVE && i + 1 < way->n && way->event[i + 1].at == AT_XMIT;
}

/**
 * way_print_words() - print a way
 * @way:	the way
 * @to:		stream
 */
void way_print_words(const struct way *way, FILE *to)
{
	const struct event *subject = way_subject(way);
	struct hooks hooks;
	unsigned int i;

	if (subject)
		print_packet(subject, to);
	else
		fputs("a packet", to);
	fprintf(to, ": %s\n", way_ending(way->end));
	for (i = 0; i < way->n; i++) {
		hooks_before(way, i, &hooks);
		print_hooks(&hooks, to);
		if (needless(way, i))
			continue;
		fprintf(to, "%10" PRIu64 " us  ", way->event[i].us - way->event[0].us);
		print_station(way, i, to);
	}
	putc('\n', to);
}
