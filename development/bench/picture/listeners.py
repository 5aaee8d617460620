# SPDX-License-Identifier: Apache-2.0
"""Many clients of one stream, in a process of their own: how late each event is at each of them.

`python -m development.bench.picture.listeners PORT PATH STORE CLIENTS`; ends with a signal, and
writes one JSON object: the delays in milliseconds, from what an event's id says to its last byte.
The key of this machine lies beside the store.
"""

import json
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from development.testbed.web import key_header

READ_BYTES = 262_144
END, ID = b"\n\n", b"id: "


class Listener:
    """One client, and the event that it is reading."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.sock.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{lines}\r\n".encode())
        # One after the other: of many that have asked nothing yet the oldest is pushed out.
        self.had = bytearray(self.sock.recv(READ_BYTES))
        if not self.had.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"the stream answers {bytes(self.had[:300])!r}")
        self.events = self.looked = 0

    def read(self, delays_ms: list[float]) -> bool:
        """Read what there is; note how late each event is that ends in it. False at the end."""
        try:
            received = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return True
        if not received:
            return False
        self.had += received
        while (ended := self.had.find(END, self.looked)) >= 0:
            # A chunk's size may stand before the id, so it is looked for.
            at = self.had.find(b"\n" + ID, 0, ended) + 1
            if at > 0:
                self.events += 1
                if self.events > 1:  # the first is the past
                    id_ms = int(self.had[at + len(ID) : self.had.index(b"\n", at)])
                    delays_ms.append(time.time() * 1_000 - id_ms)
            del self.had[: ended + len(END)]
            self.looked = 0
        self.looked = max(0, len(self.had) - 1)
        return True


def main() -> int:
    """Listen until told to stop."""
    port, path, store, clients = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    headers = key_header(store)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    delays_ms: list[float] = []
    lost = 0
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            listener = Listener(port, path, headers)
            listener.sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
            selector.register(listener.sock, selectors.EVENT_READ, listener)
        print("ready", flush=True)
        while not stopped:
            for key, _ in selector.select(0.2):
                try:
                    is_open = key.data.read(delays_ms)
                except ConnectionResetError:
                    is_open = False
                if not is_open:
                    selector.unregister(key.fileobj)
                    lost += 1
    print(json.dumps({"delays_ms": delays_ms, "lost": lost}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
