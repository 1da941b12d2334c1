// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to the kernel over PF_KEY: open, send or print, and the words for
 * refusals.  The tool writes the request with klips/pfkey_build.h.
 *
 * The words are those of the old tools: scripts look for them.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/kernel.h"

#define REPORT_IT	"Please report as much detail as possible to development team."
#define NO_DEVICE	"device does not exist.  See %s installation procedure."
#define NOT_ROOT	"access denied.  You must be root to open this file."
#define ROOT_DENIED	"access denied.  Check permissions.  Should be 600."

/* Mean the same whether socket() or a request failed. */
static const struct kernel_text shared[] = {
	{ EUNATCH, "Netlink not enabled OR KLIPS not loaded." },
	{ EBUSY, "KLIPS is busy.  Most likely a serious internal error occured in a previous "
		 "command.  " REPORT_IT },
	{ ENOBUFS, "No kernel memory to allocate SA." },
	{ ESOCKTNOSUPPORT, "Algorithm support not available in the kernel.  "
			   "Please compile in support." },
	{ EEXIST, "SA already in use.  Delete old one first." },
	{ ENXIO, "SA does not exist.  Cannot delete." },
	{ 0 }
};

static const struct kernel_text socket_only[] = {
	{ ENODEV, "KLIPS not loaded or enabled." },
	{ EAFNOSUPPORT, "KLIPS not loaded or enabled." },
	{ EINVAL, "Invalid argument, KLIPS not loaded or check kernel log messages for "
		  "specifics." },
	{ 0 }
};

static const struct kernel_text write_only[] = {
	{ EINVAL, "Invalid argument, check kernel log messages for specifics." },
	{ ENODEV, "KLIPS not loaded or enabled.\nNo device?!?" },
	{ ENOSPC, "no room in kernel SAref table.  Cannot process request." },
	{ ESPIPE, "kernel SAref table internal error.  Cannot process request." },
	{ 0 }
};

static const char *find_text(const struct kernel_text *table, int err)
{
	for (; table && table->err; table++)
		if (table->err == err)
			return table->text;
	return NULL;
}

/* What depends on nothing but errno, user and vendor; false if not known. */
static bool print_known(const struct kernel_text *own, const struct kernel_text *some,
			const char *vendor, int err)
{
	const char *text = find_text(own, err);

	if (!text)
		text = find_text(some, err);
	if (!text)
		text = find_text(shared, err);
	if (!text && err == EACCES)
		text = getuid() ? NOT_ROOT : ROOT_DENIED;
	if (text)
		fputs(text, stderr);
	else if (err == ENOENT)
		fprintf(stderr, NO_DEVICE, vendor);
	else
		return false;
	return true;
}

static int socket_refused(const struct tool_run *run, const struct kernel_words *words, int err)
{
	tool_name(run, stderr);
	fputs(": Trouble opening PF_KEY family socket with error: ", stderr);
	if (!print_known(NULL, socket_only, words->socket_vendor, err))
		fprintf(stderr, "Unknown file open error %d.  " REPORT_IT, err);
	fputc('\n', stderr);
	return TOOL_FAILED;
}

static void print_heading(const struct tool_run *run, enum kernel_heading heading, int err,
			  int length)
{
	tool_name(run, stderr);
	switch (heading) {
	case KERNEL_HEADING_LINE:
		fprintf(stderr, ": pfkey write failed, returning -1 with errno=%d.\n", err);
		break;
	case KERNEL_HEADING_LENGTH:
		fprintf(stderr, ": pfkey write failed, tried to write %d octets, "
			"returning -1 with errno=%d.\n", length, err);
		break;
	case KERNEL_HEADING_INLINE:
		fprintf(stderr, ": pfkey write failed (errno=%d): ", err);
	}
}

/**
 * kernel_refused() - say on standard error that a request was refused
 * @run:	the run
 * @words:	how its tool talks
 * @err:	errno
 * @length:	bytes of the request
 */
void kernel_refused(const struct tool_run *run, const struct kernel_words *words, int err,
		    int length)
{
	print_heading(run, words->heading, err, length);
	if (!print_known(words->own, write_only, words->write_vendor, err)) {
		fprintf(stderr, "Unknown socket write error %d", err);
		if (words->heading == KERNEL_HEADING_INLINE)
			fprintf(stderr, " (%s)", strerror(err));
		fputs(".  " REPORT_IT, stderr);
	}
	fputc('\n', stderr);
}

/**
 * kernel_open() - open the socket, unless messages are only to be printed
 * @run:	the run
 * @words:	how its tool talks about failure
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int kernel_open(struct tool_run *run, const struct kernel_words *words)
{
	int err = run->dry_run ? 0 : pfkey_open(&run->pk);

	return err ? socket_refused(run, words, -err) : TOOL_GO_ON;
}

static int print_request(const struct tool_run *run, int length)
{
	int i;

	for (i = 0; i < length; i++)
		printf("%02x", run->pk.request[i]);
	putchar('\n');
	return 0;
}

/**
 * kernel_request() - end the request and send it, or print it
 * @run:	the run
 *
 * Return: 0, the negative errno of builder or kernel, or KERNEL_TOOK_PART.
 */
int kernel_request(struct tool_run *run)
{
	int length = klips_build_end(&run->pk.build);
	int err;

	if (length < 0)
		return length;
	tool_debug(run, "request of %d bytes", length);
	if (run->dry_run)
		return print_request(run, length);
	errno = 0;
	err = pfkey_send(&run->pk);
	/* the library says EIO for a part as well, but then no call failed */
	return err == -EIO && !errno ? KERNEL_TOOK_PART : err;
}

/**
 * kernel_send() - end the request and send it, or print it, with words for failure
 * @run:	the run
 * @words:	how its tool talks
 *
 * Return: TOOL_GO_ON, or the exit status after a message.
 */
int kernel_send(struct tool_run *run, const struct kernel_words *words)
{
	int length = (int)run->pk.build.len;
	int err;

	if (run->pk.build.err)
		return tool_error(run, "Trouble building pfkey message, error=%d.",
				  run->pk.build.err);
	err = kernel_request(run);
	if (!err)
		return TOOL_GO_ON;
	kernel_refused(run, words, err == KERNEL_TOOK_PART ? EIO : -err, length);
	return TOOL_FAILED;
}
