# SPDX-License-Identifier: Apache-2.0
"""How the box's camera stands, in one word of a fixed list.

For the gate, and for whoever stands beside the box.

Whoever starts the processes writes it into the store while the box runs; it knows it from exit
codes, never from a process's text. The gate, whose window had no word of the camera, says by it
whether the camera is lost; `edge-agent doctor` says what to do. The folder belongs to the gate's
user, so nothing here follows a link that stands in it.
"""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from edge_agent.errors import CameraFault, StoreError

FILE = "camera.state"
_FRESH = "camera.state.new"
_BYTES_MAX = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class CameraState(StrEnum):
    """How a camera stands that has no fault."""

    OPENING = "opening"
    OPEN = "open"
    RESTING = "outside its hours"
    ENDED = "ended"
    """The process that holds it ended by a fault of its own."""


FAULTS = {fault.word: fault for fault in CameraFault}
WORDS = frozenset({*CameraState, *FAULTS})


@dataclass(frozen=True, slots=True)
class Told:
    """The word, and since when it holds.

    In unix seconds of the box's clock, to be read and not to be ordered by.
    """

    word: str
    since_s: int

    @property
    def fault(self) -> CameraFault | None:
        """Return what is wrong with the camera, None where nothing is known to be."""
        return FAULTS.get(self.word)


def word_of(exit_code: int) -> str:
    """Return the word for the end of a process that holds the camera."""
    return next(
        (fault.word for fault in CameraFault if fault == exit_code), CameraState.ENDED.value
    )


def tell(store: Path, word: str, *, utc_s: float) -> None:
    """Write down how the camera stands; a word that stands there already keeps its time.

    Raises StoreError.
    """
    before = told(store)
    if before is not None and before.word == word:
        return
    try:
        with _folder(store) as folder:
            _unlink(_FRESH, folder)
            fresh = os.open(
                _FRESH,
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                0o644,
                dir_fd=folder,
            )
            try:
                os.fchmod(fresh, 0o644)
                os.write(fresh, f"{word}\n{int(utc_s)}\n".encode("ascii"))
            finally:
                os.close(fresh)
            os.rename(_FRESH, FILE, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        raise StoreError(
            f"{store / FILE}: {error.strerror}; how the camera stands is not written down"
        ) from error


def tell_now(store: Path, word: str, log: logging.Logger) -> None:
    """Write down how the camera stands now. A disk that takes nothing is no reason to end."""
    try:
        tell(store, word, utc_s=time.time())
    except StoreError as error:
        log.warning("%s", error)


def told(store: Path) -> Told | None:
    """Return how the camera stands, None where nothing readable says so.

    Then no box runs, or it is of an earlier release.
    """
    try:
        descriptor = os.open(
            store / FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return None
    try:
        word, since_s = os.read(descriptor, _BYTES_MAX).decode("ascii").splitlines()
        return Told(word, int(since_s)) if word in WORDS else None
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def forget(store: Path) -> None:
    """Take the word away as the box stops.

    It is of a run, and an earlier release knows no such file.
    """
    with contextlib.suppress(OSError), _folder(store) as folder:
        for name in (_FRESH, FILE):
            _unlink(name, folder)


@contextlib.contextmanager
def _folder(store: Path) -> Iterator[int]:
    descriptor = os.open(store, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _unlink(name: str, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
