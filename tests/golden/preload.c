// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pretended kernel and name server, preloaded into a tool under test.
 *
 * Takes its orders from the environment, writes what the tool asked of the
 * kernel to a log, one line each, and answers as it was told:
 *
 *	GOLDEN_LOG	where to write "pfkey HEX" and "ioctl NUMBER HEX"
 *	GOLDEN_PROC	directory that stands for /proc/net
 *	GOLDEN_HOSTS	file of "name address" lines: all hosts there are
 *	GOLDEN_REPLIES	file of hex lines: what waits after the first accepted
 *			message; without it each comes back without its keys
 *	GOLDEN_KERNEL	ok, write:E,E,... short:N socket:E inet:E ioctl:E (numbers)
 *	GOLDEN_UID	user id
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <klips/pfkeyv2.h>
#include <klips/uapi.h>

#define PROC_NET	"/proc/net/"
#define IFREQ_BYTES	40
#define IOCTLS		16		/* private ones */

static int tool_end = -1, our_end = -1;
static unsigned int messages;
static bool replied;

/* The function this file stands in front of. */
static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static const char *order(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* The number after "KIND:" in GOLDEN_KERNEL, of several the one at @index; or -1. */
static int told(const char *kind, unsigned int index)
{
	const char *text = order("GOLDEN_KERNEL");
	size_t len = strlen(kind);

	if (strncmp(text, kind, len) || text[len] != ':')
		return -1;
	for (text += len + 1; index; index--) {
		text = strchr(text, ',');
		if (!text)
			return 0;
		text++;
	}
	return atoi(text);
}

static void log_line(const char *head, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	FILE *log = fopen(order("GOLDEN_LOG"), "a");

	if (!log)
		abort();
	fprintf(log, "%s ", head);
	while (len--)
		fprintf(log, "%02x", *p++);
	fputc('\n', log);
	fclose(log);
}

/* The message, its pid masked if it is the sender's, as the cases have it. */
static void log_message(const void *bytes, size_t len)
{
	unsigned char copy[KLIPS_PFKEY_MAX_BYTES];
	struct klips_msg_hdr hdr;

	if (len > sizeof(copy) || len < sizeof(hdr))
		abort();
	memcpy(copy, bytes, len);
	memcpy(&hdr, copy, sizeof(hdr));
	if (hdr.pid == (uint32_t)getpid()) {
		hdr.pid = 0;
		memcpy(copy, &hdr, sizeof(hdr));
	}
	log_line("pfkey", copy, len);
}

/* A tool that has been told of the end of all answers gets no more. */
static void reply(const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t, int) = next("send");

	if (our_end >= 0 && real(our_end, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		abort();
}

/* The message without its keys, which no kernel gives back. */
static void echo(const unsigned char *bytes, size_t len)
{
	unsigned char out[KLIPS_PFKEY_MAX_BYTES];
	struct klips_msg_hdr hdr;
	struct klips_ext ext;
	size_t from = sizeof(hdr), to = sizeof(hdr);

	memcpy(&hdr, bytes, sizeof(hdr));
	while (from + sizeof(ext) <= len) {
		size_t n;

		memcpy(&ext, bytes + from, sizeof(ext));
		n = (size_t)ext.len * KLIPS_PFKEY_WORD;
		if (!n || from + n > len)
			abort();
		if (ext.type != KLIPS_EXT_KEY_AUTH && ext.type != KLIPS_EXT_KEY_ENCRYPT) {
			memcpy(out + to, bytes + from, n);
			to += n;
		}
		from += n;
	}
	hdr.len = (uint16_t)(to / KLIPS_PFKEY_WORD);
	memcpy(out, &hdr, sizeof(hdr));
	reply(out, to);
}

static size_t from_hex(char *text, unsigned char *bytes)
{
	char *mark = strstr(text, "PPPPPPPP");
	size_t len = 0;
	unsigned int byte;

	if (mark) {
		uint32_t pid = (uint32_t)getpid();
		const unsigned char *p = (const unsigned char *)&pid;
		char hex[9];

		snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", p[0], p[1], p[2], p[3]);
		memcpy(mark, hex, 8);
	}
	while (sscanf(text + 2 * len, "%2x", &byte) == 1)
		bytes[len++] = (unsigned char)byte;
	return len;
}

static void scripted_replies(void)
{
	unsigned char bytes[KLIPS_PFKEY_MAX_BYTES];
	char line[2 * KLIPS_PFKEY_MAX_BYTES + 2];
	FILE *file = fopen(order("GOLDEN_REPLIES"), "r");

	if (!file)
		abort();
	while (fgets(line, sizeof(line), file))
		reply(bytes, from_hex(line, bytes));
	fclose(file);
}

static ssize_t take(const void *bytes, size_t len)
{
	int err = told("write", messages++), part = told("short", 0);

	log_message(bytes, len);
	if (err > 0) {
		errno = err;
		return -1;
	}
	if (part >= 0)
		return part;
	if (!*order("GOLDEN_REPLIES"))
		echo(bytes, len);
	else if (!replied)
		scripted_replies();
	replied = true;
	return (ssize_t)len;
}

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = next("socket");
	int err = told(domain == KLIPS_PF_KEY ? "socket" : "inet", 0);
	int pair[2];

	if (err > 0) {
		errno = err;
		return -1;
	}
	if (domain != KLIPS_PF_KEY)
		return real(domain, type, protocol);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -1;
	tool_end = pair[0];
	our_end = pair[1];
	return tool_end;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = next("write");

	return fd == tool_end && fd >= 0 ? take(bytes, len) : real(fd, bytes, len);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) = next("send");

	return fd == tool_end && fd >= 0 ? take(bytes, len) : real(fd, bytes, len, flags);
}

/* Whatever waits is all there will be: behind it a tool sees the end of file. */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int (*real)(struct pollfd *, nfds_t, int) = next("poll");

	if (our_end >= 0 && replied) {
		close(our_end);
		our_end = -1;
	}
	return real(fds, n, timeout);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = next("ioctl");
	char head[32];
	va_list args;
	void *arg;
	int err;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request < SIOCDEVPRIVATE || request >= SIOCDEVPRIVATE + IOCTLS)
		return real(fd, request, arg);
	snprintf(head, sizeof(head), "ioctl %#lx", request);
	log_line(head, arg, IFREQ_BYTES);
	err = told("ioctl", 0);
	if (err <= 0)
		return 0;
	errno = err;
	return -1;
}

/* What stands for a path below /proc/net. */
static const char *instead(const char *path, char *buf, size_t size)
{
	if (strncmp(path, PROC_NET, strlen(PROC_NET)))
		return path;
	snprintf(buf, size, "%s/%s", order("GOLDEN_PROC"), path + strlen(PROC_NET));
	return buf;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = next("open");
	char buf[4096];
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return real(instead(path, buf, sizeof(buf)), flags, mode);
}

int access(const char *path, int mode)
{
	int (*real)(const char *, int) = next("access");
	char buf[4096];

	return real(instead(path, buf, sizeof(buf)), mode);
}

uid_t getuid(void)
{
	return (uid_t)atoi(order("GOLDEN_UID"));
}

/* One more address, in front or behind makes no difference: one per family is used. */
static void add_addr(struct addrinfo **list, int family, const char *text)
{
	struct addrinfo *one = calloc(1, sizeof(*one) + sizeof(struct sockaddr_in6));
	struct addrinfo **end = list;
	struct sockaddr *sa;

	if (!one)
		abort();
	sa = (struct sockaddr *)(one + 1);
	sa->sa_family = (sa_family_t)family;
	if (inet_pton(family, text, family == AF_INET ?
		      (void *)&((struct sockaddr_in *)sa)->sin_addr :
		      (void *)&((struct sockaddr_in6 *)sa)->sin6_addr) != 1)
		abort();
	one->ai_family = family;
	one->ai_addr = sa;
	while (*end)
		end = &(*end)->ai_next;
	*end = one;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **list)
{
	char line[512], addr[128], host[256];
	FILE *file = fopen(order("GOLDEN_HOSTS"), "r");

	(void)service;
	*list = NULL;
	while (file && fgets(line, sizeof(line), file)) {
		int family;

		if (sscanf(line, "%255s %127s", host, addr) != 2 || strcmp(host, name))
			continue;
		family = strchr(addr, ':') ? AF_INET6 : AF_INET;
		if (!hints->ai_family || hints->ai_family == family)
			add_addr(list, family, addr);
	}
	if (file)
		fclose(file);
	return *list ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *one = list;

		list = list->ai_next;
		free(one);
	}
}

struct netent *getnetbyname(const char *name)
{
	(void)name;
	return NULL;
}

/* The services and protocols the cases use, so that no system file matters. */
static const struct {
	const char *name;
	int port;
} services[] = {
	{ "echo", 7 }, { "discard", 9 }, { "ftp", 21 }, { "ssh", 22 }, { "telnet", 23 },
	{ "smtp", 25 }, { "domain", 53 }, { "tftp", 69 }, { "http", 80 }, { "www", 80 },
	{ "pop3", 110 }, { "ntp", 123 }, { "imap2", 143 }, { "snmp", 161 }, { "https", 443 },
	{ "isakmp", 500 }, { "exec", 512 }, { "biff", 512 }, { "syslog", 514 },
	{ "ipsec-nat-t", 4500 },
};

static const struct {
	const char *name;
	const char *alias;
	int number;
} protocols[] = {
	{ "ip", "IP", 0 }, { "icmp", "ICMP", 1 }, { "igmp", "IGMP", 2 },
	{ "ipencap", "IP-ENCAP", 4 }, { "tcp", "TCP", 6 }, { "udp", "UDP", 17 },
	{ "gre", "GRE", 47 }, { "esp", "IPSEC-ESP", 50 }, { "ah", "IPSEC-AH", 51 },
	{ "ipv6-icmp", "IPv6-ICMP", 58 }, { "ipcomp", "IPCOMP", 108 }, { "sctp", "SCTP", 132 },
};

struct servent *getservbyname(const char *name, const char *proto)
{
	static struct servent entry;
	size_t i;

	(void)proto;
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (!strcmp(name, services[i].name)) {
			entry.s_port = htons((uint16_t)services[i].port);
			return &entry;
		}
	return NULL;
}

struct protoent *getprotobyname(const char *name)
{
	static struct protoent entry;
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (!strcmp(name, protocols[i].name) || !strcmp(name, protocols[i].alias)) {
			entry.p_proto = protocols[i].number;
			return &entry;
		}
	return NULL;
}
