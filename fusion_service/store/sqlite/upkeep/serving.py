# SPDX-License-Identifier: Apache-2.0
"""Let one service at a time serve a store: two would both acknowledge.

Each would do so from its own memory of where every stream stands.

Commands such as `device add` write beside a running service and take no part in this.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.private_file import give_to_folder_owner
from fusion_service.store.sqlite.errors import why_no_place

SUFFIX = "-serving"
"""A file of its own beside the store.

Closing any descriptor of the store itself would drop the locks that SQLite holds on it.
"""
_PID_BYTES = 32


@contextmanager
def served_alone(path: Path) -> Iterator[None]:
    """Hold the store at `path`, by whatever name it is reached, for as long as a service runs.

    The kernel lets go when the process ends, however it ends. Raises StoreError where another
    process serves it.
    """
    try:
        real = path.resolve()
        descriptor = os.open(
            f"{real}{SUFFIX}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise StoreError(f"{path}: {why_no_place(path) or error}") from error
    try:
        with suppress(OSError):  # what cannot be given away is held all the same
            give_to_folder_owner(descriptor, real.parent)
        _hold(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _hold(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = os.pread(descriptor, _PID_BYTES, 0).decode("ascii", "replace").strip() or "unknown"
        sentence = (
            f"{path}: another fusion-service (process {other}) serves this store; end it, or name "
            "another store.path"
        )
        raise StoreError(sentence) from error
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be locked: {error.strerror}; keep the store on a local disk"
        ) from error
    with suppress(OSError):  # a full disk: the lock holds without a name in it
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
