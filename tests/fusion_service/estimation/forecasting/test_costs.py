# SPDX-License-Identifier: Apache-2.0
"""What forecasting takes of a centre with sixty zones and four hundred days, and of who ingests.

`pytest -s -m campaign` on this file prints the figures.
"""

import os
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.estimation.forecasting.history import Stores
from fusion_service.estimation.forecasting.loop import Forecasting
from fusion_service.estimation.forecasting.site_forecasts import SiteForecasts
from fusion_service.estimation.forecasting.started import Keeping
from fusion_service.estimation.forecasting.working.apart import say_apart
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.forecast.kept import DayRow
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box, line, zone
from tests.fusion_service.keeping import keep

ZONES, DAYS, DAY_S = 60, 400, 86_400
NOW_S = int(datetime(2026, 7, 8, 8, tzinfo=UTC).timestamp())
PAIRS, SIDE_S = 12, 10.0

pytestmark = pytest.mark.campaign


@dataclass
class Large:
    """A store of a large site, with all but today kept."""

    path: Path
    keeper: ForecastFile
    writer: Writer

    def forecasts(self) -> SiteForecasts:
        stores = Stores(self.keeper, Reader(self.path))
        models = self.path.parent / "forecasts"
        return SiteForecasts(
            read_site(drawn().encode()), stores, models, now_s=NOW_S, special=lambda *_: {}
        )


def drawn() -> str:
    zones = "".join(
        f'\n[[zones]]\nid = "z{one}"\npolygon = [[{4.2 + one / 1000:.4f}, 52.11], '
        f"[{4.2009 + one / 1000:.4f}, 52.11], [{4.2009 + one / 1000:.4f}, 52.111]]\n"
        for one in range(ZONES)
    )
    return f'format = 1\nid = "beach"\n{zones}'


@pytest.fixture(scope="module", name="large")
def _large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    path = tmp_path_factory.mktemp("centre") / "fusion.sqlite"
    rng = np.random.default_rng(1)
    shape = 20 + 200 * np.clip(np.sin((np.arange(96) / 4 - 8) / 13 * np.pi), 0, None)
    today = NOW_S // DAY_S
    with ExitStack() as opened:
        writer = opened.enter_context(Writer(path, size_mib_max=4096, dead_letters_max=10))
        keeper = opened.enter_context(ForecastFile(path, size_mib_max=4096))
        SqliteSitePlans(path, size_mib_max=4096).keep("beach", drawn(), now_ms=1)
        for day in range(today - DAYS, today):
            mood = rng.lognormal(0, 0.3)
            keeper.keep_days(
                "beach",
                [
                    DayRow(f"zone/z{one}", day, rng.poisson(shape * mood).astype("<f4").tobytes())
                    for one in range(ZONES)
                ],
            )
        estimates(path, NOW_S - 9 * HOUR_S, NOW_S + 2 * HOUR_S)
        yield Large(path, keeper, writer)


def estimates(path: Path, from_s: int, to_s: int) -> None:
    """Keep an estimate of each zone and minute, as fusion does."""
    rows = (
        ("beach", f"z{one}", at_s, at_s * 1000, *[100.0 + one] * 7, 0.1, 0.0)
        for one in range(ZONES)
        for at_s in range(from_s, to_s, 60)
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        marks = ", ".join("?" * 13)
        connection.executemany(
            f"INSERT INTO estimate VALUES ({marks}, 'counted', 'fine', '{'x' * 300}')",  # noqa: S608 - marks
            rows,
        )


def told(name: str, figure: float, unit: str) -> None:
    sys.stdout.write(f"\n{name}: {figure:.2f} {unit}\n")


def test_a_start_a_quarter_and_an_hour(large: Large) -> None:
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.process_time()
    forecasts = large.forecasts()
    start_s = time.process_time() - begun
    begun = time.process_time()
    forecasts.say(NOW_S, NOW_S * 1000)
    hour_s = time.process_time() - begun
    begun = time.process_time()
    forecasts.say(NOW_S + QUARTER_S, NOW_S * 1000)
    quarter_s = time.process_time() - begun
    told("start", start_s, "CPU s")
    told("an hour's turn, by the ratio model", hour_s, "CPU s")
    told("a quarter's turn", quarter_s, "CPU s")
    told("history", forecasts.history.quarters.counts.nbytes / 2**20, "MiB")
    told(
        "more of the process",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mb,
        "MiB",
    )
    with closing(sqlite3.connect(large.path)) as connection:
        (said,) = connection.execute("SELECT sum(length(said)) FROM forecast_said").fetchone()
        (rows,) = connection.execute("SELECT count(*) FROM forecast_said").fetchone()
    told("rows a day", ZONES * (24 + 96) + 24 + 96 + ZONES, "rows")
    told("bytes a day", ZONES * (24 * 168 + 96 * 4) * 8 / 1e6, "MB")
    assert rows == 3 * ZONES
    assert said == ZONES * 8 * (168 + 4 + 4)
    assert start_s < 5.0
    assert hour_s < 20.0
    assert quarter_s < 5.0


def test_a_day_of_the_past_is_read(large: Large) -> None:
    with closing(sqlite3.connect(large.path)) as connection, connection:
        connection.execute("DELETE FROM forecast_day WHERE day = ?", (NOW_S // DAY_S - 5,))
    day_s = (NOW_S // DAY_S - 5) * DAY_S
    estimates(large.path, day_s + 60, day_s + DAY_S + 60)
    forecasts = large.forecasts()
    begun = time.process_time()
    assert forecasts.history.fill()
    told("a day of the past", time.process_time() - begun, "CPU s")


def test_who_ingests_waits_no_longer(large: Large) -> None:
    """Commit reports as they come, beside a loop that says hour after hour, and without it."""
    box = Box()
    large.writer.add_device("beach", "pier-1", box.public_key, test_site=False, added_ms=5)
    (device,) = (one.id for one in large.writer.registry().devices.values())
    now_s = [NOW_S]
    loop = Forecasting(
        Stores(large.keeper, Reader(large.path)),
        DrawnSites(SqliteSitePlans(large.path, size_mib_max=4096)),
        Keeping(large.path.parent / "forecasts", made_s=60 * DAY_S, days_s=DAYS * DAY_S),
        now_s=lambda: now_s[0],
        ahead=KnownAhead(lambda _site: now_s[0]),
        say=say_apart,
        trains=False,
    )
    loop.turn()
    stop, running = threading.Event(), threading.Event()

    def turns() -> None:
        while not stop.is_set():
            if not running.wait(0.1):
                continue
            now_s[0] += QUARTER_S  # four times as much as it ever has to
            begun = time.monotonic()
            loop.turn()
            stop.wait(3.0 * (time.monotonic() - begun))

    thread = threading.Thread(target=turns)
    thread.start()
    sequence, differences, sides = 1, [], []
    try:
        for pair in range(PAIRS):
            found = {}
            for is_beside in (True, False) if pair % 2 else (False, True):
                (running.set if is_beside else running.clear)()
                time.sleep(0.5)
                waits, until = [], time.monotonic() + SIDE_S
                while time.monotonic() < until:
                    sequence += 1
                    report = box.report(
                        sequence,
                        start_s=NOW_S + 60 * sequence,
                        lines=(line("door", 3, 4),),
                        zones=(zone("square", 5, 6),),
                    )
                    begun = time.monotonic()
                    keep(large.writer, device, report)
                    waits.append(time.monotonic() - begun)
                    time.sleep(0.02)
                found[is_beside] = float(np.percentile(waits, 95)) * 1000
            differences.append(found[True] - found[False])
            sides.append((found[False], found[True]))
    finally:
        stop.set()
        thread.join()
    told("p95 of a commit without", float(np.median([one for one, _ in sides])), "ms")
    told("p95 of a commit beside", float(np.median([one for _, one in sides])), "ms")
    told("more, median of pairs", float(np.median(differences)), "ms")
    told("load", os.getloadavg()[0], "")
    assert float(np.median(differences)) < 20.0
