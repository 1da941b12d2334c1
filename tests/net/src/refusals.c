// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every message type, right, and then with one thing wrong: each extension that it
 * needs left out, each that has no place in it put in, each twice, each with every
 * kind of wrong length and bad value; headers, SA types, numbers that do not exist.
 * The errno must be the one that old programs know, everybody must hear of it (or
 * nobody, when it is the header), and SAs, groups, eroutes, devices, debug words and
 * registrations must be as they were. What is right must be taken, and answered
 * with the extensions that belong there.
 *
 * usage: refusals, in a namespace of its own. One line for each thing that is not so,
 * and the counts by type; status 1 if there was one.
 *
 * The tables are those of the old kernel, by number: not the module's own.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "klips/radix.h"
#include "pfkey.h"
#include "tests/net/lib/dirt.h"

#define X(n)		BIT_ULL(n)
#define UP_TO(n)	(BIT_ULL((n) + 1) - 2)
#define NETS		(X(21) | X(22) | X(23) | X(24))
#define PLACE(n)	(KLIPS_PLUMBIF_IPSEC + (n))

/* Network byte order, in tables. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NET32(n)	__builtin_bswap32(n)
#define NET16(n)	__builtin_bswap16(n)
#else
#define NET32(n)	(n)
#define NET16(n)	(n)
#endif

/* SA types by what the old kernel asks of them. */
#define WITH_PROTO	(X(2) | X(3) | X(9) | X(10) | X(11))
#define ALL_SATYPES	(UP_TO(11) | X(0))

/* SPIs of what is there, and of what is not. */
enum { TUN = 0x1000, ESP = 0x1001, LONE_TUN = 0x2000, LONE_ESP = 0x2001, LARVAL = 0x3000, FREE = 0x4000 };
enum { OLD_FLOW = 1, NEW_FLOW = 9 };	/* second byte of its networks */
enum { OLD_DEVICE = 3, NEW_DEVICE = 4 };

enum heard { NOBODY, SENDER, ALL };

/* Who hears the answer of a message, what it needs and may have, and what its answer. */
static const struct type {
	u8 type, satype;
	u64 satypes;
	u32 spi;
	u64 carries, needs, may, never;
	enum heard heard;
	u64 answer, answer_may;
	int err;		/* of the right message */
} types[] = {
	{ KLIPS_MSG_GETSPI, 3, WITH_PROTO, 0,
	  X(5) | X(6) | X(16), X(5) | X(6) | X(16), X(7), 0, ALL, X(1) | X(5) | X(6), 0, 0 },
	{ KLIPS_MSG_UPDATE, 3, WITH_PROTO, LONE_ESP,
	  X(1) | X(5) | X(6) | X(8) | X(9), X(1) | X(5) | X(6) | X(8) | X(9),
	  X(3) | X(4) | X(7) | X(10) | X(11) | X(28) | X(29) | X(33), X(2) | X(12), ALL,
	  X(1) | X(5) | X(6), X(2) | X(3) | X(4) | X(7) | X(10) | X(11) | X(28) | X(29), 0 },
	{ KLIPS_MSG_ADD, 3, WITH_PROTO, FREE,
	  X(1) | X(5) | X(6) | X(8) | X(9), X(1) | X(5) | X(6) | X(8) | X(9),
	  X(3) | X(4) | X(7) | X(10) | X(11) | X(27) | X(28) | X(29) | X(30) | X(31) | X(32) | X(33),
	  X(12), ALL, X(1) | X(5) | X(6),
	  X(3) | X(4) | X(10) | X(11) | X(27) | X(28) | X(29) | X(30) | X(31) | X(32), 0 },
	{ KLIPS_MSG_DELETE, 3, WITH_PROTO, LONE_ESP,
	  X(1) | X(5) | X(6), X(1) | X(5) | X(6), 0, 0, ALL, X(1) | X(5) | X(6), 0, 0 },
	{ KLIPS_MSG_GET, 3, WITH_PROTO, LONE_ESP,
	  X(1) | X(5) | X(6), X(1) | X(5) | X(6), 0, X(2), SENDER,
	  X(1) | X(5) | X(6), X(2) | X(3) | X(4) | X(7) | X(10) | X(11), 0 },
	/* with an errno in its header: any other is refused */
	{ KLIPS_MSG_ACQUIRE, 3, UP_TO(11), 0,
	  X(5) | X(6), 0, X(7) | X(10) | X(11) | X(12) | X(13), 0, SENDER,
	  0, X(5) | X(6) | X(7) | X(10) | X(11) | X(12) | X(13), 0 },
	{ KLIPS_MSG_REGISTER, 3, X(2) | X(3) | X(9) | X(10), 0,
	  0, 0, 0, 0, SENDER, X(14) | X(15), 0, 0 },
	{ KLIPS_MSG_EXPIRE, 3, UP_TO(11), 0, 0, 0, 0, 0, ALL, 0, 0, 0 },
	{ KLIPS_MSG_FLUSH, 0, WITH_PROTO | X(0), 0, 0, 0, 0, 0, ALL, 0, 0, 0 },
	{ KLIPS_MSG_DUMP, 0, WITH_PROTO | X(0), 0, 0, 0, 0, 0, SENDER,
	  0, X(1) | X(2) | X(3) | X(4) | X(5) | X(6) | X(10) | X(11), 0 },
	{ KLIPS_MSG_PROMISC, 0, ALL_SATYPES, FREE, UP_TO(20), UP_TO(20), 0, 0, NOBODY, 0, 0, EINVAL },
	{ KLIPS_MSG_PCHANGE, 0, ALL_SATYPES, FREE, UP_TO(20), UP_TO(20), 0, 0, NOBODY, 0, 0, EINVAL },
	{ KLIPS_MSG_GRPSA, 9, WITH_PROTO, LONE_TUN,
	  X(1) | X(6) | X(18) | X(19) | X(20), X(1) | X(6) | X(18) | X(19) | X(20), 0, 0, ALL,
	  X(1) | X(6) | X(18) | X(19) | X(20), 0, 0 },
	{ KLIPS_MSG_ADDFLOW, 9, WITH_PROTO, TUN,
	  X(1) | X(6) | NETS, X(1) | X(6) | NETS, X(5) | X(10) | X(11) | X(26), 0, ALL,
	  X(1) | X(6) | NETS, X(5) | X(26), 0 },
	{ KLIPS_MSG_DELFLOW, 0, ALL_SATYPES, TUN,
	  NETS, NETS, X(1) | X(10) | X(11) | X(26), 0, ALL, NETS, X(1) | X(26), 0 },
	{ KLIPS_MSG_DEBUG, 0, ALL_SATYPES, 0, X(25), X(25), 0, 0, NOBODY, 0, 0, 0 },
	{ KLIPS_MSG_NAT_T_NEW_MAPPING, 3, ALL_SATYPES, LONE_ESP,
	  X(1) | X(5) | X(6) | X(28) | X(29), X(1) | X(5) | X(6) | X(28) | X(29), 0, 0, NOBODY,
	  0, 0, EINVAL },
	{ KLIPS_MSG_PLUMBIF, 0, ALL_SATYPES, 0, X(31), X(31), 0, 0, SENDER, X(31), 0, 0 },
	{ KLIPS_MSG_UNPLUMBIF, 0, ALL_SATYPES, 0, X(31), X(31), 0, 0, SENDER, X(31), 0, 0 },
};

/* Some bytes of a message that are to be others; of its header if the extension is 0. */
struct poke {
	u8 ext, at, size;
	u32 value;
};

/* What is wrong wherever the extension is. */
static const struct {
	struct poke poke;
	int err;
} values[] = {
#define SA_VALUES(n)								\
	{ { n, 8, 1, 65 }, EINVAL }, { { n, 9, 1, 3 }, EINVAL },		\
	{ { n, 9, 1, 255 }, EINVAL }, { { n, 16, 4, 32768 }, EINVAL },		\
	{ { n, 16, 4, 0xfffffffe }, EINVAL }
	SA_VALUES(1), SA_VALUES(19),
#define ADDRESS_VALUES(n)							\
	{ { n, 6, 2, 1 }, EINVAL }, { { n, 8, 2, AF_INET6 }, EINVAL },		\
	{ { n, 8, 2, 0 }, EPFNOSUPPORT }, { { n, 8, 2, AF_UNIX }, EPFNOSUPPORT }, \
	{ { n, 8, 2, 65535 }, EPFNOSUPPORT }, { { n, 5, 1, 24 }, EAFNOSUPPORT }
	ADDRESS_VALUES(5), ADDRESS_VALUES(6), ADDRESS_VALUES(7), ADDRESS_VALUES(20),
	ADDRESS_VALUES(21), ADDRESS_VALUES(22), ADDRESS_VALUES(23), ADDRESS_VALUES(24),
	ADDRESS_VALUES(30),
#define KEY_VALUES(n)								\
	{ { n, 4, 2, 0 }, EINVAL }, { { n, 4, 2, 65535 }, EINVAL },		\
	{ { n, 4, 2, 64 }, EINVAL }, { { n, 4, 2, 256 }, EINVAL },		\
	{ { n, 4, 2, 121 }, EINVAL }, { { n, 6, 2, 1 }, EINVAL }
	KEY_VALUES(8), KEY_VALUES(9),
#define IDENT_VALUES(n)								\
	{ { n, 4, 2, 0 }, EINVAL }, { { n, 4, 2, 5 }, EINVAL },			\
	{ { n, 4, 2, 65535 }, EINVAL }, { { n, 6, 2, 1 }, EINVAL }, { { n, 23, 1, 'x' }, EINVAL }
	IDENT_VALUES(10), IDENT_VALUES(11),
	{ { 13, 4, 1, 65 }, EINVAL }, { { 13, 7, 1, 1 }, EINVAL }, { { 13, 8, 1, 0 }, EINVAL },
	{ { 16, 4, 4, 0 }, EEXIST }, { { 16, 4, 4, NET32(255) }, EEXIST },
	{ { 16, 4, 4, NET32(FREE + 1) }, EINVAL }, { { 16, 12, 4, 1 }, EINVAL },
	{ { 18, 4, 1, 0 }, EINVAL }, { { 18, 4, 1, 1 }, EINVAL }, { { 18, 4, 1, 5 }, EINVAL },
	{ { 18, 4, 1, 12 }, EINVAL }, { { 18, 5, 1, 1 }, EINVAL }, { { 18, 7, 1, 1 }, EINVAL },
	{ { 25, 52, 4, 1 }, EINVAL },
	{ { 26, 7, 1, 1 }, EINVAL },
	{ { 27, 4, 1, 0 }, EINVAL }, { { 27, 4, 1, 1 }, EINVAL }, { { 27, 4, 1, 3 }, EINVAL },
	{ { 32, 4, 4, 32768 }, EINVAL }, { { 32, 8, 4, 32768 }, EINVAL },
	{ { 32, 4, 4, 0xffffffff }, EINVAL },
	{ { 33, 4, 4, 31 }, EINVAL }, { { 33, 4, 4, 4097 }, EINVAL }, { { 33, 8, 4, 2 }, EINVAL },
	{ { 33, 12, 4, 1 }, EINVAL },
};

#define SPI(n)		{ 1, 4, 4, NET32(n) }
#define FLAGS(n)	{ 1, 12, 4, n }
#define SATYPE(n)	{ 0, 3, 1, n }

/* What is wrong in a message of one type, which says something impossible. */
static const struct {
	u8 type;
	struct poke poke[3];
	int err;
} senses[] = {
	{ KLIPS_MSG_GETSPI, { { 16, 4, 4, NET32(LONE_ESP) }, { 16, 8, 4, NET32(LONE_ESP) } }, EEXIST },
	{ KLIPS_MSG_GETSPI, { { 16, 4, 4, NET32(LARVAL) }, { 16, 8, 4, NET32(LARVAL) } }, EEXIST },
	{ KLIPS_MSG_ADD, { { 1, 9, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_ADD, { { 1, 9, 1, 2 } }, EINVAL },
	{ KLIPS_MSG_ADD, { SPI(0) }, EINVAL },
	{ KLIPS_MSG_ADD, { SPI(255) }, EINVAL },
	{ KLIPS_MSG_ADD, { SPI(LONE_ESP) }, EEXIST },
	{ KLIPS_MSG_ADD, { SPI(LARVAL) }, EEXIST },
	{ KLIPS_MSG_ADD, { SPI(LONE_ESP), { 1, 11, 1, 99 } }, EEXIST },
	{ KLIPS_MSG_ADD, { { 1, 10, 1, 99 } }, EINVAL },
	{ KLIPS_MSG_ADD, { { 1, 11, 1, 99 } }, EPROTO },
	{ KLIPS_MSG_ADD, { { 1, 11, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_ADD, { { 1, 10, 1, 0 }, { 1, 11, 1, 11 } }, EINVAL },
	{ KLIPS_MSG_ADD, { SATYPE(2) }, EINVAL },
	{ KLIPS_MSG_ADD, { SATYPE(2), { 1, 10, 1, 0 }, { 1, 11, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_ADD, { SATYPE(10) }, EINVAL },
	{ KLIPS_MSG_ADD, { SATYPE(10), { 1, 10, 1, 0 }, { 1, 11, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_ADD, { SATYPE(10), { 1, 10, 1, 0 }, { 1, 11, 1, 3 } }, EINVAL },
	{ KLIPS_MSG_ADD, { SATYPE(11) }, EINVAL },
	{ KLIPS_MSG_UPDATE, { { 1, 9, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_UPDATE, { { 1, 9, 1, 2 } }, EINVAL },
	{ KLIPS_MSG_UPDATE, { SPI(255) }, EINVAL },
	{ KLIPS_MSG_UPDATE, { SPI(FREE) }, ENOENT },
	{ KLIPS_MSG_UPDATE, { { 1, 10, 1, 99 } }, EINVAL },
	{ KLIPS_MSG_UPDATE, { { 1, 11, 1, 99 } }, EPROTO },
	{ KLIPS_MSG_UPDATE, { { 1, 11, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_UPDATE, { SATYPE(9) }, ENOENT },
	{ KLIPS_MSG_DELETE, { SPI(FREE) }, ESRCH },
	{ KLIPS_MSG_DELETE, { SATYPE(9) }, ESRCH },
	{ KLIPS_MSG_DELETE, { { 6, 12, 4, 0 } }, ESRCH },
	{ KLIPS_MSG_GET, { SPI(FREE) }, ESRCH },
	{ KLIPS_MSG_GET, { SATYPE(10) }, ESRCH },
	{ KLIPS_MSG_GET, { { 6, 12, 4, 0 } }, ESRCH },
	{ KLIPS_MSG_ACQUIRE, { SATYPE(2) }, EPROTONOSUPPORT },
	{ KLIPS_MSG_ACQUIRE, { { 0, 2, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_GRPSA, { SPI(FREE) }, ENOENT },
	{ KLIPS_MSG_GRPSA, { { 19, 4, 4, NET32(FREE) } }, ENOENT },
	{ KLIPS_MSG_GRPSA, { { 18, 4, 1, 2 } }, ENOENT },
	{ KLIPS_MSG_GRPSA, { SPI(TUN) }, EEXIST },
	{ KLIPS_MSG_GRPSA, { { 19, 4, 4, NET32(ESP) } }, EEXIST },
	{ KLIPS_MSG_GRPSA, { { 18, 4, 1, 9 }, { 19, 4, 4, NET32(LONE_TUN) } }, EEXIST },
	{ KLIPS_MSG_GRPSA, { SATYPE(3), SPI(ESP), { 19, 4, 4, NET32(ESP) } }, EEXIST },
	{ KLIPS_MSG_ADDFLOW, { { 21, 13, 1, OLD_FLOW }, { 22, 13, 1, OLD_FLOW } }, EEXIST },
	{ KLIPS_MSG_ADDFLOW, { { 23, 13, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_ADDFLOW, { { 24, 12, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_ADDFLOW, { { 23, 10, 2, NET16(255) } }, EINVAL },
	{ KLIPS_MSG_ADDFLOW, { { 24, 10, 2, 0xffff } }, EINVAL },
	{ KLIPS_MSG_ADDFLOW, { FLAGS(8), SPI(FREE) }, ENOENT },
	{ KLIPS_MSG_ADDFLOW, { FLAGS(8), SATYPE(3), SPI(LONE_ESP) }, ENOENT },
	{ KLIPS_MSG_ADDFLOW, { FLAGS(16), SPI(FREE) }, ENOENT },
	{ KLIPS_MSG_DELFLOW, { { 22, 13, 1, NEW_FLOW } }, EFAULT },
	{ KLIPS_MSG_DELFLOW, { { 24, 14, 1, 0 } }, EFAULT },
	{ KLIPS_MSG_DELFLOW, { { 23, 13, 1, 0 } }, EINVAL },
	{ KLIPS_MSG_DELFLOW, { { 23, 10, 2, 0xffff } }, EINVAL },
};

/* An address that is right, but IPv6 where the rest is IPv4. */
static const struct {
	u8 type, ext;
	int err;
} families[] = {
	{ KLIPS_MSG_UPDATE, 5, EINVAL }, { KLIPS_MSG_UPDATE, 6, ENOENT },
	{ KLIPS_MSG_ADD, 5, EINVAL }, { KLIPS_MSG_ADD, 6, EINVAL },
	{ KLIPS_MSG_DELETE, 5, 0 }, { KLIPS_MSG_DELETE, 6, ESRCH },
	{ KLIPS_MSG_GET, 5, 0 }, { KLIPS_MSG_GET, 6, ESRCH },
	{ KLIPS_MSG_GRPSA, 6, ENOENT }, { KLIPS_MSG_GRPSA, 20, ENOENT },
	{ KLIPS_MSG_ADDFLOW, 6, 0 },
	{ KLIPS_MSG_ADDFLOW, 21, EINVAL }, { KLIPS_MSG_ADDFLOW, 22, EINVAL },
	{ KLIPS_MSG_ADDFLOW, 23, EINVAL }, { KLIPS_MSG_ADDFLOW, 24, EINVAL },
	{ KLIPS_MSG_DELFLOW, 21, EINVAL }, { KLIPS_MSG_DELFLOW, 23, EINVAL },
};

/* Refused by the answer alone: the write of a device's number succeeds. */
static const struct {
	u8 type;
	u16 ifnum;
	u8 err;
} numbers[] = {
	{ KLIPS_MSG_PLUMBIF, PLACE(OLD_DEVICE), EEXIST }, { KLIPS_MSG_PLUMBIF, 0, ENOENT },
	{ KLIPS_MSG_PLUMBIF, 63, ENOENT }, { KLIPS_MSG_PLUMBIF, 40960, ENOENT },
	{ KLIPS_MSG_PLUMBIF, 49151, ENOENT }, { KLIPS_MSG_PLUMBIF, PLACE(64), ENOENT },
	{ KLIPS_MSG_PLUMBIF, 65535, ENOENT },
	{ KLIPS_MSG_UNPLUMBIF, PLACE(NEW_DEVICE), ENOENT }, { KLIPS_MSG_UNPLUMBIF, 0, ENOENT },
	{ KLIPS_MSG_UNPLUMBIF, 49151, ENOENT }, { KLIPS_MSG_UNPLUMBIF, PLACE(64), ENOENT },
	{ KLIPS_MSG_UNPLUMBIF, 65535, ENOENT },
};

static struct pfkey pk, other;
static const struct type *t;
static char what[128];		/* what is being tried */
static unsigned int failures, refused_count, taken_count;

/* The message being tried, and where its extensions are. */
static _Alignas(8) u8 bytes[2 * KLIPS_PFKEY_MAX_BYTES];
static struct klips_msg_hdr *const hdr = (void *)bytes;
static struct klips_ext *ext_at[KLIPS_EXT_MAX + 1];
static size_t len;

static void complain(const char *text)
{
	if (failures++ < 100)
		printf("%s, %s: %s\n", klips_msg_name(t->type), what, text);
}

/* --- well-formed extensions ---------------------------------------------------------- */

static struct klips_addr v4(u8 a, u8 b, u8 c, u8 d)
{
	return (struct klips_addr){ .family = AF_INET, .bytes = { a, b, c, d } };
}

static struct klips_addr address(u8 ext)
{
	u8 flow = t->type == KLIPS_MSG_DELFLOW ? OLD_FLOW : NEW_FLOW;

	switch (ext) {
	case 5:
		return v4(198, 51, 100, 7);
	case 21:
		return v4(10, flow, 1, 0);
	case 22:
		return v4(10, flow, 2, 0);
	case 23:
	case 24:
		return v4(255, 255, 255, 0);
	default:
		return v4(192, 0, 2, 1);
	}
}

static void put_sa(struct klips_build *b, u8 ext, u32 spi)
{
	struct klips_ext_sa sa = {
		.spi = htonl(spi), .replay = 64, .state = KLIPS_SASTATE_MATURE,
		.auth = KLIPS_AUTH_SHA1, .encrypt = KLIPS_ENCR_AES_CBC,
	};

	klips_build_sa(b, ext, &sa);
}

static void put_address(struct klips_build *b, u8 ext)
{
	struct klips_addr a = address(ext);

	klips_build_addr(b, ext, &a, 0);
}

static void put_life(struct klips_build *b, u8 ext)
{
	struct klips_msg_life life = { .bytes = ext * 1000000 };

	klips_build_lifetime(b, ext, &life);
}

static void put_debug(struct klips_build *b)
{
	struct klips_ext_debug masks = { .netlink = 1u << 31, .xform = 2 };

	klips_build_debug(b, &masks);
}

static void put_offers(struct klips_build *b, u8 ext)
{
	static const struct klips_alg alg = { .id = 3, .minbits = 160, .maxbits = 160 };
	static const struct klips_comb comb = {
		.auth = 3, .auth_minbits = 160, .auth_maxbits = 160,
		.encrypt = 12, .encrypt_minbits = 128, .encrypt_maxbits = 128,
	};

	if (ext == 13)
		klips_build_proposal(b, 32, &comb, 1);
	else
		klips_build_supported(b, ext, &alg, 1);
}

/* For SENSITIVITY and KMPRIVATE there is no builder: nobody may send them. */
static void put_raw(struct klips_build *b, u8 ext)
{
	struct klips_ext *e = (void *)(b->buf + b->len);

	memset(e, 0, 16);
	*e = (struct klips_ext){ .len = 2, .type = ext };
	b->len += 16;
	b->last = ext;
}

static void put_rest(struct klips_build *b, u8 ext)
{
	switch (ext) {
	case 16:
		return klips_build_spirange(b, FREE, FREE);
	case 18:
		return klips_build_satype2(b, 3);
	case 25:
		return put_debug(b);
	case 26:
		return klips_build_protocol(b, IPPROTO_UDP);
	case 27:
		return klips_build_natt_type(b, KLIPS_NATT_NONESP);
	case 28:
	case 29:
		return klips_build_natt_port(b, ext, 4500);
	case 31:
		return klips_build_plumbif(b, PLACE(t->type == KLIPS_MSG_PLUMBIF ? NEW_DEVICE : OLD_DEVICE));
	case 32:
		return klips_build_saref(b, 77, 0);
	default:
		return klips_build_replay(b, 128, KLIPS_REPLAY_ESN, 0);
	}
}

static void put(struct klips_build *b, u8 ext)
{
	static const u8 key[64] = "for tests only; nobody keeps it secret";

	switch (ext) {
	case 1:
		return put_sa(b, ext, t->spi);
	case 19:
		return put_sa(b, ext, LONE_ESP);
	case 2 ... 4:
		return put_life(b, ext);
	case 5 ... 7:
	case 20 ... 24:
	case 30:
		return put_address(b, ext);
	case 8:
	case 9:
		return klips_build_key(b, ext, key, ext == 8 ? 160 : 128);
	case 10:
	case 11:
		return klips_build_ident(b, ext, 2, 1, "west.e");
	case 12:
	case 17:
		return put_raw(b, ext);
	case 13 ... 15:
		return put_offers(b, ext);
	default:
		return put_rest(b, ext);
	}
}

/* --- messages -------------------------------------------------------------------------- */

static void locate(void)
{
	u8 *at = bytes + sizeof(*hdr);
	struct klips_ext *ext;

	memset(ext_at, 0, sizeof(ext_at));
	for (; at < bytes + len; at += ext->len * 8) {
		ext = (void *)at;
		ext_at[ext->type] = ext;
	}
}

/* A message of the type, with these extensions. */
static void compose(u64 exts)
{
	struct klips_build b;
	int i;

	klips_build_start(&b, bytes, sizeof(bytes), t->type, t->satype, ++pk.seq, getpid());
	if (t->type == KLIPS_MSG_ACQUIRE)
		klips_build_errno(&b, ECONNREFUSED);
	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		if (exts & X(i))
			put(&b, i);
	len = klips_build_end(&b);
	locate();
}

static void set_len(size_t now)
{
	len = now;
	hdr->len = len / 8;
}

/* Make an extension so many words long, zeros at its end, and all else move. */
static void resize(u8 ext, unsigned int words)
{
	struct klips_ext *e = ext_at[ext];
	u8 *end = (u8 *)e + e->len * 8, *new_end = (u8 *)e + words * 8;

	memmove(new_end, end, bytes + len - end);
	if (new_end > end)
		memset(end, 0, new_end - end);
	set_len(len + (new_end - end));
	e->len = words;
}

static void append(const void *from, size_t n)
{
	memcpy(bytes + len, from, n);
	set_len(len + n);
}

static bool poke(const struct poke *p)
{
	u8 *at = p->ext ? (u8 *)ext_at[p->ext] : bytes;

	if (!at)
		return false;
	memcpy(at + p->at, &p->value, p->size);
	return true;
}

/* --- what is there --------------------------------------------------------------------- */

static const char *const files[] = {
	"/proc/net/ipsec/spi/table", "/proc/net/ipsec_spigrp", "/proc/net/ipsec/eroute/table",
	"/proc/net/ipsec_tncfg", "/proc/net/ipsec_klipsdebug", "/proc/net/pf_key_registered",
};

#define ROOM	65536
static char before[ROOM], after[ROOM];

/* An age grows by itself. */
static void hide_ages(char *text)
{
	static const char age[] = "\taddtime=";

	for (text = strstr(text, age); text; text = strstr(text, age))
		for (text += sizeof(age) - 1; *text >= '0' && *text <= '9'; text++)
			*text = 'n';
}

static void look(char *text)
{
	static int fd[ARRAY_SIZE(files)];
	size_t i, at = 0;
	ssize_t n;
	off_t from;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (!fd[i])
			fd[i] = open(files[i], O_RDONLY | O_CLOEXEC);
		for (from = 0; (n = pread(fd[i], text + at, ROOM - 1 - at, from)) > 0; from += n)
			at += n;
		if (n < 0 || at == ROOM - 1)
			exit(2);
	}
	text[at] = 0;
	hide_ages(text);
}

/* --- the usual state ------------------------------------------------------------------ */

static void must(int err, const char *name)
{
	if (!err)
		return;
	fprintf(stderr, "refusals: %s: %s\n", name, strerror(-err));
	exit(2);
}

static void drain(struct pfkey *from)
{
	while (recv(from->fd, from->reply, sizeof(from->reply), MSG_DONTWAIT) > 0)
		;
}

static void ends(struct klips_build *b)
{
	put_address(b, 5);
	put_address(b, 6);
}

static void make_tunnel(u32 spi)
{
	put_sa(pfkey_start(&pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP), 1, spi);
	ends(&pk.build);
	must(pfkey_send(&pk), "ADD");
}

static void make_esp(u32 spi)
{
	put_sa(pfkey_start(&pk, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP), 1, spi);
	ends(&pk.build);
	put(&pk.build, 8);
	put(&pk.build, 9);
	must(pfkey_send(&pk), "ADD");
}

static void make_group(void)
{
	put_sa(pfkey_start(&pk, KLIPS_MSG_GRPSA, KLIPS_SATYPE_IPIP), 1, TUN);
	put_address(&pk.build, 6);
	klips_build_satype2(&pk.build, KLIPS_SATYPE_ESP);
	put_sa(&pk.build, 19, ESP);
	put_address(&pk.build, 20);
	must(pfkey_send(&pk), "GRPSA");
}

static void make_flow(u8 proto, u32 flags)
{
	struct klips_ext_sa sa = { .spi = htonl(TUN), .flags = flags };
	struct klips_selector sel = { .family = AF_INET, .proto = proto, .src_len = 24, .dst_len = 24 };

	memcpy(&sel.src, (u8[]){ 10, OLD_FLOW, 1, 0 }, 4);
	memcpy(&sel.dst, (u8[]){ 10, OLD_FLOW, 2, 0 }, 4);
	klips_build_sa(pfkey_start(&pk, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_IPIP), 1, &sa);
	ends(&pk.build);
	klips_build_selector(&pk.build, &sel);
	must(pfkey_send(&pk), "ADDFLOW");
}

static void make_larval(void)
{
	ends(pfkey_start(&pk, KLIPS_MSG_GETSPI, KLIPS_SATYPE_ESP));
	klips_build_spirange(&pk.build, LARVAL, LARVAL);
	must(pfkey_send(&pk), "GETSPI");
}

static void bare(u8 type, u8 satype)
{
	pfkey_start(&pk, type, satype);
	must(pfkey_send(&pk), klips_msg_name(type));
}

static void plumb(u8 type, unsigned int number)
{
	klips_build_plumbif(pfkey_start(&pk, type, 0), PLACE(number));
	must(pfkey_send(&pk), klips_msg_name(type));
}

/* A group, SAs in none, one reserved, eroutes, a flow that may come in, a device. */
static void set_up(void)
{
	struct klips_ext_sa clear = { .flags = KLIPS_SAFLAG_CLEARFLOW };
	struct klips_ext_debug quiet = {};

	bare(KLIPS_MSG_FLUSH, 0);
	klips_build_sa(pfkey_start(&pk, KLIPS_MSG_DELFLOW, 0), 1, &clear);
	must(pfkey_send(&pk), "DELFLOW");
	klips_build_debug(pfkey_start(&pk, KLIPS_MSG_DEBUG, 0), &quiet);
	must(pfkey_send(&pk), "DEBUG");
	if (t->type == KLIPS_MSG_PLUMBIF || t->type == KLIPS_MSG_UNPLUMBIF)
		plumb(KLIPS_MSG_UNPLUMBIF, NEW_DEVICE);
	plumb(KLIPS_MSG_PLUMBIF, OLD_DEVICE);
	bare(KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP);
	make_tunnel(TUN);
	make_esp(ESP);
	make_tunnel(LONE_TUN);
	make_esp(LONE_ESP);
	make_larval();
	make_group();
	make_flow(0, 0);
	make_flow(IPPROTO_UDP, 0);
	make_flow(0, KLIPS_SAFLAG_INFLOW);
	drain(&pk);
	drain(&other);
	look(before);
}

/* --- trying --------------------------------------------------------------------------- */

static int send_it(size_t n)
{
	return send(pk.fd, bytes, n, MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* The next message of a socket; its length, 0 if there is none. */
static size_t next_of(struct pfkey *from)
{
	ssize_t n = recv(from->fd, from->reply, sizeof(from->reply), MSG_DONTWAIT);

	return n < 0 ? 0 : n;
}

/* One report, which is the header with the errno, and nothing behind it. */
static void hear_report(struct pfkey *from, int err)
{
	struct klips_msg_hdr want = *hdr, *is = (void *)from->reply;

	want.err = err;
	want.len = 2;
	if (next_of(from) != sizeof(want) || memcmp(is, &want, sizeof(want)))
		complain("the report is not the header with that errno");
}

static void unchanged(void)
{
	look(after);
	if (!strcmp(before, after))
		return;
	complain("something has changed");
	set_up();
}

static void expect_errno(int is, int want)
{
	char text[64];

	if (is == want)
		return;
	snprintf(text, sizeof(text), "errno %d, should be %d", is, want);
	complain(text);
}

/* Only the first @n bytes of it, and nobody is told, unless @told. */
static void refuse_some(size_t n, int err, bool told)
{
	int is = send_it(n);

	refused_count++;
	expect_errno(is, err);
	if (told && is) {
		hear_report(&pk, is);
		hear_report(&other, is);
	}
	if (next_of(&pk) || next_of(&other))
		complain("somebody has heard something else");
	drain(&pk);
	drain(&other);
	unchanged();
}

static void refuse(int err)
{
	refuse_some(len, err, true);
}

static u64 exts_of(const u8 *msg, size_t n)
{
	const struct klips_ext *ext;
	u64 exts = 0;
	size_t at;

	for (at = sizeof(*hdr); at + sizeof(*ext) <= n; at += ext->len * 8) {
		ext = (const void *)(msg + at);
		/* in ascending order, unless they are somebody else's */
		if (!ext->len || ext->type > KLIPS_EXT_MAX ||
		    (t->type != KLIPS_MSG_ACQUIRE && exts >> ext->type))
			return ~0ull;
		exts |= X(ext->type);
	}
	return exts;
}

/* @n bytes: the request's header and extensions that belong there. */
static void check_answer(struct pfkey *from, size_t n, u8 err, u64 needs, u64 may)
{
	const struct klips_msg_hdr *is = (const void *)from->reply;
	u64 exts = exts_of(from->reply, n);
	struct klips_msg msg;

	if (n < sizeof(*is) || is->len * 8u != n || is->version != 2 || is->type != hdr->type ||
	    is->err != err || is->reserved || is->seq != hdr->seq || is->pid != hdr->pid)
		return complain("the header of the answer is not right");
	if (exts & ~(needs | may) || needs & ~exts)
		complain("the extensions of the answer are not right");
	if (t->type != KLIPS_MSG_ACQUIRE && !klips_msg_parse(from->reply, n, KLIPS_TO_USER, &msg, NULL) &&
	    message_dirt(&msg))
		complain("memory of the kernel is in the answer");
}

static void hear_answer(struct pfkey *from, u8 err, u64 answer)
{
	size_t n = next_of(from);

	check_answer(from, n, err, answer, t->answer_may);
	while (t->type == KLIPS_MSG_DUMP && n > sizeof(*hdr)) {
		n = next_of(from);
		check_answer(from, n, err, answer, t->answer_may);
	}
}

static void take_with(u64 answer)
{
	int is = send_it(len);

	taken_count++;
	expect_errno(is, 0);
	if (!is && t->heard != NOBODY)
		hear_answer(&pk, t->type == KLIPS_MSG_ACQUIRE ? ECONNREFUSED : 0, answer);
	if (!is && t->heard == ALL)
		hear_answer(&other, 0, answer);
	if (!is && (next_of(&pk) || next_of(&other)))
		complain("somebody has heard something else");
	set_up();
}

static void take(void)
{
	take_with(t->answer);
}

/* As the type's right message: taken, or refused by all kernels there have been. */
static void right(int err)
{
	if (t->err || err)
		refuse(t->err ? t->err : err);
	else
		take();
}

/* --- what can be wrong ---------------------------------------------------------------- */

static void say(const char *text, u8 ext)
{
	snprintf(what, sizeof(what), "%s %s", ext ? klips_ext_name(ext) : "", text);
}

static void try_header(void)
{
	static const u8 satypes[] = { 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 255 };
	size_t i;

	snprintf(what, sizeof(what), "header");
	compose(t->carries);
	hdr->version = 1;
	refuse_some(len, EINVAL, false);
	compose(t->carries);
	hdr->reserved = 1;
	refuse_some(len, EINVAL, false);
	compose(t->carries);
	hdr->len++;
	refuse_some(len, EMSGSIZE, false);
	hdr->len -= 2;
	refuse_some(len, EMSGSIZE, false);
	compose(t->carries);
	refuse_some(len - 1, EMSGSIZE, false);
	hdr->err = t->type == KLIPS_MSG_ACQUIRE ? 0 : ECONNREFUSED;
	refuse(EINVAL);
	for (i = 0; i < ARRAY_SIZE(satypes); i++) {
		snprintf(what, sizeof(what), "satype %u", satypes[i]);
		compose(t->carries);
		hdr->satype = satypes[i];
		if (satypes[i] > 11 || !(t->satypes & X(satypes[i])))
			refuse(EINVAL);
	}
}

/* Behind all that is right. */
static void try_more(void)
{
	static const struct klips_ext none[] = {
		{ 0, 0 }, { 1, 0 }, { 1, KLIPS_EXT_MAX + 1 }, { 1, 0xffff }, { 0xffff, 1 },
	};
	size_t i;
	u64 word;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		snprintf(what, sizeof(what), "extension %u of %u words", none[i].type, none[i].len);
		compose(t->carries);
		word = 0;
		memcpy(&word, &none[i], sizeof(none[i]));
		append(&word, sizeof(word));
		refuse(EINVAL);
	}
}

static void try_twice(u8 ext)
{
	say("twice", ext);
	compose(t->carries | X(ext));
	append(ext_at[ext], ext_at[ext]->len * 8);
	refuse(EINVAL);
}

/* The length says something else than what is there. */
static void try_lies(u8 ext)
{
	unsigned int words, i;

	for (i = 0; i < 5; i++) {
		compose(t->carries | X(ext));
		words = (bytes + len - (u8 *)ext_at[ext]) / 8;
		words = (unsigned int[]){ 0, ext_at[ext]->len - 1, ext_at[ext]->len + 1, words + 1, 0xffff }[i];
		snprintf(what, sizeof(what), "%s says %u words", klips_ext_name(ext), words);
		ext_at[ext]->len = words;
		refuse(EINVAL);
	}
}

/* May an extension be so long, if what is behind its usual end is 0? */
static bool length_allowed(u8 ext, unsigned int words, unsigned int usual)
{
	switch (ext) {
	case 1:
	case 19:
		return words == 2 || words == 3;
	case 2 ... 4:
		return words == 4 || words == 5;
	case 10:
	case 11:
		return words >= 2 && words <= 64;
	case 12:
		return words >= 2;
	case 13:
		return words % 9 == 1;
	default:
		return words == usual;
	}
}

/* It is longer or shorter, and says so. */
static void try_lengths(u8 ext)
{
	unsigned int i, words, usual;

	for (i = 0; i < 6; i++) {
		compose(t->carries | X(ext));
		usual = ext_at[ext]->len;
		words = (unsigned int[]){ 1, usual - 1, usual + 1, usual + 2, 64, 65 }[i];
		if (!words || words == usual)
			continue;
		snprintf(what, sizeof(what), "%s of %u words", klips_ext_name(ext), words);
		resize(ext, words);
		right(length_allowed(ext, words, usual) && !(t->never & X(ext)) ? 0 : EINVAL);
	}
}

static void try_values(u8 ext)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		if (values[i].poke.ext != ext)
			continue;
		compose(t->carries | X(ext));
		poke(&values[i].poke);
		snprintf(what, sizeof(what), "%s, byte %u is %u", klips_ext_name(ext),
			 values[i].poke.at, values[i].poke.value);
		/* beside KMPRIVATE, which comes first, nothing else is looked at */
		refuse(t->carries & X(17) && ext > 17 ? EINVAL : values[i].err);
	}
}

static void try_ext(u8 ext)
{
	if (!((t->carries | t->may | t->never) & X(ext))) {
		say("has no place there", ext);
		compose(t->carries | X(ext));
		refuse(EINVAL);
		return;
	}
	if (t->needs & X(ext)) {
		say("is missing", ext);
		compose(t->carries & ~X(ext));
		refuse(EINVAL);
	} else {
		say("besides", ext);
		compose(t->carries | X(ext));
		right(t->never & X(ext) ? EINVAL : 0);
	}
	try_twice(ext);
	try_lies(ext);
	try_lengths(ext);
	try_values(ext);
}

static void try_senses(void)
{
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(senses); i++) {
		if (senses[i].type != t->type)
			continue;
		compose(t->carries | (t->may & X(1)));
		for (k = 0; k < 3 && senses[i].poke[k].size; k++)
			poke(&senses[i].poke[k]);
		snprintf(what, sizeof(what), "what makes no sense, number %zu", i);
		refuse(senses[i].err);
	}
}

static void try_families(void)
{
	struct sockaddr_in6 *in6;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].type != t->type)
			continue;
		compose(t->carries);
		resize(families[i].ext, 5);
		in6 = (void *)((struct klips_ext_address *)(void *)ext_at[families[i].ext] + 1);
		*in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
		say("is IPv6", families[i].ext);
		right(families[i].err);
	}
}

static void try_numbers(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (numbers[i].type != t->type)
			continue;
		compose(t->carries);
		((struct klips_ext_plumbif *)(void *)ext_at[31])->ifnum = numbers[i].ifnum;
		snprintf(what, sizeof(what), "device %u", numbers[i].ifnum);
		refused_count++;
		expect_errno(send_it(len), 0);
		hear_answer(&pk, numbers[i].err, t->answer);
		if (next_of(&pk) || next_of(&other))
			complain("somebody has heard something else");
		unchanged();
	}
}

/* In descending order: any will do. */
static void try_order(void)
{
	static _Alignas(8) u8 copy[sizeof(bytes)];
	int i;

	snprintf(what, sizeof(what), "the other way round");
	compose(t->carries);
	memcpy(copy, bytes, len);
	set_len(sizeof(*hdr));
	for (i = KLIPS_EXT_MAX; i; i--)
		if (ext_at[i])
			append(copy + ((u8 *)ext_at[i] - bytes),
			       ((struct klips_ext *)(void *)(copy + ((u8 *)ext_at[i] - bytes)))->len * 8);
	right(0);
}

/* Forms of which there is one only. */
static void try_oddities(void)
{
	static const struct poke clear = FLAGS(KLIPS_SAFLAG_CLEARFLOW);

	snprintf(what, sizeof(what), "another form");
	switch (t->type) {
	case KLIPS_MSG_GRPSA:
		compose(X(1) | X(6));	/* takes the group apart */
		take_with(X(1) | X(6));
		break;
	case KLIPS_MSG_DELFLOW:
		compose(X(1));
		refuse(EINVAL);
		compose(X(1) | X(26));
		poke(&clear);
		refuse(EINVAL);
		compose(X(1));
		poke(&clear);
		take_with(X(1));
		break;
	case KLIPS_MSG_ACQUIRE:
		compose(t->carries | X(13));
		hdr->err = 0;
		refuse(EINVAL);
		break;
	}
}

static void try_type(void)
{
	int i;

	refused_count = taken_count = 0;
	set_up();
	snprintf(what, sizeof(what), "right");
	compose(t->carries);
	right(0);
	try_header();
	try_more();
	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		try_ext(i);
	try_senses();
	try_families();
	try_numbers();
	try_order();
	try_oddities();
	printf("%s: %u refused, %u taken\n", klips_msg_name(t->type), refused_count, taken_count);
}

int main(void)
{
	size_t i;

	if (pfkey_open(&pk) || pfkey_open(&other)) {
		fprintf(stderr, "usage: refusals, where a module is loaded\n");
		return 2;
	}
	poison_kernel();
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		t = &types[i];
		try_type();
	}
	printf("%zu types, %u failures\n", ARRAY_SIZE(types), failures);
	return failures || ARRAY_SIZE(types) != KLIPS_MSG_MAX;
}
