/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An SA on the command line: --said, or --af, --edst, --spi and --proto.
 */
#ifndef TOOLS_SA_ARGS_H
#define TOOLS_SA_ARGS_H

#include "tools/common/tool.h"

/**
 * struct sa_args - an SA as it was given
 * @af:		argument of --af, NULL if it was not met; so are the next four
 * @edst:	argument of --edst
 * @spi:	argument of --spi
 * @proto:	argument of --proto
 * @said:	argument of --said
 * @family:	what --af says, or 0
 * @sa:		the SA, as far as it is known
 */
struct sa_args {
	const char *af;
	const char *edst;
	const char *spi;
	const char *proto;
	const char *said;
	int family;
	struct klips_said sa;
};

int sa_args_redefined(const struct tool_run *run, const char *what, const char *arg,
		      const char *before);
int sa_args_check_new(const struct tool_run *run, const struct sa_args *sa, const char *what,
		      const char *arg, const char *before);
int sa_args_addr(const struct tool_run *run, const char *option, const char *arg, int family,
		 struct klips_addr *addr);
int sa_args_edst(const struct tool_run *run, struct sa_args *sa, const char *arg, int family);
int sa_args_spi(const struct tool_run *run, struct sa_args *sa, const char *arg);
int sa_args_proto(const struct tool_run *run, struct sa_args *sa, const char *arg);
int sa_args_said_alone(const struct tool_run *run, const struct sa_args *sa, const char *arg,
		       bool with_af);
int sa_args_said(const struct tool_run *run, const char *arg, struct klips_said *said);

#endif /* TOOLS_SA_ARGS_H */
