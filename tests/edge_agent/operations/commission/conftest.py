# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.keys import generate

BOX = """\
site = "quay"
device = "door-3"
test_site = true
[camera]
source = "file"
path = "film.avi"
[window]
length_s = 10
[disclosure]
rule = "exact"
capacity_bits_per_minute_max = 512
[commission]
listen = "127.0.0.1:18443"
[store]
directory = "store"
[keys]
directory = "keys"
"""


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """The config of a box that counts at nothing yet, with its keys."""
    generate(tmp_path / "keys")
    (tmp_path / "store" / "outbox").mkdir(parents=True)
    writer = cv2.VideoWriter(
        str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (1280, 720)
    )
    for level in range(3):
        writer.write(np.full((720, 1280, 3), 90 + level, np.uint8))
    writer.release()
    path = tmp_path / "box.toml"
    path.write_text(BOX)
    return path
