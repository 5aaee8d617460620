# SPDX-License-Identifier: Apache-2.0
"""A recorded day against the store that it was recorded in: a real one, copied as operators do."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.errors import StoreError
from fusion_service.exercise.runner import run_exercise
from fusion_service.exercise.scenario import Scenario
from fusion_service.exercise_service import exercise
from fusion_service.ledger.status import LedgerState
from fusion_service.store.rows import WindowRow
from fusion_service.store.sqlite.reader import Reader
from tests.fusion_service.exercise.drawn_site import (
    RECORDED,
    START_S,
    WEEK_S,
    estimates,
    read,
    recording,
)
from wire_contract.quality import Validity

Again = Callable[..., Scenario]
HALF = 'at = "12:30"\ndevices = ["box-1"]\n'


@pytest.fixture(scope="module", name="copy")
def _copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording(tmp_path_factory.mktemp("recorded"))


def again(copy: Path, *injects: str, text: str = RECORDED) -> Scenario:
    scenario = read(text + "".join(f"\n[[injects]]\n{inject}" for inject in injects))
    assert scenario.recorded is not None
    return replace(scenario, recorded=replace(scenario.recorded, file=copy))


def windows(path: Path, device: str) -> list[WindowRow]:
    reader = Reader(path)
    row = reader.device_id("pier", device)
    assert row is not None
    return reader.device_windows(row, before=(2**40, 0), limit=500)[::-1]


def said(window: WindowRow) -> tuple[object, ...]:
    """Return what a box said of a window but for when it was."""
    return window.length_s, window.rule, window.image_quality, window.lines, window.zones


def test_what_is_estimated_of_a_recorded_day_is_what_was_estimated_on_it(
    copy: Path, tmp_path: Path
) -> None:
    store = tmp_path / "again.sqlite"
    exercise(again(copy), store)
    for zone in ("deck", "head"):
        first, second = estimates(copy, zone), estimates(store, zone)
        assert len(first) > 55
        assert [at_s + WEEK_S for at_s, *_ in first] == [at_s for at_s, *_ in second]
        for (_, *numbers), (_, *same) in zip(first, second, strict=True):
            assert same == pytest.approx(numbers, abs=0.5)


def test_counts_intervals_codes_and_lengths_stay_and_times_are_moved(
    copy: Path, tmp_path: Path
) -> None:
    store = tmp_path / "again.sqlite"
    ran = run_exercise(again(copy), store)
    assert ran.minutes == 60
    for device in ("box-1", "box-2"):
        first, second = windows(copy, device), windows(store, device)
        assert len(first) == 60
        assert [said(one) for one in second] == [said(one) for one in first]
        moved = [(one.start_s + WEEK_S, one.received_ms + WEEK_S * 1000) for one in first]
        assert [(one.start_s, one.received_ms) for one in second] == moved
        assert {one.boot for one in second}.isdisjoint(one.boot for one in first)
    ledgers = [row.ledger for row in Reader(store).devices(after=("", ""), limit=10)]
    assert [one.state for one in ledgers if one] == [LedgerState.COMPLETE] * 2
    assert Reader(store).exercise() == "again"


def test_the_copy_is_only_read(copy: Path, tmp_path: Path) -> None:
    before = {one.name: one.read_bytes() for one in copy.parent.iterdir()}
    run_exercise(again(copy), tmp_path / "again.sqlite")
    after = {one.name: one.read_bytes() for one in copy.parent.iterdir()}
    assert list(before) == list(after)
    assert hashlib.sha256(after[copy.name]).digest() == hashlib.sha256(before[copy.name]).digest()
    assert before == after


def test_a_part_of_a_day_is_played(copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "again.sqlite"
    text = RECORDED.replace('"12:00"', '"12:20"').replace('"13:00"', '"12:50"')
    run_exercise(again(copy, text=text), store)
    starts = [one.start_s for one in windows(store, "box-1")]
    assert starts == list(range(START_S + WEEK_S + 1200, START_S + WEEK_S + 3000, 60))


def test_a_box_that_fails_says_nothing_of_its_recording(copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "again.sqlite"
    run_exercise(again(copy, f'kind = "boxes_fail"\n{HALF}until = "12:45"\n'), store)
    starts = [(one.start_s - START_S - WEEK_S) // 60 for one in windows(store, "box-1")]
    assert starts == [*range(30), *range(45, 60)]
    assert len(windows(store, "box-2")) == 60


def test_a_counter_that_lies_multiplies_what_was_counted(copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "again.sqlite"
    run_exercise(again(copy, f'kind = "counter_lies"\nfactor = 3.0\n{HALF}'), store)
    first, second = windows(copy, "box-1"), windows(store, "box-1")
    assert [one.zones for one in first[:30]] == [one.zones for one in second[:30]]
    for before, after in zip(first[30:], second[30:], strict=True):
        assert after.zones[0].mean == 3 * (before.zones[0].mean or 0)
        assert after.zones[0].mean_low == 3 * (before.zones[0].mean_low or 0)
        assert after.lines[0].in_count == 3 * (before.lines[0].in_count or 0)


def test_a_stuck_counter_repeats_the_window_in_which_it_began(copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "again.sqlite"
    run_exercise(again(copy, f'kind = "counter_stuck"\n{HALF}'), store)
    first, second = windows(copy, "box-1"), windows(store, "box-1")
    assert {one.lines for one in second[30:]} == {first[30].lines}
    assert {one.zones for one in second[30:]} == {first[30].zones}


def test_what_could_not_be_sent_comes_late_and_whole(copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "again.sqlite"
    run_exercise(again(copy, f'kind = "uplink_fails"\n{HALF}until = "12:45"\n'), store)
    rows = windows(store, "box-1")
    assert [said(one) for one in rows] == [said(one) for one in windows(copy, "box-1")]
    back_ms = (START_S + WEEK_S + 45 * 60) * 1000
    assert all(one.received_ms > back_ms for one in rows[30:45])


def test_a_dark_camera_gives_lower_bounds(copy: Path, tmp_path: Path) -> None:
    store = tmp_path / "again.sqlite"
    run_exercise(again(copy, f'kind = "camera_dark"\n{HALF}'), store)
    rows = windows(store, "box-1")
    assert {one.validity for one in rows[:30]} == {Validity.COUNTED}
    assert {one.validity for one in rows[30:]} == {Validity.AT_LEAST}


WRONG = [
    # What is changed of the scenario; what the message must say.
    (("copy.sqlite", "copy.sqlite"), "no such file; name in `recorded` what fusion-service store"),
    (("day = 2026-07-19", "day = 2025-07-19"), "nothing that boxes of site pier counted in that"),
]


@pytest.mark.parametrize(("change", "told"), WRONG, ids=["no file", "another year"])
def test_a_recording_of_no_use_is_told_and_nothing_is_made(
    copy: Path, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    file = copy if change[0] != change[1] else tmp_path / "nowhere.sqlite"
    with pytest.raises(StoreError, match=told):
        run_exercise(again(file, text=RECORDED.replace(*change)), tmp_path / "again.sqlite")
    assert list(tmp_path.iterdir()) == []
