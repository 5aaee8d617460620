# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks and the scores share.

True crossings, how events are paired, the streets, the programs they run, the page.
"""

import datetime as dt
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from development.fakes.street import HARD, StreetFrame, SyntheticStreet
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Crossing, Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone

ROOT = Path(__file__).resolve().parents[2]
AGENT = ROOT / ".venv" / "bin" / "edge-agent"
"""The box as it is installed: without the peers' libraries."""
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
CLIP = ROOT / "var" / "clips" / "vtest.avi"

TRUTH_COLUMNS = 6
PAGE = ROOT / "docs" / "ACCURACY.md"
COLUMNS_MAX = 100

NEAR_S = 1.5
"""How far in time a counted crossing may lie from a true one, seconds."""
CLEAR_HEIGHTS = 0.1
"""How clear of a line a true foot point must be to have a side, heights."""
STREET_PX = (1280, 720)
STREET_LINE = Line("middle", (640.0, -60.0), (640.0, 800.0))
STREET_ZONE = Zone("middle", ((200.0, 100.0), (1000.0, 100.0), (1000.0, 700.0), (200.0, 700.0)))
STREET_FPS = 10.0
WINDOW_S = 10.0
LEAD_S = 10.0
"""What a street needs before it is scored: nobody can count who crossed before the first frame."""


@dataclass(frozen=True, slots=True)
class Event:
    """One crossing, true or counted; direction is in or out."""

    at_s: float
    direction: str


def read_truth(path: Path) -> NDArray[np.float64]:
    """Return MOT truth, (N, 6), without rows that are marked as not to be counted."""
    rows = np.loadtxt(path, delimiter=",")
    counted = rows[:, 6] != 0 if rows.shape[1] > TRUTH_COLUMNS else np.ones(len(rows), np.bool_)
    return np.asarray(rows[counted, :TRUTH_COLUMNS])


def true_events(truth: NDArray[np.float64], line: Line, fps: float) -> list[Event]:
    """Follow each person's foot point in MOT truth, (N, 6): frame, id, left, top, width, height.

    The oldest crossing comes first. A crossing is a change of side that clears the line by
    CLEAR_HEIGHTS and met the line between its ends.
    """
    events: list[Event] = []
    for person in np.unique(truth[:, 1]):
        walk = truth[truth[:, 1] == person]
        events += _crossings(walk[np.argsort(walk[:, 0], kind="stable")], line, fps)
    return sorted(events, key=lambda event: event.at_s)


def _crossings(walk: NDArray[np.float64], line: Line, fps: float) -> Iterator[Event]:
    a, b = np.array(line.a), np.array(line.b)
    feet = np.column_stack([walk[:, 2] + walk[:, 4] / 2, walk[:, 3] + walk[:, 5]])
    distances = ((b - a)[0] * (feet - a)[:, 1] - (b - a)[1] * (feet - a)[:, 0]) / np.hypot(*(b - a))
    times_s = (walk[:, 0] - 1) / fps
    side, met = 0, (0.0, np.nan)
    for one, other in pairwise([0, *range(len(walk))]):
        before, now = distances[one], distances[other]
        if (before >= 0) != (now >= 0):
            share = before / (before - now)
            place = feet[one] + share * (feet[other] - feet[one])
            met = (
                times_s[one] + share * (times_s[other] - times_s[one]),
                float((place - a) @ (b - a) / ((b - a) @ (b - a))),
            )
        if abs(now) > CLEAR_HEIGHTS * walk[other, 5]:
            reached = int(np.sign(now))
            if side not in (0, reached) and 0.0 <= met[1] <= 1.0:
                yield Event(float(met[0]), "in" if reached > 0 else "out")
            side = reached


def paired(found: Sequence[Event], true: Sequence[Event]) -> int:
    """Count the pairs of one direction within NEAR_S, nearest in time first."""
    gaps = sorted(
        (abs(one.at_s - other.at_s), row, column)
        for row, one in enumerate(found)
        for column, other in enumerate(true)
        if one.direction == other.direction and abs(one.at_s - other.at_s) <= NEAR_S
    )
    rows: set[int] = set()
    columns: set[int] = set()
    for _, row, column in gaps:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
    return len(rows)


def scores(found: Sequence[Event], true: Sequence[Event]) -> dict[str, float]:
    """Return precision, recall and F1 of the events."""
    hits = paired(found, true)
    return {
        "precision": round(hits / max(1, len(found)), 3),
        "recall": round(hits / max(1, len(true)), 3),
        "f1": round(2 * hits / max(1, len(found) + len(true)), 3),
    }


def by_window(
    events: Iterable[Event], windows: int, length_s: float, begin_s: float = 0.0
) -> NDArray[np.int64]:
    """Count the events of each window and direction, (windows, 2): in, out."""
    counts = np.zeros((windows, 2), np.int64)
    for event in events:
        window = int((event.at_s - begin_s) // length_s)
        if 0 <= window < windows and event.at_s >= begin_s:
            counts[window, int(event.direction == "out")] += 1
    return counts


@dataclass(slots=True)
class Score:
    """Sums over lines: pairs, counted, true, and the error of windows; f1 has one number a line."""

    hits: int = 0
    found: int = 0
    true: int = 0
    error: int = 0
    f1: list[float] = field(default_factory=list)

    def add_line(self, found: Sequence[Event], true: Sequence[Event], windows: int) -> None:
        """Add one line."""
        hits = paired(found, true)
        self.hits, self.found, self.true = (
            self.hits + hits,
            self.found + len(found),
            self.true + len(true),
        )
        self.error += int(
            np.abs(by_window(found, windows, WINDOW_S) - by_window(true, windows, WINDOW_S)).sum()
        )
        self.f1.append(2 * hits / max(1, len(found) + len(true)))

    @property
    def pooled_f1(self) -> float:
        """Return F1 over all crossings of all lines."""
        return 2 * self.hits / max(1, self.found + self.true)

    @property
    def window_error_percent(self) -> float:
        """Return the absolute error of windows and directions, per cent of the truth."""
        return 100.0 * self.error / max(1, self.true)


@dataclass(frozen=True, slots=True)
class Filmed:
    """A street, its frames as the detector saw them, and its true crossings of STREET_LINE."""

    people: int
    seconds: float
    frames: tuple[StreetFrame, ...]
    true: tuple[Event, ...]

    @property
    def windows(self) -> int:
        """How many windows are scored.

        All after the lead, but for the last two seconds of the film.
        """
        return int((self.seconds - LEAD_S - 2.0) // WINDOW_S)


def film(people: int, seed: int, *, seconds: float, leftwards: float = 0.5) -> Filmed:
    """Film a hard street of `people` at a time."""
    width_px, height_px = STREET_PX
    street = SyntheticStreet.busy(
        seed,
        people=people,
        seconds=seconds,
        width_px=width_px,
        height_px=height_px,
        leftwards=leftwards,
    )
    true = tuple(
        Event(one.at_s, one.direction) for one in street.crossings(STREET_LINE.a, STREET_LINE.b)
    )
    return Filmed(people, seconds, street.frames(STREET_FPS, HARD, seed=seed), true)


def street_scene() -> Scene:
    """Return the scene that all streets are counted in: one line, one zone, one setting."""
    return Scene(
        (STREET_LINE,), (STREET_ZONE,), settings=TrackerSettings(), frame_width_px=STREET_PX[0]
    )


def count_street(filmed: Filmed) -> tuple[list[Event], list[tuple[float, bool]]]:
    """Count one street; return the crossings, and for each frame whether it was saturated."""
    scene = street_scene()
    crossings: list[Crossing] = []
    full: list[tuple[float, bool]] = []
    for frame in filmed.frames:
        counts = scene.observe_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
        crossings += counts.crossings
        full.append((frame.at_s, counts.saturated))
    crossings += scene.finish()
    return [Event(one.crossed_s, str(one.direction)) for one in crossings], full


def street_error(found: Iterable[Event], filmed: Filmed) -> tuple[int, int, int]:
    """Return the sum of absolute errors over windows and directions, the total and the truth."""
    counted = by_window(found, filmed.windows, WINDOW_S, LEAD_S)
    true = by_window(filmed.true, filmed.windows, WINDOW_S, LEAD_S)
    return int(np.abs(counted - true).sum()), int(counted.sum()), int(true.sum())


def replay(*arguments: str) -> list[dict[str, object]]:
    """Run `edge-agent replay ... --json` and return its lines."""
    command = [str(AGENT), "replay", *arguments, "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)  # noqa: S603 - our own program
    if done.returncode:
        sys.exit(f"replay {' '.join(arguments)}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_section(section: str, command: str, text: str) -> None:
    """Put a section into docs/ACCURACY.md, in place of the one of that name."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    today = dt.datetime.now(dt.UTC).date().isoformat()
    body = f"{begin}\n## {section}\n`{command}`, {today}.\n\n{filled(text)}\n{end}\n"
    page = PAGE.read_text("utf-8")
    if begin in page:
        before, after = page.split(begin)[0], page.split(f"{end}\n")[1]
        PAGE.write_text(before + body + after, "utf-8")
    else:
        PAGE.write_text(f"{page.rstrip()}\n\n{body}", "utf-8")


def filled(text: str) -> str:
    """Return a section's text with paragraphs of at most COLUMNS_MAX columns; tables stay."""
    return "\n\n".join(
        paragraph
        if paragraph.startswith("|")
        or max(map(len, paragraph.splitlines()), default=0) <= COLUMNS_MAX
        else textwrap.fill(paragraph, COLUMNS_MAX, break_long_words=False, break_on_hyphens=False)
        for paragraph in text.split("\n\n")
    )


def needs_set_up() -> None:
    """End with the command to run where the box is not installed in this clone."""
    if not AGENT.exists():
        sys.exit(f"{AGENT.relative_to(ROOT)} is missing: python3 scripts/setup.py run")


def number(line: dict[str, object], key: str) -> float:
    """Return a number of a JSON line."""
    value = line[key]
    if not isinstance(value, int | float):
        sys.exit(f"replay: {key} is {value!r}, wanted a number")
    return float(value)


def processor() -> str:
    """Return what the machine calls its processor."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return "unknown"
