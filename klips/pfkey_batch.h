/* SPDX-License-Identifier: GPL-2.0-only */
/* PF_KEY sockets that load many eroutes at a time. */
#ifndef KLIPS_PFKEY_BATCH_H
#define KLIPS_PFKEY_BATCH_H

#include <linux/sockptr.h>
#include <klips/uapi.h>

#include "klips/pfkey_parse.h"

struct klips_net;
struct klips_radix;

/**
 * struct klips_batch - the batch of one socket, under the socket's lock; others look at its
 * mode without
 * @status:	mode, and what became of the entries so far
 * @aside:	with KLIPS_BATCH_WHOLE, the table being built
 * @last:	header of the last message, for the report
 */
struct klips_batch {
	struct klips_batch_status status;
	struct klips_radix *aside;
	struct klips_msg_hdr last;
};

/**
 * klips_batch_run() - carry out messages that lie back to back
 * @kn:		namespace
 * @b:		batch whose mode is not KLIPS_BATCH_OFF
 * @buf:	the messages, aligned to 8 bytes
 * @len:	bytes there
 *
 * Process context; takes config. Every message done is counted in @b->status;
 * the first that fails ends it, and its errno is there.
 *
 * Return: 0, the errno of the bad message, or -ECANCELED after an earlier one in
 * a batch that is done whole or not at all.
 */
int klips_batch_run(struct klips_net *kn, struct klips_batch *b, const void *buf, size_t len);

/**
 * klips_batch_set() - one of the socket options KLIPS_BATCH_...
 * @kn:		namespace
 * @b:		batch
 * @option:	its number
 * @value:	its value
 * @len:	bytes of it
 *
 * Process context; takes config.
 *
 * Return: 0; -ENOPROTOOPT, -EINVAL, -EFAULT; -EBUSY if another socket builds a
 * table, or this one in the middle of a batch; -ECANCELED when the batch has
 * failed; -ENOMEM.
 */
int klips_batch_set(struct klips_net *kn, struct klips_batch *b, int option, sockptr_t value,
		    unsigned int len);

/**
 * klips_batch_end() - drop what is not committed
 * @kn:		namespace
 * @b:		batch of a socket that is being closed
 */
void klips_batch_end(struct klips_net *kn, struct klips_batch *b);

#endif /* KLIPS_PFKEY_BATCH_H */
