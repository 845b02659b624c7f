// SPDX-License-Identifier: Apache-2.0
// Hash flooding by a tenant who knows the seed. It is a hash of the content, so an attacker can compute it for
// what he has written, but every key he adds to make them collide changes it. Here he is given a seed that stays:
// keys that all begin in one bucket are still laid out, by another salt, and found within the probe limit.
#include "attack/attack.h"
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

void attack_hashes(void)
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
