// SPDX-License-Identifier: Apache-2.0
// JSON text out of byte strings: UTF-8 as it is, or one \u00XX per byte under the latin1 rule.
#ifndef CORSAC_CLI_JSON_H
#define CORSAC_CLI_JSON_H

#include "cli/support.h"

/** Makes jansson's memory checked, like all memory of the command. Once, before anything is read. */
void cli_json_begin(void);

/** Adds a quoted string; with @p latin1 every byte from 0x80 on is written \u00XX. */
void cli_json_string(struct cli_buffer *out, corsac_str text, bool latin1);

/** As cli_json_string(), and `null` for an absent or empty text. */
void cli_json_string_or_null(struct cli_buffer *out, corsac_str text, bool latin1);

#endif
