# SPDX-License-Identifier: Apache-2.0
import time
from pathlib import Path

import pytest

from edge_agent.errors import CameraError
from edge_agent.vision.capture.v4l2_camera import V4l2Camera, V4l2Parameters, open_v4l2
from tests.edge_agent.vision.capture.by_hand import (
    PARAMETERS,
    HandCapture,
    HandClock,
    plain,
    wait_until,
)


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
