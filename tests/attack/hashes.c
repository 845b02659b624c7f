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

/* At most two keys a pilot, and a power of two: csc_lower_place_hosts(). */
static uint32_t host_pilots(void)
{
    uint32_t pilots = 1;
    while (pilots * 2 < KEYS)
        pilots *= 2;
    return pilots;
}

/* Hosts of the first route configuration that all share one pilot under the first seed. */
static void forge_hosts(char hosts[KEYS][KEY_BYTES], bool collide)
{
    uint64_t number = 0;
    for (int i = 0; i < KEYS;) {
        int size = snprintf(hosts[i], KEY_BYTES, "h%llu.evil.test", (unsigned long long)number++);
        uint64_t hash = cse_host_hash_text(hosts[i], (size_t)size, FIXTURE_SEED, 0, CSE_HOST_EXACT);
        if (!collide || cse_host_pilot_of(hash, host_pilots()) == 7)
            i++;
    }
}

/* The engine looks into one slot: whether that is the host's own. */
static bool is_found(const csc_lowering *l, const char *host, uint32_t index)
{
    const csc_host_table *table = &l->hosts;
    uint64_t hash =
        cse_host_hash_text(host, strlen(host), l->sections->hash_seed, 0, CSE_HOST_EXACT);
    uint8_t pilot = table->pilots[cse_host_pilot_of(hash, table->pilot_count)];
    return cse_host_slot_of(hash, pilot, table->slot_count) == table->slots[index];
}

/* The table of a tenant's hosts alone: time, seeds that were passed over, hosts that are not found. */
static double lay_out_hosts(char hosts[KEYS][KEY_BYTES], uint64_t *seeds, uint32_t *lost)
{
    csc_arena *arena = csc_arena_new();
    csc_ir_virtual_host *virtual_hosts = csc_arena_alloc(arena, KEYS, sizeof *virtual_hosts);
    csc_ir_route_config config = {.virtual_hosts = virtual_hosts, .virtual_host_count = KEYS};
    csc_ir ir = {.route_configs = &config, .route_config_count = 1};
    const csc_context context = {.arena = arena};
    static csc_sections sections;
    csc_lowering lowering = {.context = &context, .ir = &ir, .sections = &sections};
    for (int i = 0; i < KEYS; i++)
        virtual_hosts[i].domain = csc_str_from(hosts[i]);
    sections.hash_seed = FIXTURE_SEED;
    double begin = attack_seconds();
    corsac_status status = csc_lower_place_hosts(&lowering, arena);
    double took = attack_seconds() - begin;
    if (status != CORSAC_OK || lowering.hosts.pilot_count != host_pilots())
        attack_claim(false, "hosts find their places: %s", corsac_status_name(status));
    *seeds = sections.hash_seed - FIXTURE_SEED;
    *lost = 0;
    for (uint32_t i = 0; status == CORSAC_OK && i < KEYS; i++)
        *lost += !is_found(&lowering, hosts[i], i);
    csc_arena_free(arena);
    return took;
}

static void hosts(void)
{
    static char names[KEYS][KEY_BYTES];
    uint64_t plain_seeds, forged_seeds;
    uint32_t plain_lost, forged_lost;
    forge_hosts(names, false);
    double plain = lay_out_hosts(names, &plain_seeds, &plain_lost);
    forge_hosts(names, true);
    double forged = lay_out_hosts(names, &forged_seeds, &forged_lost);
    attack_claim(forged <= 3 * plain + 0.005,
                 "layout of %d colliding hosts: %.2f ms, of others %.2f ms", KEYS, forged * 1e3,
                 plain * 1e3);
    attack_claim(forged_seeds > 0 && forged_seeds <= 8,
                 "seeds passed over for colliding hosts: %llu, for others %llu",
                 (unsigned long long)forged_seeds, (unsigned long long)plain_seeds);
    attack_claim(
        plain_lost == 0 && forged_lost == 0,
        "hosts that are not in the one slot that a request looks at: %u, without the attack %u",
        forged_lost, plain_lost);
}

void attack_hashes(void)
{
    origins();
    hosts();
}
