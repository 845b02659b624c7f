// SPDX-License-Identifier: Apache-2.0
// Scalars to JSON values by the rules of go-yaml v2, which Istio's YAML-to-JSON step uses (D-14).
#include "compiler/read/base64.h"
#include "compiler/read/reader.h"

#define YAML_TAG "tag:yaml.org,2002:"

enum { LONGEST_WORD = 5 /* of those below */ };

static bool in_words(corsac_str text, const char *const *words)
{
    if (text.size > LONGEST_WORD)
        return false;
    for (; *words; words++)
        if (csc_str_is(text, *words))
            return true;
    return false;
}

static bool is_null(corsac_str text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return in_words(text, words);
}

static bool is_bool(corsac_str text, bool *value)
{
    static const char *const yes[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                      "True", "TRUE", "on",  "On",  "ON",  NULL};
    static const char *const no[] = {"n",     "N",     "no",  "No",  "NO",  "false",
                                     "False", "FALSE", "off", "Off", "OFF", NULL};
    *value = in_words(text, yes);
    return *value || in_words(text, no);
}

static const char *resolve(csc_arena *arena, corsac_str text, csc_node *node)
{
    if (is_null(text)) {
        node->kind = CSC_NODE_NULL;
    } else if (is_bool(text, &node->boolean)) {
        node->kind = CSC_NODE_BOOL;
        node->text = text;
    } else {
        csc_number_answer answer = csc_number_parse(arena, text, &node->text);
        if (answer == CSC_NUMBER_NOT_FINITE)
            return "it is infinite or not a number, which JSON cannot hold; quote it if it is text";
        node->kind = answer == CSC_NUMBER_NO ? CSC_NODE_STRING : CSC_NODE_NUMBER;
        if (answer == CSC_NUMBER_NO)
            node->text = text;
    }
    return NULL;
}

static const char *resolve_binary(csc_arena *arena, corsac_str text, csc_node *node)
{
    node->kind = CSC_NODE_STRING;
    return csc_base64_decode(arena, text, &node->text) ? NULL
                                                       : "it is tagged !!binary but is not base64";
}

/* A scalar whose tag demands a kind that its text does not have. */
static const char *check_tag(csc_arena *arena, corsac_str text, corsac_str tag,
                             const csc_node *node)
{
    corsac_str json;
    if (csc_str_is(tag, YAML_TAG "bool"))
        return node->kind == CSC_NODE_BOOL ? NULL : "it is tagged !!bool but is no boolean";
    if (csc_str_is(tag, YAML_TAG "null"))
        return node->kind == CSC_NODE_NULL ? NULL : "it is tagged !!null but is not null";
    if (csc_str_is(tag, YAML_TAG "float"))
        return node->kind == CSC_NODE_NUMBER ? NULL : "it is tagged !!float but is no number";
    return csc_number_parse(arena, text, &json) == CSC_NUMBER_INTEGER
               ? NULL
               : "it is tagged !!int but is no integer";
}

const char *csc_scalar_type(csc_arena *arena, corsac_str text, corsac_str tag, bool plain,
                            csc_node *node)
{
    if (!tag.data && plain)
        return resolve(arena, text, node);
    node->kind = CSC_NODE_STRING;
    node->text = text;
    if (csc_str_is(tag, YAML_TAG "binary"))
        return resolve_binary(arena, text, node);
    if (!csc_str_is(tag, YAML_TAG "bool") && !csc_str_is(tag, YAML_TAG "null") &&
        !csc_str_is(tag, YAML_TAG "float") && !csc_str_is(tag, YAML_TAG "int"))
        return NULL; /* !!str, !!timestamp and foreign tags: text */
    const char *problem = resolve(arena, text, node);
    return problem ? problem : check_tag(arena, text, tag, node);
}
