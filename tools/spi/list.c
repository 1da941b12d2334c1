// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --list: the SAs that filters let through, with everything the kernel tells;
 * in columns, with less of it, at a terminal.
 */
#include <string.h>

#include "tools/listing/table.h"
#include "tools/spi/spi.h"

static const char *const headings[] = {
	"SAID", "TRANSFORM", "DIR", "STATE", "SOURCE", "PACKETS", "BYTES", "IDLE", "GROUP", NULL
};

static bool src_wanted(const struct spi *cmd, const struct table_row *row)
{
	const char *text = table_get(row, "src");
	struct klips_addr src;

	if (!cmd->src.arg)
		return true;
	return text && !said_addr_numeric(text, strlen(text), 0, &src) &&
	       !memcmp(&src, &cmd->src.addr, sizeof(src));
}

static bool wanted(const void *ctx, const struct table_row *row)
{
	const struct spi *cmd = ctx;
	const struct sa_args *sa = &cmd->sa;
	const char *text = table_get(row, "said");
	struct klips_said said;

	if (!text || said_said(text, NULL, &said) || !src_wanted(cmd, row))
		return false;
	if (sa->said)
		return !memcmp(&said, &sa->sa, sizeof(said));
	return (!sa->af || sa->family == said.dst.family) &&
	       (!sa->edst || !memcmp(&sa->sa.dst, &said.dst, sizeof(said.dst))) &&
	       (!sa->spi || sa->sa.spi == said.spi) && (!sa->proto || sa->sa.proto == said.proto);
}

/* Options that choose nothing. */
static bool has_others(const struct spi *cmd)
{
	return cmd->auth_key.len || cmd->enc_key.len || cmd->replay || cmd->natt || cmd->sport ||
	       cmd->dport || cmd->outif || cmd->dst.arg || cmd->life.given[SAID_SOFT] ||
	       cmd->life.given[SAID_HARD] || cmd->saref_me || cmd->saref_him;
}

static void print_row(const struct table_row *row)
{
	unsigned int i;

	for (i = 0; i < row->n; i++)
		printf("%s%s=%s", i ? " " : "", row->field[i].key, row->field[i].value);
	putchar('\n');
}

static void add_row(struct columns *columns, const struct table_row *row)
{
	static const char *const keys[] = {
		"said", "name", "dir", "state", "src", "packets", "bytes", "idle", "group"
	};
	const char *cells[ARRAY_SIZE(keys)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		cells[i] = table_get(row, keys[i]);
	columns_add(columns, cells);
}

/**
 * spi_list_json() - the whole table as JSON
 * @run:	the run
 *
 * Return: exit status.
 */
int spi_list_json(const struct tool_run *run)
{
	return json_table(run, TABLE_SAS, "sas", NULL, NULL);
}

static const struct table_view view = {
	.path = TABLE_SAS,
	.name = "sas",
	.headings = headings,
	.wanted = wanted,
	.add = add_row,
	.print = print_row,
};

/**
 * spi_list() - list what the options let through
 * @run:	the run
 * @cmd:	options
 *
 * Return: exit status.
 */
int spi_list(const struct tool_run *run, const struct spi *cmd)
{
	if (has_others(cmd))
		return tool_error(run, "--list can be used with --said, --af, --edst, --spi, "
				  "--proto, --src and --json only.");
	return table_show(run, &view, cmd);
}
