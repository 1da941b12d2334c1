// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The options that name an SA, as eroute and spi share them; spigrp uses the
 * SAID form.  Each option is checked when it is met, against those before it.
 */
#include <string.h>

#include "tools/common/sa_args.h"

#define SPI_MAX		0xffffffff

/**
 * sa_args_redefined() - say that an option was given twice
 * @run:	the run
 * @what:	what it is called in the message
 * @arg:	its argument now
 * @before:	its argument before
 *
 * Return: exit status.
 */
int sa_args_redefined(const struct tool_run *run, const char *what, const char *arg,
		      const char *before)
{
	return tool_error(run, "Error, %s parameter redefined:%s, already defined as:%s",
			  what, arg, before);
}

/**
 * sa_args_check_new() - has a part of the SA been given before?
 * @run:	the run
 * @sa:		the SA so far
 * @what:	what the part is called in the message
 * @arg:	its argument now
 * @before:	its argument before, NULL if none
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_check_new(const struct tool_run *run, const struct sa_args *sa, const char *what,
		      const char *arg, const char *before)
{
	if (sa->said)
		return tool_error(run, "Error, %s parameter redefined:%s, already defined in SA:%s",
				  what, arg, sa->said);
	if (before)
		return sa_args_redefined(run, what, arg, before);
	return TOOL_GO_ON;
}

/**
 * sa_args_addr() - read the address of an option
 * @run:	the run
 * @option:	name of the option, with its dashes
 * @arg:	its argument
 * @family:	AF_INET, AF_INET6, or 0 if not known
 * @addr:	where to put it
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_addr(const struct tool_run *run, const char *option, const char *arg, int family,
		 struct klips_addr *addr)
{
	const char *why = said_addr(arg, strlen(arg), family, run->names, addr);

	if (why)
		return tool_error(run, "Error, %s converting %s argument:%s", why, option, arg);
	return TOOL_GO_ON;
}

/**
 * sa_args_edst() - --edst
 * @run:	the run
 * @sa:		the SA so far
 * @arg:	argument of the option
 * @family:	AF_INET, AF_INET6, or 0 if not known yet
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_edst(const struct tool_run *run, struct sa_args *sa, const char *arg, int family)
{
	int status = sa_args_check_new(run, sa, "EDST", arg, sa->edst);

	if (status != TOOL_GO_ON)
		return status;
	sa->edst = arg;
	return sa_args_addr(run, "--edst", arg, family, &sa->sa.dst);
}

static int reserved(const struct tool_run *run, const char *arg, u32 spi)
{
	return tool_error(run, "Illegal reserved spi: %s => 0x%x Must be larger than 0x100.",
			  arg, spi);
}

/**
 * sa_args_spi() - --spi
 * @run:	the run
 * @sa:		the SA so far
 * @arg:	argument of the option
 *
 * What the old tools refused, as empty or as a reserved SPI in its low 32
 * bits, is refused in their words.
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_spi(const struct tool_run *run, struct sa_args *sa, const char *arg)
{
	int status = sa_args_check_new(run, sa, "SPI", arg, sa->spi);
	u64 value = 0;

	if (status != TOOL_GO_ON)
		return status;
	status = *arg ? said_number(arg, UINT64_MAX, &value) : 0;
	if (status == -EINVAL)
		return tool_error(run, "Invalid character in SPI parameter: %s", arg);
	if (!status && (u32)value < KLIPS_SPI_MIN)
		return reserved(run, arg, (u32)value);
	if (status || value > SPI_MAX)
		return tool_error(run, "Illegal spi: %s does not fit 32 bits.", arg);
	sa->spi = arg;
	sa->sa.spi = cpu_to_be32((u32)value);
	return TOOL_GO_ON;
}

/**
 * sa_args_proto() - --proto
 * @run:	the run
 * @sa:		the SA so far
 * @arg:	argument of the option
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_proto(const struct tool_run *run, struct sa_args *sa, const char *arg)
{
	int status = sa_args_check_new(run, sa, "PROTO", arg, sa->proto);

	if (status != TOOL_GO_ON)
		return status;
	sa->sa.proto = said_proto(arg);
	if (!sa->sa.proto)
		return tool_error(run, "Invalid PROTO parameter: %s", arg);
	sa->proto = arg;
	return TOOL_GO_ON;
}

/**
 * sa_args_said_alone() - has anything been given that --said would contradict?
 * @run:	the run
 * @sa:		the SA so far
 * @arg:	argument of --said
 * @with_af:	--af contradicts, too
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_said_alone(const struct tool_run *run, const struct sa_args *sa, const char *arg,
		       bool with_af)
{
	const struct {
		const char *what;
		const char *before;
	} parts[] = {
		{ "PROTO", sa->proto },
		{ "EDST", sa->edst },
		{ "SPI", sa->spi },
		{ "address family", with_af ? sa->af : NULL },
	};
	size_t i;

	if (sa->said)
		return tool_error(run, "Error, SAID parameter redefined:%s, already defined in "
				  "SA:%s", arg, sa->said);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].before)
			return tool_error(run, "Error, %s parameter redefined in SA:%s, "
					  "already defined as:%s",
					  parts[i].what, arg, parts[i].before);
	return TOOL_GO_ON;
}

/**
 * sa_args_said() - read a SAID
 * @run:	the run
 * @arg:	its text
 * @said:	where to put it
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int sa_args_said(const struct tool_run *run, const char *arg, struct klips_said *said)
{
	const char *why = said_said(arg, run->names, said);

	if (why)
		return tool_error(run, "Error, %s converting --sa argument:%s", why, arg);
	return TOOL_GO_ON;
}
