// SPDX-License-Identifier: Apache-2.0
// The hosts of the VirtualServices bound to one gateway, findable from a server's host without
// walking them all (H-12): exact names and wildcard tails by hash, ends of names by a list that is
// sorted from the last byte on, if a server asks for any. The cost of a server is its matches, not
// hosts times services.
#include "compiler/resolve/resolution.h"

typedef struct host_entry {
    corsac_str name; /* case kept (H-5) */
    corsac_str tail; /* what the sorted list compares: the name, without its star */
    uint32_t root, host;
    uint32_t next; /* another entry of the same name, or CORSAC_NONE */
} host_entry;

struct csc_host_index {
    host_entry *entries; /* in the order of the VirtualServices and of their hosts */
    size_t count;
    const host_entry **by_tail; /* sorted, last byte first; NULL until asked for */
    csc_map *exact;             /* name -> first entry */
    csc_map *wildcards;         /* text behind the star -> first entry */
};

typedef struct binding_list {
    csc_binding *items;
    size_t count, capacity;
} binding_list;

/* ---- making the index ---------------------------------------------------------------------- */

/* Order of texts read from the end; a text sorts behind its own endings. */
static int compare_reversed(corsac_str a, corsac_str b)
{
    for (size_t i = 1; i <= a.size && i <= b.size; i++) {
        unsigned char x = (unsigned char)a.data[a.size - i], y = (unsigned char)b.data[b.size - i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int compare_entries(const void *left, const void *right)
{
    const host_entry *a = *(const host_entry *const *)left, *b = *(const host_entry *const *)right;
    int order = compare_reversed(a->tail, b->tail);
    if (!order)
        order = (a->root > b->root) - (a->root < b->root);
    return order ? order : (a->host > b->host) - (a->host < b->host);
}

static bool chain_entries(csc_host_index *index)
{
    for (size_t i = index->count; i-- > 0;) {
        host_entry *e = &index->entries[i];
        bool added;
        size_t *slot = csc_map_put(csc_host_is_wildcard(e->name) ? index->wildcards : index->exact,
                                   e->tail, &added);
        if (!slot)
            return false;
        e->next = added ? CORSAC_NONE : (uint32_t)*slot;
        *slot = i;
    }
    return true;
}

static csc_host_index *make_index(csc_resolution *r, const csc_gate *gate)
{
    csc_host_index *index = csc_arena_alloc(r->arena, 1, sizeof(*index));
    size_t count = 0;
    for (size_t i = 0; i < gate->root_count; i++)
        count += r->roots[gate->roots[i]].host_count;
    if (!index)
        return NULL;
    index->exact = csc_map_new_for(r->arena, count);
    index->wildcards = csc_map_new(r->arena);
    index->entries = csc_arena_alloc(r->arena, count, sizeof(*index->entries));
    if (!index->exact || !index->wildcards || !index->entries)
        return NULL;
    for (size_t i = 0; i < gate->root_count; i++) {
        const csc_root *root = &r->roots[gate->roots[i]];
        for (size_t h = 0; h < root->host_count; h++) {
            corsac_str name = root->hosts[h].text;
            size_t star = csc_host_is_wildcard(name) ? 1 : 0;
            index->entries[index->count++] =
                (host_entry){.name = name,
                             .tail = csc_str_slice(name, star, name.size - star),
                             .root = gate->roots[i],
                             .host = (uint32_t)h};
        }
    }
    return chain_entries(index) ? index : NULL;
}

/* ---- looking up one server host ----------------------------------------------------------- */

static bool append(csc_resolution *r, binding_list *list, const csc_server_host *server,
                   const host_entry *e, corsac_str domain)
{
    const csc_root *root = &r->roots[e->root];
    if (server->ns.data && !csc_str_equal(server->ns, root->document->metadata.namespace_))
        return true; /* H-9 */
    list->items =
        csc_arena_grow(r->arena, list->items, list->count, &list->capacity, sizeof(*list->items));
    if (!list->items)
        return false;
    list->items[list->count++] =
        (csc_binding){.root = e->root, .host = e->host, .domain = csc_name_lower(r->arena, domain)};
    return true;
}

static bool append_chain(csc_resolution *r, binding_list *list, const csc_server_host *server,
                         const csc_host_index *index, const size_t *first, corsac_str domain)
{
    for (uint32_t i = first ? (uint32_t)*first : CORSAC_NONE; i != CORSAC_NONE;
         i = index->entries[i].next) {
        if (!append(r, list, server, &index->entries[i], domain))
            return false;
    }
    return true;
}

/* The server's host is a subset of these: an equal exact host, or a wildcard whose text it ends
 * with. The server's host is the more specific and becomes the domain. */
static bool find_covering(csc_resolution *r, binding_list *list, const csc_server_host *server,
                          const csc_host_index *index)
{
    bool wildcard = csc_host_is_wildcard(server->host);
    corsac_str tail = csc_str_slice(server->host, wildcard, server->host.size - wildcard);
    if (!wildcard &&
        !append_chain(r, list, server, index, csc_map_find(index->exact, tail), server->host))
        return false;
    if (csc_map_count(index->wildcards) == 0)
        return true;
    for (size_t from = 0; from <= tail.size; from++) {
        corsac_str end = csc_str_slice(tail, from, tail.size - from);
        if (!append_chain(r, list, server, index, csc_map_find(index->wildcards, end),
                          server->host))
            return false;
    }
    return true;
}

static bool sort_by_tail(csc_resolution *r, csc_host_index *index)
{
    index->by_tail = csc_arena_alloc(r->arena, index->count, sizeof(*index->by_tail));
    for (size_t i = 0; index->by_tail && i < index->count; i++)
        index->by_tail[i] = &index->entries[i];
    if (index->by_tail)
        csc_sort(index->by_tail, index->count, sizeof(*index->by_tail), compare_entries);
    return index->by_tail != NULL;
}

static size_t first_ending_with(const csc_host_index *index, corsac_str tail)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_reversed(index->by_tail[middle]->tail, tail) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool append_covered(csc_resolution *r, binding_list *list, const csc_server_host *server,
                           const host_entry *e)
{
    if (csc_str_equal(e->name, server->host))
        return true; /* found as covering already */
    return append(r, list, server, e, e->name);
}

/* Hosts that are subsets of the server's wildcard: they end with its text, and stand together. With
 * "*" these are all. */
static bool find_covered(csc_resolution *r, binding_list *list, const csc_server_host *server,
                         csc_host_index *index)
{
    corsac_str tail = csc_str_slice(server->host, 1, server->host.size - 1);
    for (size_t i = 0; tail.size == 0 && i < index->count; i++)
        if (!append_covered(r, list, server, &index->entries[i]))
            return false;
    if (tail.size == 0)
        return true;
    if (!index->by_tail && !sort_by_tail(r, index))
        return false;
    for (size_t i = first_ending_with(index, tail);
         i < index->count && csc_str_ends(index->by_tail[i]->tail, tail); i++)
        if (!append_covered(r, list, server, index->by_tail[i]))
            return false;
    return true;
}

static int compare_bindings(const void *left, const void *right)
{
    const csc_binding *a = left, *b = right;
    int order = (a->root > b->root) - (a->root < b->root);
    if (!order)
        order = csc_str_compare(a->domain, b->domain);
    return order ? order : (a->host > b->host) - (a->host < b->host);
}

bool csc_resolve_bindings(csc_resolution *r, csc_gate *gate, const csc_gate_server *server,
                          csc_binding **out, size_t *out_count)
{
    binding_list list = {0};
    if (!gate->index)
        gate->index = make_index(r, gate);
    if (!gate->index)
        return false;
    for (size_t i = 0; i < server->host_count; i++) {
        const csc_server_host *host = &server->hosts[i];
        if (!find_covering(r, &list, host, gate->index))
            return false;
        if (csc_host_is_wildcard(host->host) && !find_covered(r, &list, host, gate->index))
            return false;
    }
    if (list.count)
        csc_sort(list.items, list.count, sizeof(*list.items), compare_bindings);
    *out = list.items;
    *out_count = list.count;
    return !csc_arena_failed(r->arena);
}
