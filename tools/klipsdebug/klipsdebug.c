// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * klipsdebug: which parts of the kernel tell what they do.
 *
 * One DEBUG message with a mask per part.  Bit 31 of the netlink mask tells
 * the kernel whether to or the masks in or to and them.
 */
#include <string.h>

#include "tools/common/kernel.h"
#include "tools/common/tool.h"
#include "tools/listing/table.h"

#define ALL_ONES	0xffffffffu
#define MASK_SET	0x80000000u	/* in the netlink mask: set, else clear */

enum action {
	ACTION_NONE,
	ACTION_SET,
	ACTION_CLEAR,
};

/* A flag and the mask that holds it. */
struct flag {
	const char *name;
	size_t mask;
	u32 bits;
};

#define MASK(member)	offsetof(struct klips_ext_debug, member)

static const struct flag flags[] = {
	{ "tunnel", MASK(tunnel), ALL_ONES },
	{ "tunnel-xmit", MASK(tunnel), 0x10 },
	{ "xmit", MASK(tunnel), 0x10 },
	{ "tncfg", MASK(tunnel), 0x100 },
	{ "netlink", MASK(netlink), ALL_ONES },
	{ "xform", MASK(xform), ALL_ONES },
	{ "eroute", MASK(eroute), ALL_ONES },
	{ "spi", MASK(spi), ALL_ONES },
	{ "radij", MASK(radij), ALL_ONES },
	{ "esp", MASK(esp), ALL_ONES },
	{ "ah", MASK(ah), ALL_ONES },
	{ "rcv", MASK(rcv), ALL_ONES },
	{ "pfkey", MASK(pfkey), ALL_ONES },
	{ "comp", MASK(ipcomp), ALL_ONES },
	{ "ipcomp", MASK(ipcomp), ALL_ONES },
	{ "verbose", MASK(verbose), ALL_ONES },
};

/* Every mask but verbose, which asks for more of the same. */
static const size_t parts[] = {
	MASK(tunnel), MASK(netlink), MASK(xform), MASK(eroute), MASK(spi), MASK(radij),
	MASK(esp), MASK(ah), MASK(rcv), MASK(pfkey), MASK(ipcomp),
};

/* The command line. */
struct klipsdebug {
	enum action action;
	struct klips_ext_debug masks;
};

static const struct kernel_words words = {
	.socket_vendor = "FreeS/WAN",
	.write_vendor = "FreeS/WAN",
	.heading = KERNEL_HEADING_LENGTH,
};

static u32 *mask_at(struct klips_ext_debug *masks, size_t offset)
{
	return (u32 *)((char *)masks + offset);
}

static void fill(struct klips_ext_debug *masks, u32 value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		*mask_at(masks, parts[i]) = value;
}

static void choose_all(struct klipsdebug *cmd)
{
	fill(&cmd->masks, cmd->action == ACTION_SET ? ALL_ONES : 0);
}

static void choose_flag(struct klipsdebug *cmd, const struct flag *flag)
{
	u32 *mask = mask_at(&cmd->masks, flag->mask);

	if (cmd->action == ACTION_SET) {
		*mask = flag->bits;
		cmd->masks.netlink |= MASK_SET;
		return;
	}
	fill(&cmd->masks, ALL_ONES);
	cmd->masks.verbose = ALL_ONES;
	*mask = ~flag->bits;
	cmd->masks.netlink &= ~MASK_SET;
}

static const struct flag *find_flag(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (!strcmp(name, flags[i].name))
			return &flags[i];
	return NULL;
}

static int unknown_flag(const struct tool_run *run, const char *option, const char *arg)
{
	tool_name(run, stdout);
	printf(": unknown %s argument '%s'\n", option, arg);
	tool_usage(run->tool, stdout);
	return TOOL_FAILED;
}

static int set_action(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct klipsdebug *cmd = run->cmd;
	const struct flag *flag;

	if (cmd->action)
		return tool_error(run, "Only one of '--set', '--clear', '--all' or '--none' "
				  "options permitted.");
	cmd->action = (enum action)opt->value;
	if (!arg || !strcmp(arg, "all")) {
		choose_all(cmd);
		return TOOL_GO_ON;
	}
	flag = find_flag(arg);
	if (!flag)
		return unknown_flag(run, opt->name, arg);
	choose_flag(cmd, flag);
	return TOOL_GO_ON;
}

static void print_version(const struct tool_run *run)
{
	(void)run;
	printf("klipsdebug (KLIPS %s)\n", KLIPS_VERSION);
	printf("Free software under the GNU General Public License, without any warranty.\n");
}

static const char *const forms[] = {
	"--set FLAG",
	"--clear FLAG",
	"--all | --none",
	"(without an option: list the masks)",
	NULL
};

static const struct tool_option options[] = {
	TOOL_OPTION("set", "FLAG", "let a part of the kernel talk: all, tunnel,"
		    TOOL_HELP_COLUMN "tunnel-xmit (xmit), tncfg, netlink, xform, eroute,"
		    TOOL_HELP_COLUMN "spi, radij, esp, ah, rcv, pfkey, ipcomp (comp), verbose",
		    set_action, ACTION_SET),
	TOOL_OPTION("clear", "FLAG", "silence a part", set_action, ACTION_CLEAR),
	TOOL_OPTION("all", NULL, "let all parts talk", set_action, ACTION_SET),
	TOOL_OPTION("none", NULL, "silence all parts", set_action, ACTION_CLEAR),
	TOOL_COMMON_OPTIONS,
	{ 0 }
};

static const struct tool tool = {
	.name = "klipsdebug",
	.purpose = "Choose which parts of the KLIPS kernel module tell what they do.",
	.forms = forms,
	.options = options,
	.usage_status = TOOL_FAILED,
	.version = print_version,
	.version_status = TOOL_OK,
	.help_status = TOOL_FAILED,
	.table = "/proc/net/ipsec_klipsdebug",
	.list_json = json_debug,
};

static int send_masks(struct tool_run *run, const struct klipsdebug *cmd)
{
	int status = kernel_open(run, &words);

	if (status != TOOL_GO_ON)
		return status;
	klips_build_debug(pfkey_start(&run->pk, KLIPS_MSG_DEBUG, KLIPS_SATYPE_UNSPEC),
			  &cmd->masks);
	return kernel_send(run, &words);
}

int main(int argc, char **argv)
{
	struct klipsdebug cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &tool, &cmd, argc, argv);
	status = tool_options(&run);
	if (status == TOOL_GO_ON)
		status = tool_list_if_idle(&run);
	if (status == TOOL_GO_ON && !cmd.action) {
		tool_usage(&tool, stdout);
		status = TOOL_FAILED;
	}
	if (status == TOOL_GO_ON)
		status = send_masks(&run, &cmd);
	return tool_end(&run, status);
}
