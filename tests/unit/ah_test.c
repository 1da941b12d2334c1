// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What AH authenticates of IP headers: bit by bit for the fixed parts, option by
 * option, and for source routes against a packet that really goes the way, stop
 * by stop.
 */
#include <check.h>
#include <stdlib.h>
#include "klips/ah_mutable.h"
#include "tests/unit/rand.h"
#include "tests/unit/suites.h"

enum { V4 = 20, V6 = 40, ADDR6 = 16, DST4 = 16, DST6 = 24 };

/* --- fixed parts ---------------------------------------------------------- */

/* Bits of the fixed headers that routers may change. */
static const u8 mutable_v4[V4] = {
	[1] = 0xff, [6] = 0xff, [7] = 0xff, [8] = 0xff, [10] = 0xff, [11] = 0xff,
};
/* The version is not read: a packet that came this far has 6. */
static const u8 mutable_v6[V6] = { [0] = 0xff, [1] = 0xff, [2] = 0xff, [3] = 0xff, [7] = 0xff };

static void each_bit(const u8 *mutable, unsigned int len,
		     int (*mute)(u8 *hdr, unsigned int len, bool predict))
{
	u8 base[V6] = { 0x60, 0x12, 0x34, 0x56, 0x05, 0x78, 59, 64 }, one[V6], expect[V6];
	unsigned int bit;

	if (len == V4)
		base[0] = 0x45;
	memcpy(expect, base, len);
	ck_assert_int_eq(mute(expect, len, false), 0);
	for (bit = 0; bit < 8 * len; bit++) {
		u8 mask = 1 << bit % 8;
		bool same = mutable[bit / 8] & mask;

		memcpy(one, base, len);
		one[bit / 8] ^= mask;
		ck_assert_int_eq(mute(one, len, bit & 1), 0);
		ck_assert_msg(!memcmp(one, expect, len) == same, "byte %u mask %u", bit / 8, mask);
	}
}

START_TEST(fixed_headers_bit_by_bit)
{
	each_bit(mutable_v4, V4, klips_ah_mute_v4);
	each_bit(mutable_v6, V6, klips_ah_mute_v6);
}
END_TEST

/* --- options -------------------------------------------------------------- */

/* Options of one header, whether they are well formed, and what is left of them. */
static const struct {
	u8 len;			/* padded by hand to whole words */
	u8 opts[16];
	bool ok;
	u8 left[16];
} rows_v4[] = {
	{ 4, { 148, 4, 0, 0 }, true, { 148, 4, 0, 0 } },			/* router alert */
	{ 4, { 1, 1, 1, 0 }, true, { 1, 1, 1, 0 } },				/* padding */
	{ 8, { 0, 7, 9, 9, 9, 9, 9, 9 }, true, { 0, 7, 9, 9, 9, 9, 9, 9 } },	/* after the end */
	{ 8, { 7, 7, 4, 1, 2, 3, 4, 0 }, true, { 0, 0, 0, 0, 0, 0, 0, 0 } },	/* record route */
	{ 8, { 68, 8, 5, 0, 1, 2, 3, 4 }, true, { 0 } },			/* timestamp */
	{ 8, { 130, 3, 5, 133, 3, 6, 1, 0 }, true, { 130, 3, 5, 133, 3, 6, 1, 0 } },
	{ 12, { 134, 6, 1, 2, 3, 4, 149, 3, 9, 82, 3, 7 }, true,
	  { 134, 6, 1, 2, 3, 4, 149, 3, 9, 0, 0, 0 } },
	{ 4, { 94, 4, 1, 2 }, true, { 0 } },				/* unknown: may change */
	{ 4, { 7, 5, 1, 2 }, false, { 0 } },				/* longer than the header */
	{ 4, { 7, 1, 1, 2 }, false, { 0 } },				/* shorter than itself */
	{ 4, { 7, 0, 1, 2 }, false, { 0 } },
	{ 4, { 1, 1, 1, 7 }, false, { 0 } },				/* no length */
};

START_TEST(options_of_ipv4)
{
	u8 *hdr = calloc(1, V4 + rows_v4[_i].len);
	bool ok;

	memcpy(hdr + V4, rows_v4[_i].opts, rows_v4[_i].len);
	ok = !klips_ah_mute_v4(hdr, V4 + rows_v4[_i].len, false);
	ck_assert_int_eq(ok, rows_v4[_i].ok);
	if (ok)
		ck_assert_mem_eq(hdr + V4, rows_v4[_i].left, rows_v4[_i].len);
	free(hdr);
}
END_TEST

/* The extension header's 8 or 16 bytes, the number of its kind, what is left. */
static const struct {
	u8 kind;
	u8 len;
	u8 ext[16];
	bool ok;
	u8 left[16];
} rows_v6[] = {
	{ 0, 8, { 51, 0, 5, 2, 1, 2, 1, 0 }, true, { 51, 0, 5, 2, 1, 2, 1, 0 } },
	{ 0, 8, { 51, 0, 0x3e, 2, 1, 2, 1, 0 }, true, { 51, 0, 0x3e, 2, 0, 0, 1, 0 } },
	{ 60, 8, { 51, 0, 0, 0, 0xe1, 2, 7, 7 }, true, { 51, 0, 0, 0, 0xe1, 2, 0, 0 } },
	{ 60, 16, { 51, 1, 0x21, 4, 1, 1, 1, 1, 0xc9, 4, 2, 2, 2, 2, 0, 0 }, true,
	  { 51, 1, 0x21, 4, 0, 0, 0, 0, 0xc9, 4, 2, 2, 2, 2, 0, 0 } },
	{ 0, 8, { 51, 0, 0x3e, 5, 1, 2, 1, 0 }, false, { 0 } },	/* option too long */
	{ 0, 8, { 51, 0, 1, 3, 1, 2, 1, 0x3e }, false, { 0 } },	/* no length */
	{ 0, 8, { 51, 1, 1, 4, 0, 0, 0, 0 }, false, { 0 } },	/* header too long */
	{ 44, 8, { 51, 0, 0, 0, 0, 0, 0, 0 }, false, { 0 } },	/* a fragment */
	{ 6, 8, { 51, 0, 0, 0, 0, 0, 0, 0 }, false, { 0 } },	/* none of those before AH */
	{ 43, 8, { 51, 0, 4, 1, 0, 0, 0, 0 }, false, { 0 } },	/* routes unknown */
	{ 43, 8, { 51, 0, 4, 0, 0, 9, 9, 9 }, true, { 51, 0, 4, 0, 0, 9, 9, 9 } },
	{ 43, 8, { 51, 0, 0, 1, 0, 0, 0, 0 }, false, { 0 } },	/* an address that is not there */
};

START_TEST(extension_headers_of_ipv6)
{
	u8 *hdr = calloc(1, V6 + rows_v6[_i].len);
	bool ok;

	hdr[6] = rows_v6[_i].kind;
	memcpy(hdr + V6, rows_v6[_i].ext, rows_v6[_i].len);
	ok = !klips_ah_mute_v6(hdr, V6 + rows_v6[_i].len, true);
	ck_assert_int_eq(ok, rows_v6[_i].ok);
	if (ok)
		ck_assert_mem_eq(hdr + V6, rows_v6[_i].left, rows_v6[_i].len);
	free(hdr);
}
END_TEST

/* --- source routes -------------------------------------------------------- */

static void fill(struct unit_rand *rand, u8 *bytes, unsigned int len)
{
	while (len--)
		*bytes++ = unit_next(rand) >> 24;
}

static void swap_bytes(u8 *a, u8 *b, unsigned int len)
{
	for (; len--; a++, b++) {
		u8 keep = *a;

		*a = *b;
		*b = keep;
	}
}

/* One stop of IPv4: where it is goes into the list, the next address comes out. */
static bool stop_v4(u8 *hdr)
{
	u8 *opt = hdr + V4, *slot;

	if (opt[2] > opt[1])
		return false;
	slot = opt + opt[2] - 1;
	swap_bytes(hdr + DST4, slot, 4);
	opt[2] += 4;
	return true;
}

START_TEST(source_route_of_ipv4_is_foretold)
{
	struct unit_rand rand = unit_rand(_i);
	unsigned int hops = 1 + unit_below(&rand, 9), len = V4 + 3 + 4 * hops + 1;
	u8 *hdr = malloc(len), *sent = malloc(len);

	do {
		fill(&rand, hdr, len);
		hdr[V4] = _i & 1 ? 131 : 137;
		hdr[V4 + 1] = 3 + 4 * hops;
		hdr[V4 + 2] = 4 + 4 * unit_below(&rand, hops + 1);
		hdr[len - 1] = 1;
		memcpy(sent, hdr, len);
		ck_assert_int_eq(klips_ah_mute_v4(sent, len, true), 0);
		while (stop_v4(hdr))
			;
		ck_assert_int_eq(klips_ah_mute_v4(hdr, len, false), 0);
		ck_assert_mem_eq(sent, hdr, len);
	} while (unit_below(&rand, 50));
	free(hdr);
	free(sent);
}
END_TEST

START_TEST(source_route_of_ipv4_malformed)
{
	u8 hdr[V4 + 8] = { [V4] = 131, 6, 4, 1, 2, 3, 1, 1 };

	ck_assert_int_eq(klips_ah_mute_v4(hdr, sizeof(hdr), true), -EINVAL);
	hdr[V4] = 137;
	hdr[V4 + 1] = 3;
	ck_assert_int_eq(klips_ah_mute_v4(hdr, sizeof(hdr), true), -EINVAL);
}
END_TEST

static bool stop_v6(u8 *hdr, u8 *rh)
{
	unsigned int total = rh[1] / 2;

	if (!rh[3])
		return false;
	swap_bytes(hdr + DST6, rh + 8 + (total - rh[3]) * ADDR6, ADDR6);
	rh[3]--;
	return true;
}

/* Hop-by-hop options in front of a routing header, as a sender would put them. */
START_TEST(routing_header_is_foretold)
{
	struct unit_rand rand = unit_rand(_i);
	unsigned int hops = unit_below(&rand, 12), len = V6 + 8 + 8 + ADDR6 * hops;
	u8 *hdr = malloc(len), *sent = malloc(len), *rh = hdr + V6 + 8;

	do {
		fill(&rand, hdr, len);
		hdr[6] = 0;
		memcpy(hdr + V6, (u8[8]){ 43, 0, 0x25, 2, 8, 9, 1, 0 }, 8);
		rh[0] = 51;
		rh[1] = 2 * hops;
		rh[2] = _i & 1 ? 2 : 0;
		rh[3] = unit_below(&rand, hops + 1);
		memcpy(sent, hdr, len);
		ck_assert_int_eq(klips_ah_mute_v6(sent, len, true), 0);
		if (rh[3]) {
			u8 *early = malloc(len);

			memcpy(early, hdr, len);
			ck_assert_int_eq(klips_ah_mute_v6(early, len, false), -EINVAL);
			free(early);
		}
		while (stop_v6(hdr, rh))
			;
		ck_assert_int_eq(klips_ah_mute_v6(hdr, len, false), 0);
		ck_assert_mem_eq(sent, hdr, len);
	} while (unit_below(&rand, 50));
	free(hdr);
	free(sent);
}
END_TEST

/* --- rubbish -------------------------------------------------------------- */

/* The sanitizers look on: nothing outside the header is touched, nothing hangs. */
START_TEST(random_headers_stay_in_bounds)
{
	static const u8 kinds[] = { 0, 43, 60, 51 };
	struct unit_rand rand = unit_rand(1);
	int round, understood = 0;

	for (round = 0; round < 200000; round++) {
		bool v6 = round & 1;
		unsigned int len = unit_below(&rand, v6 ? 120 : 61);
		u8 *hdr = malloc(len + !len);
		unsigned int i;

		fill(&rand, hdr, len);
		for (i = 0; i < len; i++)	/* small numbers, so that lengths often fit */
			if (i >= V4 && unit_below(&rand, 2))
				hdr[i] %= 12;
		if (v6 && len > V6 + 8) {
			hdr[6] = kinds[unit_below(&rand, 3)];
			hdr[V6] = kinds[unit_below(&rand, 4)];
		}
		understood += !(v6 ? klips_ah_mute_v6 : klips_ah_mute_v4)(hdr, len, round & 2);
		free(hdr);
	}
	ck_assert_int_gt(understood, 1000);
}
END_TEST

Suite *ah_suite(void)
{
	Suite *suite = suite_create("ah");
	TCase *fields = tcase_create("fields");
	TCase *routes = tcase_create("routes");

	tcase_add_test(fields, fixed_headers_bit_by_bit);
	tcase_add_loop_test(fields, options_of_ipv4, 0, ARRAY_SIZE(rows_v4));
	tcase_add_loop_test(fields, extension_headers_of_ipv6, 0, ARRAY_SIZE(rows_v6));
	tcase_add_test(fields, random_headers_stay_in_bounds);
	suite_add_tcase(suite, fields);
	tcase_add_loop_test(routes, source_route_of_ipv4_is_foretold, 0, 20);
	tcase_add_test(routes, source_route_of_ipv4_malformed);
	tcase_add_loop_test(routes, routing_header_is_foretold, 0, 40);
	suite_add_tcase(suite, routes);
	return suite;
}
