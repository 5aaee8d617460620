# SPDX-License-Identifier: Apache-2.0
"""What a video file is asked before a box runs on it, by a process of its own."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.channel import RECORD_BYTES
from edge_agent.errors import CameraError
from edge_agent.processes import video_file as film_module
from edge_agent.processes.video_file import Film, look_at


def film(path: Path, *, fps: float = 5.0, frames: int = 10, fourcc: str = "MJPG") -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), fps, (64, 48))
    for index in range(frames):
        writer.write(np.full((48, 64, 3), 20 * index, np.uint8))
    writer.release()
    return path


def rated(raw: bytes, *, fps: int) -> bytes:
    """Return an AVI whose stream head says another rate.

    Four bytes of scale and four of rate, 20 after its type.
    """
    at = raw.index(b"strh") + 8 + 20
    return raw[:at] + (1).to_bytes(4, "little") + fps.to_bytes(4, "little") + raw[at + 8 :]


def test_a_video_says_its_size_rate_and_length(tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi")
    assert look_at(path, fps=None) == Film(64, 48, 5.0, 10)
    assert look_at(path, fps=2.0).seconds == 5.0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a video\n", "not one frame can be decoded"),  # a text
        (b"", "not one frame can be decoded"),  # nothing
        (
            b"RIFF\x00\x01\x00\x00AVI LIST",
            "not one frame can be decoded",
        ),  # a head and nothing else
        (
            b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(4000),
            "not one frame can be decoded",
        ),  # no index
    ],
)
def test_what_is_no_video_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "film.mp4").write_bytes(content)
    with pytest.raises(CameraError, match=said):
        look_at(tmp_path / "film.mp4", fps=None)


def test_an_mp4_whose_index_is_gone_is_told(tmp_path: Path) -> None:
    raw = film(tmp_path / "film.mp4", fourcc="mp4v").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(raw[: raw.index(b"moov") - 4])
    with pytest.raises(CameraError, match="not one frame can be decoded"):
        look_at(tmp_path / "cut.mp4", fps=None)


@pytest.mark.parametrize("fps", [1000, 90_000, 2**31 - 1])
def test_a_rate_that_no_camera_has_is_told_unless_the_config_says_another(
    tmp_path: Path, fps: int
) -> None:
    raw = rated(film(tmp_path / "film.avi").read_bytes(), fps=fps)
    (tmp_path / "film.avi").write_bytes(raw)
    with pytest.raises(CameraError, match=r"wanted 0\.1 to 240; set camera\.fps in the config"):
        look_at(tmp_path / "film.avi", fps=None)
    assert look_at(tmp_path / "film.avi", fps=5.0).fps == 5.0


def test_a_picture_of_a_few_pixels_is_told(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(
        str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (8, 8)
    )
    writer.write(np.zeros((8, 8, 3), np.uint8))
    writer.release()
    with pytest.raises(CameraError, match=r"frames of 8x8, wanted sides of 16\.\.8192 pixels"):
        look_at(tmp_path / "film.avi", fps=None)


def test_a_length_that_can_hardly_be_true_is_a_warning() -> None:
    assert Film(64, 48, 5.0, 10).warning == ""
    assert "days; is camera.fps right?" in Film(64, 48, 0.1, 2**31).warning


def test_both_sides_of_the_record_agree_and_it_is_as_long_as_the_lock_lets_out() -> None:
    text = Path(film_module.__file__).with_name("video_probe.py").read_text()
    assert f'struct.Struct("{film_module.RECORD.format}")' in text
    assert film_module.RECORD.size == RECORD_BYTES


def test_the_process_that_looks_has_no_network(tmp_path: Path) -> None:
    # A list of streams elsewhere is a container too; it is opened without the network, so
    # nothing is asked.
    (tmp_path / "list.m3u8").write_text(
        "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(CameraError):
        look_at(tmp_path / "list.m3u8", fps=None)
