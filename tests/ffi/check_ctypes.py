#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_ctypes.py LIBCORSAC FFI_LAYOUT CORSAC: the bindings have C's layout and answer Bookinfo's requests as
datasets/bookinfo/expected.jsonl says."""
import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile

import corsac_ctypes

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADERS = {"origin": "origin", "access-control-request-method": "request_method",
           "access-control-request-headers": "request_headers"}


def layout_of(api):
    for name in api.structs:
        struct = getattr(api, name)
        yield f"{name} {ctypes.sizeof(struct)}"
        for field, _ in struct._fields_:
            member = getattr(struct, field)
            yield f"{name}.{field} {member.offset} {member.size}"


def lines(name):
    with open(ROOT / "datasets/bookinfo" / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def answer(reader, request):
    fields = {name: request[name] for name in ("method", "authority", "path") if name in request}
    for name, value in request.get("headers", []):
        fields[HEADERS[name]] = value
    return reader.evaluate(**fields)


def check_metrics(text, expected):
    """The counters by the parser of Prometheus' own Python client."""
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        return "SKIPPED: counters were not read back, python3-prometheus-client is missing"
    counted = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "counter" and family.documentation, family
        for sample in family.samples:
            counted[sample.name, sample.labels.get("outcome")] = counted.get(
                (sample.name, sample.labels.get("outcome")), 0) + sample.value
    for outcome in {want["outcome"] for want in expected}:
        wanted = sum(want["outcome"] == outcome for want in expected)
        assert counted["corsac_decisions_total", outcome] == wanted, (outcome, wanted, counted)
    valid = sum(want["outcome"] in ("allowed", "preflight-allowed") for want in expected)
    assert valid and counted["corsac_origin_valid_total", None] == valid, counted
    return f"{len(counted)} counters are as expected"


def main(library, layout_program, command):
    api = corsac_ctypes.load(library, ROOT / "engine/include/corsac/ffi.h")
    real = subprocess.run([layout_program], check=True, capture_output=True, text=True).stdout.splitlines()
    assert real and list(layout_of(api)) == real, set(layout_of(api)) ^ set(real)

    engine = corsac_ctypes.Engine(api)
    reader = engine.reader()
    try:
        reader.evaluate(path="/")
        raise AssertionError("an engine without an image decided")
    except corsac_ctypes.Failure as failure:
        assert str(failure) == "CORSAC_E_NO_IMAGE", failure
    with tempfile.TemporaryDirectory() as folder:
        image = f"{folder}/bookinfo.corsac"
        subprocess.run([command, "compile", ROOT / "datasets/bookinfo", "-o", image], check=True,
                       stdout=subprocess.DEVNULL)
        engine.publish(image)
        try:
            engine.publish(str(ROOT / "datasets/bookinfo/policies.yaml"))
            raise AssertionError("a YAML file was published")
        except corsac_ctypes.Failure as failure:
            assert str(failure).startswith("CORSAC_E_IMAGE_FOREIGN: "), failure

    requests, expected = lines("requests.jsonl"), lines("expected.jsonl")
    assert requests and len(requests) == len(expected)
    for request, want in zip(requests, expected):
        got = answer(reader, request)
        assert got["outcome"] == want["outcome"], (request, got)
        assert got["status"] == (want["reply"]["status"] if want["reply"] else 0), (request, got)
        assert got["set"] == (want["reply"]["headers"] if want["reply"] else want["response"]["set"]), (request, got)
    samples = check_metrics(engine.metrics(), expected)
    reader.close()
    engine.close()
    print(samples)
    print(f"{len(real)} sizes and offsets agree, {len(requests)} decisions are as expected")


if __name__ == "__main__":
    main(*sys.argv[1:])
