// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree /proc/net/ipsec, and the old names that point into it. What the files say
 * is in proc_old.c (as it always was), proc_table.c (for programs), proc_get.c (the
 * lookup, asked) and proc_stats.c (counters).
 */
#include <linux/proc_fs.h>

#include "klips/klips.h"
#include "klips/proc.h"

static const char *const dirs[] = { "eroute", "spi", "spigrp", "stats" };

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "ipsec_eroute", "ipsec/eroute/all" },
	{ "ipsec_spi", "ipsec/spi/all" },
	{ "ipsec_spigrp", "ipsec/spigrp/all" },
	{ "ipsec_tncfg", "ipsec/tncfg" },
	{ "ipsec_version", "ipsec/version" },
	{ "ipsec_klipsdebug", "ipsec/klipsdebug" },
};

static const struct {
	const char *dir;
	const char *name;
	const struct seq_operations *ops;
	unsigned int state_size;
} listings[] = {
	{ "eroute", "all", &klips_proc_eroute_ops, sizeof(struct klips_proc_eroutes) },
	{ "spi", "all", &klips_proc_spi_ops, sizeof(struct seq_net_private) },
	{ "spigrp", "all", &klips_proc_spigrp_ops, sizeof(struct seq_net_private) },
	{ "eroute", "table", &klips_proc_eroute_table_ops, sizeof(struct klips_proc_eroutes) },
	{ "spi", "table", &klips_proc_spi_table_ops, sizeof(struct seq_net_private) },
	{ "stats", "holds", &klips_proc_hold_ops, sizeof(struct seq_net_private) },
};

static int make_dirs(struct klips_net *kn, struct proc_dir_entry **made)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		made[i] = proc_net_mkdir(kn->net, dirs[i], kn->proc);
		if (!made[i])
			return -ENOMEM;
	}
	return 0;
}

static struct proc_dir_entry *dir_of(struct klips_net *kn, struct proc_dir_entry **made,
				     const char *name)
{
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(dirs); i++)
		if (!strcmp(dirs[i], name))
			return made[i];
	return kn->proc;
}

static int make_singles(struct klips_net *kn, struct proc_dir_entry **made,
			const struct klips_proc_single *s)
{
	for (; s->name; s++)
		if (!proc_create_net_single(s->name, s->mode, dir_of(kn, made, s->dir), s->show,
					    NULL))
			return -ENOMEM;
	return 0;
}

static int make_files(struct klips_net *kn, struct proc_dir_entry **made)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(listings); i++)
		if (!proc_create_net_data(listings[i].name, 0400,
					  dir_of(kn, made, listings[i].dir),
					  listings[i].ops, listings[i].state_size, NULL))
			return -ENOMEM;
	if (!klips_proc_get_create(dir_of(kn, made, "eroute")))
		return -ENOMEM;
	if (make_singles(kn, made, klips_proc_old_singles) ||
	    make_singles(kn, made, klips_proc_stats_singles))
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (!proc_symlink(links[i].name, kn->net->proc_net, links[i].target))
			return -ENOMEM;
	return 0;
}

/**
 * klips_proc_net_init() - make the files of a namespace
 * @kn:	namespace
 *
 * Return: 0 or -ENOMEM.
 */
int klips_proc_net_init(struct klips_net *kn)
{
	struct proc_dir_entry *made[ARRAY_SIZE(dirs)];
	int err = -ENOMEM;

	kn->proc = proc_net_mkdir(kn->net, "ipsec", kn->net->proc_net);
	if (!kn->proc)
		return err;
	err = make_dirs(kn, made);
	if (!err)
		err = make_files(kn, made);
	if (err)
		klips_proc_net_exit(kn);
	return err;
}

/**
 * klips_proc_net_exit() - remove them
 * @kn:	namespace
 */
void klips_proc_net_exit(struct klips_net *kn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		remove_proc_subtree(links[i].name, kn->net->proc_net);
	proc_remove(kn->proc);
}
