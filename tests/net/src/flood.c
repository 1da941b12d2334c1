// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbered datagrams, so that a scenario can tell how many were lost, doubled or
 * never sent while it changed something.
 *
 * usage: flood send ADDRESS PORT INTERVAL_US [COUNT [SIZE [FIRST]]]
 *	  flood recv PORT
 *
 * `send` goes on until COUNT or SIGTERM, then prints "SENT FAILED"; `recv` goes on
 * until SIGTERM and until nothing has come for a while, then prints "DIFFERENT
 * DOUBLE".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MOST		(1u << 22)	/* datagrams of one run */
#define LINGER_MS	400		/* so long nothing may come before recv ends */
#define SIZE_MAX_UDP	65000

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void nap(long us)
{
	struct timespec ts = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

static int flood_send(const char *host, const char *port, long interval, uint32_t count,
		      size_t size, uint32_t first)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST }, *to;
	static char buf[SIZE_MAX_UDP];
	uint32_t n, sent = 0, failed = 0;
	int fd;

	if (getaddrinfo(host, port, &hints, &to))
		die(host);
	fd = socket(to->ai_family, SOCK_DGRAM, 0);
	if (fd < 0)
		die("socket");
	for (n = 0; n < count && !stop; n++) {
		uint32_t number = htonl(first + n);

		memcpy(buf, &number, sizeof(number));
		if (sendto(fd, buf, size, 0, to->ai_addr, to->ai_addrlen) == (ssize_t)size)
			sent++;
		else
			failed++;
		if (interval)
			nap(interval);
	}
	freeaddrinfo(to);
	printf("%u %u\n", sent, failed);
	return 0;
}

static int flood_recv(int port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct timeval linger = { .tv_usec = LINGER_MS * 1000 };
	static uint8_t seen[MOST / 8];
	static char buf[SIZE_MAX_UDP];
	uint32_t different = 0, twice = 0, n;
	int size = 8 << 20;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("bind");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &linger, sizeof(linger));
	fprintf(stderr, "listening\n");
	for (;;) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		if (len < (ssize_t)sizeof(n)) {
			if (len < 0 && stop && errno != EINTR)
				break;
			continue;
		}
		memcpy(&n, buf, sizeof(n));
		n = ntohl(n);
		if (n >= MOST)
			continue;
		if (seen[n / 8] & 1 << n % 8)
			twice++;
		else
			different++;
		seen[n / 8] |= 1 << n % 8;
	}
	printf("%u %u\n", different, twice);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };

	sigaction(SIGTERM, &sa, NULL);
	if (argc >= 5 && !strcmp(argv[1], "send")) {
		size_t size = argc > 6 ? strtoul(argv[6], NULL, 0) : 64;

		if (size < sizeof(uint32_t) || size > SIZE_MAX_UDP)
			size = sizeof(uint32_t);
		return flood_send(argv[2], argv[3], atol(argv[4]),
				  argc > 5 ? strtoul(argv[5], NULL, 0) : MOST, size,
				  argc > 7 ? strtoul(argv[7], NULL, 0) : 0);
	}
	if (argc == 3 && !strcmp(argv[1], "recv"))
		return flood_recv(atoi(argv[2]));
	fprintf(stderr, "usage: flood send ADDRESS PORT INTERVAL_US [COUNT [SIZE [FIRST]]] | recv PORT\n");
	return 2;
}
