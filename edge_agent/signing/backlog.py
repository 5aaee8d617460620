# SPDX-License-Identifier: Apache-2.0
"""The disclosed windows that wait to be signed: those just closed in memory, the others on disk.

A window that can be signed at once is not written twice. While the disk takes nothing, windows wait
in memory. Where room runs out the oldest are merged, and only then dropped.
"""

import logging

from edge_agent.process_settings import GateSettings
from edge_agent.signing.dating import Dating
from edge_agent.store.compaction import WindowsInMemory, make_room
from edge_agent.store.ledger import Ledger
from edge_agent.store.pending import Pending
from edge_agent.store.pending_window import PendingWindow
from edge_agent.store.release_mark import Released, mark
from wire_contract.messages.report import ClockQuality

UNSAVED_MAX = 1024
"""Disclosed windows held in memory while the disk takes none; then the oldest are merged, as on the
disk."""
log = logging.getLogger("edge_agent.gate")

Windows = tuple[PendingWindow, ...]


class Backlog:
    """What waits in memory and in `pending`."""

    def __init__(self, settings: GateSettings, pending: Pending, dating: Dating) -> None:
        self._pending, self._dating = pending, dating
        self._boot, self._length_s = settings.boot, settings.slots.length_s
        self._unsaved = WindowsInMemory(UNSAVED_MAX)
        self._dropped = 0

    def mend(self, ledger: Ledger) -> None:
        """Say what of the windows that waited is lost, and forget those that the ledger holds.

        The centre shows the lost hours as not reported.
        """
        if self._pending.damage is not None:
            log.error("pending: %s", self._pending.damage)
        for window in self._pending.remove_altered():
            log.error(
                "pending: the window at %s (unix seconds) was altered on the disk and is lost",
                window.start_s,
            )
        self._pending.remove([window for window in self._pending.walk() if ledger.holds(window.id)])

    def append(self, window: PendingWindow) -> None:
        """Let a window wait that was closed now."""
        self._unsaved.append([window])
        self._count_dropped(make_room(self._unsaved, self._length_s))

    def next(self, limit: int) -> tuple[Windows, Windows]:
        """Return up to `limit` windows to sign next, newest first.

        Those just closed, then those on the disk. What no clock could date yet waits a stated time
        for a better one.
        """
        undated_until_s = self._dating.undated_until_s()
        ready = [
            window
            for window in reversed(self._unsaved.windows)
            if window.quality != ClockQuality.UNSYNCHRONISED
            or window.start_monotonic_s <= undated_until_s
        ]
        fresh = tuple(ready[: max(0, limit)])
        left = max(0, limit - len(fresh))
        stored = self._pending.newest(left, boot=self._boot, undated_until_s=undated_until_s)
        return fresh, stored

    def remove(self, fresh: Windows, stored: Windows) -> None:
        """Forget windows that the ledger holds."""
        self._unsaved.remove(fresh)
        if stored:
            self._pending.remove(stored)

    def save(self, released: Released | None) -> None:
        """Write down the windows that could not be signed yet, all in one commit.

        With it, up to when is released.
        """
        unsaved = tuple(self._unsaved.windows)
        if unsaved:
            self._count_dropped(make_room(self._pending, self._length_s))
            with self._pending.transaction():
                if released is not None:
                    mark(self._pending, released)
                self._pending.append(unsaved)
            self._unsaved.remove(unsaved)

    def in_memory(self) -> int:
        """Return how many windows wait in memory."""
        return len(self._unsaved.windows)

    def is_on_disk(self) -> bool:
        """Say whether any window waits on the disk."""
        return next(self._pending.walk(), None) is not None

    def _count_dropped(self, windows: int) -> None:
        self._dropped += windows
        if windows:
            log.error(
                "no space is left: the counts of %d windows dropped, oldest first; %d so far",
                windows,
                self._dropped,
            )
