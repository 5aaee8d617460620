# SPDX-License-Identifier: Apache-2.0
"""What the gate released, the centre committed and a series adds up is the same.

A live box is stopped and started meanwhile.

Three hands count: the box's ledger file, the centre's tables by SQL written here, and the API. The
box is a whole one on a long film, in real time, so these are campaigns of minutes.
"""

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import pytest

from development.testbed.times import unix_s
from edge_agent.store.layout import LEDGER_FILE
from tests.end_to_end.conftest import CLIP
from tests.end_to_end.old_code import Program
from tests.end_to_end.whole import Whole
from tests.fusion_service.centre import until

FPS, LONGEST_S = 5.0, 1200.0
SPARE_S = 8.0
"""Of a window after the last stop in it: enough for the box to be up before the next begins, most
times."""
Sums = dict[str, tuple[int, int, int]]
"""Name of a line to windows, in, out."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street, small, over and over."""
    path = tmp_path_factory.mktemp("film") / "film.avi"
    source, frames = cv2.VideoCapture(str(CLIP)), []
    while (read := source.read())[0]:
        frames.append(cv2.resize(read[1], (384, 288)))
    target = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (384, 288))
    for number in range(int(FPS * LONGEST_S)):
        target.write(frames[number % len(frames)])
    target.release()
    return path


@pytest.fixture
def live(whole: Whole, film: Path) -> Iterator[Whole]:
    whole.street = film
    yield whole
    whole.end()


def start(one: Whole, length_s: int) -> None:
    one.start(window__length_s=str(length_s), camera__fps=str(FPS))


def stop(one: Whole) -> None:
    one.box.send_signal(signal.SIGTERM)
    # By the signal itself where it comes before the program has begun.
    assert one.box.wait(90) in {0, -signal.SIGTERM}


def wait_for_slots(one: Whole, length_s: int, count: int) -> None:
    """Wait until the centre has so many whole windows more than now."""
    begun, deadline_s = len(one.windows()), time.monotonic() + (count + 1) * length_s + 60
    while len(one.windows()) < begun + count:
        assert time.monotonic() < deadline_s, one.log.read_text()[-2000:]
        time.sleep(0.2)


def released(one: Whole) -> list[dict[str, Any]]:
    """Return the payloads of every report in the box's ledger."""
    with closing(sqlite3.connect(one.folder / "box" / LEDGER_FILE)) as file:
        rows = file.execute(
            "SELECT envelope FROM entry WHERE channel = 'report' ORDER BY sequence"
        ).fetchall()
    return [json.loads(row[0].rpartition(b"\n")[0]) for row in rows]


def sums_of(payloads: list[dict[str, Any]]) -> Sums:
    lines = [line for payload in payloads for line in payload["lines"]]
    return {
        name: (len(mine), sum(line["in"] for line in mine), sum(line["out"] for line in mine))
        for name in ("near", "lamp")
        if (mine := [line for line in lines if line["id"] == name])
    }


def committed(one: Whole) -> Sums:
    query = "SELECT line, count(*), sum(in_count), sum(out_count) FROM line_count GROUP BY line"
    with closing(sqlite3.connect(one.centre.store)) as file:
        return {row[0]: (row[1], row[2], row[3]) for row in file.execute(query)}


def series(one: Whole, length_s: int, line: str) -> list[dict[str, Any]]:
    windows = one.windows()
    first, last = (
        min(unix_s(one["start"]) for one in windows),
        max(unix_s(one["start"]) for one in windows),
    )
    query = f"site=demo&device=vtest&line={line}&from={first}&to={last + length_s}&step={length_s}"
    return one.centre.get(f"/v1/series/lines?{query}")["steps"]


def added_up(one: Whole, length_s: int) -> Sums:
    found = {line: series(one, length_s, line) for line in ("near", "lamp")}
    return {
        line: tuple(
            sum(step[key] or 0 for step in steps) for key in ("in_windows", "in_sum", "out_sum")
        )
        for line, steps in found.items()
    }


def everything_is_in(one: Whole, length_s: int) -> None:
    until(lambda: len(one.windows()) >= len(released(one)), "every released window")
    gate, store, api = sums_of(released(one)), committed(one), added_up(one, length_s)
    assert gate == store == api
    assert sum(came for _, came, _ in gate.values()) > 0


@pytest.mark.campaign
@pytest.mark.parametrize("stops", [1, 3, 10])
@pytest.mark.parametrize("length_s", [60, 120])
def test_a_box_that_is_stopped_and_started_within_a_window_leaves_no_count_out(
    live: Whole, length_s: int, stops: int
) -> None:
    start(live, length_s)
    wait_for_slots(live, length_s, 1)
    began_s = time.time() // length_s * length_s + length_s
    time.sleep(began_s + SPARE_S - time.time())
    for number in range(1, stops + 1):
        stop(live)
        start(live, length_s)
        time.sleep(
            max(0.0, began_s + SPARE_S + (length_s - 2 * SPARE_S) * number / stops - time.time())
        )
    wait_for_slots(live, length_s, 1)
    stop(live)
    everything_is_in(live, length_s)
    of_it = [payload for payload in released(live) if payload["start"] == began_s]
    assert [payload["length"] < length_s for payload in of_it] == [True]
    step = next(step for step in series(live, length_s, "near") if unix_s(step["start"]) == began_s)
    assert step["coverage"]["covered_s"] == of_it[0]["length"] < length_s


@pytest.mark.campaign
@pytest.mark.parametrize("stops", [1, 3])
def test_nor_does_a_box_of_version_1_which_released_one_start_twice(
    live: Whole, old: dict[str, Program], stops: int
) -> None:
    length_s, live.program = 60, old["edge-agent"]
    start(live, length_s)
    wait_for_slots(live, length_s, 1)
    began_s = time.time() // length_s * length_s + length_s
    time.sleep(began_s + SPARE_S - time.time())
    for number in range(1, stops + 1):
        stop(live)
        start(live, length_s)
        time.sleep(
            max(0.0, began_s + SPARE_S + (length_s - 2 * SPARE_S) * number / stops - time.time())
        )
    wait_for_slots(live, length_s, 1)
    stop(live)
    everything_is_in(live, length_s)
    assert len([payload for payload in released(live) if payload["start"] == began_s]) >= 1
