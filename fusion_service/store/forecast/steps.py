# SPDX-License-Identifier: Apache-2.0
"""The steps of a forecast: when each begins, and its numbers as bytes. Pure."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

QUARTER_S, HOUR_S = 900, 3600
NUMBERS = 4
"""Of each step: the .1, .5 and .9 quantile, and what seasonal naive says."""
HALF_MAX = 65_504.0
"""The largest number that is kept of a forecast."""
Numbers = tuple[float, float, float, float]


def starts_of(origin_s: int, step_s: int, number: int, zone: ZoneInfo) -> list[int | None]:
    """Return when each step of a forecast begins (UTC); None of one that the clock leaves out.

    Steps are those of the clock on the wall: of two with the same the first is said.
    """
    first_s = origin_s // QUARTER_S * QUARTER_S
    wall = datetime.fromtimestamp(first_s, UTC).astimezone(zone).replace(tzinfo=None)
    starts: list[int | None] = []
    for ahead in range(number):
        one = (wall + timedelta(seconds=ahead * step_s)).replace(tzinfo=zone)
        start_s = int(one.timestamp())
        is_there = datetime.fromtimestamp(start_s, zone).replace(fold=0) == one
        starts.append(start_s if is_there else None)
    return starts


def packed(numbers: Sequence[float]) -> bytes:
    """Write numbers as half floats; what is larger than they reach is the largest of them."""
    held = [min(one, HALF_MAX) for one in numbers]
    return struct.pack(f"<{len(held)}e", *held)


def steps_in(content: bytes) -> list[Numbers]:
    """Read what was said: low, middle, high and naive of each step."""
    flat = struct.unpack(f"<{len(content) // 2}e", content)
    return [
        (flat[one], flat[one + 1], flat[one + 2], flat[one + 3])
        for one in range(0, len(flat), NUMBERS)
    ]
