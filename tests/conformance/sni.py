# SPDX-License-Identifier: Apache-2.0
"""Which TLS server of a gateway port a handshake reaches (H-29), asked with real handshakes.

Each port of a generated world becomes one Envoy listener with a filter chain per kept TLS server, as
Istio lays it out; every chain answers with its own name.  The translator's choice has to agree.
"""

import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import envoy
import translate
import wire

SECONDS = 5


def certificate(folder):
    """A throw-away key and certificate."""
    key, cert = Path(folder) / "key.pem", Path(folder) / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=conformance",
                    "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True, timeout=60)
    return str(key), str(cert)


def _chain(server, gateway, key, cert):
    name = translate.configuration_name(server, gateway) if translate.carries_http(server) else "passthrough"
    hosts = {"name": name, "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": name}}}]}]}
    names = [h.rpartition("/")[2].lower() for h in server["hosts"]]
    chain = {"filters": [envoy.manager(hosts, "sni")], "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {"tls_certificates": [{"certificate_chain": {"filename": cert}, "private_key": {"filename": key}}]}}}}
    if "*" not in names:
        chain["filter_chain_match"] = {"server_names": sorted(set(names))}
    return chain


def _listeners(worlds, key, cert):
    for index, world in enumerate(worlds):
        for number, pod in enumerate(world.pods.values()):
            servers = [(s, g) for s, g in pod.servers if translate.is_tls(s) and s["port"]["number"] == 443]
            names = [n for s, _ in servers for n in {h.rpartition("/")[2].lower() for h in s["hosts"]}]
            # Two servers of one name: Envoy refuses such a listener whole.  A server with "*" takes part
            # as the chain without names, so its other names would not be told apart either.
            if not servers or len(names) != len(set(names)) or any("*" in _domains(s) and len(_domains(s)) > 1 for s, _ in servers):
                continue
            chains = [_chain(s, g, key, cert) for s, g in servers]
            yield {**envoy.listener(f"{index}|{number}", None), "filter_chains": chains, "listener_filters": [
                {"name": "envoy.filters.listener.tls_inspector", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"}}]}


def _domains(server):
    return {h.rpartition("/")[2].lower() for h in server["hosts"]}


def _ask(port, name):
    """The chain that answered, or None when no chain took the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as raw, context.wrap_socket(raw, server_hostname=name) as tls:
            tls.sendall(wire.request_bytes("GET", "/", [("host", name), ("connection", "close")]))
            buffer = b""
            while True:
                data = tls.recv(1 << 14)
                buffer += data
                done = wire.parse(buffer, False)
                if done:
                    return done[0].body.decode()
                if not data:
                    return None
    except (ssl.SSLError, ConnectionError, OSError):
        return None


NAMES = ["api.example.com", "www.example.com", "x.example.com", "a.b.example.com", "shop.test", "x.shop.test", "other.com", "other.invalid"]


def run(binary, worlds, out):
    """Compare the translator's choice of server with the filter chain that answers; (differences, world, name) each."""
    with tempfile.TemporaryDirectory(prefix="corsac-tls-") as folder:
        key, cert = certificate(folder)
        with envoy.Envoy(binary, envoy.bootstrap(list(_listeners(worlds, key, cert)), 1)) as proxy:
            for index, world in enumerate(worlds):
                for gateway, server in ((g, s) for g in world.gateways for s in g.servers if translate.is_tls(s)):
                    pod = list(world.pods).index(tuple(sorted(gateway.selector.items())))
                    port = proxy.ports.get(f"{index}|{pod}")
                    for name in NAMES if port else ():
                        place = world.locate(gateway.full_name, server["port"]["number"], name)
                        answer = _ask(port, name)
                        found = [] if (place and place[1]) == (None if answer == "passthrough" else answer) else [("chain", answer, place)]
                        out.append((found, index, name))
