# SPDX-License-Identifier: Apache-2.0
"""What the kernel answers of devices that are no camera, not there, busy, or not ours.

Each is named.
"""

import fcntl
import os
import pty
import stat
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.device import probe_device
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.capture.v4l2_camera import V4l2Parameters, open_v4l2

NOBODY = 65534
LOOK = """
import os, sys
from pathlib import Path
from edge_agent.errors import CameraError
from edge_agent.vision.capture.device import probe_device
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    probe_device(Path(sys.argv[1]))
except CameraError as error:
    print(error.fault.name, error)
"""


def fault(see: Callable[[], object]) -> tuple[CameraFault, str]:
    with pytest.raises(CameraError) as told:
        see()
    return told.value.fault, str(told.value)


def as_somebody_else(path: Path | str) -> str:
    """Look at a device as a user who has no right of root's; as an ordinary user, as that one."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOOK, path],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


@pytest.fixture
def terminal() -> Iterator[str]:
    """A character device of our own: the far end of a terminal that nobody sits at."""
    near, far = pty.openpty()
    yield os.ttyname(far)
    os.close(near)
    os.close(far)


def test_a_camera_that_is_not_plugged_in_is_missing() -> None:
    parameters = V4l2Parameters(Path("/dev/video977"), 640, 480, 10.0, "MJPG")
    found, said = fault(lambda: open_v4l2(parameters))
    assert (found, said.startswith("/dev/video977: it is not there; look at the cable")) == (
        CameraFault.MISSING,
        True,
    )


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device_that_is_no_camera_is_named_as_such(path: str) -> None:
    found, said = fault(lambda: probe_device(Path(path)))
    assert (found, "it is no camera; wanted a V4L2 device" in said) == (
        CameraFault.NOT_A_CAMERA,
        True,
    ), said


def test_a_terminal_and_a_folder_are_no_cameras(terminal: str, tmp_path: Path) -> None:
    assert fault(lambda: probe_device(Path(terminal)))[0] is CameraFault.NOT_A_CAMERA
    found, said = fault(lambda: probe_device(tmp_path))
    assert (found, "not a character device" in said) == (CameraFault.NOT_A_CAMERA, True)


def test_a_device_that_another_holds_alone_is_busy(terminal: str) -> None:
    Path(terminal).chmod(0o666)
    with Path(terminal).open("rb", buffering=0) as held:
        fcntl.ioctl(held, termios.TIOCEXCL)
        if os.getuid() != 0:
            assert fault(lambda: probe_device(Path(terminal)))[0] is CameraFault.BUSY
        assert as_somebody_else(terminal).startswith(
            f"BUSY {terminal}: another program has the camera"
        )


def test_a_device_that_this_user_may_not_open_is_named_with_what_to_look_at(terminal: str) -> None:
    mode = stat.S_IMODE(Path(terminal).stat().st_mode)
    Path(terminal).chmod(0)
    said = as_somebody_else(terminal)
    Path(terminal).chmod(mode)
    assert said.startswith(
        f"NO_PERMISSION {terminal}: this user may not open it; look at its group and mode"
    )


def test_a_file_that_is_not_there_a_folder_and_what_is_no_video_are_told_apart(
    tmp_path: Path,
) -> None:
    (tmp_path / "notes.avi").write_text("no video")
    wanted = {
        "gone.avi": CameraFault.MISSING,
        ".": CameraFault.NOT_A_CAMERA,
        "notes.avi": CameraFault.NOT_DECODED,
        "image%03d.png": CameraFault.NOT_A_CAMERA,
        "notes.avi/inside": CameraFault.NOT_A_CAMERA,
    }
    found = {
        name: fault(
            lambda path=tmp_path / name: FileCamera(path, fps=None, paced=False, loss_after_s=1.0)
        )[0]
        for name in wanted
    }
    assert found == wanted
