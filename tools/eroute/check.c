// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can only be checked when all of eroute's options are known.
 */
#include "tools/eroute/eroute.h"

#define PORT_MAX	65535
#define PROTO_MAX	255

static int check_transport(const struct tool_run *run, struct eroute *cmd)
{
	u64 value;

	if (!cmd->proto_arg)
		return TOOL_GO_ON;
	switch (said_protocol(cmd->proto_arg, run->names, PROTO_MAX, &value)) {
	case 0:
		cmd->proto = (u8)value;
		return TOOL_GO_ON;
	case -ERANGE:
		return tool_error(run, "--transport-proto parameter: %s must be in the range 0 to "
				  "255 inclusive", cmd->proto_arg);
	default:
		return tool_error(run, "Invalid character in --transport-proto parameter: %s",
				  cmd->proto_arg);
	}
}

static int check_port(const struct tool_run *run, const char *option, struct eroute_end *end)
{
	u64 value;

	if (!end->port_arg)
		return TOOL_GO_ON;
	switch (said_service(end->port_arg, run->names, PORT_MAX, &value)) {
	case 0:
		end->port = (u16)value;
		return TOOL_GO_ON;
	case -ERANGE:
		return tool_error(run, "%s parameter: %s must be in the range 0 to 65535 inclusive",
				  option, end->port_arg);
	default:
		return tool_error(run, "Invalid character in %s parameter: %s", option,
				  end->port_arg);
	}
}

static int check_ports(const struct tool_run *run, struct eroute *cmd)
{
	int status;

	if ((cmd->src.port_arg || cmd->dst.port_arg) &&
	    cmd->proto != IPPROTO_TCP && cmd->proto != IPPROTO_UDP)
		return tool_error(run, "--transport-proto with either UDP or TCP must be specified "
				  "if --src-port or --dst-port is used");
	status = check_port(run, "--src-port", &cmd->src);
	return status == TOOL_GO_ON ? check_port(run, "--dst-port", &cmd->dst) : status;
}

static bool has_sa(const struct sa_args *sa)
{
	return sa->said || (sa->af && sa->edst && sa->spi && sa->proto);
}

static bool has_part(const struct sa_args *sa)
{
	return sa->said || sa->af || sa->edst || sa->spi || sa->proto;
}

static int check_complete(const struct tool_run *run, const struct eroute *cmd)
{
	const char *name = cmd->action == EROUTE_ADD ? "add" : "del";

	switch (cmd->action) {
	case EROUTE_ADD:
	case EROUTE_ADDIN:
	case EROUTE_REPLACE:
	case EROUTE_REPLACEIN:
		if (!has_sa(&cmd->sa))
			return tool_error(run, "add and addin options must have SA specified.");
		break;
	case EROUTE_DEL:
		break;
	case EROUTE_CLEAR:
	case EROUTE_LIST:
		return TOOL_GO_ON;
	case EROUTE_SAVE:
	case EROUTE_LOAD:
	case EROUTE_GET:
	case EROUTE_REVIEW:
		if (cmd->src.arg || cmd->dst.arg || cmd->proto_arg || has_part(&cmd->sa))
			return tool_error(run, "--save, --load, --get and --check take no options "
					  "about a flow or an SA.");
		return TOOL_GO_ON;
	default:
		tool_error(run, "exactly one of '--add', '--addin', '--replace', '--del' or "
			   "'--clear' options must be specified.");
		fprintf(stderr, "Try %s --help' for usage information.\n", run->argv0);
		return TOOL_FAILED;
	}
	if (!cmd->src.arg)
		return tool_error(run, "Error -- %s option '--src' is required.", name);
	if (!cmd->dst.arg)
		return tool_error(run, "Error -- %s option '--dst' is required.", name);
	return TOOL_GO_ON;
}

/* A flow has one family; so has an SA.  They may differ from each other. */
static int check_families(const struct tool_run *run, const struct eroute *cmd)
{
	const struct sa_args *sa = &cmd->sa;
	u16 family = cmd->src.net.addr.family;

	if (cmd->src.arg && cmd->dst.arg && family != cmd->dst.net.addr.family)
		return tool_error(run, "Error, address families of --src and --dst differ: %s, %s",
				  cmd->src.arg, cmd->dst.arg);
	if (cmd->src.arg && cmd->eraf && cmd->eraf != family)
		return tool_error(run, "Error, --eraf %s is not the address family of --src "
				  "argument: %s", cmd->eraf_arg, cmd->src.arg);
	if (sa->af && (sa->said || sa->edst) && sa->family != sa->sa.dst.family)
		return tool_error(run, "Error, --af %s is not the address family of %s argument: "
				  "%s", sa->af, sa->said ? "--said" : "--edst",
				  sa->said ? sa->said : sa->edst);
	return TOOL_GO_ON;
}

/**
 * eroute_check() - check a command line as a whole, and read what needs the whole
 * @run:	the run
 * @cmd:	its options; transport protocol and ports are filled in
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int eroute_check(struct tool_run *run, struct eroute *cmd)
{
	int status = check_transport(run, cmd);

	if (cmd->atomic && cmd->action != EROUTE_LOAD)
		return tool_error(run, "--atomic goes with --load only");
	if (status == TOOL_GO_ON)
		status = check_ports(run, cmd);
	if (status == TOOL_GO_ON)
		status = check_complete(run, cmd);
	if (status == TOOL_GO_ON)
		status = check_families(run, cmd);
	return status;
}
