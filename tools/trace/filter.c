// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which packets to show.  One event has to match as a whole: what is asked for may
 * be the packet inside or the one outside, but not something of each.
 */
#include <string.h>

#include "tools/trace/trace.h"

static bool in_net(const struct said_subnet *net, const char *text)
{
	struct klips_addr addr;
	unsigned int bytes = net->bits / 8, rest = net->bits % 8;

	if (said_addr_numeric(text, strlen(text), net->addr.family, &addr) ||
	    memcmp(addr.bytes, net->addr.bytes, bytes))
		return false;
	return !rest || !((addr.bytes[bytes] ^ net->addr.bytes[bytes]) >> (8 - rest));
}

static bool match(const struct filter *f, const struct event *e)
{
	if (f->has_src && !in_net(&f->src, e->src))
		return false;
	if (f->has_dst && !in_net(&f->dst, e->dst))
		return false;
	if (f->has_host && !in_net(&f->host, e->src) && !in_net(&f->host, e->dst))
		return false;
	if (f->proto && f->proto != e->proto)
		return false;
	return !f->port || f->port == e->sport || f->port == e->dport;
}

static bool has_addresses(enum station at)
{
	return at == AT_XMIT || at == AT_SEND || at == AT_RCV || at == AT_DELIVER;
}

/**
 * filter_match() - is this packet asked for?
 * @filter:	what is asked for
 * @way:	the packet's way
 *
 * Return: true if so.
 */
bool filter_match(const struct filter *filter, const struct way *way)
{
	unsigned int i;

	if (filter->drops && way->end != END_DROPPED && way->end != END_KERNEL)
		return false;
	for (i = 0; i < way->n; i++)
		if (has_addresses(way->event[i].at) && match(filter, &way->event[i]))
			return true;
	return !filter->has_src && !filter->has_dst && !filter->has_host && !filter->proto &&
	       !filter->port;
}
