// SPDX-License-Identifier: Apache-2.0
// Counters in the text format of Prometheus: a HELP and a TYPE line per name, then its samples.
#include "engine/publish/sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct writer {
    corsac_write_fn write;
    void *context;
} writer;

static void put(writer *w, const char *text)
{
    w->write(w->context, text, strlen(text));
}

static void put_head(writer *w, const char *name, const char *help)
{
    put(w, "# HELP ");
    put(w, name);
    put(w, " ");
    put(w, help);
    put(w, "\n# TYPE ");
    put(w, name);
    put(w, " counter\n");
}

/*
 * Backslash, quote and line feed as the format asks; what is no printable ASCII as the text "\xHH",
 * since the format is UTF-8 and names in a hostile image need not be.
 */
static void put_escaped_byte(writer *w, unsigned char byte)
{
    char piece[8];
    if (byte == '\\' || byte == '"')
        snprintf(piece, sizeof(piece), "\\%c", byte);
    else if (byte == '\n')
        snprintf(piece, sizeof(piece), "\\n");
    else
        snprintf(piece, sizeof(piece), "\\\\x%02x", byte);
    put(w, piece);
}

static bool is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '\\' && byte != '"';
}

static void put_escaped(writer *w, corsac_str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_plain(text.data[i]))
            continue;
        w->write(w->context, text.data + from, i - from);
        put_escaped_byte(w, (unsigned char)text.data[i]);
        from = i + 1;
    }
    if (text.size > from)
        w->write(w->context, text.data + from, text.size - from);
}

static void put_value(writer *w, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), " %" PRIu64 "\n", value);
    put(w, text);
}

/* ---- by policy ---------------------------------------------------------------------------- */

typedef struct metric {
    const char *name, *help;
    size_t offset; /* of a uint64_t in corsac_policy_counts */
} metric;

static const metric by_policy[] = {
    {"corsac_origin_valid_total", "Requests whose origin the policy allows.",
     offsetof(corsac_policy_counts, origin_valid)},
    {"corsac_origin_invalid_total", "Requests whose origin the policy does not allow.",
     offsetof(corsac_policy_counts, origin_invalid)},
    {"corsac_preflights_total", "Preflights, allowed, forwarded or denied.",
     offsetof(corsac_policy_counts, preflights)},
    {"corsac_fallbacks_total", "Regex scans that failed and were answered by the automaton.",
     offsetof(corsac_policy_counts, fallbacks)},
};

static void put_metric(writer *w, const corsac_counters *counters, const metric *m)
{
    put_head(w, m->name, m->help);
    for (uint32_t i = 0; i < counters->policy_count; i++) {
        corsac_policy_counts counts;
        uint64_t value;
        if (corsac_counters_policy(counters, i, &counts) != CORSAC_OK)
            return;
        memcpy(&value, (const char *)&counts + m->offset, sizeof(value));
        put(w, m->name);
        put(w, "{owner=\"");
        put_escaped(w, counts.owner);
        put(w, "\",path=\"");
        put_escaped(w, counts.path);
        put(w, "\"}");
        put_value(w, value);
    }
}

/* ---- by outcome --------------------------------------------------------------------------- */

static void put_outcomes(writer *w, const corsac_counters *counters)
{
    put_head(w, "corsac_decisions_total", "Decisions by outcome.");
    for (uint32_t i = 0; i < CORSAC_OUTCOME_COUNT; i++) {
        put(w, "corsac_decisions_total{outcome=\"");
        put(w, corsac_outcome_name((corsac_outcome)i));
        put(w, "\"}");
        put_value(w, corsac_counters_outcome(counters, i));
    }
}

static void put_pair(writer *w, const char *outcome, const char *shadow, uint64_t value)
{
    put(w, "corsac_shadow_decisions_total{outcome=\"");
    put(w, outcome);
    put(w, "\",shadow=\"");
    put(w, shadow);
    put(w, "\"}");
    put_value(w, value);
}

/* Pairs that never came up are left out, except equal ones: 81 lines would hide what matters. */
static void put_shadow(writer *w, const corsac_counters *counters)
{
    put_head(w, "corsac_shadow_decisions_total",
             "Decisions by outcome and by the outcome of the shadow image.");
    for (uint32_t i = 0; i < CORSAC_OUTCOME_COUNT; i++)
        for (uint32_t j = 0; j < CORSAC_OUTCOME_COUNT; j++) {
            uint64_t value = corsac_counters_shadow(counters, i, j);
            if (value > 0 || i == j)
                put_pair(w, corsac_outcome_name((corsac_outcome)i),
                         corsac_outcome_name((corsac_outcome)j), value);
        }
    put_head(w, "corsac_shadow_other_answers_total",
             "Decisions with the shadow's outcome but another status or other headers.");
    put(w, "corsac_shadow_other_answers_total");
    put_value(w, corsac_counters_shadow_other_answers(counters));
}

corsac_status corsac_counters_write(const corsac_counters *counters, corsac_write_fn write,
                                    void *context)
{
    writer w = {write, context};
    if (!counters || !write)
        return CORSAC_E_ARGUMENT;
    if (counters->by_policy) {
        for (size_t i = 0; i < sizeof(by_policy) / sizeof(*by_policy); i++)
            put_metric(&w, counters, &by_policy[i]);
        put_outcomes(&w, counters);
    }
    if (counters->shadow)
        put_shadow(&w, counters);
    return CORSAC_OK;
}
