# SPDX-License-Identifier: Apache-2.0
"""Keep copies of the store in another place: the newest in a folder, each sent on to a machine.

Rule 1: an older copy goes only after the new one is there and checked. Rule 2: a folder that is
not there is not made: it may be the mount of a disk that is missing.
"""

import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.sqlite.access.erasures import list_beside
from fusion_service.store.sqlite.upkeep.backup import backup

SEND_WAIT_S = 6 * 3600.0
"""A night, even over a slow line."""
UNFINISHED_S = 24 * 3600.0
_NAME = re.compile(r"fusion-(\d{8}T\d{6})Z\.sqlite")
_STAMP = "%Y%m%dT%H%M%S"


def back_up_into(store: Path, folder: Path, *, keep: int, now: datetime) -> Path:
    """Copy the store into a folder, named by the time.

    Then delete all copies but the newest `keep`.

    Raises StoreError, and has then deleted nothing, where the copy cannot be made.
    """
    if not folder.is_dir():
        raise StoreError(f"{folder}: no such folder; make it, or mount the disk that it is on")
    copy = folder / f"fusion-{now.astimezone(UTC).strftime(_STAMP)}Z.sqlite"
    backup(store, copy)
    for old in copies(folder)[keep:]:
        old.unlink(missing_ok=True)
    for left in folder.glob(".fusion-*.sqlite-*"):  # of a run that was killed
        if time.time() - left.stat().st_mtime > UNFINISHED_S:
            left.unlink(missing_ok=True)
    return copy


def copies(folder: Path) -> list[Path]:
    """Return the copies in a folder, the newest first."""
    return sorted(
        (path for path in folder.iterdir() if _NAME.fullmatch(path.name)),
        key=lambda path: path.name,
        reverse=True,
    )


def made_at(copy: Path) -> datetime:
    """Return when a copy was made: by its name, or else by its file's time."""
    if found := _NAME.fullmatch(copy.name):
        return datetime.strptime(found.group(1), _STAMP).replace(tzinfo=UTC)
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)


def send(copy: Path, target: str) -> None:
    """Send a copy on with rsync.

    To USER@HOST:FOLDER over ssh, which may ask nothing, or to a folder.

    What lies there is never deleted by us: who takes this machine over must not be able to.
    Raises StoreError.
    """
    program = shutil.which("rsync")
    if program is None:
        raise StoreError("rsync: is not installed; run: apt install rsync")
    if target.startswith("-") or not target:
        raise StoreError(f"{target[:80]!r}: is no target; wanted USER@HOST:FOLDER or a folder")
    command = [
        program,
        "--times",
        "--chmod=F600",
        "--rsh=ssh -o BatchMode=yes",
        "--",
        str(copy),
        *[str(erased) for erased in (list_beside(copy),) if erased.exists()],
        f"{target.rstrip('/')}/",
    ]
    try:
        ended = subprocess.run(  # noqa: S603 - a list, no shell; the target is not an option
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=SEND_WAIT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f"{target}: {error}; {copy} is here, send it again") from error
    if ended.returncode != 0:
        said = " ".join(ended.stderr.split())[-300:]
        why = f"rsync ended with {ended.returncode}: {said}"
        raise StoreError(f"{target}: {why}; {copy} is here, send it again")
