# SPDX-License-Identifier: Apache-2.0
"""What lies where in a box's store, and why it cannot be kept where `store.directory` says."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_agent.errors import StoreError

PENDING_FILE, LEDGER_FILE = "pending.db", "ledger.db"
OUTBOX_FOLDER, OUTBOX_FILE, NOTES_FILE = "outbox", "outbox.db", "uplink.db"
"""The one folder that the uplink may write to, and what lies in it."""
FOLDERS = (OUTBOX_FOLDER,)
FILES = (
    PENDING_FILE,
    LEDGER_FILE,
    f"{OUTBOX_FOLDER}/{OUTBOX_FILE}",
    f"{OUTBOX_FOLDER}/{NOTES_FILE}",
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_PROBE_BYTES = 4096
_BELOW_BYTES = 64
"""Room in a path for the names of the store's own files."""
_ADVICE = {
    errno.EROFS: "it lies on a file system that is mounted read-only; mount it for writing, or "
    "name another folder",
    errno.EACCES: "this user may not write there; run as the box's user (root on a box), or name "
    "another folder",
    errno.EPERM: "this user may not write there; run as the box's user (root on a box), or name "
    "another folder",
    errno.ENOSPC: "the disk is full; free some space, or name a folder on another disk",
    errno.EDQUOT: "this user's share of the disk is used up; free some space, or name a folder on "
    "another disk",
    errno.ELOOP: "a link on the way leads to itself; name the folder itself",
    errno.ENAMETOOLONG: "the name is too long; name a shorter one",
    errno.ENOTDIR: "a file stands on the way where a folder should; name another folder",
    errno.EEXIST: "a file stands there where a folder should; name another folder",
    errno.ENOENT: "no folder can be made there; name a folder on a disk",
}


def look(directory: Path) -> None:
    """Raise StoreError where the store cannot be kept in `directory`. Reads only; see try_out."""
    with named(directory):
        if "\0" in str(directory):
            raise ValueError("a null character, which no name has")
        there = _nearest(directory)
        if not there.is_dir():
            raise StoreError(
                f"{directory}: {there} is a file, wanted a folder; name another folder, or move "
                "the file away"
            )
        for path, wanted in (
            *((directory / name, "folder") for name in FOLDERS),
            *((directory / name, "file") for name in FILES),
        ):
            if path.exists() and path.is_dir() != (wanted == "folder"):
                raise StoreError(
                    f"{path}: is no {wanted}, and the box keeps one there; move it away, or name "
                    "another folder"
                )
        name_max, path_max = os.pathconf(there, "PC_NAME_MAX"), os.pathconf(there, "PC_PATH_MAX")
        longest = max(len(os.fsencode(part)) for part in directory.parts)
        if longest > name_max or len(os.fsencode(directory)) + _BELOW_BYTES > path_max:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        disk = os.statvfs(there)
        if (
            disk.f_blocks == disk.f_files == 0
        ):  # what the kernel shows as files, such as /proc and /sys
            raise OSError(errno.ENOENT, "lies on no disk")
        if disk.f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        if not os.access(there, os.W_OK | os.X_OK, effective_ids=True):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def try_out(directory: Path) -> None:
    """Raise StoreError as look() does, and where a folder and a file cannot really be made.

    Both are gone again afterwards.

    A full disk is told only of a store that is still to be made: a box that has one goes on with a
    full disk, in a stated way.
    """
    look(directory)
    with named(directory):
        folder = _nearest(directory) / f".edge-agent-check-{os.getpid()}"
        try:
            folder.mkdir(mode=0o700)
            (folder / "one").write_bytes(bytes(_PROBE_BYTES))
        except OSError as error:
            if error.errno not in _FULL or not directory.exists():
                raise
        finally:
            with suppress(OSError):
                (folder / "one").unlink(missing_ok=True)
                folder.rmdir()


@contextmanager
def named(directory: Path) -> Iterator[None]:
    """Turn what the system says of the store's folder into a StoreError that says what to do."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        advice = _ADVICE.get(number or 0, "look at the disk, or name another folder")
        raise StoreError(f"{directory}: {what}: {advice}") from error


def _nearest(directory: Path) -> Path:
    """Return the folder itself, or the first above it that is there."""
    return next(
        (path for path in (directory, *directory.parents) if os.path.lexists(path)), Path("/")
    )
