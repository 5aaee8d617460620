# SPDX-License-Identifier: Apache-2.0
"""The sensor process as it runs.

Locked before its libraries, warm before its lock, and silent after it.
"""

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.channel import Kind, Schema, unpack
from edge_agent.clock import SystemClock
from edge_agent.confinement.enter import Plan
from edge_agent.confinement.probe import Expected
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.visible_files import sensor_view
from edge_agent.counting.detection import Detections, no_detections
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.tracker import CAPACITY, TrackerSettings
from edge_agent.counting.window import LineSum, WindowSums
from edge_agent.errors import CameraError, CameraFault
from edge_agent.process_settings import (
    CameraSettings,
    DetectorSettings,
    LineSettings,
    SensorSettings,
    SlotSettings,
    Source,
    ViewSettings,
    ZoneSettings,
)
from edge_agent.processes.counted_window import CountedWindow, draw_evenly
from edge_agent.processes.launch import Place
from edge_agent.processes.sensor import Sensor, Speaker, open_scene
from edge_agent.processes.supervision.child import Child
from edge_agent.vision.capture.recording.shortfall import Shortfall
from edge_agent.vision.pipeline import FrameDetections
from edge_agent.vision.quality.monitor import ImageQuality, WindowQuality
from tests.edge_agent.counting.scenes import detections
from wire_contract.quality import QualityCode

CLONE = Path(__file__).parents[3]
PSS_MAX_MB = 140.0
MODELS, WEIGHTS = CLONE / "models", CLONE / "var" / "models"


@pytest.fixture
def broken_clip(tmp_path: Path) -> Path:
    """A video that opens and has a size, and of which no frame can be decoded."""
    path = tmp_path / "broken.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (320, 240))
    for _ in range(5):
        writer.write(np.full((240, 320, 3), 90, np.uint8))
    writer.release()
    raw = bytearray(path.read_bytes())
    start = raw.index(b"movi") + 4
    # The chunks keep their places and lengths; only what is in them goes.
    for at in range(start, len(raw) - 8):
        if raw[at : at + 4] == b"00dc":
            length = int.from_bytes(raw[at + 4 : at + 8], "little")
            raw[at + 8 : at + 8 + length] = bytes(length)
    path.write_bytes(raw)
    path.chmod(0o644)
    return path


@pytest.mark.parametrize(("x", "people"), [(600.0, 1), (634.0, 0)])
def test_a_scene_knows_the_sides_of_the_cameras_frame(x: float, people: int) -> None:
    """The zone is drawn in a frame of half the size.

    Who is lost over the side of the camera's own has left.
    """
    everywhere = ZoneSettings("all", ((0, 0), (320, 0), (320, 240), (0, 240)), 255)
    view = ViewSettings(320, 240, (), (everywhere,), (), None)
    scene = open_scene(view, TrackerSettings(), width_px=640, height_px=480)
    for number in range(10):
        assert scene.observe_frame(detections((x, 300.0)), number / 10.0).occupancies[0].people == (
            number > 0
        )
    assert scene.observe_frame(no_detections(), 1.0).occupancies[0].people == people


@pytest.mark.parametrize("name", ["sensor", "gate", "uplink"])
def test_the_first_stage_comes_before_any_library_is_imported(name: str) -> None:
    module = ast.parse((CLONE / "edge_agent" / "processes" / f"{name}.py").read_text())
    imported = []
    for node in module.body:
        if isinstance(node, ast.If):
            assert ast.unparse(node.test) == "__name__ == '__main__'"
            assert [ast.unparse(step) for step in node.body] == [f"lock.begin(Role.{name.upper()})"]
            break
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported.append(str(node.module))
    else:
        pytest.fail("no first stage")
    ours = {each for each in imported if each.split(".")[0] not in sys.stdlib_module_names}
    assert ours <= {"edge_agent.confinement", "edge_agent.confinement.tables.policy"}


def test_the_lock_itself_needs_the_standard_library_only() -> None:
    code = (
        "import sys; own = set(sys.modules); from edge_agent.confinement import enter, lock, "
        "probe; from edge_agent.confinement.tables import visible_files; "
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - own} - "
        "sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['edge_agent', 'wire_contract']\n"


def test_a_synthetic_crowd_loads_what_counting_needs_later() -> None:
    code = (
        "import sys; from edge_agent.processes.sensor import open_scene, warm_up_counting; from "
        "edge_agent.counting.tracker import TrackerSettings; from edge_agent.process_settings "
        "import ViewSettings; thresholds = TrackerSettings(confidence_high=0.5, "
        "confidence_low=0.2); size = {'width_px': 640, 'height_px': 480}; scene = "
        "open_scene(ViewSettings(None, None, (), (), (), None), thresholds, **size); "
        "warm_up_counting(scene, **size); print('lap._lapjv' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


def test_a_lost_camera_is_an_exit_code_and_not_a_word(
    broken_clip: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if not (WEIGHTS / "person-ssdlite.onnx").exists():
        pytest.skip("the model is not there; run scripts/test, which fetches it")
    told, telling = os.pipe2(os.O_DIRECT)
    settings = SensorSettings(
        channel_fd=telling,
        camera=CameraSettings(
            Source.FILE, str(broken_clip), 5.0, None, None, None, 10.0, paced=False
        ),
        detector=DetectorSettings(
            "person-ssdlite",
            str(MODELS),
            str(WEIGHTS),
            None,
            None,
            None,
            None,
            None,
            0.5,
            1,
            "CPUExecutionProvider",
        ),
        view=ViewSettings(
            None, None, (), (ZoneSettings("all", ((0, 0), (300, 0), (300, 200)), 255),), (), None
        ),
        slots=SlotSettings(0.0, 2, replay=True),
    )
    view = sensor_view(
        reads=(str(MODELS / "person-ssdlite"), str(WEIGHTS), str(broken_clip)), camera_device=None
    )
    child = Child(Role.SENSOR)
    child.start(
        settings,
        Place(
            Plan(view, None, network=False, umask=0o077),
            Expected(Role.SENSOR, None, channel_fd=telling),
        ),
        telling,
    )
    os.close(telling)
    assert child.process is not None
    while child.measured() is None:
        assert child.ended() is None
    before = capfd.readouterr().err
    child.go()
    assert child.process.wait(30) == CameraFault.LOST
    assert "camera open" in before
    assert capfd.readouterr() == ("", "")
    records = []
    while raw := os.read(told, 4096):
        records.append(raw)
    os.close(told)
    # It still says what it saw until then: nothing, and that the camera is lost.
    assert [len(raw) for raw in records] == [64, 64]


def test_the_record_of_image_quality_says_how_hard_the_slot_was_to_count() -> None:
    told, telling = os.pipe2(os.O_DIRECT)
    schema = Schema(lines=(255,), zones=())
    speaker = Speaker(telling, schema, 10)
    sums = WindowSums(observed_s=10.0, frames=100, lines=(LineSum(3, 2),), zones=())
    speaker.say(4, CountedWindow(sums, 100, QualityCode.FINE, Difficulty.HARD, blind=False))
    os.close(telling)
    line, quality = (unpack(os.read(told, 64), schema) for _ in range(2))
    os.close(told)
    assert (line.values, quality.values) == ((3, 2, 0, 0), (0, 3, 3, 3))


class Film:
    """What a watch is to the sensor, of detections that are given.

    One person who walks through `xs`, ten frames a second.
    """

    def __init__(self, xs: list[float]) -> None:
        self._xs, self.taken = xs, 0

    @property
    def ended(self) -> bool:
        return self.taken == len(self._xs)

    def next(self, _wait_s: float) -> FrameDetections:
        self.taken += 1
        return FrameDetections(
            (self.taken - 1) / 10.0, detections((self._xs[self.taken - 1], 200.0)), inferred=True
        )

    def close_window(self) -> WindowQuality:
        return WindowQuality(ImageQuality.FINE, blind=False)


class NobodySpeaks:
    """The word to end that never comes.

    The real one would change the signals of the test's own process.
    """

    def heard(self) -> bool:
        return False


def test_who_paces_over_a_line_is_told_once_each_way_in_each_slot() -> None:
    there, back = list(np.arange(100.0, 220.0, 8.0)), list(np.arange(220.0, 100.0, -8.0))
    film = Film([*(there + back) * 8])
    told, telling = os.pipe2(os.O_DIRECT)
    line = LineSettings("door", (160.0, 0.0), (160.0, 240.0), 255)
    settings = SensorSettings(
        channel_fd=telling,
        camera=CameraSettings(Source.FILE, "film", 10.0, None, None, None, 10.0, paced=False),
        detector=DetectorSettings(
            "person-ssdlite", "", "", None, None, None, None, None, 0.5, 1, "CPUExecutionProvider"
        ),
        view=ViewSettings(None, None, (line,), (), (), None),
        slots=SlotSettings(0.0, 8, replay=True),
    )
    scene = open_scene(settings.view, TrackerSettings(), width_px=320, height_px=240)
    Sensor(settings, SystemClock(), film, scene, fps=10.0).run(NobodySpeaks())
    os.close(telling)
    records = []
    while raw := os.read(told, 64):
        records.append(unpack(raw, Schema((255,), ())))
    os.close(told)
    counts = [record.values[:2] for record in records if record.kind is Kind.LINE]
    assert len(counts) == 3
    # Five crossings in each slot, and all of one person.
    assert all(max(each) == 1 and min(each) >= 0 for each in counts)


class HalfSeenFilm(Film):
    """Six people, two looks a second for an hour and ten minutes, of whom nobody is seen well."""

    def __init__(self) -> None:
        super().__init__([0.0] * 8_400)

    def next(self, _wait_s: float) -> FrameDetections:
        at_s = self.taken / 2.0
        self.taken += 1
        left = np.arange(6) * 100.0 + 15.0 * (at_s % 12.0)
        boxes = np.stack([left, np.full(6, 90.0), left + 40.0, np.full(6, 190.0)], axis=1)
        weak = Detections(boxes.astype(np.float32), np.full(6, 0.1, np.float32))
        moving = Movement(np.ones((24, 64), np.bool_), 10.0)
        return FrameDetections(at_s, weak, inferred=True, moving=moving)


@pytest.mark.parametrize("tallied", [False, True])
def test_a_detector_that_only_half_sees_people_is_told_after_an_hour_unless_a_tally_tells(
    tallied: bool,  # noqa: FBT001 - a column of the table
) -> None:
    told, telling = os.pipe2(os.O_DIRECT)
    settings = SensorSettings(
        channel_fd=telling,
        camera=CameraSettings(Source.FILE, "film", 2.0, None, None, None, 10.0, paced=False),
        detector=DetectorSettings(
            "person-ssdlite", "", "", None, None, None, None, None, 0.5, 1, "CPUExecutionProvider"
        ),
        view=ViewSettings(None, None, (), (), (), None),
        slots=SlotSettings(0.0, 300, replay=True),
        tallied=tallied,
    )
    scene = open_scene(settings.view, TrackerSettings(), width_px=640, height_px=240)
    Sensor(settings, SystemClock(), HalfSeenFilm(), scene, fps=2.0).run(NobodySpeaks())
    os.close(telling)
    codes = []
    while raw := os.read(told, 64):
        codes.append(QualityCode(unpack(raw, Schema((), ())).values[0]))
    os.close(told)
    last = QualityCode.FINE if tallied else QualityCode.UNFAMILIAR
    assert codes == [QualityCode.FINE] * 11 + [last] * 3


def test_draws_are_even_and_below_one() -> None:
    drawn = [draw_evenly() for _ in range(2_000)]
    assert 0.0 <= min(drawn) < 0.05
    assert 0.95 < max(drawn) < 1.0


@pytest.mark.parametrize(
    "frames",
    [60, pytest.param(14_400, marks=pytest.mark.campaign)],
    ids=["a minute an hour", "all of it"],
)
def test_through_a_day_memory_stays_flat_and_what_is_kept_of_people_bounded(frames: int) -> None:
    command = [sys.executable, "tests/edge_agent/day.py", str(frames)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        cwd=CLONE,
        env={**os.environ, "PYTHONPATH": "."},
    )
    hours = [json.loads(line) for line in done.stdout.splitlines()]
    print(f"first and last hour {hours[0]} {hours[-1]}")  # noqa: T201 - the figures, for pytest -s
    settled = [hour["kib"] for hour in hours[2:]]
    assert len(hours) == 24
    assert max(settled) <= 1.02 * min(settled)
    assert min(hour["counted"] for hour in hours[1:]) > 0
    assert {hour["longest"] for hour in hours} == {CAPACITY}


@pytest.mark.skipif(
    os.geteuid() != 0, reason="a locked process shows its memory to root only; run as root"
)
def test_a_sensor_at_work_is_small(tmp_path: Path) -> None:
    clip = CLONE / "var" / "clips" / "vtest.avi"
    if not (WEIGHTS / "person-ssdlite.onnx").exists() or not clip.exists():
        pytest.skip("the model or the clip is not there; run scripts/test, which fetches them")
    film = tmp_path / "film.avi"
    film.write_bytes(clip.read_bytes())
    film.chmod(0o644)
    told, telling = os.pipe2(os.O_DIRECT)
    settings = SensorSettings(
        channel_fd=telling,
        camera=CameraSettings(Source.FILE, str(film), 10.0, None, None, None, 10.0, paced=True),
        detector=DetectorSettings(
            "person-ssdlite",
            str(MODELS),
            str(WEIGHTS),
            None,
            None,
            None,
            None,
            None,
            0.5,
            1,
            "CPUExecutionProvider",
            4.0,
        ),
        view=ViewSettings(
            None, None, (), (ZoneSettings("all", ((0, 0), (700, 0), (700, 500)), 255),), (), None
        ),
        slots=SlotSettings(time.monotonic(), 5, replay=False),
    )
    view = sensor_view(
        reads=(str(MODELS / "person-ssdlite"), str(WEIGHTS), str(film)), camera_device=None
    )
    expected = Expected(Role.SENSOR, None, channel_fd=telling, file_path=str(film))
    child = Child(Role.SENSOR)
    child.start(settings, Place(Plan(view, None, network=False, umask=0o077), expected), telling)
    os.close(telling)
    assert child.process is not None
    try:
        while child.measured() is None:
            assert child.ended() is None
        child.go()
        for _ in range(6):  # Three slots of a zone and an image quality each: 15 s of film.
            assert len(os.read(told, 4096)) == 64
        rows = Path(f"/proc/{child.process.pid}/smaps_rollup").read_text("ascii").splitlines()
    finally:
        child.process.kill()
        child.process.wait()
        os.close(told)
    mb = {row.split()[0]: int(row.split()[1]) / 1024 for row in rows[1:]}
    print(  # noqa: T201 - the figures, for pytest -s
        f"a locked sensor at work: {mb['Pss:']:.1f} MB PSS, {mb['Rss:']:.1f} MB with all that it "
        "shares"
    )
    assert mb["Pss:"] <= PSS_MAX_MB


class Recording(Film):
    """A film of an empty street whose frames are at the times that are given."""

    def __init__(self, times_s: list[float]) -> None:
        super().__init__([0.0] * len(times_s))
        self._times_s = times_s

    def next(self, _wait_s: float) -> FrameDetections:
        self.taken += 1
        return FrameDetections(self._times_s[self.taken - 1], no_detections(), inferred=True)


@pytest.mark.parametrize(
    ("missing", "last"),
    [
        (Shortfall("film: is damaged", ends_early=False), QualityCode.FINE),  # seen to its end
        (Shortfall("film: breaks off", ends_early=True), QualityCode.CAMERA_LOST),  # not so
    ],
)
def test_each_slot_of_a_files_hole_is_told_as_not_observed_and_its_damage_ends_the_sensor(
    missing: Shortfall, last: QualityCode
) -> None:
    times_s = [index / 5 for index in range(350) if not 50 <= index < 275]
    told, telling = os.pipe2(os.O_DIRECT)
    settings = SensorSettings(
        channel_fd=telling,
        camera=CameraSettings(Source.FILE, "film", 5.0, None, None, None, 10.0, paced=False),
        detector=DetectorSettings(
            "person-ssdlite", "", "", None, None, None, None, None, 0.5, 1, "CPUExecutionProvider"
        ),
        view=ViewSettings(None, None, (), (), (), None),
        slots=SlotSettings(0.0, 10, replay=True),
    )
    scene = open_scene(settings.view, TrackerSettings(), width_px=320, height_px=240)
    sensor = Sensor(
        settings, SystemClock(), Recording(times_s), scene, fps=5.0, shortfall=lambda: missing
    )
    with pytest.raises(CameraError, match=missing.sentence):
        sensor.run(NobodySpeaks())
    os.close(telling)
    records = []
    while raw := os.read(told, 64):
        records.append(unpack(raw, Schema((), ())))
    os.close(told)
    # Ten seconds, a hole of 45, which ends in the middle of the sixth slot, and the rest.
    assert [(record.slot, record.values[1]) for record in records] == [
        (0, 3), (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (6, 3),
    ]  # fmt: skip
    assert [record.values[0] for record in records] == [QualityCode.FINE] * 6 + [last]
