// SPDX-License-Identifier: Apache-2.0
// One request out of a JSON line or out of flags, in the shape that corsac_evaluate() takes.
#ifndef CORSAC_CLI_REQUEST_H
#define CORSAC_CLI_REQUEST_H

#include "cli/settings.h"
#include "corsac/engine.h"

/** A request with the memory behind its views. Zero it before first use; reuse keeps the memory. */
struct cli_request {
    corsac_request request;
    bool latin1;             /**< the line said "latin1": true, so the answer does too */
    struct cli_buffer id;    /**< JSON text of "id" as it stood in the line; empty if absent */
    struct cli_buffer bytes; /**< what the views point into */
    corsac_header *headers;
    size_t header_capacity;
    corsac_claim *claims;
    size_t claim_capacity;
};

/**
 * Reads one line of the contract in docs/cli.md. Repeated Origin, Access-Control-Request-Method and
 * -Headers lines are joined by C-5; values are taken as given, nothing is trimmed (C-7).
 *
 * @param error  receives a sentence if the line is malformed; `id` is filled if it could be read.
 * @return whether the line is a request.
 */
bool cli_request_read(struct cli_request *out, corsac_str line, struct cli_buffer *error);

/** Builds a request from flags. @return false after a message (CLI_EXIT_USAGE). */
bool cli_request_from_flags(struct cli_request *out, const struct cli_settings *settings);

void cli_request_free(struct cli_request *request);

#endif
