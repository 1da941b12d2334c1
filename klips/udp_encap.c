// SPDX-License-Identifier: GPL-2.0-only
/*
 * The old ioctl that makes a key daemon's UDP socket carry ESP (RFC 3948).
 *
 * It asks for what setsockopt(UDP_ENCAP) asks for; the kernel does the rest,
 * and ESP from that socket reaches rcv.c like any other.
 */
#include <linux/net.h>
#include <linux/sockptr.h>
#include <linux/udp.h>
#include <net/sock.h>

#include <klips/pfkeyv2.h>
#include "klips/device.h"

static int check_socket(const struct net *net, const struct sock *sk)
{
	if (!net_eq(sock_net(sk), net))
		return -EINVAL;
	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (sk->sk_protocol != IPPROTO_UDP)
		return -EPROTONOSUPPORT;
	if (udp_sk(sk)->encap_type || sk->sk_user_data)
		return -EBUSY;
	return 0;
}

/**
 * klips_udp_encap() - let a UDP socket carry ESP
 * @net:	namespace of the ipsecN the ioctl was made on
 * @fd:		the caller's descriptor of the socket
 * @type:	KLIPS_NATT_NONESP; the older form is refused, no kernel has it
 *
 * Process context.
 *
 * Return: 0, -EINVAL (type, or a socket of another namespace), -EBADF,
 * -ENOTSOCK, -EAFNOSUPPORT, -EPROTONOSUPPORT, -EBUSY.
 */
int klips_udp_encap(struct net *net, int fd, int type)
{
	int val = UDP_ENCAP_ESPINUDP, err;
	struct socket *sock;

	if (type != KLIPS_NATT_NONESP)
		return -EINVAL;
	sock = sockfd_lookup(fd, &err);
	if (!sock)
		return err;
	err = check_socket(net, sock->sk);
	if (!err)
		err = sock->ops->setsockopt(sock, SOL_UDP, UDP_ENCAP, KERNEL_SOCKPTR(&val),
					    sizeof(val));
	sockfd_put(sock);
	return err;
}
