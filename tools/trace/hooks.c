// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which chains of a firewall a packet has been through.  The kernel does not trace
 * them, but between two stations there is one way only: what arrived on eth0 and was
 * handed to ipsec0 passed PREROUTING, FORWARD and POSTROUTING.
 */
#include <string.h>

#include "tools/trace/trace.h"

static void add(struct hooks *hooks, const char *chain, const char *in, const char *out)
{
	snprintf(hooks->text[hooks->n++], sizeof(hooks->text[0]), "%s%s%s%s%s", chain,
		 in ? " -i " : "", in ? in : "", out ? " -o " : "", out ? out : "");
}

/* The device by which event @i's packet came in, NULL if it was made here. */
static const char *came_by(const struct way *way, unsigned int i)
{
	while (i--) {
		if (way->event[i].at == AT_ARRIVE || way->event[i].at == AT_DELIVER)
			return way->event[i].dev;
		if (way->event[i].at == AT_SEND)
			return NULL;
	}
	return NULL;
}

static void on_leaving(const char *in, const char *out, struct hooks *hooks)
{
	if (in) {
		add(hooks, "PREROUTING", in, NULL);
		add(hooks, "FORWARD", in, out);
	} else {
		add(hooks, "OUTPUT", NULL, out);
	}
	add(hooks, "POSTROUTING", NULL, out);
}

/**
 * hooks_before() - the chains that were passed before an event
 * @way:	the packet's way
 * @i:		which of its events
 * @hooks:	filled in; none if there are none, or it is not known
 */
void hooks_before(const struct way *way, unsigned int i, struct hooks *hooks)
{
	const struct event *e = &way->event[i];
	const char *in = came_by(way, i);

	hooks->n = 0;
	switch (e->at) {
	case AT_LEAVE:
		on_leaving(in, e->dev, hooks);
		break;
	case AT_RCV:
	case AT_CONSUME:
	case AT_FREE:
		if (!in || (e->at == AT_FREE && way->end != END_TAKEN))
			break;
		add(hooks, "PREROUTING", in, NULL);
		add(hooks, "INPUT", in, NULL);
		break;
	default:
		break;
	}
}

/**
 * hooks_suspect() - the chains of which one has dropped a packet
 * @way:	its way, ended by the kernel
 * @hooks:	filled in
 */
void hooks_suspect(const struct way *way, struct hooks *hooks)
{
	const char *in = came_by(way, way->n - 1);
	unsigned int i = way->n - 1;

	hooks->n = 0;
	if (in) {
		add(hooks, "PREROUTING", in, NULL);
		add(hooks, "INPUT", in, NULL);
		add(hooks, "FORWARD", in, NULL);
		return;
	}
	while (i && way->event[i].at != AT_SEND)
		i--;
	add(hooks, "OUTPUT", NULL, way->event[i].dev);
	add(hooks, "POSTROUTING", NULL, way->event[i].dev);
}
