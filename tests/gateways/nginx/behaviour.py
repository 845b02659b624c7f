# SPDX-License-Identifier: Apache-2.0
"""What the module's directives and README promise, on a running nginx."""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))

import policies  # noqa: E402
import server  # noqa: E402
import wire  # noqa: E402

ARGS = None
ORIGIN, OTHER, EVIL = policies.ORIGIN, policies.OTHER, "https://evil.test"
ACAO = "access-control-allow-origin"
NAMES = [ACAO, "access-control-allow-credentials", "access-control-allow-methods", "access-control-allow-headers",
         "access-control-max-age", "access-control-expose-headers"]
# What the upstream can answer, by x-upstream.
TABLE = [(200, []), (200, [(ACAO, "*"), (ACAO, "https://second.test"), ("Vary", "Accept")]), (503, [(ACAO, "*")]),
         (200, [("Vary", "Accept, ORIGIN")]), (200, [("Vary", "*")]), (304, []), (401, [("www-authenticate", "Basic")])]
RELOAD = "corsac_reload 50ms;"
FAST = 0.05


def upstream():
    return wire.Upstream([wire.render(s, h, b"" if s in (204, 304) else b"ok") for s, h in TABLE])


def get(port, path="/", origin=ORIGIN, method="GET", headers=(), host="shop.test"):
    lines = [("host", host)] + ([("origin", origin)] if origin is not None else []) + list(headers)
    return wire.exchange(port, wire.request_bytes(method, path, lines + [("connection", "close")]), method == "HEAD")


def preflight(port, path="/", origin=ORIGIN, headers=(), **more):
    return get(port, path, origin, "OPTIONS", [("access-control-request-method", "PUT"), *headers], **more)


def values(answer, name):
    return [v for n, v in answer.headers if n == name]


def cors(answer):
    return [(n, v) for n, v in answer.headers if n in NAMES or n == "vary"]


GRANT = [(ACAO, ORIGIN), ("access-control-allow-credentials", "true")]
REPLY = GRANT + [("access-control-allow-methods", "GET,PUT"), ("access-control-allow-headers", "x-custom"),
                 ("access-control-max-age", "60"), ("access-control-expose-headers", "x-shown")]
ACTUAL = GRANT + [("access-control-expose-headers", "x-shown")]


class Gateway(unittest.TestCase):
    """A folder with a policy, and helpers to run nginx on it."""

    def setUp(self):
        self.nginx = None
        self.backend = upstream()
        self.addCleanup(self.backend.close)
        self.port, self.second = server.free_ports(2)

    def run_nginx(self, body, policy=None, http="corsac on;", workers=1, start=True, module=True, **more):
        """`body` is inside server; POLICY, PORT, PASS are replaced."""
        self.nginx = server.Nginx(ARGS.module if module else None, "", **more)
        self.addCleanup(self.nginx.remove)
        self.policy = self.nginx.folder / "policy.yaml"
        self.policy.write_text(policy or policies.text())
        self.set_config(body, http, workers)
        if start:
            self.nginx.start(self.port)
        return self.nginx

    def set_config(self, body, http="corsac on;", workers=1, extra=""):
        text = http + " server { listen 127.0.0.1:%d; %s } %s" % (self.port, body, extra)
        if "corsac_policy" not in text and "corsac on" in text:
            text = "corsac_policy POLICY; " + text
        text = text.replace("POLICY", str(self.policy)).replace("PASS", f"proxy_pass http://127.0.0.1:{self.backend.port};")
        self.nginx.configure(text, workers=workers)

    def swap(self, text, path=None):
        """Replaces a file as an editor or kubectl does: a new one under the old name."""
        path = path or self.policy
        fresh = path.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, path)

    def wait(self, check, what, seconds=10):
        limit = time.time() + seconds
        while time.time() < limit:
            if check():
                return
            time.sleep(0.02)
        self.fail(f"not within {seconds} s: {what}\n{self.nginx.log()[-2000:]}")

    def compile(self, text, name="policy.corsac", *flags):
        """A compiled image beside the policy."""
        source, image = self.nginx.folder / (name + ".yaml"), self.nginx.folder / name
        source.write_text(text)
        subprocess.run([ARGS.corsac, "compile", "-q", *flags, source, "-o", image], check=True, capture_output=True)
        source.unlink()
        return image


class Placement(Gateway):
    """Before whom, after whom, and on which responses (C-20, C-21)."""

    def test_preflight_is_answered_before_authentication(self):
        self.run_nginx('location / { auth_basic x; auth_basic_user_file /dev/null; PASS }')
        self.assertEqual(cors(preflight(self.port)), REPLY)
        refused = get(self.port)
        self.assertEqual((refused.status, cors(refused)), (401, ACTUAL))

    def test_preflight_is_answered_before_return_of_a_location(self):
        self.run_nginx('location / { return 200 x; }')
        answer = preflight(self.port)
        self.assertEqual((answer.status, answer.body, cors(answer)), (200, b"", REPLY))

    def test_preflight_is_answered_before_return_of_a_server(self):
        self.run_nginx('return 403;')
        self.assertEqual((preflight(self.port).status, get(self.port).status), (200, 403))
        self.assertEqual(cors(get(self.port)), ACTUAL)

    def test_a_location_that_differs_moves_the_decision_behind_return_of_the_server(self):
        self.run_nginx('if ($arg_no) { return 403; } location / { PASS } location /off { corsac off; PASS }')
        self.assertEqual(preflight(self.port, "/?no=1").status, 403)
        self.assertEqual(preflight(self.port, "/").status, 200)
        self.assertEqual(cors(get(self.port, "/off")), [])

    def test_headers_stand_on_errors(self):
        self.run_nginx('location / { PASS client_max_body_size 1; } location /gone { return 410; } location /down { proxy_pass http://127.0.0.1:1; }'
                       ' proxy_intercept_errors on; location = /page { internal; return 404 gone; } location /paged { error_page 503 = /page; PASS }'
                       ' location /named { error_page 503 = @named; PASS } location @named { return 404; }'
                       ' location /again { rewrite ^ /x last; }')
        for path, up, status in (("/x", 2, 503), ("/gone", 0, 410), ("/down", 0, 502), ("/paged", 2, 404), ("/named", 2, 404),
                                 ("/again", 2, 503), ("/x", 6, 401)):
            answer = get(self.port, path, headers=[("x-upstream", str(up))] + ([("x", "y")]))
            self.assertEqual((path, answer.status, sorted(cors(answer))), (path, status, sorted(ACTUAL)))
        large = get(self.port, "/x", method="POST", headers=[("content-length", "100")])
        self.assertEqual((large.status, cors(large)), (413, ACTUAL))

    def test_not_modified_carries_headers(self):
        self.run_nginx('location / { PASS }')
        answer = get(self.port, headers=[("x-upstream", "5")])
        self.assertEqual((answer.status, cors(answer)), (304, ACTUAL))

    def test_whoever_makes_the_response(self):
        """A cache (which must not keep another origin's headers), a file, a part of it, nothing of it, a page with includes."""
        self.run_nginx("", start=False)
        (self.nginx.folder / "file").write_text("hello")
        self.set_config('location / { proxy_cache z; proxy_cache_valid any 1m; add_header x-cache $upstream_cache_status; PASS }'
                        f' location /file {{ root {self.nginx.folder}; if_modified_since before; }} location /page {{ ssi on; default_type text/html;'
                        ' return 200 \'a<!--# include virtual="/file" -->\'; } location /slow { limit_req zone=l; limit_req_status 429; PASS }',
                        f"corsac on; proxy_cache_path {self.nginx.folder}/cache keys_zone=z:1m; limit_req_zone $server_port zone=l:1m rate=1r/m;")
        self.nginx.count = 3  # the cache has two processes of its own
        self.nginx.start(self.port)
        since = ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")
        for path, header, status, cache in (("/", ("x-upstream", "1"), 200, "MISS"), ("/", ("x-upstream", "1"), 200, "HIT"),
                                            ("/file", ("range", "bytes=1-2"), 206, None), ("/file", ("range", "bytes=9-"), 416, None),
                                            ("/file", since, 304, None), ("/page", since, 200, None), ("/slow", since, 200, None),
                                            ("/slow", since, 429, None)):
            origin = "https://a.good.test" if cache == "HIT" else ORIGIN
            answer = get(self.port, path, origin, headers=[header])
            self.assertEqual((path, answer.status, values(answer, "x-cache")), (path, status, [cache] if cache else []))
            self.assertEqual((path, [(n, v) for n, v in sorted(cors(answer)) if n != "vary"]), (path, sorted([(ACAO, origin), *ACTUAL[1:]])))
        self.assertEqual(cors(get(self.port, "/file", method="HEAD")), ACTUAL)

    def test_one_allow_origin_whoever_else_sends_one(self):
        self.run_nginx(f'location / {{ PASS add_header {ACAO} * always; add_header Access-Control-Allow-Origin https://third.test; }}')
        answer = get(self.port, headers=[("x-upstream", "1")])
        self.assertEqual(values(answer, ACAO), [ORIGIN])
        self.assertEqual(values(get(self.port, origin=EVIL, headers=[("x-upstream", "1")]), ACAO),
                         ["*", "https://second.test", "*", "https://third.test"], "C-19: a denied response passes as it is")

    def test_a_denied_preflight_carries_nothing_that_add_header_wants(self):
        self.run_nginx(f'add_header {ACAO} *; location / {{ PASS }}')
        answer = preflight(self.port, "/closed", EVIL)
        self.assertEqual((answer.status, cors(answer)), (200, [("access-control-allow-methods", "PUT")]))

    def test_subrequests_are_not_decided(self):
        self.run_nginx('location / { auth_request /auth; PASS } location = /auth { internal; proxy_pass_request_body off; PASS }'
                       ' location = /m { corsac off; corsac_status; }')
        self.assertEqual(cors(get(self.port)), ACTUAL)
        self.assertIn('outcome="allowed"} 1\n', get(self.port, "/m").body.decode())

    def test_the_decision_is_made_once(self):
        """C-25: internal redirects and rewrites pass through locations with other policies and through "off"."""
        self.run_nginx("", start=False)
        other = self.nginx.folder / "other.yaml"
        other.write_text(policies.text(OTHER))
        self.set_config(f'location /a {{ rewrite ^ /b last; }} location /b {{ corsac_policy {other}; PASS }}'
                        ' location /c { rewrite ^ /d last; } location /d { corsac off; error_page 503 = @e; proxy_intercept_errors on; PASS }'
                        f' location @e {{ corsac_policy {other}; return 404; }} location = /m {{ corsac off; corsac_status; }}',
                        "corsac on; corsac_policy POLICY;")
        self.nginx.start(self.port)
        for path, up in (("/a", 0), ("/c", 0), ("/c", 2)):
            self.assertEqual(sorted(cors(get(self.port, path, headers=[("x-upstream", str(up))]))), sorted(ACTUAL))
        body = get(self.port, "/m").body.decode()
        self.assertIn(f'policy="{self.policy}",outcome="allowed"}} 3\n', body)
        self.assertIn(f'policy="{other}",outcome="allowed"}} 0\n', body)

    def test_off_decides_for_error_pages_and_rewrites_too(self):
        """Else the page of a refused OPTIONS would grant the preflight of a location that is off."""
        self.run_nginx('add_header x-outcome "$corsac_outcome" always; proxy_intercept_errors on; location / { PASS }'
                       ' location /off { corsac off; error_page 503 405 =200 /page; PASS } location /static { corsac off; error_page 405 /page; }'
                       ' location /on { rewrite ^ /static last; } location /rewritten { corsac off; rewrite ^ /page last; }')
        for ask in (get, preflight):
            for path in ("/off", "/static", "/rewritten"):
                answer = ask(self.port, path, headers=[("x-upstream", "2")])
                self.assertEqual((path, [v for n, v in cors(answer) if v != "*"], values(answer, "x-outcome")), (path, [], []))
        self.assertEqual(cors(preflight(self.port, "/on")), REPLY)

    def test_where_nothing_is_said_a_later_location_decides(self):
        """By the client's method: on the way to an error page nginx turned it into GET."""
        self.run_nginx('location / { try_files /none @app; } location @app { corsac on; corsac_policy POLICY; PASS }'
                       ' location /static { error_page 405 = /app; } location /app { corsac on; corsac_policy POLICY; PASS }', http="")
        for path in ("/", "/static"):
            self.assertEqual(cors(preflight(self.port, path)), REPLY)
        self.assertEqual(cors(get(self.port)), ACTUAL)

    def test_off_touches_nothing(self):
        self.run_nginx('location / { PASS } location /off { corsac off; PASS }')
        answer = preflight(self.port, "/off", headers=[("x-upstream", "1")])
        self.assertEqual(values(answer, ACAO), ["*", "https://second.test"])

    def test_unused_module_touches_nothing(self):
        self.run_nginx('location / { PASS }', http="")
        self.assertEqual(cors(preflight(self.port)), [])


class Options(Gateway):
    """X-11 to X-14 as directives, for YAML and for images."""

    def test_vary(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_vary on;")
        self.assertEqual(values(get(self.port), "vary"), ["Origin"])
        self.assertEqual(values(preflight(self.port), "vary"), ["Origin"])
        self.assertEqual(values(get(self.port, origin=None), "vary"), ["Origin"])
        self.assertEqual(values(get(self.port, origin=EVIL), "vary"), ["Origin"])
        self.assertEqual(values(get(self.port, "/plain"), "vary"), [])
        self.assertEqual(values(get(self.port, headers=[("x-upstream", "1")]), "vary"), ["Accept", "Origin"])
        self.assertEqual(values(get(self.port, headers=[("x-upstream", "3")]), "vary"), ["Accept, ORIGIN"])
        self.assertEqual(values(get(self.port, headers=[("x-upstream", "4")]), "vary"), ["*"])

    def test_strip_denied(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_strip_denied on;")
        self.assertEqual(values(get(self.port, origin=EVIL, headers=[("x-upstream", "1")]), ACAO), [])
        self.assertEqual(values(preflight(self.port, origin=EVIL, headers=[("x-upstream", "1")]), ACAO), [])
        self.assertEqual(len(values(get(self.port, origin=None, headers=[("x-upstream", "1")]), ACAO)), 2)

    def test_preflight_204(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_preflight_204 on;")
        answer = preflight(self.port)
        self.assertEqual((answer.status, cors(answer), values(answer, "content-length")), (204, REPLY, []))

    def test_options_in_an_image(self):
        self.run_nginx("", start=False)
        self.compile(policies.text(), "policy.corsac", "--option", "vary-origin", "--option", "strip-denied", "--option", "preflight-204")
        self.set_config('location / { PASS }', f"corsac on; corsac_policy {self.nginx.folder}/policy.corsac;")
        self.nginx.start(self.port)
        self.assertEqual(values(get(self.port, origin=EVIL, headers=[("x-upstream", "1")]), "vary"), ["Accept", "Origin"])
        self.assertEqual(values(get(self.port, origin=EVIL, headers=[("x-upstream", "1")]), ACAO), [])
        self.assertEqual((preflight(self.port).status, cors(preflight(self.port))), (204, REPLY + [("vary", "Origin")]))

    def test_enforce_methods(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_policy POLICY enforce-methods;")
        answer = get(self.port, method="DELETE")
        self.assertEqual(cors(answer), [])
        self.assertEqual(cors(get(self.port, method="PUT")), ACTUAL)

    def test_variables(self):
        self.run_nginx('add_header x-none "$corsac_context." always; add_header x-seen "$corsac_outcome|$corsac_reason|$corsac_route|$corsac_matched" always; location / { PASS }')
        self.assertEqual(values(get(self.port), "x-seen"),
                         ["allowed|origin-matched|app/shop#http[2]|spec.http[2].corsPolicy.allowOrigins[0]"])
        self.assertEqual(values(get(self.port, origin="https://a.good.test"), "x-seen"),
                         ["allowed|origin-matched|app/shop#http[2]|spec.http[2].corsPolicy.allowOrigins[1]"])
        self.assertEqual(values(preflight(self.port, "/closed", EVIL), "x-seen"),
                         ["preflight-denied|origin-unmatched|app/shop#http[0].match[0]|"])
        self.assertEqual(values(get(self.port, host="nobody.test"), "x-seen"), ["no-route|no-virtual-host||"])
        self.assertEqual(values(get(self.port), "x-none"), ["."], "where decisions are kept is no value")

    def test_variables_steer_a_location(self):
        self.run_nginx('location / { if ($corsac_outcome = denied) { return 403; } PASS }')
        self.assertEqual([get(self.port, origin=o).status for o in (ORIGIN, EVIL, None)], [200, 403, 200])


class BadPolicy(Gateway):
    """Missing, corrupt, of another version, without the gateway."""

    def bad_files(self):
        image = self.compile(policies.text()).read_bytes()
        yield "missing", None, "No such file"
        yield "corrupt", image[:200] + bytes([image[200] ^ 0xff]) + image[201:], "corrupt image"
        yield "short", image[:len(image) // 2], "corrupt image"
        yield "version", image[:8] + b"\xff\xff" + image[10:], "another format version"
        yield "foreign", b"\0\1\2" + os.urandom(100), "neither a Corsac image nor text"
        yield "empty", b"", "no VirtualService"
        yield "syntax", b"apiVersion: networking.istio.io/v1\nkind: VirtualService\nspec: {", "yaml"
        yield "gateway", policies.text().replace("istio-system/public", "a/b").replace("name: public", "name: other").encode(), "no such gateway"

    def test_the_test_says_where_and_why(self):
        self.run_nginx("", start=False)
        for name, content, why in self.bad_files():
            bad = self.nginx.folder / name
            if content is not None:
                bad.write_bytes(content)
            for mode in ("last_good", "deny", "pass"):
                body = f"corsac on; corsac_on_error {mode};\ncorsac_policy {bad} gateway=istio-system/public;\n"
                self.set_config('location / { PASS }', body)
                code, said = self.nginx.test()
                self.assertEqual((name, mode, code), (name, mode, 1 if mode == "last_good" else 0), said)
                self.assertIn(why.lower(), said.lower(), name)
                line = 1 + (self.nginx.folder / "nginx.conf").read_text().split("corsac_policy", 1)[0].count("\n")
                self.assertIn(f"{self.nginx.folder}/nginx.conf:{line}", said)

    def test_directives_that_do_not_fit(self):
        self.run_nginx("", start=False)
        for http, why in (("corsac on; server { corsac_vary maybe; }", "invalid value"), ("corsac_policy POLICY bogus=1;", "not understood"),
                          ("corsac_policy POLICY port=0;", "not understood"), ("corsac_policy POLICY gateway=x;", "not understood"),
                          ("corsac_policy POLICY; corsac_policy POLICY;", "duplicate"), ("corsac_reload 0;", "above zero"),
                          ("corsac_reload soon;", "above zero"), ("corsac_on_error maybe;", "invalid value"),
                          ("corsac_policy POLICY port=81;", "no such gateway and port"), ("corsac_policy;", "number of arguments")):
            self.set_config("", http)
            code, said = self.nginx.test()
            self.assertEqual((http, code), (http, 1), said)
            self.assertIn(why, said)
        self.nginx.configure("corsac on; server { }")
        self.assertIn("needs a corsac_policy", self.nginx.test()[1])

    def test_parameters_of_an_image_cannot_be_changed(self):
        self.run_nginx("", start=False)
        image = self.compile(policies.text())
        self.set_config("", f"corsac on; corsac_policy {image} strict;")
        self.assertIn("what it was compiled with", self.nginx.test()[1])

    def start_without(self, mode):
        self.run_nginx("", start=False)
        self.policy.unlink()
        self.set_config('location / { PASS }', f"corsac on; {RELOAD} corsac_on_error {mode};")
        self.nginx.start(self.port)

    def test_deny_fails_closed_and_recovers(self):
        self.start_without("deny")
        for answer in (get(self.port, headers=[("x-upstream", "1")]), preflight(self.port, headers=[("x-upstream", "1")])):
            self.assertEqual((answer.status, cors(answer)), (403, []))
        same_site = get(self.port, origin=None, headers=[("x-upstream", "1")])
        self.assertEqual((same_site.status, values(same_site, ACAO)), (200, []))
        self.policy.write_text(policies.text())
        self.wait(lambda: cors(get(self.port)) == ACTUAL, "the policy is in use")

    def test_pass_passes_and_recovers(self):
        self.start_without("pass")
        self.assertEqual(values(get(self.port, headers=[("x-upstream", "1")]), ACAO), ["*", "https://second.test"])
        self.policy.write_text(policies.text())
        self.wait(lambda: cors(get(self.port)) == ACTUAL, "the policy is in use")

    def test_a_request_that_cannot_be_decided(self):
        """M-7: a path too long to normalise. A doubt denies, unless `pass` was asked for."""
        long = "/" + "a/" * 40000
        for mode, status, seen in (("last_good", 403, []), ("pass", 200, ["*", "https://second.test"])):
            with self.subTest(mode=mode):
                self.run_nginx('location / { PASS }', http="corsac on; large_client_header_buffers 8 128k; "
                               f"corsac_on_error {mode}; corsac_policy POLICY path-normalization=base;")
                answer = get(self.port, long, headers=[("x-upstream", "1")])
                self.assertEqual((answer.status, values(answer, ACAO)), (status, seen))
                self.assertIn("undecided: CORSAC_E_LIMIT", self.nginx.log())
                self.assertEqual(values(get(self.port), ACAO), [ORIGIN])
                self.nginx.close()

    def test_a_failed_load_is_logged_once(self):
        self.start_without("deny")
        time.sleep(10 * FAST)
        self.assertEqual(self.nginx.log().count("there is no policy yet"), 1)

    def test_strict_keeps_the_last_good_policy(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD} corsac_policy POLICY strict;")
        self.swap(policies.broken())
        self.nginx.wait_for_log("the last good policy stays")
        self.assertEqual(cors(get(self.port)), ACTUAL)

    def test_without_strict_a_broken_document_loses_only_itself(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD}",
                       policy=policies.text() + policies.SERVICE.replace("name: shop", "name: two").replace("shop.test", "two.test")
                       .replace("maxAge: 60s", "maxAge: 1 day").replace("ORIGIN", ORIGIN))
        self.assertIn("1 documents are left out", self.nginx.log())
        self.assertEqual(cors(get(self.port)), ACTUAL)
        self.assertEqual(cors(get(self.port, host="two.test")), [])


class Signed(Gateway):
    """signed-by: nothing but an image that a named key signed."""

    def corsac(self, *arguments):
        return subprocess.run([ARGS.corsac, *map(str, arguments)], check=True, capture_output=True, cwd=self.nginx.folder)

    def setUp(self):
        super().setUp()
        self.run_nginx("", start=False)
        for name in ("key", "stranger"):
            self.corsac("keygen", "-o", self.nginx.folder / name)
        self.image = self.compile(policies.text())

    def sign(self, image, key="key"):
        self.corsac("sign", "--key", self.nginx.folder / key, image)

    def use(self, more=""):
        public = self.nginx.folder / "key.pub"
        self.set_config('location / { PASS }', f"corsac on; {RELOAD} corsac_policy {self.image} signed-by={public} {more};")

    def test_a_signed_image_serves_and_follows(self):
        self.sign(self.image)
        self.use()
        self.nginx.start(self.port)
        self.assertEqual(cors(get(self.port)), ACTUAL)
        other = self.compile(policies.text(OTHER), "other.corsac")
        self.sign(other)
        os.replace(other, self.image)
        self.nginx.wait_for_log("the last good policy stays")
        self.assertEqual(cors(get(self.port)), ACTUAL, "the image without its signature is not taken")
        os.replace(str(other) + ".sig", str(self.image) + ".sig")
        self.wait(lambda: values(get(self.port, origin=OTHER), ACAO) == [OTHER], "image and signature")

    def test_others_are_refused(self):
        self.use()
        self.assertIn("No such file", self.nginx.test()[1], "no signature")
        self.sign(self.image, "stranger")
        self.assertEqual(self.nginx.test()[0], 1, "of another key")
        self.sign(self.image)
        self.assertEqual(self.nginx.test()[0], 0)
        self.use("min-serial=5")
        self.assertEqual(self.nginx.test()[0], 1, "too old")
        self.use()
        self.image.write_bytes(self.image.read_bytes()[:-1] + b"x")
        self.assertEqual(self.nginx.test()[0], 1, "other bytes")
        self.image.write_text(policies.text())
        self.assertEqual(self.nginx.test()[0], 1, "not even an image")

    def test_parameters_that_would_do_nothing(self):
        self.sign(self.image)
        self.use("enforce-methods")
        self.assertIn("signed-by= takes images only", self.nginx.test()[1])
        self.set_config("", f"corsac on; corsac_policy {self.image} min-serial=5;")
        self.assertIn("min-serial= needs signed-by=", self.nginx.test()[1])

    def test_a_key_that_is_none(self):
        (self.nginx.folder / "key.pub").write_text("nonsense")
        self.use()
        self.assertIn("not one Ed25519 public key", self.nginx.test()[1])


class Unfit(Gateway):
    """A new policy that lacks the gateway in use."""

    def test_it_is_not_taken(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD} corsac_policy POLICY gateway=istio-system/public;")
        self.swap(policies.text(OTHER).replace("istio-system", "elsewhere"))
        self.nginx.wait_for_log("no such gateway and port; there are: elsewhere/public:80; the last good policy stays")
        time.sleep(6 * FAST)
        self.assertEqual(self.nginx.log().count("no such gateway"), 1)
        self.assertEqual(cors(get(self.port)), ACTUAL)
        self.swap(policies.text(OTHER))
        self.wait(lambda: values(get(self.port, origin=OTHER), ACAO) == [OTHER], "a policy that fits")


class Reload(Gateway):
    """New policies in running workers."""

    def in_use(self, origin):
        return values(get(self.port, origin=origin), ACAO) == [origin]

    def test_a_replaced_file(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD}")
        self.swap(policies.text(OTHER))
        self.wait(lambda: self.in_use(OTHER) and not self.in_use(ORIGIN), "the new policy")
        self.swap(policies.text())
        self.wait(lambda: self.in_use(ORIGIN) and not self.in_use(OTHER), "the old policy again")

    def test_a_file_written_in_place(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD}")
        self.policy.write_text(policies.text(OTHER))
        self.wait(lambda: self.in_use(OTHER), "the new policy")

    def test_a_mounted_config_map(self):
        """..data is a link to a folder that is swapped by a rename; the files are links through it."""
        self.run_nginx("", start=False)
        mount = self.nginx.folder / "mount"
        for name, origin in (("..1", ORIGIN), ("..2", OTHER)):
            (mount / name).mkdir(parents=True)
            (mount / name / "shop.yaml").write_text(policies.text(origin))
        (mount / "..data").symlink_to("..1")
        (mount / "shop.yaml").symlink_to("..data/shop.yaml")
        for path in (mount, mount / "shop.yaml"):
            with self.subTest(path=path):
                self.set_config('location / { PASS }', f"corsac on; {RELOAD} corsac_policy {path};")
                self.nginx.start(self.port)
                self.assertTrue(self.in_use(ORIGIN))
                (mount / "..data_tmp").symlink_to("..2")
                os.replace(mount / "..data_tmp", mount / "..data")
                self.wait(lambda: self.in_use(OTHER), "the swapped ConfigMap")
                (mount / "..data_tmp").symlink_to("..1")
                os.replace(mount / "..data_tmp", mount / "..data")
                self.wait(lambda: self.in_use(ORIGIN), "the ConfigMap swapped back")
                self.nginx.close()

    def test_an_image(self):
        self.run_nginx("", start=False)
        image = self.compile(policies.text())
        other = self.compile(policies.text(OTHER), "other.corsac").read_bytes()
        self.set_config('location / { PASS }', f"corsac on; {RELOAD} corsac_policy {image};")
        self.nginx.start(self.port)
        good = image.read_bytes()
        for content, origin in ((other, OTHER), (good, ORIGIN)):
            fresh = image.with_suffix(".new")
            fresh.write_bytes(content)
            os.replace(fresh, image)
            self.wait(lambda: self.in_use(origin), origin)
        for bad in (good[:1000], good[:300] + b"\xff" + good[301:], b""):
            image.write_bytes(bad)
            count = self.nginx.log().count("last good policy stays")
            self.nginx.wait_for_log("last good policy stays", count + 1)
            self.assertTrue(self.in_use(ORIGIN))
        image.unlink()
        self.nginx.wait_for_log("No such file")
        self.assertTrue(self.in_use(ORIGIN))
        self.assertTrue(all(line.count("last good") <= 1 for line in self.nginx.log().splitlines()))

    def test_off(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_reload off;")
        self.swap(policies.text(OTHER))
        time.sleep(6 * FAST)
        self.assertTrue(self.in_use(ORIGIN))

    def test_by_a_signal(self):
        self.run_nginx('location / { PASS } location = /m { corsac off; corsac_status; }', http="corsac on; corsac_reload off;")
        self.assertTrue(self.in_use(ORIGIN))
        self.swap(policies.text(OTHER))
        self.nginx.reload()
        self.wait(lambda: self.in_use(OTHER), "the new workers")
        self.assertRegex(get(self.port, "/m").body.decode(), r'outcome="allowed"} [2-9]', "counters survive")
        self.swap(b"\0".decode() + "broken")
        self.nginx.reload()
        self.nginx.wait_for_log("neither a Corsac image nor text")
        self.assertTrue(self.in_use(OTHER), "nginx keeps the old configuration")

    def zones(self):
        """Shared memory that the master has mapped."""
        return Path(f"/proc/{self.nginx.process.pid}/maps").read_text().count("/dev/zero")

    def test_by_a_signal_with_another_path_each_time(self):
        """As configurations are that name a release: what each leaves behind must not add up."""
        self.run_nginx('location / { PASS }', http="corsac on; corsac_reload off;")
        before = self.zones()
        for i in range(100):
            release = self.nginx.folder / f"release{i}.yaml"
            release.write_text(policies.text(OTHER if i % 2 else ORIGIN))
            self.set_config('location / { PASS }', f"corsac on; corsac_reload off; corsac_policy {release};")
            self.nginx.reload()
            self.wait(lambda: self.in_use(OTHER if i % 2 else ORIGIN), f"reload {i}")
        self.assertEqual(self.zones(), before, "the master has let the others' zones go")

    def test_counters_go_on_while_others_come_and_go(self):
        body = 'location / { PASS } location = /m { corsac off; corsac_status; }'
        self.run_nginx(body, http="corsac on; corsac_reload off;")
        self.assertTrue(self.in_use(ORIGIN))
        other = self.nginx.folder / "other.yaml"
        other.write_text(policies.text(OTHER))
        taken = f"listen 127.0.0.1:{self.backend.port};"  # fails when the zones are set up already
        for more in (f" location /other {{ corsac_policy {other}; PASS }}", taken, "", taken, f"location /other {{ corsac_policy {other}; PASS }}"):
            if more == taken:
                count = self.nginx.log().count("still could not bind")
                self.set_config(body + taken, http="corsac on; corsac_policy POLICY; corsac_reload off;")
                self.nginx.reload()
                self.nginx.wait_for_log("still could not bind", count + 1)
                continue
            old = self.nginx.workers()
            self.set_config(body + more, http="corsac on; corsac_policy POLICY; corsac_reload off;")
            self.nginx.reload()
            self.wait(lambda: self.nginx.workers() and not set(old) & set(self.nginx.workers()), "new workers alone")
            text = get(self.port, "/m").body.decode()
            self.assertIn(f'policy="{self.policy}",outcome="allowed"}} 1\n', text)
            self.assertEqual(f'policy="{other}"' in text, bool(more))

    def test_all_workers_follow(self):
        self.run_nginx('location / { PASS } location = /pid { return 200 $pid; }', http=f"corsac on; {RELOAD}", workers=3)
        self.assertEqual(len(self.nginx.workers()), 3)
        self.swap(policies.text(OTHER))
        self.nginx.wait_for_log("a new policy is in use", 3)
        self.assertTrue(all(self.in_use(OTHER) for _ in range(30)))

    def test_one_worker_makes_the_image_for_all(self):
        self.run_nginx('location / { PASS } location = /m { corsac off; corsac_status; }', http=f"corsac on; {RELOAD}", workers=4)
        for i in range(1, 11):
            self.swap(policies.text(OTHER if i % 2 else ORIGIN))
            self.nginx.wait_for_log("a new policy is in use", 4 * i)
        body = get(self.port, "/m").body.decode()
        self.assertIn('result="made"} 10\n', body)
        self.assertIn('result="taken"} 30\n', body)
        self.swap("\x01\0broken")
        self.nginx.wait_for_log("the last good policy stays", 4)
        self.assertTrue(all(self.in_use(ORIGIN) for _ in range(20)))

    def mappings(self):
        """Inodes of the policy that each worker has mapped."""
        return [sorted({line.split()[4] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "memfd:corsac-policy" in line})
                for pid in self.nginx.workers()]

    def test_all_workers_map_one_image(self):
        """At the start the master's, later that of the worker who made it; the old one goes."""
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD}", workers=4)
        first = self.mappings()
        self.assertEqual((len(first), len(first[0])), (4, 1))
        self.assertTrue(all(each == first[0] for each in first), first)
        self.swap(policies.text(OTHER))
        self.nginx.wait_for_log("a new policy is in use", 4)
        second = self.mappings()
        self.assertTrue(all(each == second[0] and len(each) == 1 for each in second), second)
        self.assertNotEqual(first[0], second[0])

    def test_a_worker_that_is_killed_holds_up_nobody(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_reload 1ms;", workers=2)
        killed = 0
        for i in range(30):
            self.swap(policies.text(OTHER if i % 2 else ORIGIN))
            time.sleep(0.002 * (i % 5))
            try:
                os.kill(self.nginx.workers()[0], 9)
                killed += 1
            except (IndexError, ProcessLookupError):
                pass  # the one killed before has not been replaced yet
        self.assertGreater(killed, 10)
        self.wait(lambda: len(self.nginx.workers()) == 2 and all(self.in_use(OTHER) for _ in range(10)), "the last policy everywhere")
        self.swap(policies.text())
        self.wait(lambda: all(self.in_use(ORIGIN) for _ in range(10)), "one more")

    def test_a_worker_in_the_place_of_one_that_died_has_the_policy_of_now(self):
        """Not the one that the master loaded before it was changed."""
        self.run_nginx('location / { PASS }', http="corsac on; corsac_reload 2s;")
        self.swap(policies.text(OTHER))
        self.nginx.wait_for_log("a new policy is in use")
        died, = self.nginx.workers()
        os.kill(died, 9)
        self.wait(lambda: self.nginx.workers() not in ([], [died]), "another worker")
        self.assertFalse(self.in_use(ORIGIN))
        self.assertTrue(self.in_use(OTHER))

    def test_what_ends_two_workers_is_not_tried_by_the_next(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD}")
        slow = "".join(f'{{regex: "https://[a-z]+\\\\.t{i}\\\\.test"}}, ' for i in range(6000))
        self.swap(policies.text(OTHER).replace("allowOrigins: [{exact: https://other.test}, ", "allowOrigins: [" + slow))
        for _ in range(2):
            worker, = self.nginx.workers()
            looks = [0]

            def busy():
                """A thread that is there ten times running compiles; one that only looks is gone by then."""
                looks[0] = looks[0] + 1 if len(os.listdir(f"/proc/{worker}/task")) > 1 else 0
                return looks[0] >= 10

            self.wait(busy, "a compile")
            os.kill(worker, 9)
            self.wait(lambda: self.nginx.workers() not in ([], [worker]), "another worker")
        self.nginx.wait_for_log("2 processes ended while they loaded it; the last good policy stays")
        self.assertTrue(self.in_use(ORIGIN))
        self.swap(policies.text(OTHER))
        self.wait(lambda: self.in_use(OTHER), "the next policy")

    def test_no_worker_keeps_what_it_once_made(self):
        self.run_nginx('location / { PASS }', http=f"corsac on; {RELOAD}", workers=4)
        for i in range(1, 21):
            self.swap(policies.text(OTHER if i % 2 else ORIGIN))
            self.nginx.wait_for_log("a new policy is in use", 4 * i)
        files = [os.readlink(f"/proc/{pid}/fd/{fd}") for pid in self.nginx.workers() for fd in os.listdir(f"/proc/{pid}/fd")]
        self.assertEqual(sum("memfd:corsac-policy" in name for name in files), 1, files)

    def test_a_worker_ends_while_it_reloads(self):
        self.run_nginx('location / { PASS }', http="corsac on; corsac_reload 1ms;", workers=2)
        for i in range(20):
            self.swap(policies.text(OTHER if i % 2 else ORIGIN))
            time.sleep(0.01)
            if i % 5 == 0:
                self.nginx.reload()
        self.assertEqual(self.nginx.close(), 0)
        self.assertNotRegex(self.nginx.log(), "signal 11|signal 6|core dumped")


def resident_kib(pid):
    """What is the process's own and what it maps of memory files; not the program's text."""
    lines = dict(line.split(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(lines[name].split()[0]) for name in ("RssAnon", "RssShmem"))


@unittest.skipIf(os.environ.get("CORSAC_NGINX_PRELOAD"), "a sanitizer keeps what is freed")
class Memory(Gateway):
    """What a worker holds stays what it was."""

    RELOADS, WARM = 1000, 200
    # glibc keeps freed memory of the compiler's thread; what it keeps settles within the warm-up.
    SLACK_KIB = 1024

    def reloads(self, make):
        """Swaps a thousand times with requests in between; anonymous memory after the warm-up and at the end."""
        self.nginx.start(self.port)
        worker, = self.nginx.workers()
        warm, log = None, self.nginx.folder / "error.log"
        for i in range(1, self.RELOADS + 1):
            make(i)
            limit = time.time() + 10
            origin = OTHER if i % 2 else ORIGIN
            while values(get(self.port, origin=origin), ACAO) != [origin]:
                self.assertLess(time.time(), limit, f"reload {i}")
            if i == self.WARM:
                warm = resident_kib(worker)
        self.assertEqual(self.nginx.workers(), [worker], "the same worker all along")
        self.assertGreaterEqual(log.read_text().count("a new policy is in use"), self.RELOADS)
        self.assertLess(len(os.listdir(f"/proc/{worker}/fd")), 20, "memory files are closed")
        return warm, resident_kib(worker)

    def check(self, name, make):
        warm, end = self.reloads(make)
        print(f"nginx: {self.RELOADS} reloads of {name}: {warm} KiB after {self.WARM}, {end} KiB at the end")
        self.assertLess(end, warm + self.SLACK_KIB)

    def test_a_thousand_reloads_of_yaml(self):
        self.run_nginx("", start=False)
        self.set_config('location / { PASS }', "corsac on; corsac_reload 1ms;")
        self.check("YAML", lambda i: self.swap(policies.text(OTHER if i % 2 else ORIGIN)))

    def test_a_thousand_reloads_of_an_image(self):
        self.run_nginx("", start=False)
        image = self.compile(policies.text())
        contents = [image.read_bytes(), self.compile(policies.text(OTHER), "o.corsac").read_bytes()]
        self.set_config('location / { PASS }', f"corsac on; corsac_reload 1ms; corsac_policy {image};")

        def make(i):
            fresh = image.with_suffix(".new")
            fresh.write_bytes(contents[i % 2])
            os.replace(fresh, image)

        self.check("an image", make)


class Hostile(Gateway):
    """Bytes that no browser sends."""

    def setUp(self):
        super().setUp()
        self.run_nginx('location / { PASS }', http="corsac on; large_client_header_buffers 8 64k;")

    def test_repeated_origin_lines_are_one_value(self):
        """C-5."""
        for lines, allowed in ((["", ORIGIN], ORIGIN), ([ORIGIN, ""], ORIGIN), ([ORIGIN, ORIGIN], None), ([ORIGIN, EVIL], None),
                               (["", "", ORIGIN, ""], ORIGIN)):
            answer = get(self.port, origin=None, headers=[("origin", line) for line in lines])
            self.assertEqual((lines, values(answer, ACAO)), (lines, [allowed] if allowed else []))

    def test_many_lines_cost_linear_memory(self):
        """Several thousand Origin lines: joined once, not once per line."""
        worker, = self.nginx.workers()
        before = resident_kib(worker)
        for _ in range(20):
            answer = get(self.port, origin=None, headers=[("origin", "a")] * 20000)
            self.assertEqual(cors(answer), [])
        self.assertLess(resident_kib(worker) - before, 16 * 1024)

    def test_many_other_lines(self):
        """More lines than the array on the stack has room for."""
        answer = get(self.port, headers=[(f"x-{i}", "y") for i in range(500)])
        self.assertEqual(cors(answer), ACTUAL)

    def test_bytes_that_no_header_can_hold(self):
        """X-7: never allowed and never reflected."""
        for byte in (1, 8, 11, 12, 31, 127):
            answer = get(self.port, origin=ORIGIN + chr(byte))
            self.assertTrue(answer is None or cors(answer) == [], byte)

    def test_a_long_origin(self):
        answer = get(self.port, origin="https://" + "a" * 50000 + ".good.test")
        self.assertEqual(values(answer, ACAO), ["https://" + "a" * 50000 + ".good.test"])

    def test_a_target_with_an_authority_of_its_own(self):
        """The authority of the target beats Host, as in Envoy."""
        for target, host, allowed in (("http://shop.test/", "nobody.test", True), ("http://nobody.test/", "shop.test", False),
                                      ("http://shop.test:81/x", "nobody.test", True)):
            self.assertEqual((target, cors(get(self.port, target, host=host)) == ACTUAL), (target, allowed))

    def test_a_preflight_with_a_body(self):
        raw = wire.request_bytes("OPTIONS", "/", [("host", "shop.test"), ("origin", ORIGIN), ("access-control-request-method", "PUT"),
                                                   ("content-length", "5")])
        lines = wire.send_all(self.port, [raw + b"GET /", raw + b"hello"], [False, False])
        self.assertEqual([cors(a) for a in lines], [REPLY, REPLY])

    def test_old_protocol_without_a_host(self):
        answer = wire.exchange(self.port, b"GET / HTTP/1.0\r\norigin: %s\r\n\r\n" % ORIGIN.encode())
        self.assertEqual((answer.status, cors(answer)), (200, []))


class Status(Gateway):
    """corsac_status."""

    def test_it_counts_what_all_workers_did(self):
        self.run_nginx('location / { PASS } location = /m { corsac off; corsac_status; }', workers=3)

        def some():
            for _ in range(40):
                get(self.port)
                get(self.port, origin=EVIL)
                preflight(self.port)

        threads = [threading.Thread(target=some) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _ in range(10):
            body = get(self.port, "/m").body.decode()
            for outcome in ("allowed", "denied", "preflight-allowed"):
                self.assertIn(f'outcome="{outcome}"}} 120\n', body)
        self.assertEqual(get(self.port, "/m", method="POST", headers=[("content-length", "0")]).status, 405)

    def test_it_is_prometheus_text(self):
        self.run_nginx('location = /m { corsac off; corsac_status; }')
        answer = get(self.port, "/m")
        self.assertTrue(values(answer, "content-type")[0].startswith("text/plain; version=0.0.4"))
        for line in answer.body.decode().splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) corsac_[a-z_]+ .+|corsac_[a-z_]+({([a-z]+="[^"\n]*",?)*})? [0-9]+)$')


class Counting(unittest.TextTestResult):
    """Remembers how many tests passed, for the line that scripts/check adds up."""

    passing = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passing += 1


def main():
    global ARGS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--module", required=True)
    parser.add_argument("--corsac", required=True)
    parser.add_argument("--only", help="a class, or Class.method")
    ARGS = parser.parse_args()
    ARGS.corsac = os.path.abspath(ARGS.corsac)
    if shutil.which("nginx") is None and not os.path.exists("/usr/sbin/nginx"):
        print("SKIPPED: nginx is not installed")
        return 77
    loader = unittest.defaultTestLoader
    module = sys.modules[__name__]
    suite = loader.loadTestsFromName(ARGS.only, module) if ARGS.only else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=Counting, verbosity=2).run(suite)
    skipped = len(result.skipped)
    print(f"{result.passing} passed, {result.testsRun - result.passing - skipped} failed, {skipped} skipped")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
