/* SPDX-License-Identifier: GPL-2.0-only */
/* klipsdebug: lines in the log about what the tracepoints see. */
#ifndef KLIPS_DEBUG_H
#define KLIPS_DEBUG_H

struct klips_net;

int klips_debug_changed(struct klips_net *kn);
void klips_debug_net_exit(struct klips_net *kn);
void klips_debug_exit(void);

#endif /* KLIPS_DEBUG_H */
