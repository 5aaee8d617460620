# SPDX-License-Identifier: Apache-2.0
"""Time the way from a window's end to the picture: a real box in real time, broker and centre.

A film is played at its own pace; the box counts windows of a minute, and the centre has a drawn
site. Of each window are told the seconds from its end until it was committed, until it was in the
numbers (`known_at`), until it came over the stream and until `latest` had it. All clocks are this
machine's. The last line is one JSON object.
"""

import argparse
import json
import math
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2

from development.demo.stage import CLIP
from development.testbed.box import box_program, make_keys
from development.testbed.broker import PlainBroker
from development.testbed.centre import Centre
from development.testbed.program import Program, StageError, until
from development.testbed.times import unix_ms, unix_s
from edge_agent.config.schema import load

SITE, DEVICE, LINE, ZONE = "delay", "door", "near", "street"
FPS = 7.0
SIZE_PX = (384, 288)
WINDOW_S = 60
LOOK_S = 0.05
BAR_S = 1.0
START_S = 30
"""Film before the first whole window."""
BOX = f"""site = "{SITE}"
device = "{DEVICE}"
[camera]
source = "file"
path = "film.mp4"
fps = {FPS}
[view]
frame_width_px = 384
frame_height_px = 288
[[lines]]
id = "{LINE}"
a = [280, 60]
b = [280, 210]
[[zones]]
id = "{ZONE}"
polygon = [[165, 0], [384, 0], [384, 288], [0, 288], [0, 75], [165, 75]]
[detector]
model = "person-ssdlite"
threads = 1
[window]
length_s = {WINDOW_S}
clock = "live"
clock_wait_s = 0
OFFSET
[store]
directory = "box"
[keys]
directory = "keys"
[broker]
port = PORT
"""
DRAWN = f"""format = 1
id = "{SITE}"
name = "A street"
time_zone = "Europe/Amsterdam"
[[zones]]
id = "{ZONE}"
name = "Street"
polygon = [[4.26, 52.1], [4.261, 52.1], [4.261, 52.101], [4.26, 52.101]]
capacity = 200
[[devices]]
id = "{DEVICE}"
[[devices.counters]]
zone = "{ZONE}"
at_zone = "{ZONE}"
share = 1.0
[[devices.counters]]
line = "{LINE}"
at_zone = "{ZONE}"
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One window's way: seconds from its end, but end_s."""

    end_s: int
    committed_s: float
    known_s: float
    stream_s: float
    latest_s: float


class Stream:
    """Reads a site's stream on a thread of its own: when each event came, by its id."""

    def __init__(self, centre: Centre, site: str) -> None:
        self._url = f"{centre.url}/v1/sites/{site}/stream"
        self._headers = centre.key_header()
        self.came: dict[int, float] = {}
        self._thread = threading.Thread(target=self._read, name="stream", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _read(self) -> None:
        request = urllib.request.Request(self._url, headers=self._headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=120.0) as answer:  # noqa: S310 - loopback
            for line in answer:
                if line.startswith(b"id: "):
                    self.came[int(line[4:])] = time.time()


class Seen:
    """What the centre shows of one box's windows, one after the other."""

    def __init__(self, centre: Centre, stream: Stream) -> None:
        self._centre, self._stream = centre, stream
        self._end_s = 0

    def follow(self, box: Program) -> Way:
        """Wait for the next window and time it. Raises StageError where the box ends before."""
        while True:
            zones = self._centre.get(f"/v1/sites/{SITE}/latest")["zones"]
            now_s = time.time()
            if zones and zones[0]["contributions"][0]["age_s"] == 0:
                end_s = unix_s(zones[0]["at"])
                if end_s > self._end_s:
                    break
            if box.poll() is not None:
                raise StageError(f"the box ended before its next window; {box.last_words()}")
            time.sleep(LOOK_S)
        self._end_s = end_s
        known_ms = unix_ms(zones[0]["known_at"])
        until(lambda: known_ms in self._stream.came, "the event of it", 10.0)
        [window] = [
            one for one in self._windows() if unix_s(one["start"]) + one["length_s"] == end_s
        ]
        return Way(
            end_s,
            unix_ms(window["committed_at"]) / 1000.0 - end_s,
            known_ms / 1000.0 - end_s,
            self._stream.came[known_ms] - end_s,
            now_s - end_s,
        )

    def crossings(self) -> int:
        """Return how many crossed in all windows, as released."""
        lines = [line for one in self._windows() for line in one["lines"]]
        return sum((one["in_count"] or 0) + (one["out_count"] or 0) for one in lines)

    def _windows(self) -> list[dict[str, Any]]:
        found = self._centre.get(f"/v1/devices/{SITE}/{DEVICE}/windows?limit=500")
        windows: list[dict[str, Any]] = found["items"]
        return windows


def main() -> int:
    """Run the measurement; 0 where 95 of 100 windows were shown within a second of their end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench delay", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--windows", type=int, default=10, help="how many minutes")
    parser.add_argument(
        "--own-offset",
        action="store_true",
        help="release when the box's name says, as it does by default; without it, at once",
    )
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="leave stores and logs here")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = given.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="delay-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        result = measure(folder, windows=given.windows, own_offset=given.own_offset)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


def measure(folder: Path, *, windows: int, own_offset: bool) -> dict[str, Any]:
    """Play the film and follow every window; return the figures."""
    play_long(CLIP, folder / "film.mp4", seconds=windows * WINDOW_S + START_S + WINDOW_S)
    with ExitStack() as stage:
        broker = stage.enter_context(PlainBroker(folder / "broker"))
        centre = Centre(folder / "centre", broker.port)
        config = folder / "box.toml"
        offset = "" if own_offset else "release_offset_s = 0"
        config.write_text(BOX.replace("OFFSET", offset).replace("PORT", str(broker.port)), "utf-8")
        (folder / "site.toml").write_text(DRAWN, "utf-8")
        centre.add_device(f"{SITE}/{DEVICE}", make_keys(folder / "keys"))
        centre.draw(folder / "site.toml")
        stage.callback(centre.kill)
        centre.start()
        centre.wait_until_connected()
        stream = Stream(centre, SITE)
        stream.start()
        box = stage.enter_context(box_program(config, folder / "box.log"))
        seen = Seen(centre, stream)
        ways: list[Way] = []
        while len(ways) < windows:
            ways.append(seen.follow(box))
            print(ways[-1], file=sys.stderr, flush=True)
        crossings = seen.crossings()
    return {
        **figures(ways[1:]),
        "crossings": crossings,
        "offset_s": load(config).release_offset_s(),
    }


def figures(ways: list[Way]) -> dict[str, Any]:
    """Return the median and the 95th of 100 of each stage, seconds."""
    stages = {
        name: sorted(float(asdict(way)[name]) for way in ways)
        for name in ("committed_s", "known_s", "stream_s", "latest_s")
    }
    found: dict[str, Any] = {"windows": len(ways)}
    for name, all_s in stages.items():
        found[f"{name[:-2]}_p50_s"] = round(rank(all_s, 50), 3)
        found[f"{name[:-2]}_p95_s"] = round(rank(all_s, 95), 3)
    found["ok"] = bool(ways) and max(found["stream_p95_s"], found["latest_p95_s"]) < BAR_S
    return found


def rank(ordered: list[float], percent: int) -> float:
    """Return the value that so many of 100 do not exceed: the nearest rank, so no value is made."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[rank - 1] if ordered else math.inf


def play_long(clip: Path, out: Path, *, seconds: int) -> None:
    """Write a film that goes on for so long: the clip again and again."""
    reader = cv2.VideoCapture(str(clip))
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE_PX)
    left = int(seconds * FPS)
    while left > 0:
        seen, frame = reader.read()
        if not seen:
            reader.set(cv2.CAP_PROP_POS_FRAMES, 0)
            continue
        writer.write(cv2.resize(frame, SIZE_PX))
        left -= 1
    writer.release()
    reader.release()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StageError as error:
        print(f"bench delay: {error}", file=sys.stderr)
        sys.exit(1)
