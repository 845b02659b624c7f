// SPDX-License-Identifier: Apache-2.0
// Boundary: a tenant writes YAML.
// Property: compile never crashes; a refusal comes with an error; positions lie inside the text; the same
// text compiles to the same bytes; what was compiled opens.
#include "fuzz/fuzz_support.h"

#include <stdlib.h>
#include <string.h>

static void require_positions(const corsac_diagnostics *list, const uint8_t *data, size_t size)
{
    uint32_t lines =
        2; /* YAML also breaks lines at CR, NEL, LS and PS; count them all as possible breaks */
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] >= 0xa8;
    for (size_t i = 0; i < corsac_diagnostics_count(list); i++) {
        const corsac_diagnostic *item = corsac_diagnostics_at(list, i);
        fuzz_require(item->line <= lines, "line inside the text");
        fuzz_require(item->column <= size + 1, "column inside the text");
        fuzz_require(item->message.size > 0 && item->code && item->clause, "a whole diagnostic");
    }
}

static corsac_status compile(corsac_blob **blob, const uint8_t *data, size_t size)
{
    corsac_diagnostics *list = NULL;
    fuzz_require(corsac_diagnostics_new(&list) == CORSAC_OK, "a list");
    corsac_input input = {{"fuzz.yaml", 9}, {(const char *)data, size}};
    corsac_compile_summary summary;
    corsac_status status = corsac_compile(blob, &input, 1, NULL, list, &summary);
    fuzz_require((status == CORSAC_OK) == (*blob != NULL), "a blob exactly on success");
    fuzz_require(status == CORSAC_OK || status == CORSAC_E_EMPTY || status == CORSAC_E_LIMIT,
                 "bad text is never an internal error");
    fuzz_require(summary.quarantined <= summary.errors, "a quarantine comes with an error");
    require_positions(list, data, size);
    corsac_diagnostics_free(list);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    corsac_blob *first = NULL, *second = NULL;
    if (compile(&first, data, size) != CORSAC_OK)
        return 0;
    fuzz_require(compile(&second, data, size) == CORSAC_OK, "compiles again");
    corsac_str a = corsac_blob_bytes(first), b = corsac_blob_bytes(second);
    fuzz_require(a.size == b.size && memcmp(a.data, b.data, a.size) == 0, "the same bytes");
    corsac_image *image = NULL;
    fuzz_require(corsac_image_open(&image, a.data, a.size, NULL, NULL) == CORSAC_OK, "opens");
    corsac_image_free(image);
    corsac_blob_free(first);
    corsac_blob_free(second);
    return 0;
}
