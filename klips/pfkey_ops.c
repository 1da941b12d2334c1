// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carrying out PF_KEY messages: which function does which type, and the small
 * ones: REGISTER, FLUSH, echoes, debug masks, devices.
 *
 * What concerns single SAs is in pfkey_sa.c, eroutes are in pfkey_flow.c.
 * Everything that changes SAs or eroutes runs under the namespace's config
 * mutex, and is announced under it too, so that listeners see changes in the
 * order in which they happened.  RFC 2367, 3.1.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include <klips/uapi.h>

#include "klips/debug.h"
#include "klips/device.h"
#include "klips/klips.h"
#include "klips/pfkey.h"
#include "klips/pfkey_call.h"
#include "klips/pfkey_dump.h"
#include "klips/pfkey_ops.h"
#include "klips/pfkey_supported.h"
#include "klips/sa.h"
#include "klips/xform.h"

#define DEBUG_SET	BIT(31)	/* in the netlink mask: set bits, else clear them */

struct klips_build *klips_call_answer(struct klips_call *c)
{
	const struct klips_msg_hdr *hdr = c->msg->hdr;

	klips_build_start(&c->answer, c->buf, sizeof(c->buf), hdr->type, hdr->satype, hdr->seq,
			  hdr->pid);
	return &c->answer;
}

void klips_call_echo_sa(struct klips_call *c, enum klips_ext_type ext)
{
	struct klips_ext_sa sa;

	klips_msg_sa(c->msg, ext, &sa);
	klips_build_sa(&c->answer, ext, &sa);
}

void klips_call_echo_addr(struct klips_call *c, enum klips_ext_type ext)
{
	struct klips_addr addr;
	__be16 port;

	if (klips_msg_addr(c->msg, ext, &addr, &port))
		klips_build_addr(&c->answer, ext, &addr, port);
}

static void echo_ident(struct klips_call *c, enum klips_ext_type ext)
{
	const char *text;
	u16 type;
	u64 id;

	if (klips_msg_ident(c->msg, ext, &type, &id, &text))
		klips_build_ident(&c->answer, ext, type, id, text);
}

void klips_call_echo_idents(struct klips_call *c)
{
	echo_ident(c, KLIPS_EXT_IDENTITY_SRC);
	echo_ident(c, KLIPS_EXT_IDENTITY_DST);
}

/* What was asked is done by now: an answer that cannot be written is only lost. */
static int finish(struct klips_call *c)
{
	int len = klips_build_end(&c->answer);

	WARN_ON_ONCE(len < 0);
	return len;
}

void klips_call_tell_all(struct klips_call *c)
{
	int len = finish(c);

	if (len > 0)
		klips_pfkey_send_all(c->kn, c->buf, len);
}

void klips_call_tell_sender(struct klips_call *c)
{
	int len = finish(c);

	if (len > 0)
		klips_pfkey_send_one(c->sk, c->buf, len);
}

/* That those who listen do not read is not the sender's fault (pfkey.md, 1.5). */
static int tell_registered(struct klips_call *c, const void *buf, size_t len)
{
	int err = klips_pfkey_send_registered(c->kn, c->msg->hdr->satype, buf, len);

	return err == -ENOBUFS ? 0 : err;
}

/* A daemon refuses a connection on behalf of others: they hear it as it is. */
static int do_acquire(struct klips_call *c)
{
	return tell_registered(c, c->msg->hdr, c->msg->hdr->len * KLIPS_PFKEY_WORD);
}

static int answer_register(struct klips_call *c, struct klips_supported *list)
{
	struct klips_build *b = klips_call_answer(c);
	u8 satype = c->msg->hdr->satype;
	int ext, len;

	for (ext = KLIPS_EXT_SUPPORTED_AUTH; ext <= KLIPS_EXT_SUPPORTED_ENCRYPT; ext++) {
		klips_pfkey_supported(list, satype, ext);
		klips_build_supported(b, ext, list->alg, list->count);
	}
	len = klips_build_end(b);
	if (len < 0)
		return len;
	klips_pfkey_register(c->sk, satype);
	return tell_registered(c, c->buf, len);
}

/* An SA type without a transform is refused: daemons take success for an offer. */
static int do_register(struct klips_call *c)
{
	struct klips_supported *list;
	int err;

	if (!klips_xform_find(klips_satype_to_proto(c->msg->hdr->satype)))
		return -EINVAL;
	list = kmalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	err = answer_register(c, list);
	kfree(list);
	return err;
}

static int do_expire(struct klips_call *c)
{
	klips_call_answer(c);
	klips_call_tell_all(c);
	return 0;
}

static int do_flush(struct klips_call *c)
{
	klips_sa_flush(c->kn, klips_satype_to_proto(c->msg->hdr->satype));
	klips_call_answer(c);
	klips_call_tell_all(c);
	return 0;
}

static int do_refuse(struct klips_call *c)
{
	return -EINVAL;
}

static int do_unsupported(struct klips_call *c)
{
	return -ENOSYS;
}

static int do_dump(struct klips_call *c)
{
	return klips_dump_start(c->sk, c->msg);
}

static void change_mask(unsigned int *word, u32 mask, bool set)
{
	WRITE_ONCE(*word, set ? *word | mask : *word & mask);
}

/* Nobody is told: klipsdebug closes without reading. */
static int do_debug(struct klips_call *c)
{
	const struct klips_ext_debug *m = (const void *)c->msg->ext[KLIPS_EXT_DEBUG];
	struct klips_debug *d = &c->kn->sysctl.debug;
	bool set = m->netlink & DEBUG_SET;

	change_mask(&d->tunnel, m->tunnel, set);
	change_mask(&d->netlink, m->netlink & ~DEBUG_SET, set);
	change_mask(&d->xform, m->xform, set);
	change_mask(&d->eroute, m->eroute, set);
	change_mask(&d->spi, m->spi, set);
	change_mask(&d->radij, m->radij, set);
	change_mask(&d->esp, m->esp, set);
	change_mask(&d->ah, m->ah, set);
	change_mask(&d->rcv, m->rcv, set);
	change_mask(&d->pfkey, m->pfkey, set);
	change_mask(&d->ipcomp, m->ipcomp, set);
	change_mask(&d->verbose, m->verbose, set);
	return klips_debug_changed(c->kn);
}

/* The write succeeds; whether the device came or went, only the answer says. */
static int do_plumbif(struct klips_call *c)
{
	struct klips_build *b;
	unsigned int number;
	int err = -ENOENT;
	u16 ifnum = 0;

	klips_msg_plumbif(c->msg, &ifnum);
	number = ifnum - KLIPS_PLUMBIF_IPSEC;
	if (ifnum >= KLIPS_PLUMBIF_IPSEC && number < KLIPS_DEV_MAX)
		err = c->msg->hdr->type == KLIPS_MSG_PLUMBIF ?
			klips_dev_create(c->kn->net, number) :
			klips_dev_destroy(c->kn->net, number);
	b = klips_call_answer(c);
	klips_build_errno(b, err);
	klips_build_plumbif(b, ifnum);
	klips_call_tell_sender(c);
	return 0;
}

/* rtnl and the lock of a socket, which some take, come before config. */
static const struct {
	int (*run)(struct klips_call *c);
	bool without_config;
} ops[KLIPS_MSG_MAX + 1] = {
	[KLIPS_MSG_GETSPI] = { klips_call_getspi },
	[KLIPS_MSG_UPDATE] = { klips_call_update },
	[KLIPS_MSG_ADD] = { klips_call_add },
	[KLIPS_MSG_DELETE] = { klips_call_delete },
	[KLIPS_MSG_GET] = { klips_call_get },
	[KLIPS_MSG_ACQUIRE] = { do_acquire },
	[KLIPS_MSG_REGISTER] = { do_register, true },
	[KLIPS_MSG_EXPIRE] = { do_expire },
	[KLIPS_MSG_FLUSH] = { do_flush },
	[KLIPS_MSG_DUMP] = { do_dump, true },
	[KLIPS_MSG_PROMISC] = { do_unsupported },
	[KLIPS_MSG_PCHANGE] = { do_unsupported },
	[KLIPS_MSG_GRPSA] = { klips_call_grpsa },
	[KLIPS_MSG_ADDFLOW] = { klips_call_addflow },
	[KLIPS_MSG_DELFLOW] = { klips_call_delflow },
	[KLIPS_MSG_DEBUG] = { do_debug },
	[KLIPS_MSG_NAT_T_NEW_MAPPING] = { do_refuse },
	[KLIPS_MSG_PLUMBIF] = { do_plumbif, true },
	[KLIPS_MSG_UNPLUMBIF] = { do_plumbif, true },
};

int klips_pfkey_do(struct klips_net *kn, struct sock *sk, const struct klips_msg *msg)
{
	struct klips_call *c = kmalloc(sizeof(*c), GFP_KERNEL);
	u8 type = msg->hdr->type;
	int err;

	if (!c)
		return -ENOMEM;
	c->kn = kn;
	c->sk = sk;
	c->msg = msg;
	if (!ops[type].without_config)
		mutex_lock(&kn->config);
	err = ops[type].run(c);
	if (!ops[type].without_config)
		mutex_unlock(&kn->config);
	kfree(c);
	return err;
}
