// SPDX-License-Identifier: Apache-2.0
// corsac-datagen: N tenants as VirtualServices behind one Gateway, a trace of requests, and the
// outcome of each request, known by construction. Seeded: the same arguments give the same bytes.
// The mix of matchers follows what people write most (datasets/README.md).
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---------------------------------------------------------------------------- */

/* splitmix64: one 64-bit state, so that a tenant can be drawn again from its own seed. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)(draw(state) % limit);
}

static bool chance(uint64_t *state, uint32_t percent)
{
    return below(state, 100) < percent;
}

/* ---- tenants ---------------------------------------------------------------------------- */

enum kind { ANY_REGEX, ANY_EXACT, EXACT_LIST, SUBDOMAIN, LOCALHOST, ALTERNATION, PREVIEW, PREFIX };

/* Shares in percent, in the order of enum kind. */
static const uint32_t SHARES[] = {10, 10, 35, 20, 8, 7, 5, 5};

struct tenant {
    uint32_t number;
    enum kind kind;
    uint32_t origins; /* 1..5, for lists and alternations */
    bool second_host, credentials, expose, ignore, raw_dot, method_star, api_rule;
    uint32_t age, headers;
};

static enum kind draw_kind(uint64_t *state)
{
    uint32_t ticket = below(state, 100), kind = 0;
    while (ticket >= SHARES[kind])
        ticket -= SHARES[kind++];
    return (enum kind)kind;
}

static struct tenant draw_tenant(uint64_t seed, uint32_t number)
{
    uint64_t state = seed ^ ((uint64_t)number + 1) * 0xD1342543DE82EF95u;
    struct tenant tenant = {.number = number, .kind = draw_kind(&state)};
    tenant.origins = 1 + below(&state, 5);
    if (tenant.kind == ALTERNATION && tenant.origins < 2)
        tenant.origins = 2;
    tenant.second_host = chance(&state, 20);
    tenant.credentials = chance(&state, 40);
    tenant.expose = chance(&state, 20);
    tenant.ignore = chance(&state, 5);
    tenant.raw_dot = chance(&state, 20); /* one regex in five forgets to escape its dots */
    tenant.method_star = chance(&state, 10);
    tenant.api_rule = chance(&state, 50);
    tenant.age = below(&state, 4);
    tenant.headers = below(&state, 4);
    return tenant;
}

static bool allows_any(const struct tenant *tenant)
{
    return tenant->kind == ANY_REGEX || tenant->kind == ANY_EXACT;
}

/* ---- policies --------------------------------------------------------------------------- */

static void write_gateway(FILE *out)
{
    fputs("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n"
          "  namespace: istio-system\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n"
          "  - port:\n      number: 80\n      name: http\n      protocol: HTTP\n    hosts:\n"
          "    - \"*\"\n",
          out);
}

static void write_pattern(FILE *out, const struct tenant *tenant)
{
    const char *dot = tenant->raw_dot ? "." : "\\.";
    uint32_t n = tenant->number;
    if (tenant->kind == SUBDOMAIN)
        fprintf(out, "      - regex: 'https://.*%stenant%05" PRIu32 "%scom'\n", dot, n, dot);
    else if (tenant->kind == LOCALHOST)
        fprintf(out,
                "      - regex: '^https?://localhost(:\\d+)?$'\n"
                "      - exact: https://app.tenant%05" PRIu32 ".com\n",
                n);
    else
        fprintf(out, "      - regex: '^https://tenant%05" PRIu32 "-.*%svercel%sapp$'\n", n, dot,
                dot);
}

static void write_alternation(FILE *out, const struct tenant *tenant)
{
    const char *dot = tenant->raw_dot ? "." : "\\.";
    fputs("      - regex: '^https://(", out);
    for (uint32_t i = 0; i < tenant->origins; i++)
        fprintf(out, "%sapp%" PRIu32 "%stenant%05" PRIu32 "%scom", i > 0 ? "|" : "", i, dot,
                tenant->number, dot);
    fputs(")$'\n", out);
}

static void write_origins(FILE *out, const struct tenant *tenant)
{
    fputs("      allowOrigins:\n", out);
    switch (tenant->kind) {
    case ANY_REGEX:
        fputs("      - regex: '.*'\n", out);
        return;
    case ANY_EXACT:
        fputs("      - exact: '*'\n", out);
        return;
    case EXACT_LIST:
        for (uint32_t i = 0; i < tenant->origins; i++)
            fprintf(out, "      - exact: https://app%" PRIu32 ".tenant%05" PRIu32 ".com\n", i,
                    tenant->number);
        return;
    case ALTERNATION:
        write_alternation(out, tenant);
        return;
    case PREFIX:
        fprintf(out, "      - prefix: https://app.tenant%05" PRIu32 ".com\n", tenant->number);
        return;
    default:
        write_pattern(out, tenant);
    }
}

static void write_policy(FILE *out, const struct tenant *tenant)
{
    static const char *const AGES[] = {"", "      maxAge: 5m\n", "      maxAge: 3600s\n",
                                       "      maxAge: 24h\n"};
    static const char *const HEADERS[] = {"", "      allowHeaders: [\"*\"]\n",
                                          "      allowHeaders: [authorization, content-type]\n",
                                          "      allowHeaders: [X-Request-Id]\n"};
    fputs("    corsPolicy:\n", out);
    write_origins(out, tenant);
    fputs(tenant->method_star ? "      allowMethods: [\"*\"]\n"
                              : "      allowMethods: [GET, POST, PUT, OPTIONS]\n",
          out);
    fputs(HEADERS[tenant->headers], out);
    fputs(AGES[tenant->age], out);
    if (tenant->expose)
        fputs("      exposeHeaders: [x-request-id]\n", out);
    if (tenant->credentials)
        fputs("      allowCredentials: true\n", out);
    if (tenant->ignore)
        fputs("      unmatchedPreflights: IGNORE\n", out);
}

static void write_rule(FILE *out, const struct tenant *tenant, const char *prefix)
{
    fprintf(out, "  - match:\n    - uri:\n        prefix: %s\n", prefix);
    write_policy(out, tenant);
    fprintf(out, "    route:\n    - destination:\n        host: backend%05" PRIu32 "\n",
            tenant->number);
}

static void write_tenant(FILE *out, const struct tenant *tenant)
{
    uint32_t n = tenant->number;
    fprintf(out,
            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n"
            "  name: tenant%05" PRIu32 "\n  namespace: team%03" PRIu32 "\nspec:\n  hosts:\n"
            "  - tenant%05" PRIu32 ".example.com\n",
            n, n % 100, n);
    if (tenant->second_host)
        fprintf(out, "  - api.tenant%05" PRIu32 ".example.com\n", n);
    fputs("  gateways:\n  - istio-system/public\n  http:\n", out);
    if (tenant->api_rule)
        write_rule(out, tenant, "/api/");
    write_rule(out, tenant, "/");
}

/* ---- requests --------------------------------------------------------------------------- */

enum { ORIGIN_BYTES = 128 };

static void allowed_origin(const struct tenant *tenant, uint64_t *state, char *out)
{
    uint32_t n = tenant->number, i = below(state, tenant->origins), any = below(state, 100000);
    switch (tenant->kind) {
    case ANY_REGEX:
    case ANY_EXACT:
        snprintf(out, ORIGIN_BYTES, "https://site%05" PRIu32 ".example.net", any);
        return;
    case EXACT_LIST:
    case ALTERNATION:
        snprintf(out, ORIGIN_BYTES, "https://app%" PRIu32 ".tenant%05" PRIu32 ".com", i, n);
        return;
    case SUBDOMAIN:
        snprintf(out, ORIGIN_BYTES, "https://sub%05" PRIu32 ".tenant%05" PRIu32 ".com", any, n);
        return;
    case LOCALHOST:
        snprintf(out, ORIGIN_BYTES, "http://localhost:%" PRIu32, 1024 + any % 60000);
        return;
    case PREVIEW:
        snprintf(out, ORIGIN_BYTES, "https://tenant%05" PRIu32 "-pr%" PRIu32 ".vercel.app", n, any);
        return;
    case PREFIX:
        snprintf(out, ORIGIN_BYTES, "https://app.tenant%05" PRIu32 ".com:%" PRIu32, n,
                 1024 + any % 60000);
        return;
    }
}

/* Near misses and strangers; none is accepted by any matcher above, raw dots included. */
static void denied_origin(const struct tenant *tenant, uint64_t *state, char *out)
{
    uint32_t n = tenant->number, any = below(state, 100000);
    static const char *const FORMS[] = {
        "https://evil%05" PRIu32 ".example.net", "http://app0.tenant%05" PRIu32 ".com",
        "https://tenant%05" PRIu32 ".example.com", "https://tenant%05" PRIu32 ".com.example.org"};
    uint32_t form = below(state, 4);
    snprintf(out, ORIGIN_BYTES, FORMS[form], form == 0 ? any : n); // NOLINT: formats are literals
}

struct request {
    uint64_t id;
    const struct tenant *tenant;
    bool allowed, preflight, api;
    char origin[ORIGIN_BYTES];
};

static void write_request(FILE *out, const struct request *request, uint64_t *state)
{
    static const char *const METHODS[] = {"GET", "GET", "GET", "POST", "PUT"};
    const struct tenant *tenant = request->tenant;
    bool second = tenant->second_host && chance(state, 30);
    const char *method = METHODS[below(state, 5)];
    fprintf(out, "{\"id\": %" PRIu64 ", ", request->id);
    if (request->preflight || strcmp(method, "GET") != 0)
        fprintf(out, "\"method\": \"%s\", ", request->preflight ? "OPTIONS" : method);
    fprintf(out,
            "\"authority\": \"%stenant%05" PRIu32 ".example.com\", \"path\": \"%s/item/%" PRIu32
            "?page=%" PRIu32
            "\", \"headers\": [[\"user-agent\", \"trace/1\"], [\"origin\", \"%s\"]",
            second ? "api." : "", tenant->number, request->api ? "/api" : "", below(state, 10000),
            below(state, 10), request->origin);
    if (request->preflight)
        fprintf(out,
                ", [\"access-control-request-method\", \"%s\"], "
                "[\"access-control-request-headers\", \"content-type\"]",
                method);
    fputs("]}\n", out);
}

static const char *outcome_of(const struct request *request)
{
    if (!request->preflight)
        return request->allowed ? "allowed" : "denied";
    if (request->allowed)
        return "preflight-allowed";
    return request->tenant->ignore ? "preflight-denied" : "preflight-forwarded";
}

/* ---- Zipf ------------------------------------------------------------------------------- */

/* Cumulated weights 1/rank in fixed point, so that no rounding of a C library decides. */
static uint64_t *zipf_table(uint32_t tenants)
{
    uint64_t *table = calloc(tenants, sizeof(*table)), sum = 0;
    for (uint32_t i = 0; table != NULL && i < tenants; i++)
        table[i] = sum += (UINT64_C(1) << 32) / (i + 1);
    return table;
}

static uint32_t zipf_draw(const uint64_t *table, uint32_t tenants, uint64_t *state)
{
    uint64_t ticket = draw(state) % table[tenants - 1];
    uint32_t low = 0, high = tenants - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table[middle] > ticket)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- main ------------------------------------------------------------------------------- */

struct arguments {
    uint64_t tenants, requests, seed;
    const char *policies_file, *requests_file, *expected_file;
};

static bool parse(struct arguments *arguments, int argc, char **argv)
{
    *arguments = (struct arguments){.tenants = 100, .requests = 10000, .seed = 1};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (strcmp(name, "--tenants") == 0)
            arguments->tenants = strtoull(value, NULL, 10);
        else if (strcmp(name, "--requests") == 0)
            arguments->requests = strtoull(value, NULL, 10);
        else if (strcmp(name, "--seed") == 0)
            arguments->seed = strtoull(value, NULL, 10);
        else if (strcmp(name, "--policies-to") == 0)
            arguments->policies_file = value;
        else if (strcmp(name, "--requests-to") == 0)
            arguments->requests_file = value;
        else if (strcmp(name, "--expected-to") == 0)
            arguments->expected_file = value;
        else
            return false;
    }
    return argc % 2 == 1 && arguments->tenants >= 1 && arguments->tenants <= 99999;
}

static bool write_policies(const struct arguments *arguments, const struct tenant *tenants)
{
    FILE *out = fopen(arguments->policies_file, "w");
    if (out == NULL)
        return false;
    write_gateway(out);
    for (uint64_t i = 0; i < arguments->tenants; i++)
        write_tenant(out, &tenants[i]);
    return fclose(out) == 0;
}

/* 70 % allowed, 20 % denied, 10 % preflights of which four in five are allowed. */
static void draw_request(struct request *request, const struct tenant *tenants,
                         const uint64_t *zipf, const struct arguments *arguments, uint64_t *state)
{
    uint32_t ticket = below(state, 100);
    request->preflight = ticket >= 90;
    request->allowed = ticket < 70 || (ticket >= 90 && ticket < 98);
    do {
        request->tenant = &tenants[zipf_draw(zipf, (uint32_t)arguments->tenants, state)];
    } while (!request->allowed && allows_any(request->tenant));
    request->api = chance(state, 50);
    if (request->allowed)
        allowed_origin(request->tenant, state, request->origin);
    else
        denied_origin(request->tenant, state, request->origin);
}

static bool has_denying(const struct arguments *arguments, const struct tenant *tenants)
{
    for (uint64_t i = 0; i < arguments->tenants; i++)
        if (!allows_any(&tenants[i]))
            return true;
    return false;
}

static bool write_trace(const struct arguments *arguments, const struct tenant *tenants)
{
    FILE *requests = fopen(arguments->requests_file, "w");
    FILE *expected = arguments->expected_file != NULL ? fopen(arguments->expected_file, "w") : NULL;
    uint64_t *zipf = zipf_table((uint32_t)arguments->tenants);
    bool fine = requests != NULL && zipf != NULL && has_denying(arguments, tenants) &&
                (expected != NULL || arguments->expected_file == NULL);
    uint64_t state = arguments->seed ^ 0x7261636563656E74u;
    for (uint64_t i = 1; fine && i <= arguments->requests; i++) {
        struct request request = {.id = i};
        draw_request(&request, tenants, zipf, arguments, &state);
        write_request(requests, &request, &state);
        if (expected != NULL)
            fprintf(expected, "%" PRIu64 " %s\n", i, outcome_of(&request));
    }
    free(zipf);
    if (expected != NULL && fclose(expected) != 0)
        fine = false;
    return requests != NULL && fclose(requests) == 0 && fine;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!parse(&arguments, argc, argv)) {
        fputs("usage: corsac-datagen [--tenants N] [--requests N] [--seed N] [--policies-to FILE]\n"
              "                      [--requests-to FILE] [--expected-to FILE]\n",
              stderr);
        return 2;
    }
    struct tenant *tenants = calloc(arguments.tenants, sizeof(*tenants));
    bool fine = tenants != NULL;
    for (uint64_t i = 0; fine && i < arguments.tenants; i++)
        tenants[i] = draw_tenant(arguments.seed, (uint32_t)i);
    if (fine && arguments.policies_file != NULL)
        fine = write_policies(&arguments, tenants);
    if (fine && arguments.requests_file != NULL)
        fine = write_trace(&arguments, tenants);
    free(tenants);
    if (!fine)
        perror("corsac-datagen");
    return fine ? 0 : 1;
}
