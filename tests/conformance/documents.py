# SPDX-License-Identifier: Apache-2.0
"""YAML text to plain VirtualService and Gateway records with resolved names.

Only legal documents come here: the translator does not repeat Istio's validation.  The one document
that is dropped is a VirtualService with a regex that Envoy's engine refuses (X-2).
"""

import ipaddress

import re2
import yaml


class Loader(yaml.SafeLoader):
    """Scalars as Istio reads them; a time stamp stays text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in items if tag != "tag:yaml.org,2002:timestamp"]
    for first, items in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

DOMAIN = "cluster.local"
GATEWAY_NAMESPACE = "istio-system"


def latin1_regex(pattern):
    """The pattern compiled the way Envoy 1.39 does, or None when it refuses it."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    try:
        return re2.compile(pattern.encode("utf-8"), options)
    except re2.error:
        return None


def _regexes(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "regex" and isinstance(item, str):
                yield item
            else:
                yield from _regexes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _regexes(item)


def _is_address(text):
    try:
        ipaddress.ip_address(text)
        return True
    except ValueError:
        return False


def long_host(host, namespace):
    """H-1: a name without dots belongs to the namespace."""
    if host in ("", "*") or "." in host or _is_address(host):
        return host
    return f"{host}.{namespace}.svc.{DOMAIN}"


def gateway_name(name, namespace):
    """H-8: every spelling of a gateway becomes ns/name."""
    if name == "mesh":
        return name
    if name.startswith("./"):
        return f"{namespace}/{name[2:]}"
    if "/" in name:
        return name
    if "." in name:
        parts = name.split(".")
        return f"{parts[1]}/{parts[0]}"
    return f"{namespace}/{name}"


def present(mapping):
    """D-11, D-12: null fields and empty lists are absent."""
    return {k: v for k, v in (mapping or {}).items() if v is not None and v != []}


class Service:
    """A VirtualService."""

    def __init__(self, document):
        metadata = present(document.get("metadata"))
        spec = present(document.get("spec"))
        self.name, self.namespace = metadata["name"], metadata.get("namespace", "default")
        self.stamp = metadata.get("creationTimestamp") or ""
        self.hosts = [long_host(h, self.namespace) for h in spec.get("hosts", [])]
        self.gateways = [gateway_name(g, self.namespace) for g in spec.get("gateways", ["mesh"])]
        exports = spec.get("exportTo", ["*"])
        self.exports = [self.namespace if e == "." else e for e in exports]
        self.rules = []
        for index, rule in enumerate(spec.get("http", [])):
            rule = present(rule)
            rule["origin"] = (f"{self.namespace}/{self.name}", index)
            rule["match"] = [self._block(b, i) for i, b in enumerate(rule.get("match", []))]
            self.rules.append(rule)

    def _block(self, block, index):
        block = present(block)
        block["index"] = index
        if "gateways" in block:
            block["gateways"] = [gateway_name(g, self.namespace) for g in block["gateways"]]
        return block

    @property
    def full_name(self):
        return f"{self.namespace}/{self.name}"

    def order(self):
        return (self.stamp, self.name, self.namespace)

    def visible_to(self, namespace):
        return "*" in self.exports or namespace in self.exports


class Gateway:
    """A Gateway."""

    def __init__(self, document):
        metadata, spec = present(document.get("metadata")), present(document.get("spec"))
        self.name, self.namespace = metadata["name"], metadata.get("namespace", "default")
        self.stamp = metadata.get("creationTimestamp") or ""
        self.selector = spec.get("selector") or {}
        self.servers = [present(s) for s in spec.get("servers", [])]

    @property
    def full_name(self):
        return f"{self.namespace}/{self.name}"

    def order(self):
        return (self.stamp, self.name, self.namespace)


def read(text):
    """(services, gateways) of a stream; X-2 is applied to services."""
    services, gateways = [], []
    for document in yaml.load_all(text, Loader):
        if not document:
            continue
        if document["kind"] == "Gateway":
            gateways.append(Gateway(document))
        elif document["kind"] == "VirtualService":
            if all(r == "*" or latin1_regex(r) for r in _regexes(document.get("spec"))):
                services.append(Service(document))
    return services, gateways
