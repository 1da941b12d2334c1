// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talks PF_KEY with a running module and checks every answer: sockets, who hears
 * what, each message type, each errno old programs rely on; and a storm of
 * broken messages from several processes. Free memory of the kernel is poisoned
 * first, and no answer may carry any of it.
 *
 * usage: pfkey-client GROUP..., in a network namespace of its own.  One line for
 * each failed check; status 1 if there was one.
 */
#define _GNU_SOURCE	/* unshare, setresuid, sendmmsg, recvmmsg */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "klips/radix.h"
#include "pfkey.h"
#include "tests/net/lib/dirt.h"

#define SPI		0xc0ffee01u
#define NOBODY		65534
#define QUIET_MS	50	/* so long nothing must come */
#define EXPIRY_MS	60000	/* so long what must come may take on a busy machine */

static int failures, checks;

static bool say(bool holds, const char *text, int line)
{
	checks++;
	if (!holds) {
		failures++;
		printf("pfkey-client.c:%d: not so: %s\n", line, text);
	}
	return holds;
}

static void say_eq(long is, long want, const char *text, int line)
{
	checks++;
	if (is == want)
		return;
	failures++;
	printf("pfkey-client.c:%d: %s is %ld, should be %ld\n", line, text, is, want);
}

#define CHECK(cond)	say(cond, #cond, __LINE__)
#define CHECK_EQ(a, b)	say_eq((long)(a), (long)(b), #a, __LINE__)

/* Value of a system call that failed: its errno, negative. */
static long sys(long result)
{
	return result < 0 ? -errno : result;
}

static struct pfkey *connection(void)
{
	struct pfkey *pk = calloc(1, sizeof(*pk));
	int err;

	if (!pk)
		exit(2);
	err = pfkey_open(pk);
	if (err) {
		printf("cannot open a PF_KEY socket: %s\n", strerror(-err));
		exit(2);
	}
	return pk;
}

static void disconnect(struct pfkey *pk)
{
	pfkey_close(pk);
	free(pk);
}

static struct klips_addr addr(const char *text)
{
	struct klips_addr a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(a.family, text, a.bytes) != 1)
		exit(2);
	return a;
}

static void put_addr(struct klips_build *b, enum klips_ext_type ext, const char *text)
{
	struct klips_addr a = addr(text);

	klips_build_addr(b, ext, &a, 0);
}

static void put_peers(struct klips_build *b)
{
	put_addr(b, KLIPS_EXT_ADDRESS_SRC, "198.51.100.7");
	put_addr(b, KLIPS_EXT_ADDRESS_DST, "192.0.2.1");
}

static void put_sa(struct klips_build *b, u32 spi, u8 auth, u8 encrypt, u32 flags)
{
	struct klips_ext_sa sa = {
		.spi = htonl(spi), .replay = 64, .state = KLIPS_SASTATE_MATURE,
		.auth = auth, .encrypt = encrypt, .flags = flags,
	};

	klips_build_sa(b, KLIPS_EXT_SA, &sa);
}

static const u8 key[64] = "a key for tests, and for tests only; nobody keeps it secret....";

/* A message that names an SA, complete: SA, SRC, DST. */
static void start_named(struct pfkey *pk, u8 type, u8 satype, u32 spi, u8 auth, u8 encrypt)
{
	put_sa(pfkey_start(pk, type, satype), spi, auth, encrypt, 0);
	put_peers(&pk->build);
}

static int named(struct pfkey *pk, u8 type, u8 satype, u32 spi)
{
	start_named(pk, type, satype, spi, 0, 0);
	return pfkey_send(pk);
}

/* ADD or UPDATE of ESP: AES-CBC and HMAC-SHA1. */
static void start_esp(struct pfkey *pk, u8 type, u32 spi)
{
	start_named(pk, type, KLIPS_SATYPE_ESP, spi, KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC);
}

static void put_keys(struct klips_build *b, unsigned int auth_bits, unsigned int encr_bits)
{
	if (auth_bits)
		klips_build_key(b, KLIPS_EXT_KEY_AUTH, key, auth_bits);
	if (encr_bits)
		klips_build_key(b, KLIPS_EXT_KEY_ENCRYPT, key, encr_bits);
}

static int esp(struct pfkey *pk, u8 type, u32 spi)
{
	start_esp(pk, type, spi);
	put_keys(&pk->build, 160, 128);
	return pfkey_send(pk);
}

static int esp_algs(struct pfkey *pk, u8 auth, u8 encrypt, unsigned int abits, unsigned int ebits)
{
	start_named(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, 0x77777, auth, encrypt);
	put_keys(&pk->build, abits, ebits);
	return pfkey_send(pk);
}

static int ipip(struct pfkey *pk, u32 spi)
{
	return named(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP, spi);
}

static int flush(struct pfkey *pk, u8 satype)
{
	pfkey_start(pk, KLIPS_MSG_FLUSH, satype);
	return pfkey_send(pk);
}

/* The next message; whatever it is, nothing of the kernel's memory may be in it. */
static int receive(struct pfkey *pk, struct klips_msg *msg, int timeout_ms)
{
	int err = pfkey_receive(pk, msg, timeout_ms);
	const char *dirt = NULL;

	/* an ACQUIRE with a pid is a daemon's, passed on as it came */
	if (!err && (msg->hdr->type != KLIPS_MSG_ACQUIRE || !msg->hdr->pid))
		dirt = message_dirt(msg);
	if (dirt)
		printf("%s: %s is not clean\n", klips_msg_name(msg->hdr->type), dirt);
	failures += dirt != NULL;
	return err;
}

/* Throw away what is queued; how much it was. */
static int drain(struct pfkey *pk)
{
	struct klips_msg msg;
	int n = 0;

	while (receive(pk, &msg, 0) != -ETIMEDOUT)
		n++;
	return n;
}

/* The next message must be the answer to the last request, well-formed. */
static bool answered(struct pfkey *pk, struct klips_msg *msg, int line)
{
	int err = receive(pk, msg, 0);

	say_eq(err, 0, "the answer", line);
	if (err)
		return false;
	say_eq(msg->hdr->seq, pk->seq, "its seq", line);
	say_eq(msg->hdr->pid, pk->pid, "its pid", line);
	return true;
}

#define ANSWERED(pk, msg) answered(pk, msg, __LINE__)

/* Everybody hears of an error: 16 bytes with the request's numbers. */
static void heard_error(struct pfkey *pk, const struct pfkey *sender, u8 type, int err, int line)
{
	struct klips_msg msg;

	say_eq(receive(pk, &msg, 0), 0, "the report", line);
	say_eq(msg.hdr->type, type, "its type", line);
	say_eq(msg.hdr->err, err, "its errno", line);
	say_eq(msg.hdr->len, 2, "its length", line);
	say_eq(msg.hdr->seq, sender->seq, "its seq", line);
	say_eq(msg.hdr->pid, sender->pid, "its pid", line);
}

#define HEARD_ERROR(pk, sender, type, err) heard_error(pk, sender, type, err, __LINE__)

/* --- sockets --------------------------------------------------------------- */

static void test_create(void)
{
	int one = 1, rcvbuf = 0;
	socklen_t len = sizeof(rcvbuf);
	struct sockaddr name = { .sa_family = KLIPS_PF_KEY };
	struct pfkey *pk = connection();

	CHECK_EQ(sys(socket(KLIPS_PF_KEY, SOCK_DGRAM, KLIPS_PF_KEY_V2)), -ESOCKTNOSUPPORT);
	CHECK_EQ(sys(socket(KLIPS_PF_KEY, SOCK_RAW, 1)), -EPROTONOSUPPORT);
	CHECK_EQ(sys(bind(pk->fd, &name, sizeof(name))), -EOPNOTSUPP);
	CHECK_EQ(sys(connect(pk->fd, &name, sizeof(name))), -EOPNOTSUPP);
	CHECK_EQ(sys(listen(pk->fd, 1)), -EOPNOTSUPP);
	CHECK_EQ(sys(accept(pk->fd, NULL, NULL)), -EOPNOTSUPP);
	len = sizeof(name);
	CHECK_EQ(sys(getsockname(pk->fd, &name, &len)), -EOPNOTSUPP);
	len = sizeof(rcvbuf);
	CHECK_EQ(sys(getsockopt(pk->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, &len)), 0);
	CHECK(rcvbuf > 0);
	CHECK_EQ(sys(setsockopt(pk->fd, IPPROTO_TCP, 1, &one, sizeof(one))), -EOPNOTSUPP);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, pk->fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, ENODEV);
	disconnect(pk);
}

/* What a child without privileges gets; -1 - status if it could not say. */
static int as_nobody(int (*what)(struct pfkey *pk), struct pfkey *pk)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
			_exit(255);
		_exit(-what(pk));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	return -WEXITSTATUS(status);
}

static int try_open(struct pfkey *pk)
{
	struct pfkey mine;

	(void)pk;
	return pfkey_open(&mine);
}

static int try_flush(struct pfkey *pk)
{
	return flush(pk, 0);
}

static void test_rights(void)
{
	struct pfkey *pk = connection();

	CHECK_EQ(as_nobody(try_open, NULL), -EACCES);
	CHECK_EQ(as_nobody(try_flush, pk), -EACCES);
	CHECK_EQ(drain(pk), 0);
	disconnect(pk);
}

static long send_bytes(struct pfkey *pk, const void *bytes, size_t len)
{
	return sys(send(pk->fd, bytes, len, MSG_NOSIGNAL));
}

/* Refused before anybody is told. */
static void test_headers(void)
{
	struct pfkey *pk = connection();
	_Alignas(8) static u8 big[KLIPS_PFKEY_MAX_BYTES + 8];
	struct klips_msg_hdr good = { .version = 2, .type = KLIPS_MSG_FLUSH, .len = 2 }, bad;

	CHECK_EQ(send_bytes(pk, &good, 8), -EMSGSIZE);
	memcpy(big, &good, sizeof(good));
	CHECK_EQ(send_bytes(pk, big, sizeof(big)), -EMSGSIZE);
	CHECK_EQ(send_bytes(pk, big, 24), -EMSGSIZE);
	CHECK_EQ(send_bytes(pk, big, 17), -EMSGSIZE);
	bad = good, bad.version = 1;
	CHECK_EQ(send_bytes(pk, &bad, sizeof(bad)), -EINVAL);
	bad = good, bad.reserved = 1;
	CHECK_EQ(send_bytes(pk, &bad, sizeof(bad)), -EINVAL);
	bad = good, bad.type = 0;
	CHECK_EQ(send_bytes(pk, &bad, sizeof(bad)), -EINVAL);
	bad = good, bad.type = 20;
	CHECK_EQ(send_bytes(pk, &bad, sizeof(bad)), -EINVAL);
	CHECK_EQ(drain(pk), 0);
	/* From here on everybody hears. */
	bad = good, bad.satype = 12;
	CHECK_EQ(send_bytes(pk, &bad, sizeof(bad)), -EINVAL);
	CHECK_EQ(drain(pk), 1);
	CHECK_EQ(send_bytes(pk, &good, sizeof(good)), sizeof(good));
	CHECK_EQ(drain(pk), 1);
	disconnect(pk);
}

static void test_sendmsg(void)
{
	struct klips_msg_hdr hdr = { .version = 2, .type = KLIPS_MSG_FLUSH, .len = 2 };
	struct iovec split[] = { { &hdr, 5 }, { (char *)&hdr + 5, 11 } };
	struct iovec bad[] = { { &hdr, 8 }, { NULL, 8 } };
	struct msghdr m = { .msg_iov = split, .msg_iovlen = 2 };
	union {
		struct cmsghdr c;
		u8 room[CMSG_SPACE(sizeof(int))];
	} control = { .c = {
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = 1,
	} };
	struct pfkey *pk = connection();

	CHECK_EQ(sys(sendmsg(pk->fd, &m, 0)), 16);
	m.msg_iov = bad;
	CHECK_EQ(sys(sendmsg(pk->fd, &m, 0)), -EFAULT);
	m.msg_iov = split;
	m.msg_control = &control;
	m.msg_controllen = sizeof(control);
	CHECK_EQ(sys(sendmsg(pk->fd, &m, 0)), -EINVAL);
	CHECK_EQ(drain(pk), 1);
	disconnect(pk);
}

static volatile sig_atomic_t pipe_signals;

static void on_pipe(int sig)
{
	(void)sig;
	pipe_signals++;
}

static void test_shutdown(void)
{
	struct klips_msg_hdr hdr = { .version = 2, .type = KLIPS_MSG_FLUSH, .len = 2 };
	struct pfkey *pk = connection();
	u8 byte;

	signal(SIGPIPE, on_pipe);
	CHECK_EQ(sys(shutdown(pk->fd, 7)), -EINVAL);
	CHECK_EQ(sys(shutdown(pk->fd, SHUT_WR)), 0);
	CHECK_EQ(send_bytes(pk, &hdr, sizeof(hdr)), -EPIPE);
	CHECK_EQ(pipe_signals, 0);
	CHECK_EQ(sys(write(pk->fd, &hdr, sizeof(hdr))), -EPIPE);
	CHECK_EQ(pipe_signals, 1);
	CHECK_EQ(sys(shutdown(pk->fd, SHUT_RD)), 0);
	CHECK_EQ(sys(recv(pk->fd, &byte, 1, 0)), 0);
	disconnect(pk);
}

static void test_recvmsg(void)
{
	struct pollfd p = { .events = POLLIN };
	struct pfkey *pk = connection();
	struct sockaddr_in from;
	u8 buf[64];
	struct iovec iov = { buf, 10 };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
	};

	p.fd = pk->fd;
	CHECK_EQ(sys(recv(pk->fd, buf, sizeof(buf), MSG_DONTWAIT)), -EAGAIN);
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(flush(pk, 0), 0);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(sys(recv(pk->fd, buf, sizeof(buf), MSG_OOB)), -EOPNOTSUPP);
	CHECK_EQ(sys(recv(pk->fd, buf, sizeof(buf), MSG_ERRQUEUE)), -EOPNOTSUPP);
	CHECK_EQ(sys(recv(pk->fd, buf, sizeof(buf), MSG_PEEK)), 16);
	CHECK_EQ(sys(recv(pk->fd, buf, 10, MSG_PEEK | MSG_TRUNC)), 16);
	CHECK_EQ(sys(recvmsg(pk->fd, &m, 0)), 10);
	CHECK_EQ(m.msg_flags & MSG_TRUNC, MSG_TRUNC);
	CHECK_EQ(m.msg_namelen, 0);
	CHECK_EQ(fcntl(pk->fd, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(sys(read(pk->fd, buf, sizeof(buf))), -EAGAIN);
	disconnect(pk);
}

/* One reader who does not read: others go on, and he is told how much he lost. */
static void test_full_queue(void)
{
	struct pfkey *lazy = connection(), *pk = connection();
	u32 meminfo[9] = { 0 };
	socklen_t len = sizeof(meminfo);
	int small = 1, i;

	CHECK_EQ(sys(setsockopt(lazy->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small))), 0);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(flush(pk, 0), 0);
		CHECK_EQ(drain(pk), 1);
	}
	/* it registers all the same, though the answer is lost like the rest */
	pfkey_start(lazy, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP);
	CHECK_EQ(pfkey_send(lazy), 0);
	CHECK_EQ(sys(getsockopt(lazy->fd, SOL_SOCKET, SO_MEMINFO, meminfo, &len)), 0);
	CHECK(meminfo[8] > 0 && meminfo[8] < 100);	/* SK_MEMINFO_DROPS */
	CHECK_EQ(drain(lazy) + meminfo[8], 101);
	CHECK_EQ(flush(lazy, 0), 0);
	disconnect(lazy);
	disconnect(pk);
}

static void test_hearing(void)
{
	struct pfkey *pk = connection(), *other = connection();
	struct klips_msg msg;

	CHECK_EQ(ipip(pk, 0x1000), 0);
	CHECK_EQ(receive(other, &msg, 0), 0);
	CHECK_EQ(msg.hdr->type, KLIPS_MSG_ADD);
	CHECK_EQ(msg.hdr->pid, pk->pid);
	ANSWERED(pk, &msg);
	CHECK_EQ(named(pk, KLIPS_MSG_DELETE, KLIPS_SATYPE_IPIP, 0x2000), -ESRCH);
	HEARD_ERROR(pk, pk, KLIPS_MSG_DELETE, ESRCH);
	HEARD_ERROR(other, pk, KLIPS_MSG_DELETE, ESRCH);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), 0);
	ANSWERED(pk, &msg);
	CHECK_EQ(drain(other), 0);
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(other);
	disconnect(pk);
}

/* Another namespace is another world. */
static void test_namespaces(void)
{
	struct pfkey *here = connection(), *there;

	CHECK_EQ(ipip(here, 0x1000), 0);
	CHECK_EQ(drain(here), 1);
	if (!CHECK(!unshare(CLONE_NEWNET)))
		return;
	there = connection();
	CHECK_EQ(named(there, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), -ESRCH);
	CHECK_EQ(drain(there), 1);
	CHECK_EQ(drain(here), 0);
	CHECK_EQ(flush(here, 0), 0);	/* a socket stays where it was opened */
	CHECK_EQ(drain(there), 0);
	disconnect(there);
	disconnect(here);
}

static void group_socket(void)
{
	test_create();
	test_rights();
	test_headers();
	test_sendmsg();
	test_shutdown();
	test_recvmsg();
	test_full_queue();
	test_hearing();
	test_namespaces();
}

/* --- SAs ------------------------------------------------------------------- */

static void test_add(void)
{
	struct pfkey *pk = connection();
	struct klips_ext_sa sa;
	struct klips_msg msg;
	u32 me, him;

	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), 0);
	if (!ANSWERED(pk, &msg))
		return;
	klips_msg_sa(&msg, KLIPS_EXT_SA, &sa);
	CHECK_EQ(ntohl(sa.spi), SPI);
	CHECK_EQ(sa.replay, 64);
	CHECK_EQ(sa.state, KLIPS_SASTATE_MATURE);
	CHECK_EQ(sa.auth, KLIPS_AUTH_SHA1);
	CHECK_EQ(sa.encrypt, KLIPS_ENCR_AES_CBC);
	CHECK_EQ(sa.flags, 0);
	CHECK(klips_msg_saref(&msg, &me, &him) && me && !him);
	CHECK(!klips_msg_has(&msg, KLIPS_EXT_LIFETIME_CURRENT));
	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), -EEXIST);
	start_named(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP, SPI, 99, 99);
	CHECK_EQ(pfkey_send(pk), -EEXIST);	/* before any doubt about algorithms */
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

static void test_local_is_inbound(void)
{
	struct pfkey *pk = connection();
	struct klips_ext_sa sa;
	struct klips_msg msg;

	put_sa(pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_SRC, "192.0.2.1");
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, "127.0.0.1");
	CHECK_EQ(pfkey_send(pk), 0);
	if (ANSWERED(pk, &msg)) {
		klips_msg_sa(&msg, KLIPS_EXT_SA, &sa);
		CHECK_EQ(sa.flags, KLIPS_SAFLAG_INBOUND);
	}
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

static void test_algorithms(void)
{
	struct pfkey *pk = connection();

	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA1, 99, 160, 128), -EPROTO);
	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC, 160, 136), -EINVAL);
	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC, 160, 512), -EINVAL);
	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC, 160, 0), -EINVAL);
	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC, 128, 128), -EINVAL);
	CHECK_EQ(esp_algs(pk, 99, KLIPS_ENCR_AES_CBC, 160, 128), -EINVAL);
	CHECK_EQ(esp_algs(pk, 0, KLIPS_ENCR_AES_CBC, 0, 128), -EINVAL);
	CHECK_EQ(esp_algs(pk, 0, KLIPS_ENCR_AES_GCM_16, 0, 128), -EINVAL);
	CHECK_EQ(esp_algs(pk, 0, KLIPS_ENCR_AES_GCM_16, 0, 160), 0);
	CHECK_EQ(flush(pk, 0), 0);
	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA2_256, KLIPS_ENCR_3DES, 256, 192), 0);
	CHECK_EQ(flush(pk, 0), 0);
	CHECK_EQ(esp_algs(pk, KLIPS_AUTH_SHA1, KLIPS_ENCR_NULL, 160, 0), 0);
	CHECK_EQ(flush(pk, 0), 0);
	start_named(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_INT, KLIPS_SHUNT_PASS, 0, 0);
	CHECK_EQ(pfkey_send(pk), -EINVAL);
	disconnect(pk);
}

/* The two ends of an outer header have one family. */
static void test_mixed_families(void)
{
	struct pfkey *pk = connection();

	put_sa(pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_SRC, "192.0.2.1");
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, "2001:db8::1");
	CHECK_EQ(pfkey_send(pk), -EINVAL);
	put_sa(pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_SRC, "2001:db8::2");
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, "2001:db8::1");
	CHECK_EQ(pfkey_send(pk), 0);
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

/* Limits come back in the form they were sent in; the soft one no later than the hard. */
static void test_limits(void)
{
	struct klips_msg_life hard = { .bytes = 1000, .addtime = 500, .wide = true };
	struct klips_msg_life soft = { .bytes = 2000, .usetime = 7 }, got;
	struct pfkey *pk = connection();
	struct klips_msg msg;

	put_sa(pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
	klips_build_lifetime(&pk->build, KLIPS_EXT_LIFETIME_HARD, &hard);
	klips_build_lifetime(&pk->build, KLIPS_EXT_LIFETIME_SOFT, &soft);
	put_peers(&pk->build);
	CHECK_EQ(pfkey_send(pk), 0);
	if (ANSWERED(pk, &msg)) {
		klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_HARD, &got);
		CHECK(got.bytes == 1000 && got.addtime == 500 && got.wide);
		klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_SOFT, &got);
		CHECK(got.bytes == 1000 && got.usetime == 7 && !got.addtime && !got.wide);
	}
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), 0);
	if (ANSWERED(pk, &msg)) {
		klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_CURRENT, &got);
		CHECK(got.allocations == 1 && !got.bytes && !got.usetime && !got.wide);
		CHECK(got.addtime <= (u64)time(NULL) && got.addtime + 60 > (u64)time(NULL));
		klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_HARD, &got);
		CHECK(got.bytes == 1000 && !got.wide);
	}
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

/* ADD of an SA with one limit, and the EXPIRE that comes when a second has passed. */
static bool expires(struct pfkey *pk, enum klips_ext_type limit, struct klips_msg *msg)
{
	struct klips_msg_life life = { .addtime = 1 };
	struct klips_ext_sa sa;

	put_sa(pfkey_start(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
	klips_build_lifetime(&pk->build, limit, &life);
	put_peers(&pk->build);
	CHECK_EQ(pfkey_send(pk), 0);
	ANSWERED(pk, msg);
	if (!CHECK(!receive(pk, msg, EXPIRY_MS)))
		return false;
	CHECK_EQ(msg->hdr->type, KLIPS_MSG_EXPIRE);
	CHECK_EQ(msg->hdr->satype, KLIPS_SATYPE_IPIP);
	CHECK_EQ(msg->hdr->pid, 0);
	CHECK(klips_msg_has(msg, limit));
	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	CHECK_EQ(sa.state, KLIPS_SASTATE_MATURE);
	return true;
}

/* Time passes limits with no packet at all. */
static void test_expiry(void)
{
	struct pfkey *pk = connection();
	struct klips_ext_sa sa;
	struct klips_msg msg;

	if (!expires(pk, KLIPS_EXT_LIFETIME_SOFT, &msg))
		return;
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), 0);
	if (ANSWERED(pk, &msg)) {
		klips_msg_sa(&msg, KLIPS_EXT_SA, &sa);
		CHECK_EQ(sa.state, KLIPS_SASTATE_DYING);
	}
	CHECK_EQ(flush(pk, 0), 0);
	drain(pk);
	if (!expires(pk, KLIPS_EXT_LIFETIME_HARD, &msg))
		return;
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), -ESRCH);
	disconnect(pk);
}

static int getspi(struct pfkey *pk, u8 satype, u32 lo, u32 hi)
{
	pfkey_start(pk, KLIPS_MSG_GETSPI, satype);
	put_peers(&pk->build);
	klips_build_spirange(&pk->build, lo, hi);
	return pfkey_send(pk);
}

static void test_getspi(void)
{
	struct pfkey *pk = connection();
	struct klips_ext_sa sa;
	struct klips_msg msg;
	int i;

	CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, 255, 300), -EEXIST);
	CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, 301, 300), -EINVAL);
	drain(pk);
	CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, SPI, SPI), 0);
	if (ANSWERED(pk, &msg)) {
		klips_msg_sa(&msg, KLIPS_EXT_SA, &sa);
		CHECK_EQ(ntohl(sa.spi), SPI);
		CHECK_EQ(sa.state, KLIPS_SASTATE_LARVAL);
	}
	CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, SPI, SPI), -EEXIST);
	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), -EEXIST);
	CHECK_EQ(esp(pk, KLIPS_MSG_UPDATE, SPI), 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, 0x1000, 0x100f), 0);
	CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, 0x1000, 0x100f), -EEXIST);
	CHECK_EQ(getspi(pk, KLIPS_SATYPE_ESP, 0x100, 0xffffffffu), 0);
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

static void test_update(void)
{
	struct klips_msg_life now;
	struct pfkey *pk = connection();
	struct klips_msg msg;
	u32 me, him;

	CHECK_EQ(esp(pk, KLIPS_MSG_UPDATE, SPI), -ENOENT);
	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), 0);
	drain(pk);
	CHECK_EQ(esp(pk, KLIPS_MSG_UPDATE, SPI), 0);
	if (ANSWERED(pk, &msg)) {
		CHECK(klips_msg_lifetime(&msg, KLIPS_EXT_LIFETIME_CURRENT, &now));
		CHECK_EQ(now.allocations, 1);
		CHECK(!klips_msg_saref(&msg, &me, &him));
	}
	start_esp(pk, KLIPS_MSG_UPDATE, SPI);
	klips_build_natt_port(&pk->build, KLIPS_EXT_NAT_T_SPORT, 4501);
	CHECK_EQ(pfkey_send(pk), 0);	/* ports alone: no keys needed */
	start_esp(pk, KLIPS_MSG_UPDATE, SPI);
	CHECK_EQ(pfkey_send(pk), -EINVAL);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_ESP, SPI), 0);
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

static void test_flush(void)
{
	struct pfkey *pk = connection();

	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), 0);
	CHECK_EQ(ipip(pk, 0x1000), 0);
	CHECK_EQ(flush(pk, KLIPS_SATYPE_RSVP), -EINVAL);
	CHECK_EQ(flush(pk, KLIPS_SATYPE_ESP), 0);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_ESP, SPI), -ESRCH);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), 0);
	CHECK_EQ(flush(pk, 0), 0);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_IPIP, 0x1000), -ESRCH);
	disconnect(pk);
}

static int group_sas(struct pfkey *pk, u32 tun, u32 spi)
{
	struct klips_ext_sa second = { .spi = htonl(spi) };

	put_sa(pfkey_start(pk, KLIPS_MSG_GRPSA, KLIPS_SATYPE_IPIP), tun, 0, 0, 0);
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, "192.0.2.1");
	if (spi) {
		klips_build_satype2(&pk->build, KLIPS_SATYPE_ESP);
		klips_build_sa(&pk->build, KLIPS_EXT_SA2, &second);
		put_addr(&pk->build, KLIPS_EXT_ADDRESS_DST2, "192.0.2.1");
	}
	return pfkey_send(pk);
}

static void test_group(void)
{
	struct pfkey *pk = connection();
	struct klips_ext_sa sa;
	struct klips_msg msg;

	CHECK_EQ(ipip(pk, 0x1000), 0);
	CHECK_EQ(group_sas(pk, 0x1000, SPI), -ENOENT);
	CHECK_EQ(group_sas(pk, 0x2000, 0), -ENOENT);
	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), 0);
	drain(pk);
	CHECK_EQ(group_sas(pk, 0x1000, SPI), 0);
	if (ANSWERED(pk, &msg)) {
		CHECK(klips_msg_sa(&msg, KLIPS_EXT_SA2, &sa));
		CHECK_EQ(ntohl(sa.spi), SPI);
		CHECK(klips_msg_has(&msg, KLIPS_EXT_SATYPE2));
		CHECK(klips_msg_has(&msg, KLIPS_EXT_ADDRESS_DST2));
	}
	CHECK_EQ(group_sas(pk, 0x1000, SPI), -EEXIST);
	CHECK_EQ(group_sas(pk, 0x1000, 0), 0);
	CHECK_EQ(group_sas(pk, 0x1000, SPI), 0);
	/* A SAID in parts. */
	put_sa(pfkey_start(pk, KLIPS_MSG_GRPSA, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
	put_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, "192.0.2.1");
	klips_build_satype2(&pk->build, KLIPS_SATYPE_ESP);
	CHECK_EQ(pfkey_send(pk), -EINVAL);
	/* One member named, all gone. */
	CHECK_EQ(named(pk, KLIPS_MSG_DELETE, KLIPS_SATYPE_ESP, SPI), 0);
	CHECK_EQ(named(pk, KLIPS_MSG_DELETE, KLIPS_SATYPE_IPIP, 0x1000), -ESRCH);
	disconnect(pk);
}

/* Is there a line with these words in a file? */
static bool says(const char *path, const char *words)
{
	FILE *f = fopen(path, "r");
	char line[1024];
	bool is = false;

	while (f && !is && fgets(line, sizeof(line), f))
		is = strstr(line, words);
	if (f)
		fclose(f);
	return is;
}

/* What a key daemon says of the ends is kept and said again. */
static void test_identities(void)
{
	static const char *const texts[] = { "west.example", "@far.east.example.org" };
	struct pfkey *pk = connection();
	const char *text = "";
	struct klips_msg msg;
	u16 type = 0;
	u64 id = 0;
	int i;

	start_esp(pk, KLIPS_MSG_ADD, SPI);
	put_keys(&pk->build, 160, 128);
	for (i = 0; i < 2; i++)
		klips_build_ident(&pk->build, KLIPS_EXT_IDENTITY_SRC + i, 2 + i, 7 + i, texts[i]);
	CHECK_EQ(pfkey_send(pk), 0);
	drain(pk);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_ESP, SPI), 0);
	if (ANSWERED(pk, &msg)) {
		for (i = 0; i < 2; i++) {
			CHECK(klips_msg_ident(&msg, KLIPS_EXT_IDENTITY_SRC + i, &type, &id, &text));
			CHECK_EQ(type, 2 + i);
			CHECK_EQ(id, 7 + i);
			CHECK(!strcmp(text, texts[i]));
		}
	}
	CHECK_EQ(named(pk, KLIPS_MSG_DELETE, KLIPS_SATYPE_ESP, SPI), 0);
	disconnect(pk);
}

static void put_port(struct klips_build *b, enum klips_ext_type ext, u16 port)
{
	klips_build_natt_port(b, ext, port);
}

/* The peer's NAT has moved it: the ports change, and nothing else. */
static void test_natt_update(void)
{
	struct pfkey *pk = connection();
	struct klips_msg msg;

	start_esp(pk, KLIPS_MSG_ADD, SPI);
	put_keys(&pk->build, 160, 128);
	klips_build_natt_type(&pk->build, KLIPS_NATT_NONESP);
	put_port(&pk->build, KLIPS_EXT_NAT_T_SPORT, 4500);
	put_port(&pk->build, KLIPS_EXT_NAT_T_DPORT, 4501);
	CHECK_EQ(pfkey_send(pk), 0);
	CHECK(says("/proc/net/ipsec_spi", "natsport=4500 natdport=4501"));
	start_esp(pk, KLIPS_MSG_UPDATE, SPI);
	put_port(&pk->build, KLIPS_EXT_NAT_T_DPORT, 61234);
	drain(pk);
	CHECK_EQ(pfkey_send(pk), 0);
	if (ANSWERED(pk, &msg))
		CHECK(klips_msg_has(&msg, KLIPS_EXT_LIFETIME_CURRENT));
	CHECK(says("/proc/net/ipsec_spi", "natsport=4500 natdport=61234"));
	CHECK_EQ(named(pk, KLIPS_MSG_DELETE, KLIPS_SATYPE_ESP, SPI), 0);
	disconnect(pk);
}

/* The peer's address before its NAT is kept with ESP, and shown. */
static void test_original_address(void)
{
	static const u8 satypes[] = { KLIPS_SATYPE_ESP, KLIPS_SATYPE_IPIP };
	static const char *const oas[] = { "10.9.8.7", "2001:db8::7" };
	struct pfkey *pk = connection();
	char shown[64];
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(satypes) * ARRAY_SIZE(oas); i++) {
		k = i % ARRAY_SIZE(oas);
		start_named(pk, KLIPS_MSG_ADD, satypes[i / ARRAY_SIZE(oas)], SPI,
			    KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC);
		put_keys(&pk->build, 160, 128);
		klips_build_natt_type(&pk->build, KLIPS_NATT_NONESP);
		put_addr(&pk->build, KLIPS_EXT_NAT_T_OA, oas[k]);
		CHECK_EQ(pfkey_send(pk), 0);
		snprintf(shown, sizeof(shown), "\tnatoa=%s\t", oas[k]);
		CHECK_EQ(says("/proc/net/ipsec/spi/table", shown), i < ARRAY_SIZE(oas));
		CHECK_EQ(flush(pk, 0), 0);
	}
	disconnect(pk);
}

/* DUMP of one SA: what it says of sequence numbers; false if nothing. */
static bool dumped_replay(struct pfkey *pk, struct klips_ext_replay *replay)
{
	struct klips_msg msg;
	bool is;

	drain(pk);
	pfkey_start(pk, KLIPS_MSG_DUMP, KLIPS_SATYPE_ESP);
	CHECK_EQ(pfkey_send(pk), 0);
	CHECK_EQ(receive(pk, &msg, 0), 0);
	is = klips_msg_replay(&msg, replay);
	CHECK_EQ(drain(pk), 1);		/* the end */
	return is;
}

/* What GET and DUMP say of sequence numbers and window of the SA; nothing if 0. */
static void told_replay(struct pfkey *pk, u32 window, u32 flags, u64 seq)
{
	struct klips_ext_replay got;
	struct klips_ext_sa sa;
	struct klips_msg msg;

	drain(pk);
	CHECK_EQ(named(pk, KLIPS_MSG_GET, KLIPS_SATYPE_ESP, SPI), 0);
	if (!ANSWERED(pk, &msg))
		return;
	klips_msg_sa(&msg, KLIPS_EXT_SA, &sa);
	CHECK_EQ(sa.replay, 64);
	CHECK_EQ(klips_msg_replay(&msg, &got), window != 0);
	CHECK(got.window == window && got.flags == flags && got.seq == seq);
	CHECK_EQ(dumped_replay(pk, &got), window != 0);
	CHECK(!window || (got.window == window && got.flags == flags && got.seq == seq));
}

/* Old programs hear nothing new of their SAs; those who ask for more, hear of it. */
static void test_replay(void)
{
	struct pfkey *pk = connection();

	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, SPI), 0);
	told_replay(pk, 0, 0, 0);
	start_esp(pk, KLIPS_MSG_UPDATE, SPI);
	put_keys(&pk->build, 160, 128);
	klips_build_replay(&pk->build, 4096, 0, 0);
	CHECK_EQ(pfkey_send(pk), 0);
	told_replay(pk, 4096, 0, 0);
	CHECK_EQ(flush(pk, 0), 0);
	start_esp(pk, KLIPS_MSG_ADD, SPI);
	put_keys(&pk->build, 160, 128);
	klips_build_replay(&pk->build, 128, KLIPS_REPLAY_ESN, 1ull << 40);
	CHECK_EQ(pfkey_send(pk), 0);
	told_replay(pk, 128, KLIPS_REPLAY_ESN, 1ull << 40);
	CHECK_EQ(esp(pk, KLIPS_MSG_UPDATE, SPI), 0);
	told_replay(pk, 64, KLIPS_REPLAY_ESN, 1ull << 40);
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

static void group_sa(void)
{
	test_add();
	test_local_is_inbound();
	test_algorithms();
	test_mixed_families();
	test_limits();
	test_getspi();
	test_update();
	test_flush();
	test_group();
	test_identities();
	test_natt_update();
	test_original_address();
	test_replay();
	test_expiry();
}

/* --- flows ----------------------------------------------------------------- */

static struct klips_selector flow(const char *src, u8 slen, const char *dst, u8 dlen)
{
	struct klips_selector sel = {
		.family = addr(src).family, .src_len = slen, .dst_len = dlen,
	};

	memcpy(&sel.src, addr(src).bytes, sizeof(sel.src));
	memcpy(&sel.dst, addr(dst).bytes, sizeof(sel.dst));
	return sel;
}

static int addflow(struct pfkey *pk, const struct klips_selector *sel, u32 flags)
{
	put_sa(pfkey_start(pk, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, flags);
	put_peers(&pk->build);
	klips_build_selector(&pk->build, sel);
	return pfkey_send(pk);
}

static int delflow(struct pfkey *pk, const struct klips_selector *sel)
{
	pfkey_start(pk, KLIPS_MSG_DELFLOW, 0);
	klips_build_selector(&pk->build, sel);
	return pfkey_send(pk);
}

static int delflow_flags(struct pfkey *pk, u32 flags)
{
	put_sa(pfkey_start(pk, KLIPS_MSG_DELFLOW, 0), 0, 0, 0, flags);
	return pfkey_send(pk);
}

static void test_flows(void)
{
	struct klips_selector sel = flow("10.0.1.0", 24, "10.0.2.0", 24), wide = sel, got;
	struct klips_selector six = flow("2001:db8:1::", 48, "2001:db8:2::", 48);
	struct pfkey *pk = connection();
	struct klips_msg msg;

	wide.src_len = 16;
	wide.src.bytes[2] = 0;
	CHECK_EQ(delflow(pk, &sel), -EFAULT);
	drain(pk);
	CHECK_EQ(addflow(pk, &sel, 0), 0);
	if (ANSWERED(pk, &msg)) {
		CHECK_EQ(klips_msg_selector(&msg, &got), 0);
		CHECK(!memcmp(&got, &sel, sizeof(sel)));
	}
	CHECK_EQ(addflow(pk, &sel, 0), -EEXIST);
	CHECK_EQ(addflow(pk, &sel, KLIPS_SAFLAG_REPLACEFLOW), 0);
	CHECK_EQ(delflow(pk, &wide), -EFAULT);
	CHECK_EQ(addflow(pk, &wide, KLIPS_SAFLAG_REPLACEFLOW), 0);
	CHECK_EQ(delflow(pk, &wide), 0);
	CHECK_EQ(delflow(pk, &sel), 0);
	CHECK_EQ(delflow(pk, &sel), -EFAULT);
	sel.proto = IPPROTO_TCP;
	sel.dport = htons(25);
	CHECK_EQ(addflow(pk, &sel, 0), 0);
	CHECK_EQ(addflow(pk, &six, 0), 0);
	CHECK_EQ(delflow_flags(pk, 0), -EINVAL);
	drain(pk);
	CHECK_EQ(delflow_flags(pk, KLIPS_SAFLAG_CLEARFLOW), 0);
	ANSWERED(pk, &msg);
	CHECK_EQ(delflow(pk, &sel), -EFAULT);
	CHECK_EQ(delflow(pk, &six), -EFAULT);
	CHECK_EQ(delflow_flags(pk, KLIPS_SAFLAG_CLEARFLOW), 0);
	disconnect(pk);
}

static void test_inflow(void)
{
	struct klips_selector sel = flow("10.0.2.0", 24, "10.0.1.0", 24);
	struct pfkey *pk = connection();

	CHECK_EQ(addflow(pk, &sel, KLIPS_SAFLAG_INFLOW), -ENOENT);
	CHECK_EQ(ipip(pk, 0x1000), 0);
	CHECK_EQ(addflow(pk, &sel, KLIPS_SAFLAG_INFLOW), 0);
	CHECK_EQ(addflow(pk, &sel, KLIPS_SAFLAG_INFLOW | KLIPS_SAFLAG_REPLACEFLOW), 0);
	CHECK_EQ(delflow(pk, &sel), -EFAULT);	/* it is no eroute */
	CHECK_EQ(flush(pk, 0), 0);
	disconnect(pk);
}

static void group_flow(void)
{
	test_flows();
	test_inflow();
}

/* --- the rest -------------------------------------------------------------- */

static int simple(struct pfkey *pk, u8 type, u8 satype)
{
	pfkey_start(pk, type, satype);
	return pfkey_send(pk);
}

static unsigned int entries(const struct klips_msg *msg, enum klips_ext_type ext)
{
	return msg->ext[ext] ? msg->ext[ext]->len - 1 : 0;
}

static void test_register(void)
{
	static const u8 satypes[] = { KLIPS_SATYPE_ESP, KLIPS_SATYPE_IPIP };
	struct pfkey *pk = connection(), *other = connection();
	struct klips_msg msg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(satypes); i++) {
		CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, satypes[i]), 0);
		if (ANSWERED(pk, &msg)) {
			CHECK(msg.hdr->len * 8 <= 256);
			CHECK(entries(&msg, KLIPS_EXT_SUPPORTED_ENCRYPT) > 2);
		}
		CHECK_EQ(drain(other), 0);
	}
	CHECK_EQ(simple(other, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP), 0);
	CHECK_EQ(drain(other), 1);
	CHECK_EQ(drain(pk), 1);
	CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP), 0);
	CHECK_EQ(drain(pk), 1);		/* twice is once */
	CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, 0), -EINVAL);
	CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, KLIPS_SATYPE_RSVP), -EINVAL);
	CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, 1), -EINVAL);
	disconnect(other);
	disconnect(pk);
}

static void test_echoes(void)
{
	struct pfkey *pk = connection(), *other = connection();
	struct klips_msg msg;

	/* Bare, and so no EXPIRE of the kernel's, but it comes back as it went. */
	CHECK_EQ(simple(pk, KLIPS_MSG_EXPIRE, KLIPS_SATYPE_ESP), 0);
	CHECK_EQ(receive(pk, &msg, 0), -EBADMSG);
	CHECK_EQ(msg.hdr->type, KLIPS_MSG_EXPIRE);
	CHECK_EQ(msg.hdr->seq, pk->seq);
	CHECK_EQ(drain(other), 1);
	pfkey_start(pk, KLIPS_MSG_ACQUIRE, KLIPS_SATYPE_ESP);
	klips_build_errno(&pk->build, ESRCH);
	CHECK_EQ(pfkey_send(pk), -EPROTONOSUPPORT);
	CHECK_EQ(simple(other, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP), 0);
	drain(other);
	pfkey_start(pk, KLIPS_MSG_ACQUIRE, KLIPS_SATYPE_ESP);
	klips_build_errno(&pk->build, ESRCH);
	CHECK_EQ(pfkey_send(pk), 0);
	CHECK_EQ(receive(other, &msg, 0), 0);
	CHECK_EQ(msg.hdr->err, ESRCH);
	CHECK_EQ(simple(pk, KLIPS_MSG_PROMISC, 0), -EINVAL);
	disconnect(other);
	disconnect(pk);
}

static int plumb(struct pfkey *pk, u8 type, u16 ifnum)
{
	struct klips_msg msg;
	u16 got;

	klips_build_plumbif(pfkey_start(pk, type, 0), ifnum);
	CHECK_EQ(pfkey_send(pk), 0);
	if (!ANSWERED(pk, &msg) || !CHECK(klips_msg_plumbif(&msg, &got)))
		return -1;
	CHECK_EQ(got, ifnum);
	return msg.hdr->err;
}

/* Is there a device ipsecN, in the stack and in the list of ours? */
static bool is_there(unsigned int n)
{
	char name[IF_NAMESIZE], line[IF_NAMESIZE + 4];
	bool is;

	snprintf(name, sizeof(name), "ipsec%u", n);
	snprintf(line, sizeof(line), "%s -> ", name);
	is = if_nametoindex(name);
	CHECK_EQ(says("/proc/net/ipsec_tncfg", line), is);
	return is;
}

static void test_plumbif(void)
{
	static const u16 none[] = { 0, 63, 64, 40959, 40960, 49151, 49152 + 64, 65535 };
	struct pfkey *pk = connection(), *other = connection();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		CHECK_EQ(plumb(pk, KLIPS_MSG_PLUMBIF, none[i]), ENOENT);
		CHECK_EQ(plumb(pk, KLIPS_MSG_UNPLUMBIF, none[i]), ENOENT);
	}
	CHECK(!is_there(0) && !is_there(63));
	CHECK_EQ(plumb(pk, KLIPS_MSG_PLUMBIF, KLIPS_PLUMBIF_IPSEC), 0);
	CHECK(is_there(0) && !is_there(63));
	CHECK_EQ(plumb(pk, KLIPS_MSG_PLUMBIF, KLIPS_PLUMBIF_IPSEC), EEXIST);
	CHECK_EQ(plumb(pk, KLIPS_MSG_PLUMBIF, KLIPS_PLUMBIF_IPSEC + 63), 0);
	CHECK(is_there(0) && is_there(63));
	CHECK_EQ(plumb(pk, KLIPS_MSG_UNPLUMBIF, KLIPS_PLUMBIF_IPSEC), 0);
	CHECK(!is_there(0) && is_there(63));
	CHECK_EQ(plumb(pk, KLIPS_MSG_UNPLUMBIF, KLIPS_PLUMBIF_IPSEC), ENOENT);
	CHECK_EQ(plumb(pk, KLIPS_MSG_UNPLUMBIF, KLIPS_PLUMBIF_IPSEC + 63), 0);
	CHECK(!is_there(0) && !is_there(63));
	CHECK_EQ(drain(other), 0);
	disconnect(other);
	disconnect(pk);
}

static int debug(struct pfkey *pk, u32 netlink, u32 eroute)
{
	struct klips_ext_debug masks = { .netlink = netlink, .eroute = eroute };

	klips_build_debug(pfkey_start(pk, KLIPS_MSG_DEBUG, 0), &masks);
	return pfkey_send(pk);
}

static void test_debug(void)
{
	struct pfkey *pk = connection();
	struct klips_msg msg;

	CHECK_EQ(debug(pk, 0x80000000u, 0xffffffffu), 0);
	CHECK_EQ(debug(pk, 0, 0), 0);
	CHECK_EQ(receive(pk, &msg, QUIET_MS), -ETIMEDOUT);
	disconnect(pk);
}

/* Lines of a file after its heading that contain a word. */
static int lines_with(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char line[256];
	int n = -1;

	if (!CHECK(f))
		return -1;
	while (fgets(line, sizeof(line), f))
		if (n < 0 || strstr(line, word))
			n++;
	fclose(f);
	return n;
}

static void test_files(void)
{
	struct pfkey *pk = connection(), *other = connection();

	CHECK_EQ(lines_with("/proc/net/pf_key", ""), 2);
	CHECK_EQ(lines_with("/proc/net/pf_key_registered", ""), 0);
	CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP), 0);
	CHECK_EQ(lines_with("/proc/net/pf_key_registered", "     3 "), 1);
	CHECK_EQ(lines_with("/proc/net/pf_key_supported",
			    "     3      15     12   128     128     256             cbc(aes)"), 1);
	CHECK_EQ(access("/proc/net/pfkey", F_OK), -1);
	disconnect(other);
	CHECK_EQ(lines_with("/proc/net/pf_key", ""), 1);
	disconnect(pk);
}

/* The file's next line must be the n-th algorithm of an extension. */
static void same_alg(FILE *f, const struct klips_msg *msg, u8 ext, unsigned int n)
{
	const struct klips_alg *alg =
		(const struct klips_alg *)((const struct klips_ext_supported *)(const void *)msg->ext[ext] + 1) + n;
	unsigned int satype, exttype, id, ivlen, minbits, maxbits;
	char line[256], name[20];

	if (!CHECK(fgets(line, sizeof(line), f)))
		return;
	CHECK_EQ(sscanf(line, " %u %u %u %u %u %u %19s", &satype, &exttype, &id, &ivlen,
			&minbits, &maxbits, name), 7);
	CHECK(satype == msg->hdr->satype && exttype == ext);
	CHECK(id == alg->id && ivlen == alg->ivlen);
	CHECK(minbits == alg->minbits && maxbits == alg->maxbits);
}

/* pf_key_supported says what the answers to REGISTER say, all of it and no more. */
static void test_supported(void)
{
	static const u8 satypes[] = {
		KLIPS_SATYPE_AH, KLIPS_SATYPE_ESP, KLIPS_SATYPE_IPIP, KLIPS_SATYPE_COMP,
	};
	FILE *f = fopen("/proc/net/pf_key_supported", "r");
	struct pfkey *pk = connection();
	struct klips_msg msg;
	char line[256];
	unsigned int i;
	size_t s;
	u8 ext;

	if (!CHECK(f && fgets(line, sizeof(line), f)))
		return;
	CHECK(!strcmp(line, "satype exttype alg_id ivlen minbits maxbits name\n"));
	for (s = 0; s < ARRAY_SIZE(satypes); s++) {
		CHECK_EQ(simple(pk, KLIPS_MSG_REGISTER, satypes[s]), 0);
		if (!ANSWERED(pk, &msg))
			break;
		for (ext = KLIPS_EXT_SUPPORTED_AUTH; ext <= KLIPS_EXT_SUPPORTED_ENCRYPT; ext++)
			for (i = 0; i < entries(&msg, ext); i++)
				same_alg(f, &msg, ext, i);
	}
	CHECK(!fgets(line, sizeof(line), f));
	fclose(f);
	disconnect(pk);
}

static void group_rest(void)
{
	test_register();
	test_echoes();
	test_plumbif();
	test_debug();
	test_files();
	test_supported();
}

/* --- storm ----------------------------------------------------------------- */

#define STORM_PROCESSES	4
#define STORM_SECONDS	5

static void storm_flow(struct pfkey *pk)
{
	struct klips_selector sel = flow("10.0.1.0", 24, "10.0.2.0", 24);

	sel.src.bytes[2] = rand() % 8;
	if (rand() % 2)
		addflow(pk, &sel, rand() % 2 ? KLIPS_SAFLAG_REPLACEFLOW : 0);
	else
		delflow(pk, &sel);
}

static void storm_sa(struct pfkey *pk)
{
	u32 spi = 0x1000 + rand() % 4;

	switch (rand() % 8) {
	case 0:
		ipip(pk, spi);
		break;
	case 1:
		esp(pk, KLIPS_MSG_ADD, spi);
		break;
	case 2:
		group_sas(pk, spi, 0x1000 + rand() % 4);
		break;
	case 3:
		named(pk, KLIPS_MSG_DELETE, KLIPS_SATYPE_ESP, spi);
		break;
	case 4:
		esp(pk, KLIPS_MSG_UPDATE, spi);
		break;
	case 5:
		getspi(pk, KLIPS_SATYPE_ESP, 0x1000, 0x1003);
		break;
	case 6:
		group_sas(pk, spi, 0);
		break;
	default:
		flush(pk, rand() % 4 ? KLIPS_SATYPE_ESP : 0);
	}
}

/* A message that was right until some of its bytes changed. */
static void storm_broken(struct pfkey *pk)
{
	struct klips_selector sel = flow("10.0.1.0", 24, "10.0.2.0", 24);
	int len, i;

	if (rand() % 2) {
		start_esp(pk, KLIPS_MSG_ADD, 0x1000);
		put_keys(&pk->build, 160, 128);
	} else {
		put_sa(pfkey_start(pk, KLIPS_MSG_ADDFLOW, KLIPS_SATYPE_IPIP), 0x1000, 0, 0, 0);
		put_peers(&pk->build);
		klips_build_selector(&pk->build, &sel);
	}
	len = klips_build_end(&pk->build);
	for (i = rand() % 6; i >= 0; i--)
		pk->request[rand() % len] = rand() % 3 ? rand() % 33 : rand();
	send_bytes(pk, pk->request, len);
}

static void storm_child(unsigned int seed)
{
	time_t end = time(NULL) + STORM_SECONDS;
	struct pfkey *pk = connection();

	srand(seed);
	while (time(NULL) < end) {
		switch (rand() % 16) {
		case 0:
			disconnect(pk);
			pk = connection();
			break;
		case 1:
			simple(pk, KLIPS_MSG_REGISTER, rand() % 12);
			break;
		case 2:
			drain(pk);
			break;
		case 3:
			delflow_flags(pk, KLIPS_SAFLAG_CLEARFLOW);
			break;
		case 4:
			klips_build_plumbif(pfkey_start(pk, KLIPS_MSG_PLUMBIF + rand() % 2, 0),
					    KLIPS_PLUMBIF_IPSEC + 1 + rand() % 2);
			pfkey_send(pk);
			break;
		case 5 ... 8:
			storm_sa(pk);
			break;
		case 9 ... 11:
			storm_flow(pk);
			break;
		default:
			storm_broken(pk);
		}
	}
	disconnect(pk);
	_exit(0);
}

static void group_storm(void)
{
	struct pfkey *pk = connection();
	int i, status;

	for (i = 0; i < STORM_PROCESSES; i++)
		if (!fork())
			storm_child(i + 1);
	for (i = 0; i < STORM_PROCESSES; i++)
		CHECK(wait(&status) > 0 && !status);
	drain(pk);
	CHECK_EQ(flush(pk, 0), 0);
	CHECK_EQ(delflow_flags(pk, KLIPS_SAFLAG_CLEARFLOW), 0);
	CHECK_EQ(drain(pk), 2);
	disconnect(pk);
}

/* --- many SAs ---------------------------------------------------------------- */

#define SAREFS		32767

/* Short messages, many in one system call: that takes longer than a message does. */
#define AT_ONCE		64

static struct {
	_Alignas(8) u8 bytes[AT_ONCE][512];
	struct iovec parts[AT_ONCE];
	struct mmsghdr msgs[AT_ONCE];
} many;

static void prepare_many(void)
{
	int i;

	for (i = 0; i < AT_ONCE; i++) {
		many.parts[i] = (struct iovec){ many.bytes[i], sizeof(many.bytes[i]) };
		many.msgs[i] = (struct mmsghdr){
			.msg_hdr = { .msg_iov = &many.parts[i], .msg_iovlen = 1 },
		};
	}
}

/* What is queued, up to AT_ONCE messages; how many. */
static int receive_many(struct pfkey *pk)
{
	int n;

	prepare_many();
	n = recvmmsg(pk->fd, many.msgs, AT_ONCE, MSG_DONTWAIT, NULL);
	return n < 0 ? 0 : n;
}

/* The i-th of them, well-formed and clean. */
static bool is_good(int i, struct klips_msg *msg)
{
	return !klips_msg_parse(many.bytes[i], many.msgs[i].msg_len, KLIPS_TO_USER, msg, NULL) &&
	       !message_dirt(msg);
}

/* Read a DUMP to its end; how many SAs, each counted once. */
static unsigned int read_dump(struct pfkey *pk, u32 base, u8 *seen, unsigned int n)
{
	struct klips_ext_sa sa;
	struct klips_msg msg;
	unsigned int count = 0;
	int i, got;

	while ((got = receive_many(pk))) {
		for (i = 0; i < got; i++) {
			if (!CHECK(is_good(i, &msg)) || msg.hdr->type != KLIPS_MSG_DUMP ||
			    msg.hdr->seq != pk->seq || msg.hdr->pid != pk->pid || msg.hdr->err)
				break;
			if (!klips_msg_sa(&msg, KLIPS_EXT_SA, &sa)) {
				CHECK_EQ(i, got - 1);
				return count;
			}
			if (ntohl(sa.spi) - base < n)
				count += !seen[ntohl(sa.spi) - base]++;
		}
		if (i < got)
			break;
	}
	CHECK(!"the end of the dump");
	return count;
}

static unsigned int dump(struct pfkey *pk, u8 satype, u32 base, unsigned int n)
{
	u8 *seen = calloc(n, 1);
	unsigned int count;

	CHECK_EQ(simple(pk, KLIPS_MSG_DUMP, satype), 0);
	count = read_dump(pk, base, seen, n);
	free(seen);
	return count;
}

/* @n SAs more, the first with this number, counted from 0. */
static bool add_sarefs(struct pfkey *pk, u32 first, unsigned int n)
{
	u32 me, him, seq = pk->seq;
	struct klips_msg msg;
	unsigned int i;

	prepare_many();
	for (i = 0; i < n; i++) {
		start_named(pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP, 0x1000 + first + i, 0, 0);
		many.parts[i].iov_len = klips_build_end(&pk->build);
		memcpy(many.bytes[i], pk->request, many.parts[i].iov_len);
	}
	if (sendmmsg(pk->fd, many.msgs, n, MSG_NOSIGNAL) != (int)n || receive_many(pk) != (int)n)
		return false;
	for (i = 0; i < n; i++)
		if (!is_good(i, &msg) || msg.hdr->err || msg.hdr->seq != seq + 1 + i ||
		    !klips_msg_saref(&msg, &me, &him) ||
		    me != (first + i < SAREFS ? first + i + 1 : 0))
			return false;
	return true;
}

/* More SAs than there are SArefs, and all of them told, a queue's worth at a time. */
static void group_many(void)
{
	const char *arg = getenv("PFKEY_SAS");
	unsigned int i, n = arg ? strtoul(arg, NULL, 0) : SAREFS + 1000;
	struct pfkey *pk = connection();
	struct klips_msg msg;

	CHECK_EQ(simple(pk, KLIPS_MSG_DUMP, KLIPS_SATYPE_RSVP), -EINVAL);
	drain(pk);
	CHECK_EQ(dump(pk, 0, 0, 1), 0);
	for (i = 0; i < n; i += AT_ONCE)
		if (!CHECK(add_sarefs(pk, i, n - i < AT_ONCE ? n - i : AT_ONCE)))
			break;
	CHECK_EQ(esp(pk, KLIPS_MSG_ADD, 0x1000), 0);
	drain(pk);
	CHECK_EQ(dump(pk, 0, 0x1000, n), n);
	CHECK_EQ(dump(pk, KLIPS_SATYPE_IPIP, 0x1000, n), n);
	CHECK_EQ(dump(pk, KLIPS_SATYPE_ESP, 0x1000, n), 1);
	/* a second one before the first is read, and a change in between */
	CHECK_EQ(simple(pk, KLIPS_MSG_DUMP, 0), 0);
	CHECK_EQ(simple(pk, KLIPS_MSG_DUMP, 0), -EBUSY);
	CHECK_EQ(flush(pk, 0), 0);
	while (!receive(pk, &msg, 0))
		;
	CHECK_EQ(dump(pk, 0, 0x1000, n), 0);
	disconnect(pk);
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "socket", group_socket },
	{ "sa", group_sa },
	{ "flow", group_flow },
	{ "rest", group_rest },
	{ "storm", group_storm },
	{ "many", group_many },
};

static bool run_group(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (strcmp(groups[i].name, name))
			continue;
		checks = 0;
		CHECK(poison_kernel() > 0);
		groups[i].run();
		printf("%s: %d checks, %d failures so far\n", name, checks, failures);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: %s socket|sa|flow|rest|storm|many ...\n", argv[0]);
		return 2;
	}
	for (i = 1; i < argc; i++) {
		if (!run_group(argv[i])) {
			fprintf(stderr, "%s: no such group: %s\n", argv[0], argv[i]);
			return 2;
		}
	}
	return failures ? 1 : 0;
}
