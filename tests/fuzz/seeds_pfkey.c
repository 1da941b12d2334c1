// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the messages of tests/unit/pfkey_dumps.h as a seed corpus for
 * fuzz_pfkey, one file each in the directory named by the only argument.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/pfkey_dumps.h"

#define PATH_BYTES	4096

static const struct {
	const char *name;
	const char *hex;
	unsigned char choice;	/* what fuzz_pfkey's first byte means */
} seeds[] = {
	{ "addflow", dump_addflow, 0 },
	{ "addflow_trap", dump_addflow_trap, 2 },
	{ "delflow", dump_delflow, 2 },
	{ "clearflow", dump_clearflow, 2 },
	{ "add_esp", dump_add_esp, 2 },
	{ "add_esp_reply", dump_add_esp_reply, 3 },
	{ "grpsa", dump_grpsa, 2 },
	{ "acquire", dump_acquire, 3 },
	{ "expire_soft", dump_expire_soft, 3 },
	{ "expire_hard", dump_expire_hard, 1 },
	{ "register_reply", dump_register_reply, 3 },
	{ "delflow_error", dump_delflow_error, 1 },
	{ "debug", dump_debug, 2 },
	{ "plumbif", dump_plumbif, 2 },
	{ "addflow_v6", dump_addflow_v6, 2 },
};

static int write_seed(const char *path, unsigned char choice, const char *hex)
{
	FILE *out = fopen(path, "wb");
	unsigned int byte;
	int used;

	if (!out)
		return -1;
	fputc(choice, out);
	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		fputc(byte, out);
		hex += used;
	}
	return fclose(out);
}

int main(int argc, char **argv)
{
	char path[PATH_BYTES];
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: %s directory\n", argv[0]);
		return EXIT_FAILURE;
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", argv[1], seeds[i].name);
		if (write_seed(path, seeds[i].choice, seeds[i].hex)) {
			perror(path);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
