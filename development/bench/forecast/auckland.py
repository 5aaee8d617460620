# SPDX-License-Identifier: Apache-2.0
"""Auckland's city centre: pedestrians an hour at 21 counters, 2019 to 2025.

Rows are in the order of time, and a date runs from 6:00 to 5:59 of the next day: the crowd of New
Year's Eve is counted under the date of the 31st. Six dates are wrong and one hour is left out, so
time is told by the hours in their order; what is left out is put back as not counted. Source: Heart
of the City, Auckland.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats, Panel, calendar_of

COUNTS, PLACES = "hourly_counts.csv", "locations.csv"
METRES_OF_DEGREE = (89_000.0, 111_195.0)
"""Of longitude and latitude, at 36.8 degrees south."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Counters:
    """Every hour from `first` on: counts (T, S), NaN where nothing was counted; (S, 2) metres."""

    first: datetime
    counts: Floats
    positions_m: Floats

    def panel(self, start: datetime, end: datetime, special: dict[date, str]) -> Panel:
        """Cut out the hours from `start` (not before the first) to before `end`."""
        begin = max((start - self.first) // HOUR, 0)
        counts = self.counts[begin : (end - self.first) // HOUR]
        first = self.first + begin * HOUR
        days = (first.hour + len(counts)) // 24 + 1
        calendar = calendar_of(first.date(), days, special)
        return Panel(first, 3600, counts, self.positions_m, calendar)


def read_auckland(folder: Path) -> Counters:
    """Read the counters from a folder of the published files."""
    with (folder / COUNTS).open(encoding="utf-8-sig", newline="") as file:
        names, *rows = list(csv.reader(file))
    first = datetime.fromisoformat(rows[0][0]) + _hour(rows[0]) * HOUR
    counts: list[list[float]] = []
    for row in rows:
        while (first.hour + len(counts)) % 24 != _hour(row):
            counts.append([np.nan] * len(names[3:]))
        counts.append([float(one) if one else np.nan for one in row[3:]])
    numbers = np.array(counts, dtype=np.float32)
    return Counters(first, numbers, _places(folder / PLACES, names[3:]))


def _hour(row: list[str]) -> int:
    return int(row[1].split(":")[0])


def _places(file: Path, names: list[str]) -> Floats:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        found = {row["Address"]: row for row in csv.DictReader(lines)}
    degrees = np.array(
        [[float(found[one]["Longitude"]), float(found[one]["Latitude"])] for one in names]
    )
    metres = (degrees - degrees.mean(axis=0)) * np.array(METRES_OF_DEGREE)
    return np.asarray(metres, dtype=np.float32)
