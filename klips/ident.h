/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identities: whom a key daemon takes the two ends of an SA or of an eroute for.
 * The kernel only repeats them: in GET, and in the ACQUIRE of a trap.
 */
#ifndef KLIPS_IDENT_H
#define KLIPS_IDENT_H

#include <linux/refcount.h>

#include "klips/pfkey_parse.h"

struct klips_build;

/* Most that both can take in a message, header of the extension included. */
#define KLIPS_IDENTS_WORDS	(2 * KLIPS_IDENT_WORDS_MAX)

/**
 * struct klips_idents - identities of source and destination, one of them perhaps absent
 * @refs:	holders
 * @end:	type (0 if absent), number, and text among @texts [I]
 * @texts:	both texts [I]
 */
struct klips_idents {
	refcount_t refs;
	struct {
		u16 type;
		u64 id;
		const char *text;
	} end[2];
	char texts[];
};

/**
 * klips_idents_of() - copy the identities of a message
 * @msg:	the message
 *
 * May sleep.
 *
 * Return: them, with one reference; NULL if it has none; ERR_PTR(-ENOMEM).
 */
struct klips_idents *klips_idents_of(const struct klips_msg *msg);

/**
 * klips_idents_get() - take a reference
 * @ids:	identities or NULL
 *
 * Return: @ids.
 */
struct klips_idents *klips_idents_get(struct klips_idents *ids);

/**
 * klips_idents_put() - drop a reference
 * @ids:	identities or NULL; freed with the last
 */
void klips_idents_put(struct klips_idents *ids);

/**
 * klips_idents_tell() - write them into a message
 * @b:		builder
 * @ids:	identities or NULL
 */
void klips_idents_tell(struct klips_build *b, const struct klips_idents *ids);

#endif /* KLIPS_IDENT_H */
