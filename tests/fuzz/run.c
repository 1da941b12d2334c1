// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a fuzzer's function over the inputs in directories named, in place of
 * libFuzzer: for compilers that have none, and to count the lines that are reached.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *dir, const char *name)
{
	uint8_t *data = NULL;
	char *path = NULL;
	long size = -1;
	FILE *in;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -1;
	in = fopen(path, "rb");
	free(path);
	if (!in)
		return -1;
	if (!fseek(in, 0, SEEK_END))
		size = ftell(in);
	rewind(in);
	if (size >= 0)
		data = malloc(size + !size);	/* exactly, so that a step beyond shows */
	if (!data || fread(data, 1, size, in) != (size_t)size) {
		free(data);
		fclose(in);
		return -1;
	}
	fclose(in);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

static int run_directory(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int n = 0;

	if (!d)
		return -1;
	while (n >= 0 && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			n = run_file(dir, entry->d_name) ? -1 : n + 1;
	closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	int i, n, sum = 0;

	for (i = 1; i < argc; i++) {
		n = run_directory(argv[i]);
		if (n < 0) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		sum += n;
	}
	printf("%d inputs\n", sum);
	return EXIT_SUCCESS;
}
