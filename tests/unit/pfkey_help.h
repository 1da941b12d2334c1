/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of PF_KEY share. */
#ifndef TESTS_PFKEY_HELP_H
#define TESTS_PFKEY_HELP_H

#include "klips/pfkey_build.h"
#include "klips/pfkey_parse.h"
#include "klips/radix.h"

#define PID	4321
#define MAX	KLIPS_PFKEY_MAX_BYTES
#define BIT_OF(ext) BIT_ULL(KLIPS_EXT_##ext)

struct pm_buf {
	_Alignas(8) u8 b[2 * MAX];
	size_t len;
};

/* A message from hexadecimal digits. */
void pm_from_hex(const char *hex, struct pm_buf *out);

/* Parse from memory that ends where the message ends, so that ASan watches. */
int pm_parse(const void *bytes, size_t len, enum klips_dir dir, const char **what);
int pm_parse_buf(struct pm_buf *m, enum klips_dir dir);

struct klips_msg_hdr *pm_hdr_of(struct pm_buf *m);

/* Make the header agree with the length. */
void pm_seal(struct pm_buf *m);

struct klips_addr pm_v4(const char *text);
struct klips_addr pm_v6(const char *text);
void pm_add_sa(struct klips_build *b, u32 spi, u32 flags);
void pm_add_v4(struct klips_build *b, enum klips_ext_type ext, const char *text);
void pm_add_peers(struct klips_build *b);
struct klips_comb pm_comb(u8 auth, u16 bits);

/* A bare message of SA type IPIP; one extension more, of the usual size and content. */
void pm_start(struct pm_buf *m, u8 type);
void pm_append(struct pm_buf *m, enum klips_ext_type ext);

/* A message with the extensions of a mask, in ascending order. */
void pm_with(struct pm_buf *m, u8 type, u64 exts);

/* What a message needs at least; DELFLOW's needs are not in the table. */
u64 pm_needs(u8 type, enum klips_dir dir);

#endif /* TESTS_PFKEY_HELP_H */
