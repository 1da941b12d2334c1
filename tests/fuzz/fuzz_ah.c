// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IP headers with any options, made into what AH authenticates of them.
 *
 * The first byte says which family and direction, the rest is the header. It lies in
 * memory of exactly its size, so that a step beyond is noticed. What is left must not
 * depend on anything that changes on the way.
 */
#include <stdlib.h>
#include <string.h>

#include "klips/ah_mutable.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static int mute(u8 *hdr, unsigned int len, bool six, bool predict)
{
	return six ? klips_ah_mute_v6(hdr, len, predict) : klips_ah_mute_v4(hdr, len, predict);
}

/* Fields that routers change, in the fixed part. */
static void on_the_way(u8 *hdr, bool six)
{
	if (six) {
		hdr[0] ^= 0x0f;		/* traffic class and flow label */
		hdr[1] ^= 0xff;
		hdr[7] ^= 0xff;		/* hop limit */
	} else {
		hdr[1] ^= 0xff;		/* TOS */
		hdr[8] ^= 0xff;		/* TTL */
		hdr[10] ^= 0xff;	/* checksum */
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	bool six, predict;
	unsigned int len;
	u8 *one, *two;
	int err;

	if (!size)
		return 0;
	six = data[0] & 1;
	predict = data[0] & 2;
	len = size - 1;
	one = malloc(len + !len);
	two = malloc(len + !len);
	memcpy(one, data + 1, len);
	memcpy(two, data + 1, len);
	if (len >= (six ? 40 : 20))
		on_the_way(two, six);
	err = mute(one, len, six, predict);
	require(err == mute(two, len, six, predict));
	require(err == 0 || err == -EINVAL);
	require(err || !memcmp(one, two, len));
	free(one);
	free(two);
	return 0;
}
