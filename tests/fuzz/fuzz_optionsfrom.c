// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The text of a file given to --optionsfrom, and the arguments that come of it.
 *
 * The functions that read it are static: their source is included.
 */
#include "tools/common/optionsfrom.c"

static const char *const forms[] = { "", NULL };

static int take(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)run;
	if (!opt->arg != !arg)
		abort();
	return TOOL_GO_ON;
}

static const struct tool_option options[] = {
	TOOL_OPTION("src", "ADDRESS", "", take, 0),
	TOOL_OPTION("add", NULL, "", take, 0),
	TOOL_OPTION("label", "TEXT", "", tool_set_label, 0),
	TOOL_WHOLE_OPTION("dry-run", "", tool_set_flag, TOOL_DRY_RUN),
	{ 0 }
};

static const struct tool tool = { .name = "fuzz", .forms = forms, .options = options };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[] = { (char *)"fuzz", (char *)"last", NULL };
	struct words words = { 0 };
	struct tool_run run;
	FILE *file;

	if (!size)
		return 0;
	file = fmemopen((void *)data, size, "r");
	if (!file)
		abort();
	tool_start(&run, &tool, NULL, 2, argv);
	optind = 1;
	if (read_file(&run, file, &words) == TOOL_GO_ON) {
		new_arguments(&run, &words);
		if (run.argc != 2 + (int)words.n || strcmp(run.argv[run.argc - 1], "last"))
			abort();
		tool_options(&run);
	}
	tool_end(&run, TOOL_OK);
	fclose(file);
	return 0;
}
