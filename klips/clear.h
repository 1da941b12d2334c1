/* SPDX-License-Identifier: GPL-2.0-only */
/* Cleartext on the wire that should have come through a tunnel. */
#ifndef KLIPS_CLEAR_H
#define KLIPS_CLEAR_H

struct klips_net;

int klips_clear_watch(struct klips_net *kn);
void klips_clear_unwatch(struct klips_net *kn);

#endif /* KLIPS_CLEAR_H */
