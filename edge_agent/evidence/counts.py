# SPDX-License-Identifier: Apache-2.0
"""The counts of one report that has gone, for a reader: when, by which rule, which numbers."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wire_contract.codec import split
from wire_contract.errors import DecodeError

_NUMBERS = ("in", "out", "mean", "most", "peak")


@dataclass(frozen=True, slots=True)
class Counts:
    """One window as it left the box.

    Its begin (ISO 8601, UTC), its length in seconds, the rule and its parameters.

    image_quality is the code of how well the camera saw. numbers are by line or zone: None where
    the rule held one back.
    """

    start_utc: str
    length_s: int
    rule: str
    parameters: tuple[int, ...]
    image_quality: int
    numbers: dict[str, dict[str, int | None]]

    def in_words(self) -> str:
        """Say it in one line."""
        told = [f"{name}: {_in_words(counts)}" for name, counts in self.numbers.items()]
        rule = " ".join((self.rule, *map(str, self.parameters)))
        window = f"{self.start_utc}, {self.length_s} s, image quality {self.image_quality}"
        return f"{window}, rule {rule}; {'; '.join(told) or 'no counts'}"


def counts_of(envelope: bytes) -> Counts | None:
    """Return the counts in a report's envelope; None where it holds no report that can be read."""
    try:
        report = json.loads(split(envelope)[0])
        # Version 1 of the wire has other names for it, and for the peak.
        quality = report["eye"] if "eye" in report else report["image_quality"]
        return Counts(
            start_utc=f"{datetime.fromtimestamp(report['start'], UTC):%Y-%m-%dT%H:%M:%SZ}",
            length_s=int(report["length"]),
            rule=str(report["rule"]["name"]),
            parameters=tuple(map(int, report["rule"]["parameters"])),
            image_quality=int(quality["code"]),
            numbers={str(one["id"]): _numbers(one) for one in (*report["lines"], *report["zones"])},
        )
    except (DecodeError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _numbers(one: dict[str, Any]) -> dict[str, int | None]:
    return {name: one[name] for name in _NUMBERS if name in one}


def _in_words(counts: dict[str, int | None]) -> str:
    return ", ".join(f"{what} {_said(count)}" for what, count in counts.items())


def _said(count: int | None) -> str:
    return "held back" if count is None else str(count)
