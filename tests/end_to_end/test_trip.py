# SPDX-License-Identifier: Apache-2.0
"""From a real video to committed counts, through every process there is."""

import math
import os
import signal
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from development.testbed.times import unix_ms, unix_s
from edge_agent.signing.open_slots import GRACE_S
from tests.broker import Broker
from tests.end_to_end.conftest import whole_at, whole_in
from tests.end_to_end.whole import SMALL, WINDOW_S, Whole
from tests.fusion_service.centre import Centre, until
from tests.patience import patient
from wire_contract.quality import QualityCode

EPOCH_S = 946_684_800
Exact = list[dict[str, Any]]
"""What the replay tool counts."""
Running = tuple[Broker, Centre]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A broker and a centre for the boxes of all tests here, each at a site of its own."""
    folder = tmp_path_factory.mktemp("running")
    with Broker(folder / "broker") as broker, Centre(folder / "centre", broker.port) as centre:
        yield broker, centre


@pytest.fixture(name="whole")
def _whole(
    request: pytest.FixtureRequest, tmp_path: Path, running: Running, street: Path
) -> Iterator[Whole]:
    broker, centre = running
    name = f"s{zlib.crc32(request.node.name.encode()):08x}/vtest"
    with whole_at(centre, broker, tmp_path, street, name) as one:
        yield one


@pytest.fixture(name="alone")
def _alone(tmp_path: Path, broker: Broker, street: Path) -> Iterator[Whole]:
    """A whole whose broker is the test's to stop."""
    with whole_in(tmp_path, broker, street) as one:
        yield one


def test_what_the_replay_tool_counts_is_what_the_centre_has(whole: Whole, exact: Exact) -> None:
    assert whole.run(window__clock="replay") == 0
    committed = whole.windows()
    assert [unix_s(window["start"]) - EPOCH_S for window in committed] == [
        window["start_s"] for window in exact
    ]
    for said, counted in zip(committed, exact, strict=True):
        assert {line["line"]: (line["in_count"], line["out_count"]) for line in said["lines"]} == {
            name: (line["in"], line["out"]) for name, line in counted["lines"].items()
        }
        [zone] = said["zones"]
        assert zone["mean"] == math.floor(counted["zones"]["street"]["mean"] + 0.5)
        assert zone["peak"] == counted["zones"]["street"]["max"]
    assert sum(counted["zones"]["street"]["max"] for counted in exact) > 0


@pytest.mark.campaign
def test_a_box_that_may_say_too_little_warns_of_it_and_its_windows_are_lower_bounds(
    whole: Whole,
) -> None:
    zone = "[[330, 0], [768, 0], [768, 576], [0, 576], [0, 150], [330, 150]]"
    ground = (
        "{pixels = [[0, 0], [768, 0], [768, 576], [0, 576]], metres = [[0, 0], [30, 0], [30, 30], "
        "[0, 30]]}"
    )
    assert (
        whole.run(
            window__clock="replay",
            zones=f'[{{id = "street", polygon = {zone}, count_max = 1}}]',
            ground_plane=ground,
        )
        == 0
    )
    assert "WARNING zones.street.count_max: got 1, but" in whole.log.read_text()
    full = [window for window in whole.windows() if window["zones"][0]["peak"] >= 1]
    assert full
    assert {
        (window["validity"], window["zones"][0]["peak"], window["zones"][0]["peak_high"])
        for window in full
    } == {("at least", 1, None)}
    # The lines have no cap of their own: theirs follows from their metres.
    known = whole.centre.get(f"/v1/devices/{whole.name}")["meta"]
    assert min(line["count_max"] for line in known["lines"]) > 10
    assert [zone["count_max"] for zone in known["zones"]] == [1]


def test_under_the_default_rule_the_centre_sees_noise_and_nothing_exact(
    whole: Whole, exact: Exact
) -> None:
    assert whole.run(window__clock="replay", disclosure__rule="discrete_laplace") == 0
    # Some forty numbers: a few may well have drawn no noise, all of them hardly ever.
    released = [
        ({line["line"]: (line["in_count"], line["out_count"]) for line in window["lines"]}, zone)
        for window in whole.windows()
        for zone in [window["zones"][0]["peak"]]
    ]
    counted = [
        (
            {name: (line["in"], line["out"]) for name, line in window["lines"].items()},
            window["zones"]["street"]["max"],
        )
        for window in exact
    ]
    assert [set(lines) for lines, _ in released] == [set(lines) for lines, _ in counted]
    assert released != counted
    assert {window["rule"] for window in whole.windows()} == {"discrete_laplace"}


def test_live_windows_are_committed_once_each_and_within_a_second_of_release(whole: Whole) -> None:
    assert whole.run(**SMALL) == 0
    windows = whole.windows()
    starts = [unix_s(window["start"]) for window in windows]
    # Twelve seconds of film; the window in which the box starts is passed over, and so is the last
    # one in its first second.
    assert len(starts) == len(set(starts)) >= 5
    assert all(start % WINDOW_S == 0 for start in starts)
    assert sorted(window["sequence"] for window in windows) == list(range(2, len(windows) + 2))
    # The last is released when the film ends, without waiting for more.
    whole_ones = [window for window in windows[:-1] if window["image_quality"]["observed"] == 3]
    delays_s = [
        unix_ms(window["committed_at"]) / 1000 - unix_s(window["start"]) - WINDOW_S
        for window in whole_ones
    ]
    assert 0.5 <= min(delays_s) <= max(delays_s) < patient(1.5)


@dataclass(frozen=True, slots=True)
class Killed:
    """A box of which one process was killed while it ran, and what its centre had at the end."""

    name: str
    begun_s: float
    killed_s: float
    code: int
    windows: list[dict[str, Any]]


@pytest.fixture(scope="module", params=["sensor", "gate", "uplink"])
def killed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    running: Running,
    street: Path,
) -> Killed:
    """Run a box from nothing to the end of its film, and kill this process of it in between."""
    folder = tmp_path_factory.mktemp("killed")
    broker, centre = running
    with whole_at(centre, broker, folder, street, f"killed/{request.param}") as whole:
        begun_s = time.time()
        # How soon a sensor is back depends on its model; that of the others does not.
        whole.start(**({} if request.param == "sensor" else SMALL))
        whole.wait_for_windows(2)
        killed_s = time.time()
        os.kill(whole.children()[request.param], signal.SIGKILL)
        code = whole.box.wait(120)
        return Killed(request.param, begun_s, killed_s, code, whole.windows())


def test_a_killed_process_is_started_again_and_no_window_comes_twice(killed: Killed) -> None:
    assert killed.code == 0
    windows = killed.windows
    starts = [unix_s(window["start"]) for window in windows]
    assert len(starts) == len(set(starts)) >= 4
    assert windows[-2]["image_quality"]["code"] == 0
    assert sorted(window["sequence"] for window in windows) == sorted(
        {window["sequence"] for window in windows}
    )


def test_from_nothing_a_box_speaks_within_thirty_seconds_and_after_a_kill_within_five(
    killed: Killed,
) -> None:
    assert killed.code == 0
    assert unix_ms(killed.windows[0]["committed_at"]) / 1000 - killed.begun_s < 30 + WINDOW_S
    # A window that began after the death, was seen, and is at the centre; it takes its own length
    # and the gate's grace besides.
    after = [
        one
        for one in killed.windows
        if unix_s(one["start"]) >= killed.killed_s and one["image_quality"]["code"] == 0
    ]
    back_s = min(unix_ms(one["committed_at"]) for one in after) / 1000
    back_s -= killed.killed_s + WINDOW_S + GRACE_S
    sys.stdout.write(f"{killed.name} killed: published again after {back_s:.1f} s\n")
    # The bar is for an idle machine: beside other work a start takes as much longer as there are
    # more programs than processors.
    assert back_s < patient(5.0)


def test_a_broker_that_is_away_costs_time_and_no_count(alone: Whole) -> None:
    alone.broker.stop()
    alone.start(**SMALL)
    time.sleep(3 * WINDOW_S)
    alone.broker.start()
    assert alone.box.wait(120) == 0
    alone.wait_for_windows(5)
    starts = [unix_s(window["start"]) for window in alone.windows()]
    assert starts == list(range(starts[0], starts[0] + WINDOW_S * len(starts), WINDOW_S))


def test_what_a_box_could_not_send_the_next_run_sends(alone: Whole, exact: Exact) -> None:
    alone.broker.stop()
    assert alone.run(window__clock="replay", **SMALL) == 0
    assert "the next run sends them" in alone.log.read_text()
    alone.broker.start()
    first = len(exact)  # As many, whatever is seen in them.
    assert alone.run(window__clock="replay", **SMALL) == 0
    alone.wait_for_windows(2 * first)
    assert sorted(window["sequence"] for window in alone.windows()) == [
        *range(2, first + 2),
        *range(first + 3, 2 * first + 3),
    ]


def test_told_to_end_a_box_sends_what_it_has_counted_of_the_running_window_with_its_true_length(
    whole: Whole,
) -> None:
    length_s = 4
    # At this rate the file lasts 24 s, so that it does not end before the box is told to.
    whole.start(window__length_s=str(length_s), camera__fps="3.5", **SMALL)
    whole.wait_for_windows(1)
    begun_s = time.time() // length_s * length_s + length_s
    time.sleep(begun_s + length_s / 2 - time.time())
    whole.box.send_signal(signal.SIGTERM)
    stopped_s = time.time()
    assert whole.box.wait(60) == 0
    ended_s = time.time()
    last = whole.windows()[-1]
    assert (unix_s(last["start"]), last["image_quality"]["code"]) == (begun_s, 0)
    assert int(stopped_s - begun_s) <= last["length_s"] <= min(length_s, ended_s - begun_s)


def test_a_truncated_video_is_counted_as_far_as_it_goes(whole: Whole) -> None:
    cut = whole.folder / "cut.avi"
    cut.write_bytes(whole.street.read_bytes()[: whole.street.stat().st_size // 2])
    # What is there is counted and sent; that it breaks off is said, and no success.
    assert whole.run(window__clock="replay", camera__path=str(cut), **SMALL) == 1
    assert "cut.avi" in whole.log.read_text()
    assert 2 <= len(whole.windows()) <= 5


def test_a_file_that_is_no_video_ends_the_box_with_a_clear_error(whole: Whole) -> None:
    noise = whole.folder / "noise.avi"
    noise.write_bytes(os.urandom(100_000))
    assert whole.run(window__clock="replay", camera__path=str(noise)) == 1
    assert "noise.avi" in whole.log.read_text()


def test_a_box_whose_key_the_centre_does_not_know_is_not_acknowledged_and_keeps_its_reports(
    whole: Whole,
) -> None:
    assert whole.run(window__clock="replay", device="stranger", **SMALL) == 0
    outcomes = {row["outcome"] for row in whole.centre.get("/v1/outcomes")["outcomes"]}
    assert "unknown-device" in outcomes
    assert "the next run sends them" in whole.log.read_text()


def test_behind_a_mask_nobody_is_counted(whole: Whole) -> None:
    # All but a strip at the lower edge, in which nobody stands: a mask that leaves nothing is
    # refused.
    nearly_everything = "[{polygon = [[0, 0], [768, 0], [768, 556], [0, 556]]}]"
    assert whole.run(window__clock="replay", masks=nearly_everything, **SMALL) == 0
    windows = whole.windows()
    assert len(windows) >= 6
    # A camera of which everything is masked sees nothing and says so; a window that is not counted
    # is not zero either.
    assert {zone["peak"] for window in windows for zone in window["zones"]} <= {0}
    assert all(window["zones"] or window["validity"] != "counted" for window in windows)


def test_an_uplink_that_is_ready_when_all_is_counted_still_sends_it(whole: Whole) -> None:
    whole.start(window__clock="replay", **SMALL)
    uplink = whole.child_of_module("processes.uplink")
    os.kill(uplink, signal.SIGSTOP)
    until(lambda: "gate" in whole.children(), "the gate to lock itself")
    until(lambda: not {"sensor", "gate"} & whole.children().keys(), "sensor and gate to end")
    assert "uplink: confinement level" not in whole.log.read_text()
    os.kill(uplink, signal.SIGCONT)
    assert whole.box.wait(60) == 0
    assert len(whole.windows()) >= 6


def test_outside_its_hours_the_camera_stays_shut(whole: Whole) -> None:
    later = [datetime.now().astimezone() + timedelta(hours=hours) for hours in (2, 3)]
    purpose = (
        'purpose = {controller = "the city", purpose = "crowd safety", legal_basis = "public '
        'task", dpia_reference = "DPIA-1",'
        f' contact = "privacy desk", active_hours = "{later[0]:%H:%M}-{later[1]:%H:%M}", '
        "end_date = 2099-01-01}"
    )
    whole.start(purpose=purpose.removeprefix("purpose = "))
    until(lambda: "not to be open now" in whole.log.read_text(), "the box to mind its hours")
    time.sleep(2 * WINDOW_S)
    assert "sensor" not in whole.children()
    whole.box.send_signal(signal.SIGTERM)
    assert whole.box.wait(60) == 0
    # It speaks, and says that nobody looked: a window without numbers is not one with nobody in it.
    assert {window["image_quality"]["code"] for window in whole.windows()} <= {QualityCode.SILENT}
    assert not any(window["lines"] or window["zones"] for window in whole.windows())
