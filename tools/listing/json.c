// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listings as JSON; ipsec_json(5) describes them.  A row's fields keep the
 * names they have in the kernel's table: what is all digits becomes a number,
 * a group becomes an array.
 */
#include <string.h>
#include <json-c/json.h>

#include "tools/listing/table.h"

static struct json_object *list_of(const char *text)
{
	struct json_object *list = json_object_new_array();
	size_t len;

	for (; *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		json_object_array_add(list, json_object_new_string_len(text, (int)len));
	}
	return list;
}

static struct json_object *value_of(const char *key, const char *text)
{
	u64 number;

	if (!strcmp(key, "group"))
		return list_of(text);
	if (*text && !said_digits(text, strlen(text), 10, &number))
		return json_object_new_uint64(number);
	return json_object_new_string(text);
}

/**
 * json_row() - a row as an object
 * @row:	row
 *
 * Return: the object, the caller's.
 */
struct json_object *json_row(const struct table_row *row)
{
	struct json_object *object = json_object_new_object();
	unsigned int i;

	for (i = 0; i < row->n; i++)
		json_object_object_add(object, row->field[i].key,
				       value_of(row->field[i].key, row->field[i].value));
	return object;
}

/**
 * json_document() - what every document begins with
 * @name:	of its one other member
 * @value:	that member; belongs to the document from now on
 *
 * Return: the document, the caller's.
 */
struct json_object *json_document(const char *name, struct json_object *value)
{
	struct json_object *document = json_object_new_object();

	json_object_object_add(document, "version", json_object_new_int(JSON_VERSION));
	json_object_object_add(document, name, value);
	return document;
}

/**
 * json_print() - print a document and free it
 * @run:	the run
 * @document:	the document
 *
 * Return: exit status.
 */
int json_print(const struct tool_run *run, struct json_object *document)
{
	const char *text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	int status = TOOL_OK;

	if (text)
		puts(text);
	else
		status = tool_error(run, "out of memory");
	json_object_put(document);
	return status;
}

/**
 * json_table() - print a table of the kernel
 * @run:	the run
 * @path:	its file
 * @name:	what its rows are called
 * @wanted:	says which rows, or NULL for all
 * @ctx:	for @wanted
 *
 * Return: exit status.
 */
int json_table(const struct tool_run *run, const char *path, const char *name,
	       bool (*wanted)(const void *ctx, const struct table_row *row), const void *ctx)
{
	struct json_object *rows;
	struct table_row row;
	struct table table;
	int status = table_open(&table, run, path);

	if (status != TOOL_GO_ON)
		return status;
	rows = json_object_new_array();
	while ((status = table_next(&table, &row)) == TOOL_GO_ON)
		if (!wanted || wanted(ctx, &row))
			json_object_array_add(rows, json_row(&row));
	if (status == TOOL_OK)
		return json_print(run, json_document(name, rows));
	json_object_put(rows);
	return status;
}
