// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reserves many SPIs of an address, so that the table of SAs is full of them.
 *
 * usage: spis ADDRESS COUNT STEP: COUNT larval ESP SAs, with SPIs 0x1000, 0x1000 +
 * STEP, and so on, as 32-bit numbers.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "pfkey.h"

static struct pfkey pk;

static int reserve(const struct klips_addr *to, u32 spi)
{
	struct klips_addr any = { .family = AF_INET };
	struct klips_build *b = pfkey_start(&pk, KLIPS_MSG_GETSPI, KLIPS_SATYPE_ESP);

	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &any, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, to, 0);
	klips_build_spirange(b, spi, spi);
	return pfkey_send(&pk);
}

int main(int argc, char **argv)
{
	struct klips_addr to = { .family = AF_INET };
	u32 step, spi = 0x1000;
	long i, count;
	int err;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.v4) != 1)
		return 2;
	count = strtol(argv[2], NULL, 0);
	step = strtoul(argv[3], NULL, 0);
	err = pfkey_open(&pk);
	for (i = 0; i < count && !err; i++, spi += step)
		err = reserve(&to, spi);
	if (err)
		fprintf(stderr, "spis: %s\n", strerror(-err));
	return !!err;
}
