/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/said: text to SAIDs, addresses, subnets, ports, keys and limits.
 *
 * No input or output, no state: everything a tool needs to understand one
 * argument.  Host, service and protocol names are looked up through functions
 * that the caller passes, so that tests need no name server.  The way back,
 * values to text, is klips/said_text.h, which the kernel shares.
 *
 * Parsers that return text return NULL for success, else a constant phrase
 * that names the fault and fits into "Error, ... converting --src argument".
 */
#ifndef SAID_H
#define SAID_H

#include "klips/pure.h"
#include "klips/said_text.h"
#include <klips/pfkeyv2.h>

/**
 * struct said_names - where names are looked up
 * @ctx:	handed to each function
 * @host:	first address of a host in @family (AF_INET or AF_INET6)
 * @net:	IPv4 network of that name
 * @service:	port of a service, whatever its protocol, or -1
 * @protocol:	number of a transport protocol, or -1
 *
 * @host and @net return false if there is none.  Any of the functions may be
 * NULL: then no such name exists.
 */
struct said_names {
	void *ctx;
	bool (*host)(void *ctx, const char *name, int family, struct klips_addr *addr);
	bool (*net)(void *ctx, const char *name, struct klips_addr *addr);
	int (*service)(void *ctx, const char *name);
	int (*protocol)(void *ctx, const char *name);
};

/**
 * struct said_subnet - a prefix
 * @addr:	network address, host bits clear
 * @bits:	prefix length
 */
struct said_subnet {
	struct klips_addr addr;
	unsigned int bits;
};

/* The longest key that fits a PF_KEY message, in bytes. */
#define SAID_KEY_MAX	(KLIPS_PFKEY_MAX_BYTES - sizeof(struct klips_msg_hdr) - \
			 sizeof(struct klips_ext_key))

/* number.c */
const char *said_digits(const char *text, size_t len, unsigned int base, u64 *value);
int said_number(const char *text, u64 max, u64 *value);
int said_service(const char *text, const struct said_names *names, u64 max, u64 *port);
int said_protocol(const char *text, const struct said_names *names, u64 max, u64 *proto);

/* addr.c */
const char *said_addr(const char *text, size_t len, int family, const struct said_names *names,
		      struct klips_addr *addr);
const char *said_addr_numeric(const char *text, size_t len, int family, struct klips_addr *addr);
void said_addr_any(int family, struct klips_addr *addr);
bool said_addr_is_any(const struct klips_addr *addr);
int said_family(const char *text);

/* subnet.c */
const char *said_subnet(const char *text, int family, const struct said_names *names,
			struct said_subnet *net);
void said_subnet_mask(const struct said_subnet *net, struct klips_addr *mask);

/* said.c */
const char *said_said(const char *text, const struct said_names *names, struct klips_said *said);
u8 said_proto(const char *text);
u8 said_satype(u8 proto);

/* key.c */
bool said_key_form_unknown(const char *text);
const char *said_key(const char *text, u8 *key, size_t size, size_t *len);

/* life.c */

/* Which limit reports first, and which ends the SA. */
enum said_severity {
	SAID_SOFT,
	SAID_HARD,
	SAID_SEVERITIES,
};

enum said_limit {
	SAID_ALLOCATIONS,
	SAID_BYTES,
	SAID_ADDTIME,
	SAID_USETIME,
	SAID_PACKETS,			/* understood, and has no place in a message */
	SAID_LIMITS,
};

/**
 * struct said_life - the limits of an SA
 * @value:	by severity and limit; times in seconds
 * @given:	bit per limit that was named, by severity
 */
struct said_life {
	u64 value[SAID_SEVERITIES][SAID_LIMITS];
	unsigned int given[SAID_SEVERITIES];
};

/* What is wrong with the text of a lifetime. */
enum said_life_fault {
	SAID_LIFE_OK,
	SAID_LIFE_NO_SEVERITY,
	SAID_LIFE_NO_DASH,
	SAID_LIFE_NO_LIMIT,
	SAID_LIFE_NO_EQUALS,
	SAID_LIFE_NO_VALUE,
	SAID_LIFE_TWICE,
	SAID_LIFE_BAD_VALUE,
	SAID_LIFE_TOO_LARGE,
};

/**
 * struct said_life_error - where the text of a lifetime is wrong
 * @fault:	what is wrong
 * @at:		first character not understood
 * @item:	beginning of the item it stands in
 * @digits:	characters of the value that were understood
 * @before:	SAID_LIFE_TWICE: the value it has already
 */
struct said_life_error {
	enum said_life_fault fault;
	const char *at;
	const char *item;
	size_t digits;
	u64 before;
};

enum said_life_fault said_life(const char *text, struct said_life *life,
			       struct said_life_error *err);

#endif /* SAID_H */
