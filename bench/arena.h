/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory as the kernel's allocator would give it: size classes, huge pages.
 *
 * A kernel's direct map is made of huge pages and its slabs waste nothing on
 * headers; malloc() would charge a lookup for page walks it does not do there.
 */
#ifndef KLIPS_BENCH_ARENA_H
#define KLIPS_BENCH_ARENA_H

#include <stddef.h>

void *arena_alloc(size_t size);
void arena_free(void *p);

/* Zeroed memory of any size on huge pages; never given back. */
void *arena_map(size_t size);

#define klips_user_alloc(size)		arena_alloc(size)
#define klips_user_free(p)		arena_free(p)
#define klips_user_call_rcu(head, func)	((func)(head))
#define klips_user_resched()		((void)0)
#define klips_user_read()		((void)0)

#endif /* KLIPS_BENCH_ARENA_H */
