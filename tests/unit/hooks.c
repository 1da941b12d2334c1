// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory and grace periods under the test's control.  One thread only, except for
 * unit_read() while no interruption is set.
 */
#include <stdlib.h>
#include "klips/pure.h"

long unit_allocs_left = -1;
long unit_allocs_live;

static struct rcu_head *waiting;

void *unit_alloc(size_t size)
{
	if (!unit_allocs_left)
		return NULL;
	if (unit_allocs_left > 0)
		unit_allocs_left--;
	unit_allocs_live++;
	return malloc(size);
}

void unit_free(void *p)
{
	if (p)
		unit_allocs_live--;
	free(p);
}

void unit_call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = waiting;
	waiting = head;
}

void unit_grace_period(void)
{
	while (waiting) {
		struct rcu_head *head = waiting;

		waiting = head->next;
		head->func(head);
	}
}

static struct {
	unsigned int after;
	void (*what)(void *arg);
	void *arg;
} interruption;

void unit_interrupt(unsigned int after, void (*what)(void *arg), void *arg)
{
	interruption.after = after;
	interruption.what = what;
	interruption.arg = arg;
}

void unit_read(void)
{
	void (*what)(void *arg) = interruption.what;

	if (!what || interruption.after--)
		return;
	interruption.what = NULL;
	what(interruption.arg);
}
