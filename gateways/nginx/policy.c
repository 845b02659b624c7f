// SPDX-License-Identifier: Apache-2.0
// From the files of a policy to an image. Nothing of nginx is called here: in a worker this runs on
// a thread of its own.
#include "module.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- making the bytes of an image ------------------------------------------------------- */

/* An image's bytes, and what they are part of. */
struct made {
    csn_texts texts;
    corsac_blob *blob;
    corsac_str bytes;
    bool trusted;
};

/* Text has no zero bytes, UTF-16 with its byte order mark aside; an image has some at once. */
static bool is_text(corsac_str bytes)
{
    if (bytes.size >= 2 &&
        (memcmp(bytes.data, "\xFE\xFF", 2) == 0 || memcmp(bytes.data, "\xFF\xFE", 2) == 0))
        return true;
    return bytes.size == 0 || memchr(bytes.data, 0, bytes.size < 4096 ? bytes.size : 4096) == NULL;
}

/* The first error, as "file:line:column: message". */
static void first_finding(const corsac_diagnostics *findings, char *text, size_t size_bytes)
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

static bool compile(csn_load *load, struct made *made)
{
    corsac_diagnostics *findings = NULL;
    corsac_compile_summary summary = {0};
    corsac_status status = corsac_diagnostics_new(&findings);
    if (status == CORSAC_OK)
        status = corsac_compile(&made->blob, made->texts.items, made->texts.count,
                                &load->source->compile, findings, &summary);
    char finding[CSN_MESSAGE_BYTES / 2] = "";
    if (findings != NULL)
        first_finding(findings, finding, sizeof(finding));
    corsac_diagnostics_free(findings);
    load->quarantined = summary.quarantined;
    if (status != CORSAC_OK) {
        say(load, kind_of_failure(status), finding);
        return false;
    }
    snprintf(load->message, sizeof(load->message), "%s", finding);
    made->bytes = corsac_blob_bytes(made->blob);
    made->trusted = true; /* made here and now */
    return true;
}

/* One file may be an image; the content decides. */
static bool make(csn_load *load, struct made *made)
{
    struct stat status;
    if (!csn_sources_read(&made->texts, load->source->path, load->message))
        return false;
    bool is_directory = stat(load->source->path, &status) == 0 && S_ISDIR(status.st_mode);
    made->bytes = made->texts.items[0].text;
    if (load->source->key_count > 0) {
        made->trusted = true; /* once it is verified */
        return csn_signature_verify(load->source, made->bytes, load->message);
    }
    if (is_directory || is_text(made->bytes))
        return compile(load, made);
    made->trusted = load->source->trusted;
    if (!load->source->has_compile_options)
        return true;
    say(load, "a compiled image: what it was compiled with cannot be changed here", "");
    return false;
}

static void made_free(struct made *made)
{
    corsac_blob_free(made->blob);
    csn_texts_free(&made->texts);
}

/* ---- opening ---------------------------------------------------------------------------- */

static bool judge(csn_load *load, corsac_status status, const corsac_error *error)
{
    if (status != CORSAC_OK)
        say(load, kind_of_failure(status), error->message);
    return status == CORSAC_OK;
}

static corsac_image_options image_options(bool trusted)
{
    return (corsac_image_options){.struct_size = sizeof(corsac_image_options),
                                  .flags = trusted ? CORSAC_IMAGE_TRUSTED : 0};
}

bool csn_image_open(csn_load *load, int descriptor, bool trusted)
{
    corsac_error error = {{0}};
    const corsac_image_options options = image_options(trusted);
    return judge(load, corsac_image_open_fd(&load->image, descriptor, &options, &error), &error);
}

static bool open_copy(csn_load *load, corsac_str bytes, bool trusted)
{
    corsac_error error = {{0}};
    const corsac_image_options options = image_options(trusted);
    return judge(load, corsac_image_open(&load->image, bytes.data, bytes.size, &options, &error),
                 &error);
}

/* From a sealed memory file, so that processes share the image; from the bytes if that fails. */
static void make_and_open(csn_load *load)
{
    struct made made = {.blob = NULL};
    bool fine = make(load, &made);
    int descriptor = fine ? csn_sealed_copy(made.bytes) : -1;
    if (descriptor >= 0)
        fine = csn_image_open(load, descriptor, made.trusted);
    else if (fine)
        fine = open_copy(load, made.bytes, made.trusted);
    if (load->shared != NULL)
        csn_offer_make(load, descriptor, made.trusted);
    else if (descriptor >= 0)
        close(descriptor);
    made_free(&made);
}

/* A signature is one of the files: it may come after its image. */
static uint64_t fingerprint_of(csn_load *load)
{
    uint64_t fingerprint = csn_sources_fingerprint(load->source->path, 0, load->message);
    if (fingerprint == 0 || load->source->key_count == 0)
        return fingerprint;
    char *path = csn_signature_path(load->source->path);
    fingerprint = path != NULL ? csn_sources_fingerprint(path, fingerprint, load->message) : 0;
    free(path);
    return fingerprint;
}

void csn_policy_load(csn_load *load)
{
    load->image = NULL;
    load->taken = false;
    load->quarantined = 0;
    load->message[0] = '\0';
    load->fingerprint = fingerprint_of(load);
    load->unchanged = load->fingerprint != 0 && load->fingerprint == load->known_fingerprint;
    if (load->fingerprint == 0 || load->unchanged)
        return;
    if (load->shared == NULL || !csn_offer_take(load))
        make_and_open(load);
}
