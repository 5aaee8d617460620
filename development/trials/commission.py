# SPDX-License-Identifier: Apache-2.0
"""Set a box up from blank with a film as its camera, as an installer would, and hold it to truth.

`python -m development.trials.commission FOLDER [--nobody-passes] [--film FILE]`, as root. It draws
the street, opens the session, and is the phone: it asks by the page's own address and reads what
the page reads. Every byte that the page answers is kept and searched for the film's pixels.
"""

import argparse
import base64
import json
import re
import ssl
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from development.trials.commission_street import (
    LENS_DEGREES,
    TRUE_LINE_M,
    Walker,
    camera,
    film,
    passers_by,
    there_and_back,
)

Deed: TypeAlias = Callable[[], dict[str, Any]]
ALONE_S = 6.0
"""So long nobody is seen between two parts of the film, in the film's time and so in ours."""
WALKING_S = {"to the marks and back": 60.0, "up the ladder and down": 120.0}
"""What a person takes that no film shows, stated: see the figures at the end."""
BOX = """\
site = "quay"
device = "door-3"
test_site = true
[camera]
source = "file"
path = "{film}"
[detector]
input_width_px = 640
input_height_px = 384
[window]
clock = "live"
length_s = 10
clock_wait_s = 0
[disclosure]
rule = "exact"
capacity_bits_per_minute_max = 512
[broker]
host = "127.0.0.1"
[store]
directory = "store"
[keys]
directory = "keys"
"""


@dataclass(slots=True)
class Phone:
    """Who stands before the box with a phone: asks, and keeps every byte that comes."""

    url: str
    sent: bytearray = field(default_factory=bytearray)

    def get(self, name: str, body: bytes | None = None) -> bytes:
        """Ask the page for something."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        request = urllib.request.Request(self.url + name, data=body)  # noqa: S310 - the box's own page
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:  # noqa: S310 - the same
            found: bytes = answer.read()
        self.sent += found
        return found

    def state(self) -> dict[str, Any]:
        """Return the state."""
        return dict(json.loads(self.get("state")))

    def ask(self, **what: object) -> dict[str, Any]:
        """Ask for something, and return the state after it."""
        return dict(json.loads(self.get("ask", json.dumps(what).encode())))

    def wait_alone(self, samples: int = 0) -> dict[str, Any]:
        """Wait until so many heights were seen, and then nobody for a while."""
        since_s = None
        while True:
            state = self.state()
            is_empty = not any(state["people"]) and state["samples"] >= samples
            since_s = (since_s or time.monotonic()) if is_empty else None
            if since_s is not None and time.monotonic() - since_s > ALONE_S:
                return state
            time.sleep(0.25)

    def wait_somebody(self) -> None:
        """Wait until somebody is seen."""
        until_s = time.monotonic() + 120.0
        while not any(self.state()["people"]):
            if time.monotonic() > until_s:
                raise SystemExit("nobody came within two minutes")
            time.sleep(0.25)


def draw(path: Path, *, passers: bool) -> None:
    """Draw the film: people pass, or the installer walks near and far; along the line; across."""
    first = passers_by(32.0) if passers else (_about(0.0),)
    gap_s = 3.0 * ALONE_S
    along = Walker(
        901, 1.7, max(one.end_s for one in first) + gap_s,
        there_and_back((-6.0, TRUE_LINE_M), (6.0, TRUE_LINE_M), 2),
    )  # fmt: skip
    across = Walker(
        901, 1.7, along.end_s + gap_s,
        there_and_back((0.5, TRUE_LINE_M - 3), (0.5, TRUE_LINE_M + 3), 5), stands_s=0.6,
    )  # fmt: skip
    film(path, (*first, along, across), across.end_s + gap_s)


def _about(begin_s: float) -> Walker:
    """Return the installer's own walk, where nobody passes: away, across, and back."""
    way = ((-1.5, 7.0), (-3.0, 22.0), (4.0, 22.0), (1.5, 7.0), (-2.0, 12.0), (3.0, 18.0))
    return Walker(901, 1.7, begin_s, way)


def commission(folder: Path, film_path: Path) -> tuple[Phone, dict[str, Any], dict[str, float]]:
    """Run the session; return the phone, the last state, and what each step took, s."""
    config = folder / "box.toml"
    config.write_text(BOX.format(film=film_path))
    program = [str(Path(sys.executable).with_name("edge-agent")), "commission", str(config)]
    options = ["--lens-degrees", f"{LENS_DEGREES:g}", "--paper", str(folder / "as-built.html")]
    steps, begun_s = {}, time.monotonic()
    with subprocess.Popen(  # noqa: S603 - the box's own program
        [*program, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as box:
        assert box.stdout is not None  # noqa: S101 - it is a pipe
        lines = iter(box.stdout.readline, "")
        found = next(m[1] for line in lines if (m := re.match(r"page +(https://\S+)", line)))
        phone = Phone(found)
        page = [phone.get(name) for name in ("", "page.css", "page.js")]
        assert all(page)  # noqa: S101 - the page is there
        steps["until the page is there"], before_s = time.monotonic() - begun_s, time.monotonic()
        deeds: dict[str, Deed] = {
            "ground, from people": lambda: phone.wait_alone(120),
            "walk along the line": lambda: _walk(phone),
            "walk across it five times": lambda: _trial(phone),
            "write": lambda: phone.ask(do="finish"),
        }
        for name, do in deeds.items():
            state = do()
            sys.stderr.write(f"{name}: {state['samples']} heights, lines {state['lines']}\n")
            steps[name], before_s = time.monotonic() - before_s, time.monotonic()
        box.communicate(timeout=120)
        steps["the end in the ledger"] = time.monotonic() - before_s
        assert box.returncode == 0, state["said"]  # noqa: S101 - it has written
    return phone, state, steps


def _walk(phone: Phone) -> dict[str, Any]:
    phone.ask(do="walk", name="a")
    phone.wait_somebody()
    phone.wait_alone()
    state = phone.ask(do="walked")
    if not state["lines"]:
        raise SystemExit(f"no line: {state['said']}")
    return phone.ask(do="line_at", name="b", metres=TRUE_LINE_M)


def _trial(phone: Phone) -> dict[str, Any]:
    phone.ask(do="trial", name="a")
    phone.wait_somebody()
    phone.wait_alone()
    return phone.ask(do="trialled")


def pixels_in(sent: bytes, film_path: Path) -> int:
    """Return at how many places of what was sent a run of 12 pixels of the film stands.

    Of every 16th frame, every 8th row: as raw bytes, as hex, and as base 64.
    """
    reading, runs = cv2.VideoCapture(str(film_path)), set()
    for place in range(0, int(reading.get(cv2.CAP_PROP_FRAME_COUNT)), 16):
        reading.set(cv2.CAP_PROP_POS_FRAMES, place)
        shown, frame = reading.read()
        if shown:
            for row in frame[::8]:
                flat = np.ascontiguousarray(row).tobytes()
                runs |= {flat[at : at + 36] for at in range(0, len(flat) - 36, 36)}
    told = [run for run in runs if len(set(run)) > 4]  # noqa: PLR2004 - not one colour
    forms = {36: set(told), 72: {run.hex().encode() for run in told}}
    forms[48] = {base64.b64encode(run) for run in told}
    return sum(
        sent[at : at + length] in known
        for length, known in forms.items()
        for at in range(len(sent) - length + 1)
    )


def figures(folder: Path, state: dict[str, Any]) -> dict[str, float]:
    """Hold what was written to the truth of the street."""
    written, truth = tomllib.loads((folder / "box.toml").read_text()), camera()
    found = {}
    for line in written["lines"]:
        middle = [(one + other) / 2 for one, other in zip(line["a"], line["b"], strict=True)]
        _, away = truth.metres(*middle)
        found[f"line {line['id']}: metres off at {TRUE_LINE_M:g}"] = away - TRUE_LINE_M
    found["camera height found, m"] = state["ground"]["camera_m"]
    found["pitch found, degrees"] = state["ground"]["pitch"]
    return found


def main() -> None:
    """Draw, commission, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nobody-passes", action="store_true")
    parser.add_argument("--film", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    film_path = given.film or given.folder / "street.avi"
    if not film_path.exists():
        draw(film_path, passers=not given.nobody_passes)
    phone, state, steps = commission(given.folder, film_path.resolve())
    told = {**figures(given.folder, state), **{f"s: {name}": took for name, took in steps.items()}}
    whole = sum(steps.values()) + sum(WALKING_S.values())
    print(json.dumps({
        **{name: round(value, 3) for name, value in told.items()},
        "walked across": state["lines"][0]["walked"],
        "bytes sent": len(phone.sent),
        "runs of pixels found in them": pixels_in(bytes(phone.sent), film_path),
        "control: found in a frame": pixels_in(_frame(film_path), film_path),
        f"s in all, with {WALKING_S}": round(whole),
    }, indent=1))  # fmt: skip


def _frame(film_path: Path) -> bytes:
    reading = cv2.VideoCapture(str(film_path))
    return np.ascontiguousarray(reading.read()[1]).tobytes()


if __name__ == "__main__":
    main()
