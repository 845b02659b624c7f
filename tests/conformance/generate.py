# SPDX-License-Identifier: Apache-2.0
"""Random worlds and requests that aim at them.

A world is a stream of Gateway and VirtualService documents.  Its requests are drawn from the
documents themselves: a host it serves, a path near one of its conditions, an Origin that one of its
matchers accepts or nearly accepts.  Everything follows from the seed.
"""

import random
import string

import yaml

NAMESPACES = ["app", "shop", "istio-system", "default"]
HOSTS = ["api.example.com", "www.example.com", "*.example.com", "shop.test", "*.shop.test", "*", "Foo.example.com",
         "a.b.example.com", "*.b.example.com", "reviews", "10.1.2.3", "foo.example.com", "*.com", "api.shop.test", "*hop.test",
         "*-x.example.com"]
SERVER_HOSTS = [["*"], ["*"], ["*"], ["*"], ["*"], ["*.example.com", "*.shop.test"], ["*/*"], ["app/*", "shop/*.shop.test"], ["./*.example.com", "*/shop.test"],
                ["api.example.com", "www.example.com", "*.shop.test"], ["*.com"], ["*.example.com", "*"]]
ORIGINS = ["https://a.com", "https://b.com", "http://localhost:3000", "https://app.example.com", "null", "https://x.y.example.com",
           "capacitor://localhost", "https://a.com:8443", "https://xn--e1afmkfd.test", "chrome-extension://abcdef", "https://admin.shop.test",
           "http://127.0.0.1", "https://[::1]:8080", "localhost", "https://A.com", "*", "https://a.com/", "https://"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
REQUEST_HEADERS = ["x-tenant", "X-Version", "x-a", "cookie", "user-agent", "accept-language", "authorization", "content-type", "pragma",
                   "x-requested-with", "origin", "access-control-request-method", "access-control-request-headers", "via", "cache-control",
                   "x-forwarded-host", "accept", "if-none-match"]
VALUES = ["a", "b", "v1", "v2", "", "a,b", "abc", "Bearer x", "A", "v1.2", "caf\xc3\xa9", "a b"]
PATHS = ["/", "/api", "/api/", "/api/v1", "/v1", "/v1/x", "/foo", "/foo/bar", "/static/app.js", "/Users", "/a.b", "/deep/er/path", "/foobar"]
WIRE_METHODS = ["GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]
STAR_ORIGINS = [".*", ".+", "[^.]+", "\\S+", ".", "(https://.*)?.?", "(\\*|https://a)", "\\W+", "[^/]*", ".{1,64}"]

# What the upstream can answer: (status, headers).
UPSTREAM = [
    (200, [("x-up", "0")]),
    (200, [("access-control-allow-origin", "https://upstream.invalid"), ("x-mid", "1")]),
    (200, [("access-control-allow-origin", "*"), ("access-control-allow-credentials", "true"), ("vary", "Accept")]),
    (404, [("x-mid", "1"), ("access-control-allow-origin", "one.invalid"), ("vary", "Origin"), ("access-control-allow-origin", "two.invalid")]),
    (200, [("access-control-expose-headers", "Up-1"), ("x-mid", "1"), ("access-control-expose-headers", "Up-2"),
           ("access-control-allow-credentials", "false")]),
    (204, [("access-control-allow-methods", "GET"), ("access-control-allow-methods", "PUT"), ("access-control-allow-headers", ""),
           ("access-control-allow-headers", "x"), ("access-control-max-age", "5"), ("access-control-allow-origin", "up.invalid")]),
    (500, [("Access-Control-Allow-Origin", ""), ("access-control-expose-headers", ""), ("access-control-allow-private-network", "true")]),
    (200, [("access-control-allow-credentials", "a"), ("access-control-allow-credentials", "b"), ("access-control-expose-headers", "e"),
           ("access-control-allow-origin", "z.invalid"), ("vary", "a"), ("vary", "b")]),
]


def text(rng, letters=string.ascii_lowercase + string.digits, low=1, high=6):
    return "".join(rng.choice(letters) for _ in range(rng.randint(low, high)))


def upper(value):
    """ASCII upper case; other bytes stay."""
    return "".join(c.upper() if c.isascii() else c for c in value)


# --- regular expressions with a member of each ---------------------------------------------------

def _utf8(letter):
    return letter.encode("utf-8").decode("latin-1")


def _atom(rng, depth):
    """(pattern as YAML text, one matching string as latin-1 text)."""
    roll = rng.random()
    if depth > 0 and roll < 0.18:
        parts = [regex(rng, depth - 1) for _ in range(rng.randint(2, 3))]
        opening = rng.choice(["(", "(?:", "(?i:", "(?P<n%d>" % rng.randrange(10 ** 6)])
        return opening + "|".join(p for p, _ in parts) + ")", rng.choice(parts)[1]
    if roll < 0.5:
        word = text(rng, string.ascii_lowercase, 1, 4)
        return word, word
    if roll < 0.60:
        return rng.choice([("\\.", "."), ("://", "://"), ("-", "-"), (":", ":"), ("/", "/"), ("\\*", "*")])
    if roll < 0.64:
        return rng.choice([("\u00e9", _utf8("\u00e9")), ("\\xe9", "\xe9"), ("\\x{ff}", "\xff"), ("[\u00e9x]", "x"), ("[\\x80-\\xff]", "\x90"),
                           ("\\pL", "\xe9"), ("(?i)\u00c9", _utf8("\u00c9"))])
    return rng.choice([("[a-z]", "q"), ("[a-z0-9-]", "7"), ("[^.]", "/"), (".", "\xa0"), ("\\d", "5"), ("\\w", "_"), ("\\S", "~"), ("\\D", "x"),
                       ("[[:alpha:]]", "Z"), ("[^/:]", "k"), ("\\W", "*"), ("(?i:k)", "K"), ("[A-F\\d]", "B"), ("\\b", "")])


def regex(rng, depth=2):
    """A random pattern and one string that it matches (mostly; anchors and \\b may spoil it)."""
    pattern, sample = "", ""
    for _ in range(rng.randint(1, 4)):
        part, member = _atom(rng, depth)
        roll = rng.random()
        wrap = part if len(part) == 1 or part[0] in "([\\" and part.count("\\") <= 1 and not part.startswith("(?i)") else f"(?:{part})"
        if part == "\\b":
            wrap, roll = part, 1.0
        if roll < 0.12:
            part, member = wrap + "*", member * rng.randint(0, 2)
        elif roll < 0.24:
            part, member = wrap + "+", member * rng.randint(1, 3)
        elif roll < 0.32:
            part, member = wrap + "?", member * rng.randint(0, 1)
        elif roll < 0.40:
            low = rng.randint(0, 2)
            part, member = wrap + "{%d,%d}" % (low, low + rng.randint(0, 3)), member * low
        pattern, sample = pattern + part, sample + member
    return pattern, sample


# --- conditions -------------------------------------------------------------------------------------

def string_match(rng, pool, empty_ok=True):
    """A StringMatch and a value for it; the document has text, the wire its UTF-8 bytes."""
    match, value = _string_match(rng, [p.encode("latin-1").decode("utf-8") for p in pool], empty_ok)
    return match, value if "regex" in match else _utf8(value)


def _string_match(rng, pool, empty_ok):
    roll = rng.random()
    value = rng.choice(pool)
    if roll < 0.45:
        if not value and not empty_ok:
            value = "a"
        return {"exact": value}, value
    if roll < 0.7 and value:
        cut = value[:rng.randint(1, len(value))]
        return {"prefix": cut}, cut + rng.choice(["", "x", value])
    if roll < 0.9:
        pattern, sample = rng.choice([("v[0-9]+(\\.[0-9]+)?", "v12"), (".*", ""), ("[^a]*", "zz"), ("a|b", "b"), (".+", "q")]) \
            if rng.random() < 0.6 else regex(rng, 1)
        return {"regex": pattern}, sample
    return {}, value


def uri_match(rng):
    roll = rng.random()
    path = rng.choice(PATHS)
    if roll < 0.35:
        return {"prefix": path}, path + rng.choice(["", "/x", "x", "/../y", "?k=1"])
    if roll < 0.6:
        return {"exact": path}, path
    if roll < 0.63:
        return {"prefix": ""}, "/"
    if roll < 0.66:
        return {}, path
    pattern, sample = rng.choice([(".*", "/any"), ("/.*", "/any"), ("/api/v[0-9]+/.*", "/api/v2/x"), ("/[^/]+", "/one"), ("(/foo|/bar)(/.*)?", "/bar/x"),
                                  ("/(?i)users", "/USERS"), ("/[a-z]+\\.js", "/app.js"), ("/a%2Fb", "/a%2Fb")])
    return {"regex": pattern}, sample


def match_block(rng, gateways, strict):
    """A match block; the intent (path and headers that satisfy it) goes with it."""
    if rng.random() < 0.05:
        return {}, {"path": rng.choice(PATHS)}
    block, intent = {}, {"path": rng.choice(PATHS), "headers": [], "query": []}
    if rng.random() < 0.85:
        block["uri"], intent["path"] = uri_match(rng)
        if rng.random() < 0.12:
            block["ignoreUriCase"] = True
            intent["path"] = intent["path"].swapcase()
    if rng.random() < 0.15:
        block["method"], intent["method"] = string_match(rng, ["GET", "POST", "OPTIONS", "PUT"], False)
    if rng.random() < 0.06:
        block["authority"], intent["authority"] = string_match(rng, ["api.example.com", "shop.test", "x.example.com"], False)
    if rng.random() < 0.05:
        block["scheme"], _ = string_match(rng, ["http", "https"], False)
    if rng.random() < 0.3:
        for key in rng.sample(REQUEST_HEADERS, rng.randint(1, 2)):
            match, value = string_match(rng, VALUES)
            block.setdefault("headers", {})[key] = match
            intent["headers"].append((key, value))
    if rng.random() < 0.04:
        key = rng.choice([":path", ":method", ":authority", ":scheme"])
        block.setdefault("headers", {})[key] = string_match(rng, ["/api", "GET", "https", "api.example.com"])[0]
    if rng.random() < 0.18:
        for key in rng.sample(REQUEST_HEADERS, rng.randint(1, 2)):
            match, value = string_match(rng, VALUES)
            block.setdefault("withoutHeaders", {})[key] = {"regex": "*"} if rng.random() < 0.1 else match
            intent.setdefault("without", []).append((key, value))
    if rng.random() < 0.15:
        key = rng.choice(["k", "q", "K", "version"])
        match, value = string_match(rng, ["1", "2", "", "a%41"])
        block["queryParams"] = {key: match}
        intent["query"].append((key, value))
    if rng.random() < 0.08:
        block["port"] = rng.choice([80, 443, 8080])
    if rng.random() < 0.08:
        block["gateways"] = rng.sample(gateways, 1) + rng.choice([[], ["mesh"]])
    if rng.random() < 0.03:
        block["sourceLabels"] = rng.choice([{"istio": "ingressgateway"}, {"app": "web"}])
    if rng.random() < 0.03:
        block["sourceNamespace"] = rng.choice(["istio-system", "app"])
    if rng.random() < 0.04 and strict:
        where = rng.choice(["headers", "withoutHeaders"])
        block.setdefault(where, {})[rng.choice(["@request.auth.claims.group", "@request.auth.claims[a][b.c]"])] = {"exact": "admin"}
    if rng.random() < 0.1:
        block["name"] = "m" + text(rng)
    return block, intent


# --- policies -----------------------------------------------------------------------------------------

def origin_matcher(rng):
    """A StringMatch for origins and an Origin for it."""
    roll = rng.random()
    origin = rng.choice(ORIGINS)
    if roll < 0.4:
        if rng.random() < 0.07:
            return {"exact": rng.choice(["https://*.a.com", "*.a.com", "caf\u00e9"])}, "https://x.a.com"
        if origin == "*" and rng.random() < 0.6:
            origin = "https://a.com"
        return {"exact": origin}, origin
    if roll < 0.58:
        cut = origin[:rng.randint(1, len(origin))]
        return {"prefix": cut}, cut + rng.choice(["", "x", ".evil.test", "/"])
    if roll < 0.62:
        return {"regex": rng.choice(STAR_ORIGINS)}, origin
    if roll < 0.75:
        return rng.choice([
            ({"regex": "https://([a-z0-9-]+\\.)?example\\.com"}, "https://app.example.com"), ({"regex": "https://*.foo.com"}, "https://xfoo.com"),
            ({"regex": "^https?://localhost(:\\d+)?$"}, "http://localhost:3000"), ({"regex": "https://.*\\.shop\\.test"}, "https://evil.com/.shop.test"),
            ({"regex": "(?i)https://a\\.com"}, "HTTPS://A.com"), ({"regex": "https://[^.]+\\.a\\.com"}, "https://b.a.com"),
            ({"regex": "null|https://.*"}, "null"), ({"regex": "https://\\w{1,8}\\.test(:[0-9]{2,5})?"}, "https://ab.test:80")])
    pattern, sample = regex(rng)
    return {"regex": pattern}, sample


def cors_policy(rng):
    """A corsPolicy and Origins that belong to it."""
    if rng.random() < 0.03:
        return {}, ["https://a.com"]
    policy, origins = {}, []
    roll = rng.random()
    if rng.random() < 0.02:
        made = [origin_matcher(rng) for _ in range(20)]
        made += [({"exact": f"https://t{i}.example.com"}, f"https://t{i}.example.com") for i in range(rng.choice([50, 300]))]
        rng.shuffle(made)
        policy["allowOrigins"], origins = [m for m, _ in made], [o for _, o in made]
    elif roll < 0.08:
        policy["allowOrigin"] = [rng.choice(ORIGINS) for _ in range(rng.randint(1, 3))]
        origins = list(policy["allowOrigin"])
    elif roll < 0.13:
        policy["allowOrigins"] = []
    elif roll < 0.19:
        policy["allowOrigins"] = [{"exact": "*"}]
        origins = [rng.choice(ORIGINS)]
    else:
        made = [origin_matcher(rng) for _ in range(rng.choice([1, 1, 2, 2, 3, 5, 9]))]
        policy["allowOrigins"], origins = [m for m, _ in made], [o for _, o in made]
        if rng.random() < 0.08:
            policy["allowOrigin"] = ["https://ignored.test"]
    if rng.random() < 0.75:
        policy["allowMethods"] = rng.choice([["*"], ["GET"], ["GET", "POST"], ["*", "GET"], rng.sample(METHODS, 4), []])
    if rng.random() < 0.75:
        policy["allowHeaders"] = rng.choice([["*"], ["content-type"], ["X-Foo", "x-bar"], ["*", "authorization"], ["a,b", "c"], []])
    if rng.random() < 0.5:
        policy["exposeHeaders"] = rng.choice([["X-Id"], ["*"], ["X-A", "x-a", "X-B"], []])
    if rng.random() < 0.5:
        policy["maxAge"] = rng.choice(["24h", "600s", "1h30m", "1s", "1.5m", "0.5h", "86400s"])
    if rng.random() < 0.6:
        policy["allowCredentials"] = rng.random() < 0.6
    if rng.random() < 0.6:
        policy["unmatchedPreflights"] = rng.choice(["IGNORE", "IGNORE", "FORWARD", "UNSPECIFIED", 2, 1])
    return policy, origins


# --- documents ----------------------------------------------------------------------------------------

def metadata(rng, namespace, name):
    out = {"name": name, "namespace": namespace}
    if rng.random() < 0.4:
        out["creationTimestamp"] = f"202{rng.randint(0, 5)}-0{rng.randint(1, 9)}-01T00:00:00Z"
    return out


def gateway(rng, namespace, name, plain_ports):
    servers = []
    for i, port in enumerate(plain_ports + rng.choice([[], [], [], [80]])):
        server = {"port": {"number": port, "name": f"http{i}", "protocol": rng.choice(["HTTP", "HTTP", "HTTP2", "grpc"])},
                  "hosts": list(rng.choice(SERVER_HOSTS))}
        if rng.random() < 0.1:
            server["tls"] = {"httpsRedirect": True}
        if port == 8080 and rng.random() < 0.2:
            server["bind"] = "127.0.0.1"
        servers.append(server)
    if rng.random() < 0.45:
        for i in range(rng.randint(1, 2)):
            servers.append({"port": {"number": 443, "name": f"https{i}", "protocol": "HTTPS"}, "hosts": list(rng.choice(SERVER_HOSTS)),
                            "tls": {"mode": "PASSTHROUGH"} if rng.random() < 0.1 else {"mode": "SIMPLE", "credentialName": "c"}})
    selector = {"istio": "ingressgateway"} if rng.random() < 0.85 else rng.choice([{"istio": "other"}, {"istio": "ingressgateway", "app": "web"}, {}])
    return {"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": metadata(rng, namespace, name),
            "spec": {"selector": selector, "servers": servers}}


def _covers(one, other):
    if one == other:
        return True
    return one.startswith("*") and other.lstrip("*").endswith(one[1:]) or other.startswith("*") and one.lstrip("*").endswith(other[1:])


def pick_hosts(rng, gateway_only):
    out = []
    for host in rng.sample(HOSTS, rng.randint(1, 3)):
        if (host != "*" or gateway_only) and not any(_covers(host, h) for h in out):
            out.append(host)
    return out or ["api.example.com"]


def rule(rng, gateways, strict, intents, no_match):
    out, mine = {}, []
    if not no_match:
        made = [match_block(rng, gateways, strict) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        out["match"] = [b for b, _ in made]
        mine = [i for _, i in made]
    origins = []
    if rng.random() < 0.82:
        out["corsPolicy"], origins = cors_policy(rng)
    for intent in mine or [{"path": rng.choice(PATHS)}]:
        intents.append({**intent, "origins": origins})
    if rng.random() < 0.1:
        out["name"] = "r" + text(rng)
    return out


def finish(rng, out):
    """Give a rule its action."""
    roll = rng.random()
    if roll < 0.06:
        out["redirect"] = rng.choice([{"uri": "/moved"}, {"authority": "new.test", "redirectCode": 302}, {"uri": "/x", "redirectCode": 308}])
    elif roll < 0.12:
        out["directResponse"] = {"status": rng.choice([200, 204, 403, 404, 503])}
    else:
        out["route"] = [{"destination": {"host": "backend"}}]
        if rng.random() < 0.05:
            out["rewrite"] = {"authority": "inner.test"}
        if rng.random() < 0.05:
            out["headers"] = {"request": {"set": {"origin": "https://rewritten.test"}}}
        elif rng.random() < 0.05:
            out["headers"] = {"response": {"set": {rng.choice(["access-control-allow-origin", "vary", "access-control-expose-headers"]): "set.invalid"}}}


def service(rng, index, gateways, delegates):
    namespace = rng.choice(NAMESPACES)
    chosen = rng.sample(gateways, rng.randint(1, len(gateways)))
    if rng.random() < 0.07:
        chosen.append("mesh")
    intents = []
    strict = "mesh" not in chosen
    hosts = pick_hosts(rng, strict)
    rules = []
    for i in range(rng.choice([1, 2, 2, 3, 4])):
        made = rule(rng, chosen if rng.random() < 0.8 else gateways, strict, intents, rng.random() < (0.5 if i else 0.2))
        if delegates and rng.random() < 0.3:
            made["delegate"] = dict(zip(("namespace", "name"), rng.choice(delegates)))
        else:
            finish(rng, made)
        rules.append(made)
    spec = {"hosts": hosts, "gateways": chosen, "http": rules}
    if rng.random() < 0.15:
        spec["exportTo"] = rng.choice([["."], ["istio-system"], ["*"], ["app"], [".", "istio-system"] if namespace != "istio-system" else ["."]])
    document = {"apiVersion": rng.choice(["networking.istio.io/v1", "networking.istio.io/v1beta1"]), "kind": "VirtualService",
                "metadata": metadata(rng, namespace, f"vs{index}"), "spec": spec}
    return document, {"hosts": hosts, "namespace": namespace, "gateways": chosen, "intents": intents}


def delegate(rng, namespace, name, gateways):
    intents, rules = [], []
    for _ in range(rng.randint(1, 3)):
        made = rule(rng, gateways, False, intents, rng.random() < 0.15)
        finish(rng, made)
        rules.append(made)
    spec = {"http": rules}
    if rng.random() < 0.2:
        spec["exportTo"] = rng.choice([["."], ["*"], ["app", "shop"]])
    return {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": metadata(rng, namespace, name), "spec": spec}, intents


class Dumper(yaml.SafeDumper):
    """No aliases: every document stands alone."""

    def ignore_aliases(self, data):
        return True


def _quoted(dumper, value):
    """YAML 1.1 readers take more words for booleans than this library knows (D-14)."""
    style = "'" if value.lower() in ("y", "n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Dumper.add_representer(str, _quoted)


class Scenario:
    """The documents of a world and what its requests should aim at."""

    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        self.seed = seed
        self.normalize = rng.random() < 0.4
        named = [("istio-system", "public"), ("app", "inner"), ("shop", "edge")][:rng.choice([1, 2, 2, 3])]
        self.gateways = [gateway(rng, ns, n, [80] + ([8080] if rng.random() < 0.4 else [])) for ns, n in named]
        names = [f"{ns}/{n}" for ns, n in named]
        made = [delegate(rng, rng.choice(NAMESPACES), f"d{i}", names) for i in range(rng.choice([0, 0, 1, 2]))]
        delegates = [(d["metadata"]["namespace"], d["metadata"]["name"]) for d, _ in made]
        self.targets, documents = [], list(self.gateways) + [d for d, _ in made]
        for i in range(rng.randint(2, 7)):
            document, target = service(rng, i, names, delegates)
            documents.append(document)
            for _, intents in made:
                target["intents"] += intents
            self.targets.append(target)
        rng.shuffle(documents)
        self.text = "---\n".join(yaml.dump(d, Dumper=Dumper, sort_keys=False, allow_unicode=True) for d in documents)

    def places(self):
        return [(f"{g['metadata']['namespace']}/{g['metadata']['name']}", s["port"]["number"]) for g in self.gateways for s in g["spec"]["servers"]]

    def serves(self, place, target):
        """Whether some server of the place may carry a host of the target."""
        for item in self.gateways:
            if f"{item['metadata']['namespace']}/{item['metadata']['name']}" == place[0]:
                hosts = [h.rpartition("/")[2] for s in item["spec"]["servers"] if s["port"]["number"] == place[1] for h in s["hosts"]]
                return any(_covers(h, t) for h in hosts for t in target["hosts"])
        return False

    # --- requests ---

    def authority(self, target):
        rng = self.rng
        host = rng.choice(target["hosts"])
        if host.startswith("*"):
            host = rng.choice(["x", "foo", "a.b", "API", "x-1"]) + (host[1:] or rng.choice([".example.com", ".other.test"]))
        elif "." not in host and rng.random() < 0.8:
            host += f".{target['namespace']}.svc.cluster.local"
        roll = rng.random()
        if roll < 0.1:
            host += rng.choice([":80", ":443", ":8080", ":"])
        elif roll < 0.16:
            host = upper(host)
        elif roll < 0.2:
            host = rng.choice(["unknown.test", "foo.com.", host + ".", "x." + host, "[::1]", "[::1]:80", "localhost", "example.com"])
        return host

    def path(self, intent):
        rng = self.rng
        path = intent["path"] or "/"
        if not path.startswith("/"):
            path = "/" + path
        roll = rng.random()
        if roll < 0.12:
            path = rng.choice(PATHS)
        elif roll < 0.2:
            path += rng.choice(["/", "/x", "x", "?a=1", "#frag", "%20", "//x", "/./y", "/%2e%2e/z", ";p=1", "%41", "?k=1&k=2",
                                "/..;x/y", "\\\\b", "%5Cb", "%2Fb", "|", "%7e", "/..", "/../..", "/%2E", "\"<>^`{}", "%zz", "%", "/...", "/.;/x", "//..//x",
                                "?a=/../b", "#/../x", "%25", "%c3%a9", "/%2e%2e%2fx", "~", "/%2e;q", "/a/b/../../c"])
        elif roll < 0.24 and len(path) > 1:
            path = path[:-1]
        elif roll < 0.26:
            path = path.swapcase()
        query = [f"{k}={v}" if v or rng.random() < 0.5 else k for k, v in intent.get("query", []) if rng.random() < 0.75]
        if rng.random() < 0.06:
            query += rng.choice([["k=1", "k=2"], ["k"], ["", "q=a%41"], ["version=2", "version"]])
        rng.shuffle(query)
        if query:
            at = path.find("#")
            head, tail = (path, "") if at < 0 else (path[:at], path[at:])
            path = head + ("&" if "?" in head else "?") + "&".join(query) + tail
        return "".join(c if 0x21 <= ord(c) < 0x7f else "_" for c in path)

    def origin_lines(self, intent):
        rng = self.rng
        origin = rng.choice(intent["origins"]) if intent.get("origins") and rng.random() < 0.72 else rng.choice(ORIGINS)
        roll = rng.random()
        if roll < 0.08 and origin:
            at = rng.randrange(len(origin))
            origin = rng.choice([origin[:at] + origin[at + 1:], origin[:at] + rng.choice("ax.:/*\xff\x80") + origin[at:], origin + "x", upper(origin)])
        elif roll < 0.10:
            origin += rng.choice(["\xc3\xa9", "\xff", "\xed\xa0\x80", "\t.", "  x"])
        elif roll < 0.105:
            origin = "https://" + "a" * rng.randint(500, 9000) + ".com"
        origin = origin.strip(" \t")
        roll = rng.random()
        if roll < 0.03:
            return [""]
        if roll < 0.06:
            return [origin, rng.choice(ORIGINS)]
        if roll < 0.08:
            return ["", origin]
        if roll < 0.09:
            return [origin, ""]
        if roll < 0.1:
            return [origin, "", "https://b.com"]
        return [origin]

    def request(self, number):
        """One request as the fields of an input line plus the upstream variant."""
        rng = self.rng
        target = rng.choice(self.targets)
        intent = rng.choice(target["intents"])
        places = [p for p in self.places() if p[0] in target["gateways"]] or self.places()
        if rng.random() < 0.9:
            places = [p for p in places if self.serves(p, target)] or places
        gate, port = rng.choice(places if rng.random() < 0.93 else self.places())
        headers = [(k, v) for k, v in intent.get("headers", []) if rng.random() < 0.75]
        headers += [(k, v) for k, v in intent.get("without", []) if rng.random() < 0.25]
        for key, value in list(headers):
            if rng.random() < 0.25:
                headers.insert(rng.randint(0, len(headers)), (key, rng.choice(VALUES + [value])))
        headers = [(k, v) for k, v in headers if k not in ("origin", "access-control-request-method") or rng.random() < 0.3]
        if rng.random() < 0.08:
            key = rng.choice(REQUEST_HEADERS + [k for k, _ in headers])
            headers += [(key, rng.choice(VALUES)) for _ in range(rng.randint(1, 2))]
        roll = rng.random()
        if rng.random() < 0.92 or roll < 0.4:
            headers += [(rng.choice(["origin", "Origin"]), o) for o in self.origin_lines(intent)]
        method = rng.choice(WIRE_METHODS)
        if intent.get("method") in WIRE_METHODS and rng.random() < 0.7:
            method = intent["method"]
        if roll < 0.42:
            method = "OPTIONS"
            headers += [("access-control-request-method", m) for m in rng.choice([["PUT"], ["GET"], ["DELETE"], ["x-odd"], ["GET", "PUT"], ["", "PUT"]])]
            if rng.random() < 0.7:
                headers += [("access-control-request-headers", h) for h in rng.choice([["x-1,x-2"], ["authorization"], [""], ["a", "b"], ["X-A, x-b"], ["*"]])]
            if rng.random() < 0.1:
                headers.append(("access-control-request-private-network", "true"))
        elif roll < 0.52:
            method = "OPTIONS"
            headers += rng.choice([[], [("access-control-request-method", "")], [("access-control-request-headers", "x")]])
        elif roll < 0.57:
            headers.append(("access-control-request-method", "PUT"))
        rng.shuffle(headers)
        headers = [(k, v.strip(" \t")) for k, v in headers]
        up = 0 if ("*" in (v for _, v in headers)) else rng.choice([0, 0] + list(range(len(UPSTREAM))))
        authority = intent["authority"] if intent.get("authority") and rng.random() < 0.6 else self.authority(target)
        return {"id": number, "gateway": gate, "port": port, "method": method, "authority": authority, "path": self.path(intent),
                "headers": headers, "up": up,
                "scheme": "https" if port != 443 and rng.random() < 0.15 else None}
