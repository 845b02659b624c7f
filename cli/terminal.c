// SPDX-License-Identifier: Apache-2.0
// Progress is one line written by an alarm: the compile is a single call, and a command that ends
// within a second says nothing.
#include "cli/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_terminal_color(enum cli_color color, FILE *stream)
{
    if (color != CLI_COLOR_AUTO)
        return color == CLI_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(stream)) == 1 &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static const char *progress_text;
static size_t progress_size_bytes;
static volatile sig_atomic_t progress_shown;

static void show(int number)
{
    (void)number;
    ssize_t ignored = write(STDERR_FILENO, progress_text, progress_size_bytes);
    (void)ignored;
    progress_shown = 1;
}

void cli_progress_begin(const struct cli_settings *settings, const char *text)
{
    if (settings->quiet || isatty(STDERR_FILENO) != 1)
        return;
    progress_text = text;
    progress_size_bytes = strlen(text);
    struct sigaction action = {.sa_handler = show, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGALRM, &action, NULL) == 0)
        alarm(1);
}

void cli_progress_end(void)
{
    alarm(0);
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = 0;
}
