// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can only be checked when all of spi's options are known.
 *
 * The kernel would refuse these requests, too; the words are the old tool's,
 * with the reason on standard output, where that tool printed its own.
 */
#include "tools/common/kernel.h"
#include "tools/spi/spi.h"

static int check_sa_given(const struct tool_run *run, const struct sa_args *sa)
{
	if (sa->said)
		return TOOL_GO_ON;
	if (!sa->edst || said_addr_is_any(&sa->sa.dst))
		return tool_error(run, "SA destination not specified.");
	if (!sa->spi)
		return tool_error(run, "SA SPI not specified.");
	if (!sa->proto)
		return tool_error(run, "SA PROTO not specified.");
	return TOOL_GO_ON;
}

static int check_end(const struct tool_run *run, const char *option, const struct spi_end *end,
		     u16 family)
{
	if (!end->arg || end->addr.family == family)
		return TOOL_GO_ON;
	return tool_error(run, "Error, address family of %s argument:%s is not that of the SA.",
			  option, end->arg);
}

static int check_families(const struct tool_run *run, const struct spi *cmd)
{
	u16 family = cmd->sa.sa.dst.family;
	int status;

	if (cmd->family && cmd->family != family)
		return tool_error(run, "Defined address family and address family of SA "
				  "missmatch.");
	status = check_end(run, "--src", &cmd->src, family);
	return status == TOOL_GO_ON ? check_end(run, "--dst", &cmd->dst, family) : status;
}

/* @part is what cannot be built, @why the reason in plain words. */
static int cannot_build(const struct tool_run *run, const char *part, const char *why)
{
	tool_name(run, stdout);
	printf(": %s\n", why);
	return tool_error(run, "Trouble building %s, error=%d.", part, -EINVAL);
}

static int check_keys(const struct tool_run *run, const struct spi *cmd)
{
	const struct spi_alg *alg = &cmd->alg;
	size_t want = alg->key_bits / 8 + alg->salt_bytes;

	if (alg->auth_key && !cmd->auth_key.len)
		return cannot_build(run, "key_a extension", "--authkey is missing");
	if (alg->enc_key && !cmd->enc_key.len)
		return cannot_build(run, "key_e extension", "--enckey is missing");
	if (alg->key_bits && cmd->enc_key.len != want)
		return tool_error(run, "--esp %s needs %zu bytes in --enckey (%u of them salt), "
				  "got %zu.", cmd->alg_name, want, alg->salt_bytes,
				  cmd->enc_key.len);
	return TOOL_GO_ON;
}

/* Is there something that a message to delete an SA has no place for? */
static const char *not_for_delete(const struct spi *cmd)
{
	if (cmd->life.given[SAID_SOFT] || cmd->life.given[SAID_HARD])
		return "--life cannot be used with --del";
	if (cmd->natt)
		return "--natt cannot be used with --del";
	if (cmd->outif)
		return "--outif cannot be used with --del";
	if (cmd->saref_me || cmd->saref_him)
		return "--saref cannot be used with --del";
	return NULL;
}

/* Does the algorithm lack what the protocol needs, or have what it cannot use? */
static const char *unfit_algorithm(const struct spi *cmd)
{
	const struct spi_alg *alg = &cmd->alg;

	switch (cmd->sa.sa.proto) {
	case KLIPS_PROTO_AH:
		if (!alg->auth || alg->encrypt)
			return "an ah SA needs an authentication algorithm and no other";
		break;
	case KLIPS_PROTO_ESP:
		if (!alg->encrypt)
			return "an esp SA needs an encryption algorithm";
		break;
	case KLIPS_PROTO_COMP:
		if (!alg->encrypt || alg->auth)
			return "a comp SA needs a compression algorithm and no other";
	}
	return NULL;
}

static int check_message(const struct tool_run *run, const struct spi *cmd)
{
	const char *why;

	if (cmd->action == SPI_DEL)
		why = not_for_delete(cmd);
	else if (be32_to_cpu(cmd->sa.sa.spi) < KLIPS_SPI_MIN)
		why = "SPIs below 0x100 are reserved";
	else
		why = unfit_algorithm(cmd);
	return why ? cannot_build(run, "pfkey message", why) : TOOL_GO_ON;
}

/**
 * spi_check() - check a command line as a whole
 * @run:	the run
 * @cmd:	its options
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int spi_check(struct tool_run *run, struct spi *cmd)
{
	int status;

	if (!cmd->action) {
		tool_name(run, stderr);
		fputs(": No action chosen.  See '", stderr);
		tool_name(run, stderr);
		fputs(" --help' for usage.\n", stderr);
		return TOOL_FAILED;
	}
	if (cmd->action == SPI_CLEAR)
		return TOOL_GO_ON;
	status = check_sa_given(run, &cmd->sa);
	if (status == TOOL_GO_ON)
		status = check_families(run, cmd);
	if (status == TOOL_GO_ON)
		status = check_keys(run, cmd);
	if (status == TOOL_GO_ON)
		status = check_message(run, cmd);
	return status;
}
