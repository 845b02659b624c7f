// SPDX-License-Identifier: Apache-2.0
// Names of statuses and the version (corsac/common.h).
#include "corsac/common.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define NAMED(status)                                                                              \
    {                                                                                              \
        status, #status                                                                            \
    }

Test(common, every_status_has_its_own_name) // common.h
{
    static const struct {
        corsac_status status;
        char name[32];
    } ALL[] = {
        NAMED(CORSAC_OK),
        NAMED(CORSAC_E_ARGUMENT),
        NAMED(CORSAC_E_MEMORY),
        NAMED(CORSAC_E_IO),
        NAMED(CORSAC_E_LIMIT),
        NAMED(CORSAC_E_SOURCE),
        NAMED(CORSAC_E_EMPTY),
        NAMED(CORSAC_E_IMAGE_FOREIGN),
        NAMED(CORSAC_E_IMAGE_VERSION),
        NAMED(CORSAC_E_IMAGE_CORRUPT),
        NAMED(CORSAC_E_SIGNATURE),
        NAMED(CORSAC_E_NOT_FOUND),
        NAMED(CORSAC_E_NO_IMAGE),
        NAMED(CORSAC_E_STALE),
        NAMED(CORSAC_E_INTERNAL),
    };
    for (size_t i = 0; i < sizeof(ALL) / sizeof(ALL[0]); i++)
        cr_expect_str_eq(corsac_status_name(ALL[i].status), ALL[i].name);
    cr_expect_str_eq(corsac_status_name((corsac_status)-98), "CORSAC_E_UNKNOWN");
}

Test(common, the_number_of_the_version_is_that_of_its_text) // common.h
{
    unsigned major, minor, patch;
    cr_assert_eq(sscanf(corsac_version_string(), "%u.%u.%u", &major, &minor, &patch), 3);
    cr_expect_eq(corsac_version_number(), major * 1000000 + minor * 1000 + patch);
    cr_expect_eq(corsac_version_number(), CORSAC_VERSION_MAJOR * 1000000 +
                                              CORSAC_VERSION_MINOR * 1000 + CORSAC_VERSION_PATCH);
}
