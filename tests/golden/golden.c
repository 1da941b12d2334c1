// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays recorded command lines and compares what a tool says, what it asks
 * of the kernel, and how it ends.
 *
 *	golden --tools DIR --preload FILE --work DIR --summary FILE
 *		[--under VALGRIND] [--every N] CASES...
 *
 * A file of cases has one JSON object a line; tests/golden/README.md tells its
 * fields.  With --every only each Nth case is run.  Each case runs in a directory of its own below --work, with preload.c in front of
 * the C library, in a clean environment.  The wording of usage texts is free.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS		10		/* for one case; --under multiplies it */
#define SLOW		12
#define USAGE		"<usage>"

static struct {
	const char *tools;
	const char *preload;
	const char *summary;
	const char *under;
	const char *work;
	unsigned int every;
	unsigned int seen, passed, failed;
} run;

/* One case while it runs. */
struct test {
	struct json_object *json;
	const char *id;
	char dir[512];
	int status;			/* as the shell has it: 128 + signal */
	char *out, *err, *log;
	bool bad;
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static struct json_object *member(struct json_object *json, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(json, name, &value);
	return value;
}

static const char *text_of(struct json_object *json, const char *name)
{
	struct json_object *value = member(json, name);

	return value ? json_object_get_string(value) : NULL;
}

/* "%s/%s" of the case's directory; good until the fourth call from now. */
static const char *path_in(const struct test *t, const char *name)
{
	static char path[4][1200];
	static unsigned int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", t->dir, name);
	return path[i];
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		die(path);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return strdup("");
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		die(path);
	return file;
}

/* The directories a file lies in. */
static void make_dirs(const struct test *t, const char *path)
{
	char dir[512];
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		mkdir(path_in(t, dir), 0755);
		slash++;
	}
}

/* Files below /proc/net, and those of the current directory. */
static void lay_files(const struct test *t, struct json_object *files)
{
	static const char proc[] = "/proc/net/";
	char path[512];

	json_object_object_foreach(files, name, content) {
		bool in_proc = !strncmp(name, proc, strlen(proc));

		snprintf(path, sizeof(path), "%s/%s", in_proc ? "proc" : "cwd",
			 in_proc ? name + strlen(proc) : name);
		make_dirs(t, path);
		write_file(path_in(t, path), json_object_get_string(content));
	}
}

static void lay_lines(FILE *file, const char *head, struct json_object *list)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		fprintf(file, "%s%s\n", head,
			json_object_get_string(json_object_array_get_idx(list, i)));
}

static void lay_hosts(FILE *file, struct json_object *hosts)
{
	char head[300];

	json_object_object_foreach(hosts, host, list) {
		snprintf(head, sizeof(head), "%s ", host);
		lay_lines(file, head, list);
	}
}

/* What a case finds: files, /proc/net, hosts, replies. */
static void lay_out(struct test *t)
{
	struct json_object *part;
	FILE *file;

	snprintf(t->dir, sizeof(t->dir), "%s/case.XXXXXX", run.work);
	if (!mkdtemp(t->dir) || mkdir(path_in(t, "proc"), 0755) || mkdir(path_in(t, "cwd"), 0755))
		die(t->dir);
	part = member(t->json, "files");
	if (part)
		lay_files(t, part);
	part = member(t->json, "hosts");
	file = create(path_in(t, "hosts"));
	if (part)
		lay_hosts(file, part);
	fclose(file);
	part = member(t->json, "replies");
	file = create(path_in(t, "replies"));
	if (part)
		lay_lines(file, "", part);
	fclose(file);
}

/* The errno of a name; preload.c understands numbers. */
static int errno_of(const char *name, size_t len)
{
	int err;

	for (err = 1; err < 200; err++) {
		const char *known = strerrorname_np(err);

		if (known && strlen(known) == len && !strncmp(known, name, len))
			return err;
	}
	return atoi(name);
}

/* "write:EBUSY,0" as "write:16,0". */
static void kernel_order(const char *text, char *out, size_t size)
{
	const char *colon = strchr(text, ':'), *p;
	size_t used;

	if (!colon) {
		snprintf(out, size, "%s", text);
		return;
	}
	used = (size_t)snprintf(out, size, "%.*s", (int)(colon - text + 1), text);
	for (p = colon + 1; *p; ) {
		size_t len = strcspn(p, ",");

		used += (size_t)snprintf(out + used, size - used, "%d%s", errno_of(p, len),
					 p[len] ? "," : "");
		p += len + (p[len] == ',');
	}
}

static void order(const char *name, const char *value)
{
	if (setenv(name, value, 1))
		die("setenv");
}

static void orders(const struct test *t)
{
	char text[256];

	clearenv();
	order("LC_ALL", "C");
	order("PATH", "/usr/bin:/bin");
	order("GOLDEN_LOG", path_in(t, "log"));
	order("GOLDEN_PROC", path_in(t, "proc"));
	order("GOLDEN_HOSTS", path_in(t, "hosts"));
	if (member(t->json, "replies"))
		order("GOLDEN_REPLIES", path_in(t, "replies"));
	kernel_order(text_of(t->json, "kernel"), text, sizeof(text));
	order("GOLDEN_KERNEL", text);
	/* valgrind asks, too, and does not start for another user; only a text differs */
	order("GOLDEN_UID", !run.under && member(t->json, "uid") ? text_of(t->json, "uid") : "0");
	/* fresh and freed memory is not zero */
	order("MALLOC_PERTURB_", "165");
	order("ASAN_OPTIONS", "verify_asan_link_order=0:max_malloc_fill_size=1000000:"
	      "malloc_fill_byte=165");
	if (!run.under)
		order("LD_PRELOAD", run.preload);
}

static void redirect(const char *path, int fd)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (file < 0 || dup2(file, fd) < 0)
		die(path);
	close(file);
}

static void child(const struct test *t)
{
	struct json_object *args = member(t->json, "argv");
	const char *tool = text_of(t->json, "tool");
	size_t n = json_object_array_length(args), at = 0, i;
	char **argv = calloc(n + 8, sizeof(*argv));
	char path[4096];

	if (!argv)
		die("calloc");
	snprintf(path, sizeof(path), "%s/%s", run.tools, tool);
	if (run.under) {
		argv[at++] = (char *)run.under;
		argv[at++] = "-q";
		argv[at++] = "--error-exitcode=99";
		argv[at++] = "--leak-check=full";
		argv[at++] = "--log-file=valgrind";
		argv[at++] = path;
	} else {
		argv[at++] = (char *)tool;
	}
	for (i = 0; i < n; i++)
		argv[at++] = (char *)json_object_get_string(json_object_array_get_idx(args, i));
	if (chdir(path_in(t, "cwd")))
		die("chdir");
	orders(t);
	if (run.under)
		order("LD_PRELOAD", run.preload);
	redirect(path_in(t, "out"), STDOUT_FILENO);
	redirect(path_in(t, "err"), STDERR_FILENO);
	alarm(run.under ? SECONDS * SLOW : SECONDS);
	execv(run.under ? run.under : path, argv);
	die(path);
}

static void execute(struct test *t)
{
	pid_t pid;
	int status;

	lay_out(t);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		child(t);
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	t->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	t->out = read_file(path_in(t, "out"));
	t->err = read_file(path_in(t, "err"));
	t->log = read_file(path_in(t, "log"));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void clean_up(struct test *t)
{
	nftw(t->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t->out);
	free(t->err);
	free(t->log);
}

static void complain(struct test *t, const char *what, const char *got, const char *want)
{
	if (!t->bad)
		printf("FAIL %s: %s\n", t->id,
		       json_object_to_json_string_ext(member(t->json, "argv"),
						      JSON_C_TO_STRING_PLAIN |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	t->bad = true;
	printf("  %s\n    got  %s\n    want %s\n", what, got, want);
}

/* What a field should be: "wanted" goes before "expect". */
static struct json_object *expected(const struct test *t, const char *name)
{
	struct json_object *wanted = member(t->json, "wanted"), *value;

	if (wanted && json_object_object_get_ex(wanted, name, &value))
		return value;
	return member(member(t->json, "expect"), name);
}

static void check_status(struct test *t)
{
	struct json_object *want = expected(t, "exit");
	char got[16];

	if (json_object_get_int(want) == t->status)
		return;
	snprintf(got, sizeof(got), "%d", t->status);
	complain(t, "exit status", got, json_object_get_string(want));
}

/* What the tool asked of the kernel, as the log has it. */
static void check_log(struct test *t)
{
	struct json_object *pfkey = expected(t, "pfkey"), *ioctls = expected(t, "ioctl");
	char *want;
	size_t size, i;
	FILE *to = open_memstream(&want, &size);

	if (!to)
		die("open_memstream");
	for (i = 0; i < json_object_array_length(pfkey); i++)
		fprintf(to, "pfkey %s\n",
			json_object_get_string(json_object_array_get_idx(pfkey, i)));
	for (i = 0; i < json_object_array_length(ioctls); i++) {
		struct json_object *one = json_object_array_get_idx(ioctls, i);

		fprintf(to, "ioctl %s %s\n", text_of(one, "cmd"), text_of(one, "ifreq"));
	}
	fclose(to);
	if (strcmp(want, t->log))
		complain(t, "requests", t->log, want);
	free(want);
}

/* Everything from the line that says "usage:" is the usage text. */
static void mark_usage(char *text)
{
	char *at = strstr(text, "usage:");

	if (!at)
		return;
	while (at > text && at[-1] != '\n')
		at--;
	strcpy(at, USAGE);
}

static bool in_array(struct json_object *array, const char *text)
{
	size_t i;

	for (i = 0; array && i < json_object_array_length(array); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(array, i)), text))
			return true;
	return false;
}

/* Is the text of a stream free? */
static bool is_free(const struct test *t, const char *name)
{
	struct json_object *wanted = member(t->json, "wanted"), *value = NULL;

	if (in_array(member(t->json, "loose"), name))
		return true;
	return wanted && (!json_object_object_get_ex(wanted, name, &value) || !value);
}

static void check_text(struct test *t, const char *name, char *got)
{
	struct json_object *also = member(t->json, "also"), *want = expected(t, name);

	mark_usage(got);
	if (is_free(t, name))
		return;
	if (!strcmp(got, json_object_get_string(want)) ||
	    (also && in_array(member(also, name), got)))
		return;
	complain(t, name, got, json_object_get_string(want));
}

static void check_valgrind(struct test *t)
{
	char *text = read_file(path_in(t, "cwd/valgrind"));

	if (*text)
		complain(t, "valgrind", text, "nothing");
	free(text);
}

static void run_case(struct json_object *json)
{
	struct test t = { .json = json, .id = text_of(json, "id") };

	execute(&t);
	check_status(&t);
	check_log(&t);
	if (t.status && !*t.out && !*t.err)
		complain(&t, "a failing command", "not a word", "a message");
	/* under valgrind the tool has another argv[0], so its texts differ */
	if (run.under) {
		check_valgrind(&t);
	} else {
		check_text(&t, "stdout", t.out);
		check_text(&t, "stderr", t.err);
	}
	if (t.bad)
		run.failed++;
	else
		run.passed++;
	clean_up(&t);
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die(path);
	while (getline(&line, &size, file) > 0) {
		struct json_object *json = json_tokener_parse(line);

		if (!json) {
			fprintf(stderr, "%s: not JSON: %s", path, line);
			exit(EXIT_FAILURE);
		}
		if (run.seen++ % run.every == 0)
			run_case(json);
		json_object_put(json);
	}
	free(line);
	fclose(file);
}

static void sum_up(FILE *to)
{
	const char *name = strrchr(run.summary, '/');

	fprintf(to, "%s: %u passed, %u failed, 0 skipped\n", name ? name + 1 : run.summary,
		run.passed, run.failed);
}

/* A path that stays good when a case changes directory. */
static const char *absolute(const char *path)
{
	char *full = realpath(path, NULL);

	if (!full)
		die(path);
	return full;
}

static int options(int argc, char **argv)
{
	int i;

	for (i = 1; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		if (!strcmp(argv[i], "--tools"))
			run.tools = absolute(argv[i + 1]);
		else if (!strcmp(argv[i], "--preload"))
			run.preload = absolute(argv[i + 1]);
		else if (!strcmp(argv[i], "--summary"))
			run.summary = argv[i + 1];
		else if (!strcmp(argv[i], "--work"))
			run.work = absolute(argv[i + 1]);
		else if (!strcmp(argv[i], "--under"))
			run.under = absolute(argv[i + 1]);
		else if (!strcmp(argv[i], "--every"))
			run.every = strtoul(argv[i + 1], NULL, 10);
		else
			break;
	}
	return i;
}

int main(int argc, char **argv)
{
	int i;
	FILE *summary;

	run.every = 1;
	i = options(argc, argv);
	if (!run.every || !run.tools || !run.preload || !run.work || !run.summary || i >= argc) {
		fprintf(stderr, "usage: golden --tools DIR --preload FILE --work DIR "
			"--summary FILE [--under VALGRIND] [--every N] CASES...\n");
		return EXIT_FAILURE;
	}
	for (; i < argc; i++)
		run_file(argv[i]);
	sum_up(stdout);
	summary = fopen(run.summary, "w");
	if (!summary)
		die(run.summary);
	sum_up(summary);
	fclose(summary);
	return run.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
