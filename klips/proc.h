/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/ipsec and the old names that point into it. */
#ifndef KLIPS_PROC_H
#define KLIPS_PROC_H

struct klips_net;

int klips_proc_net_init(struct klips_net *kn);
void klips_proc_net_exit(struct klips_net *kn);

#endif /* KLIPS_PROC_H */
