# SPDX-License-Identifier: Apache-2.0
"""Search files for a marker: what a search of a place is, and places that are made of files."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from privacy_audit.pixels.pixel_patterns import KINDS, Imprint, find

FILE_BYTES_MAX = 64 << 20
FILES_MAX = 20_000
PLANTED = "people-count-audit-planted"
_SLACK_S = 5.0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What one search met: how many things, their bytes, and where and how the marker was found."""

    things: int
    size_bytes: int
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """A place to search.

    plant: puts contents there, each by itself, and returns what takes them away. search: looks for
    a marker.

    missing: why there is nothing to look at, where that is so; unseen: why it cannot be looked at.
    """

    name: str
    search: Callable[[Imprint], SearchResult]
    plant: Callable[[Mapping[str, bytes]], Callable[[], None]]
    missing: str = ""
    unseen: str = ""
    kinds: tuple[str, ...] = KINDS


def place_of_files(
    name: str,
    paths: Callable[[], Iterator[Path]],
    planted_in: Path | None,
    *,
    jpeg: bool = True,
    missing: str = "",
    suffix: str = "",
) -> SearchPlace:
    """Return a place made of files; markers are planted as a file among them.

    Where others write too, a size proves nothing.
    """

    def search(imprint: Imprint) -> SearchResult:
        things = size_bytes = 0
        found = []
        for path in dict.fromkeys(paths()):
            content = read_whole(path)
            things, size_bytes = things + 1, size_bytes + len(content)
            # What was planted is ours, whoever else writes there.
            how = find(imprint, content, jpeg=jpeg or path.name.startswith(PLANTED))
            if how:
                found.append(f"{path} ({how})")
        return SearchResult(things, size_bytes, tuple(found))

    def plant(contents: Mapping[str, bytes]) -> Callable[[], None]:
        files = {
            (planted_in or Path()) / f"{PLANTED}-{kind}{suffix}": content
            for kind, content in contents.items()
        }
        for file, content in files.items():
            file.write_bytes(content)

        def take_away() -> None:
            for file in files:
                file.unlink(missing_ok=True)

        return take_away

    return SearchPlace(name, search, plant, missing=missing)


def files_under(folder: Path, *, deep: bool = True, like: str = "*") -> Iterator[Path]:
    """Yield the regular files of a folder, at most FILES_MAX.

    What goes away meanwhile is passed over.
    """
    seen = 0
    # os.walk passes over a folder that is gone when its turn comes; rglob would end there.
    under = (
        Path(here, name)
        for here, _, names in os.walk(folder)
        for name in names
        if fnmatchcase(name, like)
    )
    for path in under if deep else folder.glob(like):
        with suppress(OSError):
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
                seen += 1
        if seen >= FILES_MAX:
            return


def read_whole(path: Path) -> bytes:
    """Return the beginning of a file, FILE_BYTES_MAX at most; empty where it is gone."""
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX)
    except FileNotFoundError:
        return b""


def written_since(path: Path, started_s: float, users: set[int]) -> bool:
    """Say whether a file was written since the box began, is one of its users', or was planted."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    return (
        seen.st_mtime >= started_s - _SLACK_S
        or seen.st_uid in users
        or path.name.startswith(PLANTED)
    )


def writable_mounts(pid: int) -> list[str]:
    """Return the mounts of a process that are its own and may be written to."""
    try:
        rows = [
            row.split() for row in Path(f"/proc/{pid}/mountinfo").read_text("utf-8").splitlines()
        ]
    except OSError:
        return []
    # Where a process sees the whole machine, its places are those of everybody, which are looked at
    # besides.
    return [
        row[4]
        for row in rows
        if "ro" not in row[5].split(",") and row[4] not in {"/", "/proc", "/sys", "/dev"}
    ][:16]
