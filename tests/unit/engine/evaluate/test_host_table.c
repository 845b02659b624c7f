// SPDX-License-Identifier: Apache-2.0
// The tables of hosts as F-3 describes them, laid out by hand: that a key is found where its pilot leads, and that a
// slot which means something else is never taken for a host.
#include "engine/evaluate/host.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PILOTS = 64, HOSTS = 4, NAMES = 5, OWNER = 0, SEED = 77 };

typedef struct table {
    corsac_image image;
    uint8_t host_pilots[PILOTS], sni_pilots[PILOTS];
    alignas(64) cse_virtual_host hosts[HOSTS];
    cse_sni_name names[NAMES];
    cse_route_config config;
    cse_tls_group group;
    uint32_t suffixes[2];
    char strings[256];
} table;

static void empty(table *t)
{
    memset(t, 0, sizeof(*t));
    t->config.star = t->group.star = CSE_NONE;
    t->image = (corsac_image){.hash_seed = SEED,
                              .host_pilots = t->host_pilots,
                              .host_pilot_count = PILOTS,
                              .sni_pilots = t->sni_pilots,
                              .sni_pilot_count = PILOTS,
                              .host_suffixes = t->suffixes,
                              .virtual_hosts = t->hosts,
                              .host_slot_count = HOSTS,
                              .sni_names = t->names,
                              .sni_slot_count = NAMES,
                              .route_configs = &t->config,
                              .route_config_count = 1,
                              .tls_groups = &t->group,
                              .tls_group_count = 1,
                              .strings = t->strings};
    for (uint32_t i = 0; i < HOSTS; i++) {
        t->hosts[i].kind = CSE_HOST_STAR; /* nobody's */
        t->hosts[i].ahead.policy = CSE_NONE;
    }
}

static void is_host(table *t, uint32_t index, const char *domain, uint32_t kind)
{
    cse_virtual_host *host = &t->hosts[index];
    *host = (cse_virtual_host){
        .domain_size = (uint16_t)strlen(domain),
        .route_config = OWNER,
        .ahead.policy = CSE_NONE,
        .kind = (uint8_t)kind,
        .flags =
            kind == CSE_HOST_EXACT && strlen(domain) <= sizeof(host->text) ? CSE_HOST_PLAIN : 0};
    memcpy(host->text, domain, strnlen(domain, sizeof(host->text))); /* the rest is zero */
}

static void is_name(table *t, uint32_t index, const char *name, uint32_t kind, uint32_t config)
{
    size_t offset = 64 * index;
    strcpy(t->strings + offset, name);
    t->names[index] = (cse_sni_name){.host = {(uint32_t)offset, (uint32_t)strlen(name)},
                                     .tls_group = OWNER,
                                     .kind = kind,
                                     .route_config = config};
}

static uint64_t hash_of(const char *text, uint32_t kind)
{
    return cse_host_hash_text(text, strlen(text), SEED, OWNER, kind);
}

/* Sets the pilot of a key to one that leads it to a slot. */
static void put(table *t, const char *text, uint32_t kind, uint32_t slot)
{
    const bool is_sni = kind >= CSE_SNI_EXACT;
    const uint32_t slots = is_sni ? NAMES : HOSTS;
    uint64_t hash = hash_of(text, kind);
    uint8_t *pilot = (is_sni ? t->sni_pilots : t->host_pilots) + cse_host_pilot_of(hash, PILOTS);
    uint32_t value = 0;
    while (value <= UINT8_MAX && cse_host_slot_of(hash, (uint8_t)value, slots) != slot)
        value++;
    cr_assert_leq(value, UINT8_MAX, "no pilot leads %s to %u", text, slot);
    *pilot = (uint8_t)value;
}

/* Index of the virtual host, or -1. The short way may not know, but never says otherwise. */
static int host_of(table *t, const char *authority)
{
    static const cse_endpoint endpoint = {.route_config = OWNER, .tls_group = CSE_NONE};
    const corsac_request request = {.authority = {authority, strlen(authority)}};
    const cse_call call = {.image = &t->image, .request = &request};
    const cse_virtual_host *found = cse_host_find(&call, &endpoint);
    const cse_host_table hosts = cse_host_table_of(&t->image, &endpoint);
    const cse_virtual_host *plain = cse_host_find_plain(&t->image, &hosts, request.authority);
    cr_expect(plain == NULL || plain == found, "%s", authority);
    if (found && found->flags & CSE_HOST_PLAIN &&
        !strpbrk(authority, ":ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        cr_expect_eq(plain, t->config.only_star ? NULL : found, "%s", authority);
    return found ? (int)(found - t->hosts) : -1;
}

static uint32_t config_of(table *t, const char *sni)
{
    return cse_host_choose_tls(&t->image, OWNER, NULL, (corsac_str){sni, strlen(sni)});
}

Test(host_table, a_key_is_found_where_its_pilot_leads) // F-3
{
    static const char *const domains[] = {"a.com", "b.org", "cc.example", "d.io", "e.net", "f.dev"};
    for (size_t d = 0; d < sizeof(domains) / sizeof(domains[0]); d++)
        for (uint32_t slot = 0; slot < HOSTS; slot++) {
            table t;
            empty(&t);
            is_host(&t, slot, domains[d], CSE_HOST_EXACT);
            put(&t, domains[d], CSE_HOST_EXACT, slot);
            cr_expect_eq(host_of(&t, domains[d]), (int)slot, "%s in slot %u", domains[d], slot);
            put(&t, domains[d], CSE_HOST_EXACT, (slot + 1) % HOSTS);
            cr_expect_eq(host_of(&t, domains[d]), -1, "%s elsewhere", domains[d]);
            is_name(&t, slot, domains[d], CSE_SNI_EXACT, 5);
            put(&t, domains[d], CSE_SNI_EXACT, slot);
            cr_expect_eq(config_of(&t, domains[d]), 5, "%s in slot %u", domains[d], slot);
            put(&t, domains[d], CSE_SNI_EXACT, slot + 1);
            cr_expect_eq(config_of(&t, domains[d]), CSE_NONE, "%s elsewhere", domains[d]);
        }
}

/* Whatever an image says: pilots are bytes without a check. */
Test(host_table, every_pilot_leads_to_a_slot) // F-7
{
    static const uint32_t counts[] = {1, 2, 3, 1000, UINT32_MAX};
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
        for (uint32_t value = 0; value <= UINT8_MAX; value++)
            for (uint64_t i = 0; i < 64; i++) {
                uint64_t hash = i % 2 ? UINT64_MAX << i : ~(UINT64_MAX << i);
                cr_assert_lt(cse_host_slot_of(hash, (uint8_t)value, counts[c]), counts[c]);
                cr_assert_lt(cse_host_pilot_of(hash, UINT32_C(1) << (i & 31)), UINT32_C(1)
                                                                                   << (i & 31));
            }
}

/* A slot is found for any text: that it is the key's proves nothing. */
Test(host_table, a_slot_is_no_equal_key) // F-3
{
    const char *others[] = {"a.con", "b.com", "aa.com", "a.co"};
    table t;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        empty(&t);
        is_host(&t, 2, others[i], CSE_HOST_EXACT);
        put(&t, "a.com", CSE_HOST_EXACT, 2);
        cr_expect_eq(host_of(&t, "a.com"), -1, "%s", others[i]);
    }
    empty(&t);
    is_host(&t, 2, "a.com", CSE_HOST_EXACT);
    put(&t, "a.com", CSE_HOST_EXACT, 2);
    t.hosts[2].route_config = OWNER + 1;
    cr_expect_eq(host_of(&t, "a.com"), -1, "of another configuration");
    t.hosts[2].route_config = OWNER;
    t.hosts[2].kind = CSE_HOST_SUFFIX;
    t.hosts[2].flags = 0;
    cr_expect_eq(host_of(&t, "a.com"), -1, "of another kind");
    t.hosts[2].kind = CSE_HOST_EXACT;
    t.hosts[2].flags = CSE_HOST_PLAIN;
    cr_expect_eq(host_of(&t, "a.com"), 2);
}

Test(host_table, in_the_right_slot_every_byte_is_compared) // F-3
{
    for (uint32_t size = 1; size <= CSE_HOST_INLINE_BYTES; size++)
        for (uint32_t other = 0; other <= size; other++) { /* size: no other byte */
            char name[CSE_HOST_INLINE_BYTES + 1] = "", stored[CSE_HOST_INLINE_BYTES + 2] = "*";
            table t;
            memset(name, 'a', size);
            strcpy(stored + 1, name);
            if (other < size)
                stored[1 + other] = 'b';
            empty(&t);
            is_host(&t, 2, stored + 1, CSE_HOST_EXACT);
            put(&t, name, CSE_HOST_EXACT, 2);
            cr_expect_eq(host_of(&t, name), other < size ? -1 : 2, "%s as %s", name, stored + 1);
            is_name(&t, 2, stored + 1, CSE_SNI_EXACT, 5);
            put(&t, name, CSE_SNI_EXACT, 2);
            cr_expect_eq(config_of(&t, name), other < size ? CSE_NONE : 5, "%s as %s", name,
                         stored);
            if (size == CSE_HOST_INLINE_BYTES)
                continue;
            char longer[CSE_HOST_INLINE_BYTES + 2];
            snprintf(longer, sizeof(longer), "q%s", name);
            t.suffixes[0] = size;
            t.config.suffixes = (cse_suffixes){0, 1};
            is_host(&t, 2, stored, CSE_HOST_SUFFIX);
            put(&t, name, CSE_HOST_SUFFIX, 2);
            cr_expect_eq(host_of(&t, longer), other < size ? -1 : 2, "%s as %s", longer, stored);
        }
}

Test(host_table, names_of_servers_are_compared_whole) // H-29, F-3
{
    const char *long_name = "a-name-of-more-than-thirty-two-bytes.example.com";
    table t;
    empty(&t);
    is_name(&t, 1, "a.com", CSE_SNI_EXACT, 5);
    is_name(&t, 2, long_name, CSE_SNI_EXACT, 6);
    put(&t, "a.com", CSE_SNI_EXACT, 1);
    put(&t, long_name, CSE_SNI_EXACT, 2);
    cr_expect_eq(config_of(&t, "A.com"), 5);
    cr_expect_eq(config_of(&t, long_name), 6);
    t.strings[64 + 4] = 'n';
    cr_expect_eq(config_of(&t, "a.com"), CSE_NONE, "another text in its slot");
    t.strings[64 + 4] = 'm';
    t.names[1].tls_group = OWNER + 1;
    cr_expect_eq(config_of(&t, "a.com"), CSE_NONE, "of another group");
    t.names[1].tls_group = OWNER;
    t.names[1].kind = CSE_SNI_SUFFIX;
    cr_expect_eq(config_of(&t, "a.com"), CSE_NONE, "of another kind");
    t.names[1].kind = CSE_SNI_EXACT;
    t.names[1].host.size--;
    cr_expect_eq(config_of(&t, "a.com"), CSE_NONE, "shorter");
}

Test(host_table, wildcards_of_servers_and_hosts) // H-17, H-29
{
    table t;
    empty(&t);
    t.suffixes[0] = 6;
    t.suffixes[1] = 4;
    t.config.suffixes = t.group.suffixes = (cse_suffixes){0, 2};
    is_host(&t, 0, "*.b.com", CSE_HOST_SUFFIX);
    put(&t, ".b.com", CSE_HOST_SUFFIX, 0);
    is_name(&t, 0, "*.com", CSE_SNI_SUFFIX, 5);
    put(&t, ".com", CSE_SNI_SUFFIX, 0);
    is_name(&t, 1, "*", CSE_SNI_STAR, 6);
    cr_expect_eq(host_of(&t, "a.b.com"), 0);
    cr_expect_eq(host_of(&t, ".b.com"), -1);
    cr_expect_eq(config_of(&t, "a.b.com"), 5);
    cr_expect_eq(config_of(&t, ".com"), CSE_NONE);
    t.group.star = 1;
    cr_expect_eq(config_of(&t, ".com"), 6);
    cr_expect_eq(config_of(&t, "a.com"), 5);
    cr_expect_eq(config_of(&t, "a.com\001"), CSE_NONE, "X-8");
}

/* Both may be missing from an endpoint that verifies. */
Test(host_table, an_endpoint_that_leads_nowhere_has_no_host) // F-7
{
    static const cse_endpoint nowhere = {.route_config = CSE_NONE, .tls_group = CSE_NONE};
    const corsac_request request = {.authority = {"a.com", 5}};
    table t;
    empty(&t);
    const cse_call call = {.image = &t.image, .request = &request};
    const cse_host_table hosts = cse_host_table_of(&t.image, &nowhere);
    cr_expect_null(cse_host_find_plain(&t.image, &hosts, request.authority));
    cr_expect_null(cse_host_find(&call, &nowhere));
}

Test(host_table, where_only_a_star_is_the_host_is_not_looked_at) // H-17
{
    table t;
    empty(&t);
    t.config.star = 3;
    t.config.only_star = 1;
    is_host(&t, 2, "a.com", CSE_HOST_EXACT);
    put(&t, "a.com", CSE_HOST_EXACT, 2);
    t.hosts[3].kind = CSE_HOST_STAR;
    cr_expect_eq(host_of(&t, "a.com"), 3);
    cr_expect_eq(host_of(&t, ""), 3);
    t.config.only_star = 0;
    cr_expect_eq(host_of(&t, "a.com"), 2);
    cr_expect_eq(host_of(&t, "b.com"), 3);
    cr_expect_eq(host_of(&t, ""), -1);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* The short way reads hosts of up to 32 bytes as they are, if they do not end in a port of four or five digits. */
static void check_words(const char *authority, size_t size)
{
    cse_host_words read;
    const bool port = size > 6 && (authority[size - 5] == ':' || authority[size - 6] == ':');
    const bool fits = size >= 1 && size <= 32 && !port;
    cr_assert_eq(cse_host_words_read(&read, (corsac_str){authority, size}), fits, "%.*s", (int)size,
                 authority);
    char padded[CSE_HOST_INLINE_BYTES] = {0};
    if (!fits)
        return;
    memcpy(padded, authority, size);
    cr_expect_arr_eq((char *)read.word, padded, sizeof(padded), "%.*s", (int)size, authority);
}

/* What no name may have that is found by its bytes alone (H-17, X-8). */
Test(host_table, a_plain_name_has_nothing_that_an_authority_is_read_for)
{
    for (int byte = 0; byte < 256; byte++)
        for (size_t size = 1; size <= CSE_HOST_INLINE_BYTES + 1; size++)
            for (size_t at = 0; at < size; at++) {
                char text[CSE_HOST_INLINE_BYTES + 1] = {0};
                memset(text, 'a', size);
                text[at] = (char)byte;
                bool plain = size <= 32 && byte > ' ' && byte < 0x7F && byte != ':' &&
                             !(byte >= 'A' && byte <= 'Z');
                cr_assert_eq(cse_host_is_plain(text, size), plain, "%d at %zu", byte, at);
            }
    static const char nothing[CSE_HOST_INLINE_BYTES];
    cr_expect_not(cse_host_is_plain(nothing, 0));
}

Test(host_table, what_is_kept_of_an_authority) // H-17
{
    static const struct {
        const char *authority, *host;
    } rows[] = {{"A.Com", "a.com"},
                {"a:1", "a"},
                {"a:", "a"},
                {":1", ""},
                {"[::1]", "[::1]"},
                {"[::1]:80", "[::1]"},
                {"a]:1", "a]"},
                {"a:1]", "a:1]"},
                {"a:b:c", "a:b"},
                {"@Z[`z{", "@z[`z{"},
                {"::::::::::::::::::::::::::::::::", ":::::::::::::::::::::::::::::::"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int padding = 0; padding < 60; padding++) { /* short ones are read by words */
            char authority[128], wanted[128];
            snprintf(authority, sizeof(authority), "%.*s%s", padding,
                     "QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ",
                     rows[i].authority);
            snprintf(wanted, sizeof(wanted), "%.*s%s", padding,
                     "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", rows[i].host);
            cse_host host;
            char *exact = malloc(strlen(authority)); /* so that a step beyond is seen */
            memcpy(exact, authority, strlen(authority));
            cse_host_read(&host, (corsac_str){exact, strlen(authority)});
            check_words(exact, strlen(authority));
            free(exact);
            cr_expect(host.legal, "%s", authority);
            cr_expect(host.present, "%s", authority);
            cr_expect_eq(host.size, strlen(wanted), "%s", authority);
            cr_expect_eq(host.tail_size, strlen(wanted), "%s", authority);
            cr_expect_arr_eq(host.tail, wanted, strlen(wanted), "%s", authority);
        }
}

Test(host_table, of_a_long_authority_the_end_is_kept) // H-17
{
    for (size_t size = CSE_MAX_DOMAIN_BYTES - 1; size < CSE_MAX_DOMAIN_BYTES + 3; size++) {
        char text[CSE_MAX_DOMAIN_BYTES + 3];
        for (size_t i = 0; i < size; i++)
            text[i] = (char)('a' + i % 26);
        cse_host host, name;
        cse_host_read(&host, (corsac_str){text, size});
        cse_host_read_name(&name, (corsac_str){text, size});
        size_t kept = size < CSE_MAX_DOMAIN_BYTES ? size : CSE_MAX_DOMAIN_BYTES;
        cr_expect_eq(host.size, size);
        cr_expect_eq(host.tail_size, kept);
        cr_expect_eq(name.size, size);
        cr_expect_eq(name.tail_size, kept);
        cr_expect_arr_eq(host.tail, text + size - kept, kept);
        cr_expect_arr_eq(name.tail, text + size - kept, kept);
    }
}

Test(host_table, a_control_byte_is_seen_in_every_place)
{
    for (size_t size = 1; size < 60; size++)
        for (size_t at = 0; at < size; at++)
            for (const char *byte = "\001\t\x1f\x7f "; *byte; byte++) {
                char text[60];
                memset(text, 'a', size);
                text[at] = *byte;
                cse_host host, name;
                cse_host_read(&host, (corsac_str){text, size});
                cse_host_read_name(&name, (corsac_str){text, size});
                bool legal = *byte == '\t' || *byte == ' ';
                cr_expect_eq(host.legal, legal, "%d at %zu of %zu", *byte, at, size);
                cr_expect_eq(name.legal, legal, "%d at %zu of %zu", *byte, at, size);
            }
}

Test(host_table, an_empty_authority_or_name_is_absent) // H-17
{
    cse_host host;
    cse_host_read(&host, (corsac_str){"", 0});
    cr_expect_not(host.present);
    cr_expect(host.legal);
    cse_host_read(&host, (corsac_str){"a", 1});
    cr_expect(host.present);
    cse_host_read_name(&host, (corsac_str){"", 0});
    cr_expect_not(host.present);
    cse_host_read_name(&host, (corsac_str){"a", 1});
    cr_expect(host.present);
}
