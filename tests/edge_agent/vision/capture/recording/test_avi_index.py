# SPDX-License-Identifier: Apache-2.0
import struct
from pathlib import Path

import pytest

from development.fakes.recording import blank, cut_off, write_recording
from edge_agent.vision.capture.recording.avi_index import FrameNumbers, lost_frames


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "film.avi", frames=100, fps=10.0, fourcc="MJPG")


def test_a_whole_file_has_lost_nothing(film: Path) -> None:
    assert lost_frames(film) == ()


def test_frames_whose_chunk_is_gone_are_named(film: Path) -> None:
    blank(film, 0.4, 0.5)
    lost = lost_frames(film)
    assert 8 <= len(lost) <= 12
    assert lost == tuple(range(lost[0], lost[0] + len(lost)))
    assert 32 <= lost[0] <= 42


def test_without_an_index_nothing_is_known(film: Path) -> None:
    cut_off(film, 0.6)
    assert lost_frames(film) == ()


def test_an_index_of_another_file_is_not_used(film: Path) -> None:
    raw = bytearray(film.read_bytes())
    at = raw.index(b"idx1") + 8
    while at < len(raw):
        [place] = struct.unpack_from("<I", raw, at + 8)
        struct.pack_into("<I", raw, at + 8, place + 3)
        at += 16
    film.write_bytes(raw)
    assert lost_frames(film) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",  # nothing
        b"RIFF\x00\x00\x00\x00AVI LIST",  # the first bytes of one
        b"RIFF\xff\xff\xff\xffAVI idx1\xff\xff\xff\xff00dc",  # an index longer than its file
        b"RIFF\x00\x00\x00\x00AVI " + b"LIST\x00\x00\x00\x00abcd" * 500,  # lists without end
        b"\x00\x00\x00\x18ftypisom" * 30,  # another container
    ],
)
def test_what_is_no_avi_has_lost_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(content)
    assert lost_frames(path) == ()


def test_behind_lost_frames_the_count_goes_on_with_their_numbers_taken() -> None:
    numbers = FrameNumbers((2, 3, 6))
    assert [numbers.own(counted) for counted in range(5)] == [0, 1, 4, 5, 7]
    assert [FrameNumbers(()).own(counted) for counted in range(3)] == [0, 1, 2]
