# SPDX-License-Identifier: Apache-2.0
"""What a box would release of a window before noise, with the intervals that it would state.

The box's own gate decides, under the rule `exact`. A box has at most sixteen lines and zones; where
more are measured, several boxes stand beside each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.channel import Kind, Schema, Values
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.window import DisclosedWindow, Provenance, Sender
from edge_agent.processes.counted_window import CountedWindow
from wire_contract.codec import decode
from wire_contract.messages.report import (
    LINES_MAX,
    ZONES_MAX,
    Clock,
    Health,
    ImageQuality,
    Level,
    LineCount,
    Rule,
    RuleName,
    ZoneCount,
)

NO_DRAWS = bytes(32)
"""Nothing is drawn under the rule `exact`."""
SENDER = Sender(
    "measured",
    "film",
    "00000000-0000-0000-0000-000000000000",
    Provenance(
        boot="00000000-0000-0000-0000-000000000000",
        config="0" * 64,
        level=Level.PROCESS,
        clock=Clock.REPLAY,
        rule=Rule(RuleName.EXACT, ()),
    ),
)
HEALTHY = Health(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class CappedSource:
    """A line or a zone: its id, and the largest number that a window can say of it."""

    id: str
    count_max: int


@dataclass(frozen=True, slots=True)
class ReleasedWindow:
    """What leaves of one window, in the order of the config."""

    image_quality: ImageQuality
    lines: tuple[LineCount, ...]
    zones: tuple[ZoneCount, ...]


@dataclass(frozen=True, slots=True)
class _Share:
    """The lines and zones of one box, from which number on, and its gate."""

    first: dict[Kind, int]
    schema: Schema
    gate: Gate


class ExactGate:
    """Release windows under the rule `exact`."""

    def __init__(
        self, lines: Sequence[CappedSource], zones: Sequence[CappedSource], *, length_s: int
    ) -> None:
        """Release for these lines and zones, in this order, windows of length_s seconds."""
        self._length_s = length_s
        self._schema = _schema(lines, zones)
        boxes = max(1, -(-len(lines) // LINES_MAX), -(-len(zones) // ZONES_MAX))
        self._shares = [_share(lines, zones, number) for number in range(boxes)]

    def release(self, slot: int, counted: CountedWindow) -> ReleasedWindow:
        """Return what leaves of one slot: numbers, their intervals, and the image quality."""
        records = {
            (kind, index): values
            for kind, index, values in counted.records(self._schema, self._length_s)
        }
        windows = [self._of_box(share, records, slot) for share in self._shares]
        return ReleasedWindow(
            image_quality=windows[0].image_quality,
            lines=tuple(line for window in windows for line in window.lines),
            zones=tuple(zone for window in windows for zone in window.zones),
        )

    def _of_box(
        self, share: _Share, records: dict[tuple[Kind, int], Values], slot: int
    ) -> DisclosedWindow:
        own = {
            (kind, index): records[kind, share.first[kind] + index]
            for kind, index in share.schema.sources()
            if (kind, share.first[kind] + index) in records
        }
        body = share.gate.disclose(own, at_ms=1000 * slot * self._length_s, health=HEALTHY)
        return decode(DisclosedWindow, body)


def _share(lines: Sequence[CappedSource], zones: Sequence[CappedSource], number: int) -> _Share:
    first = {
        Kind.LINE: number * LINES_MAX,
        Kind.ZONE: number * ZONES_MAX,
        Kind.IMAGE_QUALITY: 0,
    }
    lines = lines[first[Kind.LINE] :][:LINES_MAX]
    zones = zones[first[Kind.ZONE] :][:ZONES_MAX]
    schema = _schema(lines, zones)
    gate = Gate(
        SENDER,
        schema=schema,
        line_ids=tuple(line.id for line in lines),
        zone_ids=tuple(zone.id for zone in zones),
        noise_key=NO_DRAWS,
        run="0" * 32,
    )
    return _Share(first, schema, gate)


def _schema(lines: Sequence[CappedSource], zones: Sequence[CappedSource]) -> Schema:
    return Schema(tuple(line.count_max for line in lines), tuple(zone.count_max for zone in zones))
