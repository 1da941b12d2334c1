// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Subnets: address/mask[:port], the mask as a number of bits or, for IPv4, as
 * an address.
 */
#include "said.h"

#define PORT_MAX	0xffff

/* Leading ones of an IPv4 mask, or -1 if ones follow a zero. */
static int v4_mask_bits(const struct klips_addr *mask)
{
	u32 ones = be32_to_cpu(mask->v4);
	u32 host = ~ones;

	if (host & (host + 1))
		return -1;
	return __builtin_popcount(ones);
}

/* The text between slash and port. */
static const char *mask_text(const char *text, size_t len, u16 family, unsigned int *bits)
{
	struct klips_addr mask;
	const char *why;
	u64 count;
	int ones;

	if (!len)
		return "empty string";
	if (!said_digits(text, len, 10, &count)) {
		if (count > klips_addr_bits(family))
			return "subnet mask bit count too large";
		*bits = (unsigned int)count;
		return NULL;
	}
	if (family == AF_INET6)
		return "masks are not permitted for IPv6 addresses";
	why = said_addr_numeric(text, len, AF_INET, &mask);
	if (why)
		return why;
	ones = v4_mask_bits(&mask);
	if (ones < 0)
		return "non-contiguous or otherwise erroneous mask";
	*bits = (unsigned int)ones;
	return NULL;
}

/* The port has no effect, but has to be one. */
static const char *port_text(const char *text)
{
	u64 port;
	const char *why = said_digits(text, strlen(text), 0, &port);

	if (!why && port > PORT_MAX)
		why = "port number too large";
	return why;
}

static void clear_host_bits(struct said_subnet *net)
{
	unsigned int bytes = klips_addr_bits(net->addr.family) / 8;
	struct klips_addr mask;
	unsigned int i;

	said_subnet_mask(net, &mask);
	for (i = 0; i < bytes; i++)
		net->addr.bytes[i] &= mask.bytes[i];
}

static const char *default_route(int family, struct said_subnet *net)
{
	if (!family)
		return "unknown address family with 0/0 subnet not allowed.";
	said_addr_any(family, &net->addr);
	net->bits = 0;
	return NULL;
}

/**
 * said_subnet() - read a subnet
 * @text:	the whole argument: "%default", or address/mask with perhaps :port
 * @family:	AF_INET, AF_INET6, or 0 to take that of the address
 * @names:	where to look up names
 * @net:	where to put it, host bits cleared; undefined after a failure
 *
 * Return: NULL, or what is wrong.
 */
const char *said_subnet(const char *text, int family, const struct said_names *names,
			struct said_subnet *net)
{
	const char *slash, *colon, *why;
	size_t before;

	if (!*text)
		return "empty string";
	if (!strcmp(text, "%default"))
		return default_route(family, net);
	slash = strchr(text, '/');
	if (!slash)
		return "no / in subnet specification";
	/* without an address the slash is blamed, as it ever was */
	before = slash == text ? strlen(text) : (size_t)(slash - text);
	why = said_addr(text, before, family, names, &net->addr);
	if (why)
		return why;
	colon = strchr(slash, ':');
	if (colon) {
		why = port_text(colon + 1);
		if (why)
			return why;
	}
	why = mask_text(slash + 1, colon ? (size_t)(colon - slash - 1) : strlen(slash + 1),
			net->addr.family, &net->bits);
	if (!why)
		clear_host_bits(net);
	return why;
}

/**
 * said_subnet_mask() - the netmask of a subnet
 * @net:	the subnet
 * @mask:	where to put it, an address of the same family
 */
void said_subnet_mask(const struct said_subnet *net, struct klips_addr *mask)
{
	unsigned int i;

	said_addr_any(net->addr.family, mask);
	for (i = 0; i < net->bits; i++)
		mask->bytes[i / 8] |= (u8)(0x80 >> i % 8);
}
