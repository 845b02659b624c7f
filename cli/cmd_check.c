// SPDX-License-Identifier: Apache-2.0
// corsac check SRC...: every finding of a compile, and no image.
#include "cli/command.h"
#include "cli/report.h"
#include "cli/sources.h"

static void add_json(struct cli_buffer *out, const corsac_diagnostics *findings,
                     const corsac_compile_summary *summary)
{
    cli_buffer_text(out, "{\"diagnostics\": [");
    size_t count = corsac_diagnostics_count(findings);
    for (size_t i = 0; i < count; i++) {
        cli_buffer_text(out, i > 0 ? ",\n  " : "\n  ");
        cli_report_json(out, corsac_diagnostics_at(findings, i));
    }
    cli_buffer_format(out,
                      "],\n \"summary\": {\"documents\": %u, \"skipped\": %u, "
                      "\"virtual_services\": %u, \"gateways\": %u, \"quarantined\": %u, "
                      "\"errors\": %u, \"warnings\": %u, \"notes\": %u}}\n",
                      summary->documents, summary->skipped, summary->virtual_services,
                      summary->gateways, summary->quarantined, summary->errors, summary->warnings,
                      summary->notes);
}

static bool print_result(const struct cli_settings *settings, const struct cli_sources *sources,
                         const corsac_diagnostics *findings, const corsac_compile_summary *summary,
                         bool json)
{
    struct cli_buffer out = {0};
    if (json) {
        add_json(&out, findings, summary);
    } else {
        cli_report_diagnostics(findings, sources, settings);
        cli_report_quarantine(findings, settings);
        if (!settings->quiet && settings->diagnostics == CLI_FORM_TEXT)
            cli_report_summary(&out, summary);
    }
    bool fine = cli_print(&out);
    cli_buffer_free(&out);
    return fine;
}

static int check(const struct cli_settings *settings, const struct cli_sources *sources, bool json)
{
    corsac_diagnostics *findings = NULL;
    if (corsac_diagnostics_new(&findings) != CORSAC_OK)
        return cli_report_failure(CORSAC_E_MEMORY);
    corsac_compile_options options = settings->compile;
    options.flags |= CORSAC_COMPILE_CHECK_ONLY;
    corsac_compile_summary summary = {0};
    corsac_blob *none = NULL;
    corsac_status status =
        corsac_compile(&none, sources->inputs, sources->count, &options, findings, &summary);
    bool printed = print_result(settings, sources, findings, &summary, json);
    corsac_diagnostics_free(findings);
    if (summary.quarantined > 0 || summary.errors > 0 || status == CORSAC_E_SOURCE)
        return CLI_EXIT_FINDINGS;
    if (status != CORSAC_OK)
        return cli_report_failure(status);
    return printed ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}

int cmd_check(const struct cli_settings *settings)
{
    bool valid = true;
    bool json = cli_settings_json(settings, &valid);
    if (!valid || settings->arguments.count == 0) {
        if (valid)
            cli_message("check needs sources; see 'corsac help check'");
        return CLI_EXIT_USAGE;
    }
    struct cli_sources sources = {0};
    int code = CLI_EXIT_INPUT;
    if (cli_sources_read(&sources, settings->arguments.items, settings->arguments.count))
        code = check(settings, &sources, json);
    cli_sources_free(&sources);
    return code;
}
