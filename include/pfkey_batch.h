/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/pfkey, batches: many ADDFLOW and DELFLOW requests in few writes, without an
 * answer each; each applied as it comes, or a whole table at once.
 *
 * Begin, then for each request pfkey_start(), klips_build_...() and
 * pfkey_batch_put(); at the end pfkey_batch_flush(), or pfkey_batch_commit() for a
 * whole table. After an error pfkey_batch_status() says which entry was bad.
 */
#ifndef PFKEY_BATCH_H
#define PFKEY_BATCH_H

#include <klips/uapi.h>

#include "pfkey.h"

/**
 * struct pfkey_batch - requests that wait to be written
 * @pk:		open connection
 * @buf:	them, back to back
 * @len:	bytes of them
 */
struct pfkey_batch {
	struct pfkey *pk;
	u8 *buf;
	size_t len;
};

/**
 * pfkey_batch_begin() - switch a connection to batches
 * @b:		filled in
 * @pk:		open connection; between here and pfkey_batch_end() it takes nothing else
 * @mode:	KLIPS_BATCH_EACH or KLIPS_BATCH_WHOLE
 *
 * Return: 0; -EOPNOTSUPP if the module is too old; -EBUSY if another program is
 * building a table; -ENOMEM or another negative errno.
 */
int pfkey_batch_begin(struct pfkey_batch *b, struct pfkey *pk, enum klips_batch_mode mode);

/**
 * pfkey_batch_put() - end the request in @b->pk, and keep or write it
 * @b:		batch
 *
 * Return: 0, or a negative errno of the builder or, for an earlier entry perhaps,
 * of the kernel.
 */
int pfkey_batch_put(struct pfkey_batch *b);

/**
 * pfkey_batch_flush() - write what waits
 * @b:		batch
 *
 * Return: 0, or the negative errno of the first bad entry.
 */
int pfkey_batch_flush(struct pfkey_batch *b);

/**
 * pfkey_batch_commit() - write what waits, and put the table in place
 * @b:		batch of KLIPS_BATCH_WHOLE
 *
 * Return: 0, or a negative errno, and the table in use is as it was.
 */
int pfkey_batch_commit(struct pfkey_batch *b);

/**
 * pfkey_batch_status() - what the kernel has done
 * @b:		batch
 * @st:		filled in
 *
 * Return: 0 or a negative errno.
 */
int pfkey_batch_status(const struct pfkey_batch *b, struct klips_batch_status *st);

/**
 * pfkey_batch_end() - single requests again
 * @b:		batch, or one whose beginning failed
 *
 * What was neither flushed nor committed is dropped.
 */
void pfkey_batch_end(struct pfkey_batch *b);

#endif /* PFKEY_BATCH_H */
