# SPDX-License-Identifier: Apache-2.0
"""The process that shows an installer the page. It has a socket, and nothing of the box.

It was given one listening socket and stands in a network without a cable: it answers who asks, and
can speak to nobody. It keeps no state: what it shows it asks of whoever opened the session, by one
pipe, and hears it by another. Started as `python -I -m` with this module's name and SETTINGS LOCKED
GO.
"""

import logging
import os
import select
import socket
import ssl
import sys
import time
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported from outside, and while there is one thread.
    lock.begin(Role.PAGE)

from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.operations.commission.help.asking import ASK_BYTES_MAX
from edge_agent.operations.commission.page.http_answer import Answer, answer, length_of
from edge_agent.operations.commission.settings import PageSettings
from edge_agent.process_settings import read_settings

CONNECTIONS_MAX = 8
REQUEST_BYTES_MAX = 8192
IDLE_S = 20.0
STATE_BYTES_MAX = 60_000
_POLL_S = 0.25
log = logging.getLogger("edge_agent.commission.page")


class Connection:
    """One who asks: their bytes so far, and those that wait to go."""

    def __init__(self, stream: ssl.SSLSocket) -> None:
        self.stream = stream
        self.seen_s = time.monotonic()
        self._shaken, self._ends = False, False
        self._incoming, self._outgoing = bytearray(), bytearray()

    @property
    def writes(self) -> bool:
        """Whether there is something to send."""
        return bool(self._outgoing)

    def turn(self, server: "PageServer") -> bool:
        """Do what can be done without waiting. False where the connection is over."""
        try:
            if not self._shaken:
                self.stream.do_handshake()
                self._shaken = True
            self._receive()
            self._serve(server)
            self._send()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except (OSError, EOFError):
            return False
        return not (self._ends and not self._outgoing)

    def _receive(self) -> None:
        try:
            while not self._outgoing:
                got = self.stream.recv(4096)
                if got == b"":
                    raise EOFError
                self.seen_s = time.monotonic()
                self._incoming += got
                if len(self._incoming) > REQUEST_BYTES_MAX:
                    raise EOFError
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return

    def _serve(self, server: "PageServer") -> None:
        while not self._outgoing:
            head, found, rest = bytes(self._incoming).partition(b"\r\n\r\n")
            length = length_of(head)
            if not found or len(rest) < length:
                return
            del self._incoming[: len(head) + 4 + length]
            given = server.answer(head, rest[:length])
            self._outgoing += given.bytes
            self._ends = given.ends

    def _send(self) -> None:
        while self._outgoing:
            del self._outgoing[: self.stream.send(self._outgoing[:16_384])]


class PageServer:
    """Answer on one listening socket until the session is over."""

    def __init__(self, settings: PageSettings, documents: dict[str, bytes]) -> None:
        self._settings, self._documents = settings, documents
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.load_cert_chain(settings.certificate_path, settings.key_path)
        self._listening = socket.socket(fileno=settings.listening_fd)
        self._listening.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._connections: list[Connection] = []

    def run(self, stop: Stop) -> None:
        """Answer until the word to end, the session's end, or nobody hears what is asked."""
        while not stop.heard() and time.monotonic() < self._settings.until_s:
            streams = {one.stream.fileno(): one for one in self._connections}
            writing = [number for number, one in streams.items() if one.writes]
            readable, writable, _ = select.select(
                [self._listening.fileno(), *streams], writing, [], _POLL_S
            )
            if self._listening.fileno() in readable:
                self._accept()
            now_s = time.monotonic()
            for number, one in streams.items():
                is_over = now_s - one.seen_s > IDLE_S
                if number in (*readable, *writable):
                    is_over = not one.turn(self)
                if is_over:
                    self._connections.remove(one)
                    one.stream.close()

    def _accept(self) -> None:
        try:
            plain, _ = self._listening.accept()
        except OSError:
            return
        if len(self._connections) >= CONNECTIONS_MAX:
            self._connections.pop(0).stream.close()
        plain.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._connections.append(
            Connection(
                self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            )
        )

    def answer(self, head: bytes, body: bytes) -> Answer:
        """Return the answer to one request."""
        return answer(
            head, body, token=self._settings.token, documents=self._documents, ask=self._ask
        )

    def _ask(self, what: bytes) -> bytes:
        """Ask whoever opened the session; each question has one answer."""
        os.write(self._settings.ask_fd, what[:ASK_BYTES_MAX])
        length = int.from_bytes(self._heard(4), "big")
        if length > STATE_BYTES_MAX:
            raise EOFError
        return self._heard(length)

    def _heard(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            part = os.read(self._settings.answer_fd, count - len(got))
            if part == b"":
                process_exit.exit_now(process_exit.DONE_EXIT)
            got += part
        return got


def read_documents(folder: Path) -> dict[str, bytes]:
    """Read what the page is made of, by file name."""
    return {name: (folder / name).read_bytes() for name in ("page.html", "page.css", "page.js")}


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Answer an installer until the session is over."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stop = Stop()
    settings = read_settings(PageSettings, descriptor)
    server = PageServer(settings, read_documents(Path(__file__).with_name("assets")))
    lock.close_page(
        listening_fd=settings.listening_fd,
        keep=(settings.ask_fd, settings.answer_fd, locked_fd, go_fd, stop.descriptor),
    )
    if lock.wait_for_go(locked_fd, go_fd):
        server.run(stop)
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
