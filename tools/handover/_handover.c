// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * _handover: the part of `ipsec handover` that touches keys.
 *
 *	_handover save		freezes all SAs, prints a line "sa HEX" for each
 *	_handover load		reads such lines, makes the SAs, groups them
 *
 * Nothing else is printed on standard output.  Memory that holds keys is locked
 * and wiped.  Status 0 if all went well; the first fault ends it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <klips/handover_uapi.h>
#include <klips/uapi.h>

#include "pfkey.h"
#include "said.h"

#define HEX_LINE	(2 * sizeof(struct klips_handover_sa))

static struct pfkey pk;
static struct klips_handover_sa record;
static char line[HEX_LINE + 8];

static int complain(const char *what, int err)
{
	fprintf(stderr, "handover: %s: %s\n", what, strerror(err));
	return 1;
}

/* --- save --------------------------------------------------------------------------- */

static void print_record(void)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = (const void *)&record;
	char *at = line;
	size_t i;

	for (i = 0; i < sizeof(record); i++) {
		*at++ = digits[byte[i] >> 4];
		*at++ = digits[byte[i] & 15];
	}
	*at = '\0';
	printf("sa %s\n", line);
}

static int save(void)
{
	socklen_t len = sizeof(record);
	__u32 one = 1;

	if (setsockopt(pk.fd, KLIPS_SOL_PFKEY, KLIPS_HANDOVER_FREEZE, &one, sizeof(one)))
		return complain("cannot freeze the SAs", errno);
	while (!getsockopt(pk.fd, KLIPS_SOL_PFKEY, KLIPS_HANDOVER_TAKE, &record, &len))
		print_record();
	if (errno != ENODATA)
		return complain("cannot take an SA", errno);
	if (fflush(stdout) || ferror(stdout))
		return complain("cannot write", errno);
	return 0;
}

/* --- load --------------------------------------------------------------------------- */

/* What groups need to know of an SA, once all are there. */
struct link {
	struct klips_said sa, next;
	bool inbound;
	struct link *rest;
};

static struct link *links;

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_record(void)
{
	unsigned char *byte = (void *)&record;
	int high, low;
	size_t i;

	if (strncmp(line, "sa ", 3) || strlen(line) != 3 + HEX_LINE + 1)
		return false;
	for (i = 0; i < sizeof(record); i++) {
		high = digit(line[3 + 2 * i]);
		low = digit(line[4 + 2 * i]);
		if (high < 0 || low < 0)
			return false;
		byte[i] = high << 4 | low;
	}
	return true;
}

static void read_said(struct klips_said *to, const struct klips_handover_said *from, u8 proto)
{
	memset(to, 0, sizeof(*to));
	to->dst.family = from->dst.family;
	memcpy(to->dst.bytes, from->dst.bytes, sizeof(to->dst.bytes));
	to->spi = from->spi;
	to->proto = proto;
}

static bool remember_link(void)
{
	struct link *link;

	if (!record.next.dst.family)
		return true;
	link = malloc(sizeof(*link));
	if (!link)
		return false;
	read_said(&link->sa, &record.said, record.proto);
	read_said(&link->next, &record.next, record.next_proto);
	link->inbound = record.inbound;
	link->rest = links;
	links = link;
	return true;
}

/* The kernel wants the inner one first, whichever way the packets go. */
static int group(const struct link *link)
{
	const struct klips_said *inner = link->inbound ? &link->next : &link->sa;
	const struct klips_said *outer = link->inbound ? &link->sa : &link->next;
	struct klips_build *b = pfkey_start(&pk, KLIPS_MSG_GRPSA, said_satype(inner->proto));
	struct klips_ext_sa sa = { .spi = inner->spi };

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST, &inner->dst, 0);
	klips_build_satype2(b, said_satype(outer->proto));
	sa.spi = outer->spi;
	klips_build_sa(b, KLIPS_EXT_SA2, &sa);
	klips_build_addr(b, KLIPS_EXT_ADDRESS_DST2, &outer->dst, 0);
	return pfkey_send(&pk);
}

static int load(void)
{
	const struct link *link;
	int err;

	while (fgets(line, sizeof(line), stdin)) {
		if (!parse_record())
			return complain("a line that is no SA", EINVAL);
		if (!remember_link())
			return complain("an SA", ENOMEM);
		if (setsockopt(pk.fd, KLIPS_SOL_PFKEY, KLIPS_HANDOVER_GIVE, &record, sizeof(record)))
			return complain("the kernel refuses an SA", errno);
	}
	if (ferror(stdin))
		return complain("standard input", errno);
	for (link = links; link; link = link->rest) {
		err = group(link);
		if (err)
			return complain("the kernel refuses a group", -err);
	}
	return 0;
}

/* ------------------------------------------------------------------------------------ */

static int run(const char *what)
{
	int err = pfkey_open(&pk), status = 2;

	if (err)
		return complain("PF_KEY", -err);
	/* Not to disk, by whatever way: swap, core files, another's debugger. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) || prctl(PR_SET_DUMPABLE, 0))
		return complain("cannot lock memory", errno);
	if (!strcmp(what, "save"))
		status = save();
	else if (!strcmp(what, "load"))
		status = load();
	explicit_bzero(&record, sizeof(record));
	explicit_bzero(line, sizeof(line));
	pfkey_close(&pk);
	return status;
}

int main(int argc, char **argv)
{
	/* a buffer of our own, to be wiped */
	static char out[HEX_LINE + 64], in[HEX_LINE + 64];
	int status;

	setvbuf(stdout, out, _IOFBF, sizeof(out));
	setvbuf(stdin, in, _IOFBF, sizeof(in));
	status = run(argc == 2 ? argv[1] : "");
	fflush(stdout);
	explicit_bzero(out, sizeof(out));
	explicit_bzero(in, sizeof(in));
	if (status == 2)
		fprintf(stderr, "usage: _handover save|load\n");
	return status;
}
