// SPDX-License-Identifier: Apache-2.0
// Writing JSON by hand keeps the key order and the spacing of the contract in docs/cli.md exact.
#include "cli/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void *checked(size_t size_bytes)
{
    return cli_allocate(1, size_bytes);
}

/* Without this, a line that memory was too short for would be called malformed. */
void cli_json_begin(void)
{
    json_set_alloc_funcs(checked, free);
}

static void add_escaped(struct cli_buffer *out, unsigned char byte)
{
    static const char NAMED[] = "\"\\\b\f\n\r\t";
    static const char LETTERS[] = "\"\\bfnrt";
    const char *found = byte != 0 ? strchr(NAMED, byte) : NULL;
    if (found != NULL)
        cli_buffer_format(out, "\\%c", LETTERS[found - NAMED]);
    else
        cli_buffer_format(out, "\\u%04X", byte);
}

void cli_json_string(struct cli_buffer *out, corsac_str text, bool latin1)
{
    cli_buffer_text(out, "\"");
    size_t plain = 0;
    for (size_t i = 0; text.data != NULL && i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && (byte < 0x80 || !latin1))
            continue;
        cli_buffer_add(out, text.data + plain, i - plain);
        add_escaped(out, byte);
        plain = i + 1;
    }
    if (text.data != NULL)
        cli_buffer_add(out, text.data + plain, text.size - plain);
    cli_buffer_text(out, "\"");
}

void cli_json_string_or_null(struct cli_buffer *out, corsac_str text, bool latin1)
{
    if (text.data == NULL || text.size == 0)
        cli_buffer_text(out, "null");
    else
        cli_json_string(out, text, latin1);
}
