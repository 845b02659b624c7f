// SPDX-License-Identifier: Apache-2.0
// Syntax of the names that chapter V checks. Pure predicates on text.
#ifndef CORSAC_COMPILER_DECODE_SYNTAX_H
#define CORSAC_COMPILER_DECODE_SYNTAX_H

#include "compiler/support/arena.h"

bool csc_is_dns_label(corsac_str text);       /* V-25: at most 63 bytes, upper case included */
bool csc_is_domain(corsac_str text);          /* V-24: labels, perhaps a dot at the end */
bool csc_is_wildcard_domain(corsac_str text); /* V-25 */
/* Bytes of a host that is no domain name, so that with a namespace behind it, it fits into the image. */
enum { CSC_MAX_ODD_HOST = 240 };
bool csc_is_ip(
    corsac_str
        text); /* IPv4, or IPv6 without brackets but perhaps with a zone; at most CSC_MAX_ODD_HOST */
bool csc_is_label_key(corsac_str text);     /* V-16 */
bool csc_is_label_value(corsac_str text);   /* V-16 */
bool csc_is_header_token(corsac_str text);  /* V-7: RFC 7230 token characters and the comma */
bool csc_is_pseudo_header(corsac_str text); /* V-15 */
bool csc_is_claim_key(corsac_str text);     /* V-15: @request.auth.claims.x or [x][y] */
bool csc_is_cors_method(corsac_str text);   /* V-6 */

#endif
