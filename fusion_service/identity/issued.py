# SPDX-License-Identifier: Apache-2.0
"""What was issued and what was revoked, one JSON line each, only ever added to. It holds no secret.

A certificate is in here before it is anywhere else, so nothing can exist that could not be revoked.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from fusion_service.errors import IdentityError

BYTES_MAX = 256 * 1024 * 1024
"""About a million certificates: far beyond a city's, and still read in seconds."""


class RegisterEvent(StrEnum):
    """What became of a certificate."""

    ISSUED = "issued"
    REVOKED = "revoked"


class Kind(StrEnum):
    """What the holder is."""

    SERVER = "server"
    CLIENT = "client"
    DEVICE = "device"
    ISSUING = "issuing"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line.

    Times are unix seconds, the serial number and the SHA-256 of the certificate are hexadecimal.

    issuer is the identifier of the key that signed it, hexadecimal; empty, as in lines of before,
    for the root's.
    """

    event: RegisterEvent
    at_s: int
    kind: Kind
    name: str
    serial: str
    ends_s: int
    sha256: str
    issuer: str = ""


class Register:
    """The file, held for itself alone from `hold` on, so that two commands cannot write at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other commands out.

        Raises IdentityError where one is at work or the file is not there.
        """
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
        except BlockingIOError as error:
            raise IdentityError(
                f"{self._path}: another command is at work in this folder; wait for it and try "
                "again"
            ) from error
        except FileNotFoundError as error:
            raise IdentityError(
                f"{self._path}: is not there; restore the authority's folder from its backup"
            ) from error

    def entries(self) -> list[RegisterLine]:
        """Return all lines in order.

        Raises IdentityError naming the first one that cannot be read.
        """
        try:
            if self._path.stat().st_size > BYTES_MAX:
                raise IdentityError(
                    f"{self._path}: is over {BYTES_MAX} bytes; start a new authority with "
                    "fusion-service ca init"
                )
            lines = self._path.read_text("ascii").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise IdentityError(
                f"{self._path}: cannot be read: {error}; restore it from its backup"
            ) from error
        if lines.pop():
            raise IdentityError(
                f"{self._path}:{len(lines) + 1}: the line has no end, so its command was cut short "
                "and issued nothing; delete it"
            )
        return [self._entry(line, number) for number, line in enumerate(lines, start=1)]

    def append(self, entry: RegisterLine) -> None:
        """Add a line, on the disk before this returns."""
        line = json.dumps(asdict(entry), sort_keys=True) + "\n"
        with self._path.open("a", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _entry(self, line: str, number: int) -> RegisterLine:
        try:
            raw = json.loads(line)
            entry = RegisterLine(
                **{**raw, "event": RegisterEvent(raw["event"]), "kind": Kind(raw["kind"])}
            )
            int(entry.serial, 16)
        except (ValueError, TypeError, KeyError) as error:
            raise IdentityError(
                f"{self._path}:{number}: is no line of a register: {error}; restore it from its "
                "backup"
            ) from error
        return entry
