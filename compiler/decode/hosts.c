// SPDX-License-Identifier: Apache-2.0
// Overlap of hosts. Covering is textual on what follows the star, so all hosts that a wildcard
// covers end with its suffix: sorted by reversed text they stand in one run behind it, and one pass
// with the chain of enclosing suffixes finds a partner for every host that has one, in n log n.
#include "compiler/decode/hosts.h"
#include "compiler/decode/fields.h"

#include <stdlib.h>

typedef struct host_entry {
    corsac_str suffix; /* text behind the star, or the whole host */
    bool wildcard;
    size_t index;
} host_entry;

static int compare_reversed(corsac_str a, corsac_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    for (size_t i = 1; i <= common; i++) {
        unsigned char x = (unsigned char)a.data[a.size - i], y = (unsigned char)b.data[b.size - i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

/* A wildcard stands before an exact host of the same suffix; equal hosts in list order. */
static int compare_entries(const void *left, const void *right)
{
    const host_entry *a = left, *b = right;
    int order = compare_reversed(a->suffix, b->suffix);
    if (!order)
        order = (int)b->wildcard - (int)a->wildcard;
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static void report(csc_finder *finder, const csc_path *path, const csc_node *hosts, size_t a,
                   size_t b)
{
    size_t first = a < b ? a : b, second = a < b ? b : a;
    csc_path item = csc_path_item(path, second);
    corsac_str one, two;
    csc_node_text(hosts->items[first], &one);
    csc_node_text(hosts->items[second], &two);
    csc_find_error(finder, "host-overlap", "V-27", hosts->items[second]->span, &item,
                   "The host %s overlaps with %s in the same VirtualService.",
                   csc_show(finder, two), csc_show(finder, one));
}

void csc_validate_overlap(csc_finder *finder, const csc_path *path, const csc_node *hosts)
{
    csc_arena *arena = finder->context->arena;
    host_entry *entries = csc_arena_alloc(arena, hosts->count, sizeof *entries);
    size_t *chain = csc_arena_alloc(arena, hosts->count, sizeof *chain); /* wildcards around us */
    size_t depth = 0;
    if (!entries || !chain || hosts->count < 2)
        return;
    for (size_t i = 0; i < hosts->count; i++) {
        corsac_str host;
        csc_node_text(hosts->items[i], &host);
        bool wildcard = host.size > 0 && host.data[0] == '*';
        entries[i] = (host_entry){csc_str_slice(host, wildcard, host.size - wildcard), wildcard, i};
    }
    qsort(entries, hosts->count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < hosts->count; i++) {
        while (depth > 0 && !csc_str_ends(entries[i].suffix, entries[chain[depth - 1]].suffix))
            depth--;
        bool same = i > 0 && !entries[i].wildcard && !entries[i - 1].wildcard &&
                    csc_str_equal(entries[i].suffix, entries[i - 1].suffix);
        if (depth > 0)
            report(finder, path, hosts, entries[chain[depth - 1]].index, entries[i].index);
        else if (same)
            report(finder, path, hosts, entries[i - 1].index, entries[i].index);
        if (entries[i].wildcard)
            chain[depth++] = i;
    }
}
