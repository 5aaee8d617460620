# SPDX-License-Identifier: Apache-2.0
"""What the committed windows add up to, line by line and zone by zone."""

from dataclasses import dataclass
from typing import Any

OBSERVED_MIN = 2
"""The class of a window of which at least 80 % was seen."""


@dataclass(frozen=True)
class Names:
    """What is counted: shown whether or not any of it was seen."""

    lines: tuple[str, ...]
    zones: tuple[str, ...]


def line_sums(
    windows: list[dict[str, Any]], names: Names
) -> dict[str, tuple[int | None, int | None]]:
    """Add up in and out of each line; None where no window had any."""
    sums: dict[str, tuple[int | None, int | None]] = dict.fromkeys(names.lines, (None, None))
    for window in windows:
        for line in window["lines"]:
            entered, left = sums[line["line"]]
            sums[line["line"]] = (_plus(entered, line["in_count"]), _plus(left, line["out_count"]))
    return sums


def _plus(total: int | None, more: int | None) -> int | None:
    return total if more is None else (total or 0) + more


def zone_mean(windows: list[dict[str, Any]], name: str) -> float | None:
    """Return the mean of a zone's means over the windows of which at least 80 % was seen.

    None where there was no such window.
    """
    means = [
        zone["mean"]
        for window in windows
        if window["image_quality"]["observed"] >= OBSERVED_MIN
        for zone in window["zones"]
        if zone["zone"] == name and zone["mean"] is not None
    ]
    return sum(means) / len(means) if means else None
