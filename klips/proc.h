/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/ipsec and the old names that point into it. */
#ifndef KLIPS_PROC_H
#define KLIPS_PROC_H

#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "klips/radix.h"

struct klips_eroute;
struct klips_net;
struct klips_sa;
struct proc_dir_entry;

int klips_proc_net_init(struct klips_net *kn);
void klips_proc_net_exit(struct klips_net *kn);

/**
 * struct klips_proc_single - a file that is written in one go
 * @dir:	directory in ipsec/, NULL for itself
 * @name:	name; NULL ends a table of these
 * @mode:	permissions
 * @show:	what writes it; seq_file_single_net() is its namespace
 */
struct klips_proc_single {
	const char *dir;
	const char *name;
	umode_t mode;
	int (*show)(struct seq_file *m, void *v);
};

/* proc_walk.c: cursors */

/**
 * struct klips_proc_eroutes - where a reader of a listing of eroutes is
 * @net:	proc_net's own, which has to be first
 * @before:	selector of the eroute at the position before @pos
 * @pos:	position in the file; 0 is SEQ_START_TOKEN
 */
struct klips_proc_eroutes {
	struct seq_net_private net;
	struct klips_selector before;
	loff_t pos;
};

void *klips_proc_eroute_start(struct seq_file *m, loff_t *pos);
void *klips_proc_eroute_next(struct seq_file *m, void *v, loff_t *pos);
void *klips_proc_sa_start(struct seq_file *m, loff_t *pos);
void *klips_proc_sa_next(struct seq_file *m, void *v, loff_t *pos);
void klips_proc_stop(struct seq_file *m, void *v);

/* proc_words.c: parts of lines that several files have */
void klips_proc_put_said(struct seq_file *m, const struct klips_said *said);
void klips_proc_put_flow(struct seq_file *m, const struct klips_selector *sel);
void klips_proc_put_sa_name(struct seq_file *m, const struct klips_sa *sa);
const char *klips_proc_natencap(u8 natt);
const char *klips_proc_state(u8 state);

/* proc_old.c: the old files */
extern const struct seq_operations klips_proc_eroute_ops;
extern const struct seq_operations klips_proc_spi_ops;
extern const struct seq_operations klips_proc_spigrp_ops;
extern const struct klips_proc_single klips_proc_old_singles[];

/* proc_stats.c: stats/ */
extern const struct seq_operations klips_proc_hold_ops;
extern const struct klips_proc_single klips_proc_stats_singles[];

/* proc_table.c: eroute/table and spi/table */

/* What the first line of these files, and of eroute/get, says after "version". */
#define KLIPS_PROC_TABLE_VERSION	1

extern const struct seq_operations klips_proc_eroute_table_ops;
extern const struct seq_operations klips_proc_spi_table_ops;
void klips_proc_put_eroute(struct seq_file *m, const struct klips_eroute *er);

/* proc_get.c: eroute/get */
struct proc_dir_entry *klips_proc_get_create(struct proc_dir_entry *dir);

#endif /* KLIPS_PROC_H */
