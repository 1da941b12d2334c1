// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs every suite and sums up in one line, on the screen and in a file.
 *
 * libcheck's usual variables work: CK_RUN_SUITE, CK_RUN_CASE, CK_FORK=no,
 * CK_VERBOSITY.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "klips/pure.h"
#include "tests/unit/suites.h"

#define UNIT_NAME(name)	name##_suite,

static Suite *(*const suites[])(void) = { UNIT_SUITES(UNIT_NAME) };

/* libcheck knows no skipped tests: what runs passes or fails. */
static void sum_up(FILE *out, int run, int failed)
{
	fprintf(out, "unit: %d passed, %d failed, 0 skipped\n", run - failed, failed);
}

static int write_summary(const char *path, int run, int failed)
{
	FILE *out = fopen(path, "w");

	if (!out) {
		perror(path);
		return -1;
	}
	sum_up(out, run, failed);
	return fclose(out);
}

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed, run;
	unsigned int i;

	/* a limit finds what hangs; under sanitizers on a busy machine four seconds do not */
	setenv("CK_DEFAULT_TIMEOUT", "300", 0);
	runner = srunner_create(suites[0]());
	for (i = 1; i < ARRAY_SIZE(suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	sum_up(stdout, run, failed);
	if (argc > 1 && write_summary(argv[1], run, failed))
		return EXIT_FAILURE;
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
