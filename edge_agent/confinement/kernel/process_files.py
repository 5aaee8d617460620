# SPDX-License-Identifier: Apache-2.0
"""What /proc says of a process: its status, and where its descriptors lead."""

import contextlib
import os
from pathlib import Path


def status_of(folder: Path) -> dict[str, str]:
    """Return the rows of `status` in the folder of a process or thread, by their names."""
    rows = (line.partition(":") for line in (folder / "status").read_text("utf-8").splitlines())
    return {name: value.strip() for name, _, value in rows}


def filters_on(folder: Path) -> int:
    """Return how many seccomp filters a process or thread has."""
    return int(status_of(folder)["Seccomp_filters"])


def descriptors_of(pid: int) -> dict[int, str]:
    """Return where each descriptor of a process leads; one that is closed while we look is none."""
    leads = {}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            leads[int(entry.name)] = str(entry.readlink())
    return leads


def descriptor_of(pid: int, path: str) -> int:
    """Return the descriptor that leads to `path`; -1 where none does.

    A `path` that ends in a colon stands for all that begin so.
    """
    leads = descriptors_of(pid)
    kind, real = path.endswith(":"), os.path.realpath(path)
    return next(
        (
            number
            for number, to in leads.items()
            if to in (path, real) or (kind and to.startswith(path))
        ),
        -1,
    )
