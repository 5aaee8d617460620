# SPDX-License-Identifier: Apache-2.0
"""What uplink and supervisor tell each other of a signed config, as two files.

The uplink, which has no cryptographic library, writes down what it heard (`SIGNED`) and believes
none of it. Whoever starts it reads that, and writes what holds (`ADMITTED`), whole.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

SIGNED, ADMITTED = "broker-signed", "broker-admitted"
"""In the outbox's folder. The record of whoever admits has the second name too, in the store's
own."""
BYTES_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Admitted:
    """The signed config that was admitted last, and why one after it was refused.

    sha256 is that of its envelope, hex. before is where the one before it had led, as HOST and
    port; an empty host is none. wall says what the firewall of the box does not let through, and
    why.
    """

    serial: int = 0
    sha256: str = ""
    host: str = ""
    port: int = 0
    ends_s: int = 0
    before_host: str = ""
    before_port: int = 0
    refused: str = ""
    wall: str = ""


def read_plain(path: Path) -> bytes:
    """Return a file's bytes.

    Nothing of one that is not there, is a link or no file, or is too large.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        try:
            content = file.read(BYTES_MAX + 1)
        except OSError:
            return b""
    return content if len(content) <= BYTES_MAX else b""


def read_admitted(path: Path) -> Admitted:
    """Return what was admitted; nothing where the file is not there or not whole."""
    try:
        raw = json.loads(read_plain(path))
        admitted = Admitted(**raw)
    except (ValueError, TypeError):
        return Admitted()
    numbers = (admitted.serial, admitted.port, admitted.ends_s, admitted.before_port)
    words = (admitted.sha256, admitted.host, admitted.before_host, admitted.refused, admitted.wall)
    fits = all(type(one) is int for one in numbers) and all(isinstance(one, str) for one in words)
    return admitted if fits else Admitted()


def write_admitted(path: Path, admitted: Admitted) -> None:
    """Write it so that a reader finds the old one or the new one.

    A link in its place is replaced and not followed.
    """
    unfinished = path.with_name(f".{path.name}-new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o640)
        file.write(json.dumps(asdict(admitted), sort_keys=True).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def stamp(path: Path) -> tuple[int, int, int]:
    """Return what differs once a file is written anew; zeros where there is none."""
    try:
        state = path.lstat()
    except OSError:
        return (0, 0, 0)
    return (state.st_ino, state.st_mtime_ns, state.st_size)
