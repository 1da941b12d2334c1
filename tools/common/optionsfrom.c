// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --optionsfrom FILE: arguments from a file, in place of the option itself.
 *
 * A line that begins with "-" is split at blanks; any other is one argument,
 * as it stands, but for quotes around it.  Blank lines and lines beginning
 * with "#" are skipped.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/tool.h"

#define USES_MAX	100		/* files that name each other */
#define BLANKS		" \t"

/* Arguments read so far; the strings live as long as the run. */
struct words {
	char **word;
	size_t n;
	size_t room;
};

static int failed(const struct tool_run *run, const char *why)
{
	fprintf(stderr, "%s: %s\n", run->argv0, why);
	return TOOL_BAD_FILE;
}

static void add_word(struct tool_run *run, struct words *words, char *text)
{
	if (words->n == words->room) {
		size_t room = 2 * words->room + 16;
		char **word = tool_alloc(run, room * sizeof(*word));

		if (words->n)
			memcpy(word, words->word, words->n * sizeof(*word));
		words->word = word;
		words->room = room;
	}
	words->word[words->n++] = text;
}

static void split(struct tool_run *run, struct words *words, char *line)
{
	char *rest = line, *word;

	while ((word = strsep(&rest, BLANKS)))
		if (*word)
			add_word(run, words, word);
}

static void unquote(struct tool_run *run, struct words *words, char *line)
{
	size_t len = strlen(line);

	if (len > 1 && line[0] == '"' && line[len - 1] == '"') {
		line[len - 1] = '\0';
		line++;
	}
	add_word(run, words, line);
}

/* @text has @len bytes and a NUL, without the end of the line. */
static void read_line(struct tool_run *run, struct words *words, const char *text, size_t len)
{
	char *line;

	if (text[strspn(text, BLANKS)] == '\0' || *text == '#')
		return;
	line = tool_alloc(run, len + 1);
	memcpy(line, text, len);
	if (*line == '-')
		split(run, words, line);
	else
		unquote(run, words, line);
}

static int read_file(struct tool_run *run, FILE *file, struct words *words)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	bool bad = false;

	while (!bad && (len = getline(&text, &size, file)) >= 0) {
		if (len && text[len - 1] == '\n')
			text[--len] = '\0';
		bad = strlen(text) != (size_t)len;	/* no argument holds a NUL */
		if (!bad)
			read_line(run, words, text, (size_t)len);
	}
	bad |= ferror(file) || !feof(file);
	if (text)
		explicit_bzero(text, size);
	free(text);
	return bad ? failed(run, "optionsfrom failed: error in line read") : TOOL_GO_ON;
}

/* The program's name, the words of the file, then what getopt has not seen yet. */
static void new_arguments(struct tool_run *run, const struct words *words)
{
	int rest = run->argc - optind;
	char **argv = tool_alloc(run, (1 + words->n + (size_t)rest + 1) * sizeof(*argv));

	argv[0] = run->argv[0];
	if (words->n)
		memcpy(argv + 1, words->word, words->n * sizeof(*argv));
	if (rest)
		memcpy(argv + 1 + words->n, run->argv + optind, (size_t)rest * sizeof(*argv));
	run->argv = argv;
	run->argc = 1 + (int)words->n + rest;
	run->words += (int)words->n;
}

/**
 * tool_options_from() - --optionsfrom
 * @run:	the run; gets other arguments
 * @opt:	the option's row
 * @arg:	name of the file
 *
 * Return: TOOL_GO_ON, or TOOL_BAD_FILE after a message without label.
 */
int tool_options_from(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct words words = { 0 };
	FILE *file;
	int status;

	(void)opt;
	if (++run->files >= USES_MAX)
		return failed(run, "optionsfrom called 100 times, looping?");
	file = fopen(arg, "re");
	if (!file)
		return failed(run, "optionsfrom failed: unable to open file");
	status = read_file(run, file, &words);
	fclose(file);
	if (status == TOOL_GO_ON)
		new_arguments(run, &words);
	return status;
}
