/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out PF_KEY messages. */
#ifndef KLIPS_PFKEY_OPS_H
#define KLIPS_PFKEY_OPS_H

struct klips_msg;
struct klips_net;
struct sock;

/**
 * klips_pfkey_do() - carry out a message and answer it
 * @kn:		namespace
 * @sk:		the sender's socket
 * @msg:	parsed message
 *
 * What is changed is changed before anybody is told.
 *
 * Context: process, may sleep.
 * Return: 0, and answers are queued; or -errno, and nothing has changed.
 */
int klips_pfkey_do(struct klips_net *kn, struct sock *sk, const struct klips_msg *msg);

#endif /* KLIPS_PFKEY_OPS_H */
