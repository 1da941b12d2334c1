// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many eroutes through one PF_KEY socket, which a shell could not make one by one.
 *
 * usage: eroutes add COUNT [SPI]	eroutes 10.0.0.0/32 and up, each to 10.200.0.0/16 and,
 *				unless another internal SPI is given, %drop
 *	  eroutes del COUNT	the same away
 *	  eroutes churn MS	for so long, eroutes of 11.0.0.0/8 come, change and go;
 *				none is left; prints how many changes there were
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "klips/radix.h"
#include "pfkey.h"

#define CHURN	512	/* different eroutes of churn */

static u32 shunt = KLIPS_SHUNT_DROP;

static void quit(const char *what, int err)
{
	fprintf(stderr, "eroutes: %s: %s\n", what, strerror(-err));
	exit(1);
}

static struct klips_selector flow(u32 src)
{
	struct klips_selector sel = { .family = AF_INET, .src_len = 32, .dst_len = 16 };
	u32 be_src = htonl(src), be_dst = htonl(0x0ac80000);

	memcpy(sel.src.bytes, &be_src, sizeof(be_src));
	memcpy(sel.dst.bytes, &be_dst, sizeof(be_dst));
	return sel;
}

static void drain(struct pfkey *pk)
{
	struct klips_msg msg;

	while (!pfkey_receive(pk, &msg, 0))
		;
}

static int change(struct pfkey *pk, u8 type, u32 flags, u32 src)
{
	const struct klips_ext_sa sa = { .spi = htonl(shunt), .flags = flags };
	const struct klips_addr any = { .family = AF_INET };
	struct klips_selector sel = flow(src);
	struct klips_build *b;
	int err;

	b = pfkey_start(pk, type, type == KLIPS_MSG_ADDFLOW ? KLIPS_SATYPE_INT : 0);
	if (type == KLIPS_MSG_ADDFLOW) {
		klips_build_sa(b, KLIPS_EXT_SA, &sa);
		klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &any, 0);
		klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &any, 0);
	}
	klips_build_selector(b, &sel);
	err = pfkey_send(pk);
	drain(pk);
	return err;
}

static void all(struct pfkey *pk, u8 type, u32 count)
{
	int err;
	u32 n;

	for (n = 0; n < count; n++) {
		err = change(pk, type, 0, 0x0a000000 + n);
		if (err)
			quit("change", err);
	}
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void churn(struct pfkey *pk, long ms)
{
	long long end = now_ms() + ms;
	unsigned long changes = 0;
	static bool there[CHURN];
	u32 n;

	while (now_ms() < end) {
		n = random() % CHURN;
		if (!there[n])
			there[n] = !change(pk, KLIPS_MSG_ADDFLOW, 0, 0x0b000000 + n);
		else if (random() % 2)
			change(pk, KLIPS_MSG_ADDFLOW, KLIPS_SAFLAG_REPLACEFLOW, 0x0b000000 + n);
		else
			there[n] = !!change(pk, KLIPS_MSG_DELFLOW, 0, 0x0b000000 + n);
		changes++;
	}
	for (n = 0; n < CHURN; n++)
		if (there[n])
			change(pk, KLIPS_MSG_DELFLOW, 0, 0x0b000000 + n);
	printf("%lu\n", changes);
}

int main(int argc, char **argv)
{
	static struct pfkey pk;
	int err;

	if (argc != 3 && argc != 4)
		return 2;
	if (argc == 4)
		shunt = strtoul(argv[3], NULL, 0);
	err = pfkey_open(&pk);
	if (err)
		quit("socket", err);
	if (!strcmp(argv[1], "add"))
		all(&pk, KLIPS_MSG_ADDFLOW, strtoul(argv[2], NULL, 0));
	else if (!strcmp(argv[1], "del"))
		all(&pk, KLIPS_MSG_DELFLOW, strtoul(argv[2], NULL, 0));
	else if (!strcmp(argv[1], "churn"))
		churn(&pk, atol(argv[2]));
	else
		return 2;
	pfkey_close(&pk);
	return 0;
}
