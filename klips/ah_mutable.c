// SPDX-License-Identifier: GPL-2.0-only
/*
 * Make of an IP header what AH authenticates (RFC 4302, 3.3.3.1 and appendix A).
 *
 * Fields that change on the way become zero. The destination of a source-routed
 * packet changes too, but the sender knows its last value and puts it in.
 * Works on a copy, bytes in network order, any alignment; every length in the
 * header is checked against the copy's.
 */
#include "klips/ah_mutable.h"

/* --- IPv4 ------------------------------------------------------------------- */

enum {
	V4_MIN = 20,
	V4_TOS = 1,
	V4_FRAG = 6,		/* two bytes: flags and offset */
	V4_TTL = 8,
	V4_CHECK = 10,		/* two bytes */
	V4_DST = 16,
	V4_ADDR = 4,
};

/* Options of IPv4 by their full type byte. */
enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_SECURITY = 130,
	OPT_LSRR = 131,
	OPT_EXT_SECURITY = 133,
	OPT_CIPSO = 134,
	OPT_SSRR = 137,
	OPT_ROUTER_ALERT = 148,
	OPT_MULTI_DEST = 149,
};

static bool immutable_v4(u8 type)
{
	switch (type) {
	case OPT_SECURITY:
	case OPT_EXT_SECURITY:
	case OPT_CIPSO:
	case OPT_ROUTER_ALERT:
	case OPT_MULTI_DEST:
		return true;
	default:
		return false;
	}
}

/*
 * Type, length, pointer (counted from 1), addresses. As long as the pointer
 * is inside, the last address is where the packet will end.
 */
static int predict_v4(u8 *hdr, const u8 *opt, unsigned int len)
{
	if (len < 3 + V4_ADDR || (len - 3) % V4_ADDR)
		return -EINVAL;
	if (opt[2] <= len)
		memcpy(hdr + V4_DST, opt + len - V4_ADDR, V4_ADDR);
	return 0;
}

/**
 * klips_ah_mute_v4() - leave of an IPv4 header what is authenticated
 * @hdr:	copy of the header, options included; changed
 * @len:	its length
 * @predict:	the packet is on its way out: put in its final destination
 *
 * Return: 0, or -EINVAL if an option is malformed.
 */
int klips_ah_mute_v4(u8 *hdr, unsigned int len, bool predict)
{
	unsigned int at = V4_MIN, n;

	if (len < V4_MIN)
		return -EINVAL;
	hdr[V4_TOS] = 0;
	memset(hdr + V4_FRAG, 0, 2);
	hdr[V4_TTL] = 0;
	memset(hdr + V4_CHECK, 0, 2);
	while (at < len && hdr[at] != OPT_END) {
		u8 type = hdr[at];

		if (type == OPT_NOP) {
			at++;
			continue;
		}
		n = len - at < 2 ? 0 : hdr[at + 1];
		if (n < 2 || n > len - at)
			return -EINVAL;
		if (predict && (type == OPT_LSRR || type == OPT_SSRR) &&
		    predict_v4(hdr, hdr + at, n))
			return -EINVAL;
		if (!immutable_v4(type))
			memset(hdr + at, 0, n);
		at += n;
	}
	return 0;
}

/* --- IPv6 ------------------------------------------------------------------- */

enum {
	V6_MIN = 40,
	V6_NEXT = 6,
	V6_HOP_LIMIT = 7,
	V6_DST = 24,
	V6_ADDR = 16,
	V6_CLASS_FLOW = 4,	/* bytes: version, class, flow label */
	V6_VERSION = 0x60,
};

enum {
	NH_HOP_BY_HOP = 0,
	NH_ROUTING = 43,
	NH_DEST_OPTIONS = 60,
};

/* Options of IPv6: one of a single byte, and the bit that says "may change". */
enum {
	OPT6_PAD1 = 0,
	OPT6_MUTABLE = 0x20,
};

/* A routing header: type and segments left, then 4 bytes, then addresses. */
enum {
	RH_TYPE = 2,
	RH_LEFT = 3,
	RH_ADDRS = 8,
	RH_SOURCE_ROUTE = 0,
	RH_MOBILITY = 2,
};

static int mute_options(u8 *opt, unsigned int len)
{
	unsigned int n;

	while (len) {
		if (*opt == OPT6_PAD1) {
			n = 1;
		} else {
			if (len < 2 || len - 2 < opt[1])
				return -EINVAL;
			n = 2 + opt[1];
			if (*opt & OPT6_MUTABLE)
				memset(opt + 2, 0, opt[1]);
		}
		opt += n;
		len -= n;
	}
	return 0;
}

/*
 * At each stop the destination changes places with the next address of the
 * list. In the end those not yet visited have moved back by one, what is now
 * the destination is in front of them, and the last has become the destination.
 */
static int predict_v6(u8 *hdr, u8 *rh, unsigned int len)
{
	unsigned int total = (len - RH_ADDRS) / V6_ADDR, left = rh[RH_LEFT];
	u8 *next = rh + RH_ADDRS + (total - left) * V6_ADDR;
	u8 final[V6_ADDR];

	if (rh[RH_TYPE] != RH_SOURCE_ROUTE && rh[RH_TYPE] != RH_MOBILITY)
		return -EINVAL;
	if ((len - RH_ADDRS) % V6_ADDR || left > total)
		return -EINVAL;
	memcpy(final, next + (left - 1) * V6_ADDR, V6_ADDR);
	memmove(next + V6_ADDR, next, (left - 1) * V6_ADDR);
	memcpy(next, hdr + V6_DST, V6_ADDR);
	memcpy(hdr + V6_DST, final, V6_ADDR);
	rh[RH_LEFT] = 0;
	return 0;
}

/* A list that has been worked off stays as it is; inbound there is no other. */
static int mute_routing(u8 *hdr, u8 *rh, unsigned int len, bool predict)
{
	if (!rh[RH_LEFT])
		return 0;
	return predict ? predict_v6(hdr, rh, len) : -EINVAL;
}

/**
 * klips_ah_mute_v6() - leave of IPv6 headers what is authenticated
 * @hdr:	copy of the IPv6 header and all that lies before AH; changed
 * @len:	its length
 * @predict:	the packet is on its way out: put in its final destination and
 *		the routing header as it will arrive
 *
 * Return: 0, or -EINVAL if a header is malformed, is not one that may stand
 * before AH, or routes in a way that is not known.
 */
int klips_ah_mute_v6(u8 *hdr, unsigned int len, bool predict)
{
	unsigned int at = V6_MIN, n;
	int err = 0;
	u8 next;

	if (len < V6_MIN)
		return -EINVAL;
	memset(hdr, 0, V6_CLASS_FLOW);
	hdr[0] = V6_VERSION;
	hdr[V6_HOP_LIMIT] = 0;
	for (next = hdr[V6_NEXT]; at < len && !err; at += n) {
		n = len - at < 8 ? 0 : (hdr[at + 1] + 1u) * 8;
		if (!n || n > len - at)
			return -EINVAL;
		if (next == NH_HOP_BY_HOP || next == NH_DEST_OPTIONS)
			err = mute_options(hdr + at + 2, n - 2);
		else if (next == NH_ROUTING)
			err = mute_routing(hdr, hdr + at, n, predict);
		else
			err = -EINVAL;
		next = hdr[at];
	}
	return err;
}
