# SPDX-License-Identifier: Apache-2.0
"""Tell outlets of what comes into the log, each in its own time. One thread an outlet.

Rule 1: what waits is the log itself, from where the outlet is on: a restart forgets nothing and
tells nothing twice but what was under way. Rule 2: what waits is bounded: what is older is skipped,
and the log says so. Rule 3: an outlet that fails is tried again, later each time, and holds up
nobody else.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from fusion_service.errors import StoreError
from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.publish.alerts.message import Message, message_of
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.desk import Desk
from fusion_service.store.shift import ENTRIES_MAX, OutletRow

WAITING_MAX = 1_000
"""Entries that wait for one outlet: a busy day's."""
TRIES_MAX = 8
"""Of one message, over a quarter of an hour; then it is passed over, so that later ones go."""
BACK_OFF_S, BACK_OFF_MAX_S = 1.0, 300.0
LOOK_S = 5.0
BEFORE = "it failed before this start"
log = logging.getLogger(__name__)


class OutletError(Exception):
    """A message could not be sent now; its text says why, and holds no secret.

    kind: why, in words that anybody may read: it names no host.
    """

    def __init__(self, text: str, *, kind: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class OutletState:
    """How an outlet fares. fault: why it fails, empty where it does not.

    since_ms: since when it fails, UTC. waiting: messages that it was not told yet, and when the
    oldest of them was said.
    """

    name: str
    fault: str = ""
    since_ms: int | None = None
    waiting: int = 0
    oldest_ms: int | None = None


class Outlet(Protocol):
    """A way out of the centre."""

    @property
    def name(self) -> str:
        """What it is called in the store and in the log."""

    @property
    def severity_min(self) -> int:
        """From which severity on it is told."""

    def send(self, message: Message) -> None:
        """Send a message. Raises OutletError where it is not taken."""


@dataclass(slots=True)
class Teller:
    """Tells one outlet. wait: returns once so many seconds have passed, or all is to end."""

    desk: Desk
    outlet: Outlet
    is_exercise: bool = False
    back_off_s: float = BACK_OFF_S
    _news: threading.Event = field(default_factory=threading.Event)
    _kind: str = ""
    _since_ms: int | None = None

    def __post_init__(self) -> None:
        self.desk.listen(lambda _entries: self._news.set())
        row = self.desk.keeper.outlet(self.outlet.name)
        if row.fault:
            # Nobody wrote down when it began to fail: by the oldest that waits, or by now at least.
            oldest = next(self._waiting(row.upto), None)
            self._kind = BEFORE
            self._since_ms = self.desk.now_ms() if oldest is None else oldest.at_ms

    def state(self) -> OutletState:
        """Say how the outlet fares; where the store fails, without what waits."""
        since_ms = self._since_ms
        if since_ms is None:
            return OutletState(self.outlet.name)
        try:
            messages = list(self._waiting(self.desk.keeper.outlet(self.outlet.name).upto))
        except StoreError:
            messages = []  # the health says it of the store
        oldest_ms = messages[0].at_ms if messages else None
        return OutletState(self.outlet.name, self._kind, since_ms, len(messages), oldest_ms)

    def _waiting(self, upto: int) -> Iterator[Message]:
        """Yield what the outlet is still to be told, the oldest first."""
        entries = self.desk.keeper.after(upto, limit=WAITING_MAX)
        for entry in entries:
            message = message_of(
                entry, severity_min=self.outlet.severity_min, is_flood=self._is_flood(entry)
            )
            if message is not None:
                yield message

    def run(self, stop: threading.Event) -> None:
        """Tell until told to stop."""
        while not stop.is_set():
            self._news.clear()
            try:
                waited = self.turn(stop.wait)
            except StoreError as error:
                log.warning("%s waits, the store fails: %s", self.outlet.name, error)
                waited = False
            if not waited:
                self._wait(stop)

    def turn(self, wait: Callable[[float], bool]) -> bool:
        """Tell what waits; return whether more of it does. Raises StoreError."""
        row = self._skip(self.desk.keeper.outlet(self.outlet.name))
        entries = self.desk.keeper.after(row.upto, limit=ENTRIES_MAX)
        for entry in entries:
            row = self._tell(row, entry, wait)
            if row.upto < entry.id:
                return False
        return len(entries) == ENTRIES_MAX

    def _tell(self, row: OutletRow, entry: ShiftEntry, wait: Callable[[float], bool]) -> OutletRow:
        """Tell one entry, or wait for a while; return how far the outlet is then."""
        message = message_of(
            entry, severity_min=self.outlet.severity_min, is_flood=self._is_flood(entry)
        )
        told = OutletRow(row.name, entry.id)
        if message is not None:
            try:
                self.outlet.send(replace(message, exercise=self.is_exercise))
            except OutletError as error:
                self._kind = error.kind
                self._since_ms = self.desk.now_ms() if self._since_ms is None else self._since_ms
                told = self._failed(row, entry, str(error))
                self.desk.keeper.keep_outlet(told)
                if told.upto < entry.id:
                    wait(min(self.back_off_s * 2 ** (told.failures - 1), BACK_OFF_MAX_S))
                return told
            self._since_ms = None
        self.desk.keeper.keep_outlet(told)
        return told

    def _failed(self, row: OutletRow, entry: ShiftEntry, fault: str) -> OutletRow:
        failures = row.failures + 1
        if failures < TRIES_MAX:
            log.warning("%s: %s; tried again", row.name, fault)
            return OutletRow(row.name, row.upto, failures, fault)
        log.error("%s: %s; entry %d is passed over", row.name, fault, entry.id)
        self.desk.note_skipped(entry.site, row.name, 1)
        return OutletRow(row.name, entry.id, 0, fault)

    def _skip(self, row: OutletRow) -> OutletRow:
        """Pass over what is too old to be of use, where too much waits."""
        newest, site = self.desk.newest()
        if newest - row.upto <= WAITING_MAX:
            return row
        skipped = replace(row, upto=newest - WAITING_MAX)
        self.desk.note_skipped(site, row.name, skipped.upto - row.upto)
        self.desk.keeper.keep_outlet(skipped)
        return skipped

    def _is_flood(self, entry: ShiftEntry) -> bool:
        flood = self.desk.site(entry.site).of_cause(Cause(Kind.FLOOD).key)
        return flood is not None and entry.id >= flood.id

    def _wait(self, stop: threading.Event) -> None:
        for _ in range(int(LOOK_S / 0.5)):
            if self._news.wait(0.5) or stop.is_set():
                return
