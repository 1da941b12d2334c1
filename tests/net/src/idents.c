// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A key daemon that says with its trap whose connection it is for, and says what
 * the ACQUIREs of that trap bring back.
 *
 * usage: idents SPI SECONDS [SRC-TEXT DST-TEXT]: a trap (260 or 261) from
 * 192.0.1.0/24 to 10.2.0.0/16. "ready", then a line for each ACQUIRE: type, number
 * and text of either identity.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pfkey.h"
#include "klips/radix.h"

#define TYPE_OF_SRC	2	/* FQDN; the destination gets the next: USERFQDN */
#define NUMBER_OF_SRC	0x123456789abcdefULL

static int trap(struct pfkey *pk, u32 spi, char **texts)
{
	struct klips_selector sel = { .family = AF_INET, .src_len = 24, .dst_len = 16 };
	struct klips_addr none = { .family = AF_INET };
	struct klips_ext_sa sa = { .spi = htonl(spi), .flags = KLIPS_SAFLAG_REPLACEFLOW };
	int i;

	inet_pton(AF_INET, "192.0.1.0", &sel.src.v4);
	inet_pton(AF_INET, "10.2.0.0", &sel.dst.v4);
	pfkey_start(pk, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_INT);
	klips_build_sa(&pk->build, KLIPS_EXT_SA, &sa);
	klips_build_addr(&pk->build, KLIPS_EXT_ADDRESS_SRC, &none, 0);
	klips_build_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, &none, 0);
	for (i = 0; texts && i < 2; i++)
		klips_build_ident(&pk->build, KLIPS_EXT_IDENTITY_SRC + i, TYPE_OF_SRC + i,
				  NUMBER_OF_SRC + i, texts[i]);
	klips_build_selector(&pk->build, &sel);
	return pfkey_send(pk);
}

static void print_ident(const struct klips_msg *msg, enum klips_ext_type ext)
{
	const char *text;
	u16 type;
	u64 id;

	if (klips_msg_ident(msg, ext, &type, &id, &text))
		printf(" %u %llx '%s'", type, (unsigned long long)id, text);
	else
		printf(" none");
}

int main(int argc, char **argv)
{
	static struct pfkey pk;
	struct klips_msg msg;

	setlinebuf(stdout);
	if ((argc != 3 && argc != 5) || pfkey_open(&pk)) {
		perror("idents");
		return 2;
	}
	pfkey_start(&pk, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP);
	if (pfkey_send(&pk) || trap(&pk, atoi(argv[1]), argc == 5 ? argv + 3 : NULL)) {
		perror("idents: REGISTER, ADDFLOW");
		return 2;
	}
	puts("ready");
	alarm(atoi(argv[2]));
	for (;;) {
		if (pfkey_receive(&pk, &msg, -1) || msg.hdr->type != KLIPS_MSG_ACQUIRE)
			continue;
		printf("acquire");
		print_ident(&msg, KLIPS_EXT_IDENTITY_SRC);
		print_ident(&msg, KLIPS_EXT_IDENTITY_DST);
		puts("");
	}
}
