// SPDX-License-Identifier: Apache-2.0
// Many decisions side by side. A decision on an image larger than the caches waits for memory: for its host, then, where
// that does not tell, for route, policy and origins. Each pass takes all requests one wait further and asks for the next
// lines of each, so that the waits of a group overlap. The steps are those of evaluate.c.
#include "engine/evaluate/plain.h"
#include "engine/publish/snapshot.h"

enum { GROUP = 16 }; /* measured: beyond it the processor has no more lines in flight */

/* A request between passes. */
typedef struct lane {
    const corsac_request *request;
    const cse_endpoint *endpoint;
    const cse_virtual_host *slot; /* where `host` lies if it is a plain name; NULL: not known */
    const cse_virtual_host *chosen;
    const cse_route *route;
    corsac_decision *out;
    corsac_status status;
    bool open;            /* the next pass has something to do */
    cse_host_table hosts; /* of the endpoint */
    cse_host_words host;
    cse_call call; /* of those that are not decided plainly */
} lane;

/* Asks for the virtual host, as cse_host_find_plain() would find it. */
static void ask_for_host(lane *l, const corsac_image *image, const cse_host_table *hosts)
{
    const corsac_str authority = l->request->authority;
    l->slot = NULL;
    l->hosts = *hosts;
    if (hosts->route_config == CSE_NONE || !cse_host_words_read(&l->host, authority))
        return;
    l->slot = &image->virtual_hosts[cse_host_words_slot(image, hosts, &l->host)];
    cse_host_ask(l->slot);
}

static void begin(lane *l, const corsac_image *image, corsac_reader *reader)
{
    l->open = false;
    if (!cse_request_is_valid(l->request)) {
        l->status = CORSAC_E_ARGUMENT;
        return;
    }
    l->status = cse_endpoint_find(image, l->request, &reader->endpoint, &l->endpoint);
    if (l->status != CORSAC_OK)
        return;
    ask_for_host(l, image, &reader->endpoint.hosts);
    l->open = true;
}

/* Once the hosts are here, of all lanes. */
static void choose_plain_hosts(lane *lanes, size_t count, const corsac_image *image)
{
    for (size_t i = 0; i < count; i++) {
        lane *l = &lanes[i];
        l->chosen = NULL;
        if (!l->open || !l->slot ||
            !cse_host_words_are(l->slot, &l->hosts, &l->host, l->request->authority.size))
            continue;
        l->chosen = l->slot;
        cse_host_look_ahead(image, l->chosen);
    }
}

/* Those that are left open get a call. */
static void decide_plainly(lane *lanes, size_t count, const corsac_image *image,
                           corsac_reader *reader)
{
    for (size_t i = 0; i < count; i++) {
        lane *l = &lanes[i];
        if (!l->open)
            continue;
        l->open = !l->chosen ||
                  !cse_plain_decide(l->out, image, reader->scratch, cse_reader_lines(reader),
                                    l->request, l->chosen, false, &l->route);
        if (!l->open)
            continue;
        l->out->flags = image->decision_flags;
        cse_call_start(&l->call, image, reader->scratch, l->request, false,
                       cse_reader_lines(reader));
    }
}

static void pass_host(lane *l)
{
    if (!l->chosen)
        l->chosen = cse_step_find_host(&l->call, l->endpoint);
    l->open = cse_step_host(l->out, &l->call, l->chosen);
}

static void pass_route(lane *l)
{
    const corsac_image *image = l->call.image;
    l->status = cse_step_route(l->out, &l->call, l->chosen, &l->route);
    l->open = l->route != NULL;
    if (!l->open || l->route->policy == CSE_NONE)
        return;
    cse_prefetch_tally(l->call.tally, l->route->source);
    __builtin_prefetch(&image->policies[l->route->policy]);
    __builtin_prefetch(&image->origins.sets[l->route->origin_set]);
}

static void pass_origin_set(lane *l)
{
    const cse_route *route = l->route;
    if (route->policy != CSE_NONE && l->request->origin.size > 0)
        cse_origin_prefetch(&l->call.image->origins, route->origin_set, l->request->origin);
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

static void evaluate_group(lane *lanes, size_t count, const corsac_image *image,
                           corsac_reader *reader)
{
    for (size_t i = 0; i < count; i++)
        begin(&lanes[i], image, reader);
    choose_plain_hosts(lanes, count, image);
    decide_plainly(lanes, count, image, reader);
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
            lanes[i].request = &requests[at + i];
            cse_decision_clear(lanes[i].out, 0);
        }
        evaluate_group(lanes, size, snapshot->image, reader);
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
