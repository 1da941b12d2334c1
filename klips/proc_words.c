// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words that several files of /proc write.
 */
#include "klips/algo.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/sa.h"
#include "klips/said_text.h"
#include "klips/xform.h"

/**
 * klips_proc_put_said() - a SAID, as every listing writes it
 * @m:		file
 * @said:	the SAID
 */
void klips_proc_put_said(struct seq_file *m, const struct klips_said *said)
{
	char text[KLIPS_SAID_TEXT];

	klips_said_ntop(said, KLIPS_SAID_HEX, text, sizeof(text));
	seq_puts(m, text);
}

static void put_side(struct seq_file *m, u8 family, const union klips_radix_addr *prefix,
		     u8 bits, __be16 port)
{
	struct klips_addr addr = { .family = family };
	char text[KLIPS_SUBNET_TEXT];

	memcpy(addr.bytes, prefix->bytes, sizeof(addr.bytes));
	klips_subnet_ntop(&addr, bits, ntohs(port), text, sizeof(text));
	seq_printf(m, "%-18s", text);
}

/**
 * klips_proc_put_flow() - a selector, as eroute/all writes it, up to the arrow
 * @m:		file
 * @sel:	the selector
 */
void klips_proc_put_flow(struct seq_file *m, const struct klips_selector *sel)
{
	put_side(m, sel->family, &sel->src, sel->src_len, sel->sport);
	seq_puts(m, " -> ");
	put_side(m, sel->family, &sel->dst, sel->dst_len, sel->dport);
	seq_puts(m, " => ");
}

/**
 * klips_proc_put_sa_name() - what an SA does, as ESP_AES_HMAC_SHA1
 * @m:	file
 * @sa:	the SA
 */
void klips_proc_put_sa_name(struct seq_file *m, const struct klips_sa *sa)
{
	const struct klips_algo_encr *encr = klips_algo_encr_find(sa->encrypt);
	const struct klips_algo_auth *auth = klips_algo_auth_find(sa->auth);

	if (!sa->xform) {
		seq_puts(m, klips_proto_word(sa->said.proto) ?: "UNKNOWN_proto");
		return;
	}
	seq_puts(m, sa->xform->name);
	if (sa->said.proto == KLIPS_PROTO_COMP)
		seq_puts(m, "_DEFLATE");	/* there is no other */
	if (encr && sa->said.proto == KLIPS_PROTO_ESP)
		seq_puts(m, encr->word);
	if (auth)
		seq_puts(m, auth->word);
}

/**
 * klips_proc_natencap() - word for a kind of NAT traversal
 * @natt:	enum klips_natt
 */
const char *klips_proc_natencap(u8 natt)
{
	switch (natt) {
	case KLIPS_NATT_NONE:
		return "none";
	case KLIPS_NATT_NONIKE:
		return "nonike";
	case KLIPS_NATT_NONESP:
		return "nonesp";
	default:
		return "unknown";
	}
}

/**
 * klips_proc_state() - word for the state of an SA
 * @state:	enum klips_sastate
 */
const char *klips_proc_state(u8 state)
{
	switch (state) {
	case KLIPS_SASTATE_LARVAL:
		return "larval";
	case KLIPS_SASTATE_MATURE:
		return "mature";
	case KLIPS_SASTATE_DYING:
		return "dying";
	default:
		return "dead";
	}
}
