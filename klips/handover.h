/* SPDX-License-Identifier: GPL-2.0-only */
/* SAs leave for the next load of the module, and come back from the last one. */
#ifndef KLIPS_HANDOVER_H
#define KLIPS_HANDOVER_H

#include <linux/sockptr.h>
#include <linux/types.h>

#include <klips/handover_uapi.h>

struct klips_net;
struct klips_sa;
struct klips_sa_spec;
struct sock;

/**
 * struct klips_sa_keys - an SA's keys as they were given, for the handover alone
 * @auth_bytes:		length of the first
 * @encrypt_bytes:	length of the second
 * @bytes:		both
 *
 * What the ciphers keep cannot be read back. This is no more of a secret than
 * that, lies beside it, and is wiped like it.
 */
struct klips_sa_keys {
	u8 auth_bytes;
	u8 encrypt_bytes;
	u8 bytes[];
};

int klips_handover_keep_keys(struct klips_sa *sa, const struct klips_sa_spec *spec);
int klips_handover_set(struct sock *sk, int option, sockptr_t value, unsigned int len);
int klips_handover_get(struct sock *sk, char __user *value, int __user *len);

#endif /* KLIPS_HANDOVER_H */
