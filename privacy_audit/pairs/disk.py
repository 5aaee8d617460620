# SPDX-License-Identifier: Apache-2.0
"""Where temporary files lie on a disk: of a file that lies in memory no page is ever cold."""

import tempfile
from pathlib import Path

ELSEWHERE = "/var/tmp"  # noqa: S108 - a folder of this run's own is made in it
IN_MEMORY = frozenset({"ramfs", "tmpfs"})
LAYERED = frozenset({"overlay"})
"""Of a file in layers the page cache is another file's, and not every call sees it."""
_MOUNT_POINT = 4
"""The column of mountinfo (proc(5)); the file system's type is the first after the dash."""


def folder_on_disk() -> str:
    """Return the usual folder for temporary files, or another where that is memory.

    Where neither is a plain disk it is the usual one, and the control of the cold page may carry
    nothing.
    """
    usual = tempfile.gettempdir()
    unfit = IN_MEMORY | LAYERED
    places = [place for place in (usual, ELSEWHERE) if file_system(place) not in unfit]
    return places[0] if places else usual


def file_system(place: str) -> str:
    """Return the type of the file system that `place` lies on, as the kernel names it."""
    path, deepest, found = Path(place).resolve(), -1, ""
    for row in Path("/proc/self/mountinfo").read_text("utf-8").splitlines():
        fields, _, rest = row.partition(" - ")
        point = Path(fields.split()[_MOUNT_POINT])
        # Of two on one point the later one covers the other.
        if path.is_relative_to(point) and len(point.parts) >= deepest:
            deepest, found = len(point.parts), rest.split()[0]
    return found
