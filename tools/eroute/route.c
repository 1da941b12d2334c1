// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Eroutes as values: from the kernel's table, from a command line, to text.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/eroute/route.h"

static void set_end(struct klips_selector *sel, bool src, const struct said_subnet *net, u16 port)
{
	union klips_radix_addr *addr = src ? &sel->src : &sel->dst;

	sel->family = (u8)net->addr.family;
	memcpy(addr->bytes, net->addr.bytes, sizeof(addr->bytes));
	if (src) {
		sel->src_len = (u8)net->bits;
		sel->sport = cpu_to_be16(port);
	} else {
		sel->dst_len = (u8)net->bits;
		sel->dport = cpu_to_be16(port);
	}
}

/**
 * route_from_row() - read a row of the kernel's table
 * @row:	row
 * @route:	filled in
 *
 * Return: false if it is not an eroute.
 */
bool route_from_row(const struct table_row *row, struct route *route)
{
	const char *src = table_get(row, "src"), *dst = table_get(row, "dst");
	const char *said = table_get(row, "said");
	struct said_subnet from, to;

	memset(route, 0, sizeof(*route));
	if (!src || !dst || !said || said_subnet(src, 0, NULL, &from) ||
	    said_subnet(dst, 0, NULL, &to) || said_said(said, NULL, &route->said))
		return false;
	set_end(&route->sel, true, &from, (u16)table_number(row, "sport"));
	set_end(&route->sel, false, &to, (u16)table_number(row, "dport"));
	route->sel.proto = (u8)table_number(row, "proto");
	return from.addr.family == to.addr.family && !klips_selector_canonical(&route->sel);
}

/**
 * route_from_command() - what a checked command line says
 * @cmd:	command line
 * @route:	filled in
 */
void route_from_command(const struct eroute *cmd, struct route *route)
{
	memset(route, 0, sizeof(*route));
	set_end(&route->sel, true, &cmd->src.net, cmd->src.port);
	set_end(&route->sel, false, &cmd->dst.net, cmd->dst.port);
	route->sel.proto = cmd->proto;
	route->said = cmd->sa.sa;
	klips_selector_canonical(&route->sel);
}

static void get_end(const struct klips_selector *sel, bool src, struct said_subnet *net)
{
	const union klips_radix_addr *addr = src ? &sel->src : &sel->dst;

	*net = (struct said_subnet) { .addr.family = sel->family };
	net->bits = src ? sel->src_len : sel->dst_len;
	memcpy(net->addr.bytes, addr->bytes, sizeof(addr->bytes));
}

/**
 * route_to_command() - what eroute_request() sends
 * @route:	eroute
 * @action:	what to do with it
 * @cmd:	filled in
 */
void route_to_command(const struct route *route, enum eroute_action action, struct eroute *cmd)
{
	*cmd = (struct eroute) { .action = action, .proto = route->sel.proto };
	get_end(&route->sel, true, &cmd->src.net);
	get_end(&route->sel, false, &cmd->dst.net);
	cmd->src.port = be16_to_cpu(route->sel.sport);
	cmd->dst.port = be16_to_cpu(route->sel.dport);
	if (action != EROUTE_DEL)
		cmd->sa.sa = route->said;
}

/**
 * route_subnet_text() - one end of an eroute as text
 * @sel:	selector
 * @src:	its source, else its destination
 * @port:	with the port behind it, if there is one
 * @text:	where to put it
 * @size:	room there, KLIPS_SUBNET_TEXT
 */
void route_subnet_text(const struct klips_selector *sel, bool src, bool port, char *text,
		       size_t size)
{
	u16 number = be16_to_cpu(src ? sel->sport : sel->dport);
	struct said_subnet net;

	get_end(sel, src, &net);
	klips_subnet_ntop(&net.addr, net.bits, port ? number : 0, text, size);
}

/**
 * route_said_text() - where an eroute leads, as the listings write it
 * @route:	eroute
 * @text:	where to put it
 * @size:	room there, KLIPS_SAID_TEXT
 */
void route_said_text(const struct route *route, char *text, size_t size)
{
	klips_said_ntop(&route->said, KLIPS_SAID_HEX, text, size);
}

/**
 * route_same_target() - do two eroutes lead to the same SA or shunt?
 * @a:	one
 * @b:	the other
 */
bool route_same_target(const struct route *a, const struct route *b)
{
	if (a->said.proto == KLIPS_PROTO_INT && b->said.proto == KLIPS_PROTO_INT)
		return a->said.spi == b->said.spi;
	return !memcmp(&a->said, &b->said, sizeof(a->said));
}

/**
 * route_print_options() - print the options that make an eroute
 * @route:	eroute
 * @to:		stream
 */
void route_print_options(const struct route *route, FILE *to)
{
	const struct klips_selector *sel = &route->sel;
	char src[KLIPS_SUBNET_TEXT], dst[KLIPS_SUBNET_TEXT], said[KLIPS_SAID_TEXT];

	route_subnet_text(sel, true, false, src, sizeof(src));
	route_subnet_text(sel, false, false, dst, sizeof(dst));
	route_said_text(route, said, sizeof(said));
	fprintf(to, "--add --eraf %s --src %s --dst %s",
		sel->family == AF_INET6 ? "inet6" : "inet", src, dst);
	if (sel->proto)
		fprintf(to, " --transport-proto %u", sel->proto);
	if (sel->sport)
		fprintf(to, " --src-port %u", be16_to_cpu(sel->sport));
	if (sel->dport)
		fprintf(to, " --dst-port %u", be16_to_cpu(sel->dport));
	fprintf(to, " --said %s\n", said);
}

/**
 * routes_add() - add one behind the others
 * @routes:	where
 * @route:	what
 *
 * Return: the copy, good until the next one; NULL without memory.
 */
struct route *routes_add(struct routes *routes, const struct route *route)
{
	if (routes->n == routes->room) {
		size_t room = 2 * routes->room + 64;
		struct route *more = realloc(routes->route, room * sizeof(*more));

		if (!more)
			return NULL;
		routes->route = more;
		routes->room = room;
	}
	routes->route[routes->n] = *route;
	return &routes->route[routes->n++];
}

static int compare(const void *a, const void *b)
{
	const struct route *one = a, *two = b;
	int order = klips_selector_compare(&one->sel, &two->sel);

	return order ? order : (one->line > two->line) - (one->line < two->line);
}

/**
 * routes_sort() - into the order of selectors, then lines
 * @routes:	what
 */
void routes_sort(struct routes *routes)
{
	if (routes->n)
		qsort(routes->route, routes->n, sizeof(*routes->route), compare);
}

/**
 * routes_read_table() - read the kernel's table
 * @run:	the run
 * @routes:	empty; gets the table, sorted
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int routes_read_table(const struct tool_run *run, struct routes *routes)
{
	struct table_row row;
	struct table table;
	struct route route;
	int status = table_open(&table, run, TABLE_EROUTES);

	if (status != TOOL_GO_ON)
		return status;
	while ((status = table_next(&table, &row)) == TOOL_GO_ON) {
		if (route_from_row(&row, &route) && routes_add(routes, &route))
			continue;
		table_close(&table);
		return tool_error(run, "%s: cannot use a row", TABLE_EROUTES);
	}
	if (status != TOOL_OK)
		return status;
	routes_sort(routes);
	return TOOL_GO_ON;
}

/**
 * routes_free() - free them
 * @routes:	empty afterwards
 */
void routes_free(struct routes *routes)
{
	free(routes->route);
	*routes = (struct routes) { 0 };
}
