# SPDX-License-Identifier: Apache-2.0
"""Which numbered clauses a pair exercises, read off the request, the chosen route and the answer.

Only clauses that could have changed the answer of this very pair are named; the totals in the
report are counts of pairs, so a clause that no pair reaches shows up as a gap.
"""

import compare
import envoy

FAMILIES = "HRMPLC"


class Facts:
    """What is known about the world of a case, looked up by route."""

    def __init__(self, case):
        self.routes, self.owners, self.named = {}, {}, set()
        for place, configuration in case.configurations.items():
            for host in configuration["virtual_hosts"]:
                domain, routes = host["domains"][0], host.get("routes", [])
                owners = {r["name"].split("#")[0] for r in routes}
                for position, route in enumerate(routes):
                    self.routes.setdefault((place, domain, route["name"]), (position, route, len(owners)))
                    self.named |= {h["name"].lower() for h in route["match"].get("headers", ())}
        self.domains = {p: {h["domains"][0] for h in c["virtual_hosts"]} for p, c in case.configurations.items()}
        self.blocks = {}
        for service in case.world.services:
            for rule in service.rules:
                self.blocks[rule["origin"]] = (service, rule)


def _host_clauses(facts, place, request, seen, out):
    authority, domain = request["authority"], seen["host"]
    if place[1].startswith("https."):
        out.add("H-29")
    if ":" in authority or authority != authority.lower():
        out.add("H-17")
    if "[" in authority or authority.rstrip(":0123456789").endswith("."):
        out.add("H-19")
    if domain is None:
        if seen["outcome"] == "no-policy":
            out.add("H-24")
        elif facts.domains[place] == {"*"}:
            out.add("H-26")
        else:
            out.add("H-18")
        return
    out.add("H-14")
    if domain == "*":
        out.add("H-12")
    elif domain.startswith("*"):
        out.update(("H-4", "H-17"))
    if domain.endswith(".svc.cluster.local"):
        out.add("H-1")


def _match_clauses(route, facts, request, out):
    match = route["match"]
    out.add("M-2")
    path = request["path"]
    if "?" in path or "#" in path:
        out.add("M-3")
    if match.get("case_sensitive") is False:
        out.add("M-5")
    if "safe_regex" in match:
        out.add("M-20")
    for header in match.get("headers", ()):
        if header["name"] in (":method", ":authority", ":scheme"):
            out.add("M-9")
        out.add("M-13" if header.get("invert_match") else "M-10")
    if match.get("query_parameters"):
        out.add("M-14")
    if match.get("dynamic_metadata"):
        out.add("M-18")
    if sum(bool(match.get(k)) for k in ("headers", "query_parameters", "dynamic_metadata")) > 1 or len(match.get("headers", ())) > 1:
        out.add("M-17")
    repeated = [n for n in {n.lower() for n, _ in request["headers"]} if n in facts.named and len(compare.lines_of(request, n)) > 1]
    if repeated:
        out.add("M-12" if "origin" in repeated or any(n.startswith("access-control") for n in repeated) else "M-11")


def _route_clauses(facts, seen, position, route, owners, out):
    out.add("R-1")
    if position:
        out.add("R-10")
    if owners > 1:
        out.add("H-23")
    if position and "headers" not in route["match"] and route["match"].get("prefix") == "/":
        out.add("R-9")
    if route["match"].get("prefix") == "/" or route["match"].get("safe_regex", {}).get("regex") == ".*":
        out.update(("R-8", "R-5"))
    if "redirect" in route or "direct_response" in route:
        out.update(("R-11", "R-12", "C-2"))
    owner, _, rest = route["name"].partition("#http[")
    service, rule = facts.blocks.get((owner, int(rest.split("]")[0])), (None, None))
    if rule is not None:
        index = rest.partition(".match[")[2].partition("]")[0]
        block = next((b for b in rule["match"] if str(b["index"]) == index), {})
        if block.get("port"):
            out.add("R-3")
        if block.get("gateways") or block.get("sourceLabels") or block.get("sourceNamespace"):
            out.add("R-4")
        if "*" not in service.exports:
            out.add("H-21")
    if seen.get("merged"):
        out.update(("L-3", "L-5", "L-9"))
    return rule


def _policy_clauses(route, rule, out):
    policy = route["typed_per_filter_config"][envoy.CORS]
    origins = policy["allow_origin_string_match"]
    out.update(("P-2", "P-3"))
    if not origins:
        out.add("C-9")
    if rule and "allowOrigin" in (rule.get("corsPolicy") or {}):
        out.add("P-1")
    if any(m.get("exact") == "*" or m.get("prefix") == "*" for m in origins):
        out.add("P-8")
    if any(k in policy for k in ("allow_methods", "allow_headers", "expose_headers")):
        out.add("P-5")
    if "max_age" in policy:
        out.add("P-6")
    if "allow_credentials" in policy:
        out.add("P-10")
    out.add("P-11")
    return policy


def _decision_clauses(request, seen, policy, out):
    outcome = seen["outcome"]
    origin = compare.join(compare.lines_of(request, "origin"))
    out.add({"not-cors": "C-4", "allowed": "C-17", "denied": "C-19", "preflight-allowed": "C-12", "preflight-denied": "C-16",
             "preflight-forwarded": "C-19"}[outcome])
    if any(len(compare.lines_of(request, n)) > 1 for n in ("origin", "access-control-request-method", "access-control-request-headers")):
        out.add("C-5")
    if request["method"] == "OPTIONS" and not compare.is_preflight(request):
        out.add("C-6")
    if origin == "null":
        out.add("C-8")
    if any(ord(c) >= 0x80 for c in origin):
        out.update(("C-7", "M-21"))
    if outcome in ("allowed", "preflight-allowed"):
        out.update(("C-9", "C-10"))
        if not any(m.get("exact") == origin for m in policy["allow_origin_string_match"]):
            out.add("P-7" if any(m.get("exact") == "*" for m in policy["allow_origin_string_match"]) else "P-9")
    if outcome.startswith("preflight-") and outcome != "preflight-forwarded":
        if policy.get("allow_methods") == "*":
            out.add("C-13")
        else:
            out.add("C-11")
        if policy.get("allow_headers") == "*":
            out.add("C-14")
        if policy.get("expose_headers"):
            out.add("C-15")
    if outcome in ("allowed", "denied") and seen["upstream"] and request["up"]:
        out.add("C-18")


def of(case, facts, number):
    """The clauses of one answered pair."""
    request, seen, place = case.requests[number], case.observed[number], case.places[number]
    out = set()
    _host_clauses(facts, place, request, seen, out)
    if seen["outcome"] == "no-route":
        out.add("C-1")
        if compare.is_preflight(request):
            out.add("R-13")
    if case.normalize:
        out.add("M-7")
    if "#" in request["path"]:
        out.add("M-8")
    found = facts.routes.get((place, seen["host"], case.routes[number])) if seen["route"] else None
    if found:
        position, route, owners = found
        rule = _route_clauses(facts, seen, position, route, owners, out)
        _match_clauses(route, facts, request, out)
        if seen["outcome"] == "no-policy":
            out.add("C-2" if "route" not in route else "C-3")
        else:
            _decision_clauses(request, seen, _policy_clauses(route, rule, out), out)
    return out
