// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbered UDP packets: sends many flows, and tells how they arrived.
 *
 * usage: flows send NET PORT FLOWS COUNT [PAUSE-US [BYTES [SPORT [FROM]]]]
 *	  flows receive PORT FLOWS COUNT IDLE-MS
 *
 * Flow i goes to the i-th address behind NET, whose packets are numbered from 0
 * to COUNT - 1; one packet of each flow, then the next of each, with a pause
 * between rounds; with FROM, from the i-th address behind that, all of which must be
 * local. The receiver listens on every address, stops when all have
 * come or none for IDLE-MS, and prints how many came, how many again, how many
 * after a later one, how many not at all, and which was the first of those.
 * SIGTERM ends both early; then those after the last of a flow are not missing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE	(64 << 20)
#define LONGEST	60000

struct number {
	uint32_t flow, seq;	/* network byte order */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static unsigned long word(char **argv, int argc, int i, unsigned long without)
{
	return i < argc ? strtoul(argv[i], NULL, 0) : without;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int udp(unsigned short port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = QUEUE;

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		die("buffer");
	return fd;
}

/* Sends a packet from an address of this host, or from any if that is 0. */
static ssize_t send_from(int fd, const void *packet, size_t size, const struct sockaddr_in *to,
			 in_addr_t from)
{
	struct iovec part = { .iov_base = (void *)packet, .iov_len = size };
	union {
		struct cmsghdr hdr;
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = { .hdr = {
		.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)),
		.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO,
	} };
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = from };
	struct msghdr msg = {
		.msg_name = (void *)to, .msg_namelen = sizeof(*to), .msg_iov = &part, .msg_iovlen = 1,
	};

	if (from) {
		memcpy(CMSG_DATA(&control.hdr), &info, sizeof(info));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &msg, 0);
}

static int send_all(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned long flows = word(argv, argc, 4, 1), count = word(argv, argc, 5, 1);
	unsigned long pause = word(argv, argc, 6, 0), size = word(argv, argc, 7, 64);
	static char packet[LONGEST];
	struct number *n = (void *)packet;
	unsigned long flow, seq, sent = 0;
	uint32_t base, from = argc > 9 ? ntohl(inet_addr(argv[9])) : 0;
	int fd = udp(word(argv, argc, 8, 0));

	if (size < sizeof(*n) || size > LONGEST || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		return 2;
	base = ntohl(to.sin_addr.s_addr);
	to.sin_port = htons(word(argv, argc, 3, 0));
	for (seq = 0; seq < count && !stopped; seq++) {
		for (flow = 0; flow < flows && !stopped; flow++) {
			to.sin_addr.s_addr = htonl(base + flow);
			*n = (struct number){ htonl(flow), htonl(seq) };
			if (send_from(fd, packet, size, &to, from ? htonl(from + flow) : 0) >= 0)
				sent++;
			else if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != EINTR)
				die("send");
		}
		if (pause)
			usleep(pause);
	}
	printf("sent %lu\n", sent);
	return 0;
}

struct tally {
	unsigned long flows, count;
	unsigned long received, again, late, strange;
	unsigned char *seen;	/* by flow and number */
	long *last;		/* by flow, -1: none */
};

static void take(struct tally *t, const struct number *n)
{
	unsigned long flow = ntohl(n->flow), seq = ntohl(n->seq);

	if (flow >= t->flows || seq >= t->count) {
		t->strange++;
		return;
	}
	if (t->seen[flow * t->count + seq]++) {
		t->again++;
		return;
	}
	t->received++;
	if ((long)seq < t->last[flow])
		t->late++;
	else
		t->last[flow] = seq;
}

static void report(const struct tally *t)
{
	unsigned long missing = 0, first_flow = 0, first = 0, flow, seq, end;

	for (flow = 0; flow < t->flows; flow++) {
		end = stopped ? (unsigned long)t->last[flow] + 1 : t->count;
		for (seq = 0; seq < end; seq++) {
			if (t->seen[flow * t->count + seq] || missing++)
				continue;
			first_flow = flow;
			first = seq;
		}
	}
	printf("received %lu again %lu disordered %lu missing %lu strange %lu\n", t->received,
	       t->again, t->late, missing, t->strange);
	if (missing)
		printf("first missing: flow %lu number %lu\n", first_flow, first);
}

static int receive_all(int argc, char **argv)
{
	struct tally t = { .flows = word(argv, argc, 3, 1), .count = word(argv, argc, 4, 1) };
	int idle = word(argv, argc, 5, 3000), fd = udp(word(argv, argc, 2, 0));
	struct pollfd p = { .fd = fd, .events = POLLIN };
	static char packet[LONGEST];
	ssize_t len;

	t.seen = calloc(t.flows, t.count);
	t.last = calloc(t.flows, sizeof(*t.last));
	if (!t.seen || !t.last)
		die("memory");
	memset(t.last, 0xff, t.flows * sizeof(*t.last));
	puts("ready");
	fflush(stdout);
	while (!stopped && t.received < t.flows * t.count && poll(&p, 1, idle) > 0) {
		len = recv(fd, packet, sizeof(packet), 0);
		if (len >= (ssize_t)sizeof(struct number))
			take(&t, (void *)packet);
	}
	/* what comes now comes again */
	while (poll(&p, 1, 100) > 0 && recv(fd, packet, sizeof(packet), 0) > 0)
		take(&t, (void *)packet);
	report(&t);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction on_term = { .sa_handler = stop };

	sigaction(SIGTERM, &on_term, NULL);
	if (argc > 5 && !strcmp(argv[1], "send"))
		return send_all(argc, argv);
	if (argc > 5 && !strcmp(argv[1], "receive"))
		return receive_all(argc, argv);
	fputs("usage: flows send NET PORT FLOWS COUNT [PAUSE-US [BYTES [SPORT [FROM]]]]\n"
	      "       flows receive PORT FLOWS COUNT IDLE-MS\n", stderr);
	return 2;
}
