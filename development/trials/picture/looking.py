# SPDX-License-Identifier: Apache-2.0
"""What somebody who looks at a centre's picture is shown, moment by moment."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

from development.testbed.centre import Centre
from development.testbed.program import StageError
from development.testbed.times import unix_ms, unix_s

LEVELS = ("green", "yellow", "orange", "red")
Moment = tuple[str, int]
"""A zone, and the moment that its number is about."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown of a zone at a moment."""

    people: float
    low_80: float
    high_80: float
    level: str
    condition: str

    @property
    def height(self) -> int:
        """How high its level is, green is 0."""
        return LEVELS.index(self.level)


@dataclass(slots=True)
class Looking:
    """All that was seen of one centre.

    shown: the last that was said of each moment while it was the newest. newest_s: the newest
    moment of all. conditions: of each sensor, when it was first seen in which condition, since
    `seen_from_s`.
    """

    centre: Centre
    site: str
    shown: dict[Moment, Shown] = field(default_factory=dict)
    newest_s: int = 0
    conditions: dict[tuple[str, str], float] = field(default_factory=dict)
    seen_from_s: float = 0.0

    def look(self) -> bool:
        """Ask for the newest numbers. False where the centre does not answer."""
        try:
            answer = self.centre.get(f"/v1/sites/{self.site}/latest")
        except (OSError, HTTPException, StageError):
            return False
        seen_s = time.time()
        for zone in answer["zones"]:
            at_s = unix_s(zone["at"])
            self.newest_s = max(self.newest_s, at_s)
            self.shown[zone["zone"], at_s] = shown_of(zone)
            if seen_s < self.seen_from_s:
                continue
            for one in zone["contributions"]:
                self.conditions.setdefault((one["sensor"], one["condition"]), seen_s)
        return True

    def series(
        self, zones: Sequence[str], *, from_s: int, to_s: int, known_by_ms: int | None = None
    ) -> dict[Moment, dict[str, Any]]:
        """Return every zone's numbers about a time, as known now or by a moment."""
        by = "" if known_by_ms is None else f"&knownBy={_text(known_by_ms)}"
        found: dict[Moment, dict[str, Any]] = {}
        for zone in zones:
            path = f"/v1/sites/{self.site}/zones/{zone}/series?from={from_s}&to={to_s}{by}"
            for one in self.centre.get(path)["estimates"]:
                found[zone, unix_s(one["at"])] = one
        return found

    def follow(self, until_s: float, every_s: float) -> None:
        """Look again and again, until a moment of the clock on the wall."""
        while time.time() < until_s:
            self.look()
            time.sleep(every_s)


def shown_of(zone: dict[str, Any]) -> Shown:
    """Read a zone's part of an answer."""
    return Shown(zone["people"], zone["low_80"], zone["high_80"], zone["level"], zone["condition"])


def known_ms(row: dict[str, Any]) -> int:
    """Return when a row of a series became known."""
    return unix_ms(row["known_at"])


def _text(time_ms: int) -> str:
    text = datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
