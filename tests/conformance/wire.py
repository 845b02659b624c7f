# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 over raw loopback sockets: requests as bytes, answers as ordered header lists.

The client writes exactly the bytes of a request; many requests share a few kept-alive connections.
(Envoy closes a connection with pipelined requests behind a local answer, so nothing is pipelined.)
The upstream is a process that answers every request with the header list that the request selects
with its `x-upstream` header, so that one process serves all cases.
"""

import asyncio
import multiprocessing
import os
import selectors
import signal
import socket

LATIN1 = "latin-1"
LANES = 12
ANSWER_SECONDS = 3


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


def exchange(port, raw, head_only=False):
    """Send one request on a fresh connection; None when the peer closes without an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
        buffer = b""
        try:
            connection.sendall(raw)
            while True:
                data = connection.recv(1 << 16)
                buffer += data
                done = parse(buffer, head_only)
                if done or not data:
                    return done and done[0]
        except (ConnectionError, socket.timeout):
            return None


def parse(buffer, head_only):
    """(answer, rest) from the front of a buffer, or None while bytes are missing."""
    interim = 0
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = buffer[:end].decode(LATIN1).split("\r\n")
        buffer = buffer[end + 4:]
        status = int(lines[0].split(" ")[1])
        if status >= 200 or status == 101:
            break
        interim += 1
    headers, size = [], 0
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        headers.append((name, value))
        if name == "content-length" and not head_only and status not in (204, 304):
            size = int(value)
    if len(buffer) < size:
        return None
    return Answer(status, headers, buffer[:size], interim), buffer[size:]


class _Lane:
    """One kept-alive connection that works through a shared queue."""

    def __init__(self, port, poller):
        self.port, self.poller, self.socket, self.work, self.tries = port, poller, None, None, 0

    def start(self, work, raw):
        if work != self.work:
            self.work, self.tries = work, 0
        self.buffer = b""
        self.tries += 1
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.poller.register(self.socket, selectors.EVENT_READ, self)
        try:
            self.socket.sendall(raw)
        except ConnectionError:
            pass

    def stop(self):
        if self.socket is not None:
            self.poller.unregister(self.socket)
            self.socket.close()
            self.socket = None

    def receive(self, head_only):
        """The finished answer, None while it is incomplete, False when the peer closed."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.stop()
            return False
        self.buffer += data
        done = parse(self.buffer, head_only)
        if done is None:
            return None
        if ("connection", "close") in done[0].headers:
            self.stop()
        return done[0]


def send_all(port, raws, heads):
    """Send many requests over kept-alive connections; answers in order, None where there is none."""
    answers, queue = [None] * len(raws), iter(range(len(raws)))
    with selectors.DefaultSelector() as poller:
        lanes = [_Lane(port, poller) for _ in range(min(LANES, len(raws)))]
        busy = 0
        for lane in lanes:
            work = next(queue)
            lane.start(work, raws[work])
            busy += 1
        while busy:
            ready = poller.select(ANSWER_SECONDS)
            if not ready:
                break
            for key, _ in ready:
                lane = key.data
                answer = lane.receive(heads[lane.work])
                if answer is None:
                    continue
                if answer is False and lane.tries < 2:
                    lane.start(lane.work, raws[lane.work])
                    continue
                answers[lane.work] = answer or None
                work = next(queue, None)
                if work is None:
                    busy -= 1
                    lane.stop()
                else:
                    lane.start(work, raws[work])
        for lane in lanes:
            lane.stop()
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
