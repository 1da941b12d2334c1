// SPDX-License-Identifier: GPL-2.0-only
/*
 * PF_KEY sockets: address family 15, who may open one, who hears what.
 *
 * A message is copied from the caller once, checked (pfkey_parse.c), carried
 * out (pfkey_ops.c) and answered before the write returns; when it cannot be
 * done, the write fails and everybody else learns of it as a bare header.
 * Sockets live on one list per namespace under a spinlock, so that the packet
 * path can deliver, and a closed socket is gone at once: the module may be
 * unloaded the moment after.  Nobody's full queue is anybody else's trouble.
 * RFC 2367, sections 1.2 and 3.1.
 */
#define pr_fmt(fmt) "ipsec: " fmt

#include <linux/capability.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "klips/handover.h"
#include "klips/klips.h"
#include "klips/pfkey.h"
#include "klips/pfkey_build.h"
#include "klips/pfkey_ops.h"
#include "klips/pfkey_parse.h"
#include "klips/pfkey_sock.h"
#include "klips/trace.h"

/* Flags of recvmsg() that mean something here; the system sets the last two. */
#define RECV_FLAGS	(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_NOSIGNAL | \
			 MSG_CMSG_CLOEXEC | MSG_CMSG_COMPAT)

static struct proto pfkey_proto = {
	.name = "PF_KEY",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct klips_pfkey_sock),
};

u32 klips_pfkey_next_seq(struct klips_net *kn)
{
	return atomic_inc_return(&kn->pfkey.seq);
}

/* The queue takes it or counts a drop; so does a message there was no memory for. */
static bool queue(struct sock *sk, struct sk_buff *skb)
{
	if (!skb) {
		atomic_inc(&sk->sk_drops);
		return false;
	}
	if (!sock_queue_rcv_skb(sk, skb))
		return true;
	kfree_skb(skb);
	return false;
}

static struct sk_buff *message(const void *buf, size_t len, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb(len, gfp);

	if (skb)
		skb_put_data(skb, buf, len);
	return skb;
}

/* Spares the work of a copy that would be dropped: nobody need read answers. */
static bool is_full(const struct sock *sk)
{
	return atomic_read(&sk->sk_rmem_alloc) >= READ_ONCE(sk->sk_rcvbuf);
}

static unsigned long queued(const struct klips_pfkey_net *pn)
{
	const struct klips_pfkey_sock *ps;
	unsigned long sum = 0;

	hlist_for_each_entry(ps, &pn->socks, node)
		sum += atomic_read(&ps->sk.sk_rmem_alloc);
	return sum;
}

unsigned long klips_pfkey_queued(struct klips_net *kn)
{
	unsigned long sum;

	spin_lock_bh(&kn->pfkey.lock);
	sum = queued(&kn->pfkey);
	spin_unlock_bh(&kn->pfkey.lock);
	return sum;
}

/* One more message; what it takes besides its bytes is found out when it is there. */
static bool room_for(struct klips_net *kn, size_t len)
{
	return klips_quota_allows(kn, KLIPS_QUOTA_QUEUED, queued(&kn->pfkey),
				  SKB_TRUESIZE(len));
}

/*
 * To every socket registered for one of @satypes, to all if 0.  -EPROTONOSUPPORT if
 * there is none, -ENOBUFS if nobody's queue took it.
 */
static int deliver(struct klips_net *kn, u16 satypes, const void *buf, size_t len)
{
	struct klips_pfkey_sock *ps;
	struct sk_buff *skb = NULL;
	int err = -EPROTONOSUPPORT;
	bool room;

	spin_lock_bh(&kn->pfkey.lock);
	room = room_for(kn, len);
	hlist_for_each_entry(ps, &kn->pfkey.socks, node) {
		if (satypes && !(ps->registered & satypes))
			continue;
		if (err)
			err = -ENOBUFS;
		if (!skb && room && !is_full(&ps->sk))
			skb = message(buf, len, GFP_ATOMIC);
		if (queue(&ps->sk, skb && !is_full(&ps->sk) ? skb_clone(skb, GFP_ATOMIC) : NULL))
			err = 0;
	}
	spin_unlock_bh(&kn->pfkey.lock);
	consume_skb(skb);
	return err;
}

void klips_pfkey_send_all(struct klips_net *kn, const void *buf, size_t len)
{
	deliver(kn, 0, buf, len);
}

int klips_pfkey_send_registered(struct klips_net *kn, u8 satype, const void *buf, size_t len)
{
	return deliver(kn, BIT(satype), buf, len);
}

void klips_pfkey_send_one(struct sock *sk, const void *buf, size_t len)
{
	struct klips_net *kn = klips_net(sock_net(sk));
	bool room;

	spin_lock_bh(&kn->pfkey.lock);
	room = room_for(kn, len);
	spin_unlock_bh(&kn->pfkey.lock);
	queue(sk, room ? message(buf, len, GFP_KERNEL) : NULL);
}

void klips_pfkey_register(struct sock *sk, u8 satype)
{
	struct klips_pfkey_net *pn = &klips_net(sock_net(sk))->pfkey;
	struct klips_pfkey_sock *ps = klips_pfkey_sock(sk);

	spin_lock_bh(&pn->lock);
	ps->registered |= BIT(satype);
	spin_unlock_bh(&pn->lock);
}

/* Tell everybody, the sender too, that a message could not be done. */
static void report_error(struct klips_net *kn, const struct klips_msg_hdr *hdr, int err)
{
	struct klips_msg_hdr report;
	struct klips_build b;

	klips_build_start(&b, &report, sizeof(report), hdr->type, hdr->satype, hdr->seq, hdr->pid);
	klips_build_errno(&b, err);
	klips_pfkey_send_all(kn, &report, klips_build_end(&b));
}

static int interpret(struct sock *sk, const void *buf, size_t len)
{
	struct klips_net *kn = klips_net(sock_net(sk));
	const struct klips_msg_hdr *hdr = buf;
	const char *what = NULL;
	struct klips_msg msg;
	int err;

	err = klips_msg_parse(buf, len, KLIPS_TO_KERNEL, &msg, &what);
	if (!err)
		err = klips_pfkey_do(kn, sk, &msg);
	trace_klips_pfkey(sock_net(sk), hdr, err);
	if (err) {
		pr_debug("%s: error %d%s%s\n", klips_msg_name(hdr->type), err,
			 what ? ": " : "", what ?: "");
		report_error(kn, hdr, err);
	}
	return err;
}

/* May this socket send such a message now? */
static int check_send(struct sock *sk, const struct msghdr *m, size_t len, size_t max)
{
	int err = sock_error(sk);

	if (err)
		return err;
	/* Opener and writer both: a descriptor handed to a privileged program is no key. */
	if (!sk_ns_capable(sk, sock_net(sk)->user_ns, CAP_NET_ADMIN))
		return -EACCES;
	if (m->msg_control || m->msg_controllen)
		return -EINVAL;
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN) {
		if (!(m->msg_flags & MSG_NOSIGNAL))
			send_sig(SIGPIPE, current, 0);
		return -EPIPE;
	}
	if (len < sizeof(struct klips_msg_hdr) || len > max)
		return -EMSGSIZE;
	return 0;
}

/* In a batch, a write is any number of messages; the socket's lock keeps their order. */
static int send_batch(struct sock *sk, struct msghdr *m, size_t len)
{
	void *buf = kvmalloc(len, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOBUFS;
	err = memcpy_from_msg(buf, m, len);
	if (!err) {
		lock_sock(sk);
		err = klips_batch_run(klips_net(sock_net(sk)), &klips_pfkey_sock(sk)->batch, buf,
				      len);
		release_sock(sk);
	}
	kvfree_sensitive(buf, len);	/* whatever the sender took for a batch */
	return err ? err : len;
}

static int pfkey_sendmsg(struct socket *sock, struct msghdr *m, size_t len)
{
	struct sock *sk = sock->sk;
	bool batch = READ_ONCE(klips_pfkey_sock(sk)->batch.status.mode) != KLIPS_BATCH_OFF;
	void *buf;
	int err;

	err = check_send(sk, m, len, batch ? KLIPS_BATCH_BYTES : KLIPS_PFKEY_MAX_BYTES);
	if (err)
		return err;
	if (batch)
		return send_batch(sk, m, len);
	buf = kmalloc(len, GFP_KERNEL);
	if (!buf)
		return -ENOBUFS;
	err = memcpy_from_msg(buf, m, len);
	if (!err)
		err = klips_msg_check_header(buf, len);
	if (!err)
		err = interpret(sk, buf, len);
	kfree_sensitive(buf);	/* keys */
	return err ? err : len;
}

static int pfkey_recvmsg(struct socket *sock, struct msghdr *m, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;
	size_t copied;
	int err;

	if (flags & ~RECV_FLAGS)
		return -EOPNOTSUPP;
	m->msg_namelen = 0;
	skb = skb_recv_datagram(sk, flags, &err);
	if (!skb)
		return err;
	copied = skb->len;
	if (copied > len) {
		m->msg_flags |= MSG_TRUNC;
		copied = len;
	}
	err = skb_copy_datagram_msg(skb, 0, m, copied);
	if (!err) {
		sock_recv_cmsgs(m, sk, skb);
		err = flags & MSG_TRUNC ? skb->len : copied;
	}
	skb_free_datagram(sk, skb);
	klips_dump_go_on(sk);
	return err;
}

static int pfkey_setsockopt(struct socket *sock, int level, int option, sockptr_t value,
			    unsigned int len)
{
	struct sock *sk = sock->sk;
	int err;

	if (level != KLIPS_SOL_PFKEY)
		return -EOPNOTSUPP;
	if (!sk_ns_capable(sk, sock_net(sk)->user_ns, CAP_NET_ADMIN))
		return -EACCES;
	if (option == KLIPS_HANDOVER_FREEZE || option == KLIPS_HANDOVER_GIVE)
		return klips_handover_set(sk, option, value, len);
	lock_sock(sk);
	err = klips_batch_set(klips_net(sock_net(sk)), &klips_pfkey_sock(sk)->batch, option,
			      value, len);
	release_sock(sk);
	return err;
}

static int pfkey_getsockopt(struct socket *sock, int level, int option, char __user *value,
			    int __user *len)
{
	struct sock *sk = sock->sk;
	struct klips_batch_status status;
	int n;

	if (level != KLIPS_SOL_PFKEY)
		return -EOPNOTSUPP;
	if (option == KLIPS_HANDOVER_TAKE)
		return klips_handover_get(sk, value, len);
	if (option != KLIPS_BATCH_STATUS)
		return -ENOPROTOOPT;
	if (get_user(n, len))
		return -EFAULT;
	if (n < (int)sizeof(status))
		return -EINVAL;
	lock_sock(sk);
	status = klips_pfkey_sock(sk)->batch.status;
	release_sock(sk);
	if (copy_to_user(value, &status, sizeof(status)) || put_user((int)sizeof(status), len))
		return -EFAULT;
	return 0;
}

static int pfkey_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | (how + 1));
	sk->sk_state_change(sk);
	release_sock(sk);
	return 0;
}

/* Off the list, nobody queues any more. */
static int pfkey_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct klips_pfkey_net *pn;

	if (!sk)
		return 0;
	pn = &klips_net(sock_net(sk))->pfkey;
	spin_lock_bh(&pn->lock);
	hlist_del(&klips_pfkey_sock(sk)->node);
	WRITE_ONCE(pn->count, pn->count - 1);
	spin_unlock_bh(&pn->lock);
	klips_batch_end(klips_net(sock_net(sk)), &klips_pfkey_sock(sk)->batch);
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}

static void pfkey_destruct(struct sock *sk)
{
	skb_queue_purge(&sk->sk_receive_queue);
	WARN_ON_ONCE(atomic_read(&sk->sk_rmem_alloc));
}

static const struct proto_ops pfkey_ops = {
	.family = PF_KEY,
	.owner = THIS_MODULE,
	.release = pfkey_release,
	.bind = sock_no_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = sock_no_getname,
	.poll = datagram_poll,
	.ioctl = sock_no_ioctl,
	.listen = sock_no_listen,
	.shutdown = pfkey_shutdown,
	.setsockopt = pfkey_setsockopt,
	.getsockopt = pfkey_getsockopt,
	.sendmsg = pfkey_sendmsg,
	.recvmsg = pfkey_recvmsg,
	.mmap = sock_no_mmap,
};

/* One socket more, if there may be. */
static bool enlist(struct klips_net *kn, struct klips_pfkey_sock *ps)
{
	struct klips_pfkey_net *pn = &kn->pfkey;
	bool room;

	spin_lock_bh(&pn->lock);
	room = klips_quota_allows(kn, KLIPS_QUOTA_SOCKETS, pn->count, 1);
	if (room) {
		hlist_add_head(&ps->node, &pn->socks);
		WRITE_ONCE(pn->count, pn->count + 1);
	}
	spin_unlock_bh(&pn->lock);
	return room;
}

static int pfkey_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct klips_pfkey_sock *ps;
	struct sock *sk;

	if (sock->type != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	if (protocol != KLIPS_PF_KEY_V2)
		return -EPROTONOSUPPORT;
	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EACCES;
	sk = sk_alloc(net, PF_KEY, GFP_KERNEL, &pfkey_proto, kern);
	if (!sk)
		return -ENOMEM;
	sock->ops = &pfkey_ops;
	sock_init_data(sock, sk);
	sk->sk_family = PF_KEY;
	sk->sk_protocol = protocol;
	sk->sk_destruct = pfkey_destruct;
	ps = klips_pfkey_sock(sk);
	ps->registered = 0;
	memset(&ps->batch, 0, sizeof(ps->batch));
	ps->pid = task_tgid_vnr(current);
	if (enlist(klips_net(net), ps))
		return 0;
	sock->sk = NULL;
	sock_orphan(sk);
	sock_put(sk);
	return -ENOBUFS;
}

static const struct net_proto_family pfkey_family = {
	.family = PF_KEY,
	.create = pfkey_create,
	.owner = THIS_MODULE,
};

int klips_pfkey_net_init(struct klips_net *kn)
{
	spin_lock_init(&kn->pfkey.lock);
	INIT_HLIST_HEAD(&kn->pfkey.socks);
	atomic_set(&kn->pfkey.seq, 0);
	return klips_pfkey_proc_net_init(kn);
}

void klips_pfkey_net_exit(struct klips_net *kn)
{
	klips_pfkey_proc_net_exit(kn);
	WARN_ON_ONCE(!hlist_empty(&kn->pfkey.socks));
}

int klips_pfkey_init(void)
{
	int err = proto_register(&pfkey_proto, 0);

	if (err)
		return err;
	err = sock_register(&pfkey_family);
	if (!err)
		return 0;
	proto_unregister(&pfkey_proto);
	/* modprobe would take EEXIST for "loaded already" and report success. */
	if (err == -EEXIST) {
		pr_err("PF_KEY is served by another module, normally af_key: unload that first\n");
		err = -EBUSY;
	}
	return err;
}

void klips_pfkey_exit(void)
{
	sock_unregister(PF_KEY);
	proto_unregister(&pfkey_proto);
}

MODULE_ALIAS_NETPROTO(PF_KEY);
