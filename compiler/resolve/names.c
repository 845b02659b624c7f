// SPDX-License-Identifier: Apache-2.0
// Short names made long (H-1, H-8, H-9) and the textual cover test of H-4 and H-12.
#include "compiler/resolve/names.h"

#include <arpa/inet.h>
#include <string.h>

/* Joined byte by byte: a name is not checked for zero bytes, and must not end early at one. */
corsac_str csc_name_qualify(csc_arena *arena, corsac_str ns, corsac_str name)
{
    char *text = csc_arena_alloc(arena, 1, ns.size + name.size + 2);
    if (!text)
        return (corsac_str){"", 0};
    if (ns.size)
        memcpy(text, ns.data, ns.size);
    text[ns.size] = '/';
    if (name.size)
        memcpy(text + ns.size + 1, name.data, name.size);
    return (corsac_str){text, ns.size + 1 + name.size};
}

bool csc_name_has_upper(corsac_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'Z')
            return true;
    }
    return false;
}

corsac_str csc_name_lower(csc_arena *arena, corsac_str text)
{
    if (!csc_name_has_upper(text))
        return text;
    char *lower = csc_arena_alloc(arena, 1, text.size + 1);
    if (!lower)
        return text;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (corsac_str){lower, text.size};
}

static bool contains(corsac_str text, char c)
{
    return text.size != 0 && memchr(text.data, c, text.size) != NULL;
}

/* A host with a dot is never short, so only IPv6 literals are left to tell apart. */
static bool is_ipv6(corsac_str host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (!contains(host, ':') || host.size >= sizeof(text))
        return false;
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

corsac_str csc_name_host(csc_arena *arena, corsac_str host, corsac_str ns, corsac_str domain)
{
    if (host.size == 0 || csc_str_is(host, "*") || contains(host, '.') || is_ipv6(host))
        return host;
    const corsac_str texts[] = {host, csc_str_from(ns.size ? "." : ""), ns,
                                csc_str_from(domain.size ? ".svc." : ""), domain};
    return csc_arena_join(arena, texts, sizeof(texts) / sizeof(*texts));
}

/* name.ns, name.ns.svc.domain: the form from before namespaces were written with a slash. */
static corsac_str legacy_gateway(csc_arena *arena, corsac_str name)
{
    size_t dot = (size_t)((const char *)memchr(name.data, '.', name.size) - name.data);
    corsac_str ns = csc_str_slice(name, dot + 1, name.size - dot - 1);
    const char *end = ns.size ? memchr(ns.data, '.', ns.size) : NULL;
    if (end)
        ns.size = (size_t)(end - ns.data);
    return csc_name_qualify(arena, ns, csc_str_slice(name, 0, dot));
}

corsac_str csc_name_gateway(csc_arena *arena, corsac_str name, corsac_str ns)
{
    if (csc_str_is(name, "mesh"))
        return name;
    if (csc_str_starts(name, csc_str_from("./")))
        return csc_name_qualify(arena, ns, csc_str_slice(name, 2, name.size - 2));
    if (contains(name, '/'))
        return name;
    if (contains(name, '.'))
        return legacy_gateway(arena, name);
    return csc_name_qualify(arena, ns, name);
}

csc_server_host csc_name_server_host(csc_arena *arena, corsac_str written, corsac_str gateway_ns)
{
    csc_server_host result = {.host = written, .text = written};
    const char *slash = written.size ? memchr(written.data, '/', written.size) : NULL;
    if (!slash)
        return result;
    size_t before = (size_t)(slash - written.data);
    corsac_str ns = csc_str_slice(written, 0, before);
    result.host = csc_str_slice(written, before + 1, written.size - before - 1);
    if (csc_str_is(ns, "*")) {
        result.text = result.host;
        return result;
    }
    result.ns = csc_str_is(ns, ".") ? gateway_ns : ns;
    result.text = csc_name_qualify(arena, result.ns, result.host);
    return result;
}

bool csc_host_is_wildcard(corsac_str host)
{
    return host.size != 0 && host.data[0] == '*';
}

bool csc_host_is_subset(corsac_str a, corsac_str b)
{
    if (!csc_host_is_wildcard(b))
        return csc_str_equal(a, b);
    corsac_str b_rest = csc_str_slice(b, 1, b.size - 1);
    if (!csc_host_is_wildcard(a))
        return csc_str_ends(a, b_rest);
    return a.size >= b.size && csc_str_ends(csc_str_slice(a, 1, a.size - 1), b_rest);
}
