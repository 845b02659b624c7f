// SPDX-License-Identifier: Apache-2.0
// Node trees as text: JSON with positions, one document after the other. Strings are escaped so
// that every line is printable ASCII; shared nodes are printed wherever they are reached.
#include "compiler/read/document.h"

#include "compiler/support/buffer.h"

static void dump_node(csc_buffer *out, const csc_node *node, int depth)
{
    bool list = node->kind == CSC_NODE_LIST;
    csc_buffer_printf(out, "%u:%u ", node->span.line, node->span.column);
    switch (node->kind) {
    case CSC_NODE_NULL:
        csc_buffer_printf(out, "null\n");
        return;
    case CSC_NODE_BOOL:
        csc_buffer_printf(out, node->boolean ? "true\n" : "false\n");
        return;
    case CSC_NODE_NUMBER:
        csc_buffer_append(out, node->text);
        csc_buffer_printf(out, "\n");
        return;
    case CSC_NODE_STRING:
        csc_buffer_quote(out, node->text);
        csc_buffer_printf(out, "\n");
        return;
    default:
        break;
    }
    csc_buffer_printf(out, list ? "[\n" : "{\n");
    for (size_t i = 0; i < node->count; i++) {
        csc_buffer_printf(out, "%*s", depth * 2 + 2, "");
        if (!list) {
            const csc_entry *entry = &node->entries[i];
            csc_buffer_printf(out, "%u:%u ", entry->key_span.line, entry->key_span.column);
            csc_buffer_quote(out, entry->key);
            csc_buffer_printf(out, ": ");
        }
        dump_node(out, list ? node->items[i] : node->entries[i].value, depth + 1);
    }
    csc_buffer_printf(out, "%*s%s\n", depth * 2, "", list ? "]" : "}");
}

corsac_status csc_documents_dump(const csc_context *context, const csc_documents *documents,
                                 corsac_str *out)
{
    csc_buffer text = {.arena = context->arena};
    for (size_t i = 0; i < documents->count; i++) {
        const csc_node *root = documents->roots[i];
        csc_buffer_printf(&text, "document ");
        csc_buffer_quote(&text, csc_context_file(context, root->span));
        csc_buffer_printf(&text, " %u%s\n", root->span.document,
                          documents->faulty[i] ? " faulty" : "");
        dump_node(&text, root, 0);
    }
    for (size_t i = 0; i < documents->lost_count; i++) {
        csc_span span = documents->lost[i];
        csc_buffer_printf(&text, "lost ");
        csc_buffer_quote(&text, csc_context_file(context, span));
        csc_buffer_printf(&text, " %u at %u:%u\n", span.document, span.line, span.column);
    }
    *out = csc_buffer_finish(&text);
    return csc_arena_failed(context->arena) ? CORSAC_E_MEMORY : CORSAC_OK;
}
