// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spigrp: group SAs, so that a packet passes one after the other, or ungroup.
 *
 * Words count by position; there is no option parser.  All SAs are checked
 * before anything is sent; then one GRPSA message per neighbouring pair.
 */
#include <string.h>

#include "tools/common/kernel.h"
#include "tools/common/sa_args.h"
#include "tools/common/tool.h"
#include "tools/listing/table.h"

#define SAS_MAX		4
#define WORDS_PER_SA	4		/* family, destination, SPI, protocol */
#define SPI_MAX		0xffffffff

/* The command line. */
struct spigrp {
	struct klips_said sa[SAS_MAX];
	int n;
};

static const struct kernel_words words = {
	.socket_vendor = "Openswan",
	.write_vendor = "FreeS/WAN",
	.heading = KERNEL_HEADING_LINE,
};

static void print_version(const struct tool_run *run)
{
	tool_name(run, stderr);
	fprintf(stderr, ", %s\n", KLIPS_VERSION);
}

static const char *const forms[] = {
	"[--debug] [--label TEXT] AF DST SPI PROTO [AF DST SPI PROTO ...]",
	"[--debug] [--label TEXT] --said SAID [SAID ...]",
	"[--debug] [--label TEXT] --help | --version",
	"[--json] (without another argument: list the groups)",
	NULL
};

static const struct tool tool = {
	.name = "spigrp",
	.purpose = "Group up to four SAs, innermost first; a single SA is ungrouped.\n"
		   "AF is inet or inet6, PROTO is ah, esp, tun or comp.  --dry-run as the very\n"
		   "first word prints the requests in hexadecimal instead of sending them.",
	.forms = forms,
	.usage_status = TOOL_FAILED,
	.version = print_version,
	.version_status = TOOL_FAILED,
	.help_status = TOOL_FAILED,
	.table = "/proc/net/ipsec_spigrp",
	.list_json = json_groups,
	.no_table = "No spigrp - no IPsec support in kernel (are the modules loaded?)",
	.foreign = "NETKEY does not use the ipsec spigrp command. Use 'ip xfrm' instead.",
};

/* Step over the first word. */
static void drop_word(struct tool_run *run)
{
	run->argv++;
	run->argc--;
	run->words--;
}

static const char *first_word(const struct tool_run *run)
{
	return run->argc > 1 ? run->argv[1] : "";
}

static int leading_options(struct tool_run *run)
{
	if (!strcmp(first_word(run), "--dry-run")) {
		run->dry_run = true;
		drop_word(run);
	}
	if (!strcmp(first_word(run), "--debug")) {
		run->debug = true;
		drop_word(run);
	}
	if (!strcmp(first_word(run), "--json")) {
		run->json = true;
		drop_word(run);
	}
	if (strcmp(first_word(run), "--label"))
		return TOOL_GO_ON;
	if (run->argc < 3)
		return tool_error(run, "--label option requires an argument.");
	run->label = run->argv[2];
	drop_word(run);
	drop_word(run);
	return TOOL_GO_ON;
}

static int help_or_version(const struct tool_run *run)
{
	if (!strcmp(first_word(run), "--help"))
		return tool_help(run);
	if (!strcmp(first_word(run), "--version"))
		return tool_version(run);
	return TOOL_GO_ON;
}

static int wrong_count(const struct tool_run *run, const char *expected)
{
	fprintf(stderr, "expecting %s, got %d.\n", expected, run->argc);
	tool_usage(&tool, stdout);
	return TOOL_FAILED;
}

static int read_saids(const struct tool_run *run, struct spigrp *cmd)
{
	int i, status;

	if (run->argc < 3)
		return wrong_count(run, "3 or more args with --said");
	if (run->argc > 2 + SAS_MAX)
		return tool_error(run, "at most %d SAs can be grouped, got %d.", SAS_MAX,
				  run->argc - 2);
	for (i = 2; i < run->argc; i++) {
		status = sa_args_said(run, run->argv[i], &cmd->sa[cmd->n++]);
		if (status != TOOL_GO_ON)
			return status;
	}
	return TOOL_GO_ON;
}

/* One SA in four words, of which the @index-th SA. */
static int read_words(const struct tool_run *run, char *const *word, int index,
		      struct klips_said *sa)
{
	int family = said_family(word[0]);
	const char *why;
	u64 spi;

	sa->proto = said_proto(word[3]);
	if (!sa->proto)
		return tool_error(run, "Badly formed proto: %s", word[3]);
	if (said_number(word[2], SPI_MAX, &spi))
		return tool_error(run, "Badly formed spi: %s", word[2]);
	sa->spi = cpu_to_be32((u32)spi);
	if (!family)
		return tool_error(run, "Address family %s not supported", word[0]);
	why = said_addr(word[1], strlen(word[1]), family, run->names, &sa->dst);
	if (why)
		return tool_error(run, "Error, %s converting %dth address argument:%s", why, index,
				  word[1]);
	return TOOL_GO_ON;
}

static int read_groups(const struct tool_run *run, struct spigrp *cmd)
{
	int n = run->argc - 1, status, i;

	if (n < WORDS_PER_SA || n > SAS_MAX * WORDS_PER_SA || n % WORDS_PER_SA)
		return wrong_count(run, "5 or more args without --said");
	for (i = 0; i < n; i += WORDS_PER_SA) {
		status = read_words(run, run->argv + 1 + i, cmd->n, &cmd->sa[cmd->n]);
		if (status != TOOL_GO_ON)
			return status;
		cmd->n++;
	}
	return TOOL_GO_ON;
}

/* @right is NULL to ungroup @left. */
static int send_pair(struct tool_run *run, const struct klips_said *left,
		     const struct klips_said *right)
{
	struct klips_build *b = pfkey_start(&run->pk, KLIPS_MSG_GRPSA, said_satype(left->proto));
	struct klips_ext_sa sa = { .spi = left->spi };

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &left->dst, 0);
	if (right) {
		sa.spi = right->spi;
		klips_build_satype2(b, said_satype(right->proto));
		klips_build_sa(b, KLIPS_EXT_SA2, &sa);
		klips_build_addr(b, KLIPS_EXT_ADDRESS_DST2, &right->dst, 0);
	}
	return kernel_send(run, &words);
}

static int send_groups(struct tool_run *run, const struct spigrp *cmd)
{
	int i, status = kernel_open(run, &words);

	if (status != TOOL_GO_ON)
		return status;
	if (cmd->n == 1)
		return send_pair(run, &cmd->sa[0], NULL);
	for (i = 0; status == TOOL_GO_ON && i + 1 < cmd->n; i++)
		status = send_pair(run, &cmd->sa[i], &cmd->sa[i + 1]);
	return status;
}

int main(int argc, char **argv)
{
	struct spigrp cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &tool, &cmd, argc, argv);
	status = leading_options(&run);
	if (status == TOOL_GO_ON)
		status = tool_check_foreign(&run);
	if (status == TOOL_GO_ON)
		status = tool_list_if_idle(&run);
	if (status == TOOL_GO_ON)
		status = help_or_version(&run);
	if (status == TOOL_GO_ON)
		status = !strcmp(first_word(&run), "--said") ? read_saids(&run, &cmd) :
			 read_groups(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = send_groups(&run, &cmd);
	return tool_end(&run, status);
}
