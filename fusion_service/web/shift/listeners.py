# SPDX-License-Identifier: Apache-2.0
"""Who listens to the shift, and what they are told. An event is an entry of the log.

Rule 1: an entry is told once it is on disk. Rule 2: whoever does not keep up is let go, and comes
back where they were by the last event's id.
"""

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.shift.desk import Desk
from fusion_service.store.shift import ENTRIES_MAX
from fusion_service.web.picture.live import CLIENTS_MAX, WAITING_MAX, Event, Listener
from fusion_service.web.shift.views import ShiftEntryView

MISSED_MAX = min(ENTRIES_MAX, WAITING_MAX)
"""What was missed beyond it a client asks of the log."""


@dataclass(slots=True)
class ShiftStream:
    """The listeners of every site."""

    desk: Desk
    clients_max: int = CLIENTS_MAX
    _listeners: set[Listener] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_ended: bool = False

    def __post_init__(self) -> None:
        self.desk.listen(self.tell)

    def takes_more(self) -> bool:
        """Say whether one more may listen."""
        return not self._is_ended and len(self._listeners) < self.clients_max

    def listen(self, listener: Listener, after_id: int | None) -> list[Event]:
        """Put a listener on the list, and return what it has missed; nothing where it is new."""
        with self._lock:
            self._listeners.add(listener)
        if after_id is None:
            return []
        missed = self.desk.keeper.after(after_id, limit=MISSED_MAX, site=listener.site)
        return [event_of(entry) for entry in missed]

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        with self._lock:
            self._listeners.discard(listener)

    def tell(self, entries: Sequence[ShiftEntry]) -> None:
        """Tell every listener of a site what came into its log."""
        with self._lock:
            listeners = list(self._listeners)
        for entry in entries if listeners else ():
            event = event_of(entry)
            for one in listeners:
                if one.site == entry.site:
                    _hand(one, event)

    def end(self) -> None:
        """Let every listener go, and take no more."""
        with self._lock:
            self._is_ended = True
            listeners = list(self._listeners)
        for one in listeners:
            _hand(one, None)


def event_of(entry: ShiftEntry) -> Event:
    """Write an entry as an event of the HTML standard, section 9.2."""
    body = ShiftEntryView.of_entry(entry).model_dump_json()
    text = f"id: {entry.id}\nevent: shift\ndata: {body}\n\n"
    return Event(entry.id, entry.site, (), text.encode())


def _hand(listener: Listener, event: Event | None) -> None:
    with contextlib.suppress(RuntimeError):  # its loop has ended, and so has it
        listener.loop.call_soon_threadsafe(listener.hand, event)
