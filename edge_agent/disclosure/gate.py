# SPDX-License-Identifier: Apache-2.0
"""Decide what may leave. Exactness dies here.

Rule 1: a Report is built here and nowhere else on the box. Rule 2: whole numbers and configured
names only. Rule 3: every number that depends on the scene passes the disclosure rule before it is
stored or signed. Pure: key, clock, stores and the sensor's records are handed in by the gate
process.
"""

from collections.abc import Mapping
from types import MappingProxyType

from edge_agent.channel import Kind, Schema, Values
from edge_agent.disclosure.interval.interval import Calibration, Ends, Quantity, interval
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release, release_class
from edge_agent.disclosure.window import DisclosedWindow, Origin
from wire_contract.codec import encode
from wire_contract.messages import report as wire
from wire_contract.messages.version_1 import read_stored
from wire_contract.quality import QualityCode, Validity, validity


class Gate:
    """Turn what the sensor said of a slot into a disclosed window, and that into the bytes of a report."""

    def __init__(
        self,
        origin: Origin,
        *,
        schema: Schema,
        line_ids: tuple[str, ...],
        zone_ids: tuple[str, ...],
        noise_key: bytes,
        run: str,
        class_epsilon: int = 0,
        calibrations: Mapping[str, Calibration] = MappingProxyType({}),
    ) -> None:
        self.origin = origin
        self._schema = schema
        self._line_ids = line_ids
        self._zone_ids = zone_ids
        self._rule = origin.terms.rule
        self._noise_key, self._run = noise_key, run
        self._class_epsilon = class_epsilon
        self._calibrations = calibrations

    def disclose(
        self,
        said: dict[tuple[Kind, int], Values],
        *,
        at_ms: int,
        health: wire.Health,
        silent: QualityCode = QualityCode.SILENT,
    ) -> bytes:
        """Pass one slot's records through the rule and return the disclosed window as bytes for `pending`.

        at_ms, monotonic, names the window in the noise, within this run: no two numbers ever share
        a draw. A line or zone that said nothing is left out, and what an eye counted that could not
        see; of an eye that said nothing the code is `silent`. Intervals are made of what is
        released here, and of nothing else.
        """
        eye = self._eye(said.get((Kind.EYE, 0)), at_ms, silent)
        blind = validity(eye.code, eye.observed) is Validity.NOT_COUNTED
        spoken = (
            () if blind else tuple(source for source in self._schema.sources() if source in said)
        )
        return encode(
            DisclosedWindow(
                terms=self.origin.terms,
                image_quality=eye,
                health=health,
                lines=tuple(
                    self._line(at, said[Kind.LINE, at], at_ms, eye)
                    for kind, at in spoken
                    if kind is Kind.LINE
                ),
                zones=tuple(
                    self._zone(at, said[Kind.ZONE, at], at_ms, eye)
                    for kind, at in spoken
                    if kind is Kind.ZONE
                ),
            )
        )

    def _line(
        self, index: int, values: Values, at_ms: int, eye: wire.ImageQuality
    ) -> wire.LineCount:
        entered = self._release(values[0], Kind.LINE, index, "in", at_ms)
        left = self._release(values[1], Kind.LINE, index, "out", at_ms)
        known, cap = self._calibrations.get(self._line_ids[index]), self._schema.lines[index]
        ends = self._sure(entered, Quantity.LINE, eye, cap, known) + self._sure(
            left, Quantity.LINE, eye, cap, known
        )
        return wire.LineCount(self._line_ids[index], entered, left, *ends)

    def _zone(
        self, index: int, values: Values, at_ms: int, eye: wire.ImageQuality
    ) -> wire.ZoneCount:
        cap, mean = (
            self._schema.zones[index],
            self._release(values[0], Kind.ZONE, index, "mean", at_ms),
        )
        peak = self._release(values[1], Kind.ZONE, index, "most", at_ms)
        speed = self._release_class(values, 2, Kind.ZONE, index, "speed", at_ms)
        standing = self._release_class(values, 3, Kind.ZONE, index, "standing", at_ms)
        ends = self._sure(mean, Quantity.MEAN, eye, cap) + self._sure(peak, Quantity.MOST, eye, cap)
        return wire.ZoneCount(self._zone_ids[index], mean, peak, speed, standing, *ends)

    def _sure(
        self,
        said: int | None,
        what: Quantity,
        eye: wire.ImageQuality,
        cap: int,
        known: Calibration | None = None,
    ) -> Ends:
        open_end = validity(eye.code, eye.observed) is Validity.AT_LEAST
        # A class that was drawn at random would widen or narrow the interval for no reason.
        grade = eye.difficulty if self._rule.name is wire.RuleName.EXACT else 0
        return interval(
            said,
            what,
            self._rule,
            difficulty=grade,
            at_least=open_end,
            count_max=cap,
            calibration=known,
        )

    def _eye(self, values: Values | None, at_ms: int, silent: QualityCode) -> wire.ImageQuality:
        if values is None:
            return wire.ImageQuality(code=int(silent), observed=0, rate=0, difficulty=0)
        difficulty = self._release_class(values, 3, Kind.EYE, 0, "difficulty", at_ms)
        return wire.ImageQuality(
            code=values[0], observed=values[1], rate=values[2], difficulty=difficulty
        )

    def _release(self, value: int, kind: Kind, index: int, number: str, at_ms: int) -> int | None:
        return release(value, self._rule, self._bits(kind, index, number, at_ms))

    def _release_class(
        self, values: Values, place: int, kind: Kind, index: int, number: str, at_ms: int
    ) -> int:
        classes = 1 + (self._schema.largest(kind, index) or values)[place]
        bits = self._bits(kind, index, number, at_ms)
        return release_class(
            values[place],
            self._rule,
            bits,
            classes=classes,
            epsilon_thousandths=self._class_epsilon,
        )

    def _bits(self, kind: Kind, index: int, number: str, at_ms: int) -> Bits:
        """Return the bits of one number.

        Version 2 of the name of a draw, which no two numbers ever share.
        """
        name = {Kind.LINE: self._line_ids, Kind.ZONE: self._zone_ids}.get(kind, ("eye",))[index]
        context = (
            f"2 {self.origin.stream} {self.origin.terms.boot} {self._run} {kind.name} {name} "
            f"{number} {at_ms}"
        )
        return Bits(self._noise_key, context)

    def report(
        self, body: bytes, *, sequence: int, start_s: int, length_s: int, quality: wire.ClockQuality
    ) -> bytes:
        """Return the payload of the report for a disclosed window, dated and numbered, on the terms that it was disclosed on."""
        window = read_stored(DisclosedWindow, body)
        origin, terms = self.origin, window.terms
        return encode(
            wire.Report(
                v=wire.VERSION,
                site=origin.site,
                device=origin.device,
                stream=origin.stream,
                sequence=sequence,
                boot=terms.boot,
                start_s=start_s,
                length_s=length_s,
                clock=terms.clock,
                clock_quality=quality,
                config=terms.config,
                level=terms.level,
                rule=terms.rule,
                image_quality=window.image_quality,
                health=window.health,
                lines=window.lines,
                zones=window.zones,
            )
        )
