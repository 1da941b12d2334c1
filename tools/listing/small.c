// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON of the small old files: groups, devices, debug masks.  Their text can
 * be read in only one way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

#include "tools/listing/table.h"

/* Adds what one line says; false if the line is not as it should be. */
typedef bool (*line_fn)(struct json_object *to, char *line);

static int failed(const struct tool_run *run, const char *why)
{
	return tool_error(run, "%s: %s", run->tool->table, why);
}

static FILE *open_table(const struct tool_run *run)
{
	int fd = open(run->tool->table, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fdopen(fd, "r");
	if (errno == ENOENT && run->tool->no_table)
		tool_error(run, "%s", run->tool->no_table);
	else
		failed(run, strerror(errno));
	return NULL;
}

/* @to belongs to this function. */
static int print_lines(const struct tool_run *run, const char *name, struct json_object *to,
		       line_fn add)
{
	struct json_object *document = json_document(name, to);
	FILE *file = open_table(run);
	char *line = NULL;
	size_t size = 0;
	bool good = file;

	while (good && getline(&line, &size, file) >= 0)
		good = add(to, line);
	free(line);
	if (file && !good)
		failed(run, "has a line that this tool does not understand");
	if (file)
		fclose(file);
	if (good)
		return json_print(run, document);
	json_object_put(document);
	return TOOL_FAILED;
}

static bool add_group(struct json_object *to, char *line)
{
	struct json_object *group = json_object_new_array();
	char *word;

	while ((word = strsep(&line, " \n")))
		if (*word)
			json_object_array_add(group, json_object_new_string(word));
	json_object_array_add(to, group);
	return json_object_array_length(group);
}

/**
 * json_groups() - spigrp --json
 * @run:	the run
 *
 * Return: exit status.
 */
int json_groups(const struct tool_run *run)
{
	return print_lines(run, "groups", json_object_new_array(), add_group);
}

static bool add_device(struct json_object *to, char *line)
{
	unsigned int mtu, kept_mtu, physical_mtu;
	char name[32], physical[32];
	struct json_object *device;

	if (sscanf(line, "%31s -> %31s mtu=%u(%u) -> %u", name, physical, &mtu, &kept_mtu,
		   &physical_mtu) != 5)
		return false;
	device = json_object_new_object();
	json_object_object_add(device, "device", json_object_new_string(name));
	json_object_object_add(device, "mtu", json_object_new_uint64(mtu));
	if (strcmp(physical, "NULL")) {
		json_object_object_add(device, "physical", json_object_new_string(physical));
		json_object_object_add(device, "attached_mtu", json_object_new_uint64(kept_mtu));
		json_object_object_add(device, "physical_mtu",
				       json_object_new_uint64(physical_mtu));
	}
	json_object_array_add(to, device);
	return true;
}

/**
 * json_devices() - tncfg --json
 * @run:	the run
 *
 * Return: exit status.
 */
int json_devices(const struct tool_run *run)
{
	return print_lines(run, "devices", json_object_new_array(), add_device);
}

static bool add_mask(struct json_object *to, char *line)
{
	char name[32];
	unsigned int mask;

	if (sscanf(line, "debug_%31[a-z]=%x.", name, &mask) != 2)
		return false;
	json_object_object_add(to, name, json_object_new_uint64(mask));
	return true;
}

/**
 * json_debug() - klipsdebug --json
 * @run:	the run
 *
 * Return: exit status.
 */
int json_debug(const struct tool_run *run)
{
	return print_lines(run, "debug", json_object_new_object(), add_mask);
}
