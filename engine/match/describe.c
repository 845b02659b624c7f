// SPDX-License-Identifier: Apache-2.0
// Origin sets as text for people: what serves each matcher, and how much there is of it.
#include "engine/match/origin.h"

#include "engine/match/database.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct printer {
    cse_origin_write write;
    void *context;
} printer;

__attribute__((format(printf, 2, 3))) static void print(const printer *to, const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (size > 0)
        to->write(to->context, line, (size_t)size < sizeof(line) ? (size_t)size : sizeof(line) - 1);
}

/* Tenant text, printable: other bytes as \xHH. */
static void print_text(const printer *to, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] >= 0x20 && bytes[i] <= 0x7e && bytes[i] != '\\' && bytes[i] != '"')
            to->write(to->context, (const char *)bytes + i, 1);
        else
            print(to, bytes[i] == '\\' || bytes[i] == '"' ? "\\%c" : "\\x%02x", bytes[i]);
    }
}

/* ---- programs and databases -------------------------------------------------------------- */

static void print_program(const printer *to, const cse_origin_sections *s, uint32_t index)
{
    static const char *const kinds[] = {"?", "narrow DFA", "DFA", "NFA", "sparse NFA"};
    const cse_program *program = cse_origin_program(s, index);
    print(to, "%s, %u states, %u bytes", kinds[program->kind], program->state_count,
          program->size_bytes);
}

static void print_rest(const printer *to, const cse_origin_sections *s, const cse_origin_set *set)
{
    if (set->flags & CSE_ORIGIN_ONE_SPAN)
        return;
    if (set->database != CSE_NONE) {
        const cse_origin_database *d = &s->databases[set->database];
        print(to, "  hyperscan: %u patterns, %u bytes, %s\n", d->pattern_count, d->size_bytes,
              cse_database_is_live(s, set->database) ? "in use" : "not loaded, automaton serves");
    }
    if (set->rest_count == 0)
        return;
    print(to, "  automaton: ");
    if (set->rest_count == 1)
        print_program(to, s, set->rest);
    else
        print(to, "%u programs, asked in turn", set->rest_count);
    print(to, "\n");
}

/* ---- counts ------------------------------------------------------------------------------ */

static uint32_t table_keys(const cse_origin_sections *s, const cse_origin_set *set)
{
    uint32_t count = 0;
    for (uint32_t b = 0; b < 1u << set->bucket_shift; b++)
        for (uint32_t lane = 0; lane < 8; lane++)
            count += s->buckets[set->buckets + b].fingerprints[lane] != 0;
    return count;
}

static uint32_t row_keys(const cse_origin_row *row)
{
    uint32_t count = 0;
    while (count < CSE_ORIGIN_ROW_KEYS && row->sizes[count] != 0)
        count++;
    return count;
}

static void print_forms(const printer *to, const cse_origin_sections *s, const cse_origin_set *set)
{
    if (set->flags & CSE_ORIGIN_ONE_SPAN) {
        print(to, "  spans: 1, list\n");
        return;
    }
    if (set->flags & CSE_ORIGIN_TABLE)
        print(to, "  exact: %u strings, hash table\n", table_keys(s, set));
    else if (set->flags & CSE_ORIGIN_ROW)
        print(to, "  exact: %u strings, row of prints\n", row_keys(&s->rows[set->row]));
    else if (set->key_count)
        print(to, "  exact: %u strings, list\n", set->key_count);
    if (set->flags & CSE_ORIGIN_TRIE)
        print(to, "  prefix: trie\n");
    else if (set->prefix_count)
        print(to, "  prefix: %u texts, list\n", set->prefix_count);
    if (set->flags & CSE_ORIGIN_INDEXED)
        print(to, "  spans: indexed\n");
    else if (set->span_count)
        print(to, "  spans: %u, list\n", set->span_count);
}

/* ---- matchers ---------------------------------------------------------------------------- */

static void print_served(const printer *to, const cse_origin_set *set, uint8_t served)
{
    static const struct {
        uint8_t bit;
        const char *text;
    } forms[] = {{CSE_SERVED_ANY, "any origin (accepts \"*\")"},
                 {CSE_SERVED_NEVER, "nothing (never matches)"},
                 {CSE_SERVED_KEYS, "exact"},
                 {CSE_SERVED_SPANS, "span"}};
    const char *between = " -> ";
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (served & forms[i].bit) {
            print(to, "%s%s", between, forms[i].text);
            between = " + ";
        }
    if (served & CSE_SERVED_REST)
        print(to, "%s%s", between, set->database != CSE_NONE ? "hyperscan" : "automaton");
}

static cse_text pattern_of(const cse_origin_sections *s, const cse_origin_matcher *m)
{
    if (m->way == CSE_WAY_PROGRAM)
        return s->programs[m->value].pattern;
    if (m->way == CSE_WAY_SET)
        m = &s->matchers[s->sets[m->value].matchers];
    return (cse_text){m->value, m->size_bytes};
}

static void print_matcher(const printer *to, const cse_origin_sections *s,
                          const cse_origin_set *set, const cse_origin_matcher *m)
{
    static const char *const kinds[] = {"?", "exact", "prefix", "regex"};
    print(to, "  [%u] %s \"", m->index, kinds[m->kind & 3]);
    if (m->kind == CSE_MATCHER_REGEX) {
        cse_text pattern = pattern_of(s, m);
        print_text(to, s->strings + pattern.offset, pattern.size);
    } else {
        print_text(to, s->keys + m->value, m->size_bytes);
    }
    print(to, "\"");
    if (m->kind == CSE_MATCHER_REGEX)
        print_served(to, set, m->served);
    print(to, "\n");
}

void cse_origin_describe(const cse_origin_sections *sections, uint32_t set, cse_origin_write write,
                         void *context)
{
    const printer to = {write, context};
    const cse_origin_set *record = &sections->sets[set];
    print(&to, "origin set %u: %u matchers%s\n", set, cse_origin_matcher_count(record),
          record->flags & CSE_ORIGIN_ANY ? ", allows any origin" : "");
    for (uint32_t i = 0; i < cse_origin_matcher_count(record); i++)
        print_matcher(&to, sections, record, &sections->matchers[record->matchers + i]);
    print_forms(&to, sections, record);
    print_rest(&to, sections, record);
}
