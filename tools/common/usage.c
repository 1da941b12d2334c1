// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The usage text, made from the option table, and the version.
 */
#include <stdio.h>
#include <string.h>

#include "tools/common/tool.h"

#define HELP_COLUMN	((int)sizeof(TOOL_HELP_COLUMN) - 2)	/* without line end and NUL */

static void option_line(const struct tool_option *opt, FILE *to)
{
	int width = fprintf(to, "  --%s%s%s", opt->name, opt->arg ? " " : "",
			    opt->arg ? opt->arg : "");

	if (width < 0)
		return;
	fprintf(to, "%*s%s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", opt->help);
}

/**
 * tool_usage() - print the usage text
 * @tool:	the tool
 * @to:		stream
 */
void tool_usage(const struct tool *tool, FILE *to)
{
	const struct tool_option *opt;
	size_t i;

	for (i = 0; tool->forms[i]; i++)
		fprintf(to, "%s %s %s\n", i ? "      " : "usage:", tool->name, tool->forms[i]);
	fprintf(to, "\n%s\n", tool->purpose);
	if (!tool->options)
		return;
	fputc('\n', to);
	for (opt = tool->options; opt->name; opt++)
		if (opt->help)
			option_line(opt, to);
}

/**
 * tool_help() - --help
 * @run:	the run
 *
 * Return: exit status.
 */
int tool_help(const struct tool_run *run)
{
	tool_usage(run->tool, stdout);
	return run->tool->help_status;
}

/**
 * tool_version() - --version
 * @run:	the run
 *
 * Return: exit status.
 */
int tool_version(const struct tool_run *run)
{
	if (run->tool->version) {
		run->tool->version(run);
	} else {
		tool_name(run, stdout);
		printf(", %s\n", KLIPS_VERSION);
	}
	return run->tool->version_status;
}
