# SPDX-License-Identifier: Apache-2.0
"""Where the two sides of a pair could meet: files, folders, pipes and a port made for them."""

import os
import secrets
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from privacy_audit.pairs.means.hands import PAGE, PAGE_STRIDE, MeetingPlaces

_PEER_BACKLOG, _PEER_ENDS_WITHIN_S = 8, 30.0
_PAGE_OF_ONES = b"\1" * PAGE


@contextmanager
def meeting_places(folder: Path, *, receivers: int, showings: int) -> Iterator[MeetingPlaces]:
    """Make where the two could meet, and remove it.

    showings: how often bits are shown to each receiver; each asks for a cold page of its own then.
    """
    meeting = folder / "meeting"
    meeting.mkdir(parents=True, exist_ok=True)
    for path in (folder, meeting):
        path.chmod(0o777 if path is meeting else 0o755)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    shared, cold, scene = folder / "shared", folder / "cold", closed / "scene"
    shared.write_bytes(bytes(8192))
    scene.write_bytes(bytes(8192))
    for path in (shared, meeting / "leased", meeting / "sized", meeting / "space"):
        path.touch()
        path.chmod(0o666)
    _write_cold(cold, showings * receivers)
    scene.chmod(0o644)
    pipe_out, pipe_in = os.pipe()
    try:
        key = 1 + secrets.randbelow(2**30)
        yield MeetingPlaces(
            str(shared),
            str(cold),
            str(meeting),
            str(scene),
            pipe_in,
            pipe_out,
            -1,
            -1,
            key,
            receivers,
        )
    finally:
        os.close(pipe_out)
        os.close(pipe_in)


@contextmanager
def feeders_camera() -> Iterator[int]:
    """Be the camera of a feeder.

    Accept whoever comes on a port of this machine, and read what is said.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=_PEER_BACKLOG) as listening:

        def drain() -> None:
            come: list[socket.socket] = []
            with suppress(OSError, ValueError):
                while True:
                    for one in select.select([listening, *come], [], [])[0]:
                        if one is listening:
                            come.append(listening.accept()[0])
                        elif not one.recv(2**16):
                            come.remove(one)
                            one.close()
            for one in come:
                one.close()

        thread = threading.Thread(target=drain, name="peer", daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(_PEER_ENDS_WITHIN_S)


def _write_cold(cold: Path, pages: int) -> None:
    """Write a file of which the machine keeps no page in its cache.

    So many pages apart, with holes between.
    """
    with cold.open("wb") as file:
        for page in range(pages):
            file.seek(page * PAGE_STRIDE)
            file.write(_PAGE_OF_ONES)
        file.truncate(pages * PAGE_STRIDE)
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    cold.chmod(0o644)
