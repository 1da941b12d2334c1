/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/pfkey: talk PF_KEY with the kernel.
 *
 * A program begins a request with pfkey_start(), adds extensions with the
 * klips_build_…() functions (klips/pfkey_build.h), sends it, and, if it cares,
 * waits for the answer and reads it with the klips_msg_…() functions
 * (klips/pfkey_parse.h).  Without a socket the request can still be looked at.
 * Every function returns 0 or a negative errno; texts are the caller's.
 */
#ifndef PFKEY_H
#define PFKEY_H

#include "klips/pfkey_build.h"
#include "klips/pfkey_parse.h"

/**
 * struct pfkey - a connection to the kernel, or a request without one
 * @fd:		socket, -1 if none
 * @pid:	process id put into requests, from the first one on
 * @seq:	sequence number of the last request
 * @build:	the request being written
 * @request:	its bytes; wiped when sent, they may hold keys
 * @reply:	the last message received
 */
struct pfkey {
	int fd;
	u32 pid;
	u32 seq;
	struct klips_build build;
	_Alignas(8) u8 request[KLIPS_PFKEY_MAX_BYTES];
	_Alignas(8) u8 reply[KLIPS_PFKEY_MAX_BYTES];
};

/**
 * pfkey_init() - prepare without a socket
 * @pk:		filled in
 */
void pfkey_init(struct pfkey *pk);

/**
 * pfkey_open() - prepare and open a socket
 * @pk:		filled in, on failure too
 *
 * Return: 0; -EAFNOSUPPORT if no module serves PF_KEY, -EACCES without
 * CAP_NET_ADMIN, or another negative errno of socket().
 */
int pfkey_open(struct pfkey *pk);

/**
 * pfkey_close() - close the socket, wipe the buffers
 * @pk:		opened or only initialised
 */
void pfkey_close(struct pfkey *pk);

/**
 * pfkey_start() - begin a request
 * @pk:		connection
 * @type:	enum klips_msg_type
 * @satype:	enum klips_satype
 *
 * Return: the builder to add extensions to, good until the next pfkey_start().
 */
struct klips_build *pfkey_start(struct pfkey *pk, u8 type, u8 satype);

/**
 * pfkey_finish() - end a request without sending it
 * @pk:		connection
 *
 * Checks it as the kernel would.
 *
 * Return: its length in bytes (it is in @pk->request), or a negative errno.
 */
int pfkey_finish(struct pfkey *pk);

/**
 * pfkey_send() - end a request and send it
 * @pk:		connection
 *
 * The request is wiped.  On success the kernel has done it and its answer, if
 * there is one, can be received at once.
 *
 * Return: 0, or the negative errno with which kernel or builder refused.
 */
int pfkey_send(struct pfkey *pk);

/**
 * pfkey_receive() - receive and check the next message, whoever it is for
 * @pk:		connection
 * @msg:	set to the message, good until the next one is received
 * @timeout_ms:	how long to wait; 0 not at all, -1 for ever
 *
 * Return: 0 (see @msg->hdr->err as well), -ETIMEDOUT, -EBADMSG (a message that
 * breaks the rules; it is consumed), or a negative errno of the socket.
 */
int pfkey_receive(struct pfkey *pk, struct klips_msg *msg, int timeout_ms);

/**
 * pfkey_answer() - wait for the answer to the last request
 * @pk:		connection
 * @msg:	set to the answer, good until the next message is received
 * @timeout_ms:	how long to wait in all; -1 for ever
 *
 * Messages for others are dropped.
 *
 * Return: 0; the negative errno that the answer carries; -ETIMEDOUT; -EBADMSG;
 * or a negative errno of the socket.
 */
int pfkey_answer(struct pfkey *pk, struct klips_msg *msg, int timeout_ms);

#endif /* PFKEY_H */
