// SPDX-License-Identifier: Apache-2.0
// Boundary: a tenant writes a regex.
// Property: the parser never crashes; a refusal names a place inside the pattern, a reason and who refuses;
// what is accepted can be built, within its budget of points; both encodings agree on plain ASCII.
#include "compiler/regex/regex.h"
#include "fuzz/fuzz_support.h"

enum { MOST_PATTERN_BYTES = 1024 };

static bool is_plain(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80 || text.data[i] == '\\' || text.data[i] == '(')
            return false; /* escapes and flags may ask for more than ASCII */
    return true;
}

static bool parse(corsac_str pattern, csc_regex_encoding encoding)
{
    csc_arena *arena = csc_arena_new();
    csc_regex *regex = NULL;
    csc_regex_error error = {0};
    const csc_regex_limits limits = {.encoding = encoding};
    fuzz_require(arena != NULL, "memory");
    corsac_status status = csc_regex_parse(arena, pattern, &limits, &regex, &error);
    fuzz_require(status == CORSAC_OK || status == CORSAC_E_SOURCE, "accepted or refused");
    if (status != CORSAC_OK) {
        fuzz_require(error.offset <= pattern.size && error.size <= pattern.size - error.offset,
                     "a place inside the pattern");
        fuzz_require(error.message.size > 0 && error.refused_by != 0, "a reason and who refuses");
    } else {
        csc_regex_automaton *automaton = NULL;
        const csc_regex_budget tight = {.states = 64, .steps = 20000};
        fuzz_require(csc_regex_automaton_build(&regex->root, 1, &tight, &automaton) == CORSAC_OK,
                     "what is accepted can be built");
        csc_regex_automaton_free(automaton);
    }
    csc_arena_free(arena);
    return status == CORSAC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    corsac_str pattern = {(const char *)data, size};
    if (size > MOST_PATTERN_BYTES + 8)
        return 0;
    bool latin1 = parse(pattern, CSC_REGEX_LATIN1), utf8 = parse(pattern, CSC_REGEX_UTF8);
    if (is_plain(pattern) &&
        latin1 != utf8) /* classes count differently only where they are wide */
        fuzz_require(size > 16, "plain ASCII is read the same way");
    return 0;
}
