/* SPDX-License-Identifier: GPL-2.0-only */
/* What a PF_KEY socket is made of, for pfkey.c and the files in /proc/net. */
#ifndef KLIPS_PFKEY_SOCK_H
#define KLIPS_PFKEY_SOCK_H

#include <net/sock.h>

#include "klips/pfkey_batch.h"
#include "klips/pfkey_dump.h"

/**
 * struct klips_pfkey_sock - a PF_KEY socket
 * @sk:		the socket proper; first
 * @node:	in klips_pfkey_net.socks [klips_pfkey_net.lock]
 * @registered:	SA types it registered for, bit n for n [klips_pfkey_net.lock]
 * @batch:	batches of eroutes [the socket's lock; its mode also READ_ONCE()]
 * @dump:	an answer to DUMP [the socket's lock; on also READ_ONCE()]
 * @pid:	process that opened it, in that process's pid namespace [I]
 */
struct klips_pfkey_sock {
	struct sock sk;
	struct hlist_node node;
	u16 registered;
	struct klips_batch batch;
	struct klips_dump dump;
	pid_t pid;
};

static inline struct klips_pfkey_sock *klips_pfkey_sock(struct sock *sk)
{
	return container_of(sk, struct klips_pfkey_sock, sk);
}

#endif /* KLIPS_PFKEY_SOCK_H */
