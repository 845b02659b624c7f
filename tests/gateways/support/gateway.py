# SPDX-License-Identifier: Apache-2.0
"""The nginx of the tutorial: a frontend, the API behind the module, and its counters."""

import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "nginx"))
from server import Nginx, free_ports  # noqa: E402

HTTP = """\
log_format decisions '$request_method $uri $corsac_outcome';
corsac_policy {policies} strict;
corsac_reload 200ms;
server {{
    listen 127.0.0.1:{frontend};
    location / {{ root {pages}; }}
}}
server {{
    listen 127.0.0.1:{api};
    corsac on;
    access_log {home}/decisions.log decisions;
    location / {{ proxy_pass http://127.0.0.1:{backend}; }}
    location /dead {{ proxy_pass http://127.0.0.1:1; }}
    location /direct {{ access_log off; return 200 ok; }}
}}
"""


class Gateway:
    """Serves the policies of `home`/policies on free ports; a context manager that runs nginx."""

    def __init__(self, home, module, pages, backend_port, workers=2):
        self.home = Path(home)
        self.policies = self.home / "policies"
        self.policies.mkdir(parents=True, exist_ok=True)
        self.frontend, self.api = free_ports(2)
        http = HTTP.format(home=self.home, policies=self.policies, pages=pages, frontend=self.frontend,
                           api=self.api, backend=backend_port)
        self.nginx = Nginx(module, http, workers=workers, folder=self.home)

    def __enter__(self):
        self.nginx.start(self.api)
        return self

    def __exit__(self, *_):
        self.nginx.close()

    def write_policy(self, text):
        """Replaces the policy as an editor does: a new file under the same name."""
        draft = self.home / "draft"
        draft.write_text(text)
        draft.rename(self.policies / "policy.yaml")

    def allows(self, origin, path="/"):
        """What a client without a browser sees: the Access-Control-Allow-Origin of one GET."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.api}{path}",
                                         headers={"origin": origin})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.headers.get_all("access-control-allow-origin")
        except urllib.error.HTTPError as error:
            return error.headers.get_all("access-control-allow-origin")

    def wait_until(self, condition, seconds=20):
        """Polls until the policy that was written is served; False if that never happens."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.1)
        return False

    def decisions(self, uri):
        """(method, outcome) of each request to this path that nginx has logged."""
        log = self.home / "decisions.log"
        lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [(method, outcome) for method, path, outcome in lines if path == uri]

    def errors(self):
        return self.nginx.log()

    def worker_memory_kib(self):
        """Resident memory of each worker process."""
        sizes = []
        for pid in self.nginx.workers():
            status = Path(f"/proc/{pid}/status").read_text()
            sizes.append(int(re.search(r"VmRSS:\s+(\d+)", status).group(1)))
        return sizes
