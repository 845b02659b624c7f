# SPDX-License-Identifier: Apache-2.0
"""Many worlds on one Envoy: sends their requests and returns what Envoy did with each."""

import json
import time

import compare
import envoy
import generate
import translate
import wire

LOG_SECONDS = 20
LOG_FORMAT = {"case": "%REQ(X-CASE)%", "route": "%ROUTE_NAME%", "details": "%RESPONSE_CODE_DETAILS%",
              "host": "%METADATA(ROUTE:corsac:host)%", "policy": "%METADATA(ROUTE:corsac:policy)%",
              "merged": "%METADATA(ROUTE:corsac:merged)%"}


class Case:
    """A world and its requests; `observed` holds Envoy's answers once they are in."""

    def __init__(self, text, requests, normalize=False, seed=None, upstream=None):
        self.text, self.requests, self.normalize, self.seed = text, requests, normalize, seed
        self.upstream = upstream or generate.UPSTREAM
        self.world = translate.World(text)
        self.configurations = self.world.configurations()
        self.observed = [None] * len(requests)
        self.routes = [None] * len(requests)
        self.skips = {}
        for request in requests:
            if not request.get("scheme"):
                request["scheme"] = self.world.scheme(request["gateway"], request["port"])

    def arguments(self):
        return ("--path-normalization", "base") if self.normalize else ()

    def skip(self, why):
        self.skips[why] = self.skips.get(why, 0) + 1

    def route(self, place, host, name):
        """The Envoy route of this name."""
        for candidate in self.configurations[place]["virtual_hosts"]:
            if candidate["domains"][0] == host:
                return next(r for r in candidate["routes"] if r["name"] == name)
        raise KeyError(name)

    def operations(self, place, host, name):
        """Response header settings of a route."""
        route = self.route(place, host, name)
        return [(o["header"]["key"], o["header"]["value"]) for o in route.get("response_headers_to_add", ())]


def _listeners(cases, log_path):
    log = [{"name": "envoy.access_loggers.file", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": log_path,
        "log_format": {"json_format": LOG_FORMAT}}}]
    for index, case in enumerate(cases):
        needed = {(p, r["scheme"]) for r, p in zip(case.requests, case.places) if p}
        for place, scheme in sorted(needed):
            name = f"{index}|{place[0]}|{place[1]}|{scheme}"
            stat = f"c{index}_{place[0]}_{place[1].replace('.', '_')}_{scheme}"
            yield envoy.listener(name, envoy.manager(
                case.configurations[place], stat, normalize_path=case.normalize, use_remote_address=scheme == "http", access_log=log))


def _target(case_index, request, place):
    return f"{case_index}|{place[0]}|{place[1]}|{request['scheme']}"


def raw_request(request, case_id):
    """The request as HTTP/1.1 bytes."""
    headers = [("host", request["authority"])] + request["headers"]
    headers += infrastructure(request, case_id)
    if request["method"] in ("POST", "PUT", "PATCH"):
        headers.append(("content-length", "0"))
    return wire.request_bytes(request["method"], request["path"], headers)


def infrastructure(request, case_id):
    """Headers that steer the test bench; no generated condition names them."""
    extra = [("x-case", str(case_id)), ("x-upstream", str(request["up"]))]
    return extra + ([("x-forwarded-proto", "https")] if request["scheme"] == "https" else [])


def _log_lines(path, wanted):
    """Access log records by case id, once as many lines as answers are written."""
    limit, found, count, rest = time.time() + LOG_SECONDS, {}, 0, ""
    with open(path, encoding="latin-1") as log:
        while time.time() < limit and count < wanted:
            *lines, rest = (rest + log.read()).split("\n")
            for line in lines:
                record = json.loads(line)
                found[record["case"]] = record
            count += len(lines)
            if count < wanted:
                time.sleep(0.05)
    return found


def _observe(case, number, answer, record):
    request = case.requests[number]
    if answer is None or record is None:
        return None
    plain = [(n, v) for n, v in answer.headers]
    route = record["route"] if record["route"] not in (None, "-") else None
    case.routes[number] = route
    operations = case.operations(case.places[number], record["host"], route) if route and record["details"] == "via_upstream" else []
    base = compare.upstream_list(case.upstream[request["up"]][1], operations)
    has_policy = str(record["policy"]).lower() == "true"
    outcome = compare.outcome_of(request, record["details"], plain, has_policy, base)
    if outcome is None:
        return None
    seen = {"outcome": outcome, "status": answer.status, "cors": compare.cors_only(plain),
            "route": route and route.partition(translate.SERIAL)[0],
            "host": record["host"] if record["host"] not in (None, "-") else None, "upstream": record["details"] == "via_upstream"}
    if operations:
        seen["operations"] = operations
    if str(record["merged"]).lower() == "true":
        seen["merged"] = True
    return seen


def _check_counters(proxy, cases):
    """C-23: Envoy's own counts must agree with the outcomes read off its answers."""
    valid = sum(v for n, v in proxy.cors_counters().items() if n.endswith("origin_valid"))
    invalid = sum(v for n, v in proxy.cors_counters().items() if n.endswith("origin_invalid"))
    seen = [o["outcome"] for c in cases for o in c.observed if o]
    mine = sum(o in ("allowed", "preflight-allowed") for o in seen)
    theirs = sum(o in ("denied", "preflight-denied", "preflight-forwarded") for o in seen)
    if (valid, invalid) != (mine, theirs):
        raise AssertionError(f"C-23: Envoy counted {valid} valid and {invalid} invalid origins, its answers show {mine} and {theirs}")


def run(binary, cases, counters=True, send=None):
    """Send every request of every case to one Envoy and fill in `observed`.

    `send(proxy, cases, port)` may take the place of HTTP/1.1; port(case, request, number) is where, or None.
    """
    for case in cases:
        case.places = [case.world.locate(r["gateway"], r["port"], r["authority"]) for r in case.requests]
    tables = [wire.render(s, h, b"" if s == 204 else b"ok") for s, h in cases[0].upstream]
    log_path = "access.log"
    with wire.Upstream(tables) as upstream:
        config = envoy.bootstrap(list(_listeners(cases, log_path)), upstream.port)
        with envoy.Envoy(binary, config) as proxy:
            answers = send(proxy, cases, _ports(proxy, cases)) if send else _send(proxy, cases)
            log = _log_lines(f"{proxy.folder.name}/{log_path}", sum(a is not None for a in answers.values()))
            for index, case in enumerate(cases):
                for number, request in enumerate(case.requests):
                    if case.places[number] is None:
                        case.skip("no listener terminates the host (H-29)")
                        continue
                    seen = _observe(case, number, answers.get((index, number)), log.get(f"{index}.{number}"))
                    case.observed[number] = seen
                    if seen is None:
                        case.skip("refused by the HTTP codec")
            if counters:
                _check_counters(proxy, cases)


def _ports(proxy, cases):
    def port(index, request, number):
        place = cases[index].places[number]
        return proxy.ports[_target(index, request, place)] if place else None
    return port


def _send(proxy, cases):
    """Requests grouped by listener; answers by (case, request) number."""
    groups = {}
    for index, case in enumerate(cases):
        for number, request in enumerate(case.requests):
            if case.places[number]:
                groups.setdefault(_target(index, request, case.places[number]), []).append((index, number))
    answers = {}
    for listener, members in groups.items():
        raws = [raw_request(cases[i].requests[n], f"{i}.{n}") for i, n in members]
        heads = [cases[i].requests[n]["method"] == "HEAD" for i, n in members]
        for member, answer in zip(members, wire.send_all(proxy.ports[listener], raws, heads)):
            answers[member] = answer
    return answers
