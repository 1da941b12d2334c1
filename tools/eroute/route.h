/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Eroutes as values: from the kernel's table, from a command line, to text.
 */
#ifndef TOOLS_ROUTE_H
#define TOOLS_ROUTE_H

#include "klips/radix.h"
#include "tools/eroute/eroute.h"
#include "tools/listing/table.h"

/**
 * struct route - one eroute
 * @sel:	which packets; canonical
 * @said:	where they go
 * @line:	where it was read, for messages
 */
struct route {
	struct klips_selector sel;
	struct klips_said said;
	unsigned int line;
};

/**
 * struct routes - many
 * @route:	in the order of klips_selector_compare() once sorted
 * @n:		number
 * @room:	room
 */
struct routes {
	struct route *route;
	size_t n;
	size_t room;
};

/* The longest text of a flow: two subnets with ports, and words between. */
#define ROUTE_TEXT	(2 * KLIPS_SUBNET_TEXT + 16)

bool route_from_row(const struct table_row *row, struct route *route);
void route_from_command(const struct eroute *cmd, struct route *route);
void route_to_command(const struct route *route, enum eroute_action action, struct eroute *cmd);
void route_print_options(const struct route *route, FILE *to);
void route_subnet_text(const struct klips_selector *sel, bool src, bool port, char *text,
		       size_t size);
void route_said_text(const struct route *route, char *text, size_t size);
bool route_same_target(const struct route *a, const struct route *b);

struct route *routes_add(struct routes *routes, const struct route *route);
void routes_sort(struct routes *routes);
int routes_read_table(const struct tool_run *run, struct routes *routes);
void routes_free(struct routes *routes);

/* apply.c: the one place that changes many eroutes */
struct route_change {
	enum eroute_action action;	/* EROUTE_ADD, EROUTE_REPLACE or EROUTE_DEL */
	const struct route *route;
};

/**
 * struct route_changes - many, in order
 * @change:	the changes
 * @n:		number
 * @file:	where their routes were read, for messages
 * @whole:	what is added is a whole table, which takes the place of the one in use
 */
struct route_changes {
	struct route_change *change;
	size_t n;
	const char *file;
	bool whole;
};

int eroute_apply(struct tool_run *run, const struct route_changes *changes);

#endif /* TOOLS_ROUTE_H */
