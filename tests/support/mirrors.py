"""Servers on this machine that data sets are downloaded from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Reply:
    """What a mirror answers: maybe not all it promises, maybe never."""

    body: bytes = b""
    status: int = 200
    promised_bytes: int | None = None
    encoding: str | None = None
    chunked: bool = False
    stalls: bool = False


@dataclass
class Mirror:
    """A server on this machine.

    Attributes:
        url: its address, ending in a slash.
        replies: by file name, one for each request, the last one for all that follow.
        requests: the names asked for.
        released: set to let stalled replies end.
    """

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    released: Event = field(default_factory=Event)

    def next_reply(self, name: str) -> Reply:
        self.requests.append(name)
        replies = self.replies.get(name, [Reply(status=404)])
        return replies.pop(0) if len(replies) > 1 else replies[0]


def make_handler(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = mirror.next_reply(self.path.lstrip("/"))
            self.send_response(reply.status)
            if reply.encoding:
                self.send_header("Content-Encoding", reply.encoding)
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                promised = reply.promised_bytes
                self.send_header("Content-Length", str(promised or len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if reply.chunked:
                for start in range(0, len(reply.body), 100):
                    piece = reply.body[start : start + 100]
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.wfile.write(reply.body)
            if reply.stalls:
                mirror.released.wait(20)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler


@contextmanager
def running_mirrors(count: int) -> Iterator[list[Mirror]]:
    """Run mirrors that have nothing yet."""
    started = []
    for _ in range(count):
        mirror = Mirror()
        server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(mirror))
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}/"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((mirror, server, thread))
    yield [mirror for mirror, _, _ in started]
    for mirror, server, thread in started:
        mirror.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def serve_all(mirror: Mirror, bodies: dict[str, bytes]) -> None:
    mirror.replies = {name: [Reply(body)] for name, body in bodies.items()}
