// SPDX-License-Identifier: Apache-2.0
// From bytes to a trusted shape: header, section table, checksums, padding, then typed views. Each
// step looks only at what the steps before it have checked. Bytes that are still elsewhere are fetched as the
// steps come to them: a block that was just copied is hashed while it is in the near cache.
#include "engine/image/verify.h"

#include "engine/image/checksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SECTIONS = CSE_SECTION_SLOTS,
    BLOCK_BYTES = 1 << 16 /* and where they come from: within the second cache of any server */
};

/* An image on its way into memory. */
typedef struct intake {
    corsac_image *image;
    const cse_image_source *source; /* NULL: all is there */
    uint64_t arrived;               /* the bytes below are there */
    bool failed;                    /* the source did */
} intake;

static corsac_status refuse(corsac_error *error, corsac_status status, const char *reason)
{
    if (error)
        snprintf(error->message, sizeof(error->message), "%s", reason);
    return status;
}

static corsac_status corrupt(corsac_error *error, const char *reason)
{
    return refuse(error, CORSAC_E_IMAGE_CORRUPT, reason);
}

const cse_image_source cse_image_just_hashed = {NULL, NULL};

/* ---- bytes -------------------------------------------------------------------------------- */

/* All bytes below `end`, which lies inside the image, are there; false if the source fails. */
static bool fetch(intake *in, uint64_t end)
{
    if (!in->source || !in->source->read || end <= in->arrived)
        return true;
    in->failed = !in->source->read(in->source->context, in->image->bytes + in->arrived, in->arrived,
                                   (size_t)(end - in->arrived));
    in->arrived = end;
    return !in->failed;
}

/* The checksum of bytes inside the image, which are there afterwards; false if the source fails. */
static bool fetch_hashed(intake *in, uint64_t from, uint64_t end, uint64_t *checksum)
{
    const uint64_t most = in->source ? BLOCK_BYTES : end - from;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (uint64_t size; from < end; from += size) {
        size = end - from < most ? end - from : most;
        if (!fetch(in, from + size))
            return false;
        cse_checksum_add(&state, in->image->bytes + from, (size_t)size);
    }
    *checksum = XXH3_64bits_digest(&state);
    return true;
}

/* ---- header ------------------------------------------------------------------------------- */

static uint64_t head_checksum(const corsac_image *image)
{
    cse_header header = *image->header;
    header.head_checksum = 0;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, &header, sizeof(header));
    XXH3_64bits_update(&state, image->table, header.section_count * sizeof(cse_section));
    return XXH3_64bits_digest(&state);
}

corsac_status cse_image_check_head(const void *bytes, size_t size, uint64_t total_bytes,
                                   corsac_error *error)
{
    const cse_header *header = bytes;
    size_t magic_size = sizeof(header->magic);
    if (size < magic_size || memcmp(header->magic, CSE_MAGIC, magic_size) != 0)
        return refuse(error, CORSAC_E_IMAGE_FOREIGN, "this is not a Corsac image");
    if (size < sizeof(*header))
        return corrupt(error, "the image ends inside its header");
    if (header->format_version != CSE_FORMAT_VERSION) {
        if (error)
            snprintf(error->message, sizeof(error->message),
                     "the image has format version %u, this library reads version %u",
                     header->format_version, CSE_FORMAT_VERSION);
        return CORSAC_E_IMAGE_VERSION;
    }
    if (header->total_bytes != total_bytes)
        return corrupt(error, "the image is shorter or longer than its header says");
    if (total_bytes > CORSAC_MAX_IMAGE_BYTES)
        return corrupt(error, "the image is larger than any image");
    return CORSAC_OK;
}

static corsac_status check_header(intake *in, corsac_error *error)
{
    corsac_image *image = in->image;
    const cse_header *header = (const cse_header *)image->bytes;
    if (!fetch(in, image->size_bytes < sizeof(*header) ? image->size_bytes : sizeof(*header)))
        return CORSAC_E_IO;
    corsac_status status =
        cse_image_check_head(image->bytes, image->size_bytes, image->size_bytes, error);
    if (status != CORSAC_OK)
        return status;
    if (header->header_bytes != sizeof(*header) || header->section_count > MAX_SECTIONS ||
        sizeof(*header) + header->section_count * sizeof(cse_section) > image->size_bytes)
        return corrupt(error, "the section table does not fit into the image");
    if (!fetch(in, sizeof(*header) + header->section_count * sizeof(cse_section)))
        return CORSAC_E_IO;
    image->header = header;
    image->table = (const cse_section *)(header + 1);
    if (head_checksum(image) != header->head_checksum)
        return corrupt(error, "the checksum of header and section table is wrong");
    return CORSAC_OK;
}

/* ---- sections ----------------------------------------------------------------------------- */

static const char unreadable[] = "the image cannot be read";

static bool is_zero(const uint8_t *bytes, uint64_t from, uint64_t to)
{
    while (from < to)
        if (bytes[from++] != 0)
            return false;
    return true;
}

/* Sections follow one another in the order of the table, zero padded, so that none overlaps
 * another. */
static const char *check_section(intake *in, const cse_section *section, uint64_t *end)
{
    const corsac_image *image = in->image;
    uint64_t total = image->size_bytes, checksum;
    if (section->offset % CSE_SECTION_ALIGNMENT != 0 || section->offset < *end ||
        section->offset - *end >= CSE_SECTION_ALIGNMENT || section->offset > total ||
        section->size_bytes > total - section->offset || section->size_bytes > UINT32_MAX)
        return "a section lies outside the image";
    if (section->record_bytes == 0 || section->size_bytes % section->record_bytes != 0)
        return "a section does not hold whole records";
    if (!fetch(in, section->offset))
        return unreadable;
    if (!is_zero(image->bytes, *end, section->offset))
        return "the padding between sections is not zero";
    *end = section->offset + section->size_bytes;
    if (in->source == &cse_image_just_hashed)
        return NULL;
    if (!fetch_hashed(in, section->offset, *end, &checksum))
        return unreadable;
    return checksum == section->checksum ? NULL : "the checksum of a section is wrong";
}

static const char *check_sections(intake *in)
{
    const corsac_image *image = in->image;
    uint32_t count = image->header->section_count;
    uint64_t end = sizeof(cse_header) + count * sizeof(cse_section);
    uint64_t checksums[MAX_SECTIONS];
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && image->table[i].kind <= image->table[i - 1].kind)
            return "the sections are not in ascending order";
        if (!cse_image_section_name(image->table[i].kind))
            return "a section is of a kind that there is not";
        const char *reason = check_section(in, &image->table[i], &end);
        if (reason)
            return reason;
        checksums[i] = image->table[i].checksum;
    }
    const uint64_t rest = image->size_bytes - end;
    if (rest < CSE_SECTION_ALIGNMENT && !fetch(in, image->size_bytes))
        return unreadable;
    if (rest >= CSE_SECTION_ALIGNMENT || !is_zero(image->bytes, end, image->size_bytes))
        return "something follows the last section";
    if (XXH3_64bits_withSeed(checksums, count * sizeof(*checksums), image->header->options) !=
        image->header->revision)
        return "the revision does not belong to the content";
    return NULL;
}

/* ---- views -------------------------------------------------------------------------------- */

/* An absent section has no records and some readable address. */
static bool view(const corsac_image *image, cse_section_kind kind, size_t record_bytes,
                 const void *start, uint32_t *count)
{
    const void *at = image->bytes;
    bool fits = true;
    for (uint32_t i = 0; i < image->header->section_count; i++) {
        const cse_section *section = &image->table[i];
        if (section->kind != (uint32_t)kind)
            continue;
        fits = section->record_bytes == record_bytes;
        *count = (uint32_t)(section->size_bytes / section->record_bytes);
        at = image->bytes + section->offset;
    }
    memcpy((void *)start, &at, sizeof(at));
    return fits;
}

static bool fill_views(corsac_image *i)
{
    return view(i, CSE_SECTION_STRINGS, 1, &i->strings, &i->strings_size) &&
           view(i, CSE_SECTION_ENDPOINTS, sizeof(cse_endpoint), &i->endpoints,
                &i->endpoint_count) &&
           view(i, CSE_SECTION_ROUTE_CONFIGS, sizeof(cse_route_config), &i->route_configs,
                &i->route_config_count) &&
           view(i, CSE_SECTION_TLS_GROUPS, sizeof(cse_tls_group), &i->tls_groups,
                &i->tls_group_count) &&
           view(i, CSE_SECTION_SNI_NAMES, sizeof(cse_sni_name), &i->sni_names,
                &i->sni_slot_count) &&
           view(i, CSE_SECTION_SNI_PILOTS, 1, &i->sni_pilots, &i->sni_pilot_count) &&
           view(i, CSE_SECTION_HOST_PILOTS, 1, &i->host_pilots, &i->host_pilot_count) &&
           view(i, CSE_SECTION_HOST_SUFFIXES, sizeof(uint32_t), &i->host_suffixes,
                &i->host_suffix_count) &&
           view(i, CSE_SECTION_VIRTUAL_HOSTS, sizeof(cse_virtual_host), &i->virtual_hosts,
                &i->host_slot_count) &&
           view(i, CSE_SECTION_ROUTES, sizeof(cse_route), &i->routes, &i->route_count) &&
           view(i, CSE_SECTION_CONDITIONS, sizeof(cse_condition), &i->conditions,
                &i->condition_count) &&
           view(i, CSE_SECTION_ROUTE_SOURCES, sizeof(cse_route_source), &i->route_sources,
                &i->route_source_count) &&
           view(i, CSE_SECTION_POLICIES, sizeof(cse_policy), &i->policies, &i->policy_count);
}

static void fill_options(corsac_image *image)
{
    const uint32_t extras = CORSAC_OPTION_VARY_ORIGIN | CORSAC_OPTION_STRIP_DENIED |
                            CORSAC_OPTION_PREFLIGHT_204 | CORSAC_OPTION_ENFORCE_METHODS |
                            CORSAC_OPTION_ENFORCE_HEADERS;
    image->hash_seed = image->header->hash_seed;
    image->options = image->header->options;
    image->decision_flags = image->options & extras ? CORSAC_DECISION_EXTENDED : 0; /* */
    for (uint32_t i = 0; i < image->condition_count; i++)
        image->joins_lines |=
            (image->conditions[i].flags & (CSE_CONDITION_STORED_ONCE | CSE_CONDITION_JOINED)) != 0;
}

/* What programs cost per byte is kept while lists and routes are added up. */
static corsac_status check_records(const corsac_image *image, corsac_error *error)
{
    size_t program_count = image->origins.program_count;
    uint32_t *steps = malloc((program_count + 1) * sizeof(*steps));
    uint64_t *sums = malloc(((size_t)image->condition_count + 1) * sizeof(*sums));
    corsac_status status = CORSAC_OK;
    const char *reason = NULL;
    if (!steps || !sums)
        status = refuse(error, CORSAC_E_MEMORY, "out of memory");
    else if (!cse_origin_verify(&image->origins, steps, &reason))
        status = corrupt(error, reason);
    else if ((reason = cse_image_verify_records(image, steps, sums)))
        status = corrupt(error, reason);
    free(steps);
    free(sums);
    return status;
}

/* The shape of the image: header, sections, views. */
static corsac_status check_shape(intake *in, corsac_error *error)
{
    corsac_image *image = in->image;
    corsac_status status = check_header(in, error);
    if (status != CORSAC_OK)
        return status;
    const char *reason = check_sections(in);
    if (reason)
        return in->failed ? CORSAC_E_IO : corrupt(error, reason);
    if (!fill_views(image) ||
        !cse_origin_sections_resolve(&image->origins, image->bytes, image->table,
                                     image->header->section_count, image->header->origin_seed))
        return corrupt(error, "a section has records of another size");
    return CORSAC_OK;
}

corsac_status cse_image_verify(corsac_image *image, const cse_image_source *source,
                               corsac_error *error)
{
    intake in = {image, source, 0, false};
    corsac_status status = check_shape(&in, error);
    if (status != CORSAC_OK)
        return status;
    fill_options(image);
    return check_records(image, error);
}
