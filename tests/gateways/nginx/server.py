# SPDX-License-Identifier: Apache-2.0
"""A running nginx with the module, on loopback ports and in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

START_SECONDS = 10
STOP_SECONDS = 10

FRAME = """{load}
daemon off; pid {folder}/pid; error_log {folder}/error.log info; worker_processes {workers};
worker_rlimit_core 0;
{main}
events {{ worker_connections 512; }}
http {{
    access_log off; server_tokens off; keepalive_requests 100000;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    {http}
}}
"""


def free_ports(count):
    """Ports that nobody listens on right now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Failed(Exception):
    """nginx did not start; the text is what it said."""


def nginx_binary():
    return os.environ.get("NGINX") or shutil.which("nginx") or "/usr/sbin/nginx"


class Nginx:
    """Writes a configuration; start() runs it. `wrap` is put before the command (valgrind)."""

    def __init__(self, module, http, main="", workers=1, folder=None, wrap=(), environment=None):
        self.own = tempfile.TemporaryDirectory(prefix="corsac-nginx-") if folder is None else None
        self.folder = Path(folder or self.own.name)
        self.folder.chmod(0o755)  # workers are another user when the master is root
        self.module, self.wrap, self.process = module, list(wrap), None
        self.environment = {**os.environ, **(environment or {}), **self.sanitizer()}
        self.configure(http, main, workers)

    def sanitizer(self):
        """For a module that was built with AddressSanitizer: nginx itself was not, so the run time is preloaded."""
        preload = os.environ.get("CORSAC_NGINX_PRELOAD")
        if not preload:
            return {}
        options = f"detect_leaks=1:detect_odr_violation=0:log_path={self.folder}/asan:exitcode=99"
        quiet = self.folder / "suppressions"  # what nginx itself leaves to the kernel at its end
        quiet.write_text("leak:ngx_memalign\nleak:ngx_alloc\n")
        return {"LD_PRELOAD": preload, "ASAN_OPTIONS": options, "LSAN_OPTIONS": f"suppressions={quiet}:print_suppressions=0",
                 "UBSAN_OPTIONS": f"log_path={self.folder}/asan:print_stacktrace=1"}

    def complaints(self):
        """What a sanitizer said, and whether a worker died."""
        said = "".join(path.read_text(errors="replace") for path in self.folder.glob("asan.*"))
        return said + "".join(line for line in self.log().splitlines(True) if "exited on signal" in line and "signal 9" not in line
                              or "exited with fatal code" in line)

    def configure(self, http, main="", workers=1):
        self.count = workers
        load = f"load_module {self.module};" if self.module else ""
        text = FRAME.format(load=load, folder=self.folder, http=http, main=main, workers=workers)
        (self.folder / "nginx.conf").write_text(text)

    def command(self):
        return [*self.wrap, nginx_binary(), "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "error.log")]

    def test(self):
        """(exit code, what it said) of `nginx -t`."""
        done = subprocess.run([*self.command(), "-t"], capture_output=True, text=True, env=self.environment, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self, port, seconds=START_SECONDS):
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output, env=self.environment)
        limit = time.time() + seconds
        while time.time() < limit:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                if len(self.workers()) == self.count:  # connections wait in the backlog until there is one
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        self.close()
        raise Failed((self.folder / "output").read_text(errors="replace") + self.log())

    def log(self):
        path = self.folder / "error.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for_log(self, text, count=1, seconds=START_SECONDS):
        """Until the text stands in the log `count` times."""
        limit = time.time() + seconds
        while time.time() < limit:
            if self.log().count(text) >= count:
                return
            time.sleep(0.02)
        raise AssertionError(f"not {count} times in the log: {text}\n{self.log()[-3000:]}")

    def workers(self):
        """Process ids of the workers."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in Path(path).read_text().split()]

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        """Stops it; the exit code, for tools that tell by it."""
        code = None
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGQUIT)
                try:
                    self.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self.process.terminate()
                    self.process.wait()
            code = self.process.returncode
            self.process = None
        if self.complaints():
            raise AssertionError(self.complaints())
        return code

    def remove(self):
        self.close()
        if self.own is not None:
            self.own.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()
