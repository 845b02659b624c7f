// SPDX-License-Identifier: Apache-2.0
// Names as chapter H reads them: short hosts, gateway names, server hosts, and when one host covers
// another. Pure functions of their arguments; text they have to make comes from the arena.
#ifndef CORSAC_COMPILER_RESOLVE_NAMES_H
#define CORSAC_COMPILER_RESOLVE_NAMES_H

#include "compiler/support/arena.h"

/** "ns/name". */
corsac_str csc_name_qualify(csc_arena *arena, corsac_str ns, corsac_str name);
/** ASCII lower case; the text itself when it has no upper-case letter. */
corsac_str csc_name_lower(csc_arena *arena, corsac_str text);
/** True if the text has an upper-case ASCII letter. */
bool csc_name_has_upper(corsac_str text);

/** A VirtualService host with its namespace written out (H-1). */
corsac_str csc_name_host(csc_arena *arena, corsac_str host, corsac_str ns, corsac_str domain);
/** A gateway name as "ns/name"; "mesh" stays (H-8). */
corsac_str csc_name_gateway(csc_arena *arena, corsac_str name, corsac_str ns);

/** A host of a Gateway's server, its namespace part read (H-9). */
typedef struct csc_server_host {
    corsac_str ns;   /* only VirtualServices of this namespace; absent: any */
    corsac_str host; /* as written, case kept */
    corsac_str text; /* "ns/host" or "host": what claims and redirects compare (H-13, H-25) */
} csc_server_host;

csc_server_host csc_name_server_host(csc_arena *arena, corsac_str written, corsac_str gateway_ns);

bool csc_host_is_wildcard(corsac_str host);          /* H-4 */
bool csc_host_is_subset(corsac_str a, corsac_str b); /* H-12: every name of a is one of b */

#endif
