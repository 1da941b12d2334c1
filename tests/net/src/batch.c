// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads a table of eroutes as a batch.
 *
 * usage: batch each|whole COUNT [bad INDEX] [abort] [shunt SPI] [shuffled]
 *	batch options
 *
 * Entry I leads from the host 10.0.0.0 + I to 10.2.0.0/16, to %pass, or to the
 * shunt with that SPI; "shuffled" sends the hosts in no order, of COUNT up to 2^20.
 * With "bad" entry INDEX is the one before it again. Prints
 * "done=N error=E ns=T", and the errno by name if there was one; status 1 then.
 * "options" checks what the socket options refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <klips/handover_uapi.h>

#include "klips/radix.h"
#include "pfkey_batch.h"

static struct pfkey pk;
static u32 spi = KLIPS_SHUNT_PASS;
static bool shuffled;

#define SHUFFLE		0x9e3779b1u	/* odd: a permutation of any power of two */

static void build(unsigned int i)
{
	struct klips_selector sel = {
		.family = AF_INET, .src_len = 32, .dst_len = 16,
		.src.v4 = htonl(0x0a000000 + (shuffled ? i * SHUFFLE % (1 << 20) : i)),
		.dst.v4 = htonl(0x0a020000),
	};
	struct klips_ext_sa sa = { .spi = htonl(spi) };
	struct klips_addr none = { .family = AF_INET };
	struct klips_build *b = pfkey_start(&pk, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_INT);

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_SRC, &none, 0);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &none, 0);
	klips_build_selector(b, &sel);
}

static int load(struct pfkey_batch *b, unsigned int count, unsigned int bad)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < count && !err; i++) {
		build(i && i == bad ? i - 1 : i);
		err = pfkey_batch_put(b);
	}
	return err ? err : pfkey_batch_flush(b);
}

static void refuses(int option, u32 value, socklen_t len, int want, int line)
{
	int err = setsockopt(pk.fd, KLIPS_SOL_PFKEY, option, &value, len) ? errno : 0;

	if (err == want)
		return;
	printf("batch.c:%d: %s, should be %s\n", line, strerror(err), strerror(want));
	exit(1);
}

#define REFUSES(option, value, len, want) refuses(option, value, len, want, __LINE__)

static int options(void)
{
	struct pfkey other;
	u32 whole = KLIPS_BATCH_WHOLE;

	REFUSES(KLIPS_BATCH_MODE, KLIPS_BATCH_WHOLE + 1, 4, EINVAL);
	REFUSES(KLIPS_BATCH_MODE, KLIPS_BATCH_EACH, 3, EINVAL);
	REFUSES(KLIPS_BATCH_STATUS, 0, 4, ENOPROTOOPT);
	REFUSES(KLIPS_HANDOVER_GIVE + 1, 0, 4, ENOPROTOOPT);
	REFUSES(KLIPS_BATCH_COMMIT, 1, 4, EINVAL);
	REFUSES(KLIPS_BATCH_MODE, KLIPS_BATCH_EACH, 4, 0);
	REFUSES(KLIPS_BATCH_COMMIT, 1, 4, EINVAL);
	REFUSES(KLIPS_BATCH_MODE, KLIPS_BATCH_WHOLE, 4, 0);
	if (pfkey_open(&other) || !setsockopt(other.fd, KLIPS_SOL_PFKEY, KLIPS_BATCH_MODE, &whole,
					      sizeof(whole)) || errno != EBUSY) {
		printf("two sockets build a table\n");
		return 1;
	}
	pfkey_close(&other);
	/* no DELETE in a batch, and nothing after a failure */
	pfkey_start(&pk, KLIPS_MSG_FLUSH, 0);
	if (pfkey_send(&pk) != -EINVAL) {
		printf("FLUSH in a batch\n");
		return 1;
	}
	REFUSES(KLIPS_BATCH_COMMIT, 1, 4, ECANCELED);
	REFUSES(KLIPS_BATCH_MODE, KLIPS_BATCH_OFF, 4, 0);
	pfkey_start(&pk, KLIPS_MSG_FLUSH, 0);
	return pfkey_send(&pk) ? 1 : 0;
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 2 ? strtoul(argv[2], NULL, 0) : 0, bad = 0;
	struct klips_batch_status st = {};
	struct pfkey_batch b;
	bool whole, commit;
	int i, err;

	if (argc < 2 || pfkey_open(&pk)) {
		fprintf(stderr, "usage: %s each|whole COUNT [bad INDEX] [abort] [shunt SPI] [shuffled]\n",
			argv[0]);
		return 2;
	}
	if (!strcmp(argv[1], "options"))
		return options();
	commit = whole = !strcmp(argv[1], "whole");
	for (i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "abort"))
			commit = false;
		else if (!strcmp(argv[i], "shuffled"))
			shuffled = true;
		else if (!strcmp(argv[i], "bad") && i + 1 < argc)
			bad = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "shunt") && i + 1 < argc)
			spi = strtoul(argv[++i], NULL, 0);
	}
	err = pfkey_batch_begin(&b, &pk, whole ? KLIPS_BATCH_WHOLE : KLIPS_BATCH_EACH);
	if (!err)
		err = load(&b, count, bad);
	if (!err && commit)
		err = pfkey_batch_commit(&b);
	i = pfkey_batch_status(&b, &st);
	printf("done=%llu error=%u ns=%llu%s%s\n", (unsigned long long)st.done, st.error,
	       (unsigned long long)st.nanoseconds, err ? " " : "", err ? strerror(-err) : "");
	pfkey_batch_end(&b);
	return err || i ? 1 : 0;
}
