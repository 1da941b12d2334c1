// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers, ports, protocols, keys and lifetimes.
 */
#include "said.h"
#include "tests/unit/rand.h"
#include "tests/unit/suites.h"

#define ROUNDS	5000

static int test_service(void *ctx, const char *name)
{
	(void)ctx;
	return !strcmp(name, "pop3") ? 110 : -1;
}

static int test_protocol(void *ctx, const char *name)
{
	(void)ctx;
	if (!strcmp(name, "ip"))
		return 0;
	return !strcmp(name, "tcp") ? 6 : -1;
}

static const struct said_names names = { .service = test_service, .protocol = test_protocol };

static const struct {
	const char *text;
	int err;
	u64 value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "00", 0, 0 },
	{ "65535", 0, 65535 },
	{ "0xffff", 0, 65535 },
	{ "0XFfFf", 0, 65535 },
	{ "0177777", 0, 65535 },
	{ "65536", -ERANGE, 0 },
	{ "4294967376", -ERANGE, 0 },
	{ "0x10000", -ERANGE, 0 },
	{ "18446744073709551615", -ERANGE, 0 },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "99999999999999999999999999", -ERANGE, 0 },
	{ "0x11111111111111111", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ " ", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "x", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "1x", -EINVAL, 0 },
	{ "08", -EINVAL, 0 },
	{ "0xg", -EINVAL, 0 },
	{ "12a", -EINVAL, 0 },
	{ "99999999999999999999999999x", -EINVAL, 0 },
	{ "pop3", -EINVAL, 0 },
};

START_TEST(numbers_are_strict)
{
	u64 value = 12345;

	ck_assert_int_eq(said_number(numbers[_i].text, 65535, &value), numbers[_i].err);
	ck_assert_uint_eq(value, numbers[_i].err ? 12345 : numbers[_i].value);
}
END_TEST

START_TEST(every_port_in_every_base)
{
	char text[32];
	u64 value;
	unsigned int port;

	for (port = 0; port <= 0xffff; port++) {
		snprintf(text, sizeof(text), "%u", port);
		ck_assert_int_eq(said_service(text, &names, 65535, &value), 0);
		ck_assert_uint_eq(value, port);
		snprintf(text, sizeof(text), "0x%x", port);
		ck_assert_int_eq(said_service(text, NULL, 65535, &value), 0);
		ck_assert_uint_eq(value, port);
		snprintf(text, sizeof(text), "0%o", port);
		ck_assert_int_eq(said_service(text, &names, 65535, &value), 0);
		ck_assert_uint_eq(value, port);
	}
}
END_TEST

START_TEST(names_of_ports_and_protocols)
{
	u64 value;

	ck_assert_int_eq(said_service("pop3", &names, 65535, &value), 0);
	ck_assert_uint_eq(value, 110);
	ck_assert_int_eq(said_service("POP3", &names, 65535, &value), -EINVAL);
	ck_assert_int_eq(said_service("pop3", NULL, 65535, &value), -EINVAL);
	ck_assert_int_eq(said_protocol("ip", &names, 255, &value), 0);
	ck_assert_uint_eq(value, 0);
	ck_assert_int_eq(said_protocol("tcp", &names, 255, &value), 0);
	ck_assert_uint_eq(value, 6);
	ck_assert_int_eq(said_protocol("256", &names, 255, &value), -ERANGE);
	ck_assert_int_eq(said_protocol("tcp ", &names, 255, &value), -EINVAL);
}
END_TEST

/* Keys as text and as hex digits; NULL if they are wrong. */
static const struct {
	const char *text;
	const char *hex;
} keys[] = {
	{ "0x00", "00" },
	{ "0x0123", "0123" },
	{ "0xABcd", "abcd" },
	{ "0x01_23_45", "012345" },
	{ "0x0123_45", "012345" },
	{ "0sAAEC", "000102" },
	{ "0sAAE=", "0001" },
	{ "0sAA==", "00" },
	{ "0s+/+/", "fbffbf" },
	{ "0sAAECAw==", "00010203" },
	{ "0tkey", "6b6579" },
	{ "0t0x12", "30783132" },
	{ "0t ", "20" },
	{ "", NULL },
	{ "0", NULL },
	{ "12345", NULL },
	{ "x1234", NULL },
	{ "0x", NULL },
	{ "0x1", NULL },
	{ "0x123", NULL },
	{ "0x12_", NULL },
	{ "0x_12", NULL },
	{ "0x1_2", NULL },
	{ "0x12__34", NULL },
	{ "0x12 34", NULL },
	{ "0xgg", NULL },
	{ "0X12", NULL },
	{ "0q12", NULL },
	{ "0s", NULL },
	{ "0sA", NULL },
	{ "0sAA", NULL },
	{ "0sAAE", NULL },
	{ "0s====", NULL },
	{ "0sA===", NULL },
	{ "0sAA=A", NULL },
	{ "0sAAF=", NULL },
	{ "0sAB==", NULL },
	{ "0sAA==AAEC", NULL },
	{ "0sAA E", NULL },
	{ "0sAAE-", NULL },
	{ "0t", NULL },
};

START_TEST(keys_as_text)
{
	u8 key[64];
	char hex[2 * sizeof(key) + 1] = "";
	size_t len, i;
	const char *why = said_key(keys[_i].text, key, sizeof(key), &len);

	if (!keys[_i].hex) {
		ck_assert_msg(why, "%s was taken", keys[_i].text);
		return;
	}
	ck_assert_msg(!why, "%s: %s", keys[_i].text, why);
	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", key[i]);
	ck_assert_str_eq(hex, keys[_i].hex);
}
END_TEST

START_TEST(forms_of_keys)
{
	ck_assert(said_key_form_unknown("0"));
	ck_assert(said_key_form_unknown("0X12"));
	ck_assert(said_key_form_unknown("0q12"));
	ck_assert(said_key_form_unknown("012"));
	ck_assert(!said_key_form_unknown(""));
	ck_assert(!said_key_form_unknown("12"));
	ck_assert(!said_key_form_unknown("0x"));
	ck_assert(!said_key_form_unknown("0s"));
	ck_assert(!said_key_form_unknown("0t"));
}
END_TEST

static void as_hex(const u8 *key, size_t len, bool marks, char *text)
{
	size_t i;

	text += sprintf(text, "0x");
	for (i = 0; i < len; i++)
		text += sprintf(text, "%s%02x", marks && i ? "_" : "", key[i]);
}

static void as_base64(const u8 *key, size_t len, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, j;

	text += sprintf(text, "0s");
	for (i = 0; i < len; i += 3) {
		u32 bits = 0;

		for (j = 0; j < 3; j++)
			bits = bits << 8 | (i + j < len ? key[i + j] : 0);
		for (j = 0; j < 4; j++)
			*text++ = i + j > len ? '=' : digits[bits >> (18 - 6 * j) & 63];
	}
	*text = '\0';
}

START_TEST(random_keys_survive)
{
	struct unit_rand rand = unit_rand(4);
	char text[512];
	u8 key[100], back[100];
	size_t len, got, j;
	int i, form;

	for (i = 0; i < ROUNDS; i++) {
		len = 1 + unit_below(&rand, sizeof(key) - 1);
		for (j = 0; j < len; j++)
			key[j] = (u8)unit_next(&rand);
		for (form = 0; form < 3; form++) {
			if (form == 2)
				as_base64(key, len, text);
			else
				as_hex(key, len, form, text);
			ck_assert_msg(!said_key(text, back, sizeof(back), &got), "%s", text);
			ck_assert_uint_eq(got, len);
			ck_assert_mem_eq(key, back, len);
			/* exactly enough room, and one byte less */
			ck_assert_ptr_null(said_key(text, back, len, &got));
			ck_assert_ptr_nonnull(said_key(text, back, len - 1, &got));
		}
	}
}
END_TEST

static const struct {
	const char *text;
	enum said_life_fault fault;
	size_t at;
} lives[] = {
	{ "soft-bytes=1", SAID_LIFE_OK, 12 },
	{ "soft-bytes=1,hard-bytes=0x10", SAID_LIFE_OK, 28 },
	{ "soft-bytes=1 hard-usetime=010", SAID_LIFE_OK, 29 },
	{ "hard-packets=5", SAID_LIFE_OK, 14 },
	{ "hard-bytes=18446744073709551615", SAID_LIFE_OK, 31 },
	{ "hard-allocations=4294967295", SAID_LIFE_OK, 27 },
	{ "", SAID_LIFE_NO_SEVERITY, 0 },
	{ "bytes=1", SAID_LIFE_NO_SEVERITY, 0 },
	{ "Soft-bytes=1", SAID_LIFE_NO_SEVERITY, 0 },
	{ "soft-bytes=1,", SAID_LIFE_NO_SEVERITY, 13 },
	{ "soft-bytes=1, hard-bytes=2", SAID_LIFE_NO_SEVERITY, 13 },
	{ "softbytes=1", SAID_LIFE_NO_DASH, 4 },
	{ "soft", SAID_LIFE_NO_DASH, 4 },
	{ "soft-", SAID_LIFE_NO_LIMIT, 5 },
	{ "soft-octets=1", SAID_LIFE_NO_LIMIT, 5 },
	{ "soft-bytes", SAID_LIFE_NO_EQUALS, 10 },
	{ "soft-bytes 1", SAID_LIFE_NO_EQUALS, 10 },
	{ "soft-bytes=", SAID_LIFE_NO_VALUE, 11 },
	{ "soft-bytes=,hard-bytes=1", SAID_LIFE_NO_VALUE, 11 },
	{ "soft-bytes=x", SAID_LIFE_BAD_VALUE, 11 },
	{ "soft-bytes=12x", SAID_LIFE_BAD_VALUE, 13 },
	{ "soft-bytes=-1", SAID_LIFE_BAD_VALUE, 11 },
	{ "soft-bytes=18446744073709551616", SAID_LIFE_BAD_VALUE, 30 },
	{ "hard-allocations=4294967296", SAID_LIFE_TOO_LARGE, 17 },
	{ "soft-bytes=1,soft-bytes=1", SAID_LIFE_TWICE, 24 },
};

START_TEST(lifetimes)
{
	struct said_life life = { 0 };
	struct said_life_error err;

	ck_assert_int_eq(said_life(lives[_i].text, &life, &err), lives[_i].fault);
	ck_assert_int_eq(err.fault, lives[_i].fault);
	ck_assert_uint_eq((size_t)(err.at - lives[_i].text), lives[_i].at);
}
END_TEST

START_TEST(lifetimes_add_up)
{
	struct said_life life = { 0 };
	struct said_life_error err;

	ck_assert_int_eq(said_life("soft-bytes=5,hard-addtime=7", &life, &err), SAID_LIFE_OK);
	ck_assert_int_eq(said_life("hard-bytes=6 soft-packets=9", &life, &err), SAID_LIFE_OK);
	ck_assert_uint_eq(life.value[SAID_SOFT][SAID_BYTES], 5);
	ck_assert_uint_eq(life.value[SAID_HARD][SAID_ADDTIME], 7);
	ck_assert_uint_eq(life.value[SAID_HARD][SAID_BYTES], 6);
	ck_assert_uint_eq(life.given[SAID_SOFT], 1u << SAID_BYTES | 1u << SAID_PACKETS);
	ck_assert_uint_eq(life.given[SAID_HARD], 1u << SAID_BYTES | 1u << SAID_ADDTIME);
	ck_assert_int_eq(said_life("soft-bytes=8", &life, &err), SAID_LIFE_TWICE);
	ck_assert_uint_eq(err.before, 5);
	ck_assert_str_eq(err.item, "soft-bytes=8");
}
END_TEST

Suite *said_values_suite(void)
{
	Suite *suite = suite_create("said_values");
	TCase *number = tcase_create("numbers"), *key = tcase_create("keys");
	TCase *life = tcase_create("lifetimes");

	tcase_add_loop_test(number, numbers_are_strict, 0, ARRAY_SIZE(numbers));
	tcase_add_test(number, every_port_in_every_base);
	tcase_add_test(number, names_of_ports_and_protocols);
	suite_add_tcase(suite, number);

	tcase_add_loop_test(key, keys_as_text, 0, ARRAY_SIZE(keys));
	tcase_add_test(key, forms_of_keys);
	tcase_add_test(key, random_keys_survive);
	suite_add_tcase(suite, key);

	tcase_add_loop_test(life, lifetimes, 0, ARRAY_SIZE(lives));
	tcase_add_test(life, lifetimes_add_up);
	suite_add_tcase(suite, life);
	return suite;
}
