# SPDX-License-Identifier: Apache-2.0
"""What feeds say and people declare, through the loop that forecasts and a real store."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from fusion_service.context.build import feeds_of
from fusion_service.estimate.forecast.forecaster import fit_forecaster
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimation.beside.sources import beside_of
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.estimation.forecasting.loop import Forecasting
from fusion_service.estimation.forecasting.started import Drawn, Keeping, started
from fusion_service.estimation.forecasting.widths import read_back
from fusion_service.estimation.model_folder import ModelFolder
from fusion_service.feed_config import IcalTable, OpenMeteoTable
from fusion_service.registry.site_file.reading import examine
from fusion_service.shift.measures import measure_id
from fusion_service.shift.state import SiteShift, Tick
from fusion_service.store.context import ContextValue, Quantity
from fusion_service.store.forecast.kept import Made, Said
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from tests.fusion_service.estimation.forecasting.made_beach import DRAWN, MadeBeach, Running

DAYS = 63
"""A zone of two months is old enough for trees."""
PLANS = tuple(Plan(quantile, "log", 60, 8, leaves=7) for quantile in (0.1, 0.5, 0.9))
LINKED = (
    DRAWN
    + """
[[links]]
id = "way-in"
to = "square"
width_m = 5

[[links]]
id = "bridge"
from = "square"
to = "pier"
width_m = 5

[[measures]]
level = "yellow"
text = "Lead people round the square."
organisation = "municipality"
effect = { square = -0.4 }
ramp_min = 30

[[measures]]
level = "orange"
text = "Send stewards."
organisation = "municipality"

[[measures]]
level = "red"
text = "Close the pier."
organisation = "police"
closes = ["bridge"]
"""
)
FEEDS = feeds_of(
    {
        "weather": OpenMeteoTable(kind="open-meteo", latitude=52.1, longitude=4.3),
        "works": IcalTable(
            kind="ical", url="https://example.org/a.ics", place="beach", what="closure"
        ),
    }
)


class Town:
    """A beach whose feeds and whose shift a test writes."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.beach = MadeBeach(folder, DAYS + 2)
        self.beach.plans.keep("beach", LINKED, now_ms=2)
        self.said = opened.enter_context(ContextFile(self.beach.path, size_mib_max=256))
        self.shift = SiteShift("beach")
        beside = beside_of(Told(self.said, FEEDS, lambda _site: self.shift))
        self.start_s = self.beach.at(DAYS, 11)
        self.tell_weather(range(DAYS + 1))
        self.beach.live_until(self.start_s)
        self.running = Running(self.beach, opened, self.start_s, beside=beside)
        self.running.go_to(self.start_s + 125)
        self.site = examine(LINKED.encode()).site
        self.train()

    def tell_weather(self, days: range) -> None:
        rng = np.random.default_rng(5)
        for day in days:
            warmth = rng.normal(18.0, 5.0)
            values = [
                ContextValue("52.1,4.3", Quantity.TEMPERATURE, at_s, at_s, round(warmth, 1))
                for hour in range(72)
                for at_s in (self.beach.at(day, hour),)
            ]
            self.said.keep("weather", values, self.beach.at(day))

    def train(self) -> None:
        """Let trees go live that learnt what the loop lays out for them."""
        forecasts = self.running.loop.site("beach")
        assert forecasts is not None
        panel = forecasts.laid(self.start_s, HOUR_S, 400, to_learn=True).panel
        fitted = fit_forecaster(Features(panel), panel.steps, PLANS)
        ModelFolder(self.running.beach.models / "beach").keep(
            fitted, made_ms=1, is_live=True, step_s=HOUR_S, places=forecasts.places, ratio=None
        )

    def go_to(self, hours: float) -> None:
        self.running.go_to(self.start_s + int(hours * HOUR_S) + 125)

    def made(self, step_s: int) -> tuple[Made, dict[str, Said]]:
        made = self.running.keeper.newest("beach", step_s)
        assert made is not None
        return made, {one.place: one for one in self.running.keeper.said(made)}

    def tick(self, index: int, at_s: int, *, is_done: bool = True) -> None:
        assert self.site is not None
        name = measure_id(self.site.measures[index])
        self.shift.ticks["square", name] = Tick(is_done, at_s * 1000, 1)


@pytest.fixture(scope="module", name="town")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with ExitStack() as opened:
        yield Town(tmp_path_factory.mktemp("beach"), opened)


def middles(content: bytes | None) -> np.ndarray:
    assert content is not None
    return read_back(content)[:, 1]


def widths(content: bytes) -> np.ndarray:
    low, _, high, _ = read_back(content).T
    return high - low


def test_a_feed_that_breaks_is_named_and_makes_the_forecast_wider_until_it_is_back(
    town: Town,
) -> None:
    town.go_to(1)
    whole, said = town.made(HOUR_S)
    assert (whole.version, whole.missing) == (1, ())
    gone = frozenset({("52.1,4.3", Quantity.TEMPERATURE)})
    town.said.note_missing("weather", gone, town.start_s + HOUR_S + 1_800)
    town.go_to(2)
    without, wide = town.made(HOUR_S)
    assert (without.version, without.missing) == (1, ("weather",))
    town.said.note_missing("weather", frozenset(), town.start_s + 2 * HOUR_S + 1_800)
    town.go_to(3)
    again, _ = town.made(HOUR_S)
    assert again.missing == ()
    # The same hours of the day ahead, said an hour apart.
    one, other = (widths(each["zone/square"].said) for each in (said, wide))
    assert np.median(other[6:22] / one[7:23]) > 1.03


def test_a_measure_that_is_done_moves_what_is_said_beside_what_would_be(town: Town) -> None:
    town.go_to(4)
    _, quiet = town.made(QUARTER_S)
    assert quiet["zone/square"].moved is None
    town.tick(0, town.start_s + 4 * HOUR_S + 600)
    town.go_to(4.25)
    _, said = town.made(QUARTER_S)
    square = said["zone/square"]
    ratio = middles(square.moved) / middles(square.said)
    # Five minutes of thirty had passed at the origin; then it grows to three fifths.
    assert ratio[3] == pytest.approx(0.6 / (1 - 0.4 / 6), abs=0.01)
    assert 0.85 < ratio[0] < 0.95
    assert np.all(np.diff(ratio[:3]) < 0)
    pier = said["zone/pier"]
    assert pier.moved == pier.said
    town.tick(0, town.start_s + 4 * HOUR_S + 1_000, is_done=False)
    town.go_to(4.5)
    assert town.made(QUARTER_S)[1]["zone/square"].moved is None


def test_a_link_that_a_calendar_says_is_closed_moves_people_while_it_is(town: Town) -> None:
    begins_s = town.start_s + 7 * HOUR_S
    entry = ContextValue(
        "beach/1", Quantity.CLOSURE, begins_s, 1, 1.0, 2 * HOUR_S, note="bridge: works"
    )
    other = ContextValue("beach/2", Quantity.CLOSURE, begins_s, 1, 1.0, HOUR_S, note="The A44")
    town.said.keep("works", [entry, other], town.start_s + 5 * HOUR_S)
    town.go_to(6)
    _, said = town.made(HOUR_S)
    square, pier = said["zone/square"], said["zone/pier"]
    moved = [middles(one.moved) for one in (square, pier)]
    plain = [middles(one.said) for one in (square, pier)]
    assert moved[0][0] == plain[0][0]
    assert moved[1][1] == 0.0
    assert moved[0][1] == pytest.approx(plain[0][1] + plain[1][1], rel=0.01)
    assert np.array_equal(moved[0][4:], plain[0][4:])


def test_what_the_service_starts_goes_by_what_it_was_told(tmp_path: Path) -> None:
    beach = MadeBeach(tmp_path, 9)
    beach.plans.keep("beach", LINKED, now_ms=2)
    start_s = beach.at(8, 11)
    beach.live_until(start_s)
    site, shift = examine(LINKED.encode()).site, SiteShift("beach")
    assert site is not None
    shift.ticks["square", measure_id(site.measures[0])] = Tick(True, start_s * 1000, 1)  # noqa: FBT003 - done
    with ExitStack() as opened:
        said = opened.enter_context(ContextFile(beach.path, size_mib_max=256))
        kept = opened.enter_context(ForecastFile(beach.path, size_mib_max=256))
        forecaster = started(
            kept,
            Reader(beach.path),
            DrawnSites(beach.plans),
            Keeping(beach.models, made_s=86_400, days_s=9 * 86_400),
            now_s=lambda: start_s + 125,
            ahead=KnownAhead(lambda _site: start_s),
            told=Told(said, FEEDS, lambda _site: shift),
        )
        assert isinstance(forecaster.loop, Drawn)
        loop = forecaster.loop.load()
        assert isinstance(loop, Forecasting)
        while kept.newest("beach", QUARTER_S) is None:
            loop.turn()
        made = kept.newest("beach", QUARTER_S)
        assert made is not None
        square = next(one for one in kept.said(made) if one.place == "zone/square")
    assert (middles(square.moved) < middles(square.said)).all()
