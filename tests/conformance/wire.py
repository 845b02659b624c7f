# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 over raw loopback sockets: requests as bytes, answers as ordered header lists.

The client writes exactly the bytes of a request and can pipeline many of them over one connection.
The upstream is a process that answers every request with the header list that the request selects
with its `x-upstream` header, so that one process serves all cases.
"""

import asyncio
import multiprocessing
import os
import signal
import socket

LATIN1 = "latin-1"
PIPELINE = 64


def request_bytes(method, target, headers):
    """The request as bytes; headers are (name, value) pairs of latin-1 text."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode(LATIN1)


class Answer:
    """One response: the status, the headers in wire order (names lower-cased), the body."""

    __slots__ = ("status", "headers", "body", "interim")

    def __init__(self, status, headers, body, interim=0):
        self.status, self.headers, self.body, self.interim = status, headers, body, interim

    def pick(self, names):
        return [(n, v) for n, v in self.headers if n in names]


class Connection:
    """A client connection with its own read buffer."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def _more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed by peer")
        self.buffer += data

    def _take(self, size):
        while len(self.buffer) < size:
            self._more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def _head(self):
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end >= 0:
                return self._take(end + 4)[:-4].decode(LATIN1)
            self._more()

    def _chunked(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                self._more()
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line, 16)
            body += self._take(size)
            self._take(2)
            if size == 0:
                return body

    def read(self, head_only=False):
        """The next final response."""
        interim = 0
        while True:
            lines = self._head().split("\r\n")
            status = int(lines[0].split(" ")[1])
            if status >= 200 or status == 101:
                break
            interim += 1
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip(" \t")))
        fields = dict(headers)
        body = b""
        if not head_only and status not in (101, 204, 304):
            if fields.get("transfer-encoding") == "chunked":
                body = self._chunked()
            elif "content-length" in fields:
                body = self._take(int(fields["content-length"]))
        return Answer(status, headers, body, interim)


def exchange(port, raw, head_only=False):
    """Send one request on a fresh connection; None when the peer closes without an answer."""
    connection = Connection(port, 3)
    try:
        connection.socket.sendall(raw)
        return connection.read(head_only)
    except (ConnectionError, socket.timeout):
        return None
    finally:
        connection.close()


def pipeline(port, raws, heads):
    """Send many requests over kept-alive connections; answers in order, None where cut off."""
    answers = [None] * len(raws)
    at = 0
    connection = None
    while at < len(raws):
        batch = range(at, min(at + PIPELINE, len(raws)))
        try:
            if connection is None:
                connection = Connection(port, 3)
            connection.socket.sendall(b"".join(raws[i] for i in batch))
            for i in batch:
                answers[i] = connection.read(heads[i])
                at = i + 1
                if ("connection", "close") in answers[i].headers:
                    raise ConnectionError("answer closes the connection")
        except (ConnectionError, socket.timeout):
            connection.close()
            connection = None
            if at < batch.stop and answers[at] is None:
                answers[at] = exchange(port, raws[at], heads[at])
                at += 1
    if connection:
        connection.close()
    return answers


def render(status, headers, body=b"ok", interim=b""):
    """An upstream response as bytes."""
    lines = [f"HTTP/1.1 {status} X"] + [f"{n}: {v}" for n, v in headers]
    lines.append(f"content-length: {len(body)}")
    return interim + ("\r\n".join(lines) + "\r\n\r\n").encode(LATIN1) + body


class _Upstream(asyncio.Protocol):
    table = []

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        out = []
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                break
            head, self.buffer = self.buffer[:end], self.buffer[end + 4:]
            out.append(self.answer(head))
        self.transport.write(b"".join(out))

    def answer(self, head):
        lower = head.lower()
        is_head = head.startswith(b"HEAD ")
        if b"\r\nx-echo:" in lower:
            return render(200, [("x-upstream-saw", "1")], b"" if is_head else head)
        at = lower.find(b"\r\nx-upstream: ")
        index = int(lower[at + 14:].split(b"\r\n", 1)[0]) if at >= 0 else 0
        reply = self.table[index]
        return reply[:reply.rfind(b"\r\n\r\n") + 4] if is_head else reply


async def _serve(table, pipe):
    _Upstream.table = table
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Upstream, "127.0.0.1", 0, backlog=256)
    pipe.send(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


def _upstream_main(table, pipe):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    asyncio.run(_serve(table, pipe))


class Upstream:
    """The upstream process; `port` is where it listens."""

    def __init__(self, table):
        here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_upstream_main, args=(table, there), daemon=True)
        self.process.start()
        self.port = here.recv()

    def close(self):
        self.process.terminate()
        self.process.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
