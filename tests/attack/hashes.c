// SPDX-License-Identifier: Apache-2.0
// Hash flooding by a tenant who knows the seed. It is a hash of the content, so an attacker can compute it for
// what he has written, but every key he adds to make them collide changes it. Here he is given a seed that stays:
// keys that all begin in one bucket are still laid out, by another salt, and found within the probe limit.
#include "attack/attack.h"
#include "compiler/lower/lower.h"
#include "engine/image/host_format.h"
#include "engine/image/origin_hash_format.h"
#include "unit/compiler/lower/origin_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 4096, KEY_BYTES = 40, BUCKET_BITS = 9 };
#define FIXTURE_SEED 0x5eed /* origin_fixture_open() */

/* Keys whose hash under set 0 and salt 0 has the same low bits. */
static void forge(char keys[KEYS][KEY_BYTES], bool collide)
{
    uint64_t number = 0;
    for (int i = 0; i < KEYS;) {
        int size =
            snprintf(keys[i], KEY_BYTES, "=https://h%llu.evil.test", (unsigned long long)number++);
        uint64_t hash = cse_origin_hash(keys[i] + 1, (size_t)size - 1, FIXTURE_SEED, 0, 0);
        if (!collide || (hash & ((1u << BUCKET_BITS) - 1)) == 7)
            i++;
    }
}

static double lay_out(char keys[KEYS][KEY_BYTES], uint8_t *probes)
{
    const char *list[KEYS];
    origin_fixture f;
    for (int i = 0; i < KEYS; i++)
        list[i] = keys[i];
    origin_fixture_open(&f, NULL);
    double begin = attack_seconds();
    uint32_t set = origin_fixture_add(&f, list, KEYS);
    double took = attack_seconds() - begin;
    if (!origin_fixture_seal(&f, false))
        attack_claim(false, "the sections verify");
    for (int i = 0; i < KEYS; i++)
        if (!origin_fixture_allows(&f, set, keys[i] + 1))
            attack_claim(false, "%s is found", keys[i]);
    *probes = f.view.sets[set].probe_limit;
    origin_fixture_close(&f);
    return took;
}

static void origins(void)
{
    static char keys[KEYS][KEY_BYTES];
    uint8_t plain_probes, forged_probes;
    forge(keys, false);
    double plain = lay_out(keys, &plain_probes);
    forge(keys, true);
    double forged = lay_out(keys, &forged_probes);
    attack_claim(forged <= 3 * plain + 0.005,
                 "layout of %d colliding keys: %.2f ms, of others %.2f ms", KEYS, forged * 1e3,
                 plain * 1e3);
    attack_claim(forged_probes <= CSE_ORIGIN_MAX_PROBES,
                 "buckets that a lookup looks at: %u at most, %u without the attack", forged_probes,
                 plain_probes);
}

/* ---- hosts -------------------------------------------------------------------------------- */

enum { HOST_BUCKETS = KEYS / 5 + 1 }; /* five keys a bucket: csc_lower_place_hosts() */

/* Hosts of the first route configuration that all begin in one bucket under the first seed. */
static void forge_hosts(char hosts[KEYS][KEY_BYTES], bool collide)
{
    uint64_t number = 0;
    for (int i = 0; i < KEYS;) {
        int size = snprintf(hosts[i], KEY_BYTES, "h%llu.evil.test", (unsigned long long)number++);
        uint64_t hash = cse_host_hash_text(hosts[i], (size_t)size, FIXTURE_SEED, 0, CSE_HOST_EXACT);
        if (!collide || cse_host_bucket_of(hash, HOST_BUCKETS) == 7)
            i++;
    }
}

/* Buckets that a request for the host looks at; more than may be if it is not found. */
static uint32_t probes_of(const csc_lowering *l, const char *host, uint32_t index)
{
    uint64_t hash =
        cse_host_hash_text(host, strlen(host), l->sections->hash_seed, 0, CSE_HOST_EXACT);
    uint32_t at = cse_host_bucket_of(hash, l->bucket_count);
    for (uint32_t probe = 1; probe <= CSE_HOST_MAX_PROBES; probe++) {
        const cse_host_bucket *bucket = &l->buckets[at];
        for (int slot = 0; slot < CSE_HOST_SLOTS; slot++)
            if (bucket->tag[slot] == cse_host_tag_of(hash) && bucket->index[slot] == index)
                return probe;
        at = at + 1 == l->bucket_count ? 0 : at + 1;
    }
    return CSE_HOST_MAX_PROBES + 1;
}

/* The table of a tenant's hosts alone: time, seeds that were passed over, most buckets of a look-up. */
static double lay_out_hosts(char hosts[KEYS][KEY_BYTES], uint64_t *seeds, uint32_t *probes)
{
    csc_arena *arena = csc_arena_new();
    csc_ir_virtual_host *virtual_hosts = csc_arena_alloc(arena, KEYS, sizeof *virtual_hosts);
    csc_ir_route_config config = {.virtual_hosts = virtual_hosts, .virtual_host_count = KEYS};
    const csc_ir ir = {.route_configs = &config, .route_config_count = 1};
    const csc_context context = {.arena = arena};
    static csc_sections sections;
    csc_lowering lowering = {.context = &context, .ir = &ir, .sections = &sections};
    for (int i = 0; i < KEYS; i++)
        virtual_hosts[i].domain = csc_str_from(hosts[i]);
    sections.hash_seed = FIXTURE_SEED;
    double begin = attack_seconds();
    corsac_status status = csc_lower_place_hosts(&lowering);
    double took = attack_seconds() - begin;
    if (status != CORSAC_OK || lowering.bucket_count != HOST_BUCKETS)
        attack_claim(false, "hosts find their places: %s", corsac_status_name(status));
    *seeds = sections.hash_seed - FIXTURE_SEED;
    *probes = 0;
    for (uint32_t i = 0; status == CORSAC_OK && i < KEYS; i++) {
        uint32_t own = probes_of(&lowering, hosts[i], i);
        *probes = own > *probes ? own : *probes;
    }
    csc_arena_free(arena);
    return took;
}

static void hosts(void)
{
    static char names[KEYS][KEY_BYTES];
    uint64_t plain_seeds, forged_seeds;
    uint32_t plain_probes, forged_probes;
    forge_hosts(names, false);
    double plain = lay_out_hosts(names, &plain_seeds, &plain_probes);
    forge_hosts(names, true);
    double forged = lay_out_hosts(names, &forged_seeds, &forged_probes);
    attack_claim(forged <= 3 * plain + 0.005,
                 "layout of %d colliding hosts: %.2f ms, of others %.2f ms", KEYS, forged * 1e3,
                 plain * 1e3);
    attack_claim(forged_seeds > 0 && forged_seeds <= 8,
                 "seeds passed over for colliding hosts: %llu, for others %llu",
                 (unsigned long long)forged_seeds, (unsigned long long)plain_seeds);
    attack_claim(plain_probes > 0 && forged_probes <= CSE_HOST_MAX_PROBES,
                 "buckets that a request looks at for its host: %u at most, %u without the attack",
                 forged_probes, plain_probes);
}

void attack_hashes(void)
{
    origins();
    hosts();
}
