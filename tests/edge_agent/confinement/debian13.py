# SPDX-License-Identifier: Apache-2.0
"""A Debian 13 of its own to run a box's processes in, with its Python 3.13 and C library 2.41.

In a folder, by chroot.

Made once by debootstrap under /var/tmp and kept there, 1 GB; the packages of requirements/run.lock
are laid in beside. The clone is bound in where it lies. Only root can make it, and only where a
Debian mirror and a package index can be reached.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TREE = Path("/var/tmp/people-count-trixie")  # noqa: S108 - a folder that stays over a restart, and nobody's else
CLONE = Path(__file__).parents[3]
PYTHON = "/usr/bin/python3.13"
OWN = "/mnt"
"""A folder in memory, inside."""
_PACKAGES = "usr/local/lib/python3.13/dist-packages"
_DEBOOTSTRAP = (
    "debootstrap",
    "--variant=minbase",
    "--include=python3.13,ca-certificates,libglib2.0-0t64",
    "trixie",
    str(TREE),
)
_MADE = TREE / "people-count-made"


def why_not() -> str:
    """Return what is missing to make the tree, empty where nothing is or it is there."""
    if os.geteuid() != 0:
        return "only root can make a Debian of its own"
    if not _MADE.exists() and shutil.which("debootstrap") is None:
        return "debootstrap is missing; run: apt-get install debootstrap"
    return ""


def make() -> str:
    """Make the tree if it is not there, or was made from another lock.

    Return why that failed, empty where it did not.
    """
    lock = (CLONE / "requirements" / "run.lock").read_text("utf-8")
    if _MADE.exists() and _MADE.read_text("utf-8") == lock:
        return ""
    shutil.rmtree(TREE / _PACKAGES, ignore_errors=True)
    steps = []
    if not (TREE / PYTHON.lstrip("/")).exists():
        steps.append(list(_DEBOOTSTRAP))
    steps.append(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--python-version",
            "3.13",
            "--target",
            str(TREE / _PACKAGES),
            "--requirement",
            str(CLONE / "requirements" / "run.lock"),
        ]
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"{step[0]}: {(done.stdout + done.stderr)[-300:]}"
    _MADE.write_text(lock, "utf-8")
    return ""


@contextlib.contextmanager
def entered() -> Iterator[list[str]]:
    """Lay /proc, /dev and the clone into the tree, and give the words to run something there."""
    (TREE / str(CLONE).lstrip("/")).mkdir(parents=True, exist_ok=True)
    for name in ("edge_agent", "wire_contract"):
        # Not by a .pth file: a locked process may see these two folders, and not the one above
        # them.
        package = TREE / _PACKAGES / name
        package.unlink(missing_ok=True)
        package.symlink_to(CLONE / name)
    lay = (
        f"mount -t proc proc {TREE}/proc && mount --bind /dev {TREE}/dev && mount --bind "
        f"/sys {TREE}/sys && "
        f"mount -t tmpfs tmpfs {TREE}{OWN} && mount --bind {CLONE} {TREE}{CLONE} && exec "
        f'chroot {TREE} "$@"'
    )
    yield [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "/bin/sh",
        "-c",
        lay,
        "sh",
        PYTHON,
        "-I",
        "-B",
    ]
