// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A key daemon that knows its answer: registers for ESP, waits for ACQUIREs, and
 * after a chosen delay does what real daemons do, in the ways they do it. The far
 * end's SAs are set up beforehand, so no IKE is needed.
 *
 * usage: keyd MODE DELAY-MS [tunnel SRC DST TUN ESP ENCKEY AUTHKEY]
 *		[nets LEFT RIGHT] [queue BYTES] [hex] [tunnel-now]
 *
 * On standard output "ready", then a line for each ACQUIRE, and at SIGTERM the
 * counts. Modes, in terms of the narrow %hold that the kernel made:
 *
 *	tunnel	put the tunnel in its place
 *	beside	put the tunnel in the place of the trap over the nets, then delete
 *		it, as for connections between whole networks
 *	broad	at once put a %hold in the place of that trap and delete the narrow
 *		one; after the delay put the tunnel in the place of the broad one
 *	pass, drop, reject	put that shunt in its place
 *	delete	delete it
 *	wrong	answer for selectors nobody asked about, or not as one should; say
 *		what errors came of it
 *	twice	do as with "tunnel", then the same again; say what errors came of it
 *	none	do nothing
 *
 * With "tunnel-now" the tunnel's SAs are there before anybody asks.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/net/lib/dirt.h"
#include "tests/net/lib/eroutes.h"

struct asked {
	struct klips_selector sel;
	s64 due;	/* ms */
};

static struct {
	const char *mode;
	s64 delay;
	struct tunnel tunnel;
	struct klips_selector nets;
	bool hex, tunnel_now, tunnel_up;
	int queue;
	struct asked *asked;
	unsigned int head, tail, room;
	unsigned int errors;
} d = { .queue = 64 << 20 };

static struct pfkey pk;

static s64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (s64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The kernel's answers come to this socket too; nobody reads them. */
static void must(int err, const char *what)
{
	if (!err)
		return;
	d.errors++;
	printf("%s: %s\n", what, strerror(-err));
}

static void tell(int err, const char *what)
{
	printf("%s: %s\n", what, err ? strerror(-err) : "done");
}

static void bring_tunnel_up(void)
{
	if (d.tunnel_up)
		return;
	d.tunnel_up = true;
	must(tunnel_add(&pk, &d.tunnel), "tunnel");
}

static void put_in_place(const struct klips_selector *sel, const struct klips_said *said)
{
	must(eroute_add(&pk, sel, said, true), "replace");
}

static void put_shunt(const struct klips_selector *sel, enum klips_shunt shunt)
{
	struct klips_said said = shunt_said(shunt, sel->family);

	put_in_place(sel, &said);
}

static void answer_wrong(const struct klips_selector *sel)
{
	struct klips_said said = tunnel_said(&d.tunnel), hold;
	struct klips_selector other = *sel;

	other.dst.bytes[3] ^= 0x80;
	hold = shunt_said(KLIPS_SHUNT_HOLD, sel->family);
	tell(eroute_del(&pk, &other), "delete of another selector");
	tell(eroute_add(&pk, sel, &said, false), "add over the hold");
	tell(eroute_add(&pk, &other, &said, true), "replace of another selector");
	tell(eroute_add(&pk, sel, &hold, true), "replace by a hold");
	tell(eroute_add(&pk, sel, &hold, false), "second hold");
}

static void answer_twice(const struct klips_selector *sel)
{
	struct klips_said said = tunnel_said(&d.tunnel);
	struct klips_selector other = *sel;

	other.dst.bytes[3] ^= 0x80;
	bring_tunnel_up();
	put_in_place(sel, &said);
	tell(tunnel_add(&pk, &d.tunnel), "second tunnel");
	tell(eroute_add(&pk, sel, &said, false), "second eroute");
	tell(eroute_del(&pk, &other), "second delete");
}

/* After the delay. */
static void answer(const struct klips_selector *sel)
{
	struct klips_said said = tunnel_said(&d.tunnel);

	if (!strcmp(d.mode, "tunnel")) {
		bring_tunnel_up();
		put_in_place(sel, &said);
	} else if (!strcmp(d.mode, "beside")) {
		bring_tunnel_up();
		put_in_place(&d.nets, &said);
		must(eroute_del(&pk, sel), "delete");
	} else if (!strcmp(d.mode, "broad")) {
		bring_tunnel_up();
		put_in_place(&d.nets, &said);
	} else if (!strcmp(d.mode, "pass")) {
		put_shunt(sel, KLIPS_SHUNT_PASS);
	} else if (!strcmp(d.mode, "drop")) {
		put_shunt(sel, KLIPS_SHUNT_DROP);
	} else if (!strcmp(d.mode, "reject")) {
		put_shunt(sel, KLIPS_SHUNT_REJECT);
	} else if (!strcmp(d.mode, "delete")) {
		must(eroute_del(&pk, sel), "delete");
	} else if (!strcmp(d.mode, "wrong")) {
		answer_wrong(sel);
	} else if (!strcmp(d.mode, "twice")) {
		answer_twice(sel);
	}
}

/* At once. */
static void begin(const struct klips_selector *sel)
{
	if (strcmp(d.mode, "broad"))
		return;
	put_shunt(&d.nets, KLIPS_SHUNT_HOLD);
	must(eroute_del(&pk, sel), "delete");
}

static void remember(const struct klips_selector *sel)
{
	if (d.head == d.room) {
		d.room = d.room ? 2 * d.room : 1024;
		d.asked = realloc(d.asked, d.room * sizeof(*d.asked));
		if (!d.asked)
			exit(1);
	}
	d.asked[d.head++] = (struct asked){ .sel = *sel, .due = now_ms() + d.delay };
}

static void print_hex(void)
{
	const struct klips_msg_hdr *hdr = (const void *)pk.reply;
	unsigned int i;

	for (i = 0; i < hdr->len * 8u; i++)
		printf("%02x", pk.reply[i]);
	putchar('\n');
}

static void acquired(const struct klips_msg *msg)
{
	struct klips_selector sel = { .proto = klips_msg_addr_proto(msg, KLIPS_EXT_ADDRESS_SRC) };
	char src_text[INET6_ADDRSTRLEN], dst_text[INET6_ADDRSTRLEN];
	struct klips_addr src, dst;

	klips_msg_addr(msg, KLIPS_EXT_ADDRESS_SRC, &src, &sel.sport);
	klips_msg_addr(msg, KLIPS_EXT_ADDRESS_DST, &dst, &sel.dport);
	sel.family = src.family;
	sel.src_len = sel.dst_len = klips_addr_bits(src.family);
	memcpy(sel.src.bytes, src.bytes, sizeof(src.bytes));
	memcpy(sel.dst.bytes, dst.bytes, sizeof(dst.bytes));
	printf("acquire %s %u %s %u proto %u\n",
	       inet_ntop(src.family, src.bytes, src_text, sizeof(src_text)), ntohs(sel.sport),
	       inet_ntop(dst.family, dst.bytes, dst_text, sizeof(dst_text)), ntohs(sel.dport),
	       sel.proto);
	if (d.hex)
		print_hex();
	begin(&sel);
	remember(&sel);
}

static void read_all(void)
{
	struct klips_msg msg;
	int err;

	while ((err = pfkey_receive(&pk, &msg, 0)) != -ETIMEDOUT) {
		if (err)
			must(err, "receive");
		else if (msg.hdr->type == KLIPS_MSG_ACQUIRE && !msg.hdr->pid)
			acquired(&msg);
		if (!err)
			must(message_dirt(&msg) ? -EBADMSG : 0, "memory of the kernel");
		if (d.tail < d.head && d.asked[d.tail].due <= now_ms())
			return;
	}
}

static int until_due(void)
{
	s64 left = d.tail < d.head ? d.asked[d.tail].due - now_ms() : -1;

	if (d.tail < d.head && left < 0)
		return 0;
	return left;
}

static void serve(int signals)
{
	struct pollfd p[] = {
		{ .fd = pk.fd, .events = POLLIN }, { .fd = signals, .events = POLLIN },
	};

	while (!p[1].revents) {
		poll(p, 2, until_due());
		if (p[0].revents)
			read_all();
		while (d.tail < d.head && d.asked[d.tail].due <= now_ms())
			answer(&d.asked[d.tail++].sel);
		fflush(stdout);
	}
}

static void parse(char **word)
{
	u8 family;

	d.mode = word[1];
	d.delay = word_number(word[2], 10);
	for (word += 3; *word; word++) {
		if (!strcmp(*word, "tunnel")) {
			d.tunnel.src = word_addr(*++word);
			d.tunnel.dst = word_addr(*++word);
			d.tunnel.tun = word_number(*++word, 16);
			d.tunnel.esp = word_number(*++word, 16);
			d.tunnel.enc_len = word_key(*++word, d.tunnel.enc, sizeof(d.tunnel.enc));
			d.tunnel.auth_len = word_key(*++word, d.tunnel.auth, sizeof(d.tunnel.auth));
		} else if (!strcmp(*word, "nets")) {
			word_net(*++word, &d.nets.src, &d.nets.src_len, &d.nets.family);
			word_net(*++word, &d.nets.dst, &d.nets.dst_len, &family);
		} else if (!strcmp(*word, "queue")) {
			d.queue = word_number(*++word, 10);
		} else if (!strcmp(*word, "hex")) {
			d.hex = true;
		} else if (!strcmp(*word, "tunnel-now")) {
			d.tunnel_now = true;
		} else {
			fprintf(stderr, "keyd: what is '%s'?\n", *word);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	sigset_t set;
	int err;

	if (argc < 3) {
		fputs("usage: keyd MODE DELAY-MS [WORDS...]\n", stderr);
		return 2;
	}
	parse(argv);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	poison_kernel();
	err = pfkey_open(&pk);
	if (!err && setsockopt(pk.fd, SOL_SOCKET, SO_RCVBUFFORCE, &d.queue, sizeof(d.queue)))
		err = -errno;
	if (!err) {
		pfkey_start(&pk, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP);
		err = pfkey_send(&pk);
	}
	if (!err && d.tunnel_now)
		bring_tunnel_up();
	if (err) {
		fprintf(stderr, "keyd: %s\n", strerror(-err));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	serve(signalfd(-1, &set, 0));
	printf("acquires %u answered %u errors %u\n", d.head, d.tail, d.errors);
	return d.errors > 0;
}
