// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A key daemon behind UDP port 4500: carries ESP there, and says what it hears of
 * peers whose NAT has moved them.
 *
 * usage: mapping SECONDS [LOCAL]. "ready", then for each NAT_T_NEW_MAPPING a line "SPI
 * OLD:PORT NEW:PORT", the ports once more as the extensions have them. With the
 * address of this end it also does what a key daemon does: the SA gets the new port.
 */
#include <arpa/inet.h>
#include <linux/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pfkey.h"
#include "tests/net/lib/dirt.h"

#define PORT	4500

static bool carry_esp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), type = UDP_ENCAP_ESPINUDP;

	return fd >= 0 && !bind(fd, (const void *)&any, sizeof(any)) &&
	       !setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type));
}

static void print_end(const struct klips_msg *msg, enum klips_ext_type ext)
{
	char text[INET6_ADDRSTRLEN];
	struct klips_addr a;
	__be16 port;

	klips_msg_addr(msg, ext, &a, &port);
	printf(" %s:%u", inet_ntop(a.family, a.bytes, text, sizeof(text)), ntohs(port));
}

static void print_mapping(const struct klips_msg *msg)
{
	struct klips_ext_sa sa;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	printf("%x", ntohl(sa.spi));
	print_end(msg, KLIPS_EXT_ADDRESS_SRC);
	print_end(msg, KLIPS_EXT_ADDRESS_DST);
	printf(" %u %u\n", klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_SPORT),
	       klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_DPORT));
}

/* Alone the port matters; the rest names the SA and satisfies the checks. */
static int follow(struct pfkey *pk, const struct klips_msg *msg, const struct klips_addr *local)
{
	u16 port = klips_msg_natt_port(msg, KLIPS_EXT_NAT_T_DPORT);
	struct klips_ext_sa sa;
	struct klips_addr src;

	klips_msg_sa(msg, KLIPS_EXT_SA, &sa);
	klips_msg_addr(msg, KLIPS_EXT_ADDRESS_SRC, &src, NULL);
	sa.state = KLIPS_SASTATE_MATURE;
	sa.encrypt = KLIPS_ENCR_AES_CBC;
	pfkey_start(pk, KLIPS_MSG_UPDATE, KLIPS_SATYPE_ESP);
	klips_build_sa(&pk->build, KLIPS_EXT_SA, &sa);
	klips_build_addr(&pk->build, KLIPS_EXT_ADDRESS_SRC, &src, 0);
	klips_build_addr(&pk->build, KLIPS_EXT_ADDRESS_DST, local, 0);
	klips_build_natt_port(&pk->build, KLIPS_EXT_NAT_T_SPORT, port);
	return pfkey_send(pk);
}

int main(int argc, char **argv)
{
	static struct pfkey pk;
	struct klips_addr local = { .family = AF_INET };
	struct klips_msg msg;

	setlinebuf(stdout);
	if (argc < 2 || (argc > 2 && !inet_pton(AF_INET, argv[2], &local.v4)) || !carry_esp() || pfkey_open(&pk)) {
		perror("mapping");
		return 2;
	}
	pfkey_start(&pk, KLIPS_MSG_REGISTER, KLIPS_SATYPE_ESP);
	if (pfkey_send(&pk))
		return 2;
	poison_kernel();
	puts("ready");
	alarm(atoi(argv[1]));
	for (;;) {
		if (pfkey_receive(&pk, &msg, -1) || msg.hdr->type != KLIPS_MSG_NAT_T_NEW_MAPPING ||
		    msg.hdr->pid)
			continue;
		if (message_dirt(&msg))
			puts("memory of the kernel");
		print_mapping(&msg);
		if (argc > 2 && follow(&pk, &msg, &local))
			puts("refused");
	}
}
