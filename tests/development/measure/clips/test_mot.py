# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from development.measure.clips.mot import confidence_range, read_mot
from edge_agent.errors import ConfigError

GOOD = "1,-1,10,20,30,40,0.5,-1,-1,-1\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "det.txt"
    path.write_text(text)
    return path


def test_boxes_are_read_as_corners_and_frame_one_is_the_first(tmp_path: Path) -> None:
    found = read_mot(written(tmp_path, GOOD), fps=10.0)
    ((at_s, detections),) = found.steps()
    assert at_s == 0.0
    assert detections.boxes.tolist() == [[10.0, 20.0, 40.0, 60.0]]
    assert detections.confidences.tolist() == [0.5]
    assert detections.boxes.dtype == detections.confidences.dtype == np.float32


def test_frames_come_in_order_with_the_empty_ones_between(tmp_path: Path) -> None:
    path = written(tmp_path, "4,-1,0,0,1,1,1\n\n1,-1,0,0,1,1,1\n1,7,0,0,2,2,1\n")
    steps = list(read_mot(path, fps=8.0).steps())
    assert [at_s for at_s, _ in steps] == [0.0, 0.125, 0.25, 0.375]
    assert [len(detections) for _, detections in steps] == [2, 0, 0, 1]


def test_an_empty_file_has_no_frames_unless_they_are_stated(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    assert list(read_mot(path, fps=10.0).steps()) == []
    assert [len(detections) for _, detections in read_mot(path, fps=10.0, frames=3).steps()] == [
        0,
        0,
        0,
    ]


def test_stated_frames_add_empty_ones_at_the_end_or_cut(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "3,-1,0,0,1,1,1\n")
    assert [len(detections) for _, detections in read_mot(path, fps=10.0, frames=5).steps()] == [
        1,
        0,
        1,
        0,
        0,
    ]
    assert [len(detections) for _, detections in read_mot(path, fps=10.0, frames=2).steps()] == [
        1,
        0,
    ]


@given(low=st.integers(-100, 100), span=st.integers(1, 200), share=st.floats(0.0, 1.0))
def test_a_range_maps_any_confidence_into_zero_to_one(
    tmp_path_factory: pytest.TempPathFactory, low: int, span: int, share: float
) -> None:
    confidence = low + share * span
    path = written(
        tmp_path_factory.mktemp("mot"), f"1,-1,0,0,1,1,{min(confidence, low + span)!r}\n"
    )
    ((_, detections),) = read_mot(path, fps=1.0, confidence_range=(low, low + span)).steps()
    assert detections.confidences[0] == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("1,-1,10,20,30,40,high", "numbers parted by commas"),  # a word
        ("1;-1;10;20;30;40;1", "numbers parted by commas"),  # other marks
        ("1,-1,10,20,30,,1", "numbers parted by commas"),  # an empty column
        ("1,-1,10,20,30,40", "frame, id, left, top, width, height, confidence"),  # a column short
        ("1,-1,nan,20,30,40,1", "frame, id, left, top, width, height, confidence"),  # no number
        ("inf,-1,10,20,30,40,1", "frame, id, left, top, width, height, confidence"),  # no frame
        (
            "1,-1,10,20,30,40,1e999",
            "frame, id, left, top, width, height, confidence",
        ),  # beyond any number
        ("0,-1,10,20,30,40,1", "a whole number from 1"),  # counted from 0
        ("1.5,-1,10,20,30,40,1", "a whole number from 1"),  # half a frame
        ("-3,-1,10,20,30,40,1", "a whole number from 1"),  # before the first
        ("10000001,-1,10,20,30,40,1", "a whole number from 1"),  # more frames than anyone has
        ("1,-1,10,20,0,40,1", "both above 0"),  # no width
        ("1,-1,10,20,30,-40,1", "both above 0"),  # upside down
        ("1,-1,10,20,30,40,1.01", "--confidence-range LOW,HIGH"),  # a percentage, perhaps
        ("1,-1,10,20,30,40,-1", "--confidence-range LOW,HIGH"),  # MOT's word for not known
        ("1,-1,1e39,20,30,40,1", "1e+39"),  # no frame is so wide, nor can a box say it
    ],
)
def test_what_is_no_detection_is_named_with_file_and_line(
    tmp_path: Path, line: str, wanted: str
) -> None:
    path = written(tmp_path, GOOD + GOOD + line + "\n")
    with pytest.raises(ConfigError) as refused:
        read_mot(path, fps=10.0)
    assert str(refused.value).startswith(f"{path} line 3: ")
    assert wanted in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.txt: cannot be read"):
        read_mot(tmp_path / "absent.txt", fps=10.0)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match=r"det\.txt: cannot be read"):
        read_mot(tmp_path / "det.txt", fps=10.0)


@pytest.mark.parametrize("said", [(1.0, 1.0), (1.0, 0.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_a_range_that_spans_nothing_is_refused(tmp_path: Path, said: tuple[float, float]) -> None:
    with pytest.raises(ConfigError, match="--confidence-range"):
        read_mot(written(tmp_path, GOOD), fps=10.0, confidence_range=said)


def test_a_range_is_read_from_two_numbers() -> None:
    assert confidence_range("0,100") == (0.0, 100.0)
    assert confidence_range("-1.5, 2") == (-1.5, 2.0)


@pytest.mark.parametrize("text", ["", "1", "0,1,2", "low,high", "0;1"])
def test_a_range_of_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="wanted LOW,HIGH, as in 0,100"):
        confidence_range(text)
