// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Swaps two tables that differ in every flow, again and again.
 *
 * usage: swap ROUNDS NET FLOWS SAID-A SAID-B [PAUSE-US]
 *
 * Flow i is from anywhere to the i-th address behind NET. In even rounds each is
 * replaced by SAID-A, in odd ones by SAID-B: %pass, %drop, %hold, tun:SPI@ADDRESS,
 * or "-", which deletes it.
 * PAUSE-US is the time between rounds.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/net/lib/eroutes.h"

#define NO_EROUTE	0	/* as the SPI of a shunt */

static struct klips_said said_of(const char *word)
{
	static const struct {
		const char *word;
		enum klips_shunt shunt;
	} shunts[] = {
		{ "%pass", KLIPS_SHUNT_PASS },
		{ "%drop", KLIPS_SHUNT_DROP },
		{ "%hold", KLIPS_SHUNT_HOLD },
		{ "-", NO_EROUTE },
	};
	const char *at = strchr(word, '@');
	struct tunnel t = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(shunts) / sizeof(*shunts); i++)
		if (!strcmp(word, shunts[i].word))
			return shunt_said(shunts[i].shunt, AF_INET);
	if (strncmp(word, "tun:", 4) || !at) {
		fprintf(stderr, "swap: what is '%s'?\n", word);
		exit(2);
	}
	t.tun = strtoul(word + 4, NULL, 16);
	t.dst = word_addr(at + 1);
	return tunnel_said(&t);
}

/* Its answers pile up otherwise. */
static void read_answers(struct pfkey *pk)
{
	struct klips_msg msg;

	while (pfkey_receive(pk, &msg, 0) != -ETIMEDOUT)
		;
}

static int swap(struct pfkey *pk, u32 base, unsigned long flows, const struct klips_said *said)
{
	struct klips_selector sel = { .family = AF_INET, .dst_len = 32 };
	unsigned long i;
	int err = 0;

	for (i = 0; !err && i < flows; i++) {
		sel.dst.v4 = htonl(base + i);
		if (said->proto == KLIPS_PROTO_INT && said->spi == NO_EROUTE)
			err = eroute_del(pk, &sel);
		else
			err = eroute_add(pk, &sel, said, true);
	}
	read_answers(pk);
	return err;
}

int main(int argc, char **argv)
{
	unsigned long rounds, flows, i;
	struct klips_said said[2];
	struct pfkey pk;
	u32 base;
	int err;

	if (argc != 6 && argc != 7) {
		fputs("usage: swap ROUNDS NET FLOWS SAID-A SAID-B [PAUSE-US]\n", stderr);
		return 2;
	}
	rounds = word_number(argv[1], 10);
	base = ntohl(word_addr(argv[2]).v4);
	flows = word_number(argv[3], 10);
	said[0] = said_of(argv[4]);
	said[1] = said_of(argv[5]);
	err = pfkey_open(&pk);
	for (i = 0; !err && i < rounds; i++) {
		err = swap(&pk, base, flows, &said[i % 2]);
		if (argc > 6)
			usleep(word_number(argv[6], 10));
	}
	if (err) {
		fprintf(stderr, "swap: round %lu: %s\n", i, strerror(-err));
		return 1;
	}
	printf("swapped %lu\n", rounds);
	return 0;
}
