# SPDX-License-Identifier: Apache-2.0
"""VirtualServices and Gateways to Envoy route configurations, as Istio does it for a gateway pod.

Written from the numbered clauses of docs/semantics.md, not from the compiler, so that the two can
disagree.  Every Envoy route is named after the rule and match block it came from and carries its
virtual host and the presence of a policy as metadata; the access log tells both back.
"""

import copy

import documents
import envoy

HTTP_FAMILY = {"HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"}
JWT = "envoy.filters.http.jwt_authn"
# What follows this mark tells apart routes of one virtual host that come from one match block.
SERIAL = "~"
INHERITED = ("corsPolicy", "rewrite", "directResponse", "timeout", "retries", "fault", "mirror", "mirrorPercent",
             "mirrorPercentage", "mirrors", "headers")


# --- L: delegates -----------------------------------------------------------------------------

def _kind(match):
    for kind in ("regex", "prefix", "exact"):
        if kind in match:
            return kind, match[kind]
    return None, ""


def _string_conflict(root, leaf):
    """L-8, for two conditions that are both present."""
    (rk, rv), (lk, lv) = _kind(root), _kind(leaf)
    if rv and lv and "regex" in (rk, lk):
        return True
    if rk == "exact" and rv:
        return (lk, lv) != (rk, rv)
    if rk == "prefix" and rv:
        return not (lk in ("prefix", "exact") and lv and lv.startswith(rv))
    return True


def _conflict(root, leaf):
    """L-7."""
    for field in ("uri", "scheme", "method", "authority"):
        if field in root and field in leaf and _string_conflict(root[field], leaf[field]):
            return True
    for field in ("headers", "withoutHeaders", "queryParams"):
        theirs = leaf.get(field) or {}
        for key, value in (root.get(field) or {}).items():
            if key in theirs and _string_conflict(value or {}, theirs[key] or {}):
                return True
    if bool(root.get("ignoreUriCase")) != bool(leaf.get("ignoreUriCase")):
        return True
    if root.get("port") and leaf.get("port") and root["port"] != leaf["port"]:
        return True
    if root.get("sourceNamespace") and leaf.get("sourceNamespace") != root["sourceNamespace"]:
        return True
    labels = leaf.get("sourceLabels") or {}
    if any(labels.get(k, v) != v for k, v in (root.get("sourceLabels") or {}).items()):
        return True
    mine, theirs = root.get("gateways") or [], leaf.get("gateways") or []
    return bool(mine and theirs and (len(mine) < len(theirs) or not set(theirs) <= set(mine)))


def _merge_block(root, leaf):
    """L-6."""
    merged = {k: v for k, v in leaf.items()}
    names = [n for n in (root.get("name"), leaf.get("name")) if n]
    if names:
        merged["name"] = "-".join(names)
    for field in ("uri", "scheme", "method", "authority", "port", "sourceNamespace", "gateways"):
        if not merged.get(field) and field in root and field not in leaf:
            merged[field] = root[field]
    for field in ("headers", "withoutHeaders", "queryParams", "sourceLabels"):
        if root.get(field) or leaf.get(field):
            merged[field] = {**(root.get(field) or {}), **(leaf.get(field) or {})}
    return merged


def _merge_matches(root, leaf):
    """L-5; None when everything of some leaf block conflicts."""
    if not root or not leaf:
        return leaf or root
    out = []
    for block in leaf:
        merged = [_merge_block(r, block) for r in root if not _conflict(r, block)]
        if not merged:
            return None
        out += merged
    return out


def _delegated(root, rule, services):
    """The rules that replace a delegating rule (L-2, L-5, L-9)."""
    reference = rule["delegate"] or {}
    wanted = (reference.get("namespace") or root.namespace, reference["name"])
    target = next((s for s in services if (s.namespace, s.name) == wanted), None)
    if target is None or target.hosts or not target.visible_to(root.namespace):
        return []
    out = []
    for theirs in target.rules:
        matches = _merge_matches(rule["match"], theirs["match"])
        if matches is None:
            continue
        merged = {**theirs, "match": matches, "merged": True}
        for field in INHERITED:
            if field not in theirs and field in rule:
                merged[field] = rule[field]
        out.append(merged)
    return out


def with_delegates(services):
    """Roots with their delegates' rules in place; delegates themselves are gone."""
    out = []
    for service in services:
        if not service.hosts:
            continue
        merged = copy.copy(service)
        merged.rules = []
        for rule in service.rules:
            merged.rules += _delegated(service, rule, services) if "delegate" in rule else [rule]
        out.append(merged)
    return out


# --- M and P: conditions and policies -----------------------------------------------------------

def _matcher(match):
    kind, value = _kind(match)
    return {"safe_regex": {"regex": value}} if kind == "regex" else {kind: value}


def _header(name, match):
    match = match or {}
    if not match or match.get("regex") == "*":
        return {"name": name, "present_match": True}
    return {"name": name, "string_match": _matcher(match)}


def _without(name, match):
    header = _header(name, match)
    header["invert_match"] = True
    if "string_match" in header:
        header["treat_missing_header_as_empty"] = True
    return header


def _claim(key, match, invert):
    """M-18."""
    if "[" in key:
        path = key[key.index("[") + 1:-1].split("][")
    else:
        path = key[len("@request.auth.claims."):].split(".")
    value = {"string_match": _matcher(match)}
    out = {"filter": JWT, "path": [{"key": "payload"}] + [{"key": p} for p in path],
           "value": {"or_match": {"value_matchers": [value, {"list_match": {"one_of": value}}]}}}
    if invert:
        out["invert"] = True
    return out


def _is_claim(key):
    return key.lower().startswith("@request.auth.claims")


def conditions(block):
    """A match block as an Envoy RouteMatch (M-2 to M-18)."""
    kind, value = _kind(block.get("uri") or {})
    out = {None: {"prefix": "/"}, "exact": {"path": value}, "prefix": {"prefix": value},
           "regex": {"safe_regex": {"regex": value}}}[kind]
    if block.get("ignoreUriCase"):
        out["case_sensitive"] = False
    headers, claims = [], []
    for field, build, invert in (("headers", _header, False), ("withoutHeaders", _without, True)):
        for key, match in (block.get(field) or {}).items():
            if _is_claim(key):
                claims.append(_claim(key, match, invert))
            else:
                headers.append(build(key, match))
    for field in ("method", "authority", "scheme"):
        if field in block:
            headers.append(_header(":" + field, block[field]))
    if headers:
        out["headers"] = headers
    if claims:
        out["dynamic_metadata"] = claims
    query = [_header(k, m) for k, m in (block.get("queryParams") or {}).items()]
    if query:
        out["query_parameters"] = query
    return out


def _seconds(duration):
    """The whole seconds of a legal maxAge (V-9)."""
    total, number = 0, ""
    scale = {"h": 3600, "m": 60, "s": 1}
    for c in duration.replace("ms", "!"):
        if c.isdigit() or c == ".":
            number += c
        elif c == "!":
            total, number = total + float(number) / 1000, ""
        elif c in scale:
            total, number = total + float(number) * scale[c], ""
    return int(total)


def policy(cors):
    """corsPolicy as the filter's per-route configuration (P-2 to P-12)."""
    cors = documents.present(cors)
    if "allowOrigins" in cors:
        origins = [_matcher(m) for m in cors["allowOrigins"] if m]
    else:
        origins = [{"exact": o} for o in cors.get("allowOrigin", [])]
    out = {"@type": envoy.CORS_POLICY, "allow_origin_string_match": origins,
           "filter_enabled": {"default_value": {"numerator": 100, "denominator": "HUNDRED"}},
           "forward_not_matching_preflights": cors.get("unmatchedPreflights") not in ("IGNORE", 2)}
    for theirs, ours in (("allow_methods", "allowMethods"), ("allow_headers", "allowHeaders"), ("expose_headers", "exposeHeaders")):
        if cors.get(ours):
            out[theirs] = ",".join(cors[ours])
    if "maxAge" in cors:
        out["max_age"] = str(_seconds(cors["maxAge"]))
    if "allowCredentials" in cors:
        out["allow_credentials"] = cors["allowCredentials"]
    return out


# --- R: routes ----------------------------------------------------------------------------------

def _catch_all(match):
    """R-8."""
    if match.get("headers") or match.get("query_parameters") or match.get("dynamic_metadata"):
        return False
    return match.get("prefix") == "/" or match.get("safe_regex", {}).get("regex") == ".*"


def _action(rule):
    """R-11."""
    if "redirect" in rule:
        redirect = rule["redirect"]
        out = {"response_code": {301: "MOVED_PERMANENTLY", 302: "FOUND", 303: "SEE_OTHER", 307: "TEMPORARY_REDIRECT",
                                 308: "PERMANENT_REDIRECT"}[redirect.get("redirectCode") or 301]}
        if redirect.get("uri"):
            out["path_redirect"] = redirect["uri"]
        if redirect.get("authority"):
            out["host_redirect"] = redirect["authority"]
        if redirect.get("scheme"):
            out["scheme_redirect"] = redirect["scheme"]
        return {"redirect": out}
    if "directResponse" in rule:
        return {"direct_response": {"status": rule["directResponse"]["status"]}}
    route = {"cluster": "upstream"}
    if (rule.get("rewrite") or {}).get("authority"):
        route["host_rewrite_literal"] = rule["rewrite"]["authority"]
    return {"route": route}


def _operations(rule):
    """Header operations that the router performs before the CORS step (C-7, C-18)."""
    out = {}
    for side, key in (("request", "request_headers_to_add"), ("response", "response_headers_to_add")):
        settings = ((rule.get("headers") or {}).get(side) or {}).get("set") or {}
        if settings:
            out[key] = [{"header": {"key": k, "value": v}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
                        for k, v in settings.items()]
    return out


def route_name(rule, block):
    owner, index = rule["origin"]
    return f"{owner}#http[{index}]" + ("" if block is None else f".match[{block['index']}]")


def _kept(block, gateway, port, labels):
    """R-3 and R-4."""
    if block.get("port") and block["port"] != port:
        return False
    if block.get("gateways"):
        return gateway in block["gateways"]
    if any(labels.get(k) != v for k, v in (block.get("sourceLabels") or {}).items()):
        return False
    return block.get("sourceNamespace") in (None, "", documents.GATEWAY_NAMESPACE)


def build_routes(service, gateway, port, labels):
    """R-1 to R-6 for one VirtualService on one gateway and port."""
    routes = []
    for rule in service.rules:
        for block in rule["match"] or [None]:
            if block is not None and not _kept(block, gateway, port, labels):
                continue
            match = conditions(block or {})
            route = {"name": route_name(rule, block), "match": match, **_action(rule), **_operations(rule)}
            if "corsPolicy" in rule:
                route["typed_per_filter_config"] = {envoy.CORS: policy(rule["corsPolicy"])}
            route["metadata"] = {"filter_metadata": {"corsac": {
                "policy": "corsPolicy" in rule, "merged": bool(rule.get("merged"))}}}
            routes.append(route)
            if _catch_all(match):
                return routes
        if not rule["match"]:
            return routes
    return routes


# --- H: hosts, servers, virtual hosts -------------------------------------------------------------

def _subset(one, other):
    """H-12."""
    if not other.startswith("*"):
        return one == other
    if one.startswith("*"):
        return len(one) >= len(other) and one[1:].endswith(other[1:])
    return one.endswith(other[1:])


def _server_hosts(server, gateway, namespace):
    """Hosts of a server that admit VirtualServices of a namespace (H-9)."""
    out = []
    for host in server["hosts"]:
        if host == "*/*":
            return ["*"]
        owner, slash, name = host.partition("/")
        if not slash:
            out.append(host)
        elif owner == "*" or (gateway.namespace if owner == "." else owner) == namespace:
            out.append(name)
    return out


def _claimed_hosts(server, gateway):
    """Host texts as H-13 and H-25 compare them."""
    if "*/*" in server["hosts"]:
        return ["*"]
    out = []
    for host in server["hosts"]:
        owner, slash, name = host.partition("/")
        if owner == "*" and slash:
            out.append(name)
        elif owner == "." and slash:
            out.append(f"{gateway.namespace}/{name}")
        else:
            out.append(host)
    return out


def _intersection(server_hosts, service_hosts):
    """H-12, in its order."""
    out = []
    for h in server_hosts:
        for v in service_hosts:
            host = h if _subset(h, v) else v if _subset(v, h) else None
            if host is not None and host not in out:
                out.append(host)
    return out


def carries_http(server):
    """H-10."""
    protocol = server["port"]["protocol"].upper()
    mode = (server.get("tls") or {}).get("mode", "PASSTHROUGH")
    return protocol in HTTP_FAMILY or (protocol == "HTTPS" and mode not in ("PASSTHROUGH", "AUTO_PASSTHROUGH"))


def is_tls(server):
    return server["port"]["protocol"].upper() in ("HTTPS", "TLS")


def configuration_name(server, gateway):
    """H-11."""
    number = server["port"]["number"]
    if is_tls(server):
        name = f"https.{number}.{server['port']['name']}.{gateway.name}.{gateway.namespace}"
    else:
        name = f"http.{number}"
    return name + (f".{server['bind']}" if server.get("bind") else "")


def _kept_servers(gateways):
    """H-13: (server, gateway) pairs in merge order."""
    kept, claimed, plain, names = [], set(), {}, set()
    for gateway in sorted(gateways, key=Order):
        for server in gateway.servers:
            place = (server["port"]["number"], server.get("bind", ""))
            protocol = server["port"]["protocol"].upper()
            if "tls" in server:
                mine = {(place, h) for h in _claimed_hosts(server, gateway)}
                if mine & claimed:
                    continue
                claimed |= mine
            if any(not (protocol in HTTP_FAMILY and p in HTTP_FAMILY) for p in plain.get(place, [])):
                continue
            if protocol == "HTTPS":
                name = configuration_name(server, gateway)
                if name in names:
                    continue
                names.add(name)
            elif protocol != "TLS":
                plain.setdefault(place, []).append(protocol)
            kept.append((server, gateway))
    return kept


def Order(item):
    return item.order()


def _candidates(services, gateway):
    """H-21 without Gateway API."""
    own, sent, public = [], [], []
    pod = documents.GATEWAY_NAMESPACE
    for service in sorted(services, key=Order):
        if gateway not in service.gateways:
            continue
        if "*" in service.exports:
            public.append(service)
        elif pod in service.exports:
            (own if service.namespace == pod else sent).append(service)
    return own + sent + public


class Configuration:
    """One route configuration while it is built."""

    def __init__(self, name):
        self.name, self.hosts, self.tls_only, self.cache = name, {}, set(), {}

    def add_server(self, server, gateway, services, labels):
        redirect = bool((server.get("tls") or {}).get("httpsRedirect")) and not is_tls(server)
        for service in _candidates(services, gateway.full_name):
            hosts = _intersection(_server_hosts(server, gateway, service.namespace), service.hosts)
            key = (service.full_name, gateway.full_name)
            if not hosts:
                continue
            routes = self.cache.get(key) or build_routes(service, gateway.full_name, server["port"]["number"], labels)
            if not routes:
                continue
            self.cache[key] = routes
            for host in hosts:
                self.hosts.setdefault(host.lower(), []).extend(routes)
                if redirect:
                    self.tls_only.add(host.lower())
        if redirect:
            # Istio's own test merges a redirecting server into a virtual host that another server
            # made first: the flag is set there too, not only on a new empty virtual host (H-24).
            for host in _claimed_hosts(server, gateway):
                self.hosts.setdefault(host.lower(), [])
                self.tls_only.add(host.lower())

    def envoy(self):
        hosts = []
        for domain, routes in self.hosts.items():
            routes = [copy.deepcopy(r) for r in routes]
            for route in routes:
                route["metadata"]["filter_metadata"]["corsac"]["host"] = domain
            first = [r for r in routes if not _catch_all(r["match"])]
            last = [r for r in routes if _catch_all(r["match"])]
            for serial, route in enumerate(first + last):
                route["name"] += f"{SERIAL}{serial}"
            host = {"name": f"{domain}:80", "domains": [domain], "routes": first + last}
            if domain in self.tls_only:
                host["require_tls"] = "ALL"
            hosts.append(host)
        if not hosts:
            hosts = [{"name": "blackhole", "domains": ["*"]}]
        return {"name": self.name, "virtual_hosts": hosts, "ignore_port_in_host_matching": True, "validate_clusters": False}


class Pod:
    """The route configurations of one gateway pod."""

    def __init__(self, labels, gateways, services):
        self.servers = _kept_servers(gateways)
        self.configurations = {}
        for server, gateway in self.servers:
            if carries_http(server):
                name = configuration_name(server, gateway)
                configuration = self.configurations.setdefault(name, Configuration(name))
                configuration.add_server(server, gateway, services, labels)


def bare_host(authority):
    """The host that picks the virtual host (H-17)."""
    colon = authority.rfind(":")
    if colon >= 0 and "]" not in authority[colon:]:
        authority = authority[:colon]
    return "".join(c.lower() if c.isascii() else c for c in authority)


class World:
    """Everything a set of documents serves: pods, route configurations, and who answers a request."""

    def __init__(self, text):
        services, self.gateways = documents.read(text)
        self.services = with_delegates(services)
        self.pods = {}
        for gateway in self.gateways:
            key = tuple(sorted(gateway.selector.items()))
            if key not in self.pods:
                labels = dict(key)
                mine = [g for g in self.gateways if all(labels.get(k) == v for k, v in g.selector.items())]
                self.pods[key] = Pod(labels, mine, self.services)

    def configurations(self):
        """(pod index, name) -> Envoy route configuration."""
        return {(i, name): c.envoy() for i, pod in enumerate(self.pods.values()) for name, c in pod.configurations.items()}

    def locate(self, gateway, port, authority):
        """The (pod index, name) that serves a request, or None (H-29)."""
        chosen = next(g for g in self.gateways if g.full_name == gateway)
        key = tuple(sorted(chosen.selector.items()))
        index, pod = list(self.pods).index(key), self.pods[key]
        server = next(s for s in chosen.servers if s["port"]["number"] == port)
        if not is_tls(server):
            name = configuration_name(server, chosen)
            return (index, name) if name in pod.configurations else None
        best, best_length = None, -1
        host = bare_host(authority)
        for other, owner in pod.servers:
            if not is_tls(other) or other["port"]["number"] != port or other.get("bind") != server.get("bind"):
                continue
            for text in other["hosts"]:
                domain = text.rpartition("/")[2].lower()
                length = _sni(domain, host)
                if length > best_length:
                    best, best_length = (other, owner), length
        if best is None or not carries_http(best[0]):
            return None
        return (index, configuration_name(*best))

    def scheme(self, gateway, port):
        chosen = next(g for g in self.gateways if g.full_name == gateway)
        return "https" if is_tls(next(s for s in chosen.servers if s["port"]["number"] == port)) else "http"


def _sni(domain, host):
    """How well a server host serves a name: -1 not at all, longest wins, an exact name above all."""
    if domain == host:
        return 1 << 20
    if domain == "*":
        return 0
    if domain.startswith("*") and host.endswith(domain[1:]) and len(host) > len(domain) - 1:
        return len(domain)
    return -1
