# SPDX-License-Identifier: Apache-2.0
"""A line between a browser and a centre that can be held: nothing comes, and nobody is told."""

import contextlib
import socket
import threading
from typing import Self

PIECE = 65_536
LOOK_S = 0.05


class Relay:
    """Passes bytes on to a port, both ways, but while it is held."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._may_pass, self._ended = threading.Event(), threading.Event()
        self._may_pass.set()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._may_pass.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def hold(self) -> None:
        """Pass nothing on from now on."""
        self._may_pass.clear()

    def release(self) -> None:
        """Pass on again."""
        self._may_pass.set()

    def drop(self) -> None:
        """Cut every connection that is open."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, target: object, *given: socket.socket) -> None:
        assert callable(target)
        thread = threading.Thread(target=target, args=given)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()  # the centre is away
                continue
            self._start(self._pass, near, far)
            self._start(self._pass, far, near)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        source.settimeout(LOOK_S)
        self._open.add(source)
        with source, contextlib.suppress(OSError):
            while not self._ended.is_set():
                try:
                    piece = source.recv(PIECE)
                except TimeoutError:
                    continue
                self._may_pass.wait()
                if not piece:
                    break
                target.sendall(piece)
        self._open.discard(source)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
