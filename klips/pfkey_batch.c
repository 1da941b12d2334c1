// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches: ADDFLOW and DELFLOW messages back to back in one write, without an
 * answer each.
 *
 * Either each takes effect as it is read, up to the first bad one, or they
 * describe a whole new table: it is built where no packet sees it, and takes the
 * place of the old one in a single step, or is dropped. Which entry was bad, and
 * why, the socket remembers. Single messages are for pfkey_flow.c.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "klips/eroute.h"
#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/pfkey_batch.h"
#include "klips/pfkey_build.h"
#include "klips/pfkey_call.h"

/* So many under one hold of the config mutex: others get their turn. */
#define STRIDE		256

#define NOT_IN_TABLE	(KLIPS_SAFLAG_INFLOW | KLIPS_SAFLAG_POLICYONLY)

static int parse_flow(const void *at, size_t left, struct klips_msg *msg)
{
	const struct klips_msg_hdr *hdr = at;
	size_t bytes;

	if (left < sizeof(*hdr))
		return -EMSGSIZE;
	bytes = (size_t)hdr->len * KLIPS_PFKEY_WORD;
	if (bytes < sizeof(*hdr) || bytes > left)
		return -EMSGSIZE;
	if (hdr->type != KLIPS_MSG_ADDFLOW && hdr->type != KLIPS_MSG_DELFLOW)
		return -EINVAL;
	return klips_msg_parse(at, bytes, KLIPS_TO_KERNEL, msg, NULL);
}

static int room_aside(struct klips_net *kn, const struct klips_radix *r)
{
	return klips_quota_allows(kn, KLIPS_QUOTA_EROUTES, klips_radix_count(r), 1) ? 0 : -ENOSPC;
}

/* Into the table aside: entries only, and no %hold, which needs packets to keep. */
static int apply_aside(struct klips_net *kn, struct klips_radix *r, const struct klips_msg *msg)
{
	struct klips_eroute_spec spec;
	struct klips_ext_sa sa;
	int err;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	if (sa.flags & NOT_IN_TABLE)
		return -EINVAL;
	if (msg->hdr->type == KLIPS_MSG_DELFLOW) {
		err = klips_msg_selector(msg, &spec.sel);
		return err ?: klips_eroute_table_del(r, &spec.sel);
	}
	err = klips_flow_spec(msg, &spec);
	if (err)
		return err;
	err = room_aside(kn, r);
	if (!err)
		err = klips_eroute_table_add(r, &spec);
	klips_idents_put(spec.idents);
	return err;
}

static int apply(struct klips_net *kn, struct klips_batch *b, const struct klips_msg *msg)
{
	struct klips_selector sel;

	if (b->status.mode == KLIPS_BATCH_WHOLE)
		return apply_aside(kn, b->aside, msg);
	return msg->hdr->type == KLIPS_MSG_ADDFLOW ? klips_flow_add(kn, msg, &sel) :
						     klips_flow_del(kn, msg, &sel);
}

/* Up to STRIDE messages; how many bytes they were, or the errno of the bad one. */
static int run_some(struct klips_net *kn, struct klips_batch *b, const u8 *at, size_t left)
{
	struct klips_msg msg;
	int err, n, done = 0;

	for (n = 0; n < STRIDE && done < left; n++) {
		err = parse_flow(at + done, left - done, &msg);
		if (!err)
			err = apply(kn, b, &msg);
		if (err)
			return err;
		b->status.done++;
		b->last = *msg.hdr;
		done += msg.hdr->len * KLIPS_PFKEY_WORD;
	}
	return done;
}

/* One message for all that was done: "read the table anew". */
static void report(struct klips_net *kn, const struct klips_batch *b)
{
	struct klips_ext_sa sa = { .flags = KLIPS_SAFLAG_REPLACEFLOW };
	u64 buf[8];
	struct klips_build build;
	int len;

	klips_build_start(&build, buf, sizeof(buf), KLIPS_MSG_DELFLOW, KLIPS_SATYPE_INT,
			  b->last.seq, b->last.pid);
	klips_build_sa(&build, KLIPS_EXT_SA, &sa);
	len = klips_build_end(&build);
	if (!WARN_ON_ONCE(len < 0))
		klips_pfkey_send_all(kn, buf, len);
}

/* The table aside is no packet's, and no other writer's: the mutex is for the rest. */
static int run_all(struct klips_net *kn, struct klips_batch *b, const u8 *at, size_t left)
{
	bool each = b->status.mode == KLIPS_BATCH_EACH;
	int n;

	while (left) {
		if (each)
			mutex_lock(&kn->config);
		n = run_some(kn, b, at, left);
		if (each)
			mutex_unlock(&kn->config);
		if (n < 0)
			return n;
		at += n;
		left -= n;
		cond_resched();
	}
	return 0;
}

static void drop_aside(struct klips_net *kn, struct klips_batch *b)
{
	if (!b->aside)
		return;
	klips_eroute_table_free(b->aside);
	b->aside = NULL;
	clear_bit(0, &kn->pfkey.building);
}

int klips_batch_run(struct klips_net *kn, struct klips_batch *b, const void *buf, size_t len)
{
	bool whole = b->status.mode == KLIPS_BATCH_WHOLE;
	u64 before = b->status.done;
	ktime_t start = ktime_get();
	int err;

	if (!whole && b->status.mode != KLIPS_BATCH_EACH)
		return -ECANCELED;	/* another thread ended it */
	if (whole && !b->aside)
		return -ECANCELED;
	b->status.error = 0;
	err = run_all(kn, b, buf, len);
	b->status.error = -err;
	if (whole && err)
		drop_aside(kn, b);
	if (!whole && b->status.done > before)
		report(kn, b);
	b->status.nanoseconds += ktime_to_ns(ktime_sub(ktime_get(), start));
	return err;
}

static int set_mode(struct klips_net *kn, struct klips_batch *b, u32 mode)
{
	if (mode > KLIPS_BATCH_WHOLE)
		return -EINVAL;
	drop_aside(kn, b);
	WRITE_ONCE(b->status.mode, KLIPS_BATCH_OFF);
	memset_after(&b->status, 0, mode);
	memset(&b->last, 0, sizeof(b->last));
	if (mode == KLIPS_BATCH_WHOLE) {
		if (test_and_set_bit(0, &kn->pfkey.building))
			return -EBUSY;
		b->aside = klips_radix_new();
		if (!b->aside) {
			clear_bit(0, &kn->pfkey.building);
			return -ENOMEM;
		}
	}
	WRITE_ONCE(b->status.mode, mode);
	return 0;
}

/* The batch ends with it: another one begins with another KLIPS_BATCH_MODE. */
static int commit(struct klips_net *kn, struct klips_batch *b)
{
	ktime_t start = ktime_get();
	struct klips_radix *old;

	if (b->status.mode != KLIPS_BATCH_WHOLE)
		return -EINVAL;
	if (!b->aside)
		return -ECANCELED;
	mutex_lock(&kn->config);
	old = klips_eroute_table_swap(kn, b->aside);
	report(kn, b);
	mutex_unlock(&kn->config);
	b->status.nanoseconds += ktime_to_ns(ktime_sub(ktime_get(), start));
	b->aside = old;
	drop_aside(kn, b);
	WRITE_ONCE(b->status.mode, KLIPS_BATCH_OFF);
	return 0;
}

int klips_batch_set(struct klips_net *kn, struct klips_batch *b, int option, sockptr_t value,
		    unsigned int len)
{
	u32 number;

	if (option != KLIPS_BATCH_MODE && option != KLIPS_BATCH_COMMIT)
		return -ENOPROTOOPT;
	if (len != sizeof(number))
		return -EINVAL;
	if (copy_from_sockptr(&number, value, sizeof(number)))
		return -EFAULT;
	if (option == KLIPS_BATCH_MODE)
		return set_mode(kn, b, number);
	return number == 1 ? commit(kn, b) : -EINVAL;
}

void klips_batch_end(struct klips_net *kn, struct klips_batch *b)
{
	drop_aside(kn, b);
}
