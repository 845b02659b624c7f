// SPDX-License-Identifier: Apache-2.0
// The steps of a decision, in the order in which steps.h and evaluate.c call them:
//
//   endpoint.h   gateway, port, SNI          -> route configuration (H-29)
//   host.h       authority                   -> virtual host (H-17)
//   path.h       :path                       -> what conditions see of it (M-3, M-7, M-8)
//   route.h      virtual host, conditions    -> route; condition.c is chapter M
//   decide.h     policy, origin              -> outcome, reason, headers (C); enforce.c is X-14
//
// A header has what most requests need of its step, inlined; the rest is in the .c of the same name.
// batch.c takes the same steps for many requests side by side, policy.c only the last one,
// shadow.c all of them on a second image.
//
// Nothing here allocates, locks, or enters the kernel.
#ifndef CORSAC_ENGINE_EVALUATE_EVALUATE_H
#define CORSAC_ENGINE_EVALUATE_EVALUATE_H

#include "engine/evaluate/text.h"
#include "engine/image/image.h"

/* Where most hosts of an endpoint's requests are found, by one look. */
typedef struct cse_host_table {
    uint64_t seed;         /* cse_host_seed() of its exact names */
    uint32_t route_config; /* CSE_NONE: nowhere, cse_host_find() has to be asked */
} cse_host_table;

/* The last endpoint that a reader was asked for: almost always the next one as well. */
typedef struct cse_endpoint_cache {
    uint32_t endpoint; /* CSE_NONE: nothing cached */
    uint32_t port;     /* as in the request, 0 included */
    bool gateway_absent;
    cse_host_table hosts; /* of the endpoint */
} cse_endpoint_cache;

/* One request on one image, and what the steps have found out about it. */
typedef struct cse_call {
    cse_bytes16 path_head; /* its first 16 bytes, zero padded */
    const corsac_image *image;
    cse_scratch *scratch;
    const corsac_request *request;
    corsac_str path;      /* without query and fragment; absent without a path */
    corsac_str full_path; /* with the query (M-10) */
    corsac_str query;     /* behind the first "?"; absent without one */
    bool path_legal;      /* the path is there and every byte of it can occur */
    bool failed;          /* a step ran out of scratch */
    bool outcome_only;    /* nobody will look at the headers */
    const char *tally;    /* a cache line for each route source, to be written; or NULL */
} cse_call;

/* The request's method and scheme, with their defaults. */
static inline corsac_str cse_call_method(const cse_call *call)
{
    return call->request->method.data ? call->request->method : (corsac_str){"GET", 3};
}

static inline corsac_str cse_call_scheme(const cse_call *call)
{
    return call->request->scheme.data ? call->request->scheme : (corsac_str){"http", 4};
}

static inline bool cse_call_is_https(const cse_call *call)
{
    return cse_text_equal(cse_call_scheme(call), (corsac_str){"https", 5});
}

/** Asks for the line in which the decision on a route will be counted. @param tally  as in cse_call. */
CSE_ASKS_FOR_MEMORY void cse_prefetch_tally(const char *tally, uint32_t source)
{
    if (tally)
        __builtin_prefetch(tally + (size_t)source * 64, 1);
}

/** Whether one condition holds (chapter M). */
bool cse_condition_holds(cse_call *call, const cse_condition *condition);

/** CORSAC_REASON_NONE, or why a request whose origin is allowed fails. */
corsac_reason cse_enforce(const cse_call *call, const cse_policy *policy, bool preflight);

#endif
