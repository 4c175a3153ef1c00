// SPDX-License-Identifier: GPL-2.0-only
/*
 * ytree.c - a YAML file as a tree, read by libyaml's events; see ytree.h.
 */
#include "ytree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "util.h"

#define DEPTH_MAX 16
#define NODES_MAX 500000

struct reader {
	yaml_parser_t parser;
	const char *path;
	struct err *e;
	size_t nodes;
};

static int bad(struct reader *r, size_t line, const char *what)
{
	return err_set(r->e, EINVAL, "%s, line %zu: %s", r->path, line + 1, what);
}

static int next_event(struct reader *r, yaml_event_t *event)
{
	char *clean, why[256];
	int ret;

	if (yaml_parser_parse(&r->parser, event))
		return 0;
	snprintf(why, sizeof(why), "%s%s%s", r->parser.context ? r->parser.context : "",
		 r->parser.context ? ": " : "", r->parser.problem ? r->parser.problem : "no YAML");
	clean = clean_text(why, strlen(why));
	ret = bad(r, r->parser.problem_mark.line, clean);
	free(clean);
	return ret;
}

static void append(struct ytree *t, struct ytree *item, char *key, int key_line)
{
	/* Room grows in powers of two. */
	if (!(t->count & (t->count - 1))) {
		size_t room = t->count ? 2 * t->count : 1;

		t->item = xrealloc(t->item, room * sizeof(*t->item));
		t->key = xrealloc(t->key, room * sizeof(*t->key));
		t->key_line = xrealloc(t->key_line, room * sizeof(*t->key_line));
	}
	t->item[t->count] = item;
	t->key[t->count] = key;
	t->key_line[t->count++] = key_line;
}

static int take_node(struct reader *r, yaml_event_t *event, int depth, struct ytree **out);

/* The value of a key that has just been read. */
static int take_value(struct reader *r, struct ytree *map, yaml_event_t *key, int depth)
{
	int line = (int)key->start_mark.line, ret;
	yaml_event_t event;
	struct ytree *item;
	char *text, *what;

	if (key->type != YAML_SCALAR_EVENT)
		return bad(r, line, "a key is one word or more, not a list or a map");
	if (key->data.scalar.length != strlen((char *)key->data.scalar.value))
		return bad(r, line, "a key holds a NUL byte");
	text = clean_text((char *)key->data.scalar.value, key->data.scalar.length);
	ret = 0;
	if (ytree_get(map, text)) {
		what = xasprintf("'%.80s' stands here a second time", text);
		ret = bad(r, line, what);
		free(what);
	}
	if (!ret)
		ret = next_event(r, &event);
	if (!ret) {
		ret = take_node(r, &event, depth, &item);
		yaml_event_delete(&event);
	}
	if (ret)
		free(text);
	else
		append(map, item, text, line + 1);
	return ret;
}

/* What is in a list or a map, up to its end. */
static int take_items(struct reader *r, struct ytree *t, int depth)
{
	yaml_event_t event;
	struct ytree *item;
	int ret = 0;

	while (!ret) {
		ret = next_event(r, &event);
		if (ret)
			return ret;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		if (t->kind == YTREE_MAP) {
			ret = take_value(r, t, &event, depth + 1);
		} else {
			ret = take_node(r, &event, depth + 1, &item);
			if (!ret)
				append(t, item, NULL, 0);
		}
		yaml_event_delete(&event);
	}
	return ret;
}

/* Both would make of the text something else than what one reads. */
static bool has_property(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	default:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	}
}

static int take_node(struct reader *r, yaml_event_t *event, int depth, struct ytree **out)
{
	struct ytree *t;
	size_t line = event->start_mark.line;
	int ret = 0;

	*out = NULL;
	if (event->type == YAML_ALIAS_EVENT)
		return bad(r, line, "aliases (*name) are not supported");
	if (depth > DEPTH_MAX || ++r->nodes > NODES_MAX)
		return bad(r, line, "nested too deep, or too long");
	if (has_property(event))
		return bad(r, line, "anchors (&name) and tags (!name) are not supported");
	t = xcalloc(1, sizeof(*t));
	t->line = (int)line + 1;
	if (event->type == YAML_SCALAR_EVENT) {
		t->text = clean_text((char *)event->data.scalar.value, event->data.scalar.length);
	} else {
		t->kind = event->type == YAML_MAPPING_START_EVENT ? YTREE_MAP : YTREE_LIST;
		ret = take_items(r, t, depth);
	}
	if (ret)
		ytree_free(t);
	else
		*out = t;
	return ret;
}

/* Up to the first node: the begin of the stream and of its one document. */
static int first_node(struct reader *r, struct ytree **out)
{
	yaml_event_t event;
	int ret;

	do {
		ret = next_event(r, &event);
		if (ret)
			return ret;
		if (event.type == YAML_STREAM_END_EVENT) {
			yaml_event_delete(&event);
			return bad(r, 0, "the file is empty");
		}
		if (event.type == YAML_STREAM_START_EVENT ||
		    event.type == YAML_DOCUMENT_START_EVENT) {
			yaml_event_delete(&event);
			continue;
		}
		break;
	} while (true);
	ret = take_node(r, &event, 0, out);
	yaml_event_delete(&event);
	return ret;
}

/* Nothing may stand behind it: what looks like one file would be read in part. */
static int no_more(struct reader *r)
{
	yaml_event_t event;
	yaml_event_type_t type;
	int ret;

	do {
		ret = next_event(r, &event);
		if (ret)
			return ret;
		type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT)
			ret = bad(r, event.start_mark.line, "a second document begins here (---)");
		yaml_event_delete(&event);
	} while (!ret && type != YAML_STREAM_END_EVENT);
	return ret;
}

int ytree_read(const char *path, struct ytree **out, struct err *e)
{
	FILE *f = fopen(path, "re");
	struct reader r = { .path = path, .e = e };
	int ret;

	*out = NULL;
	if (!f)
		return err_set(e, errno, "read %s: %s\nnext: is the name right?", path,
			       strerror(errno));
	if (!yaml_parser_initialize(&r.parser)) {
		fclose(f);
		return err_set(e, ENOMEM, "read %s: out of memory", path);
	}
	yaml_parser_set_input_file(&r.parser, f);
	ret = first_node(&r, out);
	if (!ret)
		ret = no_more(&r);
	if (ret) {
		ytree_free(*out);
		*out = NULL;
	}
	yaml_parser_delete(&r.parser);
	fclose(f);
	return ret;
}

void ytree_free(struct ytree *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->count; i++) {
		ytree_free(t->item[i]);
		free(t->key[i]);
	}
	free(t->item);
	free(t->key);
	free(t->key_line);
	free(t->text);
	free(t);
}

const struct ytree *ytree_get(const struct ytree *t, const char *key)
{
	size_t i;

	for (i = 0; t && t->kind == YTREE_MAP && i < t->count; i++)
		if (!strcmp(t->key[i], key))
			return t->item[i];
	return NULL;
}

const char *ytree_text(const struct ytree *t, const char *key)
{
	const struct ytree *v = ytree_get(t, key);

	return v && v->kind == YTREE_TEXT ? v->text : NULL;
}
