// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spi's request, and the words for its refusal.
 */
#include <errno.h>

#include "tools/common/kernel.h"
#include "tools/spi/spi.h"

static const struct kernel_text texts[] = {
	{ ESRCH, "SA does not exist.  Cannot delete." },
	{ 0 }
};

static const struct kernel_words words = {
	.socket_vendor = "Openswan",
	.write_vendor = "Openswan",
	.heading = KERNEL_HEADING_INLINE,
	.own = texts,
};

static void add_life(struct klips_build *b, enum klips_ext_type ext, const struct said_life *life,
		     enum said_severity severity)
{
	const u64 *value = life->value[severity];
	const struct klips_msg_life limits = {
		.allocations = (u32)value[SAID_ALLOCATIONS],
		.bytes = value[SAID_BYTES],
		.addtime = value[SAID_ADDTIME],
		.usetime = value[SAID_USETIME],
	};

	if (life->given[severity])
		klips_build_lifetime(b, ext, &limits);
}

static void add_ends(struct klips_build *b, const struct spi *cmd)
{
	const struct klips_addr *dst = &cmd->sa.sa.dst;
	struct klips_addr any;

	said_addr_any(dst->family, &any);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, cmd->src.arg ? &cmd->src.addr : &any, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, dst, 0);
}

static void add_keys(struct klips_build *b, const struct spi *cmd)
{
	if (cmd->alg.auth_key)
		klips_build_key(b, KLIPS_EXT_KEY_AUTH, cmd->auth_key.bytes,
				8 * (unsigned int)cmd->auth_key.len);
	if (cmd->alg.enc_key)
		klips_build_key(b, KLIPS_EXT_KEY_ENCRYPT, cmd->enc_key.bytes,
				8 * (unsigned int)cmd->enc_key.len);
}

static void add_natt(struct klips_build *b, const struct spi *cmd)
{
	if (!cmd->natt)
		return;
	klips_build_natt_type(b, cmd->natt);
	if (cmd->sport)
		klips_build_natt_port(b, KLIPS_EXT_NAT_T_SPORT, cmd->sport);
	if (cmd->dport)
		klips_build_natt_port(b, KLIPS_EXT_NAT_T_DPORT, cmd->dport);
}

static void add_sa(struct klips_build *b, const struct spi *cmd)
{
	const struct klips_ext_sa sa = {
		.spi = cmd->sa.sa.spi,
		.replay = cmd->replay,
		.state = KLIPS_SASTATE_MATURE,
		.auth = cmd->alg.auth,
		.encrypt = cmd->alg.encrypt,
	};

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	add_life(b, KLIPS_EXT_LIFETIME_HARD, &cmd->life, SAID_HARD);
	add_life(b, KLIPS_EXT_LIFETIME_SOFT, &cmd->life, SAID_SOFT);
	add_ends(b, cmd);
	add_keys(b, cmd);
	add_natt(b, cmd);
	if (cmd->outif)
		klips_build_plumbif(b, cmd->outif);
	if (cmd->saref_me || cmd->saref_him)
		klips_build_saref(b, cmd->saref_me, cmd->saref_him);
	if (cmd->window || cmd->esn || cmd->seq)
		klips_build_replay(b, cmd->window, cmd->esn ? KLIPS_REPLAY_ESN : 0, cmd->seq);
}

static int cut_short(const struct tool_run *run)
{
	return tool_error(run, "pfkey write truncated");
}

static int request(struct tool_run *run, const struct spi *cmd)
{
	u8 satype = said_satype(cmd->action == SPI_CLEAR && cmd->sa.said ? KLIPS_PROTO_NONE :
				cmd->sa.sa.proto);
	struct klips_build *b;
	int length, err;

	if (cmd->action == SPI_CLEAR) {
		b = pfkey_start(&run->pk, KLIPS_MSG_FLUSH, satype);
	} else {
		b = pfkey_start(&run->pk, cmd->action == SPI_DEL ? KLIPS_MSG_DELETE : KLIPS_MSG_ADD,
				satype);
		add_sa(b, cmd);
	}
	if (b->err)
		return tool_error(run, "Trouble building pfkey message, error=%d.", b->err);
	length = (int)b->len;
	err = kernel_request(run);
	if (err == KERNEL_TOOK_PART)
		return cut_short(run);
	if (err)
		kernel_refused(run, &words, -err, length);
	return err ? TOOL_FAILED : TOOL_GO_ON;
}

/**
 * spi_send() - build and send the request
 * @run:	the run
 * @cmd:	checked options
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int spi_send(struct tool_run *run, const struct spi *cmd)
{
	int status = kernel_open(run, &words);

	return status == TOOL_GO_ON ? request(run, cmd) : status;
}
