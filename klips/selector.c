// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selectors by themselves: canonical form, order, and what they match.
 */
#include "klips/radix_key.h"

int klips_selector_compare(const struct klips_selector *a, const struct klips_selector *b)
{
	struct key ka, kb;

	if (a->family != b->family)
		return a->family == AF_INET ? -1 : 1;
	set_key(&ka, a);
	set_key(&kb, b);
	return compare_keys(&ka, &kb);
}

static u64 mask_half(u64 half, unsigned int len)
{
	return len ? half & ~0ULL << (64 - min(len, 64u)) : 0;
}

static void mask_addr(union klips_radix_addr *addr, unsigned int len)
{
	u64 bits[2];

	set_addr(bits, addr);
	addr->halves[0] = cpu_to_be64(mask_half(bits[0], len));
	addr->halves[1] = cpu_to_be64(mask_half(bits[1], len > 64 ? len - 64 : 0));
}

int klips_selector_canonical(struct klips_selector *sel)
{
	if (sel->family != AF_INET && sel->family != AF_INET6)
		return -EINVAL;
	if (max(sel->src_len, sel->dst_len) > klips_addr_bits(sel->family))
		return -EINVAL;
	mask_addr(&sel->src, sel->src_len);
	mask_addr(&sel->dst, sel->dst_len);
	return 0;
}

bool klips_selector_match(const struct klips_selector *sel, const struct klips_flow *flow)
{
	unsigned int bit;

	return sel->family == flow->family && first_mismatch(sel, flow, &bit) == LEVELS;
}
