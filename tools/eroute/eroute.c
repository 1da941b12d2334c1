// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eroute: which packets go through which SA.  The order of the steps is the
 * old tool's, so that of two faults the same one is reported.
 */
#include "tools/eroute/eroute.h"

/* Another PF_KEY matters only to the listing; a request fails by itself. */
static int list_if_idle(struct tool_run *run, const struct eroute *cmd)
{
	int status;

	if (run->words != 1 || cmd->action)
		return TOOL_GO_ON;
	status = tool_check_foreign(run);
	if (status == TOOL_GO_ON)
		status = tool_list(run);
	tool_debug(run, "DEBUG: argc=%d", run->argc);
	return status;
}

static int obey(struct tool_run *run, const struct eroute *cmd)
{
	bool lists = cmd->action == EROUTE_LIST || cmd->action == EROUTE_GET ||
		     cmd->action == EROUTE_REVIEW;
	int status = lists ? TOOL_GO_ON : tool_only_lists_json(run);

	if (status != TOOL_GO_ON)
		return status;
	switch (cmd->action) {
	case EROUTE_LIST:
		return eroute_list(run, cmd);
	case EROUTE_SAVE:
		return eroute_save(run);
	case EROUTE_LOAD:
		return eroute_load(run, cmd);
	case EROUTE_GET:
		return eroute_get(run, cmd);
	case EROUTE_REVIEW:
		return eroute_review(run);
	default:
		return eroute_send(run, cmd);
	}
}

int main(int argc, char **argv)
{
	struct eroute cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &eroute_tool, &cmd, argc, argv);
	status = tool_options(&run);
	if (status == TOOL_GO_ON)
		status = list_if_idle(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = eroute_check(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = obey(&run, &cmd);
	return tool_end(&run, status);
}
