// SPDX-License-Identifier: Apache-2.0
// Chapter M for one condition: find the values of its subject, test each, invert, and never let a
// byte that no header can hold make anything true.
#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"
#include "engine/match/program.h"

/* What the values of a subject have said so far. */
typedef struct verdict {
    bool found;   /* there is a value */
    bool matched; /* some legal value passed the test */
    bool illegal; /* some value cannot occur */
} verdict;

static bool test_value(const cse_call *call, const cse_condition *condition, corsac_str value)
{
    const char *wanted = call->image->strings + condition->value.offset;
    size_t size = condition->value.size;
    switch (condition->test) {
    case CSE_TEST_EXACT:
        return value.size == size && cse_bytes_equal(value.data, wanted, size);
    case CSE_TEST_PREFIX:
        return value.size >= size && cse_bytes_equal(value.data, wanted, size);
    case CSE_TEST_REGEX:
        return cse_program_match(cse_origin_program(&call->image->origins, condition->program),
                                 value.data, value.size,
                                 cse_origin_scratch_program(call->scratch->origin));
    default:
        return true; /* presence */
    }
}

static void judge(verdict *so_far, const cse_call *call, const cse_condition *condition,
                  corsac_str value)
{
    so_far->found = true;
    if (!cse_text_legal(value))
        so_far->illegal = true;
    else if (!so_far->matched)
        so_far->matched = test_value(call, condition, value);
}

/* ---- header lines ------------------------------------------------------------------------- */

static bool is_named(const corsac_header *line, corsac_str name)
{
    return line->name.size == name.size &&
           cse_text_equal_folded(line->name.data, name.data, name.size);
}

static uint32_t next_line(const corsac_request *request, corsac_str name, uint32_t from)
{
    while (from < request->header_count && !is_named(&request->headers[from], name))
        from++;
    return from;
}

/* Adds a line to the joined text; false if the scratch is full. */
static bool join_line(cse_call *call, size_t *size, bool comma, corsac_str value)
{
    size_t room = CSE_SCRATCH_TEXT_BYTES - *size;
    if (value.size + comma > room)
        return false;
    if (comma)
        call->scratch->joined[(*size)++] = ',';
    if (value.size > 0)
        memcpy(call->scratch->joined + *size, value.data, value.size);
    *size += value.size;
    return true;
}

/*
 * M-11, M-12: all lines as one value. A stored-once header follows C-5 (an empty line adds
 * nothing), the older way of matching joins whatever there is.
 */
static void judge_joined(verdict *so_far, cse_call *call, const cse_condition *condition,
                         corsac_str name, uint32_t first)
{
    const corsac_request *request = call->request;
    bool stored_once = condition->flags & CSE_CONDITION_STORED_ONCE;
    uint32_t second = next_line(request, name, first + 1);
    if (second == request->header_count) {
        judge(so_far, call, condition, request->headers[first].value);
        return;
    }
    size_t size = 0;
    bool fits = join_line(call, &size, false, request->headers[first].value);
    for (uint32_t i = second; i < request->header_count && fits;
         i = next_line(request, name, i + 1)) {
        corsac_str value = request->headers[i].value;
        if (!stored_once || value.size > 0)
            fits = join_line(call, &size, !stored_once || size > 0, value);
    }
    if (fits)
        judge(so_far, call, condition, (corsac_str){call->scratch->joined, size});
    else
        call->failed = true;
}

static void judge_header(verdict *so_far, cse_call *call, const cse_condition *condition)
{
    const corsac_request *request = call->request;
    corsac_str name = cse_image_text(call->image, condition->name);
    uint32_t i = next_line(request, name, 0);
    if (i == request->header_count)
        return;
    if (condition->flags & (CSE_CONDITION_STORED_ONCE | CSE_CONDITION_JOINED)) {
        judge_joined(so_far, call, condition, name, i);
        return;
    }
    for (; i < request->header_count; i = next_line(request, name, i + 1))
        judge(so_far, call, condition, request->headers[i].value);
}

/* ---- query and claims --------------------------------------------------------------------- */

/* M-14: the first parameter of the name; pieces between "&", cut at their first "=". */
static void judge_query(verdict *so_far, const cse_call *call, const cse_condition *condition)
{
    corsac_str name = cse_image_text(call->image, condition->name);
    corsac_str rest = call->query;
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '&', rest.size);
        corsac_str piece = {rest.data, end ? (size_t)(end - rest.data) : rest.size};
        const char *equals = memchr(piece.data, '=', piece.size);
        corsac_str key = {piece.data, equals ? (size_t)(equals - piece.data) : piece.size};
        if (piece.size > 0 && cse_text_equal(key, name)) {
            size_t skip = key.size + (equals != NULL);
            judge(so_far, call, condition, (corsac_str){piece.data + skip, piece.size - skip});
            return;
        }
        size_t used = piece.size + (end != NULL);
        rest = (corsac_str){rest.data + used, rest.size - used};
    }
}

/* M-18: a claim is not a header value, so every byte is legal. */
static void judge_claims(verdict *so_far, const cse_call *call, const cse_condition *condition)
{
    corsac_str path = cse_image_text(call->image, condition->name);
    for (uint32_t i = 0; i < call->request->claim_count; i++) {
        const corsac_claim *claim = &call->request->claims[i];
        if (!cse_text_equal(claim->path, path))
            continue;
        so_far->found = true;
        so_far->matched = so_far->matched || test_value(call, condition, claim->value);
    }
}

/* ---- all subjects ------------------------------------------------------------------------- */

static void judge_field(verdict *so_far, const cse_call *call, const cse_condition *condition,
                        corsac_str value)
{
    if (value.data != NULL)
        judge(so_far, call, condition, value);
}

static void judge_subject(verdict *so_far, cse_call *call, const cse_condition *condition)
{
    switch ((cse_subject)condition->subject) {
    case CSE_SUBJECT_HEADER:
        judge_header(so_far, call, condition);
        return;
    case CSE_SUBJECT_METHOD:
        judge_field(so_far, call, condition, cse_call_method(call));
        return;
    case CSE_SUBJECT_AUTHORITY:
        judge_field(so_far, call, condition, call->request->authority);
        return;
    case CSE_SUBJECT_SCHEME:
        judge_field(so_far, call, condition, cse_call_scheme(call));
        return;
    case CSE_SUBJECT_PATH:
        judge_field(so_far, call, condition, call->full_path);
        return;
    case CSE_SUBJECT_ORIGIN:
        judge_field(so_far, call, condition, call->request->origin);
        return;
    case CSE_SUBJECT_REQUEST_METHOD:
        judge_field(so_far, call, condition, call->request->request_method);
        return;
    case CSE_SUBJECT_REQUEST_HEADERS:
        judge_field(so_far, call, condition, call->request->request_headers);
        return;
    case CSE_SUBJECT_QUERY:
        judge_query(so_far, call, condition);
        return;
    case CSE_SUBJECT_CLAIM:
        judge_claims(so_far, call, condition);
        return;
    case CSE_SUBJECT_COUNT:
        return;
    }
}

bool cse_condition_holds(cse_call *call, const cse_condition *condition)
{
    verdict v = {false, false, false};
    bool invert = condition->flags & CSE_CONDITION_INVERT;
    judge_subject(&v, call, condition);
    if (!v.found) {
        if (condition->test == CSE_TEST_PRESENT || condition->subject == CSE_SUBJECT_CLAIM)
            return invert; /* M-10, M-13, M-18 */
        if (!(condition->flags & CSE_CONDITION_MISSING_AS_EMPTY))
            return false;
        v.matched = test_value(call, condition, (corsac_str){"", 0});
    }
    if (invert)
        return !v.matched && !v.illegal;
    return v.matched;
}
