# SPDX-License-Identifier: Apache-2.0
"""The same requests to nginx with the module and to a real Envoy, from the same VirtualServices.

Random worlds as in tests/conformance; Envoy is configured from the documents by the translator there,
nginx gets the documents (every second world compiled to an image first).  Each request goes to both,
over HTTP/1.1 (plain and TLS) or over HTTP/2.  Compared: the outcome, who answered, the status, and
the CORS headers of the response in their order.
"""

import argparse
import collections
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))

import environment  # noqa: E402

FIRST_SEED = 6_000_000
WORLDS, PER_WORLD = 16, 100
# What the upstream received shows in the answer; add_header stands before the module's filter.
SERVER = """server {{
    listen 127.0.0.1:{port}{kind};
    {tls}
    corsac_policy {policy} gateway={gateway} port={number}{parameters};
    add_header x-nginx-upstream $upstream_status always;
    add_header x-nginx-outcome $corsac_outcome always;
    location / {{
        proxy_pass http://127.0.0.1:{upstream};
        proxy_set_header Host $http_host; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
}}
"""
HTTP = """corsac on; corsac_reload off;
underscores_in_headers on; ignore_invalid_headers off; large_client_header_buffers 8 64k; proxy_buffer_size 64k;
proxy_buffers 8 64k; proxy_busy_buffers_size 128k; http2_max_field_size 64k; http2_max_header_size 128k;
"""
LOCAL = ("preflight-allowed", "preflight-denied")
SHOWN = 10


class Worlds:
    """Cases with their nginx servers; one nginx for all of them."""

    def __init__(self, args, folder, cases, upstream_port, protocol):
        import server
        import transport
        self.places = {}
        keys = sorted({(i, p[0], p[1], r["scheme"]) for i, c in enumerate(cases) for r, p in zip(c.requests, self._places(c))})
        ports = server.free_ports(len(keys))
        cert, key = transport.certificate(folder)
        text = HTTP
        for port, (index, gateway, number, scheme) in zip(ports, keys):
            self.places[index, gateway, number, scheme] = port
            tls = scheme == "https"
            policy, parameters = self._policy(args, folder, index, cases[index])
            text += SERVER.format(port=port, kind=(" ssl" if tls else "") + (" http2" if protocol == "2" else ""), gateway=gateway, number=number,
                                  tls=f"ssl_certificate {cert}; ssl_certificate_key {key};" if tls else "",
                                  policy=policy, parameters=parameters, upstream=upstream_port)
        self.nginx = server.Nginx(args.module, text, folder=folder)
        self.nginx.start(ports[0])

    @staticmethod
    def _places(case):
        return [(r["gateway"], r["port"]) for r in case.requests]

    def _policy(self, args, folder, index, case):
        """The YAML, or every second time an image of it."""
        source = Path(folder) / f"world{index}.yaml"
        if not source.exists():
            source.write_text(case.text, encoding="utf-8")
        normalize = ["path-normalization=base"] if case.normalize else []
        if index % 2 == 0:
            return source, "".join(f" {word}" for word in normalize)
        image = Path(folder) / f"world{index}.corsac"
        if not image.exists():
            flags = ["--path-normalization", "base"] if normalize else []
            subprocess.run([args.corsac, "compile", "-q", *flags, source, "-o", image], check=False, capture_output=True)
        return image, ""

    def port(self, index, request):
        return self.places[index, request["gateway"], request["port"], request["scheme"]]


def ask_http1(worlds, cases):
    """Answers by (case, request)."""
    import pairs
    import transport
    import translate
    import wire
    answers, groups = {}, collections.defaultdict(list)
    for index, case in enumerate(cases):
        for number, request in enumerate(case.requests):
            groups[worlds.port(index, request), request["scheme"]].append((index, number))
    for (port, scheme), members in groups.items():
        requests = [cases[i].requests[n] for i, n in members]
        raws = [pairs.raw_request(r, f"{i}.{n}") for r, (i, n) in zip(requests, members)]
        heads = [r["method"] == "HEAD" for r in requests]
        if scheme == "https":
            found = [transport.tls_exchange(port, raw, head, translate.bare_host(r["authority"]) or None)
                     for raw, head, r in zip(raws, heads, requests)]
        else:
            found = wire.send_all(port, raws, heads)
        answers.update(zip(members, found))
    return answers


def ask_http2(target, cases, use_tls):
    """Answers by (case, request); `target` gives the port, or None."""
    import pairs
    import translate
    import transport
    answers, connections = {}, {}
    for index, case in enumerate(cases):
        for number, request in enumerate(case.requests):
            port = target(index, request, number)
            if port is None:
                continue
            name = translate.bare_host(request["authority"]) if use_tls and request["scheme"] == "https" else None
            connection = connections.setdefault((port, name), transport.Http2(port, name))
            headers = request["headers"] + pairs.infrastructure(request, f"{index}.{number}")
            answers[index, number] = connection.ask(request["method"], request["path"], request["authority"], headers)
    for connection in connections.values():
        connection.close()
    return answers


# --- comparing -----------------------------------------------------------------------------------


def header(answer, name):
    return next((v for n, v in answer.headers if n == name), None)


def differences(seen, answer, variant):
    """What differs between Envoy's observation and nginx's answer."""
    import compare
    out = []

    def check(field, theirs, ours):
        if theirs != ours:
            out.append((field, theirs, ours))

    local = seen["outcome"] in LOCAL
    ours = [(n.lower(), v) for n, v in answer.headers]
    check("outcome", seen["outcome"], header(answer, "x-nginx-outcome"))
    check("upstream reached", not local, header(answer, "x-nginx-upstream") is not None)
    if local:
        check("status", seen["status"], answer.status)
        check("headers", seen["cors"], compare.cors_only(ours))
        return out
    # Routes that Envoy answers by itself are nginx's to configure: here it forwards all of them, untouched.
    check("status", variant[0], answer.status)
    wanted = seen["cors"] if seen["upstream"] else compare.cors_only(compare.stored(variant[1]))
    check("headers", wanted, compare.cors_only(compare.stored(ours)))
    for name in {n for n, _ in wanted} & {"access-control-allow-origin"} if seen["outcome"] == "allowed" else ():
        check(f"lines of {name}", 1, sum(n == name for n, _ in ours))
    return out


class Result:
    """Counts, and the first differences in full."""

    def __init__(self):
        self.outcomes, self.skips, self.different, self.shown = collections.Counter(), collections.Counter(), 0, []

    def judge(self, cases, answers):
        for index, case in enumerate(cases):
            for number, seen in enumerate(case.observed):
                answer = answers.get((index, number))
                if seen is None:
                    self.skips["Envoy has no listener there, or refuses the request"] += 1
                elif "operations" in seen:
                    self.skips["the route sets response headers itself, which is nginx's own business"] += 1
                elif answer is None or (answer.status in (400, 414) and header(answer, "x-nginx-upstream") is None):
                    self.skips["nginx refuses the request"] += 1
                else:
                    self._pair(case, number, seen, answer)

    def _pair(self, case, number, seen, answer):
        request = case.requests[number]
        self.outcomes[seen["outcome"]] += 1
        found = differences(seen, answer, case.upstream[request["up"]])
        if found:
            self.different += 1
            if len(self.shown) < SHOWN:
                self.shown.append((case.seed, request, found))

    def report(self, name):
        pairs = sum(self.outcomes.values())
        for seed, request, found in self.shown:
            print(f"--- difference in world {seed}: {request}")
            for field, theirs, ours in found:
                print(f"    {field}: Envoy {theirs!r}, nginx {ours!r}")
        print(f"nginx: {name}: outcomes: " + ", ".join(f"{o} {n}" for o, n in sorted(self.outcomes.items())))
        for why, count in sorted(self.skips.items()):
            print(f"nginx: {name}: skipped {count}: {why}")
        print(f"{pairs - self.different} passed, {self.different} failed, {sum(self.skips.values())} skipped", flush=True)
        return pairs, self.different


def compare_all(args, binary, protocol):
    import compare
    import generate
    import pairs
    import tempfile
    import wire
    cases = []
    for seed in range(args.seed, args.seed + args.worlds):
        scenario = generate.Scenario(seed)
        requests = [scenario.request(i) for i in range(PER_WORLD)]
        cases.append(pairs.Case(scenario.text, requests, scenario.normalize, seed))
    send = None if protocol == "1" else (lambda proxy, cases, target: ask_http2(target, cases, False))
    pairs.run(binary, cases, send=send)
    tables = [wire.render(s, h, b"" if s == 204 else b"ok") for s, h in cases[0].upstream]
    result = Result()
    with tempfile.TemporaryDirectory(prefix="corsac-nginx-") as folder, wire.Upstream(tables) as upstream:
        worlds = Worlds(args, folder, cases, upstream.port, protocol)
        try:
            answers = ask_http1(worlds, cases) if protocol == "1" else ask_http2(lambda i, r, n: worlds.port(i, r), cases, True)
        finally:
            worlds.nginx.close()
        result.judge(cases, answers)
    pairs_compared, different = result.report(f"HTTP/{protocol}")
    missing = [o for o in compare.OUTCOMES if not result.outcomes[o]]
    if missing:
        print(f"nginx: no pair reached: {', '.join(missing)}")
    return different == 0 and pairs_compared > 0 and not missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True)
    parser.add_argument("--corsac", required=True)
    parser.add_argument("--protocol", choices=("1", "2"), required=True)
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    args = parser.parse_args()
    binary = environment.ensure(environment.CURRENT)
    if binary is None or not environment.reexec_with_libraries():
        print(f"SKIPPED: {args.worlds * PER_WORLD} pairs; the package index did not give Envoy")
        return 77
    return 0 if compare_all(args, binary, args.protocol) else 1


if __name__ == "__main__":
    sys.exit(main())
