# SPDX-License-Identifier: Apache-2.0
"""Who listens to the shift, and what they are told. An event is an entry of the log.

Rule 1: an entry is told once it is on disk, and once to each. Rule 2: whoever does not keep up is
let go, and comes back where they were by the last event's id.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.shift.desk import Desk
from fusion_service.store.shift import ENTRIES_MAX
from fusion_service.web.shift.views import ShiftEntryView

CLIENTS_MAX = 512
"""As of the picture: two control rooms and every phone of a large event."""
WAITING_MAX = 64
HEARTBEAT_S = 5.0
"""A page says within a few seconds that its line is cut."""
RETRY_MS = 3_000


@dataclass(eq=False, slots=True)
class ShiftListener:
    """One client of a stream. Closed with None."""

    site: str
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[ShiftEntry | None] = field(
        default_factory=lambda: asyncio.Queue(WAITING_MAX + 1)
    )
    is_dropped: bool = False

    def hand(self, entry: ShiftEntry | None) -> None:
        """Put an entry in its queue; called in its loop."""
        if self.is_dropped:
            return
        if entry is None or self.waiting.qsize() >= WAITING_MAX:
            self.is_dropped = True
            while not self.waiting.empty():
                self.waiting.get_nowait()
            entry = None
        self.waiting.put_nowait(entry)


@dataclass(slots=True)
class ShiftStream:
    """The listeners of every site."""

    desk: Desk
    clients_max: int = CLIENTS_MAX
    _listeners: set[ShiftListener] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_ended: bool = False

    def __post_init__(self) -> None:
        self.desk.listen(self.tell)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def takes_more(self) -> bool:
        """Say whether one more may listen."""
        return not self._is_ended and self.listeners < self.clients_max

    def listen(self, listener: ShiftListener, after_id: int | None) -> list[ShiftEntry]:
        """Put a listener on the list, and return what it has missed; nothing where it is new.

        What was missed beyond ENTRIES_MAX a client asks of the log.
        """
        with self._lock:
            self._listeners.add(listener)
        if after_id is None:
            return []
        return self.desk.keeper.after(after_id, limit=ENTRIES_MAX, site=listener.site)

    def leave(self, listener: ShiftListener) -> None:
        """Forget a listener."""
        with self._lock:
            self._listeners.discard(listener)

    def tell(self, entries: Sequence[ShiftEntry]) -> None:
        """Tell every listener of a site what came into its log."""
        with self._lock:
            listeners = list(self._listeners)
        for entry in entries:
            for one in listeners:
                if one.site == entry.site:
                    _hand(one, entry)

    def end(self) -> None:
        """Let every listener go, and take no more."""
        with self._lock:
            self._is_ended = True
            listeners = list(self._listeners)
        for one in listeners:
            _hand(one, None)

    async def lines(
        self, listener: ShiftListener, missed: Sequence[ShiftEntry], heartbeat_s: float
    ) -> AsyncIterator[bytes]:
        """Yield what a listener has missed, and then what comes, until it is let go."""
        last = 0
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            for entry in missed:
                last = entry.id
                yield event_of(entry)
            while True:
                try:
                    found = await asyncio.wait_for(listener.waiting.get(), heartbeat_s)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if found is None:
                    return
                if found.id > last:  # what came while it was asked for what it missed
                    yield event_of(found)
        finally:
            self.leave(listener)


def event_of(entry: ShiftEntry) -> bytes:
    """Write an entry as an event of the HTML standard, section 9.2."""
    body = ShiftEntryView.of_entry(entry).model_dump_json()
    return f"id: {entry.id}\nevent: shift\ndata: {body}\n\n".encode()


def _hand(listener: ShiftListener, entry: ShiftEntry | None) -> None:
    with contextlib.suppress(RuntimeError):  # its loop has ended, and so has it
        listener.loop.call_soon_threadsafe(listener.hand, entry)
