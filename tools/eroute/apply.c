// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many changes of the table, one message each.
 *
 * New eroutes come before old ones go, so that no packet meets a gap between
 * them.  A bar on the terminal shows how far it is.
 */
#include <unistd.h>

#include "tools/eroute/route.h"

#define BAR_WIDTH	40

static void draw(size_t done, size_t n)
{
	int filled = (int)(done * BAR_WIDTH / n), i;

	fputs("\r[", stderr);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : ' ', stderr);
	fprintf(stderr, "] %zu/%zu%s", done, n, done == n ? "\n" : "");
}

/* The kernel echoes each request; nobody needs the echoes. */
static void drop_answers(struct tool_run *run)
{
	struct klips_msg msg;

	if (run->dry_run)
		return;
	while (!pfkey_receive(&run->pk, &msg, 0))
		;
}

/**
 * eroute_apply() - make changes
 * @run:	the run
 * @change:	the changes
 * @n:		how many
 *
 * Return: TOOL_GO_ON, or the exit status after a message: those before it are
 * made.
 */
int eroute_apply(struct tool_run *run, const struct route_change *change, size_t n)
{
	bool bar = isatty(STDERR_FILENO) && !run->dry_run;
	size_t i, step = n / 200 + 1;
	struct eroute cmd;
	int status;

	if (!n)
		return TOOL_GO_ON;
	route_to_command(change[0].route, change[0].action, &cmd);
	status = eroute_open(run, &cmd);
	for (i = 0; status == TOOL_GO_ON && i < n; i++) {
		route_to_command(change[i].route, change[i].action, &cmd);
		status = eroute_request(run, &cmd);
		if (status != TOOL_GO_ON)
			return tool_error(run, "%zu of %zu changes were made.", i, n);
		drop_answers(run);
		if (bar && ((i + 1) % step == 0 || i + 1 == n))
			draw(i + 1, n);
	}
	return status;
}
