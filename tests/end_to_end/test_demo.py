# SPDX-License-Identifier: Apache-2.0
"""The demonstration on a video of somebody's own: what it says can be done, can be done."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
DEMO = (sys.executable, "-m", "development.demo")
CLIP = ROOT / "var" / "clips" / "vtest.avi"
MODEL = ROOT / "var" / "models" / "person-ssdlite.onnx"


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A street with nobody in it, 24 s long."""
    path = tmp_path / "my street's film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (320, 240))
    ramp = np.broadcast_to(
        np.linspace(30, 220, 320, dtype=np.float32)[None, :, None], (240, 320, 3)
    ).astype(np.uint8)
    for index in range(120):
        picture = ramp.copy()
        picture[::24] = 90 + index % 2
        writer.write(picture)
    writer.release()
    return path


def demo(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.skipif(
    not MODEL.exists(), reason="the model is not there; run scripts/test, which fetches it"
)
@pytest.mark.campaign
def test_a_video_is_played_with_its_line_and_the_commands_that_are_printed_work(
    video: Path,
) -> None:
    shown = demo("--fast", "--keep", "--video", video, "--line", "100,20,100,220")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "of 24 s of the film counted" in shown.stdout
    assert "ends at about" in shown.stdout
    rows = [line for line in shown.stdout.splitlines() if "not known" in line]
    assert len(rows) == 3
    assert all("not seen" in row and "0.0" not in row for row in rows), (
        "a still picture shows nobody, and not that nobody is there"
    )
    assert (
        max(len(line) for line in shown.stdout.splitlines() if not line.startswith("window "))
        <= 100
    )
    config = (ROOT / "var" / "demo" / "box.toml").read_text()
    assert "a = [100, 20]\nb = [100, 220]\n" in config
    (verify,) = (line.strip() for line in shown.stdout.splitlines() if "ledger verify" in line)
    done = subprocess.run(  # noqa: S602 - as printed
        verify, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(ROOT / "var" / "demo")


@pytest.mark.skipif(
    not MODEL.exists() or not CLIP.exists(), reason="model or clip is not there; run scripts/test"
)
@pytest.mark.campaign
def test_counts_stand_with_their_intervals(tmp_path: Path) -> None:
    reader = cv2.VideoCapture(str(CLIP))
    writer = cv2.VideoWriter(
        str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 7.0, (768, 576)
    )
    for _ in range(100):
        writer.write(reader.read()[1])
    writer.release()
    reader.release()
    shown = demo("--fast", "--video", tmp_path / "film.avi", "--line", "560,120,560,420")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert re.search(r"line in \d+ \(\d+ (to \d+|or more)\) out", shown.stdout)
    assert not (ROOT / "var" / "demo").exists()
    (again,) = (line.strip() for line in shown.stdout.splitlines() if line.endswith("--keep"))
    assert (ROOT / again.split()[0]).is_file()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,2,3", "wanted four numbers in pixels of the video: AX,AY,BX,BY"),  # three
        ("1,2,1,2", "whose two ends are one point"),  # a point
        ("900,20,900,220", "lies outside the picture, 320 x 240"),  # of another video
        ("300,20,400,220", "lies outside the picture, 320 x 240"),  # half of it
    ],
)
def test_a_line_that_does_not_suit_the_video_is_told_and_nothing_is_started(
    video: Path, line: str, said: str
) -> None:
    done = demo("--video", video, "--line", line)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_video_and_a_line_without_one_are_told(tmp_path: Path) -> None:
    (tmp_path / "film.avi").write_text("no film")
    done = demo("--video", tmp_path / "film.avi")
    assert (done.returncode, "not one frame can be decoded" in done.stderr) == (1, True)
    assert demo("--line", "1,2,3,4").returncode == 2
