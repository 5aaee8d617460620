# SPDX-License-Identifier: Apache-2.0
"""Decide what may leave. Exactness ends here.

Rule 1: a Report is built here and nowhere else on the box.
Rule 2: whole numbers and configured names only.
Rule 3: every number that one person can change passes the disclosure rule before it is stored.
Pure: keys, time and records are handed in.
"""

from collections.abc import Mapping
from types import MappingProxyType

from edge_agent.channel import Kind, Schema, Values
from edge_agent.disclosure.interval.counts import ReleasedCounts
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release, release_class
from edge_agent.disclosure.window import DisclosedWindow, Sender
from wire_contract.codec import encode
from wire_contract.messages import report as wire
from wire_contract.messages.version_1 import read_stored
from wire_contract.quality import QualityCode, Validity, validity

NOISE_WORDS: dict[Kind | str, str] = {
    Kind.LINE: "LINE",
    Kind.ZONE: "ZONE",
    Kind.IMAGE_QUALITY: "EYE",
    "image quality": "eye",
    "peak": "most",
}
"""The words in the name of a draw, see `Gate._bits`. The audit draws the same noise from the same
name to check the box, so these words stay, whatever the fields are called today."""


class Gate:
    """Turn the records of a slot into a disclosed window, and that into the bytes of a report."""

    def __init__(
        self,
        sender: Sender,
        *,
        schema: Schema,
        line_ids: tuple[str, ...],
        zone_ids: tuple[str, ...],
        noise_key: bytes,
        run: str,
        class_epsilon: int = 0,
        calibrations: Mapping[str, Calibration] = MappingProxyType({}),
    ) -> None:
        """Keep what holds for every window; schema and ids are in the config's order.

        run: 128 random bits, drawn at each start. class_epsilon: thousandths; 0 lets none out.
        """
        self.sender = sender
        self._schema = schema
        self._line_ids = line_ids
        self._zone_ids = zone_ids
        self._rule = sender.provenance.rule
        self._noise_key, self._run = noise_key, run
        self._class_epsilon = class_epsilon
        self._counts = ReleasedCounts(self._rule, calibrations)

    def disclose(
        self,
        records: dict[tuple[Kind, int], Values],
        *,
        at_ms: int,
        health: wire.Health,
        silent: QualityCode = QualityCode.SILENT,
    ) -> bytes:
        """Pass one slot's records through the rule and return the window as bytes for `pending`.

        at_ms: the slot's start, monotonic, part of the name of its noise. silent: the code where
        nothing is said of the image quality. Left out are a line or zone without a record, and all
        of them where the sensor could not see.
        """
        image = records.get((Kind.IMAGE_QUALITY, 0))
        quality = self._image_quality(image, at_ms, silent)
        not_counted = validity(quality.code, quality.observed) is Validity.NOT_COUNTED
        sources = [] if not_counted else [one for one in self._schema.sources() if one in records]
        return encode(
            DisclosedWindow(
                provenance=self.sender.provenance,
                image_quality=quality,
                health=health,
                lines=tuple(
                    self._line(index, records[kind, index], at_ms, quality)
                    for kind, index in sources
                    if kind is Kind.LINE
                ),
                zones=tuple(
                    self._zone(index, records[kind, index], at_ms, quality)
                    for kind, index in sources
                    if kind is Kind.ZONE
                ),
            )
        )

    def report(
        self, body: bytes, *, sequence: int, start_s: int, length_s: int, quality: wire.ClockQuality
    ) -> bytes:
        """Return the payload of a window's report: dated, numbered, under its own settings."""
        window = read_stored(DisclosedWindow, body)
        sender, provenance = self.sender, window.provenance
        return encode(
            wire.Report(
                v=wire.VERSION,
                site=sender.site,
                device=sender.device,
                stream=sender.stream,
                sequence=sequence,
                boot=provenance.boot,
                start_s=start_s,
                length_s=length_s,
                clock=provenance.clock,
                clock_quality=quality,
                config=provenance.config,
                level=provenance.level,
                rule=provenance.rule,
                image_quality=window.image_quality,
                health=window.health,
                lines=window.lines,
                zones=window.zones,
            )
        )

    def _line(
        self, index: int, values: Values, at_ms: int, quality: wire.ImageQuality
    ) -> wire.LineCount:
        entered = self._release(values[0], Kind.LINE, index, "in", at_ms)
        left = self._release(values[1], Kind.LINE, index, "out", at_ms)
        name, count_max = self._line_ids[index], self._schema.lines[index]
        return self._counts.line(name, (entered, left), count_max=count_max, quality=quality)

    def _zone(
        self, index: int, values: Values, at_ms: int, quality: wire.ImageQuality
    ) -> wire.ZoneCount:
        mean = self._release(values[0], Kind.ZONE, index, "mean", at_ms)
        peak = self._release(values[1], Kind.ZONE, index, "peak", at_ms)
        speed = self._release_class(values, 2, Kind.ZONE, index, "speed", at_ms)
        standing = self._release_class(values, 3, Kind.ZONE, index, "standing", at_ms)
        name, count_max = self._zone_ids[index], self._schema.zones[index]
        classes = (speed, standing)
        return self._counts.zone(name, (mean, peak), classes, count_max=count_max, quality=quality)

    def _image_quality(
        self, values: Values | None, at_ms: int, silent: QualityCode
    ) -> wire.ImageQuality:
        if values is None:
            return wire.ImageQuality(code=int(silent), observed=0, rate=0, difficulty=0)
        difficulty = self._release_class(values, 3, Kind.IMAGE_QUALITY, 0, "difficulty", at_ms)
        code, observed, rate, _ = values
        return wire.ImageQuality(code, observed, rate, difficulty)

    def _release(self, value: int, kind: Kind, index: int, number: str, at_ms: int) -> int | None:
        return release(value, self._rule, self._bits(kind, index, number, at_ms))

    def _release_class(
        self, values: Values, place: int, kind: Kind, index: int, number: str, at_ms: int
    ) -> int:
        return release_class(
            values[place],
            self._rule,
            self._bits(kind, index, number, at_ms),
            classes=1 + (self._schema.largest(kind, index) or values)[place],
            epsilon_thousandths=self._class_epsilon,
        )

    def _bits(self, kind: Kind, index: int, number: str, at_ms: int) -> Bits:
        """Return the random bits for one number, by its name, which no two numbers share.

        The difference of two numbers with one noise would be that of the exact ones.
        """
        ids = {Kind.LINE: self._line_ids, Kind.ZONE: self._zone_ids}
        name = ids[kind][index] if kind in ids else NOISE_WORDS["image quality"]
        return Bits(
            self._noise_key,
            f"2 {self.sender.stream} {self.sender.provenance.boot} {self._run} "
            f"{NOISE_WORDS[kind]} {name} {NOISE_WORDS.get(number, number)} {at_ms}",
        )
