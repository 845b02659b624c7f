// SPDX-License-Identifier: Apache-2.0
// A decision as text for people or as one line of the JSON Lines contract.
#ifndef CORSAC_CLI_ANSWER_H
#define CORSAC_CLI_ANSWER_H

#include "cli/policy.h"
#include "cli/request.h"

/** Adds the JSON object of docs/cli.md, without a newline. */
void cli_answer_json(struct cli_buffer *out, const struct cli_policy *policy,
                     const struct cli_request *request, const corsac_decision *decision);

/** Adds {"id": ..., "error": "..."}, without a newline. */
void cli_answer_error(struct cli_buffer *out, const struct cli_request *request,
                      const char *message);

/** Adds lines that a person can read. */
void cli_answer_text(struct cli_buffer *out, const struct cli_policy *policy,
                     const struct cli_request *request, const corsac_decision *decision);

/** A sentence for a status of corsac_evaluate() other than CORSAC_OK. */
const char *cli_answer_failure(corsac_status status);

#endif
