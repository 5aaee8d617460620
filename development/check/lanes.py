# SPDX-License-Identifier: Apache-2.0
"""The lanes in which all tests run beside each other, because most of them wait for processes.

Each file of tests is in one lane. Coverage slows what it watches, so it watches one lane alone: the
tests of the rooms that are judged by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

JUDGED = {
    "counting": "edge_agent/counting/*",
    "channel": "edge_agent/channel.py",
    "disclosure": "edge_agent/disclosure/*",
    "wire_contract": "wire_contract/*",
}
"""The rooms in which a count is made, and those that decide what leaves: name to files."""
COVERED_MIN = 95
"""Percent of their lines and branches."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Tests that run one after the other: folders and files, as patterns, and those left out."""

    name: str
    paths: tuple[str, ...]
    without: tuple[str, ...] = ()
    is_judged: bool = False

    def arguments(self, root: Path) -> list[str]:
        """Return what pytest is told."""
        ignored = [f"--ignore={path}" for path in _found(root, self.without)]
        return [*_found(root, self.paths), *ignored]

    def holds(self, root: Path, path: Path) -> bool:
        """Say whether a file of tests is in this lane."""
        return _is_in(path, root, self.paths) and not _is_in(path, root, self.without)


_COUNTS = (
    "tests/edge_agent/counting",
    "tests/edge_agent/disclosure",
    "tests/edge_agent/test_channel.py",
    "tests/wire_contract",
)
_WALLS = ("tests/privacy_audit", "tests/edge_agent/confinement")
_WHOLE = ("tests/end_to_end/test_[f-z]*.py",)
LANES = (
    Lane("the-walls", _WALLS),
    Lane("the-counts", _COUNTS, is_judged=True),
    Lane("the-box", ("tests/edge_agent",), (*_COUNTS, *_WALLS)),
    Lane("the-whole", _WHOLE),
    Lane("the-rest", ("tests",), (*_COUNTS, *_WALLS, *_WHOLE, "tests/edge_agent")),
)


def _found(root: Path, patterns: Iterable[str]) -> list[str]:
    return [str(each.relative_to(root)) for one in patterns for each in sorted(root.glob(one))]


def _is_in(path: Path, root: Path, patterns: Iterable[str]) -> bool:
    return any(root / each in (path, *path.parents) for each in _found(root, patterns))
