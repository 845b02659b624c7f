// SPDX-License-Identifier: Apache-2.0
// A regex of a document, judged by the parser of compiler/regex; its findings keep their own codes.
#include "compiler/decode/validate.h"
#include "compiler/regex/regex.h"
#include "corsac/engine.h"

static const char *judges(uint32_t refused_by)
{
    bool istio = refused_by & CSC_REGEX_BY_ISTIO, envoy = refused_by & CSC_REGEX_BY_ENVOY;
    return istio && envoy ? "Istio (Go regexp) and Envoy (RE2) refuse"
           : istio        ? "Istio (Go regexp) refuses"
           : envoy        ? "Envoy (RE2) refuses"
                          : "Corsac refuses";
}

void csc_validate_regex(csc_finder *finder, const csc_path *path, const csc_node *node,
                        const char *clause)
{
    csc_arena *arena = finder->context->arena;
    const corsac_compile_options *options = finder->context->options;
    csc_regex_limits limits = {
        .program_size = options->max_regex_program,
        .encoding = options->image_options & CORSAC_OPTION_REGEX_UTF8 ? CSC_REGEX_UTF8
                                                                      : CSC_REGEX_LATIN1, /* M-20 */
    };
    csc_regex *regex = NULL;
    csc_regex_error error = {0};
    corsac_status status = csc_regex_parse(arena, node->text, &limits, &regex, &error);
    if (status == CORSAC_E_MEMORY)
        finder->failed = true;
    if (status != CORSAC_E_SOURCE)
        return;
    corsac_str shown = csc_regex_error_show(arena, node->text, &error);
    csc_find_error(finder, csc_regex_error_name(error.code),
                   error.refused_by & CSC_REGEX_BY_ISTIO ? clause : "X-2", node->span, path,
                   "%s this regex at byte %u: %.*s%s%.*s.\n%.*s", judges(error.refused_by),
                   error.offset, (int)error.message.size,
                   error.message.data ? error.message.data : "", error.hint.size ? "; " : "",
                   (int)error.hint.size, error.hint.data ? error.hint.data : "", (int)shown.size,
                   shown.data ? shown.data : "");
}
