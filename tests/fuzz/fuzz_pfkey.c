// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the PF_KEY parser in both directions and, when it accepts a message,
 * everything that reads values out of it.
 *
 * The first byte of an input chooses: bit 0 the direction, bit 1 whether the
 * header's version, length and reserved field are put right first, so that
 * mutations reach the extensions.  The rest is the message, in memory of exactly
 * its size.  What a message says is written again with the builder; that must
 * parse, and say the same.
 */
#include "klips/pfkey_build.h"
#include "klips/pfkey_parse.h"
#include "klips/radix.h"

#define TO_USER		1
#define MEND		2

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static volatile u8 sink;	/* so that no read is optimised away */

static void look(const void *from, size_t len)
{
	const u8 *bytes = from;

	size_t i;

	for (i = 0; i < len; i++)
		sink ^= bytes[i];
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A selector survives being written and read. */
static void selector_round_trip(const struct klips_msg *msg)
{
	_Alignas(8) u8 buf[KLIPS_PFKEY_MAX_BYTES];
	struct klips_selector sel, again;
	struct klips_build b;
	struct klips_msg back;
	int len;

	if (klips_msg_selector(msg, &sel))
		return;
	klips_build_start(&b, buf, sizeof(buf), KLIPS_MSG_DELFLOW, 0, 1, 1);
	klips_build_selector(&b, &sel);
	len = klips_build_end(&b);
	check(len > 0);
	check(!klips_msg_parse(buf, len, KLIPS_TO_KERNEL, &back, NULL));
	check(!klips_msg_selector(&back, &again));
	check(!memcmp(&sel, &again, sizeof(sel)));
}

static void read_addresses(const struct klips_msg *msg)
{
	static const u8 exts[] = {
		KLIPS_EXT_ADDRESS_SRC, KLIPS_EXT_ADDRESS_DST, KLIPS_EXT_ADDRESS_PROXY,
		KLIPS_EXT_ADDRESS_DST2, KLIPS_EXT_SRC_FLOW, KLIPS_EXT_DST_FLOW,
		KLIPS_EXT_SRC_MASK, KLIPS_EXT_DST_MASK, KLIPS_EXT_NAT_T_OA,
	};
	struct klips_addr addr;
	__be16 port;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exts); i++) {
		klips_msg_addr(msg, exts[i], &addr, &port);
		check(msg->ext[exts[i]] ? addr.family : !addr.family);
		look(&addr, sizeof(addr));
		sink ^= klips_msg_addr_proto(msg, exts[i]);
	}
}

static void read_secrets_and_limits(const struct klips_msg *msg)
{
	struct klips_msg_life life;
	unsigned int bits;
	const char *text;
	const u8 *key;
	u16 type;
	u64 id;
	int ext;

	for (ext = KLIPS_EXT_KEY_AUTH; ext <= KLIPS_EXT_KEY_ENCRYPT; ext++) {
		bits = klips_msg_key(msg, ext, &key);
		look(key, DIV_ROUND_UP(bits, 8));
	}
	for (ext = KLIPS_EXT_LIFETIME_CURRENT; ext <= KLIPS_EXT_LIFETIME_SOFT; ext++)
		klips_msg_lifetime(msg, ext, &life);
	for (ext = KLIPS_EXT_IDENTITY_SRC; ext <= KLIPS_EXT_IDENTITY_DST; ext++)
		if (klips_msg_ident(msg, ext, &type, &id, &text))
			look(text, strlen(text));
}

static void read_rest(const struct klips_msg *msg)
{
	struct klips_said said;
	struct klips_ext_sa sa;
	u32 a, b;
	u16 ifnum;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	look(&sa, sizeof(sa));
	klips_msg_sa(msg, KLIPS_EXT_SA2, &sa);
	look(&sa, sizeof(sa));
	klips_msg_said(msg, KLIPS_SAID_FIRST, &said);
	klips_msg_said(msg, KLIPS_SAID_SECOND, &said);
	if (klips_msg_spirange(msg, &a, &b))
		check(a <= b);
	klips_msg_saref(msg, &a, &b);
	check(a < KLIPS_SAREF_LIMIT && b < KLIPS_SAREF_LIMIT);
	klips_msg_plumbif(msg, &ifnum);
	sink ^= klips_msg_natt_type(msg);
	sink ^= klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_SPORT);
	sink ^= klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_DPORT);
}

/* Extensions tile the message: found ones lie inside it, whole. */
static void check_tiling(const struct klips_msg *msg, size_t len)
{
	size_t sum = sizeof(struct klips_msg_hdr);
	const u8 *start = (const void *)msg->hdr;
	int i;

	for (i = 0; i <= KLIPS_EXT_MAX; i++) {
		const struct klips_ext *ext = msg->ext[i];

		if (!ext)
			continue;
		check(ext->type == i);
		check((const u8 *)ext >= start + sizeof(struct klips_msg_hdr));
		check((const u8 *)ext + 8 * ext->len <= start + len);
		sum += 8 * ext->len;
	}
	check(sum == len);
}

static void mend(u8 *bytes, size_t len)
{
	struct klips_msg_hdr *hdr = (void *)bytes;

	if (len < sizeof(*hdr))
		return;
	hdr->version = KLIPS_PF_KEY_V2;
	hdr->len = len / 8;
	hdr->reserved = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	enum klips_dir dir = size && data[0] & TO_USER ? KLIPS_TO_USER : KLIPS_TO_KERNEL;
	bool put_right = size && data[0] & MEND;
	const char *what = NULL;
	struct klips_msg msg;
	u8 *bytes;
	int err;

	if (!size)
		return 0;
	size--;
	if (put_right)
		size -= size % 8;
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, size);
	if (put_right)
		mend(bytes, size);
	err = klips_msg_parse(bytes, size, dir, &msg, &what);
	if (err) {
		check(what);
	} else {
		check_tiling(&msg, size);
		read_addresses(&msg);
		read_secrets_and_limits(&msg);
		read_rest(&msg);
		selector_round_trip(&msg);
	}
	free(bytes);
	return 0;
}
