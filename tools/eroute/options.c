// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eroute's options: each checked when it is met, against those before it.
 */
#include <string.h>

#include "tools/eroute/eroute.h"
#include "tools/listing/table.h"

/* Which end an option is about. */
enum end {
	END_SRC,
	END_DST,
};

static struct eroute_end *end_of(struct eroute *cmd, const struct tool_option *opt)
{
	return opt->value == END_SRC ? &cmd->src : &cmd->dst;
}

static int set_action(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct eroute *cmd = run->cmd;
	enum eroute_action action = (enum eroute_action)opt->value;
	bool removes = action == EROUTE_CLEAR || action == EROUTE_DEL;

	(void)arg;
	if (cmd->action)
		return tool_error(run, "Only one of '--add', '--addin', '--replace', %s'--clear', "
				  "or '--del' options permitted.",
				  removes ? "" : "'--replacein', ");
	cmd->action = action;
	return TOOL_GO_ON;
}

static int set_load(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct eroute *cmd = run->cmd;

	cmd->file = arg;
	return set_action(run, opt, NULL);
}

static int set_atomic(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	(void)arg;
	((struct eroute *)run->cmd)->atomic = true;
	return TOOL_GO_ON;
}

static int set_eraf(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct eroute *cmd = run->cmd;

	(void)opt;
	if (cmd->eraf_arg)
		return tool_error(run, "Error, address family of eroute redefined:%s, "
				  "already defined as:%s", arg, cmd->eraf_arg);
	cmd->eraf = said_family(arg);
	if (!cmd->eraf)
		return tool_error(run, "Invalid address family parameter for eroute: %s", arg);
	cmd->eraf_arg = arg;
	return TOOL_GO_ON;
}

static int set_subnet(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct eroute *cmd = run->cmd;
	struct eroute_end *end = end_of(cmd, opt);
	const char *why;

	if (end->arg)
		return tool_error(run, "Error, --%s parameter redefined:%s, already defined as:%s",
				  opt->name, arg, end->arg);
	end->arg = arg;
	why = said_subnet(arg, cmd->eraf, run->names, &end->net);
	if (why)
		return tool_error(run, "Error, %s converting --%s argument: %s", why, opt->name,
				  arg);
	return TOOL_GO_ON;
}

static int set_port(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct eroute_end *end = end_of(run->cmd, opt);

	if (end->port_arg)
		return tool_error(run, "Error, --%s parameter redefined:%s, already defined as:%s",
				  opt->name, arg, end->port_arg);
	end->port_arg = arg;
	return TOOL_GO_ON;
}

static int set_transport(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct eroute *cmd = run->cmd;

	if (cmd->proto_arg)
		return tool_error(run, "Error, --%s parameter redefined:%s, already defined as:%s",
				  opt->name, arg, cmd->proto_arg);
	cmd->proto_arg = arg;
	return TOOL_GO_ON;
}

static int set_af(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct sa_args *sa = &((struct eroute *)run->cmd)->sa;

	(void)opt;
	if (sa->af)
		return tool_error(run, "Error, address family of SAID redefined:%s, "
				  "already defined as:%s", arg, sa->af);
	sa->family = said_family(arg);
	if (!sa->family)
		return tool_error(run, "Invalid address family parameter for SAID: %s", arg);
	sa->af = arg;
	return TOOL_GO_ON;
}

static int set_edst(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct sa_args *sa = &((struct eroute *)run->cmd)->sa;

	(void)opt;
	return sa_args_edst(run, sa, arg, sa->family);
}

static int set_spi(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	return sa_args_spi(run, &((struct eroute *)run->cmd)->sa, arg);
}

static int set_proto(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	return sa_args_proto(run, &((struct eroute *)run->cmd)->sa, arg);
}

/* The oldest way to say %pass, of either family. */
static void passthrough_is_pass(const char *arg, struct klips_said *sa)
{
	if (*arg != '%' || sa->proto != KLIPS_PROTO_IPIP)
		return;
	sa->proto = KLIPS_PROTO_INT;
	sa->spi = cpu_to_be32(KLIPS_SHUNT_PASS);
}

static int set_said(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct sa_args *sa = &((struct eroute *)run->cmd)->sa;
	int status = sa_args_said_alone(run, sa, arg, true);

	(void)opt;
	if (status == TOOL_GO_ON)
		status = sa_args_said(run, arg, &sa->sa);
	if (status != TOOL_GO_ON)
		return status;
	sa->said = arg;
	passthrough_is_pass(arg, &sa->sa);
	/* the number appears as it lies in memory; so it always did */
	if (be32_to_cpu(sa->sa.spi) < KLIPS_SPI_MIN)
		return tool_error(run, "Illegal reserved spi: %s => 0x%x Must be larger than or "
				  "equal to 0x100.", arg, (u32)sa->sa.spi);
	return TOOL_GO_ON;
}

static int list_json(const struct tool_run *run)
{
	return json_table(run, TABLE_EROUTES, "eroutes", NULL, NULL);
}

static void print_version(const struct tool_run *run)
{
	(void)run;
	printf("ipsec eroute %s\n", KLIPS_VERSION);
	printf("See `ipsec --copyright' for copyright information.\n");
}

static const char *const forms[] = {
	"--add | --replace FLOW SA",
	"--addin | --replacein FLOW SA",
	"--del FLOW",
	"--clear",
	"(without an option: list the eroutes)",
	"--list [FLOW] [SA] [--json]",
	"--save",
	"--load FILE [--atomic]",
	"--get SRC DST [PROTO [SRC-PORT DST-PORT]] [--json]",
	"--check [--json]",
	NULL
};

/* What a command line and a line of a file share. */
#define FLOW_AND_SA_OPTIONS \
	TOOL_OPTION("eraf", "FAMILY", "FLOW: inet or inet6; before --src and --dst", set_eraf, 0), \
	TOOL_OPTION("src", "ADDRESS/MASK", "FLOW: source addresses, or %default", \
		    set_subnet, END_SRC), \
	TOOL_OPTION("dst", "ADDRESS/MASK", "FLOW: destination addresses, or %default", \
		    set_subnet, END_DST), \
	TOOL_OPTION("transport-proto", "PROTO", "FLOW: transport protocol, name or number", \
		    set_transport, 0), \
	TOOL_OPTION("src-port", "PORT", "FLOW: source port of TCP or UDP", set_port, END_SRC), \
	TOOL_OPTION("dst-port", "PORT", "FLOW: destination port of TCP or UDP", set_port, END_DST), \
	TOOL_OPTION("af", "FAMILY", "SA: inet or inet6", set_af, 0), \
	TOOL_OPTION("edst", "ADDRESS", "SA: where it ends", set_edst, 0), \
	TOOL_OPTION("spi", "SPI", "SA: its number, 0x100 or more", set_spi, 0), \
	TOOL_OPTION("proto", "PROTO", "SA: ah, esp, tun or comp", set_proto, 0), \
	TOOL_OPTION("said", "SAID", "SA: all in one, as tun.135@192.0.2.1, or a shunt:" \
		    TOOL_HELP_COLUMN "%pass %drop %reject %trap %hold", set_said, 0)

static const struct tool_option options[] = {
	TOOL_OPTION("add", NULL, "add an eroute", set_action, EROUTE_ADD),
	TOOL_OPTION("addin", NULL, "add what an inbound tunnel SA may carry",
		    set_action, EROUTE_ADDIN),
	TOOL_OPTION("replace", NULL, "replace an eroute", set_action, EROUTE_REPLACE),
	TOOL_OPTION("replacein", NULL, "replace what an inbound tunnel SA may carry",
		    set_action, EROUTE_REPLACEIN),
	TOOL_OPTION("del", NULL, "delete an eroute", set_action, EROUTE_DEL),
	TOOL_OPTION("clear", NULL, "delete all eroutes", set_action, EROUTE_CLEAR),
	FLOW_AND_SA_OPTIONS,
	TOOL_WHOLE_OPTION("list", "list the eroutes within --src and --dst, to --said, ...",
			  set_action, EROUTE_LIST),
	TOOL_WHOLE_OPTION("save", "list them as --load reads them", set_action, EROUTE_SAVE),
	TOOL_WHOLE_ARG_OPTION("load", "FILE", "make the table what FILE says; - is standard input",
			      set_load, EROUTE_LOAD),
	TOOL_WHOLE_OPTION("atomic", "with --load: in one step, or not at all", set_atomic, 0),
	TOOL_WHOLE_OPTION("get", "what would become of a packet from SRC to DST?",
			  set_action, EROUTE_GET),
	TOOL_WHOLE_OPTION("check", "look for eroutes and SAs that do not fit together",
			  set_action, EROUTE_REVIEW),
	TOOL_COMMON_OPTIONS,
	{ 0 }
};

/* What main() runs. */
const struct tool eroute_tool = {
	.name = "eroute",
	.purpose = "Choose the SA, or the shunt, for packets that are routed to an ipsecN device.",
	.forms = forms,
	.options = options,
	.usage_status = TOOL_FAILED,
	.version = print_version,
	.version_status = TOOL_FAILED,
	.help_status = TOOL_FAILED,
	.table = "/proc/net/ipsec_eroute",
	.list_json = list_json,
	.no_table = "No eroute table - no IPsec support in kernel (are the modules loaded?)",
	.foreign = "NETKEY does not support eroute table.",
};

static const struct tool_option line_options[] = {
	TOOL_OPTION("add", NULL, NULL, set_action, EROUTE_ADD),
	TOOL_OPTION("replace", NULL, NULL, set_action, EROUTE_REPLACE),
	FLOW_AND_SA_OPTIONS,
	{ 0 }
};

/* A line of a file for --load; it has no usage text of its own. */
const struct tool eroute_line_tool = {
	.name = "eroute",
	.options = line_options,
	.usage_status = TOOL_FAILED,
};
