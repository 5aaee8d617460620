# SPDX-License-Identifier: Apache-2.0
"""Which slots may still be spoken for, which is closed next, and up to when has been released.

A live slot is released at most once, however often the gate starts again in it: a run begins with
the first slot that no earlier run can have released.
"""

import logging
import math

from edge_agent.clock import Clock, Slots
from edge_agent.process_settings import GateSettings
from edge_agent.signing.stores import Stores
from edge_agent.store.release_mark import Released, marked

GRACE_S = 0.5
"""How long after a slot's end its records may still come: the sensor may be in the middle of a
frame."""
REPLAY_SLOTS_AHEAD = 10_000
"""A file may skip this many slots at once; more is no file's time."""
SHORTEST_S = 1
"""A slot that is cut short is released with its true length in whole seconds; one of less than a
second is not released."""
LONGEST_S = 3600.0
"""No window is longer (edge_agent/config/schema.py): a mark further ahead than that is of a clock
that was set back, and not believed."""
SLACK_S = 0.5
"""By so much two runs may see the same slot begin at different times, because each reads two clocks
one after the other.

No slot is released within its first second, so with this slack, too, none is released twice."""
log = logging.getLogger("edge_agent.gate")


class OpenSlots:
    """The slots of one run of the gate. Under a replay clock they follow the file's own time."""

    def __init__(self, settings: GateSettings, clock: Clock, *, first: int = 0) -> None:
        self._clock, self._boot = clock, settings.boot
        self._slots = Slots(settings.slots.origin_s, settings.slots.length_s)
        self._offset_s = settings.release_offset_s
        self.is_replay = settings.slots.replay
        self.next = first
        """The slot that is closed next."""

    def open(self) -> range:
        """Return the slots that a record may speak for: begun, and not yet closed."""
        if self.is_replay:
            return range(self.next, self.next + REPLAY_SLOTS_AHEAD)
        return range(self.next, self.running() + 1)

    def running(self) -> int:
        """Return the slot that is now."""
        return self._slots.at(self._clock.monotonic_s())

    def due_s(self) -> float | None:
        """Return when the next slot closes (monotonic).

        None under a replay clock, whose records bring the ticks.
        """
        if self.is_replay:
            return None
        return self._slots.end_s(self.next) + GRACE_S + self._offset_s

    def is_due(self) -> bool:
        """Say whether the next slot is to be closed now."""
        due_s = self.due_s()
        return due_s is not None and self._clock.monotonic_s() >= due_s

    def start_s(self, slot: int) -> float:
        """Return when a slot begins (monotonic, or the file's own time)."""
        return self._slots.start_s(slot)

    def length_s(self, slot: int, *, heard_s: float) -> int:
        """Return the whole seconds of a slot that its counts stand for.

        All of it, or up to the sensor's last word in it, which came at `heard_s` (monotonic).
        """
        now_s = self._clock.monotonic_s()
        if self.is_replay or now_s >= self._slots.end_s(slot):
            return self._slots.length_s
        return max(0, math.floor(min(heard_s, now_s) - self._slots.start_s(slot)))

    def is_long_enough(self, slot: int, *, heard_s: float) -> bool:
        """Say whether a slot that is cut short may be released."""
        return self.length_s(slot, heard_s=heard_s) >= SHORTEST_S

    @property
    def released(self) -> Released | None:
        """Up to when has been released; None under a replay clock.

        A file's own time says nothing of the box's.
        """
        if self.is_replay:
            return None
        return Released(self._boot, round(self._slots.start_s(self.next) * 1000))


def begin_slots(settings: GateSettings, clock: Clock, stores: Stores) -> OpenSlots:
    """Return the slots from the first on that this run may release, and say what it passes over."""
    if settings.slots.replay:
        return OpenSlots(settings, clock)
    slots = Slots(settings.slots.origin_s, settings.slots.length_s)
    now_s = clock.monotonic_s()
    is_whole = stores.ledger.damage is None and stores.pending.damage is None
    first, is_known = first_slot(
        slots,
        now_s=now_s,
        boot=settings.boot,
        pending=marked(stores.pending),
        ledger=marked(stores.ledger) if is_whole else None,
    )
    if first > slots.at(now_s):
        why = (
            "was released or passed over before"
            if is_known
            else "may have been released before: no file says"
        )
        begins_in_s = slots.start_s(first) - now_s
        log.warning("the running window %s; the next begins in %.0f s", why, begins_in_s)
    return OpenSlots(settings, clock, first=first)


def first_slot(
    slots: Slots, *, now_s: float, boot: str, ledger: Released | None, pending: Released | None
) -> tuple[int, bool]:  # fmt: skip
    """Return the first slot that a run may release that starts now.

    And whether the end of the last run is known. All that has left is in the ledger: a ledger
    without a mark (new, damaged, of an earlier release) says nothing, and one whose mark is of
    another boot says that nothing of this boot has left, so that the mark of `pending` counts.
    Where neither knows, the next whole slot is the first.
    """
    marks = [one for one in (ledger, pending) if one is not None and one.boot == boot]
    until_s = [
        one.until_ms / 1000.0
        for one in marks
        if one.until_ms / 1000.0 <= now_s + LONGEST_S + SLACK_S
    ]
    is_known = ledger is not None and bool(until_s)
    earliest_s = max([*until_s, *(() if is_known else (now_s,))])
    return max(slots.at(now_s), slots.first_from(earliest_s - SLACK_S)), is_known
