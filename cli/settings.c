// SPDX-License-Identifier: Apache-2.0
// The flag table, and getopt_long driven by it. One table serves parsing, help and completion, so
// the three cannot disagree.
#include "cli/settings.h"

#include "corsac/engine.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { STORE_TEXT = 1, STORE_TRUE, STORE_LIST, STORE_STR, STORE_STRS };

static void texts_add(struct cli_texts *texts, const char *text)
{
    texts->items = cli_grow(texts->items, texts->count, &texts->capacity, sizeof(*texts->items));
    texts->items[texts->count++] = text;
}

/* "a,b" -> two views into the argument; empty members are dropped. */
static void strs_add(corsac_str_list *list, const char *value)
{
    size_t wanted = list->count + 1;
    for (const char *c = value; *c != '\0'; c++)
        wanted += *c == ',';
    corsac_str *items = cli_allocate(wanted, sizeof(*items));
    size_t count = 0;
    for (; count < list->count; count++)
        items[count] = list->items[count];
    while (*value != '\0') {
        size_t size = strcspn(value, ",");
        if (size > 0)
            items[count++] = (corsac_str){value, size};
        value += size + (value[size] == ',');
    }
    free((void *)(uintptr_t)list->items);
    *list = (corsac_str_list){items, count};
}

static bool number(const char *value, uint64_t limit, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long parsed = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || parsed > limit)
        return false;
    *out = parsed;
    return true;
}

static int word(const char *value, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(value, words[i]) == 0)
            return i;
    return -1;
}

static bool parse_color(struct cli_settings *settings, const char *value)
{
    int found = word(value, (const char *const[]){"auto", "always", "never", NULL});
    settings->color = found < 0 ? CLI_COLOR_AUTO : (enum cli_color)found;
    return found >= 0;
}

static bool parse_diagnostics(struct cli_settings *settings, const char *value)
{
    int found = word(value, (const char *const[]){"text", "json", NULL});
    settings->diagnostics = found == 1 ? CLI_FORM_JSON : CLI_FORM_TEXT;
    return found >= 0;
}

static bool parse_regex_engine(struct cli_settings *settings, const char *value)
{
    int found = word(value, (const char *const[]){"auto", "hyperscan", "automaton", NULL});
    settings->compile.regex_engine = found < 0 ? 0 : (uint32_t)found;
    return found >= 0;
}

static bool parse_normalization(struct cli_settings *settings, const char *value)
{
    int found = word(value, (const char *const[]){"none", "base", NULL});
    settings->compile.image_options &= ~(uint32_t)CORSAC_OPTION_NORMALIZE_PATH_BASE;
    if (found == 1)
        settings->compile.image_options |= CORSAC_OPTION_NORMALIZE_PATH_BASE;
    return found >= 0;
}

static bool parse_strict(struct cli_settings *settings, const char *value)
{
    (void)value;
    settings->compile.flags |= CORSAC_COMPILE_STRICT;
    return true;
}

static bool parse_no_lowering(struct cli_settings *settings, const char *value)
{
    (void)value;
    settings->compile.flags |= CORSAC_COMPILE_NO_LOWERING;
    return true;
}

static bool parse_stage(struct cli_settings *settings, const char *value)
{
    int found = word(
        value, (const char *const[]){"read", "decode", "resolve", "ir", "passes", "lower", NULL});
    settings->has_stage = found >= 0;
    settings->stage = found < 0 ? CORSAC_STAGE_READ : (corsac_stage)found;
    return found >= 0;
}

static bool parse_port(struct cli_settings *settings, const char *value)
{
    uint64_t port = 0;
    bool valid = number(value, 65535, &port) && port > 0;
    settings->port = (uint32_t)port;
    return valid;
}

static bool parse_seconds(struct cli_settings *settings, const char *value)
{
    uint64_t seconds = 0;
    bool valid = number(value, 3600, &seconds) && seconds > 0;
    settings->seconds = (uint32_t)seconds;
    return valid;
}

static bool parse_serial(struct cli_settings *settings, const char *value)
{
    return number(value, UINT64_MAX, &settings->serial);
}

static bool parse_min_serial(struct cli_settings *settings, const char *value)
{
    return number(value, UINT64_MAX, &settings->min_serial);
}

/* ---- --option NAME[=VALUE] -------------------------------------------------------------- */

struct named_bit {
    const char *name;
    uint32_t bit;
    const char *on, *off; /* spellings beside yes and no, or NULL */
};

static const struct named_bit NAMED_BITS[] = {
    {"vary-origin", CORSAC_OPTION_VARY_ORIGIN, NULL, NULL},
    {"strip-denied", CORSAC_OPTION_STRIP_DENIED, NULL, NULL},
    {"preflight-204", CORSAC_OPTION_PREFLIGHT_204, NULL, NULL},
    {"enforce-methods", CORSAC_OPTION_ENFORCE_METHODS, NULL, NULL},
    {"enforce-headers", CORSAC_OPTION_ENFORCE_HEADERS, NULL, NULL},
    {"header-match", CORSAC_OPTION_HEADER_MATCH_JOINED, "joined", "separate"},
    {"regex-mode", CORSAC_OPTION_REGEX_UTF8, "utf8", "latin1"},
    /* the option says "yes", the bit says "no": C-15 is the default */
    {"expose-on-preflight", CORSAC_OPTION_NO_EXPOSE_PREFLIGHT, "no", "yes"},
};

struct named_limit {
    const char *name;
    size_t offset;
    bool wide;
};

#define LIMIT(field) offsetof(corsac_compile_options, field)
static const struct named_limit NAMED_LIMITS[] = {
    {"max-input-bytes", LIMIT(max_input_bytes), true},
    {"max-depth", LIMIT(max_depth), false},
    {"max-documents", LIMIT(max_documents), false},
    {"max-alias-nodes", LIMIT(max_alias_nodes), false},
    {"max-regex-program", LIMIT(max_regex_program), false},
    {"max-image-bytes", LIMIT(max_image_bytes), true},
};

static int truth(const char *value, const struct named_bit *named)
{
    if (named->on != NULL) {
        if (value != NULL && strcmp(value, named->on) == 0)
            return 1;
        return value != NULL && strcmp(value, named->off) == 0 ? 0 : -1;
    }
    if (value == NULL || word(value, (const char *const[]){"yes", "true", "on", NULL}) >= 0)
        return 1;
    return word(value, (const char *const[]){"no", "false", "off", NULL}) >= 0 ? 0 : -1;
}

static bool set_bit(corsac_compile_options *options, const struct named_bit *named,
                    const char *value)
{
    int on = truth(value, named);
    options->image_options &= ~named->bit;
    if (on == 1)
        options->image_options |= named->bit;
    return on >= 0;
}

static bool set_limit(corsac_compile_options *options, const struct named_limit *named,
                      const char *value)
{
    uint64_t limit = 0;
    if (value == NULL || !number(value, named->wide ? UINT64_MAX : UINT32_MAX, &limit) ||
        limit == 0)
        return false;
    uint32_t narrow = (uint32_t)limit;
    const void *from = named->wide ? (const void *)&limit : (const void *)&narrow;
    memcpy((char *)options + named->offset, from, named->wide ? sizeof(limit) : sizeof(narrow));
    return true;
}

static bool parse_option(struct cli_settings *settings, const char *text)
{
    size_t size = strcspn(text, "=");
    const char *value = text[size] == '=' ? text + size + 1 : NULL;
    corsac_str name = {text, size};
    for (size_t i = 0; i < sizeof(NAMED_BITS) / sizeof(NAMED_BITS[0]); i++)
        if (cli_str_equal(name, cli_str(NAMED_BITS[i].name)))
            return set_bit(&settings->compile, &NAMED_BITS[i], value);
    for (size_t i = 0; i < sizeof(NAMED_LIMITS) / sizeof(NAMED_LIMITS[0]); i++)
        if (cli_str_equal(name, cli_str(NAMED_LIMITS[i].name)))
            return set_limit(&settings->compile, &NAMED_LIMITS[i], value);
    struct named_bit scope = {"scope-gateway-to-namespace", 0, NULL, NULL};
    if (!cli_str_equal(name, cli_str(scope.name)))
        return false;
    int on = truth(value, &scope);
    settings->compile.scope_gateway_to_namespace = on == 1;
    return on >= 0;
}

/* ---- the table -------------------------------------------------------------------------- */

#define AT(field) offsetof(struct cli_settings, field)
static const struct cli_flag FLAGS[] = {
    {CLI_FLAGS_POLICY, 'p', "policy-source", "POLICY",
     "a file, a directory, - or a compiled image; may be repeated for sources", NULL, AT(policies),
     STORE_LIST},
    {CLI_FLAGS_TRUSTED, 0, "trusted", NULL,
     "the image is your own: load the Hyperscan databases in it", NULL, AT(trusted), STORE_TRUE},
    {CLI_FLAGS_TRUST, 0, "require-signature", "PUBLIC_KEY",
     "refuse images that this key did not sign; may be repeated", NULL, AT(trusted_keys),
     STORE_LIST},
    {CLI_FLAGS_TRUST, 0, "min-serial", "N", "refuse signatures with a smaller serial number",
     parse_min_serial, 0, 0},
    {CLI_FLAGS_SIGN, 0, "key", "FILE", "the secret key, as PEM", NULL, AT(key), STORE_TEXT},
    {CLI_FLAGS_SIGN, 0, "serial", "N", "serial number to sign with the image (default 0)",
     parse_serial, 0, 0},
    {CLI_FLAGS_SIGNATURE, 0, "signature", "FILE", "the signature (default: IMAGE.sig)", NULL,
     AT(signature), STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "host", "HOST", "Host or :authority of the request, port included", NULL,
     AT(host), STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "path", "PATH", "path with query", NULL, AT(path), STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "origin", "ORIGIN", "value of the Origin header", NULL, AT(origin),
     STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "method", "METHOD", "request method (default GET)", NULL, AT(method),
     STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "scheme", "SCHEME", "http or https (default http)", NULL, AT(scheme),
     STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "header", "'NAME: VALUE'", "one header line; may be repeated", NULL,
     AT(headers), STORE_LIST},
    {CLI_FLAGS_REQUEST, 0, "preflight", NULL, "send OPTIONS with Access-Control-Request-Method",
     NULL, AT(preflight), STORE_TRUE},
    {CLI_FLAGS_REQUEST, 0, "request-method", "METHOD",
     "Access-Control-Request-Method (with --preflight default GET)", NULL, AT(request_method),
     STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "request-headers", "A,B", "Access-Control-Request-Headers", NULL,
     AT(request_headers), STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "gateway", "NS/NAME", "gateway (default: the only one)", NULL,
     AT(gateway), STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "port", "N", "port as written in the Gateway (default: its only one)",
     parse_port, 0, 0},
    {CLI_FLAGS_REQUEST, 0, "sni", "NAME", "TLS server name (default: the host)", NULL, AT(sni),
     STORE_TEXT},
    {CLI_FLAGS_REQUEST, 0, "claim", "A.B=VALUE", "a verified token claim; may be repeated", NULL,
     AT(claims), STORE_LIST},
    {CLI_FLAGS_REQUESTS, 0, "requests", "FILE", "JSON Lines of requests, - for standard input",
     NULL, AT(requests), STORE_TEXT},
    {CLI_FLAGS_INSPECT, 0, "stage", "STAGE", "read, decode, resolve, ir, passes or lower",
     parse_stage, 0, 0},
    {CLI_FLAGS_INSPECT, 0, "policy", "NS/NAME", "only the routes and policies of this document",
     NULL, AT(policy_name), STORE_TEXT},
    {CLI_FLAGS_BENCH, 0, "seconds", "N", "how long to measure (default 2)", parse_seconds, 0, 0},
    {CLI_FLAGS_STATS, 0, "cache", "DIR", "keep compiled regexes in this directory of yours", NULL,
     AT(cache), STORE_TEXT},
    {CLI_FLAGS_STATS, 0, "stats", NULL, "print what the image contains and how long it took", NULL,
     AT(stats), STORE_TRUE},
    {CLI_FLAGS_COMPILE, 0, "strict", NULL, "anything quarantined fails the compile", parse_strict,
     0, 0},
    {CLI_FLAGS_COMPILE, 0, "regex-engine", "ENGINE", "auto, hyperscan or automaton",
     parse_regex_engine, 0, 0},
    {CLI_FLAGS_COMPILE, 0, "no-lowering", NULL, "keep every regex a regex", parse_no_lowering, 0,
     0},
    {CLI_FLAGS_COMPILE, 0, "gateway-namespace", "NS",
     "namespace of the gateway pods (default istio-system)", NULL, AT(compile.gateway_namespace),
     STORE_STR},
    {CLI_FLAGS_COMPILE, 0, "gateway-labels", "K=V,...",
     "labels of the gateway pod (default: as each Gateway selects)", NULL,
     AT(compile.gateway_labels), STORE_STRS},
    {CLI_FLAGS_COMPILE, 0, "gateways", "NS/NAME,...", "the Gateways that the pod serves", NULL,
     AT(compile.gateways), STORE_STRS},
    {CLI_FLAGS_COMPILE, 0, "namespace", "NS", "for documents without one (default default)", NULL,
     AT(compile.default_namespace), STORE_STR},
    {CLI_FLAGS_COMPILE, 0, "cluster-domain", "DOMAIN", "default cluster.local", NULL,
     AT(compile.cluster_domain), STORE_STR},
    {CLI_FLAGS_COMPILE, 0, "default-export-to", "LIST", "exportTo of documents without one", NULL,
     AT(compile.default_export_to), STORE_STRS},
    {CLI_FLAGS_COMPILE, 0, "path-normalization", "KIND", "none (default) or base",
     parse_normalization, 0, 0},
    {CLI_FLAGS_COMPILE, 0, "option", "NAME[=VALUE]", "a named option or limit; see docs/cli.md",
     parse_option, 0, 0},
    {CLI_FLAGS_COMPILE, 0, "diagnostics", "FORM", "text or json", parse_diagnostics, 0, 0},
    {CLI_FLAGS_COMMON, 'o', "output", "WHAT", "text or json; in compile the image to write", NULL,
     AT(output), STORE_TEXT},
    {CLI_FLAGS_COMMON, 'q', "quiet", NULL, "errors only", NULL, AT(quiet), STORE_TRUE},
    {CLI_FLAGS_COMMON, 'v', "verbose", NULL, "notes too", NULL, AT(verbose), STORE_TRUE},
    {CLI_FLAGS_COMMON, 0, "color", "WHEN", "auto, always or never", parse_color, 0, 0},
    {CLI_FLAGS_COMMON, 'h', "help", NULL, "this help", NULL, AT(help), STORE_TRUE},
};
#define FLAG_COUNT (sizeof(FLAGS) / sizeof(FLAGS[0]))

const struct cli_flag *cli_flag_at(size_t index)
{
    return index < FLAG_COUNT ? &FLAGS[index] : NULL;
}

static bool store(struct cli_settings *settings, const struct cli_flag *flag, const char *value)
{
    char *place = (char *)settings + flag->offset;
    switch (flag->kind) {
    case STORE_TEXT:
        *(const char **)(void *)place = value;
        return true;
    case STORE_TRUE:
        *(bool *)(void *)place = true;
        return true;
    case STORE_LIST:
        texts_add((struct cli_texts *)(void *)place, value);
        return true;
    case STORE_STR:
        *(corsac_str *)(void *)place = cli_str(value);
        return true;
    case STORE_STRS:
        strs_add((corsac_str_list *)(void *)place, value);
        return true;
    default:
        return flag->parse(settings, value);
    }
}

/* ---- getopt ----------------------------------------------------------------------------- */

enum { LONG_BASE = 1000 };

static void build_options(int groups, struct option *longs, char *shorts)
{
    size_t long_count = 0, short_count = 0;
    shorts[short_count++] = ':';
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct cli_flag *flag = &FLAGS[i];
        if ((flag->group & groups) == 0)
            continue;
        longs[long_count++] =
            (struct option){flag->name, flag->argument != NULL, NULL, LONG_BASE + (int)i};
        if (flag->letter == 0)
            continue;
        shorts[short_count++] = flag->letter;
        if (flag->argument != NULL)
            shorts[short_count++] = ':';
    }
    longs[long_count] = (struct option){0};
    shorts[short_count] = '\0';
}

static const struct cli_flag *flag_of(int code, int groups)
{
    if (code >= LONG_BASE)
        return &FLAGS[code - LONG_BASE];
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (FLAGS[i].letter == code && (FLAGS[i].group & groups) != 0)
            return &FLAGS[i];
    return NULL;
}

static void refuse(int code, char **argv)
{
    const char *text = optind > 0 ? argv[optind - 1] : "";
    if (code == ':')
        cli_message("%s needs a value; see 'corsac help %s'", text, argv[0]);
    else if (optopt > 0 && optopt < LONG_BASE)
        cli_message("unknown option -%c; see 'corsac help %s'", optopt, argv[0]);
    else
        cli_message("unknown option %s; see 'corsac help %s'", text, argv[0]);
}

bool cli_settings_parse(struct cli_settings *settings, int groups, int argc, char **argv)
{
    struct option longs[FLAG_COUNT + 1];
    char shorts[2 * FLAG_COUNT + 2];
    build_options(groups, longs, shorts);
    *settings = (struct cli_settings){.seconds = 2};
    settings->compile.struct_size = sizeof(settings->compile);
    opterr = 0;
    optind = 1;
    int code;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct cli_flag *flag = code == '?' || code == ':' ? NULL : flag_of(code, groups);
        if (flag == NULL) {
            refuse(code, argv);
            return false;
        }
        if (!store(settings, flag, optarg)) {
            cli_message("--%s: '%s' is not understood; see 'corsac help %s'", flag->name, optarg,
                        argv[0]);
            return false;
        }
    }
    for (int i = optind; i < argc; i++)
        texts_add(&settings->arguments, argv[i]);
    return true;
}

void cli_settings_free(struct cli_settings *settings)
{
    free(settings->arguments.items);
    free(settings->policies.items);
    free(settings->headers.items);
    free(settings->claims.items);
    free(settings->trusted_keys.items);
    free((void *)(uintptr_t)settings->compile.gateway_labels.items);
    free((void *)(uintptr_t)settings->compile.gateways.items);
    free((void *)(uintptr_t)settings->compile.default_export_to.items);
}

bool cli_settings_json(const struct cli_settings *settings, bool *valid)
{
    const char *form = settings->output != NULL ? settings->output : "text";
    bool json = strcmp(form, "json") == 0;
    *valid = json || strcmp(form, "text") == 0;
    if (!*valid)
        cli_message("-o: '%s' is neither text nor json", form);
    return json;
}
