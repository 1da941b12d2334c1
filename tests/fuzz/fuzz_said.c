// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text that users type: SAIDs, addresses, subnets, numbers, keys, lifetimes.
 *
 * The first byte chooses the parser.  Besides not crashing: what was understood
 * must survive being printed and read again.
 */
#include <stdio.h>

#include "said.h"

#define TEXT_MAX	4096

/* A name is every name: its first letter becomes the address. */
static bool any_host(void *ctx, const char *name, int family, struct klips_addr *addr)
{
	(void)ctx;
	said_addr_any(family, addr);
	addr->bytes[0] = (u8)name[0];
	return name[0] != 'n';
}

static bool any_net(void *ctx, const char *name, struct klips_addr *addr)
{
	return any_host(ctx, name, AF_INET, addr);
}

static int any_number(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] == 's' ? 80 : -1;
}

static const struct said_names names = {
	.host = any_host,
	.net = any_net,
	.service = any_number,
	.protocol = any_number,
};

static void must(bool good)
{
	if (!good)
		abort();
}

static void fuzz_said(const char *text)
{
	struct klips_said said, back;
	char out[KLIPS_SAID_TEXT];

	if (said_said(text, &names, &said))
		return;
	must(klips_said_ntop(&said, KLIPS_SAID_HEX, out, sizeof(out)) == strlen(out));
	if (said.proto == KLIPS_PROTO_INT)
		return;			/* printed as a word without address */
	must(!said_said(out, NULL, &back));
	must(!memcmp(&said, &back, sizeof(said)));
}

static void fuzz_addr(const char *text, int family)
{
	struct klips_addr addr, back;
	char out[KLIPS_ADDR_TEXT];

	if (said_addr(text, strlen(text), family, &names, &addr))
		return;
	must(!family || addr.family == family);
	klips_addr_ntop(&addr, out, sizeof(out));
	must(!said_addr_numeric(out, strlen(out), addr.family, &back));
	must(!memcmp(&addr, &back, sizeof(addr)));
}

static void fuzz_subnet(const char *text, int family)
{
	struct said_subnet net, back;
	char out[KLIPS_SUBNET_TEXT];

	if (said_subnet(text, family, &names, &net))
		return;
	must(net.bits <= klips_addr_bits(net.addr.family));
	klips_subnet_ntop(&net.addr, net.bits, 0, out, sizeof(out));
	must(!said_subnet(out, 0, NULL, &back));
	must(net.bits == back.bits && !memcmp(&net.addr, &back.addr, sizeof(net.addr)));
}

static void fuzz_number(const char *text)
{
	u64 value, back;
	char out[32];

	if (said_service(text, &names, 65535, &value))
		return;
	must(value <= 65535);
	snprintf(out, sizeof(out), "%llu", (unsigned long long)value);
	must(!said_number(out, 65535, &back) && value == back);
}

static void fuzz_key(const char *text)
{
	static u8 key[SAID_KEY_MAX], back[SAID_KEY_MAX];
	static char out[2 * SAID_KEY_MAX + 3];
	size_t len, got, i;

	if (said_key(text, key, sizeof(key), &len))
		return;
	must(len && len <= sizeof(key));
	strcpy(out, "0x");
	for (i = 0; i < len; i++)
		sprintf(out + 2 + 2 * i, "%02x", key[i]);
	must(!said_key(out, back, sizeof(back), &got));
	must(got == len && !memcmp(key, back, len));
}

static void fuzz_life(const char *text)
{
	struct said_life life = { 0 };
	struct said_life_error err;

	said_life(text, &life, &err);
	must(err.at >= text && err.at <= text + strlen(text));
	must(err.item >= text && err.item <= err.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int families[] = { 0, AF_INET, AF_INET6 };
	int family;
	char *text;

	if (!size || size > TEXT_MAX)
		return 0;
	text = malloc(size);		/* exactly, so that a step beyond shows */
	must(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	family = families[data[0] / 8 % 3];
	switch (data[0] % 6) {
	case 0:
		fuzz_said(text);
		break;
	case 1:
		fuzz_addr(text, family);
		break;
	case 2:
		fuzz_subnet(text, family);
		break;
	case 3:
		fuzz_number(text);
		break;
	case 4:
		fuzz_key(text);
		break;
	default:
		fuzz_life(text);
	}
	free(text);
	return 0;
}
