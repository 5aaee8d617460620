# SPDX-License-Identifier: Apache-2.0
"""A disk of its own for a box or a centre: filled, cut off and taken back at will."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

DISK_MB = 48


def no_disk() -> str:
    """Return why a disk of its own cannot be made here; empty where it can."""
    if os.geteuid() != 0:
        return "it mounts disks of its own, which needs root"
    if shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
        return "mkfs.ext4 is missing, which makes its disks; run: apt-get install e2fsprogs"
    return ""


class Disk:
    """An ext4 file system in a file, mounted on a folder."""

    def __init__(self, image: Path, folder: Path, *, megabytes: int) -> None:
        self._image, self.folder, self._cuts = image, folder, 0
        folder.mkdir(parents=True)
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-b", "4096", str(image))
        self._mount()

    def fill(self) -> None:
        """Leave no free block."""
        with (
            contextlib.suppress(OSError),
            (self.folder / "filler").open("wb", buffering=0) as filler,
        ):
            while True:
                filler.write(bytes(1 << 16))
        with (
            contextlib.suppress(OSError),
            (self.folder / "filler").open("ab", buffering=0) as filler,
        ):
            while True:
                filler.write(bytes(512))

    def free(self) -> None:
        """Give the blocks back."""
        (self.folder / "filler").unlink(missing_ok=True)

    def cut(self) -> Path:
        """Take what is on the disk at this moment, as a cut of the power would leave it.

        What is only in memory is not in it.
        """
        self._cuts += 1
        copy = self._image.with_name(f"{self._image.name}.{self._cuts}")
        shutil.copyfile(self._image, copy)
        return copy

    def replace(self, image: Path) -> None:
        """Unmount the disk, whose users are dead, and mount another image in its place."""
        run("umount", str(self.folder))
        self._image.unlink()
        self._image = image
        self._mount()

    def remount(self, options: str) -> None:
        """Change the options of the mount."""
        run("mount", "-o", f"remount,{options}", str(self.folder))

    def sync(self) -> None:
        """Write what is still in memory of this disk, and of no other."""
        run("sync", "-f", str(self.folder))

    def close(self) -> None:
        """Unmount."""
        subprocess.run(["umount", "-l", str(self.folder)], check=False)  # noqa: S603, S607 - the system's own

    def _mount(self) -> None:
        run("mount", "-o", "loop", str(self._image), str(self.folder))


def run(*command: str) -> None:
    """Run a program of the system; raises CalledProcessError with what it said."""
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - written here
