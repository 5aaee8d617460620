# SPDX-License-Identifier: Apache-2.0
"""A real HTTP server on loopback that answers as the sources of feeds do, well and badly."""

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Reply:
    """One answer. drip_s: a pause before each byte of the body; cut: bytes that are held back."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    cut: int = 0
    etag: str = ""


@dataclass
class FeedServer:
    """What is answered by path, and what was asked."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def say(self, path: str, body: bytes | str = b"", **reply: Any) -> str:
        """Answer a path from now on, and return its address."""
        raw = body.encode() if isinstance(body, str) else body
        self.replies[path] = Reply(raw, **reply)
        return self.url + path

    def say_packed(self, path: str, body: bytes, **reply: Any) -> str:
        return self.say(path, gzip.compress(body), headers={"Content-Encoding": "gzip"}, **reply)


class _Handler(BaseHTTPRequestHandler):
    said: FeedServer

    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.said.asked.append((self.path, dict(self.headers.items())))
        reply = self.said.replies.get(path, Reply(b"nothing here", 404))
        if reply.etag and self.headers.get("If-None-Match") == reply.etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(reply.status)
        tag = {"ETag": reply.etag} if reply.etag else {}
        for name, value in ({"Content-Length": str(len(reply.body))} | tag | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # who asked has gone
            self._write(reply.body[: len(reply.body) - reply.cut], reply.drip_s)

    def _write(self, body: bytes, drip_s: float) -> None:
        if not drip_s:
            self.wfile.write(body)
            return
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            if self.said.ended.wait(drip_s):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of who has hung up."""


@contextmanager
def feed_server(*, certificate: Path | None = None) -> Iterator[FeedServer]:
    """Run one; over TLS where it has a certificate, a file with its key too."""
    with _Server(("127.0.0.1", 0), _Handler) as http:
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        server = FeedServer(http.server_address[1])
        http.RequestHandlerClass = type("_Said", (_Handler,), {"said": server})
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            http.shutdown()
            thread.join()
