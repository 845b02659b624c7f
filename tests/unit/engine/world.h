// SPDX-License-Identifier: Apache-2.0
// A world of one image for engine tests: YAML in, decisions out as short texts.
#ifndef CORSAC_TESTS_UNIT_ENGINE_WORLD_H
#define CORSAC_TESTS_UNIT_ENGINE_WORLD_H

#include "corsac/compile.h"
#include "corsac/engine.h"

typedef struct world {
    corsac_blob *blob;
    corsac_engine *engine;
    corsac_reader *reader;
    corsac_decision decision; /* of the last question */
    corsac_status status;
    char text[4096];
    char joined[3][1024]; /* origin and the two preflight headers */
} world;

/** Compiles YAML or fails the test. Free with corsac_blob_free(). */
corsac_blob *world_compile(const char *yaml, uint32_t image_options);
world *world_new(const char *yaml, uint32_t image_options);
void world_free(world *w);

/** A Gateway "default/g" on port 80 for every host, and nothing else. */
extern const char world_gateway[];
/** That Gateway and a VirtualService "default/v" for every host with one rule: the given YAML,
 * indented 4. */
world *world_with_rule(const char *rule, uint32_t image_options);
/** The rule is a route with this corsPolicy, its fields indented 6. */
world *world_with_policy(const char *fields, uint32_t image_options);

/**
 * Asks "METHOD authority path" (path "-": absent) with header lines "name: value" up to NULL.
 * Returns "outcome reason [status] {name=value ...} [vary] [strip]", or the status on failure.
 */
const char *world_ask(world *w, const char *line, ...) __attribute__((sentinel));

#endif
