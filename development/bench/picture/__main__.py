# SPDX-License-Identifier: Apache-2.0
"""Run a real centre with a large site: many boxes report each minute, and many clients listen.

Broker, boxes, centre and clients share this machine's cores. What is measured: from the moment at
which an estimate was worked out (its event's id) to its last byte at each listener; the processor
time of the whole service, ingest and estimates included, as a share of one core; how long one
answer with all zones takes. The last line is one JSON object.
"""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from development.bench.picture.large_site import site_file
from development.fleet.boxes import WINDOW_S, Box, Fleet, Writing
from development.fleet.enrolled import enrol
from development.fleet.identity import BrokerAddress, Identity
from development.testbed.broker import PlainBroker
from development.testbed.centre import Centre
from development.testbed.program import cpu_s, finished, rss_mb

SITE = "bench"
SPREAD_S = 20.0
"""Over how much of each minute boxes send: as real ones do (disclosure's release offset)."""
ASK_EVERY_S = 0.25
WARM_UP_S = 10.0
FIRST_MINUTES_MAX = 15


def main() -> int:
    """Run the benchmark; 0 done, whatever the figures."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench picture", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--zones", type=int, default=1_000)
    parser.add_argument("--boxes", type=int, default=3_000)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--minutes", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-picture-") as folder:
        figures = run(
            Path(folder),
            zones=arguments.zones,
            boxes=arguments.boxes,
            clients=arguments.clients,
            minutes=arguments.minutes,
        )
    if not arguments.json:
        for name, value in figures.items():
            print(f"{name:>28}  {value}")
    print(json.dumps(figures))
    return 0


def run(
    folder: Path, *, zones: int, boxes: int, clients: int, minutes: int
) -> dict[str, float | None]:
    """Set the stage, let minutes pass, and return the figures."""
    fleet_boxes = boxes_of(boxes)
    with PlainBroker(folder / "broker") as broker:
        centre = Centre(folder / "centre", broker.port)
        enrol(centre.store, fleet_boxes)
        drawn = folder / "site.toml"
        drawn.write_text(site_file(SITE, zones=zones, devices=boxes), "utf-8")
        finished([*centre.program, "site", "import", drawn, "--config", centre.config])
        address = BrokerAddress("127.0.0.1", broker.port, None)
        with centre, contextlib.closing(Fleet(fleet_boxes, address, None)) as fleet:
            centre.wait_until_connected()
            fleet.connect(ramp_s=boxes / 400, tick=lambda: None)
            # A site that is new is worked out from a day back before anybody can look.
            for _ in range(FIRST_MINUTES_MAX):
                send_minute(fleet)
                if has_numbers(centre):
                    break
            with listening(centre, clients) as heard:
                asking = Asking(centre)
                before_s, begun_s = cpu_s(centre.pid), time.monotonic()
                with asking:
                    for _ in range(minutes):
                        send_minute(fleet)
                used_s, passed_s = cpu_s(centre.pid) - before_s, time.monotonic() - begun_s
            memory_mb = rss_mb(centre.pid)
    return {
        "sse_p95_ms": at_share(heard.delays_ms, 0.95),
        "core_share": round(used_s / passed_s, 3),
        "latest_p95_ms": at_share(asking.took_ms, 0.95),
        "sse_p50_ms": at_share(heard.delays_ms, 0.5),
        "sse_events": len(heard.delays_ms),
        "sse_lost": heard.lost,
        "latest_p50_ms": at_share(asking.took_ms, 0.5),
        "latest_bytes": asking.size,
        "reports": fleet.acknowledged,
        "rss_mb": round(memory_mb, 1),
        "zones": zones,
        "boxes": boxes,
        "clients": clients,
    }


def has_numbers(centre: Centre) -> bool:
    """Say whether the site has estimates."""
    return b'"people"' in centre.text(f"/v1/sites/{SITE}/latest").encode()


def boxes_of(count: int) -> list[Box]:
    """Return boxes whose first report is of the minute that runs now."""
    start_s = int(time.time()) // WINDOW_S * WINDOW_S - WINDOW_S
    found = [Identity(SITE, number, seed=1) for number in range(count)]
    return [Box(one, Writing(one, start_s=start_s, checkpoints=False)) for one in found]


def send_minute(fleet: Fleet) -> None:
    """Wait for the end of the minute, and let every box report it within the spread."""
    first = fleet.boxes[0].writing
    ends_s = first.start_s + (first.sequence + 2) * WINDOW_S
    while time.time() < ends_s:
        fleet.turn(0.05)
    for number, box in enumerate(fleet.boxes):
        while time.time() < ends_s + SPREAD_S * number / len(fleet.boxes):
            fleet.turn(0.005)
        fleet.send(box)
    while time.time() < ends_s + WINDOW_S - 1.0:
        fleet.turn(0.05)


class Heard:
    """What the listeners measured."""

    def __init__(self) -> None:
        self.delays_ms: list[float] = []
        self.lost = 0


@contextlib.contextmanager
def listening(centre: Centre, clients: int) -> Iterator[Heard]:
    """Let clients listen from another process."""
    heard = Heard()
    module = "development.bench.picture.listeners"
    command = [
        sys.executable,
        "-m",
        module,
        str(centre.port),
        f"/v1/sites/{SITE}/stream",
        str(centre.store),
    ]
    with subprocess.Popen([*command, str(clients)], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        process.stdout.readline()
        time.sleep(WARM_UP_S)
        try:
            yield heard
        finally:
            process.send_signal(signal.SIGTERM)
            said = json.loads(process.stdout.read())
            heard.delays_ms, heard.lost = said["delays_ms"], said["lost"]


class Asking:
    """One client that asks for all zones again and again, in a thread."""

    def __init__(self, centre: Centre) -> None:
        self.took_ms: list[float] = []
        self.size = 0
        self._url = f"{centre.url}/v1/sites/{SITE}/latest"
        self._headers = centre.key_header()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._stop.wait(ASK_EVERY_S):
            begun_s = time.monotonic()
            request = urllib.request.Request(self._url, headers=self._headers)  # noqa: S310 - loopback
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                self.size = len(answer.read())
            self.took_ms.append((time.monotonic() - begun_s) * 1_000)


def at_share(values: Sequence[float], share: float) -> float | None:
    """Return the value that a share of all are at most; None where there is none."""
    ordered = sorted(values)
    return round(ordered[int(share * (len(ordered) - 1))], 1) if ordered else None


if __name__ == "__main__":
    sys.exit(main())
