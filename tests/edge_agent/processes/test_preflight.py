# SPDX-License-Identifier: Apache-2.0
"""What `edge-agent check` says of a config."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from development.fakes.clock import FakeClock
from edge_agent.config.schema import load
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, generate
from edge_agent.processes.preflight import Check, check_config, waiting_for_the_clock

ROOT = Path(__file__).parents[3]
WEIGHTS = ROOT / "var/models/person-ssdlite.onnx"
TEXT = """
site = "test"
device = "box"
test_site = true
[camera]
source = "file"
path = "street.avi"
[[lines]]
id = "door"
a = [100, 100]
b = [100, 300]
[[zones]]
id = "room"
polygon = [[0, 0], [100, 0], [100, 100]]
[store]
directory = "box"
[keys]
directory = "keys"
"""


def film(path: Path, *, width_px: int = 320, height_px: int = 320, fps: float = 5.0) -> Path:
    """Write a video of three grey frames."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width_px, height_px))
    for level in (40, 80, 120):
        writer.write(np.full((height_px, width_px, 3), level, np.uint8))
    writer.release()
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config of which everything that it names is there, but the model perhaps."""
    (tmp_path / "box.toml").write_text(TEXT)
    film(tmp_path / "street.avi")
    generate(tmp_path / "keys")
    return tmp_path / "box.toml"


def parts(check: Check, file: Path) -> list[str]:
    """Return what the mistakes are about, but for the model, which this machine may not have."""
    about = [mistake.removeprefix(f"{file}: ").split(": ")[0] for mistake in check.mistakes]
    return [part for part in about if part != "detector.model"]


def test_a_sound_config_has_facts_and_no_mistakes(file: Path) -> None:
    if not WEIGHTS.exists():
        pytest.skip(
            "var/models/person-ssdlite.onnx is absent: run edge-agent model fetch person-ssdlite"
        )
    check = check_config(file, ())
    assert check.mistakes == ()
    assert check.facts[0].startswith("device test/box, test site, config ")
    assert "zone room: 3 corners" in check.facts
    assert any(
        fact.startswith("line door: count_max 255, the default; how many it may hold is not known")
        for fact in check.facts
    )
    assert check.warnings == ()
    assert "rule discrete_laplace [1000], windows of 60 s" in check.facts
    assert "bits a minute" in check.facts[-2]
    assert check.facts[-1] == "confinement: at least process; what it is, the running box measures"


@pytest.mark.parametrize(
    ("a", "b", "way"),
    [
        ("[100, 100]", "[100, 300]", "right to left"),  # drawn down the picture
        ("[100, 300]", "[100, 100]", "left to right"),  # drawn up the picture
        ("[100, 100]", "[300, 100]", "down"),  # drawn to the right
        ("[300, 100]", "[100, 100]", "up"),  # drawn to the left
        ("[100, 100]", "[150, 300]", "right to left"),  # a little aslant
        ("[100, 100]", "[300, 150]", "down"),  # the same, the other way
    ],
)
def test_the_way_in_is_told_in_words(file: Path, a: str, b: str, way: str) -> None:
    facts = check_config(file, (f'lines=[{{id = "door", a = {a}, b = {b}}}]',)).facts
    (said,) = (fact for fact in facts if fact.startswith("line door: in is walking "))
    assert way in said


@pytest.mark.parametrize(
    ("setting", "about"),
    [
        ("camera.path=absent.avi", "camera.path"),  # no such video
        ("keys.directory=absent", "keys.directory"),  # no keys
        (
            'confinement={level_min = "full"}',
            None,
        ),  # asks for more than this machine may have: the running box finds out
        (
            "disclosure.capacity_bits_per_minute_max=1",
            "disclosure.capacity_bits_per_minute_max",
        ),  # says too much
        ('camera={source = "v4l2", path = "/dev/absent"}', "camera.path"),  # no such camera
        ('camera={source = "v4l2", path = "street.avi"}', "camera.path"),  # a file is no camera
    ],
)
def test_what_stands_in_the_way_is_told_with_its_file_and_key(
    file: Path, setting: str, about: str | None
) -> None:
    check = check_config(file, (setting,))
    assert parts(check, file) == ([] if about is None else [about])
    assert all(mistake.startswith(f"{file}: ") for mistake in check.mistakes)
    assert check.facts


def test_a_model_without_a_card_is_told(file: Path) -> None:
    check = check_config(file, ("detector.model=absent",))
    assert any(mistake.startswith(f"{file}: detector.model: ") for mistake in check.mistakes)


@pytest.mark.parametrize("name", [SIGNING_KEY, NOISE_KEY])
def test_a_secret_that_others_may_read_is_told(file: Path, name: str) -> None:
    (file.parent / "keys" / name).chmod(0o644)
    check = check_config(file, ())
    assert parts(check, file) == ["keys.directory"]
    assert "chmod 600" in check.mistakes[-1]


def test_all_that_stands_in_the_way_is_told_at_once(file: Path) -> None:
    settings = (
        "camera.path=absent.avi",
        "keys.directory=absent",
        "test_site=false",
        "disclosure.rule=exact",
    )
    assert parts(check_config(file, settings), file) == [
        "disclosure.rule",
        "keys.directory",
        "camera.path",
    ]


def test_a_config_that_cannot_be_read_has_mistakes_and_no_facts(file: Path) -> None:
    check = check_config(file, ("window.length_s=1", "broker.port=0"))
    assert check.facts == ()
    assert len(check.mistakes) == 2


GROUND = (
    "ground_plane={pixels = [[0, 0], [100, 0], [100, 100], [0, 100]], metres = [[0, 0], [5, 0], "
    "[5, 5], [0, 5]]}"
)
LOW = 'lines=[{id = "door", a = [100, 100], b = [100, 300], count_max = 255}]'


def test_the_cap_of_each_line_and_zone_is_told_and_what_it_follows_from(file: Path) -> None:
    facts = check_config(file, (GROUND,)).facts
    assert (
        "line door: count_max 860; 10.0 m by ground_plane hold up to 840 people each way "
        "in a window" in facts
    )
    assert (
        "zone room: count_max 89; 12.5 m2 by ground_plane hold up to 75 people in a window" in facts
    )
    far = check_config(
        file, ("person_heights=[{row_px = 200, height_px = 50}, {row_px = 300, height_px = 150}]",)
    ).facts
    assert any(
        fact.endswith("is not known: by person_heights it reaches to the horizon") for fact in far
    )


def test_a_configured_cap_below_what_is_possible_is_kept_and_warned_of(file: Path) -> None:
    check = check_config(file, (GROUND, LOW))
    assert parts(check, file) == []
    assert any(
        fact.startswith("line door: count_max 255, as configured; 10.0 m") for fact in check.facts
    )
    [warning] = check.warnings
    assert warning.startswith(
        "lines.door.count_max: got 255, but 10.0 m by ground_plane hold up to 840 people each way"
    )
    assert "from 255 on a number is told as a lower bound" in warning
    assert "leave count_max out" in warning


def test_what_no_record_can_hold_is_warned_of(file: Path) -> None:
    wide = GROUND.replace("5, 0], [5, 5], [0, 5", "500, 0], [500, 500], [0, 500")
    check = check_config(file, (wide, "disclosure.capacity_bits_per_minute_max=1000"))
    assert any("count_max 65535, the most that a record holds" in fact for fact in check.facts)
    assert any(
        said.startswith("zones.room.count_max: got 65535") and "shorten window.length_s" in said
        for said in check.warnings
    )


def test_a_cap_under_the_least_number_shown_is_warned_of(file: Path) -> None:
    settings = ("disclosure.rule=suppress_below", "disclosure.minimum=300")
    assert [said.split(": ")[0] for said in check_config(file, settings).warnings] == [
        "lines.door.count_max", "zones.room.count_max",
    ]  # fmt: skip


HOURS = """
[purpose]
controller = "the city"
purpose = "crowds"
legal_basis = "by law"
dpia_reference = "D-1"
contact = "the desk"
end_date = 2099-01-01
active_hours = "07:00-22:30"
"""


@pytest.mark.parametrize(
    ("zone", "said"), [("UTC", "(UTC, UTC+00:00)"), ("Asia/Kolkata", "(IST, UTC+05:30)")]
)
def test_hours_are_told_with_the_box_s_local_time_and_its_zone(
    file: Path, zone: str, said: str
) -> None:
    file.write_text(TEXT + HOURS)
    command = [Path(sys.executable).with_name("edge-agent"), "check", file]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TZ": zone},
    )
    (hours,) = (fact for fact in done.stdout.splitlines() if fact.startswith("hours: "))
    assert hours.startswith(
        "hours: 07:00-22:30 until 2099-01-01, in this box's local time, which is now "
    )
    assert said in hours
    assert hours.endswith((": open now", ": closed now"))


@pytest.mark.parametrize(
    ("settings", "about"),
    [
        (
            ('lines=[{id = "door", a = [560, 700], b = [560, 900]}]',),
            "lines.door",
        ),  # outside the file's picture
        (
            ("masks=[{polygon = [[0, 0], [320, 0], [320, 320], [0, 320]]}]",),
            "masks",
        ),  # nothing is left to see
        (("view={frame_width_px = 320, frame_height_px = 640}",), None),  # half as wide: a warning
        (("view={frame_width_px = 640, frame_height_px = 640}",), None),  # the same shape
        (
            (
                'camera={source = "v4l2", path = "/dev/null"}',
                'lines=[{id = "door", a = [1600, 9], b = [1600, 90]}]',
            ),
            "lines.door",
        ),
        (("store.directory=street.avi",), "store.directory"),  # a file
        (("store.directory=/proc/x",), "store.directory"),  # no disk
    ],
)
def test_what_the_camera_or_the_disk_would_show_first_is_told_before(
    file: Path, settings: tuple[str, ...], about: str | None
) -> None:
    assert parts(check_config(file, settings), file) == ([] if about is None else [about])


def test_a_view_that_stands_where_the_camera_lies_is_a_mistake_and_another_shape_a_warning(
    file: Path,
) -> None:
    film(file.parent / "street.avi", width_px=320, height_px=240)
    wide = check_config(file, ("view={frame_width_px = 640, frame_height_px = 360}",))
    assert parts(wide, file) == []
    assert any("another shape than the camera's 320 x 240" in warning for warning in wide.warnings)
    upright = check_config(file, ("view={frame_width_px = 360, frame_height_px = 640}",))
    assert parts(upright, file) == ["view"]


@pytest.mark.parametrize("content", [b"not a folder\n", b""])
def test_a_video_of_which_no_frame_comes_is_told(file: Path, content: bytes) -> None:
    (file.parent / "street.avi").write_bytes(content)
    check = check_config(file, ())
    assert parts(check, file) == ["camera.path"]
    assert "not one frame can be decoded" in check.mistakes[-1]


def test_a_waiting_clock_says_until_when(file: Path) -> None:
    config = load(file, ("window.clock_wait_s=900",))
    clock = FakeClock(utc_s=1_780_000_000.0, synchronised=False)
    assert waiting_for_the_clock(config, clock).startswith(
        "windows wait for it until 2026-05-28 20:41:40 UTC by this clock"
    )
    began = waiting_for_the_clock(config, clock, began_s=clock.monotonic_s() - 600)
    assert "until 2026-05-28 20:31:40 UTC" in began
    assert waiting_for_the_clock(config, FakeClock(utc_s=1_780_000_000.0, synchronised=True)) == ""
