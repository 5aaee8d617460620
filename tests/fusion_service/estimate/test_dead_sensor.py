# SPDX-License-Identifier: Apache-2.0
"""A sensor that dies is named, and nobody else: a year of a city's hourly counts, and our own."""

import csv
import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fusion_service.estimate.observation import Observation, SensorCondition
from fusion_service.registry.site import Counter, Link, Placement, Position, Site, TrustClass, Zone
from tests.fusion_service.estimate.sites import fusion_of
from wire_contract.quality import Validity

HOUR_S = 3600
NAMED = {SensorCondition.CONFLICTING, SensorCondition.STUCK}
NEIGHBOURS = 4
AUCKLAND = Path(__file__).parents[4] / "shared" / "data" / "timeseries" / "auckland"
Hours = Iterator[tuple[int, dict[str, float]]]


def streets(positions: dict[str, Position]) -> Site:
    """Return a site with a street and a line for each position, linked to the nearest four."""

    def apart(one: str, other: str) -> float:
        east = (positions[one][0] - positions[other][0]) * 0.8
        return math.hypot(east, positions[one][1] - positions[other][1])

    pairs = {
        tuple(sorted((name, near)))
        for name in positions
        for near in sorted(positions, key=lambda other: apart(name, other))[1 : 1 + NEIGHBOURS]
    }
    return Site(
        "city",
        "city",
        "UTC",
        tuple(Zone(name, name, (), 2000.0, 2000, ()) for name in positions),
        tuple(
            Link(f"{here}-{there}", here, there, (), 100.0, 5.0) for here, there in sorted(pairs)
        ),
        (),
        tuple(
            Placement(
                name,
                where,
                None,
                None,
                TrustClass.COUNTER,
                (Counter("a", None, name, None, None, None),),
            )
            for name, where in positions.items()
        ),
        (),
    )


def named_in(site: Site, hours: Hours) -> list[tuple[int, str, SensorCondition]]:
    """Return who was named when, in the order of time; each naming once."""
    fusion = fusion_of(site)
    was: dict[str, SensorCondition] = {}
    found = []
    for start_s, counts in hours:
        said = [
            Observation(
                f"{name}/line/a", start_s, HOUR_S, count, None, None, None, None,
                Validity.COUNTED, 0,
            )
            for name, count in counts.items()
        ]  # fmt: skip
        fusion.advance(start_s + HOUR_S, said)
        for one in fusion.health(start_s + HOUR_S):
            if one.condition in NAMED and was.get(one.sensor) is not one.condition:
                found.append((start_s + HOUR_S, one.sensor.split("/")[0], one.condition))
            was[one.sensor] = one.condition
    return found


def test_a_street_of_our_own_that_goes_silent_is_named_within_two_days_and_nobody_else() -> None:
    rng = random.Random(5)
    positions = {f"s{number}": (0.002 * number, 0.0) for number in range(8)}
    dies_s = 40 * 86_400

    def hours() -> Hours:
        for hour in range(60 * 24):
            busy = 0.05 + math.exp(-0.5 * ((hour % 24 - 14) / 4.0) ** 2)
            day = math.exp(0.25 * math.sin(hour / 24.0))
            counts = {
                name: float(
                    round(400.0 * (1 + number) * busy * day * rng.lognormvariate(0.0, 0.12))
                )
                for number, name in enumerate(positions)
            }
            if hour * HOUR_S >= dies_s:
                counts["s3"] = 0.0
            yield hour * HOUR_S, counts

    found = named_in(streets(positions), hours())
    assert {name for _, name, _ in found} == {"s3"}
    assert dies_s < found[0][0] <= dies_s + 48 * HOUR_S


@pytest.mark.skipif(not AUCKLAND.exists(), reason="shared/data/timeseries is not here")
@pytest.mark.parametrize(
    "until",
    [date(2019, 4, 15), pytest.param(date(2020, 1, 1), marks=pytest.mark.campaign)],
    ids=["a fortnight after", "the year"],
)
def test_107_quay_street_is_named_within_two_days_of_its_death_in_2019(until: date) -> None:
    with (AUCKLAND / "locations.csv").open(encoding="utf-8-sig", newline="") as file:
        places = {
            row["Address"]: (float(row["Longitude"]), float(row["Latitude"]))
            for row in csv.DictReader(file)
        }
    with (AUCKLAND / "hourly_counts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["year"] == "2019"]
    heard = {name: where for name, where in places.items() if any(row[name] for row in rows)}

    def hours() -> Hours:
        for row in rows:
            hour = int(row["hour"].split(":")[0])
            day = date.fromisoformat(row["date"])
            if day >= until:
                return
            start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            counts = {name: float(row[name]) for name in heard if row[name]}
            yield int(start.timestamp()), counts

    found = named_in(streets(heard), hours())
    died_s = int(datetime(2019, 4, 1, 6, tzinfo=UTC).timestamp())
    quay = [at for at, name, _ in found if name == "107 Quay Street" and at > died_s]
    assert quay[0] <= died_s + 48 * HOUR_S
    # Of 900 an hour Commerce Street West counted 25 on 6 and 7 April, and 850 on the 8th.
    others = {name for _, name, _ in found} - {"107 Quay Street"}
    assert others <= {"Commerce Street West"}
