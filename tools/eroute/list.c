// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --list: the eroutes that filters let through.  Lines as ever for programs,
 * columns for people at a terminal.
 */
#include <string.h>

#include "tools/eroute/route.h"

static const char *const headings[] = {
	"PACKETS", "SOURCE", "DESTINATION", "PROTO", "TO", "IDLE", NULL
};

static bool bits_equal(const u8 *a, const u8 *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole))
		return false;
	return !rest || !((a[whole] ^ b[whole]) >> (8 - rest));
}

/* Is an eroute's prefix within the subnet of an option? */
static bool end_wanted(const struct eroute_end *end, u8 family, const union klips_radix_addr *addr,
		       u8 len, __be16 port)
{
	if (end->port && cpu_to_be16(end->port) != port)
		return false;
	if (!end->arg)
		return true;
	return end->net.addr.family == family && len >= end->net.bits &&
	       bits_equal(end->net.addr.bytes, addr->bytes, end->net.bits);
}

static bool said_wanted(const struct eroute *cmd, const struct route *route)
{
	const struct route want = { .said = cmd->sa.sa };
	const struct sa_args *sa = &cmd->sa;

	if (sa->said)
		return route_same_target(&want, route);
	return (!sa->af || sa->family == route->said.dst.family) &&
	       (!sa->edst || !memcmp(&sa->sa.dst, &route->said.dst, sizeof(sa->sa.dst))) &&
	       (!sa->spi || sa->sa.spi == route->said.spi) &&
	       (!sa->proto || sa->sa.proto == route->said.proto);
}

static bool wanted(const void *ctx, const struct table_row *row)
{
	const struct eroute *cmd = ctx;
	const struct klips_selector *sel;
	struct route route;

	if (!route_from_row(row, &route))
		return false;
	sel = &route.sel;
	return (!cmd->eraf || cmd->eraf == sel->family) &&
	       (!cmd->proto || cmd->proto == sel->proto) &&
	       end_wanted(&cmd->src, sel->family, &sel->src, sel->src_len, sel->sport) &&
	       end_wanted(&cmd->dst, sel->family, &sel->dst, sel->dst_len, sel->dport) &&
	       said_wanted(cmd, &route);
}

/* As /proc/net/ipsec_eroute. */
static void print_line(const struct table_row *row)
{
	char src[KLIPS_SUBNET_TEXT], dst[KLIPS_SUBNET_TEXT];
	struct route route;

	route_from_row(row, &route);
	route_subnet_text(&route.sel, true, true, src, sizeof(src));
	route_subnet_text(&route.sel, false, true, dst, sizeof(dst));
	printf("%-10s %-18s -> %-18s => %s", table_get(row, "count"), src, dst,
	       table_get(row, "said"));
	if (route.sel.proto)
		printf(":%u", route.sel.proto);
	putchar('\n');
}

static void add_line(struct columns *columns, const struct table_row *row)
{
	char src[KLIPS_SUBNET_TEXT], dst[KLIPS_SUBNET_TEXT];
	struct route route;

	route_from_row(row, &route);
	route_subnet_text(&route.sel, true, true, src, sizeof(src));
	route_subnet_text(&route.sel, false, true, dst, sizeof(dst));
	columns_add(columns, (const char *const []) {
		table_get(row, "count"), src, dst,
		route.sel.proto ? table_get(row, "proto") : "any", table_get(row, "said"),
		table_get(row, "idle"),
	});
}

static const struct table_view view = {
	.path = TABLE_EROUTES,
	.name = "eroutes",
	.headings = headings,
	.wanted = wanted,
	.add = add_line,
	.print = print_line,
};

/**
 * eroute_list() - list what the options let through
 * @run:	the run
 * @cmd:	checked options
 *
 * Return: exit status.
 */
int eroute_list(const struct tool_run *run, const struct eroute *cmd)
{
	return table_show(run, &view, cmd);
}
