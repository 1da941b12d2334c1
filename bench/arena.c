// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slabs of 2 MiB, one size class each, found again from a pointer by its address.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "klips/pure.h"
#include "bench/arena.h"

enum { SLAB = 2 << 20, FIRST = 64, CLASSES = 12 };

/* At the start of each slab. */
struct slab {
	unsigned int class;
};

static void *freed[CLASSES];
static char *fresh[CLASSES];	/* next object of the newest slab, NULL: none left */

static const size_t class_size[CLASSES] = {
	64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768,
};

void *arena_map(size_t size)
{
	char *raw = mmap(NULL, size + SLAB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *start = (char *)(((uintptr_t)raw + SLAB - 1) & ~(uintptr_t)(SLAB - 1));

	if (raw == MAP_FAILED) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
	madvise(start, size, MADV_HUGEPAGE);
	return start;
}

static unsigned int class_of(size_t size)
{
	unsigned int class = 0;

	while (class_size[class] < size)
		class++;
	return class;
}

static struct slab *slab_of(void *p)
{
	return (struct slab *)((uintptr_t)p & ~(uintptr_t)(SLAB - 1));
}

static char *new_slab(unsigned int class)
{
	struct slab *slab = arena_map(SLAB);

	slab->class = class;
	return (char *)slab + max(class_size[class], (size_t)FIRST);
}

void *arena_alloc(size_t size)
{
	unsigned int class = class_of(size);
	void *p = freed[class];

	if (p) {
		freed[class] = *(void **)p;
		return p;
	}
	if (!fresh[class])
		fresh[class] = new_slab(class);
	p = fresh[class];
	fresh[class] += class_size[class];
	if (fresh[class] + class_size[class] > (char *)slab_of(p) + SLAB)
		fresh[class] = NULL;
	return p;
}

void arena_free(void *p)
{
	unsigned int class;

	if (!p)
		return;
	class = slab_of(p)->class;
	*(void **)p = freed[class];
	freed[class] = p;
}
