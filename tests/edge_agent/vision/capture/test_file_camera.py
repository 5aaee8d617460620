# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from development.fakes.recording import (
    blank,
    cut_off,
    level_of,
    pictures_first,
    set_frame_times,
    write_recording,
)
from edge_agent.errors import CameraError
from edge_agent.vision.capture.camera import Camera
from tests.edge_agent.vision.capture.by_hand import (
    HandClock,
    MakeVideo,
    file_camera,
    plain,
    read_all,
)


def test_the_whole_clip_comes_with_the_files_own_time(clip: Path) -> None:
    with file_camera(clip, fps=7.0) as camera:
        assert (camera.frame_width_px, camera.frame_height_px, camera.fps) == (768, 576, 7.0)
        frames = read_all(camera)
        assert camera.ended
        assert (camera.captured, camera.skipped) == (795, 0)
    assert [frame.index for frame in frames] == list(range(795))
    assert [frame.captured_s for frame in frames] == [index / 7 for index in range(795)]


def test_without_an_override_the_container_is_believed(clip: Path) -> None:
    with file_camera(clip) as camera:
        assert camera.fps == 10.0


def test_a_frame_is_bgr_bytes_of_the_size_that_was_said(make_video: MakeVideo) -> None:
    image = plain(0)
    image[:, :] = (200, 30, 90)
    with file_camera(make_video([image], 5.0)) as camera:
        frame = camera.read(1.0)
    assert frame is not None
    assert frame.image.shape == (camera.frame_height_px, camera.frame_width_px, 3)
    assert frame.image.dtype == np.uint8
    assert np.abs(frame.image.mean(axis=(0, 1)) - (200, 30, 90)).max() < 8


def test_paced_frames_come_when_they_are_due(make_video: MakeVideo) -> None:
    clock = HandClock()
    path = make_video([plain(level) for level in (10, 20, 30, 40)], 4.0)
    with file_camera(path, paced=True, monotonic=clock.monotonic, sleep=clock.sleep) as camera:
        frames = read_all(camera)
    assert [frame.captured_s for frame in frames] == [1000.0, 1000.25, 1000.5, 1000.75]
    assert clock.slept_s == [0.25, 0.25, 0.25, 0.25]


def test_a_slow_reader_gets_late_frames_with_their_late_time_and_none_is_dropped(
    make_video: MakeVideo,
) -> None:
    clock = HandClock()
    path = make_video([plain(level) for level in (10, 20, 30, 40)], 4.0)
    with file_camera(path, paced=True, monotonic=clock.monotonic, sleep=clock.sleep) as camera:
        times = []
        while (frame := camera.read(1.0)) is not None:
            times.append(frame.captured_s)
            clock.now_s += 0.4
    assert times == pytest.approx([1000.0, 1000.4, 1000.8, 1001.2])
    assert (camera.captured, camera.skipped) == (4, 0)


def test_a_paced_frame_that_is_not_due_in_time_is_none_and_comes_later(
    make_video: MakeVideo,
) -> None:
    clock = HandClock()
    path = make_video([plain(10), plain(20)], 1.0)
    with file_camera(path, paced=True, monotonic=clock.monotonic, sleep=clock.sleep) as camera:
        assert camera.read(0.25) is not None
        assert [camera.read(0.25) for _ in range(3)] == [None, None, None]
        assert not camera.ended
        late = camera.read(0.25)
    assert late is not None
    assert (late.index, late.captured_s) == (1, 1001.0)


def test_the_end_is_the_end(make_video: MakeVideo) -> None:
    with file_camera(make_video([plain(10)], 5.0)) as camera:
        assert len(read_all(camera)) == 1
        assert camera.read(1.0) is None
        assert camera.ended


def test_a_file_that_breaks_off_gives_what_can_be_decoded(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.avi"
    with clip.open("rb") as whole:
        path.write_bytes(whole.read(1_000_000))
    with file_camera(path) as camera:
        frames = read_all(camera)
        assert camera.ended
    assert 10 < len(frames) < 795


@pytest.mark.parametrize(
    "content",
    [
        b"",  # nothing
        b"not a video at all" * 100,  # text
        b"RIFF\x00\x00\x00\x00AVI LIST",  # the first bytes of one
    ],
)
def test_a_file_without_one_frame_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.avi"
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"broken\.avi: not one frame can be decoded"):
        read_all(file_camera(path))


def test_a_video_whose_pictures_are_all_damaged_is_named(make_video: MakeVideo) -> None:
    path = make_video([plain(10), plain(20)], 5.0)
    content = bytearray(path.read_bytes())
    start = content.index(b"movi") + 12
    end = content.index(b"idx1")
    content[start : end - 8] = bytes(end - 8 - start)
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"made\.avi: not one frame can be decoded"):
        read_all(file_camera(path))


@pytest.mark.parametrize(
    "name",
    [
        "rtsp://camera/stream",  # an address
        "http://127.0.0.1/a.avi",  # another
        "file:///etc/passwd",  # an address of a file
        "frame_%04d.png",  # a series of pictures
        "frame_%d.png",  # the same
        "v4l2src ! appsink",  # a pipeline
        "0",  # the number of a camera
        "/dev/null",  # a device
        "/dev",  # a folder
        "absent.avi",  # nothing
    ],
)
def test_only_a_regular_file_is_opened(name: str) -> None:
    with pytest.raises(CameraError):
        file_camera(Path(name))


def test_an_address_stays_an_address_as_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "http:"
    folder.mkdir()
    (folder / "a.avi").write_bytes(b"x")
    with pytest.raises(CameraError, match="not one frame"):
        file_camera(folder / "a.avi")


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.avi")
    with pytest.raises(CameraError, match="not a regular file"):
        file_camera(tmp_path / "pipe.avi")


PLAYLISTS = [
    ("list.avi", "ffconcat version 1.0\nfile clip.avi\n"),  # a list of files
    (
        "list.m3u8",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nclip.avi\n#EXT-X-ENDLIST\n",
    ),  # a list of addresses
]


@pytest.mark.parametrize(("name", "text"), PLAYLISTS)
def test_a_file_that_names_other_files_is_refused(
    clip: Path, tmp_path: Path, name: str, text: str
) -> None:
    shutil.copy(clip, tmp_path / "clip.avi")
    path = tmp_path / name
    path.write_text(text)
    # The control: without the switches of this room the same file opens the other one.
    program = f"import cv2; print(cv2.VideoCapture({str(path)!r}, cv2.CAP_FFMPEG).read()[0])"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENCV_")}
    control = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=environment,
        timeout=60,
    )
    assert control.stdout.strip() == b"True"
    with pytest.raises(CameraError, match="not one frame"):
        file_camera(path)


def test_the_decoder_does_not_print(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.avi"
    content = bytearray(clip.read_bytes()[:400_000])
    content[50_000:350_000:997] = b"\xff" * len(range(50_000, 350_000, 997))
    path.write_bytes(content)
    program = f"""
from pathlib import Path
from edge_agent.errors import CameraError
from edge_agent.vision.capture.file_camera import FileCamera
camera = FileCamera(Path({str(path)!r}), fps=None, paced=False, loss_after_s=30)
while camera.read(1.0) is not None:
    pass
try:
    FileCamera(Path({__file__!r}), fps=None, paced=False, loss_after_s=30)
except CameraError:
    pass
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    "fps",
    [
        0.0,  # would stand still
        -7.0,  # would run backwards
        1000.0,  # a time base, not a rate
        float("nan"),  # no number
    ],
)
def test_a_rate_that_no_video_has_is_refused(make_video: MakeVideo, fps: float) -> None:
    with pytest.raises(CameraError, match="in the config"):
        file_camera(make_video([plain(10)], 5.0), fps=fps)


def test_a_frame_that_takes_too_long_is_a_loss(make_video: MakeVideo) -> None:
    ticks = iter([0.0, 0.0, 60.0])
    with (
        file_camera(make_video([plain(10)], 5.0), monotonic=lambda: next(ticks)) as camera,
        pytest.raises(CameraError, match=r"frame 0 took 60\.0 s"),
    ):
        camera.read(1.0)


def indices(camera: Camera) -> dict[int, float]:
    """Return the time of each frame by the level that the recording gave it."""
    found = {}
    while (frame := camera.read(1.0)) is not None:
        level = float(frame.image[:, :, 1].mean()) - 3.5
        found[round((level - level_of(0)) / 4)] = frame.captured_s
    return found


def test_a_varying_rate_keeps_each_frames_own_time(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "film.mp4", frames=60, fps=10.0, fourcc="mp4v")
    assert pictures_first(path.read_bytes())
    times_s = [index / 10 for index in range(30)] + [3.0 + index / 2 for index in range(30)]
    set_frame_times(path, times_s, last_s=0.5)
    with file_camera(path) as camera:
        assert [frame.captured_s for frame in read_all(camera)] == pytest.approx(times_s, abs=1e-3)
    assert camera.shortfall.sentence == ""


def test_a_hole_stays_a_hole_and_is_no_damage(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "film.mp4", frames=60, fps=10.0, fourcc="mp4v")
    times_s = [index / 10 + (12.0 if index >= 30 else 0.0) for index in range(60)]
    set_frame_times(path, times_s, last_s=0.1)
    with file_camera(path) as camera:
        assert [frame.captured_s for frame in read_all(camera)] == pytest.approx(times_s, abs=1e-3)
    assert camera.shortfall.sentence == ""


def test_the_rate_of_the_config_stretches_the_containers_times(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "film.mkv", frames=40, fps=10.0, fourcc="MJPG")
    with file_camera(path, fps=7.0) as camera:
        assert camera.fps == 7.0
        assert [frame.captured_s for frame in read_all(camera)] == [
            index / 7 for index in range(40)
        ]


def test_a_paced_hole_is_waited_through(tmp_path: Path) -> None:
    clock = HandClock()
    path = write_recording(tmp_path / "film.mp4", frames=4, fps=4.0, fourcc="mp4v")
    set_frame_times(path, [0.0, 0.25, 8.25, 8.5], last_s=0.25)
    with file_camera(path, paced=True, monotonic=clock.monotonic, sleep=clock.sleep) as camera:
        frames = []
        while not camera.ended:
            frames.append(camera.read(1.0))
    assert [frame.captured_s for frame in frames if frame] == pytest.approx(
        [1000.0, 1000.25, 1008.25, 1008.5]
    )
    # Seven times a second was not enough, and then there was the end.
    assert frames.count(None) == 8


@pytest.mark.parametrize(
    ("name", "fourcc"),
    [
        ("film.avi", "MJPG"),  # times by number: the index gives them back
        ("film.avi", "XVID"),  # the same, each frame on the one before
        ("film.mp4", "mp4v"),  # a table of times
        ("film.mkv", "MJPG"),  # a time beside each frame
        ("film.ts", "mpg2"),  # the same
    ],
)
def test_behind_a_damaged_part_frames_come_at_their_own_time_and_the_damage_is_said(
    tmp_path: Path, name: str, fourcc: str
) -> None:
    path = write_recording(tmp_path / name, frames=60, fps=5.0, fourcc=fourcc)
    with file_camera(path) as camera:
        whole = indices(camera)
        assert camera.shortfall.sentence == ""
    assert len(whole) == 60
    blank(path, 0.4, 0.55)
    with file_camera(path) as camera:
        damaged = indices(camera)
    assert 40 <= len(damaged) <= 58
    # Behind the damage a picture may be the sum of what came before; its last ones are whole.
    assert max(damaged.values()) == pytest.approx(whole[59], abs=0.01)
    if fourcc == "MJPG":
        right = [abs(at_s - whole.get(index, -1.0)) < 0.01 for index, at_s in damaged.items()]
        # One picture on each side of the damage may be whole in part only.
        assert right.count(False) <= 2
    assert "is damaged" in camera.shortfall.sentence
    assert not camera.shortfall.ends_early


@pytest.mark.parametrize(("name", "fourcc"), [("film.avi", "MJPG"), ("film.mkv", "MJPG")])
def test_a_file_that_breaks_off_says_what_came_and_what_was_wanted(
    tmp_path: Path, name: str, fourcc: str
) -> None:
    path = write_recording(tmp_path / name, frames=60, fps=5.0, fourcc=fourcc)
    cut_off(path, 0.5)
    with file_camera(path) as camera:
        frames = read_all(camera)
        assert camera.ended
    assert 20 <= len(frames) <= 32
    assert camera.shortfall.ends_early
    assert f"{name}: breaks off: {len(frames)} frames came" in camera.shortfall.sentence
    assert "wanted the 60 frames and 12.0 s" in camera.shortfall.sentence
