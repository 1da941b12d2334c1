// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listens for EXPIRE as a key daemon would, and says what it hears.
 *
 * usage: expiries		until SIGTERM; one line each: "soft|hard SPI BYTES"
 */
#include <stdio.h>
#include <stdlib.h>

#include "pfkey.h"

static void tell(const struct klips_msg *msg)
{
	bool hard = klips_msg_has(msg, KLIPS_EXT_LIFETIME_HARD);
	struct klips_msg_life now = {};
	struct klips_ext_sa sa;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	klips_msg_lifetime(msg, KLIPS_EXT_LIFETIME_CURRENT, &now);
	printf("%s %x %llu\n", hard ? "hard" : "soft", ntohl(sa.spi),
	       (unsigned long long)now.bytes);
	fflush(stdout);
}

int main(void)
{
	static struct pfkey pk;
	struct klips_msg msg;
	int err;

	err = pfkey_open(&pk);
	if (err) {
		fprintf(stderr, "expiries: %s\n", strerror(-err));
		return 1;
	}
	fprintf(stderr, "listening\n");
	for (;;)
		if (!pfkey_receive(&pk, &msg, -1) && msg.hdr->type == KLIPS_MSG_EXPIRE)
			tell(&msg);
}
