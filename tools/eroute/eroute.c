// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eroute: which packets go through which SA.  The order of the steps is the
 * old tool's, so that of two faults the same one is reported.
 */
#include "tools/eroute/eroute.h"

/* Another PF_KEY matters only to the listing; a request fails by itself. */
static int list_if_idle(struct tool_run *run)
{
	int status;

	if (run->words != 1)
		return TOOL_GO_ON;
	status = tool_check_foreign(run);
	if (status == TOOL_GO_ON)
		status = tool_list(run);
	tool_debug(run, "DEBUG: argc=%d", run->argc);
	return status;
}

int main(int argc, char **argv)
{
	struct eroute cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &eroute_tool, &cmd, argc, argv);
	status = tool_options(&run);
	if (status == TOOL_GO_ON)
		status = list_if_idle(&run);
	if (status == TOOL_GO_ON)
		status = eroute_check(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = eroute_send(&run, &cmd);
	return tool_end(&run, status);
}
