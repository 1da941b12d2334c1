// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lifetimes of an SA: bytes, packets, time since it was added, time since its
 * first packet; a soft limit warns, a hard one ends it.
 *
 * Packets count and notice; a work item, which also wakes for the limits that
 * are times, tells the key daemons and removes. RFC 4301, 4.4.2.1. Bytes are
 * those of the payload that the SA carries, without its own header, padding
 * and ICV.
 */
#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "klips/klips.h"
#include "klips/sa.h"

/* A limit far away is looked at again now and then: delays are counted in jiffies. */
#define LONGEST_SLEEP	(24 * 60 * 60)

/* The pending work holds a reference. */
static void wake(struct klips_sa *sa, unsigned long delay)
{
	klips_sa_get(sa);
	if (mod_delayed_work(klips_wq, &sa->expire, delay))
		klips_sa_put(sa);
}

static void event(struct klips_sa *sa, enum klips_sa_event what)
{
	if (!test_and_set_bit(what, &sa->events))
		wake(sa, 0);
}

static bool over(u64 count, u64 limit)
{
	return limit && count > limit;
}

/**
 * klips_sa_expired() - has an SA passed a hard limit?
 * @sa:	the SA
 *
 * Asked before each packet, so the packet that passes a limit is the last.
 * Under rcu_read_lock().
 *
 * Return: true if no more packets may use it.
 */
bool klips_sa_expired(struct klips_sa *sa)
{
	u64 bytes, packets;

	if (unlikely(test_bit(KLIPS_SA_HARD, &sa->events)))
		return true;
	if (likely(!sa->limited))
		return false;
	bytes = atomic64_read(&sa->total_bytes);
	packets = atomic64_read(&sa->total_packets);
	if (over(bytes, sa->hard.bytes) || over(packets, sa->hard.packets)) {
		event(sa, KLIPS_SA_HARD);
		return true;
	}
	if (over(bytes, sa->soft.bytes) || over(packets, sa->soft.packets))
		event(sa, KLIPS_SA_SOFT);
	return false;
}

/**
 * klips_sa_kill() - end an SA as if a hard limit had passed
 * @sa:	the SA, under rcu_read_lock() or referenced
 *
 * For a sequence counter that is used up.
 */
void klips_sa_kill(struct klips_sa *sa)
{
	event(sa, KLIPS_SA_HARD);
}

static void first_use(struct klips_sa *sa, time64_t now)
{
	if (!cmpxchg(&sa->first_used, 0, now) && (sa->soft.usetime || sa->hard.usetime))
		wake(sa, 0);
}

/**
 * klips_sa_count() - count a packet that used an SA
 * @sa:		the SA, under rcu_read_lock() or referenced
 * @bytes:	payload
 *
 * Bottom halves are off. Shared memory is written once a second.
 */
void klips_sa_count(struct klips_sa *sa, unsigned int bytes)
{
	time64_t now = ktime_get_real_seconds();

	__this_cpu_inc(sa->stats->packets);
	__this_cpu_add(sa->stats->bytes, bytes);
	if (unlikely(sa->limited)) {
		atomic64_add(bytes, &sa->total_bytes);
		atomic64_inc(&sa->total_packets);
	}
	if (READ_ONCE(sa->last_used) != now)
		WRITE_ONCE(sa->last_used, now);
	if (unlikely(!READ_ONCE(sa->first_used)))
		first_use(sa, now);
}

/* When the clock passes a limit: the first second in which the count is greater. */
static time64_t deadline(time64_t since, u64 limit)
{
	if (!since || !limit || limit > TIME64_MAX - since - 1)
		return TIME64_MAX;
	return since + limit + 1;
}

static time64_t time_limit(const struct klips_sa *sa, const struct klips_limits *limits)
{
	return min(deadline(sa->added, limits->addtime),
		   deadline(READ_ONCE(sa->first_used), limits->usetime));
}

static void sleep_until(struct klips_sa *sa, time64_t when, time64_t now)
{
	unsigned long delay = min_t(time64_t, when - now, LONGEST_SLEEP) * HZ;

	if (when == TIME64_MAX)
		return;
	/* An event that came meanwhile is pending at once, and stays so. */
	klips_sa_get(sa);
	if (!queue_delayed_work(klips_wq, &sa->expire, delay))
		klips_sa_put(sa);
}

static void expire(struct klips_sa *sa)
{
	time64_t now = ktime_get_real_seconds();
	time64_t soft = time_limit(sa, &sa->soft), hard = time_limit(sa, &sa->hard);

	if (test_bit(KLIPS_SA_HARD, &sa->events) || now >= hard) {
		set_bit(KLIPS_SA_HARD, &sa->events);
		klips_pfkey_expire(sa, true);
		klips_sa_delete(sa);
		return;
	}
	if ((test_bit(KLIPS_SA_SOFT, &sa->events) || now >= soft) &&
	    !test_and_set_bit(KLIPS_SA_SOFT_TOLD, &sa->events)) {
		klips_pfkey_expire(sa, false);
		cmpxchg(&sa->state, KLIPS_SASTATE_MATURE, KLIPS_SASTATE_DYING);
	}
	if (test_bit(KLIPS_SA_SOFT_TOLD, &sa->events))
		soft = TIME64_MAX;
	sleep_until(sa, min(soft, hard), now);
}

static void expire_work(struct work_struct *work)
{
	struct klips_sa *sa = container_of(to_delayed_work(work), struct klips_sa, expire);

	mutex_lock(&sa->kn->config);
	if (sa->state != KLIPS_SASTATE_DEAD)
		expire(sa);
	mutex_unlock(&sa->kn->config);
	klips_sa_put(sa);
}

/**
 * klips_sa_lifetime_init() - prepare a new SA
 * @sa:	the SA
 */
void klips_sa_lifetime_init(struct klips_sa *sa)
{
	INIT_DELAYED_WORK(&sa->expire, expire_work);
}

/**
 * klips_sa_lifetime_start() - begin to watch the clock
 * @sa:	SA that is in the table; config mutex held
 */
void klips_sa_lifetime_start(struct klips_sa *sa)
{
	if (sa->soft.addtime || sa->hard.addtime ||
	    (sa->first_used && (sa->soft.usetime || sa->hard.usetime)))
		wake(sa, 0);
}

/**
 * klips_sa_lifetime_stop() - stop watching
 * @sa:	SA that is dead; config mutex held
 */
void klips_sa_lifetime_stop(struct klips_sa *sa)
{
	if (cancel_delayed_work(&sa->expire))
		klips_sa_put(sa);
}
