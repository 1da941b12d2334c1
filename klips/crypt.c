// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking and giving back AEAD requests; see crypt.h.
 */
#include <linux/crypto.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "klips/compat/crypto.h"
#include "klips/crypt.h"
#include "klips/sa.h"
#include "klips/xform.h"

/* Of submitter and completion the second one carries the packet on. */
enum { CRYPT_RUNNING, CRYPT_LEFT, CRYPT_DONE };

/**
 * klips_crypt_init() - give an SA its requests
 * @sa:	the SA, @sa->aead set
 *
 * Return: 0 or -ENOMEM.
 */
int klips_crypt_init(struct klips_sa *sa)
{
	sa->crypt = alloc_percpu(struct klips_crypt *);
	return sa->crypt ? 0 : -ENOMEM;
}

/**
 * klips_crypt_destroy() - free an SA's requests
 * @sa:	the SA, which no packet uses any more
 */
void klips_crypt_destroy(struct klips_sa *sa)
{
	int cpu;

	if (!sa->crypt)
		return;
	for_each_possible_cpu(cpu)
		kfree_sensitive(*per_cpu_ptr(sa->crypt, cpu));
	free_percpu(sa->crypt);
}

/**
 * klips_crypt_take() - a request for one packet
 * @sa:	whose
 *
 * Bottom halves are off.
 *
 * Return: the request, NULL without memory.
 */
struct klips_crypt *klips_crypt_take(struct klips_sa *sa)
{
	struct klips_crypt *crypt = this_cpu_xchg(*sa->crypt, NULL);

	if (likely(crypt))
		return crypt;
	crypt = kmalloc(sizeof(*crypt) + crypto_aead_reqsize(sa->aead), GFP_ATOMIC);
	if (!crypt)
		return NULL;
	crypt->sa = sa;
	aead_request_set_tfm(&crypt->req, sa->aead);
	return crypt;
}

static KLIPS_CRYPTO_DONE(crypt_completed, arg)
{
	struct klips_crypt *crypt = KLIPS_CRYPTO_ARG(arg);

	if (err == -EINPROGRESS)
		return;
	crypt->err = err;
	if (atomic_xchg(&crypt->state, CRYPT_DONE) != CRYPT_LEFT)
		return;
	local_bh_disable();
	crypt->done(crypt);
	local_bh_enable();
}

/**
 * klips_crypt_run() - start the cipher
 * @crypt:	request with skb, dev, done and scatterlists set
 * @op:		crypto_aead_encrypt or crypto_aead_decrypt
 *
 * Bottom halves are off, under rcu_read_lock(). References to SA and device
 * are taken only for a packet that really goes its own way.
 *
 * Return: the cipher's result, or KLIPS_TAKEN: then @crypt->done will be
 * called once, and puts the references with klips_crypt_put_refs().
 */
int klips_crypt_run(struct klips_crypt *crypt, int (*op)(struct aead_request *req))
{
	int err;

	atomic_set(&crypt->state, CRYPT_RUNNING);
	aead_request_set_callback(&crypt->req, 0, crypt_completed, crypt);
	err = op(&crypt->req);
	if (err != -EINPROGRESS)
		return err;
	dev_hold(crypt->dev);
	klips_sa_get(crypt->sa);
	if (atomic_cmpxchg(&crypt->state, CRYPT_RUNNING, CRYPT_LEFT) == CRYPT_RUNNING)
		return KLIPS_TAKEN;
	klips_crypt_put_refs(crypt->sa, crypt->dev);
	return crypt->err;
}

/**
 * klips_crypt_put_refs() - what a packet held while it was KLIPS_TAKEN
 * @sa:		its SA
 * @dev:	its device
 */
void klips_crypt_put_refs(struct klips_sa *sa, struct net_device *dev)
{
	klips_sa_put(sa);
	dev_put(dev);
}

/**
 * klips_crypt_give() - give a request back
 * @crypt:	from klips_crypt_take(); its SA is alive
 *
 * Bottom halves are off.
 */
void klips_crypt_give(struct klips_crypt *crypt)
{
	crypt->skb = NULL;
	crypt->from = NULL;
	kfree_sensitive(this_cpu_xchg(*crypt->sa->crypt, crypt));
}
