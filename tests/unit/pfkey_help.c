// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages for the tests of PF_KEY: from hex, from extensions, into the parser. */
#include <check.h>
#include <stdio.h>

#include "tests/unit/pfkey_help.h"

void pm_from_hex(const char *hex, struct pm_buf *out)
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
int pm_parse(const void *bytes, size_t len, enum klips_dir dir, const char **what)
{
	struct klips_msg msg;
	u8 *exact = malloc(len ? len : 1);
	int err;

	memcpy(exact, bytes, len);
	err = klips_msg_parse(exact, len, dir, &msg, what);
	free(exact);
	return err;
}

struct klips_msg_hdr *pm_hdr_of(struct pm_buf *m)
{
	return (void *)m->b;
}

/* Make the header agree with the length. */
void pm_seal(struct pm_buf *m)
{
	pm_hdr_of(m)->len = m->len / 8;
}

int pm_parse_buf(struct pm_buf *m, enum klips_dir dir)
{
	return pm_parse(m->b, m->len, dir, NULL);
}

struct klips_addr pm_v4(const char *text)
{
	struct klips_addr a = { .family = AF_INET };

	ck_assert_int_eq(inet_pton(AF_INET, text, &a.v4), 1);
	return a;
}

struct klips_addr pm_v6(const char *text)
{
	struct klips_addr a = { .family = AF_INET6 };

	ck_assert_int_eq(inet_pton(AF_INET6, text, &a.v6), 1);
	return a;
}

void pm_add_sa(struct klips_build *b, u32 spi, u32 flags)
{
	struct klips_ext_sa sa = { .spi = htonl(spi), .flags = flags };

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
}

void pm_add_v4(struct klips_build *b, enum klips_ext_type ext, const char *text)
{
	struct klips_addr a = pm_v4(text);

	klips_build_addr(b, ext, &a, 0);
}

void pm_add_peers(struct klips_build *b)
{
	pm_add_v4(b, KLIPS_EXT_ADDRESS_SRC, "198.51.100.7");
	pm_add_v4(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.1");
}

struct klips_comb pm_comb(u8 auth, u16 bits)
{
	return (struct klips_comb){
		.auth = auth, .encrypt = KLIPS_ENCR_3DES, .flags = 1,
		.auth_minbits = bits, .auth_maxbits = bits,
		.encrypt_minbits = 168, .encrypt_maxbits = 168,
		.soft_addtime = 57600, .hard_addtime = 86400,
		.soft_usetime = 57600, .hard_usetime = 86400,
	};
}

/* An extension that its own check accepts, of the usual size. */
static size_t sample(enum klips_ext_type type, void *at)
{
	static const u8 key[32];
	struct klips_addr addr = pm_v4("192.0.2.1");
	struct klips_ext_sa sa = {
		.spi = htonl(0x1000), .replay = 32, .state = KLIPS_SASTATE_MATURE,
	};
	struct klips_comb c = pm_comb(KLIPS_AUTH_SHA1, 160);
	struct klips_alg alg = { .id = 3, .minbits = 160, .maxbits = 160 };
	struct klips_ext_debug masks = { .esp = 1 };
	struct klips_msg_life life = { .bytes = 1 };
	_Alignas(8) u8 buf[256];
	struct klips_build b;

	memset(buf, 0xa5, sizeof(buf));	/* nothing of it may show */
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
	case KLIPS_EXT_REPLAY:
		klips_build_replay(&b, 4096, KLIPS_REPLAY_ESN, 1);
		break;
	default:
		klips_build_addr(&b, type, &addr, 0);
	}
	ck_assert_int_eq(b.err, 0);
	memcpy(at, buf + sizeof(struct klips_msg_hdr), b.len - sizeof(struct klips_msg_hdr));
	return b.len - sizeof(struct klips_msg_hdr);
}

void pm_start(struct pm_buf *m, u8 type)
{
	struct klips_build b;

	klips_build_start(&b, m->b, sizeof(m->b), type, KLIPS_SATYPE_IPIP, 1, PID);
	m->len = klips_build_end(&b);
}

void pm_append(struct pm_buf *m, enum klips_ext_type ext)
{
	m->len += sample(ext, m->b + m->len);
	pm_seal(m);
}

void pm_with(struct pm_buf *m, u8 type, u64 exts)
{
	int e;

	pm_start(m, type);
	for (e = 1; e <= KLIPS_EXT_MAX; e++)
		if (exts & BIT_ULL(e))
			pm_append(m, e);
}

/* What a message needs at least; DELFLOW's needs are not in the table. */
u64 pm_needs(u8 type, enum klips_dir dir)
{
	return klips_msg_rows[type].required[dir] |
	       (type == KLIPS_MSG_DELFLOW ? KLIPS_EXT_BITS_NETS : 0);
}
