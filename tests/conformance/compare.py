# SPDX-License-Identifier: Apache-2.0
"""Envoy's answer against Corsac's decision, field by field.  Standard library only.

Envoy's side is an observation: status, ordered CORS headers, and from the access log the route, its
virtual host and why the answer came about.  Corsac's side is one output line of `corsac eval`.
"""

import json
import os
import subprocess
import tempfile

CORS_NAMES = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
              "access-control-allow-headers", "access-control-max-age", "access-control-allow-private-network",
              "access-control-expose-headers", "vary")
# Stored once by Envoy: repeated lines of these become one (C-5, C-17).
STORED_ONCE = CORS_NAMES
OUTCOMES = ("no-route", "no-policy", "not-cors", "allowed", "denied", "preflight-allowed", "preflight-denied", "preflight-forwarded")
EVAL_SECONDS = 300


def join(lines):
    """C-5: repeated lines of a stored-once header."""
    value = ""
    for line in lines:
        if line:
            value = f"{value},{line}" if value else line
    return value


def lines_of(request, name):
    return [v for n, v in request["headers"] if n.lower() == name]


def is_preflight(request):
    return request["method"] == "OPTIONS" and bool(join(lines_of(request, "access-control-request-method")))


def stored(headers):
    """An upstream's header lines as Envoy keeps them."""
    out = []
    for name, value in headers:
        name = name.lower()
        at = next((i for i, (n, _) in enumerate(out) if n == name), None) if name in STORED_ONCE else None
        if at is None:
            out.append((name, value))
        elif value:
            out[at] = (name, f"{out[at][1]},{value}" if out[at][1] else value)
    return out


def set_headers(headers, pairs):
    """C-17: an existing entry keeps its place, a new one goes to the end."""
    out = list(headers)
    for name, value in pairs:
        at = next((i for i, (n, _) in enumerate(out) if n == name.lower()), None)
        if at is None:
            out.append((name.lower(), value))
        else:
            out[at] = (name.lower(), value)
            out = out[:at + 1] + [h for h in out[at + 1:] if h[0] != name.lower()]
    return out


def cors_only(headers):
    return [[n, v] for n, v in headers if n in CORS_NAMES]


def upstream_list(variant, operations):
    """What reaches the CORS step from an upstream: stored lines, then the route's own settings (C-18).

    The router sets a header by removing it and adding it at the end, unlike the CORS filter.
    """
    out = stored(variant)
    for name, value in operations:
        out = [h for h in out if h[0] != name.lower()] + [(name.lower(), value)]
    return out


def outcome_of(request, details, headers, has_policy, base):
    """The outcome that Envoy's answer shows, or None when the codec refused the request."""
    if details == "route_not_found":
        return "no-route"
    if details == "direct_response":
        return "no-policy"
    acao = next((v for n, v in headers if n == "access-control-allow-origin"), None)
    if details == "cors_response":
        return "preflight-denied" if acao is None else "preflight-allowed"
    if details != "via_upstream":
        return None
    if not has_policy:
        return "no-policy"
    origin = join(lines_of(request, "origin"))
    if not origin:
        return "not-cors"
    theirs = next((v for n, v in base if n == "access-control-allow-origin"), None)
    if acao == origin and theirs != origin:
        return "allowed"
    return "preflight-forwarded" if is_preflight(request) else "denied"


def input_line(request):
    """The JSON Lines form of a request."""
    line = {"id": request["id"], "gateway": request["gateway"], "port": request["port"], "scheme": request["scheme"],
            "method": request["method"], "authority": request["authority"], "path": request["path"],
            "headers": [[n.lower(), v.strip(" \t")] for n, v in request["headers"]]}
    if not all(c.isascii() for _, v in request["headers"] for c in v) or not request["path"].isascii():
        line["latin1"] = True
    return json.dumps(line, ensure_ascii=True)


class CorsacFailed(Exception):
    """The command did not answer every line."""


def ask_corsac(command, text, requests, arguments=()):
    """One decision per request, from one run of `corsac eval`."""
    with tempfile.TemporaryDirectory(prefix="corsac-eval-") as folder:
        policy, lines = os.path.join(folder, "policy.yaml"), os.path.join(folder, "requests.jsonl")
        with open(policy, "w", encoding="utf-8") as out:
            out.write(text)
        with open(lines, "w", encoding="ascii") as out:
            out.writelines(input_line(r) + "\n" for r in requests)
        done = subprocess.run([command, "eval", "-p", policy, "--requests", lines, *arguments], capture_output=True, timeout=EVAL_SECONDS)
    answers = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines() if line.strip()]
    if len(answers) != len(requests):
        raise CorsacFailed(f"{len(answers)} answers to {len(requests)} requests, exit {done.returncode}: "
                           + done.stderr.decode("utf-8", "replace")[-2000:])
    return answers


def differences(envoy, corsac, variant):
    """The fields in which the two disagree, as (field, Envoy's value, Corsac's value)."""
    if "error" in corsac:
        return [("error", envoy["outcome"], corsac["error"])]
    out = []

    def check(field, theirs, ours):
        if theirs != ours:
            out.append((field, theirs, ours))

    check("outcome", envoy["outcome"], corsac.get("outcome"))
    reply = corsac.get("reply")
    if envoy["outcome"] in ("preflight-allowed", "preflight-denied"):
        check("status", envoy["status"], reply and reply["status"])
        check("reply headers", envoy["cors"], reply and [list(h) for h in reply["headers"]])
    else:
        check("reply", None, reply)
        forwarded = envoy["outcome"] != "no-route" and envoy["upstream"]
        base = upstream_list(variant, envoy.get("operations", ())) if forwarded else []
        wanted = (corsac.get("response") or {}).get("set") or []
        check("response headers", envoy["cors"], cors_only(set_headers(base, wanted)))
    route = corsac.get("route")
    if envoy.get("merged") and route and envoy["route"]:
        check("route", envoy["route"].split(".match[")[0], route.split(".match[")[0])
    elif envoy["route"]:
        check("route", envoy["route"], route)
    if envoy["host"]:
        check("virtual_host", envoy["host"], corsac.get("virtual_host"))
    return out
