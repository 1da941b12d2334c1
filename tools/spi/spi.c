// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spi: add and delete security associations.  Keys are wiped at the end.
 */
#include <string.h>

#include "tools/spi/spi.h"

/* The table, or the part of it that --list asks for. */
static int list(struct tool_run *run, const struct spi *cmd)
{
	if (cmd->action == SPI_LIST)
		return spi_list(run, cmd);
	return tool_list_if_idle(run);
}

int main(int argc, char **argv)
{
	struct spi cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &spi_tool, &cmd, argc, argv);
	status = tool_options(&run);
	if (status == TOOL_GO_ON)
		status = tool_check_foreign(&run);
	if (status == TOOL_GO_ON)
		status = list(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = spi_check(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = spi_send(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = spi_answer(&run, &cmd);
	explicit_bzero(&cmd, sizeof(cmd));
	return tool_end(&run, status);
}
