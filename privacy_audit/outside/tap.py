# SPDX-License-Identifier: Apache-2.0
"""Stand between the audit's box and its broker, and keep what the box says, byte by byte.

The tap shows the broker's own certificate to the box and the box's own to the broker: both are of
the audit's making. It changes nothing and answers nothing itself.
"""

import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from privacy_audit.target.box import Access
from privacy_audit.target.broker import HOST, tls

CONNECTIONS_MAX, BYTES_MAX = 64, 32 << 20
"""More is not kept, and is said."""
_LOOK_S, _WRITE_S, _CHUNK = 0.2, 10.0, 65_536


@dataclass(slots=True)
class Spoken:
    """One connection: what the box said and what it was answered.

    Each piece has its moment (monotonic seconds).
    """

    said: list[tuple[float, bytes]] = field(default_factory=list)
    answered: list[tuple[float, bytes]] = field(default_factory=list)
    bytes_kept: int = 0
    overflowed: bool = False

    def keep(self, *, of_box: bool, raw: bytes) -> None:
        """Keep one piece more."""
        self.overflowed = self.overflowed or self.bytes_kept + len(raw) > BYTES_MAX
        if not self.overflowed:
            self.bytes_kept += len(raw)
            (self.said if of_box else self.answered).append((time.monotonic(), raw))


class Tap:
    """Listens on loopback for as long as its block lasts."""

    def __init__(self, server: Path, box: Access) -> None:
        """Stand at a port of its own.

        server: the folder of the broker's identity. box: how the box would come in at the broker.
        """
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_cert_chain(server / "broker.pem", server / "broker.key")
        self._context.load_verify_locations(server / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._box = box
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._spoken: list[Spoken] = []
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(_WRITE_S)
        self._listener.close()

    def spoken(self) -> tuple[Spoken, ...]:
        """Return every connection so far, the oldest first."""
        return tuple(self._spoken)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True, name="tap")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        self._listener.settimeout(_LOOK_S)
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                caller, _ = self._listener.accept()
                if len(self._spoken) >= CONNECTIONS_MAX:
                    caller.close()
                    continue
                spoken = Spoken()
                self._spoken.append(spoken)
                self._start(self._carry, caller, spoken)

    def _carry(self, caller: socket.socket, spoken: Spoken) -> None:
        with suppress(OSError), caller:
            caller.settimeout(_WRITE_S)
            with (
                self._context.wrap_socket(caller, server_side=True) as box,
                socket.create_connection((self._box.host, self._box.port), _WRITE_S) as plain,
                tls(self._box).wrap_socket(plain, server_hostname=self._box.host) as broker,
            ):
                while not self._stopped.is_set():
                    ready = [one for one in (box, broker) if one.pending()] or select.select(
                        [box, broker], [], [], _LOOK_S
                    )[0]
                    for one in ready:
                        raw = _read(one)
                        if raw == b"":
                            return
                        if raw is not None:
                            spoken.keep(of_box=one is box, raw=raw)
                            (broker if one is box else box).sendall(raw)


def _read(one: ssl.SSLSocket) -> bytes | None:
    """Return what has come, nothing at the end, None where only a part of a record has.

    Raises OSError.
    """
    one.settimeout(0.0)
    try:
        return one.recv(_CHUNK)
    except (ssl.SSLWantReadError, BlockingIOError):
        return None
    finally:
        one.settimeout(_WRITE_S)
