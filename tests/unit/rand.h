/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers that are the same in every run: xorshift64*, seeded by the test.
 *
 * KLIPS_SEED in the environment is added to every seed, to try other numbers;
 * the seed in force is printed.
 */
#ifndef KLIPS_UNIT_RAND_H
#define KLIPS_UNIT_RAND_H

#include <stdio.h>
#include <stdlib.h>
#include "klips/pure.h"

struct unit_rand {
	u64 state;
};

static inline u64 unit_next(struct unit_rand *rand)
{
	rand->state ^= rand->state >> 12;
	rand->state ^= rand->state << 25;
	rand->state ^= rand->state >> 27;
	return rand->state * 0x2545f4914f6cdd1dULL;
}

static inline struct unit_rand unit_rand(u64 seed)
{
	const char *more = getenv("KLIPS_SEED");
	struct unit_rand rand;

	seed += more ? strtoull(more, NULL, 0) : 0;
	printf("seed %llu\n", (unsigned long long)seed);
	rand.state = seed * 0x9e3779b97f4a7c15ULL + 0xbb67ae8584caa73bULL;
	rand.state += !rand.state;
	unit_next(&rand);
	return rand;
}

/* A number below n, which is not 0. */
static inline u64 unit_below(struct unit_rand *rand, u64 n)
{
	return (unit_next(rand) >> 16) % n;
}

#endif /* KLIPS_UNIT_RAND_H */
