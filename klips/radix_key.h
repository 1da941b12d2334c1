/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A selector, and a packet, as the tree sees them: one key a level.
 *
 * All here is inline: a lookup does little else.
 */
#ifndef KLIPS_RADIX_KEY_H
#define KLIPS_RADIX_KEY_H

#include "klips/radix.h"

/* The parts of a selector, heaviest first. */
enum level { SRC, DST, PROTO, SPORT, DPORT, LEVELS };

enum {
	KEY_BITS = 128,
	PROTO_BITS = 8,
	PORT_BITS = 16,
};

/* A key of all levels, each flush left in 128 bits; lengths for selectors only. */
struct key {
	u64 bits[LEVELS][2];
	u8 len[LEVELS];
};

static inline void set_addr(u64 *bits, const union klips_radix_addr *addr)
{
	bits[0] = be64_to_cpu(addr->halves[0]);
	bits[1] = be64_to_cpu(addr->halves[1]);
}

static inline void set_word(u64 *bits, u32 value, unsigned int width)
{
	bits[0] = (u64)value << (64 - width);
	bits[1] = 0;
}

static inline void set_flow_key(struct key *key, const struct klips_flow *flow)
{
	set_addr(key->bits[SRC], &flow->src);
	set_addr(key->bits[DST], &flow->dst);
	set_word(key->bits[PROTO], flow->proto, PROTO_BITS);
	set_word(key->bits[SPORT], be16_to_cpu(flow->sport), PORT_BITS);
	set_word(key->bits[DPORT], be16_to_cpu(flow->dport), PORT_BITS);
}

/* One level's key of a selector. */
static inline void set_bits(u64 *bits, const struct klips_selector *sel, unsigned int level)
{
	switch (level) {
	case SRC:
		return set_addr(bits, &sel->src);
	case DST:
		return set_addr(bits, &sel->dst);
	case PROTO:
		return set_word(bits, sel->proto, PROTO_BITS);
	case SPORT:
		return set_word(bits, be16_to_cpu(sel->sport), PORT_BITS);
	default:
		return set_word(bits, be16_to_cpu(sel->dport), PORT_BITS);
	}
}

static inline void set_key(struct key *key, const struct klips_selector *sel)
{
	unsigned int level;

	for (level = 0; level < LEVELS; level++)
		set_bits(key->bits[level], sel, level);
	key->len[SRC] = sel->src_len;
	key->len[DST] = sel->dst_len;
	key->len[PROTO] = sel->proto ? PROTO_BITS : 0;
	key->len[SPORT] = sel->sport ? PORT_BITS : 0;
	key->len[DPORT] = sel->dport ? PORT_BITS : 0;
}

/* First bit in which two keys of a level differ, KEY_BITS if none. */
static inline unsigned int first_diff(const u64 *a, const u64 *b)
{
	if (a[0] != b[0])
		return 64 - fls64(a[0] ^ b[0]);
	return a[1] != b[1] ? KEY_BITS - fls64(a[1] ^ b[1]) : KEY_BITS;
}

static inline int compare_bits(const u64 *a, const u64 *b)
{
	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	if (a[1] != b[1])
		return a[1] < b[1] ? -1 : 1;
	return 0;
}

/* Do two selectors agree in the values of the levels before @upto, and who is less? */
static inline int compare_values(const struct key *a, const struct key *b, unsigned int upto)
{
	unsigned int level;
	int cmp = 0;

	for (level = 0; !cmp && level < upto; level++)
		cmp = compare_bits(a->bits[level], b->bits[level]);
	return cmp;
}

static inline int compare_keys(const struct key *a, const struct key *b)
{
	int cmp = compare_values(a, b, LEVELS);

	if (!cmp)
		cmp = b->len[SRC] - a->len[SRC];
	return cmp ? cmp : b->len[DST] - a->len[DST];
}

/* First bit in which an address leaves a prefix, KEY_BITS if it is inside. */
static inline unsigned int leaves_prefix(const union klips_radix_addr *prefix, unsigned int len,
					 const union klips_radix_addr *addr)
{
	__be64 x = prefix->halves[0] ^ addr->halves[0];
	unsigned int bit = 0;

	if (!x) {
		x = prefix->halves[1] ^ addr->halves[1];
		bit = 64;
	}
	if (!x)
		return KEY_BITS;
	bit += 64 - fls64(be64_to_cpu(x));
	return bit < len ? bit : KEY_BITS;
}

/* Heaviest level in which a packet is not what a selector wants, LEVELS if none. */
static inline enum level first_mismatch(const struct klips_selector *sel,
					const struct klips_flow *flow, unsigned int *bit)
{
	*bit = leaves_prefix(&sel->src, sel->src_len, &flow->src);
	if (*bit != KEY_BITS)
		return SRC;
	*bit = leaves_prefix(&sel->dst, sel->dst_len, &flow->dst);
	if (*bit != KEY_BITS)
		return DST;
	if (sel->proto && sel->proto != flow->proto)
		return PROTO;
	if (sel->sport && sel->sport != flow->sport)
		return SPORT;
	if (sel->dport && sel->dport != flow->dport)
		return DPORT;
	return LEVELS;
}

#endif /* KLIPS_RADIX_KEY_H */
