// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A key daemon's life, message by message: start, trap, ACQUIRE, tunnel, rekey,
 * status, down, unroute, stop; once as each generation of daemons talks. Each
 * answer must wait when the write returns, and be laid out as they read it.
 *
 * usage: ike-replay old|new, in a namespace with an ipsec0 that is up, has a
 * route to 10.2.1.0/24, and 10.1.1.1 among the host's addresses. One line for
 * each thing that is not so; status 1 if there was one.
 *
 * old: rubbish in PROTOCOL's second byte, lifetimes in 40 bytes, takes the
 * ACQUIRE, CBC and HMAC. new: a port beside the addresses of SAs, GCM, does not
 * understand the ACQUIRE and finds the %hold in /proc/net/ipsec_eroute.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "klips/radix.h"
#include "pfkey.h"

#define SPI_THEIRS	0xabcd0001u	/* first of the peer's, outbound */
#define SPI_OURS	0x12340001u	/* first of our own, inbound */
#define PORT		4000		/* of the traffic, and of a port selector */
#define REPLAY		32
#define LONG_MS		5000

/* How one generation differs from the other. */
static const struct generation {
	const char *name;
	bool rubbish;		/* in PROTOCOL behind the protocol */
	bool wide;		/* lifetimes of 40 bytes in ADD */
	bool takes_acquire;	/* else it scans for %holds */
	u16 port;		/* selector's port, shown in SA addresses too */
	u8 auth, encrypt;
	unsigned int auth_bits, encrypt_bits;
	const char *add_layout;
} generations[] = {
	{ "old", true, true, true, 0, KLIPS_AUTH_SHA1, KLIPS_ENCR_AES_CBC, 160, 128,
	  "1:3 3:5 4:5 5:3 6:3 32:2" },
	{ "new", false, false, false, PORT, KLIPS_AUTH_NONE, KLIPS_ENCR_AES_GCM_16, 0, 160,
	  "1:3 5:3 6:3 32:2" },
};

/* One tunnel's numbers. */
struct tunnel {
	u32 tun_out, tun_in, esp_out, esp_in;
};

static const struct generation *gen;
static struct pfkey pk;
static struct klips_addr w, e, none = { .family = AF_INET };
static struct klips_selector out, in;
static unsigned int failures;
static u32 next_tun = 0x1000;

static bool say(bool holds, const char *text, int line)
{
	if (!holds) {
		failures++;
		printf("ike-replay.c:%d: not so: %s\n", line, text);
	}
	return holds;
}

#define CHECK(cond) say(cond, #cond, __LINE__)

static void same(const char *is, const char *want, const char *what, int line)
{
	if (!strcmp(is, want))
		return;
	failures++;
	printf("ike-replay.c:%d: %s is '%s', should be '%s'\n", line, what, is, want);
}

/* --- what the daemon reads --------------------------------------------------- */

/* Number and words of each extension, read by hand and not by our own parser. */
static void layout(const u8 *buf, size_t len, char *text, size_t size)
{
	size_t at = sizeof(struct klips_msg_hdr), used = 0;
	u16 words, type;

	text[0] = 0;
	while (at + sizeof(struct klips_ext) <= len && used < size) {
		memcpy(&words, buf + at, sizeof(words));
		memcpy(&type, buf + at + sizeof(words), sizeof(type));
		if (!words)
			break;
		used += snprintf(text + used, size - used, "%s%u:%u", used ? " " : "", type, words);
		at += (size_t)words * KLIPS_PFKEY_WORD;
	}
	if (at != len)
		snprintf(text, size, "%zu bytes of %zu", at, len);
}

/* It looks without waiting, and skips what has another pid. */
static ssize_t read_answer(u8 *buf, size_t size)
{
	const struct klips_msg_hdr *hdr = (const void *)buf;
	ssize_t n;

	do {
		n = recv(pk.fd, buf, size, MSG_DONTWAIT);
	} while (n > 0 && hdr->pid != pk.pid);
	return n;
}

/* Send what was built; the answer into @answer, its layout as wanted. */
static void ask(u8 *answer, const char *want, int line)
{
	const struct klips_msg_hdr *hdr = (const void *)answer;
	struct klips_msg_hdr sent;
	char text[256];
	ssize_t n;
	int err;

	memcpy(&sent, pk.request, sizeof(sent));
	err = pfkey_send(&pk);
	if (err) {
		failures++;
		printf("ike-replay.c:%d: write: %s\n", line, strerror(-err));
		return;
	}
	n = read_answer(answer, KLIPS_PFKEY_MAX_BYTES);
	if (!say(n >= (ssize_t)sizeof(*hdr), "an answer waits", line))
		return;
	say(n == hdr->len * KLIPS_PFKEY_WORD, "length as in the header", line);
	say(hdr->type == sent.type && hdr->satype == sent.satype, "type and SA type", line);
	say(hdr->seq == sent.seq && !hdr->err && !hdr->reserved, "seq, no errno", line);
	layout(answer, n, text, sizeof(text));
	if (want)
		same(text, want, "the layout", line);
}

static _Alignas(8) u8 answer[KLIPS_PFKEY_MAX_BYTES];

#define ASK(want) ask(answer, want, __LINE__)

/* An extension of the last answer. */
static const void *found(u16 type)
{
	const struct klips_msg_hdr *hdr = (const void *)answer;
	size_t at = sizeof(*hdr);

	while (at < hdr->len * (size_t)KLIPS_PFKEY_WORD) {
		const struct klips_ext *ext = (const void *)(answer + at);

		if (ext->type == type)
			return ext;
		at += ext->len * (size_t)KLIPS_PFKEY_WORD;
	}
	return NULL;
}

/* --- what it writes ------------------------------------------------------------ */

static void put_sa(u32 spi, u8 auth, u8 encrypt, u32 flags, enum klips_ext_type ext)
{
	struct klips_ext_sa sa = {
		.spi = htonl(spi), .replay = auth || encrypt ? REPLAY : 0,
		.state = KLIPS_SASTATE_MATURE, .auth = auth, .encrypt = encrypt, .flags = flags,
	};

	klips_build_sa(&pk.build, ext, &sa);
}

static void put_peers(const struct klips_addr *src, const struct klips_addr *dst, u16 port)
{
	klips_build_addr(&pk.build, KLIPS_EXT_ADDRESS_SRC, src, htons(port));
	klips_build_addr(&pk.build, KLIPS_EXT_ADDRESS_DST, dst, htons(port));
}

static const u8 key[32] = "not secret: for a replay only..";

static void add_ipip(u32 spi, const struct klips_addr *src, const struct klips_addr *dst)
{
	pfkey_start(&pk, KLIPS_MSG_ADD, KLIPS_SATYPE_IPIP);
	put_sa(spi, 0, 0, 0, KLIPS_EXT_SA);
	put_peers(src, dst, gen->port);
	ASK("1:3 5:3 6:3 32:2");
}

static void add_esp(u32 spi, const struct klips_addr *src, const struct klips_addr *dst)
{
	struct klips_msg_life life = { .addtime = 3600, .wide = true };

	pfkey_start(&pk, KLIPS_MSG_ADD, KLIPS_SATYPE_ESP);
	put_sa(spi, gen->auth, gen->encrypt, 0, KLIPS_EXT_SA);
	if (gen->wide) {
		klips_build_lifetime(&pk.build, KLIPS_EXT_LIFETIME_HARD, &life);
		klips_build_lifetime(&pk.build, KLIPS_EXT_LIFETIME_SOFT, &life);
	}
	put_peers(src, dst, gen->port);
	if (gen->auth_bits)
		klips_build_key(&pk.build, KLIPS_EXT_KEY_AUTH, key, gen->auth_bits);
	klips_build_key(&pk.build, KLIPS_EXT_KEY_ENCRYPT, key, gen->encrypt_bits);
	ASK(gen->add_layout);
}

static void group(u32 tun, u32 esp, const struct klips_addr *dst)
{
	pfkey_start(&pk, KLIPS_MSG_GRPSA, KLIPS_SATYPE_IPIP);
	put_sa(tun, 0, 0, 0, KLIPS_EXT_SA);
	klips_build_addr(&pk.build, KLIPS_EXT_ADDRESS_DST, dst, htons(gen->port));
	klips_build_satype2(&pk.build, KLIPS_SATYPE_ESP);
	put_sa(esp, 0, 0, 0, KLIPS_EXT_SA2);
	klips_build_addr(&pk.build, KLIPS_EXT_ADDRESS_DST2, dst, htons(gen->port));
	ASK("1:3 6:3 18:1 19:3 20:3");
}

/* A daemon of the old kind leaves what was on its stack behind the protocol. */
static void put_flow(const struct klips_selector *sel)
{
	klips_build_selector(&pk.build, sel);
	if (gen->rubbish && sel->proto)
		pk.request[pk.build.len - 3] = 0xa5;
}

static void flow(u8 satype, u32 spi, u32 flags, const struct klips_addr *src,
		 const struct klips_addr *dst, const struct klips_selector *sel)
{
	pfkey_start(&pk, KLIPS_MSG_ADDFLOW, satype);
	put_sa(spi, 0, 0, flags, KLIPS_EXT_SA);
	put_peers(src, dst, 0);
	put_flow(sel);
	ASK("1:3 5:3 6:3 21:3 22:3 23:3 24:3 26:1");
}

static void shunt(enum klips_shunt spi, u32 flags, const struct klips_selector *sel)
{
	flow(KLIPS_SATYPE_INT, spi, flags, &w, &none, sel);
}

static void unroute(const struct klips_selector *sel)
{
	pfkey_start(&pk, KLIPS_MSG_DELFLOW, KLIPS_SATYPE_INT);
	put_flow(sel);
	ASK(sel->proto ? "1:3 21:3 22:3 23:3 24:3 26:1" : "1:3 21:3 22:3 23:3 24:3");
}

static void named(u8 type, u32 spi, const struct klips_addr *src, const struct klips_addr *dst,
		  const char *want)
{
	pfkey_start(&pk, type, KLIPS_SATYPE_ESP);
	put_sa(spi, 0, 0, 0, KLIPS_EXT_SA);
	put_peers(src, dst, gen->port);
	ask(answer, want, __LINE__);
}

/* GET: bytes so far; the counts must come before any limit. */
static u64 traffic(u32 spi, const struct klips_addr *src, const struct klips_addr *dst)
{
	const struct klips_ext_lifetime *life;

	named(KLIPS_MSG_GET, spi, src, dst, gen->wide ? "1:3 2:4 3:4 4:4 5:3 6:3" : "1:3 2:4 5:3 6:3");
	life = found(KLIPS_EXT_LIFETIME_CURRENT);
	if (!CHECK(life))
		return 0;
	CHECK(life->addtime > 0);
	return life->bytes;
}

static void delete(u32 spi, const struct klips_addr *src, const struct klips_addr *dst)
{
	named(KLIPS_MSG_DELETE, spi, src, dst, "1:3 5:3 6:3");
}

/* What came of a question whose answer nobody looks at. */
static void forget_answers(void)
{
	while (recv(pk.fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

static bool exists(u32 spi, u8 satype, const struct klips_addr *dst)
{
	int err;

	pfkey_start(&pk, KLIPS_MSG_GET, satype);
	put_sa(spi, 0, 0, 0, KLIPS_EXT_SA);
	put_peers(&w, dst, 0);
	err = pfkey_send(&pk);
	forget_answers();
	return err != -ESRCH;
}

/* --- stages --------------------------------------------------------------------- */

static void simple(u8 type, u8 satype, u32 flags)
{
	pfkey_start(&pk, type, satype);
	if (flags)
		put_sa(0, 0, 0, flags, KLIPS_EXT_SA);
	ASK(flags ? "1:3" : "");
}

/* The start script; the second device only comes if it is not there. */
static void start_script(void)
{
	struct stat st;

	CHECK(!stat("/proc/net/ipsec/version", &st) && S_ISREG(st.st_mode));
	simple(KLIPS_MSG_DELFLOW, 0, KLIPS_SAFLAG_CLEARFLOW);
	simple(KLIPS_MSG_FLUSH, 0, 0);
	klips_build_plumbif(pfkey_start(&pk, KLIPS_MSG_PLUMBIF, 0), KLIPS_PLUMBIF_IPSEC + 7);
	ASK("31:1");
}

static bool lists(enum klips_ext_type ext, u8 id)
{
	const struct klips_ext_supported *list = found(ext);
	const struct klips_alg *alg = (const void *)(list + 1);
	int i;

	for (i = 0; list && i < list->len - 1; i++)
		if (alg[i].id == id)
			return true;
	return false;
}

/* Behind the header nothing but lists of at least one algorithm. */
static void register_satype(u8 satype)
{
	const struct klips_msg_hdr *hdr = (const void *)answer;
	size_t at = sizeof(*hdr);

	pfkey_start(&pk, KLIPS_MSG_REGISTER, satype);
	ASK(NULL);
	while (at < hdr->len * (size_t)KLIPS_PFKEY_WORD) {
		const struct klips_ext *ext = (const void *)(answer + at);

		CHECK(ext->type == KLIPS_EXT_SUPPORTED_AUTH || ext->type == KLIPS_EXT_SUPPORTED_ENCRYPT);
		if (!CHECK(ext->len > 1))
			return;
		at += ext->len * (size_t)KLIPS_PFKEY_WORD;
	}
}

static void daemon_starts(void)
{
	CHECK(!access("/proc/net/pf_key", F_OK));
	CHECK(access("/proc/net/pfkey", F_OK));
	register_satype(KLIPS_SATYPE_AH);
	CHECK(lists(KLIPS_EXT_SUPPORTED_AUTH, KLIPS_AUTH_SHA1));
	register_satype(KLIPS_SATYPE_ESP);
	CHECK(lists(KLIPS_EXT_SUPPORTED_AUTH, KLIPS_AUTH_NULL));
	CHECK(lists(KLIPS_EXT_SUPPORTED_ENCRYPT, gen->encrypt));
	register_satype(KLIPS_SATYPE_COMP);
	register_satype(KLIPS_SATYPE_IPIP);
}

/* A packet from behind us to behind the peer. */
static void send_packet(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET }, b = a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "10.1.1.1", &a.sin_addr);
	inet_pton(AF_INET, "10.2.1.9", &b.sin_addr);
	b.sin_port = htons(PORT);
	CHECK(!bind(fd, (const void *)&a, sizeof(a)));
	CHECK(sendto(fd, "hello", 5, 0, (const void *)&b, sizeof(b)) == 5);
	close(fd);
}

/* Is there a line like this? Six fields, the last the SA: what the daemon scans for. */
static bool eroute_line(const char *src, const char *dst, const char *last)
{
	FILE *f = fopen("/proc/net/ipsec_eroute", "r");
	char line[1024], a[64], b[64], said[128];
	unsigned long n;
	bool is = false;

	while (f && fgets(line, sizeof(line), f)) {
		if (!CHECK(sscanf(line, "%lu %63s -> %63s => %127s", &n, a, b, said) == 4))
			continue;
		is |= !strcmp(a, src) && !strcmp(b, dst) && !strncmp(said, last, strlen(last));
	}
	if (f)
		fclose(f);
	return is;
}

/* The ACQUIRE's own peculiarities: pid 0, ESP, both addresses whole, PROPOSAL. */
static void check_acquire(void)
{
	const struct klips_msg_hdr *hdr;
	struct klips_addr a;
	struct klips_msg msg;
	char text[INET_ADDRSTRLEN];
	__be16 port;

	if (!CHECK(!pfkey_receive(&pk, &msg, LONG_MS)))
		return;
	hdr = msg.hdr;
	CHECK(hdr->type == KLIPS_MSG_ACQUIRE && hdr->satype == KLIPS_SATYPE_ESP);
	CHECK(!hdr->pid && !hdr->err && hdr->seq);
	CHECK(klips_msg_addr(&msg, KLIPS_EXT_ADDRESS_SRC, &a, &port));
	same(inet_ntop(AF_INET, &a.v4, text, sizeof(text)), "10.1.1.1", "ACQUIRE's source", __LINE__);
	CHECK(klips_msg_addr(&msg, KLIPS_EXT_ADDRESS_DST, &a, &port));
	same(inet_ntop(AF_INET, &a.v4, text, sizeof(text)), "10.2.1.9", "its target", __LINE__);
	CHECK(ntohs(port) == gen->port);
	CHECK(klips_msg_addr_proto(&msg, KLIPS_EXT_ADDRESS_SRC) == out.proto);
	CHECK(klips_msg_has(&msg, KLIPS_EXT_PROPOSAL));
}

/* The narrow %hold is in the table by the time of a later request. */
static bool hold_appears(const char *dst)
{
	int tries;

	for (tries = 0; tries < LONG_MS / 50; tries++) {
		if (eroute_line("10.1.1.1/32", dst, "%hold"))
			return true;
		usleep(50000);
	}
	return false;
}

static void trap_and_acquire(void)
{
	struct klips_selector narrow = out;

	narrow.src_len = narrow.dst_len = 32;
	inet_pton(AF_INET, "10.1.1.1", &narrow.src.v4);
	inet_pton(AF_INET, "10.2.1.9", &narrow.dst.v4);
	shunt(KLIPS_SHUNT_TRAP, 0, &out);
	send_packet();
	if (gen->takes_acquire)
		check_acquire();
	CHECK(hold_appears(gen->port ? "10.2.1.9/32:4000" : "10.2.1.9/32"));
	shunt(KLIPS_SHUNT_HOLD, KLIPS_SAFLAG_REPLACEFLOW, &out);
	unroute(&narrow);
	send_packet();
}

/* The eight messages; the last gives way to what waits. */
static struct tunnel bring_up(unsigned int n)
{
	struct tunnel t = {
		.tun_out = next_tun++, .esp_out = SPI_THEIRS + n,
		.tun_in = next_tun++, .esp_in = SPI_OURS + n,
	};

	add_ipip(t.tun_out, &w, &e);
	add_esp(t.esp_out, &w, &e);
	group(t.tun_out, t.esp_out, &e);
	add_ipip(t.tun_in, &e, &w);
	add_esp(t.esp_in, &e, &w);
	flow(KLIPS_SATYPE_IPIP, t.tun_in, KLIPS_SAFLAG_INFLOW, &e, &w, &in);
	group(t.tun_in, t.esp_in, &w);
	flow(KLIPS_SATYPE_IPIP, t.tun_out, KLIPS_SAFLAG_REPLACEFLOW, &w, &e, &out);
	return t;
}

static void remove_esp(const struct tunnel *t)
{
	delete(t->esp_out, &w, &e);
	delete(t->esp_in, &e, &w);
	CHECK(!exists(t->tun_out, KLIPS_SATYPE_IPIP, &e));
	CHECK(!exists(t->tun_in, KLIPS_SATYPE_IPIP, &w));
	CHECK(!exists(t->esp_out, KLIPS_SATYPE_ESP, &e));
}

static void rekey_and_down(struct tunnel first)
{
	struct tunnel second = bring_up(1);
	u64 before = traffic(first.esp_out, &w, &e);

	send_packet();
	CHECK(traffic(second.esp_out, &w, &e) > 0);
	CHECK(traffic(first.esp_out, &w, &e) == before);
	CHECK(!traffic(first.esp_in, &e, &w));
	remove_esp(&first);
	CHECK(exists(second.tun_out, KLIPS_SATYPE_IPIP, &e));
	traffic(second.esp_out, &w, &e);
	traffic(second.esp_in, &e, &w);
	shunt(KLIPS_SHUNT_TRAP, KLIPS_SAFLAG_REPLACEFLOW, &out);
	remove_esp(&second);
	unroute(&out);
	pfkey_start(&pk, KLIPS_MSG_DELFLOW, KLIPS_SATYPE_INT);
	put_flow(&out);
	CHECK(pfkey_send(&pk));
	forget_answers();
}

static void stop_script(void)
{
	struct klips_ext_debug off = {};

	klips_build_plumbif(pfkey_start(&pk, KLIPS_MSG_UNPLUMBIF, 0), KLIPS_PLUMBIF_IPSEC + 7);
	ASK("31:1");
	klips_build_debug(pfkey_start(&pk, KLIPS_MSG_DEBUG, 0), &off);
	CHECK(!pfkey_send(&pk));
	simple(KLIPS_MSG_DELFLOW, 0, KLIPS_SAFLAG_CLEARFLOW);
	simple(KLIPS_MSG_FLUSH, 0, 0);
}

/* Both directions of the connection, as its ADDFLOWs have them. */
static void connection(void)
{
	w.family = e.family = AF_INET;
	inet_pton(AF_INET, "192.1.2.45", &w.v4);
	inet_pton(AF_INET, "192.1.2.23", &e.v4);
	out = (struct klips_selector){
		.family = AF_INET, .proto = IPPROTO_UDP, .src_len = 24, .dst_len = 24,
		.dport = htons(gen->port),
	};
	inet_pton(AF_INET, "10.1.1.0", &out.src.v4);
	inet_pton(AF_INET, "10.2.1.0", &out.dst.v4);
	in = out;
	in.src = out.dst;
	in.dst = out.src;
	in.sport = out.dport;
	in.dport = 0;
}

int main(int argc, char **argv)
{
	struct tunnel first;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(generations); i++)
		if (argc == 2 && !strcmp(argv[1], generations[i].name))
			gen = &generations[i];
	if (!gen || pfkey_open(&pk)) {
		fprintf(stderr, "usage: %s old|new, where a module is loaded\n", argv[0]);
		return 2;
	}
	connection();
	start_script();
	daemon_starts();
	trap_and_acquire();
	first = bring_up(0);
	CHECK(traffic(first.esp_out, &w, &e) > 0);	/* what the %hold kept */
	rekey_and_down(first);
	stop_script();
	printf("%s: %u failures\n", gen->name, failures);
	return failures != 0;
}
