// SPDX-License-Identifier: Apache-2.0
// Policies are twins iff they decide alike.
#include "compiler/passes/passes.h"

#include <criterion/criterion.h>

enum { MATCHERS = 2 };

/* A policy that every row below changes in one place. */
static csc_ir_policy base(csc_origin_matcher *origins)
{
    origins[0] = (csc_origin_matcher){.kind = CSC_MATCH_EXACT, .value = csc_str_from("a")};
    origins[1] = (csc_origin_matcher){.kind = CSC_MATCH_PREFIX, .value = csc_str_from("b")};
    return (csc_ir_policy){.origins = origins,
                           .origin_count = MATCHERS,
                           .allow_methods = csc_str_from("GET"),
                           .allow_headers = csc_str_from("x-a"),
                           .expose_headers = csc_str_from("x-b"),
                           .max_age = csc_str_from("1"),
                           .forward_unmatched = true};
}

static bool are_twins(csc_ir_policy *policies)
{
    csc_context context = {.arena = csc_arena_new()};
    csc_ir ir = {.policies = policies, .policy_count = 2};
    cr_assert_eq(csc_pass_share(&context, &ir), CORSAC_OK);
    cr_expect_eq(policies[0].twin, 0);
    csc_arena_free(context.arena);
    return policies[1].twin == 0;
}

Test(share, equal_policies_are_twins_wherever_they_stand) // decided alike, written apart
{
    csc_origin_matcher first[MATCHERS], second[MATCHERS];
    csc_ir_policy policies[2] = {base(first), base(second)};
    policies[1].source.rule_index = 7;
    policies[1].deprecated_list = true;
    second[0].span.line = 12;
    cr_expect(are_twins(policies));
}

Test(share, any_difference_that_decides_keeps_them_apart) // C-9, C-12
{
    for (int row = 0; row < 11; row++) {
        csc_origin_matcher first[MATCHERS], second[MATCHERS];
        csc_ir_policy p[2] = {base(first), base(second)};
        corsac_str other = csc_str_from("z");
        switch (row) {
        case 0:
            p[1].allow_methods = other;
            break;
        case 1:
            p[1].allow_headers = other;
            break;
        case 2:
            p[1].expose_headers = other;
            break;
        case 3:
            p[1].max_age = other;
            break;
        case 4:
            p[1].allow_credentials = true;
            break;
        case 5:
            p[1].forward_unmatched = false;
            break;
        case 6:
            p[1].origin_count = 1;
            break;
        case 7:
            second[0].value = other;
            break;
        case 8:
            second[0].kind = CSC_MATCH_REGEX;
            break;
        case 9:
            second[0] = first[1], second[1] = first[0];
            break; /* the first matcher differs */
        case 10:   /* the same bytes, cut elsewhere */
            p[1].allow_methods = csc_str_from("GETx");
            p[1].allow_headers = csc_str_from("-a");
            break;
        }
        cr_expect_not(are_twins(p), "row %d", row);
    }
}
