# SPDX-License-Identifier: Apache-2.0
"""What the decoder says is heard, and goes nowhere else."""

import ctypes
import os
import threading

import pytest

from edge_agent.vision.capture.network.decoder_log import TRACE, captured_log

C = ctypes.CDLL(None)


def test_lines_of_the_c_library_are_heard_in_the_block_and_printed_outside_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    words: list[str] = []
    C.puts(b"before")
    with captured_log(TRACE, words):
        C.puts(b"within, on the C library's own buffer")
        os.write(2, b"within, on standard error\n")
    C.puts(b"after")
    C.fflush(None)
    assert sorted(words) == ["within, on standard error", "within, on the C library's own buffer"]
    assert capfd.readouterr() == ("before\nafter\n", "")


def test_whoever_says_more_than_is_heard_is_not_kept_waiting() -> None:
    words: list[str] = []

    def flood() -> None:
        with captured_log(TRACE, words):
            for _ in range(64):
                try:
                    os.write(1, b"x" * 65_536)
                except BlockingIOError:
                    continue

    talking = threading.Thread(target=flood, daemon=True)
    talking.start()
    talking.join(30)
    assert not talking.is_alive()
    assert 0 < len("".join(words)) <= 1_048_576


def test_an_error_in_the_block_leaves_everything_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before, open_before = dict(os.environ), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - how many, and nothing else
    words: list[str] = []

    def fail() -> None:
        with captured_log(TRACE, words):
            os.write(1, b"said\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    os.write(1, b"heard again\n")
    assert (dict(os.environ), len(os.listdir("/proc/self/fd"))) == (before, open_before)  # noqa: PTH208 - the same
    assert words == ["said"]
    assert capfd.readouterr() == ("heard again\n", "")
