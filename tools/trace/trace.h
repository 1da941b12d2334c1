/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace: what its parts share.  Lines of tracefs become events (parse.c), events of
 * one packet a way (follow.c), a way words (words.c) or JSON (json.c).
 */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/common/tool.h"

/* Stations, in the order of a packet that is forwarded. */
enum station {
	AT_NOTHING,
	AT_ARRIVE,		/* received on a device, ipsecN included */
	AT_XMIT,		/* handed to ipsecN */
	AT_EROUTE,
	AT_SA_OUT,
	AT_SEND,		/* on its way to OUTPUT */
	AT_LEAVE,		/* handed to a device */
	AT_RCV,			/* after INPUT */
	AT_SA_IN,
	AT_DELIVER,		/* out of ipsecN */
	AT_HOLD,
	AT_RELEASE,
	AT_MOVED,		/* another buffer */
	AT_DROP,		/* by KLIPS */
	AT_FREE,		/* by the kernel, as lost */
	AT_CONSUME,		/* by the kernel, as dealt with */
};

/**
 * struct event - one line of tracefs
 * @at:		which station
 * @us:		when, microseconds since some beginning
 * @skb:	the packet's buffer
 * @was:	the buffer it had before, AT_MOVED
 * @netns:	network namespace, 0 where the event does not say
 * @proto:	IP protocol, 0 any
 * @sport:	source port, 0 none
 * @dport:	destination port, 0 none
 * @len:	bytes
 * @mark:	the packet's mark
 * @dev:	device
 * @src:	source address, AT_EROUTE: net
 * @dst:	destination, likewise
 * @said:	SA or shunt
 * @word:	AT_EROUTE: verdict; AT_DROP, AT_FREE: reason
 */
struct event {
	enum station at;
	u64 us;
	u64 skb;
	u64 was;
	unsigned int netns;
	unsigned int proto;
	unsigned int sport;
	unsigned int dport;
	unsigned int len;
	unsigned int mark;
	char dev[IFNAMSIZ];
	char src[KLIPS_SUBNET_TEXT];
	char dst[KLIPS_SUBNET_TEXT];
	char said[KLIPS_SAID_TEXT];
	char word[48];
};

/* How a way ends. */
enum ending {
	END_LOST_SIGHT,		/* the last that was seen is no end */
	END_SENT,
	END_TAKEN,		/* by this host itself */
	END_DROPPED,		/* by KLIPS, for the reason of its last event */
	END_KERNEL,		/* by the rest of the kernel */
	END_HELD,
};

#define WAY_EVENTS	40	/* four bundles of four, and what is around them */

/**
 * struct way - one packet's events so far
 * @skb:	its buffer, 0 if this is nobody's
 * @n:		how many events
 * @ours:	KLIPS has seen it
 * @end:	set when it is over
 * @event:	them, the oldest first
 */
struct way {
	u64 skb;
	unsigned int n;
	bool ours;
	enum ending end;
	struct event event[WAY_EVENTS];
};

/* Which packets to show. */
struct filter {
	bool has_src, has_dst, has_host;
	struct said_subnet src, dst, host;
	unsigned int proto;		/* 0 any */
	unsigned int port;		/* 0 any */
	bool drops;
};

/* parse.c */
bool parse_line(const char *line, struct event *e);
unsigned int parse_lost(const char *line);

/* follow.c */
struct follower;
struct follower *follower_new(void (*done)(void *ctx, const struct way *way), void *ctx);
void follower_event(struct follower *f, const struct event *e);
void follower_idle(struct follower *f, u64 us);
void follower_end(struct follower *f);

/* filter.c */
bool filter_match(const struct filter *filter, const struct way *way);

/* hooks.c: which chains of a firewall a packet has passed to get to an event */
#define HOOKS_MAX	3
struct hooks {
	unsigned int n;
	char text[HOOKS_MAX][3 * IFNAMSIZ];
};
void hooks_before(const struct way *way, unsigned int i, struct hooks *hooks);
void hooks_suspect(const struct way *way, struct hooks *hooks);

/* words.c */
const struct event *way_subject(const struct way *way);
const char *way_ending(enum ending end);
const char *proto_name(unsigned int proto, char *buf, size_t size);
void way_print_words(const struct way *way, FILE *to);

/* json.c */
void way_print_json(const struct way *way, FILE *to);

/* tracefs.c */
struct tracefs;
struct tracefs *tracefs_open(const struct tool_run *run);
int tracefs_read(struct tracefs *t, char *buf, size_t size, int timeout_ms);
void tracefs_close(struct tracefs *t);

#endif /* TOOLS_TRACE_H */
