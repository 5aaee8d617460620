# SPDX-License-Identifier: Apache-2.0
"""The feeder: what it takes from a stream, what it pushes into the pipe, and how it ends."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import CameraError
from edge_agent.processes.feeder import Feeder, read_credentials
from edge_agent.vision.capture.feed import HEAD_BYTES, Head, Hello, read_head, read_hello

HELLO = Hello(64, 48, 10.0)
IMAGE = np.zeros((48, 64, 3), np.uint8)


class Tape:
    """A stream that gives so many frames, one each `every_s`, and then is lost.

    Its pictures carry their number.
    """

    def __init__(self, frames: int, every_s: float) -> None:
        self._frames, self._every_s = frames, every_s
        self.taken = 0

    def read(self) -> tuple[bool, object]:
        if self.taken == self._frames:
            return False, None
        time.sleep(self._every_s)
        self.taken += 1
        return True, IMAGE + np.uint8((self.taken - 1) % 256)

    def release(self) -> None:
        """Nothing to give back."""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    yield reading, writing
    for descriptor in (reading, writing):
        try:
            os.close(descriptor)
        except OSError:
            continue


def take(reading: int, length: int) -> bytes:
    raw = b""
    while len(raw) < length:
        raw += os.read(reading, length - len(raw))
    return raw


PACE_S = 0.5
"""Between frames: a busy machine reads one before the next has come."""


def test_it_says_hello_and_then_every_frame_that_there_is_time_for(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    feeder = Feeder(Tape(5, PACE_S), HELLO, writing, "tape")
    told: list[CameraError] = []

    def run() -> None:
        try:
            feeder.run(lambda: False)
        except CameraError as error:
            told.append(error)

    running = threading.Thread(target=run)
    running.start()
    assert read_hello(take(reading, HEAD_BYTES)) == HELLO
    last: Head | None = None
    for index in range(5):
        last = read_head(take(reading, HEAD_BYTES), HELLO, after=last, now_ns=time.monotonic_ns())
        assert last.index == index
        assert set(take(reading, HELLO.image_bytes)) == {index}
    running.join()
    assert "the stream is lost" in str(told[0])


def test_a_sensor_that_does_not_read_costs_frames_and_no_backlog(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tape, stopping = Tape(1_000, 0.001), threading.Event()
    feeder = Feeder(tape, HELLO, writing, "tape")
    running = threading.Thread(target=feeder.run, args=(stopping.is_set,))
    running.start()
    until_s = time.monotonic() + 20
    while tape.taken < 300:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    take(reading, HEAD_BYTES)
    last: Head | None = None
    seen = []
    for _ in range(12):
        last = read_head(take(reading, HEAD_BYTES), HELLO, after=last, now_ns=time.monotonic_ns())
        seen.append(last.index)
        take(reading, HELLO.image_bytes)
    # The pipe holds 64 kB, seven of these frames; what comes after them is new, and what was
    # between is gone.
    waited = [index for index in seen if index < 100]
    assert len(waited) <= 65_536 // HELLO.image_bytes + 2
    assert seen[len(waited)] >= 250
    stopping.set()
    running.join(5)
    assert not running.is_alive()


def test_a_sensor_that_has_gone_ends_it(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    feeder = Feeder(Tape(1_000, 0.001), HELLO, writing, "tape")
    os.close(reading)
    with pytest.raises(CameraError, match="the sensor has ended"):
        feeder.run(lambda: False)


def test_a_frame_of_another_size_is_a_lost_stream(pipe: tuple[int, int]) -> None:
    feeder = Feeder(Tape(5, 0.001), Hello(32, 48, 10.0), pipe[1], "tape")
    with pytest.raises(CameraError, match="wanted 32x48 to the end"):
        feeder.run(lambda: False)


@pytest.mark.parametrize("text", ["viewer:word\n", "a:b:c", "ü:ß"])
def test_credentials_are_the_one_line_of_their_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "word").write_text(text)
    assert read_credentials(str(tmp_path / "word")) == text.strip()
    assert read_credentials(None) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"secretword",
        b"secret:word\nx",
        b"secret:\xff",
        b"secret:" + b"x" * 512,
        b"se\x00cret:word",
    ],
)
def test_a_file_that_holds_none_is_told_without_a_word_of_it(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "word").write_bytes(raw)
    with pytest.raises(CameraError, match="wanted one line, user:password") as told:
        read_credentials(str(tmp_path / "word"))
    assert "secret" not in str(told.value).replace(str(tmp_path), "")
    with pytest.raises(CameraError, match="absent"):
        read_credentials(str(tmp_path / "absent"))


def test_it_loads_no_library_of_the_other_processes() -> None:
    code = (
        "import json, sys, edge_agent.processes.feeder\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True
    )
    loaded = set(json.loads(done.stdout))
    assert (
        loaded
        & {
            "onnxruntime",
            "lap",
            "pydantic",
            "typer",
            "rich",
            "sqlite3",
            "cryptography",
            "paho",
            "ssl",
        }
        == set()
    )
    assert "cv2" in loaded
