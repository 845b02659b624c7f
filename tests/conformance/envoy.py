# SPDX-License-Identifier: Apache-2.0
"""A running Envoy, configured the way Istio configures an ingress gateway.

Turns route configurations (plain dictionaries of Envoy's API) into a bootstrap file with one
listener each, starts the binary on ports that the kernel picks, and reads back which port serves
which route configuration.
"""

import json
import random
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

CORS = "envoy.filters.http.cors"
CORS_POLICY = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"
START_SECONDS = 30

# What Istio's bootstrap sets and what can change an answer here (M-8, M-22).
RUNTIME = {
    "re2.max_program_size.error_level": 32768,
    "envoy.reloadable_features.http_reject_path_with_fragment": False,
}


def manager(route_config, name, before=(), after=(), **settings):
    """An HTTP connection manager with Istio's gateway settings and the CORS filter."""
    def typed(kind, **more):
        return {"@type": f"type.googleapis.com/envoy.extensions.filters.{kind}", **more}

    filters = list(before)
    filters.append({"name": CORS, "typed_config": typed("http.cors.v3.Cors")})
    filters += list(after)
    filters.append({"name": "envoy.filters.http.router", "typed_config": typed("http.router.v3.Router")})
    body = typed(
        "network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=name, route_config=route_config, http_filters=filters,
        server_name="istio-envoy", normalize_path=True, use_remote_address=True,
        upgrade_configs=[{"upgrade_type": "websocket"}],
    )
    body.update(settings)
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": body}


def listener(name, http_manager):
    return {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [{"filters": [http_manager]}],
    }


def bootstrap(listeners, upstream_port, runtime=None):
    def cluster(name, port):
        endpoint = {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}}
        return {"name": name, "type": "STATIC", "connect_timeout": "2s",
                "load_assignment": {"cluster_name": name,
                                    "endpoints": [{"lb_endpoints": [endpoint] if port else []}]}}

    return {
        "node": {"id": "conformance", "cluster": "conformance"},
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "layered_runtime": {"layers": [{"name": "static", "static_layer": {**RUNTIME, **(runtime or {})}}]},
        "static_resources": {
            "listeners": listeners,
            "clusters": [cluster("upstream", upstream_port), cluster("empty", 0)],
        },
    }


class Refused(Exception):
    """Envoy did not accept the configuration; the text is its own message."""


class Envoy:
    """A started Envoy; `ports` maps listener names to loopback ports."""

    def __init__(self, binary, config, keep=None):
        self.folder = tempfile.TemporaryDirectory(prefix="corsac-envoy-")
        folder = Path(self.folder.name)
        path = Path(keep) if keep else folder / "envoy.json"
        path.write_text(json.dumps(config, ensure_ascii=True))
        self.log_path = folder / "log"
        admin = folder / "admin"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(binary), "-c", str(path), "--base-id", str(random.randrange(1, 1 << 24)),
                 "--concurrency", "1", "--admin-address-path", str(admin), "-l", "warning",
                 "--drain-time-s", "1", "--file-flush-interval-msec", "100"],
                stdout=log, stderr=log, cwd=folder)
        try:
            self._wait(admin)
        except BaseException:
            self.close()
            raise

    def _wait(self, admin):
        limit = time.time() + START_SECONDS
        while time.time() < limit:
            if self.process.poll() is not None:
                raise Refused(self.log())
            try:
                self.admin = "http://" + admin.read_text().strip()
                if self.get("/ready").strip() == "LIVE":
                    self.ports = self._ports()
                    return
            except (OSError, urllib.error.URLError, ValueError):
                pass
            time.sleep(0.05)
        raise Refused("Envoy did not become ready:\n" + self.log())

    def _ports(self):
        body = json.loads(self.get("/listeners?format=json"))
        return {item["name"]: item["local_address"]["socket_address"]["port_value"]
                for item in body["listener_statuses"]}

    def get(self, path):
        with urllib.request.urlopen(self.admin + path, timeout=10) as reply:
            return reply.read().decode()

    def cors_counters(self):
        """(origin_valid, origin_invalid) per stat prefix."""
        found = {}
        for line in self.get("/stats?filter=cors").splitlines():
            name, _, value = line.rpartition(": ")
            if ".cors.origin_" in name:
                found[name] = int(value)
        return found

    def log(self):
        return self.log_path.read_text(errors="replace")

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
