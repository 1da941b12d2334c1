// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/pfkey against a kernel played by the test: a socket pair that keeps message
 * boundaries, as PF_KEY's does.
 */
#include <check.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pfkey.h"
#include "tests/unit/pfkey_help.h"
#include "tests/unit/suites.h"

static struct pfkey pk;
static int kernel;

static void connect_pair(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	pfkey_init(&pk);
	pk.fd = ends[0];
	kernel = ends[1];
}

static void close_pair(void)
{
	pfkey_close(&pk);
	ck_assert_int_eq(pk.fd, -1);
	close(kernel);
}

/* The kernel says something of this type to a process. */
static void say(u8 type, u32 pid, u32 seq, int err)
{
	_Alignas(8) u8 buf[KLIPS_PFKEY_MAX_BYTES];
	struct klips_build b;
	int len;

	klips_build_start(&b, buf, sizeof(buf), type, 0, seq, pid);
	klips_build_errno(&b, err);
	len = klips_build_end(&b);
	ck_assert_int_eq(send(kernel, buf, len, 0), len);
}

START_TEST(test_finish)
{
	struct klips_build *b = pfkey_start(&pk, KLIPS_MSG_PLUMBIF, 0);

	ck_assert_int_eq(pfkey_finish(&pk), -EINVAL);	/* as the kernel would say */
	klips_build_plumbif(b, KLIPS_PLUMBIF_IPSEC);
	ck_assert_int_eq(pfkey_finish(&pk), 24);
	ck_assert_uint_eq(pk.seq, 1);
	ck_assert_uint_eq(((struct klips_msg_hdr *)(void *)pk.request)->pid, (u32)getpid());
	pfkey_start(&pk, KLIPS_MSG_FLUSH, 0);
	ck_assert_int_eq(pfkey_finish(&pk), 16);
	ck_assert_uint_eq(pk.seq, 2);
}
END_TEST

START_TEST(test_send)
{
	static const u8 zeros[KLIPS_PFKEY_MAX_BYTES];
	u8 want[24], got[64];

	klips_build_plumbif(pfkey_start(&pk, KLIPS_MSG_PLUMBIF, 0), KLIPS_PLUMBIF_IPSEC);
	ck_assert_int_eq(pfkey_finish(&pk), sizeof(want));
	memcpy(want, pk.request, sizeof(want));
	ck_assert_int_eq(pfkey_send(&pk), 0);
	ck_assert_int_eq(recv(kernel, got, sizeof(got), 0), sizeof(want));
	ck_assert_mem_eq(got, want, sizeof(want));
	ck_assert_mem_eq(pk.request, zeros, sizeof(zeros));
}
END_TEST

START_TEST(test_send_fails)
{
	struct klips_addr none = { .family = 0 };

	klips_build_addr(pfkey_start(&pk, KLIPS_MSG_DELETE, 0), KLIPS_EXT_ADDRESS_SRC, &none, 0);
	ck_assert_int_eq(pfkey_send(&pk), -EPFNOSUPPORT);
	pfkey_start(&pk, KLIPS_MSG_FLUSH, 0);
	shutdown(kernel, SHUT_RDWR);
	ck_assert_int_eq(pfkey_send(&pk), -EPIPE);	/* and no signal */
}
END_TEST

START_TEST(test_answer)
{
	static const u8 rubbish[24] = { 1, 2, 3 };
	struct klips_msg msg;

	pfkey_start(&pk, KLIPS_MSG_FLUSH, 0);
	ck_assert_int_eq(pfkey_send(&pk), 0);
	say(KLIPS_MSG_FLUSH, pk.pid + 1, pk.seq, 0);
	say(KLIPS_MSG_FLUSH, pk.pid, pk.seq + 1, 0);
	send(kernel, rubbish, sizeof(rubbish), 0);
	send(kernel, rubbish, 3, 0);
	say(KLIPS_MSG_FLUSH, pk.pid, pk.seq, 0);
	ck_assert_int_eq(pfkey_answer(&pk, &msg, 1000), 0);
	ck_assert_uint_eq(msg.hdr->type, KLIPS_MSG_FLUSH);
	ck_assert_int_eq(pfkey_answer(&pk, &msg, 10), -ETIMEDOUT);
}
END_TEST

START_TEST(test_answer_fails)
{
	struct klips_msg msg;

	pfkey_start(&pk, KLIPS_MSG_FLUSH, 0);
	ck_assert_int_eq(pfkey_send(&pk), 0);
	say(KLIPS_MSG_FLUSH, pk.pid, pk.seq, EACCES);
	ck_assert_int_eq(pfkey_answer(&pk, &msg, 1000), -EACCES);
	say(KLIPS_MSG_DELETE, pk.pid, pk.seq, 0);	/* without what it needs */
	ck_assert_int_eq(pfkey_answer(&pk, &msg, 1000), -EBADMSG);
}
END_TEST

START_TEST(test_receive)
{
	static const u8 huge[KLIPS_PFKEY_MAX_BYTES + 8];
	struct klips_msg msg;

	ck_assert_int_eq(pfkey_receive(&pk, &msg, 0), -ETIMEDOUT);
	send(kernel, huge, sizeof(huge), 0);
	ck_assert_int_eq(pfkey_receive(&pk, &msg, 0), -EBADMSG);
	say(KLIPS_MSG_EXPIRE, 0, 1, ENOENT);
	ck_assert_int_eq(pfkey_receive(&pk, &msg, 0), 0);
	ck_assert_uint_eq(msg.hdr->err, ENOENT);
	close(pk.fd);
	ck_assert_int_eq(pfkey_receive(&pk, &msg, 0), -EBADF);
	pk.fd = dup(kernel);
}
END_TEST

/**
 * pfkey_lib_suite() - lib/pfkey without a kernel
 *
 * Return: a new suite for the caller's runner.
 */
Suite *pfkey_lib_suite(void)
{
	Suite *s = suite_create("pfkey_lib");
	TCase *tc = tcase_create("connection");

	tcase_add_checked_fixture(tc, connect_pair, close_pair);
	tcase_add_test(tc, test_finish);
	tcase_add_test(tc, test_send);
	tcase_add_test(tc, test_send_fails);
	tcase_add_test(tc, test_answer);
	tcase_add_test(tc, test_answer_fails);
	tcase_add_test(tc, test_receive);
	suite_add_tcase(s, tc);
	return s;
}
