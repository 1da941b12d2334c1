// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace: follow live packets through the stack and KLIPS, in words.
 *
 * Reads its own tracefs instance, or a file with what tracefs printed elsewhere.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace.h"

#define LINE_MAX_BYTES	1024
#define WAIT_MS		100

/* The command line, and what is under way. */
struct trace {
	struct filter filter;
	u64 count;			/* packets to show, 0 any number */
	const char *file;
	bool json;
	u64 shown;
	unsigned long lost;
	u64 now;			/* time of the latest event */
	struct follower *follower;
	char line[LINE_MAX_BYTES];
	size_t used;
	bool too_long;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* --- options --------------------------------------------------------------------- */

enum { OPT_SRC, OPT_DST, OPT_HOST };

static int set_net(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct filter *f = &((struct trace *)run->cmd)->filter;
	bool *has[] = { &f->has_src, &f->has_dst, &f->has_host };
	struct said_subnet *net[] = { &f->src, &f->dst, &f->host };
	int family = strchr(arg, ':') ? AF_INET6 : AF_INET;
	char text[KLIPS_SUBNET_TEXT + 8];
	const char *wrong;

	if (strlen(arg) > KLIPS_SUBNET_TEXT)
		return tool_error(run, "--%s: %s is too long", opt->name, arg);
	snprintf(text, sizeof(text), "%s%s", arg,
		 strchr(arg, '/') ? "" : family == AF_INET6 ? "/128" : "/32");
	wrong = said_subnet(text, family, run->names, net[opt->value]);
	if (wrong)
		return tool_error(run, "--%s: %s: %s", opt->name, arg, wrong);
	*has[opt->value] = true;
	return TOOL_GO_ON;
}

static int set_proto(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	u64 value;

	(void)opt;
	if (said_protocol(arg, run->names, 255, &value) || !value)
		return tool_error(run, "--proto: no protocol %s", arg);
	((struct trace *)run->cmd)->filter.proto = (unsigned int)value;
	return TOOL_GO_ON;
}

static int set_port(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	u64 value;

	(void)opt;
	if (said_service(arg, run->names, 65535, &value) || !value)
		return tool_error(run, "--port: no port %s", arg);
	((struct trace *)run->cmd)->filter.port = (unsigned int)value;
	return TOOL_GO_ON;
}

static int set_drops(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	(void)arg;
	((struct trace *)run->cmd)->filter.drops = true;
	return TOOL_GO_ON;
}

static int set_count(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	struct trace *t = run->cmd;

	(void)opt;
	if (said_number(arg, UINT32_MAX, &t->count) || !t->count)
		return tool_error(run, "--count: %s is not a number of packets", arg);
	return TOOL_GO_ON;
}

static int set_file(struct tool_run *run, const struct tool_option *opt, const char *arg)
{
	(void)opt;
	((struct trace *)run->cmd)->file = arg;
	return TOOL_GO_ON;
}

static const char *const forms[] = {
	"[--src NET] [--dst NET] [--host NET] [--proto NAME] [--port N] [--drops] [--count N] [--json]",
	"... --read FILE",
	NULL
};

static const struct tool_option options[] = {
	TOOL_OPTION("src", "NET", "from this address or prefix, inside or outside", set_net, OPT_SRC),
	TOOL_OPTION("dst", "NET", "to it", set_net, OPT_DST),
	TOOL_OPTION("host", "NET", "from or to it", set_net, OPT_HOST),
	TOOL_OPTION("proto", "NAME", "of this IP protocol", set_proto, 0),
	TOOL_OPTION("port", "N", "from or to this port", set_port, 0),
	TOOL_OPTION("drops", NULL, "only packets that are dropped", set_drops, 0),
	TOOL_OPTION("count", "N", "end after so many packets", set_count, 0),
	TOOL_OPTION("read", "FILE", "read a recorded trace in place of the live one", set_file, 0),
	TOOL_WHOLE_OPTION("json", "a line of JSON for each packet", tool_set_flag, TOOL_JSON),
	TOOL_OPTION("help", NULL, "print this text", tool_show, TOOL_HELP),
	TOOL_OPTION("version", NULL, "print the version", tool_show, TOOL_VERSION),
	{ 0 }
};

static const struct tool tool = {
	.name = "trace",
	.purpose = "Follow packets through firewall, eroutes and SAs, in words.",
	.forms = forms,
	.options = options,
	.usage_to_stderr = true,
	.usage_status = TOOL_FAILED,
};

/* --- lines ------------------------------------------------------------------------ */

static bool enough(const struct trace *t)
{
	return t->count && t->shown >= t->count;
}

static void show(void *ctx, const struct way *way)
{
	struct trace *t = ctx;

	if (enough(t) || !filter_match(&t->filter, way))
		return;
	t->shown++;
	if (t->json)
		way_print_json(way, stdout);
	else
		way_print_words(way, stdout);
}

static void take_line(struct trace *t)
{
	struct event e;

	t->line[t->used] = '\0';
	t->lost += parse_lost(t->line);
	if (!t->too_long && parse_line(t->line, &e)) {
		t->now = e.us;
		follower_event(t->follower, &e);
	}
	t->used = 0;
	t->too_long = false;
}

static void take_bytes(struct trace *t, const char *buf, size_t size)
{
	for (; size; size--, buf++) {
		if (*buf == '\n')
			take_line(t);
		else if (t->used < sizeof(t->line) - 1)
			t->line[t->used++] = *buf;
		else
			t->too_long = true;
	}
}

/* --- where they come from ------------------------------------------------------------ */

static int read_file(struct tool_run *run, struct trace *t)
{
	FILE *from = fopen(t->file, "r");
	char buf[4096];
	size_t n;

	if (!from)
		return tool_error(run, "%s: %s", t->file, strerror(errno));
	while (!enough(t) && (n = fread(buf, 1, sizeof(buf), from)))
		take_bytes(t, buf, n);
	if (t->used)
		take_line(t);
	fclose(from);
	return TOOL_OK;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static int read_live(struct tool_run *run, struct trace *t)
{
	struct tracefs *fs;
	char buf[8192];
	u64 idle = 0;
	int n = 0;

	catch_signals();
	fs = tracefs_open(run);
	if (!fs)
		return TOOL_FAILED;
	fputs("trace: listening\n", stderr);
	while (!stop && !enough(t) && !ferror(stdout)) {
		n = tracefs_read(fs, buf, sizeof(buf), WAIT_MS);
		if (n < 0 && n != -EINTR)
			break;
		if (n > 0)
			take_bytes(t, buf, (size_t)n);
		idle = n > 0 ? 0 : idle + WAIT_MS * 1000;
		follower_idle(t->follower, t->now + idle);
		fflush(stdout);
	}
	tracefs_close(fs);
	if (n < 0 && n != -EINTR)
		return tool_error(run, "reading the trace: %s", strerror(-n));
	return TOOL_OK;
}

int main(int argc, char **argv)
{
	struct trace cmd = { 0 };
	struct tool_run run;
	int status;

	tool_start(&run, &tool, &cmd, argc, argv);
	status = tool_options(&run);
	if (status != TOOL_GO_ON)
		return tool_end(&run, status);
	cmd.json = run.json;
	cmd.follower = follower_new(show, &cmd);
	if (!cmd.follower)
		return tool_end(&run, tool_error(&run, "out of memory"));
	status = cmd.file ? read_file(&run, &cmd) : read_live(&run, &cmd);
	follower_end(cmd.follower);
	if (cmd.lost)
		fprintf(stderr, "trace: the kernel had no room for %lu events\n", cmd.lost);
	return tool_end(&run, status);
}
