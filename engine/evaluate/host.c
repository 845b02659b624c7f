// SPDX-License-Identifier: Apache-2.0
// Finds the virtual host of a request and the server of an SNI (H-17, H-29): exact name, then
// wildcards from the longest suffix down, then "*". Each step is one probe of the host table.
#include "engine/evaluate/evaluate.h"
#include "engine/evaluate/text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- reading ------------------------------------------------------------------------------ */

/* H-17: up to the last ":" unless that lies inside or before a closing "]". */
static size_t without_port(corsac_str authority)
{
    for (size_t i = authority.size; i > 0; i--) {
        if (authority.data[i - 1] == ']')
            break;
        if (authority.data[i - 1] == ':')
            return i - 1;
    }
    return authority.size;
}

/* Bytes that need a closer look: ":" and control bytes. */
static cse_bytes16 special_bytes(cse_bytes16 bytes)
{
    return cse_bytes16_control(bytes) | (cse_bytes16)(bytes == ':');
}

/* A host of at most CSE_HOST_INLINE_BYTES bytes: true if a byte needs a closer look. */
static bool read_short(cse_host *host, const char *text, size_t size)
{
    const char *filler = cse_text_filler(size);
    cse_host_words words = cse_host_words_of(text, size);
    cse_bytes16 first = cse_bytes16_load(&words.word[0]);
    cse_bytes16 second = cse_bytes16_load(&words.word[2]);
    cse_bytes16 special = special_bytes(first | cse_bytes16_load(filler)) |
                          special_bytes(second | cse_bytes16_load(filler + 16));
    first = cse_bytes16_lower(first);
    second = cse_bytes16_lower(second);
    memcpy(&host->words.word[0], &first, sizeof(first));
    memcpy(&host->words.word[2], &second, sizeof(second));
    memcpy(host->tail, &first, sizeof(first));
    memcpy(host->tail + sizeof(first), &second, sizeof(second));
    return cse_bytes16_first(special) < 16;
}

/* Lower-cases the end of a host; `host->tail_size` bytes are kept. */
static void read_tail(cse_host *host, const char *text)
{
    const char *from = text + host->size - host->tail_size;
    for (size_t i = 0; i < host->tail_size; i++)
        host->tail[i] = cse_byte_lower(from[i]);
    if (host->tail_size <= CSE_HOST_INLINE_BYTES)
        host->words = cse_host_words_of(host->tail, host->tail_size);
}

static void read_host(cse_host *host, const char *text, size_t size)
{
    host->size = size;
    host->tail_size = size < sizeof(host->tail) ? size : sizeof(host->tail);
    read_tail(host, text);
}

void cse_host_read(cse_host *host, corsac_str authority)
{
    host->present = authority.size > 0; /* an empty Host selects as a missing one does */
    host->legal = true;
    host->hashed = false;
    host->size = host->tail_size = authority.size;
    if (authority.size <= CSE_HOST_INLINE_BYTES &&
        !read_short(host, authority.data, authority.size))
        return;
    host->legal = cse_text_legal(authority);
    read_host(host, authority.data, without_port(authority));
}

void cse_host_read_name(cse_host *host, corsac_str name)
{
    host->present = name.size > 0;
    host->hashed = false;
    host->legal = cse_text_legal(name);
    read_host(host, name.data, name.size);
}

/* ---- the table ---------------------------------------------------------------------------- */

/* What is looked for. */
typedef struct host_key {
    const char *text;
    const cse_host_words *words; /* of a text of at most CSE_HOST_INLINE_BYTES bytes */
    uint32_t size, owner, kind;
} host_key;

static bool same_words(const char *stored, const cse_host_words *words)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < CSE_HOST_INLINE_BYTES / 8; i++)
        differ |= cse_text_word(stored + i * 8) ^ words->word[i];
    return differ == 0;
}

static bool is_virtual_host(const corsac_image *image, uint32_t index, const host_key *key)
{
    if (index >= image->virtual_host_count)
        return false;
    const cse_virtual_host *host = &image->virtual_hosts[index];
    uint32_t star = key->kind == CSE_HOST_SUFFIX;
    if (host->route_config != key->owner || host->kind != key->kind ||
        host->domain.size != key->size + star)
        return false;
    if (star == 0 && key->size <= CSE_HOST_INLINE_BYTES)
        return same_words(host->text, key->words);
    const char *domain =
        host->domain.size <= sizeof(host->text) ? host->text : image->strings + host->domain.offset;
    return cse_bytes_equal(domain + star, key->text, key->size);
}

static bool is_sni_name(const corsac_image *image, uint32_t index, const host_key *key)
{
    if (index >= image->sni_name_count)
        return false;
    const cse_sni_name *name = &image->sni_names[index];
    uint32_t star = key->kind == CSE_SNI_SUFFIX;
    return name->tls_group == key->owner && name->kind == key->kind &&
           name->host.size == key->size + star &&
           cse_bytes_equal(image->strings + name->host.offset + star, key->text, key->size);
}

/* Bit i: slot i carries the tag. Without branches: where a key lies in its line is random. */
static uint32_t slots_with(const cse_host_bucket *bucket, uint32_t tag)
{
#if defined(__SSE2__)
    __m128i wanted = _mm_set1_epi32((int)tag);
    __m128i low = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)bucket->tag), wanted);
    __m128i high = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)bucket->tag + 1), wanted);
    __m128i both = _mm_packs_epi32(low, high);
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(both, both)) & 0xFF;
#else
    uint32_t slots = 0;
    for (uint32_t slot = 0; slot < CSE_HOST_SLOTS; slot++)
        slots |= (uint32_t)(bucket->tag[slot] == tag) << slot;
    return slots;
#endif
}

static uint64_t hash_text(const corsac_image *image, const host_key *key)
{
    const void *folded = key->size <= CSE_HOST_INLINE_BYTES ? (const void *)key->words : key->text;
    return cse_host_hash_text(folded, key->size, image->hash_seed);
}

static uint32_t look_up(const corsac_image *image, const host_key *key, uint64_t text_hash)
{
    uint64_t hash = cse_host_hash(text_hash, key->owner, key->kind);
    uint32_t tag = cse_host_tag_of(hash);
    uint32_t at = cse_host_bucket_of(hash, image->bucket_count);
    for (uint32_t probe = 0; probe < CSE_HOST_MAX_PROBES; probe++) {
        const cse_host_bucket *bucket = &image->host_buckets[at];
        for (uint32_t slots = slots_with(bucket, tag); slots != 0; slots &= slots - 1) {
            uint32_t index = bucket->index[__builtin_ctz(slots)];
            if (key->kind >= CSE_SNI_EXACT ? is_sni_name(image, index, key)
                                           : is_virtual_host(image, index, key))
                return index;
        }
        if (bucket->tag[CSE_HOST_SLOTS - 1] == 0)
            break;
        at = at + 1 == image->bucket_count ? 0 : at + 1;
    }
    return CSE_NONE;
}

static host_key exact_key(const cse_host *host, uint32_t owner, uint32_t kind)
{
    return (host_key){host->tail, &host->words, (uint32_t)host->size, owner, kind};
}

/* Exact, then the longest wildcard that leaves at least one byte before it. `exact` names the
 * kinds. */
static uint32_t best(const corsac_image *image, uint32_t owner, uint32_t exact,
                     cse_suffixes suffixes, const cse_host *host)
{
    const char *end = host->tail + host->tail_size;
    if (host->size == host->tail_size) {
        host_key key = exact_key(host, owner, exact);
        uint32_t index = look_up(image, &key, host->hashed ? host->hash : hash_text(image, &key));
        if (index != CSE_NONE)
            return index;
    }
    for (uint32_t i = 0; i < suffixes.count; i++) {
        uint32_t size = image->host_suffixes[suffixes.first + i];
        if (size >= host->size)
            continue;
        cse_host_words words;
        host_key key = {end - size, &words, size, owner, exact + 1};
        if (size <= CSE_HOST_INLINE_BYTES)
            words = cse_host_words_of(key.text, size);
        uint32_t index = look_up(image, &key, hash_text(image, &key));
        if (index != CSE_NONE)
            return index;
    }
    return CSE_NONE;
}

const cse_virtual_host *cse_host_choose(const corsac_image *image, uint32_t route_config,
                                        const cse_host *host)
{
    const cse_route_config *config = &image->route_configs[route_config];
    uint32_t index = config->star;
    if (!host->legal) /* */
        return NULL;
    if (!config->only_star) {
        if (!host->present)
            return NULL;
        uint32_t named = best(image, route_config, CSE_HOST_EXACT, config->suffixes, host);
        index = named != CSE_NONE ? named : index;
    }
    return index != CSE_NONE ? &image->virtual_hosts[index] : NULL;
}

/* ---- asking for memory ahead -------------------------------------------------------------- */

/* Of the exact name, which most hosts are found by. */
static const cse_host_bucket *first_bucket(const corsac_image *image, uint32_t route_config,
                                           const cse_host *host, uint32_t *tag)
{
    uint64_t hash = cse_host_hash(host->hash, route_config, CSE_HOST_EXACT);
    *tag = cse_host_tag_of(hash);
    return &image->host_buckets[cse_host_bucket_of(hash, image->bucket_count)];
}

void cse_host_prefetch_bucket(const corsac_image *image, uint32_t route_config, cse_host *host)
{
    uint32_t tag;
    if (!host->legal || host->size != host->tail_size)
        return;
    host_key key = exact_key(host, route_config, CSE_HOST_EXACT);
    host->hash = hash_text(image, &key);
    host->hashed = true;
    __builtin_prefetch(first_bucket(image, route_config, host, &tag));
}

void cse_host_prefetch_host(const corsac_image *image, uint32_t route_config, const cse_host *host)
{
    uint32_t tag;
    if (!host->hashed)
        return;
    const cse_host_bucket *bucket = first_bucket(image, route_config, host, &tag);
    uint32_t slots = slots_with(bucket, tag);
    uint32_t index = slots != 0 ? bucket->index[__builtin_ctz(slots)] : CSE_NONE;
    if (index < image->virtual_host_count)
        __builtin_prefetch(&image->virtual_hosts[index]);
}

/* ---- SNI ---------------------------------------------------------------------------------- */

uint32_t cse_host_choose_tls(const corsac_image *image, uint32_t tls_group, const cse_host *name)
{
    const cse_tls_group *group = &image->tls_groups[tls_group];
    if (!name->legal)
        return CSE_NONE;
    uint32_t index = best(image, tls_group, CSE_SNI_EXACT, group->suffixes, name);
    if (index == CSE_NONE)
        index = group->star;
    return index != CSE_NONE ? image->sni_names[index].route_config : CSE_NONE;
}
