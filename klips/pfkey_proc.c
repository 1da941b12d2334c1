// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/pf_key, pf_key_supported, pf_key_registered: which sockets are open,
 * what they registered for, which algorithms there are.
 *
 * Old programs test for the first and scan the second; the columns are theirs.
 * Where kernel addresses used to stand there is the socket's inode number, or 0.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "klips/klips.h"
#include "klips/pfkey.h"
#include "klips/pfkey_sock.h"
#include "klips/pfkey_supported.h"

/* One socket's row; the struct socket may go away but under the lock. */
static void show_sock(struct seq_file *f, struct klips_pfkey_sock *ps, bool verbose)
{
	struct sock *sk = &ps->sk;
	unsigned long ino = sock_i_ino(sk);
	unsigned long flags = 0;
	unsigned int type = sk->sk_type, state = 0;
	struct timespec64 stamp = ktime_to_timespec64(sock_read_timestamp(sk));

	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_socket) {
		flags = sk->sk_socket->flags;
		state = sk->sk_socket->state;
	}
	read_unlock_bh(&sk->sk_callback_lock);
	seq_printf(f, "%8d %5d ", 0, ps->pid);
	if (verbose)
		seq_printf(f, "%d %8d ", sock_flag(sk, SOCK_DEAD), 0);
	seq_printf(f, "%8lu %d ", ino, READ_ONCE(sk->sk_err));
	if (verbose)
		seq_printf(f, "%d %d ", sk->sk_reuse, sock_flag(sk, SOCK_ZAPPED));
	seq_printf(f, "%d %5d ", sk->sk_protocol, READ_ONCE(sk->sk_sndbuf));
	if (verbose)
		seq_printf(f, "%lld.%06ld ", (s64)stamp.tv_sec, stamp.tv_nsec / NSEC_PER_USEC);
	seq_printf(f, "%08lX %8X %2X\n", flags, type, state);
}

static int show_socks(struct seq_file *f, void *v)
{
	struct klips_net *kn = klips_net(seq_file_single_net(f));
	bool verbose = READ_ONCE(kn->sysctl.debug.verbose);
	struct klips_pfkey_sock *ps;

	seq_puts(f, verbose ?
		 "    sock   pid d    sleep   socket     next     prev e r z n p sndbf    stamp    "
		 "Flags     Type St\n" :
		 "    sock   pid   socket     next     prev e n p sndbf    Flags     Type St\n");
	spin_lock_bh(&kn->pfkey.lock);
	hlist_for_each_entry(ps, &kn->pfkey.socks, node)
		show_sock(f, ps, verbose);
	spin_unlock_bh(&kn->pfkey.lock);
	return 0;
}

static void show_list(struct seq_file *f, const struct klips_supported *list, u8 satype, u8 ext)
{
	const struct klips_alg *alg;
	unsigned int i;

	for (i = 0; i < list->count; i++) {
		alg = &list->alg[i];
		seq_printf(f, "    %2d      %2d     %2d   %3d     %3d     %3d %20s\n", satype, ext,
			   alg->id, alg->ivlen, alg->minbits, alg->maxbits, list->name[i]);
	}
}

static int show_supported(struct seq_file *f, void *v)
{
	struct klips_supported *list = kmalloc(sizeof(*list), GFP_KERNEL);
	u8 satype, ext;

	if (!list)
		return -ENOMEM;
	seq_puts(f, "satype exttype alg_id ivlen minbits maxbits name\n");
	for (satype = 1; satype <= KLIPS_SATYPE_MAX; satype++) {
		for (ext = KLIPS_EXT_SUPPORTED_AUTH; ext <= KLIPS_EXT_SUPPORTED_ENCRYPT; ext++) {
			klips_pfkey_supported(list, satype, ext);
			show_list(f, list, satype, ext);
		}
	}
	kfree(list);
	return 0;
}

static int show_registered(struct seq_file *f, void *v)
{
	struct klips_net *kn = klips_net(seq_file_single_net(f));
	struct klips_pfkey_sock *ps;
	u8 satype;

	seq_puts(f, "satype   socket   pid       sk\n");
	spin_lock_bh(&kn->pfkey.lock);
	for (satype = 1; satype <= KLIPS_SATYPE_MAX; satype++) {
		hlist_for_each_entry(ps, &kn->pfkey.socks, node) {
			if (!(ps->registered & BIT(satype)))
				continue;
			seq_printf(f, "    %2d %8lu %5d %8d\n", satype,
				   (unsigned long)sock_i_ino(&ps->sk), ps->pid, 0);
		}
	}
	spin_unlock_bh(&kn->pfkey.lock);
	return 0;
}

static const struct {
	const char *name;
	int (*show)(struct seq_file *f, void *v);
} files[] = {
	{ "pf_key", show_socks },
	{ "pf_key_supported", show_supported },
	{ "pf_key_registered", show_registered },
};

static void remove_files(struct net *net, unsigned int n)
{
	while (n--)
		remove_proc_entry(files[n].name, net->proc_net);
}

int klips_pfkey_proc_net_init(struct klips_net *kn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (!proc_create_net_single(files[i].name, 0444, kn->net->proc_net, files[i].show,
					    NULL)) {
			remove_files(kn->net, i);
			return -ENOMEM;
		}
	}
	return 0;
}

void klips_pfkey_proc_net_exit(struct klips_net *kn)
{
	remove_files(kn->net, ARRAY_SIZE(files));
}
