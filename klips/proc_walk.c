// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the listings of /proc walk through eroutes and SAs: under RCU, with a cursor
 * that survives changes, so that a reader, even one that sleeps with the file open,
 * holds up nobody and misses nothing that was there all the time.
 *
 * Position 0 is SEQ_START_TOKEN: the version line of files that have one, nothing
 * in the others.
 */
#include <linux/xarray.h>

#include "klips/eroute.h"
#include "klips/klips.h"
#include "klips/proc.h"
#include "klips/sa.h"

static struct klips_net *net_of(struct seq_file *m)
{
	return klips_net(seq_file_net(m));
}

/* --- eroutes ---------------------------------------------------------------------- */

/*
 * The cursor is the selector before the entry at iter->pos: seq_file comes back for
 * an entry that it has stepped on to but not shown, for lack of room.
 */
static void *eroute_at(struct seq_file *m)
{
	struct klips_proc_eroutes *iter = m->private;

	if (!iter->pos)
		return SEQ_START_TOKEN;
	return klips_eroute_next(net_of(m), iter->pos > 1 ? &iter->before : NULL);
}

/**
 * klips_proc_eroute_next() - the next operation of a listing of eroutes
 * @m:		file; m->private is struct klips_proc_eroutes
 * @v:		what was shown last
 * @pos:	its position
 */
void *klips_proc_eroute_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct klips_proc_eroutes *iter = m->private;

	if (v != SEQ_START_TOKEN)
		iter->before = ((struct klips_eroute *)v)->entry.sel;
	iter->pos = ++*pos;
	return eroute_at(m);
}

/**
 * klips_proc_eroute_start() - the start operation
 * @m:		file
 * @pos:	where to go on
 *
 * seq_file comes back at the position it left, or at 0; it never seeks elsewhere.
 */
void *klips_proc_eroute_start(struct seq_file *m, loff_t *pos) __acquires(RCU)
{
	struct klips_proc_eroutes *iter = m->private;
	loff_t want = *pos, at = 0;
	void *v;

	rcu_read_lock();
	if (want == iter->pos)
		return eroute_at(m);
	iter->pos = 0;
	v = eroute_at(m);
	while (v && at < want)
		v = klips_proc_eroute_next(m, v, &at);
	return v;
}

/* --- SAs -------------------------------------------------------------------------- */

/* An SA is at one more than its number in the table. */
static void *sa_from(struct seq_file *m, loff_t *pos)
{
	unsigned long id = *pos - 1;
	struct klips_sa *sa;

	if (!*pos)
		return SEQ_START_TOKEN;
	sa = xa_find(&net_of(m)->sa_ids, &id, ULONG_MAX, XA_PRESENT);
	*pos = (loff_t)id + 1;
	return sa;
}

/**
 * klips_proc_sa_start() - the start operation of a listing of SAs
 * @m:		file
 * @pos:	where to go on
 */
void *klips_proc_sa_start(struct seq_file *m, loff_t *pos) __acquires(RCU)
{
	rcu_read_lock();
	return sa_from(m, pos);
}

/**
 * klips_proc_sa_next() - the next operation
 * @m:		file
 * @v:		what was shown last
 * @pos:	its position
 */
void *klips_proc_sa_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return sa_from(m, pos);
}

/**
 * klips_proc_stop() - the stop operation of both
 * @m:	file
 * @v:	where it stops
 */
void klips_proc_stop(struct seq_file *m, void *v) __releases(RCU)
{
	rcu_read_unlock();
}
