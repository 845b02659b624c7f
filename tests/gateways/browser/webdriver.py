# SPDX-License-Identifier: Apache-2.0
"""A W3C WebDriver session with headless Chromium, as far as the tests need one.

Debian's chromedriver is spoken to over loopback with the standard library, so that nothing from
another registry is needed.
"""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import urllib.request

# No sandbox: containers run as root. The rest keeps Chromium from talking to its vendor.
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--window-size=900,600"]
START_SECONDS = 30
CALL_SECONDS = 60


class Browser:
    """One Chromium with an empty profile; use as a context manager."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="corsac-browser-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True)
        self.base = f"http://127.0.0.1:{self._port()}"
        options = {"args": ARGUMENTS + [f"--user-data-dir={self.profile}"],
                   "binary": shutil.which("chromium")}
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}, "timeouts": {"script": 20000}}}})
        self.base += f"/session/{answer['sessionId']}"
        self.version = answer["capabilities"]["browserVersion"]
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", "", None)
        except OSError:
            pass
        self.driver.terminate()
        self.driver.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise RuntimeError("chromedriver did not start")

    def _call(self, method, path, body):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"content-type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=CALL_SECONDS) as answer:
            return json.load(answer)["value"]

    def go(self, url):
        self._call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value that the asynchronous script hands to its last argument."""
        return self._call("POST", "/execute/async",
                          {"script": script, "args": list(arguments)})

    def console(self):
        """What the console has printed since the last call, one string a line."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot", None)))
