// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic for the matrix of transforms: every pair of addresses in each kind and
 * each direction, what arrives compared byte by byte.
 *
 * usage: cells [-c] [-s SIZES] [-t BYTES] [-g SIZE] [-k KINDS] [-w MS] NS-A NS-B
 *
 * Standard input has one pair a line: LABEL ADDRESS-A ADDRESS-B, in the network
 * namespaces of these names.  A cell is a pair, a direction and a kind; KINDS are
 * letters, all by default, large ones for the way from A to B only:
 *
 *	u	datagrams of UDP, one of each of the SIZES (1,100,...)
 *	i	echo requests of ICMP, answered by the other kernel, likewise
 *	t	a TCP stream of BYTES
 *	g	a UDP super-packet, cut into datagrams of SIZE by the kernel (UDP_SEGMENT)
 *
 * A line for each cell that failed, with the reason; at the end "N cells, M bad".
 * Status 1 if any was.  MS: how long to wait for what must come.  With -c what
 * is sent can be compressed.
 */
#define _GNU_SOURCE	/* setns */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT		9000
#define MAX		65536
#define STREAM_MAX	(16 << 20)
#define SIZES_MAX	64
#define ECHO_HEADER	8
#define FAILURES_MAX	8	/* then it gives up */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int sizes[SIZES_MAX], sizes_count;
static int stream_bytes = 200000, segment = 1000, wait_ms = 3000;
static unsigned char *pattern;
static char why[256];

static bool bad(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return false;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* What the payload of a packet of some size begins with: never twice the same. */
static const unsigned char *payload(int size)
{
	static unsigned int turn;

	return pattern + (turn++ * 97 + (unsigned int)size) % 4096;
}

/* --- sockets ------------------------------------------------------------- */

static bool parse(const char *text, union address *a, int port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons((uint16_t)port);
		return true;
	}
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons((uint16_t)port);
	return inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1;
}

static socklen_t length(const union address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

/* A socket in a namespace, bound to an address; the port only if it is to be. */
static int open_socket(int ns, const union address *at, bool port, int type, int proto)
{
	union address own = *at;
	int fd, on = 1, room = 4 << 20, off = IP_PMTUDISC_DONT;

	if (!port)
		own.v4.sin_port = 0;	/* at the same place in IPv6 */
	if (setns(ns, CLONE_NEWNET))
		die("setns");
	fd = socket(own.any.sa_family, type | SOCK_NONBLOCK, proto);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (type != SOCK_STREAM) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
		if (own.any.sa_family == AF_INET)
			setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &off, sizeof(off));
	}
	if (bind(fd, &own.any, length(&own)))
		die("bind");
	return fd;
}

static bool readable(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = (short)events };

	return poll(&p, 1, wait_ms) == 1;
}

/* --- kinds --------------------------------------------------------------- */

/* One way of a pair: from and to are namespaces. */
struct way {
	int from, to;
	union address src, dst;
};

static bool arrived(int fd, const unsigned char *data, int size)
{
	static unsigned char got[MAX];
	ssize_t n;

	if (!readable(fd, POLLIN))
		return bad("%d bytes did not arrive", size);
	n = recv(fd, got, sizeof(got), 0);
	if (n != size)
		return bad("%d bytes arrived as %zd", size, n);
	if (memcmp(got, data, (size_t)size))
		return bad("%d bytes arrived changed", size);
	return true;
}

static bool udp(const struct way *w)
{
	int to = open_socket(w->to, &w->dst, true, SOCK_DGRAM, 0);
	int from = open_socket(w->from, &w->src, false, SOCK_DGRAM, 0);
	bool ok = true;
	int i;

	for (i = 0; i < sizes_count && ok; i++) {
		const unsigned char *data = payload(sizes[i]);

		if (sendto(from, data, (size_t)sizes[i], 0, &w->dst.any, length(&w->dst)) < 0)
			ok = bad("%d bytes: %s", sizes[i], strerror(errno));
		else
			ok = arrived(to, data, sizes[i]);
	}
	close(from);
	close(to);
	return ok;
}

static bool super(const struct way *w)
{
	int to = open_socket(w->to, &w->dst, true, SOCK_DGRAM, 0);
	int from = open_socket(w->from, &w->src, false, SOCK_DGRAM, 0);
	int total = segment * 30 + 7, at;
	bool ok = true;

	if (setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		die("UDP_SEGMENT");
	if (sendto(from, pattern, (size_t)total, 0, &w->dst.any, length(&w->dst)) < 0)
		ok = bad("super-packet: %s", strerror(errno));
	for (at = 0; at < total && ok; at += segment)
		ok = arrived(to, pattern + at, total - at < segment ? total - at : segment);
	close(from);
	close(to);
	return ok;
}

/* What a raw socket received, without the IP header that IPv4 leaves in front. */
static const unsigned char *echo_reply(int fd, bool v6, ssize_t *n)
{
	static unsigned char got[MAX + 64];
	ssize_t hdr;

	*n = recv(fd, got, sizeof(got), 0);
	hdr = v6 ? 0 : (got[0] & 15) * 4;
	*n -= hdr;
	return got + hdr;
}

static bool echo(int fd, const struct way *w, int size)
{
	static unsigned char out[MAX + ECHO_HEADER];
	static uint16_t turn;
	bool v6 = w->dst.any.sa_family == AF_INET6;
	union address to = w->dst;
	const unsigned char *in;
	uint32_t sum = 0;
	ssize_t n;
	int i;

	to.v4.sin_port = 0;
	turn++;
	memset(out, 0, ECHO_HEADER);
	out[0] = v6 ? 128 : 8;
	memcpy(out + 4, &turn, 2);
	memcpy(out + ECHO_HEADER, payload(size), (size_t)size);
	out[ECHO_HEADER + size] = 0;
	for (i = 0; !v6 && i < ECHO_HEADER + size; i += 2)
		sum += (uint32_t)(out[i] << 8 | out[i + 1]);
	for (i = 0; i < 2; i++)
		sum = (sum & 0xffff) + (sum >> 16);
	out[2] = (unsigned char)(~sum >> 8);
	out[3] = (unsigned char)~sum;
	if (sendto(fd, out, (size_t)(ECHO_HEADER + size), 0, &to.any, length(&to)) < 0)
		return bad("echo of %d bytes: %s", size, strerror(errno));
	for (;;) {
		if (!readable(fd, POLLIN))
			return bad("no answer to echo of %d bytes", size);
		in = echo_reply(fd, v6, &n);
		if (n >= ECHO_HEADER && in[0] == (v6 ? 129 : 0) && !memcmp(in + 4, &turn, 2))
			break;
	}
	if (n != ECHO_HEADER + size || memcmp(in + ECHO_HEADER, out + ECHO_HEADER, (size_t)size))
		return bad("echo of %d bytes came back changed", size);
	return true;
}

static bool icmp(const struct way *w)
{
	bool v6 = w->dst.any.sa_family == AF_INET6;
	int fd = open_socket(w->from, &w->src, false, SOCK_RAW,
			     v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	bool ok = true;
	int i;

	for (i = 0; i < sizes_count && ok; i++)
		ok = echo(fd, w, sizes[i]);
	close(fd);
	return ok;
}

/* Both ends of a stream by turns, until all has arrived or nothing moves. */
static bool pump(int from, int to)
{
	static unsigned char got[MAX];
	int sent = 0, received = 0;
	struct pollfd p[2] = { { .fd = from, .events = POLLOUT }, { .fd = to, .events = POLLIN } };
	ssize_t n;

	while (received < stream_bytes) {
		p[0].fd = sent < stream_bytes ? from : -1;
		if (poll(p, 2, 4 * wait_ms) <= 0)
			return bad("stream stalled after %d bytes, %d sent", received, sent);
		if (sent < stream_bytes && p[0].revents) {
			n = send(from, pattern + sent, (size_t)(stream_bytes - sent), MSG_NOSIGNAL);
			if (n < 0)
				return bad("stream broken after %d bytes: %s", received, strerror(errno));
			sent += (int)n;
		}
		if (!p[1].revents)
			continue;
		n = recv(to, got, sizeof(got), 0);
		if (n <= 0)
			return bad("stream ends after %d bytes", received);
		if (memcmp(got, pattern + received, (size_t)n))
			return bad("stream changed after %d bytes", received);
		received += (int)n;
	}
	return true;
}

static bool tcp(const struct way *w)
{
	int listener = open_socket(w->to, &w->dst, true, SOCK_STREAM, 0);
	int from = open_socket(w->from, &w->src, false, SOCK_STREAM, 0), to = -1;
	bool ok;

	if (listen(listener, 1))
		die("listen");
	if (connect(from, &w->dst.any, length(&w->dst)) && errno != EINPROGRESS)
		ok = bad("connect: %s", strerror(errno));
	else if (!readable(listener, POLLIN))
		ok = bad("no connection");
	else {
		to = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		ok = pump(from, to);
	}
	close(to);
	close(from);
	close(listener);
	return ok;
}

static const struct kind {
	char letter;
	const char *name;
	bool (*run)(const struct way *w);
} kinds[] = {
	{ 'u', "UDP", udp },
	{ 'i', "ICMP", icmp },
	{ 't', "TCP", tcp },
	{ 'g', "UDP-GSO", super },
};

/* --- all of them --------------------------------------------------------- */

static int namespace(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path);
	return fd;
}

static void read_sizes(char *text)
{
	char *word;

	sizes_count = 0;
	for (word = strtok(text, ","); word && sizes_count < SIZES_MAX; word = strtok(NULL, ","))
		sizes[sizes_count++] = atoi(word);
}

static void fill_pattern(unsigned char mask)
{
	uint32_t x = 2463534242u;
	int i;

	pattern = malloc(STREAM_MAX + MAX);
	if (!pattern)
		die("malloc");
	for (i = 0; i < STREAM_MAX + MAX; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		pattern[i] = (unsigned char)x & mask;
	}
}

static int cell(const char *label, const char *arrow, const struct kind *kind, const struct way *w)
{
	if (kind->run(w))
		return 0;
	printf("%s %s %s: %s\n", label, arrow, kind->name, why);
	return 1;
}

int main(int argc, char **argv)
{
	char some[] = "1,2,15,16,17,100,1200,1473,9000,65000", label[128], a[64], b[64];
	const char *letters = "uitg";
	int option, ns[2], cells = 0, failed = 0;
	struct way w[2];
	unsigned char mask = 255;
	size_t i;

	read_sizes(some);
	while ((option = getopt(argc, argv, "cs:t:g:k:w:")) != -1) {
		switch (option) {
		case 'c': mask = 3; break;
		case 's': read_sizes(optarg); break;
		case 't': stream_bytes = atoi(optarg); break;
		case 'g': segment = atoi(optarg); break;
		case 'k': letters = optarg; break;
		case 'w': wait_ms = atoi(optarg); break;
		default: return 2;
		}
	}
	if (argc - optind != 2 || stream_bytes > STREAM_MAX || segment * 30 + 7 > MAX)
		return 2;
	fill_pattern(mask);
	ns[0] = namespace(argv[optind]);
	ns[1] = namespace(argv[optind + 1]);
	while (failed < FAILURES_MAX && scanf("%127s %63s %63s", label, a, b) == 3) {
		w[0] = (struct way){ .from = ns[0], .to = ns[1] };
		w[1] = (struct way){ .from = ns[1], .to = ns[0] };
		if (!parse(a, &w[0].src, PORT) || !parse(b, &w[0].dst, PORT))
			die(label);
		w[1].src = w[0].dst;
		w[1].dst = w[0].src;
		for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
			const struct kind *kind = &kinds[i];
			bool both = strchr(letters, kind->letter);

			if (!both && !strchr(letters, toupper(kind->letter)))
				continue;
			failed += cell(label, "out", kind, &w[0]);
			if (both)
				failed += cell(label, "in", kind, &w[1]);
			cells += 1 + both;
		}
		fflush(stdout);
	}
	printf("%d cells, %d bad\n", cells, failed);
	return failed > 0;
}
