// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's tables: a version line, then rows of key=value with tabs
 * between.  What does not look like that ends the reading with a message.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/listing/table.h"

#define VERSION_LINE	"version 1\n"

static int failed(struct table *t, const char *why)
{
	tool_error(t->run, "%s: %s", t->path, why);
	table_close(t);
	return TOOL_FAILED;
}

/**
 * table_take() - begin to read an open file
 * @t:		filled in; owns @file from now on
 * @run:	whose messages
 * @path:	name for messages, kept
 * @file:	the file
 *
 * Return: TOOL_GO_ON, or the exit status after a message; then it is closed.
 */
int table_take(struct table *t, const struct tool_run *run, const char *path, FILE *file)
{
	*t = (struct table) { .run = run, .path = path, .file = file };
	if (getline(&t->line, &t->size, file) < 0)
		return failed(t, ferror(file) ? strerror(errno) : "is empty");
	if (strcmp(t->line, VERSION_LINE))
		return failed(t, "has a version that this tool does not know");
	return TOOL_GO_ON;
}

/**
 * table_open() - open a table
 * @t:		filled in
 * @run:	whose messages
 * @path:	the file, kept
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int table_open(struct table *t, const struct tool_run *run, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (file)
		return table_take(t, run, path, file);
	if (fd < 0 && errno == ENOENT && run->tool->no_table)
		return tool_error(run, "%s", run->tool->no_table);
	return tool_error(run, "%s: %s", path, strerror(errno));
}

/**
 * table_close() - the end
 * @t:	table; its rows are gone
 */
void table_close(struct table *t)
{
	if (t->file)
		fclose(t->file);
	t->file = NULL;
	free(t->line);
	t->line = NULL;
}

/* Takes the line apart where it stands; false if it is not a row. */
static bool split(char *line, struct table_row *row)
{
	char *word, *equals;

	*row = (struct table_row) { 0 };
	while ((word = strsep(&line, "\t"))) {
		equals = strchr(word, '=');
		if (!equals && !row->n && !row->kind) {
			row->kind = word;
			continue;
		}
		if (!equals || row->n == TABLE_FIELDS)
			return false;
		*equals = '\0';
		row->field[row->n].key = word;
		row->field[row->n++].value = equals + 1;
	}
	return row->n;
}

/**
 * table_next() - read a row
 * @t:		table
 * @row:	filled in; good until the next call
 *
 * Return: TOOL_GO_ON; TOOL_OK at the end, TOOL_FAILED after a message; after
 * both the table is closed.
 */
int table_next(struct table *t, struct table_row *row)
{
	ssize_t len;

	errno = 0;
	len = getline(&t->line, &t->size, t->file);
	if (len < 0 && ferror(t->file))
		return failed(t, strerror(errno));
	if (len < 0) {
		table_close(t);
		return TOOL_OK;
	}
	if (t->line[len - 1] == '\n')
		t->line[--len] = '\0';
	if (strlen(t->line) != (size_t)len || !split(t->line, row))
		return failed(t, "has a line that is not a row");
	return TOOL_GO_ON;
}

/**
 * table_get() - a field
 * @row:	row
 * @key:	its key
 *
 * Return: the value, NULL if there is no such field.
 */
const char *table_get(const struct table_row *row, const char *key)
{
	unsigned int i;

	for (i = 0; i < row->n; i++)
		if (!strcmp(row->field[i].key, key))
			return row->field[i].value;
	return NULL;
}

/**
 * table_number() - a field that is a decimal number
 * @row:	row
 * @key:	its key
 *
 * Return: the number; 0 if there is no such field.
 */
u64 table_number(const struct table_row *row, const char *key)
{
	const char *text = table_get(row, key);
	u64 value = 0;

	if (text && said_digits(text, strlen(text), 10, &value))
		return 0;
	return value;
}
