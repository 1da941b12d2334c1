// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The replay window against a plain record of every number ever accepted.
 */
#include <stdlib.h>
#include "klips/replay.h"
#include "tests/unit/rand.h"
#include "tests/unit/suites.h"

static struct klips_replay *window_new(u32 window)
{
	struct klips_replay *w = malloc(klips_replay_size(window));

	ck_assert_ptr_nonnull(w);
	klips_replay_init(w, window);
	return w;
}

static const u32 widths[] = { 32, 33, 63, 64, 65, 100, 127, 128, 1000, 2048, 4095, 4096 };

START_TEST(sizes_outside_the_limits_are_refused)
{
	ck_assert_uint_eq(klips_replay_size(1), 0);
	ck_assert_uint_eq(klips_replay_size(KLIPS_REPLAY_MIN - 1), 0);
	ck_assert_uint_eq(klips_replay_size(KLIPS_REPLAY_MAX + 1), 0);
	ck_assert_uint_eq(klips_replay_size(UINT32_MAX), 0);
	ck_assert_uint_gt(klips_replay_size(0), 0);
	ck_assert_uint_le(klips_replay_size(KLIPS_REPLAY_MAX), 2 * KLIPS_REPLAY_MAX / 8 + 64);
}
END_TEST

START_TEST(edges_of_every_width)
{
	u32 width = widths[_i];
	struct klips_replay *w = window_new(width);
	u64 top = 3 * (u64)width + 7;

	ck_assert_int_eq(klips_replay_check(w, 0), KLIPS_REPLAY_ZERO);
	ck_assert_int_eq(klips_replay_advance(w, 1), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, 1), KLIPS_REPLAY_SEEN);
	ck_assert_int_eq(klips_replay_advance(w, top), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_check(w, top - width), KLIPS_REPLAY_LATE);
	ck_assert_int_eq(klips_replay_check(w, top - width + 1), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, top - width + 1), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, top - width + 1), KLIPS_REPLAY_SEEN);
	ck_assert_int_eq(klips_replay_check(w, 0), KLIPS_REPLAY_ZERO);
	ck_assert_uint_eq(klips_replay_last(w), top);
	ck_assert_uint_eq(klips_replay_max_diff(w), top - 2);
	free(w);
}
END_TEST

/* All that the other window took is refused here, all that is newer is taken once. */
START_TEST(a_restored_window_goes_on_behind_the_other)
{
	u32 width = widths[_i];
	static const u64 lasts[] = { 1, 63, 64, 65, 4096, 100000, (u64)UINT32_MAX + 5 };
	size_t i;
	u64 seq;

	for (i = 0; i < ARRAY_SIZE(lasts); i++) {
		struct klips_replay *w = window_new(width);
		u64 last = lasts[i], from = last > 3 * (u64)width ? last - 3 * (u64)width : 1;

		klips_replay_restore(w, last);
		ck_assert_uint_eq(klips_replay_last(w), last);
		for (seq = from; seq <= last; seq++)
			ck_assert_int_ne(klips_replay_advance(w, seq), KLIPS_REPLAY_OK);
		for (seq = last + 1; seq <= last + 3 * (u64)width; seq++) {
			ck_assert_int_eq(klips_replay_advance(w, seq), KLIPS_REPLAY_OK);
			ck_assert_int_eq(klips_replay_advance(w, seq), KLIPS_REPLAY_SEEN);
		}
		free(w);
	}
}
END_TEST

START_TEST(without_a_window_everything_passes)
{
	struct klips_replay *w = window_new(0);

	ck_assert_int_eq(klips_replay_advance(w, 0), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, 70000), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, 70000), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, 1), KLIPS_REPLAY_OK);
	ck_assert_uint_eq(klips_replay_last(w), 0);
	ck_assert_uint_eq(klips_replay_bits(w), 0);
	ck_assert_uint_eq(klips_replay_max_diff(w), 0);
	ck_assert_uint_eq(klips_replay_resize(w, 64), 0);
	free(w);
}
END_TEST

/* Every number below TWIN_SPAN, and whether it has been accepted. */
enum { TWIN_SPAN = 1 << 17, TWIN_STEPS = 200000 };

static enum klips_replay_verdict twin_says(const u8 *been, u64 last, u32 width, u64 seq)
{
	if (!seq)
		return KLIPS_REPLAY_ZERO;
	if (seq + width <= last)
		return KLIPS_REPLAY_LATE;
	return been[seq] ? KLIPS_REPLAY_SEEN : KLIPS_REPLAY_OK;
}

/* Mostly near the top, sometimes a jump ahead or a very old number. */
static u64 next_seq(struct unit_rand *rand, u64 last, u32 width)
{
	u32 kind = unit_below(rand, 100);
	u64 back = unit_below(rand, 2 * width);

	if (kind < 40)
		return last + unit_below(rand, 3);
	if (kind == 40)
		return last + unit_below(rand, 3 * width);
	if (kind == 41)
		return unit_below(rand, last + 1);
	return last > back ? last - back : 0;
}

static u64 twin_bits(const u8 *been, u64 last, u32 width)
{
	u64 bits = 0;
	u64 n;

	for (n = 0; n < 64 && n < width && n < last; n++)
		bits |= (u64)been[last - n] << n;
	return bits;
}

START_TEST(random_numbers_agree_with_the_record)
{
	struct unit_rand rand = unit_rand(_i);
	u32 width = widths[_i];
	struct klips_replay *w = window_new(width);
	u8 *been = calloc(1, TWIN_SPAN);
	u64 last = 0;
	int step;

	for (step = 0; step < TWIN_STEPS; step++) {
		u64 seq = next_seq(&rand, last, width);
		enum klips_replay_verdict verdict;

		if (seq >= TWIN_SPAN)
			break;
		verdict = twin_says(been, last, width, seq);
		HOLDS(klips_replay_check(w, seq) == verdict);
		HOLDS(klips_replay_advance(w, seq) == verdict);
		if (verdict == KLIPS_REPLAY_OK)
			been[seq] = 1;
		if (verdict == KLIPS_REPLAY_OK && seq > last)
			last = seq;
		HOLDS(klips_replay_last(w) == last);
		HOLDS(klips_replay_bits(w) == twin_bits(been, last, width));
	}
	free(been);
	free(w);
}
END_TEST

START_TEST(numbers_of_64_bits)
{
	struct klips_replay *w = window_new(64);

	ck_assert_int_eq(klips_replay_advance(w, UINT64_MAX), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_advance(w, UINT64_MAX), KLIPS_REPLAY_SEEN);
	ck_assert_int_eq(klips_replay_advance(w, UINT64_MAX - 63), KLIPS_REPLAY_OK);
	ck_assert_int_eq(klips_replay_check(w, UINT64_MAX - 64), KLIPS_REPLAY_LATE);
	ck_assert_int_eq(klips_replay_check(w, 1), KLIPS_REPLAY_LATE);
	ck_assert_uint_eq(klips_replay_bits(w), 1ULL << 63 | 1);
	free(w);
}
END_TEST

/* Where the window stands, the lower half received, the full number expected. */
static const struct {
	u64 last;
	u32 lo;
	u64 full;
} esn_rows[] = {
	{ 0, 1, 1 },
	{ 0, 0xffffffff, 0xffffffff },			/* nothing lies below 0 */
	{ 10, 0xfffffff0, 0xfffffff0 },
	{ 63, 0, 0x000000000 },
	{ 64, 0, 0x100000000 },				/* left of the window: the next run */
	{ 64, 1, 1 },
	{ 1000, 900, 0x100000384 },
	{ 1000, 937, 937 },
	{ 0xffffffff, 0, 0x100000000 },
	{ 0xffffffff, 0xffffffc0, 0xffffffc0 },
	{ 0xffffffff, 0xffffffbf, 0x1ffffffbf },
	{ 0x100000000, 0xffffffff, 0xffffffff },
	{ 0x100000000, 0xffffffc1, 0xffffffc1 },
	{ 0x100000000, 0xffffffc0, 0x1ffffffc0 },
	{ 0x10000003e, 0xffffffff, 0xffffffff },
	{ 0x10000003f, 0xffffffff, 0x1ffffffff },
	{ 0x500000000, 5, 0x500000005 },
	{ 0xffffffffffffffff, 5, 5 },			/* run out: late, refused */
};

START_TEST(upper_half_is_inferred)
{
	struct klips_replay *w = window_new(64);

	w->last = esn_rows[_i].last;
	ck_assert_uint_eq(klips_replay_seq(w, esn_rows[_i].lo, true), esn_rows[_i].full);
	ck_assert_uint_eq(klips_replay_seq(w, esn_rows[_i].lo, false), esn_rows[_i].lo);
	free(w);
}
END_TEST

START_TEST(esn_follows_a_stream_across_wraps)
{
	struct unit_rand rand = unit_rand(1);
	struct klips_replay *w = window_new(1024);
	u64 sent = 0xfffff000;
	int step;

	for (step = 0; step < 100000; step++) {
		u64 seq = sent - unit_below(&rand, 1000);

		HOLDS(klips_replay_seq(w, (u32)sent, true) == sent);
		HOLDS(klips_replay_advance(w, sent) == KLIPS_REPLAY_OK);
		HOLDS(klips_replay_seq(w, (u32)seq, true) == seq);
		klips_replay_advance(w, seq);
		sent += 1 + unit_below(&rand, step % 100 ? 200 : 0x70000000);
	}
	ck_assert_uint_gt(sent >> 32, 100);
	free(w);
}
END_TEST

START_TEST(resize_keeps_what_has_been)
{
	struct klips_replay *w = window_new(128);
	u64 seq;

	for (seq = 1; seq <= 200; seq += 2)
		klips_replay_advance(w, seq);
	ck_assert_uint_eq(klips_replay_resize(w, 32), 32);
	ck_assert_int_eq(klips_replay_check(w, 167), KLIPS_REPLAY_LATE);
	ck_assert_uint_eq(klips_replay_resize(w, 0), 0);
	ck_assert_int_eq(klips_replay_advance(w, 1), KLIPS_REPLAY_OK);
	ck_assert_uint_eq(klips_replay_resize(w, 4096), 192);
	ck_assert_uint_eq(klips_replay_resize(w, 128), 128);
	for (seq = 199 - 127; seq <= 199; seq++)
		ck_assert_int_eq(klips_replay_check(w, seq),
				 seq % 2 ? KLIPS_REPLAY_SEEN : KLIPS_REPLAY_OK);
	free(w);
}
END_TEST

Suite *replay_suite(void)
{
	Suite *suite = suite_create("replay");
	TCase *window = tcase_create("window");
	TCase *esn = tcase_create("esn");

	tcase_add_test(window, sizes_outside_the_limits_are_refused);
	tcase_add_loop_test(window, edges_of_every_width, 0, ARRAY_SIZE(widths));
	tcase_add_loop_test(window, a_restored_window_goes_on_behind_the_other, 0, ARRAY_SIZE(widths));
	tcase_add_test(window, without_a_window_everything_passes);
	tcase_add_loop_test(window, random_numbers_agree_with_the_record, 0, ARRAY_SIZE(widths));
	tcase_add_test(window, numbers_of_64_bits);
	tcase_add_test(window, resize_keeps_what_has_been);
	suite_add_tcase(suite, window);
	tcase_add_loop_test(esn, upper_half_is_inferred, 0, ARRAY_SIZE(esn_rows));
	tcase_add_test(esn, esn_follows_a_stream_across_wraps);
	suite_add_tcase(suite, esn);
	return suite;
}
