// SPDX-License-Identifier: Apache-2.0
// From the files of a policy to an image. Nothing of nginx is called here: in a worker this runs on
// a thread of its own.
#include "module.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void say(csn_load *load, const char *what, const char *why)
{
    snprintf(load->message, sizeof(load->message), "%s: %s%s%s", load->source->path, what,
             why[0] != '\0' ? ": " : "", why);
}

static const char *kind_of_failure(corsac_status status)
{
    switch (status) {
    case CORSAC_E_IMAGE_VERSION:
        return "an image of another format version";
    case CORSAC_E_IMAGE_CORRUPT:
        return "a corrupt image";
    case CORSAC_E_IMAGE_FOREIGN:
        return "neither a Corsac image nor text";
    case CORSAC_E_SOURCE:
        return "documents are left out, and strict forbids that";
    case CORSAC_E_EMPTY:
        return "no VirtualService or Gateway is left to compile";
    case CORSAC_E_LIMIT:
        return "a limit of the compile was reached";
    case CORSAC_E_IO:
        return "cannot be read";
    case CORSAC_E_MEMORY:
        return "not enough memory";
    default:
        return corsac_status_name(status);
    }
}

/* ---- images ----------------------------------------------------------------------------- */

static corsac_status open_bytes(csn_load *load, corsac_str bytes, bool trusted, corsac_error *error)
{
    const corsac_image_options options = {.struct_size = sizeof(options),
                                          .flags = trusted ? CORSAC_IMAGE_TRUSTED : 0};
    return corsac_image_open(&load->image, bytes.data, bytes.size, &options, error);
}

/* Text has no zero bytes, UTF-16 with its byte order mark aside. */
static bool is_text(corsac_str bytes)
{
    if (bytes.size >= 2 &&
        (memcmp(bytes.data, "\xFE\xFF", 2) == 0 || memcmp(bytes.data, "\xFF\xFE", 2) == 0))
        return true;
    return bytes.size == 0 || memchr(bytes.data, 0, bytes.size < 4096 ? bytes.size : 4096) == NULL;
}

/* ---- sources ---------------------------------------------------------------------------- */

/* The first error, as "file:line:column: message". */
static void first_finding(csn_load *load, const corsac_diagnostics *findings, char *text,
                          size_t size_bytes)
{
    text[0] = '\0';
    for (size_t i = 0; i < corsac_diagnostics_count(findings); i++) {
        const corsac_diagnostic *found = corsac_diagnostics_at(findings, i);
        if (found->severity != CORSAC_SEVERITY_ERROR)
            continue;
        snprintf(text, size_bytes, "%.*s:%u:%u: %.*s [%s]", (int)found->file.size, found->file.data,
                 found->line, found->column, (int)found->message.size, found->message.data,
                 found->code);
        return;
    }
}

static void open_compiled(csn_load *load, corsac_blob *blob)
{
    corsac_error error = {{0}};
    corsac_status status = open_bytes(load, corsac_blob_bytes(blob), true, &error);
    if (status != CORSAC_OK)
        say(load, kind_of_failure(status), error.message);
}

static void compile(csn_load *load, const csn_texts *texts)
{
    corsac_diagnostics *findings = NULL;
    corsac_blob *blob = NULL;
    corsac_compile_summary summary = {0};
    corsac_status status = corsac_diagnostics_new(&findings);
    if (status == CORSAC_OK)
        status = corsac_compile(&blob, texts->items, texts->count, &load->source->compile, findings,
                                &summary);
    char finding[CSN_MESSAGE_BYTES / 2] = "";
    if (findings != NULL)
        first_finding(load, findings, finding, sizeof(finding));
    load->quarantined = summary.quarantined;
    if (status != CORSAC_OK)
        say(load, kind_of_failure(status), finding);
    else
        snprintf(load->message, sizeof(load->message), "%s", finding);
    if (status == CORSAC_OK)
        open_compiled(load, blob);
    corsac_blob_free(blob);
    corsac_diagnostics_free(findings);
}

/* One text may be an image; the content decides. */
static void load_texts(csn_load *load, const csn_texts *texts, bool is_directory)
{
    corsac_error error = {{0}};
    corsac_str bytes = texts->items[0].text;
    if (is_directory) {
        compile(load, texts);
        return;
    }
    corsac_status status = open_bytes(load, bytes, load->source->trusted, &error);
    if (status == CORSAC_E_IMAGE_FOREIGN && is_text(bytes))
        compile(load, texts);
    else if (status != CORSAC_OK)
        say(load, kind_of_failure(status), error.message);
    else if (load->source->has_compile_options) {
        corsac_image_free(load->image);
        load->image = NULL;
        say(load, "a compiled image: what it was compiled with cannot be changed here", "");
    }
}

void csn_policy_load(csn_load *load)
{
    csn_texts texts = {0};
    struct stat status;
    load->image = NULL;
    load->quarantined = 0;
    load->message[0] = '\0';
    load->fingerprint = csn_sources_fingerprint(load->source->path, load->message);
    load->unchanged = load->fingerprint != 0 && load->fingerprint == load->known_fingerprint;
    if (load->fingerprint == 0 || load->unchanged)
        return;
    if (csn_sources_read(&texts, load->source->path, load->message))
        load_texts(load, &texts, stat(load->source->path, &status) == 0 && S_ISDIR(status.st_mode));
    csn_texts_free(&texts);
}
