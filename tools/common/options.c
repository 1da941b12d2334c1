// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The option parser: GNU getopt_long() fed from a tool's table.
 *
 * Options take effect one by one from left to right and are checked as they
 * are met.  Options newer than the old tools have to be written out whole, so
 * that every old abbreviation keeps its meaning; they are taken out before
 * getopt sees the rest.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/tool.h"

#define FIRST_VALUE	256		/* getopt returns it for the table's first row */

static size_t count_options(const struct tool_option *opts)
{
	size_t n = 0;

	while (opts[n].name)
		n++;
	return n;
}

/* getopt's own table; rows that have to be written out are left out. */
static struct option *getopt_table(struct tool_run *run)
{
	const struct tool_option *opts = run->tool->options;
	size_t i, n = count_options(opts), to = 0;
	struct option *table = tool_alloc(run, (n + 1) * sizeof(*table));

	for (i = 0; i < n; i++) {
		if (opts[i].whole)
			continue;
		table[to++] = (struct option) {
			.name = opts[i].name,
			.has_arg = opts[i].arg ? required_argument : no_argument,
			.val = FIRST_VALUE + (int)i,
		};
	}
	return table;
}

/* Sets @value to what stands behind "=", or NULL. */
static const struct tool_option *whole_option(const struct tool_run *run, const char *word,
					      const char **value)
{
	const struct tool_option *opt;
	size_t len;

	if (strncmp(word, "--", 2))
		return NULL;
	word += 2;
	len = strcspn(word, "=");
	*value = word[len] ? word + len + 1 : NULL;
	for (opt = run->tool->options; opt->name; opt++)
		if (opt->whole && strlen(opt->name) == len && !strncmp(word, opt->name, len) &&
		    (opt->arg || !*value))
			return opt;
	return NULL;
}

/* Obey the one at @*from, whose argument may be the word behind it. */
static int obey_whole(struct tool_run *run, const struct tool_option *opt, const char *value,
		      int *from)
{
	run->words--;
	if (opt->arg && !value) {
		if (*from + 1 >= run->argc)
			return tool_error(run, "option '--%s' requires an argument", opt->name);
		value = run->argv[++*from];
		run->words--;
	}
	return opt->set(run, opt, value);
}

/* Obey and remove the options that have to be written out. */
static int take_whole_options(struct tool_run *run)
{
	char **argv = tool_alloc(run, ((size_t)run->argc + 1) * sizeof(*argv));
	int from, to = 0, status = TOOL_GO_ON;
	bool ended = false;

	for (from = 0; from < run->argc; from++) {
		const struct tool_option *opt = NULL;
		const char *value;

		if (from && !ended)
			opt = whole_option(run, run->argv[from], &value);
		if (!opt) {
			ended |= from && !strcmp(run->argv[from], "--");
			argv[to++] = run->argv[from];
			continue;
		}
		status = obey_whole(run, opt, value, &from);
		if (status != TOOL_GO_ON)
			break;
	}
	run->argv = argv;
	run->argc = to;
	return status;
}

static int wrong_option(const struct tool_run *run)
{
	const struct tool *tool = run->tool;

	if (tool->forms)
		tool_usage(tool, tool->usage_to_stderr ? stderr : stdout);
	return tool->usage_status;
}

/* The next option getopt finds in the arguments as they are now. */
static int next_option(const struct tool_run *run, const struct option *table)
{
	if (run->tool->single_dash)
		return getopt_long_only(run->argc, run->argv, "", table, NULL);
	return getopt_long(run->argc, run->argv, "", table, NULL);
}

/**
 * tool_options() - parse the arguments of a run
 * @run:	the run
 *
 * Words that are not options are skipped.
 *
 * Return: TOOL_GO_ON, or the exit status if an option ended the program.
 */
int tool_options(struct tool_run *run)
{
	const struct option *table = getopt_table(run);
	int found, status;

	optind = 0;			/* GNU: begin anew */
	for (;;) {
		const struct tool_option *opt;
		char **argv = run->argv;

		if (!optind) {
			status = take_whole_options(run);
			if (status != TOOL_GO_ON)
				return status;
		}
		argv = run->argv;
		found = next_option(run, table);
		if (found == -1)
			return TOOL_GO_ON;
		if (found < FIRST_VALUE)
			return wrong_option(run);
		opt = &run->tool->options[found - FIRST_VALUE];
		run->words -= opt->counts;
		status = opt->set(run, opt, optarg);
		if (status != TOOL_GO_ON)
			return status;
		if (run->argv != argv)
			optind = 0;	/* --optionsfrom made new ones */
	}
}

/**
 * tool_set_label() - --label: what further messages begin with
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 *
 * Return: TOOL_GO_ON.
 */
int tool_set_label(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	run->label = arg;
	return TOOL_GO_ON;
}

/**
 * tool_set_flag() - --debug, --dry-run, --json
 * @run:	the run
 * @opt:	the option's row, which tells them apart
 * @arg:	none
 *
 * Return: TOOL_GO_ON.
 */
int tool_set_flag(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)arg;
	if (opt->value == TOOL_DEBUG)
		run->debug = true;
	else if (opt->value == TOOL_JSON)
		run->json = true;
	else
		run->dry_run = true;
	return TOOL_GO_ON;
}

/**
 * tool_show() - --help, --version
 * @run:	the run
 * @opt:	the option's row, which tells them apart
 * @arg:	none
 *
 * Return: the exit status.
 */
int tool_show(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)arg;
	return opt->value == TOOL_HELP ? tool_help(run) : tool_version(run);
}
