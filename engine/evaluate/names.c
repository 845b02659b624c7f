// SPDX-License-Identifier: Apache-2.0
// Fixed texts: outcomes (0.3), reasons (C-24), the headers that X-12 removes.
#include "corsac/engine.h"

const char *corsac_outcome_name(corsac_outcome outcome)
{
    switch (outcome) {
    case CORSAC_OUTCOME_NONE:
        return "none";
    case CORSAC_OUTCOME_NO_ROUTE:
        return "no-route";
    case CORSAC_OUTCOME_NO_POLICY:
        return "no-policy";
    case CORSAC_OUTCOME_NOT_CORS:
        return "not-cors";
    case CORSAC_OUTCOME_PREFLIGHT_ALLOWED:
        return "preflight-allowed";
    case CORSAC_OUTCOME_PREFLIGHT_FORWARDED:
        return "preflight-forwarded";
    case CORSAC_OUTCOME_PREFLIGHT_DENIED:
        return "preflight-denied";
    case CORSAC_OUTCOME_ALLOWED:
        return "allowed";
    case CORSAC_OUTCOME_DENIED:
        return "denied";
    }
    return "unknown";
}

const char *corsac_reason_name(corsac_reason reason)
{
    switch (reason) {
    case CORSAC_REASON_NONE:
        return "none";
    case CORSAC_REASON_NO_VIRTUAL_HOST:
        return "no-virtual-host";
    case CORSAC_REASON_NO_MATCHING_ROUTE:
        return "no-matching-route";
    case CORSAC_REASON_TLS_REDIRECT:
        return "tls-redirect";
    case CORSAC_REASON_REDIRECT:
        return "redirect";
    case CORSAC_REASON_DIRECT_RESPONSE:
        return "direct-response";
    case CORSAC_REASON_NO_CORS_POLICY:
        return "no-cors-policy";
    case CORSAC_REASON_NO_ORIGIN:
        return "no-origin";
    case CORSAC_REASON_ORIGIN_MATCHED:
        return "origin-matched";
    case CORSAC_REASON_ORIGIN_ANY:
        return "origin-any";
    case CORSAC_REASON_ORIGIN_UNMATCHED:
        return "origin-unmatched";
    case CORSAC_REASON_ORIGIN_UNREPRESENTABLE:
        return "origin-unrepresentable";
    case CORSAC_REASON_METHOD_NOT_LISTED:
        return "method-not-listed";
    case CORSAC_REASON_HEADER_NOT_LISTED:
        return "header-not-listed";
    }
    return "unknown";
}

const char *corsac_stripped_header_name(uint32_t index)
{
    static const char *const names[CORSAC_STRIPPED_HEADER_COUNT] = {
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age",
        "access-control-expose-headers",
        "access-control-allow-private-network",
    };
    return index < CORSAC_STRIPPED_HEADER_COUNT ? names[index] : NULL;
}
