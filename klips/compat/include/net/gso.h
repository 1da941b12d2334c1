/* SPDX-License-Identifier: GPL-2.0-only */
/* Segmentation has had its header since 6.5; before, linux/netdevice.h held it. */
#ifndef KLIPS_COMPAT_NET_GSO_H
#define KLIPS_COMPAT_NET_GSO_H

#if __has_include_next(<net/gso.h>)
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

#endif
