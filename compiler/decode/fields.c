// SPDX-License-Identifier: Apache-2.0
// Field look-up. Maps are small in practice and at most a few dozen names are asked for, so a
// linear walk is right even for hostile ones.
#include "compiler/decode/fields.h"

#include <string.h>

bool csc_key_is_camel(corsac_str key, const char *name)
{
    return csc_str_is(key, name);
}

bool csc_key_is_snake(corsac_str key, const char *name)
{
    size_t at = 0;
    for (; *name; name++) {
        bool upper = *name >= 'A' && *name <= 'Z';
        if (upper && (at >= key.size || key.data[at++] != '_'))
            return false;
        if (at >= key.size || key.data[at++] != (upper ? *name - 'A' + 'a' : *name))
            return false;
    }
    return at == key.size;
}

const csc_entry *csc_field_entry(const csc_node *map, const char *name)
{
    const csc_entry *found = NULL;
    if (!map || map->kind != CSC_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        const csc_entry *entry = &map->entries[i];
        if (!csc_key_may_spell(entry->key, name))
            continue;
        if (csc_key_is_camel(entry->key, name)) {
            found = entry;
            break;
        }
        if (csc_key_is_snake(entry->key, name))
            found = entry;
    }
    return found && found->value->kind != CSC_NODE_NULL ? found : NULL;
}

csc_node *csc_field(const csc_node *map, const char *name)
{
    const csc_entry *entry = csc_field_entry(map, name);
    return entry ? entry->value : NULL;
}

csc_span csc_field_span(const csc_node *map, const char *name)
{
    const csc_entry *entry = csc_field_entry(map, name);
    return entry ? entry->value->span : map->span;
}

bool csc_node_text(const csc_node *node, corsac_str *text)
{
    *text = node->kind == CSC_NODE_STRING ? node->text : (corsac_str){"", 0};
    return node->kind == CSC_NODE_STRING || node->kind == CSC_NODE_NULL;
}

corsac_str csc_field_text(const csc_node *map, const char *name)
{
    const csc_node *node = csc_field(map, name);
    return node && node->kind == CSC_NODE_STRING ? node->text : (corsac_str){NULL, 0};
}

bool csc_field_filled(const csc_node *map, const char *name)
{
    const csc_node *node = csc_field(map, name);
    return node && (node->kind != CSC_NODE_STRING || node->text.size > 0);
}

size_t csc_field_count(const csc_node *map, const char *name)
{
    const csc_node *node = csc_field(map, name);
    return node && node->kind == CSC_NODE_LIST ? node->count : 0;
}

bool csc_field_true(const csc_node *map, const char *name)
{
    const csc_node *node = csc_field(map, name);
    return node && node->kind == CSC_NODE_BOOL && node->boolean;
}

/* A quoted number may have JSON's blanks around it, since Istio's decoder unquotes and parses
 * again. */
static corsac_str without_blanks(corsac_str text)
{
    while (text.size && text.data[0] != '\0' && strchr(" \t\r\n", text.data[0]))
        text = csc_str_slice(text, 1, text.size - 1);
    while (text.size && text.data[text.size - 1] != '\0' &&
           strchr(" \t\r\n", text.data[text.size - 1]))
        text.size--;
    return text;
}

bool csc_node_uint32(const csc_node *node, uint32_t *value)
{
    uint64_t sum = 0;
    corsac_str text = without_blanks(node->text);
    *value = 0;
    if (node->kind != CSC_NODE_NUMBER && node->kind != CSC_NODE_STRING)
        return false;
    if (text.size == 0 || text.size > 10 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        sum = sum * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (sum > UINT32_MAX)
        return false;
    *value = (uint32_t)sum;
    return true;
}

uint32_t csc_field_uint32(const csc_node *map, const char *name)
{
    const csc_node *node = csc_field(map, name);
    uint32_t value = 0;
    if (node)
        csc_node_uint32(node, &value);
    return value;
}
