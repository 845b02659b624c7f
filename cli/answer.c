// SPDX-License-Identifier: Apache-2.0
// Key order, spacing and nulls here are the contract that other programs rely on (docs/cli.md).
#include "cli/answer.h"

#include "cli/json.h"

#include <string.h>

enum { MATCHED_BYTES = 512 };

struct identity {
    corsac_route_info route;
    corsac_str matched;
    char buffer[MATCHED_BYTES];
};

static void identify(struct identity *out, const struct cli_policy *policy,
                     const struct cli_request *request, const corsac_decision *decision)
{
    *out = (struct identity){0};
    if (decision->route != CORSAC_NONE)
        (void)corsac_image_route(corsac_reader_image(policy->reader), decision->route, &out->route);
    if (decision->policy != CORSAC_NONE && request->request.origin.size > 0)
        (void)corsac_decision_matched(policy->reader, decision, request->request.origin,
                                      out->buffer, sizeof(out->buffer), &out->matched);
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void add_pairs(struct cli_buffer *out, const corsac_header *headers, uint32_t count,
                      bool latin1)
{
    cli_buffer_text(out, "[");
    for (uint32_t i = 0; i < count; i++) {
        cli_buffer_text(out, i > 0 ? ", [" : "[");
        cli_json_string(out, headers[i].name, latin1);
        cli_buffer_text(out, ", ");
        cli_json_string(out, headers[i].value, latin1);
        cli_buffer_text(out, "]");
    }
    cli_buffer_text(out, "]");
}

static void add_id(struct cli_buffer *out, const struct cli_request *request)
{
    cli_buffer_text(out, "{\"id\": ");
    if (request->id.size > 0)
        cli_buffer_add(out, request->id.data, request->id.size);
    else
        cli_buffer_text(out, "null");
}

static void add_reply(struct cli_buffer *out, const corsac_decision *decision, bool latin1)
{
    cli_buffer_text(out, ", \"reply\": ");
    if (decision->reply_status == 0) {
        cli_buffer_text(out, "null");
        return;
    }
    cli_buffer_format(out, "{\"status\": %u, \"headers\": ", decision->reply_status);
    add_pairs(out, decision->set, decision->set_count, latin1);
    cli_buffer_text(out, "}");
}

static void add_response(struct cli_buffer *out, const corsac_decision *decision, bool latin1)
{
    bool replies = decision->reply_status != 0;
    cli_buffer_text(out, ", \"response\": {\"set\": ");
    add_pairs(out, decision->set, replies ? 0 : decision->set_count, latin1);
    if (!replies && decision->append_vary != 0)
        cli_buffer_text(out, ", \"append\": [[\"vary\", \"Origin\"]]");
    if (!replies && decision->strip_count > 0) {
        cli_buffer_text(out, ", \"remove\": [");
        for (uint32_t i = 0; i < decision->strip_count; i++) {
            cli_buffer_text(out, i > 0 ? ", " : "");
            cli_json_string(out, cli_str(corsac_stripped_header_name(i)), latin1);
        }
        cli_buffer_text(out, "]");
    }
    cli_buffer_text(out, "}");
}

static void add_latin1(struct cli_buffer *out, bool latin1)
{
    cli_buffer_text(out, latin1 ? ", \"latin1\": true}" : "}");
}

void cli_answer_json(struct cli_buffer *out, const struct cli_policy *policy,
                     const struct cli_request *request, const corsac_decision *decision)
{
    struct identity identity;
    identify(&identity, policy, request, decision);
    bool latin1 = request->latin1;
    add_id(out, request);
    cli_buffer_format(out, ", \"outcome\": \"%s\", \"virtual_host\": ",
                      corsac_outcome_name((corsac_outcome)decision->outcome));
    cli_json_string_or_null(out, decision->virtual_host, latin1);
    cli_buffer_text(out, ", \"route\": ");
    cli_json_string_or_null(out, identity.route.route, latin1);
    cli_buffer_text(out, ", \"matched\": ");
    cli_json_string_or_null(out, identity.matched, latin1);
    add_reply(out, decision, latin1);
    add_response(out, decision, latin1);
    add_latin1(out, latin1);
}

void cli_answer_error(struct cli_buffer *out, const struct cli_request *request,
                      const char *message)
{
    add_id(out, request);
    cli_buffer_text(out, ", \"error\": ");
    cli_json_string(out, cli_str(message), request->latin1);
    add_latin1(out, request->latin1);
}

/* ---- text ------------------------------------------------------------------------------- */

static void add_row(struct cli_buffer *out, const char *name, corsac_str value)
{
    cli_buffer_format(out, "%-13s ", name);
    if (value.data == NULL || value.size == 0)
        cli_buffer_text(out, "-");
    cli_buffer_safe(out, value);
}

static void add_position(struct cli_buffer *out, corsac_str file, uint32_t line, uint32_t column)
{
    if (file.size == 0)
        return;
    cli_buffer_text(out, "  (");
    cli_buffer_safe(out, file);
    if (line > 0)
        cli_buffer_format(out, ":%u:%u", line, column);
    cli_buffer_text(out, ")");
}

static void add_route(struct cli_buffer *out, const corsac_route_info *route)
{
    add_row(out, "route", route->route);
    add_position(out, route->file, route->line, route->column);
    if (route->root.size > 0 &&
        (route->route.size <= route->root.size || route->route.data[route->root.size] != '#' ||
         memcmp(route->route.data, route->root.data, route->root.size) != 0)) {
        cli_buffer_text(out, "\n");
        add_row(out, "root", route->root);
    }
    cli_buffer_text(out, "\n");
    add_row(out, "policy", route->policy_owner);
    if (route->policy_owner.size > 0) {
        cli_buffer_text(out, " ");
        cli_buffer_safe(out, route->policy_path);
        add_position(out, route->policy_file, route->policy_line, route->policy_column);
    }
    cli_buffer_text(out, "\n");
}

static void add_headers(struct cli_buffer *out, const corsac_decision *decision)
{
    for (uint32_t i = 0; i < decision->set_count; i++) {
        cli_buffer_text(out, "  ");
        cli_buffer_safe(out, decision->set[i].name);
        cli_buffer_text(out, ": ");
        cli_buffer_safe(out, decision->set[i].value);
        cli_buffer_text(out, "\n");
    }
    if (decision->reply_status == 0 && decision->append_vary != 0)
        cli_buffer_text(out, "  append vary: Origin\n");
    for (uint32_t i = 0; decision->reply_status == 0 && i < decision->strip_count; i++)
        cli_buffer_format(out, "  remove %s\n", corsac_stripped_header_name(i));
}

static const char *action_of(const corsac_decision *decision)
{
    if (decision->reply_status != 0)
        return "the gateway answers itself";
    if (decision->set_count > 0 || decision->append_vary != 0 || decision->strip_count > 0)
        return "the response of the upstream is changed";
    return "no CORS header is set";
}

void cli_answer_text(struct cli_buffer *out, const struct cli_policy *policy,
                     const struct cli_request *request, const corsac_decision *decision)
{
    struct identity identity;
    identify(&identity, policy, request, decision);
    add_row(out, "outcome", cli_str(corsac_outcome_name((corsac_outcome)decision->outcome)));
    cli_buffer_text(out, "\n");
    add_row(out, "reason", cli_str(corsac_reason_name((corsac_reason)decision->reason)));
    cli_buffer_text(out, "\n");
    add_row(out, "virtual host", decision->virtual_host);
    cli_buffer_text(out, "\n");
    add_route(out, &identity.route);
    add_row(out, "matched", identity.matched);
    cli_buffer_text(out, "\n");
    if ((decision->flags & CORSAC_DECISION_CONDITIONAL) != 0)
        cli_buffer_text(out, "conditional   a route on token claims was tried before this one\n");
    add_row(out, "answer", cli_str(action_of(decision)));
    if (decision->reply_status != 0)
        cli_buffer_format(out, ": %u", decision->reply_status);
    cli_buffer_text(out, "\n");
    add_headers(out, decision);
}

const char *cli_answer_failure(corsac_status status)
{
    switch (status) {
    case CORSAC_E_NOT_FOUND:
        return "the policy has no such gateway and port, or has several and the request names none";
    case CORSAC_E_LIMIT:
        return "the path is too long to be normalised, or the lines of a header to be joined";
    case CORSAC_E_ARGUMENT:
        return "the request is not complete";
    default:
        return corsac_status_name(status);
    }
}
