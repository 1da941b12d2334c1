// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PF_KEY parser: every row of its tables, with each extension missing and each
 * one too many; lengths, SA types, and what must hold inside extensions.
 */
#include <check.h>

#include "tests/unit/pfkey_dumps.h"
#include "tests/unit/pfkey_help.h"
#include "tests/unit/suites.h"

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
	struct pm_buf m, bad;
	size_t i;

	pm_from_hex(dump_addflow, &m);
	ck_assert_int_eq(klips_msg_check_header(m.b, m.len), 0);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		bad = m;
		bad.b[faults[i].at] = faults[i].value;
		ck_assert_int_eq(klips_msg_check_header(bad.b, bad.len), faults[i].err);
		ck_assert_int_eq(pm_parse_buf(&bad, KLIPS_TO_KERNEL), faults[i].err);
	}
	ck_assert_int_eq(klips_msg_check_header(m.b, m.len - 1), -EMSGSIZE);
	ck_assert_int_eq(klips_msg_check_header(m.b, MAX + 8), -EMSGSIZE);
}
END_TEST

/* Extensions that parse but never do in a message to the kernel. */
static const u64 unusable = BIT_OF(LIFETIME_CURRENT) | BIT_OF(SENSITIVITY) | BIT_OF(PROPOSAL) |
			    BIT_OF(SUPPORTED_AUTH) | BIT_OF(SUPPORTED_ENCRYPT) | BIT_OF(KMPRIVATE);

static int verdict(u64 exts, enum klips_dir dir)
{
	return dir == KLIPS_TO_KERNEL && exts & unusable ? -EINVAL : 0;
}

START_TEST(test_table_required)
{
	enum klips_dir dir;
	struct pm_buf m;
	int e;

	for (dir = 0; dir < KLIPS_DIRS; dir++) {
		u64 need = pm_needs(_i, dir);

		pm_with(&m, _i, need);
		ck_assert_int_eq(pm_parse_buf(&m, dir), verdict(need, dir));
		for (e = 1; e <= KLIPS_EXT_MAX; e++) {
			if (!(need & BIT_ULL(e)))
				continue;
			pm_with(&m, _i, need & ~BIT_ULL(e));
			ck_assert_msg(pm_parse_buf(&m, dir) == -EINVAL, "%s without %s",
				      klips_msg_name(_i), klips_ext_name(e));
		}
	}
}
END_TEST

START_TEST(test_table_permitted)
{
	enum klips_dir dir;
	struct pm_buf m;
	int e, want;

	for (dir = 0; dir < KLIPS_DIRS; dir++) {
		u64 need = pm_needs(_i, dir);

		for (e = 1; e <= KLIPS_EXT_MAX; e++) {
			if (need & BIT_ULL(e))
				continue;
			pm_with(&m, _i, need | BIT_ULL(e));
			want = klips_msg_rows[_i].permitted[dir] & BIT_ULL(e) ?
				verdict(need | BIT_ULL(e), dir) : -EINVAL;
			ck_assert_msg(pm_parse_buf(&m, dir) == want, "%s with %s",
				      klips_msg_name(_i), klips_ext_name(e));
		}
	}
}
END_TEST

/* In any order, and wherever in the message the extension stands. */
START_TEST(test_any_order)
{
	struct pm_buf m;
	int e;

	pm_start(&m, KLIPS_MSG_ADDFLOW);
	for (e = KLIPS_EXT_MAX; e > 0; e--)
		if (klips_msg_rows[KLIPS_MSG_ADDFLOW].permitted[KLIPS_TO_KERNEL] & BIT_ULL(e))
			pm_append(&m, e);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
}
END_TEST

/* The row's own length rule: last in the message, and padded so that it fits. */
START_TEST(test_row_lengths)
{
	const struct klips_ext_row *row = &klips_ext_rows[_i];
	struct klips_ext *ext;
	struct pm_buf m;
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
		pm_with(&m, type, pm_needs(type, d) & ~BIT_ULL(_i));
		ext = (void *)(m.b + m.len);
		pm_append(&m, _i);
		exact = ext->len;
		if (len > exact)
			m.len += 8 * (len - exact);
		pm_seal(&m);
		ext->len = len;
		if (len < row->min_words || len > row->max_words)
			ck_assert_int_eq(pm_parse_buf(&m, d), -EINVAL);
		else
			pm_parse_buf(&m, d);
	}
}
END_TEST

START_TEST(test_number_outside)
{
	static const u16 numbers[] = { 0, 33, 34, 255, 256, 0xffff };
	struct pm_buf m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		pm_start(&m, KLIPS_MSG_DEBUG);
		pm_append(&m, KLIPS_EXT_DEBUG);
		ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
		((struct klips_ext *)(void *)(m.b + 16))->type = numbers[i];
		ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
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
	{ KLIPS_MSG_ADD, KLIPS_EXT_REPLAY, 4, 1, -EINVAL },	/* window 4097 */
	{ KLIPS_MSG_ADD, KLIPS_EXT_REPLAY, 5, 0, 0 },		/* none */
	{ KLIPS_MSG_ADD, KLIPS_EXT_REPLAY, 8, 3, -EINVAL },	/* an unknown flag */
	{ KLIPS_MSG_ADD, KLIPS_EXT_REPLAY, 8, 0, 0 },
	{ KLIPS_MSG_ADD, KLIPS_EXT_REPLAY, 12, 1, -EINVAL },
	{ KLIPS_MSG_UPDATE, KLIPS_EXT_REPLAY, 20, 1, 0 },	/* above 2^32, with ESN */
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
	u64 need = pm_needs(inside[_i].type, KLIPS_TO_KERNEL) | BIT_ULL(inside[_i].ext);
	struct klips_msg msg;
	struct pm_buf m;

	pm_with(&m, inside[_i].type, need);
	ck_assert_int_eq(klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL), 0);
	((u8 *)msg.ext[inside[_i].ext])[inside[_i].at] = inside[_i].value;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), inside[_i].err);
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
	u64 need = pm_needs(inside_reply[_i].type, KLIPS_TO_USER) | BIT_ULL(inside_reply[_i].ext);
	struct klips_msg msg;
	struct pm_buf m;

	pm_with(&m, inside_reply[_i].type, need);
	ck_assert_int_eq(klips_msg_parse(m.b, m.len, KLIPS_TO_USER, &msg, NULL), 0);
	((u8 *)msg.ext[inside_reply[_i].ext])[inside_reply[_i].at] = inside_reply[_i].value;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_USER), -EINVAL);
}
END_TEST

/* SA types: which messages take which. */
START_TEST(test_satypes)
{
	static const char none_proto[] = { 2, 3, 9, 10, 11 };
	struct pm_buf m;
	int satype;
	bool proto, want;

	pm_with(&m, _i, pm_needs(_i, KLIPS_TO_USER));
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
		case KLIPS_MSG_DUMP:
			want = proto || !satype;
			break;
		default:
			want = satype <= KLIPS_SATYPE_MAX;
		}
		pm_hdr_of(&m)->satype = satype;
		ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_USER), want ? 0 : -EINVAL);
		pm_hdr_of(&m)->err = EINVAL;
		ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_USER), 0);
		pm_hdr_of(&m)->err = 0;
	}
}
END_TEST

START_TEST(test_errno_in_request)
{
	struct pm_buf m;

	pm_with(&m, KLIPS_MSG_DELETE, pm_needs(KLIPS_MSG_DELETE, KLIPS_TO_KERNEL));
	pm_hdr_of(&m)->err = ESRCH;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	pm_start(&m, KLIPS_MSG_ACQUIRE);
	pm_hdr_of(&m)->err = ESRCH;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
	pm_append(&m, KLIPS_EXT_PROPOSAL);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
	pm_append(&m, KLIPS_EXT_KEY_AUTH);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
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
	struct pm_buf m;
	u8 type;

	for (type = KLIPS_MSG_UPDATE; type <= KLIPS_MSG_ADD; type++) {
		pm_with(&m, type, pm_needs(type, KLIPS_TO_KERNEL));
		klips_msg_parse(m.b, m.len, KLIPS_TO_KERNEL, &msg, NULL);
		sa = (void *)msg.ext[KLIPS_EXT_SA];
		pm_hdr_of(&m)->satype = algs[_i].satype;
		sa->auth = algs[_i].auth;
		sa->encrypt = algs[_i].encrypt;
		ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), algs[_i].err);
	}
}
END_TEST

START_TEST(test_delflow)
{
	struct klips_ext_sa *sa;
	struct pm_buf m;

	pm_start(&m, KLIPS_MSG_DELFLOW);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	pm_append(&m, KLIPS_EXT_SA);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_USER), 0);
	sa = (void *)(m.b + sizeof(struct klips_msg_hdr));
	sa->flags = KLIPS_SAFLAG_CLEARFLOW;
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), 0);
	pm_append(&m, KLIPS_EXT_PROTOCOL);
	ck_assert_int_eq(pm_parse_buf(&m, KLIPS_TO_KERNEL), -EINVAL);
}
END_TEST

/* What is wrong is named. */
START_TEST(test_what)
{
	const char *what = NULL;
	struct pm_buf m;

	pm_with(&m, KLIPS_MSG_ADD, pm_needs(KLIPS_MSG_ADD, KLIPS_TO_KERNEL) & ~BIT_OF(ADDRESS_DST));
	ck_assert_int_eq(pm_parse(m.b, m.len, KLIPS_TO_KERNEL, &what), -EINVAL);
	ck_assert_str_eq(what, "ADDRESS_DST");
}
END_TEST

/**
 * pfkey_rules_suite() - the tables of klips/pfkey_msg.c and who obeys them
 *
 * Return: a new suite for the caller's runner.
 */
Suite *pfkey_rules_suite(void)
{
	Suite *s = suite_create("pfkey_rules");
	TCase *tc = tcase_create("rules");

	suite_add_tcase(s, tc);
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
	return s;
}
