// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Columns as wide as their widest cell, for people at a terminal: headings are
 * bold there.  Nothing is printed before all is known.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/listing/table.h"

#define BOLD	"\033[1m"
#define PLAIN	"\033[0m"

struct columns {
	size_t n;
	int *width;
	char **cell;
	size_t cells;
	size_t room;
};

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("out of memory\n", stderr);
	exit(TOOL_FAILED);
}

/**
 * columns_new() - begin
 * @headings:	one for each column, NULL-terminated
 *
 * Return: what the other functions take; the program ends if there is no memory.
 */
struct columns *columns_new(const char *const *headings)
{
	struct columns *c = must(calloc(1, sizeof(*c)));

	while (headings[c->n])
		c->n++;
	c->width = must(calloc(c->n, sizeof(*c->width)));
	columns_add(c, headings);
	return c;
}

/**
 * columns_add() - add a line
 * @c:		from columns_new()
 * @cells:	one text for each column, copied; NULL is an empty one
 */
void columns_add(struct columns *c, const char *const *cells)
{
	size_t i;

	if (c->cells + c->n > c->room) {
		c->room = 2 * (c->room + c->n);
		c->cell = must(realloc(c->cell, c->room * sizeof(*c->cell)));
	}
	for (i = 0; i < c->n; i++) {
		const char *text = cells[i] ? cells[i] : "";
		int width = (int)strlen(text);

		c->width[i] = width > c->width[i] ? width : c->width[i];
		c->cell[c->cells++] = must(strdup(text));
	}
}

/**
 * columns_print() - print all lines and free
 * @c:	from columns_new(); gone afterwards
 */
void columns_print(struct columns *c)
{
	bool bold = isatty(STDOUT_FILENO);
	size_t i;

	for (i = 0; i < c->cells; i++) {
		bool last = (i + 1) % c->n == 0;

		if (bold && i == 0)
			fputs(BOLD, stdout);
		printf("%-*s", last ? 0 : c->width[i % c->n] + 2, c->cell[i]);
		if (bold && i + 1 == c->n)
			fputs(PLAIN, stdout);
		if (last)
			putchar('\n');
		free(c->cell[i]);
	}
	free(c->cell);
	free(c->width);
	free(c);
}
