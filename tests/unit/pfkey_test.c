// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PF_KEY parser and builder: messages of old programs and kernels, byte for byte,
 * and every way in which their lengths can lie.
 */
#include <check.h>
#include <endian.h>

#include "tests/unit/pfkey_dumps.h"
#include "tests/unit/pfkey_help.h"
#include "tests/unit/suites.h"

static void add_v6(struct klips_build *b, enum klips_ext_type ext, const char *text)
{
	struct klips_addr a = pm_v6(text);

	klips_build_addr(b, ext, &a, 0);
}

static struct klips_selector flow_v4(const char *src, u8 slen, const char *dst, u8 dlen)
{
	struct klips_selector sel = { .family = AF_INET, .src_len = slen, .dst_len = dlen };

	sel.src.v4 = pm_v4(src).v4;
	sel.dst.v4 = pm_v4(dst).v4;
	return sel;
}

static void build_addflow(struct klips_build *b)
{
	struct klips_selector sel = flow_v4("10.0.1.0", 24, "10.0.2.0", 24);

	pm_add_sa(b, 0x1000, 0);
	pm_add_v4(b, KLIPS_EXT_ADDRESS_SRC, "0.0.0.0");
	pm_add_v4(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.2");
	klips_build_selector(b, &sel);
}

static void build_addflow_trap(struct klips_build *b)
{
	struct klips_selector sel = flow_v4("10.0.1.0", 24, "0.0.0.0", 0);

	sel.proto = IPPROTO_TCP;
	sel.dport = htons(25);
	pm_add_sa(b, KLIPS_SHUNT_TRAP, 0);
	pm_add_v4(b, KLIPS_EXT_ADDRESS_SRC, "0.0.0.0");
	pm_add_v4(b, KLIPS_EXT_ADDRESS_DST, "0.0.0.0");
	klips_build_selector(b, &sel);
}

static void build_delflow(struct klips_build *b)
{
	struct klips_selector sel = flow_v4("10.0.1.0", 24, "10.0.2.0", 24);

	klips_build_selector(b, &sel);
}

static void build_clearflow(struct klips_build *b)
{
	pm_add_sa(b, 0, KLIPS_SAFLAG_CLEARFLOW);
}

static void add_esp(struct klips_build *b, u8 state, u32 flags)
{
	struct klips_ext_sa sa = {
		.spi = htonl(0xc0ffee01), .replay = 64, .state = state,
		.auth = KLIPS_AUTH_SHA1, .encrypt = KLIPS_ENCR_AES_CBC, .flags = flags,
	};

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
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
	pm_add_peers(b);
	klips_build_key(b, KLIPS_EXT_KEY_AUTH, auth, 8 * sizeof(auth));
	klips_build_key(b, KLIPS_EXT_KEY_ENCRYPT, encr, 8 * sizeof(encr));
	klips_build_natt_type(b, KLIPS_NATT_NONESP);
	klips_build_natt_port(b, KLIPS_EXT_NAT_T_SPORT, 4500);
	klips_build_natt_port(b, KLIPS_EXT_NAT_T_DPORT, 4500);
}

static void build_add_esp_reply(struct klips_build *b)
{
	add_esp(b, KLIPS_SASTATE_MATURE, KLIPS_SAFLAG_INBOUND);
	pm_add_peers(b);
	klips_build_saref(b, 1, 0);
}

static void build_grpsa(struct klips_build *b)
{
	struct klips_ext_sa esp = { .spi = htonl(0xdeadbe01) };

	pm_add_sa(b, 0x1000, 0);
	pm_add_v4(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.2");
	klips_build_satype2(b, KLIPS_SATYPE_ESP);
	klips_build_sa(b, KLIPS_EXT_SA2, &esp);
	pm_add_v4(b, KLIPS_EXT_ADDRESS_DST2, "192.0.2.2");
}

static void build_acquire(struct klips_build *b)
{
	const struct klips_comb combs[] = { pm_comb(KLIPS_AUTH_MD5, 128), pm_comb(KLIPS_AUTH_SHA1, 160) };
	struct klips_addr src = pm_v4("10.0.1.5"), dst = pm_v4("203.0.113.9");

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
	pm_add_peers(b);
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

	sel.src.v6 = pm_v6("2001:db8:1::").v6;
	sel.dst.v6 = pm_v6("2001:db8:2::").v6;
	pm_add_sa(b, 0x1000, 0);
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
	struct pm_buf m;
	const char *what = "";

	pm_from_hex(dumps[_i].hex, &m);
	ck_assert_msg(!pm_parse(m.b, m.len, dumps[_i].dir, &what), "dump %d: %s", _i, what);
}
END_TEST

/* Whatever was in the buffer before must not show. */
START_TEST(test_dump_builds)
{
	struct klips_build b;
	struct pm_buf m, built;
	int len;

	pm_from_hex(dumps[_i].hex, &m);
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
	struct pm_buf m;
	size_t size;
	u8 *small;

	pm_from_hex(dumps[_i].hex, &m);
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
static bool at_boundary(const struct pm_buf *m, size_t where)
{
	size_t at = sizeof(struct klips_msg_hdr);

	while (at < where)
		at += 8 * ((const struct klips_ext *)(const void *)(m->b + at))->len;
	return at == where;
}

START_TEST(test_dump_truncated)
{
	struct pm_buf m, cut;
	size_t len;
	int err;

	pm_from_hex(dumps[_i].hex, &m);
	for (len = 0; len < m.len; len++) {
		ck_assert_int_eq(pm_parse(m.b, len, dumps[_i].dir, NULL), -EMSGSIZE);
		if (len < sizeof(struct klips_msg_hdr) || len % 8)
			continue;
		cut = m;
		cut.len = len;
		pm_seal(&cut);
		err = pm_parse_buf(&cut, dumps[_i].dir);
		if (!at_boundary(&m, len))
			ck_assert_int_eq(err, -EINVAL);
	}
}
END_TEST

/* Every extension of every message lies about its length. */
START_TEST(test_dump_lies)
{
	static const int lies[] = { 0, 1, -1, 0xffff };
	struct pm_buf m, lie;
	size_t at, i;

	pm_from_hex(dumps[_i].hex, &m);
	for (at = sizeof(struct klips_msg_hdr); at < m.len;) {
		struct klips_ext *ext = (void *)(m.b + at);

		for (i = 0; i < ARRAY_SIZE(lies); i++) {
			u16 len = lies[i] < 0 ? ext->len + 1 : lies[i];

			if (len == ext->len)
				continue;
			lie = m;
			((struct klips_ext *)(void *)(lie.b + at))->len = len;
			ck_assert_int_lt(pm_parse_buf(&lie, dumps[_i].dir), 0);
		}
		at += 8 * ext->len;
	}
}
END_TEST

START_TEST(test_dump_repeats)
{
	struct pm_buf m, twice;
	size_t at, bytes;

	pm_from_hex(dumps[_i].hex, &m);
	for (at = sizeof(struct klips_msg_hdr); at < m.len; at += bytes) {
		bytes = 8 * ((struct klips_ext *)(void *)(m.b + at))->len;
		twice = m;
		memcpy(twice.b + twice.len, m.b + at, bytes);
		twice.len += bytes;
		pm_seal(&twice);
		ck_assert_int_eq(pm_parse_buf(&twice, dumps[_i].dir), -EINVAL);
	}
}
END_TEST

/* Any byte may have any value: whatever the verdict, no read goes astray. */
START_TEST(test_dump_bytes)
{
	struct pm_buf m, other;
	size_t at;
	int value;

	pm_from_hex(dumps[_i].hex, &m);
	for (at = 0; at < m.len; at++) {
		for (value = 0; value < 256; value += 3) {
			other = m;
			other.b[at] = value;
			pm_parse_buf(&other, dumps[_i].dir);
		}
	}
}
END_TEST

/**
 * pfkey_suite() - whole messages through klips/pfkey_parse.c and pfkey_build.c
 *
 * Return: a new suite for the caller's runner.
 */
Suite *pfkey_suite(void)
{
	Suite *s = suite_create("pfkey");
	TCase *tc = tcase_create("messages");

	suite_add_tcase(s, tc);
	if (htole16(1) != 1)	/* the messages are little endian */
		return s;
	tcase_add_loop_test(tc, test_dump_parses, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_builds, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_needs_room, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_truncated, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_lies, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_repeats, 0, ARRAY_SIZE(dumps));
	tcase_add_loop_test(tc, test_dump_bytes, 0, ARRAY_SIZE(dumps));
	return s;
}
