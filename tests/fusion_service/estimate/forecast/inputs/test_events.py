# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.inputs.events import NEVER, Event, Events, title_key
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Panel
from fusion_service.estimate.forecast.scoring.leaks import leaks_in
from tests.fusion_service.estimate.forecast.towns import town

DAYS = 100
FIRST, SECOND, THIRD = 70 * 24 + 18, 80 * 24 + 18, 90 * 24 + 18
CONCERTS = tuple(
    Event(f"Concert {2024 + one}", begin, begin + 4, 60 * 24)
    for one, begin in enumerate((FIRST, SECOND, THIRD))
)


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Return a town in which the concerts were, and brought twice as many to the first place."""
    quiet = town(DAYS)
    counts = quiet.counts.copy()
    for one in CONCERTS:
        counts[one.begin : one.end, 0] *= 2.0
    return replace(quiet, counts=counts)


def rows(
    panel: Panel, events: tuple[Event, ...], target: int, horizon: int, missing: int | None = None
) -> dict[str, list[float]]:
    gone = np.zeros(panel.steps, dtype=np.bool_)
    if missing is not None:
        gone[missing] = True
    columns = (Events("calendar", events, gone),)
    found = Features(replace(panel, columns=columns)).rows(np.array([target]), np.array([horizon]))
    return {
        name.removeprefix("calendar:"): found.features[:, index].tolist()
        for index, name in enumerate(found.names)
        if name.startswith("calendar:")
    }


def test_what_is_on_and_how_far_it_is(panel: Panel) -> None:
    on = rows(panel, CONCERTS, FIRST + 1, 24)
    assert on["running"] == on["of_day"] == [1.0] * 3
    before = rows(panel, CONCERTS, FIRST - 5, 24)
    assert (before["running"][0], before["until"][0], before["of_day"][0]) == (0.0, 5.0, 1.0)
    assert rows(panel, CONCERTS, FIRST + 4 + 2, 24)["since"] == [3.0] * 3
    far = rows(panel, CONCERTS, FIRST - 72, 24)
    assert (far["until"][0], far["since"][0], far["of_day"][0]) == (24.0, 24.0, 0.0)


def test_the_first_of_a_title_is_new_and_the_second_has_a_past(panel: Panel) -> None:
    first, second = (rows(panel, CONCERTS, at + 1, 24) for at in (FIRST, SECOND))
    assert (first["new"][0], first["effect"][0]) == (1.0, 0.0)
    assert second["new"][0] == 0.0
    # Two times as many people: a log-ratio of 0.7 beyond the town's mood, at that place alone.
    assert second["effect"][0] - second["effect"][2] == pytest.approx(np.log(2.0), abs=0.25)


def test_an_origin_before_the_end_of_the_first_does_not_know_what_it_did(panel: Panel) -> None:
    close = (CONCERTS[0], replace(CONCERTS[1], begin=FIRST + 24, end=FIRST + 28))
    assert rows(panel, close, FIRST + 25, 24)["new"] == [1.0] * 3
    assert rows(panel, close, FIRST + 25, 23)["new"] == [1.0] * 3
    assert rows(panel, close, FIRST + 25, 22)["new"] == [0.0] * 3


def test_an_event_is_there_from_when_it_was_told_until_it_was_called_off(panel: Panel) -> None:
    told = (replace(CONCERTS[0], known=FIRST - 48, gone=FIRST - 12),)
    for horizon, expected in ((60, 0.0), (49, 1.0), (14, 1.0), (13, 0.0), (1, 0.0)):
        assert rows(panel, told, FIRST + 1, horizon)["running"][0] == expected


def test_what_goes_on_for_days_counts_apart(panel: Panel) -> None:
    holiday = (Event("Zomervakantie", 70 * 24, 84 * 24, 0),)
    found = rows(panel, holiday, 75 * 24, 24)
    assert (found["period"][0], found["running"][0], found["new"][0]) == (1.0, 0.0, 0.0)


def test_while_the_calendar_is_missing_nothing_is_known_of_it(panel: Panel) -> None:
    found = rows(panel, CONCERTS, FIRST + 1, 24, missing=FIRST - 23)
    assert all(np.isnan(values).all() for values in found.values())


def test_a_calendar_reads_nothing_later_than_its_origins(panel: Panel) -> None:
    told = (*CONCERTS, Event("Market", 95 * 24 + 9, 95 * 24 + 12, 94 * 24, 95 * 24))
    columns = (Events("calendar", told, np.zeros(panel.steps, dtype=np.bool_)),)
    assert leaks_in(replace(panel, columns=columns), 85 * 24, 24) == []


def test_cutting_leaves_what_was_known(panel: Panel) -> None:
    told = (*CONCERTS, Event("Surprise", 99 * 24, 99 * 24 + 2, 98 * 24))
    column = Events("calendar", told, np.zeros(panel.steps, dtype=np.bool_))
    whole = replace(panel, columns=(column,))
    part = whole.cut(24, 97 * 24)
    at, ahead = np.array([97 * 24 - 1 + 66]), np.array([66])
    other = Features(part).rows(at - 24, ahead)
    assert not (other.features[:, other.names.index("calendar:running")] > 0.0).any()
    assert len(part.columns[0].cut(0, part.steps).events) == 3  # type: ignore[attr-defined] # Events


def test_the_spread_of_what_events_do_begins_with_what_is_usual_and_follows_them(
    panel: Panel,
) -> None:
    ratio = Features(panel).tables.ratio
    missing = np.zeros(panel.steps, dtype=np.bool_)
    assert Events("calendar", (), missing).spread(panel, ratio, panel.steps) == pytest.approx(0.6)
    many = tuple(
        Event(f"Talk {chr(65 + day)}", day * 24 + 12, day * 24 + 14, 0) for day in range(60, 85)
    )
    small = Events("calendar", many, missing).spread(panel, ratio, panel.steps)
    assert 0.2 < small < 0.5


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Concert 2025", "concert"),
        ("CONCERT, 2026", "concert"),
        ("3e Kerstmarkt 2024 (dag 2)", "e kerstmarkt dag"),
        ("", ""),
    ],
)
def test_a_title_is_the_same_in_each_year(title: str, key: str) -> None:
    assert title_key(title) == key


def test_each_feature_is_what_counting_one_by_one_says(panel: Panel) -> None:
    rng = np.random.default_rng(11)
    begins = np.sort(rng.integers(50 * 24, 99 * 24, 40))
    events = tuple(
        Event(
            f"Kind {chr(65 + int(rng.integers(0, 6)))}",
            int(begin),
            int(begin + rng.integers(1, 9)),
            int(begin - rng.integers(0, 200)),
            int(begin - rng.integers(0, 40)) if rng.random() < 0.2 else NEVER,
        )
        for begin in begins
    )
    column = Events("calendar", events, np.zeros(panel.steps, dtype=np.bool_))
    features = Features(replace(panel, columns=(column,)))
    targets = rng.integers(60 * 24, 99 * 24, 300)
    horizons = rng.integers(1, 169, 300)
    found = features.rows(targets, horizons)
    table = {
        name.removeprefix("calendar:"): found.features[:, index].reshape(300, -1)
        for index, name in enumerate(found.names)
    }
    for row, (target, horizon) in enumerate(zip(targets, horizons, strict=True)):
        expected = counted(events, int(target), int(target - horizon), features.tables.ratio)
        for name, values in expected.items():
            assert table[name][row] == pytest.approx(values, abs=1e-4), (name, target, horizon)


def counted(
    events: tuple[Event, ...], target: int, origin: int, ratio: np.ndarray
) -> dict[str, object]:
    """Count what an origin knows of a target, event by event."""
    known = [one for one in events if one.known <= origin < one.gone]
    near = [one for one in known if one.begin - 3 <= target < one.end + 3]
    effect, new = np.zeros(ratio.shape[1]), 0
    for one in near:
        before = [
            np.nanmean(ratio[each.begin : each.end], axis=0)
            for each in events
            if each.title == one.title
            and each.gone > each.end
            and max(each.end - 1, each.known) <= origin
        ]
        effect += np.mean(before, axis=0) if before else 0.0
        new += not before
    return {
        "running": sum(one.begin <= target < one.end for one in known),
        "of_day": sum(one.begin // 24 <= target // 24 <= (one.end - 1) // 24 for one in known),
        "until": min([24, *(one.begin - target for one in known if one.begin > target)]),
        "since": min([24, *(target - one.end + 1 for one in known if one.end <= target)]),
        "effect": effect,
        "new": new,
    }
