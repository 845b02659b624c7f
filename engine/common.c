// SPDX-License-Identifier: Apache-2.0
// Names of statuses and the version: the only code that both halves share.
#include "corsac/common.h"

const char *corsac_status_name(corsac_status status)
{
    switch (status) {
    case CORSAC_OK:
        return "CORSAC_OK";
    case CORSAC_E_ARGUMENT:
        return "CORSAC_E_ARGUMENT";
    case CORSAC_E_MEMORY:
        return "CORSAC_E_MEMORY";
    case CORSAC_E_IO:
        return "CORSAC_E_IO";
    case CORSAC_E_LIMIT:
        return "CORSAC_E_LIMIT";
    case CORSAC_E_SOURCE:
        return "CORSAC_E_SOURCE";
    case CORSAC_E_EMPTY:
        return "CORSAC_E_EMPTY";
    case CORSAC_E_IMAGE_FOREIGN:
        return "CORSAC_E_IMAGE_FOREIGN";
    case CORSAC_E_IMAGE_VERSION:
        return "CORSAC_E_IMAGE_VERSION";
    case CORSAC_E_IMAGE_CORRUPT:
        return "CORSAC_E_IMAGE_CORRUPT";
    case CORSAC_E_SIGNATURE:
        return "CORSAC_E_SIGNATURE";
    case CORSAC_E_NOT_FOUND:
        return "CORSAC_E_NOT_FOUND";
    case CORSAC_E_NO_IMAGE:
        return "CORSAC_E_NO_IMAGE";
    case CORSAC_E_STALE:
        return "CORSAC_E_STALE";
    case CORSAC_E_INTERNAL:
        return "CORSAC_E_INTERNAL";
    }
    return "CORSAC_E_UNKNOWN";
}

uint32_t corsac_version_number(void)
{
    return CORSAC_VERSION_MAJOR * 1000000u + CORSAC_VERSION_MINOR * 1000u + CORSAC_VERSION_PATCH;
}

#define TEXT_OF(x)     #x
#define NUMBER_TEXT(x) TEXT_OF(x)

const char *corsac_version_string(void)
{
    return NUMBER_TEXT(CORSAC_VERSION_MAJOR) "." NUMBER_TEXT(CORSAC_VERSION_MINOR) "." NUMBER_TEXT(
        CORSAC_VERSION_PATCH);
}
