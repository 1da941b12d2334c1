// SPDX-License-Identifier: GPL-2.0-only
/*
 * DUMP: all SAs, or those of a type, one message each, to the one who asked; the
 * last message is a bare header.
 *
 * A queue holds a few hundred messages and there may be 100,000 SAs, so the answer
 * comes in pieces: whoever reads makes room for the next. SAs are found by their
 * numbers, which only grow, so what is there all the time is told once. Keys are
 * never told.  RFC 2367, 3.1.10.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "klips/ident.h"
#include "klips/klips.h"
#include "klips/pfkey_build.h"
#include "klips/pfkey_dump.h"
#include "klips/pfkey_notify.h"
#include "klips/pfkey_parse.h"
#include "klips/pfkey_sock.h"
#include "klips/sa.h"

#define BYTES_MAX	((64 + KLIPS_IDENTS_WORDS) * KLIPS_PFKEY_WORD)

/* Half of the queue is for what others say; the other is filled when it is half empty. */
static bool fills_less(const struct sock *sk, int part)
{
	return atomic_read(&sk->sk_rmem_alloc) < READ_ONCE(sk->sk_rcvbuf) / part;
}

static void tell_sa(struct klips_build *b, const struct klips_sa *sa)
{
	klips_pfkey_put_sa(b, sa);
	klips_pfkey_put_current(b, sa);
	klips_pfkey_put_limits(b, KLIPS_EXT_LIFETIME_HARD, &sa->hard, false);
	klips_pfkey_put_limits(b, KLIPS_EXT_LIFETIME_SOFT, &sa->soft, false);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &sa->src, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &sa->said.dst, 0);
	klips_idents_tell(b, sa->idents);
	klips_pfkey_put_replay(b, sa);
}

/* The next message; behind the last SA it is the bare header. Return: its length. */
static int next_message(struct klips_net *kn, struct klips_dump *d, void *buf)
{
	const struct klips_sa *sa;
	struct klips_build b;

	rcu_read_lock();
	do {
		sa = xa_find(&kn->sa_ids, &d->next, ULONG_MAX, XA_PRESENT);
		if (sa)
			d->next++;
	} while (sa && d->proto && sa->said.proto != d->proto);
	klips_build_start(&b, buf, BYTES_MAX, KLIPS_MSG_DUMP,
			  sa ? klips_proto_to_satype(sa->said.proto) : d->satype, d->seq, d->pid);
	if (sa)
		tell_sa(&b, sa);
	rcu_read_unlock();
	WRITE_ONCE(d->on, !!sa);
	return klips_build_end(&b);
}

static int fill_queue(struct sock *sk)
{
	struct klips_dump *d = &klips_pfkey_sock(sk)->dump;
	void *buf = kmalloc(BYTES_MAX, GFP_KERNEL);
	int len;

	if (!buf)
		return -ENOMEM;
	while (d->on && fills_less(sk, 2)) {
		len = next_message(klips_net(sock_net(sk)), d, buf);
		if (!WARN_ON_ONCE(len < 0))
			klips_pfkey_send_one(sk, buf, len);
	}
	kfree(buf);
	return 0;
}

/* Readers look at d->on without the lock. */
static void begin(struct klips_dump *d, const struct klips_msg_hdr *hdr)
{
	d->satype = hdr->satype;
	d->proto = klips_satype_to_proto(hdr->satype);
	d->seq = hdr->seq;
	d->pid = hdr->pid;
	d->next = 0;
	WRITE_ONCE(d->on, true);
}

int klips_dump_start(struct sock *sk, const struct klips_msg *msg)
{
	struct klips_dump *d = &klips_pfkey_sock(sk)->dump;
	int err = -EBUSY;

	lock_sock(sk);
	if (!d->on) {
		begin(d, msg->hdr);
		err = fill_queue(sk);
		if (err)
			WRITE_ONCE(d->on, false);
	}
	release_sock(sk);
	return err;
}

void klips_dump_go_on(struct sock *sk)
{
	if (!READ_ONCE(klips_pfkey_sock(sk)->dump.on) || !fills_less(sk, 4))
		return;
	lock_sock(sk);
	fill_queue(sk);
	release_sock(sk);
}
