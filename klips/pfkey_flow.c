// SPDX-License-Identifier: GPL-2.0-only
/*
 * ADDFLOW and DELFLOW: eroutes, and what may come out of inbound tunnels.
 *
 * A flow with INFLOW or POLICYONLY makes no eroute: it is kept with the IPIP SA
 * that follows the SAID it names, and checked when packets leave that tunnel.
 */
#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/pfkey_call.h"
#include "klips/sa.h"

#define NO_EROUTE	(KLIPS_SAFLAG_INFLOW | KLIPS_SAFLAG_POLICYONLY)

static int set_inflow(struct klips_net *kn, const struct klips_said *said,
		      const struct klips_selector *sel)
{
	struct klips_sa *sa = klips_sa_find(kn, said);

	return sa ? klips_sa_set_inflow(sa, sel) : -ENOENT;
}

int klips_call_addflow(struct klips_call *c)
{
	struct klips_selector sel;
	struct klips_ext_sa sa;
	struct klips_said said;
	int err;

	err = klips_msg_selector(c->msg, &sel);
	if (!err)
		err = klips_msg_said(c->msg, KLIPS_SAID_FIRST, &said);
	if (err)
		return err;
	klips_msg_sa(c->msg, KLIPS_EXT_SA, &sa);
	if (sa.flags & NO_EROUTE)
		err = set_inflow(c->kn, &said, &sel);
	else
		err = klips_eroute_add(c->kn, &sel, &said, c->msg->hdr->pid,
				       sa.flags & KLIPS_SAFLAG_REPLACEFLOW);
	if (err)
		return err;
	klips_call_answer(c);
	klips_call_echo_sa(c, KLIPS_EXT_SA);
	klips_call_echo_addr(c, KLIPS_EXT_ADDRESS_SRC);
	klips_call_echo_addr(c, KLIPS_EXT_ADDRESS_DST);
	klips_build_selector(&c->answer, &sel);
	klips_call_tell_all(c);
	return 0;
}

/* The answer to a message about no single eroute is its SA alone. */
int klips_call_delflow(struct klips_call *c)
{
	struct klips_selector sel;
	struct klips_ext_sa sa;
	bool one = false;
	int err = 0;

	klips_msg_sa(c->msg, KLIPS_EXT_SA, &sa);
	if (sa.flags & KLIPS_SAFLAG_POLICYONLY) {
		err = 0;
	} else if (sa.flags & KLIPS_SAFLAG_CLEARFLOW) {
		err = klips_eroute_clear(c->kn);
	} else {
		one = true;
		err = klips_msg_selector(c->msg, &sel);
		if (!err)
			err = klips_eroute_del(c->kn, &sel);
	}
	if (err)
		return err;
	klips_call_answer(c);
	klips_call_echo_sa(c, KLIPS_EXT_SA);
	if (one)
		klips_build_selector(&c->answer, &sel);
	klips_call_tell_all(c);
	return 0;
}
