/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel memory in messages: finding it where zeros belong, and leaving something
 * there to be found.
 */
#ifndef TEST_DIRT_H
#define TEST_DIRT_H

#include "klips/pfkey_parse.h"

#define POISON	0xa5

/**
 * message_dirt() - does a message from the kernel carry what was in its memory?
 * @msg:	parsed message; not one that the kernel passes on as it came
 *
 * Every reserved field and every byte of padding has to be zero.
 *
 * Return: NULL, or the name of the extension that is not clean.
 */
const char *message_dirt(const struct klips_msg *msg);

/**
 * poison_kernel() - leave POISON in free memory of the kernel
 *
 * In objects of every size that a message and what it is built in can have: those of
 * datagrams of all sizes on a Unix socket, read again.
 *
 * Return: how many objects, -1 on failure.
 */
int poison_kernel(void);

#endif /* TEST_DIRT_H */
