# SPDX-License-Identifier: Apache-2.0
"""What becomes of a street that is seen badly for a while.

The code reaches the centre, and what was not seen is not zero.
"""

import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import cv2

from development.fakes import weather
from development.testbed.times import unix_s
from tests.end_to_end.whole import SMALL, Whole
from wire_contract.quality import QualityCode

FPS, LENGTH_S = 4.0, 5
Part = tuple[int, weather.Condition | None, QualityCode]
FILM: tuple[Part, ...] = (
    (15, None, QualityCode.FINE),
    (15, weather.blocked(1.0), QualityCode.BLOCKED),
    (15, None, QualityCode.FINE),
    (15, weather.moved(60, 25), QualityCode.MOVED),
    (15, None, QualityCode.FINE),
    (15, weather.dark(0.15, noise=4), QualityCode.DARK),
    (15, None, QualityCode.FINE),
)
"""For how many seconds the street is under which condition, and what the box is to say of it."""


def film(street: Path, path: Path, parts: Sequence[Part] = FILM) -> None:
    """Play the street to and fro, without end, under one condition after another."""
    source, frames = cv2.VideoCapture(str(street), cv2.CAP_FFMPEG), []
    while (taken := source.read())[0]:
        frames.append(taken[1])
    target = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (768, 576))
    to_and_fro = cycle([*frames, *frames[::-1]])
    for seconds, condition, _ in parts:
        for index in range(round(seconds * FPS)):
            image = next(to_and_fro)
            target.write(condition(image, index) if condition else image)
    target.release()


def test_what_could_not_be_seen_is_named_at_the_centre_and_is_not_zero(whole: Whole) -> None:
    path = whole.folder / "worse.avi"
    film(whole.street, path)
    # Not the default beginning, which lies further back than the centre keeps reports.
    began_s = int(time.time()) // 60 * 60 - 600
    settings = {"window__length_s": str(LENGTH_S), "window__replay_epoch_s": str(began_s)}
    settings |= {"camera__fps": str(FPS), **SMALL}
    assert whole.run(window__clock="replay", camera__path=str(path), **settings) == 0
    windows, begin_s = whole.windows(), 0
    assert [unix_s(window["start"]) - began_s for window in windows] == list(
        range(0, sum(part[0] for part in FILM), LENGTH_S)
    )
    for seconds, _, code in FILM:
        # A scene is judged as its mean of five seconds, and an ill must show for two and be gone
        # for three: ten seconds at most.
        inside = windows[begin_s // LENGTH_S + 2 : (begin_s + seconds) // LENGTH_S]
        assert {window["image_quality"]["code"] for window in inside} == {code}, (
            f"from {begin_s} s on"
        )
        if code in (QualityCode.BLOCKED, QualityCode.MOVED):
            assert all(
                window["validity"] == "not counted" and not window["lines"] and not window["zones"]
                for window in inside
            )
        elif code is QualityCode.FINE:
            assert all(window["validity"] == "counted" and window["zones"] for window in inside)
            assert max(zone["peak"] for window in inside for zone in window["zones"]) > 0
        begin_s += seconds
