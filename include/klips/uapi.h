/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR GPL-2.0-or-later */
/*
 * What module and user space share besides PF_KEY messages: the private ioctls of
 * ipsecN, the names and limits of its devices, options of PF_KEY sockets.
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

/*
 * Options of PF_KEY sockets: batches of ADDFLOW and DELFLOW.  Older modules, and
 * other stacks, answer EOPNOTSUPP for the level.
 */
#define KLIPS_SOL_PFKEY		0x4b4c
#define KLIPS_BATCH_MODE	1	/* set: __u32, enum klips_batch_mode */
#define KLIPS_BATCH_COMMIT	2	/* set: __u32, 1 */
#define KLIPS_BATCH_STATUS	3	/* get: struct klips_batch_status */
#define KLIPS_BATCH_BYTES	(1 << 20)	/* in one write, at most */

enum klips_batch_mode {
	KLIPS_BATCH_OFF = 0,
	KLIPS_BATCH_EACH = 1,		/* each takes effect; stop at the first bad one */
	KLIPS_BATCH_WHOLE = 2,		/* a whole table, in place at KLIPS_BATCH_COMMIT */
};

struct klips_batch_status {
	__u32	mode;			/* enum klips_batch_mode */
	__u32	error;			/* errno of the bad entry of the last write, 0 none */
	__u64	done;			/* entries so far: the index of the bad one, from 0 */
	__u64	nanoseconds;		/* spent in the kernel on this batch */
};

#endif /* KLIPS_UAPI_H */
