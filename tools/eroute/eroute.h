/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eroute's command line, from its options to its request.
 */
#ifndef TOOLS_EROUTE_H
#define TOOLS_EROUTE_H

#include "tools/common/sa_args.h"
#include "tools/common/tool.h"

enum eroute_action {
	EROUTE_NONE,
	EROUTE_ADD,
	EROUTE_ADDIN,
	EROUTE_REPLACE,
	EROUTE_REPLACEIN,
	EROUTE_DEL,
	EROUTE_CLEAR,
	EROUTE_ACTIONS,			/* those above are requests to the kernel */
	EROUTE_LIST = EROUTE_ACTIONS,
	EROUTE_SAVE,
	EROUTE_LOAD,
	EROUTE_GET,
	EROUTE_REVIEW,
};

/**
 * struct eroute_end - one end of the flow
 * @arg:	argument of --src or --dst, NULL if it was not met
 * @net:	what it says
 * @port_arg:	argument of --src-port or --dst-port, NULL if it was not met
 * @port:	what it says, host byte order; 0 is any
 */
struct eroute_end {
	const char *arg;
	struct said_subnet net;
	const char *port_arg;
	u16 port;
};

/**
 * struct eroute - a command line
 * @action:	what to do
 * @file:	argument of --load
 * @atomic:	--atomic was met
 * @eraf_arg:	argument of --eraf, NULL if it was not met
 * @eraf:	what it says, or 0
 * @src:	source of the flow
 * @dst:	its destination
 * @proto_arg:	argument of --transport-proto, NULL if it was not met
 * @proto:	what it says; 0 is any
 * @sa:		the SA
 */
struct eroute {
	enum eroute_action action;
	const char *file;
	bool atomic;
	const char *eraf_arg;
	int eraf;
	struct eroute_end src;
	struct eroute_end dst;
	const char *proto_arg;
	u8 proto;
	struct sa_args sa;
};

/* options.c */
extern const struct tool eroute_tool;
extern const struct tool eroute_line_tool;

/* check.c */
int eroute_check(struct tool_run *run, struct eroute *cmd);

/* send.c */
int eroute_open(struct tool_run *run, const struct eroute *cmd);
void eroute_build(struct tool_run *run, const struct eroute *cmd);
int eroute_request(struct tool_run *run, const struct eroute *cmd);
void eroute_refused(const struct tool_run *run, const struct eroute *cmd, int err);
int eroute_send(struct tool_run *run, const struct eroute *cmd);

/* list.c, load.c, get.c, review.c: exit status */
int eroute_list(const struct tool_run *run, const struct eroute *cmd);
int eroute_save(const struct tool_run *run);
int eroute_load(struct tool_run *run, const struct eroute *cmd);
int eroute_get(const struct tool_run *run, const struct eroute *cmd);
int eroute_review(const struct tool_run *run);

#endif /* TOOLS_EROUTE_H */
