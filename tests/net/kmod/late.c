// SPDX-License-Identifier: GPL-2.0-only
/*
 * late.ko: a template around an AEAD that answers as a bad accelerator might: later,
 * in the wrong order, with an error. "late(rfc4106(gcm(aes)))" is rfc4106(gcm(aes)),
 * and the first choice for it as long as this module is loaded.
 *
 * Parameters, all of them writable; at first it is a well-behaved cipher:
 *
 *	batch	so many requests are finished together, the last one first
 *	wait	or after so many milliseconds, if no more come; 0 for ever
 *	finish	written to: those that wait now
 *	direct	every direct-th request is finished at once all the same
 *	fail	every fail-th request fails
 */
#include <crypto/internal/aead.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define LATE_PRIORITY	10000

static unsigned int batch, wait = 5, direct, fail;
module_param(batch, uint, 0644);
module_param(wait, uint, 0644);
module_param(direct, uint, 0644);
module_param(fail, uint, 0644);

/* One request that is to be finished later. */
struct late_request {
	struct list_head node;
	struct aead_request *req;
	int (*op)(struct aead_request *req);
	bool fails;
	struct aead_request inner;	/* its context follows */
};

struct late_ctx {
	struct crypto_aead *inner;
};

static DEFINE_SPINLOCK(waiting_lock);
static LIST_HEAD(waiting);		/* the last one first */
static unsigned int waiting_count;
static atomic_t requests;

/* so that requests finish on one CPU while others come in on another */
static struct workqueue_struct *late_wq;

static int run(struct late_request *late)
{
	struct aead_request *req = late->req;
	struct late_ctx *ctx = crypto_aead_ctx(crypto_aead_reqtfm(req));

	if (late->fails)
		return -EIO;
	aead_request_set_tfm(&late->inner, ctx->inner);
	aead_request_set_callback(&late->inner, 0, NULL, NULL);
	aead_request_set_crypt(&late->inner, req->src, req->dst, req->cryptlen, req->iv);
	aead_request_set_ad(&late->inner, req->assoclen);
	return late->op(&late->inner);
}

static void finish(struct work_struct *work)
{
	struct late_request *late, *next;
	LIST_HEAD(mine);

	spin_lock_bh(&waiting_lock);
	list_splice_init(&waiting, &mine);
	waiting_count = 0;
	spin_unlock_bh(&waiting_lock);
	list_for_each_entry_safe(late, next, &mine, node) {
		local_bh_disable();
		aead_request_complete(late->req, run(late));
		local_bh_enable();
	}
}

static DECLARE_DELAYED_WORK(finish_work, finish);

static int finish_now(const char *val, const struct kernel_param *kp)
{
	mod_delayed_work(late_wq, &finish_work, 0);
	return 0;
}

static const struct kernel_param_ops finish_ops = {
	.set = finish_now,
};
module_param_cb(finish, &finish_ops, NULL, 0200);

static bool every(unsigned int n, unsigned int which)
{
	return which && n % which == 0;
}

static int start(struct aead_request *req, int (*op)(struct aead_request *req))
{
	struct late_request *late = aead_request_ctx(req);
	unsigned int n = atomic_inc_return(&requests);
	bool full;

	late->req = req;
	late->op = op;
	late->fails = every(n, fail);
	if (!batch || every(n, direct))
		return run(late);
	spin_lock_bh(&waiting_lock);
	list_add(&late->node, &waiting);
	full = ++waiting_count >= batch;
	spin_unlock_bh(&waiting_lock);
	if (full)
		mod_delayed_work(late_wq, &finish_work, 0);
	else if (wait)
		queue_delayed_work(late_wq, &finish_work, msecs_to_jiffies(wait));
	return -EINPROGRESS;
}

static int late_encrypt(struct aead_request *req)
{
	return start(req, crypto_aead_encrypt);
}

static int late_decrypt(struct aead_request *req)
{
	return start(req, crypto_aead_decrypt);
}

static int late_setkey(struct crypto_aead *tfm, const u8 *key, unsigned int len)
{
	struct late_ctx *ctx = crypto_aead_ctx(tfm);

	return crypto_aead_setkey(ctx->inner, key, len);
}

static int late_setauthsize(struct crypto_aead *tfm, unsigned int size)
{
	struct late_ctx *ctx = crypto_aead_ctx(tfm);

	return crypto_aead_setauthsize(ctx->inner, size);
}

static int late_init(struct crypto_aead *tfm)
{
	struct late_ctx *ctx = crypto_aead_ctx(tfm);
	struct crypto_aead_spawn *spawn = aead_instance_ctx(aead_alg_instance(tfm));

	ctx->inner = crypto_spawn_aead(spawn);
	if (IS_ERR(ctx->inner))
		return PTR_ERR(ctx->inner);
	crypto_aead_set_reqsize(tfm, sizeof(struct late_request) +
				     crypto_aead_reqsize(ctx->inner));
	return 0;
}

static void late_exit(struct crypto_aead *tfm)
{
	struct late_ctx *ctx = crypto_aead_ctx(tfm);

	crypto_free_aead(ctx->inner);
}

static void late_free(struct aead_instance *inst)
{
	crypto_drop_aead(aead_instance_ctx(inst));
	kfree(inst);
}

static void describe(struct aead_instance *inst, struct aead_alg *of)
{
	struct crypto_alg *alg = &inst->alg.base;

	strscpy(alg->cra_name, of->base.cra_name, sizeof(alg->cra_name));
	alg->cra_priority = LATE_PRIORITY;
	alg->cra_blocksize = of->base.cra_blocksize;
	alg->cra_alignmask = of->base.cra_alignmask;
	alg->cra_flags |= CRYPTO_ALG_ASYNC;
	alg->cra_ctxsize = sizeof(struct late_ctx);
	inst->alg.ivsize = crypto_aead_alg_ivsize(of);
	inst->alg.chunksize = crypto_aead_alg_chunksize(of);
	inst->alg.maxauthsize = crypto_aead_alg_maxauthsize(of);
	inst->alg.init = late_init;
	inst->alg.exit = late_exit;
	inst->alg.setkey = late_setkey;
	inst->alg.setauthsize = late_setauthsize;
	inst->alg.encrypt = late_encrypt;
	inst->alg.decrypt = late_decrypt;
	inst->free = late_free;
}

/* Around a cipher that does not itself finish later. */
static int late_create(struct crypto_template *tmpl, struct rtattr **tb)
{
	struct crypto_aead_spawn *spawn;
	struct aead_instance *inst;
	struct aead_alg *of;
	u32 mask;
	int err;

	err = crypto_check_attr_type(tb, CRYPTO_ALG_TYPE_AEAD, &mask);
	if (err)
		return err;
	inst = kzalloc(sizeof(*inst) + sizeof(*spawn), GFP_KERNEL);
	if (!inst)
		return -ENOMEM;
	spawn = aead_instance_ctx(inst);
	err = crypto_grab_aead(spawn, aead_crypto_instance(inst), crypto_attr_alg_name(tb[1]), 0,
			       mask | CRYPTO_ALG_ASYNC);
	if (err)
		goto free;
	of = crypto_spawn_aead_alg(spawn);
	describe(inst, of);
	err = -ENAMETOOLONG;
	if (snprintf(inst->alg.base.cra_driver_name, CRYPTO_MAX_ALG_NAME, "late(%s)",
		     of->base.cra_driver_name) >= CRYPTO_MAX_ALG_NAME)
		goto free;
	err = aead_register_instance(tmpl, inst);
	if (!err)
		return 0;
free:
	late_free(inst);
	return err;
}

static struct crypto_template late_template = {
	.name = "late",
	.create = late_create,
	.module = THIS_MODULE,
};

static int __init late_module_init(void)
{
	int err;

	late_wq = alloc_workqueue("late", WQ_UNBOUND, 0);
	if (!late_wq)
		return -ENOMEM;
	err = crypto_register_template(&late_template);
	if (err)
		destroy_workqueue(late_wq);
	return err;
}

static void __exit late_module_exit(void)
{
	crypto_unregister_template(&late_template);
	cancel_delayed_work_sync(&finish_work);
	destroy_workqueue(late_wq);
}

module_init(late_module_init);
module_exit(late_module_exit);
MODULE_DESCRIPTION("ciphers that answer late, in the wrong order, or with an error, for tests");
MODULE_LICENSE("GPL");
MODULE_ALIAS_CRYPTO("late");
