# SPDX-License-Identifier: Apache-2.0
import pytest

from edge_agent.vision.capture.recording.opening import Container
from edge_agent.vision.capture.recording.shortfall import COMPLETE, Played, shortfall

STATED = Container(64, 48, 10.0, 600)


@pytest.mark.parametrize(
    ("container", "played"),
    [
        (STATED, Played(600, 0, 59.9, 0.0)),  # all of it
        (STATED, Played(599, 0, 59.8, 0.0)),  # a length that was rounded up
        (STATED, Played(600, 0, 59.9, 20.0)),  # a hole that was recorded as one
        (STATED, Played(300, 0, 59.8, 0.0)),  # a rate that varies: the number is worked out
        (Container(64, 48, 10.0, 0), Played(300, 0, 29.9, 0.0)),  # nothing is stated
    ],
)
def test_a_whole_recording_falls_short_of_nothing(container: Container, played: Played) -> None:
    assert shortfall(container, played, "film") == COMPLETE


@pytest.mark.parametrize(
    ("container", "played", "ends_early"),
    [
        (STATED, Played(300, 0, 29.9, 0.0), True),  # broken off in the middle
        (STATED, Played(580, 0, 57.9, 0.0), True),  # two seconds before the end
        (STATED, Played(560, 0, 59.9, 4.1), False),  # a hole of four seconds
        (STATED, Played(599, 1, 59.9, 0.0), False),  # one frame that cannot be decoded
        (Container(64, 48, 10.0, 0), Played(300, 2, 30.1, 0.0), False),  # without a stated number
    ],
)
def test_what_is_missing_is_said(container: Container, played: Played, ends_early: bool) -> None:  # noqa: FBT001 - a table
    said = shortfall(container, played, "film")
    assert said.sentence.startswith("film: breaks off: " if ends_early else "film: is damaged: ")
    assert f"{played.decoded} frames came" in said.sentence
    assert said.ends_early == ends_early
    if container.frames:
        assert "wanted the 600 frames and 60.0 s that its container says" in said.sentence
