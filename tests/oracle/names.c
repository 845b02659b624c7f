// SPDX-License-Identifier: Apache-2.0
// Names, covering and visibility: H-1, H-8, H-4, H-12's subset test, H-22, and label subsets (H-28,
//
#include "oracle/internal.h"

corsac_str oracle_qualified(oracle_pool *pool, corsac_str namespace_, corsac_str name)
{
    return oracle_pool_format(pool, "%.*s/%.*s", (int)namespace_.size, namespace_.data,
                              (int)name.size, name.data);
}

/* D-25 */
corsac_str oracle_pod_namespace(const oracle *instance)
{
    corsac_str given = instance->parameters->gateway_namespace;
    return given.data != NULL ? given : text_of("istio-system");
}

/* H-1 leaves addresses and dotted names alone: an IPv4 address is dotted, an IPv6 address has
   colons, and a valid name has none (V-25). */
static bool stays_as_written(corsac_str host)
{
    return text_contains(host, ':') || text_contains(host, '.');
}

/* H-1 */
corsac_str oracle_resolve_host(const oracle *instance, oracle_pool *pool, corsac_str host,
                               corsac_str namespace_)
{
    if (host.size == 0 || text_is(host, "*") || stays_as_written(host))
        return host;
    corsac_str domain = instance->parameters->cluster_domain;
    if (domain.data == NULL)
        domain = text_of("cluster.local");
    return oracle_pool_format(pool, "%.*s.%.*s.svc.%.*s", (int)host.size, host.data,
                              (int)namespace_.size, namespace_.data, (int)domain.size, domain.data);
}

/* H-8 */
corsac_str oracle_resolve_gateway_name(oracle_pool *pool, corsac_str name, corsac_str namespace_)
{
    if (text_is(name, "mesh"))
        return name;
    if (text_starts_with(name, text_of("./")))
        return oracle_qualified(pool, namespace_, text_from(name, 2));
    if (text_contains(name, '/'))
        return name;
    const char *dot = memchr(name.data, '.', name.size);
    if (dot == NULL)
        return oracle_qualified(pool, namespace_, name);
    corsac_str legacy_namespace = text_from(name, (size_t)(dot - name.data) + 1);
    const char *end = memchr(legacy_namespace.data, '.', legacy_namespace.size);
    if (end != NULL)
        legacy_namespace.size = (size_t)(end - legacy_namespace.data);
    return oracle_qualified(pool, legacy_namespace, text_head(name, (size_t)(dot - name.data)));
}

static bool is_wildcard(corsac_str host)
{
    return host.size > 0 && host.data[0] == '*';
}

/* H-12, last sentence before the table; H-4 */
bool oracle_host_is_subset(corsac_str narrow, corsac_str wide)
{
    if (!is_wildcard(wide))
        return !is_wildcard(narrow) && text_equal(narrow, wide);
    if (!is_wildcard(narrow))
        return text_ends_with(narrow, text_from(wide, 1));
    return narrow.size >= wide.size && text_ends_with(text_from(narrow, 1), text_from(wide, 1));
}

bool oracle_texts_contain(const oracle_texts *list, corsac_str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], text))
            return true;
    return false;
}

bool oracle_labels_within(const oracle_labels *wanted, const oracle_labels *labels)
{
    for (size_t i = 0; i < wanted->count; i++) {
        bool found = false;
        for (size_t j = 0; j < labels->count; j++)
            found = found || (text_equal(wanted->items[i].key, labels->items[j].key) &&
                              text_equal(wanted->items[i].value, labels->items[j].value));
        if (!found)
            return false;
    }
    return true;
}

/* H-22: a service without exportTo takes the mesh's default, which is public unless set. */
static oracle_texts export_list(const oracle *instance, const oracle_service *service)
{
    static corsac_str everyone = {"*", 1};
    if (service->export_to.count > 0)
        return service->export_to;
    if (instance->parameters->default_export_to.count > 0)
        return instance->parameters->default_export_to;
    return (oracle_texts){&everyone, 1};
}

static bool is_hidden(const oracle_texts *list)
{
    return oracle_texts_contain(list, text_of("~"));
}

bool oracle_exported_to_everyone(const oracle *instance, const oracle_service *service)
{
    oracle_texts list = export_list(instance, service);
    return !is_hidden(&list) && oracle_texts_contain(&list, text_of("*"));
}

/* Named for @p namespace_ in so many words; "." is the service's own namespace (V-30). */
bool oracle_exported_to(const oracle *instance, const oracle_service *service,
                        corsac_str namespace_)
{
    oracle_texts list = export_list(instance, service);
    if (is_hidden(&list))
        return false;
    return oracle_texts_contain(&list, namespace_) ||
           (text_equal(namespace_, service->namespace_) &&
            oracle_texts_contain(&list, text_of(".")));
}
