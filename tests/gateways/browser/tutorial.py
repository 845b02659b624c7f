# SPDX-License-Identifier: Apache-2.0
"""What every step of the browser test uses: pages, requests from them, and their verdicts."""

import time

BLOCKED = "has been blocked by CORS policy: "
PREFLIGHT = "Response to preflight request doesn't pass access control check: "
NO_ORIGIN = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
ASK = "const done = arguments[3]; ask(arguments[0], arguments[1], arguments[2]).then(done);"
CONSOLE_SECONDS = 2


class Failure(Exception):
    """A step that did not see what it expects."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


class Tutorial:
    """One browser, one gateway, one service; `name` is the step that runs."""

    def __init__(self, browser, gateway, backend, screenshots):
        self.browser, self.gateway, self.backend = browser, gateway, backend
        self.screenshots = screenshots
        self.page = f"http://app.localhost:{gateway.frontend}"
        self.name = ""

    def api(self, path, host="api.localhost"):
        return f"http://{host}:{self.gateway.api}{path}"

    def visit(self, host="app.localhost"):
        self.browser.go(f"http://{host}:{self.gateway.frontend}/")
        self.browser.console()

    def ask(self, url, options=None, read=()):
        """fetch() in the page, and whatever the console said of it."""
        self.backend.forget()
        result = self.browser.run(ASK, url, options or {}, list(read))
        console = self._console(wait=not result["readable"])
        self.browser.screenshot(self.screenshots / f"{self.name}.png")
        return result, console

    def _console(self, wait):
        """The reason of a failure may be printed a little after the promise is rejected."""
        lines, end = [], time.monotonic() + CONSOLE_SECONDS
        while True:
            lines += [line for line in self.browser.console() if "favicon" not in line]
            if not wait or any(BLOCKED in line for line in lines) or time.monotonic() > end:
                return "\n".join(lines)
            time.sleep(0.05)

    def readable(self, url, options=None, read=(), status=200):
        """The script can read the response; returns what it saw."""
        result, console = self.ask(url, options, read)
        expect(result["readable"], f"blocked: {console}")
        expect(result["status"] == status, f"status {result['status']}, not {status}")
        return result

    def blocked(self, url, sentence, options=None):
        """The script cannot read it, and the console gives this reason."""
        result, console = self.ask(url, options)
        expect(not result["readable"], f"readable: {result}")
        expect(BLOCKED in console, f"no CORS message on the console: {console!r}")
        expect(sentence in console, f"expected {sentence!r} on the console, found {console!r}")
