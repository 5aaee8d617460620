# SPDX-License-Identifier: Apache-2.0
"""Make room for the windows that come.

The oldest that wait are merged, and where nothing can be merged any more, dropped.

The same for the file of waiting windows and for those held in memory while the disk takes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from edge_agent.store.pending_window import (
    DAY_S,
    DROPPED_RUN,
    STEPS_S,
    PendingWindow,
    follows,
    group_neighbours,
    mark_dropped,
    merge_windows,
)

FEW_PAGES, ENOUGH_PAGES = 64, 128
"""Room is made where fewer pages are free than the first, until there are as many as the second."""


class Shelf(Protocol):
    """Where windows wait, oldest first."""

    def append(self, windows: Iterable[PendingWindow]) -> None:
        """Let windows wait, the one closed first first."""

    def free_pages(self) -> int:
        """Return how much more fits."""

    def walk(self) -> Iterator[PendingWindow]:
        """Yield every window; those that came may be replaced meanwhile."""

    def replace(self, windows: Sequence[PendingWindow], stand_in: PendingWindow) -> None:
        """Let one window stand for several, in the first's place."""

    def remove(self, windows: Iterable[PendingWindow]) -> None:
        """Forget windows."""


class WindowsInMemory:
    """Windows in memory, at most so many; each counts as one page."""

    def __init__(self, windows_max: int) -> None:
        self._windows_max = windows_max
        self.windows: list[PendingWindow] = []

    def free_pages(self) -> int:
        """Return how many more fit."""
        return self._windows_max - len(self.windows)

    def append(self, windows: Iterable[PendingWindow]) -> None:
        """Let windows wait, the one closed first first."""
        self.windows += windows

    def walk(self) -> Iterator[PendingWindow]:
        """Yield every window that is held now."""
        yield from tuple(self.windows)

    def replace(self, windows: Sequence[PendingWindow], stand_in: PendingWindow) -> None:
        """Let one window stand for several, in the first's place."""
        self.windows[self.windows.index(windows[0])] = stand_in
        self.remove(windows[1:])

    def remove(self, windows: Iterable[PendingWindow]) -> None:
        """Forget windows."""
        gone = {window.id for window in windows}
        self.windows = [window for window in self.windows if window.id not in gone]


def make_room(shelf: Shelf, window_s: int) -> int:
    """Merge, a quarter of an hour at a time and then an hour, and then drop, until there is room.

    Return how many were dropped.

    The number counts windows as they were closed, of `window_s`: what had been merged counts for
    all that it was made of.
    """
    if shelf.free_pages() >= FEW_PAGES:
        return 0
    for within_s in STEPS_S:
        for group in group_neighbours(shelf.walk(), within_s):
            stand_in = merge_windows(group, window_s)
            if stand_in is not None:
                shelf.replace(group, stand_in)
            if shelf.free_pages() >= ENOUGH_PAGES:
                return 0
    return _drop(shelf, window_s)


def _drop(shelf: Shelf, window_s: int) -> int:
    """Take the counts from the oldest windows.

    Where not even that leaves room, forget the oldest altogether.
    """
    gone, before = 0, None
    for window in shelf.walk():
        if shelf.free_pages() >= ENOUGH_PAGES:
            return gone
        group = (
            [before, window] if before is not None and follows(before, window, DAY_S) else [window]
        )
        if window.run != DROPPED_RUN:
            gone += -(-window.length_s // window_s)
        before = window
        if len(group) > 1 or window.run != DROPPED_RUN:
            before = mark_dropped(group)
            shelf.replace(group, before)
    for window in shelf.walk():
        if shelf.free_pages() >= FEW_PAGES:
            break
        shelf.remove([window])
    return gone
