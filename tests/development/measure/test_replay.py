# SPDX-License-Identifier: Apache-2.0
"""The replay tool as its users meet it: a program that prints lines."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from development.fakes.recording import cut_off, write_recording
from development.fakes.street import StreetFrame, SyntheticStreet
from development.measure.replay import LINE_ENDS, ZONE_ENDS, frame_size
from development.testbed.verbs import ended_box_verb
from edge_agent.errors import ConfigError

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("edge-agent")
WEIGHTS = ROOT / "var/models/person-ssdlite.onnx"
FPS = 10.0
SECONDS = 25.0
WINDOW_S = 10
TIME_LIMIT_S = 60.0
GIVEN = ("--detections", "det.txt", "--fps", "10", "--frame-size", "768x576")
CONFIG = """
site = "test"
device = "street"
test_site = true
[camera]
source = "file"
path = "street.avi"
[view]
frame_width_px = 768
frame_height_px = 576
[[lines]]
id = "middle"
a = [384, 0]
b = [384, 576]
[[lines]]
id = "aside"
a = [200, 0]
b = [200, 576]
[[zones]]
id = "left"
polygon = [[0, 0], [384, 0], [384, 576], [0, 576]]
[[zones]]
id = "right"
polygon = [[384, 0], [768, 0], [768, 576], [384, 576]]
[window]
length_s = 10
[store]
directory = "box"
[keys]
directory = "keys"
"""
Lines = list[dict[str, Any]]


def edge_agent(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return ended_box_verb(*arguments)


def mot_text(frames: Sequence[StreetFrame]) -> str:
    rows = [
        f"{number},-1,{left:.3f},{top:.3f},{right - left:.3f},{bottom - top:.3f},{confidence:.4f}"
        for number, frame in enumerate(frames, start=1)
        for (left, top, right, bottom), confidence in zip(
            frame.boxes.tolist(), frame.confidences.tolist(), strict=True
        )
    ]
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def street() -> SyntheticStreet:
    return SyntheticStreet.busy(5, people=8, seconds=SECONDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, street: SyntheticStreet) -> Path:
    """A folder with the config and the detections of the street."""
    folder = tmp_path_factory.mktemp("replay")
    (folder / "street.toml").write_text(CONFIG)
    (folder / "det.txt").write_text(mot_text(street.frames(FPS)))
    return folder


@pytest.fixture(scope="module")
def replay(folder: Path) -> Callable[..., Lines]:
    def run(*more: str | Path) -> Lines:
        given = [
            "--config",
            folder / "street.toml",
            "--detections",
            folder / "det.txt",
            "--fps",
            "10",
            "--frame-size",
            "768x576",
        ]
        done = edge_agent("replay", *given, "--json", *more)
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture(scope="module")
def everything(replay: Callable[..., Lines]) -> Lines:
    return replay("--crossings", "--occupancy", "--frames", "250")


def windows_of(lines: Lines) -> Lines:
    return [line for line in lines if "start_s" in line]


def counts_of(windows: Lines) -> list[list[int]]:
    return [
        [line[way] for line in window["lines"].values() for way in ("in", "out")]
        for window in windows
    ]


def test_windows_hold_what_the_format_says_and_nothing_else(everything: Lines) -> None:
    for window in windows_of(everything):
        assert list(window) == [
            "start_s",
            "length_s",
            "quality",
            "observed_s",
            "frames",
            "lines",
            "zones",
        ]
        assert list(window["lines"]) == ["middle", "aside"]
        assert list(window["zones"]) == ["left", "right"]
        assert all(list(line) == ["in", "out", *LINE_ENDS] for line in window["lines"].values())
        assert all(list(zone) == ["mean", "max", *ZONE_ENDS] for zone in window["zones"].values())
        assert all(
            isinstance(line[way], int) for line in window["lines"].values() for way in ("in", "out")
        )


def test_each_window_has_the_code_and_the_intervals_that_a_box_would_state(
    everything: Lines,
) -> None:
    whole, last = windows_of(everything)[:-1], windows_of(everything)[-1]
    for window in whole:
        assert window["quality"] == "fine"
        for line in window["lines"].values():
            assert line["in_low"] <= line["in_high"]
            assert line["out_low"] <= line["out_high"]
        for zone in window["zones"].values():
            assert zone["mean_low"] <= zone["mean_high"]
            assert zone["peak_low"] <= zone["peak_high"]
    # Half of the last window was not seen: its numbers are lower bounds.
    assert all(line["in_high"] is None for line in last["lines"].values())
    assert all(zone["mean_low"] is not None for zone in last["zones"].values())


def test_windows_are_cut_at_multiples_of_their_length_and_the_last_is_what_is_left(
    everything: Lines,
) -> None:
    windows = windows_of(everything)
    assert [window["start_s"] for window in windows] == [0, 10, 20]
    assert [window["length_s"] for window in windows] == [WINDOW_S] * 3
    assert [window["frames"] for window in windows] == [100, 100, 50]
    assert [window["observed_s"] for window in windows] == pytest.approx(
        [10.0, 10.0, 5.0], abs=0.11
    )


def test_crossings_add_up_to_the_windows(everything: Lines) -> None:
    crossings = [line for line in everything if "line" in line]
    assert crossings
    for name in ("middle", "aside"):
        for direction in ("in", "out"):
            listed = sum(
                line["line"] == name and line["direction"] == direction for line in crossings
            )
            assert (
                sum(window["lines"][name][direction] for window in windows_of(everything)) == listed
            )


def test_crossings_are_the_true_ones(everything: Lines, street: SyntheticStreet) -> None:
    for name, x in (("middle", 384.0), ("aside", 200.0)):
        counted = [
            (line["t_s"], line["direction"]) for line in everything if line.get("line") == name
        ]
        true = [
            (one.at_s, one.direction)
            for one in street.crossings((x, 0.0), (x, 576.0))
            if 1.0 < one.at_s < SECONDS - 1.0
        ]
        settled = sorted(one for one in counted if 1.0 < one[0] < SECONDS - 1.0)
        assert [direction for _, direction in settled] == [direction for _, direction in true]
        assert [at_s for at_s, _ in settled] == pytest.approx([at_s for at_s, _ in true], abs=0.5)


def test_each_frame_says_who_is_in_the_zones_and_the_windows_agree(everything: Lines) -> None:
    frames = [line for line in everything if "t_s" in line and "zones" in line]
    assert [line["t_s"] for line in frames] == pytest.approx(
        [number / FPS for number in range(250)]
    )
    for window in windows_of(everything):
        for name in ("left", "right"):
            inside = [
                line["zones"][name]
                for line in frames
                if 0 <= line["t_s"] - window["start_s"] < WINDOW_S
            ]
            said = window["zones"][name]
            assert (said["mean"], said["max"]) == (
                pytest.approx(np.mean(inside), abs=1e-4),
                max(inside),
            )


def test_the_summary_comes_last(everything: Lines) -> None:
    assert ["summary" in line for line in everything] == [False] * (len(everything) - 1) + [True]
    summary = everything[-1]
    assert list(summary) == ["summary", "frames", "seconds", "cpu_s", "fps"]
    assert summary["summary"] is True
    assert summary["frames"] == 250
    assert summary["fps"] == pytest.approx(250 / summary["seconds"], rel=0.02)
    assert summary["cpu_s"] > 0


def test_without_being_asked_it_prints_windows_and_the_summary_only(
    replay: Callable[..., Lines], everything: Lines
) -> None:
    lines = replay("--frames", "250")
    assert lines[:-1] == windows_of(everything)
    assert lines[-1]["summary"] is True


def test_the_window_length_can_be_stated_and_empty_frames_at_the_end_count(
    replay: Callable[..., Lines],
) -> None:
    lines = replay("--window-s", "20", "--frames", "410")
    assert [
        (window["start_s"], window["length_s"], window["frames"]) for window in windows_of(lines)
    ] == [
        (0, 20, 200),
        (20, 20, 200),
        (40, 20, 10),
    ]
    empty = windows_of(lines)[2]["zones"]["left"]
    assert (empty["mean"], empty["max"]) == (0.0, 0)


def test_lines_are_laid_over_a_frame_of_another_size(folder: Path, everything: Lines) -> None:
    half = [
        ",".join([*row[:2], *(str(float(value) / 2) for value in row[2:6]), row[6]])
        for row in (line.split(",") for line in (folder / "det.txt").read_text().splitlines())
    ]
    (folder / "half.txt").write_text("\n".join(half))
    given = [
        "--config",
        folder / "street.toml",
        "--detections",
        folder / "half.txt",
        "--fps",
        "10",
        "--frame-size",
        "384x288",
    ]
    done = edge_agent("replay", *given, "--frames", "250", "--json")
    found = windows_of([json.loads(line) for line in done.stdout.splitlines()])
    # Their intervals may be wider: people half as tall are harder to count.
    assert counts_of(found) == counts_of(windows_of(everything))


def test_for_people_the_same_words_come_without_brackets(folder: Path) -> None:
    given = [
        "--config",
        folder / "street.toml",
        "--detections",
        folder / "det.txt",
        "--fps",
        "10",
        "--frame-size",
        "768x576",
    ]
    first = edge_agent("replay", *given).stdout.splitlines()[0]
    assert first.startswith("start_s 0")
    assert "frames 100" in first


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "either FILE or --detections"),  # nothing to read
        (["street.avi", "--detections", "det.txt"], "either FILE or --detections"),  # both
        (["--detections", "det.txt", "--fps", "10"], "--fps F and --frame-size WxH"),  # no size
        (
            ["--detections", "det.txt", "--frame-size", "768x576"],
            "--fps F and --frame-size WxH",
        ),  # no rate
        ([*GIVEN, "--frame-size", "768"], "wanted WxH in pixels"),  # half a size
        ([*GIVEN, "--confidence-range", "7"], "LOW,HIGH"),  # half a range
    ],
)
def test_wrong_use_is_told_with_exit_code_two(folder: Path, more: list[str], said: str) -> None:
    done = edge_agent("replay", "--config", folder / "street.toml", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.avi"], "absent.avi"),  # no such video
        (
            ["--detections", "absent.txt", "--fps", "10", "--frame-size", "768x576"],
            "absent.txt: cannot be read",
        ),  # no such text
        (
            ["--detections", "street.toml", "--fps", "10", "--frame-size", "768x576"],
            "street.toml line 2: ",
        ),  # no detections
    ],
)
def test_what_cannot_be_read_is_told_with_exit_code_one(
    folder: Path, arguments: list[str], said: str
) -> None:
    located = [
        folder / one if one.endswith((".avi", ".txt", ".toml")) else one for one in arguments
    ]
    done = edge_agent("replay", "--config", folder / "street.toml", *located)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text",
    ["", "768", "768x", "x576", "0x576", "768x0", "-768x576", "768x576x3", "768 x 576", "wxh"],
)
def test_a_frame_size_of_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="wanted WxH in pixels, as in 768x576"):
        frame_size(text)


def test_a_frame_size_is_width_by_height() -> None:
    assert frame_size("768x576") == (768, 576)


def test_a_video_is_replayed_frame_by_frame(folder: Path) -> None:
    if not WEIGHTS.exists():
        pytest.skip(
            "var/models/person-ssdlite.onnx is absent: run edge-agent model fetch person-ssdlite"
        )
    writer = cv2.VideoWriter(
        str(folder / "made.avi"), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (384, 288)
    )
    grey = np.full((288, 384, 3), 128, np.uint8)
    for number in range(25):
        cv2.rectangle(grey, (10 * number, 100), (10 * number + 20, 160), (40, 40, 40), thickness=-1)
        writer.write(grey)
    writer.release()
    small = ["--set", "detector.input_width_px=192", "--set", "detector.input_height_px=160"]
    given = ["--config", folder / "street.toml", "--json", "--occupancy", "--window-s", "2", *small]
    done = edge_agent("replay", folder / "made.avi", *given)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(window["start_s"], window["frames"]) for window in windows_of(lines)] == [
        (0, 20),
        (2, 5),
    ]
    assert [line["t_s"] for line in lines if "t_s" in line] == pytest.approx(
        [number / FPS for number in range(25)]
    )
    assert lines[-1]["frames"] == 25


def test_a_recording_that_breaks_off_is_counted_and_said_to(folder: Path) -> None:
    if not WEIGHTS.exists():
        pytest.skip("the model is not there; run scripts/test, which fetches it")
    film = write_recording(folder / "film.avi", frames=60, fps=5.0, fourcc="MJPG")
    cut_off(film, 0.5)
    # What it logs goes where its program has it go.
    command = [PROGRAM, "replay", film, "--config", folder / "street.toml", "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
    )
    windows = windows_of([json.loads(line) for line in done.stdout.splitlines()])
    assert done.returncode == 0
    assert 20 <= sum(window["frames"] for window in windows) <= 32
    assert f"{film}: breaks off: " in done.stderr
    assert "wanted the 60 frames and 12.0 s that its container says" in done.stderr
