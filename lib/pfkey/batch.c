// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Batches of requests about eroutes: gathered in a buffer, written in one piece.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "pfkey_batch.h"

static int set_option(const struct pfkey_batch *b, int option, u32 value)
{
	return setsockopt(b->pk->fd, KLIPS_SOL_PFKEY, option, &value, sizeof(value)) ? -errno : 0;
}

int pfkey_batch_begin(struct pfkey_batch *b, struct pfkey *pk, enum klips_batch_mode mode)
{
	*b = (struct pfkey_batch){ .pk = pk, .buf = malloc(KLIPS_BATCH_BYTES) };
	return b->buf ? set_option(b, KLIPS_BATCH_MODE, mode) : -ENOMEM;
}

int pfkey_batch_flush(struct pfkey_batch *b)
{
	size_t len = b->len;
	ssize_t sent;

	if (!len)
		return 0;
	b->len = 0;
	sent = send(b->pk->fd, b->buf, len, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EIO;
}

int pfkey_batch_put(struct pfkey_batch *b)
{
	int len = klips_build_end(&b->pk->build);
	int err = 0;

	if (len < 0)
		return len;
	if (b->len + len > KLIPS_BATCH_BYTES)
		err = pfkey_batch_flush(b);
	if (err)
		return err;
	memcpy(b->buf + b->len, b->pk->request, len);
	b->len += len;
	return 0;
}

int pfkey_batch_commit(struct pfkey_batch *b)
{
	int err = pfkey_batch_flush(b);

	return err ? err : set_option(b, KLIPS_BATCH_COMMIT, 1);
}

int pfkey_batch_status(const struct pfkey_batch *b, struct klips_batch_status *st)
{
	socklen_t len = sizeof(*st);

	if (getsockopt(b->pk->fd, KLIPS_SOL_PFKEY, KLIPS_BATCH_STATUS, st, &len))
		return -errno;
	return len == sizeof(*st) ? 0 : -EIO;
}

void pfkey_batch_end(struct pfkey_batch *b)
{
	set_option(b, KLIPS_BATCH_MODE, KLIPS_BATCH_OFF);
	free(b->buf);
	*b = (struct pfkey_batch){};
}
