/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and grace periods under the test's control.
 *
 * The compiler is told to include this before every file of the unit tests, so
 * that pure.h takes its allocator and call_rcu() from here.
 */
#ifndef KLIPS_UNIT_HOOKS_H
#define KLIPS_UNIT_HOOKS_H

#include <stddef.h>

struct rcu_head;

/* Allocations that still succeed before one fails; negative: all succeed. */
extern long unit_allocs_left;

/* Blocks handed out by unit_alloc() and not freed. */
extern long unit_allocs_live;

void *unit_alloc(size_t size);
void unit_free(void *p);

/* Callbacks wait in a queue until the test lets the grace period end. */
void unit_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void unit_grace_period(void);

/* Something to happen between two reads of a lookup: before read number @after. */
void unit_interrupt(unsigned int after, void (*what)(void *arg), void *arg);
void unit_read(void);

#define klips_user_alloc(size)		unit_alloc(size)
#define klips_user_free(p)		unit_free(p)
#define klips_user_call_rcu(head, func)	unit_call_rcu(head, func)
#define klips_user_resched()		((void)0)
#define klips_user_read()		unit_read()

#endif /* KLIPS_UNIT_HOOKS_H */
