// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spi's options that name an SA and its addresses.
 *
 * --af and --said may come after addresses: these are then read again as if
 * the family had been known, so that a name means an address of that family
 * and an address of the other one is refused.
 */
#include "tools/spi/spi.h"

static int reread(const struct tool_run *run, const char *option, const char *arg, int family,
		  struct klips_addr *addr)
{
	if (!arg || addr->family == family)
		return TOOL_GO_ON;
	return sa_args_addr(run, option, arg, family, addr);
}

static int learn_family(const struct tool_run *run, struct spi *cmd, int family)
{
	int status;

	cmd->family = family;
	status = reread(run, "--src", cmd->src.arg, family, &cmd->src.addr);
	if (status == TOOL_GO_ON)
		status = reread(run, "--dst", cmd->dst.arg, family, &cmd->dst.addr);
	if (status == TOOL_GO_ON)
		status = reread(run, "--edst", cmd->sa.edst, family, &cmd->sa.sa.dst);
	return status;
}

/**
 * spi_set_af() - --af
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 *
 * Return: TOOL_GO_ON, or the exit status after a message; so do the next five.
 */
int spi_set_af(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	struct sa_args *sa = &cmd->sa;
	int status = sa_args_check_new(run, sa, "ADDRESS FAMILY", arg, sa->af);

	(void)opt;
	if (status != TOOL_GO_ON)
		return status;
	sa->family = said_family(arg);
	if (!sa->family)
		return tool_error(run, "Invalid ADDRESS FAMILY parameter: %s.", arg);
	sa->af = arg;
	return learn_family(run, cmd, sa->family);
}

/**
 * spi_set_end() - --src, --dst
 * @run:	the run
 * @opt:	the option's row, which tells them apart
 * @arg:	its argument
 */
int spi_set_end(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	bool is_src = opt->value == SPI_SRC;
	struct spi_end *end = is_src ? &cmd->src : &cmd->dst;

	if (end->arg)
		return sa_args_redefined(run, is_src ? "SRC" : "DST", arg, end->arg);
	end->arg = arg;
	return sa_args_addr(run, is_src ? "--src" : "--dst", arg, cmd->family, &end->addr);
}

/**
 * spi_set_edst() - --edst
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 */
int spi_set_edst(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;

	(void)opt;
	return sa_args_edst(run, &cmd->sa, arg, cmd->family);
}

/**
 * spi_set_spi() - --spi
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 */
int spi_set_spi(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	return sa_args_spi(run, &((struct spi *)run->cmd)->sa, arg);
}

/**
 * spi_set_proto() - --proto
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 */
int spi_set_proto(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	return sa_args_proto(run, &((struct spi *)run->cmd)->sa, arg);
}

/**
 * spi_set_said() - --said
 * @run:	the run
 * @opt:	the option's row
 * @arg:	its argument
 */
int spi_set_said(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	struct sa_args *sa = &cmd->sa;
	int status = sa_args_said_alone(run, sa, arg, false);

	(void)opt;
	if (status == TOOL_GO_ON)
		status = sa_args_said(run, arg, &sa->sa);
	if (status != TOOL_GO_ON)
		return status;
	sa->said = arg;
	if (cmd->family && cmd->family != sa->sa.dst.family)
		return tool_error(run, "Error, specified address family (%d) is different that of "
				  "SAID: %s", cmd->family, arg);
	return learn_family(run, cmd, sa->sa.dst.family);
}
