// SPDX-License-Identifier: Apache-2.0
#include "documents_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

void fixture_start(fixture *f)
{
    static const corsac_str everyone = {"*", 1};
    static const corsac_compile_options defaults = {
        .struct_size = sizeof(corsac_compile_options),
        .gateway_namespace = {"istio-system", 12},
        .default_namespace = {"default", 7},
        .cluster_domain = {"cluster.local", 13},
        .default_export_to = {&everyone, 1},
        .max_input_bytes = 64u << 20,
        .max_depth = 64,
        .max_documents = 1000000,
        .max_alias_nodes = 100000,
        .max_regex_program = 32768,
    };
    memset(f, 0, sizeof *f);
    f->options = defaults;
    cr_assert_eq(corsac_diagnostics_new(&f->found), CORSAC_OK);
    f->context.arena = csc_arena_new();
    cr_assert_not_null(f->context.arena);
    f->context.inputs = f->inputs;
    f->context.options = &f->options;
    f->context.diagnostics = f->found;
}

void fixture_add(fixture *f, const char *name, corsac_str text)
{
    cr_assert_lt(f->context.input_count, sizeof f->inputs / sizeof *f->inputs);
    f->inputs[f->context.input_count++] = (corsac_input){csc_str_from(name), text};
}

void fixture_text(fixture *f, const char *text)
{
    static const char *const names[] = {"a.yaml", "b.yaml", "c.yaml", "d.yaml"};
    fixture_add(f, names[f->context.input_count], csc_str_from(text));
}

void fixture_read(fixture *f)
{
    cr_assert_eq(csc_documents_read(&f->context, &f->documents), CORSAC_OK);
}

void fixture_decode(fixture *f)
{
    fixture_read(f);
    cr_assert_eq(csc_resources_decode(&f->context, &f->documents, &f->resources), CORSAC_OK);
    cr_assert_eq(csc_diagnostics_sort(f->found, 0), CORSAC_OK);
}

void fixture_end(fixture *f)
{
    corsac_diagnostics_free(f->found);
    csc_arena_free(f->context.arena);
}

const corsac_diagnostic *fixture_find(const fixture *f, const char *code)
{
    for (size_t i = 0; i < corsac_diagnostics_count(f->found); i++)
        if (strcmp(corsac_diagnostics_at(f->found, i)->code, code) == 0)
            return corsac_diagnostics_at(f->found, i);
    return NULL;
}

size_t fixture_count(const fixture *f, corsac_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < corsac_diagnostics_count(f->found); i++)
        count += corsac_diagnostics_at(f->found, i)->severity == severity;
    return count;
}

const csc_node *fixture_get(const csc_node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == CSC_NODE_MAP && i < map->count; i++)
        if (csc_str_is(map->entries[i].key, key))
            return map->entries[i].value;
    return NULL;
}
