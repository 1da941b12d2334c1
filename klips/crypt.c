// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking and giving back AEAD requests, and the order in which packets go on;
 * see crypt.h.
 */
#include <linux/crypto.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "klips/compat/crypto.h"
#include "klips/crypt.h"
#include "klips/sa.h"
#include "klips/xform.h"

/* Packets of one SA that may be in the cipher at once: one more has failed. */
#define CRYPT_MOST	1024

/* Carries on packets on the CPU that it is told. */
static struct workqueue_struct *klips_crypt_wq;

/**
 * klips_crypt_start() - before the first SA
 *
 * Return: 0 or -ENOMEM.
 */
int klips_crypt_start(void)
{
	klips_crypt_wq = alloc_workqueue("klips_crypt", WQ_HIGHPRI | KLIPS_WQ_PERCPU, 0);
	return klips_crypt_wq ? 0 : -ENOMEM;
}

/**
 * klips_crypt_stop() - no packet is in a cipher any more
 */
void klips_crypt_stop(void)
{
	destroy_workqueue(klips_crypt_wq);
}

/* --- order ---------------------------------------------------------------- */

/* The packet that may go on now, NULL if none may. Called with the lock. */
static struct klips_crypt *next_to_go(struct klips_crypt_order *order)
{
	struct klips_crypt *crypt;

	crypt = list_first_entry_or_null(&order->queue, struct klips_crypt, node);
	return crypt && crypt->finished && !order->going ? crypt : NULL;
}

/*
 * Carry on the packets that are finished and have none before them. All that are in the
 * queue together go on from one CPU, that of the first: behind this each CPU has queues
 * of its own, in which two of them could change places. Called with the lock, which is
 * open while a packet goes its way; the caller sees to it that the SA stays.
 */
static void carry_on(struct klips_crypt_order *order)
{
	struct klips_crypt *crypt;

	while ((crypt = next_to_go(order))) {
		order->going = true;
		list_del(&crypt->node);
		spin_unlock(&order->lock);
		crypt->done(crypt);
		spin_lock(&order->lock);
		/* only now may one that need not wait go ahead */
		WRITE_ONCE(order->length, order->length - 1);
		order->going = false;
	}
}

static void carry_on_work(struct work_struct *work)
{
	struct klips_crypt_order *order = container_of(work, struct klips_crypt_order, work);

	local_bh_disable();
	spin_lock(&order->lock);
	carry_on(order);
	spin_unlock(&order->lock);
	klips_sa_put(container_of(order, struct klips_sa, order));
	local_bh_enable();
}

/* Some packet is finished. Called with the lock. */
static void carry_on_there(struct klips_crypt_order *order)
{
	struct klips_sa *sa = container_of(order, struct klips_sa, order);

	if (order->cpu == smp_processor_id()) {
		carry_on(order);
		return;
	}
	if (!next_to_go(order))
		return;
	klips_sa_get(sa);
	if (!queue_work_on(order->cpu, klips_crypt_wq, &order->work))
		klips_sa_put(sa);
}

/* The cipher may finish before its packet is in the queue. */
static KLIPS_CRYPTO_DONE(crypt_completed, arg)
{
	struct klips_crypt *crypt = KLIPS_CRYPTO_ARG(arg);
	struct klips_sa *sa = crypt->sa;

	if (err == -EINPROGRESS)
		return;
	local_bh_disable();
	/* the packet's own reference goes with the packet */
	klips_sa_get(sa);
	spin_lock(&sa->order.lock);
	crypt->err = err;
	crypt->finished = true;
	carry_on_there(&sa->order);
	spin_unlock(&sa->order.lock);
	klips_sa_put(sa);
	local_bh_enable();
}

/* Behind all that is in the cipher now. */
static void line_up(struct klips_crypt *crypt)
{
	struct klips_crypt_order *order = &crypt->sa->order;

	dev_hold(crypt->dev);
	klips_sa_get(crypt->sa);
	spin_lock(&order->lock);
	if (!order->length)
		order->cpu = smp_processor_id();
	list_add_tail(&crypt->node, &order->queue);
	WRITE_ONCE(order->length, order->length + 1);
	if (crypt->finished)
		carry_on_there(order);
	spin_unlock(&order->lock);
}

/* --- requests ------------------------------------------------------------- */

/**
 * klips_crypt_init() - give an SA its requests
 * @sa:	the SA, @sa->aead set
 *
 * Return: 0 or -ENOMEM.
 */
int klips_crypt_init(struct klips_sa *sa)
{
	spin_lock_init(&sa->order.lock);
	INIT_LIST_HEAD(&sa->order.queue);
	INIT_WORK(&sa->order.work, carry_on_work);
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

/* --- running --------------------------------------------------------------- */

/**
 * klips_crypt_run() - start the cipher
 * @crypt:	request with skb, dev, done and scatterlists set
 * @op:		crypto_aead_encrypt or crypto_aead_decrypt
 *
 * Bottom halves are off, under rcu_read_lock(). References to SA and device
 * are taken only for a packet that really goes its own way.
 *
 * Return: the cipher's result, or KLIPS_TAKEN: then @crypt->done will be called
 * once, perhaps before this returns, after that of all packets that this CPU gave
 * the SA before; it puts the references with klips_crypt_put_refs().
 */
int klips_crypt_run(struct klips_crypt *crypt, int (*op)(struct aead_request *req))
{
	const struct klips_crypt_order *order = &crypt->sa->order;
	int err;

	if (unlikely(READ_ONCE(order->length) >= CRYPT_MOST))
		return -ENOSPC;
	crypt->finished = false;
	aead_request_set_callback(&crypt->req, 0, crypt_completed, crypt);
	err = op(&crypt->req);
	if (err != -EINPROGRESS) {
		if (err || likely(!READ_ONCE(order->length)))
			return err;
		crypt->err = 0;
		crypt->finished = true;
	}
	line_up(crypt);
	return KLIPS_TAKEN;
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
