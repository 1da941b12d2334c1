// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identities of SAs and eroutes: copied out of one message, told in others.
 * RFC 2367, 2.3.4.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "klips/ident.h"
#include "klips/pfkey_build.h"

static const enum klips_ext_type exts[] = { KLIPS_EXT_IDENTITY_SRC, KLIPS_EXT_IDENTITY_DST };

struct klips_idents *klips_idents_of(const struct klips_msg *msg)
{
	size_t size[ARRAY_SIZE(exts)] = {};
	struct klips_idents *ids;
	const char *text;
	u16 type;
	u64 id;
	int i;

	for (i = 0; i < ARRAY_SIZE(exts); i++)
		if (klips_msg_ident(msg, exts[i], &type, &id, &text))
			size[i] = strlen(text) + 1;
	if (!size[0] && !size[1])
		return NULL;
	ids = kzalloc(struct_size(ids, texts, size[0] + size[1]), GFP_KERNEL);
	if (!ids)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ids->refs, 1);
	for (i = 0; i < ARRAY_SIZE(exts); i++) {
		if (!klips_msg_ident(msg, exts[i], &ids->end[i].type, &ids->end[i].id, &text))
			continue;
		ids->end[i].text = memcpy(ids->texts + i * size[0], text, size[i]);
	}
	return ids;
}

struct klips_idents *klips_idents_get(struct klips_idents *ids)
{
	if (ids)
		refcount_inc(&ids->refs);
	return ids;
}

void klips_idents_put(struct klips_idents *ids)
{
	if (ids && refcount_dec_and_test(&ids->refs))
		kfree(ids);
}

void klips_idents_tell(struct klips_build *b, const struct klips_idents *ids)
{
	int i;

	for (i = 0; ids && i < ARRAY_SIZE(exts); i++)
		if (ids->end[i].type)
			klips_build_ident(b, exts[i], ids->end[i].type, ids->end[i].id,
					  ids->end[i].text);
}
