/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little that pure files need of either world.
 *
 * A pure file computes: no locks, no sockets, no packets.  It is compiled into
 * ipsec.ko and, from the same path, into tests, fuzzers and tools.
 */
#ifndef KLIPS_PURE_H
#define KLIPS_PURE_H

#ifdef __KERNEL__

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/errno.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#else /* user space */

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BITS_PER_LONG		(8 * (int)sizeof(long))
#define BIT_ULL(n)		(1ULL << (n))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#ifndef container_of
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#endif
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define likely(x)		__builtin_expect(!!(x), 1)
#define noinline		__attribute__((noinline))
#ifndef __rcu
#define __rcu
#endif

static inline u32 be32_to_cpu(__be32 v) { return ntohl(v); }
static inline __be32 cpu_to_be32(u32 v) { return htonl(v); }
static inline u16 be16_to_cpu(__be16 v) { return ntohs(v); }
static inline __be16 cpu_to_be16(u16 v) { return htons(v); }
static inline u64 be64_to_cpu(__be64 v) { return be64toh(v); }
static inline __be64 cpu_to_be64(u64 v) { return htobe64(v); }

static inline unsigned int hweight64(u64 v) { return __builtin_popcountll(v); }
static inline unsigned int __ffs64(u64 v) { return __builtin_ctzll(v); }
static inline unsigned int fls64(u64 v) { return v ? 64 - __builtin_clzll(v) : 0; }

/* What a structure with lock-free readers needs; plain accesses of the right strength. */
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_RELAXED)
#define rcu_dereference_raw(p)	(klips_user_read(), __atomic_load_n(&(p), __ATOMIC_CONSUME))

typedef unsigned int gfp_t;
enum { GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT, __GFP_NOWARN = 0 };

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

/*
 * Memory and grace periods.  Plain callers get malloc() and no waiting; a test
 * defines these names first, to refuse memory, to let readers linger, or to change
 * a structure between two reads.
 */
#ifndef klips_user_alloc
#define klips_user_alloc(size)		malloc(size)
#define klips_user_free(p)		free(p)
#define klips_user_call_rcu(head, func)	((func)(head))
#define klips_user_resched()		((void)0)
#define klips_user_read()		((void)0)
#endif
#define kmalloc(size, gfp)	((void)(gfp), klips_user_alloc(size))
#define kfree(p)		klips_user_free(p)
#define call_rcu(head, func)	klips_user_call_rcu(head, func)
#define cond_resched()		klips_user_resched()

#endif /* __KERNEL__ */

/**
 * struct klips_addr - an IPv4 or IPv6 address, or none
 * @family:	AF_INET, AF_INET6, or 0 for none
 * @v4:		IPv4 address, network byte order
 * @v6:		IPv6 address
 *
 * Unused bytes are zero, so two addresses may be compared with memcmp().
 */
struct klips_addr {
	u16 family;
	u16 zero;
	union {
		__be32 v4;
		struct in6_addr v6;
		u8 bytes[16];
		__be32 words[4];
	};
};

/**
 * struct klips_said - names one SA: where it ends, its SPI, its protocol
 * @dst:	destination
 * @spi:	SPI, network byte order; for COMP the CPI, zero-extended
 * @proto:	enum klips_proto
 */
struct klips_said {
	struct klips_addr dst;
	__be32 spi;
	u8 proto;
	u8 zero[3];
};

/**
 * klips_addr_bits() - width of an address of a family
 * @family:	AF_INET or AF_INET6
 *
 * Return: 32 or 128.
 */
static inline unsigned int klips_addr_bits(u16 family)
{
	return family == AF_INET6 ? 128 : 32;
}

#endif /* KLIPS_PURE_H */
