// SPDX-License-Identifier: Apache-2.0
// Loads serialized databases and scans with them. libhs checks platform and version of what it
// deserializes but not its sense, hence the caller's word that the image is its own; beyond that
// each database must answer the questions that the compiler put beside it before it may serve
//
#include "engine/match/database.h"

#include "engine/match/bytes.h"
#include "engine/match/scratch.h"
#include "engine/match/zeros.h"

#include <hs/hs_common.h>
#include <hs/hs_runtime.h>
#include <stdlib.h>

struct cse_origin_databases {
    hs_scratch_t *scratch; /* fits all of them; readers clone it */
    uint32_t count;
    hs_database_t *items[]; /* NULL: does not serve */
};

/* ---- scanning ---------------------------------------------------------------------------- */

static int stop_at_first(unsigned int id, unsigned long long from, unsigned long long to,
                         unsigned int flags, void *context)
{
    (void)id, (void)from, (void)to, (void)flags, (void)context;
    return 1;
}

/* An origin that has head and tail. */
static cse_scan scan(const cse_origin_database *d, const hs_database_t *database, corsac_str origin,
                     hs_scratch_t *scratch)
{
    switch (hs_scan(database, origin.data + d->head_bytes,
                    (unsigned int)origin.size - d->head_bytes - d->tail_bytes, 0, scratch,
                    stop_at_first, NULL)) {
    case HS_SUCCESS:
        return CSE_SCAN_MISS;
    case HS_SCAN_TERMINATED:
        return CSE_SCAN_HIT;
    default:
        return CSE_SCAN_FAILED;
    }
}

/* The gate: literals that all matches share are compared before the scan, which costs something for each byte too: head
 * and tail are left out of it. */
static bool passes_gate(const cse_origin_sections *s, const cse_origin_database *d,
                        corsac_str origin)
{
    const uint8_t *texts = s->keys + d->texts;
    return origin.size >= d->min_bytes && origin.size <= d->max_bytes &&
           cse_bytes_equal(texts, origin.data, d->prefix_bytes) &&
           cse_bytes_equal(texts + d->prefix_bytes, origin.data + origin.size - d->suffix_bytes,
                           d->suffix_bytes);
}

bool cse_database_is_live(const cse_origin_sections *sections, uint32_t database)
{
    return sections->live && sections->live->items[database];
}

cse_scan cse_database_scan(const cse_origin_sections *sections, uint32_t database,
                           corsac_str origin, cse_origin_scratch *scratch)
{
    const cse_origin_database *d = &sections->databases[database];
    if (!passes_gate(sections, d, origin))
        return CSE_SCAN_MISS;
    return scan(d, sections->live->items[database], origin, scratch->scan);
}

/* ---- loading ----------------------------------------------------------------------------- */

/* Reads the next text of a database's list; false at a malformed one. */
static bool next_text(const uint8_t **at, const uint8_t *end, corsac_str *out)
{
    if (end - *at < 4)
        return false;
    uint32_t size = cse_load32(*at);
    if ((size_t)(end - *at) - 4 < size)
        return false;
    *out = (corsac_str){(const char *)*at + 4, size};
    *at += 4 + size;
    return true;
}

typedef struct asking {
    const cse_origin_sections *sections;
    const cse_origin_database *record;
    const hs_database_t *database;
    hs_scratch_t *scratch;
} asking;

/* An origin that matches passes the gate as well. */
static bool answer_is(const asking *a, corsac_str origin, cse_scan wanted)
{
    const cse_origin_database *d = a->record;
    if (wanted == CSE_SCAN_HIT ? !passes_gate(a->sections, d, origin)
                               : origin.size < (size_t)d->head_bytes + d->tail_bytes)
        return false;
    return scan(d, a->database, origin, a->scratch) == wanted;
}

static bool answers_are(const asking *a, const uint8_t **at, const uint8_t *end, uint32_t count,
                        cse_scan wanted)
{
    corsac_str origin;
    for (uint32_t i = 0; i < count; i++)
        if (!next_text(at, end, &origin) || !answer_is(a, origin, wanted))
            return false;
    return true;
}

/* The known answers: at least one of either kind unless the compiler found none. */
static bool passes_self_test(const cse_origin_sections *s, const cse_origin_database *d,
                             const hs_database_t *database, hs_scratch_t *scratch)
{
    const uint8_t *at = s->patterns + d->patterns, *end = at + d->pattern_bytes;
    corsac_str text;
    for (uint32_t i = 0; i < d->pattern_count; i++)
        if (!next_text(&at, end, &text))
            return false;
    const asking a = {s, d, database, scratch};
    return answers_are(&a, &at, end, d->hit_count, CSE_SCAN_HIT) &&
           answers_are(&a, &at, end, d->miss_count, CSE_SCAN_MISS);
}

static bool same_version(const cse_origin_database *d)
{
    const char *version = hs_version();
    size_t size = strnlen(version, sizeof(d->version));
    return size < sizeof(d->version) && memcmp(d->version, version, size) == 0 &&
           d->version[size] == 0;
}

/* Makes one database live if this machine and library can run it; HS_NOMEM is the only failure.
 * @param room  for the bytes of any of them. */
static hs_error_t load_one(cse_origin_databases *all, const cse_origin_sections *s, uint32_t i,
                           uint8_t *room)
{
    const cse_origin_database *d = &s->databases[i];
    hs_database_t *database = NULL;
    if (!same_version(d))
        return HS_SUCCESS;
    cse_zeros_read(s->database_bytes + d->offset, d->stored_bytes, room, d->size_bytes);
    hs_error_t error = hs_deserialize_database((const char *)room, d->size_bytes, &database);
    if (error == HS_SUCCESS)
        error = hs_alloc_scratch(database, &all->scratch);
    if (error == HS_SUCCESS && passes_self_test(s, d, database, all->scratch))
        all->items[i] = database;
    else if (database)
        hs_free_database(database);
    return error == HS_NOMEM ? HS_NOMEM : HS_SUCCESS;
}

/* NULL when memory is short. */
static uint8_t *room_for_any(const cse_origin_sections *s)
{
    size_t most = 0;
    for (uint32_t i = 0; i < s->database_count; i++)
        most = s->databases[i].size_bytes > most ? s->databases[i].size_bytes : most;
    return malloc(most + CSE_ZEROS_SLACK);
}

static hs_error_t load_all(cse_origin_databases *all, const cse_origin_sections *s)
{
    uint8_t *room = room_for_any(s);
    hs_error_t error = room ? HS_SUCCESS : HS_NOMEM;
    for (uint32_t i = 0; i < all->count && error == HS_SUCCESS; i++)
        error = load_one(all, s, i, room);
    free(room);
    return error;
}

corsac_status cse_origin_databases_load(cse_origin_databases **out,
                                        const cse_origin_sections *sections, uint32_t *loaded_count)
{
    *out = NULL;
    *loaded_count = 0;
    if (sections->database_count == 0 || hs_valid_platform() != HS_SUCCESS)
        return CORSAC_OK;
    cse_origin_databases *all =
        calloc(1, sizeof(*all) + (size_t)sections->database_count * sizeof(all->items[0]));
    if (!all)
        return CORSAC_E_MEMORY;
    all->count = sections->database_count;
    if (load_all(all, sections) != HS_SUCCESS) {
        cse_origin_databases_free(all);
        return CORSAC_E_MEMORY;
    }
    for (uint32_t i = 0; i < all->count; i++)
        *loaded_count += all->items[i] != NULL;
    *out = all;
    return CORSAC_OK;
}

void cse_origin_databases_free(cse_origin_databases *databases)
{
    if (!databases)
        return;
    for (uint32_t i = 0; i < databases->count; i++)
        hs_free_database(databases->items[i]);
    hs_free_scratch(databases->scratch);
    free(databases);
}

/* ---- scratch ----------------------------------------------------------------------------- */

corsac_status cse_databases_scratch(struct hs_scratch **out, const cse_origin_databases *databases)
{
    *out = NULL;
    if (!databases || !databases->scratch)
        return CORSAC_OK;
    return hs_clone_scratch(databases->scratch, out) == HS_SUCCESS ? CORSAC_OK : CORSAC_E_MEMORY;
}

void cse_databases_scratch_free(struct hs_scratch *scratch)
{
    hs_free_scratch(scratch);
}
