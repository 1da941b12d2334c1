/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's tables for programs, /proc/net/ipsec/eroute/table and
 * spi/table, row by row; and rows as JSON.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "tools/common/tool.h"

struct json_object;

#define TABLE_EROUTES	"/proc/net/ipsec/eroute/table"
#define TABLE_SAS	"/proc/net/ipsec/spi/table"

/* What JSON documents say as "version"; see ipsec_json(5). */
#define JSON_VERSION	1

#define TABLE_FIELDS	64

/**
 * struct table_row - a line
 * @kind:	a word in front of the fields, or NULL
 * @n:		number of fields
 * @field:	the fields in their order
 */
struct table_row {
	const char *kind;
	unsigned int n;
	struct {
		const char *key;
		const char *value;
	} field[TABLE_FIELDS];
};

/**
 * struct table - an open table
 * @run:	whose messages
 * @path:	its file
 * @file:	the same, open
 * @line:	the line that the row points into
 * @size:	room there
 */
struct table {
	const struct tool_run *run;
	const char *path;
	FILE *file;
	char *line;
	size_t size;
};

int table_open(struct table *t, const struct tool_run *run, const char *path);
int table_take(struct table *t, const struct tool_run *run, const char *path, FILE *file);
int table_next(struct table *t, struct table_row *row);
void table_close(struct table *t);
const char *table_get(const struct table_row *row, const char *key);
u64 table_number(const struct table_row *row, const char *key);

/* json.c */
struct json_object *json_document(const char *name, struct json_object *value);
struct json_object *json_row(const struct table_row *row);
int json_print(const struct tool_run *run, struct json_object *document);
int json_table(const struct tool_run *run, const char *path, const char *name,
	       bool (*wanted)(const void *ctx, const struct table_row *row), const void *ctx);

/* small.c: the files that have no table, as JSON */
int json_groups(const struct tool_run *run);
int json_devices(const struct tool_run *run);
int json_debug(const struct tool_run *run);

/* columns.c */
struct columns;
struct columns *columns_new(const char *const *headings);
void columns_add(struct columns *c, const char *const *cells);
void columns_print(struct columns *c);

/**
 * struct table_view - a table and how its rows look
 * @path:	its file
 * @name:	what its rows are called in JSON
 * @headings:	of the columns at a terminal, NULL at the end
 * @wanted:	says which rows
 * @add:	a row into the columns
 * @print:	a row as a line, for programs
 */
struct table_view {
	const char *path;
	const char *name;
	const char *const *headings;
	bool (*wanted)(const void *ctx, const struct table_row *row);
	void (*add)(struct columns *columns, const struct table_row *row);
	void (*print)(const struct table_row *row);
};

int table_show(const struct tool_run *run, const struct table_view *view, const void *ctx);

#endif /* TOOLS_TABLE_H */
