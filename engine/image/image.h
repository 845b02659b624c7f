// SPDX-License-Identifier: Apache-2.0
// An opened image: its bytes and typed views of its sections. Everything a view reaches was checked
// by verify.c, so that readers index without looking back.
#ifndef CORSAC_ENGINE_IMAGE_IMAGE_H
#define CORSAC_ENGINE_IMAGE_IMAGE_H

#include "corsac/engine.h"
#include "engine/image/scratch.h"

struct corsac_image {
    /* read by every decision */
    const char *strings;
    const cse_route_config *route_configs;
    const uint8_t *host_pilots;
    const uint32_t *host_suffixes;
    const cse_virtual_host *virtual_hosts;
    const cse_route *routes;
    const cse_condition *conditions;
    const cse_policy *policies;
    const cse_endpoint *endpoints;
    const cse_tls_group *tls_groups;
    const cse_sni_name *sni_names;
    const uint8_t *sni_pilots;
    uint64_t hash_seed;
    uint32_t host_pilot_count;
    uint32_t host_slot_count; /* virtual hosts and free slots */
    uint32_t endpoint_count;
    uint32_t options; /* CORSAC_OPTION_ bits */
    uint32_t
        decision_flags; /* CORSAC_DECISION_EXTENDED or 0: what the options add to every decision */
    cse_origin_sections origins;
    /* for people and for checks */
    const cse_header *header;
    const cse_section *table;
    const cse_route_source *route_sources;
    uint32_t strings_size, route_config_count, tls_group_count, sni_pilot_count, sni_slot_count,
        host_suffix_count, route_count, condition_count, policy_count, route_source_count;
    bool joins_lines; /* some condition needs cse_scratch.joined */
    uint32_t database_loaded_count;
    cse_origin_databases *databases;
    uint32_t owners; /* snapshots of the engine that took it, which frees it after the last one */
    uint8_t *bytes;
    size_t size_bytes;
    size_t mapped_bytes; /* 0: bytes are the heap's; else the size of the mapping they begin */
};

/** Where the bytes of an image come from that is copied while it is checked. */
typedef struct cse_image_source {
    /** Copies size_bytes that begin at offset. False: it cannot. */
    bool (*read)(void *context, uint8_t *to, uint64_t offset, size_t size_bytes);
    void *context;
} cse_image_source;

/** A source of an image that is there, and whose checksums were just made of its bytes: they are not made again. */
extern const cse_image_source cse_image_just_hashed;

/**
 * Checks header, section table and every record, and fills the views of @p image, whose bytes and
 * size_bytes are set and the rest zero. Linear in the size of the image.
 * @param source  NULL, or where to copy the bytes from: each is read once and only its copy is checked, so
 *                whatever the source holds a moment later does not matter. After a refusal some may be missing.
 * @param error   NULL, or receives a sentence, but of CORSAC_E_IO.
 * @return CORSAC_OK, CORSAC_E_IMAGE_FOREIGN, _VERSION or _CORRUPT, CORSAC_E_MEMORY, CORSAC_E_IO if the source fails.
 */
corsac_status cse_image_verify(corsac_image *image, const cse_image_source *source,
                               corsac_error *error);

/**
 * Memory for an image, not cleared, with room for at least one byte more than size_bytes. A large image asks
 * for huge pages: fewer faults while it is written, fewer misses of the address cache in every decision.
 */
uint8_t *cse_image_bytes_new(size_t size_bytes);
void cse_image_bytes_free(uint8_t *bytes); /* NULL is fine */

/** Working memory for one reader of the image; also in size_bytes. CORSAC_OK or CORSAC_E_MEMORY. */
corsac_status cse_image_scratch_new(cse_scratch **out, const corsac_image *image);
void cse_image_scratch_free(cse_scratch *scratch); /* NULL is fine */

/* A function that only asks for memory: gcc 12 takes it for one without effect and drops calls that it
 * has not inlined. */
#define CSE_ASKS_FOR_MEMORY __attribute__((always_inline)) static inline

static inline corsac_str cse_image_text(const corsac_image *image, cse_text text)
{
    return (corsac_str){image->strings + text.offset, text.size};
}

#endif
