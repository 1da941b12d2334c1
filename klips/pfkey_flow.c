// SPDX-License-Identifier: GPL-2.0-only
/*
 * ADDFLOW and DELFLOW: eroutes, and what may come out of inbound tunnels.
 *
 * A flow with INFLOW or POLICYONLY makes no eroute: it is kept with the IPIP SA
 * that follows the SAID it names, and checked when packets leave that tunnel.
 */
#include "klips/eroute.h"
#include "klips/ident.h"
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

int klips_flow_spec(const struct klips_msg *msg, struct klips_eroute_spec *spec)
{
	struct klips_ext_sa sa;
	int err;

	err = klips_msg_selector(msg, &spec->sel);
	if (!err)
		err = klips_msg_said(msg, KLIPS_SAID_FIRST, &spec->said);
	if (err)
		return err;
	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	spec->pid = msg->hdr->pid;
	spec->replace = sa.flags & KLIPS_SAFLAG_REPLACEFLOW;
	spec->idents = klips_idents_of(msg);
	return PTR_ERR_OR_ZERO(spec->idents);
}

int klips_flow_add(struct klips_net *kn, const struct klips_msg *msg, struct klips_selector *sel)
{
	struct klips_eroute_spec spec;
	struct klips_ext_sa sa;
	int err = klips_flow_spec(msg, &spec);

	if (err)
		return err;
	*sel = spec.sel;
	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	err = sa.flags & NO_EROUTE ? set_inflow(kn, &spec.said, sel) : klips_eroute_add(kn, &spec);
	klips_idents_put(spec.idents);
	return err;
}

int klips_call_addflow(struct klips_call *c)
{
	struct klips_selector sel;
	int err = klips_flow_add(c->kn, c->msg, &sel);

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

/* Is a DELFLOW about one eroute? */
static bool about_one(const struct klips_msg *msg)
{
	struct klips_ext_sa sa;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	return !(sa.flags & (KLIPS_SAFLAG_POLICYONLY | KLIPS_SAFLAG_CLEARFLOW));
}

int klips_flow_del(struct klips_net *kn, const struct klips_msg *msg, struct klips_selector *sel)
{
	struct klips_ext_sa sa;
	int err;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	if (sa.flags & KLIPS_SAFLAG_POLICYONLY)
		return 0;
	if (sa.flags & KLIPS_SAFLAG_CLEARFLOW)
		return klips_eroute_clear(kn);
	err = klips_msg_selector(msg, sel);
	return err ? err : klips_eroute_del(kn, sel);
}

/* The answer to a message about no single eroute is its SA alone. */
int klips_call_delflow(struct klips_call *c)
{
	struct klips_selector sel;
	int err = klips_flow_del(c->kn, c->msg, &sel);

	if (err)
		return err;
	klips_call_answer(c);
	klips_call_echo_sa(c, KLIPS_EXT_SA);
	if (about_one(c->msg))
		klips_build_selector(&c->answer, &sel);
	klips_call_tell_all(c);
	return 0;
}
