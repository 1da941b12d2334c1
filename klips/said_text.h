/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses, subnets and SAIDs as text; see said_text.c.
 */
#ifndef KLIPS_SAID_TEXT_H
#define KLIPS_SAID_TEXT_H

#include "pure.h"

/* Buffers that always suffice, the closing NUL included. */
#define KLIPS_ADDR_TEXT		40	/* eight groups of four digits */
#define KLIPS_SUBNET_TEXT	(4 + 6 + KLIPS_ADDR_TEXT)	/* "/128", ":65535" */
#define KLIPS_SAID_TEXT		(6 + 10 + 1 + KLIPS_ADDR_TEXT)	/* "unk255" SPI "@" */

/**
 * enum klips_said_style - how a SAID is written
 * @KLIPS_SAID_HEX:	tun0x135@10.0.0.1, as in /proc
 * @KLIPS_SAID_SHORT:	tun.135@10.0.0.1 or tun:135@1::2, as in messages
 * @KLIPS_SAID_FULL:	as short, the SPI with all its eight digits
 * @KLIPS_SAID_DECIMAL:	tun309@10.0.0.1
 */
enum klips_said_style {
	KLIPS_SAID_HEX,
	KLIPS_SAID_SHORT,
	KLIPS_SAID_FULL,
	KLIPS_SAID_DECIMAL,
};

size_t klips_addr_ntop(const struct klips_addr *addr, char *buf, size_t size);
size_t klips_subnet_ntop(const struct klips_addr *addr, unsigned int bits, u16 port,
			 char *buf, size_t size);
size_t klips_said_ntop(const struct klips_said *said, enum klips_said_style style,
		       char *buf, size_t size);
const char *klips_proto_word(u8 proto);
const char *klips_shunt_word(u32 spi);

#endif /* KLIPS_SAID_TEXT_H */
