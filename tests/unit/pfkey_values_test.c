// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PF_KEY values: what is read out of a checked message, selectors, and the
 * builder's mistakes.
 */
#include <check.h>

#include "tests/unit/pfkey_dumps.h"
#include "tests/unit/pfkey_help.h"
#include "tests/unit/suites.h"

/* RFC 2367's SA, which ends before the reference: none is read into it. */
START_TEST(test_short_sa)
{
	struct klips_ext_sa *sa, got;
	struct klips_msg msg;
	struct pm_buf m;

	pm_start(&m, KLIPS_MSG_DELFLOW);
	pm_append(&m, KLIPS_EXT_SA);
	sa = (void *)(m.b + sizeof(struct klips_msg_hdr));
	sa->len = 2;
	sa->flags = KLIPS_SAFLAG_CLEARFLOW;
	m.len -= 8;
	pm_seal(&m);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
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
	struct pm_buf m;
	u32 me, him;

	pm_with(&m, KLIPS_MSG_ADD, pm_needs(KLIPS_MSG_ADD, KLIPS_TO_KERNEL) | BIT_OF(SAREF));
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert(klips_msg_saref(&msg, &me, &him));
	ck_assert_uint_eq(me, 1);
	ck_assert_uint_eq(him, 2);
	sa = (void *)msg.ext[KLIPS_EXT_SA];
	ref = (void *)msg.ext[KLIPS_EXT_SAREF];
	sa->ref = KLIPS_SAREF_UNSET;
	ref->me = KLIPS_SAREF_NA;
	ref->him = KLIPS_SAREF_NA;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
	klips_msg_sa(&msg, KLIPS_EXT_SA, &got);
	klips_msg_saref(&msg, &me, &him);
	ck_assert_uint_eq(got.ref | me | him, 0);
	ref->me = 0xffffffffu;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
}
END_TEST

START_TEST(test_wide_lifetime)
{
	struct klips_msg_life life = { 1, 2, 3, 4, true }, got;
	struct klips_build b;
	struct klips_msg msg;
	struct pm_buf m, tail;

	klips_build_start(&b, tail.b, sizeof(tail.b), 0, 0, 0, 0);
	klips_build_lifetime(&b, KLIPS_EXT_LIFETIME_SOFT, &life);
	pm_with(&m, KLIPS_MSG_EXPIRE, pm_needs(KLIPS_MSG_EXPIRE, KLIPS_TO_USER));
	memcpy(m.b + m.len, tail.b + sizeof(struct klips_msg_hdr), b.len);
	m.len += b.len - sizeof(struct klips_msg_hdr);
	pm_seal(&m);
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
	struct pm_buf m;
	const u8 *key;

	pm_from_hex(dump_add_esp, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	want.dst = pm_v4("192.0.2.1");
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
	struct pm_buf m;
	__be16 port;
	u16 type, ifnum;
	u32 lo, hi;
	u64 id;

	pm_from_hex(dump_grpsa, &m);
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

	pm_from_hex(dump_acquire, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_USER, &msg, NULL);
	ck_assert(klips_msg_addr(&msg, KLIPS_EXT_ADDRESS_DST, &addr, &port));
	ck_assert_uint_eq(ntohs(port), 25);
	ck_assert_uint_eq(klips_msg_addr_proto(&msg, KLIPS_EXT_ADDRESS_DST), IPPROTO_TCP);

	pm_from_hex(dump_plumbif, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert(klips_msg_plumbif(&msg, &ifnum));
	ck_assert_uint_eq(ifnum, KLIPS_PLUMBIF_IPSEC + 2);

	pm_with(&m, KLIPS_MSG_ADD, pm_needs(KLIPS_MSG_ADD, KLIPS_TO_KERNEL) | BIT_OF(IDENTITY_DST));
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
	struct pm_buf m;
	int i;

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_DELFLOW, 0, 1, PID);
	for (i = 0; i < 4; i++) {
		struct klips_addr a = strchr(part[i].text, ':') ? pm_v6(part[i].text)
								: pm_v4(part[i].text);

		klips_build_addr(&b, KLIPS_EXT_SRC_FLOW + i, &a, htons(part[i].port));
	}
	ck_assert_int_eq(klips_msg_parse(m.b, klips_build_end(&b), KLIPS_TO_KERNEL, &msg, NULL), 0);
	return klips_msg_selector(&msg, sel);
}

START_TEST(test_selector)
{
	struct klips_addr dst6 = pm_v6("2001:db8::8000");
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
	struct pm_buf m;

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
	struct pm_buf m;

	pm_from_hex(dump_clearflow, &m);
	klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
	ck_assert_int_eq(klips_msg_selector(&msg, &sel), -EINVAL);
}
END_TEST

START_TEST(test_build_mistakes)
{
	static const u8 key[8192];
	struct klips_addr none = { .family = 0 };
	struct klips_build b;
	struct pm_buf m;

	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, PID);
	pm_add_peers(&b);
	pm_add_sa(&b, 0x1000, 0);
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
	struct pm_buf m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_PLUMBIF, 0, 1, PID);
		klips_build_errno(&b, cases[i].err);
		klips_build_plumbif(&b, KLIPS_PLUMBIF_IPSEC);
		m.len = klips_build_end(&b);
		ck_assert_uint_eq(pm_hdr_of(&m)->err, cases[i].field);
		ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_USER), 0);
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

/**
 * pfkey_values_suite() - the klips_msg_...() and klips_build_...() functions
 *
 * Return: a new suite for the caller's runner.
 */
Suite *pfkey_values_suite(void)
{
	Suite *s = suite_create("pfkey_values");
	TCase *tc = tcase_create("values");

	suite_add_tcase(s, tc);
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
	return s;
}
