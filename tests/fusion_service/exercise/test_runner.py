# SPDX-License-Identifier: Apache-2.0
import hashlib
import threading
from pathlib import Path

import pytest

from fusion_service.errors import StoreError
from fusion_service.exercise.runner import run_exercise
from fusion_service.exercise.scenario import Inject, InjectKind
from fusion_service.ledger.status import LedgerState
from fusion_service.store.sqlite.exercise import exercise_of, mark_exercise
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box
from tests.fusion_service.exercise.small_site import START_S, scenario
from tests.fusion_service.keeping import keep
from wire_contract.quality import Validity


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exercise.sqlite"


def hashes(folder: Path) -> dict[str, str]:
    return {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(folder.iterdir())
    }


def windows_of(path: Path, device: str) -> list[tuple[int, int, int]]:
    """Return of each window of a device its start, its first line's in and when it came."""
    reader = Reader(path)
    row = reader.device_id("beach", device)
    assert row is not None
    rows = reader.device_windows(row, before=(2**40, 0), limit=500)
    return [
        (one.start_s, (one.lines[0].in_count or 0) if one.lines else 0, one.received_ms)
        for one in reversed(rows)
    ]


def test_every_report_goes_the_real_way_and_is_committed(path: Path) -> None:
    ran = run_exercise(scenario(minutes=60), path)
    outcomes = {(row.channel, row.outcome): row.total for row in Reader(path).outcomes()}
    assert outcomes == {
        ("report", "accepted"): 4 * 60,
        ("meta", "accepted"): 4,
        ("checkpoint", "accepted"): 4 * 4,
    }
    assert (ran.minutes, ran.messages) == (60, 4 * (60 + 1 + 4))


def test_the_ledgers_of_an_exercise_hold(path: Path) -> None:
    run_exercise(scenario(minutes=31), path)
    rows = Reader(path).devices(after=("", ""), limit=10)
    assert [row.ledger.state for row in rows if row.ledger is not None] == [
        LedgerState.COMPLETE
    ] * 4


def test_the_store_says_that_it_is_an_exercise(path: Path) -> None:
    run_exercise(scenario(minutes=1, name="hot-sunday"), path)
    assert Reader(path).exercise() == "hot-sunday"
    assert exercise_of(path) == "hot-sunday"


def test_a_store_of_what_was_counted_is_no_exercise_and_becomes_none(path: Path) -> None:
    box = Box()
    assert exercise_of(path) is None
    with Writer(path, size_mib_max=64, dead_letters_max=10) as writer:
        writer.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=1)
    assert Reader(path).exercise() is None
    with pytest.raises(StoreError, match="holds devices already, wanted an empty store"):
        mark_exercise(path, "drill", 0)
    assert exercise_of(path) is None


def test_a_live_store_is_refused_and_stays_as_it_is_to_the_byte(tmp_path: Path) -> None:
    live, own = tmp_path / "live", tmp_path / "own"
    live.mkdir()
    own.mkdir()
    box = Box()
    with Writer(live / "fusion.sqlite", size_mib_max=64, dead_letters_max=10) as writer:
        writer.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=1)
        device = Reader(live / "fusion.sqlite").device_id(box.site, box.device)
        assert device is not None
        keep(writer, device, *(box.report(number) for number in range(1, 50)))
        before = hashes(live)
        with pytest.raises(StoreError, match="is there already, wanted a file that is not"):
            run_exercise(scenario(minutes=5), live / "fusion.sqlite")
        (own / "named").symlink_to(live / "fusion.sqlite")
        with pytest.raises(StoreError, match="is there already"):
            run_exercise(scenario(minutes=5), own / "named")
        run_exercise(scenario(minutes=5), own / "exercise.sqlite")
        assert hashes(live) == before


def test_time_is_told_after_each_minute_is_committed(path: Path) -> None:
    told: list[int] = []
    seen: list[int] = []

    def on_time(at_s: int) -> None:
        told.append(at_s)
        seen.append(len(Reader(path).latest_windows(before_id=2**53, limit=500)))

    run_exercise(scenario(minutes=5), path, on_time)
    assert told == [START_S + 60 * number + 20 for number in range(1, 6)]
    assert seen == [4, 8, 12, 16, 20]


def test_the_same_seed_draws_the_same_day(tmp_path: Path) -> None:
    days: list[list[object]] = []
    for number, seed in enumerate((1, 1, 2)):
        days.append([])
        run_exercise(
            scenario(minutes=20, seed=seed), tmp_path / str(number), on_minute=days[-1].append
        )
    assert days[0] == days[1]
    assert days[0] != days[2]
    first, second = (windows_of(tmp_path / name, "box-1") for name in "01")
    assert first == second


def test_a_box_that_fails_says_nothing_and_comes_back(path: Path) -> None:
    failing = Inject(InjectKind.BOXES_FAIL, START_S + 600, START_S + 1200, devices=("box-2",))
    run_exercise(scenario(failing, minutes=30), path)
    starts = [start_s for start_s, _, _ in windows_of(path, "box-2")]
    assert starts == [
        *range(START_S, START_S + 600, 60),
        *range(START_S + 1200, START_S + 1800, 60),
    ]
    assert len(windows_of(path, "box-1")) == 30


def test_what_a_box_could_not_send_comes_late_and_whole(path: Path) -> None:
    cut = Inject(InjectKind.UPLINK_FAILS, START_S + 600, START_S + 1200, devices=("box-2",))
    run_exercise(scenario(cut, minutes=30), path)
    windows = windows_of(path, "box-2")
    assert [start_s for start_s, _, _ in windows] == list(range(START_S, START_S + 1800, 60))
    kept = [at_ms for start_s, _, at_ms in windows if 600 <= start_s - START_S < 1200]
    assert set(kept) == {kept[0]}
    assert kept[0] > (START_S + 1200) * 1000


def test_a_counter_that_lies_counts_a_share_of_what_is_there(tmp_path: Path) -> None:
    sums = []
    for name, injects in (
        ("fine", ()),
        (
            "lying",
            (Inject(InjectKind.COUNTER_LIES, START_S, 2**40, devices=("box-1",), factor=0.35),),
        ),
    ):
        run_exercise(scenario(*injects, minutes=60), tmp_path / name)
        sums.append(sum(count for _, count, _ in windows_of(tmp_path / name, "box-1")))
    assert 0.25 < sums[1] / sums[0] < 0.45


def test_a_stuck_counter_repeats_itself_but_for_the_noise(path: Path) -> None:
    stuck = Inject(InjectKind.COUNTER_STUCK, START_S + 1200, 2**40, devices=("box-1",))
    run_exercise(scenario(stuck, minutes=60), path)
    counts = [count for _, count, _ in windows_of(path, "box-1")]
    moving, still = counts[:20], counts[20:]
    assert max(still) - min(still) <= 16
    assert len(set(moving)) > 3


def test_what_a_dark_camera_counts_is_a_lower_bound(path: Path) -> None:
    dark = Inject(InjectKind.CAMERA_DARK, START_S + 300, 2**40, devices=("box-3",))
    run_exercise(scenario(dark, minutes=10), path)
    row = Reader(path).device_id("beach", "box-3")
    assert row is not None
    rows = Reader(path).device_windows(row, before=(2**40, 0), limit=20)
    assert [one.validity for one in reversed(rows)] == [Validity.COUNTED] * 5 + [
        Validity.AT_LEAST
    ] * 5
    assert {one.zones[0].mean_high for one in rows[:5]} == {None}


def test_an_exercise_ends_when_it_is_told_to(path: Path) -> None:
    stop, told = threading.Event(), [0]

    def on_time(_at_s: int) -> None:
        told[0] += 1
        if told[0] == 3:
            stop.set()

    assert run_exercise(scenario(minutes=60), path, on_time, stop=stop).minutes == 3


def test_a_failing_store_is_told_and_ends_the_exercise(path: Path) -> None:
    with pytest.raises(StoreError, match="no folder"):
        run_exercise(scenario(minutes=1), path / "nowhere" / "exercise.sqlite")
