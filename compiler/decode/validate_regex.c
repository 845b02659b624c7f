// SPDX-License-Identifier: Apache-2.0
// A regex of a document, judged by the parser of compiler/regex; its findings keep their own codes.
#include "compiler/decode/validate.h"
#include "compiler/regex/regex.h"
#include "corsac/engine.h"
#include "engine/image/regex_format.h"

static const char *judges(uint32_t refused_by)
{
    bool istio = refused_by & CSC_REGEX_BY_ISTIO, envoy = refused_by & CSC_REGEX_BY_ENVOY;
    return istio && envoy ? "Istio (Go regexp) and Envoy (RE2) refuse"
           : istio        ? "Istio (Go regexp) refuses"
           : envoy        ? "Envoy (RE2) refuses"
                          : "Corsac refuses";
}

/* All regexes of a VirtualService together may cost what one alone may, whoever else's meet them on a host. */
static void spend(csc_finder *finder, const csc_path *path, csc_node *node, uint32_t steps)
{
    node->regex_steps = steps;
    finder->regex_steps += steps;
    if (finder->regex_steps > CSE_MAX_LIST_STEPS)
        csc_find_error(finder, "regex-cost", "X-9", node->span, path,
                       "The regexes of this VirtualService up to this one may take %llu steps per "
                       "byte of text; all together may take %d.",
                       (unsigned long long)finder->regex_steps, CSE_MAX_LIST_STEPS);
}

static void accept(csc_finder *finder, const csc_path *path, csc_node *node, const csc_regex *regex)
{
    uint32_t steps;
    if (finder->regex_steps > CSE_MAX_LIST_STEPS)
        return;
    if (csc_regex_steps(regex, &steps) != CORSAC_OK) {
        finder->failed = true;
        return;
    }
    size_t *slot = finder->accepted ? csc_map_put(finder->accepted, node->text, NULL) : NULL;
    if (slot)
        *slot = steps;
    spend(finder, path, node, steps);
}

/* Tenants repeat each other's regexes. What a text costs depends on the options alone. */
static bool accept_again(csc_finder *finder, const csc_path *path, csc_node *node)
{
    const size_t *steps = finder->accepted ? csc_map_find(finder->accepted, node->text) : NULL;
    if (steps && finder->regex_steps <= CSE_MAX_LIST_STEPS)
        spend(finder, path, node, (uint32_t)*steps);
    return steps != NULL;
}

static void report(csc_finder *finder, const csc_path *path, const csc_node *node,
                   const char *clause, const csc_regex_error *error)
{
    corsac_str shown = csc_regex_error_show(finder->context->arena, node->text, error);
    csc_find_error(finder, csc_regex_error_name(error->code),
                   error->refused_by & CSC_REGEX_BY_ISTIO ? clause : "X-2", node->span, path,
                   "%s this regex at byte %u: %.*s%s%.*s.\n%.*s", judges(error->refused_by),
                   error->offset, (int)error->message.size,
                   error->message.data ? error->message.data : "", error->hint.size ? "; " : "",
                   (int)error->hint.size, error->hint.data ? error->hint.data : "", (int)shown.size,
                   shown.data ? shown.data : "");
}

/* The tree is many times as large as what is kept of it, so it gets an arena of its own. */
void csc_validate_regex(csc_finder *finder, const csc_path *path, csc_node *node,
                        const char *clause)
{
    if (accept_again(finder, path, node))
        return;
    csc_arena *arena = csc_arena_new();
    const corsac_compile_options *options = finder->context->options;
    csc_regex_limits limits = {
        .program_size = options->max_regex_program,
        .encoding = options->image_options & CORSAC_OPTION_REGEX_UTF8 ? CSC_REGEX_UTF8
                                                                      : CSC_REGEX_LATIN1, /* M-20 */
    };
    csc_regex *regex = NULL;
    csc_regex_error error = {0};
    corsac_status status =
        arena ? csc_regex_parse(arena, node->text, &limits, &regex, &error) : CORSAC_E_MEMORY;
    if (status == CORSAC_E_MEMORY)
        finder->failed = true;
    if (status == CORSAC_OK)
        accept(finder, path, node, regex);
    if (status == CORSAC_E_SOURCE)
        report(finder, path, node, clause, &error);
    csc_arena_free(arena);
}
