# SPDX-License-Identifier: Apache-2.0
"""A whole: a real broker, a real centre, a real box on a real video."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import pytest

from development.testbed.box import make_keys
from tests.broker import Broker
from tests.end_to_end.old_code import Program, programs
from tests.end_to_end.whole import Whole, replayed
from tests.fusion_service.centre import Centre

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "var" / "clips" / "vtest.avi"
MODEL = ROOT / "var" / "models" / "person-ssdlite.onnx"
FRAMES = 84


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first twelve seconds of the street video, as a file of its own."""
    if not CLIP.exists() or not MODEL.exists():
        pytest.skip("the clip or the model is not there; run scripts/test, which fetches both")
    path = tmp_path_factory.mktemp("clip") / "street.avi"
    source = cv2.VideoCapture(str(CLIP))
    target = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 7.0, (768, 576))
    for _ in range(FRAMES):
        _, image = source.read()
        target.write(image)
    target.release()
    source.release()
    return path


@pytest.fixture(scope="session")
def exact(street: Path) -> list[dict[str, Any]]:
    """What the replay tool counts on the street: always the same, so it is asked once."""
    return replayed(street)


@pytest.fixture
def whole(tmp_path: Path, broker: Broker, street: Path) -> Iterator[Whole]:
    with whole_in(tmp_path, broker, street) as one:
        yield one


@contextmanager
def whole_in(folder: Path, broker: Broker, street: Path) -> Iterator[Whole]:
    """Start a centre at this broker that knows a box, which is for the test to start."""
    with (
        Centre(folder / "centre", broker.port) as centre,
        whole_at(centre, broker, folder, street) as one,
    ):
        yield one


@contextmanager
def whole_at(
    centre: Centre, broker: Broker, folder: Path, street: Path, name: str = "demo/vtest"
) -> Iterator[Whole]:
    """Let a running centre know a box, which is for the test to start."""
    centre.add_device(name, make_keys(folder / "keys"), "--test-site")
    one = Whole(folder, broker, centre, street, name)
    yield one
    one.end()


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    """The programs of version 1 of the wire, by name."""
    return programs(tmp_path_factory.mktemp("version-1"))
