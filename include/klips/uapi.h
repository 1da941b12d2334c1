/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR GPL-2.0-or-later */
/*
 * What module and user space share besides PF_KEY: the private ioctls of
 * ipsecN and the names and limits of its devices.
 */
#ifndef KLIPS_UAPI_H
#define KLIPS_UAPI_H

#include <linux/types.h>
#include <linux/sockios.h>

/* Private ioctls on ipsecN, on any AF_INET datagram socket. */
#define KLIPS_SIOC_ATTACH	(SIOCDEVPRIVATE + 0)	/* to the device named in the request */
#define KLIPS_SIOC_DETACH	(SIOCDEVPRIVATE + 1)
#define KLIPS_SIOC_CLEAR	(SIOCDEVPRIVATE + 2)	/* detach every ipsecN */
#define KLIPS_SIOC_UDP_ENCAP	(SIOCDEVPRIVATE + 3)	/* UDP socket: carry ESP (RFC 3948) */

/* What lies over the union of struct ifreq, the same for 32- and 64-bit callers. */
struct klips_ifreq {
	__u32	cmd;			/* the ioctl's number again, ignored */
	union {
		char	phys[12];	/* physical device, zero-terminated */
		__s32	encap_type;	/* KLIPS_SIOC_UDP_ENCAP: enum klips_natt; cmd is the descriptor */
	};
};

#define KLIPS_DEV_PREFIX	"ipsec"
#define KLIPS_DEV_MAX		64	/* ipsec0 … ipsec63 in a namespace */
#define KLIPS_DEV_MTU		16260	/* what attaching sets */

#endif /* KLIPS_UAPI_H */
