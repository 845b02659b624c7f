// SPDX-License-Identifier: Apache-2.0
// What one entry of a cache holds. Numbers have 8 bytes; texts are a number and their bytes.
#include "compiler/cache/cache.h"
#include "engine/match/program.h"

#include <string.h>

/* ---- writing ------------------------------------------------------------------------------ */

static void put_number(csc_buffer *out, uint64_t number)
{
    csc_buffer_append(out, (corsac_str){(const char *)&number, sizeof(number)});
}

static void put_text(csc_buffer *out, corsac_str text)
{
    put_number(out, text.size);
    csc_buffer_append(out, text);
}

static void put_piece(csc_buffer *out, const csc_piece *piece)
{
    put_number(out, piece->kind);
    put_number(out, piece->bits[0]);
    put_number(out, piece->bits[1]);
    put_number(out, piece->min);
    put_number(out, piece->max);
    put_text(out, piece->literal);
    put_number(out, piece->tail_bytes);
}

static void put_span(csc_buffer *out, const csc_span_form *span)
{
    put_text(out, span->prefix);
    put_text(out, span->suffix);
    put_number(out, span->port);
    put_number(out, span->port_min);
    put_number(out, span->port_max);
    put_number(out, span->piece_count);
    for (size_t i = 0; i < span->piece_count; i++)
        put_piece(out, &span->pieces[i]);
}

static void put_lowered(csc_buffer *out, const csc_lowered *lowered)
{
    put_number(out, lowered->proved);
    put_number(out, lowered->exact);
    put_number(out, lowered->key_count);
    for (size_t i = 0; i < lowered->key_count; i++)
        put_text(out, lowered->keys[i]);
    put_number(out, lowered->span_count);
    for (size_t i = 0; i < lowered->span_count; i++)
        put_span(out, &lowered->spans[i]);
}

static void put_pattern(csc_buffer *out, const csc_compiled *c)
{
    put_text(out, c->regex->pattern);
    put_text(out, c->bytes);
    put_number(out, c->accepts_star);
    put_number(out, c->is_dfa);
    put_number(out, c->state_count);
    put_number(out, c->lowered != NULL);
    if (c->lowered)
        put_lowered(out, c->lowered);
}

static void put_set(csc_buffer *out, corsac_str key, const csc_regex_parts *parts)
{
    put_text(out, key);
    put_number(out, parts->count);
    for (size_t i = 0; i < parts->count; i++) {
        put_number(out, parts->items[i].first);
        put_text(out, parts->items[i].bytes);
    }
}

bool csc_cache_entry_write(const csc_store_item *item, csc_buffer *out)
{
    if (item->kind == CSC_STORE_PATTERN) {
        put_pattern(out, item->value);
        return true;
    }
    const csc_regex_parts *parts = item->value;
    if (parts->database.stored.data)
        return false;
    put_set(out, item->key, parts);
    return true;
}

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct taker {
    csc_arena *arena;
    corsac_str rest;
    bool broken;
} taker;

/* A number up to `most`; 0 once broken. */
static uint64_t take_number(taker *t, uint64_t most)
{
    uint64_t number = 0;
    if (t->rest.size < sizeof(number))
        t->broken = true;
    if (t->broken)
        return 0;
    memcpy(&number, t->rest.data, sizeof(number));
    t->rest = csc_str_slice(t->rest, sizeof(number), t->rest.size - sizeof(number));
    if (number > most)
        t->broken = true;
    return t->broken ? 0 : number;
}

/* A copy in the arena. */
static corsac_str take_text(taker *t)
{
    uint64_t size = take_number(t, t->rest.size);
    if (size > t->rest.size)
        t->broken = true;
    if (t->broken)
        return (corsac_str){"", 0};
    corsac_str text = csc_arena_copy(t->arena, csc_str_slice(t->rest, 0, size));
    t->rest = csc_str_slice(t->rest, size, t->rest.size - size);
    if (!text.data)
        t->broken = true; /* the arena remembers why */
    return text;
}

/* How many records follow, each of at least a number; and room for them. */
static void *take_records(taker *t, size_t record_bytes, size_t *count)
{
    uint64_t wanted = take_number(t, t->rest.size / sizeof(uint64_t));
    void *records = csc_arena_alloc(t->arena, (size_t)wanted + 1, record_bytes);
    if (!records)
        t->broken = true;
    *count = t->broken ? 0 : (size_t)wanted;
    return records;
}

static void check(taker *t, bool holds)
{
    t->broken = t->broken || !holds;
}

static void take_piece(taker *t, csc_piece *piece)
{
    piece->kind = (cse_piece_kind)take_number(t, CSE_PIECE_LABELS);
    piece->bits[0] = take_number(t, UINT64_MAX);
    piece->bits[1] = take_number(t, UINT64_MAX);
    piece->min = (uint32_t)take_number(t, UINT32_MAX);
    piece->max = (uint32_t)take_number(t, UINT32_MAX);
    piece->literal = take_text(t);
    piece->tail_bytes = (uint32_t)take_number(t, UINT32_MAX);
    check(t, piece->min <= piece->max && piece->literal.size <= UINT16_MAX);
}

static void take_span(taker *t, csc_span_form *span)
{
    span->prefix = take_text(t);
    span->suffix = take_text(t);
    span->port = (cse_span_port)take_number(t, CSE_SPAN_OPTIONAL_PORT);
    span->port_min = (uint8_t)take_number(t, UINT8_MAX);
    span->port_max = (uint8_t)take_number(t, UINT8_MAX);
    span->pieces = take_records(t, sizeof(*span->pieces), &span->piece_count);
    check(t, span->piece_count <= CSE_ORIGIN_MAX_PIECES && span->prefix.size <= UINT16_MAX &&
                 span->suffix.size <= UINT16_MAX);
    for (size_t i = 0; i < span->piece_count && !t->broken; i++)
        take_piece(t, &span->pieces[i]);
}

static const csc_lowered *take_lowered(taker *t)
{
    csc_lowered *lowered = csc_arena_alloc(t->arena, 1, sizeof(*lowered));
    if (!lowered)
        return NULL;
    lowered->proved = take_number(t, 1);
    lowered->exact = take_number(t, 1);
    check(t, lowered->proved || !lowered->exact);
    lowered->keys = take_records(t, sizeof(*lowered->keys), &lowered->key_count);
    for (size_t i = 0; i < lowered->key_count && !t->broken; i++)
        lowered->keys[i] = take_text(t);
    lowered->spans = take_records(t, sizeof(*lowered->spans), &lowered->span_count);
    for (size_t i = 0; i < lowered->span_count && !t->broken; i++)
        take_span(t, &lowered->spans[i]);
    return lowered;
}

/* A program of so many regexes at most. */
static bool is_program(corsac_str bytes, size_t most)
{
    return cse_program_verify(bytes.data, bytes.size, NULL) &&
           ((const cse_program *)(const void *)bytes.data)->regex_count <= most;
}

static void *take_pattern(taker *t, const csc_regex_limits *limits, corsac_str *key)
{
    csc_compiled *c = csc_arena_alloc(t->arena, 1, sizeof(*c));
    csc_regex *regex = NULL;
    csc_regex_error error;
    if (!c)
        return NULL;
    *key = take_text(t);
    corsac_status status =
        t->broken ? CORSAC_E_SOURCE : csc_regex_parse(t->arena, *key, limits, &regex, &error);
    if (status == CORSAC_E_MEMORY)
        csc_arena_fail(t->arena);
    if (status != CORSAC_OK)
        return NULL;
    *c = (csc_compiled){.arena = t->arena, .regex = regex, .bytes = take_text(t)};
    c->accepts_star = take_number(t, 1);
    c->is_dfa = take_number(t, 1);
    c->state_count = (uint32_t)take_number(t, UINT32_MAX);
    if (take_number(t, 1))
        c->lowered = take_lowered(t);
    check(t, !t->broken && is_program(c->bytes, 1));
    return c;
}

/* As regex_parts.c writes keys. */
static size_t count_patterns(corsac_str key)
{
    size_t at = 3 * sizeof(uint64_t), count = 0;
    for (uint64_t size; at < key.size; at += size, count++) {
        if (key.size - at < sizeof(size))
            return 0;
        memcpy(&size, key.data + at, sizeof(size));
        at += sizeof(size);
        if (size > key.size - at)
            return 0;
    }
    return at == key.size ? count : 0;
}

static void *take_set(taker *t, corsac_str *key)
{
    csc_regex_parts *parts = csc_arena_alloc(t->arena, 1, sizeof(*parts));
    if (!parts)
        return NULL;
    *key = take_text(t);
    parts->items = take_records(t, sizeof(*parts->items), &parts->count);
    size_t total = count_patterns(*key);
    check(t, parts->count > 0 && total > 0);
    for (size_t i = 0; i < parts->count && !t->broken; i++) {
        csc_regex_part *part = &parts->items[i];
        part->first = (size_t)take_number(t, total - 1);
        part->bytes = take_text(t);
        check(t, i == 0 ? part->first == 0 : part->first > part[-1].first);
    }
    for (size_t i = 0; i < parts->count && !t->broken; i++) {
        csc_regex_part *part = &parts->items[i];
        size_t end = i + 1 < parts->count ? part[1].first : total;
        if (part->bytes.size == 0)
            part->bytes.data = NULL; /* the regex's own program */
        check(t, part->bytes.size == 0 ? end - part->first == 1
                                       : is_program(part->bytes, end - part->first));
    }
    return parts;
}

corsac_status csc_cache_entry_read(csc_arena *arena, const csc_regex_limits *limits,
                                   corsac_str content, csc_store_item *item)
{
    taker t = {.arena = arena, .rest = content};
    item->value = item->kind == CSC_STORE_PATTERN ? take_pattern(&t, limits, &item->key)
                                                  : take_set(&t, &item->key);
    if (csc_arena_failed(arena))
        return CORSAC_E_MEMORY;
    return item->value && !t.broken && t.rest.size == 0 ? CORSAC_OK : CORSAC_E_SOURCE;
}
