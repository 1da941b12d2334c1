// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program's side of PF_KEY: socket, sequence numbers, requests, answers.
 *
 * What messages look like is left to the pure files of klips/; what they mean,
 * and words for the user, to the programs.  RFC 2367, section 1.
 */
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pfkey.h"

void pfkey_init(struct pfkey *pk)
{
	memset(pk, 0, sizeof(*pk));
	pk->fd = -1;
}

int pfkey_open(struct pfkey *pk)
{
	pfkey_init(pk);
	pk->fd = socket(KLIPS_PF_KEY, SOCK_RAW | SOCK_CLOEXEC, KLIPS_PF_KEY_V2);
	return pk->fd < 0 ? -errno : 0;
}

void pfkey_close(struct pfkey *pk)
{
	if (pk->fd >= 0)
		close(pk->fd);
	explicit_bzero(pk, sizeof(*pk));
	pk->fd = -1;
}

struct klips_build *pfkey_start(struct pfkey *pk, u8 type, u8 satype)
{
	explicit_bzero(pk->request, sizeof(pk->request));
	if (!pk->pid)
		pk->pid = getpid();
	klips_build_start(&pk->build, pk->request, sizeof(pk->request), type, satype, ++pk->seq,
			  pk->pid);
	return &pk->build;
}

int pfkey_finish(struct pfkey *pk)
{
	struct klips_msg msg;
	int len = klips_build_end(&pk->build);
	int err;

	if (len < 0)
		return len;
	err = klips_msg_parse(pk->request, len, KLIPS_TO_KERNEL, &msg, NULL);
	return err ? err : len;
}

int pfkey_send(struct pfkey *pk)
{
	int len = klips_build_end(&pk->build);
	ssize_t sent;
	int err = 0;

	if (len < 0)
		return len;
	sent = send(pk->fd, pk->request, len, MSG_NOSIGNAL);
	if (sent < 0)
		err = -errno;
	else if (sent != len)
		err = -EIO;
	explicit_bzero(pk->request, sizeof(pk->request));
	return err;
}

static s64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (s64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Milliseconds left until a deadline, as poll() wants them. */
static int left_ms(s64 deadline, int timeout_ms)
{
	s64 left = deadline - now_ms();

	if (timeout_ms < 0)
		return -1;
	return left > 0 ? left : 0;
}

/* Until something can be received: 0, -ETIMEDOUT or -errno. */
static int wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	s64 deadline = now_ms() + timeout_ms;
	int n;

	do {
		n = poll(&p, 1, left_ms(deadline, timeout_ms));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

int pfkey_receive(struct pfkey *pk, struct klips_msg *msg, int timeout_ms)
{
	ssize_t len;
	int err = wait_readable(pk->fd, timeout_ms);

	if (err)
		return err;
	memset(pk->reply, 0, sizeof(struct klips_msg_hdr));
	do {
		len = recv(pk->fd, pk->reply, sizeof(pk->reply), MSG_TRUNC);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	/* A message that did not fit is too long, which the parser knows. */
	err = klips_msg_parse(pk->reply, len, KLIPS_TO_USER, msg, NULL);
	return err ? -EBADMSG : 0;
}

/* The answer's header proves it: a report of failure has no more than that. */
static bool is_answer(const struct pfkey *pk)
{
	const struct klips_msg_hdr *hdr = (const void *)pk->reply;

	return hdr->pid == pk->pid && hdr->seq == pk->seq;
}

int pfkey_answer(struct pfkey *pk, struct klips_msg *msg, int timeout_ms)
{
	s64 deadline = now_ms() + timeout_ms;
	int err;

	for (;;) {
		err = pfkey_receive(pk, msg, left_ms(deadline, timeout_ms));
		if (err && err != -EBADMSG)
			return err;
		if (is_answer(pk))
			return err ? err : -(int)msg->hdr->err;
	}
}
