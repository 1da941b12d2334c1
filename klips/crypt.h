/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AEAD requests without an allocation per packet.
 *
 * Each SA keeps one request per CPU.  A packet takes it, and gives it back
 * when the cipher has finished in place; if the cipher finishes later, the
 * request stays with that packet and the CPU's next packet allocates anew.
 *
 * Packets that a cipher finishes later wait for those before them: they go on in
 * the order in which they came, whatever order it finishes them in.
 */
#ifndef KLIPS_CRYPT_H
#define KLIPS_CRYPT_H

#include <crypto/aead.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/skbuff.h>

struct klips_sa;
struct net_device;

/* SPI, 64-bit sequence number, IV: what is authenticated in front of the payload. */
#define KLIPS_AAD_MAX	(4 + 8 + 16)

/**
 * struct klips_crypt - one packet in the cipher
 * @sa:		whose transform it is; referenced while asynchronous
 * @skb:	the packet that is to come out
 * @from:	the packet that it is made from, NULL in place
 * @dev:	ipsecN it belongs to; referenced while asynchronous
 * @done:	continues it after asynchronous completion, bottom halves off
 * @node:	in its SA's order [O]
 * @finished:	the cipher is through [O]
 * @err:	what the cipher said
 * @seq:	its sequence number
 * @iv:		IV as the cipher wants it
 * @aad:	associated data
 * @tail:	padding, pad length, next header, when they do not fit the packet
 * @src:	where it is read
 * @dst:	where it is written, when not @src
 * @req:	the request; the cipher's own context follows
 */
struct klips_crypt {
	struct klips_sa *sa;
	struct net_device *dev;
	struct sk_buff *skb;
	struct sk_buff *from;
	void (*done)(struct klips_crypt *crypt);
	struct list_head node;
	bool finished;
	int err;
	u64 seq;
	u8 iv[16];
	u8 aad[KLIPS_AAD_MAX] __aligned(4);
	u8 tail[32];
	struct scatterlist src[MAX_SKB_FRAGS + 3];
	struct scatterlist dst[2];
	struct aead_request req CRYPTO_MINALIGN_ATTR;
};

int klips_crypt_start(void);
void klips_crypt_stop(void);
int klips_crypt_init(struct klips_sa *sa);
void klips_crypt_destroy(struct klips_sa *sa);
struct klips_crypt *klips_crypt_take(struct klips_sa *sa);
void klips_crypt_give(struct klips_crypt *crypt);
int klips_crypt_run(struct klips_crypt *crypt, int (*op)(struct aead_request *req));
void klips_crypt_put_refs(struct klips_sa *sa, struct net_device *dev);

#endif /* KLIPS_CRYPT_H */
