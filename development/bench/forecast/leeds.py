# SPDX-License-Identifier: Apache-2.0
"""Leeds: people an hour at eight cameras of the city centre, with the weather of each day.

Only its column NewDate writes every date alike. A day of the weather file without temperature, rain
and wind is a day that was not measured. Source: Leeds City Council and the University of Leeds.
"""

import csv
import gzip
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from development.bench.forecast.auckland import Counters
from fusion_service.estimate.forecast.inputs.panel import DAY_S, Column, Floats, Panel

PLACES = {
    "Briggate": (-1.5424401, 53.7966003),
    "BriggateAtMcDs": (-1.5420099, 53.7988014),
    "Headrow": (-1.5441, 53.7993011),
    "DortmundSq": (-1.54397, 53.7994995),
    "AlbionStNorth": (-1.54515, 53.7974014),
    "AlbionStSouth": (-1.5451601, 53.7972984),
    "CommercialStLush": (-1.5439301, 53.7974014),
    "CommercialStBarratts": (-1.54357, 53.7974014),
}
METRES_OF_DEGREE = (65_700.0, 111_195.0)
FIRST = datetime(2009, 1, 1)  # noqa: DTZ001 - the clock on the wall.
WEATHER = ("mean_temp", "rain", "wind_speed")
AHEAD_DAYS = 2


def read_leeds(folder: Path) -> Counters:
    """Read the footfall of each hour; the series are in the order of PLACES."""
    hours: dict[str, dict[int, float]] = {name: {} for name in PLACES}
    with gzip.open(folder / "footfall.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["LocationName"] in hours and row["InCount"].strip():
                day = datetime.strptime(row["NewDate"], "%d-%b-%Y")  # noqa: DTZ007 - as above.
                step = (day - FIRST).days * 24 + int(row["Hour"])
                hours[row["LocationName"]][step] = float(row["InCount"].replace(",", ""))
    length = max(max(one) for one in hours.values()) + 1
    counts = np.full((length, len(PLACES)), np.nan, dtype=np.float32)
    for index, one in enumerate(hours.values()):
        counts[list(one), index] = list(one.values())
    degrees = np.array(list(PLACES.values()))
    metres = (degrees - degrees.mean(axis=0)) * np.array(METRES_OF_DEGREE)
    return Counters(FIRST, counts, metres.astype(np.float32))


def weather_of(folder: Path, panel: Panel) -> tuple[Column, ...]:
    """Return the weather of each step's day, as if it had been forecast two days ahead.

    What was measured stands for a forecast that is always right: an upper end of what one gives.
    """
    with (folder / "overall_weather.csv").open(encoding="utf-8-sig", newline="") as file:
        days = {
            _day(row["date"]): [float(row[one]) for one in WEATHER] for row in csv.DictReader(file)
        }
    first = panel.first.date()
    steps = panel.day_of(np.arange(panel.steps, dtype=np.int64))
    table = np.full((int(steps[-1]) + 1, len(WEATHER)), np.nan, dtype=np.float32)
    for index in range(len(table)):
        found = days.get(first + timedelta(days=index))
        if found is not None and any(found):
            table[index] = found
    ahead = AHEAD_DAYS * DAY_S // panel.step_s
    values: Floats = table[steps]
    return tuple(
        Column(f"weather:{name}", values[:, index].copy(), ahead)
        for index, name in enumerate(WEATHER)
    )


def _day(text: str) -> date:
    day, month, year = (int(one) for one in text.split("/"))
    return date(year, month, day)
