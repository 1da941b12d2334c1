/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PF_KEY sockets: who hears what.
 */
#ifndef KLIPS_PFKEY_H
#define KLIPS_PFKEY_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct klips_addr;
struct klips_idents;
struct klips_net;
struct klips_sa;
struct net;
struct sock;

/**
 * struct klips_pfkey_net - PF_KEY in one namespace
 * @lock:	guards @socks and what they registered for; taken after config
 * @socks:	open sockets, newest first [lock]
 * @count:	how many they are [lock]
 * @building: bit 0: a batch builds a table [A]
 * @seq:	last sequence number of a message the kernel began [A]
 */
struct klips_pfkey_net {
	spinlock_t lock;
	struct hlist_head socks;
	unsigned int count;
	unsigned long building;
	atomic_t seq;
};

/**
 * klips_pfkey_init() - claim address family 15
 *
 * After the pernet state is registered: sockets may appear at once.
 *
 * Return: 0, -EBUSY if af_key has the family (said in words), or -errno.
 */
int klips_pfkey_init(void);

/**
 * klips_pfkey_exit() - give it back
 *
 * No socket is open: each holds a reference to the module.
 */
void klips_pfkey_exit(void);

/**
 * klips_pfkey_net_init() - start PF_KEY in a namespace
 * @kn:		the namespace
 *
 * Return: 0, or -ENOMEM if its files in /proc/net cannot be made.
 */
int klips_pfkey_net_init(struct klips_net *kn);

/**
 * klips_pfkey_net_exit() - end PF_KEY in a namespace
 * @kn:		the namespace; no socket is left in it
 */
void klips_pfkey_net_exit(struct klips_net *kn);

/**
 * klips_pfkey_next_seq() - sequence number for a message the kernel begins
 * @kn:		the namespace
 *
 * Context: any.
 * Return: 1, 2, ...
 */
u32 klips_pfkey_next_seq(struct klips_net *kn);

/**
 * klips_pfkey_queued() - memory of the messages nobody has read yet
 * @kn:		the namespace
 *
 * Context: any, without the lock of the sockets.
 * Return: bytes, on all sockets together.
 */
unsigned long klips_pfkey_queued(struct klips_net *kn);

/**
 * klips_pfkey_send_all() - queue a message on every open socket
 * @kn:		the namespace
 * @buf:	the message, copied
 * @len:	bytes in it
 *
 * A socket whose queue is full counts a drop; nobody else notices.
 *
 * Context: any.
 */
void klips_pfkey_send_all(struct klips_net *kn, const void *buf, size_t len);

/**
 * klips_pfkey_send_registered() - queue a message on the registered sockets
 * @kn:		the namespace
 * @satype:	enum klips_satype they registered for
 * @buf:	the message, copied
 * @len:	bytes in it
 *
 * Context: any.
 * Return: 0 if one of them has it; -EPROTONOSUPPORT if no socket is registered;
 * -ENOBUFS if all their queues are full.
 */
int klips_pfkey_send_registered(struct klips_net *kn, u8 satype, const void *buf, size_t len);

/**
 * klips_pfkey_send_one() - queue a message on one socket
 * @sk:		the socket
 * @buf:	the message, copied
 * @len:	bytes in it
 *
 * Context: process.
 */
void klips_pfkey_send_one(struct sock *sk, const void *buf, size_t len);

/**
 * klips_pfkey_register() - let a socket hear about an SA type
 * @sk:		the socket
 * @satype:	enum klips_satype
 *
 * Asking twice is asking once.  Lasts until the socket is closed.
 */
void klips_pfkey_register(struct sock *sk, u8 satype);

/* pfkey_proc.c: pf_key, pf_key_supported, pf_key_registered. */
int klips_pfkey_proc_net_init(struct klips_net *kn);
void klips_pfkey_proc_net_exit(struct klips_net *kn);

/* pfkey_notify.c: messages the kernel begins. */

/**
 * klips_pfkey_acquire() - ask the key daemons for an SA
 * @kn:		the namespace
 * @src:	source of the packet that needs it
 * @sport:	its port if the trap names one, else 0; network byte order
 * @dst:	destination
 * @dport:	its port if the trap names one, else 0; network byte order
 * @proto:	transport protocol if the trap names one, else 0
 * @idents:	identities that came with the trap, NULL none
 *
 * Context: any, packet path included.
 * Return: 0, -EPROTONOSUPPORT if no daemon listens, or -errno.
 */
int klips_pfkey_acquire(struct klips_net *kn, const struct klips_addr *src, __be16 sport,
			const struct klips_addr *dst, __be16 dport, u8 proto,
			const struct klips_idents *idents);

/**
 * klips_pfkey_expire() - tell everybody that an SA passed a limit
 * @sa:		the SA; its state is reported as it stands
 * @hard:	the hard limits, else the soft ones
 *
 * Context: any; the limits must not change meanwhile.
 */
void klips_pfkey_expire(const struct klips_sa *sa, bool hard);

/**
 * klips_pfkey_new_mapping() - tell key daemons that the peer's NAT has moved it
 * @sa:		inbound ESP SA whose packet, which was authentic, came from elsewhere
 * @src:	where it came from
 * @sport:	and the port, host byte order
 *
 * Context: any, packet path included.
 */
void klips_pfkey_new_mapping(const struct klips_sa *sa, const struct klips_addr *src, u16 sport);

#endif /* KLIPS_PFKEY_H */
