// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses, subnets and SAIDs: text to values, values to text, and back again
 * for random values in every style.
 */
#include "said.h"
#include "tests/unit/rand.h"
#include "tests/unit/suites.h"

#define ROUNDS	20000

/* The only hosts there are. */
static bool test_host(void *ctx, const char *name, int family, struct klips_addr *addr)
{
	const char *text = NULL;

	(void)ctx;
	if (!strcmp(name, "both.example"))
		text = family == AF_INET ? "192.0.2.99" : "2001:db8::99";
	else if (!strcmp(name, "four.example") && family == AF_INET)
		text = "192.0.2.4";
	else if (!strcmp(name, "3com.example") && family == AF_INET)
		text = "192.0.2.3";
	else if (!strcmp(name, "six.example") && family == AF_INET6)
		text = "2001:db8::6";
	return text && !said_addr_numeric(text, strlen(text), family, addr);
}

static bool test_net(void *ctx, const char *name, struct klips_addr *addr)
{
	(void)ctx;
	return !strcmp(name, "loopback") && !said_addr_numeric("127.0.0.0", 9, AF_INET, addr);
}

static const struct said_names names = { .host = test_host, .net = test_net };

/* Text, and either what it means as text again or what is wrong with it. */
struct sample {
	int family;
	const char *text;
	const char *good;
	const char *bad;
};

#define V6_IS	" in IPv6 numeric address"
#define OF_V6	" of IPv6 numeric address"

static const struct sample addresses[] = {
	{ 0, "", NULL, "empty string" },
	{ AF_INET, "10", "10.0.0.0", NULL },
	{ AF_INET, "10.", "10.0.0.0", NULL },
	{ 0, "10.1", "10.1.0.0", NULL },
	{ 0, "1.2.3.", "1.2.3.0", NULL },
	{ 0, "1.2.3.4", "1.2.3.4", NULL },
	{ 0, "010.001.000.255", "10.1.0.255", NULL },
	{ 0, "255.255.255.255", "255.255.255.255", NULL },
	{ 0, "1.2.3.4.", NULL, "extra garbage on end of dotted-decimal address" },
	{ 0, "1.2.3.4.5", NULL, "extra garbage on end of dotted-decimal address" },
	{ 0, "1.2.3.4x", NULL, "extra garbage on end of dotted-decimal address" },
	{ 0, "1.2.3.256", NULL, "byte overflow in dotted-decimal address" },
	{ 0, "256.1.1.1", NULL, "byte overflow in dotted-decimal address" },
	{ 0, "1.2.3.99999999999999999999", NULL, "byte overflow in dotted-decimal address" },
	{ 0, "1.2x", NULL, "syntax error in dotted-decimal address" },
	{ 0, "1.2..4", NULL, "non-numeric component in dotted-decimal address" },
	{ 0, "1.2.3.x", NULL, "non-numeric component in dotted-decimal address" },
	{ AF_INET, "0x0a000001", "10.0.0.1", NULL },
	{ AF_INET, "0XFFffFF00", "255.255.255.0", NULL },
	{ 0, "0x0a000001", NULL, "does not look numeric and name lookup failed" },
	{ AF_INET, "0x0a00001", NULL, "does not look numeric and name lookup failed" },
	{ AF_INET, "0x0a00000g", NULL, "does not look numeric and name lookup failed" },
	{ AF_INET, "::1", NULL, "non-ipv6 address may not contain `:'" },
	{ AF_INET6, "1.2.3.4", NULL, "does not look numeric and name lookup failed" },
	{ 0, "::", "::", NULL },
	{ 0, "::1", "::1", NULL },
	{ 0, "1::", "1::", NULL },
	{ AF_INET6, "ABCD:ef01::0009", "abcd:ef01::9", NULL },
	{ 0, "1:0:0:3:0:0:0:2", "1::3:0:0:0:2", NULL },
	{ 0, "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", NULL },
	{ 0, "1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8", NULL },
	{ 0, "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", NULL },
	{ 0, "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", NULL },
	{ 0, "::ffff:c000:201", "::ffff:c000:201", NULL },
	{ 0, ":1::", NULL, "illegal leading `:'" V6_IS },
	{ 0, ":", NULL, "illegal leading `:'" V6_IS },
	{ 0, "1:2:", NULL, "illegal trailing `:'" V6_IS },
	{ 0, "1::2::3", NULL, "more than one ::" V6_IS },
	{ 0, "::1::", NULL, "more than one ::" V6_IS },
	{ 0, "1:::2", NULL, "non-hex field" V6_IS },
	{ 0, "g::", NULL, "non-hex field" V6_IS },
	{ 0, "::1.2.3.4", NULL, "non-hex field" V6_IS },
	{ 0, "fe80::1%eth0", NULL, "non-hex field" V6_IS },
	{ 0, "12345::", NULL, "field" V6_IS " longer than 4 hex digits" },
	{ 0, "1:2:3:4:5:6:7", NULL, "IPv6 numeric address ends prematurely" },
	{ 0, "1:2:3:4:5:6:7:8:9", NULL, "extra garbage on end" OF_V6 },
	{ 0, "1:2:3:4:5:6:7::8", NULL, "extra garbage on end" OF_V6 },
	{ 0, "::1:2:3:4:5:6:7:8", NULL, "extra garbage on end" OF_V6 },
	{ AF_INET, "both.example", "192.0.2.99", NULL },
	{ AF_INET6, "both.example", "2001:db8::99", NULL },
	{ 0, "both.example", "2001:db8::99", NULL },
	{ 0, "four.example", "192.0.2.4", NULL },
	{ 0, "3com.example", "192.0.2.3", NULL },
	{ AF_INET6, "four.example", NULL, "does not look numeric and name lookup failed" },
	{ AF_INET, "six.example", NULL, "does not look numeric and name lookup failed" },
	{ AF_INET, "loopback", "127.0.0.0", NULL },
	{ 0, "loopback", "127.0.0.0", NULL },
	{ AF_INET6, "loopback", NULL, "does not look numeric and name lookup failed" },
	{ 0, "bad!name", NULL, "illegal (non-DNS-name) character in name" },
	{ 0, "blank ", NULL, "illegal (non-DNS-name) character in name" },
	{ 0, "caf\xc3\xa9", NULL, "does not look numeric and name lookup failed" },
};

START_TEST(addresses_as_the_old_tools_read_them)
{
	const struct sample *s = &addresses[_i];
	struct klips_addr addr;
	const char *why = said_addr(s->text, strlen(s->text), s->family, &names, &addr);
	char text[KLIPS_ADDR_TEXT];

	if (s->bad) {
		ck_assert_ptr_nonnull(why);
		ck_assert_str_eq(why, s->bad);
		return;
	}
	ck_assert_msg(!why, "%s: %s", s->text, why);
	ck_assert_uint_eq(klips_addr_ntop(&addr, text, sizeof(text)), strlen(text));
	ck_assert_str_eq(text, s->good);
	ck_assert_int_eq(addr.family, strchr(text, ':') ? AF_INET6 : AF_INET);
}
END_TEST

START_TEST(host_order_address)
{
	struct klips_addr addr;
	u32 word = 0xc0a80001;

	ck_assert_ptr_null(said_addr("0hC0A80001", 10, AF_INET, &names, &addr));
	ck_assert_mem_eq(&addr.v4, &word, sizeof(word));
}
END_TEST

START_TEST(names_are_not_looked_up_where_numbers_are_wanted)
{
	struct klips_addr addr;

	ck_assert_str_eq(said_addr_numeric("both.example", 12, AF_INET, &addr), "not numeric");
	ck_assert_str_eq(said_addr("both.example", 12, 0, NULL, &addr),
			 "does not look numeric and name lookup failed");
}
END_TEST

START_TEST(a_name_may_be_long_but_not_endless)
{
	char name[3000];
	struct klips_addr addr;

	memset(name, 'a', sizeof(name));
	ck_assert_str_eq(said_addr(name, sizeof(name), 0, &names, &addr),
			 "does not look numeric and name lookup failed");
}
END_TEST

/* Zeros are likelier than chance has it, to see them squeezed. */
static void random_addr(struct unit_rand *rand, struct klips_addr *addr)
{
	unsigned int i, shape = (unsigned int)unit_next(rand);

	said_addr_any(shape & 1 ? AF_INET6 : AF_INET, addr);
	if (addr->family == AF_INET) {
		addr->v4 = (__be32)unit_next(rand);
		return;
	}
	for (i = 0; i < 8; i++)
		if (shape >> (8 + i) & 1) {
			u64 group = unit_next(rand) >> (unit_below(rand, 16) + 40);

			addr->bytes[2 * i] = (u8)(group >> 8);
			addr->bytes[2 * i + 1] = (u8)group;
		}
}

/* The text again, by another way: all groups, then the first run of zeros. */
static void naive_v6(const struct klips_addr *addr, char *out)
{
	unsigned int group[8], i, from = 8, n = 0;

	for (i = 0; i < 8; i++)
		group[i] = (unsigned int)addr->bytes[2 * i] << 8 | addr->bytes[2 * i + 1];
	for (i = 0; i < 7 && from == 8; i++)
		if (!group[i] && !group[i + 1])
			from = i;
	while (from + n < 8 && !group[from + n])
		n++;
	*out = '\0';
	for (i = 0; i < 8; i++) {
		if (i == from) {
			strcat(out, "::");
			i += n - 1;
			continue;
		}
		if (*out && out[strlen(out) - 1] != ':')
			strcat(out, ":");
		sprintf(out + strlen(out), "%x", group[i]);
	}
}

START_TEST(random_addresses_survive)
{
	struct unit_rand rand = unit_rand(1);
	struct klips_addr addr, back;
	char text[KLIPS_ADDR_TEXT], naive[80];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		random_addr(&rand, &addr);
		klips_addr_ntop(&addr, text, sizeof(text));
		if (addr.family == AF_INET)
			inet_ntop(AF_INET, &addr.v4, naive, sizeof(naive));
		else
			naive_v6(&addr, naive);
		ck_assert_str_eq(text, naive);
		ck_assert_ptr_null(said_addr(text, strlen(text), 0, NULL, &back));
		ck_assert_mem_eq(&addr, &back, sizeof(addr));
	}
}
END_TEST

START_TEST(every_pattern_of_zero_groups)
{
	struct klips_addr addr, back;
	char text[KLIPS_ADDR_TEXT], naive[80];
	unsigned int i;

	said_addr_any(AF_INET6, &addr);
	for (i = 0; i < 8; i++)
		addr.bytes[2 * i + 1] = _i >> i & 1;
	naive_v6(&addr, naive);
	klips_addr_ntop(&addr, text, sizeof(text));
	ck_assert_str_eq(text, naive);
	ck_assert_ptr_null(said_addr(text, strlen(text), AF_INET6, NULL, &back));
	ck_assert_mem_eq(&addr, &back, sizeof(addr));
}
END_TEST

static const struct sample subnets[] = {
	{ AF_INET, "10.0.0.0/8", "10.0.0.0/8", NULL },
	{ 0, "10/8", "10.0.0.0/8", NULL },
	{ 0, "0/0", "0.0.0.0/0", NULL },
	{ 0, "192.168.0.77/24", "192.168.0.0/24", NULL },
	{ 0, "1.2.3.4/032", "1.2.3.4/32", NULL },
	{ 0, "1.2.3.4/255.255.0.0", "1.2.0.0/16", NULL },
	{ 0, "1.2.3.4/0.0.0.0", "0.0.0.0/0", NULL },
	{ 0, "1.2.3.4/0xffffff00", "1.2.3.0/24", NULL },
	{ 0, "1.2.3.0/24:80", "1.2.3.0/24", NULL },
	{ 0, "1.2.3.0/24:0xffff", "1.2.3.0/24", NULL },
	{ AF_INET, "%default", "0.0.0.0/0", NULL },
	{ AF_INET6, "%default", "::/0", NULL },
	{ 0, "3049:1::8007:2040/64", "3049:1::/64", NULL },
	{ 0, "2001:db8::1/127", "2001:db8::/127", NULL },
	{ 0, "ffff:ffff::/21", "ffff:f800::/21", NULL },
	{ 0, "2001:db8::/32:53", "2001:db8::/32", NULL },
	{ AF_INET, "both.example/24", "192.0.2.0/24", NULL },
	{ 0, "", NULL, "empty string" },
	{ 0, "%default", NULL, "unknown address family with 0/0 subnet not allowed." },
	{ 0, "1.2.3.4", NULL, "no / in subnet specification" },
	{ 0, "1.2.3.4/", NULL, "empty string" },
	{ 0, "/24", NULL, "illegal (non-DNS-name) character in name" },
	{ 0, "1.2.3.4/33", NULL, "subnet mask bit count too large" },
	{ 0, "::/129", NULL, "subnet mask bit count too large" },
	{ 0, "1.2.3.4/24x", NULL, "not numeric" },
	{ 0, "1.2.3.4/-1", NULL, "not numeric" },
	{ 0, "1.2.3.4/255.0.255.0", NULL, "non-contiguous or otherwise erroneous mask" },
	{ 0, "1.2.3.4/0xff0000ff", NULL, "non-contiguous or otherwise erroneous mask" },
	{ 0, "1.2.3.4/255.255.255.256", NULL, "byte overflow in dotted-decimal address" },
	{ 0, "::/255.0.0.0", NULL, "masks are not permitted for IPv6 addresses" },
	{ 0, "1.2.3.0/24:65536", NULL, "port number too large" },
	{ 0, "1.2.3.0/24:x", NULL, "non-digit in number" },
	{ 0, "1.2.3.0/24:", NULL, "empty string" },
	{ AF_INET, "::/0", NULL, "non-ipv6 address may not contain `:'" },
};

START_TEST(subnets_as_the_old_tools_read_them)
{
	const struct sample *s = &subnets[_i];
	struct said_subnet net;
	const char *why = said_subnet(s->text, s->family, &names, &net);
	char text[KLIPS_SUBNET_TEXT];

	if (s->bad) {
		ck_assert_ptr_nonnull(why);
		ck_assert_str_eq(why, s->bad);
		return;
	}
	ck_assert_msg(!why, "%s: %s", s->text, why);
	klips_subnet_ntop(&net.addr, net.bits, 0, text, sizeof(text));
	ck_assert_str_eq(text, s->good);
}
END_TEST

START_TEST(every_prefix_length_and_its_mask)
{
	struct said_subnet net, by_mask;
	char text[64], dotted[KLIPS_ADDR_TEXT];
	struct klips_addr mask;
	unsigned int i, bits = (unsigned int)_i;

	snprintf(text, sizeof(text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/%u", bits);
	ck_assert_ptr_null(said_subnet(text, 0, NULL, &net));
	said_subnet_mask(&net, &mask);
	ck_assert_mem_eq(&net.addr, &mask, sizeof(mask));
	for (i = 0; i < 128; i++)
		ck_assert_int_eq(mask.bytes[i / 8] >> (7 - i % 8) & 1, i < bits);
	if (bits > 32)
		return;
	snprintf(text, sizeof(text), "255.255.255.255/%u", bits);
	ck_assert_ptr_null(said_subnet(text, 0, NULL, &net));
	said_subnet_mask(&net, &mask);
	klips_addr_ntop(&mask, dotted, sizeof(dotted));
	snprintf(text, sizeof(text), "255.255.255.255/%s", dotted);
	ck_assert_ptr_null(said_subnet(text, 0, NULL, &by_mask));
	ck_assert_uint_eq(net.bits, by_mask.bits);
	ck_assert_mem_eq(&net.addr, &by_mask.addr, sizeof(net.addr));
}
END_TEST

START_TEST(ports_are_printed_behind_the_mask)
{
	struct klips_addr addr = { .family = AF_INET };
	char text[KLIPS_SUBNET_TEXT];

	klips_subnet_ntop(&addr, 0, 65535, text, sizeof(text));
	ck_assert_str_eq(text, "0.0.0.0/0:65535");
}
END_TEST

static const struct sample saids[] = {
	{ 0, "tun.135@192.168.0.2", "tun0x135@192.168.0.2", NULL },
	{ 0, "tun0x135@192.168.0.2", "tun0x135@192.168.0.2", NULL },
	{ 0, "tun309@192.168.0.2", "tun0x135@192.168.0.2", NULL },
	{ 0, "tun0465@192.168.0.2", "tun0x135@192.168.0.2", NULL },
	{ 0, "esp:101@1::2", "esp0x101@1::2", NULL },
	{ 0, "esp0XaBcDeF01@10.1.2.3", "esp0xabcdef01@10.1.2.3", NULL },
	{ 0, "esp0x101@1::2", "esp0x101@1::2", NULL },
	{ 0, "ah0@0", "ah0x0@0.0.0.0", NULL },
	{ 0, "comp.cafe@10.1.2.3", "comp0xcafe@10.1.2.3", NULL },
	{ 0, "esp.0000000000000135@1.2.3.4", "esp0x135@1.2.3.4", NULL },
	{ 0, "tun.ffffffff@1.2.3.4", "tun0xffffffff@1.2.3.4", NULL },
	{ 0, "tun.135@both.example", "tun0x135@192.0.2.99", NULL },
	{ 0, "tun:135@both.example", "tun0x135@2001:db8::99", NULL },
	{ 0, "tun0x135@both.example", "tun0x135@192.0.2.99", NULL },
	{ 0, "%pass", "%pass", NULL },
	{ 0, "%drop", "%drop", NULL },
	{ 0, "%reject", "%reject", NULL },
	{ 0, "%hold", "%hold", NULL },
	{ 0, "%trap", "%trap", NULL },
	{ 0, "%trapsubnet", "%trapsubnet", NULL },
	{ 0, "%passthrough", "%passthrough4", NULL },
	{ 0, "%passthrough4", "%passthrough4", NULL },
	{ 0, "%passthrough6", "%passthrough6", NULL },
	{ 0, "tun0@::", "%passthrough6", NULL },
	{ 0, "int257@10.0.0.1", "%drop", NULL },
	{ 0, "int:104@::", "%trap", NULL },
	{ 0, "int262@0.0.0.0", "%unk-262", NULL },
	{ 0, "int12345678@0.0.0.0", "%unk-1234", NULL },
	{ 0, "int.ffffffff@0.0.0.0", "%unk--1", NULL },
	{ 0, "", NULL, "empty string" },
	{ 0, "a", NULL, "string too short to be SA identifier" },
	{ 0, "ah@0", NULL, "string too short to be SA identifier" },
	{ 0, "%pas", NULL, "string too short to be SA identifier" },
	{ 0, "%PASS", NULL, "unknown % keyword" },
	{ 0, "%passes", NULL, "unknown % keyword" },
	{ 0, "%unk-262", NULL, "unknown % keyword" },
	{ 0, "esp.135", NULL, "no @ in SA specifier" },
	{ 0, "ipip.135@1.2.3.4", NULL, "SA specifier lacks valid protocol prefix" },
	{ 0, "@1.2.3.4", NULL, "SA specifier lacks valid protocol prefix" },
	{ 0, "co@mp.1", NULL, "SA specifier lacks valid protocol prefix" },
	{ 0, "esp@1.2.3.4", NULL, "no SPI in SA specifier" },
	{ 0, "esp.@1.2.3.4", NULL, "no SPI found in SA specifier" },
	{ 0, "esp:@::", NULL, "no SPI found in SA specifier" },
	{ 0, "espp9@1.2.3.4", NULL, "non-digit in number" },
	{ 0, "esp0x@1.2.3.4", NULL, "non-digit in number" },
	{ 0, "esp-135@1.2.3.4", NULL, "non-digit in number" },
	{ 0, "esp+135@1.2.3.4", NULL, "non-digit in number" },
	{ 0, "esp 135@1.2.3.4", NULL, "non-digit in number" },
	{ 0, "esp08@1.2.3.4", NULL, "non-digit in number" },
	{ 0, "esp.0x135@1.2.3.4", NULL, "non-hex digit in hex number" },
	{ 0, "esp.00000000000000135@1.2.3.4", NULL, "hex number too long" },
	{ 0, "esp18446744073709551616@1.2.3.4", NULL, "unsigned-long overflow" },
	{ 0, "esp.100000135@1.2.3.4", NULL, "SPI too large" },
	{ 0, "esp4294967605@1.2.3.4", NULL, "SPI too large" },
	{ 0, "esp.135@", NULL, "empty string" },
	{ 0, "esp.135@::1", NULL, "non-ipv6 address may not contain `:'" },
	{ 0, "esp:135@1.2.3.4", NULL, "does not look numeric and name lookup failed" },
	{ 0, "esp.135@1.2.3.4@5", NULL, "extra garbage on end of dotted-decimal address" },
	{ 0, "tun0x135@six.example", NULL, "does not look numeric and name lookup failed" },
};

START_TEST(saids_as_the_old_tools_read_them)
{
	const struct sample *s = &saids[_i];
	struct klips_said said;
	const char *why = said_said(s->text, &names, &said);
	char text[KLIPS_SAID_TEXT];

	if (s->bad) {
		ck_assert_ptr_nonnull(why);
		ck_assert_str_eq(why, s->bad);
		return;
	}
	ck_assert_msg(!why, "%s: %s", s->text, why);
	klips_said_ntop(&said, KLIPS_SAID_HEX, text, sizeof(text));
	ck_assert_str_eq(text, s->good);
}
END_TEST

static const u8 protos[] = {
	KLIPS_PROTO_AH, KLIPS_PROTO_ESP, KLIPS_PROTO_IPIP, KLIPS_PROTO_COMP,
};

START_TEST(random_saids_survive_in_every_style)
{
	struct unit_rand rand = unit_rand(2);
	struct klips_said said, back;
	char text[KLIPS_SAID_TEXT];
	enum klips_said_style style;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		memset(&said, 0, sizeof(said));
		random_addr(&rand, &said.dst);
		said.spi = cpu_to_be32((u32)(unit_next(&rand) >> (32 + unit_below(&rand, 32))));
		said.proto = protos[unit_below(&rand, ARRAY_SIZE(protos))];
		for (style = KLIPS_SAID_HEX; style <= KLIPS_SAID_DECIMAL; style++) {
			size_t len = klips_said_ntop(&said, style, text, sizeof(text));

			ck_assert_uint_lt(len, sizeof(text));
			ck_assert_msg(!said_said(text, NULL, &back), "%s", text);
			ck_assert_mem_eq(&said, &back, sizeof(said));
		}
	}
}
END_TEST

START_TEST(styles)
{
	struct klips_said said = {
		.dst = { .family = AF_INET, .v4 = cpu_to_be32(0x0a000001) },
		.spi = cpu_to_be32(0x135),
		.proto = KLIPS_PROTO_IPIP,
	};
	static const char *const want[] = {
		[KLIPS_SAID_HEX] = "tun0x135@10.0.0.1",
		[KLIPS_SAID_SHORT] = "tun.135@10.0.0.1",
		[KLIPS_SAID_FULL] = "tun.00000135@10.0.0.1",
		[KLIPS_SAID_DECIMAL] = "tun309@10.0.0.1",
	};
	char text[KLIPS_SAID_TEXT];

	klips_said_ntop(&said, (enum klips_said_style)_i, text, sizeof(text));
	ck_assert_str_eq(text, want[_i]);
	said.proto = 77;
	klips_said_ntop(&said, KLIPS_SAID_HEX, text, sizeof(text));
	ck_assert_str_eq(text, "unk770x135@10.0.0.1");
	said.dst.family = 0;
	klips_said_ntop(&said, KLIPS_SAID_HEX, text, sizeof(text));
	ck_assert_str_eq(text, "unk770x135@<invalid>");
}
END_TEST

START_TEST(short_buffers_are_respected)
{
	struct klips_said said = {
		.dst = { .family = AF_INET6 },
		.spi = 0xffffffff,
		.proto = 255,
	};
	char text[KLIPS_SAID_TEXT], guard[KLIPS_SAID_TEXT];
	size_t len, whole, size;

	memset(said.dst.bytes, 0xff, sizeof(said.dst.bytes));
	whole = klips_said_ntop(&said, KLIPS_SAID_HEX, text, sizeof(text));
	ck_assert_uint_eq(whole, sizeof(text) - 1);
	for (size = 0; size < sizeof(text); size++) {
		memset(guard, '#', sizeof(guard));
		len = klips_said_ntop(&said, KLIPS_SAID_HEX, guard, size);
		ck_assert_uint_eq(len, size ? size - 1 : 0);
		ck_assert_int_eq(memcmp(guard, text, len), 0);
		if (size)
			ck_assert_int_eq(guard[len], '\0');
		ck_assert_int_eq(guard[size], '#');
	}
}
END_TEST

START_TEST(protocols)
{
	ck_assert_uint_eq(said_proto("ah"), KLIPS_PROTO_AH);
	ck_assert_uint_eq(said_proto("esp"), KLIPS_PROTO_ESP);
	ck_assert_uint_eq(said_proto("tun"), KLIPS_PROTO_IPIP);
	ck_assert_uint_eq(said_proto("comp"), KLIPS_PROTO_COMP);
	ck_assert_uint_eq(said_proto("int"), 0);
	ck_assert_uint_eq(said_proto("ESP"), 0);
	ck_assert_uint_eq(said_proto(""), 0);
	ck_assert_uint_eq(said_satype(KLIPS_PROTO_INT), KLIPS_SATYPE_INT);
	ck_assert_uint_eq(said_satype(17), KLIPS_SATYPE_UNSPEC);
	ck_assert_int_eq(said_family("inet"), AF_INET);
	ck_assert_int_eq(said_family("inet6"), AF_INET6);
	ck_assert_int_eq(said_family("inet4"), 0);
}
END_TEST

/* Whatever the bytes, a parser ends and does not read beyond them (ASan watches). */
START_TEST(random_bytes_do_no_harm)
{
	static const char alphabet[] = "0123456789abcdefx.:@/%_-=,esptunahcompint ";
	struct unit_rand rand = unit_rand(3);
	struct klips_said said;
	struct said_subnet net;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		size_t len = unit_below(&rand, 40), j;
		char *text = malloc(len + 1);

		for (j = 0; j < len; j++)
			text[j] = alphabet[unit_below(&rand, sizeof(alphabet) - 1)];
		text[len] = '\0';
		said_said(text, &names, &said);
		said_subnet(text, (i & 1) ? AF_INET : 0, &names, &net);
		free(text);
	}
}
END_TEST

Suite *said_suite(void)
{
	Suite *suite = suite_create("said");
	TCase *addr = tcase_create("addresses"), *net = tcase_create("subnets");
	TCase *said = tcase_create("SAIDs");

	tcase_add_loop_test(addr, addresses_as_the_old_tools_read_them, 0, ARRAY_SIZE(addresses));
	tcase_add_test(addr, host_order_address);
	tcase_add_test(addr, names_are_not_looked_up_where_numbers_are_wanted);
	tcase_add_test(addr, a_name_may_be_long_but_not_endless);
	tcase_add_test(addr, random_addresses_survive);
	tcase_add_loop_test(addr, every_pattern_of_zero_groups, 0, 256);
	suite_add_tcase(suite, addr);

	tcase_add_loop_test(net, subnets_as_the_old_tools_read_them, 0, ARRAY_SIZE(subnets));
	tcase_add_loop_test(net, every_prefix_length_and_its_mask, 0, 129);
	tcase_add_test(net, ports_are_printed_behind_the_mask);
	suite_add_tcase(suite, net);

	tcase_add_loop_test(said, saids_as_the_old_tools_read_them, 0, ARRAY_SIZE(saids));
	tcase_add_test(said, random_saids_survive_in_every_style);
	tcase_add_loop_test(said, styles, 0, KLIPS_SAID_DECIMAL + 1);
	tcase_add_test(said, short_buffers_are_respected);
	tcase_add_test(said, protocols);
	tcase_add_test(said, random_bytes_do_no_harm);
	suite_add_tcase(suite, said);
	return suite;
}
