// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaves a pattern in free memory of the kernel. */
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
static int burst(const int *fd, const u8 *bytes, size_t size)
{
	static u8 back[LARGEST];
	int i, sent = 0;

	while (sent < AT_ONCE && send(fd[0], bytes, size, MSG_DONTWAIT) == (ssize_t)size)
		sent++;
	for (i = 0; i < sent; i++)
		if (recv(fd[1], back, sizeof(back), 0) != (ssize_t)size)
			return -1;
	return sent;
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
