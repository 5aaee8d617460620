# SPDX-License-Identifier: Apache-2.0
"""A debrief says what was known then: of a made season, and of an exercise whose truth is known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fusion_service.debrief.documents import LANGUAGES, document_of
from fusion_service.debrief.evaluation import Asked, Debrief, Stores, debrief_of
from fusion_service.debrief.looking import step_of
from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.lead_times import LeadTimes
from fusion_service.exercise_service import exercise
from fusion_service.pages.page import page
from fusion_service.pages.pdf import pdf
from fusion_service.registry.site import Level
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.forecast.kept import Made, Said
from fusion_service.store.forecast.steps import HOUR_S, packed
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.exercise import ExerciseReader, exercise_span
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.fusion_service.exercise.drawn_site import SCRIPTED, TEXT, read
from tests.fusion_service.season.made_season import DAY_S, NOON_S, MadeSeason, number

MESSAGE = """
[[injects]]
kind = "message"
at = "12:05"
text = "Many come from the tram."
zone = "deck"
"""
DAY = 3
"""The first on which orange is reached."""
FROM_S, TO_S = NOON_S + DAY * DAY_S - 2 * HOUR_S, NOON_S + DAY * DAY_S + 6 * HOUR_S


@dataclass
class Kept:
    """A made season, and what a debrief of one of its days is read from."""

    season: MadeSeason
    stores: Stores
    forecasts: ForecastFile

    def debrief(self) -> Debrief:
        return debrief_of(Asked(self.season.site, 1, FROM_S, TO_S), self.stores)


@pytest.fixture(scope="module", name="kept")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    season = MadeSeason(tmp_path_factory.mktemp("season"))
    with (
        ShiftFile(season.path, size_mib_max=64) as log,
        ForecastFile(season.path, size_mib_max=64) as forecasts,
    ):
        stores = Stores(EstimateReader(season.path), log, forecasts)
        yield Kept(season, stores, forecasts)


def test_a_number_that_became_known_later_is_not_in_it(kept: Kept) -> None:
    before = kept.debrief()
    at_s = NOON_S + DAY * DAY_S
    late = EstimateRow("beach", (at_s + 7200) * 1000, number("deck", at_s, 3_900.0))
    with EstimateFile(kept.season.path, size_mib_max=64) as file:
        file.keep([late], in_place=False)
    (newest,) = EstimateReader(kept.season.path).series(
        "beach", "deck", from_s=at_s, to_s=at_s + 1, known_by_ms=None, limit=5
    )
    assert newest.estimate.people == pytest.approx(3_900.0), "it is what is known now"
    assert kept.debrief().zones == before.zones
    peak = max(one.shown.people for one in before.zones[0].moments if one.shown is not None)
    assert peak < 2_650.0


def test_levels_are_told_with_who_and_why_and_how_long_before_they_came(kept: Kept) -> None:
    (zone,) = kept.debrief().zones
    reached = {one.level: one for one in zone.reached}
    assert set(reached) == {Level.YELLOW, Level.ORANGE}
    orange = reached[Level.ORANGE]
    assert orange.true_s is None, "nobody knows what was true"
    # The hill of the made day is at 2,000 so long before its top.
    rise_s = int(9000 * (1 - 2000 / 2600) ** 0.5)
    assert orange.shown_s == pytest.approx(NOON_S + DAY * DAY_S + 5400 - rise_s, abs=180)
    assert orange.lead_s(orange.declared_s) == orange.shown_s - orange.declared_s  # type: ignore[operator]  # both are there, as the line above shows
    (declared, ended) = zone.declared
    assert (declared.act.who, declared.act.comment) == ("Zelden-Gehoord", "omdat het druk is")
    assert ended.level is Level.GREEN
    (alarm,) = zone.alarms
    assert alarm.seen is not None
    assert alarm.seen.comment == "ik kijk al"
    assert alarm.ended_s == NOON_S + DAY * DAY_S + 3 * HOUR_S
    assert all(one.text == "Stewards sturen" or one.text for one in zone.measures)


def test_a_forecast_is_one_that_was_made_before(kept: Kept) -> None:
    origin_s = FROM_S - 4 * HOUR_S
    late_s = FROM_S + HOUR_S // 2
    for at_s, people in ((origin_s, 1_500.0), (late_s, 9_000.0)):
        steps = [value for _ in range(24) for value in (people - 400, people, people + 400, 0.0)]
        made = Made("beach", HOUR_S, at_s // HOUR_S * HOUR_S, at_s * 1000, None)
        kept.forecasts.keep_made(made, [Said("zone/deck", by_ratio=True, said=packed(steps))])
    found = {(one.level, one.ahead_s): one for one in kept.debrief().zones[0].forecasts}
    long_before = found[Level.YELLOW, 3 * HOUR_S]
    assert (long_before.made_s, long_before.middle) == (origin_s, 1_500.0)
    assert found[None, HOUR_S].middle == 9_000.0, "of the peak the newer one was there"
    assert all(one.made_s <= one.of_s - one.ahead_s for one in found.values())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_is_a_page_and_a_paper_and_texts_of_others_are_texts(kept: Kept, language: str) -> None:
    document = document_of(kept.debrief(), LANGUAGES[language])
    told = page(document)
    assert "Zelden-Gehoord" in told
    assert "<script" not in told
    written = pdf(document)
    assert written.startswith(b"%PDF")
    assert b"/StructTreeRoot" in written


@pytest.mark.parametrize(
    ("hours", "step_s"), [(1, 60), (5, 60), (6, 120), (12, 300), (24, 300), (168, 3600)]
)
def test_a_long_time_is_looked_at_in_longer_steps(hours: int, step_s: int) -> None:
    assert step_of(hours * HOUR_S) == step_s


def test_the_truth_of_an_exercise_and_its_leads_are_what_the_exercise_itself_says(
    tmp_path: Path,
) -> None:
    text = TEXT.replace("capacity = 1000", "capacity = 1000\nthresholds.yellow = { people = 60 }")
    site = read_site(text.encode())
    scenario = read(SCRIPTED.replace("hours = 1", "hours = 0.4") + MESSAGE)
    store = tmp_path / "exercise.sqlite"
    leads, truth = LeadTimes(site), dict[tuple[str, int], float]()

    def tell(minute: Minute, _rows: list[EstimateRow]) -> None:
        leads.note_truth(minute)
        truth.update({(zone, minute.start_s + 60): many for zone, many in minute.people.items()})

    exercise(replace(scenario, site=site, site_text=text), store, told=tell, heard=leads.note_log)
    from_s, to_s = exercise_span(store, "pier")
    with ShiftFile(store, size_mib_max=64) as log:
        stores = Stores(EstimateReader(store), log, None, ExerciseReader(store))
        found = debrief_of(Asked(site, 1, from_s, to_s, "drill"), stores)
    assert (from_s, to_s) == (scenario.start_s, scenario.end_s)
    assert found.knows_truth
    (note,) = found.notes
    assert (note.at_s // 60 * 60, note.zone) == (scenario.start_s + 360, "deck")
    assert note.comment == "Many come from the tram."
    assert [one.detail for one in found.control] == ["1 message deck"]
    told = {(zone.zone.id, one.at_s): one.truth for zone in found.zones for one in zone.moments[1:]}
    assert told == truth
    assert leads.true_s
    for zone in found.zones:
        for one in zone.reached:
            place = (zone.zone.id, one.level)
            assert one.true_s == leads.true_s.get(place)
            assert one.proposed_s == leads.proposed_s.get(place)
