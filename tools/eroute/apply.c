// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many changes of the table: in batches, or one message each if they are few or are
 * only to be printed.
 *
 * New eroutes come before old ones go, so that no packet meets a gap between
 * them; a whole table comes in one step.  A bar on the terminal shows how far it is.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pfkey_batch.h"
#include "tools/eroute/route.h"

#define BAR_WIDTH	40
#define FEW		64	/* fewer are not worth a batch */

/* --- the bar -------------------------------------------------------------- */

static void draw(size_t done, size_t n)
{
	int filled = (int)(done * BAR_WIDTH / n), i;

	fputs("\r[", stderr);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < filled ? '#' : ' ', stderr);
	fprintf(stderr, "] %zu/%zu%s", done, n, done == n ? "\n" : "");
}

/* One more is done, or has been given to the kernel. */
static void show(const struct tool_run *run, size_t done, size_t n)
{
	size_t step = n / 200 + 1;

	if ((done % step == 0 || done == n) && !run->dry_run && isatty(STDERR_FILENO))
		draw(done, n);
}

/* --- one message each ------------------------------------------------------ */

/* The kernel echoes each request; nobody needs the echoes. */
static void drop_answers(struct tool_run *run)
{
	struct klips_msg msg;

	if (run->dry_run)
		return;
	while (!pfkey_receive(&run->pk, &msg, 0))
		;
}

static int apply_singly(struct tool_run *run, const struct route_changes *c)
{
	struct eroute cmd;
	size_t i;

	for (i = 0; i < c->n; i++) {
		route_to_command(c->change[i].route, c->change[i].action, &cmd);
		if (eroute_request(run, &cmd) != TOOL_GO_ON)
			return tool_error(run, "%zu of %zu changes were made.", i, c->n);
		drop_answers(run);
		show(run, i + 1, c->n);
	}
	return TOOL_GO_ON;
}

/* --- in batches ------------------------------------------------------------ */

static int put_all(struct tool_run *run, const struct route_changes *c, struct pfkey_batch *b)
{
	struct eroute cmd;
	size_t i;
	int err = 0;

	for (i = 0; i < c->n && !err; i++) {
		route_to_command(c->change[i].route, c->change[i].action, &cmd);
		eroute_build(run, &cmd);
		err = pfkey_batch_put(b);
		if (!err)
			show(run, i + 1, c->n);
	}
	if (err)
		return err;
	return c->whole ? pfkey_batch_commit(b) : pfkey_batch_flush(b);
}

/* Which change was it, and what of the others? */
static int refused(const struct tool_run *run, const struct route_changes *c,
		   const struct pfkey_batch *b, int err)
{
	struct klips_batch_status st = { 0 };
	const struct route *route;
	struct eroute cmd;
	size_t bad;

	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	pfkey_batch_status(b, &st);
	bad = st.done < c->n ? st.done : c->n - 1;
	route = c->change[bad].route;
	route_to_command(route, c->change[bad].action, &cmd);
	eroute_refused(run, &cmd, -err);
	if (st.error && route->line)
		tool_error(run, "refused: %s:%u", c->file, route->line);
	if (c->whole)
		return tool_error(run, "the table is as it was.");
	return tool_error(run, "%zu of %zu changes were made.", (size_t)st.done, c->n);
}

static int apply_batch(struct tool_run *run, const struct route_changes *c)
{
	struct pfkey_batch b;
	int err = pfkey_batch_begin(&b, &run->pk, c->whole ? KLIPS_BATCH_WHOLE : KLIPS_BATCH_EACH);
	int status = TOOL_GO_ON;

	if (err == -EBUSY)
		status = tool_error(run, "another program is loading a table.");
	else if (err)
		status = tool_error(run, "no batches: %s", strerror(-err));
	else if ((err = put_all(run, c, &b)))
		status = refused(run, c, &b, err);
	pfkey_batch_end(&b);
	return status;
}

/**
 * eroute_apply() - make changes
 * @run:	the run
 * @c:		the changes
 *
 * Return: TOOL_GO_ON, or the exit status after a message: those before it are
 * made, or of a whole table none.
 */
int eroute_apply(struct tool_run *run, const struct route_changes *c)
{
	struct eroute cmd = { .action = EROUTE_CLEAR };
	int status;

	if (!c->n && !c->whole)
		return TOOL_GO_ON;
	if (c->n)
		route_to_command(c->change[0].route, c->change[0].action, &cmd);
	status = eroute_open(run, &cmd);
	if (status != TOOL_GO_ON)
		return status;
	if (run->dry_run || (c->n < FEW && !c->whole))
		return apply_singly(run, c);
	return apply_batch(run, c);
}
