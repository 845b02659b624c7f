// SPDX-License-Identifier: Apache-2.0
// What a long session may hold of inputs that are gone (docs/embedding.md): a large input that is edited again and
// again leaves no old versions behind, and regexes that nobody uses any more are dropped, though each is new.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corsac/compile.h"
#include "property/held.h"

enum {
    FEW_SERVICES = 60,    /* what is kept of them is bounded by its bytes ... */
    MANY_SERVICES = 2000, /* ... and of these by their number */
    SERVICE_BYTES = 512,
    SERVICE_EDITS = 60,
    SERVICE_SPARE_BYTES = 2 * 1024 * 1024, /* twice the MiB that old versions may take at least */
    REGEX_EDITS = 500,
    REGEX_BYTES = 6 * 1024 * 1024 /* half as much again as was measured; 17 MB if dead ones stay */
};

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    printf("property_session_growth: %s\n", what);
    exit(1);
}

static size_t write_service(char *out, unsigned number, const char *kind, const char *origin)
{
    return (size_t)snprintf(out, SERVICE_BYTES,
                            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                            "metadata: {name: t%u, namespace: team}\n"
                            "spec:\n  gateways: [gw]\n  hosts: [h%u.example]\n  http:\n"
                            "  - route: [{destination: {host: x}}]\n    corsPolicy:\n"
                            "      allowOrigins:\n      - %s: '%s'\n",
                            number, number, kind, origin);
}

static void compile(corsac_session *session)
{
    corsac_diagnostics *findings;
    corsac_blob *blob = NULL;
    require(corsac_diagnostics_new(&findings) == CORSAC_OK, "no memory");
    require(corsac_session_compile(&blob, session, findings, NULL) == CORSAC_OK, "no image");
    corsac_blob_free(blob);
    corsac_diagnostics_free(findings);
}

static void update(corsac_session *session, const char *name, const char *text, size_t size)
{
    const corsac_input input = {{name, strlen(name)}, {text, size}};
    require(corsac_session_update(session, &input) == CORSAC_OK, "an update fails");
    compile(session);
}

/* The first input takes the note that no document defines the gateway, so that the others have no finding. */
static corsac_session *start(void)
{
    char text[SERVICE_BYTES];
    corsac_session *session;
    require(corsac_session_new(&session, NULL) == CORSAC_OK, "no session");
    update(session, "0.yaml", text, write_service(text, 0, "exact", "https://a.example"));
    return session;
}

/* One input that is edited again and again. */
static void edit_services(unsigned services)
{
    char *text = malloc((size_t)services * SERVICE_BYTES);
    require(text != NULL, "no memory");
    corsac_session *session = start();
    size_t first = 0, most = 0;
    for (unsigned edit = 0; edit < SERVICE_EDITS; edit++) {
        size_t size = 0;
        for (unsigned i = 1; i <= services; i++) {
            char origin[64];
            snprintf(origin, sizeof(origin), "https://app-%u.example.com", i > 1 ? i : edit);
            size += write_service(text + size, i, "exact", origin);
        }
        update(session, "services.yaml", text, size);
        first = edit == 0 ? held() : first;
        most = held() > most ? held() : most;
    }
    printf("one input of %u VirtualServices: %.1f MB held, %.1f MB at most in %d edits\n", services,
           (double)first * 1e-6, (double)most * 1e-6, SERVICE_EDITS);
    require(most <= 2 * first + SERVICE_SPARE_BYTES, "old versions of an input stay");
    corsac_session_free(session);
    free(text);
}

static void edit_regex(void)
{
    corsac_session *session = start();
    const size_t first = held();
    size_t most = first;
    for (unsigned edit = 0; edit < REGEX_EDITS; edit++) {
        char text[SERVICE_BYTES], regex[96];
        snprintf(regex, sizeof(regex), "https://(a|b)*a(a|b){9}x%u\\.example", edit);
        update(session, "1.yaml", text, write_service(text, 1, "regex", regex));
        most = held() > most ? held() : most;
    }
    printf("%d regexes, one after the other: %.1f MB held, %.1f MB at most\n", REGEX_EDITS,
           (double)first * 1e-6, (double)most * 1e-6);
    require(most <= first + REGEX_BYTES, "regexes that nobody uses stay");
    corsac_session_free(session);
}

int main(void)
{
    edit_services(FEW_SERVICES);
    edit_services(MANY_SERVICES);
    edit_regex();
    return 0;
}
