// SPDX-License-Identifier: Apache-2.0
// The walk over tree and schema together. Recursion is bounded by the reader's depth limit.
#include "compiler/decode/check.h"

#include "compiler/decode/duration.h"
#include "compiler/decode/fields.h"
#include "compiler/decode/suggest.h"
#include "compiler/read/base64.h"

enum { MAX_SUGGESTIONS = 100 /* per document: each one costs a comparison with every field */ };

static const char *kind_name(const csc_node *node)
{
    switch (node->kind) {
    case CSC_NODE_NULL:
        return "null";
    case CSC_NODE_BOOL:
        return "a boolean";
    case CSC_NODE_NUMBER:
        return "a number";
    case CSC_NODE_STRING:
        return "a string";
    case CSC_NODE_LIST:
        return "a list";
    default:
        return "a mapping";
    }
}

static void wrong_type(csc_finder *finder, const csc_path *path, csc_node *node, const char *clause,
                       const char *wanted, const char *hint)
{
    node->broken = true;
    csc_find_error(finder, "wrong-type", clause, node->span, path, "Expected %s, found %s%s.",
                   wanted, kind_name(node), hint);
}

/* ---- scalars ---------------------------------------------------------------------------- */

static void check_string(csc_finder *finder, const csc_path *path, csc_node *node)
{
    if (node->kind == CSC_NODE_STRING)
        return;
    const char *text = csc_show(finder, node->text);
    if (node->kind == CSC_NODE_NUMBER || node->kind == CSC_NODE_BOOL)
        wrong_type(finder, path, node, "D-14", "a string",
                   csc_arena_printf(finder->context->arena,
                                    "; YAML reads this unquoted text as one, so quote it: %s", text)
                       .data);
    else
        wrong_type(finder, path, node, "D-8", "a string", "");
}

static void check_bool(csc_finder *finder, const csc_path *path, csc_node *node)
{
    if (node->kind != CSC_NODE_BOOL)
        wrong_type(finder, path, node, "D-16", "true or false",
                   node->kind == CSC_NODE_STRING ? "; remove the quotes" : "");
}

static void check_uint32(csc_finder *finder, const csc_path *path, csc_node *node)
{
    uint32_t value;
    if (node->kind != CSC_NODE_NUMBER && node->kind != CSC_NODE_STRING) {
        wrong_type(finder, path, node, "D-17", "a whole number from 0 to 4294967295", "");
    } else if (!csc_node_uint32(node, &value)) {
        node->broken = true;
        csc_find_error(finder, "number-range", "D-17", node->span, path,
                       "%s is not a whole number from 0 to 4294967295.",
                       csc_show(finder, node->text));
    }
}

static bool is_int32(corsac_str text)
{
    bool negative = text.size && text.data[0] == '-';
    uint32_t value;
    csc_node digits = {.kind = CSC_NODE_NUMBER,
                       .text = csc_str_slice(text, negative, text.size - negative)};
    return csc_node_uint32(&digits, &value) && value <= (uint32_t)INT32_MAX + negative;
}

static void check_int32(csc_finder *finder, const csc_path *path, csc_node *node)
{
    if (node->kind != CSC_NODE_NUMBER && node->kind != CSC_NODE_STRING) {
        wrong_type(finder, path, node, "D-8", "a whole number", "");
    } else if (!is_int32(node->text)) {
        node->broken = true;
        csc_find_error(finder, "number-range", "D-8", node->span, path,
                       "%s is not a whole number of 32 bits.", csc_show(finder, node->text));
    }
}

static bool is_double_text(corsac_str text)
{
    static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (csc_str_is(text, words[i]))
            return true;
    size_t at = text.size && text.data[0] == '-';
    size_t digits = 0;
    for (; at < text.size; at++) {
        char c = text.data[at];
        if (c >= '0' && c <= '9')
            digits++;
        else if (!digits || (c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-'))
            return false;
    }
    return digits > 0;
}

static void check_double(csc_finder *finder, const csc_path *path, csc_node *node)
{
    if (node->kind != CSC_NODE_NUMBER &&
        !(node->kind == CSC_NODE_STRING && is_double_text(node->text)))
        wrong_type(finder, path, node, "D-8", "a number", "");
}

static void check_duration(csc_finder *finder, const csc_path *path, csc_node *node)
{
    int64_t nanoseconds;
    csc_arena *arena = finder->context->arena;
    if (node->kind == CSC_NODE_NUMBER) {
        wrong_type(finder, path, node, "D-20", "a duration such as \"24h\"",
                   csc_arena_printf(arena, "; with its unit it would be \"%.*ss\"",
                                    (int)(node->text.size > 40 ? 40 : node->text.size),
                                    node->text.data)
                       .data);
    } else if (node->kind != CSC_NODE_STRING) {
        wrong_type(finder, path, node, "D-20", "a duration such as \"24h\"", "");
    } else if (!csc_duration_parse(node->text, &nanoseconds)) {
        node->broken = true;
        csc_find_error(
            finder, "duration", "D-20", node->span, path,
            "%s is not a duration: write numbers with the units h, m, s, ms, us or ns, such as "
            "\"24h\" or \"1h30m\".",
            csc_show(finder, node->text));
    }
}

static void check_bytes(csc_finder *finder, const csc_path *path, csc_node *node)
{
    corsac_str bytes;
    if (node->kind != CSC_NODE_STRING ||
        !csc_base64_decode(finder->context->arena, node->text, &bytes))
        wrong_type(finder, path, node, "D-8", "base64 text", "");
}

static const char *enum_names(csc_finder *finder, const char *const *names)
{
    corsac_str list = {"", 0};
    for (size_t i = 0; names[i]; i++)
        list = csc_arena_printf(finder->context->arena, "%.*s%s%s", (int)list.size, list.data,
                                i ? ", " : "", names[i]);
    return list.data;
}

static void check_enum(csc_finder *finder, const csc_path *path, csc_node *node,
                       const char *const *names)
{
    if (node->kind == CSC_NODE_NUMBER && is_int32(node->text))
        return;
    for (size_t i = 0; node->kind == CSC_NODE_STRING && names[i]; i++)
        if (csc_str_is(node->text, names[i]))
            return;
    node->broken = true;
    const char *found = node->kind == CSC_NODE_STRING || node->kind == CSC_NODE_NUMBER
                            ? csc_show(finder, node->text)
                            : kind_name(node);
    csc_find_error(finder, "enum-value", "D-18", node->span, path,
                   "%s is not one of %s; case counts and numbers must not be quoted.", found,
                   enum_names(finder, names));
}

static void check_one(csc_finder *finder, const csc_path *path, csc_node *node,
                      const csc_field_schema *field)
{
    switch (field->type) {
    case CSC_TYPE_ANY:
        return;
    case CSC_TYPE_STRING:
        check_string(finder, path, node);
        return;
    case CSC_TYPE_BYTES:
        check_bytes(finder, path, node);
        return;
    case CSC_TYPE_BOOL:
        check_bool(finder, path, node);
        return;
    case CSC_TYPE_UINT32:
        check_uint32(finder, path, node);
        return;
    case CSC_TYPE_INT32:
        check_int32(finder, path, node);
        return;
    case CSC_TYPE_DOUBLE:
        check_double(finder, path, node);
        return;
    case CSC_TYPE_DURATION:
        check_duration(finder, path, node);
        return;
    case CSC_TYPE_ENUM:
        check_enum(finder, path, node, field->names);
        return;
    case CSC_TYPE_MESSAGE:
        csc_check_message(finder, path, node, field->message);
        return;
    }
}

/* ---- shapes ----------------------------------------------------------------------------- */

static void check_list(csc_finder *finder, const csc_path *path, csc_node *node,
                       const csc_field_schema *field)
{
    if (node->kind != CSC_NODE_LIST) {
        wrong_type(finder, path, node, "D-19", "a list",
                   "; write [...] or lines that start with \"- \"");
        return;
    }
    for (size_t i = 0; i < node->count && !finder->failed; i++) {
        csc_path item = csc_path_item(path, i);
        if (node->items[i]->kind != CSC_NODE_NULL) /* D-11: an empty message, or "" */
            check_one(finder, &item, node->items[i], field);
    }
}

static void check_map(csc_finder *finder, const csc_path *path, csc_node *node,
                      const csc_field_schema *field)
{
    if (node->kind != CSC_NODE_MAP) {
        wrong_type(finder, path, node, "D-19", "a mapping", "");
        return;
    }
    for (size_t i = 0; i < node->count && !finder->failed; i++) {
        csc_path item = csc_path_key(path, node->entries[i].key);
        if (node->entries[i].value->kind != CSC_NODE_NULL)
            check_one(finder, &item, node->entries[i].value, field);
    }
}

static void check_value(csc_finder *finder, const csc_path *path, csc_node *node,
                        const csc_field_schema *field)
{
    if (field->shape == CSC_SHAPE_LIST)
        check_list(finder, path, node, field);
    else if (field->shape == CSC_SHAPE_MAP)
        check_map(finder, path, node, field);
    else
        check_one(finder, path, node, field);
}

/* ---- messages --------------------------------------------------------------------------- */

static void report_unknown(csc_finder *finder, const csc_path *path, const csc_entry *entry,
                           const csc_message *message)
{
    csc_path here = csc_path_name(path, entry->key);
    const char *key = csc_show(finder, entry->key), *likely = NULL;
    const csc_message *owner = NULL;
    if (finder->suggestions++ < MAX_SUGGESTIONS) {
        likely = csc_suggest_field(entry->key, message);
        owner = csc_schema_owner(entry->key.data, entry->key.size);
    }
    if (likely)
        csc_find_lax(finder, "unknown-field", "D-9", entry->key_span, &here,
                     "%s has no field %s, so it is ignored; did you mean \"%s\"?", message->name,
                     key, likely);
    else if (owner)
        csc_find_lax(
            finder, "unknown-field", "D-9", entry->key_span, &here,
            "%s has no field %s, so it is ignored; it is a field of %s, is it indented wrongly?",
            message->name, key, owner->name);
    else
        csc_find_lax(finder, "unknown-field", "D-9", entry->key_span, &here,
                     "%s has no field %s, so it is ignored.", message->name, key);
}

/* D-10: the snake spelling is dropped when the camel one is there too. */
static bool is_shadowed(csc_finder *finder, const csc_path *path, const csc_node *node,
                        const csc_entry *entry, const csc_field_schema *field)
{
    if (csc_key_is_camel(entry->key, field->name))
        return false;
    for (size_t i = 0; i < node->count; i++) {
        if (!csc_key_is_camel(node->entries[i].key, field->name))
            continue;
        csc_path here = csc_path_field(path, field->name);
        csc_find_lax(finder, "both-spellings", "D-10", entry->key_span, &here,
                     "The field is given as %s and as \"%s\"; only the latter counts.",
                     csc_show(finder, entry->key), field->name);
        return true;
    }
    return false;
}

static const csc_field_schema *find_field(corsac_str key, const csc_message *message)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const csc_field_schema *field = &message->fields[i];
        if (csc_key_may_spell(key, field->name) &&
            (csc_key_is_camel(key, field->name) ||
             (!message->camel_only && csc_key_is_snake(key, field->name))))
            return field;
    }
    return NULL;
}

/* D-13: of several members of a oneof, the last in schema order wins. */
static void check_exclusive(csc_finder *finder, const csc_path *path, const csc_node *node,
                            const csc_message *message)
{
    const char *winner = NULL;
    const csc_entry *entry = NULL;
    size_t members = 0;
    if (node->count < 2)
        return;
    for (size_t i = 0; i < message->field_count; i++) {
        const csc_entry *found =
            message->fields[i].exclusive ? csc_field_entry(node, message->fields[i].name) : NULL;
        if (!found)
            continue;
        members++;
        winner = message->fields[i].name;
        entry = found;
    }
    if (members > 1)
        csc_find_lax(finder, "several-members", "D-13", entry->key_span, path,
                     "%s may have only one of its alternatives, but has %zu; \"%s\" wins.",
                     message->name, members, winner);
}

void csc_check_message(csc_finder *finder, const csc_path *path, csc_node *node,
                       const csc_message *message)
{
    if (node->kind != CSC_NODE_MAP) {
        wrong_type(finder, path, node, "D-19",
                   csc_arena_printf(finder->context->arena, "a mapping (%s)", message->name).data,
                   "");
        return;
    }
    for (size_t i = 0; i < node->count && !finder->failed; i++) {
        csc_entry *entry = &node->entries[i];
        const csc_field_schema *field = find_field(entry->key, message);
        if (!field) {
            report_unknown(finder, path, entry, message);
            continue;
        }
        csc_path here = csc_path_field(path, field->name);
        if (!is_shadowed(finder, path, node, entry, field) && entry->value->kind != CSC_NODE_NULL)
            check_value(finder, &here, entry->value, field);
    }
    check_exclusive(finder, path, node, message);
}
