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

/* Parts of lines that several files have. */
void klips_proc_put_said(struct seq_file *m, const struct klips_said *said);
void klips_proc_put_sa_name(struct seq_file *m, const struct klips_sa *sa);
const char *klips_proc_natencap(u8 natt);

/* proc_table.c: eroute/table and spi/table */

/* What the first line of these files, and of eroute/get, says after "version". */
#define KLIPS_PROC_TABLE_VERSION	1

/**
 * struct klips_table_iter - where a reader of eroute/table is
 * @net:	proc_net's own, which has to be first
 * @before:	selector of the eroute at the position before @pos
 * @pos:	position in the file; 0 is the version line
 */
struct klips_table_iter {
	struct seq_net_private net;
	struct klips_selector before;
	loff_t pos;
};

extern const struct seq_operations klips_proc_eroute_table_ops;
extern const struct seq_operations klips_proc_spi_table_ops;
void klips_proc_put_eroute(struct seq_file *m, const struct klips_eroute *er);
const char *klips_proc_state(u8 state);

/* proc_get.c: eroute/get */
struct proc_dir_entry *klips_proc_get_create(struct proc_dir_entry *dir);

#endif /* KLIPS_PROC_H */
