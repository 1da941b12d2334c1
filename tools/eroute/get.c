// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --get: what would become of a packet?  The kernel answers, with the lookup
 * that packets meet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

#include "tools/eroute/route.h"

#define GET_FILE	"/proc/net/ipsec/eroute/get"
#define QUESTION_MAX	128
#define PORT_MAX	65535
#define PROTO_MAX	255

/* What is asked for. */
struct packet {
	struct klips_addr src;
	struct klips_addr dst;
	u64 proto;
	u64 sport;
	u64 dport;
};

static int read_addr(const struct tool_run *run, const char *what, const char *text, int family,
		     struct klips_addr *addr)
{
	const char *why = said_addr(text, strlen(text), family, run->names, addr);

	return why ? tool_error(run, "Error, %s converting %s of --get: %s", why, what, text) :
		     TOOL_GO_ON;
}

static int read_port(const struct tool_run *run, const char *text, u64 *port)
{
	return said_service(text, run->names, PORT_MAX, port) ?
	       tool_error(run, "port of --get: %s is neither a service nor a number from 0 to "
			  "65535", text) : TOOL_GO_ON;
}

static int read_ports(const struct tool_run *run, char *const *word, struct packet *packet)
{
	int status;

	if (packet->proto != IPPROTO_TCP && packet->proto != IPPROTO_UDP)
		return tool_error(run, "--get takes ports only with tcp or udp, got: %s", word[-1]);
	status = read_port(run, word[0], &packet->sport);
	return status == TOOL_GO_ON ? read_port(run, word[1], &packet->dport) : status;
}

static int read_packet(const struct tool_run *run, const struct eroute *cmd, struct packet *packet)
{
	char *const *word = run->argv + optind;
	int n = run->argc - optind, status;

	if (n != 2 && n != 3 && n != 5)
		return tool_error(run, "--get needs SRC DST, or SRC DST PROTO, or SRC DST PROTO "
				  "SRC-PORT DST-PORT; got %d words", n);
	status = read_addr(run, "SRC", word[0], cmd->eraf, &packet->src);
	if (status == TOOL_GO_ON)
		status = read_addr(run, "DST", word[1], packet->src.family, &packet->dst);
	if (status == TOOL_GO_ON && n > 2 &&
	    said_protocol(word[2], run->names, PROTO_MAX, &packet->proto))
		status = tool_error(run, "PROTO of --get: %s is neither a protocol nor a number "
				    "from 0 to 255", word[2]);
	if (status == TOOL_GO_ON && n > 3)
		status = read_ports(run, word + 3, packet);
	return status;
}

/* The file with the answer to be read, or NULL after a message. */
static FILE *ask(const struct tool_run *run, const struct packet *packet)
{
	char src[KLIPS_ADDR_TEXT], dst[KLIPS_ADDR_TEXT], question[QUESTION_MAX];
	int fd = open(GET_FILE, O_RDWR | O_CLOEXEC), len;

	klips_addr_ntop(&packet->src, src, sizeof(src));
	klips_addr_ntop(&packet->dst, dst, sizeof(dst));
	len = snprintf(question, sizeof(question), "%s %s %s %u %u %u\n",
		       packet->src.family == AF_INET6 ? "inet6" : "inet", src, dst,
		       (unsigned int)packet->proto, (unsigned int)packet->sport,
		       (unsigned int)packet->dport);
	if (fd >= 0 && write(fd, question, (size_t)len) == len)
		return fdopen(fd, "r");
	if (fd < 0 && errno == ENOENT)
		tool_error(run, "%s", run->tool->no_table);
	else
		tool_error(run, "%s: %s", GET_FILE, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static const struct {
	const char *word;
	const char *text;
} reasons[] = {
	{ "source", "its source prefix is shorter" },
	{ "destination", "its destination prefix is shorter" },
	{ "protocol", "it names no protocol" },
	{ "sport", "it names no source port" },
	{ "dport", "it names no destination port" },
};

static const char *reason(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (!strcmp(word, reasons[i].word))
			return reasons[i].text;
	return word;
}

static void print_eroute(const struct table_row *row)
{
	char src[KLIPS_SUBNET_TEXT], dst[KLIPS_SUBNET_TEXT];
	const char *lost = table_get(row, "lost");
	struct route route;

	if (!route_from_row(row, &route))
		return;
	route_subnet_text(&route.sel, true, true, src, sizeof(src));
	route_subnet_text(&route.sel, false, true, dst, sizeof(dst));
	printf("%s -> %s => %s", src, dst, table_get(row, "said"));
	if (route.sel.proto)
		printf(":%u", route.sel.proto);
	if (lost)
		printf(", but %s", reason(lost));
}

static void print_path(const struct table_row *row)
{
	const char *routed = table_get(row, "routed"), *device = table_get(row, "device");
	const char *physical = table_get(row, "physical"), *drop = table_get(row, "drop");
	const char *mtu = table_get(row, "mtu");

	if (device && physical)
		printf("%s over %s", device, physical);
	else
		fputs(device ? device : "no ipsecN is attached", stdout);
	if (mtu)
		printf(", path MTU %s, overhead %s, MTU %s", table_get(row, "path_mtu"),
		       table_get(row, "overhead"), mtu);
	if (drop)
		printf(", dropped: %s", drop);
	if (routed && !strcmp(routed, "-"))
		fputs("; no route leads there", stdout);
	else if (routed && (!device || strcmp(routed, device)))
		printf("; but the route leads into %s", routed);
}

static void print_row(const struct table_row *row)
{
	printf("%-7s ", row->kind);
	if (!strcmp(row->kind, "eroute") || !strcmp(row->kind, "second"))
		print_eroute(row);
	else if (!strcmp(row->kind, "sa"))
		printf("%s %s %s", table_get(row, "said"), table_get(row, "name"),
		       table_get(row, "state"));
	else if (!strcmp(row->kind, "path"))
		print_path(row);
	putchar('\n');
}

/* SAs are many; of the other rows there is one each. */
static void add_row(struct json_object *to, const struct table_row *row)
{
	struct json_object *sas;

	if (strcmp(row->kind, "sa")) {
		json_object_object_add(to, row->kind, json_row(row));
		return;
	}
	if (!json_object_object_get_ex(to, "sas", &sas)) {
		sas = json_object_new_array();
		json_object_object_add(to, "sas", sas);
	}
	json_object_array_add(sas, json_row(row));
}

static int print_answer(const struct tool_run *run, FILE *file)
{
	struct json_object *answer = NULL;
	struct table_row row;
	struct table table;
	bool found = false;
	int status = table_take(&table, run, GET_FILE, file);

	if (status != TOOL_GO_ON)
		return status;
	if (run->json)
		answer = json_object_new_object();
	while ((status = table_next(&table, &row)) == TOOL_GO_ON) {
		if (!row.kind)
			continue;
		found |= !strcmp(row.kind, "eroute");
		if (answer)
			add_row(answer, &row);
		else
			print_row(&row);
	}
	if (answer && status == TOOL_OK)
		status = json_print(run, json_document("get", answer));
	else
		json_object_put(answer);
	return status == TOOL_OK && !found ? TOOL_FAILED : status;
}

/**
 * eroute_get() - ask the kernel about a packet
 * @run:	the run, whose words say which
 * @cmd:	checked options
 *
 * Return: exit status; TOOL_FAILED if there is no eroute for it.
 */
int eroute_get(const struct tool_run *run, const struct eroute *cmd)
{
	struct packet packet = { 0 };
	int status = read_packet(run, cmd, &packet);
	FILE *file;

	if (status != TOOL_GO_ON)
		return status;
	file = ask(run, &packet);
	return file ? print_answer(run, file) : TOOL_FAILED;
}
