// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No padding of a message shows what was in memory before; and the net tests' eye
 * for that, tests/net/lib/dirt.c, sees every byte that means nothing.
 */
#include <check.h>

#include "tests/net/lib/dirt.h"
#include "tests/unit/pfkey_help.h"
#include "tests/unit/suites.h"

/* A message of the kernel with an extension; false if it never sends that one. */
static bool message_with(int ext, struct pm_buf *m, struct klips_msg *msg)
{
	int type;

	for (type = 1; type <= KLIPS_MSG_MAX; type++) {
		if (!(klips_msg_rows[type].permitted[KLIPS_TO_USER] & BIT_ULL(ext)))
			continue;
		memset(m->b, POISON, sizeof(m->b));
		pm_with(m, type, pm_needs(type, KLIPS_TO_USER) | BIT_ULL(ext));
		ck_assert_int_eq(klips_msg_parse(m->b, m->len, KLIPS_TO_USER, msg, NULL), 0);
		return true;
	}
	return false;
}

START_TEST(test_built_clean)
{
	struct klips_msg msg;
	struct pm_buf m;
	const char *dirt;

	/* SENSITIVITY has no builder */
	if (_i == KLIPS_EXT_SENSITIVITY || !message_with(_i, &m, &msg))
		return;
	dirt = message_dirt(&msg);
	ck_assert_msg(!dirt, "%s: %s", klips_ext_name(_i), dirt);
}
END_TEST

/* Bytes of an extension, as pm_append() writes it, that mean nothing. */
static const struct {
	enum klips_ext_type ext;
	u8 from;
	u8 upto;
} idle[] = {
	{ KLIPS_EXT_SA, 20, 24 },
	{ KLIPS_EXT_ADDRESS_SRC, 5, 8 }, { KLIPS_EXT_ADDRESS_SRC, 16, 24 },
	{ KLIPS_EXT_KEY_AUTH, 6, 8 }, { KLIPS_EXT_KEY_AUTH, 28, 32 },
	{ KLIPS_EXT_IDENTITY_SRC, 6, 8 }, { KLIPS_EXT_IDENTITY_SRC, 29, 32 },
	{ KLIPS_EXT_PROPOSAL, 5, 8 }, { KLIPS_EXT_PROPOSAL, 20, 24 },
	{ KLIPS_EXT_SUPPORTED_AUTH, 4, 8 }, { KLIPS_EXT_SUPPORTED_AUTH, 14, 16 },
	{ KLIPS_EXT_SATYPE2, 5, 8 }, { KLIPS_EXT_SA2, 20, 24 },
	{ KLIPS_EXT_DST_MASK, 16, 24 }, { KLIPS_EXT_DEBUG, 52, 56 },
	{ KLIPS_EXT_PROTOCOL, 5, 8 }, { KLIPS_EXT_NAT_T_TYPE, 5, 8 },
	{ KLIPS_EXT_NAT_T_SPORT, 6, 8 }, { KLIPS_EXT_NAT_T_DPORT, 6, 8 },
	{ KLIPS_EXT_PLUMBIF, 6, 8 }, { KLIPS_EXT_SAREF, 12, 16 },
};

START_TEST(test_dirt_seen)
{
	struct klips_msg msg;
	struct pm_buf m;
	u8 *ext, at;

	ck_assert(message_with(idle[_i].ext, &m, &msg));
	ext = (u8 *)msg.ext[idle[_i].ext];
	for (at = idle[_i].from; at < idle[_i].upto; at++) {
		ext[at] = POISON;
		ck_assert_msg(message_dirt(&msg), "byte %u of %s", at, klips_ext_name(idle[_i].ext));
		ck_assert_str_eq(message_dirt(&msg), klips_ext_name(idle[_i].ext));
		ext[at] = 0;
		ck_assert(!message_dirt(&msg));
	}
	pm_hdr_of(&m)->reserved = POISON;
	ck_assert_str_eq(message_dirt(&msg), "header");
}
END_TEST

/* IPv6 has more of them: flow information, scope, and a pad. */
START_TEST(test_dirt_seen_v6)
{
	static const u8 places[] = { 5, 7, 12, 15, 32, 35, 36, 39 };
	struct klips_addr addr = pm_v6("2001:db8::1");
	struct klips_build b;
	struct klips_msg msg = {};
	struct pm_buf m;
	size_t i;

	memset(m.b, POISON, sizeof(m.b));
	klips_build_start(&b, m.b, sizeof(m.b), KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 1, 1);
	klips_build_addr(&b, KLIPS_EXT_ADDRESS_DST, &addr, 0);
	ck_assert_int_eq(klips_build_end(&b), 56);
	msg.hdr = pm_hdr_of(&m);
	msg.ext[KLIPS_EXT_ADDRESS_DST] = (void *)(m.b + 16);
	ck_assert(!message_dirt(&msg));
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		m.b[16 + places[i]] = POISON;
		ck_assert_str_eq(message_dirt(&msg), "ADDRESS_DST");
		m.b[16 + places[i]] = 0;
	}
}
END_TEST

/**
 * dirt_suite() - what messages from the kernel carry where zeros belong
 *
 * Return: a new suite for the caller's runner.
 */
Suite *dirt_suite(void)
{
	Suite *s = suite_create("dirt");
	TCase *tc = tcase_create("messages");

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, test_built_clean, 1, KLIPS_EXT_MAX + 1);
	tcase_add_loop_test(tc, test_dirt_seen, 0, ARRAY_SIZE(idle));
	tcase_add_test(tc, test_dirt_seen_v6);
	return s;
}
