// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A table of the kernel for its reader: lines for programs, columns for people at
 * a terminal, JSON for whoever asks.
 */
#include <unistd.h>

#include "tools/listing/table.h"

/**
 * table_show() - print the rows wanted
 * @run:	the run
 * @view:	which table, and how its rows look
 * @ctx:	for view->wanted
 *
 * Return: exit status.
 */
int table_show(const struct tool_run *run, const struct table_view *view, const void *ctx)
{
	struct columns *columns = NULL;
	struct table_row row;
	struct table table;
	int status;

	if (run->json)
		return json_table(run, view->path, view->name, view->wanted, ctx);
	status = table_open(&table, run, view->path);
	if (status != TOOL_GO_ON)
		return status;
	if (isatty(STDOUT_FILENO))
		columns = columns_new(view->headings);
	while ((status = table_next(&table, &row)) == TOOL_GO_ON) {
		if (!view->wanted(ctx, &row))
			continue;
		if (columns)
			view->add(columns, &row);
		else
			view->print(&row);
	}
	if (columns)
		columns_print(columns);
	return status;
}
