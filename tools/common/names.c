// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of hosts, networks, services and protocols, from the system's
 * databases.  Only names: numbers in other notations are lib/said's business.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "tools/common/tool.h"

static void copy_addr(const struct sockaddr *from, struct klips_addr *to)
{
	said_addr_any(from->sa_family, to);
	if (from->sa_family == AF_INET) {
		struct sockaddr_in sin;

		memcpy(&sin, from, sizeof(sin));
		to->v4 = sin.sin_addr.s_addr;
	} else {
		struct sockaddr_in6 sin6;

		memcpy(&sin6, from, sizeof(sin6));
		to->v6 = sin6.sin6_addr;
	}
}

/* getaddrinfo() takes old notations for addresses that lib/said refused. */
static bool looks_numeric(const char *name)
{
	struct in_addr addr;

	return inet_aton(name, &addr);
}

static bool host(void *ctx, const char *name, int family, struct klips_addr *addr)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list, *one;
	bool found = false;

	(void)ctx;
	if (looks_numeric(name) || getaddrinfo(name, NULL, &hints, &list))
		return false;
	for (one = list; one && !found; one = one->ai_next) {
		found = one->ai_family == family;
		if (found)
			copy_addr(one->ai_addr, addr);
	}
	freeaddrinfo(list);
	return found;
}

static bool net(void *ctx, const char *name, struct klips_addr *addr)
{
	const struct netent *entry = looks_numeric(name) ? NULL : getnetbyname(name);

	(void)ctx;
	if (!entry || entry->n_addrtype != AF_INET)
		return false;
	said_addr_any(AF_INET, addr);
	addr->v4 = cpu_to_be32(entry->n_net);
	return true;
}

static int service(void *ctx, const char *name)
{
	const struct servent *entry = getservbyname(name, NULL);

	(void)ctx;
	return entry ? be16_to_cpu((__be16)entry->s_port) : -1;
}

static int protocol(void *ctx, const char *name)
{
	const struct protoent *entry = getprotobyname(name);

	(void)ctx;
	return entry ? entry->p_proto : -1;
}

/* The system's databases. */
const struct said_names tool_names = {
	.host = host,
	.net = net,
	.service = service,
	.protocol = protocol,
};
