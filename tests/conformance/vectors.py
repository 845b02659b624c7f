# SPDX-License-Identifier: Apache-2.0
"""Published test vectors, kept as data under vectors/, run against Corsac and against Envoy.

A file names its source, may bring documents and upstream answers, and lists vectors.  A vector with
`policy` (or `rule`) gets a VirtualService of its own for the host <id>.test; others name a host of the
file's documents.  Expected values come from the source, not from a run.  Standard library only
unless Envoy takes part.
"""

import json
from pathlib import Path

import compare

FOLDER = Path(__file__).resolve().parent / "vectors"
GATEWAY = {"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "vectors", "namespace": "istio-system"},
           "spec": {"selector": {"istio": "ingressgateway"},
                    "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]}}
PLAIN = [[200, []]]


def _own_service(vector):
    rule = {"route": [{"destination": {"host": "backend"}}], **vector.get("rule", {})}
    if vector.get("policy") is not None:
        rule["corsPolicy"] = vector["policy"]
    if "redirect" in rule or "directResponse" in rule:
        del rule["route"]
    return {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"name": vector["id"].lower(), "namespace": "vectors"},
            "spec": {"hosts": [f"{vector['id'].lower()}.test"], "gateways": ["istio-system/vectors"], "http": [rule]}}


class File:
    """One world of a vector file as documents, requests and expectations."""

    def __init__(self, name, data):
        self.name, self.source, self.vectors = name, data["source"], data["vectors"]
        self.upstream = [(s, [tuple(h) for h in hs]) for s, hs in data.get("upstream", PLAIN)]
        documents = list(data.get("documents", [])) or [GATEWAY]
        documents += [_own_service(v) for v in self.vectors if "policy" in v or "rule" in v]
        self.text = "\n---\n".join(json.dumps(d, indent=1, ensure_ascii=False) for d in documents) + "\n"
        self.requests = [self._request(i, v) for i, v in enumerate(self.vectors)]
        self.normalize, self.seed = False, self.name

    def _request(self, number, vector):
        request = vector["request"]
        headers = [tuple(h) for h in request.get("headers", [])]
        headers += [("origin", o) for o in request.get("origin", [])]
        if "acrm" in request:
            headers.append(("access-control-request-method", request["acrm"]))
        if "acrh" in request:
            headers.append(("access-control-request-headers", request["acrh"]))
        return {"id": number, "gateway": request.get("gateway", "istio-system/vectors"), "port": request.get("port", 80), "scheme": "http",
                "method": request.get("method", "GET"), "authority": request.get("host", f"{vector['id'].lower()}.test"),
                "path": request.get("path", "/"), "headers": headers, "up": request.get("up", 0)}

    def arguments(self):
        return ()

    def expected(self, number):
        expect = self.vectors[number]["expect"]
        return {"outcome": expect["outcome"], "status": expect.get("status", 200), "cors": [list(h) for h in expect["cors"]],
                "route": expect.get("route"), "host": expect.get("virtual_host"),
                "upstream": expect["outcome"] != "no-route" and not expect.get("answered", False)}


def files():
    """Every world of every file; a file holds one world or a list of them."""
    out = []
    for path in sorted(FOLDER.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        out += [File(path.stem, world) for world in (data if isinstance(data, list) else [data])]
    return out


def run_corsac(command, tally):
    for file in files():
        answers = compare.ask_corsac(command, file.text, file.requests)
        for number, answer in enumerate(answers):
            wanted = file.expected(number)
            found = compare.differences(wanted, answer, file.upstream[file.requests[number]["up"]][1])
            tally.pair(wanted["outcome"], file.vectors[number].get("clauses", ()), found, file, number)


def run_envoy(binary, tally):
    """The same vectors against Envoy: the expectation itself is on trial."""
    import pairs
    for file in files():
        case = pairs.Case(file.text, file.requests, False, file.name, file.upstream)
        pairs.run(binary, [case])
        for number, seen in enumerate(case.observed):
            wanted = file.expected(number)
            vector = file.vectors[number]
            if seen is None:
                if vector.get("refused"):
                    tally.pair(wanted["outcome"], (), [], file, number)
                else:
                    tally.pair(wanted["outcome"], (), [("answer", wanted, None)], file, number)
                continue
            found = [(k, wanted[k], seen[k]) for k in ("outcome", "cors") if wanted[k] != seen[k]]
            found += [(k, wanted[k], seen[k]) for k in ("route", "host") if wanted[k] and wanted[k] != seen[k]]
            if wanted["outcome"].startswith("preflight-") and not wanted["upstream"] and wanted["status"] != seen["status"]:
                found.append(("status", wanted["status"], seen["status"]))
            tally.pair(wanted["outcome"], vector.get("clauses", ()), found, file, number)
