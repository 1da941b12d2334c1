// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Swaps two tables that differ in every flow, again and again.
 *
 * usage: swap ROUNDS NET FLOWS SAID-A SAID-B [PAUSE-US [MORE]]
 *
 * Flow i is from anywhere to the i-th address behind NET. In even rounds each is
 * replaced by SAID-A, in odd ones by SAID-B: %pass, %drop, %hold, %trap,
 * tun:SPI@ADDRESS, or "-", which deletes it.
 * PAUSE-US is the time between rounds. With MORE, each round loads a whole table, in
 * which there are so many more eroutes of others, and puts it in the place of the
 * one in use; "-" clears that.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pfkey_batch.h"
#include "tests/net/lib/eroutes.h"

#define NO_EROUTE	0	/* as the SPI of a shunt */
#define OTHERS		0xac000000u	/* whose eroutes no packet meets: 172.0.0.0 */

static struct klips_said said_of(const char *word)
{
	static const struct {
		const char *word;
		enum klips_shunt shunt;
	} shunts[] = {
		{ "%pass", KLIPS_SHUNT_PASS },
		{ "%drop", KLIPS_SHUNT_DROP },
		{ "%hold", KLIPS_SHUNT_HOLD },
		{ "%trap", KLIPS_SHUNT_TRAP },
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

static bool is_none(const struct klips_said *said)
{
	return said->proto == KLIPS_PROTO_INT && said->spi == NO_EROUTE;
}

static int swap(struct pfkey *pk, u32 base, unsigned long flows, const struct klips_said *said)
{
	struct klips_selector sel = { .family = AF_INET, .dst_len = 32 };
	unsigned long i;
	int err = 0;

	for (i = 0; !err && i < flows; i++) {
		sel.dst.v4 = htonl(base + i);
		err = is_none(said) ? eroute_del(pk, &sel) : eroute_add(pk, &sel, said, true);
	}
	read_answers(pk);
	return err;
}

static int put_all(struct pfkey_batch *b, u32 base, unsigned long flows, unsigned long more,
		   const struct klips_said *said)
{
	struct klips_selector sel = { .family = AF_INET, .dst_len = 32 };
	unsigned long i;
	int err = 0;

	for (i = 0; !err && i < flows; i++) {
		sel.dst.v4 = htonl(base + i);
		eroute_build(b->pk, &sel, said, false);
		err = pfkey_batch_put(b);
	}
	sel = (struct klips_selector){ .family = AF_INET, .src_len = 32 };
	for (i = 0; !err && i < more; i++) {
		sel.src.v4 = htonl(OTHERS + i);
		eroute_build(b->pk, &sel, said, false);
		err = pfkey_batch_put(b);
	}
	return err;
}

static int swap_table(struct pfkey *pk, u32 base, unsigned long flows, unsigned long more,
		      const struct klips_said *said)
{
	struct pfkey_batch b;
	int err;

	if (is_none(said)) {
		err = eroute_clear(pk);
	} else {
		err = pfkey_batch_begin(&b, pk, KLIPS_BATCH_WHOLE);
		if (!err)
			err = put_all(&b, base, flows, more, said);
		if (!err)
			err = pfkey_batch_commit(&b);
		pfkey_batch_end(&b);
	}
	read_answers(pk);
	return err;
}

int main(int argc, char **argv)
{
	unsigned long rounds, flows, more, i;
	struct klips_said said[2];
	struct pfkey pk;
	u32 base;
	int err;

	if (argc < 6 || argc > 8) {
		fputs("usage: swap ROUNDS NET FLOWS SAID-A SAID-B [PAUSE-US [MORE]]\n", stderr);
		return 2;
	}
	rounds = word_number(argv[1], 10);
	base = ntohl(word_addr(argv[2]).v4);
	flows = word_number(argv[3], 10);
	said[0] = said_of(argv[4]);
	said[1] = said_of(argv[5]);
	more = argc > 7 ? word_number(argv[7], 10) : 0;
	err = pfkey_open(&pk);
	for (i = 0; !err && i < rounds; i++) {
		if (more)
			err = swap_table(&pk, base, flows, more, &said[i % 2]);
		else
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
