// SPDX-License-Identifier: Apache-2.0
// Hostile program bytes: whatever is flipped, cut or overwritten, verification says no or running
// is safe. Run under AddressSanitizer this is the proof that verified programs stay inside their
// bytes.
#include "compiler/regex/regex.h"
#include "engine/match/program.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *const patterns[] = {
    "https://.*\\.example\\.com",                            /* NARROW, trimmed */
    "[a-w]{1,9}x[0-9]{1,9}",                                 /* WIDE, 1 byte */
    "[a-z]{1,100}x[0-9]{1,100}",                             /* WIDE, 2 bytes */
    "[a-z]{1,1000}\\.[0-9]{1,1000}[ab]{1,1000}[c-e]{1,900}", /* WIDE, many states */
    "(a|b)*a(a|b){20}",                                      /* NFA */
    "(?:a?b?){1,200}(?:\\bc|$){3}(a|b)*a(a|b){20}",          /* NFA with guards, skips, rescans */
    "(?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,400}c)*(?:a|b)*a(?:a|b){20}", /* SPARSE */
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static uint64_t seed = 88172645463325252u;

static uint32_t draw(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 32) * limit >> 32);
}

/* The program in memory of exactly its size, so that every step outside is seen. */
static void *emit(const char *pattern, size_t *size, bool nfa)
{
    csc_arena *arena = csc_arena_new();
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_automaton *automaton;
    corsac_str bytes;
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(pattern), NULL, &regex, &error), CORSAC_OK);
    cr_assert_eq(csc_regex_automaton_build(&regex->root, 1, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(
        (nfa ? csc_regex_program_emit_nfa : csc_regex_program_emit)(arena, automaton, &bytes),
        CORSAC_OK);
    void *copy = malloc(bytes.size);
    memcpy(copy, bytes.data, bytes.size);
    *size = bytes.size;
    csc_regex_automaton_free(automaton);
    csc_arena_free(arena);
    return copy;
}

static void run_on_noise(const void *bytes)
{
    const cse_program *p = bytes;
    size_t scratch_bytes = cse_program_scratch_size(p);
    cr_assert_leq(scratch_bytes, CSE_PROGRAM_MAX_SCRATCH);
    void *scratch = malloc(scratch_bytes);
    char *text = malloc(64);
    for (size_t i = 0; i < 64; i++)
        text[i] = (char)(draw(3) ? 'a' + (int)draw(3) : (int)draw(256));
    cr_assert_leq(cse_program_find(p, text, draw(65), scratch), p->regex_count);
    free(text);
    free(scratch);
}

static void mutate(uint8_t *bytes, size_t size)
{
    uint32_t value = draw(4) ? draw(300) : (uint32_t)seed;
    switch (draw(3)) {
    case 0: /* any byte */
        bytes[draw((uint32_t)size)] = (uint8_t)value;
        break;
    case 1: /* a header field */
        memcpy(bytes + 4 * draw(28), &value, sizeof value);
        break;
    default: /* a word anywhere */
        memcpy(bytes + 4 * draw((uint32_t)size / 4), &value, sizeof value);
    }
}

Test(program, mutated_bytes_are_refused_or_safe_to_run) // F-2
{
    size_t accepted = 0, refused = 0;
    for (int i = 0; i < 2 * PATTERNS; i++) {
        size_t size;
        uint8_t *original = emit(patterns[i / 2], &size, i % 2), *bytes = malloc(size);
        cr_assert(cse_program_verify(original, size, NULL));
        for (int round = 0; round < 2000; round++) {
            memcpy(bytes, original, size);
            for (uint32_t edits = 1 + draw(3); edits > 0; edits--)
                mutate(bytes, size);
            if (cse_program_verify(bytes, size, NULL)) {
                run_on_noise(bytes);
                accepted++;
            } else {
                refused++;
            }
        }
        free(bytes);
        free(original);
    }
    cr_expect_gt(accepted, 100u);
    cr_expect_gt(refused, 100u);
}

Test(program, cut_bytes_are_refused)
{
    for (int i = 0; i < PATTERNS; i++) {
        size_t size;
        uint8_t *bytes = emit(patterns[i], &size, false);
        for (size_t cut = 0; cut < size; cut += cut < 512 ? 1 : 509)
            cr_expect_not(cse_program_verify(bytes, cut, NULL), "%s cut to %zu", patterns[i], cut);
        free(bytes);
    }
}

Test(program, bytes_must_be_aligned)
{
    size_t size;
    uint8_t *bytes = emit(patterns[0], &size, false), *shifted = malloc(size + 8);
    memcpy(shifted + 4, bytes, size);
    cr_expect_not(cse_program_verify(shifted + 4, size, NULL));
    cr_expect_not(cse_program_verify(NULL, 0, NULL));
    free(shifted);
    free(bytes);
}

Test(program, dead_states_must_stay_dead)
{
    size_t size;
    uint8_t *bytes = emit(patterns[0], &size, false);
    const cse_program *p = (const void *)bytes;
    bytes[p->table_offset] = 1; /* a way out of state 0 under class 0 */
    cr_expect_not(cse_program_verify(bytes, size, NULL));
    free(bytes);
}

Test(program, scratch_is_for_nfas_only)
{
    size_t size;
    cse_program *narrow = emit(patterns[0], &size, false), *nfa = emit(patterns[0], &size, true);
    cr_expect_eq(cse_program_scratch_size(narrow), 0u);
    cr_expect_gt(cse_program_scratch_size(nfa), 0u);
    free(narrow);
    free(nfa);
}

/* Two sets of points; or one, and a list. A reader keeps as much for as long as it lives. */
Test(program, scratch_is_no_larger_than_a_run_needs) // regex_format.h
{
    for (int i = 4; i < PATTERNS; i++) {
        size_t size;
        cse_program *p = emit(patterns[i], &size, true);
        size_t set = (p->state_count + 63) / 64 * sizeof(uint64_t);
        cr_expect_eq(cse_program_scratch_size(p),
                     p->kind == CSE_PROGRAM_NFA ? 2 * set : set + sizeof(uint32_t) * p->state_count,
                     "%s", patterns[i]);
        free(p);
    }
}

#if defined(__x86_64__)
/* What libgcc knows of the processor; __builtin_cpu_supports() reads it. */
extern struct {
    unsigned vendor, type, subtype, features;
} __cpu_model;

Test(program, a_processor_without_a_byte_shuffle_decides_alike) // M-20
{
    size_t size;
    void *bytes = emit("a(?:b|a{2,3})*b?", &size, false);
    char text[8];
    uint32_t matches = 0;
    cr_assert_eq(((const cse_program *)bytes)->kind, CSE_PROGRAM_NARROW);
    for (uint32_t n = 0; n < 4 * 4 * 4 * 4 * 4 * 4; n++)
        for (size_t length = 0; length <= 6; length++) {
            for (size_t i = 0; i < 6; i++)
                text[i] = "abc\xff"[n >> 2 * i & 3];
            const unsigned features = __cpu_model.features;
            uint32_t shuffled = cse_program_find(bytes, text, length, NULL);
            __cpu_model.features = 0;
            uint32_t plain = cse_program_find(bytes, text, length, NULL);
            __cpu_model.features = features;
            cr_assert_eq(shuffled, plain, "%.*s", (int)length, text);
            matches += plain;
        }
    cr_expect_gt(matches, 100);
    free(bytes);
}
#endif

/* Scratch is taken as it is: what an earlier text left there must not matter. */
Test(program, what_stands_in_the_scratch_does_not_matter)
{
    for (int i = 0; i < 2 * PATTERNS; i++) {
        size_t size;
        void *bytes = emit(patterns[i / 2], &size, i % 2);
        size_t scratch_bytes = cse_program_scratch_size(bytes);
        uint8_t *scratch = malloc(scratch_bytes + 1);
        char text[64];
        for (int round = 0; round < 200; round++) {
            uint32_t found[2], length = draw(sizeof(text) + 1);
            for (size_t at = 0; at < sizeof(text); at++)
                text[at] = (char)('a' + (int)draw(2));
            for (int fill = 0; fill < 2; fill++) {
                memset(scratch, fill ? 0xFF : 0, scratch_bytes);
                found[fill] = cse_program_find(bytes, text, length, scratch);
            }
            cr_assert_eq(found[0], found[1], "%s on %.*s", patterns[i / 2], (int)length, text);
        }
        free(scratch);
        free(bytes);
    }
}

/* Guarded loops inside one another; copied, too slow for bits over points. */
static const char guarded_loops[] =
    "(?:(?:(?:(?:\\ba*)*(?:\\Bb*)*)*-?){0,60}c)*(?:a|b)*a(?:a|b){20}";

/* The kind of a verified union of copies, or -1. */
static int kind_of_union(size_t copies)
{
    const csc_regex_node *roots[16];
    csc_arena *arena = csc_arena_new();
    csc_regex *regex;
    csc_regex_error error;
    csc_regex_automaton *automaton;
    corsac_str bytes;
    cr_assert_eq(csc_regex_parse(arena, csc_str_from(guarded_loops), NULL, &regex, &error),
                 CORSAC_OK);
    for (size_t i = 0; i < copies; i++)
        roots[i] = regex->root;
    cr_assert_eq(csc_regex_automaton_build(roots, copies, NULL, &automaton), CORSAC_OK);
    cr_assert_eq(csc_regex_program_emit_nfa(arena, automaton, &bytes), CORSAC_OK);
    const cse_program *program = (const void *)bytes.data;
    int kind = cse_program_verify(bytes.data, bytes.size, NULL) ? program->kind : -1;
    csc_regex_automaton_free(automaton);
    csc_arena_free(arena);
    return kind;
}

Test(program, too_many_sweeps_are_written_as_points)
{
    cr_expect_eq(kind_of_union(1), CSE_PROGRAM_NFA);
    cr_expect_eq(kind_of_union(16), CSE_PROGRAM_SPARSE);
}

Test(program, too_many_steps_per_byte_are_refused)
{
    size_t size;
    uint8_t *bytes = emit(guarded_loops, &size, true);
    const cse_nfa *body = (const void *)(bytes + sizeof(cse_program));
    const cse_nfa_op *ops = (const void *)(bytes + body->ops_offset);
    cse_nfa_bits *targets = (void *)(bytes + body->targets_offset);
    cr_assert(cse_program_verify(bytes, size, NULL));
    for (uint32_t i = 0; i < body->op_count; i++)
        if (ops[i].rescan) /* every loop now goes back to the first word */
            targets[ops[i].first_target].word = 0;
    cr_expect_not(cse_program_verify(bytes, size, NULL));
    free(bytes);
}
