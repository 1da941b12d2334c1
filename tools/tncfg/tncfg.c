// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tncfg: attach ipsecN to physical devices, create and delete ipsecN.
 *
 * Attaching is an ioctl on any datagram socket, creating a PF_KEY message.
 * Names that would have to be cut are refused: another device might be meant.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <klips/uapi.h>

#include "tools/common/kernel.h"
#include "tools/common/tool.h"
#include "tools/listing/table.h"

#define STATUS_REFUSED	2		/* --create, --delete: by the kernel */
#define STATUS_NO_NAME	5		/* --create, --delete: name not understood */

#define MAST_PREFIX	"mast"
#define MAST_MAX	(KLIPS_PLUMBIF_IPSEC - 1)

#define LOADED_QUESTION	"Is the ipsec module linked into the kernel or loaded as a module?"

enum action {
	ACTION_NONE,
	ACTION_ATTACH,
	ACTION_DETACH,
	ACTION_CLEAR,
	ACTION_CREATE,
	ACTION_DELETE,
};

/* The command line. */
struct tncfg {
	enum action action;
	const char *device;		/* of --create and --delete */
	const char *virtual;
	const char *physical;
};

static const struct kernel_words words = {
	.socket_vendor = "Openswan",
};

/* An ioctl, and the words for its refusals. */
struct request {
	const char *name;
	unsigned long number;
	const struct kernel_text *texts;
};

static const struct kernel_text attach_texts[] = {
	{ ENODEV, "No such device.  Is the virtual device valid?  " LOADED_QUESTION },
	{ ENXIO, "No such device.  Is the physical device valid?" },
	{ 0 }
};

static const struct kernel_text detach_texts[] = {
	{ ENODEV, "No such device.  Is the virtual device valid?  "
		  "The ipsec module may not be linked into the kernel or loaded as a module." },
	{ ENXIO, "Device requested is not linked to any physical device." },
	{ 0 }
};

static const struct kernel_text clear_texts[] = {
	{ ENODEV, "Failed.  " LOADED_QUESTION "." },
	{ 0 }
};

static const struct request requests[] = {
	[ACTION_ATTACH] = { "attach", KLIPS_SIOC_ATTACH, attach_texts },
	[ACTION_DETACH] = { "detach", KLIPS_SIOC_DETACH, detach_texts },
	[ACTION_CLEAR] = { "clear", KLIPS_SIOC_CLEAR, clear_texts },
};

static int set_action(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct tncfg *cmd = run->cmd;

	if (cmd->action)
		return tool_error(run, "exactly one of \n\t'--attach', '--detach', '--create', "
				  "'--delete' or '--clear'\noptions must be specified.");
	cmd->action = (enum action)opt->value;
	cmd->device = arg;
	return TOOL_GO_ON;
}

static int set_virtual(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct tncfg *cmd = run->cmd;

	(void)opt;
	cmd->virtual = arg;
	return TOOL_GO_ON;
}

static int set_physical(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct tncfg *cmd = run->cmd;

	(void)opt;
	cmd->physical = arg;
	return TOOL_GO_ON;
}

static void print_version(const struct tool_run *run)
{
	tool_name(run, stdout);
	printf(", use ipsec --version instead\n");
}

static const char *const forms[] = {
	"--create <virtual>",
	"--delete <virtual>",
	"--attach --virtual <virtual> --physical <physical>",
	"--detach --virtual <virtual>",
	"--clear",
	"(without an option: list the devices)",
	NULL
};

static const struct tool_option options[] = {
	TOOL_OPTION("attach", NULL, "let ipsecN carry its packets over a physical device",
	  set_action, ACTION_ATTACH),
	TOOL_OPTION("detach", NULL, "undo that", set_action, ACTION_DETACH),
	TOOL_OPTION("clear", NULL, "detach every ipsecN", set_action, ACTION_CLEAR),
	TOOL_OPTION("create", "DEVICE", "make a new ipsecN", set_action, ACTION_CREATE),
	TOOL_OPTION("delete", "DEVICE", "remove an ipsecN", set_action, ACTION_DELETE),
	TOOL_OPTION("virtual", "DEVICE", "the ipsecN meant", set_virtual, 0),
	TOOL_OPTION("physical", "DEVICE", "the device to attach it to", set_physical, 0),
	TOOL_COMMON_OPTIONS,
	{ 0 }
};

static const struct tool tool = {
	.name = "tncfg",
	.purpose = "Attach the virtual devices of KLIPS, ipsecN, to physical ones.",
	.forms = forms,
	.options = options,
	.single_dash = true,
	.usage_status = TOOL_FAILED,
	.version = print_version,
	.version_status = TOOL_FAILED,
	.help_status = TOOL_FAILED,
	.table = "/proc/net/ipsec_tncfg",
	.list_json = json_devices,
	.no_table = "No tncfg - no IPsec support in kernel (are the modules loaded?)",
	.foreign = "NETKEY does not support virtual interfaces.",
};

static int check_length(const struct tool_run *run, const char *option, const char *name,
			size_t size)
{
	if (!name || strlen(name) < size)
		return TOOL_GO_ON;
	return tool_error(run, "%s parameter: %s is longer than %zu characters.", option, name,
			  size - 1);
}

static int check(const struct tool_run *run, const struct tncfg *cmd)
{
	int status;

	if (cmd->action == ACTION_CREATE || cmd->action == ACTION_DELETE)
		return TOOL_GO_ON;
	if (cmd->action == ACTION_ATTACH && (!cmd->physical || !*cmd->physical))
		return tool_error(run, "physical I/F parameter missing.");
	if ((cmd->action == ACTION_ATTACH || cmd->action == ACTION_DETACH) &&
	    (!cmd->virtual || !*cmd->virtual))
		return tool_error(run, "virtual I/F parameter missing.");
	if (!cmd->action) {
		tool_error(run, "exactly one of '--attach', '--detach' or '--clear' options must "
			   "be specified.");
		fprintf(stderr, "Try %s --help' for usage information.\n", run->argv0);
		return TOOL_FAILED;
	}
	status = check_length(run, "--virtual", cmd->virtual, IFNAMSIZ);
	if (status != TOOL_GO_ON)
		return status;
	return check_length(run, "--physical", cmd->physical,
			    sizeof(((struct klips_ifreq *)0)->phys));
}

/* What a device's name says. */
enum device_name {
	NAME_GOOD,
	NAME_UNKNOWN,			/* neither ipsecN nor mastN */
	NAME_BAD_NUMBER,		/* old tools made some device of it */
};

static enum device_name number_after(const char *name, const char *prefix, u64 max, u64 *number)
{
	size_t len = strlen(prefix);

	if (strncmp(name, prefix, len))
		return NAME_UNKNOWN;
	name += len;
	if (!said_digits(name, strlen(name), 10, number) && *number <= max)
		return NAME_GOOD;
	return strpbrk(name, "0123456789") ? NAME_BAD_NUMBER : NAME_UNKNOWN;
}

static enum device_name device_number(const char *name, u16 *ifnum)
{
	u64 number;
	enum device_name found = number_after(name, KLIPS_DEV_PREFIX,
					      UINT16_MAX - KLIPS_PLUMBIF_IPSEC, &number);

	if (found == NAME_GOOD)
		number += KLIPS_PLUMBIF_IPSEC;
	else if (found == NAME_UNKNOWN)
		found = number_after(name, MAST_PREFIX, MAST_MAX, &number);
	if (found == NAME_GOOD)
		*ifnum = (u16)number;
	return found;
}

static int bad_name(const struct tool_run *run, const char *name, enum device_name found)
{
	tool_error(run, "%s is not the name of a virtual device (ipsecN).", name);
	return found == NAME_UNKNOWN ? STATUS_NO_NAME : TOOL_FAILED;
}

static int create_or_delete(struct tool_run *run, const struct tncfg *cmd)
{
	u8 type = cmd->action == ACTION_CREATE ? KLIPS_MSG_PLUMBIF : KLIPS_MSG_UNPLUMBIF;
	enum device_name found;
	int status, err;
	u16 ifnum = 0;

	found = device_number(cmd->device, &ifnum);
	if (found != NAME_GOOD)
		return bad_name(run, cmd->device, found);
	status = kernel_open(run, &words);
	if (status != TOOL_GO_ON)
		return status;
	klips_build_plumbif(pfkey_start(&run->pk, type, KLIPS_SATYPE_UNSPEC), ifnum);
	err = kernel_request(run);
	if (!err)
		return TOOL_OK;
	fprintf(stderr, "pfkey write: %s\n", strerror(err == KERNEL_TOOK_PART ? EIO : -err));
	return STATUS_REFUSED;
}

static int no_socket(const struct tool_run *run, int err)
{
	tool_name(run, stderr);
	fputs(": Socket creation failed -- ", stderr);
	switch (err) {
	case EACCES:
		fputs(getuid() ? "Run as root user.\n" : "Root denied permission!?!\n", stderr);
		break;
	case EPROTONOSUPPORT:
		fputs("Internet Protocol not enabled", stderr);
		break;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
		fputs("Insufficient system resources.\n", stderr);
		break;
	case ENODEV:
		fputs("No such device.  Is the virtual device valid?  " LOADED_QUESTION "\n",
		      stderr);
		break;
	default:
		fprintf(stderr, "Unknown socket error %d.\n", err);
	}
	return TOOL_FAILED;
}

static int refused(const struct tool_run *run, const struct tncfg *cmd, int err)
{
	const struct request *request = &requests[cmd->action];
	const struct kernel_text *text = request->texts;

	tool_name(run, stderr);
	fprintf(stderr, ": Socket ioctl failed on %s -- ", request->name);
	while (text->err && text->err != err)
		text++;
	if (text->err)
		fprintf(stderr, "%s\n", text->text);
	else if (err == EINVAL)
		fputs("Invalid argument, check kernel log messages for specifics.\n", stderr);
	else if (err == EBUSY && cmd->action == ACTION_ATTACH)
		fprintf(stderr, "Device busy.  Virtual device %s is already attached to a physical "
			"device -- Use detach first.\n", cmd->virtual);
	else
		fprintf(stderr, "Unknown socket error %d.\n", err);
	return TOOL_FAILED;
}

static void fill_request(const struct tncfg *cmd, struct ifreq *ifr)
{
	struct klips_ifreq data = { .cmd = (u32)requests[cmd->action].number };
	const char *virtual = cmd->action == ACTION_CLEAR ? KLIPS_DEV_PREFIX "0" : cmd->virtual;

	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->ifr_name, virtual, strlen(virtual));
	if (cmd->physical)
		memcpy(data.phys, cmd->physical, strlen(cmd->physical));
	memcpy(&ifr->ifr_ifru, &data, sizeof(data));
}

static int print_ioctl(unsigned long number, const struct ifreq *ifr)
{
	const unsigned char *bytes = (const unsigned char *)ifr;
	size_t i;

	printf("ioctl %#lx ", number);
	for (i = 0; i < sizeof(*ifr); i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return TOOL_OK;
}

static int do_ioctl(const struct tool_run *run, const struct tncfg *cmd)
{
	unsigned long number = requests[cmd->action].number;
	struct ifreq ifr;
	int sock, err;

	fill_request(cmd, &ifr);
	tool_debug(run, "%s %s", requests[cmd->action].name, ifr.ifr_name);
	if (run->dry_run)
		return print_ioctl(number, &ifr);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0)
		return no_socket(run, errno);
	err = ioctl(sock, number, &ifr) < 0 ? errno : 0;
	close(sock);
	return err ? refused(run, cmd, err) : TOOL_OK;
}

int main(int argc, char **argv)
{
	struct tncfg cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &tool, &cmd, argc, argv);
	status = tool_options(&run);
	if (status == TOOL_GO_ON)
		status = tool_check_foreign(&run);
	if (status == TOOL_GO_ON)
		status = tool_list_if_idle(&run);
	if (status == TOOL_GO_ON)
		status = check(&run, &cmd);
	if (status == TOOL_GO_ON)
		status = cmd.device ? create_or_delete(&run, &cmd) : do_ioctl(&run, &cmd);
	return tool_end(&run, status);
}
