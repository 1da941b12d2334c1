// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/sys/net/ipsec: one copy of the switches for each namespace, each held
 * to its documented range.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "klips/compat/sysctl.h"
#include "klips/debug.h"
#include "klips/klips.h"
#include "klips/secpath.h"

static int zero;
static int one = 1;
static int two = 2;
static int hour = 60 * 60;
static int million = 1000000;
static int queue_max = 1 << 16;
static int bytes_max = 1 << 30;
static int any_max = INT_MAX;

/* policy_match is more than a number: hooks and devices go with it. */
static int policy_match(KLIPS_CTL_TABLE *table, int write, void *buffer, size_t *len,
			loff_t *pos)
{
	struct klips_net *kn = container_of(table->data, struct klips_net, sysctl.policy_match);
	int value = READ_ONCE(kn->sysctl.policy_match);
	struct ctl_table copy = *table;
	int err;

	copy.data = &value;
	err = proc_dointvec_minmax(&copy, write, buffer, len, pos);
	return err || !write ? err : klips_secpath_switch(kn, value);
}

/* Where a switch lies in struct klips_net, until the copy has addresses. */
#define AT(member)	((void *)offsetof(struct klips_net, sysctl.member))

#define FROM_TO(name, low, top)							\
	{ .procname = #name, .data = AT(name), .maxlen = sizeof(int), .mode = 0644, \
	  .proc_handler = proc_dointvec_minmax, .extra1 = &(low), .extra2 = &(top) }
/* What bounds a namespace's memory is set by the machine's administrator alone. */
#define CAP(name, where, low, top)						\
	{ .procname = #name, .data = (void *)(where), .maxlen = sizeof(int), .mode = 0644, \
	  .proc_handler = set_cap, .extra1 = &(low), .extra2 = &(top) }
#define QUOTA(name, what)							\
	CAP(name, offsetof(struct klips_net, quotas.max) + (what) * sizeof(int), zero, any_max)
#define RANGE(name, top)	FROM_TO(name, zero, top)
#define WORD(name)								\
	{ .procname = "debug_" #name, .data = AT(debug.name),			\
	  .maxlen = sizeof(unsigned int), .mode = 0644, .proc_handler = set_word }

static int set_cap(KLIPS_CTL_TABLE *table, int write, void *buf, size_t *len, loff_t *pos)
{
	if (write && !capable(CAP_NET_ADMIN))
		return -EPERM;
	return proc_dointvec_minmax(table, write, buf, len, pos);
}

/* Of a debug word extra1 is the namespace. */
static int set_word(KLIPS_CTL_TABLE *table, int write, void *buf, size_t *len, loff_t *pos)
{
	int err = proc_douintvec(table, write, buf, len, pos);

	return err || !write ? err : klips_debug_changed(table->extra1);
}

static const struct ctl_table template[] = {
	RANGE(df, two),
	RANGE(icmp, two),
	RANGE(inbound_policy_check, two),
	RANGE(clear_check, one),
	RANGE(tos, one),
	RANGE(unauthenticated_esp, one),
	RANGE(plain_ipip, one),
	RANGE(hold_packets, queue_max),
	RANGE(hold_bytes, bytes_max),
	CAP(hold_total, AT(hold_total), zero, bytes_max),
	FROM_TO(hold_seconds, one, hour),
	RANGE(hold_expired_icmp, one),
	CAP(trap_holds, AT(trap_holds), zero, million),
	RANGE(acquire_rate, million),
	FROM_TO(acquire_burst, one, million),
	RANGE(reject_tcp_reset, one),
	{ .procname = "policy_match", .data = AT(policy_match), .maxlen = sizeof(int),
	  .mode = 0644, .proc_handler = policy_match, .extra1 = &zero, .extra2 = &one },
	QUOTA(max_eroutes, KLIPS_QUOTA_EROUTES),
	QUOTA(max_sas, KLIPS_QUOTA_SAS),
	QUOTA(max_sockets, KLIPS_QUOTA_SOCKETS),
	QUOTA(max_queued, KLIPS_QUOTA_QUEUED),
	WORD(tunnel),
	WORD(netlink),
	WORD(xform),
	WORD(eroute),
	WORD(spi),
	WORD(radij),
	WORD(esp),
	WORD(ah),
	WORD(rcv),
	WORD(pfkey),
	WORD(ipcomp),
	WORD(verbose),
};

static void set_defaults(struct klips_sysctl *sys)
{
	sys->inbound_policy_check = 1;
	sys->clear_check = 1;
	sys->hold_packets = 64;
	sys->hold_bytes = 256 * 1024;
	sys->hold_total = 16 * 1024 * 1024;
	sys->hold_seconds = 30;
	sys->trap_holds = 16384;
	sys->acquire_rate = 1000;
	sys->acquire_burst = 10000;
}

/**
 * klips_sysctl_net_init() - default switches, and their files
 * @kn:	namespace
 *
 * Return: 0 or -ENOMEM.
 */
int klips_sysctl_net_init(struct klips_net *kn)
{
	struct klips_sysctl *sys = &kn->sysctl;
	unsigned int i;

	set_defaults(sys);
	klips_quota_init(&kn->quotas, kn->net->user_ns != &init_user_ns);
	/* one more, zeroed: before 6.11 the table needs an end mark */
	sys->table = kcalloc(ARRAY_SIZE(template) + 1, sizeof(*template), GFP_KERNEL);
	if (!sys->table)
		return -ENOMEM;
	memcpy(sys->table, template, sizeof(template));
	for (i = 0; i < ARRAY_SIZE(template); i++) {
		sys->table[i].data = (u8 *)kn + (uintptr_t)template[i].data;
		if (template[i].proc_handler == set_word)
			sys->table[i].extra1 = kn;
	}
	sys->header = klips_register_sysctl(kn->net, "net/ipsec", sys->table,
					    ARRAY_SIZE(template));
	if (sys->header)
		return 0;
	kfree(sys->table);
	return -ENOMEM;
}

/**
 * klips_sysctl_net_exit() - remove the files
 * @kn:	namespace
 */
void klips_sysctl_net_exit(struct klips_net *kn)
{
	unregister_net_sysctl_table(kn->sysctl.header);
	klips_secpath_net_exit(kn);
	kfree(kn->sysctl.table);
}
