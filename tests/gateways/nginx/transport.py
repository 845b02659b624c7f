# SPDX-License-Identifier: Apache-2.0
"""The same request over HTTP/1.1, over TLS, and over HTTP/2: a header list in, an Answer out."""

import socket
import ssl
import subprocess

import wire

SECONDS = 10


def certificate(folder):
    """(certificate, key) for TLS servers; nobody checks the name."""
    cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def _tls(connection, name, protocols=()):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context.wrap_socket(connection, server_hostname=name)


def tls_exchange(port, raw, head_only, name):
    """One HTTP/1.1 request over TLS; None when the peer closes without an answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as plain, _tls(plain, name) as connection:
            connection.sendall(raw)
            buffer = b""
            while True:
                data = connection.recv(1 << 16)
                buffer += data
                done = wire.parse(buffer, head_only)
                if done or not data:
                    return done and done[0]
    except (ConnectionError, socket.timeout, ssl.SSLError):
        return None


class Http2:
    """One HTTP/2 connection, by prior knowledge or with TLS to a name; requests one after the other."""

    def __init__(self, port, tls_name=None):
        self.port, self.tls_name, self.socket = port, tls_name, None

    def _open(self):
        import h2.config
        import h2.connection
        config = h2.config.H2Configuration(client_side=True, header_encoding=wire.LATIN1, validate_outbound_headers=False,
                                           normalize_outbound_headers=False, validate_inbound_headers=False)
        self.state = h2.connection.H2Connection(config=config)
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls_name is not None:
            self.socket = _tls(self.socket, self.tls_name or None, ["h2"])
        self.state.initiate_connection()
        self.socket.sendall(self.state.data_to_send())

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def ask(self, method, path, authority, headers, scheme="http"):
        """The answer, or None when the peer resets the stream or closes."""
        if self.socket is None:
            self._open()
        try:
            return self._ask([(":method", method), (":scheme", scheme), (":authority", authority), (":path", path),
                              *((n.lower(), v) for n, v in headers)])
        except (ConnectionError, socket.timeout):
            self.close()
            return None

    def _ask(self, fields):
        import h2.events
        import h2.exceptions
        stream = self.state.get_next_available_stream_id()
        pairs = [(n.encode(wire.LATIN1), v.encode(wire.LATIN1)) for n, v in fields]
        self.state.send_headers(stream, pairs, end_stream=True)
        self.socket.sendall(self.state.data_to_send())
        status, answer, body = 0, [], b""
        while True:
            data = self.socket.recv(1 << 16)
            if not data:
                self.close()
                return None
            try:
                events = self.state.receive_data(data)
            except h2.exceptions.ProtocolError:
                self.close()
                return None
            for event in events:
                if isinstance(event, h2.events.ResponseReceived):
                    answer = [(n, v) for n, v in event.headers if not n.startswith(":")]
                    status = int(next(v for n, v in event.headers if n == ":status"))
                elif isinstance(event, h2.events.DataReceived):
                    body += event.data
                    self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self.socket.sendall(self.state.data_to_send())
                    return wire.Answer(status, answer, body)
                elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    self.close()
                    return None
            self.socket.sendall(self.state.data_to_send())
