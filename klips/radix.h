/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which selector wins: the eroute table's search structure.
 *
 * A table maps selectors (source and destination prefix, protocol, ports) to
 * entries that the caller embeds in its own objects.  The table owns its nodes;
 * it never allocates, frees or counts entries.  What an entry means, namespaces,
 * and waiting for readers are left to eroute.c.
 *
 * Which entry wins for a packet is a function of the set of entries alone:
 * the longest source prefix; among those the longest destination prefix; then
 * an entry with a protocol before one without; then one with a source port; then
 * one with a destination port.  A shorter prefix is tried whenever nothing under
 * the longer one matches the whole packet.
 *
 * Contexts.  Readers: inside rcu_read_lock(), any context; they take no lock and
 * write nothing that is shared.  Writers: one at a time, which the caller sees
 * to; they never sleep except in an allocation with the flags handed in.
 * Replaced nodes are freed by call_rcu(): a module must run rcu_barrier() before
 * its text goes away.
 */
#ifndef KLIPS_RADIX_H
#define KLIPS_RADIX_H

#include "klips/pure.h"

/**
 * union klips_radix_addr - an address as the table stores it
 * @v4:		IPv4, network byte order; the other twelve bytes are zero
 * @v6:		IPv6
 * @bytes:	the same, bytewise
 * @halves:	the same, as the table compares it
 */
union klips_radix_addr {
	__be32 v4;
	struct in6_addr v6;
	u8 bytes[16];
	__be64 halves[2];
};

/**
 * struct klips_selector - the packets an entry is meant for
 * @family:	AF_INET or AF_INET6
 * @proto:	transport protocol, 0: any
 * @src_len:	bits of @src that count, up to 32 or 128
 * @dst_len:	bits of @dst that count
 * @sport:	source port, network byte order, 0: any
 * @dport:	destination port, network byte order, 0: any
 * @src:	source prefix
 * @dst:	destination prefix
 *
 * Canonical form: address bits beyond the prefix and unused bytes are zero, so
 * that two selectors are equal exactly if memcmp() says so.
 */
struct klips_selector {
	u8 family;
	u8 proto;
	u8 src_len;
	u8 dst_len;
	__be16 sport;
	__be16 dport;
	union klips_radix_addr src;
	union klips_radix_addr dst;
};

/**
 * struct klips_flow - a packet's key
 * @family:	AF_INET or AF_INET6
 * @proto:	transport protocol (IPv6: after the extension headers)
 * @zero:	0
 * @sport:	source port, network byte order; 0 if the protocol has none
 * @dport:	destination port, likewise
 * @src:	source address; bytes the family does not use are zero
 * @dst:	destination address, likewise
 */
struct klips_flow {
	u8 family;
	u8 proto;
	u8 zero[2];
	__be16 sport;
	__be16 dport;
	union klips_radix_addr src;
	union klips_radix_addr dst;
};

/**
 * struct klips_radix_entry - what the caller embeds (container_of() leads back)
 * @sel:	the selector; constant from insertion until a grace period after
 *		removal
 *
 * There is no linkage: the table keeps pointers, the entry does not know where
 * it hangs.  A lookup ends with one read of @sel, so an object aligned to a
 * cache line whose first member is the entry costs one miss.  It must be aligned
 * to at least two bytes.
 */
struct klips_radix_entry {
	struct klips_selector sel;
};

struct klips_radix;

/**
 * klips_selector_canonical() - bring a selector into canonical form
 * @sel:	any selector; host bits and unused address bytes are cleared
 *
 * Return: 0, or -EINVAL if the family is unknown or a prefix length is longer
 * than an address (then @sel is untouched).
 */
int klips_selector_canonical(struct klips_selector *sel);

/**
 * klips_selector_compare() - listing order of two canonical selectors
 * @a:		one
 * @b:		the other
 *
 * Ascending by family (IPv4 first), source address, destination address,
 * protocol, source port, destination port (as numbers); where all of these are
 * equal the longer source prefix comes first, then the longer destination prefix.
 *
 * Return: less than, equal to or greater than 0, as memcmp() does.
 */
int klips_selector_compare(const struct klips_selector *a, const struct klips_selector *b);

/**
 * klips_selector_match() - does a packet fall under a selector?
 * @sel:	canonical selector
 * @flow:	packet key
 *
 * Return: true if every part of the selector agrees with the packet.
 */
bool klips_selector_match(const struct klips_selector *sel, const struct klips_flow *flow);

/**
 * klips_radix_new() - an empty table
 *
 * Context: may sleep.
 * Return: the table, or NULL if memory is short.
 */
struct klips_radix *klips_radix_new(void);

/**
 * klips_radix_free() - free a table that nobody reads any more
 * @r:		the table, or NULL
 * @free_entry:	called once for each entry still in it, in no particular order;
 *		NULL: leave the entries alone
 *
 * The caller has made the table unreachable and waited a grace period.  Process
 * context; gives up the CPU regularly, so that a big table stalls nobody.
 */
void klips_radix_free(struct klips_radix *r, void (*free_entry)(struct klips_radix_entry *));

/**
 * klips_radix_lookup() - the entry that wins for a packet
 * @r:		table
 * @flow:	packet key
 *
 * A lookup that overlaps an update sees the table before or after it; one that
 * overlaps several starts again, so that no mixture of two states is ever
 * answered.  Should writers outrun it a great many times the answer is NULL: the
 * packet is treated as a miss.
 *
 * Context: inside rcu_read_lock().
 * Return: the entry, valid until rcu_read_unlock(), or NULL.
 */
struct klips_radix_entry *klips_radix_lookup(const struct klips_radix *r,
					     const struct klips_flow *flow);

/**
 * klips_radix_second() - the entry that would win if the winner were not there
 * @r:		table
 * @flow:	packet key
 * @winner:	what klips_radix_lookup() returned for @flow
 *
 * Context: inside rcu_read_lock().
 * Return: the entry, or NULL.
 */
struct klips_radix_entry *klips_radix_second(const struct klips_radix *r,
					     const struct klips_flow *flow,
					     const struct klips_radix_entry *winner);

/**
 * klips_radix_find() - the entry with exactly this selector
 * @r:		table
 * @sel:	canonical selector
 *
 * Context: inside rcu_read_lock(), or as the writer.
 * Return: the entry, or NULL.
 */
struct klips_radix_entry *klips_radix_find(const struct klips_radix *r,
					   const struct klips_selector *sel);

/**
 * klips_radix_insert() - add an entry
 * @r:		table
 * @entry:	entry with a canonical selector; readers may see it at once.  One
 *		that was removed may come back only after a grace period
 * @gfp:	allocation flags: GFP_KERNEL, or GFP_ATOMIC under a spinlock
 *
 * Context: writer.
 * Return: 0; -EEXIST if an entry has this selector already; -ENOMEM; -EINVAL if
 * the selector is not canonical.  After an error the table is unchanged.
 */
int klips_radix_insert(struct klips_radix *r, struct klips_radix_entry *entry, gfp_t gfp);

/**
 * klips_radix_replace() - put one entry in another's place
 * @r:		table
 * @old:	entry that is in the table
 * @new:	entry with an equal selector
 *
 * One pointer store: a reader finds the one or the other, never neither.
 * Allocates nothing and cannot fail, except for a caller's mistake.
 *
 * Context: writer.
 * Return: 0; -ENOENT if @old is not in the table; -EINVAL if the selectors
 * differ.  After 0 the caller frees @old, when a grace period has passed.
 */
int klips_radix_replace(struct klips_radix *r, struct klips_radix_entry *old,
			struct klips_radix_entry *new);

/**
 * klips_radix_remove() - take an entry out
 * @r:		table
 * @entry:	entry that is in the table
 *
 * Needs no memory to succeed.
 *
 * Context: writer; never sleeps.
 * Return: 0, and the caller frees @entry when a grace period has passed; -ENOENT
 * if it is not in the table.
 */
int klips_radix_remove(struct klips_radix *r, struct klips_radix_entry *entry);

/**
 * klips_radix_next() - the entry that follows a selector in listing order
 * @r:		table
 * @after:	canonical selector, in the table or not; NULL: from the start
 *
 * The cursor is the selector itself, so it stays good whatever is inserted or
 * removed in between: a walk shows every entry that is there all the time, once.
 *
 * Context: inside rcu_read_lock(), which may be left between two calls.
 * Return: the first entry for which klips_selector_compare() with @after is
 * greater than 0, or NULL at the end.
 */
struct klips_radix_entry *klips_radix_next(const struct klips_radix *r,
					   const struct klips_selector *after);

/**
 * klips_radix_count() - number of entries
 * @r:		table
 *
 * Return: the number; exact for the writer, a moment old for others.
 */
unsigned long klips_radix_count(const struct klips_radix *r);

/**
 * klips_radix_bytes() - memory of the structure
 * @r:		table
 *
 * Return: bytes of the table's own nodes, each as large as the kernel's
 * allocator makes it; entries not included.
 */
unsigned long klips_radix_bytes(const struct klips_radix *r);

#endif /* KLIPS_RADIX_H */
