# SPDX-License-Identifier: Apache-2.0
"""Someone who listens: takes whatever comes, over TCP and UDP, and counts its bytes.

Usage: sink.py HOST PORT... Says `ready`; once its standard input ends, says a JSON object: `tcp
PORT` and `udp PORT` to bytes taken, and `opened PORT` to the connections that came about.
"""

import json
import selectors
import socket
import sys
from collections import Counter

CHUNK_BYTES = 65_536


def main(host: str, ports: list[int]) -> None:
    taken: Counter[str] = Counter()
    watched = selectors.DefaultSelector()
    for port in ports:
        doors = socket.create_server((host, port)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        doors[1].bind((host, port))
        for door, what in zip(doors, ("opened", "udp"), strict=True):
            taken[f"tcp {port}"] = taken[f"{what} {port}"] = 0
            watched.register(door, selectors.EVENT_READ, f"{what} {port}")
    watched.register(sys.stdin, selectors.EVENT_READ, "end")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for key, _ in watched.select():
            name, one = str(key.data), key.fileobj
            if name == "end" or not isinstance(one, socket.socket):
                sys.stdout.write(json.dumps(taken))
                return
            if name.startswith("opened"):
                guest, _ = one.accept()
                taken[name] += 1
                watched.register(guest, selectors.EVENT_READ, name.replace("opened", "tcp"))
                continue
            try:
                came = one.recv(CHUNK_BYTES)
            except OSError:
                came = b""
            taken[name] += len(came)
            if not came and name.startswith("tcp"):
                watched.unregister(one)
                one.close()


if __name__ == "__main__":
    main(sys.argv[1], [int(port) for port in sys.argv[2:]])
