// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of transforms.
 */
#include <linux/kernel.h>

#include "klips/xform.h"

static const struct klips_xform *const klips_xforms[] = {
	&klips_xform_esp,
	&klips_xform_ah,
	&klips_xform_ipcomp,
	&klips_xform_ipip,
};

/**
 * klips_xform_find() - the transform of a protocol
 * @proto:	enum klips_proto
 *
 * Return: its row, NULL if there is none.
 */
const struct klips_xform *klips_xform_find(u8 proto)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(klips_xforms); i++)
		if (klips_xforms[i]->proto == proto)
			return klips_xforms[i];
	return NULL;
}
