// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An instance of tracefs of our own: switched on when it is made, taken away at the
 * end, so that nobody else's tracing is touched and nothing stays on.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/trace/trace.h"

#define PREFIX	"ipsec-trace-"

struct tracefs {
	char dir[PATH_MAX];
	int pipe;
};

/* Where it is mounted; TRACEFS in the environment names another place. */
static const char *mounted_at(void)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	const char *asked = getenv("TRACEFS");
	char path[PATH_MAX];
	size_t i;

	if (asked)
		return asked;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/instances", places[i]);
		if (!access(path, F_OK))
			return places[i];
	}
	return NULL;
}

static int put(const struct tracefs *t, const char *file, const char *value)
{
	char path[2 * PATH_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", t->dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* What a killed run has left behind. */
static void sweep(const char *root)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	long pid;

	snprintf(path, sizeof(path), "%s/instances", root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
			continue;
		pid = strtol(entry->d_name + strlen(PREFIX), NULL, 10);
		if (pid <= 0 || !kill((pid_t)pid, 0) || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), "%s/instances/%.64s", root, entry->d_name);
		rmdir(path);
	}
	if (dir)
		closedir(dir);
}

/* The kernel shows us events of our own network namespace only. */
static int switch_on(const struct tool_run *run, const struct tracefs *t)
{
	static const char *const others[] = {
		"events/net/netif_receive_skb/enable", "events/net/net_dev_queue/enable",
		"events/skb/kfree_skb/enable", "events/skb/consume_skb/enable",
	};
	char filter[40];
	struct stat ns;
	size_t i;

	if (stat("/proc/self/ns/net", &ns))
		return tool_error(run, "cannot tell this network namespace: %s", strerror(errno));
	snprintf(filter, sizeof(filter), "netns == %lu", (unsigned long)ns.st_ino);
	if (put(t, "events/klips/filter", filter) || put(t, "events/klips/enable", "1"))
		return tool_error(run, "no events of KLIPS - is the module loaded, "
				  "and a kernel with CONFIG_EVENT_TRACING running?");
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (put(t, others[i], "1"))
			fprintf(stderr, "trace: the kernel has no %.*s; what it would tell is missing\n",
				(int)(strlen(others[i]) - strlen("/enable")), others[i]);
	put(t, "buffer_percent", "0");
	put(t, "trace_clock", "mono");
	return TOOL_GO_ON;
}

/**
 * tracefs_open() - begin to trace
 * @run:	for messages
 *
 * Return: what the other functions take, NULL if it cannot be; the user was told.
 */
struct tracefs *tracefs_open(const struct tool_run *run)
{
	const char *root = mounted_at();
	struct tracefs *t = calloc(1, sizeof(*t));
	char path[2 * PATH_MAX];

	if (!t || !root) {
		tool_error(run, "no tracefs - mount -t tracefs tracefs /sys/kernel/tracing");
		free(t);
		return NULL;
	}
	sweep(root);
	snprintf(t->dir, sizeof(t->dir), "%s/instances/" PREFIX "%d", root, (int)getpid());
	if (mkdir(t->dir, 0700)) {
		tool_error(run, "cannot make %s: %s", t->dir, strerror(errno));
		free(t);
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/trace_pipe", t->dir);
	t->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (t->pipe < 0)
		tool_error(run, "cannot open %s: %s", path, strerror(errno));
	if (t->pipe < 0 || switch_on(run, t) != TOOL_GO_ON) {
		tracefs_close(t);
		return NULL;
	}
	return t;
}

/**
 * tracefs_read() - read what has been traced
 * @t:		from tracefs_open()
 * @buf:	for whole and broken lines
 * @size:	of @buf
 * @timeout_ms:	how long to wait
 *
 * Return: bytes, 0 if nothing came, -errno.
 */
int tracefs_read(struct tracefs *t, char *buf, size_t size, int timeout_ms)
{
	struct pollfd p = { .fd = t->pipe, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, timeout_ms) < 0)
		return -errno;
	n = read(t->pipe, buf, size);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return (int)n;
}

/**
 * tracefs_close() - trace no more, leave no trace
 * @t:	from tracefs_open()
 */
void tracefs_close(struct tracefs *t)
{
	put(t, "events/enable", "0");
	if (t->pipe >= 0)
		close(t->pipe);
	rmdir(t->dir);
	free(t);
}
