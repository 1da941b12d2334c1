// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --save and --load: the whole table as lines of options.
 *
 * Every line is checked before the first change.  What is in the table already
 * is left alone, so that its counters and its held packets stay; unless the whole
 * table is to be exchanged in one step.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/eroute/route.h"

#define BLANKS		" \t\r\n"
#define WORDS_MAX	32

/* A file being read. */
struct file {
	const char *name;
	unsigned int line;
};

/**
 * eroute_save() - print the table as --load reads it
 * @run:	the run
 *
 * Return: exit status.
 */
int eroute_save(const struct tool_run *run)
{
	struct routes routes = { 0 };
	int status = routes_read_table(run, &routes);
	size_t i;

	if (status == TOOL_GO_ON) {
		for (i = 0; i < routes.n; i++)
			route_print_options(&routes.route[i], stdout);
		status = TOOL_OK;
	}
	routes_free(&routes);
	return status;
}

/* --- reading ------------------------------------------------------------------------ */

static int line_error(const char *name, unsigned int line, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", name, line, what);
	return TOOL_FAILED;
}

/* Words of a line behind @argv[0]; -1 if there are too many. */
static int split(char *line, char **argv)
{
	int argc = 1;
	char *word;

	while ((word = strsep(&line, BLANKS))) {
		if (!*word)
			continue;
		if (argc == WORDS_MAX)
			return -1;
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return argc;
}

static int parse_words(int argc, char **argv, struct route *route)
{
	struct eroute cmd = { 0 };
	struct tool_run line;
	int status;

	tool_start(&line, &eroute_line_tool, &cmd, argc, argv);
	status = tool_options(&line);
	if (status == TOOL_GO_ON && optind < line.argc)
		status = tool_error(&line, "not an option: %s", line.argv[optind]);
	if (status == TOOL_GO_ON && !cmd.action)
		status = tool_error(&line, "a line has to begin with --add");
	if (status == TOOL_GO_ON)
		status = eroute_check(&line, &cmd);
	if (status == TOOL_GO_ON)
		route_from_command(&cmd, route);
	if (tool_end(&line, status) != TOOL_OK)
		return TOOL_FAILED;
	return TOOL_GO_ON;
}

static int read_line(const struct tool_run *run, const struct file *file, char *text, size_t len,
		     struct routes *routes)
{
	char *argv[WORDS_MAX + 1], *name;
	struct route route;
	int argc, status;

	if (strlen(text) != len)
		return line_error(file->name, file->line, "a byte of zero in the line");
	if (!text[strspn(text, BLANKS)] || *text == '#')
		return TOOL_GO_ON;
	argc = split(text, argv);
	if (argc < 0)
		return line_error(file->name, file->line, "too many words");
	if (asprintf(&name, "%s:%u", file->name, file->line) < 0)
		return tool_error(run, "out of memory");
	argv[0] = name;
	status = parse_words(argc, argv, &route);
	free(name);
	if (status != TOOL_GO_ON)
		return status;
	route.line = file->line;
	return routes_add(routes, &route) ? TOOL_GO_ON : tool_error(run, "out of memory");
}

static int read_lines(const struct tool_run *run, struct file *file, FILE *from,
		      struct routes *routes)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int status = TOOL_GO_ON;

	while (status == TOOL_GO_ON && (len = getline(&text, &size, from)) >= 0) {
		file->line++;
		status = read_line(run, file, text, (size_t)len, routes);
	}
	if (status == TOOL_GO_ON && ferror(from))
		status = tool_error(run, "%s: %s", file->name, strerror(errno));
	free(text);
	return status;
}

static int check_twice(const struct file *file, const struct routes *routes)
{
	const struct route *route = routes->route;
	char what[64];
	size_t i;

	for (i = 1; i < routes->n; i++) {
		if (klips_selector_compare(&route[i - 1].sel, &route[i].sel))
			continue;
		snprintf(what, sizeof(what), "the same flow as in line %u", route[i - 1].line);
		return line_error(file->name, route[i].line, what);
	}
	return TOOL_GO_ON;
}

static bool is_standard_input(const char *path)
{
	return !strcmp(path, "-");
}

static const char *name_of(const char *path)
{
	return is_standard_input(path) ? "standard input" : path;
}

static int read_file(const struct tool_run *run, const char *path, struct routes *routes)
{
	struct file file = { .name = name_of(path) };
	FILE *from = is_standard_input(path) ? stdin : fopen(path, "re");
	int status;

	if (!from)
		return tool_error(run, "%s: %s", path, strerror(errno));
	status = read_lines(run, &file, from, routes);
	if (from != stdin)
		fclose(from);
	if (status != TOOL_GO_ON)
		return status;
	routes_sort(routes);
	return check_twice(&file, routes);
}

/* --- changing ------------------------------------------------------------------------ */

/* Of two sorted tables: first what is new or leads elsewhere, then what has to go. */
static size_t differences(const struct routes *now, const struct routes *then,
			  struct route_change *change)
{
	const struct route *old, *new;
	size_t i = 0, j = 0, n = 0, gone = now->n + then->n;
	size_t last = gone;
	int order;

	while (i < now->n || j < then->n) {
		old = i < now->n ? &now->route[i] : NULL;
		new = j < then->n ? &then->route[j] : NULL;
		order = !old ? 1 : !new ? -1 : klips_selector_compare(&old->sel, &new->sel);
		i += order <= 0;
		j += order >= 0;
		if (order < 0)
			change[--gone] = (struct route_change) { EROUTE_DEL, old };
		else if (order > 0 || !route_same_target(old, new))
			change[n++] = (struct route_change) { EROUTE_REPLACE, new };
	}
	memmove(&change[n], &change[gone], (last - gone) * sizeof(*change));
	return n + last - gone;
}

/* Of a new table: all of it. */
static size_t everything(const struct routes *then, struct route_change *change)
{
	size_t i;

	for (i = 0; i < then->n; i++)
		change[i] = (struct route_change) { EROUTE_ADD, &then->route[i] };
	return then->n;
}

static int become(struct tool_run *run, const struct eroute *cmd, const struct routes *now,
		  const struct routes *then)
{
	struct route_changes changes = { .file = name_of(cmd->file), .whole = cmd->atomic };
	int status;

	changes.change = calloc(now->n + then->n + 1, sizeof(*changes.change));
	if (!changes.change)
		return tool_error(run, "out of memory");
	changes.n = cmd->atomic ? everything(then, changes.change) :
				  differences(now, then, changes.change);
	status = eroute_apply(run, &changes);
	free(changes.change);
	return status;
}

/**
 * eroute_load() - make the table what a file says
 * @run:	the run
 * @cmd:	names the file
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int eroute_load(struct tool_run *run, const struct eroute *cmd)
{
	struct routes then = { 0 }, now = { 0 };
	int status = read_file(run, cmd->file, &then);

	if (status == TOOL_GO_ON && !cmd->atomic)
		status = routes_read_table(run, &now);
	if (status == TOOL_GO_ON)
		status = become(run, cmd, &now, &then);
	routes_free(&now);
	routes_free(&then);
	return status;
}
