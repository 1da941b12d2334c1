// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --life: limits after which the kernel warns (soft) or ends the SA (hard).
 */
#include <string.h>

#include "tools/spi/spi.h"

static int grammar(const struct tool_run *run, const struct said_life_error *err)
{
	switch (err->fault) {
	case SAID_LIFE_NO_SEVERITY:
		tool_error(run, "missing lifetime severity in %s", err->at);
		break;
	case SAID_LIFE_NO_DASH:
		tool_error(run, "expected '-' after severity of lifetime parameter to --life "
			   "option.");
		break;
	case SAID_LIFE_NO_LIMIT:
		tool_error(run, "missing lifetime type after '-' in %s", err->at);
		break;
	case SAID_LIFE_NO_EQUALS:
		tool_error(run, "expected '=' after type of lifetime parameter to --life option.");
		break;
	default:
		tool_error(run, "expected value after '=' in --life option.");
	}
	tool_usage(run->tool, stderr);
	return SPI_STATUS_USAGE;
}

/**
 * spi_set_life() - --life
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int spi_set_life(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	struct said_life_error err;

	(void)opt;
	switch (said_life(arg, &cmd->life, &err)) {
	case SAID_LIFE_OK:
		return TOOL_GO_ON;
	case SAID_LIFE_TWICE:
		return tool_error(run, "Error, lifetime parameter redefined:%s, already defined "
				  "as:%llu", err.item, (unsigned long long)err.before);
	case SAID_LIFE_TOO_LARGE:
		return tool_error(run, "Error, more allocations than 32 bits hold in lifetime "
				  "parameter:%s", err.item);
	case SAID_LIFE_BAD_VALUE:
		return tool_error(run, "Invalid character='%c' at offset %d in lifetime option "
				  "parameter: '%s', parameter string is %zu characters long, %zu "
				  "valid value characters found.", *err.at, (int)(err.at - arg),
				  arg, strlen(arg), err.digits);
	default:
		return grammar(run, &err);
	}
}
