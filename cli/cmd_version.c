// SPDX-License-Identifier: Apache-2.0
// corsac version: what is linked, since a decision can depend on it.
#include "cli/command.h"
#include "cli/json.h"

#include <hs/hs.h>
#include <jansson.h>
#include <string.h>

int cmd_version(const struct cli_settings *settings)
{
    bool valid = true;
    bool json = cli_settings_json(settings, &valid);
    if (!valid)
        return CLI_EXIT_USAGE;
    if (settings->arguments.count > 0) {
        cli_message("version takes no arguments, not '%s'", settings->arguments.items[0]);
        return CLI_EXIT_USAGE;
    }
    corsac_str hyperscan = {hs_version(), strcspn(hs_version(), " ")};
    struct cli_buffer out = {0};
    cli_buffer_format(&out, json ? "{\"corsac\": \"%s\", \"hyperscan\": " : "corsac %s\nhyperscan ",
                      corsac_version_string());
    if (json)
        cli_json_string(&out, hyperscan, false);
    else
        cli_buffer_str(&out, hyperscan);
    cli_buffer_format(&out, json ? ", \"jansson\": \"%s\"}\n" : "\njansson %s\n",
                      jansson_version_str());
    bool fine = cli_print(&out);
    cli_buffer_free(&out);
    return fine ? CLI_EXIT_FINE : CLI_EXIT_INPUT;
}
