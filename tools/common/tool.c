// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Beginning and end of a run, memory that lives as long, and messages.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/common/tool.h"

/* Wiped when freed: lines of --optionsfrom may hold keys. */
struct tool_block {
	struct tool_block *next;
	size_t size;
	max_align_t data[];
};

/**
 * tool_start() - begin a run
 * @run:	filled in
 * @tool:	which tool
 * @cmd:	its own structure
 * @argc:	as main() got it
 * @argv:	as main() got it; kept
 */
void tool_start(struct tool_run *run, const struct tool *tool, void *cmd, int argc, char **argv)
{
	*run = (struct tool_run) {
		.tool = tool,
		.cmd = cmd,
		.names = &tool_names,
		.argv0 = argc > 0 ? argv[0] : tool->name,
		.argc = argc,
		.argv = argv,
		.words = argc,
	};
	pfkey_init(&run->pk);
}

/**
 * tool_end() - end a run
 * @run:	the run; its memory and socket are gone afterwards
 * @status:	exit status so far
 *
 * Return: the exit status; a failure if standard output could not be written.
 */
int tool_end(struct tool_run *run, int status)
{
	struct tool_block *block;

	while ((block = run->blocks)) {
		run->blocks = block->next;
		explicit_bzero(block->data, block->size);
		free(block);
	}
	pfkey_close(&run->pk);
	if ((fflush(stdout) || ferror(stdout)) && status == TOOL_OK)
		status = tool_error(run, "cannot write to standard output");
	return status == TOOL_GO_ON ? TOOL_OK : status;
}

/**
 * tool_alloc() - zeroed memory that lives until tool_end()
 * @run:	the run
 * @size:	bytes
 *
 * Return: the memory; the program ends if there is none.
 */
void *tool_alloc(struct tool_run *run, size_t size)
{
	struct tool_block *block = calloc(1, sizeof(*block) + size);

	if (!block) {
		tool_error(run, "out of memory");
		exit(TOOL_FAILED);
	}
	block->size = size;
	block->next = run->blocks;
	run->blocks = block;
	return block->data;
}

/**
 * tool_name() - print what every message begins with
 * @run:	the run
 * @to:		stream
 */
void tool_name(const struct tool_run *run, FILE *to)
{
	fputs(run->argv0, to);
	if (run->label)
		fprintf(to, " --label %s", run->label);
}

/**
 * tool_error() - print a message on standard error
 * @run:	the run, whose name stands in front
 * @fmt:	as printf(), without the end of the line
 *
 * Return: TOOL_FAILED, for the caller to return.
 */
int tool_error(const struct tool_run *run, const char *fmt, ...)
{
	va_list args;

	tool_name(run, stderr);
	fputs(": ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return TOOL_FAILED;
}

/**
 * tool_debug() - print progress on standard output, if --debug was given
 * @run:	the run, whose name stands in front
 * @fmt:	as printf(), without the end of the line
 */
void tool_debug(const struct tool_run *run, const char *fmt, ...)
{
	va_list args;

	if (!run->debug)
		return;
	tool_name(run, stdout);
	fputs(": ", stdout);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}
