# SPDX-License-Identifier: Apache-2.0
"""Files that only their owner may read, and files that root makes for others.

Rule 1: a file that is open to others is closed at once and told, or, where this user may not close
it, refused. Rule 2: what root makes in a folder of another user belongs to that user, so that a
command typed as root leaves nothing behind that the service cannot read.
"""

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

from fusion_service.errors import FusionError

PRIVATE, OTHERS, WORLD = 0o600, 0o077, 0o007
log = logging.getLogger(__name__)


def keep_private(path: Path, *, error: type[FusionError], group_may_read: bool = False) -> None:
    """Take a file away from others where they may open it; a file that is not there is let be.

    Raises `error` where this user may not do so.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(mode) or not mode & OTHERS:
        return
    try:
        path.chmod(PRIVATE)
    except OSError as refused:
        if group_may_read and not mode & WORLD:
            return  # As a package of the system lays a secret: root's, and readable by one group.
        was = f"{path}: others may open it (mode {stat.S_IMODE(mode):04o})"
        why = f"and this user may not close it: {refused.strerror}"
        raise error(f"{was}, {why}; as its owner: chmod 600 {path}") from refused
    log.warning(
        "%s: others could open it (mode %04o); closed: it has mode 0600 now",
        path,
        stat.S_IMODE(mode),
    )


def make_private(path: Path) -> None:
    """Make an empty file of mode 0600 where none is; who opens it next says why that cannot be."""
    with suppress(OSError, ValueError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
        try:
            give_to_folder_owner(descriptor, path.parent)
        finally:
            os.close(descriptor)


def give_to_folder_owner(file: int | Path, folder: Path) -> None:
    """As root, give a file to the owner of the folder that it lies in; as anyone else, nothing."""
    if os.geteuid() != 0:
        return
    owner = folder.stat()
    os.chown(file, owner.st_uid, owner.st_gid)


def give_all(made: Path, *, as_of: Path) -> None:
    """As root, give a folder and all in it to the owner of the folder whose place it takes."""
    if os.geteuid() != 0:
        return
    owner = as_of.stat()
    for path in (made, *made.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
