// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spi's options, but for those that name the SA; each checked when it is met.
 */
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "tools/spi/spi.h"

#define REPLAY_MAX	64	/* that fit the old field */
#define WINDOW_MIN	32
#define WINDOW_MAX	4096

static int new_action(const struct tool_run *run, enum spi_action action)
{
	struct spi *cmd = run->cmd;
	bool ip = action == SPI_IP4 || action == SPI_IP6;

	if (cmd->action)
		return tool_error(run, "Only one of '--ah', '--esp', '--comp', '--ip4', '--ip6', "
				  "'--del' or '--clear' %soptions permitted.", ip ? "" : " ");
	cmd->action = action;
	return TOOL_GO_ON;
}

static int set_action(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	int status = new_action(run, (enum spi_action)opt->value);

	(void)arg;
	if (status == TOOL_GO_ON && opt->value == SPI_IP4)
		cmd->family = AF_INET;
	if (status == TOOL_GO_ON && opt->value == SPI_IP6)
		cmd->family = AF_INET6;
	return status;
}

static int set_ah(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	int status = new_action(run, (enum spi_action)opt->value);

	if (status != TOOL_GO_ON)
		return status;
	cmd->alg_name = arg;
	if (!spi_alg_ah(arg, &cmd->alg))
		return tool_error(run, "Unknown authentication algorithm '%s' follows '--ah' "
				  "option.", arg);
	return TOOL_GO_ON;
}

static int set_esp(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	int status = new_action(run, (enum spi_action)opt->value);

	if (status != TOOL_GO_ON)
		return status;
	cmd->alg_name = arg;
	if (!spi_alg_esp(arg, &cmd->alg))
		return tool_error(run, "Invalid encryption algorithm '%s' follows '--esp' option.",
				  arg);
	return TOOL_GO_ON;
}

static int set_comp(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	int status = new_action(run, (enum spi_action)opt->value);

	if (status != TOOL_GO_ON)
		return status;
	cmd->alg_name = arg;
	if (!spi_alg_comp(arg, &cmd->alg))
		return tool_error(run, "Unknown compression algorithm '%s' follows '--comp' "
				  "option.", arg);
	return TOOL_GO_ON;
}

static int set_auth_key(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi_key *key = &((struct spi *)run->cmd)->auth_key;

	(void)opt;
	if (said_key_form_unknown(arg))
		return tool_error(run, "Authentication key must have a '0x', '0t' or '0s' prefix "
				  "to select the format: %s", arg);
	if (said_key(arg, key->bytes, sizeof(key->bytes), &key->len))
		return tool_error(run, "unknown format or syntax error in authentication key: %s",
				  arg);
	return TOOL_GO_ON;
}

static int set_enc_key(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi_key *key = &((struct spi *)run->cmd)->enc_key;

	(void)opt;
	if (said_key_form_unknown(arg))
		return tool_error(run, "Encryption key must have a '0x', '0t' or '0s' prefix to "
				  "select the format: %s", arg);
	if (said_key(arg, key->bytes, sizeof(key->bytes), &key->len))
		return tool_error(run, "unknown format or syntax error in encryption key: %s", arg);
	return TOOL_GO_ON;
}

/* The kernel makes its IVs itself; old scripts still name one. */
static int set_iv(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	u8 iv[SAID_KEY_MAX];
	size_t len;

	(void)opt;
	if (said_key_form_unknown(arg))
		return tool_error(run, "IV must have a '0x', '0t' or '0s' prefix to select the "
				  "format, found '%.1s'.", arg + 1);
	if (said_key(arg, iv, sizeof(iv), &len))
		return tool_error(run, "unknown format or syntax error in IV: %s", arg);
	return TOOL_GO_ON;
}

static int set_replay(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	u64 value = 0;
	int err = said_number(arg, UINT64_MAX, &value);

	(void)opt;
	if (err == -EINVAL)
		return tool_error(run, "Invalid character in replay_window parameter: %s", arg);
	if (err)
		value = UINT64_MAX;
	if (!value || value > REPLAY_MAX)
		return tool_error(run, "Failed -- Illegal window size: arg=%s, replay_window=%llu, "
				  "must be 1 <= size <= %d.", arg, (unsigned long long)value,
				  REPLAY_MAX);
	cmd->replay = (u8)value;
	return TOOL_GO_ON;
}

static int set_esn(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;

	(void)opt;
	(void)arg;
	cmd->esn = true;
	return TOOL_GO_ON;
}

static int set_window(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	u64 value;

	(void)opt;
	if (said_number(arg, WINDOW_MAX, &value) || value < WINDOW_MIN)
		return tool_error(run, "--window takes %d to %d packets, not %s", WINDOW_MIN,
				  WINDOW_MAX, arg);
	cmd->window = (u16)value;
	return TOOL_GO_ON;
}

static int set_seq(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;

	(void)opt;
	if (said_number(arg, UINT64_MAX, &cmd->seq))
		return tool_error(run, "--last_seq takes a number, not %s", arg);
	return TOOL_GO_ON;
}

/* A number of its option's field; @what is its name in the message about syntax. */
static int bounded(const struct tool_run *run, const struct tool_option *opt, const char *what,
		   const char *arg, u64 max, u64 *value)
{
	switch (said_number(arg, max, value)) {
	case 0:
		return TOOL_GO_ON;
	case -ERANGE:
		return tool_error(run, "--%s parameter: %s must be in the range 0 to %llu "
				  "inclusive", opt->name, arg, (unsigned long long)max);
	default:
		return tool_error(run, "Invalid character in %s parameter: %s", what, arg);
	}
}

static int set_natt(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	static const struct {
		const char *name;
		u8 natt;
	} kinds[] = {
		{ "none", KLIPS_NATT_NONE },
		{ "nonike", KLIPS_NATT_NONIKE },
		{ "nonesp", KLIPS_NATT_NONESP },
	};
	struct spi *cmd = run->cmd;
	int status;
	u64 value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcasecmp(arg, kinds[i].name)) {
			cmd->natt = kinds[i].natt;
			return TOOL_GO_ON;
		}
	status = bounded(run, opt, "source", arg, UINT8_MAX, &value);
	if (status == TOOL_GO_ON)
		cmd->natt = (u8)value;
	return status;
}

static int set_port(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	u64 value;
	int status = bounded(run, opt, "source", arg, UINT16_MAX, &value);

	if (status != TOOL_GO_ON)
		return status;
	if (opt->value == SPI_SRC)
		cmd->sport = (u16)value;
	else
		cmd->dport = (u16)value;
	return TOOL_GO_ON;
}

static int set_outif(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	u64 value;
	int status = bounded(run, opt, "outif", arg, UINT16_MAX, &value);

	if (status == TOOL_GO_ON)
		cmd->outif = (u16)value;
	return status;
}

static int set_saref_me(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	u64 value;
	int status = bounded(run, opt, "SAREFi", arg, UINT32_MAX, &value);

	if (status == TOOL_GO_ON)
		cmd->saref_me = (u32)value;
	return status;
}

static int set_saref_him(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct spi *cmd = run->cmd;
	u64 value;
	int status = bounded(run, opt, "SAREFo", arg, UINT32_MAX, &value);

	if (status == TOOL_GO_ON)
		cmd->saref_him = (u32)value;
	return status;
}

static int set_dump_saref(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	(void)arg;
	((struct spi *)run->cmd)->dump_saref = true;
	return TOOL_GO_ON;
}

static int set_listen(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	(void)arg;
	((struct spi *)run->cmd)->listen = true;
	return TOOL_GO_ON;
}

static const char *const forms[] = {
	"--ah ALG SA [--src ADDRESS] --authkey KEY [OPTIONS]",
	"--esp ALG SA [--src ADDRESS] --enckey KEY [--authkey KEY] [OPTIONS]",
	"--comp ALG SA [--src ADDRESS] [OPTIONS]",
	"--ip4 | --ip6 SA --src ADDRESS --dst ADDRESS [OPTIONS]",
	"--del SA",
	"--clear [--proto PROTO]",
	"(without an option: list the SAs)",
	NULL
};

/* The order shows when an abbreviation is ambiguous; it is the old tool's. */
static const struct tool_option options[] = {
	TOOL_OPTION("ah", "ALG", "add an AH SA: hmac-md5-96, hmac-sha1-96, hmac-sha2_256, ...",
		    set_ah, SPI_AH),
	TOOL_OPTION("esp", "ALG", "add an ESP SA: aes_gcm16, aes-sha1-96, aes256-sha2_256,"
		    TOOL_HELP_COLUMN "chacha20poly1305, 3des-md5-96, null-sha1, ...",
		    set_esp, SPI_ESP),
	TOOL_OPTION("comp", "ALG", "add an IPComp SA: deflate, lzs", set_comp, SPI_COMP),
	TOOL_OPTION("ip4", NULL, "add an IP-in-IPv4 SA", set_action, SPI_IP4),
	TOOL_OPTION("ip6", NULL, "add an IP-in-IPv6 SA", set_action, SPI_IP6),
	TOOL_OPTION("del", NULL, "delete an SA", set_action, SPI_DEL),
	TOOL_OPTION("clear", NULL, "delete all SAs", set_action, SPI_CLEAR),
	TOOL_OPTION("authkey", "KEY", "key as 0x and hex digits, 0s and base64, or 0t and text",
		    set_auth_key, 0),
	TOOL_OPTION("enckey", "KEY", "the same, with the salt behind it if ALG has one",
		    set_enc_key, 0),
	TOOL_OPTION("edst", "ADDRESS", "SA: where it ends", spi_set_edst, 0),
	TOOL_OPTION("spi", "SPI", "SA: its number, 0x100 or more", spi_set_spi, 0),
	TOOL_OPTION("proto", "PROTO", "SA: ah, esp, tun or comp", spi_set_proto, 0),
	TOOL_OPTION("af", "FAMILY", "SA: inet or inet6", spi_set_af, 0),
	TOOL_OPTION("replay_window", "N", "packets, 1 to 64", set_replay, 0),
	TOOL_OPTION("window", "N", "a wider one: 32 to 4096", set_window, 0),
	TOOL_OPTION("esn", NULL, "sequence numbers of 64 bits", set_esn, 0),
	TOOL_OPTION("last_seq", "N", "go on behind this sequence number", set_seq, 0),
	TOOL_OPTION("iv", "IV", "checked and not used: the kernel makes its own", set_iv, 0),
	TOOL_OPTION("dst", "ADDRESS", "inner destination", spi_set_end, SPI_DST),
	TOOL_OPTION("src", "ADDRESS", "where packets come from", spi_set_end, SPI_SRC),
	TOOL_OPTION("natt", "KIND", "carry ESP in UDP: nonesp, nonike, none or a number",
		    set_natt, 0),
	TOOL_OPTION("dport", "PORT", "destination port of that UDP", set_port, SPI_DST),
	TOOL_OPTION("sport", "PORT", "source port of that UDP", set_port, SPI_SRC),
	TOOL_OPTION("said", "SAID", "SA: all in one, as esp.135@192.0.2.1", spi_set_said, 0),
	TOOL_OPTION("life", "LIMITS", "soft-bytes=N,hard-addtime=N,...: allocations, bytes,"
		    TOOL_HELP_COLUMN "addtime, usetime (seconds), packets", spi_set_life, 0),
	TOOL_OPTION("outif", "N", "number of the virtual device to send through", set_outif, 0),
	TOOL_OPTION("saref", "N", NULL, set_saref_me, 0),
	TOOL_OPTION("sarefme", "N", "reference of this SA", set_saref_me, 0),
	TOOL_OPTION("sarefhim", "N", "reference of the SA paired with it", set_saref_him, 0),
	TOOL_OPTION("saref_me", "N", NULL, set_saref_me, 0),
	TOOL_OPTION("saref_him", "N", NULL, set_saref_him, 0),
	TOOL_SIDE_OPTION("dumpsaref", NULL, "print the references the kernel gave",
			 set_dump_saref, 0, 1),
	TOOL_SIDE_OPTION("listenreply", NULL, "wait for the kernel's answer", set_listen, 0, 1),
	TOOL_WHOLE_OPTION("list", "list the SAs with this SAID, --edst, --proto, --src, ...",
			  set_action, SPI_LIST),
	TOOL_COMMON_OPTIONS,
	{ 0 }
};

/* What main() runs. */
const struct tool spi_tool = {
	.name = "spi",
	.purpose = "Add and delete security associations.",
	.forms = forms,
	.options = options,
	.usage_to_stderr = true,
	.usage_status = SPI_STATUS_USAGE,
	.version_status = TOOL_FAILED,
	.help_status = SPI_STATUS_USAGE,
	.table = "/proc/net/ipsec_spi",
	.list_json = spi_list_json,
	.no_table = "No spi - no IPsec support in kernel (are the modules loaded?)",
	.foreign = "NETKEY does not use the ipsec spi command. Use 'ip xfrm' instead.",
};
