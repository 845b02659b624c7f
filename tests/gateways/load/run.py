#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Swaps the policy of a loaded nginx every second: no request may fail or see half a policy.

Usage: run.py --module ngx_http_corsac_module.so [--seconds 60] [--output DIR]
wrk checks every response (check.lua); resident memory of the workers must stay flat. Ends with
"N passed, N failed, N skipped".
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.backend import Backend  # noqa: E402
from support.gateway import Gateway  # noqa: E402

HERE = Path(__file__).resolve().parent
ORIGIN = "http://app.localhost:8080"
SWAP_SECONDS = 1.0
WARM_SWAPS = 5  # the allocator's own growth is over by then
GROWTH_KIB = 1024  # what a worker may grow after that; one policy is a few KiB
FAILURES = ["wrong", "status", "connect", "read", "write", "timeout"]
POLICY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: shop, namespace: default}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - {{port: {{number: 80, name: http, protocol: HTTP}}, hosts: ["*"]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: details, namespace: default}}
spec:
  hosts: ["*"]
  gateways: [shop]
  http:
  - corsPolicy:
      allowOrigins: [{{exact: "{origin}"}}]
      allowMethods: [{methods}]
      exposeHeaders: [{expose}]
      maxAge: {age}
    route: [{{destination: {{host: details}}}}]
"""
POLICIES = [POLICY.format(origin=ORIGIN, methods="GET, PUT", expose="x-a", age="60s"),
            POLICY.format(origin=ORIGIN, methods="GET, PUT, DELETE", expose="x-b", age="120s")]


def load(gateway, seconds):
    return subprocess.Popen(
        ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", str(HERE / "check.lua"),
         f"http://127.0.0.1:{gateway.api}"], stdout=subprocess.PIPE, text=True)


def swap_while(process, gateway):
    """Writes A and B by turns until wrk ends; swaps made, and memory after warming up and at the end."""
    swaps, early = 0, None
    while process.poll() is None:
        swaps += 1
        gateway.write_policy(POLICIES[swaps % 2])
        time.sleep(SWAP_SECONDS)
        if swaps == WARM_SWAPS:
            early = gateway.worker_memory_kib()
    return swaps, early, gateway.worker_memory_kib()


def read_result(text):
    line = re.search(r"^result (.*)$", text, re.MULTILINE)
    if not line:
        raise RuntimeError("wrk gave no result:\n" + text)
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line.group(1))}


def judge(result, early, late):
    """What went wrong, one sentence each."""
    bad = [f"{name}: {result[name]}" for name in FAILURES if result[name]]
    for policy in "ab":
        if result[policy] == 0:
            bad.append(f"policy {policy} was never served")
    grown = max(b - a for a, b in zip(early or late, late))
    if grown > GROWTH_KIB:
        bad.append(f"a worker grew by {grown} KiB")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True, type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    if not shutil.which("wrk") or not shutil.which("nginx"):
        print("skipped: no wrk or no nginx here\n0 passed, 0 failed, 1 skipped")
        return 77
    home = options.output or Path(tempfile.mkdtemp(prefix="corsac-load-"))
    shutil.rmtree(home, ignore_errors=True)
    (home / "policies").mkdir(parents=True)
    (home / "policies" / "policy.yaml").write_text(POLICIES[0])
    backend = Backend()
    with Gateway(home.resolve(), options.module.resolve(), HERE, backend.port) as gateway:
        process = load(gateway, options.seconds)
        swaps, early, late = swap_while(process, gateway)
        text = process.stdout.read()
    backend.close()
    print(text)
    result = read_result(text)
    print(f"{swaps} swaps; worker memory KiB after {WARM_SWAPS} swaps {early}, at the end {late}")
    bad = judge(result, early, late)
    for sentence in bad:
        print(f"FAILED  {sentence}")
    print(f"{0 if bad else 1} passed, {1 if bad else 0} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
