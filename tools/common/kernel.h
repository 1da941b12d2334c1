/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the kernel over PF_KEY, and the words for its refusals.
 */
#ifndef TOOLS_KERNEL_H
#define TOOLS_KERNEL_H

#include "tools/common/tool.h"

/**
 * struct kernel_text - what an errno means to a tool
 * @err:	errno; 0 ends a table
 * @text:	words for it
 */
struct kernel_text {
	int err;
	const char *text;
};

/* How the message about a refused request begins. */
enum kernel_heading {
	KERNEL_HEADING_LINE,		/* a line of its own */
	KERNEL_HEADING_LENGTH,		/* a line that tells the length, too */
	KERNEL_HEADING_INLINE,		/* on the same line, which ends with system's words */
};

/**
 * struct kernel_words - how a tool talks about failures
 * @socket_vendor: whose installation procedure is named if there is no socket
 * @write_vendor: the same for a refused request
 * @heading:	how the message begins
 * @own:	texts that differ from those all tools share, or NULL
 */
struct kernel_words {
	const char *socket_vendor;
	const char *write_vendor;
	enum kernel_heading heading;
	const struct kernel_text *own;
};

/* What kernel_request() returns if the kernel took only a part. */
#define KERNEL_TOOK_PART	1

int kernel_open(struct tool_run *run, const struct kernel_words *words);
int kernel_request(struct tool_run *run);
int kernel_send(struct tool_run *run, const struct kernel_words *words);
void kernel_refused(const struct tool_run *run, const struct kernel_words *words, int err,
		    int length);

#endif /* TOOLS_KERNEL_H */
