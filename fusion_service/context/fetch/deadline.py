# SPDX-License-Identifier: Apache-2.0
"""End an exchange at a moment, however slowly the server drips.

A socket's own timeout begins anew with each byte: who sends one every nine seconds is never late.
"""

import http.client
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


class Deadline:
    """Shuts the connection of one exchange down when its time is over."""

    def __init__(self, until_s: float, tls: ssl.SSLContext | None = None) -> None:
        """Believe whom tls believes; None: whom this system believes."""
        self._until_s, self._tls = until_s, tls
        self._connections: list[http.client.HTTPConnection] = []
        self._sockets: list[socket.socket] = []
        self.is_over = False

    @contextmanager
    def kept(self, *, is_direct: bool) -> Iterator[urllib.request.OpenerDirector]:
        """Yield what opens an address and follows nothing, and end it at the deadline.

        is_direct: by no proxy.
        """
        timer = threading.Timer(max(0.0, self._until_s - time.monotonic()), self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield self._opener({} if is_direct else None)
        finally:
            timer.cancel()

    def hold(self, connection: http.client.HTTPConnection) -> None:
        """Hold a connection that is being made."""
        self._connections.append(connection)

    def hold_socket(self, connection: http.client.HTTPConnection) -> None:
        """Hold the socket of a connection that is made; who reads the answer takes it away."""
        if connection.sock is not None:
            self._sockets.append(connection.sock)
        if self.is_over:
            self.cut()  # It was over before there was a socket.

    def cut(self) -> None:
        """Shut the connection down now. By any thread."""
        self.is_over = True
        made = [one.sock for one in self._connections if one.sock is not None]
        for each in (*made, *self._sockets):
            # Not that of ssl, which would first forget that what follows is encrypted.
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    def _opener(self, proxies: dict[str, str] | None) -> urllib.request.OpenerDirector:
        opener = urllib.request.OpenerDirector()
        tls = self._tls or ssl.create_default_context()
        proxy = urllib.request.ProxyHandler(proxies)
        for handler in (proxy, _Plain(self), _Encrypted(self, tls)):
            opener.add_handler(handler)
        return opener


class _PlainConnection(http.client.HTTPConnection):
    deadline: Deadline

    def connect(self) -> None:
        self.deadline.hold(self)
        super().connect()
        self.deadline.hold_socket(self)


class _EncryptedConnection(http.client.HTTPSConnection):
    deadline: Deadline

    def connect(self) -> None:
        self.deadline.hold(self)
        super().connect()
        self.deadline.hold_socket(self)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the connections of one exchange, plain or encrypted."""

    deadline: Deadline
    context: ssl.SSLContext | None

    def __call__(
        self,
        host: str,
        /,
        *,
        port: int | None = None,
        timeout: float = 10.0,
        source_address: tuple[str, int] | None = None,
        blocksize: int = 8192,
    ) -> http.client.HTTPConnection:
        made: _PlainConnection | _EncryptedConnection
        if self.context is None:
            made = _PlainConnection(host, port, timeout, source_address, blocksize)
        else:
            made = _EncryptedConnection(
                host,
                port,
                timeout=timeout,
                source_address=source_address,
                context=self.context,
                blocksize=blocksize,
            )
        made.deadline = self.deadline
        return made


class _Plain(urllib.request.HTTPHandler):
    """Opens http, with the deadline's own connections."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._maker = _Maker(deadline, None)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a plain address."""
        return self.do_open(self._maker, req)


class _Encrypted(urllib.request.HTTPSHandler):
    """Opens https, with the deadline's own connections."""

    def __init__(self, deadline: Deadline, tls: ssl.SSLContext) -> None:
        super().__init__()
        self._maker = _Maker(deadline, tls)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open an encrypted address."""
        return self.do_open(self._maker, req)
