/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the five tools share: how a tool is described, one run of it, its
 * messages and its option parser.
 *
 * A tool is a table of options and a few texts.  The table feeds the parser,
 * the usage text and the shell completion, so they cannot disagree.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "pfkey.h"
#include "said.h"

/* What a step of a run returns while nothing has ended it; else the exit status. */
#define TOOL_GO_ON	(-1)

/* Exit statuses all tools share. */
#define TOOL_OK		0
#define TOOL_FAILED	1
#define TOOL_BAD_FILE	2		/* --optionsfrom */

struct tool_run;
struct tool_block;

/**
 * struct tool_option - one option
 * @name:	long name, without dashes
 * @arg:	what its argument is called in the usage text, NULL if it has none
 * @help:	one line; NULL hides it (an alias)
 * @set:	called when the option is met; TOOL_GO_ON or the exit status
 * @value:	for @set, to serve several options with one function
 * @counts:	arguments an option takes off the count that decides whether a tool
 *		lists its table
 * @whole:	not known by an abbreviation: newer than scripts that abbreviate
 */
struct tool_option {
	const char *name;
	const char *arg;
	const char *help;
	int (*set)(struct tool_run *run, const struct tool_option *opt, const char *arg);
	int value;
	int counts;
	bool whole;
};

/**
 * struct tool - one tool
 * @name:	what it is called in the usage text
 * @purpose:	one line for the usage text
 * @forms:	command lines, NULL-terminated; NULL: no usage text
 * @options:	its options, ended by a row without name; NULL if it has none
 * @single_dash: long options may begin with one dash
 * @usage_to_stderr: where usage goes after a wrong option
 * @usage_status: exit status after a wrong option
 * @version:	prints the version; NULL: "P, V"
 * @version_status: exit status of --version
 * @help_status: exit status of --help
 * @table:	the file listed when there is nothing else to do
 * @no_table:	message if that file does not exist; NULL: the system's words
 * @foreign:	message if another PF_KEY is loaded; NULL: does not matter
 * @list_json:	prints the listing as JSON and returns the exit status
 */
struct tool {
	const char *name;
	const char *purpose;
	const char *const *forms;
	const struct tool_option *options;
	bool single_dash;
	bool usage_to_stderr;
	int usage_status;
	void (*version)(const struct tool_run *run);
	int version_status;
	int help_status;
	const char *table;
	const char *no_table;
	const char *foreign;
	int (*list_json)(const struct tool_run *run);
};

/**
 * struct tool_run - one run of a tool
 * @tool:	which
 * @cmd:	the tool's own structure, for its option functions
 * @names:	where names are looked up
 * @argv0:	the name it was called by
 * @label:	--label, or NULL
 * @debug:	--debug
 * @dry_run:	--dry-run: print messages instead of sending them
 * @json:	--json: listings as JSON
 * @argc:	number of arguments being parsed
 * @argv:	the arguments being parsed
 * @words:	arguments left in the count that decides about listing
 * @files:	uses of --optionsfrom
 * @blocks:	memory that lives as long as the run
 * @pk:		connection to the kernel
 */
struct tool_run {
	const struct tool *tool;
	void *cmd;
	const struct said_names *names;
	const char *argv0;
	const char *label;
	bool debug;
	bool dry_run;
	bool json;
	int argc;
	char **argv;
	int words;
	unsigned int files;
	struct tool_block *blocks;
	struct pfkey pk;
};

/* tool.c: beginning, end, messages */
void tool_start(struct tool_run *run, const struct tool *tool, void *cmd, int argc, char **argv);
int tool_end(struct tool_run *run, int status);
void *tool_alloc(struct tool_run *run, size_t size);
void tool_name(const struct tool_run *run, FILE *to);
int tool_error(const struct tool_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void tool_debug(const struct tool_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* usage.c */
void tool_usage(const struct tool *tool, FILE *to);
int tool_help(const struct tool_run *run);
int tool_version(const struct tool_run *run);

/* options.c */
int tool_options(struct tool_run *run);
int tool_set_label(struct tool_run *run, const struct tool_option *opt, const char *arg);
int tool_set_flag(struct tool_run *run, const struct tool_option *opt, const char *arg);
int tool_show(struct tool_run *run, const struct tool_option *opt, const char *arg);

/* What tool_set_flag() and tool_show() do, by tool_option.value. */
enum tool_common {
	TOOL_DEBUG,
	TOOL_DRY_RUN,
	TOOL_JSON,
	TOOL_HELP,
	TOOL_VERSION,
};

/* optionsfrom.c */
int tool_options_from(struct tool_run *run, const struct tool_option *opt, const char *arg);

/* Inside a help text: begin another line below the first. */
#define TOOL_HELP_COLUMN	"\n                              "

/* A row of an option table. */
#define TOOL_OPTION(name_, arg_, help_, set_, value_) \
	{ .name = (name_), .arg = (arg_), .help = (help_), .set = (set_), .value = (value_) }

/* One that does not keep a tool from listing: it is @counts_ arguments. */
#define TOOL_SIDE_OPTION(name_, arg_, help_, set_, value_, counts_) \
	{ .name = (name_), .arg = (arg_), .help = (help_), .set = (set_), .value = (value_), \
	  .counts = (counts_) }

/* One that has to be written out. */
#define TOOL_WHOLE_OPTION(name_, help_, set_, value_) \
	{ .name = (name_), .help = (help_), .set = (set_), .value = (value_), .whole = true }

/* The same with an argument. */
#define TOOL_WHOLE_ARG_OPTION(name_, arg_, help_, set_, value_) \
	{ .name = (name_), .arg = (arg_), .help = (help_), .set = (set_), .value = (value_), \
	  .whole = true }

/* The options every tool but spigrp has. */
#define TOOL_COMMON_OPTIONS \
	TOOL_SIDE_OPTION("label", "TEXT", "put TEXT into messages, to tell callers apart", \
			 tool_set_label, 0, 2), \
	TOOL_SIDE_OPTION("debug", NULL, "tell on standard output what is done", \
			 tool_set_flag, TOOL_DEBUG, 1), \
	TOOL_OPTION("optionsfrom", "FILE", "read further arguments from FILE", \
		    tool_options_from, 0), \
	TOOL_WHOLE_OPTION("dry-run", "print the request in hexadecimal, do not send it", \
			  tool_set_flag, TOOL_DRY_RUN), \
	TOOL_WHOLE_OPTION("json", "list as JSON", tool_set_flag, TOOL_JSON), \
	TOOL_OPTION("help", NULL, "print this text", tool_show, TOOL_HELP), \
	TOOL_OPTION("version", NULL, "print the version", tool_show, TOOL_VERSION)

/* listing.c */
int tool_list_if_idle(struct tool_run *run);
int tool_list(const struct tool_run *run);
int tool_only_lists_json(const struct tool_run *run);
bool tool_foreign_pfkey(void);
int tool_check_foreign(const struct tool_run *run);

/* names.c */
extern const struct said_names tool_names;

#endif /* TOOLS_TOOL_H */
