/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a DUMP stands on its socket. */
#ifndef KLIPS_PFKEY_DUMP_H
#define KLIPS_PFKEY_DUMP_H

#include <linux/types.h>

struct klips_msg;
struct sock;

/**
 * struct klips_dump - an answer to DUMP that is not complete yet
 * @on:		there is one
 * @proto:	of the SAs asked for, 0 all
 * @satype:	as it was asked for
 * @seq:	of the request
 * @pid:	of the request
 * @next:	number of the SA to go on with, in klips_net.sa_ids
 */
struct klips_dump {
	bool on;
	u8 proto;
	u8 satype;
	u32 seq;
	u32 pid;
	unsigned long next;
};

/**
 * klips_dump_start() - answer a DUMP, as far as the queue has room now
 * @sk:		the sender's socket, not locked
 * @msg:	the request
 *
 * Return: 0; -EBUSY if an earlier one is not read to its end; -ENOMEM.
 */
int klips_dump_start(struct sock *sk, const struct klips_msg *msg);

/**
 * klips_dump_go_on() - some messages have been read: queue more
 * @sk:		socket, not locked
 */
void klips_dump_go_on(struct sock *sk);

#endif /* KLIPS_PFKEY_DUMP_H */
