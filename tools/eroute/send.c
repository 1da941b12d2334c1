// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eroute's request, and the words for its refusal.
 */
#include <errno.h>

#include "tools/common/kernel.h"
#include "tools/eroute/eroute.h"

#define PORT_MASK	0xffff		/* a port counts wholly or not at all */

#define TEXTS_OF_ALL \
	{ EUNATCH, "KLIPS not loaded." }, \
	{ EEXIST, "eroute already in use.  Delete old one first." }

#define NO_EROUTE	"eroute doesn't exist.  Can't delete."

static const struct kernel_text add_texts[] = {
	TEXTS_OF_ALL,
	{ ENOENT, NO_EROUTE },
	{ ENXIO, "Invalid mask." },
	{ EFAULT, "Invalid address." },
	{ 0 }
};

static const struct kernel_text addin_texts[] = {
	TEXTS_OF_ALL,
	{ ENOENT, "non-existant IPIP SA." },
	{ ENXIO, "No such SA, or invalid mask of the inbound policy." },
	{ EFAULT, "Invalid address of the inbound policy." },
	{ 0 }
};

static const struct kernel_text del_texts[] = {
	TEXTS_OF_ALL,
	{ ENOENT, NO_EROUTE },
	{ ENXIO, "Mask not found." },
	{ EFAULT, "Address not found." },
	{ 0 }
};

static const struct kernel_text clear_texts[] = {
	TEXTS_OF_ALL,
	{ ENOENT, NO_EROUTE },
	{ ENXIO, "The eroute table could not be cleared." },
	{ EFAULT, "The eroute table could not be cleared." },
	{ 0 }
};

/* What an action sends. */
struct request {
	u8 type;
	u32 flags;
	bool sa;			/* SA */
	bool ends;			/* ADDRESS_SRC, ADDRESS_DST */
	bool flow;			/* flows and masks */
	const struct kernel_text *texts;
};

static const struct request requests[EROUTE_ACTIONS] = {
	[EROUTE_ADD] = { KLIPS_MSG_ADDFLOW, 0, true, true, true, add_texts },
	[EROUTE_ADDIN] = { KLIPS_MSG_ADDFLOW, KLIPS_SAFLAG_INFLOW, true, true, true, addin_texts },
	[EROUTE_REPLACE] = { KLIPS_MSG_ADDFLOW, KLIPS_SAFLAG_REPLACEFLOW, true, true, true,
			     add_texts },
	[EROUTE_REPLACEIN] = { KLIPS_MSG_ADDFLOW, KLIPS_SAFLAG_REPLACEFLOW | KLIPS_SAFLAG_INFLOW,
			       true, true, true, addin_texts },
	[EROUTE_DEL] = { KLIPS_MSG_DELFLOW, 0, false, false, true, del_texts },
	[EROUTE_CLEAR] = { KLIPS_MSG_DELFLOW, KLIPS_SAFLAG_CLEARFLOW, true, false, false,
			   clear_texts },
};

static void add_ends(struct klips_build *b, const struct klips_said *sa)
{
	struct klips_addr any;

	said_addr_any(sa->dst.family, &any);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &any, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &sa->dst, 0);
}

static void add_mask(struct klips_build *b, enum klips_ext_type ext, const struct eroute_end *end)
{
	struct klips_addr mask;

	said_subnet_mask(&end->net, &mask);
	klips_build_addr(b, ext, &mask, cpu_to_be16(end->port ? PORT_MASK : 0));
}

static void add_flow(struct klips_build *b, const struct eroute *cmd)
{
	const struct eroute_end *src = &cmd->src, *dst = &cmd->dst;

	klips_build_addr(b, KLIPS_EXT_SRC_FLOW, &src->net.addr, cpu_to_be16(src->port));
	klips_build_addr(b, KLIPS_EXT_DST_FLOW, &dst->net.addr, cpu_to_be16(dst->port));
	add_mask(b, KLIPS_EXT_SRC_MASK, src);
	add_mask(b, KLIPS_EXT_DST_MASK, dst);
}

static struct kernel_words words_of(const struct eroute *cmd)
{
	return (struct kernel_words) {
		.socket_vendor = "Openswan",
		.heading = KERNEL_HEADING_LINE,
		.own = requests[cmd->action].texts,
	};
}

/**
 * eroute_open() - open the socket, unless messages are only to be printed
 * @run:	the run
 * @cmd:	what is to be sent first
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int eroute_open(struct tool_run *run, const struct eroute *cmd)
{
	const struct kernel_words words = words_of(cmd);

	return kernel_open(run, &words);
}

/**
 * eroute_build() - build one request
 * @run:	the run
 * @cmd:	checked options
 */
void eroute_build(struct tool_run *run, const struct eroute *cmd)
{
	const struct request *request = &requests[cmd->action];
	const struct klips_ext_sa sa = { .spi = cmd->sa.sa.spi, .flags = request->flags };
	struct klips_build *b;

	b = pfkey_start(&run->pk, request->type, said_satype(cmd->sa.sa.proto));
	if (request->sa)
		klips_build_sa(b, KLIPS_EXT_SA, &sa);
	if (request->ends)
		add_ends(b, &cmd->sa.sa);
	if (request->flow)
		add_flow(b, cmd);
	if (cmd->proto)
		klips_build_protocol(b, cmd->proto);
}

/**
 * eroute_refused() - say that a request was refused
 * @run:	the run
 * @cmd:	what was asked for
 * @err:	errno
 */
void eroute_refused(const struct tool_run *run, const struct eroute *cmd, int err)
{
	const struct kernel_words words = words_of(cmd);

	kernel_refused(run, &words, err, 0);
}

/**
 * eroute_request() - build and send one request
 * @run:	the run, its socket open
 * @cmd:	checked options
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int eroute_request(struct tool_run *run, const struct eroute *cmd)
{
	const struct kernel_words words = words_of(cmd);

	eroute_build(run, cmd);
	return kernel_send(run, &words);
}

/**
 * eroute_send() - do what the command line says
 * @run:	the run
 * @cmd:	checked options
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int eroute_send(struct tool_run *run, const struct eroute *cmd)
{
	int status = eroute_open(run, cmd);

	return status == TOOL_GO_ON ? eroute_request(run, cmd) : status;
}
