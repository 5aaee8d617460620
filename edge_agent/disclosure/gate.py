# SPDX-License-Identifier: Apache-2.0
"""Decide what may leave. Exactness dies here.

Rule 1: a Report is built here and nowhere else on the box. Rule 2: whole numbers and configured names only.
Rule 3: every number that depends on the scene passes the disclosure rule before it is stored or signed.
Pure: key, clock, stores and the sensor's records are handed in by the gate process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from edge_agent.channel import Kind, Schema, Values
from edge_agent.disclosure.rules import Bits, release, release_class
from edge_agent.sureness.interval import Calibration, Ends, Quantity, interval
from wire_contract import meta as birth
from wire_contract import report as wire
from wire_contract.codec import decode, encode
from wire_contract.eye import Worth, worth
from wire_contract.fields import Message, Most

HEALTH_MILLIBITS = 8000
"""Four health values of four classes each."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks, and under which settings: what is the same in every report of one run."""

    site: str
    device: str
    stream: str
    boot: str
    config: str
    level: wire.Level
    clock: wire.Clock
    length_s: int


@dataclass(frozen=True, slots=True)
class DisclosedWindow(Message):
    """One window after disclosure: all of it that will ever be stored or sent."""

    eye: wire.Eye
    health: wire.Health
    lines: Annotated[tuple[wire.LineCount, ...], Most(wire.LINES_MAX)]
    zones: Annotated[tuple[wire.ZoneCount, ...], Most(wire.ZONES_MAX)]


class Gate:
    """Turn what the sensor said of a slot into a disclosed window, and that into the bytes of a report."""

    def __init__(
        self,
        origin: Origin,
        *,
        schema: Schema,
        line_ids: tuple[str, ...],
        zone_ids: tuple[str, ...],
        rule: wire.Rule,
        noise_key: bytes,
        calibrations: Mapping[str, Calibration] = MappingProxyType({}),
    ) -> None:
        self.origin = origin
        self._schema = schema
        self._line_ids = line_ids
        self._zone_ids = zone_ids
        self._rule = rule
        self._noise_key = noise_key
        self._calibrations = calibrations

    def disclose(self, said: dict[tuple[Kind, int], Values], *, start_s: int, health: wire.Health) -> bytes:
        """Pass one slot's records through the rule and return the disclosed window as bytes for `pending`.

        start_s names the window in the noise. A line or zone that said nothing is left out, and so is what an eye counted that
        could not see; an eye that said nothing is SILENT. Intervals are made of what is released here, and of nothing else.
        """
        means = (self._release(said[it][0], *it, "mean", start_s) for it in said if it[0] is Kind.ZONE)
        eye = self._eye(said.get((Kind.EYE, 0)), max((mean for mean in means if mean is not None), default=None))
        blind = worth(eye.code, eye.observed) is Worth.NOT_COUNTED
        spoken = () if blind else tuple(source for source in self._schema.sources() if source in said)
        return encode(
            DisclosedWindow(
                eye=eye, health=health,
                lines=tuple(self._line(index, said[Kind.LINE, index], start_s, eye) for kind, index in spoken if kind is Kind.LINE),
                zones=tuple(self._zone(index, said[Kind.ZONE, index], start_s, eye) for kind, index in spoken if kind is Kind.ZONE),
            )
        )  # fmt: skip

    def _line(self, index: int, values: Values, start_s: int, eye: wire.Eye) -> wire.LineCount:
        entered = self._release(values[0], Kind.LINE, index, "in", start_s)
        left = self._release(values[1], Kind.LINE, index, "out", start_s)
        known = self._calibrations.get(self._line_ids[index])
        ends = self._sure(entered, Quantity.LINE, eye, known) + self._sure(left, Quantity.LINE, eye, known)
        return wire.LineCount(self._line_ids[index], entered, left, *ends)

    def _zone(self, index: int, values: Values, start_s: int, eye: wire.Eye) -> wire.ZoneCount:
        mean = self._release(values[0], Kind.ZONE, index, "mean", start_s)
        most = self._release(values[1], Kind.ZONE, index, "most", start_s)
        speed, standing = (release_class(value, self._rule, mean) for value in values[2:])
        ends = self._sure(mean, Quantity.MEAN, eye) + self._sure(most, Quantity.MOST, eye)
        return wire.ZoneCount(self._zone_ids[index], mean, most, speed, standing, *ends)

    def _sure(self, released: int | None, quantity: Quantity, eye: wire.Eye, calibration: Calibration | None = None) -> Ends:
        at_least = worth(eye.code, eye.observed) is Worth.AT_LEAST
        return interval(released, quantity, self._rule, difficulty=eye.difficulty, at_least=at_least, calibration=calibration)

    def _eye(self, values: Values | None, most_people: int | None) -> wire.Eye:
        if values is None:
            return wire.Eye(code=int(wire.EyeCode.SILENT), observed=0, rate=0, difficulty=0)
        difficulty = release_class(values[3], self._rule, most_people)
        return wire.Eye(code=values[0], observed=values[1], rate=values[2], difficulty=difficulty)

    def _release(self, value: int, kind: Kind, index: int, number: str, start_s: int) -> int | None:
        context = f"{self.origin.stream} {self.origin.boot} {kind.name} {index} {number} {start_s}"
        return release(value, self._rule, Bits(self._noise_key, context))

    def report(self, body: bytes, *, sequence: int, start_s: int, quality: wire.ClockQuality) -> bytes:
        """Return the payload of the report for a window from `pending`, dated and numbered."""
        window = decode(DisclosedWindow, body)
        origin = self.origin
        return encode(
            wire.Report(
                v=wire.VERSION, site=origin.site, device=origin.device, stream=origin.stream, sequence=sequence,
                boot=origin.boot, start_s=start_s, length_s=origin.length_s, clock=origin.clock, clock_quality=quality,
                config=origin.config, level=origin.level, rule=self._rule,
                eye=window.eye, health=window.health, lines=window.lines, zones=window.zones,
            )
        )  # fmt: skip

    def meta(self, *, sequence: int, software: str, model: str, model_sha256: str) -> bytes:
        """Return the payload of this run's birth."""
        origin = self.origin
        return encode(
            birth.Meta(
                v=wire.VERSION, site=origin.site, device=origin.device, stream=origin.stream, sequence=sequence,
                boot=origin.boot, software=software, model=model, model_sha256=model_sha256, config=origin.config,
                level=origin.level, clock=origin.clock, length_s=origin.length_s, rule=self._rule,
                capacity=birth.Capacity(
                    records_millibits=round(self._schema.capacity_bits() * 1000), health_millibits=HEALTH_MILLIBITS
                ),
                lines=tuple(
                    birth.LineMeta(name, most, *((known.bias_permille, known.spread_permille) if known else ()))
                    for name, most in zip(self._line_ids, self._schema.lines, strict=True)
                    for known in (self._calibrations.get(name),)
                ),
                zones=tuple(map(birth.ZoneMeta, self._zone_ids, self._schema.zones)),
            )
        )  # fmt: skip
