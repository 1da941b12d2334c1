/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crypto completions: from 6.3 on they get the caller's pointer itself,
 * before that the request that holds it.
 *
 * Work queues of a CPU: from 6.18 on they have to be asked for.
 */
#ifndef KLIPS_COMPAT_CRYPTO_H
#define KLIPS_COMPAT_CRYPTO_H

#include <linux/crypto.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define KLIPS_CRYPTO_DONE(name, arg)	void name(void *arg, int err)
#define KLIPS_CRYPTO_ARG(arg)		(arg)
#else
#define KLIPS_CRYPTO_DONE(name, arg)	void name(struct crypto_async_request *arg, int err)
#define KLIPS_CRYPTO_ARG(arg)		((arg)->data)
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define KLIPS_WQ_PERCPU		WQ_PERCPU
#else
#define KLIPS_WQ_PERCPU		0
#endif

#endif /* KLIPS_COMPAT_CRYPTO_H */
