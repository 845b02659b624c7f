// SPDX-License-Identifier: Apache-2.0
// corsac eval: one request from flags, or one decision for each line of a JSON Lines stream.
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/lines.h"

#include <errno.h>
#include <string.h>

static int eval_one(const struct cli_policy *policy, const struct cli_settings *settings, bool json)
{
    struct cli_request request = {0};
    struct cli_buffer out = {0};
    corsac_decision decision;
    int code = CLI_EXIT_USAGE;
    if (cli_request_from_flags(&request, settings)) {
        corsac_status status = corsac_evaluate(&decision, policy->reader, &request.request);
        if (status != CORSAC_OK) {
            cli_message("%s", cli_answer_failure(status));
            code = CLI_EXIT_INPUT;
        } else if (json) {
            cli_answer_json(&out, policy, &request, &decision);
            cli_buffer_text(&out, "\n");
        } else {
            cli_answer_text(&out, policy, &request, &decision);
        }
        if (status == CORSAC_OK)
            code = cli_print(&out) ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
    }
    cli_buffer_free(&out);
    cli_request_free(&request);
    return code;
}

/* Answers one line; false if the answer is an error. */
static bool answer_line(const struct cli_policy *policy, struct cli_request *request,
                        corsac_str line, struct cli_buffer *out)
{
    struct cli_buffer error = {0};
    corsac_decision decision;
    bool fine = cli_request_read(request, line, &error);
    if (fine) {
        corsac_status status = corsac_evaluate(&decision, policy->reader, &request->request);
        fine = status == CORSAC_OK;
        if (!fine)
            cli_buffer_text(&error, cli_answer_failure(status));
    }
    if (fine)
        cli_answer_json(out, policy, request, &decision);
    else
        cli_answer_error(out, request, error.data != NULL ? error.data : "malformed");
    cli_buffer_free(&error);
    return fine;
}

static int eval_lines(const struct cli_policy *policy, struct cli_lines *lines)
{
    struct cli_request request = {0}, unread = {0};
    struct cli_buffer out = {0};
    corsac_str line;
    enum cli_line_result result;
    int code = CLI_EXIT_FINE;
    while ((result = cli_lines_next(lines, &line)) == CLI_LINE_FOUND ||
           result == CLI_LINE_TOO_LONG) {
        out.size = 0;
        bool fine = false;
        if (result == CLI_LINE_FOUND)
            fine = answer_line(policy, &request, line, &out);
        else
            cli_answer_error(&out, &unread, "the line is longer than 16 MiB");
        cli_buffer_text(&out, "\n");
        if (!fine)
            code = CLI_EXIT_INPUT;
        if (fwrite(out.data, 1, out.size, stdout) != out.size)
            break;
    }
    if (result == CLI_LINE_FAILED)
        cli_message("cannot read requests: %s", strerror(errno));
    if (result != CLI_LINE_END)
        code = CLI_EXIT_INPUT;
    if (fflush(stdout) != 0 ||
        ferror(stdout)) { /* an earlier flush may have been the one to fail */
        cli_message("cannot write to standard output");
        code = CLI_EXIT_INPUT;
    }
    cli_buffer_free(&out);
    cli_request_free(&request);
    return code;
}

static int eval_file(const struct cli_policy *policy, const char *name)
{
    struct cli_lines lines;
    if (!cli_lines_open(&lines, name))
        return CLI_EXIT_INPUT;
    int code = eval_lines(policy, &lines);
    cli_lines_close(&lines);
    return code;
}

static bool usable(const struct cli_settings *settings)
{
    if (settings->arguments.count > 0) {
        cli_message("'%s' is not understood; a policy is named with -p",
                    settings->arguments.items[0]);
        return false;
    }
    bool single = settings->host != NULL || settings->path != NULL || settings->origin != NULL ||
                  settings->method != NULL || settings->scheme != NULL ||
                  settings->gateway != NULL || settings->sni != NULL || settings->preflight ||
                  settings->request_method != NULL || settings->request_headers != NULL ||
                  settings->headers.count > 0 || settings->claims.count > 0 || settings->port != 0;
    if (settings->requests != NULL && single) {
        cli_message("--requests and the flags of one request exclude each other");
        return false;
    }
    if (settings->requests == NULL && (settings->host == NULL || settings->path == NULL)) {
        cli_message("--host and --path are needed, or --requests FILE");
        return false;
    }
    return true;
}

int cmd_eval(const struct cli_settings *settings)
{
    bool valid = true;
    bool json = cli_settings_json(settings, &valid);
    if (!valid || !usable(settings))
        return CLI_EXIT_USAGE;
    struct cli_policy policy;
    int code = cli_policy_open(&policy, settings);
    if (code != CLI_EXIT_FINE)
        return code;
    code = settings->requests != NULL ? eval_file(&policy, settings->requests)
                                      : eval_one(&policy, settings, json);
    cli_policy_close(&policy);
    return code;
}
