// SPDX-License-Identifier: Apache-2.0
// A session keeps each input decoded, by itself and in an arena of its own, and each regex compiled.
// A compile puts the resources together in the order of the inputs' names and runs the rest of the
// pipeline, so that its image is that of corsac_compile() over the same inputs.
//
// A span names its input by a number that stays the same while the input lives: its slot.
#include "compiler/driver.h"
#include "compiler/resolved.h"

#include <stdlib.h>
#include <string.h>

typedef struct unit {
    csc_arena *arena;
    uint32_t slot;
    corsac_str name, text;
    csc_resources resources;      /* duplicates among inputs not yet left out */
    size_t lost_count;            /* entries at the end of resources.quarantined */
    corsac_diagnostics *findings; /* NULL: none */
} unit;

/* A unit that has taken the place of another since the last compile. */
typedef struct change {
    unit *old, *now;
} change;

struct corsac_session {
    csc_arena *arena; /* of the options */
    corsac_compile_options options;
    csc_store *store;
    csc_kept kept;
    size_t first_stored; /* entries of the store after the first compile of an epoch */
    unit **units;        /* sorted by name */
    size_t count, capacity;
    corsac_input *inputs; /* by slot */
    size_t input_count, input_capacity;
    uint32_t *free_slots; /* as many as inputs at most */
    size_t free_count;
    csc_pipeline pipeline; /* of the last compile: its memory serves the next one */
    csc_resolved resolved;
    unit **retired; /* what `resolved` may still point to */
    size_t retired_count, retired_capacity;
    size_t unit_bytes, retired_bytes; /* memory of the units, and of the retired ones */
    change *changes;                  /* of units that are retired now */
    size_t change_count, change_capacity;
};

/* ---- life --------------------------------------------------------------------------------- */

corsac_status corsac_session_new(corsac_session **out, const corsac_compile_options *options)
{
    corsac_compile_options completed;
    if (!out)
        return CORSAC_E_ARGUMENT;
    *out = NULL;
    if (!csc_options_take(&completed, options))
        return CORSAC_E_ARGUMENT;
    corsac_session *session = calloc(1, sizeof(*session));
    if (!session)
        return CORSAC_E_MEMORY;
    session->options = completed;
    session->arena = csc_arena_new();
    session->store = csc_store_new();
    if (!session->arena || !session->store || csc_kept_init(&session->kept) != CORSAC_OK ||
        csc_options_copy(&session->options, session->arena) != CORSAC_OK) {
        corsac_session_free(session);
        return CORSAC_E_MEMORY;
    }
    *out = session;
    return CORSAC_OK;
}

static void free_unit(unit *u)
{
    corsac_diagnostics_free(u->findings);
    csc_arena_free(u->arena); /* and u itself */
}

/* Nothing of the last resolution is used any more. */
static void drop_resolved(corsac_session *session)
{
    for (size_t i = 0; i < session->retired_count; i++)
        free_unit(session->retired[i]);
    session->retired_count = session->change_count = session->retired_bytes = 0;
    session->resolved.resolution = NULL;
}

void corsac_session_free(corsac_session *session)
{
    if (!session)
        return;
    drop_resolved(session);
    for (size_t i = 0; i < session->count; i++)
        free_unit(session->units[i]);
    free(session->units);
    free(session->inputs);
    free(session->free_slots);
    free(session->retired);
    free(session->changes);
    csc_resolved_free(&session->resolved);
    csc_pipeline_free(&session->pipeline);
    csc_store_free(session->store);
    csc_kept_free(&session->kept);
    csc_arena_free(session->arena);
    free(session);
}

/* ---- inputs ------------------------------------------------------------------------------- */

/* Where the input of that name is, or belongs. */
static size_t find_unit(const corsac_session *session, corsac_str name, bool *found)
{
    size_t low = 0, high = session->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = csc_str_compare(session->units[middle]->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The array with room for one more item; NULL when memory is short, and then it is as it was. */
static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t larger = *capacity ? *capacity * 2 : 16;
    void *moved = realloc(items, larger * size);
    if (moved)
        *capacity = larger;
    return moved;
}

/* Makes room for one more input. */
static bool make_room(corsac_session *session)
{
    unit **units =
        grown(session->units, session->count, &session->capacity, sizeof(*session->units));
    if (!units)
        return false;
    session->units = units;
    if (session->input_count < session->input_capacity)
        return true;
    size_t capacity = session->input_capacity ? session->input_capacity * 2 : 16;
    corsac_input *inputs = realloc(session->inputs, capacity * sizeof(*inputs));
    if (inputs)
        session->inputs = inputs;
    uint32_t *slots = realloc(session->free_slots, capacity * sizeof(*slots));
    if (slots)
        session->free_slots = slots;
    if (!inputs || !slots)
        return false;
    session->input_capacity = capacity;
    return true;
}

/* Reads and decodes the input in u->slot. The nodes are most of the memory, and not needed after. */
static corsac_status decode(corsac_session *session, unit *u, csc_arena *nodes)
{
    csc_documents documents;
    const csc_context context = {.arena = u->arena,
                                 .nodes = nodes,
                                 .inputs = session->inputs,
                                 .input_count = session->input_count,
                                 .options = &session->options,
                                 .diagnostics = u->findings};
    corsac_status status = csc_documents_read_one(&context, u->slot, &documents);
    if (status == CORSAC_OK)
        status = csc_resources_collect(&context, &documents, &u->resources);
    u->lost_count = documents.lost_count;
    if (csc_arena_failed(u->arena) || csc_diagnostics_failed(u->findings))
        return CORSAC_E_MEMORY;
    return status == CORSAC_OK ? csc_resolve_prepare(&context, &u->resources) : status;
}

static corsac_status make_unit(corsac_session *session, const corsac_input *input, uint32_t slot,
                               unit **out)
{
    csc_arena *arena = csc_arena_new();
    unit *u = arena ? csc_arena_alloc(arena, 1, sizeof(*u)) : NULL;
    if (!u) {
        csc_arena_free(arena);
        return CORSAC_E_MEMORY;
    }
    *u = (unit){.arena = arena,
                .slot = slot,
                .name = csc_arena_copy(arena, input->name),
                .text = csc_arena_copy(arena, input->text)};
    corsac_input old = session->inputs[slot];
    session->inputs[slot] = (corsac_input){u->name, u->text};
    corsac_status status = corsac_diagnostics_new(&u->findings);
    csc_arena *nodes = csc_arena_new();
    if (status == CORSAC_OK)
        status = nodes ? decode(session, u, nodes) : CORSAC_E_MEMORY;
    csc_arena_free(nodes);
    if (status != CORSAC_OK) {
        session->inputs[slot] = old;
        free_unit(u);
        return status;
    }
    if (corsac_diagnostics_count(u->findings) == 0) {
        corsac_diagnostics_free(u->findings);
        u->findings = NULL;
    }
    *out = u;
    return CORSAC_OK;
}

static corsac_status add_unit(corsac_session *session, const corsac_input *input, size_t at)
{
    unit *u;
    if (!make_room(session))
        return CORSAC_E_MEMORY;
    bool reused = session->free_count > 0;
    uint32_t slot =
        reused ? session->free_slots[session->free_count - 1] : (uint32_t)session->input_count;
    if (!reused)
        session->inputs[session->input_count++] = (corsac_input){{"", 0}, {"", 0}};
    corsac_status status = make_unit(session, input, slot, &u);
    if (status != CORSAC_OK) {
        session->input_count -= !reused;
        return status;
    }
    drop_resolved(session);
    session->free_count -= reused;
    memmove(session->units + at + 1, session->units + at,
            (session->count - at) * sizeof(*session->units));
    session->units[at] = u;
    session->count++;
    session->unit_bytes += csc_arena_used_bytes(u->arena);
    return CORSAC_OK;
}

/* Retired units wait for the next whole resolution: they may be a quarter of the others, and a MiB, which is some 100
 * small inputs. What is found by looking through all of it must be little for one compile: beyond this many changed
 * VirtualServices a whole resolution costs no more (measured with 20,000). */
enum { RETIRED_PART = 4, RETIRED_SPARE_BYTES = 1 << 20, MOST_CHANGED = 64 };

static bool may_wait(const corsac_session *session, const unit *old)
{
    const size_t most = session->unit_bytes / RETIRED_PART + RETIRED_SPARE_BYTES;
    return session->change_count < MOST_CHANGED &&
           session->retired_bytes + csc_arena_used_bytes(old->arena) <= most;
}

/* The change of a unit since the last compile. */
static change *find_change(const corsac_session *session, const unit *now)
{
    for (size_t i = 0; i < session->change_count; i++)
        if (session->changes[i].now == now)
            return &session->changes[i];
    return NULL;
}

/* False when it should not or cannot wait. */
static bool retire(corsac_session *session, unit *old, unit *now)
{
    if (!may_wait(session, old))
        return false;
    unit **retired = grown(session->retired, session->retired_count, &session->retired_capacity,
                           sizeof(*retired));
    if (retired)
        session->retired = retired;
    change *changes =
        grown(session->changes, session->change_count, &session->change_capacity, sizeof(*changes));
    if (changes)
        session->changes = changes;
    if (!retired || !changes)
        return false;
    retired[session->retired_count++] = old;
    session->retired_bytes += csc_arena_used_bytes(old->arena);
    changes[session->change_count++] = (change){old, now};
    return true;
}

/* The old unit goes, or waits as long as anything may point to it. */
static void replace_unit(corsac_session *session, unit *old, unit *now)
{
    change *earlier = find_change(session, old);
    if (session->resolved.resolution && !earlier && retire(session, old, now))
        return;
    if (session->resolved.resolution && earlier)
        earlier->now = now;
    else
        drop_resolved(session);
    free_unit(old);
}

static bool is_sound(corsac_str text)
{
    return text.data != NULL || text.size == 0;
}

corsac_status corsac_session_update(corsac_session *session, const corsac_input *input)
{
    bool found;
    unit *u;
    if (!session || !input || !is_sound(input->name) || !is_sound(input->text))
        return CORSAC_E_ARGUMENT;
    size_t at = find_unit(session, input->name, &found);
    if (!found)
        return add_unit(session, input, at);
    if (csc_str_equal(session->units[at]->text, input->text))
        return CORSAC_OK;
    corsac_status status = make_unit(session, input, session->units[at]->slot, &u);
    if (status != CORSAC_OK)
        return status;
    session->unit_bytes +=
        csc_arena_used_bytes(u->arena) - csc_arena_used_bytes(session->units[at]->arena);
    replace_unit(session, session->units[at], u);
    session->units[at] = u;
    return CORSAC_OK;
}

corsac_status corsac_session_remove(corsac_session *session, corsac_str name)
{
    bool found;
    if (!session || !is_sound(name))
        return CORSAC_E_ARGUMENT;
    size_t at = find_unit(session, name, &found);
    if (!found)
        return CORSAC_E_NOT_FOUND;
    unit *u = session->units[at];
    drop_resolved(session);
    session->free_slots[session->free_count++] = u->slot;
    session->inputs[u->slot] = (corsac_input){{"", 0}, {"", 0}};
    session->unit_bytes -= csc_arena_used_bytes(u->arena);
    free_unit(u);
    session->count--;
    memmove(session->units + at, session->units + at + 1,
            (session->count - at) * sizeof(*session->units));
    return CORSAC_OK;
}

/* ---- compiling ---------------------------------------------------------------------------- */

static bool make_lists(const corsac_session *session, csc_arena *arena, csc_resources *out)
{
    *out = (csc_resources){0};
    for (size_t i = 0; i < session->count; i++) {
        const csc_resources *from = &session->units[i]->resources;
        out->virtual_service_count += from->virtual_service_count;
        out->gateway_count += from->gateway_count;
        out->quarantined_count += from->quarantined_count;
        out->document_count += from->document_count;
        out->skipped_count += from->skipped_count;
    }
    out->virtual_services =
        csc_arena_alloc(arena, out->virtual_service_count, sizeof(*out->virtual_services));
    out->gateways = csc_arena_alloc(arena, out->gateway_count, sizeof(*out->gateways));
    out->quarantined = csc_arena_alloc(arena, out->quarantined_count, sizeof(*out->quarantined));
    return out->virtual_services && out->gateways && out->quarantined;
}

/* Copies records behind those that are there. */
static void append(void *to, size_t *count, const void *from, size_t from_count, size_t size)
{
    if (from_count > 0)
        memcpy((char *)to + *count * size, from, from_count * size);
    *count += from_count;
}

/* All resources in the order in which one compile would have decoded them: lost documents last. */
static corsac_status gather(const corsac_session *session, csc_arena *arena, csc_resources *out)
{
    size_t services = 0, gateways = 0, quarantined = 0;
    if (!make_lists(session, arena, out))
        return CORSAC_E_MEMORY;
    for (size_t i = 0; i < session->count; i++) {
        const unit *u = session->units[i];
        const csc_resources *from = &u->resources;
        append(out->virtual_services, &services, from->virtual_services,
               from->virtual_service_count, sizeof(*from->virtual_services));
        append(out->gateways, &gateways, from->gateways, from->gateway_count,
               sizeof(*from->gateways));
        append(out->quarantined, &quarantined, from->quarantined,
               from->quarantined_count - u->lost_count, sizeof(*from->quarantined));
    }
    for (size_t i = 0; i < session->count; i++) {
        const unit *u = session->units[i];
        if (u->lost_count > 0)
            append(out->quarantined, &quarantined,
                   u->resources.quarantined + u->resources.quarantined_count - u->lost_count,
                   u->lost_count, sizeof(*out->quarantined));
    }
    return CORSAC_OK;
}

static corsac_status report(const corsac_session *session, corsac_diagnostics *diagnostics)
{
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; i < session->count && status == CORSAC_OK; i++)
        if (session->units[i]->findings)
            status = csc_diagnostics_append(diagnostics, session->units[i]->findings);
    return status;
}

static corsac_status resolve_all(corsac_session *session, const csc_context *context)
{
    csc_resolved *resolved = &session->resolved;
    drop_resolved(session);
    corsac_status status = csc_resolved_start(resolved);
    if (status == CORSAC_OK)
        status = gather(session, resolved->arena, resolved->resources);
    return status == CORSAC_OK ? csc_resolved_make(resolved, context) : status;
}

static bool changes_fit(const corsac_session *session)
{
    size_t changed = 0;
    bool fit = session->resolved.resolution != NULL;
    for (size_t i = 0; fit && i < session->change_count; i++) {
        const change *c = &session->changes[i];
        changed += c->now->resources.virtual_service_count;
        fit = changed <= MOST_CHANGED && csc_resolved_fits(&session->resolved, c->now->name,
                                                           &c->old->resources, &c->now->resources);
    }
    return fit;
}

/* As far as that does not change anything else. */
static corsac_status resolve_changes(corsac_session *session, const csc_context *context)
{
    corsac_status status = CORSAC_OK;
    for (size_t i = 0; i < session->change_count && status == CORSAC_OK; i++) {
        const change *c = &session->changes[i];
        status = csc_resolved_replace(&session->resolved, context, &c->old->resources,
                                      &c->now->resources);
    }
    session->change_count = 0;
    return status == CORSAC_OK ? csc_resolved_report(&session->resolved, context) : status;
}

static corsac_status compile(corsac_session *session, csc_pipeline *p, corsac_blob **out,
                             corsac_compile_summary *summary)
{
    corsac_status status = report(session, p->context.diagnostics);
    if (status == CORSAC_OK)
        status = changes_fit(session) ? resolve_changes(session, &p->context)
                                      : resolve_all(session, &p->context);
    if (status != CORSAC_OK)
        return status;
    p->resources = *session->resolved.resources;
    p->ir = session->resolved.ir;
    return csc_pipeline_build(p, status, out, summary);
}

/* Regexes of sets that are copied are not asked for: only a compile that copies nothing tells which are still of
 * use. */
enum { SPARE_STORED = 64 }; /* regexes: a few compiles' worth where few are in use */

static void begin_round(corsac_session *session)
{
    if (csc_store_count(session->store) > 2 * session->first_stored + SPARE_STORED)
        csc_kept_clear(&session->kept);
}

/* After each compile. What a failure may have left half made must not be found again. */
static void end_round(corsac_session *session, corsac_status status, bool made)
{
    if (status == CORSAC_E_MEMORY) {
        csc_store_clear(session->store);
        drop_resolved(session);
    }
    if (status != CORSAC_OK && status != CORSAC_E_SOURCE && status != CORSAC_E_EMPTY)
        csc_kept_clear(&session->kept);
    if (session->kept.round != 1 || !made)
        return;
    csc_store_turn(session->store);
    session->first_stored = csc_store_count(session->store);
}

corsac_status corsac_session_compile(corsac_blob **out, corsac_session *session,
                                     corsac_diagnostics *diagnostics,
                                     corsac_compile_summary *summary)
{
    corsac_compile_summary counts = {0};
    if (summary)
        *summary = counts;
    if (out)
        *out = NULL;
    if (!out || !session || !diagnostics)
        return CORSAC_E_ARGUMENT;
    csc_pipeline *p = &session->pipeline;
    const csc_context context = {.inputs = session->inputs,
                                 .input_count = session->input_count,
                                 .options = &session->options,
                                 .diagnostics = diagnostics,
                                 .store = session->store,
                                 .kept = &session->kept};
    begin_round(session);
    corsac_status status = csc_pipeline_start(p, &context);
    if (status == CORSAC_OK)
        status = compile(session, p, out, &counts);
    status = csc_pipeline_settle(p, status, out);
    end_round(session, status, *out != NULL);
    if (summary)
        *summary = counts;
    return status;
}
