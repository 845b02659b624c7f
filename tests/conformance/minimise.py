# SPDX-License-Identifier: Apache-2.0
"""Shrinks a differing pair: documents and request lose parts while the difference stays.

All single deletions of a round go to one Envoy as separate worlds, so a round costs one start.
"""

import copy
import time

import yaml

import compare
import documents
import generate
import pairs

KEEP = {"apiVersion", "kind", "metadata", "name", "namespace", "spec", "hosts", "gateways", "route", "servers", "port", "number",
        "protocol", "destination", "host", "redirect", "directResponse", "status", "tls", "mode", "delegate", "exact", "prefix", "regex"}
NON_EMPTY = {"hosts", "servers", "http", "route", "gateways"}
ROUNDS, TRIALS, SHRINK_SECONDS = 25, 60, 25


def _deletions(value, path=(), key=None):
    """Paths of parts that may go."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in KEEP and not (name == "http"):
                yield path + (name,)
            yield from _deletions(item, path + (name,), name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if len(value) > 1 or key not in NON_EMPTY:
                yield path + (index,)
            yield from _deletions(item, path + (index,), None)


def _without(stream, path):
    out = copy.deepcopy(stream)
    place = out
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return out


def _text(stream):
    return "---\n".join(yaml.dump(d, Dumper=generate.Dumper, sort_keys=False, allow_unicode=True) for d in stream)


def _candidates(stream, request):
    for path in _deletions(stream):
        yield _without(stream, path), request
    for index in range(len(request["headers"])):
        yield stream, {**request, "headers": request["headers"][:index] + request["headers"][index + 1:]}
    if request["up"]:
        yield stream, {**request, "up": 0}
    if request["path"] != "/":
        yield stream, {**request, "path": "/"}


def _still_differ(binary, command, candidates, normalize, field):
    """Flags of the candidates that keep the difference in this field."""
    cases, which = [], []
    for index, (stream, request) in enumerate(candidates):
        try:
            cases.append(pairs.Case(_text(stream), [dict(request)], normalize))
            cases[-1].world.locate(request["gateway"], request["port"], request["authority"])
            which.append(index)
        except (StopIteration, KeyError, TypeError):
            if len(cases) > len(which):
                cases.pop()
    flags = [False] * len(candidates)
    try:
        pairs.run(binary, cases, counters=False)
    except pairs.envoy.Refused:
        return flags
    for index, case in zip(which, cases):
        if case.observed[0] is None:
            continue
        try:
            answer = compare.ask_corsac(command, case.text, case.requests, case.arguments())[0]
        except compare.CorsacFailed:
            continue
        found = compare.differences(case.observed[0], answer, case.upstream[case.requests[0]["up"]][1])
        flags[index] = any(f == field for f, _, _ in found)
    return flags


def shrink(binary, command, case, number, field):
    """The smallest case found that still differs in this field."""
    stream = list(yaml.load_all(case.text, documents.Loader))
    request = dict(case.requests[number])
    limit = time.time() + SHRINK_SECONDS
    for _ in range(ROUNDS):
        if time.time() > limit:
            break
        found = sorted(_candidates(stream, request), key=lambda c: len(_text(c[0])) + len(str(c[1])))[:TRIALS]
        flags = _still_differ(binary, command, found, case.normalize, field)
        best = next((c for c, flag in zip(found, flags) if flag), None)
        if best is None:
            break
        stream, request = best
    small = pairs.Case(_text(stream), [request], case.normalize, case.seed)
    pairs.run(binary, [small], counters=False)
    return small
