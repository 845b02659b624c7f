// SPDX-License-Identifier: Apache-2.0
// Many decisions side by side. A decision on an image larger than the caches waits for memory: for what its host needs,
// then for host, route, policy and strings. Each pass takes all requests one wait further and asks for the next lines of
// each, so that the waits of a group overlap. The steps are those of evaluate.c.
#include "engine/evaluate/steps.h"
#include "engine/publish/snapshot.h"

enum { GROUP = 16 }; /* measured: beyond it the processor has no more lines in flight */

/* A request between passes. */
typedef struct lane {
    cse_call call;
    const cse_endpoint *endpoint;
    const cse_virtual_host *chosen;
    const cse_route *route;
    corsac_decision *out;
    corsac_status status;
    bool open;                    /* the next pass has something to do */
    cse_host_table hosts;         /* of the endpoint */
    const cse_virtual_host *slot; /* where `host` lies if it is a plain name; NULL: not known */
    cse_host_words host;
} lane;

/* Asks for the virtual host, as cse_host_find_plain() would find it. */
static void ask_for_host(lane *l, const corsac_image *image, const cse_host_table *hosts,
                         corsac_str authority)
{
    l->slot = NULL;
    l->hosts = *hosts;
    if (hosts->route_config == CSE_NONE || !cse_host_words_read(&l->host, authority))
        return;
    const uint32_t slot = cse_host_words_slot(image, hosts, &l->host);
    l->slot = &image->virtual_hosts[slot];
    __builtin_prefetch(l->slot);
    __builtin_prefetch(&image->host_ahead[slot]);
}

static void begin(lane *l, const cse_snapshot *snapshot, corsac_reader *reader,
                  const corsac_request *request)
{
    l->open = false;
    if (!cse_request_is_valid(request)) {
        l->status = CORSAC_E_ARGUMENT;
        return;
    }
    const corsac_image *image = snapshot->image;
    cse_call_start(&l->call, image, reader->scratch, request, false, cse_reader_lines(reader));
    l->status = cse_endpoint_find(image, request, &reader->endpoint, &l->endpoint);
    if (l->status != CORSAC_OK)
        return;
    l->out->flags = image->decision_flags;
    ask_for_host(l, image, &reader->endpoint.hosts, request->authority);
    l->open = true;
}

/* Once what hosts need is here, of all lanes. */
CSE_ASKS_FOR_MEMORY void look_ahead(const lane *lanes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const corsac_image *image = lanes[i].call.image;
        if (lanes[i].open && lanes[i].slot)
            cse_host_look_ahead(image, (uint32_t)(lanes[i].slot - image->virtual_hosts));
    }
}

static void pass_host(lane *l)
{
    l->chosen =
        l->slot && cse_host_words_are(l->slot, &l->hosts, &l->host, l->call.request->authority.size)
            ? l->slot
            : cse_step_find_host(&l->call, l->endpoint);
    l->open = cse_step_host(l->out, &l->call, l->chosen);
}

/* What the host has not asked for already. */
static void pass_route(lane *l)
{
    const corsac_image *image = l->call.image;
    l->status = cse_step_route(l->out, &l->call, l->chosen, &l->route);
    l->open = l->route != NULL;
    if (!l->open || l->route->policy == CSE_NONE)
        return;
    cse_prefetch_tally(l->call.tally, l->route->source);
    if (l->route->policy == cse_host_ahead(image, l->chosen)->policy)
        return;
    __builtin_prefetch(&image->policies[l->route->policy]);
    __builtin_prefetch(&image->origins.sets[l->route->origin_set]);
}

/* Nothing if the policy and its keys are all there is, and are under way. */
static void pass_origin_set(lane *l)
{
    const cse_route *route = l->route;
    const cse_ahead *ahead = cse_host_ahead(l->call.image, l->chosen);
    if (route->policy != CSE_NONE && l->call.request->origin.size > 0 &&
        (route->policy != ahead->policy || ahead->origin_set != CSE_NONE))
        cse_origin_prefetch(&l->call.image->origins, route->origin_set, l->call.request->origin);
}

static void finish(lane *l)
{
    cse_step_decide(l->out, &l->call, l->route);
}

static void run(lane *lanes, size_t count, void (*pass)(lane *))
{
    for (size_t i = 0; i < count; i++)
        if (lanes[i].open)
            pass(&lanes[i]);
}

static void evaluate_group(lane *lanes, size_t count)
{
    look_ahead(lanes, count);
    run(lanes, count, pass_host);
    run(lanes, count, pass_route);
    run(lanes, count, pass_origin_set);
    run(lanes, count, finish);
    for (size_t i = 0; i < count; i++)
        if (lanes[i].status != CORSAC_OK)
            cse_decision_clear(lanes[i].out, 0);
}

static corsac_status fail_all(corsac_decision *out, corsac_status *statuses, size_t count,
                              corsac_status status)
{
    for (size_t i = 0; i < count; i++) {
        cse_decision_clear(&out[i], 0);
        if (statuses)
            statuses[i] = status;
    }
    return status;
}

corsac_status corsac_evaluate_batch(corsac_decision *out, corsac_status *statuses,
                                    corsac_reader *reader, const corsac_request *requests,
                                    size_t count)
{
    corsac_status first = CORSAC_OK;
    if (!out && count > 0)
        return CORSAC_E_ARGUMENT;
    if (!reader || (!requests && count > 0))
        return fail_all(out, statuses, count, CORSAC_E_ARGUMENT);
    const cse_snapshot *snapshot = cse_reader_pin(reader);
    if (!snapshot)
        return fail_all(out, statuses, count, CORSAC_E_NO_IMAGE);
    for (size_t at = 0; at < count; at += GROUP) {
        lane lanes[GROUP];
        size_t size = count - at < GROUP ? count - at : GROUP;
        for (size_t i = 0; i < size; i++) {
            lanes[i].out = &out[at + i];
            cse_decision_clear(lanes[i].out, 0);
            begin(&lanes[i], snapshot, reader, &requests[at + i]);
        }
        evaluate_group(lanes, size);
        for (size_t i = 0; i < size; i++) {
            if (lanes[i].status != CORSAC_E_ARGUMENT)
                cse_reader_count(reader, &requests[at + i], lanes[i].out, false);
            if (statuses)
                statuses[at + i] = lanes[i].status;
            if (first == CORSAC_OK)
                first = lanes[i].status;
        }
    }
    return first;
}
