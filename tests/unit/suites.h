/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of suites: one line for each x_test.c, which defines x_suite().
 */
#ifndef KLIPS_UNIT_SUITES_H
#define KLIPS_UNIT_SUITES_H

#include <check.h>

#define UNIT_SUITES(SUITE)	\
	SUITE(ah)		\
	SUITE(dirt)		\
	SUITE(pfkey)		\
	SUITE(pfkey_lib)	\
	SUITE(pfkey_rules)	\
	SUITE(pfkey_values)	\
	SUITE(radix)		\
	SUITE(replay)		\
	SUITE(said)		\
	SUITE(said_values)

#define UNIT_DECLARE(name)	Suite *name##_suite(void);
UNIT_SUITES(UNIT_DECLARE)

/* As ck_assert(), which tells the parent process of every success: too slow here. */
#define HOLDS(expr)					\
	do {						\
		if (!(expr))				\
			ck_abort_msg("not so: %s", #expr); \
	} while (0)

#endif /* KLIPS_UNIT_SUITES_H */
