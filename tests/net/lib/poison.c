// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaves a pattern in free memory of the kernel. */
#define _GNU_SOURCE	/* sendmmsg, recvmmsg */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/net/lib/dirt.h"

enum {
	SMALLEST = 16,
	LARGEST = 12288,	/* more than the longest message and what it is built in */
	STEP = 256,		/* one or more for every size of a buffer */
	AT_ONCE = 8,		/* so that they lie beside each other */
};

/* One burst of datagrams of a size there and back; how many. */
static int burst(const int *fd, u8 *bytes, size_t size)
{
	static u8 back[LARGEST];
	struct iovec there = { bytes, size }, home = { back, sizeof(back) };
	struct mmsghdr out[AT_ONCE] = {}, in[AT_ONCE] = {};
	int i, sent;

	for (i = 0; i < AT_ONCE; i++) {
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &there, .msg_iovlen = 1 };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &home, .msg_iovlen = 1 };
	}
	sent = sendmmsg(fd[0], out, AT_ONCE, MSG_DONTWAIT);
	return sent < 0 || recvmmsg(fd[1], in, sent, 0, NULL) != sent ? -1 : sent;
}

int poison_kernel(void)
{
	static u8 bytes[LARGEST];
	int fd[2], n, sum = 0;
	size_t size;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fd))
		return -1;
	memset(bytes, POISON, sizeof(bytes));
	for (size = SMALLEST; size <= LARGEST && sum >= 0; size += STEP) {
		n = burst(fd, bytes, size);
		sum = n < 0 ? n : sum + n;
	}
	close(fd[0]);
	close(fd[1]);
	return sum;
}
