// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listing: the tool's file from /proc, byte for byte, on standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/tool.h"

#define PROC_FOREIGN	"/proc/net/pfkey"	/* of af_key, the kernel's other PF_KEY */

static int copy(const struct tool_run *run, int fd)
{
	char buf[8192];
	ssize_t got;

	while ((got = read(fd, buf, sizeof(buf))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tool_error(run, "%s: %s", run->tool->table, strerror(errno));
		fwrite(buf, 1, (size_t)got, stdout);
	}
	return TOOL_OK;
}

/**
 * tool_list() - copy the tool's table to standard output, or print it as JSON
 * @run:	the run
 *
 * Return: exit status.
 */
int tool_list(const struct tool_run *run)
{
	const struct tool *tool = run->tool;
	int fd, status;

	if (run->json)
		return tool->list_json(run);
	fd = open(tool->table, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && tool->no_table)
		return tool_error(run, "%s", tool->no_table);
	if (fd < 0)
		return tool_error(run, "%s: %s", tool->table, strerror(errno));
	status = copy(run, fd);
	close(fd);
	return status;
}

/**
 * tool_list_if_idle() - list, if the arguments ask for nothing else
 * @run:	the run, after its options
 *
 * Return: TOOL_GO_ON if there is something else to do, or the exit status.
 */
int tool_list_if_idle(struct tool_run *run)
{
	return run->words == 1 ? tool_list(run) : tool_only_lists_json(run);
}

/**
 * tool_only_lists_json() - refuse --json where nothing is listed
 * @run:	the run, which has something else to do
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int tool_only_lists_json(const struct tool_run *run)
{
	if (run->json)
		return tool_error(run, "--json is for listings and cannot be used with other "
				  "options.");
	return TOOL_GO_ON;
}

/**
 * tool_foreign_pfkey() - does another PF_KEY own the address family?
 *
 * Return: true if so; then our messages would go to it.
 */
bool tool_foreign_pfkey(void)
{
	return !access(PROC_FOREIGN, F_OK);
}

/**
 * tool_check_foreign() - end the program if another PF_KEY is loaded
 * @run:	the run
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int tool_check_foreign(const struct tool_run *run)
{
	if (!tool_foreign_pfkey())
		return TOOL_GO_ON;
	return tool_error(run, "%s", run->tool->foreign);
}
