// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events of one packet, put together.  A packet is known by the address of its
 * buffer, which is another's as soon as it is freed: so a way ends at what frees or
 * sends the packet, and an event that cannot come next begins a new one.
 *
 * Most events are of packets that KLIPS never sees: where many are under way, the
 * oldest are forgotten.
 */
#include <stdlib.h>
#include <string.h>

#include <klips/uapi.h>

#include "tools/trace/trace.h"

#define SETS		1024
#define SET_WAYS	4
#define IDLE_US		1000000		/* nothing for so long: it has gone somewhere */
#define DEVICES_MAX	16		/* names of ipsecN remembered */

struct follower {
	void (*done)(void *ctx, const struct way *way);
	void *ctx;
	char device[DEVICES_MAX][IFNAMSIZ];
	unsigned int devices;
	struct way way[SETS][SET_WAYS];
};

/**
 * follower_new() - begin
 * @done:	called with each way that is over and that KLIPS was part of
 * @ctx:	for @done
 *
 * Return: the follower, or NULL without memory.
 */
struct follower *follower_new(void (*done)(void *ctx, const struct way *way), void *ctx)
{
	struct follower *f = calloc(1, sizeof(*f));

	if (f) {
		f->done = done;
		f->ctx = ctx;
	}
	return f;
}

/* --- devices ------------------------------------------------------------------- */

static bool is_ipsec(const struct follower *f, const char *dev)
{
	unsigned int i;

	if (!strncmp(dev, KLIPS_DEV_PREFIX, strlen(KLIPS_DEV_PREFIX)))
		return true;
	for (i = 0; i < f->devices; i++)
		if (!strcmp(f->device[i], dev))
			return true;
	return false;
}

/* An ipsecN can have been given any name. */
static void learn_device(struct follower *f, const struct event *e)
{
	if ((e->at != AT_XMIT && e->at != AT_DELIVER) || is_ipsec(f, e->dev))
		return;
	strcpy(f->device[f->devices++ % DEVICES_MAX], e->dev);
	if (f->devices > DEVICES_MAX)
		f->devices = DEVICES_MAX;
}

/* --- ways ---------------------------------------------------------------------- */

static struct way *set_of(struct follower *f, u64 skb)
{
	return f->way[(skb * 0x9e3779b97f4a7c15ull) >> 54];
}

static struct way *find(struct follower *f, u64 skb)
{
	struct way *set = set_of(f, skb);
	int i;

	for (i = 0; i < SET_WAYS; i++)
		if (set[i].skb == skb)
			return &set[i];
	return NULL;
}

static const struct event *last(const struct way *way)
{
	return &way->event[way->n - 1];
}

static void finish(struct follower *f, struct way *way, enum ending end)
{
	way->end = end;
	if (way->ours)
		f->done(f->ctx, way);
	way->skb = 0;
}

/* What the last event lets one say of a packet that is heard of no more. */
static enum ending silence(const struct way *way)
{
	unsigned int i;

	if (last(way)->at == AT_HOLD)
		return END_HELD;
	for (i = 0; i < way->n; i++)
		if (way->event[i].at == AT_DELIVER)
			return END_TAKEN;
	return END_LOST_SIGHT;
}

static struct way *begin(struct follower *f, u64 skb)
{
	struct way *set = set_of(f, skb), *way = &set[0];
	int i;

	for (i = 0; i < SET_WAYS && way->skb; i++)
		if (!set[i].skb || last(&set[i])->us < last(way)->us)
			way = &set[i];
	if (way->skb)
		finish(f, way, silence(way));
	memset(way, 0, offsetof(struct way, event));
	way->skb = skb;
	return way;
}

static void append(struct way *way, const struct event *e)
{
	if (way->n == WAY_EVENTS)	/* the end is worth more than the middle */
		way->n--;
	way->event[way->n++] = *e;
	way->ours |= e->netns != 0;
}

/* --- what may come next ----------------------------------------------------------- */

static bool follows(const struct follower *f, const struct way *way, const struct event *e)
{
	const struct event *before = last(way);

	switch (e->at) {
	case AT_ARRIVE:		/* cleartext, after the ipsecN took it for received */
		return before->at == AT_DELIVER && !strcmp(before->dev, e->dev);
	case AT_XMIT:
		return before->at == AT_ARRIVE ||
		       (before->at == AT_LEAVE && is_ipsec(f, before->dev));
	case AT_RCV:
		return before->at == AT_ARRIVE;
	default:
		return true;
	}
}

static bool may_begin(const struct follower *f, const struct event *e)
{
	switch (e->at) {
	case AT_FREE:
	case AT_CONSUME:
	case AT_MOVED:
		return false;
	case AT_LEAVE:
		return is_ipsec(f, e->dev);
	default:
		return true;
	}
}

static void move(struct follower *f, const struct event *e)
{
	struct way *from = find(f, e->was), *to = find(f, e->skb);

	if (!from)
		return;
	if (to)
		finish(f, to, silence(to));
	to = begin(f, e->skb);
	from = find(f, e->was);		/* unless it had to make room */
	if (!from) {
		to->skb = 0;
		return;
	}
	memcpy(to, from, sizeof(*to));
	to->skb = e->skb;
	from->skb = 0;
}

/* Raw sockets, ping's among them, get copies; the packet itself goes to no socket. */
static bool raw_only(const struct way *way, const struct event *e)
{
	const struct event *subject = way_subject(way);

	return !strcmp(e->word, "NO_SOCKET") && subject &&
	       (subject->proto == IPPROTO_ICMP || subject->proto == IPPROTO_ICMPV6);
}

/* Is this an end? */
static void end_at(struct follower *f, struct way *way, const struct event *e)
{
	switch (e->at) {
	case AT_DROP:
		finish(f, way, END_DROPPED);
		break;
	case AT_FREE:
		finish(f, way, raw_only(way, e) ? END_TAKEN : END_KERNEL);
		break;
	case AT_CONSUME:	/* fragments of it are on their way, or it has reached a socket */
		finish(f, way, way->n > 1 && way->event[way->n - 2].at == AT_SEND ? END_SENT :
		       END_TAKEN);
		break;
	case AT_LEAVE:
		if (!is_ipsec(f, e->dev))
			finish(f, way, END_SENT);
		break;
	default:
		break;
	}
}

/**
 * follower_event() - the next event
 * @f:	the follower
 * @e:	the event
 */
void follower_event(struct follower *f, const struct event *e)
{
	struct way *way;

	learn_device(f, e);
	if (e->at == AT_MOVED) {
		move(f, e);
		return;
	}
	way = find(f, e->skb);
	if (way && !follows(f, way, e)) {
		finish(f, way, silence(way));
		way = NULL;
	}
	if (!way && !may_begin(f, e))
		return;
	if (!way)
		way = begin(f, e->skb);
	append(way, e);
	end_at(f, way, e);
}

/**
 * follower_idle() - end ways that nothing was heard of for long
 * @f:	the follower
 * @us:	now, in the time of the events
 *
 * Packets that wait for a tunnel may do so.
 */
void follower_idle(struct follower *f, u64 us)
{
	struct way *way = f->way[0];
	size_t i;

	for (i = 0; i < SETS * SET_WAYS; i++, way++)
		if (way->skb && last(way)->us + IDLE_US < us && last(way)->at != AT_HOLD)
			finish(f, way, silence(way));
}

/**
 * follower_end() - end all ways, and free the follower
 * @f:	the follower
 */
void follower_end(struct follower *f)
{
	struct way *way = f->way[0];
	size_t i;

	for (i = 0; i < SETS * SET_WAYS; i++, way++)
		if (way->skb)
			finish(f, way, silence(way));
	free(f);
}
