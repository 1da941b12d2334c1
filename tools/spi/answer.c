// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's answer to spi, for those who ask for it.
 */
#include "tools/spi/spi.h"

static bool wants_answer(const struct spi *cmd)
{
	return cmd->listen || cmd->dump_saref || cmd->saref_me;
}

/* Nothing at all was received: there will be no more. */
static bool at_end(const struct tool_run *run)
{
	const struct klips_msg_hdr *hdr = (const void *)run->pk.reply;

	return !hdr->version && !hdr->len;
}

/* The first message that is an answer and ours; false if there is none. */
static bool receive(struct tool_run *run, struct klips_msg *msg)
{
	int err;

	for (;;) {
		err = pfkey_receive(&run->pk, msg, -1);
		if (err && err != -EBADMSG)
			return false;
		if (err && at_end(run))
			return false;
		if (!err && msg->hdr->pid == run->pk.pid)
			return true;
	}
}

static void print_saref(const struct tool_run *run, const struct klips_msg *msg)
{
	struct klips_ext_saref saref;

	if (!klips_msg_has(msg, KLIPS_EXT_SAREF))
		return;
	memcpy(&saref, msg->ext[KLIPS_EXT_SAREF], sizeof(saref));
	tool_name(run, stdout);
	printf(": saref=%u/%u\n", saref.me, saref.him);
}

/**
 * spi_answer() - wait for the answer, if the options ask for it, and print it
 * @run:	the run, its request accepted
 * @cmd:	options
 *
 * Return: exit status; without an answer it is the same.
 */
int spi_answer(struct tool_run *run, const struct spi *cmd)
{
	struct klips_msg msg;

	if (!wants_answer(cmd) || run->dry_run)
		return TOOL_OK;
	if (receive(run, &msg) && (cmd->dump_saref || cmd->saref_me))
		print_saref(run, &msg);
	if (cmd->listen) {
		tool_name(run, stdout);
		puts(": exited normally");
	}
	return TOOL_OK;
}
