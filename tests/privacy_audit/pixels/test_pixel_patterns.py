# SPDX-License-Identifier: Apache-2.0
"""The search for pictures, against files that others' programs wrote."""

import base64
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from privacy_audit.pixels.pixel_patterns import KINDS, find, imprint_of, planted
from privacy_audit.target.synthetic_clip import frame, new_marker, pixels

MARKER = new_marker()
IMPRINT = imprint_of(MARKER)
FRAME = frame(MARKER, 3.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_is_planted_is_found_and_is_no_other_picture(kind: str) -> None:
    assert find(IMPRINT, b"some bytes" + planted(MARKER)[kind] + b"more", jpeg=True) is not None
    other = find(imprint_of(new_marker()), planted(MARKER)[kind], jpeg=False)
    assert other is None


@pytest.mark.parametrize("extension", [".png", ".jpg", ".bmp", ".ppm"])
def test_what_opencv_writes_of_a_frame_is_found(extension: str) -> None:
    done, written = cv2.imencode(extension, FRAME)
    assert done
    assert find(IMPRINT, written.tobytes(), jpeg=True) is not None


@pytest.mark.parametrize(
    ("code", "name"),
    [(cv2.COLOR_BGR2GRAY, "grey"), (cv2.COLOR_BGR2YUV_I420, "Y"), (cv2.COLOR_BGR2RGB, "RGB")],
)
def test_colours_are_those_that_opencv_makes(code: int, name: str) -> None:
    assert find(IMPRINT, np.asarray(cv2.cvtColor(FRAME, code)).tobytes(), jpeg=False) == name


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_base64_and_gzip_are_found_wherever_they_begin(shift: int) -> None:
    assert (
        find(IMPRINT, base64.b64encode(b"x" * shift + FRAME.tobytes()), jpeg=False)
        == "BGR in base64"
    )
    assert find(IMPRINT, b"x" * shift + gzip.compress(FRAME.tobytes()), jpeg=False) is not None


def test_a_picture_in_a_database_is_found_though_its_pages_cut_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as store, store:
        store.execute("PRAGMA page_size = 1024")
        store.execute("CREATE TABLE kept (picture BLOB)")
        store.execute("INSERT INTO kept VALUES (?)", (FRAME.tobytes(),))
    assert find(IMPRINT, (tmp_path / "store.db").read_bytes(), jpeg=False) is not None


def test_other_pictures_and_broken_files_are_not_taken_for_it() -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, 400_000, np.uint8).tobytes()
    assert find(IMPRINT, noise, jpeg=False) is None
    png = cv2.imencode(".png", FRAME)[1].tobytes()
    for cut in (10, 30, 60, 200):
        find(IMPRINT, png[:cut], jpeg=True)
    larger = cv2.imencode(".jpg", np.zeros((500, 700, 3), np.uint8))[1].tobytes()
    assert find(IMPRINT, larger, jpeg=True) is None
    assert find(IMPRINT, pixels(new_marker()).tobytes(), jpeg=True) is None
