// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --check: what in the tables is probably not what its author meant.
 *
 * Eroutes that cross, that no packet can meet, or that change nothing; eroutes
 * without an SA, SAs without an eroute, inbound tunnels without a flow.  Only
 * eroutes whose sources are nested can overlap, so each is compared with those
 * around its source.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>

#include "tools/eroute/overlap.h"

/* An SA, as far as it matters here. */
struct sa {
	char *said;
	char *group;
	bool inbound;
	bool tunnel;
	bool flow;
	bool used;
};

/* Both tables, and what has been found. */
struct review {
	const struct tool_run *run;
	struct routes routes;
	struct sa *sa;
	size_t sas;
	size_t findings;
	struct json_object *json;
};

/* --- findings ------------------------------------------------------------------------ */

static void flow_text(const struct route *route, char *text, size_t size)
{
	char src[KLIPS_SUBNET_TEXT], dst[KLIPS_SUBNET_TEXT], said[KLIPS_SAID_TEXT];
	char proto[sizeof(":255")] = "";

	route_subnet_text(&route->sel, true, true, src, sizeof(src));
	route_subnet_text(&route->sel, false, true, dst, sizeof(dst));
	route_said_text(route, said, sizeof(said));
	if (route->sel.proto)
		snprintf(proto, sizeof(proto), ":%u", route->sel.proto);
	snprintf(text, size, "%s -> %s => %s%s", src, dst, said, proto);
}

/* One or two eroutes, or a SAID, are found to be @what. */
static void found(struct review *r, const char *what, const struct route *a, const struct route *b,
		  const char *said, const char *words)
{
	char one[ROUTE_TEXT + KLIPS_SAID_TEXT] = "", two[sizeof(one)] = "";
	struct json_object *finding;

	r->findings++;
	if (a)
		flow_text(a, one, sizeof(one));
	if (b)
		flow_text(b, two, sizeof(two));
	if (!r->json) {
		printf("%s: %s%s%s\n", what, a ? one : said, words, b ? two : "");
		return;
	}
	finding = json_object_new_object();
	json_object_object_add(finding, "finding", json_object_new_string(what));
	if (a)
		json_object_object_add(finding, "eroute", json_object_new_string(one));
	if (b)
		json_object_object_add(finding, "other", json_object_new_string(two));
	if (said)
		json_object_object_add(finding, "said", json_object_new_string(said));
	json_object_array_add(r->json, finding);
}

/* --- eroutes among each other --------------------------------------------------------- */

static bool crosses(const struct klips_selector *a, const struct klips_selector *b)
{
	return selector_meets(a, b) && !selector_contains(a, b) && !selector_contains(b, a);
}

static void pair(struct review *r, const struct route *a, const struct route *b)
{
	const struct route *winner = selector_beats(&a->sel, &b->sel) ? a : b;

	if (route_same_target(a, b) || !crosses(&a->sel, &b->sel))
		return;
	found(r, "crossing", winner, winner == a ? b : a, NULL, " takes packets of ");
}

/* @near: those whose packets it shares. */
static void alone(struct review *r, const struct route *route, const struct route *const *near,
		  size_t n)
{
	const struct klips_selector **stronger = calloc(n + 1, sizeof(*stronger));
	const struct route *next = NULL;
	size_t i, m = 0;

	for (i = 0; stronger && i < n; i++) {
		if (selector_beats(&near[i]->sel, &route->sel))
			stronger[m++] = &near[i]->sel;
		else if (!next || selector_beats(&near[i]->sel, &next->sel))
			next = near[i];
	}
	if (m && selector_covered(&route->sel, stronger, m))
		found(r, "shadowed", route, NULL, NULL, ": more specific eroutes take every packet");
	else if (next && selector_contains(&next->sel, &route->sel) &&
		 route_same_target(next, route))
		found(r, "duplicate", route, next, NULL, " changes nothing beside ");
	free(stronger);
}

static bool source_around(const struct klips_selector *a, const struct klips_selector *b)
{
	struct klips_selector src = *a;

	src.dst_len = 0;
	src.proto = 0;
	src.sport = 0;
	src.dport = 0;
	return selector_contains(&src, b);
}

/* By source, shorter prefixes first: whatever is around one stands before it. */
static int by_source(const void *a, const void *b)
{
	const struct klips_selector *x = &((const struct route *)a)->sel;
	const struct klips_selector *y = &((const struct route *)b)->sel;
	int order = (int)x->family - (int)y->family;

	if (!order)
		order = memcmp(&x->src, &y->src, sizeof(x->src));
	if (!order)
		order = (int)x->src_len - (int)y->src_len;
	return order ? order : klips_selector_compare(x, y);
}

/* The eroutes that share packets with each one. */
struct near {
	const struct route **route;
	size_t n;
	size_t room;
};

static bool near_add(struct near *near, const struct route *route)
{
	if (near->n == near->room) {
		size_t room = 2 * near->room + 4;
		const struct route **more = realloc(near->route, room * sizeof(*more));

		if (!more)
			return false;
		near->route = more;
		near->room = room;
	}
	near->route[near->n++] = route;
	return true;
}

/* Note every pair that meets; @stack holds the eroutes around the present source. */
static bool find_pairs(struct review *r, struct near *near, size_t *stack)
{
	const struct route *route = r->routes.route;
	size_t i, j, depth = 0;

	for (i = 0; i < r->routes.n; i++) {
		while (depth && !source_around(&route[stack[depth - 1]].sel, &route[i].sel))
			depth--;
		for (j = 0; j < depth; j++) {
			if (!selector_meets(&route[stack[j]].sel, &route[i].sel))
				continue;
			pair(r, &route[stack[j]], &route[i]);
			if (!near_add(&near[i], &route[stack[j]]) ||
			    !near_add(&near[stack[j]], &route[i]))
				return false;
		}
		stack[depth++] = i;
	}
	return true;
}

static int review_eroutes(struct review *r)
{
	size_t i, n = r->routes.n;
	struct near *near = calloc(n + 1, sizeof(*near));
	size_t *stack = calloc(n + 1, sizeof(*stack));
	bool good = near && stack;

	if (n)
		qsort(r->routes.route, n, sizeof(*r->routes.route), by_source);
	good = good && find_pairs(r, near, stack);
	for (i = 0; good && i < n; i++)
		alone(r, &r->routes.route[i], near[i].route, near[i].n);
	for (i = 0; near && i < n; i++)
		free(near[i].route);
	free(near);
	free(stack);
	return good ? TOOL_GO_ON : tool_error(r->run, "out of memory");
}

/* --- eroutes and SAs ------------------------------------------------------------------- */

static int add_sa(struct review *r, const struct table_row *row)
{
	const char *said = table_get(row, "said"), *group = table_get(row, "group");
	const char *dir = table_get(row, "dir"), *name = table_get(row, "name");
	struct sa *more = realloc(r->sa, (r->sas + 1) * sizeof(*more));

	if (!more)
		return tool_error(r->run, "out of memory");
	r->sa = more;
	more[r->sas++] = (struct sa) {
		.said = strdup(said ? said : ""),
		.group = strdup(group ? group : ""),
		.inbound = dir && !strcmp(dir, "in"),
		.tunnel = name && !strcmp(name, "IPIP"),
		.flow = table_get(row, "policy_src"),
	};
	return more[r->sas - 1].said && more[r->sas - 1].group ? TOOL_GO_ON :
	       tool_error(r->run, "out of memory");
}

static int read_sas(struct review *r)
{
	struct table_row row;
	struct table table;
	int status = table_open(&table, r->run, TABLE_SAS);

	if (status != TOOL_GO_ON)
		return status;
	while ((status = table_next(&table, &row)) == TOOL_GO_ON) {
		status = add_sa(r, &row);
		if (status != TOOL_GO_ON) {
			table_close(&table);
			return status;
		}
	}
	return status == TOOL_OK ? TOOL_GO_ON : status;
}

static int by_said(const void *a, const void *b)
{
	return strcmp(((const struct sa *)a)->said, ((const struct sa *)b)->said);
}

static struct sa *find_sa(const struct review *r, char *said)
{
	const struct sa key = { .said = said };

	return r->sas ? bsearch(&key, r->sa, r->sas, sizeof(*r->sa), by_said) : NULL;
}

/* An SA that an eroute names is used, and so are those grouped behind it. */
static void use(struct review *r, struct sa *sa)
{
	char *rest = sa->group, *word;
	struct sa *member;

	sa->used = true;
	while ((word = strsep(&rest, ","))) {
		member = find_sa(r, word);
		if (member)
			member->used = true;
	}
}

static void review_sas(struct review *r)
{
	char said[KLIPS_SAID_TEXT];
	struct sa *sa;
	size_t i;

	if (r->sas)
		qsort(r->sa, r->sas, sizeof(*r->sa), by_said);
	for (i = 0; i < r->routes.n; i++) {
		const struct route *route = &r->routes.route[i];

		if (route->said.proto == KLIPS_PROTO_INT)
			continue;
		route_said_text(route, said, sizeof(said));
		sa = find_sa(r, said);
		if (!sa)
			found(r, "no SA", route, NULL, NULL, ": packets are dropped");
		else if (!sa->used)
			use(r, sa);
	}
	for (i = 0; i < r->sas; i++) {
		sa = &r->sa[i];
		if (!sa->inbound && !sa->used)
			found(r, "no eroute", NULL, NULL, sa->said, " is outbound and unused");
		if (sa->inbound && sa->tunnel && !sa->flow)
			found(r, "no inbound flow", NULL, NULL, sa->said,
			      " lets anything through; see --addin");
	}
}

static void free_all(struct review *r)
{
	while (r->sas--) {
		free(r->sa[r->sas].said);
		free(r->sa[r->sas].group);
	}
	free(r->sa);
	routes_free(&r->routes);
}

/**
 * eroute_review() - look for what does not fit together
 * @run:	the run
 *
 * Return: exit status; TOOL_FAILED if something was found.
 */
int eroute_review(const struct tool_run *run)
{
	struct review r = { .run = run };
	int status = routes_read_table(run, &r.routes);

	if (run->json)
		r.json = json_object_new_array();
	if (status == TOOL_GO_ON)
		status = read_sas(&r);
	if (status == TOOL_GO_ON)
		status = review_eroutes(&r);
	if (status == TOOL_GO_ON) {
		review_sas(&r);
		status = TOOL_OK;
	}
	if (status == TOOL_OK && r.json)
		status = json_print(run, json_document("findings", r.json));
	else
		json_object_put(r.json);
	free_all(&r);
	return status == TOOL_OK && r.findings ? TOOL_FAILED : status;
}
