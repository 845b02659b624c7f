# SPDX-License-Identifier: Apache-2.0
"""What CORS costs a worker of nginx: CPU time per request, by kind of configuration.

Every configuration is an nginx with one worker.  In each round all of them are under load at the same time
on the same processor, so that whatever else the machine does meets all alike; between rounds all are started
anew.  A worker's time is read from
/proc/PID/schedstat: neither the load generators nor waiting count.  Ratios are taken within a round, and the
median over the rounds is printed.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "gateways" / "nginx"))

import server  # noqa: E402

BARE, LITERAL = "no module", "literal add_header"
CONNECTIONS, SECONDS = 16, 4
EXPOSE = "x-request-id"
HOST = "shop.example.com"  # without a port, as browsers send it to ports 80 and 443
MISS = "https://app.tenant-none.example.org"


def origin(index):
    return f"https://tenant-{index:05d}.example.com"


def pattern(index):
    """Accepts one tenant's subdomains: what people write regexes for."""
    return f"https://[a-z0-9-]+\\.tenant-{index:05d}\\.example\\.com"


def member(index):
    return f"https://app.tenant-{index:05d}.example.com"


# --- configurations ------------------------------------------------------------------------------


def headers(value):
    """The response headers that every configuration but the bare ones sends to an allowed origin."""
    return (f"add_header Access-Control-Allow-Origin {value} always; add_header Access-Control-Allow-Credentials true always; "
            f"add_header Access-Control-Expose-Headers {EXPOSE} always;")


def native_map(count, regex):
    line = (lambda i: f'    "~^{pattern(i)}$" $http_origin;\n') if regex else (lambda i: f"    {origin(i)} $http_origin;\n")
    entries = "".join(line(i) for i in range(count))
    sizes = "map_hash_max_size 65536; map_hash_bucket_size 256;\n"  # nginx refuses 10,000 with the defaults
    return sizes + "map $http_origin $cors_origin {\n    default '';\n" + entries + "}\n", headers("$cors_origin")


def policy(count, regex):
    entry = (lambda i: f'{{regex: "{pattern(i)}"}}'.replace("\\", "\\\\")) if regex else (lambda i: f'{{exact: "{origin(i)}"}}')
    entries = "\n".join(f"      - {entry(i)}" for i in range(count))
    return f"""apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: bench, namespace: app}}
spec:
  hosts: ["{HOST}"]
  gateways: [istio-system/public]
  http:
  - route: [{{destination: {{host: backend}}}}]
    corsPolicy:
      allowCredentials: true
      exposeHeaders: [{EXPOSE}]
      allowOrigins:
{entries}
"""


class Kind:
    """A configuration: its name, what stands in http and server, and the Origin that it is asked for."""

    def __init__(self, name, http="", body="", asked=None, module=False):
        self.name, self.http, self.body, self.module = name, http, body, module
        self.asked = asked or origin(0)
        self.sends = [] if self.name == BARE or self.name.endswith("off") else [self.asked]


def ask_in_vain(kind):
    """The same with an origin that no rule lists; literal lines know no difference."""
    if kind.name != LITERAL:
        kind.asked, kind.sends = MISS, []
        if kind.name.startswith("map"):
            kind.sends = [None]
    return kind


def kinds(args, folder):
    yield Kind(BARE)
    yield Kind("module loaded, off", http="corsac off;", module=True)
    yield Kind(LITERAL, body=headers(origin(0)))
    for regex in [word == "regexes" for word in args.matchers]:
        word, asked = ("regexes", member) if regex else ("exact", origin)
        for count in args.rules:
            name = Path(folder) / f"{word}{count}"
            name.with_suffix(".yaml").write_text(policy(count, regex))
            image = name.with_suffix(".corsac")
            subprocess.run([args.corsac, "compile", "-q", name.with_suffix(".yaml"), "-o", image], check=True)
            yield Kind(f"module, {count:,} {word}", f"corsac on; corsac_policy {image};", "", asked(count - 1), True)
        for count in args.rules:
            if regex and count > args.map_regexes:
                continue
            http, body = native_map(count, regex)
            yield Kind(f"map, {count:,} {word}", http, body, asked(count - 1))


# --- measuring -----------------------------------------------------------------------------------


class Subject:
    """A running nginx of one kind."""

    def __init__(self, args, kind):
        self.kind = kind
        self.port, = server.free_ports(1)
        text = f"{kind.http} server {{ listen 127.0.0.1:{self.port}; {kind.body} location / {{ return 200 ok; }} }}"
        self.nginx = server.Nginx(args.module if kind.module else None, text, main="worker_cpu_affinity 01; pcre_jit on;")
        self.samples = []
        self.start()

    def start(self):
        self.nginx.start(self.port, seconds=60)
        self.worker, = self.nginx.workers()

    def restart(self):
        """Where a process happens to lie in memory is worth some per cent: every round draws anew."""
        self.nginx.close()
        self.start()

    def busy_ns(self):
        return int(Path(f"/proc/{self.worker}/schedstat").read_text().split()[0])

    def check(self):
        """The headers are those expected, so that like is compared with like."""
        done = subprocess.run(["curl", "-si", "-H", f"Host: {HOST}", "-H", f"Origin: {self.kind.asked}", f"http://127.0.0.1:{self.port}/"],
                              capture_output=True, text=True, check=True).stdout.lower()
        found = sorted(line for line in done.splitlines() if line.startswith("access-control"))
        wanted = []
        for sent in self.kind.sends:
            wanted += ["access-control-allow-credentials: true"] + ([f"access-control-allow-origin: {sent}"] if sent else [])
            wanted += [f"access-control-expose-headers: {EXPOSE}"]
        if found != wanted:
            raise SystemExit(f"{self.kind.name}: {found} instead of {wanted}")

    def begin(self, seconds):
        self.before = self.busy_ns()
        self.client = subprocess.Popen(
            ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Host: {HOST}", "-H", f"Origin: {self.kind.asked}",
             f"http://127.0.0.1:{self.port}/"], stdout=subprocess.PIPE, text=True)

    def end(self):
        """CPU time per request in microseconds."""
        said = self.client.communicate()[0]
        requests = int(re.search(r"(\d+) requests in", said).group(1))
        return (self.busy_ns() - self.before) / requests / 1000


def round_of(subjects, seconds):
    """Load on all of them at the same time, so that whatever else the machine does meets all alike."""
    for subject in subjects:
        subject.begin(seconds)
    return [subject.end() for subject in subjects]


def table(subjects):
    by_name = {s.kind.name: s.samples for s in subjects}
    lines = ["| configuration | µs per request | over literal add_header | over no module |", "|---|---|---|---|"]
    for subject in subjects:
        ratio = {base: statistics.median(a / b for a, b in zip(subject.samples, by_name[base])) for base in (LITERAL, BARE)}
        lines.append(f"| {subject.kind.name} | {statistics.median(subject.samples):.2f} | {ratio[LITERAL]:.3f} | {ratio[BARE]:.3f} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True)
    parser.add_argument("--corsac", required=True)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--rules", type=lambda text: [int(n) for n in text.split(",")], default=[10, 1000, 10000])
    parser.add_argument("--matchers", type=lambda text: text.split(","), default=["exact", "regexes"])
    parser.add_argument("--map-regexes", type=int, default=1000, help="largest map of regexes (default %(default)s)")
    parser.add_argument("--miss", action="store_true", help="ask for an origin that is not allowed")
    parser.add_argument("--limit", type=float, help="exit 1 if the module costs more than this times literal add_header")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="corsac-bench-") as folder:
        Path(folder).chmod(0o755)
        subjects = []
        try:
            for kind in kinds(args, folder):
                subjects.append(Subject(args, ask_in_vain(kind) if args.miss else kind))
                subjects[-1].check()
            for number in range(args.rounds):
                for subject in subjects:
                    subject.restart()
                for subject, sample in zip(subjects, round_of(subjects, args.seconds)):
                    subject.samples.append(sample)
                print(f"round {number + 1} of {args.rounds}", file=sys.stderr, flush=True)
            print("\n".join(table(subjects)))
        finally:
            for subject in subjects:
                subject.nginx.remove()
    if args.limit:
        literal = next(s for s in subjects if s.kind.name == LITERAL).samples
        worst = max(statistics.median(a / b for a, b in zip(s.samples, literal)) for s in subjects if s.kind.name.startswith("module,"))
        print(f"module over literal add_header, worst: {worst:.3f}, limit {args.limit}")
        return 0 if worst <= args.limit else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
