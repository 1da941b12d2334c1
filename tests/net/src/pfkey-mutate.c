// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages for a running module that are right, or were until some bytes changed:
 * every type, with every extension that it may carry, beside a socket that nobody
 * reads. The answers are read now and then: no memory of the kernel may be in them.
 *
 * usage: pfkey-mutate COUNT [SEED]. Every so often a line about how far it is; at
 * the end the counts of messages sent and accepted by type, of extensions sent and
 * in accepted messages by number, and of errors. Status 1 if one was never sent, or
 * never accepted though it can be, or if an answer was not clean.
 */
#define _GNU_SOURCE	/* recvmmsg */
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "klips/radix.h"
#include "pfkey.h"
#include "tests/net/lib/dirt.h"

#define MUTATED_OF	4	/* one message in so many stays right */
#define LONGEST_IDENT	40
#define ERRNO_MAX	133
#define TOLD_EVERY	1000000
#define READ_EVERY	64
#define READ_AT_ONCE	64
#define POISONED_EVERY	8192

/* What is refused in every message, by its type or its number. */
#define NEVER_TYPES	(BIT_ULL(KLIPS_MSG_PROMISC) | BIT_ULL(KLIPS_MSG_PCHANGE) | \
			 BIT_ULL(KLIPS_MSG_NAT_T_NEW_MAPPING))
#define NEVER_EXTS	(KLIPS_EXT_BIT(LIFETIME_CURRENT) | KLIPS_EXT_BIT(SUPPORTED_AUTH) | \
			 KLIPS_EXT_BIT(SUPPORTED_ENCRYPT) | KLIPS_EXT_BIT(KMPRIVATE))

static const u8 satypes[] = { 0, 2, 3, 3, 3, 9, 9, 10, 11, 11 };

static struct pfkey pk, lazy;
static unsigned long sent[KLIPS_MSG_MAX + 1], accepted[KLIPS_MSG_MAX + 1];
static unsigned long carried[KLIPS_EXT_MAX + 1], taken[KLIPS_EXT_MAX + 1];
static unsigned long errors[ERRNO_MAX + 1], answers, dirty;
static u64 state;

/* xorshift: the same messages for the same seed on every system */
static unsigned int below(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

static struct klips_addr some_addr(void)
{
	struct klips_addr a = { .family = below(8) ? AF_INET : AF_INET6 };

	a.bytes[0] = a.family == AF_INET ? 192 : 0x20;
	a.bytes[3] = 1 + below(2);
	return a;
}

static void put_sa(enum klips_ext_type ext)
{
	static const u8 encrypt[KLIPS_SATYPE_MAX + 1] = {
		[KLIPS_SATYPE_ESP] = KLIPS_ENCR_AES_CBC, [KLIPS_SATYPE_COMP] = KLIPS_CALG_DEFLATE,
	};
	u8 satype = ((struct klips_msg_hdr *)pk.request)->satype;
	bool auth = satype == KLIPS_SATYPE_AH || satype == KLIPS_SATYPE_ESP;
	struct klips_ext_sa sa = {
		.spi = htonl(0x1000 + below(4)), .replay = below(65),
		.state = below(8) ? KLIPS_SASTATE_MATURE : below(3),
		.auth = below(8) ? KLIPS_AUTH_SHA1 * auth : below(256),
		.encrypt = below(8) ? encrypt[satype] : below(256),
		.flags = below(2) ? 1u << below(6) : 0, .ref = below(16) ? 0 : below(40000),
	};

	klips_build_sa(&pk.build, ext, &sa);
}

static void put_addr(enum klips_ext_type ext)
{
	static const struct klips_addr mask = { .family = AF_INET, .bytes = { 255, 255, 255 } };
	struct klips_addr a = some_addr();

	if (ext == KLIPS_EXT_SRC_MASK || ext == KLIPS_EXT_DST_MASK)
		a = mask;
	else if (ext == KLIPS_EXT_SRC_FLOW || ext == KLIPS_EXT_DST_FLOW)
		a.family = AF_INET;
	klips_build_addr(&pk.build, ext, &a, below(8) ? 0 : below(65536));
}

static void put_key(enum klips_ext_type ext)
{
	static const u8 key[64];
	unsigned int right = ext == KLIPS_EXT_KEY_AUTH ? 160 : 128;

	klips_build_key(&pk.build, ext, key, below(8) ? right : 1 + below(512));
}

static void put_ident(enum klips_ext_type ext)
{
	char text[LONGEST_IDENT + 1] = "";

	memset(text, 'x', below(LONGEST_IDENT));
	klips_build_ident(&pk.build, ext, 1 + below(4), below(100), text);
}

static void put_life(enum klips_ext_type ext)
{
	struct klips_msg_life life = {
		.bytes = below(3) * 1000, .addtime = below(3) * 100, .wide = below(2),
	};

	klips_build_lifetime(&pk.build, ext, &life);
}

static void put_small(enum klips_ext_type ext)
{
	/* to begin and to end watching takes long */
	struct klips_ext_debug debug = { .netlink = !below(16) << 31, .eroute = below(16) };
	struct klips_alg alg = { .id = below(256) };
	struct klips_comb comb = {};
	u32 lo = 0x1000 + below(4);

	switch (ext) {
	case KLIPS_EXT_PROPOSAL:
		return klips_build_proposal(&pk.build, 32, &comb, below(3));
	case KLIPS_EXT_SUPPORTED_AUTH:
	case KLIPS_EXT_SUPPORTED_ENCRYPT:
		return klips_build_supported(&pk.build, ext, &alg, 1);
	case KLIPS_EXT_SPIRANGE:
		return klips_build_spirange(&pk.build, lo, lo + below(8));
	case KLIPS_EXT_SATYPE2:
		return klips_build_satype2(&pk.build, satypes[below(ARRAY_SIZE(satypes))]);
	case KLIPS_EXT_DEBUG:
		return klips_build_debug(&pk.build, &debug);
	case KLIPS_EXT_PROTOCOL:
		return klips_build_protocol(&pk.build, below(256));
	case KLIPS_EXT_NAT_T_TYPE:
		return klips_build_natt_type(&pk.build, below(3));
	case KLIPS_EXT_NAT_T_SPORT:
	case KLIPS_EXT_NAT_T_DPORT:
		return klips_build_natt_port(&pk.build, ext, below(65536));
	case KLIPS_EXT_PLUMBIF:
		return klips_build_plumbif(&pk.build, KLIPS_PLUMBIF_IPSEC + 2 + below(3));
	case KLIPS_EXT_REPLAY:
		return klips_build_replay(&pk.build, below(3) * 64, below(2), below(8) ? 0 : below(100));
	default:
		return klips_build_saref(&pk.build, below(8), below(8));
	}
}

/* For SENSITIVITY and KMPRIVATE there is no builder: nobody may send them. */
static void put_raw(enum klips_ext_type ext)
{
	struct klips_build *b = &pk.build;
	struct klips_ext e = { .len = 2, .type = ext };

	if (b->err || b->len + 16 > b->size)
		return;
	memset(b->buf + b->len, 0, 16);
	memcpy(b->buf + b->len, &e, sizeof(e));
	b->len += 16;
	b->last = ext;
}

static void put(enum klips_ext_type ext)
{
	carried[ext]++;
	switch (ext) {
	case KLIPS_EXT_SA:
	case KLIPS_EXT_SA2:
		return put_sa(ext);
	case KLIPS_EXT_LIFETIME_CURRENT ... KLIPS_EXT_LIFETIME_SOFT:
		return put_life(ext);
	case KLIPS_EXT_ADDRESS_SRC ... KLIPS_EXT_ADDRESS_PROXY:
	case KLIPS_EXT_ADDRESS_DST2 ... KLIPS_EXT_DST_MASK:
	case KLIPS_EXT_NAT_T_OA:
		return put_addr(ext);
	case KLIPS_EXT_KEY_AUTH:
	case KLIPS_EXT_KEY_ENCRYPT:
		return put_key(ext);
	case KLIPS_EXT_IDENTITY_SRC:
	case KLIPS_EXT_IDENTITY_DST:
		return put_ident(ext);
	case KLIPS_EXT_SENSITIVITY:
	case KLIPS_EXT_KMPRIVATE:
		return put_raw(ext);
	default:
		return put_small(ext);
	}
}

/* The parts of a second SAID mean something together only. */
#define SECOND_SAID	(KLIPS_EXT_BIT(SATYPE2) | KLIPS_EXT_BIT(SA2) | KLIPS_EXT_BIT(ADDRESS_DST2))

/* What the type requires, some of what it may have, seldom what it may not. */
static void build(u8 type)
{
	const struct klips_msg_row *row = &klips_msg_rows[type];
	unsigned int ext, stranger = below(16) ? 0 : 1 + below(KLIPS_EXT_MAX);
	u64 usual = row->required[KLIPS_TO_KERNEL];

	pfkey_start(&pk, type, satypes[below(ARRAY_SIZE(satypes))]);
	if (type == KLIPS_MSG_GRPSA && below(4))
		usual |= SECOND_SAID;
	for (ext = 1; ext <= KLIPS_EXT_MAX; ext++)
		if (usual & BIT_ULL(ext) ? below(32) :
		    row->permitted[KLIPS_TO_KERNEL] & BIT_ULL(ext) ? !below(4) : ext == stranger)
			put(ext);
}

static void mutate(unsigned int len)
{
	unsigned int i;

	for (i = below(4) + 1; i; i--)
		pk.request[below(len)] = below(3) ? below(34) : below(256);
}

/* In two pieces, cut anywhere; seldom with bytes too few or too many. */
static ssize_t write_it(size_t len)
{
	size_t first = below(len), bytes = below(64) ? len : below(2 * len);
	struct iovec part[] = {
		{ pk.request, first < bytes ? first : bytes },
		{ pk.request + first, first < bytes ? bytes - first : 0 },
	};
	struct msghdr msg = { .msg_iov = part, .msg_iovlen = 2 };

	return sendmsg(pk.fd, &msg, MSG_NOSIGNAL);
}

/* As it went out: what was put in may have become something else. */
static void count_taken(size_t len)
{
	struct klips_msg msg;
	int i;

	if (klips_msg_parse(pk.request, len, KLIPS_TO_KERNEL, &msg, NULL))
		return;
	accepted[msg.hdr->type]++;
	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		taken[i] += msg.ext[i] != NULL;
}

/*
 * Some seldom: what empties the table leaves nothing for the others, and a device or
 * the whole table takes as long as a hundred of them.
 */
static u8 some_type(void)
{
	u8 type = 1 + below(KLIPS_MSG_MAX);

	switch (type) {
	case KLIPS_MSG_FLUSH:
	case KLIPS_MSG_DUMP:
	case KLIPS_MSG_PLUMBIF:
	case KLIPS_MSG_UNPLUMBIF:
		return below(16) ? KLIPS_MSG_ADD : type;
	default:
		return type;
	}
}

static void one(void)
{
	u8 type = some_type();
	int len;

	build(type);
	len = klips_build_end(&pk.build);
	if (len < 0)
		return;
	/* the refusal that a daemon passes on */
	if (type == KLIPS_MSG_ACQUIRE && below(2))
		((struct klips_msg_hdr *)pk.request)->err = ECONNREFUSED;
	if (below(MUTATED_OF))
		mutate(len);
	sent[type]++;
	if (write_it(len) >= 0)
		count_taken(len);
	else
		errors[errno <= ERRNO_MAX ? errno : 0]++;
}

/* An answer; a refused ACQUIRE is passed on as it came, with what was in it. */
static void look_at(const void *answer, size_t len)
{
	struct klips_msg msg;

	answers++;
	if (klips_msg_parse(answer, len, KLIPS_TO_USER, &msg, NULL) ||
	    (msg.hdr->type == KLIPS_MSG_ACQUIRE && msg.hdr->err) || !message_dirt(&msg))
		return;
	if (!dirty++)
		fprintf(stderr, "%s: %s is not clean\n", klips_msg_name(msg.hdr->type),
			message_dirt(&msg));
}

/* All answers there are, many in one system call: it costs more than they do. */
static void read_answers(void)
{
	static _Alignas(8) u8 bytes[READ_AT_ONCE][KLIPS_PFKEY_MAX_BYTES];
	static struct mmsghdr msgs[READ_AT_ONCE];
	static struct iovec parts[READ_AT_ONCE];
	int i, n;

	for (i = 0; i < READ_AT_ONCE; i++) {
		parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
	}
	do {
		n = recvmmsg(pk.fd, msgs, READ_AT_ONCE, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++)
			look_at(bytes[i], msgs[i].msg_len);
	} while (n == READ_AT_ONCE);
}

static bool tell(void)
{
	bool all = !dirty && answers;
	int i;

	printf("%lu answers read, %lu not clean\n", answers, dirty);
	for (i = 1; i <= KLIPS_MSG_MAX; i++) {
		printf("%s: %lu sent, %lu accepted\n", klips_msg_name(i), sent[i], accepted[i]);
		all &= sent[i] && (accepted[i] || NEVER_TYPES & BIT_ULL(i));
	}
	for (i = 1; i <= KLIPS_EXT_MAX; i++) {
		printf("in them %s: %lu sent, %lu accepted\n", klips_ext_name(i), carried[i], taken[i]);
		all &= carried[i] && (taken[i] || NEVER_EXTS & BIT_ULL(i));
	}
	for (i = 0; i <= ERRNO_MAX; i++)
		if (errors[i])
			printf("errno %d: %lu\n", i, errors[i]);
	return all;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 0) : 0, i;

	if (!n || pfkey_open(&pk) || pfkey_open(&lazy)) {
		fprintf(stderr, "usage: %s COUNT [SEED], where a module is loaded\n", argv[0]);
		return 2;
	}
	state = 0x9e3779b97f4a7c15ull * (argc > 2 ? strtoul(argv[2], NULL, 0) + 1 : 1);
	for (i = 1; i <= n; i++) {
		if (i % POISONED_EVERY == 1)
			poison_kernel();
		one();
		if (i % READ_EVERY == 0)
			read_answers();
		if (i % TOLD_EVERY == 0)
			fprintf(stderr, "%lu of %lu messages\n", i, n);
	}
	return tell() ? 0 : 1;
}
