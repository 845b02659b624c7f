// SPDX-License-Identifier: Apache-2.0
// Compiles a set through the public headers, asks the engine and the oracle the same question and
// compares every part of the two answers.
#include <stdio.h>
#include <stdlib.h>

#include "property/evaluate.h"

/* ---- compiling -------------------------------------------------------------------------- */

static uint32_t image_options(const oracle_options *options)
{
    return (options->vary_origin ? CORSAC_OPTION_VARY_ORIGIN : 0u) |
           (options->strip_denied ? CORSAC_OPTION_STRIP_DENIED : 0u) |
           (options->preflight_204 ? CORSAC_OPTION_PREFLIGHT_204 : 0u) |
           (options->enforce_methods ? CORSAC_OPTION_ENFORCE_METHODS : 0u) |
           (options->enforce_headers ? CORSAC_OPTION_ENFORCE_HEADERS : 0u) |
           (options->header_match_joined ? CORSAC_OPTION_HEADER_MATCH_JOINED : 0u) |
           (options->no_expose_on_preflight ? CORSAC_OPTION_NO_EXPOSE_PREFLIGHT : 0u) |
           (options->regex_utf8 ? CORSAC_OPTION_REGEX_UTF8 : 0u) |
           (options->normalize_path_base ? CORSAC_OPTION_NORMALIZE_PATH_BASE : 0u);
}

static corsac_compile_options compile_options(const evaluate_set *set, oracle_pool *pool)
{
    const oracle_parameters *parameters = &set->parameters;
    oracle_texts labels = {0};
    for (size_t i = 0; i < parameters->gateway_labels.count; i++) {
        const oracle_label *label = &parameters->gateway_labels.items[i];
        *(corsac_str *)ORACLE_APPEND(pool, &labels) = oracle_pool_format(
            pool, "%.*s=%.*s", (int)label->key.size, label->key.data, (int)label->value.size,
            label->value.size > 0 ? label->value.data : "");
    }
    return (corsac_compile_options){
        .struct_size = sizeof(corsac_compile_options),
        .flags = set->compile_flags,
        .image_options = image_options(&parameters->options),
        .gateway_namespace = parameters->gateway_namespace,
        .gateway_labels = {labels.items, labels.count},
        .gateways = {parameters->gateways.items, parameters->gateways.count},
        .default_namespace = parameters->default_namespace,
        .cluster_domain = parameters->cluster_domain,
        .default_export_to = {parameters->default_export_to.items,
                              parameters->default_export_to.count},
        .regex_engine = set->regex_engine,
        .scope_gateway_to_namespace = parameters->scope_gateway_to_namespace,
    };
}

static size_t expected_quarantined(const evaluate_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->documents.services.count; i++)
        count += set->documents.services.items[i].quarantined;
    for (size_t i = 0; i < set->documents.gateways.count; i++)
        count += set->documents.gateways.items[i].quarantined;
    return count;
}

static void print_errors(const corsac_diagnostics *diagnostics)
{
    for (size_t i = 0; i < corsac_diagnostics_count(diagnostics); i++) {
        const corsac_diagnostic *d = corsac_diagnostics_at(diagnostics, i);
        if (d->severity == CORSAC_SEVERITY_ERROR)
            printf("  %.*s:%u:%u: %.*s [%s, %s]\n", (int)d->file.size, d->file.data, d->line,
                   d->column, (int)d->message.size, d->message.data, d->code, d->clause);
    }
}

static corsac_blob *compile(const evaluate_set *set, oracle_pool *pool, bool reverse_inputs,
                            bool quiet)
{
    static const char *const names[EVALUATE_FILES] = {"a.yaml", "b.yaml", "c.yaml"};
    corsac_str files[EVALUATE_FILES];
    corsac_input inputs[EVALUATE_FILES];
    evaluate_write_yaml(set, pool, files, EVALUATE_FILES);
    for (size_t i = 0; i < EVALUATE_FILES; i++)
        inputs[reverse_inputs ? EVALUATE_FILES - 1 - i : i] =
            (corsac_input){text_of(names[i]), files[i]};
    corsac_compile_options options = compile_options(set, pool);
    corsac_diagnostics *diagnostics = NULL;
    corsac_compile_summary summary = {0};
    corsac_blob *blob = NULL;
    if (corsac_diagnostics_new(&diagnostics) != CORSAC_OK)
        abort();
    corsac_status status =
        corsac_compile(&blob, inputs, EVALUATE_FILES, &options, diagnostics, &summary);
    bool right = status == CORSAC_OK && summary.quarantined == expected_quarantined(set);
    if (status == CORSAC_E_EMPTY) /* legal when every document is spoilt */
        quiet = quiet || expected_quarantined(set) ==
                             set->documents.services.count + set->documents.gateways.count;
    if (!right && !quiet) {
        printf("compile: %s, %u quarantined, expected %zu\n", corsac_status_name(status),
               summary.quarantined, expected_quarantined(set));
        print_errors(diagnostics);
    }
    corsac_diagnostics_free(diagnostics);
    if (!right) {
        corsac_blob_free(blob);
        return NULL;
    }
    return blob;
}

corsac_blob *evaluate_compile(const evaluate_set *set, bool reverse_inputs, bool quiet)
{
    oracle_pool pool = {0};
    corsac_blob *blob = compile(set, &pool, reverse_inputs, quiet);
    oracle_pool_clear(&pool);
    return blob;
}

static bool publish(evaluate_subject *subject, bool trusted, bool quiet)
{
    corsac_image *image = NULL;
    corsac_error error = {""};
    corsac_str bytes = corsac_blob_bytes(subject->blob);
    corsac_image_options options = {.struct_size = sizeof options,
                                    .flags = trusted ? CORSAC_IMAGE_TRUSTED : 0u};
    const corsac_engine_options counting = {.struct_size = sizeof counting,
                                            .flags = CORSAC_ENGINE_COUNTERS};
    corsac_status status = corsac_image_open(&image, bytes.data, bytes.size, &options, &error);
    if (status == CORSAC_OK)
        status = corsac_engine_new(&subject->engine, &counting);
    if (status == CORSAC_OK)
        status = corsac_engine_publish(subject->engine, image);
    if (status == CORSAC_OK) /* its own shadow, which must agree; by automata alone */
        status = corsac_image_open(&image, bytes.data, bytes.size, NULL, &error);
    if (status == CORSAC_OK)
        status = corsac_engine_publish_shadow(subject->engine, image);
    if (status == CORSAC_OK)
        status = corsac_reader_new(&subject->reader, subject->engine);
    if (status != CORSAC_OK && !quiet)
        printf("open: %s: %s\n", corsac_status_name(status), error.message);
    return status == CORSAC_OK;
}

bool evaluate_open(evaluate_subject *subject, const evaluate_set *set, bool quiet)
{
    *subject = (evaluate_subject){0};
    subject->blob = evaluate_compile(set, false, quiet);
    if (subject->blob == NULL)
        return false;
    if (!publish(subject, set->trusted, quiet)) {
        evaluate_close(subject);
        return false;
    }
    subject->oracle = oracle_new(&set->documents, &set->parameters);
    return true;
}

void evaluate_close(evaluate_subject *subject)
{
    corsac_reader_free(subject->reader);
    corsac_engine_free(subject->engine);
    corsac_blob_free(subject->blob);
    oracle_free(subject->oracle);
    *subject = (evaluate_subject){0};
}

/* ---- asking ----------------------------------------------------------------------------- */

static bool is_joined_field(corsac_str name)
{
    return text_equal_ignoring_case(name, text_of("origin")) ||
           text_equal_ignoring_case(name, text_of("access-control-request-method")) ||
           text_equal_ignoring_case(name, text_of("access-control-request-headers"));
}

corsac_request evaluate_engine_request(const oracle_request *request, oracle_pool *pool)
{
    corsac_header *headers = oracle_pool_take(pool, (request->headers.count + 1) * sizeof *headers);
    uint32_t header_count = 0;
    for (size_t i = 0; i < request->headers.count; i++)
        if (!is_joined_field(request->headers.items[i].name))
            headers[header_count++] =
                (corsac_header){request->headers.items[i].name, request->headers.items[i].value};
    corsac_claim *claims = oracle_pool_take(pool, (request->claims.count + 1) * sizeof *claims);
    for (size_t i = 0; i < request->claims.count; i++)
        claims[i] = (corsac_claim){request->claims.items[i].name, request->claims.items[i].value};
    return (corsac_request){
        .struct_size = sizeof(corsac_request),
        .gateway = request->gateway,
        .port = request->port,
        .header_count = header_count,
        .claim_count = (uint32_t)request->claims.count,
        .scheme = request->scheme,
        .method = request->method,
        .authority = request->authority,
        .path = request->path,
        .sni = request->sni,
        .origin = oracle_joined_header(pool, &request->headers, "origin"),
        .request_method =
            oracle_joined_header(pool, &request->headers, "access-control-request-method"),
        .request_headers =
            oracle_joined_header(pool, &request->headers, "access-control-request-headers"),
        .headers = headers,
        .claims = claims,
    };
}

typedef struct engine_answer {
    corsac_status status;
    corsac_decision decision;
    corsac_route_info info; /* zeroed without a route */
    corsac_str matched;
    char buffer[256];
} engine_answer;

static void ask_engine(evaluate_subject *subject, const oracle_request *request, oracle_pool *pool,
                       engine_answer *answer)
{
    corsac_request asked = evaluate_engine_request(request, pool);
    answer->status = corsac_evaluate(&answer->decision, subject->reader, &asked);
    if (answer->status != CORSAC_OK)
        return;
    const corsac_image *image = corsac_reader_image(subject->reader);
    if (answer->decision.route != CORSAC_NONE &&
        corsac_image_route(image, answer->decision.route, &answer->info) != CORSAC_OK)
        answer->status = CORSAC_E_INTERNAL;
    if (corsac_decision_matched(subject->reader, &answer->decision, asked.origin, answer->buffer,
                                sizeof answer->buffer, &answer->matched) != CORSAC_OK)
        answer->status = CORSAC_E_INTERNAL;
}

/* ---- comparing -------------------------------------------------------------------------- */

static bool same_headers(const engine_answer *engine, const oracle_decision *expected)
{
    if (engine->decision.set_count != expected->set_count)
        return false;
    for (size_t i = 0; i < expected->set_count; i++)
        if (!text_equal(engine->decision.set[i].name, expected->set[i].name) ||
            !text_equal(engine->decision.set[i].value, expected->set[i].value))
            return false;
    return true;
}

static const char *difference(const engine_answer *engine, const oracle_decision *expected)
{
    const corsac_decision *decision = &engine->decision;
    if (engine->status == CORSAC_E_NOT_FOUND || !expected->known)
        return engine->status == CORSAC_E_NOT_FOUND && !expected->known ? NULL : "known gateway";
    if (engine->status != CORSAC_OK)
        return "status";
    if (strcmp(corsac_outcome_name((corsac_outcome)decision->outcome), expected->outcome) != 0)
        return "outcome";
    if (strcmp(corsac_reason_name((corsac_reason)decision->reason), expected->reason) != 0)
        return "reason";
    if (!text_equal(decision->virtual_host, expected->virtual_host))
        return "virtual host";
    if (!text_equal(engine->info.route, expected->route))
        return "route";
    if (!text_equal(engine->info.route_name, expected->route_name))
        return "route name";
    if (!text_equal(engine->info.root, expected->root))
        return "root";
    if (!text_equal(engine->info.policy_owner, expected->policy_owner) ||
        !text_equal(engine->info.policy_path, expected->policy_path))
        return "policy source";
    if (!text_equal(engine->matched, expected->matched))
        return "matched";
    if (decision->reply_status != expected->reply_status)
        return "reply status";
    if (!same_headers(engine, expected))
        return "headers";
    if ((decision->append_vary != 0) != expected->append_vary)
        return "append vary";
    if (decision->strip_count != (expected->strip ? CORSAC_STRIPPED_HEADER_COUNT : 0u))
        return "strip";
    if (((decision->flags & CORSAC_DECISION_EXTENDED) != 0) != expected->extended)
        return "extended flag";
    if (((decision->flags & CORSAC_DECISION_CONDITIONAL) != 0) != expected->conditional)
        return "conditional flag";
    return NULL;
}

const char *evaluate_compare(evaluate_subject *subject, const oracle_request *request,
                             oracle_decision *decision)
{
    oracle_pool pool = {0};
    engine_answer engine = {0};
    *decision = oracle_decide(subject->oracle, request);
    ask_engine(subject, request, &pool, &engine);
    const char *found = difference(&engine, decision);
    oracle_pool_clear(&pool);
    return found;
}

/* ---- printing --------------------------------------------------------------------------- */

static void print_text(const char *label, corsac_str text)
{
    printf("%s", label);
    if (text.data == NULL) {
        printf(" (absent)\n");
        return;
    }
    printf(" \"");
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20 || byte >= 0x7F)
            printf("\\x%02x", byte);
        else
            putchar(byte);
    }
    printf("\"\n");
}

static void print_request(const oracle_request *request)
{
    print_text("  gateway", request->gateway);
    printf("  port %u\n", request->port);
    print_text("  scheme", request->scheme);
    print_text("  method", request->method);
    print_text("  authority", request->authority);
    print_text("  path", request->path);
    print_text("  sni", request->sni);
    for (size_t i = 0; i < request->headers.count; i++) {
        print_text("  header", request->headers.items[i].name);
        print_text("        ", request->headers.items[i].value);
    }
    for (size_t i = 0; i < request->claims.count; i++) {
        print_text("  claim", request->claims.items[i].name);
        print_text("       ", request->claims.items[i].value);
    }
}

static void print_engine(const engine_answer *answer)
{
    const corsac_decision *decision = &answer->decision;
    printf("engine: %s\n", corsac_status_name(answer->status));
    if (answer->status != CORSAC_OK)
        return;
    printf("  %s, %s, status %u, vary %u, strip %u, flags %u\n",
           corsac_outcome_name((corsac_outcome)decision->outcome),
           corsac_reason_name((corsac_reason)decision->reason), decision->reply_status,
           decision->append_vary, decision->strip_count, decision->flags);
    print_text("  virtual host", decision->virtual_host);
    print_text("  route", answer->info.route);
    print_text("  route name", answer->info.route_name);
    print_text("  root", answer->info.root);
    print_text("  policy owner", answer->info.policy_owner);
    print_text("  policy path", answer->info.policy_path);
    print_text("  matched", answer->matched);
    for (uint32_t i = 0; i < decision->set_count; i++) {
        print_text("  set", decision->set[i].name);
        print_text("     ", decision->set[i].value);
    }
}

static void print_oracle(const oracle_decision *decision)
{
    printf("oracle: %s\n", decision->known ? "known" : "unknown gateway or port");
    if (!decision->known)
        return;
    printf("  %s, %s, status %u, vary %d, strip %d, extended %d, conditional %d\n",
           decision->outcome, decision->reason, decision->reply_status, decision->append_vary,
           decision->strip, decision->extended, decision->conditional);
    print_text("  virtual host", decision->virtual_host);
    print_text("  route", decision->route);
    print_text("  route name", decision->route_name);
    print_text("  root", decision->root);
    print_text("  policy owner", decision->policy_owner);
    print_text("  policy path", decision->policy_path);
    print_text("  matched", decision->matched);
    for (size_t i = 0; i < decision->set_count; i++) {
        print_text("  set", decision->set[i].name);
        print_text("     ", decision->set[i].value);
    }
}

static void print_parameters(const evaluate_set *set)
{
    const oracle_parameters *parameters = &set->parameters;
    printf("parameters: image options 0x%x, compile flags 0x%x, regex engine %u, trusted %d, "
           "scope %d\n",
           image_options(&parameters->options), set->compile_flags, set->regex_engine, set->trusted,
           parameters->scope_gateway_to_namespace);
    print_text("  gateway namespace", parameters->gateway_namespace);
    print_text("  default namespace", parameters->default_namespace);
    print_text("  cluster domain", parameters->cluster_domain);
    for (size_t i = 0; i < parameters->default_export_to.count; i++)
        print_text("  default exportTo", parameters->default_export_to.items[i]);
    for (size_t i = 0; i < parameters->gateways.count; i++)
        print_text("  gateways", parameters->gateways.items[i]);
    for (size_t i = 0; i < parameters->gateway_labels.count; i++) {
        print_text("  pod label", parameters->gateway_labels.items[i].key);
        print_text("           ", parameters->gateway_labels.items[i].value);
    }
}

void evaluate_print(const evaluate_set *set, const oracle_request *request)
{
    oracle_pool pool = {0};
    corsac_str files[EVALUATE_FILES];
    evaluate_write_yaml(set, &pool, files, EVALUATE_FILES);
    for (size_t i = 0; i < EVALUATE_FILES; i++)
        printf("# ---- file %zu\n%.*s", i, (int)files[i].size, files[i].data);
    printf("# ----\n");
    print_parameters(set);
    evaluate_subject subject;
    if (evaluate_open(&subject, set, false) && request != NULL) {
        engine_answer engine = {0};
        printf("request:\n");
        print_request(request);
        ask_engine(&subject, request, &pool, &engine);
        print_engine(&engine);
        oracle_decision decision = oracle_decide(subject.oracle, request);
        print_oracle(&decision);
        const char *found = difference(&engine, &decision);
        printf("difference: %s\n", found == NULL ? "none" : found);
        evaluate_close(&subject);
    }
    oracle_pool_clear(&pool);
}
