# SPDX-License-Identifier: Apache-2.0
"""The service behind the gateway: answers everything, knows nothing of CORS, remembers who called."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Backend:
    """Listens on 127.0.0.1; `seen` holds (method, path, cookie) of every request, in order."""

    def __init__(self):
        self.seen = []
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                split = urlsplit(self.path)
                asked = parse_qs(split.query)
                size = int(self.headers.get("content-length") or 0)
                self.rfile.read(size)
                backend.seen.append((self.command, split.path, self.headers.get("cookie")))
                body = b'{"id":0,"author":"William Shakespeare"}'
                self.send_response(int(asked.get("status", ["200"])[0]))
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.send_header("x-revision", "7")
                self.send_header("x-secret", "8")
                for line in asked.get("send", []):
                    self.send_header(*line.split(":", 1))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forget(self):
        self.seen.clear()

    def methods(self, path):
        return [method for method, seen_path, _ in self.seen if seen_path == path]

    def close(self):
        self.server.shutdown()
