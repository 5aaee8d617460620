# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.errors import CameraError
from edge_agent.vision.capture.camera import (
    Camera,
    FileCamera,
    V4l2Camera,
    V4l2Parameters,
    as_bgr,
    open_v4l2,
)
from edge_agent.vision.capture.frame import Frame

MakeVideo = Callable[[Sequence[NDArray[np.uint8]], float], Path]

PARAMETERS = V4l2Parameters(Path("/dev/video0"), width_px=32, height_px=24, fps=30.0, fourcc="MJPG")


class HandClock:
    """A clock that goes only when someone sleeps or says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept_s: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.slept_s.append(duration_s)
        self.now_s += duration_s


class HandCapture:
    """A camera device that gives an image whenever the test says so."""

    def __init__(self) -> None:
        self._given: list[tuple[bool, object]] = []
        self._changed = threading.Condition()
        self.reads = 0
        self.released = False

    def give(self, *images: object) -> None:
        with self._changed:
            self._given.extend((image is not None, image) for image in images)
            self._changed.notify_all()

    def read(self) -> tuple[bool, object]:
        with self._changed:
            self.reads += 1
            self._changed.wait_for(lambda: self._given or self.released, 5)
            return self._given.pop(0) if self._given else (False, None)

    def release(self) -> None:
        with self._changed:
            self.released = True
            self._changed.notify_all()


def plain(level: int, *, width_px: int = 32, height_px: int = 24) -> NDArray[np.uint8]:
    return np.full((height_px, width_px, 3), level, np.uint8)


def file_camera(path: Path, **changes: object) -> FileCamera:
    chosen: dict[str, object] = {"fps": None, "paced": False, "loss_after_s": 30.0}
    return FileCamera(path, **(chosen | changes))  # type: ignore[arg-type]  # one place for what every test leaves alone


def read_all(camera: Camera) -> list[Frame]:
    frames = []
    while (frame := camera.read(1.0)) is not None:
        frames.append(Frame(frame.image[:1, :1], frame.captured_s, frame.index))
    return frames


def wait_until(true: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < limit_s
        time.sleep(0.001)


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
from edge_agent.vision.capture.camera import FileCamera
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


@pytest.mark.parametrize(
    "image",
    [
        np.full((24, 32), 7, np.uint8),  # grey
        np.full((24, 32, 1), 7, np.uint8),  # grey with a channel
        np.full((24, 32, 3), 7, np.uint8),  # colour
        np.full((24, 32, 4), 7, np.uint8),  # transparent
    ],
)
def test_every_kind_of_picture_becomes_bgr(image: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(as_bgr(image, width_px=32, height_px=24, where="x"), plain(7))


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            np.zeros((24, 33, 3), np.uint8),
            "a frame is 33x24, wanted 32x24 to the end",
        ),  # the size changed
        (np.zeros((24, 32, 2), np.uint8), "2 channels"),  # undecoded YUYV
        (np.zeros((24, 32, 3), np.uint16), "uint16"),  # deep colour
        (np.zeros(1000, np.uint8), r"\(1000,\)"),  # undecoded JPEG
        (None, "NoneType"),  # nothing
    ],
)
def test_what_is_no_picture_of_the_size_is_refused_by_name(image: object, said: str) -> None:
    with pytest.raises(CameraError, match=said):
        as_bgr(image, width_px=32, height_px=24, where="x")


def test_a_device_gives_nothing_before_the_first_read() -> None:
    capture = HandCapture()
    with V4l2Camera(PARAMETERS, loss_after_s=5.0, open_capture=lambda _: capture) as camera:
        capture.give(plain(1))
        time.sleep(0.05)
        assert capture.reads == 0
        frame = camera.read(5.0)
        assert frame is not None
        assert (frame.index, int(frame.image[0, 0, 0])) == (0, 1)
        capture.release()


def test_the_newest_frame_wins_and_the_others_are_counted() -> None:
    capture = HandCapture()
    with V4l2Camera(PARAMETERS, loss_after_s=5.0, open_capture=lambda _: capture) as camera:
        capture.give(plain(1))
        assert camera.read(5.0) is not None
        capture.give(plain(2), plain(3), plain(4))
        wait_until(lambda: camera.captured == 4)
        frame = camera.read(5.0)
        assert frame is not None
        assert (frame.index, int(frame.image[0, 0, 0])) == (3, 4)
        assert (camera.captured, camera.skipped) == (4, 2)
        assert camera.read(0.01) is None
        capture.release()


def test_a_device_that_falls_silent_is_lost_after_the_time_given() -> None:
    capture, clock = HandCapture(), HandClock()
    camera = V4l2Camera(
        PARAMETERS, loss_after_s=3.0, monotonic=clock.monotonic, open_capture=lambda _: capture
    )
    with camera:
        capture.give(plain(1))
        assert camera.read(5.0) is not None
        clock.now_s += 3.0
        assert camera.read(0.0) is None
        clock.now_s += 0.5
        with pytest.raises(
            CameraError, match=r"/dev/video0: no frame for 3\.5 s, wanted one within 3\.0 s"
        ):
            camera.read(0.0)
        capture.release()


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, "gave no frame"),  # the cable is out
        (plain(1, width_px=64), "a frame is 64x24"),  # another mode
    ],
)
def test_a_device_that_fails_is_an_error_that_stays(image: object, said: str) -> None:
    capture = HandCapture()
    with V4l2Camera(PARAMETERS, loss_after_s=5.0, open_capture=lambda _: capture) as camera:
        capture.give(image)
        for _ in range(2):
            with pytest.raises(CameraError, match=said):
                camera.read(5.0)


def test_closing_a_device_gives_it_back_and_ends_the_thread() -> None:
    capture = HandCapture()
    camera = V4l2Camera(PARAMETERS, loss_after_s=5.0, open_capture=lambda _: capture)
    camera.close()
    camera.close()
    assert capture.released
    assert not camera._thread.is_alive()
    assert camera.read(0.0) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"device": Path("/dev/null")}, "wanted /dev/video0"),  # another device
        ({"device": Path("/dev/video0 ! appsink")}, "wanted /dev/video0"),  # a pipeline
        ({"device": Path("http://camera/")}, "wanted /dev/video0"),  # an address
        ({"width_px": 0}, "wanted sides"),  # no picture
        ({"fps": 0.0}, "a rate up to"),  # no motion
        ({"fourcc": "mjpeg"}, "four capital letters"),  # the name of the codec, not its code
    ],
)
def test_parameters_that_no_camera_has_are_refused(change: dict[str, object], said: str) -> None:
    chosen: dict[str, object] = {
        "device": Path("/dev/video0"),
        "width_px": 32,
        "height_px": 24,
        "fps": 30.0,
        "fourcc": "MJPG",
    }
    with pytest.raises(CameraError, match=said):
        V4l2Parameters(**(chosen | change))  # type: ignore[arg-type]  # the table mixes the types of the fields


def test_a_device_that_is_not_there_is_named() -> None:
    absent = V4l2Parameters(
        Path("/dev/video999"), width_px=32, height_px=24, fps=30.0, fourcc="MJPG"
    )
    if absent.device.exists():
        pytest.skip("this machine has a camera 999")
    with pytest.raises(CameraError, match="/dev/video999: it is not there; look at the cable"):
        open_v4l2(absent)


def test_both_cameras_keep_the_protocol(make_video: MakeVideo) -> None:
    capture = HandCapture()
    cameras: list[Camera] = [
        file_camera(make_video([plain(10)], 5.0)),
        V4l2Camera(PARAMETERS, loss_after_s=5.0, open_capture=lambda _: capture),
    ]
    capture.give(plain(10))
    for camera in cameras:
        with camera:
            frame = camera.read(5.0)
            assert frame is not None
            assert frame.image.shape == (camera.frame_height_px, camera.frame_width_px, 3)
            assert (camera.captured, camera.skipped, camera.ended) == (1, 0, False)
            capture.release()
        camera.close()
