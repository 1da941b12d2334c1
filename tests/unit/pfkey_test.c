// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PF_KEY parser and builder: messages of old programs byte for byte, every row
 * of the tables, and every way a length can lie.
 *
 * Each message is parsed from memory of exactly its size, so that the address
 * sanitizer sees a read beyond it.
 */
#include <check.h>
#include <endian.h>
#include <stdio.h>

#include "klips/pfkey_build.h"
#include "klips/pfkey_parse.h"
#include "klips/radix.h"
#include "tests/unit/pfkey_dumps.h"

#define PID	4321
#define MAX	KLIPS_PFKEY_MAX_BYTES
#define BIT_OF(ext) BIT_ULL(KLIPS_EXT_##ext)

struct buf {
	_Alignas(8) u8 b[2 * MAX];
	size_t len;
};

static void from_hex(const char *hex, struct buf *out)
{
	unsigned int byte;
	int used;

	out->len = 0;
	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		out->b[out->len++] = byte;
		hex += used;
	}
}

/* Parse from memory that ends where the message ends. */
static int parse(const void *bytes, size_t len, enum klips_dir dir, const char **what)
{
	struct klips_msg msg;
	u8 *exact = malloc(len ? len : 1);
	int err;

	memcpy(exact, bytes, len);
	err = klips_msg_parse(exact, len, dir, &msg, what);
	free(exact);
	return err;
}

static struct klips_msg_hdr *hdr_of(struct buf *m)
{
	return (void *)m->b;
}

/* Make the header agree with the length. */
static void seal(struct buf *m)
{
	hdr_of(m)->len = m->len / 8;
}

static int parse_buf(struct buf *m, enum klips_dir dir)
{
	return parse(m->b, m->len, dir, NULL);
}

static struct klips_addr v4(const char *text)
{
	struct klips_addr a = { .family = AF_INET };

	ck_assert_int_eq(inet_pton(AF_INET, text, &a.v4), 1);
	return a;
}

static struct klips_addr v6(const char *text)
{
	struct klips_addr a = { .family = AF_INET6 };

	ck_assert_int_eq(inet_pton(AF_INET6, text, &a.v6), 1);
	return a;
}

static void add_sa(struct klips_build *b, u32 spi, u32 flags)
{
	struct klips_ext_sa sa = { .spi = htonl(spi), .flags = flags };

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
}

static void add_v4(struct klips_build *b, enum klips_ext_type ext, const char *text)
{
	struct klips_addr a = v4(text);

	klips_build_addr(b, ext, &a, 0);
}

static void add_v6(struct klips_build *b, enum klips_ext_type ext, const char *text)
{
	struct klips_addr a = v6(text);

	klips_build_addr(b, ext, &a, 0);
}

static struct klips_selector flow_v4(const char *src, u8 slen, const char *dst, u8 dlen)
{
	struct klips_selector sel = { .family = AF_INET, .src_len = slen, .dst_len = dlen };

	sel.src.v4 = v4(src).v4;
	sel.dst.v4 = v4(dst).v4;
	return sel;
}

static void build_addflow(struct klips_build *b)
{
	struct klips_selector sel = flow_v4("10.0.1.0", 24, "10.0.2.0", 24);

	add_sa(b, 0x1000, 0);
	add_v4(b, KLIPS_EXT_ADDRESS_SRC, "0.0.0.0");
	add_v4(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.2");
	klips_build_selector(b, &sel);
}

static void build_addflow_trap(struct klips_build *b)
{
	struct klips_selector sel = flow_v4("10.0.1.0", 24, "0.0.0.0", 0);

	sel.proto = IPPROTO_TCP;
	sel.dport = htons(25);
	add_sa(b, KLIPS_SHUNT_TRAP, 0);
	add_v4(b, KLIPS_EXT_ADDRESS_SRC, "0.0.0.0");
	add_v4(b, KLIPS_EXT_ADDRESS_DST, "0.0.0.0");
	klips_build_selector(b, &sel);
}

static void build_delflow(struct klips_build *b)
{
	struct klips_selector sel = flow_v4("10.0.1.0", 24, "10.0.2.0", 24);

	klips_build_selector(b, &sel);
}

static void build_clearflow(struct klips_build *b)
{
	add_sa(b, 0, KLIPS_SAFLAG_CLEARFLOW);
}

static void add_esp(struct klips_build *b, u8 state, u32 flags)
{
	struct klips_ext_sa sa = {
		.spi = htonl(0xc0ffee01), .replay = 64, .state = state,
		.auth = KLIPS_AUTH_SHA1, .encrypt = KLIPS_ENCR_AES_CBC, .flags = flags,
	};

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
}

static void add_peers(struct klips_build *b)
{
	add_v4(b, KLIPS_EXT_ADDRESS_SRC, "198.51.100.7");
	add_v4(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.1");
}

static void build_add_esp(struct klips_build *b)
{
	u8 auth[20], encr[16];
	unsigned int i;

	for (i = 0; i < sizeof(auth); i++)
		auth[i] = 0x20 + i;
	for (i = 0; i < sizeof(encr); i++)
		encr[i] = i;
	add_esp(b, KLIPS_SASTATE_MATURE, 0);
	add_peers(b);
	klips_build_key(b, KLIPS_EXT_KEY_AUTH, auth, 8 * sizeof(auth));
	klips_build_key(b, KLIPS_EXT_KEY_ENCRYPT, encr, 8 * sizeof(encr));
	klips_build_natt_type(b, KLIPS_NATT_NONESP);
	klips_build_natt_port(b, KLIPS_EXT_NAT_T_SPORT, 4500);
	klips_build_natt_port(b, KLIPS_EXT_NAT_T_DPORT, 4500);
}

static void build_add_esp_reply(struct klips_build *b)
{
	add_esp(b, KLIPS_SASTATE_MATURE, KLIPS_SAFLAG_INBOUND);
	add_peers(b);
	klips_build_saref(b, 1, 0);
}

static void build_grpsa(struct klips_build *b)
{
	struct klips_ext_sa esp = { .spi = htonl(0xdeadbe01) };

	add_sa(b, 0x1000, 0);
	add_v4(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.2");
	klips_build_satype2(b, KLIPS_SATYPE_ESP);
	klips_build_sa(b, KLIPS_EXT_SA2, &esp);
	add_v4(b, KLIPS_EXT_ADDRESS_DST2, "192.0.2.2");
}

static struct klips_comb comb(u8 auth, u16 bits)
{
	return (struct klips_comb){
		.auth = auth, .encrypt = KLIPS_ENCR_3DES, .flags = 1,
		.auth_minbits = bits, .auth_maxbits = bits,
		.encrypt_minbits = 168, .encrypt_maxbits = 168,
		.soft_addtime = 57600, .hard_addtime = 86400,
		.soft_usetime = 57600, .hard_usetime = 86400,
	};
}

static void build_acquire(struct klips_build *b)
{
	const struct klips_comb combs[] = { comb(KLIPS_AUTH_MD5, 128), comb(KLIPS_AUTH_SHA1, 160) };
	struct klips_addr src = v4("10.0.1.5"), dst = v4("203.0.113.9");

	klips_build_addr_proto(b, KLIPS_EXT_ADDRESS_SRC, &src, 0, IPPROTO_TCP);
	klips_build_addr_proto(b, KLIPS_EXT_ADDRESS_DST, &dst, htons(25), IPPROTO_TCP);
	klips_build_proposal(b, 64, combs, ARRAY_SIZE(combs));
}

static void build_expire(struct klips_build *b, u8 state, u64 bytes, enum klips_ext_type kind,
			 u64 limit)
{
	struct klips_msg_life now = {
		.allocations = 1, .bytes = bytes, .addtime = 1234, .usetime = 1300,
	};
	struct klips_msg_life passed = { .bytes = limit };

	add_esp(b, state, KLIPS_SAFLAG_INBOUND);
	klips_build_lifetime(b, KLIPS_EXT_LIFETIME_CURRENT, &now);
	klips_build_lifetime(b, kind, &passed);
	add_peers(b);
}

static void build_expire_soft(struct klips_build *b)
{
	build_expire(b, KLIPS_SASTATE_MATURE, 1048700, KLIPS_EXT_LIFETIME_SOFT, 1048576);
}

static void build_expire_hard(struct klips_build *b)
{
	build_expire(b, KLIPS_SASTATE_DYING, 2097200, KLIPS_EXT_LIFETIME_HARD, 2097152);
}

static void build_register_reply(struct klips_build *b)
{
	static const struct klips_alg auth[] = {
		{ 7, 0, 512, 512, 0 }, { 5, 0, 256, 256, 0 }, { 3, 0, 160, 160, 0 },
		{ 2, 0, 128, 128, 0 },
	};
	static const struct klips_alg encr[] = { { 12, 128, 128, 256, 0 }, { 3, 64, 192, 192, 0 } };

	klips_build_supported(b, KLIPS_EXT_SUPPORTED_AUTH, auth, ARRAY_SIZE(auth));
	klips_build_supported(b, KLIPS_EXT_SUPPORTED_ENCRYPT, encr, ARRAY_SIZE(encr));
}

static void build_delflow_error(struct klips_build *b)
{
	klips_build_errno(b, -EFAULT);
}

static void build_debug(struct klips_build *b)
{
	struct klips_ext_debug masks = { .netlink = 0x80000000u, .eroute = 0xffffffffu };

	klips_build_debug(b, &masks);
}

static void build_plumbif(struct klips_build *b)
{
	klips_build_plumbif(b, KLIPS_PLUMBIF_IPSEC + 2);
}

static void build_addflow_v6(struct klips_build *b)
{
	struct klips_selector sel = { .family = AF_INET6, .src_len = 48, .dst_len = 48 };

	sel.src.v6 = v6("2001:db8:1::").v6;
	sel.dst.v6 = v6("2001:db8:2::").v6;
	add_sa(b, 0x1000, 0);
	add_v6(b, KLIPS_EXT_ADDRESS_SRC, "::");
	add_v6(b, KLIPS_EXT_ADDRESS_DST, "2001:db8::2");
	klips_build_selector(b, &sel);
}

static const struct {
	const char *hex;
	enum klips_dir dir;
	u8 type;
	u8 satype;
	u32 seq;
	u32 pid;
	void (*build)(struct klips_build *b);
} dumps[] = {
	{ dump_addflow, KLIPS_TO_KERNEL, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_IPIP, 1, PID,
	  build_addflow },
	{ dump_addflow_trap, KLIPS_TO_KERNEL, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_INT, 1, PID,
	  build_addflow_trap },
	{ dump_delflow, KLIPS_TO_KERNEL, KLIPS_MSG_DELFLOW, 0, 1, PID, build_delflow },
	{ dump_clearflow, KLIPS_TO_KERNEL, KLIPS_MSG_DELFLOW, 0, 1, PID, build_clearflow },
	{ dump_add_esp, KLIPS_TO_KERNEL, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 7, PID, build_add_esp },
	{ dump_add_esp_reply, KLIPS_TO_USER, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 7, PID,
	  build_add_esp_reply },
	{ dump_grpsa, KLIPS_TO_KERNEL, KLIPS_MSG_GRPSA, KLIPS_SATYPE_IPIP, 9, PID, build_grpsa },
	{ dump_acquire, KLIPS_TO_USER, KLIPS_MSG_ACQUIRE, KLIPS_SATYPE_ESP, 1, 0, build_acquire },
	{ dump_expire_soft, KLIPS_TO_USER, KLIPS_MSG_EXPIRE, KLIPS_SATYPE_ESP, 2, 0,
	  build_expire_soft },
	{ dump_expire_hard, KLIPS_TO_USER, KLIPS_MSG_EXPIRE, KLIPS_SATYPE_ESP, 3, 0,
	  build_expire_hard },
	{ dump_register_reply, KLIPS_TO_USER, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP, 5, PID,
	  build_register_reply },
	{ dump_delflow_error, KLIPS_TO_USER, KLIPS_MSG_DELFLOW, 0, 1, PID, build_delflow_error },
	{ dump_debug, KLIPS_TO_KERNEL, KLIPS_MSG_DEBUG, 0, 1, PID, build_debug },
	{ dump_plumbif, KLIPS_TO_KERNEL, KLIPS_MSG_PLUMBIF, 0, 1, PID, build_plumbif },
	{ dump_addflow_v6, KLIPS_TO_KERNEL, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_IPIP, 1, PID,
	  build_addflow_v6 },
};

START_TEST(test_dump_parses)
{
	struct buf m;
	const char *what = "";

	from_hex(dumps[_i].hex, &m);
	ck_assert_msg(!parse(m.b, m.len, dumps[_i].dir, &what), "dump %d: %s", _i, what);
}
END_TEST

/* Whatever was in the buffer before must not show. */
START_TEST(test_dump_builds)
{
	struct klips_build b;
	struct buf m, built;
	int len;

	from_hex(dumps[_i].hex, &m);
	memset(built.b, 0xa5, sizeof(built.b));
	klips_build_start(&b, built.b, sizeof(built.b), dumps[_i].type, dumps[_i].satype,
			  dumps[_i].seq, dumps[_i].pid);
	dumps[_i].build(&b);
	len = klips_build_end(&b);
	ck_assert_int_eq(len, m.len);
	ck_assert_mem_eq(built.b, m.b, len);
	ck_assert_int_eq(built.b[len], 0xa5);
}
END_TEST

/* A buffer one byte too small is never filled beyond its end. */
START_TEST(test_dump_needs_room)
{
	struct klips_build b;
	struct buf m;
	size_t size;
	u8 *small;

	from_hex(dumps[_i].hex, &m);
	for (size = 0; size < m.len; size++) {
		small = malloc(size ? size : 1);
		klips_build_start(&b, small, size, dumps[_i].type, dumps[_i].satype, 1, PID);
		dumps[_i].build(&b);
		ck_assert_int_eq(klips_build_end(&b), -EMSGSIZE);
		free(small);
	}
}
END_TEST

/* Is there a boundary between extensions at this offset? */
static bool at_boundary(const struct buf *m, size_t where)
{
	size_t at = sizeof(struct klips_msg_hdr);

	while (at < where)
		at += 8 * ((const struct klips_ext *)(const void *)(m->b + at))->len;
	return at == where;
}

START_TEST(test_dump_truncated)
{
	struct buf m, cut;
	size_t len;
	int err;

	from_hex(dumps[_i].hex, &m);
	for (len = 0; len < m.len; len++) {
		ck_assert_int_eq(parse(m.b, len, dumps[_i].dir, NULL), -EMSGSIZE);
		if (len < sizeof(struct klips_msg_hdr) || len % 8)
			continue;
		cut = m;
		cut.len = len;
		seal(&cut);
		err = parse_buf(&cut, dumps[_i].dir);
		if (!at_boundary(&m, len))
			ck_assert_int_eq(err, -EINVAL);
	}
}
END_TEST

/* Every extension of every message lies about its length. */
START_TEST(test_dump_lies)
{
	static const int lies[] = { 0, 1, -1, 0xffff };
	struct buf m, lie;
	size_t at, i;

	from_hex(dumps[_i].hex, &m);
	for (at = sizeof(struct klips_msg_hdr); at < m.len;) {
		struct klips_ext *ext = (void *)(m.b + at);

		for (i = 0; i < ARRAY_SIZE(lies); i++) {
			u16 len = lies[i] < 0 ? ext->len + 1 : lies[i];

			if (len == ext->len)
				continue;
			lie = m;
			((struct klips_ext *)(void *)(lie.b + at))->len = len;
			ck_assert_int_lt(parse_buf(&lie, dumps[_i].dir), 0);
		}
		at += 8 * ext->len;
	}
}
END_TEST

START_TEST(test_dump_repeats)
{
	struct buf m, twice;
	size_t at, bytes;

	from_hex(dumps[_i].hex, &m);
	for (at = sizeof(struct klips_msg_hdr); at < m.len; at += bytes) {
		bytes = 8 * ((struct klips_ext *)(void *)(m.b + at))->len;
		twice = m;
		memcpy(twice.b + twice.len, m.b + at, bytes);
		twice.len += bytes;
		seal(&twice);
		ck_assert_int_eq(parse_buf(&twice, dumps[_i].dir), -EINVAL);
	}
}
END_TEST

/* Any byte may have any value: whatever the verdict, no read goes astray. */
START_TEST(test_dump_bytes)
{
	struct buf m, other;
	size_t at;
	int value;

	from_hex(dumps[_i].hex, &m);
	for (at = 0; at < m.len; at++) {
		for (value = 0; value < 256; value += 3) {
			other = m;
			other.b[at] = value;
			parse_buf(&other, dumps[_i].dir);
		}
	}
}
END_TEST

START_TEST(test_header)
{
	static const struct {
		size_t at;
		u8 value;
		int err;
	} faults[] = {
		{ 0, 1, -EINVAL }, { 0, 3, -EINVAL }, { 1, 0, -EINVAL }, { 1, 20, -EINVAL },
		{ 1, 255, -EINVAL }, { 4, 0, -EMSGSIZE }, { 4, 1, -EMSGSIZE }, { 4, 22, -EMSGSIZE },
		{ 5, 1, -EMSGSIZE }, { 6, 1, -EINVAL }, { 7, 1, -EINVAL },
	};
	struct buf m, bad;
	size_t i;

	from_hex(dump_addflow, &m);
	ck_assert_int_eq(klips_msg_check_header(m.b, m.len), 0);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		bad = m;
		bad.b[faults[i].at] = faults[i].value;
		ck_assert_int_eq(klips_msg_check_header(bad.b, bad.len), faults[i].err);
		ck_assert_int_eq(parse_buf(&bad, KLIPS_TO_KERNEL), faults[i].err);
	}
	ck_assert_int_eq(klips_msg_check_header(m.b, m.len - 1), -EMSGSIZE);
	ck_assert_int_eq(klips_msg_check_header(m.b, MAX + 8), -EMSGSIZE);
}
END_TEST

/* An extension that its own check accepts, of the usual size. */
static size_t sample(enum klips_ext_type type, void *at)
{
	static const u8 key[32];
	struct klips_addr addr = v4("192.0.2.1");
	struct klips_ext_sa sa = {
		.spi = htonl(0x1000), .replay = 32, .state = KLIPS_SASTATE_MATURE,
	};
	struct klips_comb c = comb(KLIPS_AUTH_SHA1, 160);
	struct klips_alg alg = { .id = 3, .minbits = 160, .maxbits = 160 };
	struct klips_ext_debug masks = { .esp = 1 };
	struct klips_msg_life life = { .bytes = 1 };
	_Alignas(8) u8 buf[256];
	struct klips_build b;

	klips_build_start(&b, buf, sizeof(buf), KLIPS_MSG_ADD, 0, 0, 0);
	switch (type) {
	case KLIPS_EXT_SA:
	case KLIPS_EXT_SA2:
		klips_build_sa(&b, type, &sa);
		break;
	case KLIPS_EXT_LIFETIME_CURRENT:
	case KLIPS_EXT_LIFETIME_HARD:
	case KLIPS_EXT_LIFETIME_SOFT:
		klips_build_lifetime(&b, type, &life);
		break;
	case KLIPS_EXT_KEY_AUTH:
	case KLIPS_EXT_KEY_ENCRYPT:
		klips_build_key(&b, type, key, 160);
		break;
	case KLIPS_EXT_IDENTITY_SRC:
	case KLIPS_EXT_IDENTITY_DST:
		klips_build_ident(&b, type, 2, 7, "host.example");
		break;
	case KLIPS_EXT_SENSITIVITY:
	case KLIPS_EXT_KMPRIVATE:
		memset(buf + b.len, 0, 16);
		((struct klips_ext *)(void *)(buf + b.len))->len = 2;
		((struct klips_ext *)(void *)(buf + b.len))->type = type;
		b.len += 16;
		break;
	case KLIPS_EXT_PROPOSAL:
		klips_build_proposal(&b, 32, &c, 1);
		break;
	case KLIPS_EXT_SUPPORTED_AUTH:
	case KLIPS_EXT_SUPPORTED_ENCRYPT:
		klips_build_supported(&b, type, &alg, 1);
		break;
	case KLIPS_EXT_SPIRANGE:
		klips_build_spirange(&b, 256, 300);
		break;
	case KLIPS_EXT_SATYPE2:
		klips_build_satype2(&b, KLIPS_SATYPE_ESP);
		break;
	case KLIPS_EXT_DEBUG:
		klips_build_debug(&b, &masks);
		break;
	case KLIPS_EXT_PROTOCOL:
		klips_build_protocol(&b, IPPROTO_TCP);
		break;
	case KLIPS_EXT_NAT_T_TYPE:
		klips_build_natt_type(&b, KLIPS_NATT_NONESP);
		break;
	case KLIPS_EXT_NAT_T_SPORT:
	case KLIPS_EXT_NAT_T_DPORT:
		klips_build_natt_port(&b, type, 4500);
		break;
	case KLIPS_EXT_PLUMBIF:
		klips_build_plumbif(&b, KLIPS_PLUMBIF_IPSEC);
		break;
	case KLIPS_EXT_SAREF:
		klips_build_saref(&b, 1, 2);
		break;
	default:
		klips_build_addr(&b, type, &addr, 0);
	}
	ck_assert_int_eq(b.err, 0);
	memcpy(at, buf + sizeof(struct klips_msg_hdr), b.len - sizeof(struct klips_msg_hdr));
	return b.len - sizeof(struct klips_msg_hdr);
}

static void start(struct buf *m, u8 type)
{
	struct klips_build b;

	klips_build_start(&b, m->b, sizeof(m->b), type, KLIPS_SATYPE_IPIP, 1, PID);
	m->len = klips_build_end(&b);
}

static void append(struct buf *m, enum klips_ext_type ext)
{
	m->len += sample(ext, m->b + m->len);
	seal(m);
}

static void with(struct buf *m, u8 type, u64 exts)
{
	int e;

	start(m, type);
	for (e = 1; e <= KLIPS_EXT_MAX; e++)
		if (exts & BIT_ULL(e))
			append(m, e);
}

/* Extensions that parse but never do in a message to the kernel. */
static const u64 unusable = BIT_OF(LIFETIME_CURRENT) | BIT_OF(SENSITIVITY) | BIT_OF(PROPOSAL) |
			    BIT_OF(SUPPORTED_AUTH) | BIT_OF(SUPPORTED_ENCRYPT) | BIT_OF(KMPRIVATE);

/* What a message needs at least; DELFLOW's needs are not in the table. */
static u64 needs(u8 type, enum klips_dir dir)
{
	return klips_msg_rows[type].required[dir] |
	       (type == KLIPS_MSG_DELFLOW ? KLIPS_EXT_BITS_NETS : 0);
}

static int verdict(u64 exts, enum klips_dir dir)
{
	return dir == KLIPS_TO_KERNEL && exts & unusable ? -EINVAL : 0;
}

START_TEST(test_table_required)
{
	enum klips_dir dir;
	struct buf m;
	int e;

	for (dir = 0; dir < KLIPS_DIRS; dir++) {
		u64 need = needs(_i, dir);

		with(&m, _i, need);
		ck_assert_int_eq(parse_buf(&m, dir), verdict(need, dir));
		for (e = 1; e <= KLIPS_EXT_MAX; e++) {
			if (!(need & BIT_ULL(e)))
				continue;
			with(&m, _i, need & ~BIT_ULL(e));
			ck_assert_msg(parse_buf(&m, dir) == -EINVAL, "%s without %s",
				      klips_msg_name(_i), klips_ext_name(e));
		}
	}
}
END_TEST

START_TEST(test_table_permitted)
{
	enum klips_dir dir;
	struct buf m;
	int e, want;

	for (dir = 0; dir < KLIPS_DIRS; dir++) {
		u64 need = needs(_i, dir);

		for (e = 1; e <= KLIPS_EXT_MAX; e++) {
			if (need & BIT_ULL(e))
				continue;
			with(&m, _i, need | BIT_ULL(e));
			want = klips_msg_rows[_i].permitted[dir] & BIT_ULL(e) ?
				verdict(need | BIT_ULL(e), dir) : -EINVAL;
			ck_assert_msg(parse_buf(&m, dir) == want, "%s with %s",
				      klips_msg_name(_i), klips_ext_name(e));
		}
	}
}
END_TEST

/* In any order, and wherever in the message the extension stands. */
START_TEST(test_any_order)
{
	struct buf m;
	int e;

	start(&m, KLIPS_MSG_ADDFLOW);
	for (e = KLIPS_EXT_MAX; e > 0; e--)
		if (klips_msg_rows[KLIPS_MSG_ADDFLOW].permitted[KLIPS_TO_KERNEL] & BIT_ULL(e))
			append(&m, e);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
}
END_TEST

/* The row's own length rule: last in the message, and padded so that it fits. */
START_TEST(test_row_lengths)
{
	const struct klips_ext_row *row = &klips_ext_rows[_i];
	struct klips_ext *ext;
	struct buf m;
	u16 exact, len;
	int type = 0, t, dir, d = 0;

	for (t = 1; t <= KLIPS_MSG_MAX; t++)
		for (dir = 0; dir < KLIPS_DIRS; dir++)
			if (klips_msg_rows[t].permitted[dir] & BIT_ULL(_i)) {
				type = t;
				d = dir;
			}
	ck_assert_int_ne(type, 0);
	for (len = 0; len < 80; len++) {
		with(&m, type, needs(type, d) & ~BIT_ULL(_i));
		ext = (void *)(m.b + m.len);
		exact = sample(_i, ext) / 8;
		m.len += 8 * (len > exact ? len : exact);
		seal(&m);
		ext->len = len;
		if (len < row->min_words || len > row->max_words)
			ck_assert_int_eq(parse_buf(&m, d), -EINVAL);
		else
			parse_buf(&m, d);
	}
}
END_TEST

START_TEST(test_number_outside)
{
	static const u16 numbers[] = { 0, 33, 34, 255, 256, 0xffff };
	struct buf m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		start(&m, KLIPS_MSG_DEBUG);
		append(&m, KLIPS_EXT_DEBUG);
		ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
		((struct klips_ext *)(void *)(m.b + 16))->type = numbers[i];
		ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	}
}
END_TEST

/* One byte of one extension of a message changed. */
static const struct {
	u8 type;
	enum klips_ext_type ext;
	u8 at;
	u8 value;
	int err;
} inside[] = {
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 8, 65, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 8, 64, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 9, 3, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 9, 2, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 9, 0, -EINVAL },
	{ KLIPS_MSG_DELETE, KLIPS_EXT_SA, 9, 0, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 6, 0, -EINVAL },		/* SPI below 256 */
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 17, 0x7f, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 17, 0x80, -EINVAL },	/* ref 32768 */
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 18, 1, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SA, 20, 1, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_ADDRESS_DST, 4, 1, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_ADDRESS_DST, 5, 1, -EAFNOSUPPORT },
	{ KLIPS_MSG_ADD, KLIPS_EXT_ADDRESS_DST, 6, 1, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_ADDRESS_DST, 8, 1, -EPFNOSUPPORT },
	{ KLIPS_MSG_ADD, KLIPS_EXT_ADDRESS_DST, 8, 10, -EINVAL },	/* IPv6 in 3 words */
	{ KLIPS_MSG_ADD, KLIPS_EXT_ADDRESS_DST, 16, 1, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 4, 0, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 4, 192, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 4, 193, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 4, 128, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 4, 129, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 5, 1, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 6, 1, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_KEY_AUTH, 31, 1, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_IDENTITY_SRC, 4, 0, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_IDENTITY_SRC, 4, 4, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_IDENTITY_SRC, 4, 5, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_IDENTITY_SRC, 6, 1, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_IDENTITY_SRC, 31, 'x', -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_NAT_T_TYPE, 4, 1, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_NAT_T_TYPE, 4, 0, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_NAT_T_TYPE, 4, 3, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_NAT_T_TYPE, 5, 3, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SAREF, 5, 0x80, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SAREF, 11, 1, -EINVAL },
	{ KLIPS_MSG_ADD, KLIPS_EXT_SAREF, 12, 1, 0 },
	{ KLIPS_MSG_PLUMBIF, KLIPS_EXT_PLUMBIF, 6, 1, 0 },
	{ KLIPS_MSG_GETSPI, KLIPS_EXT_SPIRANGE, 6, 0, -EEXIST },	/* min below 256 */
	{ KLIPS_MSG_GETSPI, KLIPS_EXT_SPIRANGE, 6, 2, -EINVAL },	/* min above max */
	{ KLIPS_MSG_GETSPI, KLIPS_EXT_SPIRANGE, 12, 1, -EINVAL },
	{ KLIPS_MSG_GRPSA, KLIPS_EXT_SATYPE2, 4, 0, -EINVAL },
	{ KLIPS_MSG_GRPSA, KLIPS_EXT_SATYPE2, 4, 5, -EINVAL },
	{ KLIPS_MSG_GRPSA, KLIPS_EXT_SATYPE2, 4, 12, -EINVAL },
	{ KLIPS_MSG_GRPSA, KLIPS_EXT_SATYPE2, 7, 1, -EINVAL },
	{ KLIPS_MSG_ADDFLOW, KLIPS_EXT_PROTOCOL, 5, 0x7f, 0 },
	{ KLIPS_MSG_ADDFLOW, KLIPS_EXT_PROTOCOL, 6, 1, 0 },
	{ KLIPS_MSG_ADDFLOW, KLIPS_EXT_PROTOCOL, 7, 1, -EINVAL },
	{ KLIPS_MSG_DEBUG, KLIPS_EXT_DEBUG, 51, 1, 0 },
	{ KLIPS_MSG_DEBUG, KLIPS_EXT_DEBUG, 55, 1, -EINVAL },
};

START_TEST(test_inside)
{
	u64 need = needs(inside[_i].type, KLIPS_TO_KERNEL) | BIT_ULL(inside[_i].ext);
	struct klips_msg msg;
	struct buf m;

	with(&m, inside[_i].type, need);
	ck_assert_int_eq(klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL), 0);
	((u8 *)msg.ext[inside[_i].ext])[inside[_i].at] = inside[_i].value;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), inside[_i].err);
}
END_TEST

/* The same for what only the kernel sends. */
static const struct {
	u8 type;
	enum klips_ext_type ext;
	u8 at;
	u8 value;
} inside_reply[] = {
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 4, 65 },	/* replay */
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 7, 1 },	/* reserved */
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 8, 0 },	/* no auth, yet bits */
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 12, 0 },	/* no shortest key */
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 12, 161 },	/* shortest above longest */
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 16, 169 },
	{ KLIPS_MSG_ACQUIRE, KLIPS_EXT_PROPOSAL, 50, 2 },	/* soft addtime above hard */
	{ KLIPS_MSG_REGISTER, KLIPS_EXT_SUPPORTED_AUTH, 4, 1 },
	{ KLIPS_MSG_REGISTER, KLIPS_EXT_SUPPORTED_AUTH, 14, 1 },
};

START_TEST(test_inside_reply)
{
	u64 need = needs(inside_reply[_i].type, KLIPS_TO_USER) | BIT_ULL(inside_reply[_i].ext);
	struct klips_msg msg;
	struct buf m;

	with(&m, inside_reply[_i].type, need);
	ck_assert_int_eq(klips_msg_parse(m.b, m.len, KLIPS_TO_USER, &msg, NULL), 0);
	((u8 *)msg.ext[inside_reply[_i].ext])[inside_reply[_i].at] = inside_reply[_i].value;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_USER), -EINVAL);
}
END_TEST

/* SA types: which messages take which. */
START_TEST(test_satypes)
{
	static const char none_proto[] = { 2, 3, 9, 10, 11 };
	struct buf m;
	int satype;
	bool proto, want;

	with(&m, _i, needs(_i, KLIPS_TO_USER));
	for (satype = 0; satype < 256; satype++) {
		proto = memchr(none_proto, satype, sizeof(none_proto));
		switch (_i) {
		case KLIPS_MSG_GETSPI:
		case KLIPS_MSG_UPDATE:
		case KLIPS_MSG_ADD:
		case KLIPS_MSG_DELETE:
		case KLIPS_MSG_GET:
		case KLIPS_MSG_GRPSA:
		case KLIPS_MSG_ADDFLOW:
			want = proto;
			break;
		case KLIPS_MSG_ACQUIRE:
		case KLIPS_MSG_REGISTER:
		case KLIPS_MSG_EXPIRE:
			want = satype && satype <= KLIPS_SATYPE_MAX;
			break;
		case KLIPS_MSG_FLUSH:
			want = proto || !satype;
			break;
		default:
			want = satype <= KLIPS_SATYPE_MAX;
		}
		hdr_of(&m)->satype = satype;
		ck_assert_int_eq(parse_buf(&m, KLIPS_TO_USER), want ? 0 : -EINVAL);
		hdr_of(&m)->err = EINVAL;
		ck_assert_int_eq(parse_buf(&m, KLIPS_TO_USER), 0);
		hdr_of(&m)->err = 0;
	}
}
END_TEST

START_TEST(test_errno_in_request)
{
	struct buf m;

	with(&m, KLIPS_MSG_DELETE, needs(KLIPS_MSG_DELETE, KLIPS_TO_KERNEL));
	hdr_of(&m)->err = ESRCH;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	start(&m, KLIPS_MSG_ACQUIRE);
	hdr_of(&m)->err = ESRCH;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
	append(&m, KLIPS_EXT_PROPOSAL);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
	append(&m, KLIPS_EXT_KEY_AUTH);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
}
END_TEST

static const struct {
	u8 satype;
	u8 auth;
	u8 encrypt;
	int err;
} algs[] = {
	{ KLIPS_SATYPE_AH, 3, 0, 0 }, { KLIPS_SATYPE_AH, 0, 0, -EINVAL },
	{ KLIPS_SATYPE_AH, 3, 12, -EINVAL }, { KLIPS_SATYPE_ESP, 3, 12, 0 },
	{ KLIPS_SATYPE_ESP, 0, 20, 0 }, { KLIPS_SATYPE_ESP, 3, 0, -EINVAL },
	{ KLIPS_SATYPE_ESP, 3, 11, 0 }, { KLIPS_SATYPE_ESP, 0, 11, -EINVAL },
	{ KLIPS_SATYPE_COMP, 0, 2, 0 }, { KLIPS_SATYPE_COMP, 0, 0, -EINVAL },
	{ KLIPS_SATYPE_COMP, 3, 2, -EINVAL }, { KLIPS_SATYPE_IPIP, 0, 0, 0 },
};

START_TEST(test_algorithms)
{
	struct klips_ext_sa *sa;
	struct klips_msg msg;
	struct buf m;
	u8 type;

	for (type = KLIPS_MSG_UPDATE; type <= KLIPS_MSG_ADD; type++) {
		with(&m, type, needs(type, KLIPS_TO_KERNEL));
		klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
		sa = (void *)msg.ext[KLIPS_EXT_SA];
		hdr_of(&m)->satype = algs[_i].satype;
		sa->auth = algs[_i].auth;
		sa->encrypt = algs[_i].encrypt;
		ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), algs[_i].err);
	}
}
END_TEST

START_TEST(test_delflow)
{
	struct klips_ext_sa *sa;
	struct buf m;

	start(&m, KLIPS_MSG_DELFLOW);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	append(&m, KLIPS_EXT_SA);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_USER), 0);
	sa = (void *)(m.b + sizeof(struct klips_msg_hdr));
	sa->flags = KLIPS_SAFLAG_CLEARFLOW;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
	append(&m, KLIPS_EXT_PROTOCOL);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
}
END_TEST

/* RFC 2367's SA, which ends before the reference: none is read into it. */
START_TEST(test_short_sa)
{
	struct klips_ext_sa *sa, got;
	struct klips_msg msg;
	struct buf m;

	start(&m, KLIPS_MSG_DELFLOW);
	append(&m, KLIPS_EXT_SA);
	sa = (void *)(m.b + sizeof(struct klips_msg_hdr));
	sa->len = 2;
	sa->flags = KLIPS_SAFLAG_CLEARFLOW;
	m.len -= 8;
	seal(&m);
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
	ck_assert_int_eq(klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL), 0);
	sa->ref = 0x01020304;	/* beyond the message */
	ck_assert(klips_msg_sa(&msg, KLIPS_EXT_SA, &got));
	ck_assert_uint_eq(got.ref, 0);
	ck_assert_uint_eq(got.flags, KLIPS_SAFLAG_CLEARFLOW);
	ck_assert(!klips_msg_sa(&msg, KLIPS_EXT_SA2, &got));
	ck_assert_uint_eq(got.flags, 0);
}
END_TEST

START_TEST(test_refs_unset)
{
	struct klips_ext_sa *sa, got;
	struct klips_ext_saref *ref;
	struct klips_msg msg;
	struct buf m;
	u32 me, him;

	with(&m, KLIPS_MSG_ADD, needs(KLIPS_MSG_ADD, KLIPS_TO_KERNEL) | BIT_OF(SAREF));
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert(klips_msg_saref(&msg, &me, &him));
	ck_assert_uint_eq(me, 1);
	ck_assert_uint_eq(him, 2);
	sa = (void *)msg.ext[KLIPS_EXT_SA];
	ref = (void *)msg.ext[KLIPS_EXT_SAREF];
	sa->ref = KLIPS_SAREF_UNSET;
	ref->me = KLIPS_SAREF_NA;
	ref->him = KLIPS_SAREF_NA;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), 0);
	klips_msg_sa(&msg, KLIPS_EXT_SA, &got);
	klips_msg_saref(&msg, &me, &him);
	ck_assert_uint_eq(got.ref | me | him, 0);
	ref->me = 0xffffffffu;
	ck_assert_int_eq(parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
}
END_TEST

START_TEST(test_wide_lifetime)
{
	struct klips_msg_life life = { 1, 2, 3, 4, true }, got;
	struct klips_build b;
	struct klips_msg msg;
	struct buf m, tail;

	klips_build_start(&b, tail.b, sizeof(tail.b), 0, 0, 0, 0);
	klips_build_lifetime(&b, KLIPS_EXT_LIFETIME_SOFT, &life);
	with(&m, KLIPS_MSG_EXPIRE, needs(KLIPS_MSG_EXPIRE, KLIPS_TO_USER));
	memcpy(m.b + m.len, tail.b + sizeof(struct klips_msg_hdr), b.len);
	m.len += b.len - sizeof(struct klips_msg_hdr);
	seal(&m);
	ck_assert_int_eq(klips_msg_parse(m.b, m.len, KLIPS_TO_USER, &msg, NULL), 0);
	ck_assert_int_eq(msg.ext[KLIPS_EXT_LIFETIME_SOFT]->len, 5);
	ck_assert(klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_SOFT, &got));
	ck_assert(got.allocations == 1 && got.bytes == 2 && got.addtime == 3 &&
		  got.usetime == 4 && got.wide);
	ck_assert(!klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_HARD, &got));
	ck_assert_uint_eq(got.bytes, 0);
}
END_TEST

START_TEST(test_accessors_add)
{
	struct klips_said said, want = { .spi = htonl(0xc0ffee01), .proto = KLIPS_PROTO_ESP };
	struct klips_msg msg;
	struct buf m;
	const u8 *key;

	from_hex(dump_add_esp, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	want.dst = v4("192.0.2.1");
	ck_assert_int_eq(klips_msg_said(&msg, KLIPS_SAID_FIRST, &said), 0);
	ck_assert_mem_eq(&said, &want, sizeof(said));
	ck_assert_int_eq(klips_msg_said(&msg, KLIPS_SAID_SECOND, &said), -EINVAL);
	ck_assert_uint_eq(klips_msg_key(&msg, KLIPS_EXT_KEY_AUTH, &key), 160);
	ck_assert_uint_eq(key[19], 0x33);
	ck_assert_uint_eq(klips_msg_key(&msg, KLIPS_EXT_KEY_ENCRYPT, &key), 128);
	ck_assert_uint_eq(key[15], 0x0f);
	ck_assert_uint_eq(klips_msg_natt_type(&msg), KLIPS_NATT_NONESP);
	ck_assert_uint_eq(klips_msg_natt_port(&msg, KLIPS_EXT_NAT_T_SPORT), 4500);
	ck_assert_uint_eq(klips_msg_natt_port(&msg, KLIPS_EXT_NAT_T_DPORT), 4500);
	ck_assert(!klips_msg_has(&msg, KLIPS_EXT_NAT_T_OA));
}
END_TEST

START_TEST(test_accessors_other)
{
	struct klips_said said;
	struct klips_addr addr;
	struct klips_msg msg;
	const char *text;
	const u8 *key;
	struct buf m;
	__be16 port;
	u16 type, ifnum;
	u32 lo, hi;
	u64 id;

	from_hex(dump_grpsa, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert_int_eq(klips_msg_said(&msg, KLIPS_SAID_SECOND, &said), 0);
	ck_assert_uint_eq(ntohl(said.spi), 0xdeadbe01);
	ck_assert_uint_eq(said.proto, KLIPS_PROTO_ESP);
	ck_assert(!klips_msg_addr(&msg, KLIPS_EXT_ADDRESS_PROXY, &addr, &port));
	ck_assert_uint_eq(addr.family, 0);
	ck_assert_uint_eq(klips_msg_key(&msg, KLIPS_EXT_KEY_AUTH, &key), 0);
	ck_assert(!klips_msg_ident(&msg, KLIPS_EXT_IDENTITY_SRC, &type, &id, &text));
	ck_assert(!klips_msg_spirange(&msg, &lo, &hi));
	ck_assert(!klips_msg_plumbif(&msg, &ifnum));

	from_hex(dump_acquire, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_USER, &msg, NULL);
	ck_assert(klips_msg_addr(&msg, KLIPS_EXT_ADDRESS_DST, &addr, &port));
	ck_assert_uint_eq(ntohs(port), 25);
	ck_assert_uint_eq(klips_msg_addr_proto(&msg, KLIPS_EXT_ADDRESS_DST), IPPROTO_TCP);

	from_hex(dump_plumbif, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert(klips_msg_plumbif(&msg, &ifnum));
	ck_assert_uint_eq(ifnum, KLIPS_PLUMBIF_IPSEC + 2);

	with(&m, KLIPS_MSG_ADD, needs(KLIPS_MSG_ADD, KLIPS_TO_KERNEL) | BIT_OF(IDENTITY_DST));
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert(klips_msg_ident(&msg, KLIPS_EXT_IDENTITY_DST, &type, &id, &text));
	ck_assert_uint_eq(type, 2);
	ck_assert_uint_eq(id, 7);
	ck_assert_str_eq(text, "host.example");
}
END_TEST

/* A flow message whose four addresses are as given, ports in host order. */
static int flow(const char *src, u16 sport, const char *dst, u16 dport, const char *smask,
		u16 sportmask, const char *dmask, u16 dportmask, struct klips_selector *sel)
{
	const struct {
		const char *text;
		u16 port;
	} part[] = { { src, sport }, { dst, dport }, { smask, sportmask }, { dmask, dportmask } };
	struct klips_build b;
	struct klips_msg msg;
	struct buf m;
	int i;

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_DELFLOW, 0, 1, PID);
	for (i = 0; i < 4; i++) {
		struct klips_addr a = strchr(part[i].text, ':') ? v6(part[i].text)
								: v4(part[i].text);

		klips_build_addr(&b, KLIPS_EXT_SRC_FLOW + i, &a, htons(part[i].port));
	}
	ck_assert_int_eq(klips_msg_parse(m.b, klips_build_end(&b), KLIPS_TO_KERNEL, &msg, NULL), 0);
	return klips_msg_selector(&msg, sel);
}

START_TEST(test_selector)
{
	struct klips_addr dst6 = v6("2001:db8::8000");
	struct klips_selector sel;

	ck_assert_int_eq(flow("10.0.1.7", 0, "10.0.2.0", 80, "255.255.255.0", 0,
			      "255.255.255.254", 0xffff, &sel), 0);
	ck_assert_uint_eq(ntohl(sel.src.v4), 0x0a000100);
	ck_assert_int_eq(sel.family, AF_INET);
	ck_assert_int_eq(sel.src_len, 24);
	ck_assert_int_eq(sel.dst_len, 31);
	ck_assert_int_eq(sel.proto, 0);
	ck_assert_int_eq(sel.sport, 0);
	ck_assert_int_eq(ntohs(sel.dport), 80);
	/* A port outside its mask is no part of the key. */
	ck_assert_int_eq(flow("10.0.1.7", 53, "10.0.2.0", 80, "0.0.0.0", 0, "255.255.255.255", 0,
			      &sel), 0);
	ck_assert_int_eq(sel.src_len, 0);
	ck_assert_int_eq(sel.src.v4, 0);
	ck_assert_int_eq(sel.dst_len, 32);
	ck_assert_int_eq(sel.sport, 0);
	ck_assert_int_eq(sel.dport, 0);
	ck_assert_int_eq(flow("::1", 0, "2001:db8::ffff", 0, "::", 0,
			      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:8000", 0, &sel), 0);
	ck_assert_int_eq(sel.family, AF_INET6);
	ck_assert_int_eq(sel.dst_len, 113);
	ck_assert_mem_eq(&sel.dst.v6, &dst6.v6, sizeof(dst6.v6));
}
END_TEST

START_TEST(test_selector_refused)
{
	struct klips_selector sel;

	ck_assert_int_eq(flow("10.0.0.0", 0, "10.0.0.0", 0, "255.0.255.0", 0, "255.0.0.0", 0,
			      &sel), -EINVAL);
	ck_assert_int_eq(flow("10.0.0.0", 0, "10.0.0.0", 0, "255.0.0.0", 0, "0.0.0.1", 0, &sel),
			 -EINVAL);
	ck_assert_int_eq(flow("10.0.0.0", 0, "::", 0, "255.0.0.0", 0, "::", 0, &sel), -EINVAL);
	ck_assert_int_eq(flow("10.0.0.0", 0, "10.0.0.0", 0, "::", 0, "255.0.0.0", 0, &sel),
			 -EINVAL);
	ck_assert_int_eq(flow("10.0.0.0", 5, "10.0.0.0", 0, "255.0.0.0", 0xff00, "255.0.0.0", 0,
			      &sel), -EINVAL);
	ck_assert_int_eq(flow("10.0.0.0", 0, "10.0.0.0", 0, "255.0.0.0", 0, "255.0.0.0", 0xffff,
			      &sel), -EINVAL);
}
END_TEST

/* What a selector is written as is what it is read from. */
START_TEST(test_selector_round_trip)
{
	struct klips_selector sel = {
		.family = AF_INET6, .proto = IPPROTO_UDP, .src_len = _i, .dst_len = 128 - _i,
		.sport = htons(_i), .dport = htons(500),
	}, got;
	struct klips_build b;
	struct klips_msg msg;
	struct buf m;

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_DELFLOW, 0, 1, PID);
	klips_build_selector(&b, &sel);
	ck_assert_int_eq(klips_msg_parse(m.b, klips_build_end(&b), KLIPS_TO_KERNEL, &msg, NULL), 0);
	ck_assert_int_eq(klips_msg_selector(&msg, &got), 0);
	ck_assert_mem_eq(&got, &sel, sizeof(sel));
}
END_TEST

START_TEST(test_selector_absent)
{
	struct klips_selector sel;
	struct klips_msg msg;
	struct buf m;

	from_hex(dump_clearflow, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert_int_eq(klips_msg_selector(&msg, &sel), -EINVAL);
}
END_TEST

START_TEST(test_build_mistakes)
{
	static const u8 key[8192];
	struct klips_addr none = { .family = 0 };
	struct klips_build b;
	struct buf m;

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	add_peers(&b);
	add_sa(&b, 0x1000, 0);
	klips_build_saref(&b, 1, 0);
	ck_assert_int_eq(klips_build_end(&b), -EINVAL);

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	klips_build_saref(&b, 1, 0);
	klips_build_saref(&b, 1, 0);
	ck_assert_int_eq(klips_build_end(&b), -EINVAL);

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	klips_build_addr(&b, KLIPS_EXT_ADDRESS_SRC, &none, 0);
	ck_assert_int_eq(klips_build_end(&b), -EPFNOSUPPORT);

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	klips_build_key(&b, KLIPS_EXT_KEY_AUTH, key, 0);
	ck_assert_int_eq(klips_build_end(&b), -EINVAL);

	/* However large the buffer, a message is not. */
	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	klips_build_key(&b, KLIPS_EXT_KEY_AUTH, key, 8 * MAX);
	ck_assert_int_eq(klips_build_end(&b), -EMSGSIZE);
	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	klips_build_key(&b, KLIPS_EXT_KEY_AUTH, key, 8 * (MAX - 24));
	ck_assert_int_eq(klips_build_end(&b), MAX);
}
END_TEST

START_TEST(test_build_errno)
{
	static const struct {
		int err;
		u8 field;
	} cases[] = { { -ENOENT, ENOENT }, { EEXIST, EEXIST }, { -512, 255 }, { 0, 0 } };
	struct klips_build b;
	struct buf m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_PLUMBIF, 0, 1, PID);
		klips_build_errno(&b, cases[i].err);
		klips_build_plumbif(&b, KLIPS_PLUMBIF_IPSEC);
		m.len = klips_build_end(&b);
		ck_assert_uint_eq(hdr_of(&m)->err, cases[i].field);
		ck_assert_int_eq(parse_buf(&m, KLIPS_TO_USER), 0);
	}
}
END_TEST

START_TEST(test_names)
{
	int i, satype;

	for (i = 1; i <= KLIPS_MSG_MAX; i++)
		ck_assert_str_ne(klips_msg_name(i), "unknown");
	for (i = 1; i <= KLIPS_EXT_MAX; i++)
		ck_assert_str_ne(klips_ext_name(i), "unknown");
	ck_assert_str_eq(klips_msg_name(KLIPS_MSG_MAX + 1), "unknown");
	ck_assert_str_eq(klips_ext_name(KLIPS_EXT_MAX + 1), "unknown");
	ck_assert_str_eq(klips_satype_name(KLIPS_SATYPE_MAX + 1), "unknown");
	ck_assert_str_eq(klips_satype_name(4), "unknown");
	ck_assert_str_eq(klips_satype_name(KLIPS_SATYPE_ESP), "ESP");
	for (i = 0; i < 256; i++) {
		satype = klips_proto_to_satype(i);
		if (satype)
			ck_assert_uint_eq(klips_satype_to_proto(satype), i);
	}
	for (satype = 0; satype < 256; satype++)
		if (klips_satype_to_proto(satype))
			ck_assert_uint_eq(klips_proto_to_satype(klips_satype_to_proto(satype)),
					  satype);
}
END_TEST

/* What is wrong is named. */
START_TEST(test_what)
{
	const char *what = NULL;
	struct buf m;

	with(&m, KLIPS_MSG_ADD, needs(KLIPS_MSG_ADD, KLIPS_TO_KERNEL) & ~BIT_OF(ADDRESS_DST));
	ck_assert_int_eq(parse(m.b, m.len, KLIPS_TO_KERNEL, &what), -EINVAL);
	ck_assert_str_eq(what, "ADDRESS_DST");
}
END_TEST

static void add_dump_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_dump_parses, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_builds, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_needs_room, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_truncated, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_lies, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_repeats, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_bytes, 0, ARRAY_SIZE(dumps));
}

static void add_rule_tests(TCase *tc)
{
	tcase_add_test(tc, test_header);
	tcase_add_loop_test(tc, test_table_required, 1, KLIPS_MSG_MAX + 1);
	tcase_add_loop_test(tc, test_table_permitted, 1, KLIPS_MSG_MAX + 1);
	tcase_add_test(tc, test_any_order);
	tcase_add_loop_test(tc, test_row_lengths, 1, KLIPS_EXT_MAX + 1);
	tcase_add_test(tc, test_number_outside);
	tcase_add_loop_test(tc, test_inside, 0, ARRAY_SIZE(inside));
	tcase_add_loop_test(tc, test_inside_reply, 0, ARRAY_SIZE(inside_reply));
	tcase_add_loop_test(tc, test_satypes, 1, KLIPS_MSG_MAX + 1);
	tcase_add_test(tc, test_errno_in_request);
	tcase_add_loop_test(tc, test_algorithms, 0, ARRAY_SIZE(algs));
	tcase_add_test(tc, test_delflow);
	tcase_add_test(tc, test_what);
}

static void add_value_tests(TCase *tc)
{
	tcase_add_test(tc, test_short_sa);
	tcase_add_test(tc, test_refs_unset);
	tcase_add_test(tc, test_wide_lifetime);
	tcase_add_test(tc, test_accessors_add);
	tcase_add_test(tc, test_accessors_other);
	tcase_add_test(tc, test_selector);
	tcase_add_test(tc, test_selector_refused);
	tcase_add_loop_test(tc, test_selector_round_trip, 0, 129);
	tcase_add_test(tc, test_selector_absent);
	tcase_add_test(tc, test_build_mistakes);
	tcase_add_test(tc, test_build_errno);
	tcase_add_test(tc, test_names);
}

/**
 * pfkey_suite() - tests of klips/pfkey_msg.c, pfkey_parse.c, pfkey_build.c
 *
 * Return: a new suite for the caller's runner.
 */
Suite *pfkey_suite(void);

Suite *pfkey_suite(void)
{
	Suite *s = suite_create("pfkey");
	TCase *tc = tcase_create("messages");

	if (htole16(1) == 1)	/* the messages are little endian */
		add_dump_tests(tc);
	suite_add_tcase(s, tc);
	tc = tcase_create("rules");
	add_rule_tests(tc);
	suite_add_tcase(s, tc);
	tc = tcase_create("values");
	add_value_tests(tc);
	suite_add_tcase(s, tc);
	return s;
}
